// The loop on a real log, with topics of which everything is known and a clock that a test moves: `step` moves it and ends
// when the loop has looked. Needs no test runner: processes of tests use it, too.
import type { Alert, Alerts, WantedRule } from '../../alarms.ts'
import { openAlerts } from '../../alerts/alerts.ts'
import type { Finding } from '../../alerts/findings.ts'
import type { Notify } from '../../alerts/notify.ts'
import { openRules } from '../../alerts/rules.ts'
import type { Filter, TopicRef } from '../../answers.ts'
import type { Status } from '../../given.ts'
import type { TallyQuestion } from '../../sides.ts'
import type { Log, ModelLabels, SourceStatus, Topic } from '../../types.ts'
import { labels as fakeLabels } from '../doubles/model.ts'
import { summaryOf, talliesOf, type World } from '../doubles/tallies.ts'

export const start = Date.UTC(2026, 4, 1, 12)
/** How far a step moves the clock, unless told otherwise. */
export const stepMs = 600_000
/** A model of tones alone: less is watched, and looks are quick. */
export const tones: ModelLabels = { ...fakeLabels, emotion: [] }
export const usual: WantedRule = {
  ...{ id: 'tones', name: 'Tones', measures: ['sentiment'], budget: { messages: 1, perMs: 7 * 86_400_000 } },
  channels: ['hook'],
}

export const sourceOf = (name: string, more: Partial<SourceStatus> = {}): SourceStatus => ({
  ...{ name, state: 'live', detail: '', latest: null, received: 1, drops: {}, gaps: 0 },
  ...more,
})

export const statusOf = (more: Partial<Status> = {}): Status => ({
  ...{ lag: 0, sources: [], readers: {}, drops: {}, histories: [], model: 'tones@1', sample: false },
  log: { head: 1, oldest: 1, posts: 1, bytes: 1, since: null, readers: {}, partitions: 1 },
  ...more,
})

/** Tells nobody. */
export function mute(): Notify & { woken: number } {
  const none = async () => {
    throw new Error('nobody is told here')
  }
  const notify = {
    ...{ woken: 0, deliveries: () => [], channels: async () => [], test: none, putChannel: none, dropChannel: none },
    wake: () => void notify.woken++,
    run: (signal: AbortSignal) => new Promise<void>((done) => signal.addEventListener('abort', () => done())),
  }
  return notify as unknown as Notify & { woken: number }
}

export interface LoopingOptions {
  log: Log
  topics: Topic[]
  world?: World
  rules?: WantedRule[]
  notify?: Notify
  model?: string
  nowMs?: number
  /** At the very first look; absent: all is read. */
  status?: Status
  finding?: Partial<Pick<Finding, 'themes' | 'campaigns'>>
}

export interface Looping {
  alerts: Alerts
  /** As listeners were told. */
  told: Alert[]
  noted: string[]
  asked: { topic: string; question: TallyQuestion }[]
  /** May be changed at any time. */
  given: { status: Status; topics: Topic[]; world: World; fail: (topic: string) => boolean }
  now(): number
  /** Moves the clock, and ends when the loop rests again. */
  step(ms?: number): Promise<void>
  stop(): Promise<void>
  /** Rejects where the process must not go on. */
  ended: Promise<void>
}

export async function openLooping(options: LoopingOptions): Promise<Looping> {
  const { log, topics, world = {}, rules = [usual], notify = mute(), model = 'tones@1', finding = {} } = options
  let nowMs = options.nowMs ?? start
  const given: Looping['given'] = { status: options.status ?? statusOf(), topics, world, fail: () => false }
  const [told, noted, asked]: [Alert[], string[], Looping['asked']] = [[], [], []]
  const tallies = async (ref: TopicRef, question: TallyQuestion) => {
    if (given.fail(ref.topic)) throw new Error(`the store does not answer for ${ref.topic}`)
    asked.push({ topic: ref.topic, question })
    return talliesOf(ref, question, given.world)
  }
  const summary = async (filter: Filter) => summaryOf(filter, given.world)
  const rest = openRest()
  const nothing = { window: { from: '', to: '' }, posts: 0, scanned: 0 }
  const alerts = openAlerts({
    ...{ log, ask: { tallies, summary }, model: { id: model, labels: tones }, topics: () => given.topics, notify },
    // Steps of a test are no sleep.
    ...{ pausedMs: 15 * 60_000, now: () => nowMs, sleep: rest.sleep, status: async () => given.status },
    rules: await openRules(log, rules, { now: () => start }),
    note: (event, fields) => void noted.push(`${event} ${JSON.stringify(fields)}`),
    explain: async () => ({ shift: null, causes: [], themes: [], headlines: [], campaigns: [] }),
    wordsOf: ({ id }) => ({ title: id, text: id, facts: [], path: `/alerts/${id}` }),
    themes: finding.themes ?? (async () => ({ themes: [] })),
    campaigns: finding.campaigns ?? (async () => ({ ...nothing, campaigns: [] })),
  })
  alerts.listen(({ alert }) => told.push(alert))
  const ending = new AbortController()
  const done = alerts.run(ending.signal)
  done.catch(() => {})
  return {
    ...{ alerts, told, noted, asked, given, now: () => nowMs, ended: done },
    step: async (ms = stepMs) => {
      await rest.rests()
      nowMs += ms
      rest.wake()
      await rest.rests()
    },
    stop: async () => {
      ending.abort()
      rest.wake()
      await done
    },
  }
}

/** A sleep that ends when it is told to; `rests` resolves while somebody sleeps. */
function openRest() {
  let sleeper: (() => void) | null = null
  const waiting: (() => void)[] = []
  return {
    sleep: (_: number, signal: AbortSignal) =>
      new Promise<void>((done) => {
        if (signal.aborted) return done()
        sleeper = done
        for (const wait of waiting.splice(0)) wait()
      }),
    rests: () => new Promise<void>((done) => (sleeper ? done() : void waiting.push(done))),
    wake: () => {
      const done = sleeper
      sleeper = null
      done?.()
    },
  }
}
