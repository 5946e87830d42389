// How much of a topic is bought: what more posts would narrow decides, not what they never can; and no to and fro.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Estimate, Filter, SeriesPoint, Summary } from '../answers.ts'
import { ladder, openSampling, type Rate, rateFor, readAt, samplingHalf } from '../sampling.ts'
import type { ModelErrors, Topic } from '../types.ts'

const around = (estimate: number, half: number): Estimate => ({ estimate, low: estimate - half, high: estimate + half })
const errors: ModelErrors = {
  sentiment: { share: { negative: 0.05 }, difference: {} },
  emotion: { share: {}, difference: {} },
  stance: { share: {}, difference: {} },
}
const topic = (id: string, version = 1): Topic => ({
  ...{ id, name: id, query: id, targets: [], public: false, tags: [], version, at: '2026-01-01T00:00:00.000Z' },
  origin: 'user',
})

describe('what more posts would narrow', () => {
  test('is the interval without the model’s own error', () => {
    const half = Math.hypot(0.03, 1.959964 * 0.05)
    expect(samplingHalf(around(0.4, half), 0.05)).toBeCloseTo(0.03, 6)
    expect(samplingHalf(around(0.4, 0.02), 0.05)).toBe(0)
  })
  test('is everything where nothing is known', () => {
    expect(samplingHalf({ estimate: null, low: null, high: null }, 0.05)).toBe(1)
  })
})

describe('the rate', () => {
  test('is the least of the ladder that keeps within the width', () => {
    expect(rateFor({ half: 0.03, read: 100, now: 100, width: 0.03 })).toBe(100)
    expect(rateFor({ half: 0.01, read: 100, now: 100, width: 0.03 })).toBe(20)
    expect(rateFor({ half: 0.002, read: 100, now: 100, width: 0.03 })).toBe(1)
    expect(rateFor({ half: 0.5, read: 10, now: 10, width: 0.03 })).toBe(100)
    expect(rateFor({ half: 0.001, read: 100, now: 100, width: 0 })).toBe(100)
  })

  test('is in reach of the width wherever it settles, and settles: a second look at the same crowd changes nothing', () => {
    // `whole`: the sampling half were everything read. Read at r percent it is wider by sqrt(100 / r).
    const property = fc.property(
      fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
      fc.constantFrom(...ladder),
      (whole, first) => {
        const halfAt = (rate: Rate) => whole * Math.sqrt(100 / rate)
        let rate: Rate = first
        for (let look = 0; look < 4; look++) rate = rateFor({ half: halfAt(rate), read: rate, now: rate, width: 0.03 })
        expect(rateFor({ half: halfAt(rate), read: rate, now: rate, width: 0.03 })).toBe(rate)
        expect(halfAt(rate) <= 0.03 + 1e-9 || rate === 100).toBe(true)
      },
    )
    fc.assert(property, { seed: 3, numRuns: 2_000 })
  })
})

describe('the rate at which a day was read', () => {
  const step = (posts: number, volume: number) => ({ posts, volume })

  test('is that of all of it where it was one, and 100 where nothing was read', () => {
    expect(readAt([step(5, 50), step(0, 0), step(7, 70)])).toBeCloseTo(10, 9)
    expect(readAt([step(300, 300)])).toBe(100)
    expect(readAt([step(0, 0)])).toBe(100)
    expect(readAt([])).toBe(100)
  })

  test('is one that tells as much: half a day at 10 percent is worth less than the mean of the two', () => {
    expect(readAt([step(1_000, 1_000), step(100, 1_000)])).toBeCloseTo(100 / 5.5, 9)
  })
})

describe('looking', () => {
  const summaryOf = (scoredAuthors: number, half: number): Summary =>
    ({
      scoredAuthors,
      sentiment: { negative: around(0.4, Math.hypot(half, 1.959964 * 0.05)) },
      stance: {},
    }) as unknown as Summary
  const asked: Filter[] = []
  const noted: string[] = []
  let read: Rate = 100
  const open = (answers: Record<string, Summary | Error>, topics: () => Topic[], width = 0.03) =>
    openSampling({
      ask: {
        series: async () => [{ posts: 200 * read, volume: 20_000 } as SeriesPoint],
        summary: async (filter: Filter) => {
          asked.push(filter)
          const answer = answers[filter.topic.topic]!
          if (answer instanceof Error) throw answer
          return answer
        },
      },
      ...{
        topics,
        model: 'tiny@1',
        modelError: errors,
        width,
        source: 'x',
        everyMs: 1,
        note: (event: string) => void noted.push(event),
      },
      now: () => Date.parse('2026-02-02T12:00:00.000Z'),
    })

  test('reads a loud topic in part, a quiet one and an unknown one whole, and asks about the source’s last day', async () => {
    const topics = [topic('loud'), topic('quiet')]
    const sampling = open({ loud: summaryOf(20_000, 0.005), quiet: summaryOf(399, 0.005) }, () => topics)
    let told = 0
    const stop = sampling.onChange(() => told++)
    expect(sampling.rateOf(topics[0]!)).toBe(100)
    await sampling.look()
    expect(topics.map(sampling.rateOf)).toEqual([5, 100])
    expect(sampling.rateOf(topic('new'))).toBe(100)
    expect(asked[0]).toMatchObject({
      source: 'x',
      window: { from: '2026-02-01T12:00:00.000Z', to: '2026-02-02T12:00:00.000Z' },
    })
    expect(told).toBe(1)
    stop()
  })

  test('tells nobody where nothing moved, and begins anew with a new version', async () => {
    const topics = [topic('loud')]
    const answers = { loud: summaryOf(20_000, 0.005) }
    const sampling = open(answers, () => topics)
    await sampling.look()
    answers.loud = summaryOf(5_000, 0.022)
    read = 5
    let told = 0
    sampling.onChange(() => told++)
    await sampling.look()
    read = 100
    expect(told).toBe(0)
    expect(sampling.rateOf(topic('loud', 2))).toBe(100)
  })

  test.each([0.002, 0.01, 0.02])(
    'a crowd known to %f settles at once, though the day behind was read otherwise',
    async (whole) => {
      // A quarter of an hour each, the last day of them: the present rate counts for one of 96.
      const day: Rate[] = Array.from({ length: 96 }, () => 100)
      const half = () => whole * Math.sqrt(day.reduce((sum, rate) => sum + 100 / rate, 0) / day.length)
      const sampling = openSampling({
        ask: {
          summary: async () => summaryOf(20_000, half()),
          series: async () => day.map((rate) => ({ posts: 10 * rate, volume: 1_000 }) as SeriesPoint),
        },
        ...{
          topics: () => [topic('loud')],
          model: 'tiny@1',
          modelError: errors,
          width: 0.03,
          source: 'x',
          note: () => {},
        },
      })
      const rates = new Set<Rate>()
      for (let look = 0; look < 3 * 96; look++) {
        await sampling.look()
        const rate = sampling.rateOf(topic('loud'))
        rates.add(rate)
        day.shift()
        day.push(rate)
      }
      expect([...rates]).toEqual([rateFor({ half: whole, read: 100, now: 100, width: 0.03 })])
      expect(half()).toBeLessThanOrEqual(0.03)
    },
  )

  test('a store that does not answer moves no rate and is noted; the next look does, until the signal', async () => {
    const answers: Record<string, Summary | Error> = { loud: new Error('busy') }
    const sampling = open(answers, () => [topic('loud')])
    noted.length = 0
    await sampling.look()
    expect(noted).toEqual(['sampling.failed'])
    expect(sampling.rateOf(topic('loud'))).toBe(100)
    answers.loud = summaryOf(20_000, 0.005)
    const moved = new Promise<void>((resolve) => void sampling.onChange(resolve))
    const stop = new AbortController()
    const running = sampling.run(stop.signal)
    await moved
    stop.abort()
    await running
    expect(sampling.rateOf(topic('loud'))).toBe(5)
  })

  test('a width of 0 looks at nothing', async () => {
    asked.length = 0
    await open({ loud: summaryOf(20_000, 0.001) }, () => [topic('loud')], 0).look()
    expect(asked).toEqual([])
  })
})
