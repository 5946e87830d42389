// One life of a process that reads X into a real log: `node test/doubles/xLife.ts '{"url","token","path",...}'`. Its local
// clock jumps by days, forward and back, while it runs. It ends cleanly on SIGTERM, and otherwise when it is killed.
import { ingest } from '../../ingest/ingest.ts'
import { xSource } from '../../ingest/x.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log } from '../../types.ts'
import { seeded } from './posts.ts'

export interface LifeOptions {
  url: string
  token: string
  /** Of the log's file. */
  path: string
  daily: number
  monthly: number
  seed: number
}

const key = 'spend.x'
/** The money kept as a setting of the log, as the pipeline keeps it. */
export const keepIn = (log: Log) => ({
  read: async () => {
    const [found] = await log.settings(key)
    return found?.change.op === 'setting' ? found.change.value : null
  },
  write: async (value: string) => {
    await log.append({ source: 'undercurrent', changes: [{ op: 'setting', key, value }], cursor: null })
  },
})

if (import.meta.main) {
  const { url, token, path, daily, monthly, seed } = JSON.parse(process.argv[2]!) as LifeOptions
  const random = seeded(seed)
  const wall = Date.now
  let shiftMs = 0
  Date.now = () => wall() + shiftMs
  setInterval(() => {
    shiftMs = Math.floor(random() * 80 - 40) * 86_400_000
  }, 70)
  const log = await openSqliteLog({ path, retention: { hours: 1e6, bytes: 1e12 }, hashKey: Buffer.alloc(32, 1) })
  const pauses = { networkMs: 5, networkCapMs: 50, httpMs: 50, httpCapMs: 200, limitMs: 50, limitCapMs: 200 }
  const source = xSource({
    ...{ host: url, token, price: 0.005, daily, monthly, keep: keepIn(log), pauses, settleMs: 100 },
    ...{ rules: () => [{ topic: 'ferries', value: 'ferry' }], onRules: () => () => {} },
  })
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  await ingest([source], log, { signal: stop.signal }).done
  await log[Symbol.asyncDispose]()
  process.exit(0)
}
