// What a rule covers, and when it keeps quiet: questions that the loop, the pages and the command line ask of a rule. Pure.
// A zone is a name that Intl knows; clocks that are put forward or back in it are its business, never ours.
import type { Rule, WatchedKind } from './alarms.ts'
import type { Topic } from './types.ts'

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs
const tagMark = 'tag:'

/** Whether a rule watches a topic: by its id, by a tag of it, or because it watches all. */
export function coversTopic({ topics }: Pick<Rule, 'topics'>, { id, tags }: Pick<Topic, 'id' | 'tags'>): boolean {
  return !topics.length || topics.some((one) => one === id || tags.some((tag) => one === tagMark + tag))
}

/** Whether a rule watches a measure, which is of this kind. A level rule watches the one it names. */
export function coversMeasure(
  { measures, level }: Pick<Rule, 'measures' | 'level'>,
  measure: string,
  kind: WatchedKind | 'level',
): boolean {
  if (level) return kind === 'level' && measure === level.measure
  return kind !== 'level' && (!measures.length || measures.includes(kind) || measures.includes(measure))
}

/** What of a rule leads nowhere: it is kept as it is, and whoever looks at it is told. */
export function warningsOf(
  { topics, channels }: Pick<Rule, 'topics' | 'channels'>,
  there: { topics: Pick<Topic, 'id' | 'tags'>[]; channels: { id: string }[] },
): string[] {
  const tags = new Set(there.topics.flatMap(({ tags }) => tags.map((tag) => tagMark + tag)))
  const ids = new Set(there.topics.map(({ id }) => id))
  const known = new Set(there.channels.map(({ id }) => id))
  const lost = topics.filter((one) => !(one.startsWith(tagMark) ? tags : ids).has(one))
  return [
    ...lost.map((one) =>
      one.startsWith(tagMark)
        ? `no topic has the tag "${one.slice(tagMark.length)}" now`
        : `there is no topic "${one}" now`,
    ),
    ...channels.filter((one) => !known.has(one)).map((one) => `there is no channel "${one}" now: nothing goes there`),
  ]
}

/** Until when nothing of this rule is sent; null: it may be sent now. What is critical never waits. */
export function quietUntil({ quiet, severity }: Pick<Rule, 'quiet' | 'severity'>, nowMs: number): number | null {
  if (!quiet || severity === 'critical') return null
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)]
  const wallMs = wallOf(nowMs, quiet.zone)
  const minute = Math.floor((wallMs % dayMs) / minuteMs)
  const isOverMidnight = from > to
  const isQuiet = isOverMidnight ? minute >= from || minute < to : minute >= from && minute < to
  if (!isQuiet) return null
  const midnight = wallMs - (wallMs % dayMs)
  return momentOf(midnight + (isOverMidnight && minute >= from ? dayMs : 0) + to * minuteMs, quiet.zone, nowMs)
}

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))

const clocks = new Map<string, Intl.DateTimeFormat>()
const mostClocks = 64

/** What the clocks of a zone show, written as if it were UTC. Throws RangeError on what is no zone. */
function wallOf(ms: number, zone: string): number {
  const clock = clocks.get(zone) ?? clockOf(zone)
  const parts = new Map(clock.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const at = (name: Intl.DateTimeFormatPartTypes) => parts.get(name)!
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'))
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const parts = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  const numeric = Object.fromEntries(parts.map((part) => [part, 'numeric' as const]))
  const clock = new Intl.DateTimeFormat('en-US', { ...numeric, hourCycle: 'h23', calendar: 'gregory', timeZone: zone })
  // A few, unless somebody tries every spelling of every zone.
  if (clocks.size >= mostClocks) clocks.clear()
  clocks.set(zone, clock)
  return clock
}

/** The first moment after `nowMs` at which clocks show this; where they skip it, as far behind the leap as it lay in it. */
function momentOf(wallMs: number, zone: string, nowMs: number): number {
  const offsets = [wallMs - dayMs, wallMs + dayMs].map((ms) => wallOf(ms, zone) - ms)
  const moments = offsets.map((offset) => wallMs - offset).toSorted((a, b) => a - b)
  return moments.find((ms) => ms > nowMs && wallOf(ms, zone) === wallMs) ?? moments.at(-1)!
}

/** Whether Intl knows this zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
