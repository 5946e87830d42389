// An analyst's way through a topic with 50,000 posts in its window, in a real browser: the page with all its sections, other
// ways of counting, a stretch of time drawn in the chart, down to single posts and back, a comparison, a file. Every number on
// the way is held against the API's. Without chromium the tests are skipped, and say so (browser.ts).
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Summary } from '../../answers.ts'
import { isWithout, openBrowser, watch } from './browser.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const posts = 50_000
const perRequest = 5_000
const end = Date.now() - 60_000

describe.skipIf(isWithout)('50,000 posts in a browser', { timeout: 60_000 }, () => {
  let world: World
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', talks)
    const all = debate(posts, { end }).map((post, nr) => ({
      ...post,
      author: `a${nr % 17_000}`,
      lang: nr % 9 ? 'en' : 'de',
    }))
    for (let from = 0; from < posts; from += perRequest) {
      const part = all.slice(from, from + perRequest)
      await world.write('POST', `/v1/posts?source=${from % 20_000 ? 'import' : 'file'}`, ndjson(part))
      await world.settled()
    }
    browser = await openBrowser()
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await page?.close()
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    troubles = watch(page, world.url)
  })

  const textOf = async (place: Locator) => ((await place.textContent()) ?? '').replace(/\s+/g, ' ').trim()
  const lead = () => textOf(page.locator('#head .lead'))
  const told = (n: number) => n.toLocaleString('en-US')
  const windowOf = () => new URL(page.url()).search
  const summaryOf = (words: string) => world.read<Summary>(`/v1/topics/talks/summary${words}`)
  const written = ({ estimate, low, high }: Summary['sentiment'][string]) =>
    `${Math.round(estimate! * 100)}% (${Math.round(low! * 100)}–${Math.round(high! * 100)}%)`

  test('the page tells all of them, with every section in its place', async () => {
    await page.goto(`${world.url}/topics/talks`)
    expect(await lead()).toContain(`${told(posts)} posts by 28,000 authors`)
    const { sentiment } = await summaryOf('')
    expect(await textOf(page.locator('#shares'))).toContain(written(sentiment.negative!))
    await page.locator('#subjects .subjects, #subjects p.quiet').first().waitFor()
    await page.locator('#parts table').first().waitFor()
    expect(await textOf(page.locator('#parts'))).toMatch(/Imported posts 35,000[\s\S]*15,000/)
    await page.locator('#perspective .sentence').first().waitFor()
    expect(await page.locator('#time svg[data-brush]').count()).toBe(2)
    expect(troubles).toEqual([])
  })

  test('another way of counting is a link, and the shares are those of that view', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const names = await page.locator('nav[aria-label="Count"] a').allTextContents()
    expect(names).toHaveLength(4)
    for (const [at, view] of ['author', 'cluster', 'engagement'].entries()) {
      await page
        .locator('nav[aria-label="Count"] a')
        .nth(at + 1)
        .click()
      await page.waitForURL(`**view=${view}*`)
      const { sentiment } = await summaryOf(`?view=${view}`)
      expect(await textOf(page.locator('#shares')), view).toContain(written(sentiment.negative!))
    }
    expect(troubles).toEqual([])
  })

  test('a stretch drawn in the chart tells its shares while it is drawn, and then everything follows', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const chart = page.locator('#time svg[data-brush]').first()
    await chart.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await chart.boundingBox())!
    await page.mouse.move(x + width * 0.2, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 3 })
    const glance = page.locator('#time figure .glance').first()
    await glance.locator('strong').waitFor()
    // What is told is the stretch that the mouse has reached, once it rests.
    await expect.poll(() => textOf(glance)).toMatch(/[\d,]+ posts by [\d,]+ authors/)
    await page.waitForTimeout(500)
    const shown = /([\d,]+) posts/.exec(await textOf(glance))![1]
    await page.mouse.up()
    await page.waitForURL('**from=*')
    await expect.poll(lead).toContain(`${shown} posts`)
    const { posts: n, sentiment } = await summaryOf(windowOf())
    expect(told(n)).toBe(shown)
    expect(n).toBeGreaterThan(posts / 5)
    expect(n).toBeLessThan(posts / 2)
    expect(await textOf(page.locator('#shares'))).toContain(written(sentiment.negative!))
    // The late sections belong to the stretch, too; and the way back is the browser's.
    await page.locator('#parts table').first().waitFor()
    await page.goBack()
    await expect.poll(lead).toContain(`${told(posts)} posts`)
    expect(troubles).toEqual([])
  })

  test('Escape ends a stretch, and nothing has changed', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const chart = page.locator('#time svg[data-brush]').first()
    await chart.scrollIntoViewIfNeeded()
    const { x, y, width, height } = (await chart.boundingBox())!
    await page.mouse.move(x + width * 0.3, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 3 })
    await page.locator('#time figure .glance strong').first().waitFor()
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await page.locator('#time .brush').count()).toBe(0)
    expect(await textOf(page.locator('#time .glance').first())).toBe('')
    expect(windowOf()).toBe('')
  })

  test('from a mark to its posts, to one that says a word, to its scores, and back', async () => {
    await page.goto(`${world.url}/topics/talks`)
    await page
      .locator('#shares a', { hasText: /negative/i })
      .first()
      .click()
    await page.waitForURL('**sentiment=negative*')
    const list = page.locator('#posts')
    const tones = await list.locator('.post .scores li:first-child').allTextContents()
    expect(tones.length).toBeGreaterThan(10)
    expect(tones.every((tone) => tone.startsWith('negative'))).toBe(true)
    await list.getByLabel('Text').fill('number 49')
    await list.getByLabel('Order').selectOption({ label: 'most certain first' })
    await list.getByRole('button').first().click()
    await page.waitForURL('**q=number+49*')
    const texts = await page.locator('#posts .post .text').allTextContents()
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.every((text) => text.includes('number 49'))).toBe(true)
    await page.locator('#posts .post .meta a').first().click()
    await page.waitForURL('**/posts/**')
    expect(await textOf(page.locator('main'))).toContain(texts[0]!.slice(0, 40))
    await page.goBack()
    await page.waitForURL('**q=number+49*')
    expect(troubles).toEqual([])
  })

  test('a file of what is on screen has as many posts as the page says', async () => {
    await page.goto(`${world.url}/topics/talks?source=file&sentiment=positive`)
    const href = await page.locator('#posts a[download]', { hasText: 'CSV' }).first().getAttribute('href')
    const lines = (await (await world.get(href!)).text()).trim().split('\r\n')
    const { posts: n } = await world.read<{ posts: unknown[] }>(
      '/v1/topics/talks/posts?source=file&sentiment=positive&limit=1',
    )
    expect(n).toHaveLength(1)
    expect(lines.length - 1).toBeGreaterThan(1_000)
    const ids = new Set(lines.slice(1).map((line) => line.split(',')[0]))
    expect(ids.size).toBe(lines.length - 1)
  })

  test('platforms are compared with each other, and two periods', async () => {
    await page.goto(`${world.url}/topics/talks`)
    await page.locator('#parts a', { hasText: 'Compare all measures' }).click()
    await page.waitForURL('**/compare**by=source*')
    expect(await textOf(page.locator('main'))).toMatch(/points (more|fewer)|too close to call/)
    await page.getByLabel('What').selectOption('window')
    await page.getByText('Choose the time').click({ trial: true })
    const clock = (hours: number) => new Date(end - hours * 3_600_000).toISOString().slice(0, 16)
    const fields = page.locator('fieldset input')
    for (const [at, hours] of [4, 0, 19, 10].entries()) await fields.nth(at).fill(clock(hours))
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    await page.waitForURL('**otherFrom=*')
    const text = await textOf(page.locator('main'))
    expect(text).toContain('The earlier period')
    expect(text).toMatch(/Negative tone[\s\S]*points more/i)
    expect(troubles).toEqual([])
  })
})
