// `npm run bench -- catchup sqlite|kafka [POSTS]`: a day of Bluesky (3.9 M posts of realistic lengths, one in twenty matched
// and really scored) appended as fast as the log takes it, and the time until everything is in the store. On Kafka: a real
// broker on this machine, four partitions, the same single process and embedded store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readConfig } from '../config.ts'
import { withBrokers } from '../configLog.ts'
import { silent } from '../journal.ts'
import { open, type Pipeline } from '../pipeline.ts'
import { openBroker } from '../test/doubles/broker.ts'
import { about, demoTopic, seeded, texts } from '../test/doubles/posts.ts'
import type { Change } from '../types.ts'

const aDay = 3_900_000
const batchSize = 1_000
const share = 0.05
const progressMs = 10_000

export const nameOf = ([on = 'sqlite']: string[]): string => `catchup-${on}`

export async function run([on = 'sqlite', posts = String(aDay)]: string[]): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-day-'))
  try {
    if (on !== 'kafka') return await measure({ folder, on, posts: Number(posts) })
    await using broker = await openBroker()
    return await measure({ folder, on, posts: Number(posts), broker: broker.address })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure({ folder, on, posts, broker }: { folder: string; on: string; posts: number; broker?: string }) {
  const read = readConfig({ data: folder, offline: true, 'no-sample': true }, {})
  const log = withBrokers(read.log, broker)
  const config = { ...read, topics: [], log: log.kafka ? { ...log, kafka: { ...log.kafka, partitions: 4 } } : log }
  await using pipeline = await open(config, silent)
  await pipeline.topics.put({ ...demoTopic, public: false, tags: [] })
  const stop = new AbortController()
  const running = pipeline.run(stop.signal)
  const told = watch(pipeline, posts)
  const start = performance.now()
  const { characters, matched } = await appendAll(pipeline, posts)
  const appended = (performance.now() - start) / 1_000
  while ((await pipeline.status()).lag > 0) await pause(100)
  const seconds = (performance.now() - start) / 1_000
  const { most } = told()
  const [counted] = await pipeline.store.ask.counts()
  stop.abort()
  await running
  if (counted?.posts !== matched) throw new Error(`${counted?.posts} posts in the store, and ${matched} are about it`)
  const { user, system } = process.cpuUsage()
  const { bytes } = await pipeline.log.status()
  return {
    ...{ log: on, posts, matched, meanCharacters: Math.round(characters / posts) },
    ...{ appendedSeconds: Math.round(appended), caughtUpSeconds: Math.round(seconds) },
    ...{
      postsPerSecond: Math.round(posts / seconds),
      timesFasterThanLive: Math.round(86_400 / (seconds * (aDay / posts))),
    },
    ...{ mostLag: most, cpuSeconds: Math.round((user + system) / 1e6), logBytes: bytes },
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

async function appendAll({ log }: Pipeline, posts: number): Promise<{ characters: number; matched: number }> {
  const random = seeded(1)
  const next = texts(random, share)
  const start = Date.now() - 86_400_000
  let [characters, matched] = [0, 0]
  let sending: Promise<unknown> = Promise.resolve()
  for (let from = 0; from < posts; from += batchSize) {
    const changes = Array.from({ length: Math.min(batchSize, posts - from) }, (_, index): Change => {
      const { text, lang } = next()
      characters += text.length
      matched += about(text) ? 1 : 0
      const at = new Date(start + ((from + index) / posts) * 86_400_000).toISOString()
      const author = `author-${Math.floor(random() * 400_000)}`
      const rest = { likes: null, reposts: null, replyTo: null, revision: `${from + index}`, quotable: true }
      return { op: 'create', source: 'import', id: `p${from + index}`, author, text, at, lang, ...rest }
    })
    await sending
    sending = log.append({ source: 'import', changes, cursor: `${from}` })
  }
  await sending
  return { characters, matched }
}

/** Says how it goes; gives the greatest lag there was. */
function watch({ status }: Pipeline, posts: number): () => { most: number } {
  let most = 0
  const look = async () => {
    const { lag, log } = await status()
    most = Math.max(most, lag)
    process.stderr.write(`\r${log.posts} of ${posts} in the log, ${lag} to read        `)
  }
  const timer = setInterval(() => void look().catch(() => {}), progressMs)
  return () => {
    clearInterval(timer)
    process.stderr.write('\n')
    return { most }
  }
}
