// Money in the source of X: it is reserved before the stream is asked for; where it ends the status says so and the gap is
// told while it grows; what was not used comes back.
import { describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import { until } from '../contract/source.ts'
import { keepInMemory } from '../doubles/xKeep.ts'
import { planPosts } from '../doubles/xPosts.ts'
import { streamPath, xWorld } from '../doubles/xReading.ts'

const x = xWorld()

describe('money', () => {
  /** X's day ends in so long; its clock and ours can be moved on. */
  const atDayEnd = (leftMs: number) => {
    let ahead = Date.UTC(2026, 11, 1) - leftMs - Date.now()
    const steady = [0, 1].map(() => () => performance.now() + ahead)
    x.double.options.now = () => Date.now() + ahead
    return { steady, pass: (ms: number) => (ahead += ms) }
  }

  test('that is spent ends the stream, says so, tells the gap while it grows, and goes on the next day', async () => {
    const { steady, pass } = atDayEnd(3 * 3_600_000)
    const limits = { daily: 10, monthly: 100, inFlight: 500, step: 100 }
    const reading = x.read({ ...limits, steady, stretchMs: 600_000 })
    await x.live()
    let sent = 0
    while (x.double.readers === 1) {
      sent += x.post(50).length
      await until(() => reading.posts().length === sent || x.double.readers === 0)
    }
    await until(() => reading.gaps().length > 0)
    expect(reading.status().detail).toMatch(
      /^The daily limit of \$10 is reached; reading goes on at 00:00 UTC\. \$\d+(\.\d+)? of \$10 spent today/,
    )
    expect(reading.posts().length).toBeGreaterThan(1_390)
    expect(reading.posts().length).toBeLessThanOrEqual(1_501)
    // Time passes: the gap is told in stretches that join.
    for (let step = 0; step < 6; step++) {
      pass(600_000)
      const told = reading.gaps().length
      await until(() => reading.gaps().length > told)
    }
    const gaps = reading.gaps()
    expect(gaps.every(({ reason }) => reason === 'spend')).toBe(true)
    for (const [at, gap] of gaps.entries()) if (at > 0) expect(gap.from).toBe(gaps[at - 1]!.to)
    expect(gaps[0]!.from >= reading.posts().at(-1)!.at).toBe(true)
    expect(reading.slept.at(-1)).toBe(600_000)
    pass(2 * 3_600_000)
    await x.live()
    expect(reading.gaps().at(-1)!.to).toBe('2026-12-01T00:00:00.000Z')
    const had = reading.posts().length
    x.post(2)
    await until(() => reading.posts().length >= had + 2)
  })

  test('that is spent for the month says until when', async () => {
    const { steady } = atDayEnd(3_600_000)
    const keep = keepInMemory()
    keep.value = JSON.stringify({ '2026-11': 100_000_000 })
    const reading = x.read({ steady, daily: 10, monthly: 100, keep })
    await until(() => reading.status().state === 'stalled')
    expect(reading.status().detail).toContain(
      'The monthly limit of $100 is reached; reading goes on at 00:00 UTC on 2026-12-01.',
    )
    expect(x.double.requests.some((path) => path.startsWith(`${streamPath}?`))).toBe(false)
  })

  test('for a look-up that ends midway leaves the rest a gap', async () => {
    const at = Date.now() - 60_000
    x.double.publish(...planPosts({ seed: 9, count: 900, fromMs: at + 1, stepMs: 50 }))
    const reading = x.read({ cursor: JSON.stringify({ id: null, at }), daily: 6, inFlight: 500, step: 100 })
    await until(() => reading.gaps().length === 1)
    const [gap] = reading.gaps()
    expect(gap!.from).toBe(new Date(at).toISOString())
    const oldest = Math.min(...reading.posts().map((one) => Date.parse(one.at)))
    expect(Date.parse(gap!.to)).toBe(oldest)
    expect(reading.posts().length).toBeGreaterThan(400)
    expect(x.double.written.search).toBeLessThanOrEqual(700)
  })

  test('is reserved before the stream is asked for, and not asked for where that fails', async () => {
    const keep = keepInMemory()
    keep.isBroken = true
    const reading = x.read({ keep })
    await until(() => reading.slept.length > 2)
    expect(reading.status().detail).toContain('what is spent could not be written down')
    expect(x.double.requests.some((path) => path.startsWith(`${streamPath}?`))).toBe(false)
    keep.isBroken = false
    await x.live()
    expect(Object.values(JSON.parse(keep.value!))[0]).toBe(3_000_000)
  })

  test('is given back on a clean stop, but for what can have been under way', async () => {
    const reading = x.read()
    await x.live()
    x.post(10)
    await until(() => reading.posts().length === 10)
    await reading.stop()
    expect(Object.values(JSON.parse(reading.keep.value!))[0]).toBe(510 * 5_000)
    // Started again soon, everything is looked up: ten posts at most were under way, and of what can be a tenth stays.
    await until(() => x.double.readers === 0)
    const next = x.read({ cursor: reading.cursor(), keep: reading.keep })
    await until(() => x.double.written.search === 10)
    await until(() => next.status().state === 'live' && next.batches.length > 1)
    await next.stop()
    expect(Object.values(JSON.parse(reading.keep.value!))[0]).toBe((10 + 10 + 10 + 50 + 500) * 5_000)
  })

  test('too little to read a single post is told at once', async () => {
    const reading = x.read({ daily: 2 })
    await until(() => reading.error !== undefined)
    expect(reading.error).toBeInstanceOf(UserError)
    expect((reading.error as UserError).message).toBe(
      'sources.x may spend $2, and up to 500 posts can be under way at a time',
    )
    expect((reading.error as UserError).hint).toBe('Set daily and monthly to at least $3, or x: false')
  })

  test('is counted for what is of no use, too', async () => {
    x.double.junk = ['nonsense']
    const reading = x.read()
    await x.live()
    x.post(1)
    await until(() => reading.posts().length === 1)
    expect(reading.status().drops).toEqual({ malformed: 1 })
    expect(reading.status().detail).toContain('$0.01 of $1,000 spent today')
  })
})
