// A stream of bytes becomes lines, with the exact place behind each, in constant memory.
// Every line comes out, also one that is too long (as a drop) and a last one without its newline (marked as cut).
import type { DropReason } from '../types.ts'

/** Behind a line: how many bytes, lines and rows (CSV; the header not counted) lie before it. */
export interface Place {
  byte: number
  line: number
  row: number
}

/** One line or row: something to parse, or already a drop. */
export interface Entry {
  /** Of its first byte's line, from 1. */
  line: number
  behind: Place
  /** No newline behind it: the file may still be written to. */
  isCut: boolean
  value: unknown
  drop: { reason: DropReason; detail: string } | null
}

const newline = 0x0a
const maxLineBytes = 4_194_304
export const maxEntries = 500

/** Lines behind `from`, in groups as they arrive. Blank lines are left out. */
export async function* readLines(chunks: AsyncIterable<Buffer>, from: Place): AsyncGenerator<Entry[]> {
  let { byte, line } = from
  let rest: Buffer[] = []
  let restBytes = 0
  const take = (isCut: boolean): Entry[] => {
    byte += restBytes + (isCut ? 0 : 1)
    line++
    const value = restBytes > maxLineBytes ? '' : Buffer.concat(rest).toString('utf8')
    const drop = restBytes > maxLineBytes ? ({ reason: 'malformed', detail: 'line is too long' } as const) : null
    rest = []
    restBytes = 0
    return drop || value.trim() ? [{ line, behind: { byte, line, row: 0 }, isCut, value, drop }] : []
  }
  const keep = (part: Buffer) => {
    restBytes += part.length
    if (restBytes <= maxLineBytes) rest.push(part)
    else rest = []
  }
  for await (const chunk of chunks) {
    let entries: Entry[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      keep(chunk.subarray(start, end))
      start = end + 1
      entries.push(...take(false))
      if (entries.length < maxEntries) continue
      yield entries
      entries = []
    }
    keep(Buffer.from(chunk.subarray(start))) // a copy: the chunk itself may be large, or used again
    if (entries.length) yield entries
  }
  if (restBytes) yield take(true)
}
