// The page for labelling in a real browser: keys press the buttons, the reader starts at the post, nothing is wider than a
// phone, every text has contrast in light and dark. Without chromium the tests are skipped, as those of page.test.ts are.
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isWithout, openBrowser, watch } from './browser.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const contrasts = readFileSync(new URL('contrast.js', import.meta.url), 'utf8')
const shots = process.env.UNDERCURRENT_SHOTS
const long = `talks ${'andawordwithoutanyend'.repeat(40)} 😀🏳️‍🌈 \u202Eright to left`

describe.skipIf(isWithout)('labelling in a browser', () => {
  let world: World
  let browser: Browser
  let page: Page
  let troubles: string[]
  const address = (more: Record<string, string> = {}) => {
    const window = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }
    const words = { labeller: 'ann', question: 'sentiment', size: '60', ...window, ...more }
    return `${world.url}/topics/talks/labels?${new URLSearchParams(words)}`
  }
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', { ...talks, name: `Talks ${'verylongname'.repeat(12)}` })
    await world.write('POST', '/v1/posts', ndjson(debate(150)))
    await world.settled()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await page?.close()
    page = await browser.newPage({ viewport: { width: 1000, height: 800 } })
    troubles = watch(page, world.url)
  })
  const read = () => page.locator('.asked .text').textContent()
  const progress = async () => (await page.locator('.progress').textContent())!.trim()
  /** Presses a key and waits for the page it leads to. */
  const press = async (name: string) => {
    await Promise.all([page.waitForEvent('load'), page.keyboard.press(name)])
  }

  test('from the topic page to the first answers, with the keyboard alone', async () => {
    await page.goto(`${world.url}/topics/talks`)
    await page.getByRole('link', { name: 'Label posts' }).focus()
    await press('Enter')
    await page.getByLabel('Your name').fill('ann')
    await press('Enter')
    expect(page.url()).toContain('labeller=ann')
    const first = await read()
    await press('1')
    expect(await progress()).toMatch(/^1 of/)
    expect(page.url()).toContain('#post')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toContain('1 against')
    const second = await read()
    expect(second).not.toBe(first)
    await press('s')
    expect(await read()).not.toBe(second)
    await press('u')
    expect(await read()).toBe(first)
    await press('3')
    expect(await progress()).toMatch(/^1 of/)
    expect(troubles).toEqual([])
  })

  test('keys do nothing with a modifier, while somebody types, or once they are off', async () => {
    await page.goto(address())
    const first = await read()
    await page.keyboard.press('Control+1')
    await page.keyboard.press('9')
    expect(await read()).toBe(first)
    await page.getByRole('link', { name: 'Switch the keys off' }).click()
    await page.keyboard.press('1')
    await page.getByRole('link', { name: 'Switch the keys on' }).click()
    expect([await read(), await progress()]).toEqual([first, expect.stringMatching(/^0 of/)])
    await page.goto(address({ show: 'results' }))
    await page.getByText('change this').click()
    await page.getByLabel('Your name').press('1')
    expect(await page.getByLabel('Your name').inputValue()).toContain('1')
    expect(troubles).toEqual([])
  })

  test('sixty answers without script, and what they did', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const plain = await context.newPage()
    await plain.goto(address())
    for (let nr = 0; nr < 72; nr++) {
      const text = await plain.locator('.asked .text').textContent()
      const value = Number(/number (\d+)/.exec(text!)![1]) % 5 < 2 ? 'positive' : 'negative'
      await plain.getByRole('button', { name: value }).click()
    }
    await plain.getByText('All 72 are labelled.').waitFor()
    await world.settled()
    await plain.reload()
    expect(await plain.locator('table.did tbody tr').count()).toBe(3)
    expect(await plain.locator('.settled').textContent()).toMatch(
      /It is settled|more labels would tell|cannot settle it/,
    )
    await context.close()
  }, 180_000)

  test.each([360, 768, 1440])('nothing is wider than a screen of %i px', async (width) => {
    await world.write('POST', '/v1/posts', ndjson([{ id: 'long', text: long, at: '1999-06-01T00:00:00Z' }]))
    await world.settled()
    await page.setViewportSize({ width, height: 800 })
    const old = { labeller: 'bo', size: '9', from: '1999-01-01', to: '2000-01-01' }
    const asked = {
      ask: address({ labeller: 'bo' }),
      stance: address({ question: 'stance.truce' }),
      long: address(old),
    }
    const others = { setup: `${world.url}/topics/talks/labels`, results: address({ show: 'results' }) }
    for (const [name, path] of Object.entries({ ...asked, ...others })) {
      await page.goto(path)
      if (shots) await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true })
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
    }
  })

  test.each(['light', 'dark'] as const)(
    'text has the contrast of WCAG AA in %s, every control a name',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme })
      for (const [name, path] of Object.entries({
        ask: address({ size: '100' }),
        results: address({ show: 'results' }),
      })) {
        await page.goto(path)
        if (name === 'results') await page.getByText('change this').click()
        if (shots) await page.screenshot({ path: `${shots}/${name}-${colorScheme}.png`, fullPage: true })
        const found = await page.evaluate<{ text: string; ratio: number }[]>(contrasts)
        expect(found.filter(({ ratio }) => ratio < 4.5)).toEqual([])
        const nameless = await page.evaluate<number>(
          `[...document.querySelectorAll('input:not([type=hidden]), select, button, summary, a, progress, [tabindex="0"]')].filter(
          (one) => !one.textContent.trim() && !one.labels?.length && !one.getAttribute('aria-label')).length`,
        )
        expect(nameless).toBe(0)
      }
    },
  )
})
