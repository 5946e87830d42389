// One look at the topics of a rule: each walks from where it was to now, and what became of it is kept with the bulletin
// that tells of it, in one append, before anything else is done. What a crash interrupts is walked again and comes out the
// same; what is kept is never found a second time, because an open alert stands in its own way.
import type { Alert, Bulletin, Rule } from '../alarms.ts'
import { coversMeasure, coversTopic, quietUntil } from '../ruled.ts'
import type { Tallies } from '../sides.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import type { Candidate } from './fresh.ts'
import { baselineMs, keyOf, stepMs } from './held.ts'
import { forgettable, keep, keptAlerts } from './kept.ts'
import { levelled } from './levels.ts'
import { type Measure, measuresOf } from './measures.ts'
import type { Pool } from './pool.ts'
import { alertId, alertOf, walkOf } from './record.ts'
import { thresholdsOf } from './verdict.ts'
import { newWalk, type WalkState, walk } from './walk.ts'

export interface Looked {
  topic: Topic
  tallies: Tallies
  phrases: Candidate[]
}

export interface Looking {
  log: Pick<Log, 'settings' | 'append'>
  model: { id: string; labels: ModelLabels }
  pool: Pool
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
  /** Up to where a walk that is not in memory was, by topic. */
  marks: ReadonlyMap<string, number>
}

/** Looks once; returns the alerts that took a state, as they were kept. */
export async function look({ rule, topics, marks }: LookedAt, walks: Walks, looking: Looking): Promise<Alert[]> {
  const kept = (await keptAlerts(looking.log)).filter((alert) => alert.rule === rule.id)
  const moved: Alert[] = []
  const keys: string[] = []
  for (const looked of topics) {
    const key = `${rule.id} ${keyOf(looked.topic)} ${looking.model.id}`
    const own = kept.filter(
      ({ topic, model }) =>
        keyOf({ id: topic.topic, version: topic.version }) === keyOf(looked.topic) &&
        model === looking.model.id &&
        isWalked,
    )
    keys.push(key)
    const last = rule.level
      ? levelled(looked, { rule, own, looking })
      : shifted(looked, {
          rule,
          own,
          looking,
          topics: topics.length,
          state: stateOf(walks, key, { rule, own, looked, marks, looking }),
        })
    if (last) moved.push(last)
  }
  try {
    await tell(rule, { moved, known: new Set(kept.map(({ id }) => id)) }, looking)
  } catch (error) {
    // Nothing of it is durable: it is walked again.
    for (const key of keys) walks.delete(key)
    throw error
  }
  return moved
}

const isWalked = ({ kind }: Alert) => kind !== 'campaign'

interface Stating {
  rule: Rule
  own: Alert[]
  looked: Looked
  marks: ReadonlyMap<string, number>
  looking: Looking
}

function stateOf(walks: Walks, key: string, { rule, own, looked, marks, looking }: Stating): WalkState {
  const known = walks.get(key)
  if (known) return known
  const markMs = marks.get(keyOf(looked.topic)) ?? looking.untilMs - firstLookMs
  const state = own.length ? walkOf(own, markMs, rule.cooldownMs) : newWalk(markMs)
  state.atMs = Math.ceil(state.atMs / stepMs) * stepMs
  walks.set(key, state)
  return state
}

interface Shifting {
  rule: Rule
  own: Alert[]
  looking: Looking
  topics: number
  state: WalkState
}

/** The last state that the topic's alert took on the way. */
function shifted({ topic, tallies, phrases }: Looked, { rule, own, looking, topics, state }: Shifting): Alert | null {
  const { model, pool, untilMs, nowMs } = looking
  const measures = watchedBy(rule, topic, { labels: model.labels, phrases })
  if (!measures.length) return null
  const phraseOf = (measure: string) => phrases.find(({ id }) => `theme.${id}` === measure)?.phrase ?? null
  const recording = { rule, topic, topics, nowMs, stepMs, phraseOf, model: model.id }
  let open = own.find((alert) => alert.state === 'early' || alert.state === 'confirmed') ?? null
  let last: Alert | null = null
  const walking = { tallies, measures, rule, thresholds: thresholdsOf(rule, topics), untilMs, baselineMs }
  for (const walked of walk(state, { ...walking, priorOf: pool, errorOf: errorsOf(model.labels) })) {
    last = alertOf(walked, open, recording)
    open = last.state === 'early' || last.state === 'confirmed' ? last : null
  }
  return last
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
  /** Ids of alerts that were kept before. */
  known: ReadonlySet<string>
}

/** Keeps alerts in their new states with the one bulletin that tells of them. */
export async function tell(
  rule: Rule,
  { moved, known }: Moved,
  { log, nowMs }: Pick<Looking, 'log' | 'nowMs'>,
): Promise<void> {
  if (!moved.length) return
  const forget = forgettable(await keptAlerts(log), nowMs)
  // What came and went between two looks was told by nobody.
  const news = moved.filter(
    ({ id, at, state }) => nowMs - Date.parse(at) <= newsMs && (state !== 'withdrawn' || known.has(id)),
  )
  await keep(log, { alerts: moved, bulletins: bulletinsOf(rule, news, nowMs), forget })
}

function bulletinsOf(rule: Rule, news: Alert[], nowMs: number): Bulletin[] {
  if (rule.isDry || !news.length || !rule.channels.length) return []
  const alerts = news.map(({ id, state }) => ({ id, state }))
  const until = quietUntil(rule, nowMs)
  const notBefore = until === null ? null : new Date(until).toISOString()
  const id = alertId(['bulletin', rule.id, alerts])
  return [{ id, rule: rule.id, at: new Date(nowMs).toISOString(), notBefore, channels: rule.channels, alerts }]
}

export const coveredBy = (rule: Rule, looked: Looked[]): Looked[] =>
  looked.filter(({ topic }) => coversTopic(rule, topic))
