// A row on its way to the table, as a window in memory takes it: what is written need not be asked for again. Pure.
import type { Share } from '../answers.ts'
import type { Place } from './rows.ts'
import type { Read } from './window.ts'

type Scores = Record<string, number>

/** A row of `mentions` as it is inserted; a marker (`gone`) has nothing beyond its version. */
export interface Written extends Place {
  version: string
  gone: number
  author?: string
  at?: string
  received?: string
  inclusion?: number
  source?: string
  lang?: string | null
  skipped?: string
  copy?: string
  sentiment?: Scores
  emotion?: Scores
  stance?: Record<string, Scores>
}

/** The row as the table would give it back, and the labels of its probabilities; null: a marker. */
export function readOf(row: Written): { read: Read; shares: Share[] } | null {
  if (row.gone) return null
  const { sentiment = {}, emotion = {}, stance = {} } = row
  const scores = [
    ...Object.entries(sentiment).map(([label, p]) => ({ kind: 'sentiment' as const, target: null, label, p })),
    ...Object.entries(emotion).map(([label, p]) => ({ kind: 'emotion' as const, target: null, label, p })),
    ...Object.entries(stance).flatMap(([target, sides]) =>
      Object.entries(sides).map(([label, p]) => ({ kind: 'stance' as const, target, label, p })),
    ),
  ]
  const shares = scores.map(({ p: _, ...share }): Share => share)
  const values = new Uint8Array(Float32Array.from(scores, ({ p }) => p).buffer)
  // Any name will do that no other list of labels has; those that are read out of the table have eight bytes.
  const shape = `written ${JSON.stringify(shares)}`
  const names = { source: row.source!, lang: row.lang ?? '', skipped: row.skipped!, copy: row.copy!, shape }
  const times = { at: Date.parse(row.at!), received: Date.parse(row.received!) }
  const hashes = { post: row.post, author: bytesOf(row.author!), version: versionBytes(row.version) }
  return { read: { ...hashes, ...times, inclusion: row.inclusion!, ...names, values }, shares }
}

/** A version as RowBinary has it: 32 bytes, the lowest first. */
export function versionBytes(version: string): string {
  const hex = BigInt(version).toString(16).padStart(64, '0')
  return Buffer.from(hex, 'hex').reverse().toString('latin1')
}

/** A hash as RowBinary has it: each half with its lowest byte first. */
function bytesOf(uuid: string): string {
  const hex = uuid.replaceAll('-', '')
  const half = (from: number) => Buffer.from(hex.slice(from, from + 16), 'hex').reverse()
  return Buffer.concat([half(0), half(16)]).toString('latin1')
}
