// Alerts that are open and that nobody looks after any more: their rule, their topic, its query or the model that read it is
// another one, or gone. They end, in so many words, and what they told of is still not told again. Pure.
import type { Alert, Rule } from '../alarms.ts'
import { coversMeasure, coversTopic } from '../ruled.ts'
import type { Topic } from '../types.ts'
import { closed } from './record.ts'

export interface There {
  rules: Rule[]
  topics: Topic[]
  model: string
}

/** Of those that are open, the ones that are left alone, closed. */
export function leftAlone(open: Alert[], there: There, nowMs: number): Alert[] {
  return open.flatMap((alert) => {
    const reason = reasonOf(alert, there)
    return reason ? [closed(alert, nowMs, reason)] : []
  })
}

/** Why nobody looks after it; null: somebody does. */
function reasonOf(alert: Alert, { rules, topics, model }: There): string | null {
  const { kind, shifts } = alert
  const rule = rules.find(({ id }) => id === alert.rule)
  if (!rule) return 'its rule is gone'
  if (!coversMeasure(rule, shifts[0]?.measure ?? kind, kind)) return 'its rule does not watch for this any more'
  // Of all topics.
  if (alert.topic.topic === '') return null
  const topic = topics.find(({ id }) => id === alert.topic.topic)
  if (!topic) return 'its topic is gone'
  if (!coversTopic(rule, topic)) return 'its rule does not watch this topic any more'
  // Facts, whoever reads them.
  if (kind === 'campaign') return null
  if (topic.version !== alert.topic.version) return "the topic's query is another one, and is watched anew"
  return model === alert.model ? null : 'another model reads the posts, and they are watched anew'
}
