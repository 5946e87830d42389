// `npm run bench -- overload [MINUTES]`: ten times Bluesky's mean rate (45 posts/s), every post about the topic, for ten
// minutes from a Jetstream double over real sockets into `undercurrent up`; then silence. Tells the greatest memory and lag,
// how long the lag took to go, and compares every post with the double's ledger.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { demoTopic } from '../test/doubles/posts.ts'
import type { Truth } from './chaos/oracle.ts'
import { get, kill, type Running, startDouble, startUndercurrent } from './process.ts'

const usual = 45
const times = 10

interface Look {
  second: number
  lag: number
  posts: number
  rssMb: number
}

export async function run([minutes = '10']: string[]): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-overload-'))
  const double = await startDouble({ rate: usual * times, seed: 9, match: 1, accounts: 20_000 })
  const config = join(folder, 'undercurrent.yaml')
  const { id, name, query, targets } = demoTopic
  const sources = { bluesky: { hosts: [double.url], rewind: '1m', counts_per_hour: 0 } }
  writeFileSync(config, JSON.stringify({ sources, topics: [{ id, name, query, targets }] }))
  const app = await startUndercurrent(join(folder, 'data'), config)
  try {
    return await measure({ app, double, minutes: Number(minutes) })
  } finally {
    await Promise.all([kill(app, 'SIGKILL'), kill(double, 'SIGKILL')])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure({ app, double, minutes }: { app: Running; double: Running; minutes: number }): Promise<object> {
  const looks: Look[] = []
  const start = performance.now()
  const second = () => Math.round((performance.now() - start) / 1_000)
  const look = async () => {
    const { lag, log } = await get<{ lag: number; log: { head: number } }>(`${app.url}/v1/status`)
    looks.push({ second: second(), lag, posts: log.head, rssMb: rssOf(app) })
    process.stderr.write(`\r${second()} s: ${log.head} in the log, ${lag} to read, ${rssOf(app)} MB        `)
    return looks.at(-1)!
  }
  while (second() < minutes * 60) await Promise.all([look(), pause(1_000)])
  const http = double.url.replace('ws:', 'http:')
  await fetch(`${http}/stop`)
  const stopped = second()
  const lagThen = (await look()).lag
  for (let quiet = 0, before = -1; quiet < 5; await pause(1_000)) {
    const { lag, posts } = await look()
    quiet = lag === 0 && posts === before ? quiet + 1 : 0
    before = posts
  }
  process.stderr.write('\n')
  const drained = looks.find(({ second: at, lag }) => at > stopped && lag === 0)!.second - stopped
  const compared = await compare(app.url, http)
  const peak = (part: Look[]) => Math.max(...part.map(({ rssMb }) => rssMb))
  const third = Math.floor(looks.length / 3)
  return {
    ...{ minutes, offeredPerSecond: usual * times, inTheLog: looks.at(-1)!.posts, ...compared },
    ...{ lagWhenItEnded: lagThen, mostLag: Math.max(...looks.map(({ lag }) => lag)), drainedSeconds: drained },
    peakRssMb: peak(looks),
    // Memory that grew with the lag would show here.
    peakRssMbByThird: [peak(looks.slice(0, third)), peak(looks.slice(third, 2 * third)), peak(looks.slice(2 * third))],
    everyMinute: looks.filter(
      (one, nr) => nr === 0 || Math.floor(one.second / 60) > Math.floor(looks[nr - 1]!.second / 60),
    ),
  }
}

/** The resident memory of a process as the kernel counts it, in MB. */
function rssOf({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024)
}

async function compare(
  url: string,
  http: string,
): Promise<{ live: number; lost: number; doubled: number; strange: number }> {
  const lines = (await (await fetch(`${http}/ledger/posts`)).text()).trim().split('\n')
  const truths = lines.map((line) => JSON.parse(line) as Truth & { about: boolean })
  const live = new Set(truths.filter((one) => one.state === 'live' && one.about).map(({ id }) => id))
  const window = {
    from: new Date(Date.now() - 86_400_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  }
  const query = new URLSearchParams({ ...window, format: 'ndjson' })
  const file = await (await fetch(`${url}/v1/topics/${demoTopic.id}/export?${query}`)).text()
  const ids = file
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id)
  const found = new Set(ids)
  return {
    live: live.size,
    lost: [...live].filter((id) => !found.has(id)).length,
    doubled: ids.length - found.size,
    strange: [...found].filter((id) => !live.has(id)).length,
  }
}
