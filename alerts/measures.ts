// What is watched of a topic, how a rule's budget is shared out among it, and which changes are looked for. Pure.
// A budget is spent where readers look: tones and sides first, then feelings, accounts, and all else.
import type { WatchedKind } from '../alarms.ts'
import type { ModelLabels, Target } from '../types.ts'
import type { Alternative } from './detect.ts'

export interface Measure {
  /** As in the API: sentiment.negative; volume, polarisation, theme.<id>. */
  id: string
  kind: WatchedKind
  /** Of the rule's budget for the topic; all measures' parts are 1 together. */
  part: number
  type: 'share' | 'rate'
  alternatives: readonly Alternative[]
}

/** In logits: from a share of 30 % about 5, 10 and 21 points. Ten points is what a reader would call a change; larger ones show by themselves. */
const sizes = [
  { by: 0.25, weight: 0.15 },
  { by: 0.45, weight: 0.6 },
  { by: 0.9, weight: 0.25 },
]
/** A surge of a feeling, or of a phrase, is of any size: what was rare becomes common. */
const surges = [
  { by: 0.45, weight: 0.35 },
  { by: 0.9, weight: 0.35 },
  { by: 1.8, weight: 0.3 },
]
/** In logarithms: 1.5, 2.5 and 6 times as many accounts. */
const floods = [
  { by: 0.4, weight: 0.3 },
  { by: 0.9, weight: 0.4 },
  { by: 1.8, weight: 0.3 },
]
const upOnly = (some: Alternative[]): Alternative[] => some
const bothWays = (some: Alternative[]): Alternative[] =>
  some.flatMap(({ by, weight }) => [
    { by, weight: weight / 2 },
    { by: -by, weight: weight / 2 },
  ])

const ways: Partial<Record<WatchedKind, Pick<Measure, 'type' | 'alternatives'>>> = {
  sentiment: { type: 'share', alternatives: bothWays(sizes) },
  stance: { type: 'share', alternatives: bothWays(sizes) },
  emotion: { type: 'share', alternatives: upOnly(surges) },
  volume: { type: 'rate', alternatives: bothWays(floods) },
  polarisation: { type: 'share', alternatives: upOnly(sizes) },
  theme: { type: 'share', alternatives: upOnly(surges) },
}

/** Of the budget, by kind. A phrase was chosen among many because it stands out: each has a small part of its kind's. */
const parts: Partial<Record<WatchedKind, number>> = {
  sentiment: 0.5,
  stance: 0.2,
  emotion: 0.1,
  volume: 0.1,
  polarisation: 0.03,
  theme: 0.07,
}
/** Phrases of which one is taken for new: a budget shared out among them. */
const phrasesTried = 400
/** Feelings of which there is some: one that hardly anybody shows takes no part of the budget. */
export const leastShare = 0.01

export interface Watched {
  labels: Pick<ModelLabels, 'emotion'>
  targets: Target[]
  /** Ids of phrases that may be new. */
  phrases: string[]
  covers: (measure: string, kind: WatchedKind) => boolean
}

/** The measures of a topic that a rule covers. What it leaves out gives its part to the others. */
export function measuresOf({ labels, targets, phrases, covers }: Watched): Measure[] {
  const named: [WatchedKind, string[]][] = [
    ['sentiment', ['sentiment.negative', 'sentiment.positive']],
    ['stance', targets.flatMap(({ id }) => [`stance.${id}.against`, `stance.${id}.favor`])],
    ['emotion', labels.emotion.map((label) => `emotion.${label}`)],
    ['volume', ['volume']],
    ['polarisation', ['polarisation']],
  ]
  const kinds = named.map(([kind, ids]) => ({ kind, ids: ids.filter((id) => covers(id, kind)) }))
  const themes = covers('theme', 'theme') ? phrases.map((id) => `theme.${id}`) : []
  const there = kinds.filter(({ ids }) => ids.length)
  const whole = there.reduce((sum, { kind }) => sum + parts[kind]!, 0) + (covers('theme', 'theme') ? parts.theme! : 0)
  return [
    ...there.flatMap(({ kind, ids }) => ids.map((id) => measureOf(id, kind, parts[kind]! / whole / ids.length))),
    ...themes.map((id) => measureOf(id, 'theme', parts.theme! / whole / phrasesTried)),
  ]
}

/** Ids of all shares of a topic that tallies hold, whatever rules cover; phrases apart. */
export const sharesIn = (labels: Watched['labels'], targets: Target[]): string[] =>
  measuresOf({ labels, targets, phrases: [], covers: () => true })
    .filter(({ type }) => type === 'share')
    .map(({ id }) => id)

const measureOf = (id: string, kind: WatchedKind, part: number): Measure => ({ id, kind, part, ...ways[kind]! })

/** Accounts that post, whatever a rule covers: how usual it is that many speak. */
export const volume: Measure = measureOf('volume', 'volume', 1)
