// Feeds of sites over real sockets: what becomes a story, what is dropped and counted, what is asked the next time and
// when, and sites that are broken, hostile or somewhere else. The clock and the sleeps are the test's.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDial } from '../../dial.ts'
import {
  type FeedOutcome,
  type FeedRead,
  type FeedStory,
  type FollowOptions,
  followFeeds,
  readFeed,
  type TakeStories,
  unread,
} from '../../ingest/feed.ts'
import { speaksFor } from '../../ingest/homes.ts'
import { metrics } from '../../metrics.ts'
import type { Sleep } from '../../retry.ts'
import { openSite, type Reply, type Site, status } from '../doubles/site.ts'
import { openTime } from '../doubles/time.ts'

const start = Date.UTC(2026, 4, 1, 12)
const soon = { timeout: 10_000, interval: 5 }
let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site[Symbol.asyncDispose]())
beforeEach(() => void site.asked.splice(0))

const dial = openDial({ allow: ['127.0.0.1'] })
const read = (state = unread, path = '/feed'): Promise<FeedRead> =>
  readFeed(site.url + path, state, { dial, now: () => start })
const entry = (title: string, link: string, more = '') =>
  `<item><title>${title}</title><link>${link}</link>${more}</item>`
const rss = (...items: string[]) =>
  `<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>https://site.example</link><description>D</description>${items.join('')}</channel></rss>`
const answering =
  (body: string | Buffer, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'application/rss+xml', ...headers }).end(body)
const answer = (body: string | Buffer, headers?: Record<string, string>) => site.answer(answering(body, headers))
const dropsOf = async (reason: string) => {
  const { values } = await metrics.dropped.get()
  return values.find(({ labels }) => labels.source === 'feeds' && labels.reason === reason)?.value ?? 0
}

describe('an entry', () => {
  test('becomes a story: plain words, an absolute link, when it appeared', async () => {
    answer(
      rss(
        entry(
          'Talks &lt;b&gt;resume&lt;/b&gt; &amp;amp; rain',
          '/news/1?a=b#top',
          '<description><![CDATA[<p>In <i>short</i>.</p><script>alert(1)</script>]]></description><category>Peace</category><category>&lt;b&gt;Talks&lt;/b&gt;</category><category>Peace</category><pubDate>Fri, 01 May 2026 10:30:00 +0200</pubDate>',
        ),
      ),
    )
    const { outcome, stories } = await read()
    expect([outcome, stories]).toEqual([
      'fresh',
      [
        {
          ...{ url: `${site.url}/news/1?a=b`, headline: 'Talks resume & rain', summary: 'In short.' },
          ...{ tags: ['Peace', 'Talks'], at: '2026-05-01T08:30:00.000Z' },
        },
      ],
    ])
  })

  test.each([
    ['a link to script', entry('a', 'javascript:alert(1)'), 'bad_id'],
    ['a link with a password', entry('a', 'https://u:p@site.example/'), 'bad_id'],
    ['a link to a file', entry('a', 'file:///etc/passwd'), 'bad_id'],
    ['a link that is long', entry('a', `https://site.example/${'a'.repeat(3_000)}`), 'bad_id'],
    ['a link that is none', entry('a', 'http://['), 'bad_id'],
    ['no link', '<item><title>a</title></item>', 'bad_id'],
    ['no title', '<item><link>https://site.example/</link></item>', 'bad_text'],
    ['a title without words', entry('&lt;img src=x onerror=alert(1)&gt; \u200b', 'https://site.example/'), 'bad_text'],
  ])('with %s is dropped and counted', async (_, item, reason) => {
    const before = await dropsOf(reason)
    answer(rss(item, entry('good', 'https://site.example/good')))
    expect((await read()).stories.map(({ headline }) => headline)).toEqual(['good'])
    expect(await dropsOf(reason)).toBe(before + 1)
  })

  test.each([
    ['', start],
    ['soon', start],
    ['Fri, 01 May 2026 11:00:00 GMT', start - 3_600_000],
    ['2026-05-01T11:00:00Z', start - 3_600_000],
    ['Fri, 01 May 2026 20:00:00 GMT', start],
    ['Fri, 01 May 2099 12:00:00 GMT', start],
    ['Thu, 01 Jan 1970 00:00:00 GMT', start],
  ])('of %j appeared when it can have', async (date, at) => {
    answer(rss(entry('a', 'https://site.example/', `<pubDate>${date}</pubDate>`)))
    expect((await read()).stories[0]!.at).toBe(new Date(at).toISOString())
  })

  test('counts once for its link; a hundred are taken, the newest first', async () => {
    const items = Array.from({ length: 150 }, (_, at) =>
      entry(
        `story ${at}`,
        `https://site.example/${at}`,
        `<pubDate>${new Date(start - at * 60_000).toUTCString()}</pubDate>`,
      ),
    )
    answer(rss(...items.reverse(), entry('again', 'https://site.example/0')))
    const { stories } = await read()
    expect([stories.length, stories[0]!.headline, stories.at(-1)!.headline]).toEqual([100, 'story 0', 'story 99'])
  })
})

describe('the next read', () => {
  test('asks for what changed, and tells nothing twice', async () => {
    answer(rss(entry('one', 'https://site.example/1')), {
      etag: '"v1"',
      'last-modified': 'Fri, 01 May 2026 10:00:00 GMT',
    })
    const first = await read()
    expect(site.asked[0]!.headers).not.toHaveProperty('if-none-match')
    site.answer(status(304))
    const second = await read(first.state)
    expect(site.asked[1]!.headers).toMatchObject({
      ...{ 'if-none-match': '"v1"', 'if-modified-since': 'Fri, 01 May 2026 10:00:00 GMT' },
    })
    expect([second.outcome, second.stories, second.state]).toEqual(['unchanged', [], first.state])
    answer(rss(entry('one', 'https://site.example/1'), entry('two', 'https://site.example/2')))
    const third = await read(second.state)
    expect(third.stories.map(({ headline }) => headline)).toEqual(['two'])
    answer(rss(entry('one, corrected', 'https://site.example/1'), entry('two', 'https://site.example/2')))
    const fourth = await read(third.state)
    expect(fourth.stories.map(({ headline }) => headline)).toEqual(['one, corrected'])
    answer(rss(entry('one, corrected', 'https://site.example/1', '<category>Rain</category>')))
    expect((await read(fourth.state)).stories.map(({ tags }) => tags)).toEqual([['Rain']])
  })

  test.each([
    [{}, '', 0],
    [{ 'cache-control': 'public, max-age=900' }, '', 900_000],
    [{ 'cache-control': 'max-age=0, must-revalidate' }, '<ttl>30</ttl>', 1_800_000],
    [{ 'cache-control': 's-maxage=900' }, '', 0],
    [{ 'cache-control': 'max-age=999999999' }, '', 86_400_000],
    [{ 'retry-after': '120' }, '<ttl>1</ttl>', 120_000],
    [{}, '<ttl>-5</ttl>', 0],
    [{}, '<ttl>99999999</ttl>', 86_400_000],
  ] as [Record<string, string>, string, number][])(
    'waits as long as %j and %j ask: %i ms',
    async (headers, ttl, ms) => {
      answer(rss(ttl, entry('a', 'https://site.example/')), headers)
      expect((await read()).afterMs).toBe(ms)
    },
  )
})

describe('a site', () => {
  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('may answer in %s, and elsewhere', async (encoding, pack) => {
    site.answer((asked, response, request) =>
      asked.path === '/feed'
        ? void response.writeHead(301, { location: '/moved/feed.xml' }).end()
        : answering(pack(rss(entry('a', 'page'))), { 'content-encoding': encoding })(asked, response, request),
    )
    expect((await read()).stories[0]!.url).toBe(`${site.url}/moved/page`)
  })

  test.each([
    ['latin', Buffer.from(rss(entry('caf\u00e9', 'https://site.example/')), 'latin1'), 'café'],
    ['a mark', Buffer.from(`\ufeff${rss(entry('café', 'https://site.example/'))}`), 'café'],
    ['UTF-16', Buffer.from(`\ufeff${rss(entry('café', 'https://site.example/'))}`, 'utf16le'), 'café'],
  ])('may say utf-8 and send %s', async (_, body, headline) => {
    answer(body, { 'content-type': 'text/xml; charset=utf-8' })
    expect((await read()).stories[0]?.headline).toBe(headline)
  })

  test.each<[FeedOutcome, string, Reply]>([
    ['failed', '500', status(500)],
    ['failed', '429', status(429)],
    ['failed', '408', status(408)],
    ['failed', '425', status(425)],
    ['refused', '404', status(404)],
    ['refused', '204', status(204)],
    ['gone', '410', status(410)],
    ['not_public', 'leads inside', status(302, { location: 'http://169.254.169.254/latest' })],
    ['bad_scheme', 'leads to a file', status(302, { location: 'file:///etc/passwd' })],
    ['redirect', 'leads in a circle', status(302, { location: '/feed' })],
    ['malformed', 'is a page', answering('<!doctype html><p>Not found')],
    ['malformed', 'is nothing', answering('')],
    ['malformed', 'is no gzip', answering('plain', { 'content-encoding': 'gzip' })],
    ['too_large', 'is ten megabytes', answering(rss(entry('a', 'https://site.example/', 'x'.repeat(10_000_000))))],
    ['too_large', 'is a bomb', answering(gzipSync(Buffer.alloc(50_000_000, 'a')), { 'content-encoding': 'gzip' })],
    ['unreachable', 'hangs up', (_, response) => void response.destroy()],
  ])('%s: %s', async (outcome, _, reply) => {
    site.answer(reply)
    const state = { ...unread, etag: '"kept"' }
    const told = await read(state)
    expect([told.outcome, told.stories, told.state]).toEqual([outcome, [], state])
  })

  test('that ends in the middle of its feed gives what was whole, or nothing, and never half a story', async () => {
    const whole = rss(...['one', 'two', 'three'].map((title) => entry(title, `https://site.example/${title}`)))
    for (let length = 100; length < whole.length; length += 7) {
      answer(whole.slice(0, length))
      for (const { headline, url } of (await read()).stories) expect(url).toBe(`https://site.example/${headline}`)
    }
  })
})

describe('following', () => {
  const feed = (path: string, everyMs = 600_000) => ({ url: site.url + path, everyMs, approve: false })
  const run = (options: Partial<FollowOptions>) => {
    const [time, stop] = [openTime(start), new AbortController()]
    const taken: FeedStory[][] = []
    const slept: number[] = []
    const sleep: Sleep = (ms, signal) => {
      slept.push(ms)
      return time.sleep(ms, signal)
    }
    const noted: string[] = []
    const take: TakeStories = async (stories) => void taken.push(stories)
    const done = followFeeds(
      {
        ...{ feeds: [feed('/feed')], take, dial, now: time.now, sleep, random: () => 0.5 },
        note: (event, fields) => void noted.push(`${event} ${JSON.stringify(fields)}`),
        ...options,
      },
      stop.signal,
    )
    const end = async () => {
      stop.abort()
      await done
    }
    return { time, taken, slept, noted, [Symbol.asyncDispose]: end }
  }
  /** Lets what is ready happen. */
  const settle = async () => {
    for (let turn = 0; turn < 25; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const count = () => site.asked.length

  test('reads each feed in its time, and hands on what is new', async () => {
    answer(rss(entry('one', 'https://site.example/1')))
    await using following = run({})
    await expect.poll(() => following.taken.length, soon).toBe(1)
    answer(rss(entry('two', 'https://site.example/2')))
    following.time.advance(599_999)
    await settle()
    expect(count()).toBe(1)
    following.time.advance(1)
    await expect
      .poll(() => following.taken.map((stories) => stories.map(({ headline }) => headline)), soon)
      .toEqual([['one'], ['two']])
    following.time.advance(600_000)
    await expect.poll(count, soon).toBe(3)
    await settle()
    expect(following.taken).toHaveLength(2)
  })

  test('is never asked more often than every minute, nor sooner than it wants', async () => {
    answer(rss(entry('one', 'https://site.example/1')), { 'cache-control': 'max-age=300' })
    await using following = run({ feeds: [feed('/feed', 1)] })
    await expect.poll(() => following.taken.length, soon).toBe(1)
    await settle()
    following.time.advance(299_999)
    await settle()
    expect(count()).toBe(1)
    answer(rss(entry('one', 'https://site.example/1')))
    following.time.advance(1)
    await expect.poll(count, soon).toBe(2)
    await settle()
    following.time.advance(59_999)
    await settle()
    expect(count()).toBe(2)
    following.time.advance(1)
    await expect.poll(count, soon).toBe(3)
  })

  test('waits longer each time it fails, and is itself again when it does not', async () => {
    site.answer(status(500))
    await using following = run({})
    for (let reads = 1; reads <= 4; reads++) {
      await expect.poll(() => following.slept.length, soon).toBe(reads + 1)
      if (reads === 3) answer(rss(entry('back', 'https://site.example/1')))
      following.time.advance(following.slept.at(-1)!)
    }
    expect(following.slept.slice(1).map((ms) => ms / 60_000)).toEqual([15, 30, 60, 10])
    expect(following.noted).toHaveLength(3)
    expect(following.taken).toHaveLength(1)
    expect(following.noted[0]).toBe(`a feed was not read {"host":"127.0.0.1:${site.port}","outcome":"failed"}`)
  })

  test('ends with 410, and the others go on', async () => {
    site.answer(({ path }, response) => void response.writeHead(path === '/gone' ? 410 : 500).end())
    await using following = run({ feeds: [feed('/gone'), feed('/feed')] })
    await expect.poll(count, soon).toBe(1)
    following.time.advance(86_400_000)
    await expect.poll(() => following.slept.length, soon).toBe(3)
    following.time.advance(86_400_000)
    await expect.poll(() => site.asked.map(({ path }) => path), soon).toEqual(['/gone', '/feed', '/feed'])
  })

  test('what could not be taken is offered again', async () => {
    answer(rss(entry('one', 'https://site.example/1')))
    let fails = true
    const offered: string[] = []
    const take: TakeStories = async (stories, { approve }) => {
      offered.push(`${stories[0]!.headline} ${approve}`)
      if (fails) throw new Error('the log is busy')
    }
    await using following = run({ take })
    await expect.poll(() => following.slept.length, soon).toBe(2)
    fails = false
    following.time.advance(3_600_000)
    await expect.poll(() => offered, soon).toEqual(['one false', 'one false'])
    expect(following.noted[0]).toContain('will be offered again')
  })
})

test.each([
  ['https://site.example/feed.xml', 'https://site.example/1', true],
  ['https://feeds.site.example/all', 'https://www.site.example/1', true],
  ['https://site.example/feed.xml', 'https://blog.site.example/1', true],
  ['https://blog.site.example/feed.xml', 'https://site.example/1', false],
  ['https://site.example/feed.xml', 'https://other.example/1', false],
  ['https://site.example/feed.xml', 'https://site.example.other.example/1', false],
  ['https://ite.example/feed.xml', 'https://site.example/1', false],
])('a feed at %s speaks for %s: %s', (feed, address, does) => {
  expect(speaksFor(feed, address)).toBe(does)
})
