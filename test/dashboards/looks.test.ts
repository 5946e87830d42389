// Every page in a real browser, light and dark, at the width of a phone, a tablet and a desk: axe finds no serious
// violation, nothing is wider than the screen, nothing is logged as an error. UNDERCURRENT_SHOTS=folder keeps pictures.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storyIdOf } from '../../dashboards/story.ts'
import type { Change } from '../../types.ts'
import { isWithout, openBrowser, watch } from './browser.ts'
import { look, whenWhole } from './looking.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

const widths = [360, 768, 1440]

/** Articles of sites, one with a headline that no line holds. */
const written = (count: number): Change[] =>
  Array.from({ length: count }, (_, nr) => ({
    ...{ op: 'article', source: 'feeds', id: `https://daily${nr % 5}.example/${nr}`, site: `daily${nr % 5}.example` },
    headline: nr
      ? `Envoys resume the talks in a small town by the sea, day ${nr}`
      : `talks ${'ungebrochen'.repeat(20)}`,
    ...{ summary: '', at: new Date(Date.now() - (nr + 1) * 1_800_000).toISOString() },
  }))

const pages: Record<string, string> = {
  start: '/',
  begin: '/begin',
  topic: '/topics/talks',
  authors: '/topics/talks?view=author&hours=6&course=stance.free&stance=free.favor&sort=certain',
  nothing: '/topics/talks?from=2020-01-01&to=2020-01-02',
  empty: '/topics/empty',
  perspective: '/topics/talks/perspective',
  news: '/topics/talks/news',
  subjects: '/topics/talks/subjects',
  parts: '/topics/talks/parts',
  labels: '/topics/talks/labels',
  labelling: '/topics/talks/labels?labeller=ann&question=sentiment&size=60',
  edit: '/topics/talks/edit',
  versions: '/topics/talks/versions',
  new: '/new',
  wrong: '/new?name=x&query=talks+AND+(',
  compare: '/compare',
  camps: '/compare?topics=talks&by=camp',
  topics: '/compare?topics=talks,empty&by=topic',
  post: '/posts/post-1',
  status: '/status',
  sql: '/sql',
  answer: '/sql?q=SELECT+source,+count()+AS+n+FROM+posts+GROUP+BY+source',
  refused: '/sql?q=SELECT+*+FROM+system.tables',
  embed: '/embed/talks.html',
  evidence: '/evidence/talks',
  method: '/method',
  stories: '/stories',
  suggested: `/stories/${storyIdOf('https://news.example/suggested')}`,
  approved: `/stories/${storyIdOf('https://news.example/approved')}`,
  thin: `/stories/${storyIdOf('https://news.example/thin')}`,
  missing: '/topics/nothing',
}

describe.skipIf(isWithout)('every page', () => {
  let world: World
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', talks)
    await world.write('POST', '/v1/topics', { ...talks, query: 'talks OR talk' })
    await world.write('POST', '/v1/topics', { id: 'empty', name: 'Nothing yet', query: 'nobodysaysthis' })
    await world.write('POST', '/v1/posts', ndjson(debate(150)))
    await world.served.log.append({ source: 'feeds', changes: written(14), cursor: null })
    await world.settled()
    const told = {
      headline: 'Envoys say the talks go on, and a long headline has to be broken somewhere',
      topic: 'talks',
    }
    await world.write('POST', '/v1/stories', [
      { ...told, url: 'https://news.example/suggested' },
      { ...told, url: 'https://news.example/approved', approve: true },
      { url: 'https://news.example/thin', headline: 'Zander quotas halved in Lake Umbar' },
    ])
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })

  const open = async (path: string) => {
    await page?.close()
    page = await browser.newPage()
    troubles = watch(page, world.url)
    await page.goto(world.url + path)
    await page.evaluate(whenWhole)
  }

  test.each(Object.entries(pages))(
    '%s: %s',
    async (name, path) => {
      await open(path)
      await look(page, name, widths)
      // What is refused is logged by the browser as what it is.
      const refused = { missing: /status of 404/, refused: /status of 422/ }[name]
      expect(troubles.filter((one) => !refused?.test(one))).toEqual([])
    },
    60_000,
  )

  test('all script together is at most 40 kB, gzip', async () => {
    const { gzipSync } = await import('node:zlib')
    await open('/topics/talks')
    const files = new Set<string>(['/page.js'])
    for (const file of files) {
      const script = await (await world.get(file)).text()
      for (const [, next] of script.matchAll(/from '\.(\/[\w-]+\.js)'|import '\.(\/[\w-]+\.js)'/g))
        if (next) files.add(next)
      for (const [, next] of script.matchAll(/import '\.(\/[\w-]+\.js)'/g)) files.add(next!)
    }
    expect(files.size).toBeGreaterThan(3)
    let bytes = 0
    for (const file of files) bytes += gzipSync(await (await world.get(file)).text()).length
    expect(bytes).toBeLessThan(40_000)
  })

  test('at 200 % zoom, and printed, a topic page still fits', async () => {
    await open('/topics/talks')
    // What a browser window of 1280 px shows at 200 %: a page of 640 px.
    await page.setViewportSize({ width: 640, height: 400 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(640)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('header.top nav').isVisible()).toBe(false)
    expect(await page.locator('#shares').isVisible()).toBe(true)
  })

  test('the page keeps one cookie, of its session, that no script reads and no other site is sent; and nothing else', async () => {
    await open('/topics/talks')
    const cookies = await page.context().cookies()
    expect(cookies).toMatchObject([{ name: 'undercurrent_session', httpOnly: true, sameSite: 'Strict' }])
    expect(cookies[0]!.value).not.toContain(key)
    const kept = await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])')
    expect(kept).toBe('["",{},{}]')
  })
})
