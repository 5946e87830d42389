// The book of what reading cost, as text: millionths of a dollar by day ("2026-11-29") and by month ("2026-11"), both UTC,
// reservations included. Pure. It is our own writing: when it does not parse, something is badly wrong.
import { CorruptionError } from '../errors.ts'

export type Book = Record<string, number>

const keptDays = 62
const keptMonths = 24

export function bookOf(kept: string | null): Book {
  if (kept === null) return {}
  try {
    const book = JSON.parse(kept) as Book
    const isOurs = ([key, spent]: [string, unknown]) =>
      /^\d{4}-\d\d(-\d\d)?$/.test(key) && Number.isSafeInteger(spent) && (spent as number) >= 0
    if (typeof book === 'object' && book !== null && Object.entries(book).every(isOurs)) return book
  } catch {}
  throw new CorruptionError('what was kept of the money spent does not parse')
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const monthOf = (ms: number): string => dayOf(ms).slice(0, 7)

/** When a day or month ends, Unix milliseconds. */
export function endOf(key: string): number {
  const [year = 0, month = 1, day] = key.split('-').map(Number)
  return day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1)
}

/** The newest only; far more than any clock of X's may be wrong. */
export function pruned(book: Book): Book {
  const keys = Object.keys(book).sort()
  const days = keys.filter((key) => key.length === 10).slice(-keptDays)
  const months = keys.filter((key) => key.length === 7).slice(-keptMonths)
  return Object.fromEntries([...days, ...months].map((key) => [key, book[key]!]))
}
