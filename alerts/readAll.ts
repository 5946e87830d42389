// Reads the tallies of all topics for one look of the loop. A topic that the store does not answer for is left out, and said;
// a source that is silent is no silence of people. May assume that looks come one after the other.
import { CorruptionError } from '../errors.ts'
import type { Status } from '../given.ts'
import type { Tallies } from '../sides.ts'
import { carriedBy } from '../terms.ts'
import type { Topic } from '../types.ts'
import { keyOf, lateMs } from './held.ts'
import { isOpen, keptAlerts } from './kept.ts'
import { coveredBy, type Looked } from './look.ts'
import type { Engine, Once } from './loop.ts'
import { lastLook } from './marks.ts'
import { heardOf, unheard } from './system.ts'

/**
 * Topics whose history is not being read just now: half of it would look like silence. While some is read, a topic that was
 * never looked at may be waiting for its own.
 */
export function ready({ parts, held }: Pick<Engine, 'parts' | 'held'>, { histories }: Status): Topic[] {
  const known = new Set(held.all().map(({ topic }) => keyOf(topic)))
  const isRead = (topic: Topic) => !histories.some((one) => one.topic === topic.id && one.version === topic.version)
  return parts.topics().filter((topic) => isRead(topic) && (!histories.length || known.has(keyOf(topic))))
}

/** Posts that come by file or API come when somebody brings them. */
const isSteady = ({ sources = [] }: Tallies, status: Status): boolean =>
  sources.every((source) => status.sources.some(({ name }) => carriedBy(name) === source))

/** Tallies of all topics that anybody posted about and a rule covers. */
export async function readAll(
  engine: Engine,
  { rules, status, untilMs }: Once,
  signal: AbortSignal,
): Promise<Looked[]> {
  const { parts, held, fresh, now } = engine
  const last = engine.untilMs ?? (await lastLook(parts.log)) ?? now()
  const lost = unheard(status.sources, last)
  // What was not heard may have come since; what came late by less is read anyway.
  const isBack = [...engine.lost].some(([source, sinceMs]) => !lost.has(source) && now() - sinceMs > lateMs / 2)
  if (isBack) held.renew()
  engine.lost = lost
  const topics = ready(engine, status).filter((topic) => rules.some((rule) => coveredBy(rule, [{ topic }]).length))
  held.keep(topics)
  await fresh.begin(parts.topics(), untilMs)
  const open = new Set((await keptAlerts(parts.log)).filter(isOpen).map(({ topic }) => topic.topic))
  const looked: Looked[] = []
  let isAnswered = true
  for (const topic of topics) {
    if (signal.aborted) break
    const phrases = fresh.phrasesOf(topic)
    try {
      const tallies = heardOf(await held.of(topic, phrases, untilMs), lost)
      // What is open has to end where the last of its posts is gone.
      if (open.has(topic.id) || tallies.voices.some((count) => count > 0))
        looked.push({ topic, tallies, phrases, isSteady: isSteady(tallies, status) })
    } catch (error) {
      isAnswered = false
      if (error instanceof CorruptionError) throw error
      if (!signal.aborted) parts.note('a topic was not looked at for alerts', { topic: topic.id, error })
    }
  }
  engine.isEmpty = !looked.length && isAnswered
  return looked
}
