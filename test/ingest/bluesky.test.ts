// bluesky.ts against the double, one behaviour of the network a time: where it resumes, what it calls a gap, and how it
// survives hosts that stall, refuse, retire their dictionary or hang up.
import { isDeepStrictEqual } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { CorruptionError, UserError } from '../../errors.ts'
import { type BlueskyOptions, blueskySource } from '../../ingest/bluesky.ts'
import { registry } from '../../metrics.ts'
import type { Batch, GapChange, Source } from '../../types.ts'
import { createFold } from '../contract/fold.ts'
import { until } from '../contract/source.ts'
import { JetstreamDouble, type JetstreamOptions } from '../doubles/jetstream.ts'
import { truthOf } from '../doubles/truth.ts'

const minuteMs = 60_000
const doubles: JetstreamDouble[] = []
const readers: AbortController[] = []

async function host(options: Partial<JetstreamOptions> = {}): Promise<JetstreamDouble> {
  const double = await JetstreamDouble.start({ seed: 5, accounts: 30, ...options })
  doubles.push(double)
  return double
}

/** A source read by a consumer that keeps everything. */
function reading(hosts: JetstreamDouble[], cursor: string | null = null, options: Partial<BlueskyOptions> = {}) {
  const notes: object[] = []
  const source: Source = blueskySource({
    ...{ hosts: hosts.map(({ url }) => url), rewindMs: 60 * minuteMs, batchMs: 5, stallMs: 10_000 },
    ...{ backoff: { baseMs: 4, capMs: 20 }, note: (event: string, fields: object) => notes.push({ event, ...fields }) },
    ...options,
  })
  const fold = createFold()
  const batches: Batch[] = []
  const abort = new AbortController()
  readers.push(abort)
  const done = (async () => {
    for await (const batch of source.read(cursor, abort.signal)) {
      batches.push(batch)
      fold.apply(batch.changes)
    }
  })()
  const stop = async () => {
    abort.abort()
    await done
    return batches.at(-1)?.cursor ?? cursor
  }
  const isAt = (double: JetstreamDouble) => () =>
    batches.at(-1)?.cursor?.includes(`"seq":${double.events.length},`) === true
  return { source, fold, batches, notes, done, stop, isAt }
}

afterEach(async () => {
  for (const abort of readers.splice(0)) abort.abort()
  for (const double of doubles.splice(0)) await double[Symbol.asyncDispose]()
})

const gapsIn = (batches: Batch[]) =>
  batches.flatMap(({ changes }) => changes.filter((change): change is GapChange => change.op === 'gap'))
const isoOf = (timeUs: number) => new Date(Math.floor(timeUs / 1000)).toISOString()
const ago = (ms: number) => (Date.now() - ms) * 1000
async function metric(name: string): Promise<number> {
  const { values } = await registry.getSingleMetric(name)!.get()
  return values.find(({ labels }) => labels.source === 'bluesky')?.value ?? 0
}

describe('where it starts', () => {
  test('the first start rewinds by time and asks for exactly what it needs', async () => {
    const double = await host()
    double.produce(40, ago(30 * minuteMs), 1e6)
    const now = Date.now()
    const reader = reading([double], null, { now: () => now })
    await until(reader.isAt(double))
    const query = double.accepted[0]!
    expect(query.get('cursor')).toBe(String((now - 60 * minuteMs) * 1000))
    expect(query.getAll('kinds')).toEqual(['commit', 'account'])
    expect(query.getAll('collections')).toEqual(['app.bsky.feed.post', 'app.bsky.actor.contentVisibilityDeclaration'])
    expect(query.has('zstdDictionary')).toBe(true)
    expect(reader.fold.live()).toEqual(truthOf(double))
    expect(gapsIn(reader.batches)).toEqual([])
  })

  test('a rewind beyond what the host keeps is no gap: we never collected that', async () => {
    const double = await host()
    double.produce(40, ago(90 * minuteMs), 1e6)
    double.forgetBefore(20)
    const reader = reading([double], null, { rewindMs: 2 * 60 * minuteMs })
    await until(reader.isAt(double))
    expect(gapsIn(reader.batches)).toEqual([])
    expect(reader.source.status()).toMatchObject({ state: 'catching up', gaps: 0 })
  })

  test('on its own host it resumes by seq, inclusive', async () => {
    const double = await host()
    double.produce(30, ago(minuteMs), 1000)
    const first = reading([double])
    await until(first.isAt(double))
    const cursor = await first.stop()
    double.produce(30)
    const second = reading([double], cursor)
    await until(second.isAt(double))
    expect(double.accepted.at(-1)!.get('cursor')).toBe('30')
    expect(second.batches.flatMap(({ changes }) => changes)).toHaveLength(31)
  })

  test('on another host it resumes by time, a margin earlier', async () => {
    const [one, two] = [await host(), await host()]
    for (const double of [one, two]) double.produce(50, ago(5 * minuteMs), 1e6)
    const first = reading([one])
    await until(first.isAt(one))
    const cursor = JSON.parse((await first.stop())!)
    const second = reading([two], JSON.stringify(cursor), { marginMs: 20_000 })
    await until(second.isAt(two))
    expect(Number(two.accepted[0]!.get('cursor'))).toBe(cursor.timeUs - 20_000_000)
    expect(gapsIn(second.batches)).toEqual([])
    expect(second.batches.flatMap(({ changes }) => changes).length).toBeGreaterThanOrEqual(20)
  })

  test('a seq of another archive under the same name is found out, and time is used', async () => {
    const double = await host()
    double.produce(60, ago(10 * minuteMs), 1e6)
    const name = double.url.replace('ws://', '')
    const foreign = [
      { host: name, seq: 3, timeUs: double.events[40]!.timeUs + 7 },
      { host: name, seq: 999_999, timeUs: double.events[40]!.timeUs + 7 },
    ]
    for (const place of foreign) {
      const reader = reading([double], JSON.stringify(place), { marginMs: 2_000 })
      await until(reader.isAt(double))
      expect(Number(double.accepted.at(-1)!.get('cursor'))).toBe(place.timeUs - 2_000_000)
      expect(reader.batches.flatMap(({ changes }) => changes).length).toBeLessThan(25)
      expect(gapsIn(reader.batches)).toEqual([])
      await reader.stop()
    }
  })

  test('a cursor that is not ours crashes, a host that is none is told', () => {
    const source = blueskySource({ hosts: ['ws://127.0.0.1:1'], rewindMs: 0 })
    expect(() => source.read('{"seq":1}', new AbortController().signal)).toThrow(CorruptionError)
    expect(() => blueskySource({ hosts: [], rewindMs: 0 })).toThrow(UserError)
    expect(() => blueskySource({ hosts: ['ftp://x'], rewindMs: 0 })).toThrow(UserError)
  })
})

describe('what was missed', () => {
  test('a seq below the floor becomes a gap from our last event to the first one still there', async () => {
    const double = await host()
    double.produce(50, ago(40 * minuteMs), 1e6)
    const first = reading([double])
    await until(first.isAt(double))
    const cursor = await first.stop()
    double.produce(50, ago(20 * minuteMs), 1e6)
    double.forgetBefore(81)
    const gaps = await metric('undercurrent_gaps_total')
    const second = reading([double], cursor)
    await until(second.isAt(double))
    expect(double.refused[0]).toContain('CursorTooOld')
    expect(gapsIn(second.batches)).toEqual([
      {
        ...{ op: 'gap', source: 'bluesky', reason: 'away for longer than the host keeps' },
        ...{ from: isoOf(double.events[49]!.timeUs), to: isoOf(double.events[80]!.timeUs) },
      },
    ])
    expect(second.source.status().gaps).toBe(1)
    expect(await metric('undercurrent_gaps_total')).toBe(gaps + 1)
  })

  test('a host that silently starts later leaves a gap too', async () => {
    const double = await host()
    double.produce(10, ago(2 * minuteMs), 1e6)
    const timeUs = ago(40 * minuteMs)
    const reader = reading([double], JSON.stringify({ host: 'elsewhere', seq: 9, timeUs }))
    double.forgetBefore(1)
    await until(reader.isAt(double))
    expect(gapsIn(reader.batches)).toMatchObject([{ from: isoOf(timeUs), to: isoOf(double.events[0]!.timeUs) }])
  })
})

describe('trouble', () => {
  test('a retired dictionary is fetched anew', async () => {
    const double = await host()
    double.produce(20, ago(minuteMs), 1000)
    const reader = reading([double])
    await until(reader.isAt(double))
    double.dictionary = 1
    double.cut()
    double.produce(20)
    await until(reader.isAt(double))
    expect(double.refused.join()).toContain('UnknownZstdDictionary')
    expect(reader.fold.live()).toEqual(truthOf(double))
    expect(reader.source.status().drops).toEqual({})
  })

  test('a host without a dictionary is read as text', async () => {
    const double = await host({ compress: false })
    double.produce(20, ago(minuteMs), 1000)
    const reader = reading([double])
    await until(reader.isAt(double))
    expect(double.accepted[0]!.has('zstdDictionary')).toBe(false)
    expect(reader.fold.live()).toEqual(truthOf(double))
  })

  test('silence without pings ends a connection; pings keep it', async () => {
    const double = await host({ pingMs: 20 })
    double.produce(5, ago(minuteMs), 1000)
    const reader = reading([double], null, { stallMs: 400 })
    await until(reader.isAt(double))
    const pings = double.pings
    await until(() => double.pings > pings + 30) // 600 ms and more: longer than the stall
    expect(double.accepted).toHaveLength(1)
    double.mute = true
    await until(() => double.accepted.length > 1)
    expect(reader.notes).toContainEqual(expect.objectContaining({ event: 'source.reconnect', reason: 'stalled' }))
    double.mute = false
    double.produce(5)
    await until(reader.isAt(double))
    expect(reader.fold.live()).toEqual(truthOf(double))
  })

  test('a pause that we make ourselves is no stall', async () => {
    const double = await host({ pingMs: 20, compress: false, slowLag: 1e9 })
    double.spoil = (frame) => Buffer.concat([frame, Buffer.alloc(9_000, ' ')])
    double.produce(3_000, ago(10 * minuteMs), 1e5)
    const options = { hosts: [double.url], rewindMs: 60 * minuteMs, bufferBytes: 64 * 1024, stallMs: 400 }
    const batches = blueskySource(options).read(null, new AbortController().signal)[Symbol.asyncIterator]()
    const fold = createFold()
    fold.apply((await batches.next()).value!.changes)
    const pings = double.pings
    await until(() => double.pings > pings + 30) // 600 ms and more: longer than the stall
    const truth = truthOf(double)
    while (fold.live().size !== truth.size) fold.apply((await batches.next()).value!.changes)
    await batches.return?.()
    expect(double.accepted).toHaveLength(1)
  })

  test('an error frame ends the connection; we are back from our cursor and it is counted', async () => {
    const double = await host()
    double.produce(20, ago(minuteMs), 1000)
    const reader = reading([double])
    await until(reader.isAt(double))
    const before = await metric('undercurrent_reconnects_total')
    double.fail('ConsumerTooSlow')
    double.produce(20)
    await until(reader.isAt(double))
    expect(double.accepted.at(-1)!.get('cursor')).toBe('20')
    expect(reader.notes).toContainEqual(expect.objectContaining({ reason: 'ConsumerTooSlow' }))
    expect(await metric('undercurrent_reconnects_total')).toBe(before + 1)
    expect(reader.fold.live()).toEqual(truthOf(double))
  })

  test('a consumer that is too slow is cut off by the host and loses nothing', async () => {
    const double = await host({ slowMs: 100, slowLag: 100, compress: false })
    double.spoil = (frame) => Buffer.concat([frame, Buffer.alloc(9_000, ' ')])
    double.produce(3_000, ago(10 * minuteMs), 1e5)
    const options = { hosts: [double.url], rewindMs: 60 * minuteMs, bufferBytes: 64 * 1024, backoff: { baseMs: 4 } }
    const batches = blueskySource(options).read(null, new AbortController().signal)[Symbol.asyncIterator]()
    const fold = createFold()
    fold.apply((await batches.next()).value!.changes)
    await until(() => double.dismissed > 0)
    const truth = truthOf(double)
    while (!isDeepStrictEqual(fold.live(), truth) || double.accepted.length < 2)
      fold.apply((await batches.next()).value!.changes)
    await batches.return?.()
    expect(fold.live()).toEqual(truth)
  })

  test('a host that is down hands over to the next one', async () => {
    const [one, two] = [await host(), await host()]
    for (const double of [one, two]) double.produce(30, ago(5 * minuteMs), 1e6)
    one.down = 503
    const reader = reading([one, two])
    await until(reader.isAt(two))
    expect(one.refused).toHaveLength(2)
    expect(reader.source.status().detail).toContain(two.url.replace('ws://', ''))
  })

  test('with every host down it says so, keeps trying, and recovers', async () => {
    const double = await host()
    double.produce(30, ago(5 * minuteMs), 1e6)
    double.down = 503
    const reader = reading([double])
    await until(() => reader.source.status().state === 'failed')
    expect(reader.source.status().detail).toMatch(/answered 503 ServiceUnavailable.*Check the network/)
    double.down = 0
    await until(reader.isAt(double))
    double.produce(1)
    await until(reader.isAt(double))
    expect(reader.source.status()).toMatchObject({ state: 'live', gaps: 0 })
    await reader.stop()
    expect(reader.source.status()).toMatchObject({ state: 'off', detail: 'Stopped.' })
  })

  test('no log line names an author or quotes a post', async () => {
    const double = await host({ cutEvery: 10, seed: 8 })
    double.produce(80, ago(5 * minuteMs), 1e6)
    const reader = reading([double])
    await until(reader.isAt(double))
    expect(reader.notes.length).toBeGreaterThan(2)
    expect(JSON.stringify(reader.notes)).not.toMatch(/did:|at:\/\//)
  })
})
