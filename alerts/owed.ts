// What a channel is owed of a bulletin: the alerts in it as they are now, less what the channel knows already, what a later
// bulletin tells anyway, and what came and went before it was told of at all. Nothing left: the bulletin is superseded.
// Pure.
import { createHash } from 'node:crypto'
import type { Alert, AlertState, Bulletin } from '../alarms.ts'
import type { ToldOf } from './kept.ts'

/** What a channel knows of an alert. */
export interface Known {
  state: AlertState
  /** false: it was sent, and nobody knows whether it arrived. */
  isSure: boolean
  /** The delivery that told of it first. */
  first: string
}
export type KnownAlerts = Map<string, Known>

export interface Owing {
  alerts: ReadonlyMap<string, Alert>
  /** Bulletins that wait behind it on the same channel. */
  later: readonly Bulletin[]
  known: KnownAlerts
}

/** The alerts to tell of now. */
export function owedOf(bulletin: Bulletin, { alerts, later, known }: Owing): Alert[] {
  const covered = new Set(later.flatMap((one) => one.alerts.map(({ id }) => id)))
  return bulletin.alerts.flatMap(({ id }) => {
    const alert = alerts.get(id)
    if (!alert || covered.has(id)) return []
    const before = known.get(id)
    if (before?.isSure && before.state === alert.state) return []
    // It came and went, and nobody was told: of what closed one is, as it was so.
    return alert.state === 'withdrawn' && !before ? [] : [alert]
  })
}

/** The name of one bulletin on one channel, the same at every try and after every restart. No dot in it. */
export const deliveryId = (bulletin: string, channel: string): string =>
  `msg_${createHash('sha256')
    .update(JSON.stringify([bulletin, channel]))
    .digest('base64url')
    .slice(0, 24)}`

/** When it may be sent. */
export const dueMs = ({ at, notBefore }: Bulletin): number =>
  Math.max(Date.parse(at), notBefore === null ? 0 : Date.parse(notBefore))

/** What a channel knows, by what became of all its bulletins so far. */
export function knownOf(channel: string, told: ToldOf): KnownAlerts {
  const known: KnownAlerts = new Map()
  const all = [...told].flatMap(([bulletin, by]) => {
    const one = by.get(channel)
    return one ? [{ first: deliveryId(bulletin, channel), ...one }] : []
  })
  for (const { first, status, states } of all.sort((a, b) => a.at.localeCompare(b.at)))
    for (const [id, state] of Object.entries(states)) {
      const before = known.get(id)
      // What is sure is never made unsure.
      if (status === 'delivered') known.set(id, { state, isSure: true, first: before?.first ?? first })
      else if (!before?.isSure) known.set(id, { state, isSure: false, first: before?.first ?? first })
    }
  return known
}
