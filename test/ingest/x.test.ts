// The source of X over its double: what X refuses and how long we stay away, dead and dismissed connections, slow consumers,
// and rules that change without a gap.
import { describe, expect, test } from 'vitest'
import { published } from '../../ingest/xBackoff.ts'
import { until } from '../contract/source.ts'
import { planPosts } from '../doubles/xPosts.ts'
import { ferries, idsOf, streamPath, xWorld } from '../doubles/xReading.ts'

const x = xWorld()

describe('what X refuses', () => {
  test('429 is waited out until its reset, and never less than a minute', async () => {
    const reset = String(Math.floor(Date.now() / 1_000) + 400)
    const limit = { 'x-rate-limit-limit': '50', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset }
    x.once(streamPath, { status: 429, headers: limit, body: { title: 'Too Many Requests' } })
    const reading = x.read({ pauses: published })
    await x.live()
    expect(reading.slept).toHaveLength(1)
    expect(reading.slept[0]).toBeGreaterThan(398_000)
    expect(reading.slept[0]).toBeLessThan(402_000)
  })

  test('429 without a reset doubles from a minute; 503 from five seconds', async () => {
    x.once(streamPath, { status: 429, body: { title: 'Too Many Requests' } }, 3)
    const reading = x.read({ pauses: published })
    await x.live()
    expect(reading.slept).toEqual([60_000, 120_000, 240_000])
    x.once(streamPath, { status: 503 }, 4)
    x.double.cut()
    await until(() => reading.slept.length === 8)
    await x.live()
    expect(reading.slept.slice(4)).toEqual([5_000, 10_000, 20_000, 40_000])
  })

  test('a second connection is refused, and the words of X are said', async () => {
    const first = x.read()
    await x.live()
    const second = x.read()
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
    x.double.refuse = () => ({ status, body: { title: 'Forbidden', detail: 'a text of X' } })
    const reading = x.read()
    await until(() => reading.slept.length > 2)
    expect(reading.status()).toMatchObject({ state: 'failed', detail: expect.stringContaining(advice) })
    expect(reading.status().detail).not.toContain('a text of X')
    x.double.refuse = () => null
    await x.live()
  })

  test('an X that is not there is tried again, a quarter of a second longer each time', async () => {
    const { url: host } = x.double
    await x.double[Symbol.asyncDispose]()
    const reading = x.read({ host, pauses: published })
    await until(() => reading.slept.length === 4)
    expect(reading.slept).toEqual([0, 250, 500, 750])
    expect(reading.keep.value).toBe(null)
  })
})

describe('a connection', () => {
  test('without a byte for too long is dead', async () => {
    const reading = x.read({ stallMs: 60 })
    await x.live()
    x.double.mute = true
    await until(() => reading.slept.length > 0)
    x.double.mute = false
    x.double.options.keepAliveMs = 20
    await until(() => reading.status().state !== 'connecting')
  })

  test('that X ends with its word is made again at once, and the word is told', async () => {
    const noted: object[] = []
    const reading = x.read({ note: (_, fields) => noted.push(fields) })
    await x.live()
    const [first] = x.post(1)
    await until(() => reading.posts().length === 1)
    x.double.dismiss({
      errors: [{ title: 'operational-disconnect', disconnect_type: 'UpstreamOperationalDisconnect' }],
    })
    await until(() => noted.some((fields) => 'reason' in fields))
    await x.live()
    expect(noted).toContainEqual(expect.objectContaining({ reason: 'UpstreamOperationalDisconnect', waitMs: 0 }))
    const [second] = x.post(1)
    await until(() => reading.posts().length === 2)
    expect(idsOf(reading.posts())).toEqual(idsOf([first!, second!]))
    expect(reading.status().drops).toEqual({})
  })

  test('cut in the middle of a line loses nothing: what it hid is looked up', async () => {
    const reading = x.read()
    await x.live()
    const before = x.post(20)
    await until(() => reading.posts().length === 20)
    x.double.cut()
    const hidden = x.post(250)
    await until(() => reading.posts().length === 270)
    expect(idsOf(reading.posts())).toEqual(idsOf([...before, ...hidden]))
    expect(reading.gaps()).toEqual([])
    expect(x.double.requests.filter((path) => path.startsWith('GET /2/tweets/search/recent'))).toHaveLength(3)
    await until(() => reading.status().state === 'live')
  })

  test('splits characters anywhere: they come whole', async () => {
    const reading = x.read()
    await x.live()
    const [one] = planPosts({ seed: 1, count: 1, fromMs: Date.now(), stepMs: 1 })
    const data = { id: one!.id, text: 'ferry ⛴ 渡し船', author_id: '7', created_at: new Date().toISOString() }
    const bytes = Buffer.from(`${JSON.stringify({ data, matching_rules: [] })}\r\n`)
    for (const byte of bytes) {
      x.double.say(Buffer.from([byte]) as unknown as string)
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
    const reading = x.read({ inFlight: 50, pace: slow, batchLimit: 10 })
    await until(() => reading.batches.length === 1)
    isSlow = false
    await x.live()
    isSlow = true
    const posts = x.post(400)
    await until(() => x.double.readers === 0)
    isSlow = false
    await until(() => reading.posts().length === 400)
    expect(idsOf(reading.posts())).toEqual(idsOf(posts))
  })
})

describe('rules', () => {
  const added = () => x.double.changes.flatMap(({ add = [] }) => add.map(({ value, tag }) => `${tag} ${value}`))

  test('change without a gap: the new one is there before the old one goes, and no other connection is made', async () => {
    const foreign = { id: '5', value: 'somebody else', tag: 'theirs' }
    x.double.rules.set('5', foreign)
    const reading = x.read({ lingerMs: 40 })
    await x.live()
    reading.rule({ topic: 'ferries', value: 'ferry OR boat' }, { topic: 'trains', value: 'train' })
    await until(() => [...x.double.rules.values()].some(({ value }) => value === 'train'))
    expect([...x.double.rules.values()].map(({ value }) => value)).toContain('ferry')
    await until(() => ![...x.double.rules.values()].some(({ value }) => value === 'ferry'))
    expect(x.double.changes.map((change) => Object.keys(change)[0])).toEqual(['add', 'add', 'delete'])
    expect(added()).toEqual([
      ...['undercurrent:ferries ferry', 'undercurrent:ferries ferry OR boat', 'undercurrent:trains train'],
    ])
    expect(x.double.rules.get('5')).toBe(foreign)
    expect(x.double.requests.filter((path) => path.startsWith(`${streamPath}?`))).toHaveLength(1)
  })

  test('of a topic that is dropped go at once; with none left nothing is read, and a new one starts it again', async () => {
    const reading = x.read({ lingerMs: 60_000 })
    await x.live()
    reading.rule()
    await until(() => x.double.rules.size === 0 && x.double.readers === 0)
    await until(() => reading.status().state === 'off')
    expect(reading.status().detail).toBe('No topic is read on X.')
    reading.rule(ferries)
    await x.live()
    expect(reading.gaps()).toEqual([])
  })

  test('that X refuses are told by topic, and the others are read', async () => {
    const broken = { topic: 'broken', value: '(ferry' }
    const reading = x.read({ rules: () => [broken, ferries, { topic: 'long', value: `ferry ${'x'.repeat(1_024)}` }] })
    await x.live()
    x.post(1)
    await until(() => reading.posts().length === 1)
    const { detail } = reading.status()
    expect(detail).toContain('X refuses the rule of topic "broken" (Unbalanced parentheses): change its query.')
    expect(detail).toContain('X refuses the rule of topic "long" (Rule length exceeds maximum)')
    expect(detail).toMatch(/^Receiving posts of 3 topics\. \$0\.0\d of \$1,000 spent today/)
  })

  test('are put right when somebody else takes them away', async () => {
    x.read({ checkMs: 30 })
    await x.live()
    x.double.rules.clear()
    await until(() => x.double.rules.size === 1)
  })

  test('with sample: say how likely a post was seen; a post that was looked up was not drawn', async () => {
    const reading = x.read({ rules: () => [{ topic: 'ferries', value: 'ferry sample:25' }] })
    await x.live()
    x.post(200)
    await until(() => reading.posts().length > 20)
    expect(reading.posts().every(({ inclusion }) => inclusion === 0.25)).toBe(true)
    const drawn = reading.posts().length
    x.double.cut()
    const hidden = x.post(30)
    await until(() => reading.posts().length >= drawn + 30)
    const found = reading.posts().filter(({ id }) => hidden.some((one) => one.id === id))
    expect(found).toHaveLength(30)
    expect(found.every((one) => !('inclusion' in one))).toBe(true)
  })
})
