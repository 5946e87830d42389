// How much a claim's wording hangs on few accounts: how many authors would have to vanish, the most telling ones first,
// before the words fail. Greedy over each author's influence, so the number is the worst case to within ties. Pure.
import type { Estimate } from '../answers.ts'
import { estimate, leastAuthors, type Sums } from '../estimate.ts'
import { errorOf, type Table } from './shares.ts'

/** One author's part in a share: a = sum of w y, b = sum of w, noise = sum of w^2 y (1 - y); w: what a post stands for. */
interface Voice {
  a: number
  b: number
  noise: number
}

/** The voices behind a measure in some rows. `value` absent: the model's probability of the measure. */
export function voicesOf(
  table: Table,
  { measure, rows, value }: { measure: string; rows: number[]; value?: (row: number) => number },
) {
  const column = table.measures.indexOf(measure)
  const found = new Map<number, Voice>()
  for (const row of rows) {
    const y = value ? value(row) : (table.p[row * table.measures.length + column] ?? Number.NaN)
    if (Number.isNaN(y)) continue
    const one = found.get(table.author[row]!) ?? { a: 0, b: 0, noise: 0 }
    const w = table.stands[row]!
    const noise = value ? 0 : w * w * y * (1 - y)
    found.set(table.author[row]!, { a: one.a + w * y, b: one.b + w, noise: one.noise + noise })
  }
  return { voices: [...found.values()], error: value ? 0 : errorOf(table.error, measure) }
}

/**
 * The number of authors whose leaving makes `holds` false; fewer than k authors left always does. `holds` sees the share
 * of those who remain.
 */
export function fragilityOf(
  { voices, error }: { voices: Voice[]; error: number },
  holds: (share: Estimate) => boolean,
): number {
  const enough = voices.length - leastAuthors + 1
  if (enough <= 0) return 0
  const share =
    total(voices, (v) => v.a) /
    Math.max(
      1,
      total(voices, (v) => v.b),
    )
  const byPull = voices.toSorted((x, y) => y.a - share * y.b - (x.a - share * x.b))
  return Math.min(enough, leaving(byPull, error, holds), leaving(byPull.reverse(), error, holds))
}

const total = (voices: Voice[], of: (voice: Voice) => number) => voices.reduce((sum, voice) => sum + of(voice), 0)

function leaving(order: Voice[], error: number, holds: (share: Estimate) => boolean): number {
  const sums = sumsOf(order)
  if (!holds(estimate(sums, error))) return 0
  for (const [at, { a, b, noise }] of order.entries()) {
    sums.authors--
    sums.a -= a
    sums.b -= b
    sums.aa -= a * a
    sums.ab -= a * b
    sums.bb -= b * b
    sums.noise -= noise
    if (!holds(estimate(sums, error))) return at + 1
  }
  return order.length
}

function sumsOf(voices: Voice[]): Sums {
  const sums = { authors: voices.length, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (const { a, b, noise } of voices) {
    sums.a += a
    sums.b += b
    sums.aa += a * a
    sums.ab += a * b
    sums.bb += b * b
    sums.noise += noise
  }
  return sums
}
