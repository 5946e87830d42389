// Coverage: samples of a pool, the interval that production would state from each, and whether it holds the labelled share
// of the whole pool (docs/evaluation.md, "Intervals"). Pure and seeded.
import { estimate, type Sums } from '../estimate.ts'
import { crowd, shuffle } from './crowd.ts'
import { argmax, type Interval, interval, mean, random } from './metrics.ts'
import type { Head, LabelledSet } from './pools.ts'

export const sizes = [50, 100, 200, 500, 1000]
const draws = 40
const z = 1.959964

/** One size of sample of one set or head. */
export interface Coverage {
  what: string
  n: number
  pools: number
  /** Posts in a sample, on average: pools that hold fewer are taken whole. */
  posts: number
  covered: Interval
  /** Half an interval, on average. */
  half: number
  /** Interval score by that of an interval that ignores the posts. */
  score: Interval
  /** Samples with too few authors for any estimate. */
  refused: number
}

/** What the samples of one size of one pool came to, averaged over draws and labels. */
interface Found {
  n: number
  posts: number
  covered: number
  half: number
  score: number
  blind: number
  refused: number
}

/** Each set of a head, and where it has several, the head as a whole; by size. */
export function coverageOf(head: Head): Coverage[] {
  const bySet = head.sets.map((set) => ({ name: `${head.name}, ${set.name}`, found: samplesOf(set) }))
  const all = { name: head.name, found: bySet.flatMap(({ found }) => found) }
  return [all, ...(bySet.length > 1 ? bySet : [])].flatMap(({ name, found }) =>
    sizes.map((n) => summed(name, n, found)),
  )
}

function summed(what: string, n: number, all: Found[]): Coverage {
  const found = all.filter((one) => one.n === n)
  const average = (of: keyof Found) => (rows: ArrayLike<number>) => mean(Array.from(rows, (row) => found[row]![of]))
  const every = Array.from(found, (_, row) => row)
  return {
    ...{ what, n, pools: found.length, posts: average('posts')(every), half: average('half')(every) },
    covered: interval(found.length, average('covered')),
    score: interval(found.length, (rows) => average('score')(rows) / average('blind')(rows)),
    refused: found.reduce((sum, { refused }) => sum + refused, 0),
  }
}

function samplesOf(set: LabelledSet): Found[] {
  const pools = set.checks.flatMap(({ topics, terms }) => topics.map((rows) => ({ rows, terms })))
  const gold = pools.map(({ rows }) => set.labels.map((_, k) => mean(rows.map((row) => set.truth[row]![k]!))))
  return pools.flatMap(({ rows, terms }, at) => {
    const blind = blindScore(gold, at)
    return sizes.map((n) => ({ ...sampled(set, { rows, terms, gold: gold[at]!, n }), n, blind }))
  })
}

interface Pool {
  rows: number[]
  terms: number[]
  gold: number[]
  n: number
}

function sampled(set: LabelledSet, { rows, terms, gold, n }: Pool): Omit<Found, 'n' | 'blind'> {
  const draw = random(rows.length * 31 + n)
  const said = rows.map((row) => argmax(set.truth[row]!))
  const whole = n >= rows.length
  const found: { covered: number; half: number; score: number }[] = []
  let refused = 0
  for (let time = 0; time < (whole ? 1 : draws); time++) {
    const authors = shuffle(crowd(said, draw), draw)
    const sample = cut(authors, Math.min(n, rows.length))
    for (const [k, share] of gold.entries()) {
      const { low, high } = estimate(
        sumsOver(sample, (at) => set.p[rows[at]!]![k]!),
        terms[k]!,
      )
      if (low === null || high === null) refused++
      else
        found.push({
          covered: Number(low <= share && share <= high),
          half: (high - low) / 2,
          score: scoreOf({ low, high }, share),
        })
    }
  }
  const average = (of: 'covered' | 'half' | 'score') => mean(found.map((one) => one[of]))
  const posts = Math.min(n, rows.length)
  return { posts, covered: average('covered'), half: average('half'), score: average('score'), refused }
}

/** Whole authors until n posts are in; the last one's are cut. */
function cut(authors: number[][], n: number): number[][] {
  const sample: number[][] = []
  let left = n
  for (const rows of authors) {
    if (left <= 0) break
    sample.push(rows.slice(0, left))
    left -= rows.length
  }
  return sample
}

/** The sums of store/summary.ts with every post equal. */
export function sumsOver(authors: number[][], p: (row: number) => number): Sums {
  const sums: Sums = { authors: authors.length, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (const rows of authors) {
    const [a, b] = [rows.reduce((sum, row) => sum + p(row), 0), rows.length]
    sums.a += a
    sums.b += b
    sums.aa += a * a
    sums.ab += a * b
    sums.bb += b * b
    sums.noise += rows.reduce((sum, row) => sum + p(row) * (1 - p(row)), 0)
  }
  return sums
}

/** Gneiting and Raftery's, for a 95 % interval: its width, and 40 times what it misses by. */
export function scoreOf({ low, high }: { low: number; high: number }, truth: number): number {
  return high - low + 40 * (Math.max(0, low - truth) + Math.max(0, truth - high))
}

/** Mean over the labels of the score of what the other pools let guess. */
function blindScore(gold: number[][], at: number): number {
  const others = gold.filter((_, other) => other !== at)
  return mean(
    gold[at]!.map((share, k) => {
      const center = mean(others.map((one) => one[k]!))
      const spread = others.reduce((sum, one) => sum + (one[k]! - center) ** 2, 0) / (others.length - 1)
      const half = z * Math.sqrt(spread)
      return scoreOf({ low: Math.max(0, center - half), high: Math.min(1, center + half) }, share)
    }),
  )
}
