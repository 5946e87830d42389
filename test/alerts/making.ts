// Invented alerts, bulletins and words, and a notifier on a real log with a clock that the test moves; opened anew for each
// test. Sites are real sockets on this machine.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Alert, AlertState, Bulletin, ChannelKind } from '../../alarms.ts'
import type { OpenChannel } from '../../alerts/channels.ts'
import { keep } from '../../alerts/kept.ts'
import type { Words } from '../../alerts/letter.ts'
import { type Notify, type NotifyParts, openNotify } from '../../alerts/notify.ts'
import { openDial } from '../../dial.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log } from '../../types.ts'
import type { Asked, Site } from '../doubles/site.ts'
import { openTime, type Time } from '../doubles/time.ts'

export const start = Date.UTC(2026, 4, 1, 12)
export const iso = (ms: number): string => new Date(ms).toISOString()
const window = (fromMs: number, hours: number) => ({ from: iso(fromMs), to: iso(fromMs + hours * 3_600_000) })

export function alert(id: string, made: Partial<Alert> = {}): Alert {
  const at = made.at ?? iso(start)
  return {
    ...{
      id,
      rule: 'shifts',
      ruleName: 'Shifts',
      severity: 'warning',
      model: 'tiny',
      kind: 'sentiment',
      state: 'early',
    },
    topic: { topic: `topic-${id}`, version: 1, name: `Night trains ${id}` },
    ...{ at, openedAt: at, began: window(start - 7_200_000, 1), before: window(start - 86_400_000, 12) },
    ...{ after: window(start - 3_600_000, 1), seenAt: at, perYear: 0.5, detail: '', reason: '', ack: null },
    shifts: [
      {
        ...{ measure: 'sentiment.negative', phrase: null, direction: 'up', voices: { before: 400, after: 120 } },
        before: { estimate: 0.31, low: 0.28, high: 0.34 },
        after: { estimate: 0.44, low: 0.38, high: 0.5 },
        difference: { estimate: 0.13, low: 0.07, high: 0.19 },
      },
    ],
    ...made,
  }
}

export const bulletin = (id: string, alerts: Alert[], made: Partial<Bulletin> = {}): Bulletin => ({
  ...{ id, rule: 'shifts', at: alerts[0]!.at, notBefore: null, channels: ['hook'] },
  alerts: alerts.map((one) => ({ id: one.id, state: one.state })),
  ...made,
})

export const words: Words = {
  wordsOf: ({ id, topic, state }) => ({
    title: `Negative tone about ${topic.name} rose from 31 % to 44 %`,
    text: `It is ${state}. Of 120 accounts, 44 % were negative.`,
    facts: [{ label: 'Before', value: '31 %' }],
    path: `/alerts/${id}`,
  }),
  bulletinWords: (alerts) => ({
    ...{ title: `${alerts.length} topics changed at once`, text: 'The strongest are named.', facts: [] },
    path: '/alerts',
  }),
}

export const channel = (id: string, kind: ChannelKind, made: Partial<OpenChannel> = {}): OpenChannel => ({
  ...{ id, kind, url: '', from: '', to: [], origin: 'config', secret: null },
  ...made,
})

export const openLog = (folder: string): Promise<Log> =>
  openSqliteLog({
    path: join(folder, 'log.db'),
    retention: { hours: 48, bytes: 1e9 },
    hashKey: Buffer.alloc(32, 1),
  })

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'uc-alerts-'))
  readonly time: Time = openTime(start)
  readonly noted: string[] = []
  log!: Log
  notify!: Notify
  #stop: () => Promise<void> = async () => {}

  /** Runs as a process does, until stopped. */
  begin(channels: OpenChannel[], made: Partial<NotifyParts> = {}): Notify {
    const stop = new AbortController()
    this.notify = openNotify({
      ...{ log: this.log, words, channels, origin: 'http://127.0.0.1:4300', dial: openDial({ allow: ['127.0.0.1'] }) },
      ...{ now: this.time.now, sleep: this.time.sleep, random: () => 1 },
      note: (event, fields) => void this.noted.push(`${event} ${JSON.stringify(fields)}`),
      ...made,
    })
    const done = this.notify.run(stop.signal)
    this.#stop = async () => {
      stop.abort()
      await done
    }
    return this.notify
  }

  async stop(): Promise<void> {
    await this.#stop()
    this.#stop = async () => {}
  }

  /** As after a crash, but for what the dead process had not written. */
  async reopen(): Promise<void> {
    await this.stop()
    await this.log[Symbol.asyncDispose]()
    this.log = await openLog(this.folder)
  }

  /** The alerts take their states, a bulletin tells of them, a second after the last. */
  async issue(id: string, alerts: Alert[], made: Partial<Bulletin> = {}): Promise<void> {
    this.time.advance(1_000)
    const at = iso(this.time.now())
    await keep(this.log, { alerts, bulletins: [bulletin(id, alerts, { at, ...made })] })
    this.notify?.wake()
  }

  /** Moves the clock to the next try that is announced. */
  toNext(): void {
    const next = this.notify.deliveries().flatMap((one) => (one.next ? [Date.parse(one.next)] : []))
    this.time.advance(Math.min(...next) - this.time.now())
  }

  /** Oldest first: what, how it stands, how often it was tried. */
  states(): string[] {
    const told = this.notify.deliveries().map((one) => `${one.bulletin} ${one.channel} ${one.status} ${one.attempts}`)
    return told.reverse()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.log[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true })
  }
}

/** A fresh one for each test of the file. */
export function eachWorld(): () => World {
  let world: World
  beforeEach(async () => {
    world = new World()
    world.log = await openLog(world.folder)
  })
  afterEach(() => world[Symbol.asyncDispose]())
  return () => world
}

export const moved = (of: Alert, state: AlertState, made: Partial<Alert> = {}): Alert => ({ ...of, state, ...made })
export const soon = { interval: 5, timeout: 5_000 }
/** Lets everything that is ready happen, as far as a clock that stands still lets it. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** A webhook that signs nothing is the plainest channel. */
export const hook = (site: Site, id = 'hook') => channel(id, 'webhook', { url: `${site.url}/${id}` })
interface Event {
  id: string
  type: string
  data: { count: number; ids: string[]; alerts: { id: string; state: AlertState }[] }
}
export const eventOf = ({ body }: Asked) => JSON.parse(body) as Event
export const said = (site: Site) =>
  site.asked.map(eventOf).map(({ data }) => data.alerts.map(({ id, state }) => `${id} ${state}`).join(', '))
