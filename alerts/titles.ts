// What an alert is called, in at most 120 characters, in every kind and state. Pure. An early one is probable, never sure; a
// campaign is called a campaign; a change of what we collect or how we measure is never called one of opinion.
import type { Alert, Shift } from '../alarms.ts'
import { isCertain } from '../difference.ts'
import { capital, count, measureName, percent } from '../phrasing.ts'
import type { Target } from '../types.ts'
import { fitted, isOfAll, oneLine, sourceIn } from './lines.ts'

export function titleOf(alert: Alert, targets: readonly Target[]): string {
  if (alert.kind === 'collection') return collectionTitle(alert)
  if (alert.kind === 'model' && isOfAll(alert))
    return 'Another model reads the posts: how we measure changed, not what people say'
  if (alert.kind === 'model')
    return fitted((name) => `How we measure ${name} changed, not what people say`, alert.topic.name)
  const [lead] = alert.shifts
  if (!lead) return fitted((name) => `${prefixes[alert.state]}a change in posts about ${name}`, alert.topic.name)
  const named = { ...alert, lead, targets }
  if (alert.kind === 'level') return levelTitle(named)
  if (alert.kind === 'campaign') return campaignTitle(named)
  return changeTitle(named)
}

interface Named extends Alert {
  lead: Shift
  targets: readonly Target[]
}

const prefixes = {
  early: 'Probably, not yet sure: ',
  confirmed: '',
  withdrawn: 'Withdrawn: ',
  closed: 'Over: ',
} as const

/** Of the source that it is about, where it is about all topics. */
function collectionTitle(alert: Alert): string {
  const { topic, state } = alert
  if (isOfAll(alert))
    return fitted(
      (name) => `Posts from ${name} ${state === 'closed' ? 'come in again' : 'stopped coming in'}`,
      sourceIn(alert),
    )
  if (state === 'closed') return fitted((name) => `Posts about ${name} come in again`, topic.name)
  if (state === 'withdrawn') return fitted((name) => `Withdrawn: posts about ${name} did come in`, topic.name)
  return fitted((name) => `${prefixes[state]}posts about ${name} stopped coming in`, topic.name).replace(/^p/, 'P')
}

function campaignTitle({ topic, state, lead }: Named): string {
  const share = lead.after.estimate === null ? '' : ` one text is ${percent(lead.after.estimate)} of the posts`
  const of = {
    early: (name: string) => `Probably, not yet sure: a campaign about ${name}${share && `,${share}`}`,
    confirmed: (name: string) => `A campaign about ${name}${share && `:${share}`}`,
    withdrawn: (name: string) => `Withdrawn: no campaign is left in posts about ${name}`,
    closed: (name: string) => `Over: the campaign about ${name} has passed`,
  }
  return fitted(of[state], topic.name)
}

/** Where no share is told, none is written. */
const readingOf = ({ measure, after }: Shift): string => {
  if (after.estimate === null) return ''
  return measure === 'volume' ? `: ${plainCount(after.estimate)} an hour` : `: ${percent(after.estimate)}`
}
export const plainCount = (n: number): string => count(n >= 10 ? Math.round(n) : Math.round(n * 10) / 10)

function levelTitle(named: Named): string {
  const { topic, state, lead } = named
  const beyond = lead.direction === 'up' ? 'above' : 'below'
  const is: Record<Alert['state'], string> = {
    early: `is ${beyond} your level${readingOf(lead)}`,
    confirmed: `is ${beyond} your level${readingOf(lead)}`,
    withdrawn: `is not ${beyond} your level`,
    closed: `is no longer ${beyond} your level`,
  }
  const of = (name = '', about = '') => `${subjectOf(named, name, about)} ${is[state]}`
  return fitted((...texts) => begun(state, of(...texts)), topic.name, aboutOf(named))
}

const begun = (state: Alert['state'], text: string) => (prefixes[state] ? `${prefixes[state]}${text}` : capital(text))

function changeTitle(named: Named): string {
  const { topic, state, lead, reason } = named
  const passed =
    reason === 'usual' ? 'Over, the new normal' : `Over, the ${lead.direction === 'up' ? 'rise' : 'fall'} has passed`
  const of: Record<Alert['state'], (name?: string, about?: string) => string> = {
    early: (...texts) => begun(state, changedTo(named, ...texts)),
    confirmed: (...texts) => begun(state, changedTo(named, ...texts)),
    withdrawn: (name = '', about = '') => `Withdrawn, no change is left: ${subjectOf(named, name, about)}`,
    closed: (name = '', about = '') =>
      `${passed}: ${subjectOf(named, name, about)}${reason === 'usual' ? readingOf(lead).replace(':', ',') : ''}`,
  }
  return fitted(of[state], topic.name, aboutOf(named))
}

/** No post before held it. */
export const isNewPhrase = ({ before }: Pick<Shift, 'before'>): boolean =>
  before.estimate !== null && before.estimate < 0.005

function changedTo(named: Named, name = '', about = ''): string {
  const { measure, direction, before, after, difference } = named.lead
  const [from, to] = [before.estimate, after.estimate]
  if (from === null || to === null) return `${subjectOf(named, name, about)} changed`
  if (measure === 'volume') {
    const more = direction === 'up' ? 'more' : 'fewer'
    return `${more} accounts than before post about ${name}: ${plainCount(to)} an hour, after ${plainCount(from)}`
  }
  if (measure.startsWith('theme.') && isNewPhrase(named.lead))
    return `“${about}” is new: ${percent(to)} of posts about ${name}`
  const verb = direction === 'up' ? 'rose' : 'fell'
  const moved = `${difference && !isCertain(difference) ? 'seemingly ' : ''}${verb} from ${percent(from)} to ${percent(to)}`
  const posts = postsOf(measure, about)
  return posts ? `${posts} ${moved} of those about ${name}` : `${subjectOf(named, name, about)} ${moved}`
}

/** The second text that a title may have to cut: a target's words, or a phrase. */
function aboutOf({ lead, targets }: Named): string {
  if (lead.measure.startsWith('theme.')) return lead.phrase ?? lead.measure.slice('theme.'.length)
  return lead.measure.startsWith('stance.') ? targetOf(lead.measure, targets) : ''
}

function targetOf(measure: string, targets: readonly Target[]): string {
  const id = measure.slice('stance.'.length, measure.lastIndexOf('.'))
  return targets.find((one) => one.id === id)?.text ?? id
}

/** A measure that is a share of posts of some kind: "posts against “more night trains”". */
function postsOf(measure: string, about: string): string | null {
  if (measure === 'polarisation') return 'posts that are not neutral'
  if (measure.startsWith('theme.')) return `posts with “${about}”`
  if (!measure.startsWith('stance.')) return null
  const id = measure.slice('stance.'.length, measure.lastIndexOf('.'))
  return `posts ${measureName(measure, { targets: [{ id, text: about }] })}`
}

/** A measure of a topic: "negative tone about night trains". */
function subjectOf({ lead: { measure } }: Named, name: string, about: string): string {
  const posts = postsOf(measure, about)
  if (posts) return `${posts} about ${name}`
  if (measure === 'volume') return `the number of accounts that post about ${name}`
  const what = measureName(measure, { targets: [] })
  return measure.startsWith('emotion.') ? `${what} in posts about ${name}` : `${what} about ${name}`
}

/** The same in full, as one line. */
export const measureIn = (lead: Shift, targets: readonly Target[]): string => {
  const [kind, ...rest] = lead.measure.split('.')
  if (kind === 'volume') return 'accounts an hour'
  if (kind === 'polarisation') return 'posts that are not neutral'
  if (kind === 'theme') return `posts with “${oneLine(lead.phrase ?? rest.join('.'))}”`
  if (kind === 'campaign') return 'posts of one text'
  if (kind !== 'stance') return measureName(lead.measure, { targets: [] })
  return `posts ${oneLine(measureName(lead.measure, { targets: [...targets] }))}`
}
