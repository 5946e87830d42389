// The book of what reading cost, as text: millionths of a dollar by day ("2026-11-29") and by month ("2026-11"), both UTC,
// reservations included. It is our own writing: when it does not parse, something is badly wrong.
import { CorruptionError, TransientError } from '../errors.ts'
import type { XClock } from './xClock.ts'

/** Where the book is kept: durable before `write` resolves. */
export interface Keep {
  read(): Promise<string | null>
  write(value: string): Promise<void>
}

export const writeBook = (keep: Keep, text: string): Promise<void> =>
  kept(() => keep.write(text), 'what is spent could not be written down')

/** The book as it stands now: another process may have written to it since. */
export const readBook = async (keep: Keep): Promise<Book> =>
  bookOf(await kept(() => keep.read(), 'what is spent could not be looked up')).book

async function kept<T>(work: () => Promise<T>, trouble: string): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError(trouble, { cause })
  }
}

export type Book = Record<string, number>

/** Posts that are charged to each of these days and months. */
export interface Claim {
  posts: number
  covers: string[]
}
export const nothing: Claim = { posts: 0, covers: [] }

/** Posts of which nobody knew, when the book was closed, whether they were spent; what was charged for each, in millionths. */
export interface Doubt extends Claim {
  price: number
}

const keptDays = 62
const keptMonths = 24
const isSpan = (key: unknown) => typeof key === 'string' && /^\d{4}-\d\d(-\d\d)?$/.test(key)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

export function bookOf(kept: string | null): { book: Book; doubt: Doubt } {
  if (kept === null) return { book: {}, doubt: { ...nothing, price: 0 } }
  try {
    const { doubt = [0, 0], ...book } = JSON.parse(kept) as Book & { doubt?: [number, number, ...string[]] }
    const [posts, price, ...covers] = doubt
    const isOurs = Object.entries(book).every(([key, spent]) => isSpan(key) && isCount(spent))
    if (isOurs && isCount(posts) && isCount(price) && covers.every(isSpan))
      return { book, doubt: { posts, price, covers } }
  } catch {}
  throw new CorruptionError('what was kept of the money spent does not parse')
}

export const textOf = (book: Book, { posts, price, covers }: Doubt): string =>
  JSON.stringify(posts > 0 ? { ...book, doubt: [posts, price, ...covers] } : book)

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const monthOf = (ms: number): string => dayOf(ms).slice(0, 7)

/** When a day or month ends, Unix milliseconds. */
export function endOf(key: string): number {
  const [year = 0, month = 1, day] = key.split('-').map(Number)
  return day === undefined ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1)
}

const newestDay = (book: Book): string | undefined =>
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

/** X's time. Where X never told it, the local time, but no day before the last one that money was spent in. */
export function spanOf(clock: Pick<XClock, 'span' | 'isKnown'>, book: Book): { low: number; high: number } {
  const { low, high } = clock.span()
  if (clock.isKnown) return { low, high }
  const least = Date.parse(`${newestDay(book) ?? '1970-01-01'}T00:00:00Z`)
  return { low: Math.max(low, least), high: Math.max(high, least) }
}
