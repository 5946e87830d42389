// No evidence, no sentence: an alert that is over loses its numbers and phrases once fewer than ten accounts are left of what
// it saw, and is forgotten a day after its topic was dropped (decision 022). What is open and sure ends with its posts; what is
// early is read anew at every look. May be asked as often as wanted; the loop does once a day.
import type { Alert } from '../alarms.ts'
import { isOpen } from './kept.ts'
import { closed, goneReason } from './record.ts'

export const goneDetail = 'The posts it told of are gone, and its numbers with them.'

const dayMs = 24 * 3_600_000
const bare = (alert: Alert): Alert => ({ ...alert, shifts: [], perYear: 0, detail: goneDetail })

/** Whether it told of posts that are gone. */
export const isGone = ({ detail, shifts }: Pick<Alert, 'detail' | 'shifts'>): boolean =>
  !shifts.length && detail === goneDetail

export interface Left {
  /** Ids of the topics that are there, in whatever version. */
  topics: ReadonlySet<string>
  /** Whether enough is left of what it saw. */
  stands: (alert: Alert) => Promise<boolean>
  nowMs: number
}

export interface Gone {
  /** Those that were over, without their numbers. */
  emptied: Alert[]
  /** Those that were sure till now: over, without their numbers. */
  ended: Alert[]
  /** Ids. */
  forget: string[]
}

export async function goneOf(kept: Alert[], { topics, stands, nowMs }: Left): Promise<Gone> {
  const own = kept.filter(({ topic }) => topic.topic !== '')
  const isThere = ({ topic }: Alert) => topics.has(topic.topic)
  const isLong = ({ at }: Alert) => nowMs - Date.parse(at) >= dayMs
  const forget = own.filter((alert) => !isOpen(alert) && !isThere(alert) && isLong(alert)).map(({ id }) => id)
  const gone: Alert[] = []
  for (const alert of own) if (isThere(alert) && alert.shifts.length && !(await stands(alert))) gone.push(alert)
  // What nothing is left of cannot be seen to pass.
  const ended = gone.filter(({ state }) => state === 'confirmed').map((alert) => closed(alert, nowMs, goneReason))
  const emptied = gone.filter((alert) => !isOpen(alert)).map(bare)
  return { ended: ended.map(bare), emptied, forget }
}
