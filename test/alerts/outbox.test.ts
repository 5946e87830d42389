// Killed with -9 fifty times in a storm of alerts: every bulletin arrives or has nothing left to tell, each under one id, in
// order, and no more repeats than kills; whoever heard of an alert knows how it stands; states and bulletins are never apart.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { keptAlerts, keptBulletins, keptTold } from '../../alerts/kept.ts'
import { openNotify } from '../../alerts/notify.ts'
import { deliveryId } from '../../alerts/owed.ts'
import { openDial } from '../../dial.ts'
import { seeded } from '../doubles/posts.ts'
import { openSite, type Site } from '../doubles/site.ts'
import { channel, openLog, words } from './invented.ts'

const kills = 50
const storm = fileURLToPath(new URL('../doubles/storm.ts', import.meta.url))

async function begin(folder: string, url: string, seed: number): Promise<ChildProcess> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const child = spawn(process.execPath, [storm, folder, url, String(seed)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  return child
}

/** The last process: it makes nothing, and tells what is left. */
async function tellTheRest(folder: string, url: string) {
  const log = await openLog(folder)
  const stop = new AbortController()
  const channels = [channel('hook', 'webhook', { url })]
  const notify = openNotify({
    ...{ log, words, channels, origin: 'http://127.0.0.1:4300', note: () => {}, random: () => 0 },
    dial: openDial({ allow: ['127.0.0.1'] }),
  })
  const done = notify.run(stop.signal)
  const unsettled = async () => {
    const told = await keptTold(log)
    const isDone = (id: string) => ['delivered', 'superseded'].includes(told.get(id)?.get('hook')?.status ?? '')
    return (await keptBulletins(log)).filter(({ id }) => !isDone(id)).length
  }
  await expect.poll(unsettled, { timeout: 20_000, interval: 50 }).toBe(0)
  stop.abort()
  await done
  const left = { alerts: await keptAlerts(log), bulletins: await keptBulletins(log), told: await keptTold(log) }
  await log[Symbol.asyncDispose]()
  return left
}

const heardBy = ({ asked }: Site) =>
  asked.map(({ body }) => JSON.parse(body) as { id: string; data: { alerts: { id: string; state: string }[] } })

test('kill -9, fifty times: nothing is lost, nothing renamed, no more repeats than kills', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uc-storm-'))
  await using site = await openSite((_, response) => void setTimeout(() => response.end(), 3))
  const random = seeded(9)
  let child: ChildProcess | undefined
  try {
    for (let kill = 0; kill < kills; kill++) {
      child = await begin(folder, site.url, kill)
      // After some tries that differ from round to round, in the middle of one.
      await site.until(site.asked.length + 1 + Math.floor(random() * 5))
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const { alerts, bulletins, told } = await tellTheRest(folder, site.url)
    const heard = heardBy(site)
    const ids = new Set(heard.map(({ id }) => id))
    const byId = new Map(bulletins.map(({ id }, nr) => [deliveryId(id, 'hook'), { id, nr }]))
    // What was delivered was heard under the bulletin's one id; nothing else ever was.
    const delivered = bulletins.filter(({ id }) => told.get(id)!.get('hook')!.status === 'delivered')
    expect(delivered.filter(({ id }) => !ids.has(deliveryId(id, 'hook')))).toEqual([])
    expect([...ids].filter((id) => !byId.has(id))).toEqual([])
    const repeats = heard.length - ids.size
    expect(repeats).toBeLessThanOrEqual(kills)
    const order = [...ids].map((id) => byId.get(id)!.nr)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    // Every alert was heard of as it stands; or never, when it came and went.
    const last = new Map(heard.flatMap(({ data }) => data.alerts.map(({ id, state }) => [id, state])))
    for (const { id, state } of alerts) expect([id, last.get(id) ?? 'withdrawn']).toEqual([id, state])
    // No state is without its bulletin, whenever it was that the process died.
    const said = new Set(bulletins.flatMap((one) => one.alerts.map(({ id, state }) => `${id} ${state}`)))
    expect(alerts.filter(({ id, state }) => !said.has(`${id} ${state}`))).toEqual([])
    console.log(
      `${kills} kills, ${bulletins.length} bulletins, ${delivered.length} told, ${heard.length} tries, ${repeats} repeats`,
    )
  } finally {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}, 90_000)
