// What is ours: posts stopped coming in, or another model reads them. Never a change of opinion, told once for all topics,
// and never counted against a budget: it is true. Pure.
import type { Alert, Rule } from '../alarms.ts'
import type { Tallies } from '../sides.ts'
import { carriedBy } from '../terms.ts'
import type { SourceStatus } from '../types.ts'
import { sourceIn } from './lines.ts'
import { alertId, closed } from './record.ts'

/** Sources that are not read, and what came last of each. Kept between looks. */
export type Silent = Map<string, number>

/** A source may reconnect; after so long somebody should know. */
const silentMs = 15 * 60_000
const broken: SourceStatus['state'][] = ['stalled', 'failed', 'connecting']
const read: SourceStatus['state'][] = ['live', 'catching up']

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

const closedAt = (alert: Alert, nowMs: number, reason: string): Alert => ({
  ...closed(alert, nowMs, reason),
  after: { from: alert.after.from, to: iso(nowMs) },
})

/** Notes which sources are silent, since when. */
export function notice(silent: Silent, sources: SourceStatus[], nowMs: number): void {
  for (const { name, state, latest } of sources) {
    if (!broken.includes(state)) silent.delete(name)
    else if (!silent.has(name)) silent.set(name, latest ? Math.min(nowMs, Date.parse(latest)) : nowMs)
  }
}

/** Those that somebody should know of. */
export const longSilent = (silent: Silent, nowMs: number): string[] =>
  [...silent].filter(([, sinceMs]) => nowMs - sinceMs >= silentMs).map(([source]) => source)

/** From when on nothing of a source can be known: it is not read, or is over. `lastMs`: when it was looked at last. */
export function unheard(sources: SourceStatus[], lastMs: number): Map<string, number> {
  const lost = new Map<string, number>()
  for (const { name, state, latest } of sources) {
    if (read.includes(state)) continue
    const sinceMs = latest ? Date.parse(latest) : lastMs
    // One instance of several is enough.
    lost.set(carriedBy(name), Math.min(sinceMs, lost.get(carriedBy(name)) ?? sinceMs))
  }
  return lost
}

/** Tallies with what nobody could hear left out: a store knows of a gap only when it is over. */
export function heardOf(tallies: Tallies, lost: ReadonlyMap<string, number>): Tallies {
  const since = Math.min(...(tallies.sources ?? []).map((source) => lost.get(source) ?? Number.POSITIVE_INFINITY))
  if (!Number.isFinite(since)) return tallies
  const first = Math.floor((since - Date.parse(tallies.from)) / tallies.stepMs)
  return { ...tallies, collected: tallies.collected.map((part, step) => (step < first ? part : 0)) }
}

/** Opens an alert for a source of which posts came and come no more for a while; closes it once it is read again. */
export function collectionAlerts(ours: Ours, silent: Silent, sources: ReadonlySet<string>): Alert[] {
  const { open, nowMs } = ours
  const opened = longSilent(silent, nowMs)
    .filter((source) => sources.has(carriedBy(source)) && !open.some((alert) => sourceIn(alert) === source))
    .map((source) => {
      const sinceMs = silent.get(source)!
      const detail = `${source} has sent nothing since ${iso(sinceMs).slice(0, 16).replace('T', ' ')} UTC.`
      return ourAlert(ours, 'collection', { key: source, sinceMs, detail })
    })
  const over = open.filter((alert) => !silent.has(sourceIn(alert)))
  return [...opened, ...over.map((alert) => closedAt(alert, nowMs, ''))]
}

/** Another model than before reads the posts. `before`: which one, and when the rule last looked at what it read. */
export function modelAlert(ours: Ours, before: { model: string; atMs: number }): Alert {
  const { model } = ours
  const detail = `Posts were read by ${before.model}; from now on they are read by ${model}.`
  const alert = ourAlert(ours, 'model', { key: `${before.model} ${model}`, sinceMs: before.atMs, detail })
  return { ...closedAt(alert, ours.nowMs, ''), former: before.model }
}
