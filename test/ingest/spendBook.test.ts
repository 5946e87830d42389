// What is reserved and what comes back of it: on a clean stop, after a look-up, over midnight; and what a broken keep does.
import { describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { Meter, openMeter } from '../../ingest/spend.ts'
import type { Keep } from '../../ingest/spendBook.ts'
import { keepInMemory } from '../doubles/xKeep.ts'

const dayMs = 86_400_000
const price = 0.005

describe('what is reserved', () => {
  const clock = (at: number, isKnown = true) => ({ isKnown, span: () => ({ low: at, high: at + 1_000 }) })
  const noon = Date.UTC(2026, 10, 29, 12)
  const open = (keep: Keep, at = noon) =>
    openMeter({ source: 'x', price, daily: 10, monthly: 100, inFlight: 500, step: 100, keep, clock: clock(at) })
  const dollarsOf = (keep: { value: string | null }, key = '2026-11-29') => JSON.parse(keep.value!)[key] / 1e6

  test('is written down before it can be spent, and counts as spent after kill -9', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    expect(await meter.ready()).toBe(null)
    expect(dollarsOf(keep)).toBe(3)
    expect(meter.spent().day).toBe(0)
    meter.received(20)
    expect(meter.spent().day).toBeCloseTo(0.1)
    expect((await open(keep)).spent().day).toBeCloseTo(3, 0)
  })

  test('is given back on a clean stop, but for what can have been under way', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    await meter.ready()
    meter.received(20)
    meter.lost()
    await meter.close()
    expect(dollarsOf(keep)).toBeCloseTo(520 * price)
    const exact = await open(keep)
    await exact.ready()
    exact.received(20)
    await exact.close()
    expect(dollarsOf(keep)).toBeCloseTo(540 * price)
  })

  test('comes back once everything around a cut was looked up, but for a tenth', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    await meter.ready()
    meter.lost()
    meter.settle(30)
    await meter.close()
    expect(dollarsOf(keep)).toBeCloseTo((30 + 50) * price)
  })

  test('that was in doubt at a clean stop comes back once the next process looked everything up, and only once', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    await meter.ready()
    meter.lost()
    await meter.close()
    expect(dollarsOf(keep)).toBeCloseTo(500 * price)
    const third = await open(keep)
    await third.ready()
    third.settle(20)
    await third.close()
    expect(dollarsOf(keep)).toBeCloseTo(70 * price)
    const fourth = await open(keep)
    await fourth.ready()
    fourth.settle(0)
    await fourth.close()
    expect(dollarsOf(keep)).toBeCloseTo(70 * price)
  })

  test('that was in doubt is spent once a process began that could not look it up', async () => {
    const keep = keepInMemory()
    keep.value = JSON.stringify({ '2026-11-29': 5_000_000, '2026-11': 5_000_000 })
    const meter = await open(keep)
    await meter.ready()
    meter.lost()
    await meter.close()
    const stopped = await open(keep)
    expect(await stopped.ready()).toMatchObject({ span: 'day' })
    const options = { source: 'x', price, daily: 20, monthly: 100, inFlight: 500, step: 100, keep, clock: clock(noon) }
    const before = dollarsOf(keep)
    const richer = await openMeter(options)
    expect(await richer.ready()).toBe(null)
    richer.settle(0)
    await richer.close()
    expect(dollarsOf(keep)).toBe(before)
  })

  test('that was in doubt at another price does not come back: dollars would come of cents', async () => {
    const keep = keepInMemory()
    const options = { source: 'x', daily: 50, monthly: 100, inFlight: 500, step: 100, keep, clock: clock(noon) }
    const cheap = await openMeter({ ...options, price: 0.001 })
    await cheap.ready()
    cheap.lost()
    await cheap.close()
    expect(dollarsOf(keep)).toBeCloseTo(0.5)
    const dear = await openMeter({ ...options, price: 0.05 })
    await dear.ready()
    dear.settle(0)
    await dear.close()
    expect(dollarsOf(keep)).toBeCloseTo(0.5)
  })

  test('by two processes on one folder is reserved from the same limit, and each gives back only its own', async () => {
    const keep = keepInMemory()
    const [one, other] = [await open(keep), await open(keep)]
    expect(await one.ready()).toBe(null)
    expect(await other.ready()).toBe(null)
    expect(dollarsOf(keep)).toBe(6)
    for (let posts = 0; posts < 700; posts++) {
      one.received()
      await one.tick()
    }
    expect(dollarsOf(keep)).toBeLessThanOrEqual(10)
    expect(dollarsOf(keep)).toBeGreaterThan(9)
    await one.close()
    await other.close()
    expect(dollarsOf(keep)).toBeCloseTo(700 * price)
  })

  test('counts in both days when made just before midnight, and in the month once', async () => {
    const keep = keepInMemory()
    const meter = await open(keep, Date.UTC(2026, 10, 28, 23, 59, 30))
    await meter.ready()
    expect([dollarsOf(keep, '2026-11-28'), dollarsOf(keep), dollarsOf(keep, '2026-11')]).toEqual([3, 3, 3])
  })

  test('where X never tells its time counts in no day before the last one, however the local clock is set', async () => {
    const keep = keepInMemory()
    keep.value = JSON.stringify({ '2026-11-29': 9_000_000, '2026-11': 9_000_000 })
    const options = { source: 'x', price, daily: 10, monthly: 100, inFlight: 500, step: 100, keep }
    const meter = await openMeter({ ...options, clock: clock(noon - 40 * dayMs, false) })
    expect(await meter.ready()).toEqual({ span: 'day', until: Date.UTC(2026, 10, 30) })
  })

  test('costs at least what a post costs: a price that does not come out even is rounded up', async () => {
    const keep = keepInMemory()
    const meter = new Meter(
      { source: 'x', price: 0.0000001, daily: 10, monthly: 10, inFlight: 1, step: 1, keep, clock: clock(noon) },
      { book: {}, doubt: { posts: 0, price: 0, covers: [] } },
    )
    await meter.ready()
    expect(dollarsOf(keep)).toBe(2 / 1e6)
  })

  test('a keep that fails ends the stream and is told; the next one goes on from what was written', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    await meter.ready()
    keep.isBroken = true
    let posts = 0
    while (meter.received()) posts++
    expect(posts).toBe(100)
    await expect(meter.ready()).rejects.toThrow('could not be written down')
    keep.isBroken = false
    meter.lost()
    expect(await meter.ready()).toBe(null)
    expect(dollarsOf(keep)).toBeCloseTo(1201 * price)
  })

  test('more than was reserved, because nobody got to read in time, is written down all the same', async () => {
    const keep = keepInMemory()
    const meter = await open(keep)
    await meter.ready()
    expect(meter.received(900)).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await meter.close()
    expect(dollarsOf(keep)).toBeGreaterThanOrEqual(900 * price)
  })

  test.each([
    '',
    '[]x',
    '{"2026-11-29":-1}',
    '{"today":1}',
    '{"2026-11-29":"1"}',
    '{"doubt":[-1]}',
    '{"doubt":[1,"x"]}',
    '{"doubt":[1,"2026-11-29"]}',
    '{"doubt":5}',
  ])('a book like %j is not ours', async (value) => {
    const keep = keepInMemory()
    keep.value = value
    await expect(open(keep)).rejects.toThrow(CorruptionError)
  })
})
