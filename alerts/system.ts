// What is ours: posts stopped coming in, or another model reads them. Never a change of opinion, told once for all topics,
// and never counted against a budget: it is true. Pure.
import type { Alert, Rule } from '../alarms.ts'
import type { SourceStatus } from '../types.ts'
import { alertId } from './record.ts'

/** Since when a source has not been read; absent: it is. Kept between looks. */
export type Silent = Map<string, number>

/** A source may reconnect; after so long somebody should know. */
const silentMs = 15 * 60_000
const broken: SourceStatus['state'][] = ['stalled', 'failed', 'connecting']

export interface Ours {
  rule: Rule
  /** Open alerts of this kind under the rule. */
  open: Alert[]
  model: string
  nowMs: number
}

const iso = (ms: number) => new Date(ms).toISOString()
/** It is about every topic. */
const every = { topic: '', version: 0, name: 'all topics' }

function ourAlert(
  { rule, model, nowMs }: Ours,
  kind: 'collection' | 'model',
  more: { key: string; detail: string; sinceMs: number },
): Alert {
  const at = iso(nowMs)
  const since = iso(more.sinceMs)
  return {
    id: alertId([rule.id, kind, more.key, since]),
    ...{ rule: rule.id, ruleName: rule.name, severity: rule.severity, topic: every, model, kind },
    ...{ state: 'confirmed', at, openedAt: at, history: [{ state: 'confirmed', at }] },
    ...{
      began: { from: since, to: since },
      before: { from: since, to: since },
      after: { from: since, to: at },
      seenAt: at,
    },
    ...{ shifts: [], perYear: 0, detail: more.detail, reason: '', ack: null },
  }
}

const closedAt = (alert: Alert, nowMs: number, reason: string): Alert => {
  const at = iso(nowMs)
  return {
    ...alert,
    state: 'closed',
    at,
    reason,
    after: { from: alert.after.from, to: at },
    history: [...alert.history, { state: 'closed', at }],
  }
}

/** Notes which sources are silent, since when. */
export function notice(silent: Silent, sources: SourceStatus[], nowMs: number): void {
  for (const { name, state } of sources) {
    if (!broken.includes(state)) silent.delete(name)
    else if (!silent.has(name)) silent.set(name, nowMs)
  }
}

/** Opens an alert for a source that has been silent for a while, and closes it once it is read again. */
export function collectionAlerts(ours: Ours, silent: Silent): Alert[] {
  const { open, nowMs } = ours
  const long = [...silent].filter(([, sinceMs]) => nowMs - sinceMs >= silentMs)
  const about = (source: string) => open.find(({ detail }) => detail.startsWith(`${source} `))
  const opened = long
    .filter(([source]) => !about(source))
    .map(([source, sinceMs]) =>
      ourAlert(ours, 'collection', {
        key: source,
        sinceMs,
        detail: `${source} has sent nothing since ${iso(sinceMs).slice(0, 16).replace('T', ' ')} UTC.`,
      }),
    )
  const over = open.filter(({ detail }) => !silent.has(detail.slice(0, detail.indexOf(' '))))
  return [...opened, ...over.map((alert) => closedAt(alert, nowMs, 'posts come in again'))]
}

/** Another model than before reads the posts. */
export function modelAlert(ours: Ours, before: string): Alert {
  const { model, nowMs } = ours
  const detail = `Posts were read by ${before}; from now on they are read by ${model}.`
  const alert = ourAlert(ours, 'model', { key: `${before} ${model}`, sinceMs: nowMs, detail })
  return closedAt(alert, nowMs, '')
}
