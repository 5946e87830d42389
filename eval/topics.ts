// Pseudo-topics of a labelled set, and how far a topic's mean probability lies from its labelled share. Pure.
// The protocol is that of training/shares.py, fixed there before looking: a topic is a word of 40 to 400 posts, in order of
// a hash of its name; every other one fitted the model-error term. What is checked here is the rest of the topics, without
// any post that a fitting topic holds, as long as 20 posts remain.
import { crc32 } from 'node:zlib'

const [least, most, mostTopics] = [40, 400, 160]
export const leastRows = 20
const z = 1.96

/** Words of four letters and more, and whether each is written like a name (a capital or a #). */
function words(text: string): Map<string, boolean> {
  const found = new Map<string, boolean>()
  for (const [, tag, word] of text.matchAll(/(#?)([A-Za-z][A-Za-z']{3,})/g)) {
    const lower = word!.toLowerCase()
    if (!['user', 'http', 'https'].includes(lower)) found.set(lower, tag !== '' || /^[A-Z]/.test(word!))
  }
  return found
}

const byHash = (a: string, b: string) => crc32(a) - crc32(b)

/** Rows by topic, greedily by hash: no two share more than half the posts of the smaller. `names`: only names and hashtags. */
export function keywordTopics(texts: string[], { names = false } = {}): Map<string, number[]> {
  const index = new Map<string, { rows: number[]; named: number }>()
  texts.forEach((text, row) => {
    for (const [word, isName] of words(text)) {
      const entry = index.get(word) ?? { rows: [], named: 0 }
      entry.rows.push(row)
      if (isName) entry.named++
      index.set(word, entry)
    }
  })
  const chosen = new Map<string, Set<number>>()
  for (const word of [...index.keys()].sort(byHash)) {
    const { rows, named } = index.get(word)!
    if (rows.length < least || rows.length > most || (names && named < 0.8 * rows.length)) continue
    const set = new Set(rows)
    const apart = [...chosen.values()].every(
      (other) => set.intersection(other).size <= 0.5 * Math.min(set.size, other.size),
    )
    if (apart) chosen.set(word, set)
    if (chosen.size === mostTopics) break
  }
  return new Map([...chosen].map(([word, rows]) => [word, [...rows]]))
}

export interface HeldOut {
  /** Rows of each topic that fitted the model-error term, and of each that did not. */
  fitted: number[][]
  checked: number[][]
}

/** The checking topics come without the posts of the fitting ones. */
export function heldOut(topics: Map<string, number[]>): HeldOut {
  const inOrder = [...topics.keys()].sort(byHash).map((name) => topics.get(name)!)
  const fitted = inOrder.filter((_, at) => at % 2 === 0)
  const seen = new Set(fitted.flat())
  const checked = inOrder.filter((_, at) => at % 2 === 1).map((rows) => rows.filter((row) => !seen.has(row)))
  return { fitted, checked: checked.filter((rows) => rows.length >= leastRows) }
}

export interface Shares {
  /** By row, then label. */
  p: number[][]
  truth: number[][]
  /** Standard deviation of the share's error and of a difference's, by label. */
  error: number[]
  errorOfDifference: number[]
  /** Length of each post: the halves of a topic are its shorter and its longer posts. */
  lengths: number[]
}

/** One label of one topic. Every interval is +-1.96 sqrt(variance) around the mean probability. */
export interface TopicError {
  /** |mean probability - labelled share|. */
  error: number
  /** Whether the interval holds the labelled share: of the model error alone; */
  alone: boolean
  /** with the sampling variance of the mean and the noise of the labels, as production states it; */
  stated: boolean
  /** with that noise alone, which the labelled share has and no model can know. */
  noisy: boolean
  differenceStated: boolean
  differenceNoisy: boolean
  /** Interval score of the stated interval, and of one that ignores the posts. */
  score: number
  blindScore: number
}

/** What a topic's share would be guessed to be from other topics, without reading it. */
export interface Blind {
  center: number
  half: number
}

export function blindGuess(truth: number[][], topics: number[][], k: number): Blind {
  const shares = topics.map((rows) => meanAt(truth, rows, k))
  const center = shares.reduce((sum, x) => sum + x, 0) / shares.length
  const squares = shares.reduce((sum, x) => sum + (x - center) ** 2, 0)
  return { center, half: z * Math.sqrt(squares / (shares.length - 1)) }
}

export function topicError(rows: number[], shares: Shares, { k, blind }: { k: number; blind: Blind }): TopicError {
  const { p, truth, lengths } = shares
  const order = [...rows].sort((a, b) => lengths[a]! - lengths[b]!)
  const middle = Math.floor(order.length / 2)
  const [whole, short, long] = [rows, order.slice(0, middle), order.slice(middle)].map((part) => ({
    gap: meanAt(p, part, k) - meanAt(truth, part, k),
    sampling: sampling(p, part, k),
    noise: noise(p, part, k),
  }))
  const error = Math.abs(whole!.gap)
  const [model, difference] = [shares.error[k]! ** 2, shares.errorOfDifference[k]! ** 2]
  const apart = Math.abs(short!.gap - long!.gap)
  const stated = z * Math.sqrt(model + whole!.sampling + whole!.noise)
  return {
    error,
    alone: error <= z * Math.sqrt(model),
    stated: error <= stated,
    noisy: error <= z * Math.sqrt(model + whole!.noise),
    differenceStated:
      apart <= z * Math.sqrt(difference + short!.sampling + long!.sampling + short!.noise + long!.noise),
    differenceNoisy: apart <= z * Math.sqrt(difference + short!.noise + long!.noise),
    score: intervalScore(error, stated),
    blindScore: intervalScore(Math.abs(meanAt(truth, rows, k) - blind.center), blind.half),
  }
}

/** Gneiting and Raftery's, for a 95 % interval: its width, and 40 times what it misses by. */
export function intervalScore(error: number, half: number): number {
  return 2 * half + 40 * Math.max(0, error - half)
}

function meanAt(values: number[][], rows: number[], k: number): number {
  return rows.reduce((sum, row) => sum + values[row]![k]!, 0) / rows.length
}

/** Variance of the mean probability, the posts being a sample. */
function sampling(p: number[][], rows: number[], k: number): number {
  const center = meanAt(p, rows, k)
  return rows.reduce((sum, row) => sum + (p[row]![k]! - center) ** 2, 0) / (rows.length - 1) / rows.length
}

/** Variance of the labelled share around the mean of the true probabilities. */
function noise(p: number[][], rows: number[], k: number): number {
  return rows.reduce((sum, row) => sum + p[row]![k]! * (1 - p[row]![k]!), 0) / rows.length ** 2
}
