// What becomes of alerts is kept, in one append with the bulletin that tells channels of it. What is in the state it was in is
// no news, nor is what came and went while nobody looked.
import type { Alert, AlertState, Bulletin, Rule } from '../alarms.ts'
import { quietUntil } from '../ruled.ts'
import { forgettable, isOpen, keep, keptAlerts } from './kept.ts'
import type { Looking } from './look.ts'
import { alertId } from './record.ts'

/** What is older is no news for a channel: the page and the feed tell of it. */
const newsMs = 6 * 3_600_000

export const statesOf = (alerts: Alert[]): Map<string, AlertState> =>
  new Map(alerts.map(({ id, state }) => [id, state]))

export interface Moved {
  moved: Alert[]
  /** The states of alerts as they are kept. */
  known: ReadonlyMap<string, AlertState>
  /** Up to when the rule had looked before. */
  sinceMs?: number | null
}

type Telling = Pick<Rule, 'id' | 'isDry' | 'channels' | 'quiet' | 'severity'>

/** Keeps alerts in their new states with the one bulletin that tells of them; what is in the state it was in is no news. */
export async function tell(
  rule: Telling,
  { moved, known, sinceMs = null }: Moved,
  { log, nowMs }: Pick<Looking, 'log' | 'nowMs'>,
): Promise<void> {
  if (!moved.length) return
  const forget = forgettable(await keptAlerts(log), nowMs)
  // What came while nobody looked, and is there still, is news however old.
  const isMissed = (alert: Alert) => sinceMs !== null && isOpen(alert) && Date.parse(alert.openedAt) > sinceMs
  const isNews = (alert: Alert) => {
    const { id, at, state } = alert
    // Who was told of its beginning is told of its end, however late.
    const isOf = known.has(id) || nowMs - Date.parse(at) <= newsMs || isMissed(alert)
    return (
      isOf &&
      known.get(id) !== state &&
      // What came and went between two looks was told by nobody.
      (state !== 'withdrawn' || known.has(id))
    )
  }
  await keep(log, { alerts: moved, bulletins: bulletinsOf(rule, moved.filter(isNews), nowMs), forget })
}

function bulletinsOf(rule: Telling, news: Alert[], nowMs: number): Bulletin[] {
  if (rule.isDry || !news.length || !rule.channels.length) return []
  const alerts = news.map(({ id, state }) => ({ id, state }))
  const until = quietUntil(rule, nowMs)
  const notBefore = until === null ? null : new Date(until).toISOString()
  const id = alertId(['bulletin', rule.id, alerts])
  return [{ id, rule: rule.id, at: new Date(nowMs).toISOString(), notBefore, channels: rule.channels, alerts }]
}
