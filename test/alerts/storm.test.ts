// Topics that shift, watched by a process that is killed fifty times: every alert arrives, one shift has one id, and no more
// is told twice than kills. And two hundred topics that shift at once are one bulletin and one call.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { keptAlerts, keptBulletins, keptTold } from '../../alerts/kept.ts'
import { openNotify } from '../../alerts/notify.ts'
import { openDial } from '../../dial.ts'
import { seeded } from '../doubles/posts.ts'
import { openSite, type Site } from '../doubles/site.ts'
import { shiftNr, stormTopics } from '../doubles/stormTopics.ts'
import { topicOf } from '../doubles/tallies.ts'
import { channel, openLog, words } from './invented.ts'
import { openLooping, start, stepMs } from './looping.ts'

const kills = 50
const program = fileURLToPath(new URL('../doubles/watchStorm.ts', import.meta.url))

interface Child {
  process: ChildProcess
  /** How far it came. */
  time: () => number
}

async function begin(folder: string, url: string, time: number): Promise<Child> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const child = spawn(process.execPath, [program, folder, url, String(time)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(-100)
  })
  await once(child.stdout!, 'data')
  return { process: child, time: () => Math.max(time, Number(said.split('\n').at(-2) ?? time)) }
}

function outbox(log: Awaited<ReturnType<typeof openLog>>, url: string, now: () => number) {
  const dial = openDial({ allow: ['127.0.0.1'] })
  const channels = [channel('hook', 'webhook', { url })]
  return openNotify({
    log,
    words,
    channels,
    dial,
    now,
    origin: 'http://127.0.0.1:4300',
    note: () => {},
    random: () => 0,
  })
}

/** The last process looks no more, and tells what is left: what a killed one kept may be of a step that it did not say. */
async function tellTheRest(folder: string, url: string, time: number) {
  const log = await openLog(folder)
  const stop = new AbortController()
  const done = outbox(log, url, () => time + stepMs).run(stop.signal)
  const unsettled = async () => {
    const told = await keptTold(log)
    const isDone = (id: string) => ['delivered', 'superseded'].includes(told.get(id)?.get('hook')?.status ?? '')
    return (await keptBulletins(log)).filter(({ id }) => !isDone(id)).length
  }
  await expect.poll(unsettled, { timeout: 20_000, interval: 50 }).toBe(0)
  stop.abort()
  await done
  const alerts = await keptAlerts(log)
  await log[Symbol.asyncDispose]()
  return alerts
}

const heardBy = ({ asked }: Site) =>
  asked.map(({ body }) => JSON.parse(body) as { id: string; data: { alerts: { id: string; state: string }[] } })
const wasSure = ({ history }: Alert) => history.some(({ state }) => state === 'confirmed')

test('kill -9, fifty times: every alert is told, one shift has one id, no more repeats than kills', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uc-watch-'))
  await using site = await openSite((_, response) => void setTimeout(() => response.end(), 3))
  const random = seeded(4)
  let child: Child | undefined
  let time = start
  try {
    for (let kill = 0; kill < kills; kill++) {
      child = await begin(folder, site.url, time)
      // Now after a call, now in the middle of whatever it does.
      if (kill % 2) await site.until(site.asked.length + 1 + Math.floor(random() * 2))
      await new Promise((resolve) => setTimeout(resolve, random() * 120))
      child.process.kill('SIGKILL')
      await once(child.process, 'exit')
      time = child.time()
    }
    const alerts = await tellTheRest(folder, site.url, time)
    const heard = heardBy(site)
    const repeats = heard.length - new Set(heard.map(({ id }) => id)).size
    expect(repeats).toBeLessThanOrEqual(kills)
    // Whoever heard of an alert knows how it stands; nobody heard of one that came and went.
    const last = new Map(heard.flatMap(({ data }) => data.alerts.map(({ id, state }) => [id, state])))
    // What was over six hours before the first look was no news.
    const news = alerts.filter(({ at }) => Date.parse(at) > start - 6 * 3_600_000)
    for (const { id, state } of news) expect([id, last.get(id) ?? 'withdrawn']).toEqual([id, state])
    expect([...last.keys()].filter((id) => !alerts.some((alert) => alert.id === id))).toEqual([])
    const sure = alerts.filter(wasSure)
    // A rise and the fall after it may both be told, where the past is such a mixture that neither is usual.
    const shifts = sure.map(({ topic, openedAt, shifts: [lead] }) =>
      [topic.topic, shiftNr(topic.topic, Date.parse(openedAt)), lead!.direction].join(' '),
    )
    expect(shifts.toSorted()).toEqual([...new Set(shifts)].toSorted())
    // No alert has a state twice.
    for (const { history } of alerts) expect(new Set(history.map(({ state }) => state)).size).toBe(history.length)
    expect(sure.length).toBeGreaterThan(stormTopics.length)
    const days = (time - start) / 86_400_000
    console.log(
      `${kills} kills, ${days.toFixed(1)} days, ${alerts.length} alerts, ${heard.length} calls, ${repeats} repeats`,
    )
  } finally {
    child?.process.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

test('two hundred topics that shift at once are one bulletin and one call', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uc-many-'))
  await using site = await openSite()
  const log = await openLog(folder)
  const topics = Array.from({ length: 200 }, (_, nr) => topicOf(`t${nr}`))
  const begins = start + 3_600_000
  const world = {
    share: (_: string, ms: number) => (ms >= begins ? 0.9 : 0.3),
    ...{ seedOf: () => 'all', bornMs: start - 3 * 86_400_000 },
  }
  let now = () => start
  const looping = await openLooping({ log, topics, world, notify: outbox(log, site.url, () => now()) })
  now = looping.now
  try {
    for (let step = 0; step < 18 && !(await looping.alerts.list()).length; step++) await looping.step()
    await site.until(1)
    const bulletins = await keptBulletins(log)
    expect(bulletins.map(({ alerts }) => alerts.length)).toEqual([200])
    expect((await keptAlerts(log)).length).toBe(200)
    const [heard] = heardBy(site)
    expect((heard as unknown as { data: { count: number } }).data.count).toBe(200)
    // And nothing more at the next look.
    await looping.step()
    expect(site.asked.length).toBe(1)
  } finally {
    await looping.stop()
    await log[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
