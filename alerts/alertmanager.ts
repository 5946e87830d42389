// A letter as Prometheus' Alertmanager takes it (POST /api/v2/alerts): alerts that fire until they are over. They are sent
// again every minute, each time for a few minutes ahead, so that what we forget or cannot send ends by itself; what is
// closed or withdrawn ends at once. Labels never change while an alert lives: they are what tells it from others.
import type { Alert } from '../alarms.ts'
import type { Posted } from '../send.ts'
import type { OpenChannel } from './channels.ts'
import { isOpen } from './kept.ts'
import { type Letter, line } from './letter.ts'

export const resendMs = 60_000
/** Missed three times, it still fires. */
const aheadMs = 4 * resendMs
const path = '/api/v2/alerts'

export function alertmanagerCall(letter: Letter, { url }: OpenChannel, { nowMs }: { nowMs: number }): Posted {
  const fires = letter.isTest ? [testAlert(letter, nowMs)] : letter.alerts.map((one) => firing(one, nowMs))
  return { url: addressOf(url), headers: { 'content-type': 'application/json' }, body: JSON.stringify(fires) }
}

/** `url` is the Alertmanager's own, or already the place where it takes alerts. */
function addressOf(text: string): string {
  const url = URL.parse(text)
  if (!url) return text // whoever dials it says what is wrong
  const base = url.pathname.replace(/\/+$/, '')
  url.pathname = base.endsWith(path) ? base : base + path
  return url.href
}

type Named = Letter['alerts'][number]
function firing({ alert, title, text, link }: Named, nowMs: number) {
  const endsMs = isOpen(alert) ? nowMs + aheadMs : endedMs(alert, nowMs)
  return {
    labels: {
      alertname: `undercurrent_${alert.kind}`,
      ...{ alert: alert.id, rule: alert.rule, topic: alert.topic.topic, severity: alert.severity },
    },
    annotations: {
      ...{ summary: title, description: text, state: alert.state, link },
      ...{ topic_name: line(alert.topic.name, 150), rule_name: line(alert.ruleName, 150) },
    },
    startsAt: alert.openedAt,
    endsAt: new Date(Math.max(endsMs, Date.parse(alert.openedAt))).toISOString(),
    generatorURL: link,
  }
}

/** Over now, though our clock goes before the receiver's. */
const endedMs = ({ at }: Alert, nowMs: number) => Math.min(Date.parse(at), nowMs)

/** Ends by itself within a minute. */
const testAlert = ({ id, rule, severity, title, text, link, at }: Letter, nowMs: number) => ({
  labels: { alertname: 'undercurrent_test', alert: id, rule: rule.id, severity },
  annotations: { summary: title, description: text, link },
  startsAt: at,
  endsAt: new Date(nowMs + resendMs).toISOString(),
  generatorURL: link,
})
