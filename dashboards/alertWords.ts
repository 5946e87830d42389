// How pages write what an alert is: states, shifts, parts of a difference. Pure; everything is text, escaped where it is
// shown. Nothing here is in the words of statistics: a reader is told how sure something is by how often chance makes it.
import { html } from 'hono/html'
import type { Alert, AlertState, CausePart, Shift, WatchedKind } from '../alarms.ts'
import type { Estimate, Window } from '../answers.ts'
import type { Topics } from '../given.ts'
import type { Topic } from '../types.ts'
import { watchedName } from './ruleWords.ts'
import { topicHref } from './view.ts'
import { capital, count, type Html, plural, shareOf, time } from './words.ts'

export const stateWords: Record<AlertState, string> = {
  early: 'probable, not yet sure',
  confirmed: 'sure',
  withdrawn: 'taken back',
  closed: 'over',
}
/** Why the detector ended one; other reasons are sentences. */
export const reasonWords: Record<string, string> = {
  back: 'less than half of the change is left',
  usual: 'it has lasted for days and is the new normal',
}
export const isOpen = ({ state }: Pick<Alert, 'state'>): boolean => state === 'early' || state === 'confirmed'
/** Where an alert stands, at most this many of those that may be open. */
export const mostOpen = 500

export const alertHref = (id: string): string => `/alerts/${encodeURIComponent(id)}`

/** The state as a label: told by its word, its colour only repeats it. */
export const badge = ({ state }: Pick<Alert, 'state'>): Html =>
  html`<span class="badge ${state}">${capital(stateWords[state])}</span>`

const kindNames: Record<WatchedKind | 'level', string> = {
  sentiment: 'tone',
  stance: 'for and against',
  emotion: 'feeling',
  volume: 'how many post',
  polarisation: 'how divided the tone is',
  theme: 'new subject',
  campaign: 'one text by many accounts: no change of opinion',
  collection: 'collecting: no change of opinion',
  model: 'our own change: no change of opinion',
  level: 'passed a bound',
}
export const kindName = ({ kind }: Pick<Alert, 'kind'>): string => kindNames[kind]

/** Where its topic is, by its name of now; alerts about all topics lead nowhere. */
export function topicLink(topics: Pick<Topics, 'get'>, { topic, name }: Alert['topic']): Html {
  if (topic === '') return html`${name}`
  return html`<a href="${topicHref(topic)}"><bdi>${topics.get(topic)?.name ?? name}</bdi></a>`
}

/** What is counted began at a moment; of all else it is known about when. */
export const beganOf = ({ from, to }: Window): Html =>
  from === to ? html`${time(from)}` : html`between ${time(from)} and ${time(to)}`

/** What a shift is of: "negative tone", "posts about “night trains”", "accounts an hour". */
export function shiftName({ measure, phrase }: Pick<Shift, 'measure' | 'phrase'>, topic: Topic | undefined): string {
  if (phrase !== null) return `posts about “${phrase}”`
  if (measure.startsWith('campaign')) return 'posts with one text'
  if (measure === 'polarisation') return 'posts with a tone of either kind'
  return watchedName(measure, topic ? [topic] : [])
}

/** Of accounts an hour: numbers, not shares. */
export const isCounted = (measure: string): boolean => measure === 'volume'

/** "44% (40–48%)", or for accounts "240 (214–268)". */
export function sizeOf({ measure }: Pick<Shift, 'measure'>, value: Estimate): string {
  const { estimate, low, high } = value
  if (!isCounted(measure) || estimate === null || low === null || high === null) return shareOf(value)
  return `${count(Math.round(estimate))} (${count(Math.round(low))}–${count(Math.round(high))})`
}

/** "13 points more (8–18)"; "no sure part (−2 to 4 points)": the unit is told, and what is not sure says so. */
export function partOf(
  { estimate, low, high }: Estimate,
  { measure, sure = 'no sure part' }: { measure: string; sure?: string },
): string {
  if (estimate === null || low === null || high === null) return 'too few voices'
  const size = (n: number) => Math.abs(isCounted(measure) ? Math.round(n) : Math.round(n * 100))
  const unit = isCounted(measure) ? 'account' : 'point'
  const signed = (n: number) => `${n < 0 && size(n) ? '−' : ''}${count(size(n))}`
  if (low <= 0 && high >= 0) return `${sure} (${signed(low)} to ${signed(high)} ${unit}s)`
  const [a, b] = [size(low), size(high)].sort((x, y) => x - y)
  return `${plural(size(estimate), unit)} ${estimate < 0 ? 'fewer' : 'more'} (${count(a!)}–${count(b!)})`
}

export const causeWords: Record<CausePart['cause'], string> = {
  'same accounts': 'The same accounts speak otherwise',
  'other accounts': 'Other accounts speak',
  platforms: 'More comes from other platforms',
  campaign: 'One text by many accounts',
  'our model': 'Our model changed',
  'our query': 'Our query changed',
}

/** The tone that colours a bar; the words beside it say the same. */
export const toneOf = (measure: string): string =>
  measure.startsWith('emotion.') ? 'emotion' : measure.slice(measure.lastIndexOf('.') + 1).replace(/[^a-z]/g, '')
