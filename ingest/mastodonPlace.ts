// Where we stand in each stream of an instance, durable as JSON: the newest id seen, and the last ids that we told. An
// instance keeps no log of edits and deletions; after a cut or a restart the ones told last are looked at again, and the
// cursor is the only thing that remembers them. Ids of Mastodon are times: 48 bits of milliseconds, then 16 of a sequence.
import { CorruptionError } from '../errors.ts'

export interface Place {
  /** Older ids are none of ours, also when they are edited; null: its ids tell no time. */
  first: string | null
  /** null: nothing was seen yet. */
  newest: string | null
  /** Id -> revision, oldest first; null: told before a restart. */
  told: Map<string, string | null>
}

export const newPlace = (): Place => ({ first: null, newest: null, told: new Map() })

/** Ids told last that are looked at again, per stream. */
export const recalled = 100

/** Older or newer: for numbers as text, and for the sortable letters of other software. */
export const compareIds = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

export const newerOf = (a: string | null, b: string): string => (a !== null && compareIds(a, b) >= 0 ? a : b)

/** The first id of a time. */
export const idAt = (ms: number): string => String(BigInt(Math.max(0, Math.floor(ms))) << 16n)

/** An id to page from so that this one is the first to come; of letters, those behind it come. */
export const before = (id: string): string => (/^[1-9]\d*$/.test(id) ? String(BigInt(id) - 1n) : id)

/** Ids that tell a time within some years of ours. */
export function isTimed(id: string, nowMs: number): boolean {
  const ms = /^\d{15,20}$/.test(id) ? Number(BigInt(id) >> 16n) : Number.NaN
  return ms > Date.UTC(2008, 0, 1) && ms < nowMs + 86_400_000
}

/** Remembers that an id was told; the oldest is forgotten first. */
export function remember(place: Place, id: string, revision: string): void {
  place.told.set(id, revision)
  while (place.told.size > recalled) place.told.delete(place.told.keys().next().value!)
}

/** A place as it is kept. Numbers as differences in base 36: a third of their length, as it is written with every batch. */
export const markOf = ({ first, newest, told }: Place): string =>
  JSON.stringify([first, newest, packed([...told.keys()])])

export const cursorOf = (marks: Map<string, string>): string =>
  JSON.stringify({ v: 1, streams: Object.fromEntries(marks) })

/** The marks of a cursor by stream. It is our own writing: when it does not parse, something is badly wrong. */
export function marksOf(cursor: string | null): Map<string, string> {
  if (cursor === null) return new Map()
  return ours(() => {
    const { v, streams } = JSON.parse(cursor)
    const marks = new Map(Object.entries(streams as Record<string, string>))
    return v === 1 && [...marks.values()].every((mark) => placeOf(mark)) ? marks : null
  })
}

export function placeOf(mark: string | undefined): Place {
  if (mark === undefined) return newPlace()
  return ours(() => {
    const [first, newest, told] = JSON.parse(mark)
    const isText = [first, newest].every((id) => id === null || typeof id === 'string')
    return isText ? { first, newest, told: new Map(unpacked(told).map((id) => [id, null])) } : null
  })
}

function ours<T>(read: () => T | null): T {
  try {
    const found = read()
    if (found !== null) return found
  } catch {}
  throw new CorruptionError('the durable cursor of a Mastodon instance does not parse')
}

function packed(ids: string[]): string {
  if (!ids.every((id) => /^[1-9]\d{0,30}$/.test(id))) return `=${ids.join(' ')}`
  let before = 0n
  const steps = ids.map((id) => {
    const step = BigInt(id) - before
    before = BigInt(id)
    return step.toString(36)
  })
  return steps.join(' ')
}

function unpacked(text: string): string[] {
  if (text.startsWith('=')) return text.slice(1).split(' ').filter(Boolean)
  let before = 0n
  return text
    .split(' ')
    .filter(Boolean)
    .map((step) => {
      before += bigOf(step)
      return String(before)
    })
}

/** BigInt reads no base 36. */
function bigOf(text: string): bigint {
  const [, sign, digits] = /^(-?)([0-9a-z]+)$/.exec(text)!
  const value = [...digits!].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
  return sign ? -value : value
}
