// Five thousand hostile posts under hostile names of topics and targets, and hostile words in every address: nothing runs,
// nothing is asked for elsewhere, no page is wider than a phone or a desk.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Filter, PostsPage } from '../../answers.ts'
import { article } from '../../dashboards/post.ts'
import { attacks, patterns } from '../doubles/hostile.ts'
import { isWithout, openBrowser, watch } from './browser.ts'
import { ndjson, openWorld, type World } from './world.ts'

const many = 5_000
/** Pages of the list that are asked of the server; after them every post is looked at by itself. */
const looked = 8
const mark = 'window.hacked=1'
/** What tries to run says so. */
const armed = [
  `<img src=x onerror="${mark}">`,
  `<svg/onload=${mark}>`,
  `"><script>${mark}</script>`,
  `' autofocus onfocus=${mark} x='`,
  `javascript:${mark}`,
  `</title></textarea><script>${mark}</script>`,
  `<math><mtext></table><img src=x onerror=${mark}>`,
  `<iframe srcdoc="<script>parent.${mark}</script>"></iframe>`,
  `{{constructor.constructor("${mark}")()}}`,
  `\u202e<b onclick=${mark}>\u2066`,
  '🏳️‍🌈'.repeat(300),
  'عربي עברית '.repeat(30),
  'W\u0335\u0352\u0489\u034e'.repeat(200),
  'onewordwithoutanend'.repeat(500),
]
const words = [...armed, ...patterns]
/** White space as pages show it; a NUL has no place in HTML. */
const bare = (text: string) => text.replace(/[\s\0\ufffd]+/g, ' ').trim()
const short = (text: string) => text.slice(0, 160)

describe.skipIf(isWithout)('five thousand hostile posts', () => {
  let world: World
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openWorld({ served: { patienceMs: 1 } })
    for (const [nr, name] of words.entries()) {
      // All posts are of the first topic, some of the next ones; the rest is there for the names.
      const query = nr === 0 ? 'talks' : nr < 10 ? 'evil' : 'nobodysaysthis'
      const targets = [{ id: 'free', text: short(words[(nr + 7) % words.length]!) || 'x' }]
      const made = await world.write('POST', '/v1/topics', {
        id: `hostile-${nr}`,
        name: short(name),
        query,
        targets,
      })
      // A name that is refused is refused with a reason; all else must be shown.
      if (made.status !== 201) expect(made.status, await made.text()).toBeLessThan(500)
    }
    const { posts } = attacks(many, { authors: 700, from: '2026-05-01T06:00:00.000Z' })
    const sent = posts.map((post, nr) => ({
      ...post,
      text: `${armed[nr % armed.length]} ${post.text}`,
    }))
    for (let at = 0; at < many; at += 500) {
      const taken = await world.write('POST', '/v1/posts', ndjson(sent.slice(at, at + 500)))
      expect(await taken.json()).toMatchObject({ accepted: 500, rejectedTotal: 0 })
      await world.settled()
    }
    browser = await openBrowser()
    page = await browser.newPage()
    troubles = watch(page, world.url)
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })

  const first = () => world.served.topics.list()[0]!.id
  const filter = (): Filter => ({
    topic: { topic: first(), version: 1 },
    model: world.served.model.id,
    window: { from: '2000-01-01', to: '2100-01-01' },
    targets: [],
  })
  const unwanted = 'main img, main script, main iframe, main [onerror], main [onload]'
  const fits = async (where: string) => {
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      expect(
        await page.evaluate('document.documentElement.scrollWidth'),
        `${where} at ${width} px`,
      ).toBeLessThanOrEqual(width)
    }
  }
  const look = async (path: string) => {
    const response = await page.goto(world.url + path)
    expect(response!.status(), path).toBe(200)
    await page.waitForSelector('h1', { state: 'attached' })
    expect(await page.evaluate('window.hacked'), path).toBeUndefined()
    await fits(path)
    expect(await page.locator(unwanted).count()).toBe(0)
  }

  test('the start page and the page of every topic', async () => {
    expect(world.served.topics.list().length).toBeGreaterThan(20)
    await look('/')
    for (const { id } of world.served.topics.list()) await look(`/topics/${id}?hours=all`)
    for (const path of ['edit', 'versions', 'labels', 'subjects', 'parts', 'perspective'])
      await look(`/topics/${first()}/${path}`)
    const [a, b] = world.served.topics.list()
    await look(`/compare?topics=${a!.id},${b!.id}&by=topic`)
    await look(`/compare?topics=${a!.id}&by=source`)
    expect([...troubles, ...world.noted.filter(({ event }) => event !== 'history filled')]).toEqual([])
  }, 300_000)

  test('the list of posts, page after page', async () => {
    let path: string | null = `/topics/${first()}?hours=all`
    for (let nr = 0; nr < looked; nr++) {
      await look(path)
      const next = await page.locator('#posts a[href*="cursor="]').first().getAttribute('href')
      path = next!.replace(/#.*/, '')
    }
    expect(troubles).toEqual([])
  }, 120_000)

  test('every post of them, as a page shows it, without the rules that keep script out', async () => {
    const css = await (await world.get('/page.css')).text()
    await page.goto('about:blank')
    const bareTroubles = watch(page, 'about:')
    let [seen, cursor]: [number, string | undefined] = [0, undefined]
    do {
      const { posts, next }: PostsPage = await world.served.ask.posts(filter(), { limit: 500, cursor })
      const articles = await Promise.all(posts.map(async (post) => String(await article(post))))
      await page.goto('about:blank')
      await page.setContent(`<!doctype html><style>${css}</style><main id="main">${articles.join('')}</main>`)
      seen += await page.locator('article.post').count()
      expect(await page.evaluate('window.hacked')).toBeUndefined()
      await fits(`posts before ${seen}`)
      expect(await page.locator(unwanted).count()).toBe(0)
      cursor = next ?? undefined
    } while (cursor)
    expect(seen).toBe(many)
    expect(bareTroubles).toEqual([])
  }, 120_000)

  test('hostile words in addresses: a page or a clear refusal, and nothing runs', async () => {
    const places = [
      'q',
      'stance',
      'emotion',
      'sentiment',
      'source',
      'lang',
      'view',
      'sort',
      'course',
      'hours',
      'from',
      'cursor',
      'version',
    ]
    for (const [nr, word] of words.entries()) {
      const place = places[nr % places.length]!
      const said = encodeURIComponent(word.slice(0, 300).toWellFormed())
      const others = [
        `/new?name=${said}&query=${said}&targets=${said}`,
        `/compare?topics=${said}&by=${said}`,
        `/sql?q=${said}`,
      ]
      for (const path of [`/topics/${first()}?${place}=${said}`, others[nr % others.length]!]) {
        const response = await page.goto(world.url + path)
        expect(response!.status(), path.slice(0, 200)).toBeLessThan(500)
        expect(await page.evaluate('window.hacked'), path.slice(0, 200)).toBeUndefined()
        await page.setViewportSize({ width: 360, height: 900 })
        expect(await page.evaluate('document.documentElement.scrollWidth'), path.slice(0, 200)).toBeLessThanOrEqual(360)
      }
    }
    // A page that refuses is logged by the browser as what it is.
    expect(troubles.filter((one) => !/status of 4\d\d/.test(one))).toEqual([])
  }, 600_000)

  test('a post by itself, and it stays what was sent', async () => {
    const { posts } = await world.served.ask.posts(filter(), { limit: 40 })
    for (const { id, text } of posts) {
      await look(`/posts/${encodeURIComponent(id)}`)
      const shown = (await page.locator('.post .text').first().textContent())!
      expect(bare(text).startsWith(bare(shown).slice(0, 80))).toBe(true)
    }
  }, 120_000)
})
