// A consumer of X's source for tests: reads in the background into lists, at the pace it is told, until it is stopped.
import { afterEach, beforeEach } from 'vitest'
import { xSource } from '../../ingest/x.ts'
import type { XOptions } from '../../ingest/xOptions.ts'
import type { Batch, Change, GapChange, PostChange, SourceStatus } from '../../types.ts'
import { until } from '../contract/source.ts'
import { type Refusal, XDouble } from './x.ts'
import { type KeepDouble, keepInMemory, quick } from './xKeep.ts'
import { planPosts } from './xPosts.ts'

export interface Reading extends AsyncDisposable {
  readonly batches: Batch[]
  readonly keep: KeepDouble
  readonly slept: number[]
  /** What it threw, once it has. */
  error: unknown
  changes(): Change[]
  posts(): PostChange[]
  gaps(): GapChange[]
  status(): SourceStatus
  cursor(): string | null
  /** Tells the source that its rules are others now. */
  rule(...rules: { topic: string; value: string }[]): void
  stop(): Promise<void>
}

export interface ReadingOptions extends Partial<XOptions> {
  cursor?: string | null
  /** Awaited before each batch but the first. */
  pace?: () => Promise<unknown>
}

export const ferries = { topic: 'ferries', value: 'ferry' }

export function readX(double: XDouble, { cursor = null, pace, ...options }: ReadingOptions = {}): Reading {
  const stop = new AbortController()
  const keep = (options.keep as KeepDouble | undefined) ?? keepInMemory()
  const batches: Batch[] = []
  const slept: number[] = []
  let rules = options.rules?.() ?? [ferries]
  let tell = () => {}
  const source = xSource({
    ...{ token: double.options.token, host: options.host ?? double.url, price: 0.005, daily: 1_000, monthly: 5_000 },
    ...quick,
    // Long pauses are only noted.
    sleep: async (ms, signal) => {
      slept.push(ms)
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20)))
    },
    ...options,
    keep,
    rules: () => rules,
    onRules: (listener) => {
      tell = listener
      return () => {}
    },
  })
  const reading: Reading = {
    ...{ batches, keep, slept, error: undefined, status: () => source.status() },
    changes: () => batches.flatMap(({ changes }) => changes),
    posts: () => reading.changes().filter((change): change is PostChange => 'text' in change),
    gaps: () => reading.changes().filter((change): change is GapChange => change.op === 'gap'),
    cursor: () => batches.at(-1)?.cursor ?? null,
    rule(...others) {
      rules = others
      tell()
    },
    async stop() {
      stop.abort()
      await ended
    },
    [Symbol.asyncDispose]: () => reading.stop(),
  }
  const run = async () => {
    for await (const batch of source.read(cursor, stop.signal)) {
      batches.push(batch)
      await pace?.()
    }
  }
  const ended = run().catch((error: unknown) => {
    reading.error = error
  })
  return reading
}

/** A double for each test, readers of it that end with the test, and what tests say often. */
export function xWorld() {
  let readings: Reading[] = []
  let nr = 0
  const world = {
    double: undefined as unknown as XDouble,
    read(options: ReadingOptions = {}): Reading {
      const reading = readX(world.double, options)
      readings.push(reading)
      return reading
    },
    /** Publishes posts made just now. */
    post(count: number, word = 'ferry') {
      const posts = planPosts({ seed: ++nr, count, fromMs: world.double.options.now() - count, stepMs: 1, word })
      world.double.publish(...posts)
      return posts
    },
    live: () => until(() => world.double.readers === 1),
    /** Requests for this path get this answer, so many times. */
    once(path: string, refusal: Refusal, times = 1) {
      let left = times
      world.double.refuse = (asked) => (asked === path && left-- > 0 ? refusal : null)
    },
  }
  beforeEach(async () => {
    world.double = await XDouble.start({ seed: 1 })
    readings = []
  })
  afterEach(async () => {
    for (const reading of readings) await reading.stop()
    await world.double[Symbol.asyncDispose]()
  })
  return world
}

export const idsOf = (posts: { id: string }[]) => posts.map(({ id }) => id).sort()
export const streamPath = 'GET /2/tweets/search/stream'
