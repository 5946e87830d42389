// One look at the topics of a rule: each walks from where it was to now, and what became of it is kept with the bulletin
// that tells of it, in one append, before anything else is done. What a crash interrupts is walked again and comes out the
// same; what is kept is never found a second time, because an open alert stands in its own way.
import type { Alert, AlertState, Bulletin, Rule } from '../alarms.ts'
import { coversMeasure, coversTopic, quietUntil } from '../ruled.ts'
import type { Tallies } from '../sides.ts'
import { breathe } from '../steps.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import type { Crowd } from './crowd.ts'
import type { Candidate } from './fresh.ts'
import { baselineMs, keyOf, stepMs } from './held.ts'
import { forgettable, isOpen, keep, keptAlerts } from './kept.ts'
import { levelled } from './levels.ts'
import type { Mark } from './marks.ts'
import { type Measure, measuresOf } from './measures.ts'
import type { Pool } from './pool.ts'
import { alertId, alertOf, walkOf } from './record.ts'
import { thresholdsOf } from './verdict.ts'
import { type WalkState, walk } from './walk.ts'

export interface Looked {
  topic: Topic
  tallies: Tallies
  phrases: Candidate[]
}

export interface Looking {
  log: Pick<Log, 'settings' | 'append'>
  model: { id: string; labels: ModelLabels }
  pool: Pool
  /** Whether enough accounts stand behind an alert. */
  crowd: Crowd
  /** The end of the last whole step, and now. */
  untilMs: number
  nowMs: number
}

/** What is older is no news for a channel: the page and the feed tell of it. */
const newsMs = 6 * 3_600_000
/** What happened before a rule first looked at a topic is told from so far back on: as long as a story lives. */
export const firstLookMs = 48 * 3_600_000

/** Walks in memory, by rule and topic; lost, they are made anew of what is kept. */
export type Walks = Map<string, WalkState>

export interface LookedAt {
  rule: Rule
  /** What the rule covers of what was looked at. */
  topics: Looked[]
  /** Where walks that are not in memory were. */
  mark: Mark | null
}

/** Looks once; returns the alerts that took a state, as they were kept. */
export async function look({ rule, topics, mark }: LookedAt, walks: Walks, looking: Looking): Promise<Alert[]> {
  const kept = (await keptAlerts(looking.log)).filter((alert) => alert.rule === rule.id)
  const about = Map.groupBy(kept.filter(isWalked), ({ topic }) => topic.topic)
  const moved: Alert[] = []
  const keys: string[] = []
  try {
    for (const looked of topics) {
      // A rule that was changed walks anew from what is kept.
      const key = `${rule.id} ${rule.at} ${keyOf(looked.topic)} ${looking.model.id}`
      keys.push(key)
      moved.push(
        ...(await lookAt(
          looked,
          { rule, own: about.get(looked.topic.id) ?? [], looking, topics: topics.length, mark },
          { walks, key },
        )),
      )
      await breathe()
    }
    await tell(rule, { moved, known: statesOf(kept) }, looking)
  } catch (error) {
    // Nothing of it is durable: it is walked again.
    for (const key of keys) walks.delete(key)
    throw error
  }
  return moved
}

interface LookingAt {
  rule: Rule
  own: Alert[]
  looking: Looking
  topics: number
  mark: Mark | null
}

/** What becomes of one topic. */
async function lookAt(
  looked: Looked,
  { rule, own, looking, topics, mark }: LookingAt,
  { walks, key }: { walks: Walks; key: string },
): Promise<Alert[]> {
  if (rule.level) {
    const levels = own.filter(({ kind }) => kind === 'level')
    return crowded(levelled(looked, { rule, own: levels, looking }), levels, looking.crowd)
  }
  const shifts = own.filter(({ kind }) => kind !== 'level')
  const state = walks.get(key) ?? stateOf({ rule, own: shifts, topic: looked.topic, mark, looking })
  walks.set(key, state)
  return shifted(looked, { rule, own: shifts, looking, topics, state })
}

/** Those that were open before, and of those that open the ones that enough accounts stand behind. */
export async function crowded(moved: Alert[], own: Alert[], crowd: Crowd): Promise<Alert[]> {
  const stood = await Promise.all(moved.map(async (one) => own.some(({ id }) => id === one.id) || (await crowd(one))))
  return moved.filter((_, nr) => stood[nr])
}

const isWalked = ({ kind }: Alert) => !['campaign', 'collection', 'model'].includes(kind)
export const statesOf = (alerts: Alert[]): Map<string, AlertState> =>
  new Map(alerts.map(({ id, state }) => [id, state]))

interface Stating {
  rule: Rule
  own: Alert[]
  topic: Topic
  mark: Mark | null
  looking: Looking
}

/**
 * Where a walk stands that is not in memory. What another model or another query read is no past of this one: no change is
 * looked for that began before.
 */
function stateOf({ rule, own, topic, mark, looking }: Stating): WalkState {
  const { untilMs, model } = looking
  const isSame = mark !== null && mark.model === model.id && mark.topics.includes(keyOf(topic))
  const isKnown = isSame || (mark?.topics.some((key) => key.slice(0, key.lastIndexOf('@')) === topic.id) ?? false)
  const state = walkOf(own, isKnown ? Math.min(mark!.atMs, untilMs) : untilMs - firstLookMs, rule.cooldownMs)
  if (isKnown && !isSame) state.floorMs = Math.max(state.floorMs, mark!.atMs)
  state.atMs = Math.ceil(state.atMs / stepMs) * stepMs
  return state
}

interface Shifting {
  rule: Rule
  own: Alert[]
  looking: Looking
  topics: number
  state: WalkState
}

/** So much is walked at once; then others have their turn. */
const strideMs = 3 * 3_600_000

/** The alerts of the topic that took a state on the way, each in its last. */
async function shifted({ topic, tallies, phrases }: Looked, shifting: Shifting): Promise<Alert[]> {
  const { rule, own, looking, topics, state } = shifting
  const { model, pool, untilMs, nowMs, crowd } = looking
  const measures = watchedBy(rule, topic, { labels: model.labels, phrases })
  if (!measures.length) return []
  const phraseOf = (measure: string) => phrases.find(({ id }) => `theme.${id}` === measure)?.phrase ?? null
  const recording = { rule, topic, topics, nowMs, stepMs, phraseOf, model: model.id }
  let open = own.find(isOpen) ?? null
  const moved = new Map<string, Alert>()
  const walking = { tallies, measures, rule, thresholds: thresholdsOf(rule, topics), baselineMs }
  const learning = { priorOf: pool, errorOf: errorsOf(model.labels) }
  while (state.atMs + stepMs <= untilMs) {
    const stride = Math.min(untilMs, state.atMs + strideMs)
    for (const walked of walk(state, { ...walking, ...learning, untilMs: stride })) {
      const alert = alertOf(walked, open, recording)
      if (!open && !(await crowd(alert))) {
        walked.refuse()
        continue
      }
      moved.set(alert.id, alert)
      open = isOpen(alert) ? alert : null
    }
    if (state.atMs + stepMs <= untilMs) await breathe()
  }
  return [...moved.values()]
}

export function watchedBy(
  rule: Pick<Rule, 'measures' | 'level'>,
  topic: Topic,
  { labels, phrases }: { labels: ModelLabels; phrases: Candidate[] },
): Measure[] {
  const covers = (measure: string, kind: Measure['kind']) => coversMeasure(rule, measure, kind)
  return measuresOf({ labels, targets: topic.targets, phrases: phrases.map(({ id }) => id), covers })
}

/** The model's error of a measure; none in what is counted. What has no tone is as uncertain as what is neutral. */
export const errorsOf =
  ({ modelError }: Pick<ModelLabels, 'modelError'>) =>
  ({ id, kind }: Measure): { share: number; difference: number } => {
    if (kind === 'volume' || kind === 'theme') return { share: 0, difference: 0 }
    const errors = modelError[kind === 'stance' ? 'stance' : kind === 'emotion' ? 'emotion' : 'sentiment']
    const label = kind === 'polarisation' ? 'neutral' : id.slice(id.lastIndexOf('.') + 1)
    return { share: errors.share[label] ?? 0, difference: errors.difference[label] ?? 0 }
  }

export interface Moved {
  moved: Alert[]
  /** The states of alerts as they are kept. */
  known: ReadonlyMap<string, AlertState>
}

type Telling = Pick<Rule, 'id' | 'isDry' | 'channels' | 'quiet' | 'severity'>

/** Keeps alerts in their new states with the one bulletin that tells of them; what is in the state it was in is no news. */
export async function tell(
  rule: Telling,
  { moved, known }: Moved,
  { log, nowMs }: Pick<Looking, 'log' | 'nowMs'>,
): Promise<void> {
  if (!moved.length) return
  const forget = forgettable(await keptAlerts(log), nowMs)
  const isNews = ({ id, at, state }: Alert) =>
    // Who was told of its beginning is told of its end, however late.
    (known.has(id) || nowMs - Date.parse(at) <= newsMs) &&
    known.get(id) !== state &&
    // What came and went between two looks was told by nobody.
    (state !== 'withdrawn' || known.has(id))
  await keep(log, { alerts: moved, bulletins: bulletinsOf(rule, moved.filter(isNews), nowMs), forget })
}

function bulletinsOf(rule: Telling, news: Alert[], nowMs: number): Bulletin[] {
  if (rule.isDry || !news.length || !rule.channels.length) return []
  const alerts = news.map(({ id, state }) => ({ id, state }))
  const until = quietUntil(rule, nowMs)
  const notBefore = until === null ? null : new Date(until).toISOString()
  const id = alertId(['bulletin', rule.id, alerts])
  return [{ id, rule: rule.id, at: new Date(nowMs).toISOString(), notBefore, channels: rule.channels, alerts }]
}

export const coveredBy = <Of extends { topic: Topic }>(rule: Rule, some: Of[]): Of[] =>
  some.filter(({ topic }) => coversTopic(rule, topic))
