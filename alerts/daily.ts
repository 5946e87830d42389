// What the loop does once a day: what topics teach of one another is learnt, and numbers that no evidence is left for are let
// go. A day that fails is tried again at the next look and stops no look.
import type { Alert } from '../alarms.ts'
import { CorruptionError } from '../errors.ts'
import type { Topic } from '../types.ts'
import { goneOf } from './gone.ts'
import { baselineMs } from './held.ts'
import { keep, keptAlerts } from './kept.ts'
import { errorsOf } from './look.ts'
import type { Engine } from './loop.ts'
import { measuresOf } from './measures.ts'
import { learnFrom } from './pool.ts'

const dayMs = 24 * 3_600_000

export async function teach(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, held, now } = engine
  if (now() - engine.pooledMs < dayMs) return
  const { labels } = parts.model
  const topics = held.all().map(({ topic, tallies }) => ({
    tallies,
    measures: measuresOf({ labels, targets: topic.targets, phrases: [], covers: (_, kind) => kind !== 'theme' }),
  }))
  engine.pool = await learnFrom(topics, { errorOf: errorsOf(labels), baselineMs }, signal)
  engine.pooledMs = now()
}

/** Tells nobody: nothing became of the alerts. */
export async function emptyGone(engine: Engine, signal: AbortSignal): Promise<void> {
  if (engine.now() - engine.emptiedMs < dayMs) return
  try {
    await empty(engine)
    engine.emptiedMs = engine.now()
  } catch (error) {
    if (error instanceof CorruptionError) throw error
    if (!signal.aborted)
      engine.parts.note('alerts whose posts are gone were not looked for, will be tried again', { error })
  }
}

async function empty(engine: Engine): Promise<void> {
  const { parts } = engine
  const topics = new Map(parts.topics().map((topic) => [topic.id, topic]))
  const stands = (alert: Alert) => standsStill(alert, engine, topics.get(alert.topic.topic)!)
  const { emptied, forget } = await goneOf(await keptAlerts(parts.log), { topics: new Set(topics.keys()), stands })
  await keep(parts.log, { alerts: emptied, forget })
}

async function standsStill(alert: Alert, { crowd, parts }: Engine, current: Topic): Promise<boolean> {
  if (!(await crowd(alert, alert.seenAt))) return false
  // Phrases and campaigns are found by the model of now alone.
  if (alert.model !== parts.model.id) return true
  const topic = { ...current, version: alert.topic.version }
  if (alert.kind === 'campaign') return (await parts.campaigns(topic, alert.after)).campaigns.length > 0
  const phrases = alert.shifts.flatMap(({ phrase }) => phrase ?? [])
  if (!phrases.length) return true
  const { themes } = await parts.themes(topic, { from: alert.began.from, to: alert.after.to })
  const known = new Set(themes.flatMap(({ phrase, forms }) => [phrase, ...forms]))
  return phrases.every((phrase) => known.has(phrase))
}
