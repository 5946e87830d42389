// Prediction-powered intervals on populations whose share is known because they were put together so: how often they hold
// it, and how much narrower they are than the labels alone (docs/evaluation.md, "Intervals"). Pure and seeded.
import { type Audited, predictionPowered } from '../ppi.ts'
import { isOneMinded, shuffle, volume } from './crowd.ts'
import { mean, random } from './metrics.ts'
import type { Head } from './pools.ts'

export const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
export const labelCounts = [50, 100, 200]
const windowPosts = 1_000
export const leastDraws = 2_000

/** One class of a labelled set: the model's probability of it, and whether people said so. */
export interface Class {
  name: string
  p: number[]
  is: boolean[]
}

export interface Audit {
  what: string
  share: number
  labels: number
  draws: number
  covered: number
  /** Of labels alone, by the same formula. */
  coveredAlone: number
  /** Squared correlation of label and probability in the population. */
  explained: number
  /** Width by that from the labels alone. */
  width: number
}

/** One class of each head: negative, joy, favor. */
export function classesOf(heads: Head[]): Class[] {
  const asked = { sentiment: 'negative', emotion: 'joy', stance: 'favor' }
  return heads.flatMap(({ name, sets }) => {
    const holding = sets.filter(({ labels }) => labels.includes(asked[name]))
    const rows = holding.flatMap(({ labels, p, truth, checks }) => {
      const k = labels.indexOf(asked[name])
      const all = name === 'stance' ? checks.flatMap(({ topics }) => topics.flat()) : [...p.keys()]
      return all.map((row) => ({ p: p[row]![k]!, is: truth[row]![k] === 1 }))
    })
    const both = rows.some(({ is }) => is) && rows.some(({ is }) => !is)
    return both ? [{ name: `${name}, ${asked[name]}`, p: rows.map(({ p }) => p), is: rows.map(({ is }) => is) }] : []
  })
}

export function auditsOf(one: Class, draws = leastDraws): Audit[] {
  return shares.flatMap((share) => {
    const draw = random(Math.round(share * 10) + one.p.length)
    const told = labelCounts.map((labels) => ({ labels, covered: 0, alone: 0, width: 0 }))
    for (let time = 0; time < draws; time++) {
      const posts = windowOf(one, share, draw)
      for (const cell of told) tally(cell, share, posts)
    }
    const explained = explainedBy(one, share)
    return told.map(({ labels, covered, alone, width }) => ({
      ...{ what: one.name, share, labels, draws, explained },
      ...{ covered: covered / draws, coveredAlone: alone / draws, width: width / draws },
    }))
  })
}

function tally(cell: { labels: number; covered: number; alone: number; width: number }, share: number, posts: Said[]) {
  const asked = posts.map(({ said, ...post }, at): Audited => (at < cell.labels ? { ...post, y: said } : post))
  const powered = predictionPowered(asked)!
  const alone = predictionPowered(asked.map((post) => ({ ...post, f: 0.5 })))!
  if (powered.low! <= share && share <= powered.high!) cell.covered++
  if (alone.low! <= share && share <= alone.high!) cell.alone++
  cell.width += (powered.high! - powered.low!) / (alone.high! - alone.low!)
}

type Said = { author: string; f: number; said: number }

/** Posts of a window in random order, so that the first n are a random n; an author of one mind says one thing only. */
function windowOf({ p, is }: Class, share: number, draw: () => number): Said[] {
  const rows = rowsOf(is)
  const posts: Said[] = []
  for (let author = 0; posts.length < windowPosts; author++) {
    const left = Math.min(volume(draw, windowPosts / 10), windowPosts - posts.length)
    const mind = isOneMinded(draw) ? Number(draw() < share) : null
    for (let nr = 0; nr < left; nr++) {
      const said = mind ?? Number(draw() < share)
      const from = rows[said]!
      posts.push({ author: String(author), f: p[from[Math.floor(draw() * from.length)]!]!, said })
    }
  }
  return shuffle(posts, draw)
}

const known = new WeakMap<boolean[], [number[], number[]]>()
/** Rows outside the class, and in it. */
function rowsOf(is: boolean[]): [number[], number[]] {
  const found = known.get(is) ?? [[...is.keys()].filter((row) => !is[row]), [...is.keys()].filter((row) => is[row])]
  known.set(is, found)
  return found
}

/** Squared correlation of label and probability where `share` of the posts are of the class. */
export function explainedBy({ p, is }: Class, share: number): number {
  const [rest, own] = rowsOf(is).map((rows) => {
    const center = mean(rows.map((row) => p[row]!))
    return { center, spread: mean(rows.map((row) => (p[row]! - center) ** 2)) }
  })
  const between = share * (1 - share) * (own!.center - rest!.center) ** 2
  const all = between + share * own!.spread + (1 - share) * rest!.spread
  return all > 1e-12 ? between / all : 0
}
