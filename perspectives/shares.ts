// Shares of any set of posts, by the same sums and the same formula as the store's questions (estimate.ts): for the parts
// of a window that no question names, such as the posts that bring up a theme. Pure. `ask.summary` is the check on it.
import type { Estimate, ScoredPost, View } from '../answers.ts'
import { estimate, leastAuthors, type Sums, unknown } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'

/** Posts as columns of probabilities, made once for a window; parts of it are lists of rows. */
export interface Table {
  posts: ScoredPost[]
  /** Number of the author of each row, 0..authors-1. */
  author: Int32Array
  authors: number
  /** As in the API: sentiment.negative, emotion.joy, stance.<target>.favor. */
  measures: string[]
  /** posts x measures, row by row; NaN where a post has none. */
  p: Float64Array
  error: ModelErrors
}

/** The scored posts among these, as a table. */
export function tableOf(all: ScoredPost[], error: ModelErrors): Table {
  const posts = all.filter(({ skipped }) => skipped === null)
  const numbers = new Map<string, number>()
  const author = Int32Array.from(posts, (post) => numberOf(numbers, post.author))
  const heads = new Map<string, Map<string, number>>()
  const measures: string[] = []
  for (const post of posts) for (const [head, labels] of headsOf(post)) learn({ heads, measures, head, labels })
  const p = new Float64Array(posts.length * measures.length).fill(Number.NaN)
  for (const [row, post] of posts.entries()) {
    for (const [head, labels] of headsOf(post)) {
      const columns = heads.get(head)!
      for (const label in labels) p[row * measures.length + columns.get(label)!] = labels[label]!
    }
  }
  return { posts, author, authors: numbers.size, measures, p, error }
}

interface Learning {
  heads: Map<string, Map<string, number>>
  measures: string[]
  head: string
  labels: Record<string, number>
}

/** Gives the labels of a head that are new a column each. */
function learn({ heads, measures, head, labels }: Learning): void {
  const columns = heads.get(head) ?? new Map<string, number>()
  heads.set(head, columns)
  for (const label in labels) if (!columns.has(label)) columns.set(label, measures.push(`${head}.${label}`) - 1)
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}

const headsOf = ({ sentiment, emotion, stance }: ScoredPost): [string, Record<string, number>][] => [
  ['sentiment', sentiment],
  ['emotion', emotion],
  ...Object.entries(stance).map(([target, sides]): [string, Record<string, number>] => [`stance.${target}`, sides]),
]

/** The probabilities of one measure, by row; NaN where a post, or every post, has none. */
export function columnOf({ p, measures, posts }: Table, measure: string): Float64Array {
  const column = measures.indexOf(measure)
  return Float64Array.from(posts, (_, row) => (column < 0 ? Number.NaN : p[row * measures.length + column]!))
}

export const everyRow = ({ posts }: Table): number[] => posts.map((_, row) => row)

/** How much each row counts in a view; null where no counts are known. `copies`: how many rows are near-copies of a row. */
export function weightsOf(table: Table, view: View, copies: ArrayLike<number>): Float64Array | null {
  const { posts, author, authors } = table
  if (view === 'post') return new Float64Array(posts.length).fill(1)
  if (view === 'cluster') return Float64Array.from(posts, (_, row) => 1 / copies[row]!)
  if (view === 'author') {
    const each = new Int32Array(authors)
    for (const one of author) each[one]!++
    return Float64Array.from(author, (one) => 1 / each[one]!)
  }
  if (posts.every(({ likes, reposts }) => likes === null && reposts === null)) return null
  return Float64Array.from(posts, ({ likes, reposts }) => 1 + Math.log(1 + (likes ?? 0) + (reposts ?? 0)))
}

export interface Part {
  /** Absent: every row. */
  rows?: number[]
  /** By row of the table; absent: every post equal. */
  weights?: Float64Array
  /** Absent: every measure. */
  measures?: string[]
}

/** Every measure's share in a part of the table, with the model-error term of its head; nulls below k authors. */
export function sharesIn(table: Table, { rows = everyRow(table), weights, measures = table.measures }: Part = {}) {
  const columns = measures.map((measure) => table.measures.indexOf(measure))
  const order = rows.toSorted((x, y) => table.author[x]! - table.author[y]!)
  const sums = columns.map((): Sums => ({ authors: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }))
  const [a, b] = [new Float64Array(columns.length), new Float64Array(columns.length)]
  for (const [at, row] of order.entries()) {
    gather(table, { row, columns, weight: weights?.[row] ?? 1, a, b, sums })
    if (at + 1 === order.length || table.author[order[at + 1]!] !== table.author[row]) settle(sums, a, b)
  }
  return new Map(
    measures.map((measure, index) => [
      measure,
      columns[index]! < 0 ? unknown : estimate(sums[index]!, errorOf(table.error, measure)),
    ]),
  )
}

interface Gathering {
  row: number
  columns: number[]
  weight: number
  a: Float64Array
  b: Float64Array
  sums: Sums[]
}

function gather({ p, measures }: Table, { row, columns, weight, a, b, sums }: Gathering): void {
  for (let index = 0; index < columns.length; index++) {
    const value = p[row * measures.length + columns[index]!]
    if (value === undefined || Number.isNaN(value)) continue
    a[index]! += weight * value
    b[index]! += weight
    sums[index]!.noise += weight * weight * value * (1 - value)
  }
}

/** An author's sums join those over authors. */
function settle(sums: Sums[], a: Float64Array, b: Float64Array): void {
  for (const [index, sum] of sums.entries()) {
    const [x, y] = [a[index]!, b[index]!]
    if (y > 0) sum.authors++
    sum.a += x
    sum.b += y
    sum.aa += x * x
    sum.ab += x * y
    sum.bb += y * y
  }
  a.fill(0)
  b.fill(0)
}

/** The model-error term of a measure's share. */
export function errorOf(error: ModelErrors, measure: string): number {
  const kind = measure.slice(0, measure.indexOf('.')) as keyof ModelErrors
  return error[kind]?.share[measure.slice(measure.lastIndexOf('.') + 1)] ?? 0
}

/** The share of rows of which something is plainly true (a word stands in the post): counted, no model in it. */
export function shareWhere(
  table: Table,
  isTrue: (row: number) => boolean,
  { rows = everyRow(table), weights }: { rows?: number[]; weights?: Float64Array } = {},
): Estimate {
  const sums: Sums = { authors: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  const byAuthor = new Map<number, [number, number]>()
  for (const row of rows) {
    const [x, y] = byAuthor.get(table.author[row]!) ?? [0, 0]
    const weight = weights?.[row] ?? 1
    byAuthor.set(table.author[row]!, [x + (isTrue(row) ? weight : 0), y + weight])
  }
  for (const [x, y] of byAuthor.values()) settle([sums], Float64Array.of(x), Float64Array.of(y))
  // With weights a few authors may be nearly all there is of a part: they must be as many as k in effect, too.
  const isThin = weights !== undefined && sums.b * sums.b < leastAuthors * sums.bb
  return isThin ? unknown : estimate(sums, 0)
}

/** Distinct authors of some rows. */
export const authorsOf = ({ author }: Table, rows: number[]): number => new Set(rows.map((row) => author[row])).size
