// What the loop does once a day: what topics teach of one another is learnt, and numbers that no evidence is left for are let
// go, as is what was told sure and has no posts left.
import type { Alert, Rule } from '../alarms.ts'
import { CorruptionError } from '../errors.ts'
import { leastAuthors } from '../estimate.ts'
import type { Topic } from '../types.ts'
import { goneOf } from './gone.ts'
import { baselineMs, stepMs } from './held.ts'
import { keep, keptAlerts } from './kept.ts'
import { errorsOf } from './look.ts'
import type { Engine } from './loop.ts'
import { measuresOf } from './measures.ts'
import { learnFrom } from './pool.ts'
import { tellOf } from './under.ts'

const dayMs = 24 * 3_600_000

export async function teach(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, held, now } = engine
  if (now() - engine.pooledMs < dayMs) return
  const { labels } = parts.model
  const topics = held.all().map(({ topic, tallies }) => ({
    tallies,
    measures: measuresOf({ labels, targets: topic.targets, phrases: [], covers: (_, kind) => kind !== 'theme' }),
  }))
  // Nobody is there who could teach: ask again at the next look.
  if (!topics.length) return
  engine.pool = await learnFrom(topics, { errorOf: errorsOf(labels), baselineMs }, signal)
  engine.pooledMs = now()
}

export async function emptyGone(engine: Engine, rules: Rule[], signal: AbortSignal): Promise<void> {
  const { parts, now } = engine
  if (now() - engine.emptiedMs < dayMs) return
  const topics = new Map(parts.topics().map((topic) => [topic.id, topic]))
  const stands = async (alert: Alert) => {
    // Nobody waits for it any more: nothing is let go unasked.
    if (signal.aborted) return true
    try {
      return await standsStill(alert, engine, topics.get(alert.topic.topic)!)
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      // Nobody can say: it is asked again tomorrow.
      parts.note('whether the posts of an alert are still there is not known', { alert: alert.id, error })
      return true
    }
  }
  const kept = await keptAlerts(parts.log)
  const { ended, emptied, forget } = await goneOf(kept, { topics: new Set(topics.keys()), stands, nowMs: now() })
  // Nothing became of those that were over: nobody is told.
  await keep(parts.log, { alerts: emptied, forget })
  if (ended.length) engine.walks.clear()
  for (const rule of rules) await tellOf(engine, rule, () => ended.filter((alert) => alert.rule === rule.id))
  engine.emptiedMs = now()
}

async function standsStill(alert: Alert, { crowd, parts }: Engine, current: Topic): Promise<boolean> {
  if (!(await crowd(alert))) return false
  // Phrases and campaigns are found by the model of now alone.
  if (alert.model !== parts.model.id) return true
  const { version } = alert.topic
  if (alert.kind === 'campaign')
    return (await parts.campaigns({ ...current, version }, alert.after)).campaigns.length > 0
  const said = alert.shifts.flatMap(({ phrase }) => phrase ?? [])
  if (!said.length) return true
  const phrases = said.map((phrase) => ({ id: phrase, forms: [phrase.toLowerCase()] }))
  const question = { model: alert.model, window: alert.after, stepMs, measures: [], phrases }
  const { sums } = await parts.ask.tallies({ topic: current.id, version }, question)
  return said.every((phrase) => (sums[phrase] ?? []).reduce((sum, count) => sum + count, 0) >= leastAuthors)
}
