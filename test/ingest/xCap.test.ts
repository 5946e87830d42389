// The cap, with X as the judge: a process that reads X at full speed into a real log is killed (-9) twenty times at random,
// and stopped a few times; its clock jumps by days while it runs; X's own day and month turn meanwhile. At no instant did X
// write more posts in one of its days or months than the caps allow.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { GapChange } from '../../types.ts'
import { seeded } from '../doubles/posts.ts'
import { XDouble } from '../doubles/x.ts'
import type { LifeOptions } from '../doubles/xLife.ts'
import { planPosts } from '../doubles/xPosts.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6))
const price = 0.005
const caps = { day: 1_900, month: 8_000 }
/** What X sends at most. */
const perSecond = 250
const lifeScript = join(import.meta.dirname, '../doubles/xLife.ts')

test(`kill -9, clock jumps and turns of day and month never pass the cap (seed ${seed})`, {
  timeout: 90_000,
}, async () => {
  const random = seeded(seed)
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-x-'))
  const path = join(folder, 'log.db')
  // X's month ends while this runs.
  let ahead = Date.UTC(2026, 10, 30, 23, 59, 50) - Date.now()
  const now = () => Date.now() + ahead
  const double = await XDouble.start({ seed, now, caps })
  const publish = () =>
    double.publishInTime(planPosts({ seed, count: 15_000, fromMs: now(), stepMs: 1_000 / perSecond }))
  let stopPublishing = publish()
  const start = (nr: number) => {
    const given = { url: double.url, token: double.options.token, path, seed: seed + nr }
    const options: LifeOptions = { ...given, daily: caps.day * price, monthly: caps.month * price }
    return spawn(process.execPath, [lifeScript, JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const life = async (nr: number, signal: NodeJS.Signals, afterMs: number) => {
    const child = start(nr)
    // Connected, or kept from it by the cap: then it is killed while it waits.
    for (let waitedMs = 0; waitedMs < 800 && double.readers === 0; waitedMs += 10) await wait(10)
    await wait(afterMs)
    child.kill(signal)
    await once(child, 'exit')
  }
  /** Days later at X, while nobody reads. */
  const later = (days: number) => {
    stopPublishing()
    ahead += days * 86_400_000
    stopPublishing = publish()
  }
  try {
    for (let nr = 0; nr < 20; nr++) {
      await life(nr, 'SIGKILL', random() * 700)
      if (nr % 6 === 5) await life(nr + 100, 'SIGTERM', random() * 300)
      if (nr % 3 === 2 && nr > 8) later(1)
    }
    // The last one lives until the money of its day is spent, and says so.
    later(32)
    const day = new Date(now()).toISOString().slice(0, 10)
    const last = start(200)
    const had = () => double.billed.get(day) ?? 0
    for (let before = -1; had() !== before || double.readers > 0 || had() === 0; before = had()) await wait(1_000)
    last.kill('SIGTERM')
    await once(last, 'exit')
    console.log(`seed ${seed}`, Object.fromEntries(double.billed), double.written)
    expect(double.violations).toEqual([])
    // Not by reading nothing: up to what can be under way, and what is reserved at once.
    expect(had()).toBeGreaterThan(caps.day - 500 - 200 - 100)
    expect([...double.billed.keys()].filter((span) => span.length === 7)).toHaveLength(3)
    expect(await spendGaps(path)).toBeGreaterThan(0)
  } finally {
    await double[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
})

async function spendGaps(path: string): Promise<number> {
  const log = await openSqliteLog({ path, retention: { hours: 1e6, bytes: 1e12 }, hashKey: Buffer.alloc(32, 1) })
  const { head } = await log.status()
  let gaps = 0
  for await (const { changes } of log.read('test', new AbortController().signal, { until: head }))
    gaps += changes.filter(({ change }) => (change as GapChange).reason === 'spend').length
  await log[Symbol.asyncDispose]()
  return gaps
}
