// No evidence, no sentence: an alert that is over loses its numbers and phrases once fewer than ten accounts are left of what
// it saw, and is forgotten when its topic is dropped (decision 022). What is open is read anew at every look, and ends by
// itself. May be asked as often as wanted; the loop does once a day.
import type { Alert } from '../alarms.ts'
import { isOpen } from './kept.ts'

export const goneDetail = 'The posts it told of are gone, and its numbers with them.'

/** Whether it told of posts that are gone. */
export const isGone = ({ detail, shifts }: Pick<Alert, 'detail' | 'shifts'>): boolean =>
  !shifts.length && detail === goneDetail

export interface Left {
  /** Ids of the topics that are there, in whatever version. */
  topics: ReadonlySet<string>
  /** Whether enough is left of what it saw. */
  stands: (alert: Alert) => Promise<boolean>
}

export interface Gone {
  /** Without their numbers, in the state they were in. */
  emptied: Alert[]
  /** Ids. */
  forget: string[]
}

export async function goneOf(kept: Alert[], { topics, stands }: Left): Promise<Gone> {
  const over = kept.filter((alert) => !isOpen(alert) && alert.topic.topic !== '')
  const forget = over.filter(({ topic }) => !topics.has(topic.topic)).map(({ id }) => id)
  const emptied: Alert[] = []
  for (const alert of over) {
    if (!alert.shifts.length || !topics.has(alert.topic.topic) || (await stands(alert))) continue
    emptied.push({ ...alert, shifts: [], detail: goneDetail })
  }
  return { emptied, forget }
}
