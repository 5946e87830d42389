// A rule in words that a person understands, for pages, API and command line. Pure. Names of topics and rules are hostile
// text: they are returned as text and escaped where they are shown.
import { type Budget, type Rule, type WatchedKind, watchedKinds } from '../alarms.ts'
import { periodOf, spanOf } from '../ruleForm.ts'
import type { Topic } from '../types.ts'
import { capital, feeling, percent, plural, side } from './words.ts'

/** What each kind of measure is, as it stands in "when … really changes". */
export const kindWords: Record<WatchedKind, string> = {
  sentiment: 'the tone',
  stance: 'who is for and against',
  emotion: 'a feeling that surges',
  volume: 'how many accounts post',
  polarisation: 'how divided the tone is',
  theme: 'a new subject',
  campaign: 'one text by many accounts',
  collection: 'whether posts come in at all',
  model: 'our own model or the topic’s query',
}
/** Those that say something about people; the others say that something happened to our counting. */
export const peopleKinds = watchedKinds.filter((kind) => !['collection', 'model', 'campaign'].includes(kind))

type Named = Pick<Topic, 'id' | 'name' | 'targets'>

/** "negative tone", "fear", "for “a truce now”", "accounts an hour": a measure of any of these topics. */
export function watchedName(measure: string, topics: Named[]): string {
  if (measure === 'volume') return 'accounts an hour'
  if (measure in kindWords) return kindWords[measure as WatchedKind]
  const [head, ...rest] = measure.split('.')
  const label = rest.at(-1) ?? ''
  if (head === 'sentiment') return `${label} tone`
  if (head === 'emotion') return feeling(label)
  if (head !== 'stance') return measure
  const target = rest.slice(0, -1).join('.')
  const about = topics.flatMap(({ targets }) => targets).find(({ id }) => id === target)?.text ?? target
  return label === 'neither' ? `neither for nor against “${about}”` : `${side(label)} “${about}”`
}

/** "all topics", "Peace talks and topics tagged “transport”". */
export function coveredWords({ topics: named }: Pick<Rule, 'topics'>, topics: Named[]): string {
  if (!named.length) return 'all topics'
  const names = named.map((one) =>
    one.startsWith('tag:')
      ? `topics tagged “${one.slice(4)}”`
      : (topics.find(({ id }) => id === one)?.name ?? `“${one}”`),
  )
  return listing(names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names)
}

/** "at most 1 message a week that should not have been sent". */
export const budgetWords = (budget: Budget): string => `at most ${rateWords(budget)} that should not have been sent`

/** "1 message a week", "2 messages in 36 hours". */
export function rateWords({ messages, perMs }: Budget): string {
  const period = periodOf(perMs)
  return `${plural(messages, 'message')} ${/^\d/.test(period) ? `in ${spanWords(perMs)}` : `${period === 'hour' ? 'an' : 'a'} ${period}`}`
}

/** "90 minutes", "6 hours", "1 hour". */
export function spanWords(ms: number): string {
  const [, amount = '0', unit = 's'] = /^([\d.]+)(\w+)$/.exec(spanOf(ms)) ?? []
  const names: Record<string, string> = { d: 'day', h: 'hour', m: 'minute', s: 'second', ms: 'millisecond' }
  return plural(Number(amount), names[unit]!)
}

/** The whole rule, in a few sentences. */
export function ruleInWords(rule: Rule, topics: Named[]): string {
  const { quiet, channels, isDry, early, forMs, cooldownMs } = rule
  const lasting = forMs && !rule.level ? ` A change is sure only once it lasted ${spanWords(forMs)}.` : ''
  const sent = isDry
    ? ' Shown on the page only: nothing is sent.'
    : channels.length
      ? ` Sent to ${listing(channels)}.`
      : ' Told on the page, in the feed and in the event stream.'
  return [
    rule.level ? levelWords(rule, topics) : shiftWords(rule, topics),
    early ? ' What is probable and not yet sure is told early, and taken back where it turns out to be nothing.' : '',
    lasting,
    cooldownMs ? ` After an alert about a topic ended, nothing is told about it for ${spanWords(cooldownMs)}.` : '',
    quiet
      ? ` Nothing is sent from ${quiet.from} to ${quiet.to} (${quiet.zone})${rule.severity === 'critical' ? ', but this is critical: it is' : ''}.`
      : '',
    sent,
  ].join('')
}

function shiftWords(rule: Rule, topics: Named[]): string {
  const { measures, budget } = rule
  const what = measures.length
    ? listing(
        measures.map((one) => watchedName(one, topics)),
        'or',
      )
    : 'what people say'
  return `Tells when ${what} about ${coveredWords(rule, topics)} really changes; ${budgetWords(budget!)}.`
}

function levelWords(rule: Rule, topics: Named[]): string {
  const { measure, above, below, windowMs } = rule.level!
  const isVolume = measure === 'volume'
  const bound = above ?? below ?? 0
  const what = isVolume
    ? 'the number of accounts that post in an hour'
    : `the share of posts that are ${shareWords(measure, topics)}`
  const lasting = rule.forMs ? `, and has been for ${spanWords(rule.forMs)}` : ''
  return `Tells when ${what} about ${coveredWords(rule, topics)} is ${above === null ? 'below' : 'above'} ${isVolume ? bound : percent(bound)}, over ${spanWords(windowMs)}${lasting}.`
}

/** "negative", "fearful"-like: what a post of the share is or shows. */
function shareWords(measure: string, topics: Named[]): string {
  const name = watchedName(measure, topics)
  if (measure.startsWith('sentiment.')) return name.replace(/ tone$/, '')
  return measure.startsWith('emotion.') ? `full of ${name}` : name
}

/** "a, b and c". */
export function listing(names: string[], last = 'and'): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`
}

/** "about 50 a year", "fewer than one a year": how many alarms as strong as this one chance alone makes. */
export function chanceWords(perYear: number): string {
  if (perYear < 1) return 'fewer than one a year'
  return `about ${perYear < 10 ? Math.round(perYear) : Math.round(perYear / 5) * 5} a year`
}

export const severityWords = (severity: Rule['severity']): string => capital(severity)
