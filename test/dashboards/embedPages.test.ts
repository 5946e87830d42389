// Boxes as readers see them: in a real browser, on a page of another origin with a strict policy, as element, as frame and
// as fragment, with and without script, narrow and wide, light and dark. Nothing shifts, nothing is logged as an error,
// axe is content, the keyboard does it all, and a deleted quotation leaves every open page and every registered site.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSite, type Site } from '../doubles/site.ts'
import { isWithout, openBrowser } from './browser.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.UNDERCURRENT_SHOTS
const widths = [320, 480, 640, 900]
const ways = ['element', 'frame', 'fragment'] as const

/** A story page somewhere else. The frame is as high as oEmbed says; everything else takes what its width reserves. */
async function storyPage(way: string, { ours, lang }: { ours: string; lang: string }): Promise<string> {
  const box = {
    element: `<undercurrent-perspective topic="talks"><p class="undercurrent"><a href="${ours}/embed/talks.html">What people say</a></p></undercurrent-perspective>`,
    frame: `<iframe title="What people say" src="${ours}/embed/talks.html?lang=${lang}" height="480"></iframe>`,
    fragment: await (await fetch(`${ours}/embed/talks.html?part=fragment&lang=${lang}`)).text(),
  }[way]
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A story</title>
<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="${ours}/embed.css"><script type="module" src="${ours}/embed.js"></script></head>
<body><main><h1>A story</h1><p>Words before it.</p>${box}<p id="after">Words after it.</p></main></body></html>`
}

const shifts = `window.shift = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value }).observe({ type: 'layout-shift', buffered: true })`
const violations = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
  .then(({ violations }) => violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id, nodes }) => id + ' ' + nodes[0].html.slice(0, 200)))`

describe.skipIf(isWithout)('a box on a page of another origin', () => {
  let world: World
  let browser: Browser
  let site: Site
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', { ...talks, public: true })
    await world.write('POST', '/v1/posts', ndjson(debate(150)))
    await world.settled()
    const policy = `default-src 'none'; script-src ${world.url}; style-src 'self' ${world.url}; connect-src ${world.url}; frame-src ${world.url}; require-trusted-types-for 'script'; trusted-types undercurrent`
    site = await openSite(async ({ path }, response) => {
      const { pathname, searchParams } = new URL(path, 'http://site')
      if (pathname === '/page.css')
        return void response
          .writeHead(200, { 'content-type': 'text/css' })
          .end('body{margin:0;padding:16px;font:16px/1.5 sans-serif}iframe{border:0;width:100%}')
      if (pathname === '/favicon.ico') return void response.writeHead(204).end()
      const html = await storyPage(pathname.slice(1), { ours: world.url, lang: searchParams.get('lang') ?? 'en' })
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(html)
    })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await world?.[Symbol.asyncDispose]()
  })

  const open = async (path: string, { width = 640, script = true, dark = false } = {}) => {
    await page?.context().close()
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      javaScriptEnabled: script,
      colorScheme: dark ? 'dark' : 'light',
      bypassCSP: false,
    })
    page = await context.newPage()
    troubles = []
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(error.message))
    if (script) await page.addInitScript(shifts)
    await page.goto(site.url + path, { waitUntil: 'load' })
  }
  /** Where the box itself is: in the element's shadow, in the frame, on the page. */
  const inside = (way: string) => (way === 'frame' ? page.frameLocator('iframe') : page)
  const boxIn = (way: string) => inside(way).locator('article.undercurrent')

  test.each(ways.flatMap((way) => [false, true].map((dark) => ({ way, dark }))))(
    'as $way, dark: $dark: fits 320 to 900 px, shifts nothing, breaks no rule',
    async ({ way, dark }) => {
      for (const width of widths) {
        await open(`/${way}?lang=${dark ? 'de' : 'en'}`, { width, dark })
        await boxIn(way).waitFor()
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
        const own = await boxIn(way).evaluate((box) => box.scrollWidth - box.clientWidth)
        expect(own, `${width} px, the box`).toBeLessThanOrEqual(0)
        expect(await page.evaluate('window.shift'), `${width} px`).toBe(0)
        if (shots)
          await page.screenshot({ path: `${shots}/box-${way}-${width}-${dark ? 'dark' : 'light'}.png`, fullPage: true })
        expect(troubles).toEqual([])
      }
    },
    60_000,
  )

  test.each(ways)(
    'as %s, axe finds nothing serious, in light and dark',
    async (way) => {
      for (const dark of [false, true]) {
        // The checker itself needs what the page's policy forbids: it runs on a copy without one, and the shadow is open.
        await page?.context().close()
        const context = await browser.newContext({ bypassCSP: true, colorScheme: dark ? 'dark' : 'light' })
        page = await context.newPage()
        await page.goto(`${site.url}/${way}`, { waitUntil: 'load' })
        await boxIn(way).waitFor()
        for (const frame of page.frames()) {
          await frame.evaluate(axe)
          expect(await frame.evaluate(violations)).toEqual([])
        }
      }
    },
    60_000,
  )

  test.each(ways)('as %s, without script it is readable or leads to what is', async (way) => {
    await open(`/${way}`, { script: false })
    if (way === 'element') {
      await page.getByRole('link', { name: 'What people say' }).click()
      await page.waitForURL(/\/embed\/talks\.html/)
      await expect.poll(() => page.locator('article.undercurrent').textContent()).toContain('not a poll')
      return
    }
    expect(await boxIn(way).textContent()).toContain('not a poll')
    // A sentence opens by itself: no script stands behind it.
    const claims = boxIn(way).locator('.claims').first()
    expect(await claims.isVisible()).toBe(false)
    await boxIn(way).locator('.sentence > summary').first().click()
    expect(await claims.isVisible()).toBe(true)
  })

  test('the keyboard unfolds it, opens a sentence and leads to its evidence', async () => {
    await open('/element', { width: 320 })
    const seen: string[] = []
    const focused = () =>
      page.evaluate('document.activeElement?.shadowRoot?.activeElement?.textContent ?? ""') as Promise<string>
    for (let nr = 0; nr < 40; nr++) {
      await page.keyboard.press('Tab')
      const text = await focused()
      if (!text && seen.length) break
      if (text) seen.push(text)
    }
    expect(seen).toContain('Read on')
    expect(seen.some((text) => text.includes('%'))).toBe(true)
    await page.locator('.sentence > summary').first().focus()
    await page.keyboard.press('Enter')
    const claims = page.locator('.claims').first()
    await expect.poll(() => claims.isVisible()).toBe(true)
    expect(await claims.textContent()).toContain('What would make this sentence fail')
    const [evidence] = await Promise.all([
      page.context().waitForEvent('page'),
      claims.getByRole('link', { name: 'See the posts' }).press('Enter'),
    ])
    await evidence.waitForLoadState()
    expect(evidence.url()).toBe(`${world.url}/evidence/talks#s1`)
    expect(await evidence.locator('#s1 .post').count()).toBeGreaterThan(0)
  })

  test('its looks are set by parts and variables', async () => {
    await open('/element')
    await page.addStyleTag({ url: `${world.url}/embed.css` })
    const box = boxIn('element')
    await box.waitFor()
    await page.evaluate(
      `document.querySelector('undercurrent-perspective').style.setProperty('--undercurrent-paper', 'rgb(1, 2, 3)')`,
    )
    expect(
      await page.evaluate(
        `getComputedStyle(document.querySelector('undercurrent-perspective').shadowRoot.querySelector('article')).backgroundColor`,
      ),
    ).toBe('rgb(1, 2, 3)')
    const parts = await box.evaluate((one) =>
      [...one.querySelectorAll('[part]')].map((part) => part.getAttribute('part')),
    )
    expect([...new Set(parts)]).toEqual(
      expect.arrayContaining(['head', 'title', 'text', 'sentence', 'claims', 'meta', 'link', 'more', 'stale']),
    )
  })

  test('says so where it can no longer be checked, and stops saying so', async () => {
    await page?.context().close()
    const context = await browser.newContext()
    page = await context.newPage()
    await page.clock.install()
    await page.goto(`${site.url}/element`)
    await boxIn('element').waitFor()
    const stale = page.locator('[part=stale]')
    await page.route('**/embed/talks.json*', (route) => route.abort())
    for (let nr = 0; nr < 5; nr++) await page.clock.fastForward(20_000)
    await expect.poll(() => stale.isVisible()).toBe(true)
    expect(await stale.textContent()).toMatch(/Last checked \d/)
    await page.unroute('**/embed/talks.json*')
    await expect
      .poll(async () => {
        await page.clock.fastForward(20_000)
        return stale.isVisible()
      })
      .toBe(false)
  })

  test('nothing of it stays where it is taken back: its topic dropped, or no longer public', async () => {
    await page?.context().close()
    page = await (await browser.newContext()).newPage()
    await page.clock.install()
    await page.goto(`${site.url}/element`)
    await boxIn('element').waitFor()
    await page.evaluate(`window.told = 0; addEventListener('undercurrent-update', () => window.told++)`)
    for (const [status, body] of [
      [401, '{"html":"<article class=undercurrent>This topic is not public.</article>"}'],
      [404, '{"html":"<article class=undercurrent>The text that stood here has been withdrawn.</article>"}'],
    ] as const) {
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/problem+json' }
      await page.route('**/embed/talks.json*', (route) => route.fulfill({ status, headers, body }))
      await expect
        .poll(async () => {
          await page.clock.fastForward(20_000)
          return boxIn('element').textContent()
        })
        .toMatch(/has been withdrawn|is not public/)
      expect(await boxIn('element').textContent()).not.toContain('%')
      await page.unroute('**/embed/talks.json*')
      await expect
        .poll(async () => {
          await page.clock.fastForward(20_000)
          return boxIn('element').textContent()
        })
        .toContain('%')
    }
    // The page around it hears of each time once: taken back, there again, and both anew.
    expect(await page.evaluate('window.told')).toBe(4)
  })

  test('deleted quotations leave every open page and reach every registered site within 60 s', async () => {
    const { claims } = await world.read<{ claims: { quotes: { post: string; text: string }[] }[] }>(
      '/v1/topics/talks/perspective',
    )
    const quotes = claims.flatMap((claim) => claim.quotes)
    expect(quotes.length).toBeGreaterThan(0)
    const editions = async () =>
      (await world.read<{ editions: object[] }>('/v1/topics/talks/perspective/editions')).editions
    await expect.poll(async () => (await editions()).length, { timeout: 20_000 }).toBeGreaterThan(0)
    await using told = await openSite()
    expect((await world.write('POST', '/v1/webhooks', { url: told.url, topics: ['talks'] })).status).toBe(201)
    const context = await browser.newContext()
    const pages = await Promise.all(
      ['/element', '/frame', '/fragment'].map(async (path) => {
        const one = await context.newPage()
        await one.goto(site.url + path, { waitUntil: 'load' })
        return one
      }),
    )
    const texts = () =>
      Promise.all(
        pages
          .slice(0, 2)
          .map((one, nr) => (nr ? one.frameLocator('iframe') : one).locator('article.undercurrent').textContent()),
      )
    const has = (text: string | null) => quotes.some((quote) => new RegExp(`${quote.text}(?!\\d)`).test(text!))
    await expect.poll(async () => (await texts()).every(has), { timeout: 20_000 }).toBe(true)
    const start = performance.now()
    await world.write('POST', '/v1/posts', ndjson(quotes.map(({ post }) => ({ op: 'delete', id: post }))))
    await expect.poll(async () => (await texts()).some(has), { timeout: 60_000, interval: 500 }).toBe(false)
    // The edition that tells of it is kept a moment later.
    await expect
      .poll(async () => (await texts()).every((text) => text!.includes('Updated')), { timeout: 60_000, interval: 500 })
      .toBe(true)
    // A page without script shows the truth when it is loaded again.
    await pages[2]!.reload()
    expect(has(await pages[2]!.locator('article.undercurrent').textContent())).toBe(false)
    const [hook] = await told.until(1)
    expect(hook!.headers['webhook-signature']).toMatch(/^v1,/)
    expect(told.asked.some(({ body }) => has(body))).toBe(false)
    expect(performance.now() - start).toBeLessThan(60_000)
    await context.close()
  }, 90_000)
})
