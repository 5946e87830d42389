// Rules of the plain kind: a share, or accounts an hour, held against a bound of the user's. Pure. The same window, step
// after step: it holds when it did so for as long as the rule asks, and is over when it did not for as long.
import type { Alert, Level, Rule, Shift } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { leastAuthors } from '../estimate.ts'
import type { Tallies } from '../sides.ts'
import type { Topic } from '../types.ts'
import { alertId, closed } from './record.ts'

export interface LevelRead {
  value: Estimate
  voices: number
}

const z = 1.96

/** What the window that ends before `step` reads; null: fewer than ten accounts, or nothing was collected. */
export function readLevel(tallies: Tallies, level: Level, step: number): LevelRead | null {
  const first = Math.max(0, step - Math.round(level.windowMs / tallies.stepMs))
  const sum = (all: number[] | undefined) => all?.slice(first, step).reduce((total, one) => total + one, 0) ?? 0
  const hours = (sum(tallies.collected) * tallies.stepMs) / 3_600_000
  const isVolume = level.measure === 'volume'
  const voices = sum(isVolume ? tallies.accounts : tallies.scored)
  if (!hours || (voices < leastAuthors && !(isVolume && level.below !== null))) return null
  const value = isVolume ? voices / hours : sum(tallies.sums[level.measure]) / voices
  const spread = isVolume ? Math.sqrt(voices) / hours : Math.sqrt((value * (1 - value)) / voices)
  const top = isVolume ? Number.POSITIVE_INFINITY : 1
  return {
    value: { estimate: value, low: Math.max(0, value - z * spread), high: Math.min(top, value + z * spread) },
    voices,
  }
}

function passes({ above, below }: Level, { value }: LevelRead): boolean {
  return above !== null ? value.estimate! > above : value.estimate! < below!
}

/** Whether it has passed its bound, or not passed it, all along; null: neither, it stays as it was. */
export function heldLevel(
  tallies: Tallies,
  { level, forMs }: Pick<Rule, 'level' | 'forMs'>,
  step: number,
): boolean | null {
  const back = Math.max(1, Math.ceil(forMs / tallies.stepMs))
  if (step < back) return null
  const reads = Array.from({ length: back }, (_, nr) => readLevel(tallies, level!, step - nr))
  if (reads.some((read) => read === null)) return null
  const passed = reads.map((read) => passes(level!, read!))
  return passed.every((one) => one === passed[0]) ? passed[0]! : null
}

interface Levelled {
  topic: Topic
  tallies: Tallies
}
interface Levelling {
  rule: Rule
  /** Alerts of the topic under the rule. */
  own: Alert[]
  looking: { model: { id: string }; untilMs: number; nowMs: number }
}

/** What becomes of a topic under a rule of the plain kind: one alert in a new state, or nothing. */
export function levelled({ topic, tallies }: Levelled, { rule, own, looking }: Levelling): Alert[] {
  const step = tallies.voices.length
  const holds = heldLevel(tallies, rule, step)
  const open = own.find(({ state }) => state === 'confirmed')
  const atMs = looking.untilMs
  const at = new Date(atMs).toISOString()
  if (open) {
    return holds === false ? [closed(open, atMs, '')] : []
  }
  const ended = own.map((alert) => Date.parse(alert.at) + rule.cooldownMs)
  if (!holds || ended.some((until) => until > atMs)) return []
  return [levelAlert({ topic, tallies }, { rule, looking, at })]
}

function levelAlert(
  { topic, tallies }: Levelled,
  { rule, looking, at }: Omit<Levelling, 'own'> & { at: string },
): Alert {
  const { level } = rule
  const step = tallies.voices.length
  const size = Math.round(level!.windowMs / tallies.stepMs)
  const [after, before] = [readLevel(tallies, level!, step)!, readLevel(tallies, level!, step - size)]
  const iso = (ago: number) => new Date(Date.parse(at) - ago * tallies.stepMs).toISOString()
  const bound =
    level!.measure === 'volume'
      ? `${level!.above ?? level!.below} accounts an hour`
      : `${Math.round((level!.above ?? level!.below)! * 1_000) / 10}%`
  return {
    id: alertId([rule.id, topic.id, topic.version, looking.model.id, at]),
    ...{ rule: rule.id, ruleName: rule.name, severity: rule.severity, model: looking.model.id, kind: 'level' as const },
    topic: { topic: topic.id, version: topic.version, name: topic.name },
    ...{ state: 'confirmed' as const, at, openedAt: at, history: [{ state: 'confirmed' as const, at }] },
    ...{
      began: { from: iso(size), to: at },
      before: { from: iso(2 * size), to: iso(size) },
      after: { from: iso(size), to: at },
    },
    seenAt: new Date(looking.nowMs).toISOString(),
    shifts: [shiftOf(level!, { before, after })],
    ...{
      perYear: 0,
      detail: `It is ${level!.above !== null ? 'above' : 'below'} the ${bound} of your rule.`,
      reason: '',
      ack: null,
    },
  }
}

const unknown = { estimate: null, low: null, high: null }

function shiftOf({ measure, above }: Level, { before, after }: { before: LevelRead | null; after: LevelRead }): Shift {
  return {
    ...{ measure, phrase: null, direction: above !== null ? 'up' : 'down' },
    ...{ before: before?.value ?? unknown, after: after.value, difference: null },
    voices: { before: before?.voices ?? 0, after: after.voices },
  }
}
