// Reads the tallies of all topics for one look of the loop. A topic that the store does not answer for is left out, and said;
// a source that is silent is no silence of people. May assume that looks come one after the other.
import { CorruptionError } from '../errors.ts'
import type { Status } from '../given.ts'
import type { Topic } from '../types.ts'
import { coveredBy, type Looked } from './look.ts'
import type { Engine, Once } from './loop.ts'
import { lastLook } from './marks.ts'
import { heardOf, unheard } from './system.ts'

/** Topics whose history is not being read just now: half of it would look like silence. */
export const ready = (topics: Topic[], { histories }: Status): Topic[] =>
  topics.filter(({ id, version }) => !histories.some((one) => one.topic === id && one.version === version))

/** Tallies of all topics that anybody posted about and a rule covers. */
export async function readAll(
  engine: Engine,
  { rules, status, untilMs }: Once,
  signal: AbortSignal,
): Promise<Looked[]> {
  const { parts, held, fresh, now } = engine
  const last = engine.untilMs ?? (await lastLook(parts.log)) ?? now()
  const lost = unheard(status.sources, last)
  // What was not heard may have come since.
  if (engine.lost.some((source) => !lost.has(source))) held.renew()
  engine.lost = [...lost.keys()]
  const topics = ready(parts.topics(), status).filter((topic) =>
    rules.some((rule) => coveredBy(rule, [{ topic }]).length),
  )
  held.keep(topics)
  await fresh.begin(parts.topics(), untilMs)
  const looked: Looked[] = []
  for (const topic of topics) {
    if (signal.aborted) break
    const phrases = fresh.phrasesOf(topic)
    try {
      const tallies = heardOf(await held.of(topic, phrases, untilMs), lost)
      if (tallies.voices.some((count) => count > 0)) looked.push({ topic, tallies, phrases })
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      if (!signal.aborted) parts.note('a topic was not looked at for alerts', { topic: topic.id, error })
    }
  }
  return looked
}
