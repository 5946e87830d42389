// `npm run bench -- page [POSTS] [VISITS]`: a million scored posts in the store, 50,000 of them in the topic's window, and
// 200 posts/s streaming in, a tenth of them matched and scored by the real model. How long a reader in a real Chromium waits
// until the page of the topic is usable, until its late sections are there, and, while a stretch of time is drawn in its
// chart, for the shares of that stretch.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium, type Page } from 'playwright-core'
import { demoTopic } from '../test/doubles/posts.ts'
import { fillMillion, inWindow, otherTopics } from './million.ts'
import { seeded } from './posts.ts'
import { get, kill, type Running, startDouble, startUndercurrent } from './process.ts'

const rate = 200
const share = 0.1
const moves = 4

interface Quantiles {
  n: number
  p50: number
  p95: number
  max: number
}

export interface Visited {
  posts: number
  inWindow: number
  ingestPerSecond: number
  /** Posts scored while the visits went on, per second. */
  scoredPerSecond: number
  /** Milliseconds from asking for the address. Usable: every section but the late ones is drawn and answers. */
  usableMs: Quantiles
  /** Until the late sections (subjects, side by side) were in place, too. */
  wholeMs: Quantiles
  /** From the move of the mouse to the shares of the new stretch on screen. */
  brushMs: Quantiles
  /** The largest lag of analysis seen meanwhile, in changes. */
  mostLag: number
}

function quantiles(times: number[]): Quantiles {
  const order = times.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(order[Math.ceil(part * order.length) - 1] ?? Number.NaN)
  return { n: order.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

/** Notes, in the page, when the shares beside the chart last changed; and gives the way to wait for the next change. */
const watchGlance = `
  window.glanceAt = () => new Promise((resolve) => {
    const place = document.querySelector('figure .glance')
    const seen = new MutationObserver(() => { if (place.childElementCount) { seen.disconnect(); resolve(performance.now()) } })
    seen.observe(place, { childList: true })
  })
  addEventListener('pointermove', () => { window.movedAt = performance.now() }, true)`

const placeOfChart = `(() => {
  const chart = document.querySelector('svg[data-brush]')
  chart.scrollIntoView({ block: 'center', behavior: 'instant' })
  return chart.getBoundingClientRect().toJSON()
})()`

/** When the last of the late sections was put in its place. */
const whenWhole = `new Promise((resolve) => {
  const look = () => document.querySelector('[data-later]:not([data-filled])') ? setTimeout(look, 20) : resolve(performance.now())
  look()
})`

async function visit(page: Page, url: string): Promise<{ usable: number; whole: number }> {
  await page.goto(url, { waitUntil: 'load' })
  const usable = (await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd')) as number
  return { usable, whole: (await page.evaluate(whenWhole)) as number }
}

/** Draws a stretch in the chart; each move waits until its shares are on screen, the last is taken back. */
async function brush(page: Page, random: () => number): Promise<number[]> {
  await page.evaluate(watchGlance)
  // In one step: the page follows the stream, and may put another chart in the place of this one.
  const { x, y, width, height } = (await page.evaluate(placeOfChart)) as {
    x: number
    y: number
    width: number
    height: number
  }
  let last = x
  // Never twice the same stretch: there would be nothing to ask.
  const at = (): number => {
    const next = x + 10 + random() * (width - 20)
    if (Math.abs(next - last) < width / 10) return at()
    last = next
    return next
  }
  await page.mouse.move(at(), y + height / 2)
  await page.mouse.down()
  const times: number[] = []
  for (let nr = 0; nr < moves; nr++) {
    const answered = page.evaluate('window.glanceAt()') as Promise<number>
    await page.mouse.move(at(), y + height / 2)
    times.push((await answered) - ((await page.evaluate('window.movedAt')) as number))
  }
  await page.keyboard.press('Escape')
  await page.mouse.up()
  return times
}

async function settle({ url }: Running): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    const { lag } = await get<{ lag: number }>(`${url}/v1/status`)
    quiet = lag < rate ? quiet + 1 : 0
    await pause(1_000)
  }
}

const matched = async ({ url }: Running) => {
  const { topics } = await get<{ topics: { id: string; posts: number }[] }>(`${url}/v1/topics`)
  return topics.find(({ id }) => id === demoTopic.id)!.posts
}

async function visits(app: Running, browser: Browser, count: number) {
  const [usable, whole, drawn]: number[][] = [[], [], []]
  const random = seeded(5)
  let mostLag = 0
  for (let nr = 0; nr < count; nr++) {
    // A browser of its own: nothing is cached, as for somebody who comes for the first time.
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
    const page = await context.newPage()
    const seen = await visit(page, `${app.url}/topics/${demoTopic.id}`)
    usable!.push(seen.usable)
    whole!.push(seen.whole)
    drawn!.push(...(await brush(page, random)))
    await context.close()
    mostLag = Math.max(mostLag, (await get<{ lag: number }>(`${app.url}/v1/status`)).lag)
    process.stderr.write(`\rvisit ${nr + 1} of ${count}: ${Math.round(seen.usable)} ms   `)
  }
  process.stderr.write('\n')
  return { usableMs: quantiles(usable!), wholeMs: quantiles(whole!), brushMs: quantiles(drawn!), mostLag }
}

async function measure(folder: string, posts: number, count: number): Promise<Visited> {
  const data = join(folder, 'data')
  await fillMillion(data, posts)
  const double = await startDouble({ rate, seed: 3, match: share })
  const config = join(folder, 'undercurrent.yaml')
  const sources = { bluesky: { hosts: [double.url], rewind: '1m', counts_per_hour: 0 } }
  const topics = [demoTopic, ...otherTopics].map(({ id, name, query, targets }) => ({ id, name, query, targets }))
  writeFileSync(config, JSON.stringify({ sources, topics }))
  const app = await startUndercurrent(data, config)
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
  try {
    await settle(app)
    const [before, start] = [await matched(app), performance.now()]
    const told = await visits(app, browser, count)
    const scoredPerSecond = ((await matched(app)) - before) / ((performance.now() - start) / 1_000)
    return { posts, inWindow, ingestPerSecond: rate, scoredPerSecond: Math.round(scoredPerSecond * 10) / 10, ...told }
  } finally {
    await browser.close()
    await kill(app, 'SIGTERM')
    await kill(double, 'SIGKILL')
  }
}

export async function run([posts = '1000000', count = '60']: string[] = []): Promise<Visited> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-page-'))
  try {
    const told = await measure(folder, Number(posts), Number(count))
    console.log(told)
    return told
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
