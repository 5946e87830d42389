// Shares of any set of posts, by the same sums and the same formula as the store's questions (estimate.ts): for the parts
// of a window that no question names, such as the posts that bring up a theme. Pure. `ask.summary` is the check on it.
import type { Estimate, ScoredPost, View } from '../answers.ts'
import { addAuthor, estimate, leastAuthors, noSums, type Sums, unknown } from '../estimate.ts'
import { standsFor, weightOf } from '../inclusion.ts'
import type { ModelErrors } from '../types.ts'

/** Posts as columns of probabilities, made once for a window; parts of it are lists of rows. */
export interface Table {
  posts: ScoredPost[]
  /** Number of the author of each row, 0..authors-1. */
  author: Int32Array
  authors: number
  /** As in the API: sentiment.negative, emotion.joy, stance.<target>.favor. */
  measures: string[]
  /** How many posts each row stands for: more than itself where its source is read in part. */
  stands: Float64Array
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
  return { posts, author, authors: numbers.size, measures, stands: Float64Array.from(posts, weightOf), p, error }
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
  const own = new Float64Array(posts.length).fill(Number.NaN)
  if (column >= 0) for (let row = 0; row < own.length; row++) own[row] = p[row * measures.length + column]!
  return own
}

/** Rows whose words are here: the terms of a source may have taken them away, and then nobody knows what they bring up. */
export function wordedRows(table: Table): number[] {
  return everyRow(table).filter((row) => table.posts[row]!.text !== '')
}

export const everyRow = ({ posts }: Table): number[] => posts.map((_, row) => row)

/** How much what each row stands for counts in a view; null where no counts are known. `clusters`: of near-copies, by row. */
export function weightsOf(table: Table, view: View, clusters: ArrayLike<number>): Float64Array | null {
  const { posts, author } = table
  if (view === 'post') return new Float64Array(posts.length).fill(1)
  if (view === 'cluster') return evenly(table, clusters)
  if (view === 'author') return evenly(table, author)
  if (posts.every(({ likes, reposts }) => likes === null && reposts === null)) return null
  return Float64Array.from(posts, ({ likes, reposts }) => 1 + Math.log(1 + (likes ?? 0) + (reposts ?? 0)))
}

/** Each group as often as groups like it were not seen, however many rows it has. */
function evenly({ posts, stands }: Table, groups: ArrayLike<number>): Float64Array {
  const [seen, said] = [new Map<number, number>(), new Map<number, number>()]
  for (let row = 0; row < posts.length; row++) {
    seen.set(groups[row]!, (seen.get(groups[row]!) ?? 0) + 1)
    said.set(groups[row]!, (said.get(groups[row]!) ?? 0) + stands[row]!)
  }
  return Float64Array.from(posts, (_, row) => {
    const all = said.get(groups[row]!)!
    return standsFor(seen.get(groups[row]!)!, all) / all
  })
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
  const sums = columns.map(noSums)
  const [a, b] = [new Float64Array(columns.length), new Float64Array(columns.length)]
  const [width, whole] = [table.measures.length, columns.map((column) => (column < 0 ? Number.NaN : column))]
  // Plain loops here and below: these run over every measure of every post, for each part of the window.
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!
    const weight = table.stands[row]! * (weights ? weights[row]! : 1)
    for (let index = 0; index < whole.length; index++) {
      const value = table.p[row * width + whole[index]!]
      if (value === undefined || Number.isNaN(value)) continue
      a[index]! += weight * value
      b[index]! += weight
      sums[index]!.noise += weight * weight * value * (1 - value)
    }
    if (at + 1 === order.length || table.author[order[at + 1]!] !== table.author[row]) settle(sums, a, b)
  }
  return new Map(
    measures.map((measure, index) => [
      measure,
      columns[index]! < 0 ? unknown : estimate(sums[index]!, errorOf(table.error, measure)),
    ]),
  )
}

/** An author's sums join those over authors. */
function settle(sums: Sums[], a: Float64Array, b: Float64Array): void {
  for (let index = 0; index < sums.length; index++) if (b[index]! > 0) addAuthor(sums[index]!, a[index]!, b[index]!)
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
  const [a, b] = [new Float64Array(table.authors), new Float64Array(table.authors)]
  for (const row of rows) {
    const weight = table.stands[row]! * (weights ? weights[row]! : 1)
    if (isTrue(row)) a[table.author[row]!]! += weight
    b[table.author[row]!]! += weight
  }
  const sums = noSums()
  for (let one = 0; one < table.authors; one++) if (b[one]! > 0) addAuthor(sums, a[one]!, b[one]!)
  // With weights a few authors may be nearly all there is of a part: they must be as many as k in effect, too.
  const isThin = weights !== undefined && sums.b * sums.b < leastAuthors * sums.bb
  return isThin ? unknown : estimate(sums, 0)
}

/** Distinct authors of some rows. */
export const authorsOf = ({ author }: Table, rows: number[]): number => new Set(rows.map((row) => author[row])).size
