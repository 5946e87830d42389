// The book of what reading cost, as text: millionths of a dollar by day ("2026-11-29") and by month ("2026-11"), both UTC,
// reservations included. It is our own writing: when it does not parse, something is badly wrong.
import { CorruptionError, TransientError } from '../errors.ts'

/** Where the book is kept: durable before `write` resolves. */
export interface Keep {
  read(): Promise<string | null>
  write(value: string): Promise<void>
}

export async function writeBook(keep: Keep, text: string): Promise<void> {
  try {
    await keep.write(text)
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError('what is spent could not be written down', { cause })
  }
}

export type Book = Record<string, number>

/** Posts that are charged to each of these days and months. */
export interface Claim {
  posts: number
  covers: string[]
}
export const nothing: Claim = { posts: 0, covers: [] }

const keptDays = 62
const keptMonths = 24
const isSpan = (key: unknown) => typeof key === 'string' && /^\d{4}-\d\d(-\d\d)?$/.test(key)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

/** The book, and the posts of which nobody knew, when it was closed, whether they were spent. */
export function bookOf(kept: string | null): { book: Book; doubt: Claim } {
  if (kept === null) return { book: {}, doubt: nothing }
  try {
    const { doubt = [0], ...book } = JSON.parse(kept) as Book & { doubt?: [number, ...string[]] }
    const [posts, ...covers] = doubt
    const isOurs = Object.entries(book).every(([key, spent]) => isSpan(key) && isCount(spent))
    if (isOurs && isCount(posts) && covers.every(isSpan)) return { book, doubt: { posts, covers } }
  } catch {}
  throw new CorruptionError('what was kept of the money spent does not parse')
}

export const textOf = (book: Book, { posts, covers }: Claim): string =>
  JSON.stringify(posts > 0 ? { ...book, doubt: [posts, ...covers] } : book)

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const monthOf = (ms: number): string => dayOf(ms).slice(0, 7)

/** When a day or month ends, Unix milliseconds. */
export function endOf(key: string): number {
  const [year = 0, month = 1, day] = key.split('-').map(Number)
  return day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1)
}

export const newestDay = (book: Book): string | undefined =>
  Object.keys(book)
    .filter((key) => key.length === 10)
    .sort()
    .at(-1)

/** The newest only; far more than any clock of X's may be wrong. */
export function pruned(book: Book): Book {
  const keys = Object.keys(book).sort()
  const days = keys.filter((key) => key.length === 10).slice(-keptDays)
  const months = keys.filter((key) => key.length === 7).slice(-keptMonths)
  return Object.fromEntries([...days, ...months].map((key) => [key, book[key]!]))
}
