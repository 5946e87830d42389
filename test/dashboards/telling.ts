// One site on a real socket that is told from a real log, on a clock that the test moves; the editions are invented.
// Opened anew for each test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { News, ToldEdition } from '../../conclusions.ts'
import { type Deliveries, openDeliveries, type Telling } from '../../dashboards/deliveries.ts'
import { openNews } from '../../dashboards/events.ts'
import { makeWebhook, type WantedWebhook } from '../../dashboards/webhooks.ts'
import { openDial } from '../../dial.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log } from '../../types.ts'
import { edition, type Made } from '../doubles/edition.ts'
import { type Asked, openSite, type Site } from '../doubles/site.ts'
import { openTime, type Time } from '../doubles/time.ts'

export const start = Date.UTC(2026, 4, 1, 12)

export class Told {
  readonly #folder = mkdtempSync(join(tmpdir(), 'uc-hooks-'))
  readonly time: Time = openTime(start)
  readonly editions = new Map<string, ToldEdition[]>()
  readonly news = openNews()
  readonly noted: string[] = []
  readonly site: Site
  log: Log
  #stop: () => Promise<void> = async () => {}

  constructor(site: Site, log: (folder: string) => Promise<Log>) {
    this.site = site
    this.log = undefined as never
    this.openLog = () => log(this.#folder)
  }
  readonly openLog: () => Promise<Log>

  make(given: Partial<WantedWebhook> = {}): ReturnType<typeof makeWebhook> {
    return makeWebhook(this.log, { url: `${this.site.url}/hook`, ...given }, this.time.now())
  }

  /** Runs deliveries as a process does, until stopped. */
  begin(options: Partial<Telling> = {}): Deliveries {
    const stop = new AbortController()
    const hooks = openDeliveries({
      ...{ log: this.log, listen: this.news.listen, now: this.time.now, sleep: this.time.sleep, random: () => 1 },
      topics: () => [...this.editions.keys()],
      editions: async (topic, limit) => (this.editions.get(topic) ?? []).slice(0, limit),
      dial: openDial({ allow: ['127.0.0.1'] }),
      note: (event, fields) => void this.noted.push(`${event} ${JSON.stringify(fields)}`),
      ...options,
    })
    const done = hooks.run(stop.signal)
    this.#stop = async () => {
      stop.abort()
      await done
    }
    return hooks
  }

  stop(): Promise<void> {
    return this.#stop()
  }

  /** An edition is kept, a second after the last, and news of it goes round. */
  issue(topic: string, number: number, made: Made = {}, kind: News['kind'] = 'updated'): void {
    this.time.advance(1_000)
    const one = edition(topic, number, { at: new Date(this.time.now()).toISOString(), ...made })
    this.editions.set(topic, [one, ...(this.editions.get(topic) ?? [])])
    this.news.tell({ topic, version: 1, kind })
  }

  /** Moves the clock to the next try that is announced. */
  toNext(hooks: Deliveries): void {
    const [next] = hooks.list().flatMap(({ next: at }) => (at ? [Date.parse(at)] : []))
    this.time.advance(next! - this.time.now())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    await this.site[Symbol.asyncDispose]()
    await this.log[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

/** A fresh one for each test of the file: `told().site`, ... */
export function eachTold(): () => Told {
  let told: Told
  beforeEach(async () => {
    const retention = { hours: 48, bytes: 1e9 }
    const openLog = (folder: string) =>
      openSqliteLog({ path: join(folder, 'log.db'), retention, hashKey: Buffer.alloc(32, 1) })
    told = new Told(await openSite(), openLog)
    told.log = await told.openLog()
  })
  afterEach(() => told[Symbol.asyncDispose]())
  return () => told
}

export const dataOf = ({ body }: Asked) =>
  JSON.parse(body).data as { topic: string; edition: number; after: number | null; text: string }
export const idsOf = (asked: Asked[]) => asked.map(({ headers }) => headers['webhook-id'])
/** Lets everything that is ready happen, as far as a clock that stands still lets it. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
}
export const soon = { interval: 5, timeout: 5_000 }
export const statuses = (hooks: Deliveries): string[] =>
  hooks.list().map((one) => `${one.topic} ${one.edition} ${one.status} ${one.attempts}`)
