// The loop of alerts: once a step it looks at every topic that a rule covers, keeps what became of it, and rings for the
// outbox. Never looks beyond what was read (reach.ts): what is not there yet would look like silence. One topic
// that the store does not answer for is left out of a look and stops no other.
import type { Alert, Alerts, Rule } from '../alarms.ts'
import { CorruptionError } from '../errors.ts'
import type { Status } from '../given.ts'
import { metrics } from '../metrics.ts'
import { sleep as realSleep, type Sleep } from '../retry.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import type { Backtesting } from './backtest.ts'
import { type Crowd, crowdOf } from './crowd.ts'
import { emptyGone, teach } from './daily.ts'
import { type Finding, openFresh } from './findings.ts'
import { type Held, keyOf, openHeld, stepMs } from './held.ts'
import { coveredBy, type Walks } from './look.ts'
import type { Notify } from './notify.ts'
import { type Pool, unlearntPool } from './pool.ts'
import { openReach, type Reach } from './reach.ts'
import { readAll, ready } from './readAll.ts'
import type { Rules } from './rules.ts'
import { longSilent, notice, type Silent } from './system.ts'
import { covers, endLeft, lookUnder, tellOf } from './under.ts'

export interface AlertsParts extends Finding, Omit<Backtesting, 'pool'> {
  log: Pick<Log, 'settings' | 'append'>
  model: { id: string; labels: ModelLabels }
  topics: () => Topic[]
  rules: Rules
  status: () => Promise<Status>
  explain: Alerts['explain']
  wordsOf: Alerts['wordsOf']
  notify: Notify
  note: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
  everyMs?: number
  /** A rest that is so much longer or shorter than was asked for was a sleep of the machine, or a clock that was set. */
  pausedMs?: number
}

export interface Engine {
  parts: AlertsParts
  now: () => number
  held: Held
  walks: Walks
  reach: Reach
  pool: Pool
  /** When topics taught last. */
  pooledMs: number
  /** When numbers without evidence were let go last. */
  emptiedMs: number
  crowd: Crowd
  silent: Silent
  /** Of which sources nothing was known at the last look, since when. */
  lost: ReadonlyMap<string, number>
  /** After a sleep of the machine: no look before. */
  awakeMs: number
  /** Nobody posted about anything yet. */
  isEmpty: boolean
  /** Up to when it looked last; null: not yet. */
  untilMs: number | null
  fresh: ReturnType<typeof openFresh>
  tell: (alert: Alert) => void
}

/** Posts of a step may come this much late and still be in it when it is first read. */
const settleMs = 60_000
/** Looks rest so many times as long as they took. */
const restTimes = 3

export interface Loop {
  pool(): Pool
  lookedUntil(): number | null
  run(signal: AbortSignal): Promise<void>
}

export function openLoop(parts: AlertsParts, told: (alert: Alert) => void): Loop {
  const engine: Engine = {
    ...{ parts, now: parts.now ?? Date.now, held: openHeld(parts), walks: new Map(), fresh: openFresh(parts) },
    ...{ crowd: crowdOf(parts.ask), reach: openReach() },
    ...{
      pool: unlearntPool,
      pooledMs: Number.NEGATIVE_INFINITY,
      emptiedMs: Number.NEGATIVE_INFINITY,
      awakeMs: Number.NEGATIVE_INFINITY,
      silent: new Map(),
      lost: new Map(),
      untilMs: null,
    },
    isEmpty: true,
    tell: told,
  }
  return { pool: () => engine.pool, lookedUntil: () => engine.untilMs, run: (signal) => run(engine, signal) }
}

async function run(engine: Engine, signal: AbortSignal): Promise<void> {
  const { sleep = realSleep, everyMs = 5_000, pausedMs = 120_000, note, notify } = engine.parts
  const telling = notify.run(signal)
  let seen = ''
  while (!signal.aborted) {
    const start = performance.now()
    try {
      seen = await lookAgain(engine, seen, signal)
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      if (!signal.aborted) note('topics were not looked at for alerts, will be tried again', { error })
    }
    const restMs = Math.max(everyMs, restTimes * (performance.now() - start))
    const from = engine.now()
    await sleep(restMs, signal)
    if (Math.abs(engine.now() - from - restMs) > pausedMs) engine.awakeMs = engine.now() + wakesMs
  }
  await telling
}

/**
 * A machine that slept, or whose clock was set, finds out within so long that its sources are gone. Till then they seem to be
 * live, and what they did not bring would be silence.
 */
const wakesMs = 180_000

const lastStep = (nowMs: number) => Math.floor((nowMs - settleMs) / stepMs) * stepMs

/** Looks where there is something that was not there when it looked last; tells what there was. */
async function lookAgain(engine: Engine, seen: string, signal: AbortSignal): Promise<string> {
  const { parts, silent, now } = engine
  const status = await parts.status()
  notice(silent, status.sources, now())
  if (now() < engine.awakeMs) return seen
  const reached = engine.reach.of(status, now())
  if (!reached) return seen
  if (reached.isFuller || engine.isEmpty) engine.held.renew()
  const rules = await parts.rules.list()
  const what = {
    step: Math.max(lastStep(reached.atMs), engine.untilMs ?? 0),
    rules: rules.map(({ id, at }) => [id, at]),
    topics: ready(engine, status).map(keyOf),
    silent: longSilent(silent, now()),
  }
  // Where there is no post yet, the first may come any moment.
  const there = () => JSON.stringify({ ...what, head: engine.isEmpty ? reached.head : null })
  if (there() === seen) return seen
  const isDone = await lookOnce(engine, { rules, status, untilMs: what.step }, signal)
  return isDone ? there() : seen
}

export interface Once {
  rules: Rule[]
  status: Status
  untilMs: number
}

/** One look at all topics under all rules. False where it was cut short. */
async function lookOnce(engine: Engine, { rules, status, untilMs }: Once, signal: AbortSignal): Promise<boolean> {
  const { parts, fresh, now } = engine
  const { log, model } = parts
  const looked = await readAll(engine, { rules, status, untilMs }, signal)
  // The store answered for none.
  if (!looked.length && !engine.isEmpty && parts.topics().length) return !signal.aborted
  await teach(engine, signal)
  if (signal.aborted) return false
  let isWhole = true
  const looking = { log, model, pool: engine.pool, crowd: engine.crowd, note: parts.note, untilMs, nowMs: now() }
  for (const rule of rules) {
    try {
      await lookUnder(engine, { rule, looked, untilMs, looking })
    } catch (error) {
      // One rule that fails stops no other.
      if (error instanceof CorruptionError) throw error
      if (!signal.aborted)
        parts.note('a rule was not looked at for alerts, will be tried again', { rule: rule.id, error })
      isWhole = false
    }
  }
  engine.untilMs = untilMs
  metrics.alertsLookedUntil.set(untilMs / 1_000)
  await fresh.look(looked, { untilMs, note: parts.note, signal })
  for (const rule of rules.filter((one) => covers(one, 'campaign')))
    await tellOf(engine, rule, (kept) => fresh.campaignAlerts(rule, coveredBy(rule, looked), { kept, nowMs: now() }))
  await endLeft(engine, rules)
  await emptyGone(engine, rules, signal)
  return isWhole && !signal.aborted
}
