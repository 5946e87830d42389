// How often one may ask: buckets on a clock that the test moves, and over a real socket bound as beyond loopback, where
// each key and each address has its own, the key of all has none, and nobody on loopback is ever refused.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Limits, neighbourhood, openLimiter } from '../../dashboards/limits.ts'
import { listen } from '../../dashboards/server.ts'
import { metrics } from '../../metrics.ts'
import { key as master, openWorld, talks, type World } from './world.ts'

let now = Date.parse('2026-05-01T12:00:00.000Z')
const clock = () => now
const limits: Limits = { usual: { perSecond: 2, burst: 10 }, costly: { perSecond: 0.5, burst: 3 } }

describe('a bucket', () => {
  test('lets a burst through, then the rate, and says how long to wait', () => {
    const take = openLimiter(limits, clock)
    const many = (count: number) => Array.from({ length: count }, () => take('a', 'usual'))
    expect(many(10)).toEqual(Array(10).fill(0))
    expect(many(2)).toEqual([500, 500])
    now += 499
    expect(take('a', 'usual')).toBeCloseTo(1, 6)
    now += 1
    expect(many(2)).toEqual([0, 500])
    now += 3_000
    expect(many(7)).toEqual([0, 0, 0, 0, 0, 0, 500])
  })

  test('holds no more than the burst, however long nobody asked', () => {
    const take = openLimiter(limits, clock)
    take('a', 'usual')
    now += 86_400_000
    expect(Array.from({ length: 11 }, () => take('a', 'usual')).filter((waitMs) => waitMs > 0)).toHaveLength(1)
  })

  test('is one for each caller and each rate', () => {
    const take = openLimiter(limits, clock)
    for (let nr = 0; nr < 3; nr++) expect(take('a', 'costly')).toBe(0)
    expect(take('a', 'costly')).toBe(2_000)
    expect([take('a', 'usual'), take('b', 'costly')]).toEqual([0, 0])
  })

  test('neither fills nor empties when the clock is set back', () => {
    const take = openLimiter(limits, clock)
    for (let nr = 0; nr < 10; nr++) take('a', 'usual')
    now -= 3_600_000
    expect(take('a', 'usual')).toBe(500)
    now += 500
    expect(take('a', 'usual')).toBe(0)
    now += 3_600_000
  })

  test('a burst below one still lets one through', () => {
    const take = openLimiter({ ...limits, usual: { perSecond: 1, burst: 0.1 } }, clock)
    expect([take('a', 'usual'), take('a', 'usual')]).toEqual([0, 1_000])
  })

  test('is forgotten when ten thousand others asked since', () => {
    const take = openLimiter(limits, clock)
    for (const name of ['old', 'kept']) for (let nr = 0; nr < 3; nr++) take(name, 'costly')
    for (let nr = 0; nr < 9_999; nr++) {
      take(`other ${nr}`, 'costly')
      if (nr === 5_000) expect(take('kept', 'costly')).toBeGreaterThan(0)
    }
    expect(take('kept', 'costly')).toBeGreaterThan(0)
    expect(take('old', 'costly')).toBe(0)
  })
})

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', ''],
])('who asks from %j is known as %j', (address, known) => {
  expect(neighbourhood(address)).toBe(known)
})

describe('over a socket', () => {
  let world: World
  let url: string
  const keys: string[] = []
  beforeAll(async () => {
    world = await openWorld({ binding: { host: '0.0.0.0', limits }, served: { now: clock } })
    url = world.url.replace('0.0.0.0', '127.0.0.1')
    await ask('/v1/topics', master, { ...talks, public: true })
    for (const name of ['a', 'b']) {
      const made = await ask('/v1/keys', master, { name, scopes: ['read'] })
      keys.push(((await made.json()) as { key: string }).key)
    }
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    now += 60_000
  })
  const ask = (path: string, key?: string, body?: object) =>
    fetch(url + path, {
      method: body ? 'POST' : 'GET',
      headers: { ...(key && { authorization: `Bearer ${key}` }), 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    })
  const statuses = async (count: number, path: string, key?: string) => {
    const found: number[] = []
    for (let nr = 0; nr < count; nr++) found.push((await ask(path, key)).status)
    return found
  }
  const refused = async (rate: string) =>
    (await metrics.limited.get()).values.find(({ labels }) => labels.rate === rate)?.value ?? 0

  test('a key that asks too often gets a 429 that says when to ask again; another key does not', async () => {
    const before = await refused('usual')
    expect(await statuses(10, '/v1/views', keys[0])).toEqual(Array(10).fill(200))
    const late = await ask('/v1/views', keys[0])
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '1'])
    expect(late.headers.get('content-type')).toBe('application/problem+json')
    expect(await late.json()).toMatchObject({ status: 429, detail: expect.stringContaining('in 1 s') })
    expect(await refused('usual')).toBe(before + 1)
    expect((await ask('/v1/views', keys[1])).status).toBe(200)
    now += 500
    expect(await statuses(2, '/v1/views', keys[0])).toEqual([200, 429])
  })

  test.each([
    '/v1/topics/talks/export',
    '/v1/topics/talks/themes',
    '/v1/compare?topics=talks',
    '/v1/topics/none/campaigns',
  ])('costly questions have less: %s', async (path) => {
    const before = await refused('costly')
    const found = await statuses(4, path, keys[0])
    expect(found.map((status) => status === 429)).toEqual([false, false, false, true])
    expect(await refused('costly')).toBe(before + 1)
    expect((await ask(path, keys[0])).headers.get('retry-after')).toBe('2')
    expect((await ask('/v1/views', keys[0])).status).toBe(200)
  })

  test('a preview is costly, too', async () => {
    const found: number[] = []
    for (let nr = 0; nr < 4; nr++) found.push((await ask('/v1/topics/preview', keys[1], { query: 'talks' })).status)
    expect(found).toEqual([200, 200, 200, 429])
  })

  test('whoever gives no key, or a wrong one, is limited by address, also on what is open to all', async () => {
    const open = '/v1/topics/talks/perspective'
    expect(await statuses(4, open)).toEqual(Array(4).fill(200))
    expect(await statuses(4, '/v1/views')).toEqual(Array(4).fill(401))
    expect(await statuses(4, '/v1/views', 'uc_guess')).toEqual([401, 401, 429, 429])
    expect((await ask(open)).status).toBe(429)
    const claimed = await fetch(url + open, { headers: { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' } })
    expect(claimed.status).toBe(429)
    expect(await statuses(5, '/healthz')).toEqual(Array(5).fill(200))
    expect((await ask('/v1/views', keys[0])).status).toBe(200)
  })

  test('boxes that everybody may read are not limited; those of a topic that is not public are, so that keys cannot be guessed there', async () => {
    await ask('/v1/topics', master, { ...talks, id: 'inner' })
    expect(await statuses(30, '/embed/talks.json')).toEqual(Array(30).fill(200))
    expect(await statuses(30, '/embed.js')).toEqual(Array(30).fill(200))
    const guesses = await statuses(30, '/embed/inner.json', 'a guess')
    expect(guesses[0]).toBe(401)
    expect(guesses.at(-1)).toBe(429)
  })

  test('the key that may do everything is not limited', async () => {
    expect(await statuses(30, '/v1/views', master)).toEqual(Array(30).fill(200))
  })

  test('nobody is on loopback', async () => {
    const { signal } = new AbortController()
    const where = { host: '127.0.0.1', port: 0, hosts: [], key: master, limits, signal }
    await using local = await listen(world.served, where)
    url = local.url
    expect(await statuses(30, '/v1/views')).toEqual(Array(30).fill(200))
    expect(await statuses(6, '/v1/compare?topics=none')).toEqual(Array(6).fill(404))
  })
})
