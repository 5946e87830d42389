// The demo in a real browser, 320 to 1440 px, light and dark, with and without script: nothing is wider than the screen,
// nothing shifts, nothing is logged as an error, axe is content; and when a quoted post is deleted, the open page follows
// by itself, in the box and beside it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Claim } from '../../conclusions.ts'
import { isWithout, openBrowser, watch } from './browser.ts'
import { type DemoWorld, openDemoWorld } from './demoWorld.ts'
import { ndjson } from './world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.UNDERCURRENT_SHOTS
const paths = ['/demo', '/demo/story', '/demo/stories']
const widths = [320, 768, 1440]

/** Both run in the page. */
const shifts = `window.shift = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value }).observe({ type: 'layout-shift', buffered: true })`
const violations = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html.slice(0, 200)))`

describe.skipIf(isWithout)('the demo in a browser', () => {
  let world: DemoWorld
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openDemoWorld()
    // Some of its stories have no topic here, and a browser tells every 404 as an error.
    const shown = world.given.filter(({ url }) => !/steel|buses/.test(url))
    world.given.splice(0, world.given.length, ...shown)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })

  const open = async (path: string, { width = 768, script = true } = {}) => {
    await page?.context().close()
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: script })
    page = await context.newPage()
    troubles = watch(page, world.url)
    if (script) await page.addInitScript(shifts)
    await page.goto(world.url + path)
    // Boxes in what is closed are made as well.
    const waiting = page.locator('undercurrent-perspective:not([ready])')
    if (script) await expect.poll(() => waiting.count(), { timeout: 15_000 }).toBe(0)
  }
  const boxes = () => page.locator('article.undercurrent')

  test.each(paths)(
    '%s fits, shifts nothing, breaks no rule, in light and dark',
    async (path) => {
      for (const width of widths) {
        await open(path, { width })
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} px`).toBeLessThanOrEqual(width)
        expect(await page.evaluate('window.shift'), `${width} px`).toBe(0)
        if (path !== '/demo') expect(await page.locator('undercurrent-perspective[ready]').count()).toBeGreaterThan(0)
        await page.evaluate(axe)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          const file = `${shots}${path.replaceAll('/', '-')}-${width}-${colorScheme}.png`
          if (shots) await page.screenshot({ path: file, fullPage: true })
          const isLooked = width === (colorScheme === 'light' ? 320 : 1440)
          if (isLooked) expect(await page.evaluate(violations), `${width} px, ${colorScheme}`).toEqual([])
        }
      }
      expect(troubles).toEqual([])
    },
    30_000,
  )

  test.each(paths.slice(1))('%s is whole without script', async (path) => {
    await open(path, { script: false })
    expect(await boxes().first().textContent()).toContain('not a poll')
    expect(await page.locator('.blurb .said, .takeaway p').first().textContent()).toBeTruthy()
    const closed = page.locator('.blurb > details > summary').first()
    if ((await closed.count()) === 0) return
    await closed.click()
    expect(await page.locator('.blurb > details article.undercurrent').first().isVisible()).toBe(true)
  })

  test('a box that opens on the aggregator folds to its width, and unfolds by the keyboard', async () => {
    await open('/demo/stories', { width: 320 })
    const cluster = page.locator('.blurb > details').first()
    await cluster.locator('summary').first().press('Enter')
    const more = cluster.getByRole('button', { name: 'Read on' })
    await expect.poll(() => more.isVisible()).toBe(true)
    await more.press('Enter')
    expect(await cluster.locator('.sentence').last().isVisible()).toBe(true)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
  })

  test('an open page follows what is deleted, in the box and beside it', async () => {
    await page?.context().close()
    page = await browser.newPage()
    await page.clock.install()
    await page.goto(`${world.url}/demo/story`)
    await page.locator('undercurrent-perspective[ready]').waitFor()
    const { claims } = await world.read<{ claims: Claim[] }>('/v1/topics/peace-talks/perspective')
    const quotes = claims.flatMap((claim) => claim.quotes)
    const has = (text: string) => quotes.some((quote) => text.includes(quote.text))
    // Beside the box too: on one side or on neither. What a page put between the tags is no longer shown.
    const texts = () =>
      page.evaluate<string[]>(
        `[document.querySelector('undercurrent-perspective').shadowRoot.textContent, document.querySelector('#told').textContent]`,
      )
    expect((await texts()).map(has)).toEqual([true, true])
    await world.write('POST', '/v1/posts', ndjson(quotes.map(({ post }) => ({ op: 'delete', id: post }))))
    await world.settled()
    await expect
      .poll(
        async () => {
          await page.clock.fastForward(20_000)
          return (await texts()).map(has)
        },
        { timeout: 20_000, interval: 500 },
      )
      .toEqual([false, false])
  }, 30_000)
})
