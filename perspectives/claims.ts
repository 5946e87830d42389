// How one claim is made: its numbers, the posts that show it, the strongest word its interval allows, and how many
// accounts that word hangs on. Pure. A claim without two authors behind its evidence is not made.
import type { Estimate, ScoredPost } from '../answers.ts'
import type { Claim, ClaimKind } from '../conclusions.ts'
import type { Facts } from './facts.ts'
import { fragilityOf, voicesOf } from './fragility.ts'
import { saysOf } from './says.ts'
import { authorsOf, columnOf, everyRow } from './shares.ts'
import { allows, quantifierFor } from './words.ts'

/** The most typical posts; enough for a reader to judge by. */
const mostEvidence = 12
/** What a claim needs beyond its estimate: live posts of two voices that show it. */
const leastVoices = 2
/** An interval wider than this says nothing that a reader could use: it is a blind spot, not a claim. */
const maxWidth = 0.5

/** Narrow enough to be told. */
export function isTellable({ low, high }: Estimate): boolean {
  return low !== null && high !== null && high - low <= maxWidth
}

/** Two sides that may both be nothing are not told. */
const leastSide = 0.05

/** Whether these posts, with this model, tell the sides of a target: both narrow enough, and one of them surely there. */
export function isTold(shares: Map<string, Estimate>, target: string): boolean {
  const [favor, against] = ['favor', 'against'].map((side) => shares.get(`stance.${target}.${side}`))
  if (!favor || !against || !isTellable(favor) || !isTellable(against)) return false
  return Math.max(favor.low!, against.low!) >= leastSide
}

export interface Draft {
  kind: ClaimKind
  measure: string
  scope?: string
  share: Estimate
  difference?: Estimate
  /** Rows of the window that the share is of; absent: all of it. */
  rows?: number[]
  /** 1 where a row counts; absent: the model's probability of the measure. */
  value?: (row: number) => number
  /** Posts that show it, most typical first. */
  evidence: ScoredPost[]
  /** What must stay true of the share while authors leave; absent: its word. */
  holds?: (share: Estimate) => boolean
}

/** null: too few voices show it. */
export function claimOf(facts: Facts, draft: Draft): Claim | null {
  const { kind, measure, scope = '', share, difference, rows = everyRow(facts.now), value } = draft
  const evidence = draft.evidence.slice(0, mostEvidence)
  if (new Set(evidence.map(({ author }) => author)).size < leastVoices) return null
  const word = quantifierFor(share)
  const holds = draft.holds ?? ((rest: Estimate) => (word ? allows(word, rest) : rest.estimate !== null))
  const whole = draft.rows === undefined
  return {
    id: idOf(facts, { kind, measure, scope }),
    says: saysOf(facts, { kind, measure, scope }),
    ...{ kind, measure, scope, ...share, ...(difference ? { difference } : {}) },
    // What is counted by words rests on the posts that are here, the whole window's shares on all of them.
    posts: whole && !value ? facts.scored : rows.length,
    authors: whole && !value ? facts.scoredAuthors : authorsOf(facts.now, rows),
    clusters: new Set(rows.map((row) => facts.clusters[row])).size,
    word,
    // Of labels by people, or of more posts than are here, nobody can say who would have to vanish.
    fragility:
      share.labels || (whole && !value && facts.scored > facts.now.posts.length)
        ? null
        : fragilityOf(voicesOf(facts.now, { measure, rows, value }), holds),
    evidence: evidence.map(({ id }) => id),
    quotes: [],
    model: facts.model,
    topicVersion: facts.topic.version,
  }
}

/** One voice, word for word. `of`: what it is quoted for. */
export function quoteClaim(
  facts: Facts,
  of: { kind: 'quote' | 'minority'; measure: string },
  quote: { post: ScoredPost; text: string },
): Claim {
  return {
    // Of another post it is another claim.
    id: `${idOf(facts, { ...of, scope: '' })}:${quote.post.id}`,
    says: saysOf(facts, { ...of, scope: '' }),
    ...{ ...of, scope: '', estimate: null, low: null, high: null },
    ...{ posts: 1, authors: 1, clusters: 1, word: null, fragility: null },
    evidence: [quote.post.id],
    quotes: [{ post: quote.post.id, text: quote.text }],
    model: facts.model,
    topicVersion: facts.topic.version,
  }
}

/** Stable for the same topic version, kind, measure and scope: a claim of tomorrow is the same claim with other numbers. */
const idOf = ({ topic }: Facts, { kind, measure, scope }: { kind: string; measure: string; scope: string }) =>
  `${topic.id}@${topic.version}:${kind}:${measure}${scope && `:${scope}`}`

/** Posts in which the model sees a measure most surely, one of each text. */
export function typical(facts: Facts, measure: string, rows?: number[]): ScoredPost[] {
  if (rows) return mostSure(facts, measure, rows)
  const known = facts.typical.get(measure) ?? mostSure(facts, measure, everyRow(facts.now))
  facts.typical.set(measure, known)
  return known
}

function mostSure({ now, clusters }: Facts, measure: string, rows: number[]): ScoredPost[] {
  const p = columnOf(now, measure)
  const sure = rows.toSorted((x, y) => (p[y] || 0) - (p[x] || 0))
  return distinct(sure, clusters).map((row) => now.posts[row]!)
}

/** Copies of one text are one piece of evidence. */
export function distinct(rows: number[], clusters: number[]): number[] {
  const seen = new Set<number>()
  return rows.filter((row) => !seen.has(clusters[row]!) && seen.add(clusters[row]!))
}
