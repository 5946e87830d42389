// A consumer of X's source for tests: reads in the background into lists, at the pace it is told, until it is stopped.
import { xSource } from '../../ingest/x.ts'
import type { XOptions } from '../../ingest/xOptions.ts'
import type { Batch, Change, GapChange, PostChange, SourceStatus } from '../../types.ts'
import type { XDouble } from './x.ts'
import { type KeepDouble, keepInMemory, quick } from './xKeep.ts'

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
