// `npm run bench -- scale [POSTS]`: one analyzer process against two on the four partitions of a log on a real broker,
// one after the other and again, over the same posts (a quarter matched and really scored), with one thread for the model
// in each. The store is the test front on the in-process engine: it, the broker and every copy take their part of the
// machine, and the result says how much, since that is what bounds the ratio here.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readConfig } from '../config.ts'
import { openLog } from '../pipeline.ts'
import { openBroker } from '../test/doubles/broker.ts'
import { startFront } from '../test/doubles/clickhouseFront.ts'
import { freePort } from '../test/doubles/ports.ts'
import { demoTopic, seeded, texts } from '../test/doubles/posts.ts'
import type { Change, Log } from '../types.ts'
import { kill, start } from './process.ts'

const partitions = 4
const rounds = 3
/** What /proc counts in: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

interface Round {
  analyzers: number
  seconds: number
  /** CPU seconds by what used them. */
  cpu: { analyzers: number; broker: number; store: number }
}

export async function run([posts = '12000']: string[]): Promise<object> {
  const all: Round[] = []
  for (let round = 0; round < rounds; round++)
    for (const analyzers of [1, 2]) all.push(await once({ analyzers, posts: Number(posts) }))
  const median = (count: number) => {
    const seconds = all.filter(({ analyzers }) => analyzers === count).map((one) => one.seconds)
    return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)]!
  }
  return {
    ...{ posts: Number(posts), partitions, cores: availableParallelism(), rounds: all },
    ...{ oneSeconds: median(1), twoSeconds: median(2), ratio: Number((median(1) / median(2)).toFixed(2)) },
  }
}

async function once({ analyzers, posts }: { analyzers: number; posts: number }): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-scale-'))
  await using broker = await openBroker()
  await using front = await startFront({ path: join(folder, 'server'), port: await freePort() })
  const path = join(folder, 'undercurrent.yaml')
  const { id, name, query, targets } = demoTopic
  const log = { kafka: { brokers: [broker.address], partitions } }
  const topics = [{ id, name, query, targets }]
  const settings = { sources: { bluesky: false }, log, store: { url: front.url }, topics, model: { threads: 1 } }
  writeFileSync(path, JSON.stringify(settings))
  const data = join(folder, 'data')
  try {
    const filling = await openLog(readConfig({ data, config: path }, {}))
    await append(filling, posts)
    const flags = ['--data', data, '--config', path, '--port', '0']
    const from = performance.now()
    const before = { broker: cpuOf(broker.pid()), store: cpuOf(front.child.pid!) }
    const running = await Promise.all(
      Array.from({ length: analyzers }, () =>
        start(['cli.ts', 'analyze', ...flags], /^undercurrent analyze is at (\S+)/),
      ),
    )
    while (!(await isRead(filling))) await pause(100)
    const seconds = Number(((performance.now() - from) / 1_000).toFixed(1))
    const used = running.reduce((sum, { child }) => sum + cpuOf(child.pid!), 0)
    const cpu = {
      analyzers: Math.round(used),
      broker: Math.round(cpuOf(broker.pid()) - before.broker),
      store: Math.round(cpuOf(front.child.pid!) - before.store),
    }
    process.stderr.write(`${analyzers}: ${seconds} s ${JSON.stringify(cpu)}\n`)
    await Promise.all(running.map((one) => kill(one, 'SIGTERM')))
    await filling[Symbol.asyncDispose]()
    return { analyzers, seconds, cpu }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function isRead(log: Log): Promise<boolean> {
  const { head, readers } = await log.status()
  return (readers.analyze ?? 0) >= head
}

async function append(log: Log, posts: number): Promise<void> {
  const next = texts(seeded(4), 0.25)
  for (let from = 0; from < posts; from += 1_000) {
    const changes = Array.from({ length: 1_000 }, (_, index): Change => {
      const { text, lang } = next()
      const rest = { likes: null, reposts: null, replyTo: null, revision: '1', quotable: true }
      const at = new Date().toISOString()
      return { op: 'create', source: 'import', id: `p${from + index}`, author: `a${index}`, text, at, lang, ...rest }
    })
    await log.append({ source: 'import', changes, cursor: null })
  }
}

/** CPU seconds of a process, user and system. */
function cpuOf(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(') ')[1]!
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) / ticksPerSecond
}
