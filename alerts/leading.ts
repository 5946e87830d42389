// The measure that leads an alert: what the store is asked about it, what each account then counts, and how it reads before
// and after. Pure. Everybody counts once a day, as the detector counts: what one account says twenty times is one voice.
import type { Shift } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { differenceOf } from '../difference.ts'
import { estimate } from '../estimate.ts'
import { mentions } from '../holding.ts'
import { standsFor } from '../inclusion.ts'
import type { Said, SidesQuestion } from '../sides.ts'
import type { ModelError, ModelErrors } from '../types.ts'
import type { Presence } from './splitRate.ts'
import { sumsOf } from './sums.ts'
import type { Texts } from './texts.ts'
import type { Voice } from './voices.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface Leading {
  measure: string
  phrase: string | null
  /** model: probabilities. fact: posts that hold a phrase or a campaign's text. rate: accounts an hour. */
  kind: 'model' | 'fact' | 'rate'
  share: SidesQuestion['share']
  stepMs: number
  /** Of the label: of its share, and of differences. */
  error: { share: number; difference: number }
}

const fact = { share: null, stepMs: dayMs, error: { share: 0, difference: 0 } }

/** null for what is no measure. */
export function leadingOf({ measure, phrase }: Pick<Shift, 'measure' | 'phrase'>, errors: ModelErrors): Leading | null {
  const named = { measure, phrase }
  if (measure === 'volume') return { ...named, ...fact, kind: 'rate', stepMs: hourMs }
  if (/^(?:theme|campaign)\../s.test(measure)) return { ...named, ...fact, kind: 'fact' }
  const share = sharesOf(measure)
  if (!share) return null
  const [label] = measure === 'polarisation' ? ['neutral'] : share.labels
  const of = errors[share.kind]
  const error = { share: of.share[label!] ?? 0, difference: of.difference[label!] ?? 0 }
  return { ...named, kind: 'model', stepMs: dayMs, share, error }
}

/** A target's id may hold dots, a label never does. Polarisation is all that is not neutral. */
export function sharesOf(measure: string): SidesQuestion['share'] {
  if (measure === 'polarisation') return { kind: 'sentiment', target: null, labels: ['negative', 'positive'] }
  const parts = /^(sentiment|emotion)\.([^.]+)$|^stance\.(.+)\.([^.]+)$/s.exec(measure)
  if (!parts) return null
  if (parts[1]) return { kind: parts[1] as 'sentiment' | 'emotion', target: null, labels: [parts[2]!] }
  return { kind: 'stance', target: parts[3]!, labels: [parts[4]!] }
}

/** Whether a post is one of those that a fact is about. */
export function factOf({ measure, phrase }: Leading, texts: Texts, forms: string[]): (said: Said) => boolean {
  const id = measure.slice(measure.indexOf('.') + 1)
  if (measure.startsWith('campaign.')) return ({ copy }) => texts.campaignOf(copy) === id
  const has = mentions({ forms: forms.length || !phrase ? forms : [phrase.toLowerCase()] })
  return ({ text }) => has(text)
}

/** What an account said in a day counts as one, in equal parts of its posts; and as those like it that were not seen. */
export function voicesOf(
  said: Said[],
  { kind }: Leading,
  seen: { texts: Texts; has: (said: Said) => boolean },
): Voice[] {
  const counted = (one: Said) => (kind === 'fact' ? one.posts : one.scored)
  const key = ({ account, isAfter, step }: Said) => `${account} ${isAfter} ${step}`
  const days = new Map<string, { all: number; posts: number; volume: number }>()
  for (const one of said) {
    const { all, posts, volume } = days.get(key(one)) ?? { all: 0, posts: 0, volume: 0 }
    days.set(key(one), { all: all + counted(one), posts: posts + one.posts, volume: volume + one.volume })
  }
  return said.flatMap((one): Voice[] => {
    const n = counted(one)
    if (n === 0) return []
    const { all, posts, volume } = days.get(key(one))!
    const w = standsFor(posts, volume)
    const sum = kind === 'fact' ? (seen.has(one) ? n : 0) : one.sum
    const { account, isAfter, source, copy } = one
    const campaign = seen.texts.campaignOf(copy)
    const told = { seen: n / all, weight: (w * n) / all, sum: (w * sum) / all, noise: (w / all) ** 2 * one.noise }
    return [{ account, isAfter, source, campaign, ...told }]
  })
}

/** Before and after, as the voices have it. */
export function shiftOf({ measure, phrase, error }: Leading, voices: Voice[]): Shift {
  const [before, after] = [false, true].map((isAfter) => {
    const own = voices.filter((one) => one.isAfter === isAfter)
    const [sums, seen] = [sumsOf(own.map(rowOf)), own.reduce((sum, one) => sum + (one.seen ?? one.weight), 0)]
    return { share: estimate(sums, error.share), voices: Math.round(seen) }
  }) as [Side, Side]
  const errors: ModelError = { share: { it: error.share }, difference: { it: error.difference } }
  return {
    ...{ measure, phrase, before: before.share, after: after.share },
    direction: (after.share.estimate ?? 0) < (before.share.estimate ?? 0) ? 'down' : 'up',
    difference: differenceOf(before.share, after.share, { label: 'it', error: errors }),
    voices: { before: before.voices, after: after.voices },
  }
}
const rowOf = ({ account, sum, weight, noise }: Voice) => ({ account, a: sum, b: weight, noise })
type Side = { share: Estimate; voices: number }

/** Which accounts posted in which hour; hours that were not wholly collected are left out (`isLost`). */
export function presencesOf(said: Said[], texts: Texts, isLost: (one: Said) => boolean): Presence[] {
  const hours = new Map<string, Presence>()
  for (const one of said) {
    if (isLost(one)) continue
    const { account, isAfter, step, source, copy } = one
    const key = `${account} ${isAfter} ${step}`
    const isCampaign = texts.campaignOf(copy) !== null && hours.get(key)?.isCampaign !== false
    hours.set(key, { account, isAfter, source, isCampaign })
  }
  return [...hours.values()]
}
