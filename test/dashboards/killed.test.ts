// The process that keeps sites told is killed with -9 again and again while editions come: the newest edition of every
// topic arrives, one edition never under two ids, and no more repeats than kills.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeWebhook } from '../../dashboards/webhooks.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { seeded } from '../doubles/posts.ts'
import { openSite } from '../doubles/site.ts'
import { dataOf } from './telling.ts'

const kills = 12
const teller = fileURLToPath(new URL('../doubles/teller.ts', import.meta.url))

async function begin(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [teller, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  return child
}

test('kill -9 loses nothing, and renames nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uc-killed-'))
  await using site = await openSite((_, response) => void setTimeout(() => response.end(), 3))
  const newest = Object.fromEntries('abcdef'.split('').map((topic) => [topic, 0]))
  const issue = () => {
    writeFileSync(join(folder, 'next.json'), JSON.stringify(newest))
    renameSync(join(folder, 'next.json'), join(folder, 'editions.json'))
  }
  const open = () =>
    openSqliteLog({ path: join(folder, 'log.db'), retention: { hours: 48, bytes: 1e9 }, hashKey: Buffer.alloc(32, 1) })
  const log = await open()
  await makeWebhook(log, { url: site.url }, Date.now())
  await log[Symbol.asyncDispose]()
  issue()
  const random = seeded(8)
  let child: ChildProcess | undefined
  try {
    for (let kill = 0; kill < kills; kill++) {
      child = await begin(folder)
      // Killed in the middle of telling: after some tries that differ from round to round, not after a time.
      const until = site.asked.length + 1 + Math.floor(random() * 5)
      for (const topic of Object.keys(newest)) newest[topic]!++
      issue()
      await site.until(until)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    child = await begin(folder)
    const told = () => {
      const last = new Map(site.asked.map((one) => [dataOf(one).topic, dataOf(one).edition]))
      return Object.fromEntries([...last].sort())
    }
    await expect.poll(told, { timeout: 20_000, interval: 50 }).toEqual(newest)
  } finally {
    child?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  const ids = site.asked.map((one) => ({
    of: `${dataOf(one).topic} ${dataOf(one).edition}`,
    id: one.headers['webhook-id'],
  }))
  const byEdition = Map.groupBy(ids, ({ of }) => of)
  for (const [of, tries] of byEdition) expect([of, new Set(tries.map(({ id }) => id)).size]).toEqual([of, 1])
  const repeats = ids.length - byEdition.size
  expect(repeats).toBeLessThanOrEqual(kills)
  console.log(`${kills} kills, ${ids.length} tries for ${byEdition.size} editions told, ${repeats} repeats`)
})
