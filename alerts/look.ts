// One look at the topics of a rule: each walks from where it was to now, and what became of it is kept with the bulletin
// that tells of it, in one append, before anything else is done. What a crash interrupts is walked again and comes out the
// same; what is kept is never found a second time, because an open alert stands in its own way.
import type { Alert, Rule } from '../alarms.ts'
import { CorruptionError } from '../errors.ts'
import { coversMeasure, coversTopic } from '../ruled.ts'
import type { Tallies } from '../sides.ts'
import { breathe } from '../steps.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import type { Crowd } from './crowd.ts'
import type { Candidate } from './fresh.ts'
import { baselineMs, keyOf, stepMs } from './held.ts'
import { isOpen, keptAlerts } from './kept.ts'
import { levelled } from './levels.ts'
import type { Mark } from './marks.ts'
import { type Measure, measuresOf } from './measures.ts'
import { statesOf, tell } from './news.ts'
import type { Pool } from './pool.ts'
import { alertOf, walkOf } from './record.ts'
import { thresholdsOf } from './verdict.ts'
import { type WalkState, walk } from './walk.ts'

export interface Looked {
  topic: Topic
  tallies: Tallies
  phrases: Candidate[]
  /** Its posts come from sources that are read all the time: when none come, none were posted. */
  isSteady: boolean
}

export interface Looking {
  log: Pick<Log, 'settings' | 'append'>
  model: { id: string; labels: ModelLabels }
  pool: Pool
  /** Whether enough accounts stand behind an alert. */
  crowd: Crowd
  note: (event: string, fields: object) => void
  /** The end of the last whole step, and now. */
  untilMs: number
  nowMs: number
}

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
      const at = { rule, own: about.get(looked.topic.id) ?? [], looking, topics: topics.length, mark }
      try {
        moved.push(...(await lookAt(looked, at, { walks, key })))
        keys.push(key)
      } catch (error) {
        // One topic that the store does not answer for stops no other; it is walked again.
        if (error instanceof CorruptionError) throw error
        walks.delete(key)
        looking.note('a topic was not looked at for alerts', { topic: looked.topic.id, error })
      }
      await breathe()
    }
    await tell(rule, { moved, known: statesOf(kept), sinceMs: mark?.atMs ?? null }, looking)
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
async function shifted({ topic, tallies, phrases, isSteady }: Looked, shifting: Shifting): Promise<Alert[]> {
  const { rule, own, looking, topics, state } = shifting
  const { model, pool, untilMs, nowMs, crowd } = looking
  const watched = watchedBy(rule, topic, { labels: model.labels, phrases })
  const measures = watched.filter(({ type }) => isSteady || type === 'share')
  if (!measures.length) return []
  const phraseOf = (measure: string) => phrases.find(({ id }) => `theme.${id}` === measure)?.phrase ?? null
  const recording = { rule, topic, topics, nowMs, stepMs, phraseOf, model: model.id }
  let open = own.find(isOpen) ?? null
  const stands = openStands(crowd)
  const moved = new Map<string, Alert>()
  const walking = { tallies, measures, rule, thresholds: thresholdsOf(rule, topics), baselineMs }
  const learning = { priorOf: pool, errorOf: errorsOf(model.labels) }
  while (state.atMs + stepMs <= untilMs) {
    const stride = Math.min(untilMs, state.atMs + strideMs)
    for (const walked of walk(state, { ...walking, ...learning, untilMs: stride })) {
      const alert = alertOf(walked, open, recording)
      if (!(await stands(alert, open))) {
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

/** Asked of what opens and of what is confirmed. After a no it is not asked again for so long of the walk: accounts come slowly, and steps are many. */
const deafFor = 2 * 3_600_000
export function openStands(crowd: Crowd): (alert: Alert, before: Alert | null) => Promise<boolean> {
  let deafMs = Number.NEGATIVE_INFINITY
  return async (alert, before) => {
    if (before && alert.state !== 'confirmed') return true
    const atMs = Date.parse(alert.at)
    if (atMs < deafMs) return false
    const is = await crowd(alert)
    if (!is) deafMs = atMs + deafFor
    return is
  }
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

export const coveredBy = <Of extends { topic: Topic }>(rule: Rule, some: Of[]): Of[] =>
  some.filter(({ topic }) => coversTopic(rule, topic))
