// Gaps of the stream of X: short ones are looked up and the cursor waits for that, long ones and what X or the money do not
// let us look up are told.
import { describe, expect, test } from 'vitest'
import { until } from '../contract/source.ts'
import { planPosts } from '../doubles/xPosts.ts'
import { ferries, idsOf, xWorld } from '../doubles/xReading.ts'

const x = xWorld()

describe('a gap', () => {
  const minutes = 60_000

  test('that is too long is told, not looked up', async () => {
    const from = Date.now() - 20 * minutes
    const reading = x.read({ cursor: JSON.stringify({ id: null, at: from }) })
    await until(() => reading.gaps().length === 1)
    expect(reading.gaps()[0]).toMatchObject({ from: new Date(from).toISOString(), source: 'x' })
    expect(Date.parse(reading.gaps()[0]!.to)).toBeGreaterThan(Date.now() - 3_000)
    expect(x.double.written.search).toBe(0)
    expect(JSON.parse(reading.cursor()!).at).toBeGreaterThan(from + 19 * minutes)
  })

  test('that is short is looked up after a restart, and the cursor waits for it', async () => {
    const first = x.read()
    await x.live()
    x.post(3)
    await until(() => first.posts().length === 3)
    await first.stop()
    await until(() => x.double.readers === 0)
    const hidden = x.post(5)
    const second = x.read({ cursor: first.cursor(), settleMs: 150, keep: first.keep })
    await x.live()
    x.post(2)
    await until(() => second.posts().length === 2)
    expect(second.cursor()).toBe(first.cursor())
    await until(() => second.posts().length >= 7)
    expect(idsOf(second.posts())).toEqual(expect.arrayContaining(idsOf(hidden)))
    await until(() => second.cursor() !== first.cursor())
  })

  test('whose look-up X fails for good is told', async () => {
    const at = Date.now() - 5 * minutes
    x.once('GET /2/tweets/search/recent', { status: 503 }, 100)
    const reading = x.read({ cursor: JSON.stringify({ id: null, at }) })
    await until(() => reading.gaps().length === 1)
    expect(reading.gaps()[0]).toMatchObject({ from: new Date(at).toISOString(), reason: 'could not be looked up' })
  })

  test('of a topic whose rule is too long for a search is told, and the others are looked up', async () => {
    x.double.options.longestSearch = 100
    const at = Date.now() - 60_000
    x.double.publish(...planPosts({ seed: 9, count: 5, fromMs: at + 1, stepMs: 50 }))
    const long = { topic: 'long', value: `${'pier '.repeat(30)}"ferry"` }
    const reading = x.read({ cursor: JSON.stringify({ id: null, at }), rules: () => [long, ferries] })
    await until(() => reading.gaps().length === 1)
    expect(reading.gaps()[0]).toMatchObject({ from: new Date(at).toISOString(), reason: 'could not be looked up' })
    expect(reading.posts()).toHaveLength(5)
  })

  test('a quiet stream saves its place', async () => {
    const reading = x.read({ heartbeatMs: 20 })
    await x.live()
    await until(() => reading.batches.length > 4)
    expect(reading.changes()).toEqual([])
    const places = reading.batches.map(({ cursor }) => JSON.parse(cursor!).at)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places.at(-1)).toBeGreaterThan(places[0])
  })
})
