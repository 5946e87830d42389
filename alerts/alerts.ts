// Alerts: looks at every topic that a rule covers whenever something was analyzed, keeps what became of it, and lets the
// outbox tell it. Never looks while posts of the past are still being read: half an hour of them would look like silence.
// May assume one process that looks; a second one would find the same and keep it under the same ids.
import type { Alert, AlertNews, Alerts, Rule } from '../alarms.ts'
import { CorruptionError, UserError } from '../errors.ts'
import type { Status } from '../given.ts'
import { sleep as realSleep, type Sleep } from '../retry.ts'
import type { Log, ModelLabels, Topic } from '../types.ts'
import { type Backtesting, backtest } from './backtest.ts'
import { type Finding, openFresh } from './findings.ts'
import { baselineMs, type Held, keyOf, openHeld, stepMs } from './held.ts'
import { isOpen, keepAck, keptAlerts } from './kept.ts'
import { coveredBy, errorsOf, type Looked, look, tell, type Walks } from './look.ts'
import { keepMarks, keepModel, keptMarks, keptModel } from './marks.ts'
import { measuresOf } from './measures.ts'
import type { Notify } from './notify.ts'
import { learnFrom, type Pool, unlearntPool } from './pool.ts'
import type { Rules } from './rules.ts'
import { collectionAlerts, modelAlert, notice, type Silent } from './system.ts'

export interface AlertsParts extends Finding, Omit<Backtesting, 'pool'> {
  log: Pick<Log, 'settings' | 'append'>
  model: { id: string; labels: ModelLabels }
  topics: () => Topic[]
  rules: Rules
  status: () => Promise<Status>
  stamp: () => Promise<string>
  explain: Alerts['explain']
  wordsOf: Alerts['wordsOf']
  notify: Notify
  note: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
  everyMs?: number
}

interface Engine {
  parts: AlertsParts
  now: () => number
  held: Held
  walks: Walks
  pool: Pool
  pooledMs: number
  silent: Silent
  fresh: ReturnType<typeof openFresh>
  tell: (alert: Alert) => void
}

/** Posts of a step may come this much late and still be in it when it is first read. */
const settleMs = 60_000
/** Looks rest so many times as long as they took. */
const restTimes = 3
const poolMs = 24 * 3_600_000

export function openAlerts(parts: AlertsParts): Alerts & { run(signal: AbortSignal): Promise<void> } {
  const { rules, notify, now = Date.now } = parts
  const listeners = new Set<(news: AlertNews) => void>()
  const held = openHeld(parts)
  const engine: Engine = {
    ...{
      parts,
      now,
      held,
      walks: new Map(),
      pool: unlearntPool,
      pooledMs: Number.NEGATIVE_INFINITY,
      silent: new Map(),
    },
    fresh: openFresh(parts),
    tell: (alert) => {
      for (const listener of listeners) listener({ alert })
    },
  }
  return {
    ...verbs(parts, now),
    wordsOf: parts.wordsOf,
    explain: parts.explain,
    ...{ rules: rules.list, putRule: rules.put, dropRule: rules.drop, checkRule: rules.check },
    ...{ testRule: notify.test, channels: notify.channels, putChannel: notify.putChannel },
    ...{ dropChannel: notify.dropChannel, deliveries: notify.deliveries },
    backtest: (rule, window, signal) => backtest({ ...parts, pool: engine.pool }, { rule, window }, signal),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    run: (signal) => run(engine, signal),
  }
}

/** What people ask of alerts that are kept. */
function verbs({ log }: AlertsParts, now: () => number): Pick<Alerts, 'list' | 'get' | 'ack' | 'scorecard'> {
  const all = async () => (await keptAlerts(log)).sort((a, b) => b.at.localeCompare(a.at) || a.id.localeCompare(b.id))
  const get = async (id: string) => (await all()).find((alert) => alert.id === id) ?? null
  return {
    get,
    list: async ({ topic, state, limit = 100 } = {}) => {
      const found = (await all()).filter(
        (alert) => (!topic || alert.topic.topic === topic) && (!state || alert.state === state),
      )
      return found.slice(0, limit)
    },
    ack: async (id, ack) => {
      const alert = await get(id)
      if (!alert) throw new UserError('there is no such alert', 'GET /v1/alerts lists them.', 404)
      const said = { ...ack, at: new Date(now()).toISOString() }
      await keepAck(log, id, said)
      return { ...alert, ack: said }
    },
    scorecard: async (topic) => {
      const own = (await all()).filter((alert) => alert.topic.topic === topic)
      const count = (of: (alert: Alert) => boolean) => own.filter(of).length
      const said = (verdict: 'right' | 'wrong' | 'known') => count(({ ack }) => ack?.verdict === verdict)
      return {
        ...{ right: said('right'), wrong: said('wrong'), known: said('known') },
        ...{ unanswered: count(({ ack }) => !ack), withdrawn: count(({ state }) => state === 'withdrawn') },
      }
    },
  }
}

async function run(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, now } = engine
  const { sleep = realSleep, everyMs = 5_000, note } = parts
  const telling = parts.notify.run(signal)
  let seen = { stamp: '', step: 0 }
  while (!signal.aborted) {
    const start = performance.now()
    try {
      const status = await parts.status()
      notice(engine.silent, status.sources, now())
      const next = { stamp: await parts.stamp(), step: lastStep(now()) }
      const isNew = next.step !== seen.step || next.stamp !== seen.stamp
      if (isNew && !isReading(status) && (await lookOnce(engine, next.step, signal))) seen = next
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      if (!signal.aborted) note('topics were not looked at for alerts, will be tried again', { error })
    }
    await sleep(Math.max(everyMs, restTimes * (performance.now() - start)), signal)
  }
  await telling
}

const lastStep = (nowMs: number) => Math.floor((nowMs - settleMs) / stepMs) * stepMs

/** Posts of the past are still coming in. */
const isReading = ({ lag, sources }: Status) => lag > 0 || sources.some(({ state }) => state === 'catching up')

/** One look at all topics under all rules. False where it was cut short. */
async function lookOnce(engine: Engine, untilMs: number, signal: AbortSignal): Promise<boolean> {
  const { parts, held, now, walks } = engine
  const rules = await parts.rules.list()
  const topics = parts.topics()
  held.keep(topics)
  const looked: Looked[] = []
  for (const topic of topics) {
    if (signal.aborted) return false
    const phrases = engine.fresh.phrasesOf(topic)
    const tallies = await held.of(topic, phrases, untilMs)
    if (tallies.voices.some((count) => count > 0)) looked.push({ topic, tallies, phrases })
  }
  await teach(engine, signal)
  const { log, model, notify } = parts
  const looking = { log, model, pool: engine.pool, untilMs, nowMs: now() }
  for (const rule of rules) {
    const marks = await keptMarks(log, rule.id)
    const covered = coveredBy(rule, looked)
    const shifts = await look({ rule, topics: covered, marks }, walks, looking)
    const found = rule.level ? [] : await others(engine, rule, covered)
    for (const alert of [...shifts, ...found]) engine.tell(alert)
    if (shifts.length || found.length) notify.wake()
    await keepMarks(log, rule.id, { untilMs, topics: covered.map(({ topic }) => keyOf(topic)), known: marks })
  }
  await keepModel(log, model.id)
  await engine.fresh.look(looked, untilMs)
  return true
}

/** What is no shift: campaigns, and what is ours. */
async function others(engine: Engine, rule: Rule, covered: Looked[]): Promise<Alert[]> {
  const { parts, now, silent, fresh } = engine
  const { log, model } = parts
  const kept = (await keptAlerts(log)).filter((alert) => alert.rule === rule.id)
  const covers = (kind: string) => !rule.measures.length || rule.measures.includes(kind)
  const ours = (kind: Alert['kind']) => ({
    ...{ rule, model: model.id, nowMs: now() },
    open: kept.filter((alert) => alert.kind === kind && isOpen(alert)),
  })
  const before = await keptModel(log)
  const moved = [
    ...(covers('collection') ? collectionAlerts(ours('collection'), silent) : []),
    ...(covers('model') && before !== null && before !== model.id ? [modelAlert(ours('model'), before)] : []),
    ...(covers('campaign') ? fresh.campaignAlerts(rule, covered, { kept, nowMs: now() }) : []),
  ]
  await tell(rule, { moved, known: new Set(kept.map(({ id }) => id)) }, { log, nowMs: now() })
  return moved
}

/** Once a day: what topics teach of one another. */
async function teach(engine: Engine, signal: AbortSignal): Promise<void> {
  const { parts, held, now } = engine
  if (now() - engine.pooledMs < poolMs) return
  const { labels } = parts.model
  const topics = held.all().map(({ topic, tallies }) => ({
    tallies,
    measures: measuresOf({ labels, targets: topic.targets, phrases: [], covers: (_, kind) => kind !== 'theme' }),
  }))
  engine.pool = await learnFrom(topics, { errorOf: errorsOf(labels), baselineMs }, signal)
  engine.pooledMs = now()
}
