// From a turn of a walk to the alert that is kept and told, and back: after a restart the walk goes on from what was kept,
// so that one change never has two ids. Pure. An alert holds numbers only.
import { createHash } from 'node:crypto'
import type { Alert, Rule, Shift } from '../alarms.ts'
import type { Topic } from '../types.ts'
import { lengths } from './detect.ts'
import type { Reading } from './verdict.ts'
import { together } from './verdict.ts'
import { newWalk, type Walked, type WalkState } from './walk.ts'
import type { Told } from './watch.ts'

const yearHours = 8_766
/** Measures of one change that an alert names. */
const mostShifts = 6

export interface Recording {
  rule: Rule
  topic: Topic
  model: string
  /** Topics that the rule watches: its budget is theirs together. */
  topics: number
  /** By when what was read had come in. */
  nowMs: number
  stepMs: number
  /** Of a theme, its phrase. */
  phraseOf: (measure: string) => string | null
}

const iso = (ms: number) => new Date(ms).toISOString()

/** Stable: the same change of the same topic under the same rule. */
export const alertId = (parts: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').replace(/[-_]/g, '').slice(0, 16)

/** The alert in its new state. `before`: as it was kept, if it was open. */
export function alertOf({ turn, atMs, seen }: Walked, before: Alert | null, recording: Recording): Alert {
  const { rule, topic, model, nowMs } = recording
  const at = iso(atMs)
  const history = [...(before?.history ?? []), { state: turn.state, at }]
  if (!before || turn.readings.length) {
    const opened = before ?? { id: alertId([rule.id, topic.id, topic.version, model, at]), openedAt: at, ack: null }
    const [lead] = turn.readings
    return {
      // As it was opened, whatever leads now: receivers know it by these.
      ...{ id: opened.id, rule: rule.id, ruleName: rule.name, severity: before?.severity ?? rule.severity },
      topic: { topic: topic.id, version: topic.version, name: topic.name },
      ...{ model, kind: before?.kind ?? lead!.measure.kind, state: turn.state, at, openedAt: opened.openedAt, history },
      ...windowsOf(lead!, { atMs, ...seen, stepMs: recording.stepMs }),
      seenAt: iso(nowMs),
      shifts: turn.readings.slice(0, mostShifts).map((reading) => shiftOf(reading, recording)),
      ...{ perYear: perYearOf(lead!, recording), detail: '', reason: turn.reason, ack: opened.ack },
    }
  }
  return { ...before, state: turn.state, at, history, reason: turn.reason }
}

/** Why an alert ended of which no post is left. */
export const goneReason = 'its posts are gone'

/** It is over. */
export function closed(alert: Alert, atMs: number, reason: string): Alert {
  const at = iso(atMs)
  return { ...alert, state: 'closed', at, reason, history: [...alert.history, { state: 'closed', at }] }
}

interface Times {
  atMs: number
  fromMs: number
  heldFrom: (step: number) => number
  stepMs: number
}

/** What is compared, and the neighbours of the likeliest beginning: lengths grow by a factor, and so does what is not known. */
function windowsOf(
  { began, from }: Reading,
  { atMs, fromMs, heldFrom, stepMs }: Times,
): Pick<Alert, 'before' | 'after' | 'began'> {
  const beganMs = fromMs + began * stepMs
  const nr = lengths.findIndex((length) => length >= Math.round((atMs - beganMs) / stepMs))
  const [shorter, longer] = [lengths[nr - 1] ?? 0, lengths[nr + 1] ?? Math.round(lengths.at(-1)! * 1.41)]
  return {
    before: { from: iso(heldFrom(from)), to: iso(beganMs) },
    after: { from: iso(beganMs), to: iso(atMs) },
    began: { from: iso(Math.max(fromMs, atMs - longer * stepMs)), to: iso(atMs - shorter * stepMs) },
  }
}

function shiftOf(reading: Reading, { phraseOf }: Recording): Shift {
  const { before, after, difference, voices } = reading.change()
  const measure = reading.measure.id
  const rounded = { before: Math.round(voices.before), after: Math.round(voices.after) }
  return {
    measure,
    phrase: phraseOf(measure),
    direction: reading.direction,
    before,
    after,
    difference,
    voices: rounded,
  }
}

/** Of alarms as strong as this one, over all topics of the rule and all its measures. */
function perYearOf({ log, measure }: Reading, { topics }: Recording): number {
  return (yearHours * topics) / (Math.exp(log) * measure.part * together)
}

/** Where a topic's walk under a rule stands, by the alerts of it that are kept, of whatever version or model. */
export function walkOf(alerts: Alert[], atMs: number, cooldownMs: number): WalkState {
  const state = newWalk(atMs)
  for (const alert of alerts.toSorted((a, b) => a.at.localeCompare(b.at))) {
    const [lead] = alert.shifts
    const endMs = Date.parse(alert.at)
    state.atMs = Math.max(state.atMs, endMs)
    const beganMs = Date.parse(alert.after.from)
    if (alert.state === 'early' || alert.state === 'confirmed') {
      if (lead)
        state.open = {
          state: alert.state,
          openedMs: Date.parse(alert.openedAt),
          beganMs,
          fromMs: Date.parse(alert.before.from),
          lead: lead.measure,
          by: byOf(lead),
        }
      continue
    }
    state.floorMs = Math.max(state.floorMs, endMs)
    state.quietMs = Math.max(state.quietMs, endMs + cooldownMs)
    if (alert.state === 'closed') state.told.push(toldBy(alert.reason, { beganMs, endMs }))
  }
  return state
}

/** Back: it is held against nothing. The new normal: what was before is. Left alone while it lasted: all that was is. */
function toldBy(reason: string, { beganMs, endMs }: { beganMs: number; endMs: number }): Told {
  if (reason === 'back' || reason === goneReason) return { fromMs: beganMs, toMs: endMs }
  return { fromMs: 0, toMs: reason === 'usual' ? beganMs : endMs }
}

const byOf = ({ before, after, difference }: Shift): number =>
  difference?.estimate ?? Math.log((after.estimate ?? 1) / Math.max(before.estimate ?? 1, 1e-9))
