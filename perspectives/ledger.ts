// The ledger: every claim a topic's numbers support in a window, most salient first. Pure: facts in, claims out.
// A claim enters only with an estimate (k authors behind it) and evidence; a change only when its interval excludes 0.

import type { Estimate, StoredPost, Summary, Window } from '../answers.ts'
import type { Claim, Ledger } from '../conclusions.ts'
import { differenceOf, isCertain } from '../difference.ts'
import type { ModelErrors, Topic } from '../types.ts'

export interface Facts {
  topic: Topic
  window: Window
  now: Summary
  /** The first and the second half of the window, to tell what changed within it. */
  halves: [Summary, Summary]
  modelError: ModelErrors
  /** Live posts that show a measure best, most typical first, by measure. */
  evidence: Record<string, StoredPost[]>
}

/** What a claim needs beyond its estimate: enough live posts that show it. */
const minEvidence = 2
/** The most typical posts; further ones are only looked through for a voice that may be quoted. */
const mostEvidence = 12
/** Feelings below this lower bound are not worth a reader's time. */
const minFeeling = 0.05
/** An interval wider than this says nothing that a reader could use: it is a blind spot, not a claim. */
const maxWidth = 0.5
/** A quote stands for its label only when the model is this sure of it. */
const minSure = 0.6

/** Measures a paragraph may speak of, so that evidence is fetched for these and no others. */
export function measuresOf({ sentiment, emotion, stance }: Summary): string[] {
  const feelings = Object.entries(emotion)
    .filter(([, share]) => (share.low ?? 0) >= minFeeling)
    .sort(([, a], [, b]) => b.estimate! - a.estimate!)
    .slice(0, 3)
  return [
    ...Object.keys(sentiment).map((label) => `sentiment.${label}`),
    ...feelings.map(([label]) => `emotion.${label}`),
    ...Object.keys(stance).flatMap((target) => ['favor', 'against'].map((side) => `stance.${target}.${side}`)),
  ]
}

/** Narrow enough to be told. */
export function isTellable({ low, high }: Estimate): boolean {
  return low !== null && high !== null && high - low <= maxWidth
}

/** Targets on which these posts, with this model, do not tell the sides. */
export function untoldTargets({ stance }: Summary, topic: Topic): string[] {
  const isTold = (id: string) => ['favor', 'against'].every((side) => isTellable(stance[id]?.[side] ?? unknown))
  return topic.targets.filter(({ id }) => !isTold(id)).map(({ text }) => text)
}
const unknown: Estimate = { estimate: null, low: null, high: null }

/** The estimate of a measure in a summary; undefined when the summary has none. */
export function estimateOf(summary: Summary, measure: string): Estimate | undefined {
  const [kind, first = '', second = ''] = splitMeasure(measure)
  if (kind === 'stance') return summary.stance[first]?.[second]
  return kind === 'sentiment' ? summary.sentiment[first] : summary.emotion[first]
}

/** 'stance.a-b.favor' -> ['stance', 'a-b', 'favor']; labels hold no dot, target ids hold none either. */
export function splitMeasure(measure: string): string[] {
  return measure.split('.')
}

/** All claims the facts support. Claim ids are stable for the same topic version, window and measure. */
export function ledger(facts: Facts): Ledger {
  const claims: Claim[] = []
  for (const measure of measuresOf(facts.now)) {
    const share = estimateOf(facts.now, measure)
    const posts = facts.evidence[measure] ?? []
    if (share?.estimate == null || !isTellable(share) || posts.length < minEvidence) continue
    claims.push(claimOf(facts, { kind: kindOf(measure), measure, share, evidence: posts }))
    const difference = changeOf(facts, measure)
    if (difference && isCertain(difference)) {
      const later = estimateOf(facts.halves[1], measure)!
      const claim = claimOf(facts, { kind: 'change', measure, share: later, evidence: posts })
      claims.push({ ...claim, difference, posts: facts.halves[1].scored, authors: facts.halves[1].scoredAuthors })
    }
    const quote = quoteFrom(posts.filter((post) => (probability(post, measure) ?? 0) >= minSure))
    if (quote) claims.push(quoteClaim(facts, measure, quote))
  }
  return { topic: facts.topic, window: facts.window, claims, themes: [], campaigns: [] }
}

function kindOf(measure: string): Claim['kind'] {
  const kind = splitMeasure(measure)[0]
  return kind === 'emotion' || kind === 'stance' ? kind : 'prevalence'
}

interface Draft {
  kind: Claim['kind']
  measure: string
  share: Estimate
  evidence: StoredPost[]
}
function claimOf({ now, topic }: Facts, { kind, measure, share, evidence }: Draft): Claim {
  return {
    id: `${topic.id}@${topic.version}:${kind}:${measure}`,
    kind,
    measure,
    scope: '',
    estimate: share.estimate,
    low: share.low,
    high: share.high,
    posts: now.scored,
    authors: now.scoredAuthors,
    evidence: evidence.slice(0, mostEvidence).map((post) => post.id),
    quotes: [],
    clusters: now.scored,
    word: null,
    fragility: null,
    topicVersion: topic.version,
    model: now.model,
  }
}

function quoteClaim(facts: Facts, measure: string, post: StoredPost): Claim {
  const nothing = { estimate: null, low: null, high: null }
  const claim = claimOf(facts, { kind: 'quote', measure, share: nothing, evidence: [post] })
  return { ...claim, posts: 1, authors: 1, quotes: [{ post: post.id, text: post.text }] }
}

/** Second half minus first half. */
function changeOf({ halves, modelError }: Facts, measure: string): Estimate | null {
  const [before, after] = halves.map((half) => estimateOf(half, measure))
  const parts = splitMeasure(measure)
  return differenceOf(before, after, { label: parts.at(-1)!, error: modelError[parts[0] as keyof ModelErrors] })
}

/** How sure the model is that a post shows a measure. */
function probability(post: StoredPost, measure: string): number | undefined {
  const [kind, first = '', side = ''] = splitMeasure(measure)
  if (kind === 'stance') return post.stance[first]?.[side]
  return kind === 'sentiment' ? post.sentiment[first] : post.emotion[first]
}

/** A short post that may be shown: its author does not object, it insults nobody, and it is no mere link. */
function quoteFrom(posts: StoredPost[]): StoredPost | undefined {
  return posts.find(
    ({ text, quotable, offensive, hate, lang, irony }) =>
      quotable &&
      lang.startsWith('en') &&
      text.length >= 30 &&
      text.length <= 180 &&
      (offensive ?? 1) < 0.4 &&
      (hate ?? 1) < 0.3 &&
      (irony ?? 1) < 0.6 &&
      // Quoted inside a sentence: no line breaks, quotation marks, links, mentions or hidden characters; and no
      // percentage, which a reader would take for one of ours.
      !/\d\s?[%٪％]|[\p{Cc}\p{Cf}"“”<>]|https?:|www\.|@|\p{M}{2}/u.test(text),
  )
}
