// The pages in a real browser: live refresh without jumps, the preview while typing, forms without script, and that a
// hostile post never becomes markup. Without chromium the tests are skipped, and say so (browser.ts).
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isWithout, openBrowser, watch } from './browser.ts'
import { whenWhole } from './looking.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

/** Runs in the page; a string, because these files know no DOM. */
const contrasts = readFileSync(new URL('contrast.js', import.meta.url), 'utf8')
const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

describe.skipIf(isWithout)('in a browser', () => {
  let world: World
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', { ...talks, name: `Talks ${hostile}` })
    await world.write('POST', '/v1/posts', ndjson(debate(120)))
    await world.write(
      'POST',
      '/v1/posts',
      ndjson([{ id: hostile, text: `talks ${hostile}`, author: hostile, lang: '"><b>' }]),
    )
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

  test.each([
    '/',
    '/topics/talks',
    '/new',
    '/begin',
    '/topics/talks/edit',
    '/topics/talks/versions',
    '/status',
    '/sql?q=SELECT+*+FROM+posts',
  ])('%s: no error, no foreign request, no script of a post', async (path) => {
    await page.goto(world.url + path)
    await page.waitForSelector('h1')
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(troubles).toEqual([])
  })

  test.each([360, 768, 1440])('nothing is wider than a screen of %i px', async (width) => {
    await page.setViewportSize({ width, height: 800 })
    for (const path of [
      '/',
      '/topics/talks',
      '/compare?topics=talks&by=camp',
      '/new?query=(&name=x',
      '/begin',
      '/topics/talks/edit',
      '/topics/talks/versions',
      '/status',
      '/sql?q=SELECT+*+FROM+posts',
      '/embed/talks.html',
    ]) {
      await page.goto(world.url + path)
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(width)
    }
  })

  test('the console: Ctrl+Enter asks, and what was answered stays until it is asked again', async () => {
    await page.goto(`${world.url}/sql`)
    await page.getByText('or Ctrl+Enter').waitFor()
    await page.getByLabel('Statement').fill("SELECT count() AS n\nFROM posts WHERE id = 'console'")
    await page.getByLabel('Statement').press('Control+Enter')
    await page.locator('.rows td', { hasText: '0' }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).search))
    const looked = page.waitForResponse((response) => new URL(response.url()).pathname === '/sql')
    await world.write('POST', '/v1/posts', ndjson([{ id: 'console', text: 'talks once more', author: 'console' }]))
    expect(new URL((await looked).url()).search).toBe('')
    expect(await page.locator('.rows td').textContent()).toBe('0')
    expect(asked.filter((search) => search.includes('q='))).toEqual([])
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('.rows td', { hasText: '1' }).waitFor()
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'console' }]))
    await world.settled()
  })

  test('a sentence opens to its claims and their posts', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const sentence = page.locator('.sentence').first()
    expect(await sentence.locator('.evidence').isVisible()).toBe(false)
    await sentence.locator('summary').first().focus()
    await page.keyboard.press('Enter')
    expect(await sentence.locator('.claim').count()).toBeGreaterThan(0)
    expect(await sentence.locator('.post').first().isVisible()).toBe(true)
  })

  test('a jump within the page leaves it as it is, and Tab goes on from there', async () => {
    await page.goto(`${world.url}/topics/talks`)
    await page.evaluate(whenWhole) // a section that comes takes the place of the link that had the focus
    await page.locator('.sentence > summary').first().click()
    for (const name of ['Side by side', 'Over time', 'What was seen']) {
      const link = page.locator('nav.jumps').getByRole('link', { name })
      const id = await link.getAttribute('href')
      await link.focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(`**${id}`)
      await page.keyboard.press('Tab')
      expect(await page.locator(`${id} :focus`).count(), name).toBe(1)
    }
    expect(await page.locator('.sentence[open]').count()).toBe(1)
    await page.goBack()
    expect(await page.locator('.sentence[open]').count()).toBe(1)
  })

  test('back and forth before the other view is there leaves what stands there', async () => {
    await page.goto(`${world.url}/topics/talks`)
    await page.evaluate(`import('/pages.js').then(({ go }) => go('/topics/talks?hours=168'))`)
    const current = page.locator('nav[aria-label="Window"] [aria-current]')
    expect(await current.textContent()).toBe('7 days')
    await page.route('**/topics/talks', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 400))
      await route.continue()
    })
    await page.evaluate('history.back()')
    await page.waitForURL(`${world.url}/topics/talks`)
    await page.evaluate('history.forward()')
    await page.waitForURL('**hours=168')
    await page.waitForTimeout(1_000)
    expect(await current.textContent()).toBe('7 days')
    expect(await page.locator('main[aria-busy]').count()).toBe(0)
    await page.evaluate('history.back()')
    await expect.poll(() => current.textContent()).toBe('24 h')
  })

  test('new posts change the numbers in place, without a jump, and are offered in the list', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const before = await page.locator('.lead strong').first().textContent()
    const first = await page.locator('#posts .post .text').first().textContent()
    await page.evaluate('scrollTo(0, 500)')
    await world.write('POST', '/v1/posts', ndjson([{ id: 'fresh', text: 'talks, and fresh ones', author: 'fresh' }]))
    await page.locator('.lead').getByText('122 posts').waitFor()
    expect(before).toBe('121 posts')
    expect(await page.evaluate('scrollY')).toBeGreaterThan(400)
    expect(await page.locator('#fresh').isVisible()).toBe(true)
    expect(await page.locator('#posts .post .text').first().textContent()).toBe(first)
    await page.locator('#fresh a').click()
    await page.locator('#posts .post .text', { hasText: 'talks, and fresh ones' }).waitFor()
  })

  test('the preview follows the typing and points at the wrong column', async () => {
    await page.goto(`${world.url}/new`)
    await page.getByLabel('Query').fill('talks AND good')
    await page.getByText('Would match').waitFor()
    expect(await page.locator('.samples li').count()).toBe(20)
    expect(await page.locator('.drawn svg[role=img]').getAttribute('aria-label')).toMatch(
      /in \d+ hours, up to \d+ posts/,
    )
    await page.getByLabel('Query').fill('talks AND (')
    await page.locator('.verdict .error').waitFor()
    expect(await page.locator('.verdict pre').textContent()).toBe('talks AND (\n          ^')
    expect(await page.getByLabel('Query').inputValue()).toBe('talks AND (')
    expect(await page.getByLabel('Query').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Query').fill('talks AND bad')
    await page.getByText('Would match').waitFor()
    expect(await page.getByLabel('Query').getAttribute('aria-invalid')).toBeNull()
  })

  test('marks are counted as they are made, the reader stays where they are, and typing keeps them', async () => {
    await page.goto(`${world.url}/new`)
    await page.getByLabel('Query').fill('talks')
    const yes = page.getByLabel('about it')
    await yes.nth(19).waitFor()
    await yes.nth(0).check()
    await yes.nth(1).check()
    await page.locator('.tally', { hasText: '2 of 2 about it: 34–100% (Wilson, 95%).' }).waitFor()
    await page.getByRole('group', { name: 'Post 3' }).getByLabel('not').focus()
    await page.keyboard.press('Space')
    await page.locator('.tally', { hasText: '2 of 3 about it: 21–94% (Wilson, 95%).' }).waitFor()
    expect(await page.evaluate('document.activeElement.value')).toBe('no')
    // The same posts are drawn again: what was said of them stays said.
    await page.getByLabel('Query').fill('talks OR neverusedword')
    await page.waitForFunction(`document.querySelectorAll('.marks input:checked').length === 3`)
    await page.locator('.tally', { hasText: '2 of 3' }).waitFor()
    expect(troubles).toEqual([])
  })

  test('numbers of the start page that are late come in their place', async () => {
    const { prints } = world.served.ask
    let go = () => {}
    const slow = new Promise<void>((resolve) => {
      go = resolve
    })
    world.served.patienceMs = 1
    world.served.ask.prints = async (model) => {
      await slow
      return prints(model)
    }
    await page.goto(world.url)
    await page.getByText('The numbers are being counted.').waitFor()
    expect(await page.locator('.card').count()).toBe(0)
    go()
    await page.locator('.card').first().waitFor()
    expect(await page.getByText('The numbers are being counted.').count()).toBe(0)
    Object.assign(world.served, { patienceMs: 10_000 })
    world.served.ask.prints = prints
    expect(troubles).toEqual([])
  })

  test('a section that is long in coming is asked for once, however often the page follows the stream', async () => {
    const { perspective } = world.served
    const { promise: slow, resolve: go } = Promise.withResolvers<void>()
    let written = 0
    world.served.patienceMs = 1
    world.served.perspective = async (...given) => {
      written++
      await slow
      return perspective(...given)
    }
    const asked: string[] = []
    page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
    await page.goto(`${world.url}/topics/talks`)
    await page.getByText('The paragraph is being written').waitFor()
    const posts = Number.parseInt((await page.locator('.lead strong').first().textContent())!, 10)
    for (const nr of [1, 2]) {
      await world.write('POST', '/v1/posts', ndjson([{ id: `late ${nr}`, text: 'late talks', author: `late ${nr}` }]))
      await page
        .locator('.lead')
        .getByText(`${posts + nr} posts`)
        .waitFor()
    }
    expect(await page.locator('#parts[data-filled], #editions[data-filled]').count()).toBe(2)
    expect(asked).not.toContain('/topics/talks/subjects')
    go()
    await page.locator('#subjects[data-filled]').waitFor()
    await page.locator('#paragraph').waitFor()
    const sections = asked.filter((path) => path.startsWith('/topics/talks/')).sort()
    expect(sections).toEqual(['editions', 'parts', 'perspective', 'subjects'].map((name) => `/topics/talks/${name}`))
    // By the page and by the section; what follows the stream leaves it to that.
    expect(written).toBe(2)
    Object.assign(world.served, { patienceMs: 10_000, perspective })
    expect(troubles).toEqual([])
  })

  test('a topic that was just made is no empty chart: its page fills in by itself', async () => {
    const { status } = world.served
    let reading = true
    world.served.status = async () => {
      const told = await status()
      return reading ? { ...told, lag: 9, histories: [{ topic: 'slow-talks', version: 1, done: 3, total: 12 }] } : told
    }
    await page.goto(`${world.url}/new?name=Slow+talks&query=neveryet`)
    await page.getByRole('button', { name: 'Make the topic' }).click()
    await page.waitForURL(`${world.url}/topics/slow-talks`)
    await page.locator('#time', { hasText: 'Filling in its history: 3 of 12 kept changes' }).waitFor()
    expect(await page.locator('#time progress').getAttribute('value')).toBe('3')
    expect(await page.locator('#time').textContent()).toContain('The chart appears here as soon as posts are read')
    await world.write(
      'POST',
      '/v1/posts',
      ndjson(debate(30, { word: 'neveryet' }).map((post) => ({ ...post, id: `y${post.id}` }))),
    )
    reading = false
    await page.locator('#time .chart').first().waitFor()
    expect(await page.locator('#subjects').count()).toBe(1)
    expect(await page.locator('.lead strong').first().textContent()).toBe('30 posts')
    world.served.status = status
    await world.write('DELETE', '/v1/topics/slow-talks')
  })

  test('a view is saved, named anew and removed where it is looked at, also without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const plain = await context.newPage()
    await plain.goto(`${world.url}/topics/talks?hours=168`)
    await plain.getByText('Save this view').click()
    await plain.locator('.saving').getByLabel('Name').fill(`Week ${hostile}`)
    await plain.getByRole('button', { name: 'Save', exact: true }).first().click()
    expect(plain.url()).toBe(`${world.url}/topics/talks?hours=168#view`)
    expect(await plain.locator('.view summary').textContent()).toBe(`Saved as “Week ${hostile}”`)
    await plain.locator('.view summary').click()
    await plain.getByLabel('New name').fill('Week')
    await plain.getByRole('button', { name: 'Rename' }).click()
    await plain.goto(world.url)
    await plain.getByRole('link', { name: 'Week', exact: true }).click()
    expect(plain.url()).toBe(`${world.url}/topics/talks?hours=168`)
    await plain.goto(world.url)
    await plain.getByRole('button', { name: 'Remove the view: Week' }).click()
    expect(plain.url()).toBe(`${world.url}/`)
    expect(await plain.getByText('Saved views').count()).toBe(0)
    await context.close()
  })

  test('a topic is made, changed into version 2 and dropped, also without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const plain = await context.newPage()
    await plain.goto(`${world.url}/new`)
    await plain.getByLabel('Name').fill('Good talks')
    await plain.getByLabel('Query').fill('good AND talk')
    await plain.getByLabel('Targets').fill('a truce now\nmore talks')
    await plain.getByRole('button', { name: 'Make the topic' }).click()
    expect(plain.url()).toBe(`${world.url}/topics/good-talks`)
    await plain.getByRole('link', { name: 'Edit the query' }).click()
    expect(plain.url()).toBe(`${world.url}/topics/good-talks/edit`)
    expect(await plain.getByLabel('Targets').inputValue()).toBe('a truce now\nmore talks')
    await plain.getByLabel('Query').fill('good AND talks')
    await plain.getByRole('button', { name: 'Preview' }).click()
    await plain.getByLabel('about it').first().check()
    await plain.getByRole('button', { name: 'Preview' }).click()
    expect(await plain.locator('.tally').textContent()).toBe('1 of 1 about it: 21–100% (Wilson, 95%).')
    await plain.getByRole('button', { name: 'Save' }).click()
    expect(world.served.topics.get('good-talks')).toMatchObject({ version: 2, query: 'good AND talks' })
    await world.settled()
    await plain.reload()
    expect(await plain.getByRole('link', { name: 'version 1' }).count()).toBe(1)
    expect(await plain.locator('.lead strong').first().textContent()).toMatch(/^\d+ posts$/)
    await plain.getByText('Drop this topic').click()
    await plain.getByRole('button', { name: /^Drop/ }).click()
    expect(plain.url()).toBe(`${world.url}/`)
    expect(world.served.topics.get('good-talks')).toBeUndefined()
    await context.close()
  })

  test('every control has a name, and what has the focus shows it', async () => {
    await page.goto(`${world.url}/topics/talks`)
    const nameless = await page.evaluate<number>(
      `[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, summary, a')].filter(
        (one) => !one.textContent.trim() && !one.labels?.length && !one.getAttribute('aria-label')).length`,
    )
    expect(nameless).toBe(0)
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  })

  test.each(['light', 'dark'] as const)('text has the contrast of WCAG AA in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(`${world.url}/topics/talks`)
    const worst = await page.evaluate<{ text: string; ratio: number }[]>(contrasts)
    expect(worst.filter(({ ratio }) => ratio < 4.5)).toEqual([])
    expect(worst.length).toBeGreaterThan(50)
  })
})
