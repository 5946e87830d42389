// An alert in words a person understands, in every kind and state: what, how sure, since when, why. Pure. Only words that the
// intervals allow; every share with its interval; times in UTC and said so. Names of topics, phrases and headlines are hostile
// and stay plain text: escaping is the page's or the channel's.
import type { Alert, AlertState, AlertWords, Explanation, Shift } from '../alarms.ts'
import type { Window } from '../answers.ts'
import { changeInWords, isCertain } from '../difference.ts'
import { capital, clockOf, count, dayOf, momentOf, percent, plural, shareOf, spanOf } from '../phrasing.ts'
import type { Target } from '../types.ts'
import { isGone } from './gone.ts'
import { cut, oneLine } from './lines.ts'
import { measureIn, plainCount, titleOf } from './titles.ts'
import { isSure, sizeOf, whyOf } from './whyWords.ts'

export interface Wording {
  explanation?: Explanation
  /** The topic's, in the version of the alert; absent: targets are named by their ids. */
  targets?: readonly Target[]
}

export function wordsOf(alert: Alert, { explanation, targets = [] }: Wording = {}): AlertWords {
  return {
    title: titleOf(alert, targets),
    text: textOf(alert, explanation),
    facts: factsOf(alert, targets, explanation),
    path: `/alerts/${encodeURIComponent(alert.id)}`,
  }
}

// ---------------------------------------------------------------- text

function textOf(alert: Alert, explanation: Explanation | undefined): string {
  // It is over when it is told: nothing is to become of it.
  if (alert.kind === 'model' && alert.state === 'closed')
    return [ended(alert.detail), becameOf(alert), notOpinion(alert)].filter(Boolean).join(' ')
  const isTold = alert.state === 'early' || alert.state === 'confirmed'
  if (!isTold) return [becameOf(alert), pastOf(alert), notOpinion(alert)].filter(Boolean).join(' ')
  const why = explanation ? whyOf(explanation, alert.kind) : []
  return [...whatOf(alert), notOpinion(alert), ...sinceOf(alert), ...why].filter(Boolean).join(' ')
}

function whatOf({ kind, detail, shifts }: Alert): string[] {
  const sentence = ended(detail)
  const [lead] = shifts
  if (!lead || kind === 'collection' || kind === 'model') return [sentence]
  if (kind === 'campaign') return [sentence || `One text makes up ${shareOf(lead.after)} of the posts.`]
  if (kind === 'level') return [sentence, `It reads ${readingOf(lead, 'after')}${unitOf(lead)}.`]
  return [changeIn(lead)]
}

/** What is ours, or copied, is never told as a change of opinion. */
function notOpinion({ kind }: Alert): string {
  if (kind === 'collection') return 'What changed is what we see, not what people think.'
  if (kind === 'model') return 'What changed is how we measure, not what people think.'
  return kind === 'campaign' ? 'Copies of one text are a campaign, not a shift of opinion.' : ''
}

/** "The share rose by 13 points (8–18), from 31% (27–35%) to 44% (40–48%): 412 voices before, 187 since." */
function changeIn(lead: Shift): string {
  const { difference, measure } = lead
  if (measure === 'volume') return `It was ${sidesOf(lead)}.`
  if (!difference || !isCertain(difference))
    return `The share was ${sidesOf(lead)} (${voicesIn(lead)}). That may still be nothing.`
  const [before, after] = [readingOf(lead, 'before'), readingOf(lead, 'after')]
  return `The share ${changeInWords(difference)}, from ${before} to ${after}: ${voicesIn(lead)}.`
}

/** "31% (27–35%) before and 44% (40–48%) since", "24 (20–28) accounts an hour before and ...". */
const sidesOf = (lead: Shift) =>
  `${readingOf(lead, 'before')}${unitOf(lead)} before and ${readingOf(lead, 'after')} since`
const unitOf = ({ measure }: Shift) => (measure === 'volume' ? ' accounts an hour' : '')

const voicesIn = ({ voices }: Shift) =>
  `${plural(Math.round(voices.before), 'voice')} before, ${count(Math.round(voices.after))} since`

function readingOf({ measure, ...sides }: Shift, side: 'before' | 'after'): string {
  const share = sides[side]
  if (share.estimate === null) return 'unknown'
  // Counted, and there was none.
  if (/^(?:theme|campaign)\./.test(measure) && share.high! < 0.0005) return 'none'
  // Counted, not estimated.
  if (measure.startsWith('campaign.') && share.low === share.high) return percent(share.estimate)
  if (measure !== 'volume') return shareOf(share)
  return `${plainCount(share.estimate)} (${plainCount(share.low!)}–${plainCount(share.high!)})`
}

/** What was told of one that is over. */
function pastOf(alert: Alert): string {
  const { kind, shifts, detail } = alert
  const [lead] = shifts
  if (isGone(alert)) return detail
  if (kind === 'collection' || kind === 'model' || kind === 'level')
    return detail ? `We had told: “${ended(detail)}”` : ''
  if (!lead) return ''
  if (kind === 'campaign') return `We had told of ${shareOf(lead.after)} of the posts.`
  return `We had told of ${sidesOf(lead)}.`
}

/** Since when, and how sure it is. */
function sinceOf(alert: Alert): string[] {
  const { state, began } = alert
  // What is counted began with its first post.
  const since = `It ${isOurs(alert) || began.from === began.to ? '' : 'probably '}began ${betweenOf(began)}.`
  const chance = alarmed(alert)
  return [since, state === 'early' ? 'It is not yet sure, and will be confirmed or withdrawn.' : '', chance]
}

export const isOurs = ({ kind }: Alert) => kind === 'collection' || kind === 'model'
/** Chance has no part in what is counted or ours. */
const alarmed = (alert: Alert) => (isOurs(alert) || isGone(alert) || alert.kind === 'level' ? '' : chanceOf(alert))

/** What became of it. */
function becameOf({ state, kind, reason }: Alert): string {
  const told = reasonOf(reason)
  if (state === 'withdrawn') return `We were wrong, or it passed: ${told || nothingLeft[kind] || 'no change is left'}.`
  return capital(`${told || closedWords[kind] || 'less than half of the change is left'}.`)
}

const nothingLeft: Partial<Record<Alert['kind'], string>> = {
  collection: 'posts do come in',
  campaign: 'no campaign is left',
}

const reasons: Record<string, string> = {
  back: 'less than half of the change is left',
  usual: 'it has lasted for days and is the new normal, against which the next change is held',
}
const closedWords: Partial<Record<Alert['kind'], string>> = {
  collection: 'posts come in again',
  model: 'numbers are held against those of the new model from now on',
  campaign: 'the text is hardly posted any more',
  level: 'it is back within your level',
}
const reasonOf = (reason: string) => reasons[reason] ?? oneLine(reason).replace(/[.\s]+$/u, '')

/** "between 13:00 and 14:00 UTC on 22 Nov 2026". */
function betweenOf({ from, to }: Window): string {
  if (from === to) return `at ${momentOf(from)}`
  if (from.slice(0, 10) === to.slice(0, 10))
    return `between ${clockOf(from)} and ${clockOf(to)} UTC on ${dayOf(from)} ${from.slice(0, 4)}`
  return `between ${momentOf(from).replace(' UTC', '')} and ${momentOf(to)}`
}

/** "Over all that this rule watches, chance alone makes at most 6 such messages a year." */
export function chanceOf({ perYear }: Pick<Alert, 'perYear'>): string {
  if (!(perYear > 0)) return ''
  const most =
    perYear <= 0.1
      ? 'less than one such message in ten years'
      : perYear <= 1
        ? 'at most one such message a year'
        : `at most ${count(Math.ceil(perYear))} such messages a year`
  return `Over all that this rule watches, chance alone makes ${most}.`
}

const ended = (text: string): string => {
  const line = oneLine(text)
  return line === '' || /[.!?…]$/u.test(line) ? line : `${line}.`
}

// ---------------------------------------------------------------- facts

export const stateWords: Record<AlertState, string> = {
  early: 'probable, not yet sure',
  confirmed: 'confirmed',
  withdrawn: 'withdrawn',
  closed: 'over',
}
const mostMeasures = 4

function factsOf(alert: Alert, targets: readonly Target[], explanation: Explanation | undefined): AlertWords['facts'] {
  const { state, shifts, began, seenAt, ruleName, topic } = alert
  const [lead, ...others] = shifts
  const facts = [
    { label: 'Topic', value: oneLine(topic.name) },
    { label: 'State', value: stateWords[state] },
    ...(lead ? leadFacts(lead, targets) : []),
    ...(others.length ? [{ label: 'Also moved', value: alsoOf(others, targets) }] : []),
    ...(explanation?.causes.length ? [{ label: 'Why', value: partsOf(explanation) }] : []),
    { label: 'Began', value: spanOf(began) },
    { label: 'How sure', value: alarmed(alert) },
    { label: 'Posts received by', value: momentOf(seenAt) },
    { label: 'Rule', value: oneLine(ruleName) },
  ]
  return facts.filter(({ value }) => value !== '').map(({ label, value }) => ({ label, value: cut(value, 200) }))
}

function leadFacts(lead: Shift, targets: readonly Target[]): AlertWords['facts'] {
  return [
    {
      label: cut(capital(measureIn(lead, targets)), 60),
      value: `${readingOf(lead, 'before')} before, ${readingOf(lead, 'after')} since`,
    },
    lead.measure.startsWith('campaign.')
      ? { label: 'Accounts', value: count(lead.voices.after) }
      : { label: 'Voices (an account an hour)', value: voicesIn(lead) },
  ]
}

function alsoOf(others: Shift[], targets: readonly Target[]): string {
  const told = others.slice(0, mostMeasures).map((one) => `${measureIn(one, targets)} ${one.direction}`)
  const more = others.length - told.length
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function partsOf({ causes, shift }: Explanation): string {
  const sign = (n: number) => (n < 0 ? '−' : '')
  return causes
    .map(
      ({ cause, part }) =>
        `${cause}: ${isSure(part, shift) ? `${sign(part.estimate!)}${sizeOf(part, shift)}` : 'no sure part'}`,
    )
    .join('; ')
}
