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

/** The checking topics, without the posts of the fitting ones. */
export function heldOut(topics: Map<string, number[]>): number[][] {
  const inOrder = [...topics.keys()].sort(byHash)
  const fitted = new Set(inOrder.filter((_, at) => at % 2 === 0).flatMap((name) => topics.get(name)!))
  return inOrder
    .filter((_, at) => at % 2 === 1)
    .map((name) => topics.get(name)!.filter((row) => !fitted.has(row)))
    .filter((rows) => rows.length >= leastRows)
}

export interface Shares {
  /** By row, then label. */
  p: number[][]
  truth: number[][]
  /** Standard deviation of the share's error and of a difference's, by label. */
  error: number[]
  errorOfDifference: number[]
}

/** Of one topic, by label. */
export interface TopicError {
  /** |mean probability - labelled share|. */
  share: number[]
  /** Whether +-1.96 x modelError holds the labelled share; and the same of the difference of two halves. */
  covered: boolean[]
  differenceCovered: boolean[]
  /** The same with the sampling variance of the mean added, as production's intervals have it. */
  statedCovered: boolean[]
}

/** `lengths` of the posts: the halves of a topic are its shorter and its longer posts. */
export function topicError(
  rows: number[],
  { p, truth, error, errorOfDifference }: Shares,
  lengths: number[],
): TopicError {
  const gaps = (part: number[]) => error.map((_, k) => meanAt(p, part, k) - meanAt(truth, part, k))
  const order = [...rows].sort((a, b) => lengths[a]! - lengths[b]!)
  const half = Math.floor(order.length / 2)
  const [short, long] = [gaps(order.slice(0, half)), gaps(order.slice(half))]
  const share = gaps(rows).map(Math.abs)
  return {
    share,
    covered: share.map((gap, k) => gap <= z * error[k]!),
    differenceCovered: short.map((gap, k) => Math.abs(gap - long[k]!) <= z * errorOfDifference[k]!),
    statedCovered: share.map((gap, k) => gap <= z * Math.sqrt(error[k]! ** 2 + variance(p, rows, k) / rows.length)),
  }
}

function meanAt(values: number[][], rows: number[], k: number): number {
  return rows.reduce((sum, row) => sum + values[row]![k]!, 0) / rows.length
}

function variance(values: number[][], rows: number[], k: number): number {
  const center = meanAt(values, rows, k)
  return rows.reduce((sum, row) => sum + (values[row]![k]! - center) ** 2, 0) / (rows.length - 1)
}
