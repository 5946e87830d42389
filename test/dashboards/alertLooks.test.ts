// Every page of alerts and rules in a real browser, as looks.test.ts does it, down to 320 px; and what script adds: the page
// follows the stream, and the desktop is told only after a reader asked for it.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertOf, everything, type FakeAlerts, fakeAlerts } from '../doubles/alerts.ts'
import { isWithout, openBrowser, watch } from './browser.ts'
import { look, whenWhole } from './looking.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const tried = '/alerts/rules/try?sent=1&kind=shift&name=Mine&messages=1&per=week&early=yes'
const pages: Record<string, string> = {
  start: '/',
  topic: '/topics/talks',
  alerts: '/alerts',
  before: '/alerts?state=closed&topic=talks',
  early: '/alerts/a-early',
  alert: '/alerts/a-open',
  theme: '/alerts/a-theme',
  volume: '/alerts/a-volume',
  campaign: '/alerts/a-campaign',
  collection: '/alerts/a-collection',
  level: '/alerts/a-level',
  why: '/alerts/a-open/why',
  rules: '/alerts/rules',
  rule: '/alerts/rules/new?kind=shift',
  bound: '/alerts/rules/new?kind=level',
  copied: '/alerts/rules/new?from=anger',
  tried,
  mistaken: tried.replace('messages=1', 'messages=0'),
  nowhere: '/alerts/nothing',
}

/** Notes what the stream says and what the desktop is told. */
const noticed = `window.heard = []; window.told = []
  window.Notification = class {
    constructor(title, { body, tag }) { told.push([title, body, tag]) }
    static async requestPermission() { return 'granted' }
  }
  const Stream = EventSource
  window.EventSource = class extends Stream {
    constructor(url) {
      super(url)
      this.addEventListener('alert.confirmed', ({ data }) => heard.push(JSON.parse(data).id))
    }
  }`

describe.skipIf(isWithout)('pages of alerts', () => {
  let world: World
  let alerts: FakeAlerts
  let browser: Browser
  let page: Page
  let troubles: string[]
  beforeAll(async () => {
    alerts = fakeAlerts(everything())
    world = await openWorld({ served: { alerts } })
    await world.write('POST', '/v1/topics', { ...talks, tags: ['abroad'] })
    await world.write('POST', '/v1/posts', ndjson(debate(150)))
    await world.settled()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.[Symbol.asyncDispose]()
  })
  const open = async (path: string, before?: string) => {
    await page?.close()
    page = await browser.newPage()
    if (before) await page.addInitScript(before)
    troubles = watch(page, world.url)
    await page.goto(world.url + path)
    await page.evaluate(whenWhole)
  }

  test.each(Object.entries(pages))(
    '%s: %s',
    async (name, path) => {
      await open(path)
      await look(page, `alerts-${name}`, [320, 720, 1200])
      const words = (await page.locator('main').textContent())!.toLowerCase()
      expect(words).not.toMatch(/cusum|sigma|likelihood|p-value|threshold|null|undefined|nan\b/)
      const refused = { nowhere: /status of 404/, mistaken: /status of 400/ }[name]
      expect(troubles.filter((one) => !refused?.test(one))).toEqual([])
    },
    60_000,
  )

  test('an empty page says what is watched, how often that errs, and what silence means', async () => {
    const none = fakeAlerts()
    Object.assign(world.served.alerts, { list: none.list, rules: none.rules })
    await open('/alerts')
    await look(page, 'alerts-empty', [320, 720, 1200])
    const words = await page.locator('#open').textContent()
    expect(words).toContain('Silence here means: no change.')
    expect(words).toContain('of all that is sent, at most 1 message a week should not have been')
    Object.assign(world.served.alerts, { rules: async () => [] })
    await open('/alerts')
    expect(await page.locator('#open').textContent()).toContain('Nothing is watched for changes')
    const { list, rules } = fakeAlerts(everything())
    Object.assign(world.served.alerts, { list, rules })
  }, 60_000)

  test('the list follows the stream, and the desktop is told only once a reader asked for it', async () => {
    Object.assign(world.served.alerts, { list: async () => [...moved] })
    const moved = [alertOf('a-first', { state: 'early' })]
    await open('/alerts', noticed)
    await expect.poll(() => page.locator('#open .card').count()).toBe(1)
    // The stream says hello once it listens; what comes before that is in no event.
    const move = (id: string) => {
      const alert = alertOf(id)
      moved.unshift(alert)
      alerts.move(alert)
    }
    move('a-second')
    await expect.poll(() => page.locator('#open .card').count(), { timeout: 15_000 }).toBe(2)
    await expect.poll(() => page.evaluate('heard'), { timeout: 15_000 }).toEqual(['a-second'])
    expect(await page.evaluate('told')).toEqual([])
    await page.getByRole('button', { name: 'Tell me here' }).click()
    await expect.poll(() => page.locator('#telling').textContent()).toContain('while this page is open')
    move('a-third')
    await expect
      .poll(() => page.evaluate('told'), { timeout: 15_000 })
      .toEqual([['Sure', expect.stringContaining('Peace talks'), 'a-third']])
    await page.getByRole('button', { name: 'Stop telling me here' }).click()
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).toBe('{}')
  }, 60_000)
})
