// A notifier on a real log with a clock that the test moves, opened anew for each test, with what invented.ts has. Sites are
// real sockets on this machine.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Alert, AlertState, Bulletin } from '../../alarms.ts'
import type { OpenChannel } from '../../alerts/channels.ts'
import { keep } from '../../alerts/kept.ts'
import { type Notify, type NotifyParts, openNotify } from '../../alerts/notify.ts'
import { openDial } from '../../dial.ts'
import type { Log } from '../../types.ts'
import type { Asked, Site } from '../doubles/site.ts'
import { openTime, type Time } from '../doubles/time.ts'
import { bulletin, channel, iso, openLog, start, words } from './invented.ts'

export * from './invented.ts'

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
