// Articles of feeds beyond the contract: what a restart remembers, whom it leaves in peace, and what its status says. Real
// sockets; the clock and the sleeps are the test's.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDial } from '../../dial.ts'
import { CorruptionError } from '../../errors.ts'
import { type ArticleOptions, articleSource } from '../../ingest/articles.ts'
import { standingOf } from '../../ingest/standing.ts'
import type { ArticleChange, Batch, Source } from '../../types.ts'
import { type Entry, type Feeds, openFeeds } from '../doubles/feeds.ts'
import { openTime, type Time } from '../doubles/time.ts'

const startMs = Date.UTC(2026, 4, 1, 12)
const soon = { timeout: 10_000, interval: 5 }
const dial = openDial({ allow: ['127.0.0.1'] })
let feeds: Feeds
let time: Time
beforeEach(async () => {
  feeds = await openFeeds()
  time = openTime(startMs)
})
afterEach(() => feeds[Symbol.asyncDispose]())

const entry = (path: string, headline: string, more: Partial<Entry> = {}): Entry => ({
  ...{ path, headline, at: new Date(startMs - 3_600_000).toISOString() },
  ...more,
})
const sourceOf = (paths = ['/feed'], more: Partial<ArticleOptions> = {}) =>
  articleSource({
    feeds: paths.map((path) => ({ url: feeds.url(path), everyMs: 600_000 })),
    ...{ dial, now: time.now, sleep: time.sleep, random: () => 0.5 },
    ...more,
  })

/** Takes what comes until it is stopped. */
function reading(source: Source, cursor: string | null = null) {
  const stop = new AbortController()
  const batches: Batch[] = []
  const done = (async () => {
    for await (const batch of source.read(cursor, stop.signal)) batches.push(batch)
  })()
  const headlines = () => batches.flatMap(({ changes }) => changes.map((change) => (change as ArticleChange).headline))
  const end = async () => {
    stop.abort()
    await done
  }
  return { batches, done, headlines, cursor: () => batches.at(-1)!.cursor, [Symbol.asyncDispose]: end }
}
/** Lets what is ready happen. */
const settle = async () => {
  for (let turn = 0; turn < 25; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
}
const count = () => feeds.site.asked.length

describe('an article', () => {
  test('is the address, its site, plain words and a time; the oldest is told first', async () => {
    feeds.publish('/feed', [
      entry('/b?utm_source=rss&id=2&utm_medium=x#top', 'Second', { at: new Date(startMs - 60_000).toISOString() }),
      entry('/a', 'First <i>one</i>', { summary: 'In short' }),
    ])
    await using read = reading(sourceOf())
    await expect.poll(() => read.batches.length, soon).toBe(1)
    const site = `127.0.0.1:${feeds.site.port}`
    const own = { op: 'article', source: 'feeds', site }
    expect(read.batches[0]!.changes).toEqual([
      {
        ...{ ...own, id: feeds.url('/a'), headline: 'First <i>one</i>', summary: 'In short' },
        at: '2026-05-01T11:00:00.000Z',
      },
      { ...own, id: feeds.url('/b?id=2'), headline: 'Second', summary: '', at: '2026-05-01T11:59:00.000Z' },
    ])
  })

  test('is told again where its words change, and not where nothing does', async () => {
    feeds.publish('/feed', [entry('/a', 'one'), entry('/b', 'two')])
    await using read = reading(sourceOf())
    await expect.poll(() => read.batches.length, soon).toBe(1)
    feeds.publish('/feed', [entry('/a', 'one'), entry('/b', 'two')])
    time.advance(600_000)
    await expect.poll(count, soon).toBe(2)
    await settle()
    feeds.publish('/feed', [entry('/a', 'one, corrected'), entry('/b', 'two')])
    time.advance(600_000)
    await expect.poll(() => read.headlines(), soon).toEqual(['two', 'one', 'one, corrected'])
  })
})

describe('what stands on the pages of a site', () => {
  test('is told by its own feed where that is read, and by others where it is not', async () => {
    const link = (host: string, title: string) => `<item><title>${title}</title><link>http://${host}/1</link></item>`
    feeds.publish('/strange', [])
    feeds.spoil(
      '/strange',
      link('news.site.example', 'not your words') + link('else.example', 'one') + link('127.0.0.1', 'own'),
    )
    feeds.publish('/own', [])
    feeds.spoil('/own', link('news.site.example', 'its own words'))
    const own = feeds.url('/own').replace('127.0.0.1', 'www.site.example')
    const all = [feeds.url('/strange'), own].map((url) => ({ url, everyMs: 600_000 }))
    const open = openDial({
      allow: ['127.0.0.1', 'www.site.example'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    await using read = reading(sourceOf([], { feeds: all, dial: open }))
    await expect.poll(() => read.headlines().sort(), soon).toEqual(['its own words', 'one', 'own'])
    await using alone = reading(sourceOf(['/strange']))
    await expect.poll(() => alone.headlines().sort(), soon).toEqual(['not your words', 'one', 'own'])
  })
})

describe('after a restart', () => {
  test('nothing is told twice, and a site is asked for what changed, when its time has come', async () => {
    feeds.publish('/feed', [entry('/a', 'one')])
    const first = reading(sourceOf())
    await expect.poll(() => first.batches.length, soon).toBe(1)
    await first[Symbol.asyncDispose]()
    time.advance(60_000)
    await using second = reading(sourceOf(), first.cursor())
    await settle()
    expect(count()).toBe(1)
    time.advance(540_000)
    await expect.poll(count, soon).toBe(2)
    expect(feeds.site.asked[1]!.headers['if-none-match']).toBe('"edition-1"')
    feeds.publish('/feed', [entry('/b', 'two'), entry('/a', 'one')])
    await settle()
    time.advance(600_000)
    await expect.poll(() => second.headlines(), soon).toEqual(['two'])
  })

  test('a site that asked to be left in peace still is', async () => {
    feeds.publish('/feed', [entry('/a', 'one')])
    feeds.retryAfter = '7200'
    feeds.trouble('/feed', 'busy')
    const first = reading(sourceOf())
    await expect.poll(() => first.batches.length, soon).toBe(1)
    expect(first.batches[0]).toMatchObject({ source: 'feeds', changes: [] })
    await first[Symbol.asyncDispose]()
    await using second = reading(sourceOf(), first.cursor())
    time.advance(7_199_999)
    await settle()
    expect(count()).toBe(1)
    time.advance(1)
    await expect.poll(() => second.headlines(), soon).toEqual(['one'])
  })

  test('a clock that was set back keeps nobody waiting for long', async () => {
    feeds.publish('/feed', [entry('/a', 'one')])
    const first = reading(sourceOf())
    await expect.poll(() => first.batches.length, soon).toBe(1)
    await first[Symbol.asyncDispose]()
    time = openTime(startMs - 30 * 86_400_000)
    await using second = reading(sourceOf(), first.cursor())
    await settle()
    time.advance(600_000)
    await expect.poll(count, soon).toBe(2)
    expect(second.batches).toEqual([])
  })

  test('a feed that is new in the configuration is read, and one that left is forgotten', async () => {
    feeds.publish('/feed', [entry('/a', 'one')])
    feeds.publish('/other', [entry('/b', 'two')])
    const first = reading(sourceOf())
    await expect.poll(() => first.batches.length, soon).toBe(1)
    await first[Symbol.asyncDispose]()
    await using second = reading(sourceOf(['/other']), first.cursor())
    await expect.poll(() => second.headlines(), soon).toEqual(['two'])
    expect(Object.keys(JSON.parse(second.cursor()!).feeds)).toHaveLength(1)
  })

  test.each(['', 'x', '{}', '{"format":2,"feeds":{}}', '[]'])(
    'a cursor that is not ours crashes: %j',
    async (cursor) => {
      const read = reading(sourceOf(), cursor)
      await expect(read.done).rejects.toThrow(CorruptionError)
    },
  )
})

test('the cursor stays small, whatever a feed lists, and holds no address', async () => {
  feeds.publish('/feed?key=secret', [])
  await using read = reading(sourceOf(['/feed?key=secret']))
  for (let round = 0; round < 8; round++) {
    const entries = Array.from({ length: 100 }, (_, nr) => entry(`/${round}/${nr}`, `story ${round} ${nr}`))
    feeds.publish('/feed?key=secret', entries)
    time.advance(round ? 600_000 : 0)
    if (!round) time.advance(600_000)
    await expect.poll(() => read.batches.length, soon).toBe(round + 1)
    await settle()
  }
  const cursor = read.cursor()!
  expect(cursor.length).toBeLessThan(7_000)
  expect(cursor).not.toMatch(/secret|127\.0\.0\.1/)
})

test('no more than four feeds are read before the consumer asks for more', async () => {
  const paths = Array.from({ length: 20 }, (_, nr) => `/${nr}`)
  for (const path of paths) feeds.publish(path, [entry(`${path}/a`, path)])
  const source = sourceOf(paths)
  const stop = new AbortController()
  const read = source.read(null, stop.signal)[Symbol.asyncIterator]()
  await read.next()
  await settle()
  expect(count()).toBeLessThanOrEqual(5)
  let taken = 1
  while (taken < 20 && !(await read.next()).done) taken++
  expect(count()).toBe(20)
  await read.return!()
  stop.abort()
})

describe('trouble', () => {
  test('of one feed is waited for longer each time, and the others go on', async () => {
    feeds.publish('/good', [entry('/a', 'one')])
    feeds.publish('/bad', [entry('/b', 'two')])
    feeds.trouble('/bad', 'down', 'cut', 'garbage')
    await using read = reading(sourceOf(['/good', '/bad']))
    await expect.poll(() => read.headlines(), soon).toEqual(['one'])
    const asked = () => feeds.site.asked.filter(({ path }) => path === '/bad').length
    // As seldom as backoffMs says, with chance in the middle: 15 min, 30 min, 60 min.
    for (const [nr, minutes] of [15, 30, 60].entries()) {
      await expect.poll(asked, soon).toBe(nr + 1)
      await settle()
      time.advance(minutes * 60_000 - 1)
      await settle()
      expect(asked()).toBe(nr + 1)
      time.advance(1)
    }
    await expect.poll(() => read.headlines(), soon).toEqual(['one', 'two'])
  })

  test('is told by host, with what to do, and never by address', async () => {
    feeds.publish('/good', [entry('/a', 'one')])
    feeds.publish('/down?key=secret', [])
    feeds.trouble('/down?key=secret', 'down')
    feeds.remove('/gone')
    const source = sourceOf(['/good', '/down?key=secret', '/gone', '/nowhere'])
    expect(source.status()).toMatchObject({ name: 'feeds', state: 'off', detail: 'Not started.' })
    await using _ = reading(source)
    await expect.poll(count, soon).toBe(4)
    await settle()
    const { state, detail, received, latest, gaps } = source.status()
    expect([state, received, latest, gaps]).toEqual(['live', 1, '2026-05-01T11:00:00.000Z', 0])
    expect(detail).toMatch(/^Reading 1 feed\. 3 feeds not read now: /)
    expect(detail).toContain('its site is in trouble, or asks us to wait; asked again at 12:15 UTC')
    expect(detail).toContain('gone for good: take it out of sources.feeds')
    expect(detail).toContain('its site refuses: check the address')
    expect(detail).not.toContain('secret')
  })

  test('that is for good ends the source, and says so', async () => {
    feeds.remove('/feed')
    const source = sourceOf()
    await reading(source).done
    expect(source.status()).toMatchObject({ state: 'failed', detail: expect.stringContaining('take them out') })
    const none = sourceOf([])
    await reading(none).done
    expect(none.status()).toMatchObject({ state: 'off', detail: 'No feed is configured (sources.feeds).' })
  })
})

test('a stopped source says so', async () => {
  feeds.publish('/feed', [entry('/a', 'one')])
  const source = sourceOf()
  const read = reading(source)
  await expect.poll(() => read.batches.length, soon).toBe(1)
  await read[Symbol.asyncDispose]()
  expect(source.status()).toMatchObject({ state: 'off', detail: 'Stopped.', received: 1 })
})

describe('standing', () => {
  const one = (host: string, outcome: Parameters<typeof standingOf>[0][number]['outcome']) => ({
    ...{ host, outcome, dueMs: startMs },
  })
  test('names three and counts the rest', () => {
    const many = Array.from({ length: 1_200 }, (_, nr) => one(`site${nr}.example`, 'timeout'))
    const { state, detail } = standingOf(many)
    expect(state).toBe('stalled')
    expect(detail.match(/site\d+\.example/g)).toHaveLength(3)
    expect(detail).toMatch(/1,200 feeds not read now: .*; and 1197 more\.$/)
  })
  test.each([
    ['connecting', [one('a', null), one('b', null)]],
    ['connecting', [one('a', 'failed'), one('b', null)]],
    ['live', [one('a', 'failed'), one('b', 'unchanged')]],
    ['live', [one('a', 'fresh'), one('b', null)]],
    ['stalled', [one('a', 'failed'), one('b', 'gone')]],
    ['failed', [one('a', 'gone')]],
  ] as const)('%s', (state, feeds) => {
    expect(standingOf(feeds).state).toBe(state)
  })
})
