// What becomes of a topic under a rule: nothing, an early word, a confirmed one, a withdrawal, an end. Pure: from what is
// open, what the measures read now, and the rule's thresholds. One change of a topic is one alert, however many measures
// show it, and while one is open nothing else is told about the topic.
import type { AlertState, Rule } from '../alarms.ts'
import type { Strength } from './detect.ts'
import type { Measure } from './measures.ts'
import type { Change } from './watch.ts'

/** A measure as it reads at some time. */
export interface Reading extends Strength {
  measure: Measure
  /** How far it moved since the change probably began, and how sure that is with the model's error in it. */
  change: () => Change
}

export interface Thresholds {
  /** ln of hours, for a measure that has the whole budget; a measure with a part of it needs that much more. */
  early: number
  confirm: number
}

/** What is open about a topic. */
export interface Open {
  state: 'early' | 'confirmed'
  openedMs: number
  /** When the change probably began, the measure that led when it was told, and by how much it moved. */
  beganMs: number
  lead: string
  by: number
}

export interface Turn {
  state: AlertState
  reason: string
  open: Open
  /** Those beyond their threshold, the surest first. */
  readings: Reading[]
}

const hourMs = 3_600_000
/** So much of an early word's evidence may melt before it is withdrawn, and so long may it stay unconfirmed. */
const melted = 2
/** What is told first is early, however sure it looks: it is confirmed by what was said since. */
const confirmsAfterMs = hourMs / 2
const earlyLastsMs = 24 * hourMs
/** After that what is, is what is usual. */
const confirmedLastsMs = 72 * hourMs
/** Of all alarms so many messages come: the early word, what became of it, and the end of what was confirmed. */
const messagesOfAlarm = { early: 2.5, late: 2 }
/** Confirmed are half as many as told early. */
const confirmedOfEarly = 0.5
/** Measures go up and down together and open one alert, so that they spend less than the sum of their parts. */
export const together = 1.4

/** The thresholds that keep a rule's budget over so many topics. */
export function thresholdsOf({ budget, early }: Pick<Rule, 'budget' | 'early'>, topics: number): Thresholds {
  const perHour = (budget!.messages / (budget!.perMs / hourMs) / Math.max(1, topics)) * together
  const alarms = perHour / (early ? messagesOfAlarm.early : messagesOfAlarm.late)
  if (!early) return { early: Number.POSITIVE_INFINITY, confirm: -Math.log(alarms) }
  return { early: -Math.log(alarms), confirm: -Math.log(alarms * confirmedOfEarly) }
}

/** By how much a reading passes a threshold, in nats. */
export const beyond = ({ log, measure }: Reading, threshold: number): number => log + Math.log(measure.part) - threshold

interface Deciding {
  rule: Pick<Rule, 'early' | 'forMs'>
  thresholds: Thresholds
  nowMs: number
  /** By how much the measure that led may at most still differ from what it was before; null: too few voices to say. */
  leftOf: (open: Open) => number | null
  /** When a step began. */
  msOf: (step: number) => number
}

/** The next turn; null: nothing to tell. */
export function turnOf(open: Open | null, readings: Reading[], deciding: Deciding): Turn | null {
  const { thresholds, rule, nowMs, msOf } = deciding
  const lasted = ({ began }: Reading) => nowMs - msOf(began) >= rule.forMs
  const sure = ranked(readings, thresholds.confirm).filter((one) => lasted(one) && one.change().isCertain)
  if (!open) {
    const state = rule.early ? 'early' : 'confirmed'
    const found = rule.early ? ranked(readings, thresholds.early).filter((one) => one.change().isProbable) : sure
    const [lead] = found
    if (!lead) return null
    const opened = { openedMs: nowMs, beganMs: msOf(lead.began), lead: lead.measure.id, by: lead.change().by }
    return { state, reason: '', readings: found, open: { ...opened, state } }
  }
  if (open.state === 'confirmed') return ended(open, deciding)
  if (sure.length && nowMs - open.openedMs >= confirmsAfterMs) {
    const [lead] = sure
    return {
      state: 'confirmed',
      reason: '',
      readings: sure,
      open: { ...open, state: 'confirmed', beganMs: msOf(lead!.began), lead: lead!.measure.id, by: lead!.change().by },
    }
  }
  const strongest = Math.max(...readings.map((one) => beyond(one, thresholds.early)))
  const isOld = nowMs - open.openedMs >= Math.max(earlyLastsMs, rule.forMs + earlyLastsMs / 2)
  if (strongest > -melted && !isOld) return null
  const reason = isOld ? 'a day passed and it did not become sure' : 'what spoke for it is gone'
  return { state: 'withdrawn', reason, readings: [], open }
}

const ranked = (readings: Reading[], threshold: number): Reading[] =>
  readings.filter((one) => beyond(one, threshold) >= 0).sort((a, b) => beyond(b, threshold) - beyond(a, threshold))

/** A confirmed change ends when less than half of it is left, or when it is no news any more. */
function ended(open: Open, { nowMs, leftOf }: Deciding): Turn | null {
  const closed = (reason: string): Turn => ({ state: 'closed', reason, readings: [], open })
  const left = leftOf(open)
  if (left !== null && Math.sign(open.by) * left < Math.abs(open.by) / 2) return closed('back')
  return nowMs - open.openedMs >= confirmedLastsMs ? closed('usual') : null
}
