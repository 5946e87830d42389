// The source of X over its double: what X refuses and how long we stay away, dead and dismissed connections, rules that
// change without a gap, slow consumers, short and long gaps, and the money: what the status says, where the gap is.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import { published } from '../../ingest/xBackoff.ts'
import { until } from '../contract/source.ts'
import { type Refusal, XDouble } from '../doubles/x.ts'
import { keepInMemory } from '../doubles/xKeep.ts'
import { planPosts } from '../doubles/xPosts.ts'
import { ferries, type Reading, type ReadingOptions, readX } from '../doubles/xReading.ts'

let double: XDouble
let readings: Reading[]
beforeEach(async () => {
  double = await XDouble.start({ seed: 1 })
  readings = []
})
afterEach(async () => {
  for (const reading of readings) await reading.stop()
  await double[Symbol.asyncDispose]()
})
function read(options: ReadingOptions = {}): Reading {
  const reading = readX(double, options)
  readings.push(reading)
  return reading
}
let nr = 0
const post = (count: number, word = 'ferry') => {
  const posts = planPosts({ seed: ++nr, count, fromMs: double.options.now() - count, stepMs: 1, word })
  double.publish(...posts)
  return posts
}
const live = () => until(() => double.readers === 1)
const idsOf = (posts: { id: string }[]) => posts.map(({ id }) => id).sort()
const once = (path: string, refusal: Refusal, times = 1) => {
  let left = times
  double.refuse = (asked) => (asked === path && left-- > 0 ? refusal : null)
}
const streamPath = 'GET /2/tweets/search/stream'

describe('what X refuses', () => {
  test('429 is waited out until its reset, and never less than a minute', async () => {
    const reset = String(Math.floor(Date.now() / 1_000) + 400)
    const limit = { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset }
    once(streamPath, { status: 429, headers: limit, body: { title: 'Too Many Requests' } })
    const reading = read({ pauses: published })
    await live()
    expect(reading.slept).toHaveLength(1)
    expect(reading.slept[0]).toBeGreaterThan(398_000)
    expect(reading.slept[0]).toBeLessThan(402_000)
  })

  test('429 without a reset doubles from a minute; 503 from five seconds', async () => {
    once(streamPath, { status: 429, body: { title: 'Too Many Requests' } }, 3)
    const reading = read({ pauses: published })
    await live()
    expect(reading.slept).toEqual([60_000, 120_000, 240_000])
    once(streamPath, { status: 503 }, 4)
    double.cut()
    await until(() => reading.slept.length === 8)
    await live()
    expect(reading.slept.slice(4)).toEqual([5_000, 10_000, 20_000, 40_000])
  })

  test('a second connection is refused, and the words of X are said', async () => {
    const first = read()
    await live()
    const second = read()
    await until(() => second.status().detail.includes('TooManyConnections'))
    expect(second.status().detail).toMatch(/^X: X answered 429 TooManyConnections\. Trying again in \d+ s\./)
    await first.stop()
    await until(() => second.status().state === 'live')
  })

  test.each([
    [401, 'Check UNDERCURRENT_X_TOKEN'],
    [403, 'has no credits left'],
    [402, 'has no credits left'],
  ])('%i is tried again, and says what to do', async (status, advice) => {
    double.refuse = () => ({ status, body: { title: 'Forbidden', detail: 'a text of X' } })
    const reading = read()
    await until(() => reading.slept.length > 2)
    expect(reading.status()).toMatchObject({ state: 'failed', detail: expect.stringContaining(advice) })
    expect(reading.status().detail).not.toContain('a text of X')
    double.refuse = () => null
    await live()
  })

  test('an X that is not there is tried again, a quarter of a second longer each time', async () => {
    const { url: host } = double
    await double[Symbol.asyncDispose]()
    const reading = read({ host, pauses: published })
    await until(() => reading.slept.length === 4)
    expect(reading.slept).toEqual([0, 250, 500, 750])
    expect(reading.keep.value).toBe(null)
  })
})

describe('a connection', () => {
  test('without a byte for too long is dead', async () => {
    const reading = read({ stallMs: 60 })
    await live()
    double.mute = true
    await until(() => reading.slept.length > 0)
    double.mute = false
    double.options.keepAliveMs = 20
    await until(() => reading.status().state !== 'connecting')
  })

  test('that X ends with its word is made again at once, and the word is told', async () => {
    const noted: object[] = []
    const reading = read({ note: (_, fields) => noted.push(fields) })
    await live()
    const [first] = post(1)
    await until(() => reading.posts().length === 1)
    double.dismiss({ errors: [{ title: 'operational-disconnect', disconnect_type: 'UpstreamOperationalDisconnect' }] })
    await until(() => noted.some((fields) => 'reason' in fields))
    await live()
    expect(noted).toContainEqual(expect.objectContaining({ reason: 'UpstreamOperationalDisconnect', waitMs: 0 }))
    const [second] = post(1)
    await until(() => reading.posts().length === 2)
    expect(idsOf(reading.posts())).toEqual(idsOf([first!, second!]))
    expect(reading.status().drops).toEqual({})
  })

  test('cut in the middle of a line loses nothing: what it hid is looked up', async () => {
    const reading = read()
    await live()
    const before = post(20)
    await until(() => reading.posts().length === 20)
    double.cut()
    const hidden = post(250)
    await until(() => reading.posts().length === 270)
    expect(idsOf(reading.posts())).toEqual(idsOf([...before, ...hidden]))
    expect(reading.gaps()).toEqual([])
    expect(double.requests.filter((path) => path.startsWith('GET /2/tweets/search/recent'))).toHaveLength(3)
    await until(() => reading.status().state === 'live')
  })

  test('splits characters anywhere: they come whole', async () => {
    const reading = read()
    await live()
    const [one] = planPosts({ seed: 1, count: 1, fromMs: Date.now(), stepMs: 1 })
    const data = { id: one!.id, text: 'ferry ⛴ 渡し船', author_id: '7', created_at: new Date().toISOString() }
    const bytes = Buffer.from(`${JSON.stringify({ data, matching_rules: [] })}\r\n`)
    for (const byte of bytes) {
      double.say(Buffer.from([byte]) as unknown as string)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => reading.posts().length === 1)
    expect(reading.posts()[0]!.text).toBe('ferry ⛴ 渡し船')
  })

  test('of a slow consumer is given up, and the rest is looked up at its pace', async () => {
    let isSlow = true
    const slow = async () => {
      while (isSlow) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const reading = read({ inFlight: 50, pace: slow, batchLimit: 10 })
    await until(() => reading.batches.length === 1)
    isSlow = false
    await live()
    isSlow = true
    const posts = post(400)
    await until(() => double.readers === 0)
    isSlow = false
    await until(() => reading.posts().length === 400)
    expect(idsOf(reading.posts())).toEqual(idsOf(posts))
  })
})

describe('rules', () => {
  const added = () => double.changes.flatMap(({ add = [] }) => add.map(({ value, tag }) => `${tag} ${value}`))

  test('change without a gap: the new one is there before the old one goes, and no other connection is made', async () => {
    const foreign = { id: '5', value: 'somebody else', tag: 'theirs' }
    double.rules.set('5', foreign)
    const reading = read({ lingerMs: 40 })
    await live()
    reading.rule({ topic: 'ferries', value: 'ferry OR boat' }, { topic: 'trains', value: 'train' })
    await until(() => [...double.rules.values()].some(({ value }) => value === 'train'))
    expect([...double.rules.values()].map(({ value }) => value)).toContain('ferry')
    await until(() => ![...double.rules.values()].some(({ value }) => value === 'ferry'))
    expect(double.changes.map((change) => Object.keys(change)[0])).toEqual(['add', 'add', 'delete'])
    expect(added()).toEqual([
      ...['undercurrent:ferries ferry', 'undercurrent:ferries ferry OR boat', 'undercurrent:trains train'],
    ])
    expect(double.rules.get('5')).toBe(foreign)
    expect(double.requests.filter((path) => path.startsWith(`${streamPath}?`))).toHaveLength(1)
  })

  test('of a topic that is dropped go at once; with none left nothing is read, and a new one starts it again', async () => {
    const reading = read({ lingerMs: 60_000 })
    await live()
    reading.rule()
    await until(() => double.rules.size === 0 && double.readers === 0)
    await until(() => reading.status().state === 'off')
    expect(reading.status().detail).toBe('No topic is read on X.')
    reading.rule(ferries)
    await live()
    expect(reading.gaps()).toEqual([])
  })

  test('that X refuses are told by topic, and the others are read', async () => {
    const broken = { topic: 'broken', value: '(ferry' }
    const reading = read({ rules: () => [broken, ferries, { topic: 'long', value: `ferry ${'x'.repeat(1_024)}` }] })
    await live()
    post(1)
    await until(() => reading.posts().length === 1)
    const { detail } = reading.status()
    expect(detail).toContain('X refuses the rule of topic "broken" (Unbalanced parentheses): change its query.')
    expect(detail).toContain('X refuses the rule of topic "long" (Rule length exceeds maximum)')
    expect(detail).toMatch(/^Receiving posts of 3 topics\. \$0\.0\d of \$1000 spent today/)
  })

  test('are put right when somebody else takes them away', async () => {
    read({ checkMs: 30 })
    await live()
    double.rules.clear()
    await until(() => double.rules.size === 1)
  })

  test('with sample: say how likely a post was seen; a post that was looked up was not drawn', async () => {
    const reading = read({ rules: () => [{ topic: 'ferries', value: 'ferry sample:25' }] })
    await live()
    post(200)
    await until(() => reading.posts().length > 20)
    expect(reading.posts().every(({ inclusion }) => inclusion === 0.25)).toBe(true)
    const drawn = reading.posts().length
    double.cut()
    const hidden = post(30)
    await until(() => reading.posts().length >= drawn + 30)
    const found = reading.posts().filter(({ id }) => hidden.some((one) => one.id === id))
    expect(found).toHaveLength(30)
    expect(found.every((one) => !('inclusion' in one))).toBe(true)
  })
})

describe('a gap', () => {
  const minutes = 60_000

  test('that is too long is told, not looked up', async () => {
    const from = Date.now() - 20 * minutes
    const reading = read({ cursor: JSON.stringify({ id: null, at: from }) })
    await until(() => reading.gaps().length === 1)
    expect(reading.gaps()[0]).toMatchObject({ from: new Date(from).toISOString(), source: 'x' })
    expect(Date.parse(reading.gaps()[0]!.to)).toBeGreaterThan(Date.now() - 3_000)
    expect(double.written.search).toBe(0)
    expect(JSON.parse(reading.cursor()!).at).toBeGreaterThan(from + 19 * minutes)
  })

  test('that is short is looked up after a restart, and the cursor waits for it', async () => {
    const first = read()
    await live()
    post(3)
    await until(() => first.posts().length === 3)
    await first.stop()
    await until(() => double.readers === 0)
    const hidden = post(5)
    const second = read({ cursor: first.cursor(), settleMs: 150, keep: first.keep })
    await live()
    post(2)
    await until(() => second.posts().length === 2)
    expect(second.cursor()).toBe(first.cursor())
    await until(() => second.posts().length >= 7)
    expect(idsOf(second.posts())).toEqual(expect.arrayContaining(idsOf(hidden)))
    await until(() => second.cursor() !== first.cursor())
  })

  test('whose look-up X fails for good is told', async () => {
    const at = Date.now() - 5 * minutes
    once('GET /2/tweets/search/recent', { status: 503 }, 100)
    const reading = read({ cursor: JSON.stringify({ id: null, at }) })
    await until(() => reading.gaps().length === 1)
    expect(reading.gaps()[0]).toMatchObject({ from: new Date(at).toISOString(), reason: 'could not be looked up' })
  })

  test('a quiet stream saves its place', async () => {
    const reading = read({ heartbeatMs: 20 })
    await live()
    await until(() => reading.batches.length > 4)
    expect(reading.changes()).toEqual([])
    const places = reading.batches.map(({ cursor }) => JSON.parse(cursor!).at)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places.at(-1)).toBeGreaterThan(places[0])
  })
})

describe('money', () => {
  /** X's day ends in so long; its clock and ours can be moved on. */
  const atDayEnd = (leftMs: number) => {
    let ahead = Date.UTC(2026, 11, 1) - leftMs - Date.now()
    const steady = [0, 1].map(() => () => performance.now() + ahead)
    double.options.now = () => Date.now() + ahead
    return { steady, pass: (ms: number) => (ahead += ms) }
  }

  test('that is spent ends the stream, says so, tells the gap while it grows, and goes on the next day', async () => {
    const { steady, pass } = atDayEnd(3 * 3_600_000)
    const limits = { daily: 10, monthly: 100, inFlight: 500, step: 100 }
    const reading = read({ ...limits, steady, stretchMs: 600_000 })
    await live()
    let sent = 0
    while (double.readers === 1) {
      sent += post(50).length
      await until(() => reading.posts().length === sent || double.readers === 0)
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
    await live()
    expect(reading.gaps().at(-1)!.to).toBe('2026-12-01T00:00:00.000Z')
    const had = reading.posts().length
    post(2)
    await until(() => reading.posts().length >= had + 2)
  })

  test('that is spent for the month says until when', async () => {
    const { steady } = atDayEnd(3_600_000)
    const keep = keepInMemory()
    keep.value = JSON.stringify({ '2026-11': 100_000_000 })
    const reading = read({ steady, daily: 10, monthly: 100, keep })
    await until(() => reading.status().state === 'stalled')
    expect(reading.status().detail).toContain(
      'The monthly limit of $100 is reached; reading goes on at 00:00 UTC on 2026-12-01.',
    )
    expect(double.requests.some((path) => path.startsWith(`${streamPath}?`))).toBe(false)
  })

  test('for a look-up that ends midway leaves the rest a gap', async () => {
    const at = Date.now() - 60_000
    double.publish(...planPosts({ seed: 9, count: 900, fromMs: at + 1, stepMs: 50 }))
    const reading = read({ cursor: JSON.stringify({ id: null, at }), daily: 6, inFlight: 500, step: 100 })
    await until(() => reading.gaps().length === 1)
    const [gap] = reading.gaps()
    expect(gap!.from).toBe(new Date(at).toISOString())
    const oldest = Math.min(...reading.posts().map((one) => Date.parse(one.at)))
    expect(Date.parse(gap!.to)).toBe(oldest)
    expect(reading.posts().length).toBeGreaterThan(400)
    expect(double.written.search).toBeLessThanOrEqual(700)
  })

  test('is reserved before the stream is asked for, and not asked for where that fails', async () => {
    const keep = keepInMemory()
    keep.isBroken = true
    const reading = read({ keep })
    await until(() => reading.slept.length > 2)
    expect(reading.status().detail).toContain('what is spent could not be written down')
    expect(double.requests.some((path) => path.startsWith(`${streamPath}?`))).toBe(false)
    keep.isBroken = false
    await live()
    expect(Object.values(JSON.parse(keep.value!))[0]).toBe(3_000_000)
  })

  test('is given back on a clean stop, but for what can have been under way', async () => {
    const reading = read()
    await live()
    post(10)
    await until(() => reading.posts().length === 10)
    await reading.stop()
    expect(Object.values(JSON.parse(reading.keep.value!))[0]).toBe(510 * 5_000)
  })

  test('too little to read a single post is told at once', async () => {
    const reading = read({ daily: 2 })
    await until(() => reading.error !== undefined)
    expect(reading.error).toBeInstanceOf(UserError)
    expect((reading.error as UserError).message).toBe(
      'sources.x may spend $2, and up to 500 posts can be under way at a time',
    )
    expect((reading.error as UserError).hint).toBe('Set daily and monthly to at least $3, or x: false')
  })

  test('is counted for what is of no use, too', async () => {
    double.junk = ['nonsense']
    const reading = read()
    await live()
    post(1)
    await until(() => reading.posts().length === 1)
    expect(reading.status().drops).toEqual({ malformed: 1 })
    expect(reading.status().detail).toContain('$0.01 of $1000 spent today')
  })
})
