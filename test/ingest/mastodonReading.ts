// An instance and a source that reads it, for the tests of mastodon.ts: a consumer that keeps everything.
import { afterEach } from 'vitest'
import { type MastodonOptions, mastodonSource } from '../../ingest/mastodon.ts'
import type { Batch, Change } from '../../types.ts'
import { until } from '../contract/source.ts'
import { type MastodonOptions as DoubleOptions, type Entry, MastodonDouble, otherHome } from '../doubles/mastodon.ts'

export const [minuteMs, hourMs] = [60_000, 3_600_000]
const doubles: MastodonDouble[] = []
export const readers: AbortController[] = []
afterEach(async () => {
  for (const abort of readers.splice(0)) abort.abort()
  for (const double of doubles.splice(0)) await double[Symbol.asyncDispose]()
})

export async function instance(options: Partial<DoubleOptions> = {}): Promise<MastodonDouble> {
  const double = await MastodonDouble.start({ seed: 5, thumpMs: 20, ...options })
  doubles.push(double)
  return double
}

type Read = Partial<MastodonOptions['instance']> & { options?: Partial<MastodonOptions>; cursor?: string | null }
export function sourceOf(double: MastodonDouble, { options, cursor: _, ...more }: Read = {}) {
  return mastodonSource({
    instance: { host: double.url, token: null, tags: [], public: true, remote: false, ...more },
    ...{ homes: [new URL(double.url).host, otherHome], rewindMs: hourMs, perSecond: Number.POSITIVE_INFINITY },
    ...{ pollMs: 10, backoff: { baseMs: 4, capMs: 20 }, ...options },
  })
}
export function reading(double: MastodonDouble, read: Read = {}) {
  const source = sourceOf(double, read)
  const abort = new AbortController()
  readers.push(abort)
  const batches: Batch[] = []
  const done = (async () => {
    for await (const batch of source.read(read.cursor ?? null, abort.signal)) batches.push(batch)
  })()
  const changes = () => batches.flatMap((batch) => batch.changes)
  const isLive = () => until(() => source.status().state === 'live')
  const has = (count: number) => until(() => changes().length >= count)
  const stop = async () => {
    abort.abort()
    await done
    return batches.at(-1)?.cursor ?? read.cursor ?? null
  }
  return { source, batches, changes, isLive, has, stop }
}
export const ago = (ms: number) => Date.now() - ms
export const briefly = (changes: Change[], entries: Entry[]) =>
  changes.map((change) => {
    const id = 'id' in change ? change.id.split('/').at(-1)! : ''
    return `${change.op} ${entries.findIndex((entry) => entry.id === id)}`
  })
