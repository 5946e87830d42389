// mastodon.ts where an instance does not give all: no streams, no timelines without a token, another host, and its limits.
import { describe, expect, test } from 'vitest'
import { until } from '../contract/source.ts'
import { token } from '../doubles/mastodon.ts'
import { openTime } from '../doubles/time.ts'
import { ago, briefly, instance, minuteMs, reading, sourceOf } from './mastodonReading.ts'

describe('where it does not stream', () => {
  test('the timelines are polled, edits and deletions are found at a look back, and the status says why', async () => {
    const double = await instance({ closed: 'streaming' })
    const entries = [0, 1, 2].map((at) => double.post(ago(minuteMs - at)))
    const { changes, isLive, has, source } = reading(double, { options: { lookEvery: 3 } })
    await isLive()
    await has(3)
    expect(source.status().detail).toMatch(/every 1 s: streaming needs an access token \(token_env\)/)
    double.edit(entries[1]!, 'on second thought', ago(1_000))
    double.delete(entries[2]!)
    entries.push(double.post(ago(500)))
    await has(6)
    expect(new Set(briefly(changes().slice(3), entries))).toEqual(new Set(['update 1', 'delete 2', 'create 3']))
  })
  test('a timeline that is shown to nobody without a token says so, is tried again later, and the others are read', async () => {
    const time = openTime(Date.now())
    const double = await instance({ now: time.now })
    const entry = double.post(ago(minuteMs), { tags: ['rain'] })
    double.refusals.push({ status: 401, path: /timelines\/public/ })
    const { source, has } = reading(double, { tags: ['rain'], options: { now: time.now, sleep: time.sleep } })
    await has(1)
    const said = /only to those with a token \(401\).*token_env.* 1 of 2 streams/
    await until(() => source.status().state === 'failed' && said.test(source.status().detail))
    time.advance(601_000)
    await until(() => source.status().state === 'live')
    expect(double.listeners).toBe(2)
    expect(double.entries.get(entry.id)).toBe(entry)
  })
  test('a stream that was opened and not read is let go; trouble that is over is not told any longer', async () => {
    const double = await instance()
    double.post(ago(minuteMs))
    // The page before the stream is opened is shown (and empty), the one after it is not.
    double.refusals.push({ status: 200, body: '[]', path: /timelines/ }, { status: 403, path: /timelines/ })
    const { source, stop } = reading(double)
    await until(() => source.status().state === 'failed')
    await until(() => double.asked.some((path) => path.includes('streaming')) && double.listeners === 0)
    await stop()
    const polled = await instance({ closed: 'streaming' })
    const second = reading(polled)
    await second.isLive()
    polled.refusals.push({ status: 503, path: /timelines/ })
    const before = polled.asked.length
    await until(() => polled.refusals.length === 0 && polled.asked.length > before + 2)
    await second.isLive()
  })
  test('an instance of which nothing is to be read says so', async () => {
    const source = sourceOf(await instance(), { public: false })
    for await (const _ of source.read(null, new AbortController().signal));
    expect(source.status()).toMatchObject({
      state: 'off',
      detail: expect.stringContaining('Set public: true, or name tags'),
    })
  })
  test('a hashtag that nobody used yet, and a host that is no instance', async () => {
    const double = await instance()
    double.refusals.push(...Array(4).fill({ status: 404, path: /timelines\/tag/ }))
    const { isLive } = reading(double, { public: false, tags: ['rain'] })
    await isLive()
    const other = await instance()
    other.refusals.push({ status: 200, body: '<html>', path: /timelines/ })
    const { source } = reading(other)
    await until(() => source.status().state === 'failed')
    expect(source.status().detail).toContain('Check host in sources.mastodon.instances')
  })
  test('the streams of an instance may be on another host, which gets the token as well', async () => {
    const [double, streaming] = [await instance({ closed: 'all' }), await instance({ closed: 'all' })]
    double.streamingUrl = streaming.url.replace('http', 'ws')
    const { isLive, has } = reading(double, { token })
    await isLive()
    expect([double.listeners, streaming.listeners]).toEqual([0, 1])
    streaming.post(ago(1_000))
    await has(1)
    expect(streaming.tokens).toEqual([`Bearer ${token}`])
  })
})

describe('its limits', () => {
  test('are never exceeded: some are left to others, and then we wait until the time it names', async () => {
    const time = openTime(Date.now())
    const double = await instance({ now: time.now, limit: 40, windowMs: 300_000 })
    for (let at = 0; at < 400; at++) double.post(ago(50 * minuteMs - at * 1_000))
    const options = { now: time.now, sleep: time.sleep, pageSize: 10 }
    const { changes, has } = reading(double, { options })
    await until(() => double.asked.length === 20)
    await until(() => changes().length >= 170)
    time.advance(299_000)
    expect(double.asked).toHaveLength(20)
    time.advance(2_000)
    await until(() => double.asked.length === 40)
    await until(() => {
      time.advance(61_000)
      return changes().length === 400
    })
    await has(400)
    expect(double.refusedByLimit).toBe(0)
  })
  test.each<[string, (now: number) => string]>([
    ['retry-after', () => '120'],
    ['x-ratelimit-reset', (now) => new Date(now + 120_000).toISOString()],
  ])('a 429 is waited for as long as %s says', async (name, value) => {
    const time = openTime(Date.now())
    const headers = { [name]: value(time.now()) }
    const double = await instance({ now: time.now })
    double.refusals.push({ status: 429, headers })
    const { source, isLive } = reading(double, { options: { now: time.now, sleep: time.sleep } })
    await until(() => /answered 429. Trying again in (2 min|1\d\d s)/.test(source.status().detail))
    time.advance(110_000)
    expect(double.asked).toHaveLength(1)
    await until(() => {
      time.advance(5_000)
      return double.asked.length > 1
    })
    await isLive()
  })
  test('at most so many requests a second', async () => {
    const double = await instance()
    for (let at = 0; at < 200; at++) double.post(ago(50 * minuteMs - at * 1_000))
    const start = performance.now()
    const { changes } = reading(double, { options: { perSecond: 50 } })
    await until(() => changes().length === 200)
    expect(double.asked.length / ((performance.now() - start) / 1_000)).toBeLessThan(60)
  })
})
