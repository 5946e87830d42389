// `npm run bench -- pipe`: posts/s through the whole stack (log, match, score, store) in one process, CPU-seconds per
// 1,000 posts by stage, peak memory, and the time from the start of a process to its first scored post.
// Posts come from a file of generated ones, a tenth of them matched, through the same loops as live ones.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile, mentionsOf } from '../analyze/analyze.ts'
import { seenOf, tell } from '../analyze/told.ts'
import { type Config, readConfig } from '../config.ts'
import { silent } from '../journal.ts'
import { open, openModel } from '../pipeline.ts'
import { demoTopic, seeded, texts } from '../test/doubles/posts.ts'
import type { Change } from '../types.ts'

type Opened = Awaited<ReturnType<typeof open>>

const postCount = 40_000
const batchSize = 500

export async function run(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-pipe-'))
  try {
    return await measure(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(folder: string): Promise<object> {
  const begun = performance.now()
  const config = { ...readConfig({ data: folder, offline: true, 'no-sample': true }, {}), topics: [] }
  await using pipeline = await open(config, silent)
  await pipeline.topics.put({ ...demoTopic, public: false, tags: [] })
  const stop = new AbortController()
  const running = pipeline.run(stop.signal)
  const first = firstScored(pipeline, begun)
  const append = cpu()
  const start = performance.now()
  for (const changes of batches()) await pipeline.log.append({ source: 'import', changes, cursor: null })
  const appended = { seconds: seconds(start), cpu: append() }
  while ((await pipeline.status()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const all = { seconds: seconds(start), cpu: append() }
  const counts = await pipeline.store.ask.counts()
  stop.abort()
  await running
  const stages = await stageCpu(pipeline, config)
  const per1000 = (value: number) => Number((value / (postCount / 1000)).toFixed(4))
  const result = {
    posts: postCount,
    matched: counts[0]?.posts ?? 0,
    postsPerSecond: Math.round(postCount / all.seconds),
    scoredPerSecond: Math.round((counts[0]?.posts ?? 0) / all.seconds),
    cpuSecondsPer1000Posts: { all: per1000(all.cpu), append: per1000(appended.cpu), ...stages },
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    startToFirstScoredMs: await first,
  }
  console.log(JSON.stringify(result, null, 2))
  return result
}

function* batches(): Generator<Change[]> {
  const random = seeded(1)
  const next = texts(random, 0.1)
  const at = new Date().toISOString()
  for (let from = 0; from < postCount; from += batchSize) {
    yield Array.from({ length: batchSize }, (_, index): Change => {
      const { text, lang } = next()
      const author = `author-${Math.floor(random() * 5_000)}`
      const rest = { likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
      return { op: 'create', source: 'import', id: `p${from + index}`, author, text, at, lang, ...rest }
    })
  }
}

async function firstScored(pipeline: Opened, begun: number): Promise<number> {
  for (;;) {
    if ((await pipeline.store.ask.counts()).some(({ posts }) => posts > 0)) return Math.round(performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** User and system CPU seconds since the call, of all threads. */
function cpu(): () => number {
  const from = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(from)
    return (user + system) / 1e6
  }
}

const seconds = (from: number) => (performance.now() - from) / 1000

/** CPU-seconds per 1,000 posts of each stage of analysis, one after the other over the same log with nothing else on. */
async function stageCpu({ log, store, topics }: Opened, config: Config): Promise<Record<string, number>> {
  await using model = await openModel(config)
  const matching = compile(topics.list())
  const spent = { read: 0, match: 0, score: 0, store: 0 }
  const { head } = await log.status()
  let mark = cpu()
  const charge = (stage: keyof typeof spent) => {
    spent[stage] += mark()
    mark = cpu()
  }
  for await (const slice of log.read('bench', new AbortController().signal, { until: head, limit: 500 })) {
    const told = tell(slice.changes)
    charge('read')
    const mentions = mentionsOf(told, matching)
    charge('match')
    const scores = await model.score(mentions)
    charge('score')
    await store.add({ scores, seen: seenOf(told), scope: matching.scope })
    charge('store')
  }
  const rounded = Object.entries(spent).map(([stage, seconds]) => [
    stage,
    Number((seconds / (postCount / 1000)).toFixed(4)),
  ])
  return Object.fromEntries(rounded)
}
