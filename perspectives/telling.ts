// Which phrases tell something: those that set a group of near posts apart from the rest and whose own posts are near each
// other; phrases for one thing are joined. Pure. Without embeddings it goes by authors and grammar alone.
import { inTurn, type Steps } from '../steps.ts'
import { agreement, centroid, dot, groups } from './clusters.ts'
import type { Phrase } from './phrases.ts'

export interface Telling extends Phrase {
  /** All phrases that count as it, itself first. */
  keys: string[]
  score: number
}

export interface Meanings {
  /** By text: where it lies; null where the encoder did not say. */
  vectors: (Float32Array | null)[]
  /** Texts by side: all of them, those for, those against. */
  sides: number[][]
}

/** Posts nearer to each other than this are one text in many wordings, not many people on one subject. */
const sameText = 0.9
/** Posts no nearer than chance (which reaches further with few of them) share a word, not a subject. */
const scattered = (posts: number) => 0.01 + 0.1 / posts
/** Two phrases whose posts are this near, chance set aside, are about one thing. */
const sameThing = 0.8
/** A phrase inside a longer one goes where the longer one covers this much of it; */
const covers = 0.4
/** counts as it where the posts of both are this near, and the longer one covers that much. */
const sameSense = 0.7
const counts = 0.6
/** Not near: a phrase of its own, but for what is nearly always the longer one. */
const nearlyAlways = 0.8
const leastGroup = 5
/** That are compared with all others in one step. */
const fewPhrases = 50

/** The phrases that tell most, no two about one thing. */
export function* tellingIn(phrases: Phrase[], meanings: Meanings, most: number): Steps<Telling[]> {
  const scored = (yield* score(phrases, meanings)).sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
  const chosen: Telling[] = []
  for (const one of yield* join(scored, meanings)) {
    if (chosen.length === most) break
    if (!chosen.some((other) => isSame(one, other, meanings))) chosen.push(one)
    yield
  }
  return chosen
}

function* score(phrases: Phrase[], { vectors, sides }: Meanings): Steps<Telling[]> {
  const known = vectors.filter((vector) => vector !== null).length
  // Too few embeddings to judge by meaning: a window that is read late, a model without them.
  const byMeaning = known >= vectors.length / 2 && known >= 2 * leastGroup
  const parts: number[][] = []
  for (const side of byMeaning ? sides : []) {
    parts.push(...partsOf(side, vectors))
    yield
  }
  const apart = contrast(phrases, parts, vectors.length)
  yield
  return phrases.flatMap((phrase, at) => {
    const told = { ...phrase, keys: [phrase.key] }
    if (!byMeaning) {
      return phrase.noun < 0.6 ? [] : { ...told, score: Math.sqrt(phrase.authors * phrase.words.length) * phrase.noun }
    }
    const own = phrase.rows.flatMap((row) => vectors[row] ?? [])
    const near = agreement(own)
    if (near < scattered(own.length) || near > sameText) return []
    return { ...told, score: (1 + apart[at]!) * Math.sqrt(near) * phrase.noun * phrase.authors ** 0.6 }
  })
}

/** Groups of near posts within a side. */
function partsOf(side: number[], vectors: (Float32Array | null)[]): number[][] {
  const present = side.filter((row) => vectors[row])
  if (present.length < 6 * leastGroup) return []
  const k = Math.max(3, Math.min(12, Math.round(Math.sqrt(present.length / 5))))
  const group = groups(
    present.map((row) => vectors[row]!),
    k,
  )
  return Array.from({ length: k }, (_, g) => present.filter((_, at) => group[at] === g)).filter(
    (part) => part.length >= leastGroup,
  )
}

/** Each phrase's largest z of weighted log-odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008). */
function contrast(phrases: Phrase[], parts: number[][], texts: number): Float64Array {
  const best = new Float64Array(phrases.length)
  const prior = 0.1
  const mass = phrases.reduce((sum, { rows }) => sum + rows.length, 0)
  for (const part of parts) {
    const inside = new Uint8Array(texts)
    for (const row of part) inside[row] = 1
    const counts = phrases.map(({ rows }) => rows.reduce((sum, row) => sum + inside[row]!, 0))
    const own = counts.reduce((sum, count) => sum + count, 0)
    for (const [at, { rows }] of phrases.entries()) {
      const a = prior * rows.length
      const [here, there] = [counts[at]! + a, rows.length - counts[at]! + a]
      const [all, others] = [own + prior * mass, mass - own + prior * mass]
      // One more keeps a phrase that stands alone from odds without end.
      const odds = Math.log(here / (all - here + 1)) - Math.log(there / (others - there + 1))
      best[at] = Math.max(best[at]!, odds / Math.sqrt(1 / here + 1 / there))
    }
  }
  return best
}

/** A phrase inside another: the longer one where it covers the shorter, with it as a form where they are one; else the shorter. */
function* join(scored: Telling[], meanings: Meanings): Steps<Telling[]> {
  const longestFirst = scored.toSorted((a, b) => b.words.length - a.words.length)
  const gone = new Set<string>()
  yield* inTurn(longestFirst, fewPhrases, (long) => {
    for (const short of scored) {
      if (gone.has(long.key) || gone.has(short.key) || !holds(long.words, short.words)) continue
      const covered = long.authors / short.authors
      if (covered < covers) gone.add(long.key)
      else if (nearness(long, short, meanings) >= sameSense) {
        gone.add(short.key)
        long.score = Math.max(long.score, short.score)
        if (covered >= counts) takeIn(long, short)
      } else if (covered >= nearlyAlways) gone.add(short.key)
    }
  })
  return scored.filter(({ key }) => !gone.has(key)).sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
}

function takeIn(long: Telling, short: Telling): void {
  long.keys.push(short.key)
  long.rows = [...new Set([...long.rows, ...short.rows])].sort((a, b) => a - b)
}

function holds(long: string[], short: string[]): boolean {
  return short.length < long.length && ` ${long.join(' ')} `.includes(` ${short.join(' ')} `)
}

function isSame(one: Telling, other: Telling, meanings: Meanings): boolean {
  const rows = new Set(other.rows)
  const both = one.rows.filter((row) => rows.has(row)).length
  if (both > 0.5 * Math.min(one.rows.length, other.rows.length)) return true
  return nearness(other, one, meanings) > (isKin(one.key, other.key) ? sameThing / 2 : sameThing)
}

/** "Russia" and "Russian". */
const isKin = (a: string, b: string) => Math.min(a.length, b.length) > 4 && (a.startsWith(b) || b.startsWith(a))

/** How near the posts of a second phrase are to those of a first, as a correlation; those that hold both say nothing. */
function nearness(first: Phrase, second: Phrase, { vectors }: Meanings): number {
  const seen = new Set(first.rows)
  const rest = second.rows.filter((row) => !seen.has(row))
  if (!rest.length) return 1
  const own = first.rows.flatMap((row) => vectors[row] ?? [])
  const others = rest.flatMap((row) => vectors[row] ?? [])
  if (others.length < 3 || own.length < 3) return 0
  const spread = Math.sqrt(Math.max(agreement(own), 0.02) * Math.max(agreement(others), 0.02))
  return dot(centroid(own), centroid(others)) / spread
}
