// Articles of feeds on the pages and in the API: counted apart, listed, paged, and never markup; over HTTP on the whole house.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Window } from '../../answers.ts'
import type { Articles } from '../../articles.ts'
import { storyIdOf } from '../../dashboards/story.ts'
import { openDial } from '../../dial.ts'
import { articleSource } from '../../ingest/articles.ts'
import { ingest } from '../../ingest/ingest.ts'
import type { ArticleChange } from '../../types.ts'
import { everything, fakeAlerts } from '../doubles/alerts.ts'
import { openFeeds } from '../doubles/feeds.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const nowMs = Date.now()
const hostile = `"><script>alert(1)</script> talks & <b>more</b> \u202e`
let world: World
const article = (nr: number, more: Partial<ArticleChange> = {}): ArticleChange => ({
  ...{ op: 'article', source: 'feeds', id: `https://news${nr % 5}.example/${nr}`, site: `news${nr % 5}.example` },
  ...{
    headline: `Envoys resume talks, part ${nr}`,
    summary: '',
    at: new Date(nowMs - (nr + 2) * 600_000).toISOString(),
  },
  ...more,
})
beforeAll(async () => {
  world = await openWorld({ served: { alerts: fakeAlerts(everything()) } })
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(60)))
  await world.write('POST', '/v1/topics', { id: 'quiet', name: 'Quiet', query: 'nobodysaysthis' })
  const changes = [
    ...Array.from({ length: 60 }, (_, nr) => article(nr)),
    article(60, { headline: hostile, at: new Date(nowMs - 601_000).toISOString() }),
    article(61, { id: 'javascript:alert(2)//talks', at: new Date(nowMs - 602_000).toISOString() }),
    article(62, { headline: 'Weather' }),
  ]
  await world.served.log.append({ source: 'feeds', changes, cursor: null })
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())
const page = async (path: string) => (await world.get(path)).text()
type Told = Articles & { window: Window }

describe('GET /v1/topics/:id/articles', () => {
  test('counts all of a window and gives them in pages, the newest first', async () => {
    const first = await world.read<Told>('/v1/topics/talks/articles?limit=40')
    expect(first).toMatchObject({ articles: 62, sites: 5 })
    expect(first.newest[0]).toEqual({
      ...{ url: 'https://news0.example/60', site: 'news0.example', headline: hostile },
      at: new Date(nowMs - 601_000).toISOString(),
    })
    const second = await world.read<Told>(`/v1/topics/talks/articles?limit=40&cursor=${first.next}`)
    expect([second.articles, second.newest.length, second.next]).toEqual([62, 22, null])
    const both = [...first.newest, ...second.newest].map(({ url }) => url)
    expect(new Set(both).size).toBe(62)
    const { from } = first.window
    const few = await world.read<Told>(
      `/v1/topics/talks/articles?from=${from}&to=${new Date(nowMs - 590 * 60_000).toISOString()}&limit=0`,
    )
    expect(few).toMatchObject({ articles: 2, newest: [], next: null })
  })

  test.each([
    ['/v1/topics/nothing/articles', 404],
    ['/v1/topics/talks/articles?limit=201', 400],
    ['/v1/topics/talks/articles?cursor=x', 400],
    ['/v1/topics/talks/articles?version=9', 404],
    ['/v1/topics/talks/articles?from=2026-01-02&to=2026-01-01', 400],
  ])('%s is a problem: %i', async (path, status) => {
    const answer = await world.get(path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  test('no article is a post: in no count, no search, no share', async () => {
    const { topics } = await world.read<{ topics: { id: string; posts: number }[] }>('/v1/topics')
    expect(topics.find(({ id }) => id === 'talks')!.posts).toBe(60)
    const { bySource } = await world.read<{ bySource: object }>('/v1/topics/talks/coverage')
    expect(Object.keys(bySource)).toEqual(['import'])
    expect((await world.get(`/v1/posts/${encodeURIComponent('https://news0.example/60')}`)).status).toBe(404)
  })
})

describe('the page of a topic', () => {
  test('says beside its posts how many there are, and lists the newest without a word of markup', async () => {
    const text = await page('/topics/talks')
    expect(text).toContain('Beside these posts: <a href="#news">62 articles on 5 sites</a>, counted apart.')
    const news = /<section id="news"[\s\S]*?<\/section>/.exec(text)![0]
    expect(news.match(/<li>/g)).toHaveLength(10)
    expect(news).toContain('&lt;script&gt;alert(1)&lt;/script&gt; talks &amp; &lt;b&gt;more')
    expect(news).not.toMatch(/<script|<b>|href="javascript/)
    expect(news).toContain('rel="noopener noreferrer nofollow"')
    expect(news).not.toContain('Weather')
    expect(text).toContain('<a href="#news">In the news</a>')
  })

  test('leads to all of them, page by page', async () => {
    const [, href] = /<a href="([^"]+)">All 62 articles</.exec(await page('/topics/talks'))!
    const first = await page(href!.replaceAll('&amp;', '&'))
    expect(first.match(/<ul class="articles">[\s\S]*?<\/ul>/)![0].match(/<li>/g)).toHaveLength(50)
    const [, next] = /<a rel="next" href="([^"]+)">More articles/.exec(first)!
    const second = await page(next!.replaceAll('&amp;', '&'))
    expect(second.match(/<ul class="articles">[\s\S]*?<\/ul>/)![0].match(/<li>/g)).toHaveLength(12)
    expect(second).toContain('First page')
    expect(second).not.toContain('More articles')
  })

  test('has no such section where nobody wrote', async () => {
    const text = await page('/topics/quiet')
    expect(text).not.toMatch(/In the news|Beside these posts/)
    expect(await page('/topics/quiet/news')).toContain('No site whose feed is read wrote about it')
  })
})

test('a story tells what other sites wrote, and not what its own did', async () => {
  const url = 'https://www.news1.example/story'
  const story = { url, headline: 'Envoys say the talks go on', topic: 'talks', approve: true }
  await world.write('POST', '/v1/stories', [story, { ...story, url: 'https://else.example/' }])
  const own = await page(`/stories/${storyIdOf(url)}`)
  const others = /<section id="others"[\s\S]*?<\/section>/.exec(own)![0]
  expect(others).toContain('49 articles on 4 sites about its topic')
  expect(others).not.toContain('news1.example')
  expect(await page(`/stories/${storyIdOf('https://else.example/')}`)).toContain('62 articles on 5 sites')
})

test('an alert counts and lists them, and says of none that it was the cause', async () => {
  const text = await page('/alerts/a-open')
  const [section] = /<h3>In the news before it<\/h3>[\s\S]*?<\/ul>/.exec(text)!
  expect(section).toContain('7 articles on 4 sites; in the same hours of the day before: 2.')
  expect(section).toContain('<bdi>timetable</bdi> (3 sites), <bdi>unions</bdi> (2 sites).')
  expect(section).toContain('nothing here says that any of it was the cause')
  expect(section).toContain('&lt;b&gt;new&lt;/b&gt;')
  expect(section).not.toContain('javascript:')
})

test('from the bytes of a feed to the API and back out of it, over two starts of the source', async () => {
  await using feeds = await openFeeds()
  const dial = openDial({ allow: ['127.0.0.1'] })
  const list = (...headlines: string[]) =>
    feeds.publish(
      '/feed',
      headlines.map((headline, nr) => ({ path: `/${nr}`, headline, at: new Date(nowMs - 3_600_000).toISOString() })),
    )
  await world.write('POST', '/v1/topics', { id: 'ferry', name: 'Ferry', query: 'ferry' })
  const read = async (reads: number) => {
    const stop = new AbortController()
    const source = articleSource({ feeds: [{ url: feeds.url('/feed'), everyMs: 60_000 }], dial, now: () => clock })
    const { done } = ingest([source], world.served.log, { signal: stop.signal })
    await feeds.site.until(reads)
    const cursor = async () => JSON.stringify(await world.served.log.cursor('feeds'))
    await expect.poll(cursor, { timeout: 10_000 }).toContain(String(clock))
    stop.abort()
    await done
    await world.settled()
    const found = await world.read<Told>('/v1/topics/ferry/articles?from=2020-01-01')
    return found.newest.map(({ headline }) => headline).sort()
  }
  let clock = nowMs
  list('The ferry is late', 'A ferry for all', 'Weather')
  expect(await read(1)).toEqual(['A ferry for all', 'The ferry is late'])
  clock += 120_000
  list('The bus is late', 'A ferry for all', 'Weather, and no ferry')
  expect(await read(2)).toEqual(['A ferry for all', 'Weather, and no ferry'])
})
