// A run of the whole product against the Jetstream double: as a process, over real sockets, optionally killed at random
// moments. At the end every post of the topic is compared with the double's own ledger, text by text.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { demoTopic, seeded } from '../test/doubles/posts.ts'
import { get, kill, type Running, startDouble, startUndercurrent } from './process.ts'

export interface StreamOptions {
  rate: number
  minutes: number
  seed: number
  kills?: number
}

export interface StreamResult extends StreamOptions {
  kills: number
  created: number
  matchedLive: number
  lost: number
  doubled: number
  resurrected: number
  wrongText: number
  /** Milliseconds from the double's clock to the post in GET /v1/topics/:id/posts, for posts made once the stream was
   *  followed live; null in runs with kills. */
  visibleMs: { p50: number; p99: number; max: number; posts: number } | null
  catchUpMs: number
  isClean: boolean
}

interface Truth {
  id: string
  state: 'live' | 'deleted' | 'withdrawn'
  about: boolean
  text: string
}

/** Streams for `minutes`, then compares. Progress goes to stderr. */
export async function stream(options: StreamOptions): Promise<StreamResult> {
  const kills = options.kills ?? 0
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-stream-'))
  const faults: Record<string, number> = kills ? { cut: 20_000, repeat: 200 } : { repeat: 500 }
  const double = await startDouble({ rate: options.rate, seed: options.seed, match: 0.1, ...faults })
  try {
    const config = join(folder, 'undercurrent.yaml')
    writeFileSync(config, configOf(double.url))
    const run = new Run(options, { folder, config, double })
    return await run.play(kills)
  } finally {
    await kill(double, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function configOf(host: string): string {
  const { id, name, query, targets } = demoTopic
  const sources = { bluesky: { hosts: [host], rewind: '1h', counts_per_hour: 0 } }
  return JSON.stringify({ sources, topics: [{ id, name, query, targets }] })
}

interface Page {
  posts: { id: string; at: string; text: string; quotable: boolean }[]
  next: string | null
}

interface Stage {
  folder: string
  config: string
  double: Running
}

class Run {
  readonly #options: StreamOptions
  readonly #stage: Stage
  readonly #seen = new Map<string, number>()
  #app!: Running
  #since = 0

  constructor(options: StreamOptions, stage: Stage) {
    this.#options = options
    this.#stage = stage
  }

  async play(kills: number): Promise<StreamResult> {
    this.#app = await this.#up()
    if (!kills) await this.#caughtUp()
    const until = Date.now() + this.#options.minutes * 60_000
    if (kills) await this.#killing(kills, until)
    else await this.#watching(until)
    const http = this.#stage.double.url.replace('ws:', 'http:')
    await fetch(`${http}/stop`)
    const stopped = Date.now()
    await this.#settled()
    const catchUpMs = Date.now() - stopped
    const result = await this.#compare(http)
    await kill(this.#app, 'SIGTERM')
    return { ...this.#options, kills, ...result, visibleMs: kills ? null : this.#latencies(), catchUpMs }
  }

  #up(): Promise<Running> {
    return startUndercurrent(join(this.#stage.folder, 'data'), this.#stage.config)
  }

  /** SIGKILL at seeded moments, spread over the run; the same command starts again each time. */
  async #killing(kills: number, until: number): Promise<void> {
    const random = seeded(this.#options.seed)
    for (let done = 0; done < kills; done++) {
      const share = (until - Date.now()) / (kills - done)
      await pause(Math.max(0, share * (0.1 + 1.2 * random()) - 1_500))
      await kill(this.#app, 'SIGKILL')
      this.#app = await this.#up()
      process.stderr.write(`\rkill ${done + 1} of ${kills}   `)
    }
    await pause(Math.max(0, until - Date.now()))
  }

  /** Latency is measured from when the stream is followed live; what was posted before that was history. */
  async #caughtUp(): Promise<void> {
    for (;;) {
      const { lag, sources } = await get<{ lag: number; sources: { name: string; state: string }[] }>(
        `${this.#app.url}/v1/status`,
      )
      if (lag === 0 && sources.some(({ name, state }) => name === 'bluesky' && state === 'live')) break
      await pause(100)
    }
    this.#since = Date.now()
  }

  async #watching(until: number): Promise<void> {
    while (Date.now() < until) {
      await this.#look()
      await pause(100)
      process.stderr.write(
        `\r${Math.max(0, Math.round((until - Date.now()) / 1000))} s left, ${this.#seen.size} seen   `,
      )
    }
  }

  /** Notes when each post was first visible through the API. */
  async #look(): Promise<void> {
    const { posts } = await this.#page({ sort: 'newest', limit: '200' })
    const now = Date.now()
    for (const { id, at } of posts) {
      if (!this.#seen.has(id) && Date.parse(at) >= this.#since) this.#seen.set(id, now - Date.parse(at))
    }
  }

  #page(query: Record<string, string>): Promise<Page> {
    const window = {
      from: new Date(Date.now() - 86_400_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
    }
    return get(`${this.#app.url}/v1/topics/${demoTopic.id}/posts?${new URLSearchParams({ ...window, ...query })}`)
  }

  /** The double has said all it will; everything it said is in. */
  async #settled(): Promise<void> {
    for (let quiet = 0, head = -1; quiet < 5; ) {
      const { lag, log } = await get<{ lag: number; log: { head: number } }>(`${this.#app.url}/v1/status`)
      quiet = lag === 0 && log.head === head ? quiet + 1 : 0
      head = log.head
      await pause(500)
    }
  }

  async #compare(http: string) {
    const truths = (await (await fetch(`${http}/ledger/posts`)).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Truth)
    const expected = new Map(
      truths.filter(({ about, state }) => about && state === 'live').map((truth) => [truth.id, truth]),
    )
    const gone = new Set(truths.filter(({ state }) => state !== 'live').map(({ id }) => id))
    const found = await this.#all()
    const ids = new Set(found.map(({ id }) => id))
    const counted = await this.#counted()
    const lost = [...expected.keys()].filter((id) => !ids.has(id)).length
    const doubled = found.length - ids.size + Math.abs(counted - ids.size)
    const resurrected = [...ids].filter((id) => gone.has(id)).length
    // Who asks not to be quoted is counted, and shown without text.
    const shownOf = ({ id, quotable }: Page['posts'][number]) => (quotable ? expected.get(id)?.text : '')
    const wrongText = found.filter((post) => !expected.has(post.id) || shownOf(post) !== post.text).length
    const isClean = lost + doubled + resurrected + wrongText === 0
    return { created: truths.length, matchedLive: expected.size, lost, doubled, resurrected, wrongText, isClean }
  }

  async #all(): Promise<Page['posts']> {
    const found: Page['posts'] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { posts, next }: Page = await this.#page({ limit: '200', ...(cursor && { cursor }) })
      found.push(...posts)
      cursor = next
    }
    return found
  }

  async #counted(): Promise<number> {
    const { topics } = await get<{ topics: { id: string; posts: number }[] }>(`${this.#app.url}/v1/topics`)
    return topics.find(({ id }) => id === demoTopic.id)?.posts ?? 0
  }

  #latencies(): StreamResult['visibleMs'] {
    const sorted = [...this.#seen.values()].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p99: at(0.99), max: at(1), posts: sorted.length }
  }
}
