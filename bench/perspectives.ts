// `npm run bench -- perspectives [TOPICS]`: 200 topics, 1,000 posts in each one's window and 250 in the window before, all
// of them new; how long until every paragraph is written and kept, caches cold, by what it was spent on. It is one look of
// the very loop that runs in the product (perspectives/life.ts), on an embedded store with embeddings.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../answers.ts'
import type { Perspective } from '../conclusions.ts'
import { metrics } from '../metrics.ts'
import { openWriter, openWritten } from '../perspectives/kept.ts'
import { openLook } from '../perspectives/life.ts'
import { openKeys } from '../store/keys.ts'
import { openStore } from '../store/store.ts'
import type { Mention, ModelErrors, Score, Topic } from '../types.ts'
import { drawRank, makeWorld, type Random, seeded, type World } from './posts.ts'

const inWindow = 1_000
const before = 250
const authors = 420
const dims = 384
const model = 'bench@1'
const end = Date.parse('2026-11-20T00:00:00.000Z')
const dayMs = 86_400_000
const emotions = 'anger joy fear optimism sadness disgust surprise trust love pessimism anticipation'.split(' ')

const errors = (labels: string[]) => ({
  share: Object.fromEntries(labels.map((label) => [label, 0.04])),
  difference: Object.fromEntries(labels.map((label) => [label, 0.02])),
})
export const modelError: ModelErrors = {
  sentiment: errors(['negative', 'neutral', 'positive']),
  emotion: errors(emotions),
  stance: errors(['favor', 'against', 'neither']),
}

export const topicOf = (nr: number): Topic => ({
  ...{ id: `topic-${nr}`, name: `the matter ${nr}`, query: `matter${nr}`, public: false, tags: [], version: 1 },
  ...{ targets: [{ id: 'more', text: 'more of it' }], at: new Date(end - 9 * dayMs).toISOString(), origin: 'user' },
})

interface Making {
  world: World
  random: Random
  topic: Topic
  themes: { phrase: string; at: Float32Array; darker: number }[]
}

function making(world: World, nr: number): Making {
  const random = seeded(7_000 + nr)
  const rare = () => world.words[400 + Math.floor(random() * 4_000)]!
  const themes = Array.from({ length: 8 }, () => ({
    phrase: `${rare()} ${rare()}`,
    at: direction(random),
    darker: random() - 0.5,
  }))
  return { world, random, topic: topicOf(nr), themes }
}

const direction = (random: Random) => Float32Array.from({ length: dims }, () => random() - 0.5)

/** About a dozen words, a theme in two of three, near-copies of one text in one of thirty, a few busy accounts. */
function scoreOf({ world, random, topic, themes }: Making, nr: number): Score {
  const theme = random() < 0.66 ? themes[Math.floor(random() ** 1.5 * themes.length)]! : null
  const isCopy = random() < 0.033
  const words = Array.from({ length: 5 + Math.floor(random() * 12) }, () => world.words[drawRank(world)]!)
  if (theme) words.splice(Math.floor(random() * words.length), 0, theme.phrase)
  const text = isCopy
    ? `Sign the paper for ${themes[0]!.phrase} today, neighbours, and bring a pen${'!'.repeat(nr % 3)}`
    : `${words.join(' ')}.`
  const span = nr < inWindow ? [end - dayMs, dayMs] : [end - 2 * dayMs, dayMs]
  const post = {
    ...{ op: 'create' as const, source: nr % 7 ? 'bluesky' : 'file', id: `at://${topic.id}/post/${nr}`, text },
    ...{ author: `author ${topic.id} ${Math.floor(random() ** 1.6 * authors)}`, lang: 'en', replyTo: null },
    ...{ at: new Date(span[0]! + Math.floor(random() * span[1]!)).toISOString(), likes: nr % 5, reposts: 0 },
    ...{ revision: null, quotable: true },
  }
  const lean = clamp(0.4 + (theme?.darker ?? 0) * 0.6 + (random() - 0.5) * 0.5)
  const side = clamp(0.45 + (random() - 0.5) * 0.6)
  const mention: Mention = {
    ...{ topic: topic.id, topicVersion: 1, targets: topic.targets, post },
    version: { revision: null, arrival: nr + 1 },
  }
  return {
    ...{ mention, model, lang: 'en', skipped: null, copy: text.slice(0, 40) },
    sentiment: { negative: lean, neutral: (1 - lean) * 0.6, positive: (1 - lean) * 0.4 },
    emotion: Object.fromEntries(emotions.map((label, at) => [label, clamp((at % 2 ? lean : 1 - lean) * random())])),
    stance: { more: { favor: side, against: (1 - side) * 0.6, neither: (1 - side) * 0.4 } },
    ...{ irony: 0.1, offensive: random() * 0.3, hate: 0.02 },
    embedding: near(theme?.at ?? direction(random), random),
  }
}

const clamp = (p: number) => Math.min(0.98, Math.max(0.02, p))

function near(at: Float32Array, random: Random): Float32Array {
  const raw = at.map((x) => x + (random() - 0.5) * 0.9)
  const norm = Math.hypot(...raw)
  return raw.map((x) => x / norm)
}

export async function fill(store: Store, topics: number): Promise<void> {
  const world = makeWorld(5, 6_000)
  for (let nr = 0; nr < topics; nr++) {
    const made = making(world, nr)
    const scores = Array.from({ length: inWindow + before }, (_, at) => scoreOf(made, at))
    const seen = scores.map(({ mention: { post, version } }) => ({
      ...{ source: post.source, id: post.id, version, op: post.op },
    }))
    await store.add({ scores, seen, scope: [{ topic: made.topic.id, version: 1 }] })
  }
}

/** Seconds spent in each question to the store so far. */
async function questionSeconds(): Promise<Map<string, number>> {
  const { values } = await metrics.queries.get()
  const sums = values.filter(({ metricName }) => metricName?.endsWith('_sum'))
  return new Map(sums.map(({ labels, value }) => [String(labels.question), value]))
}

const round = (seconds: number) => Math.round(seconds * 100) / 100

export interface Refreshed {
  topics: number
  postsEach: number
  postsBeforeEach: number
  /** Until every paragraph was written and kept. */
  seconds: number
  /** CPU of the whole process, the engine's threads included. */
  cpuSeconds: number
  /** Of these, our own thread: reading answers, shares, themes, ledger, writer, gate. */
  ownCpuSeconds: number
  /** By question to the store; some are asked side by side, so they may add up to more than was waited. */
  questions: Record<string, number>
  written: number
  refused: number
  sentences: number
  kept: number
  /** How long a reader of the dashboards waited meanwhile for a topic's shares. */
  readerMs: { p50: number; p95: number; max: number }
  /** Of the whole process, the filling of the store included. */
  peakRssMb: number
}

export async function refresh(store: Store, count: number): Promise<Refreshed> {
  const topics = Array.from({ length: count }, (_, nr) => topicOf(nr))
  const { ask } = store
  const sources = { ask, model, modelError, languages: ['en'], code: 'bench' }
  const read = openWritten(sources, openWriter(sources))
  let kept = 0
  const keep: Store['keep'] = (edition) => store.keep(edition).then(() => void kept++)
  const told: Perspective[] = []
  const noting: typeof read = async (topic, window) => {
    const one = await read(topic, window)
    told.push(one.told)
    return one
  }
  const note = (event: string, fields: object) => console.error(event, fields)
  const living = { ask, keep, model, topics: () => topics, read: noting, stamp: async () => '1', note }
  const look = openLook(living, new AbortController().signal)
  const [questions, cpu, own] = [await questionSeconds(), process.cpuUsage(), process.threadCpuUsage()]
  const start = performance.now()
  const reader = readerOf(store, topics[0]!)
  if (!(await look(true))) throw new Error('some paragraphs could not be written')
  const seconds = (performance.now() - start) / 1_000
  const [all, ours] = [process.cpuUsage(cpu), process.threadCpuUsage(own)]
  const after = [...(await questionSeconds())].map(([name, sum]) => [name, round(sum - (questions.get(name) ?? 0))])
  const written = told.filter(({ refusal }) => !refusal)
  return {
    ...{ topics: count, postsEach: inWindow, postsBeforeEach: before, seconds: round(seconds) },
    cpuSeconds: round((all.user + all.system) / 1e6),
    ownCpuSeconds: round((ours.user + ours.system) / 1e6),
    questions: Object.fromEntries(after.filter(([, sum]) => Number(sum) > 0)),
    ...{ written: written.length, refused: told.length - written.length, kept },
    sentences: written.reduce((sum, { sentences }) => sum + sentences.length, 0),
    readerMs: await reader.waited(),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

/** Somebody who reads a dashboard meanwhile: asks for a topic's shares five times a second. */
function readerOf({ ask }: Store, { id, targets }: Topic) {
  const window = { from: new Date(end - dayMs).toISOString(), to: new Date(end).toISOString() }
  const times: number[] = []
  let isOver = false
  const reading = (async () => {
    while (!isOver) {
      const start = performance.now()
      await ask.summary({ topic: { topic: id, version: 1 }, model, window, targets })
      times.push(performance.now() - start)
      await sleep(200)
    }
  })()
  return {
    waited: async () => {
      isOver = true
      await reading
      const order = times.sort((a, b) => a - b)
      const at = (share: number) => Math.round(order[Math.floor(share * (order.length - 1))]!)
      return { p50: at(0.5), p95: at(0.95), max: at(1) }
    },
  }
}

export async function run([count = '200']: string[] = []): Promise<Refreshed> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-bench-'))
  const open = () => openStore({ path: join(folder, 'store'), keys: openKeys(join(folder, 'keys.json')), modelError })
  const filling = await open()
  const start = performance.now()
  await fill(filling, Number(count))
  await filling[Symbol.asyncDispose]()
  console.log(`filled in ${Math.round((performance.now() - start) / 1_000)} s; opened anew, so that nothing is cached`)
  const store = await open()
  const refreshed = await refresh(store, Number(count))
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
  console.log(`${count} topics, ${inWindow} posts each: every paragraph written and kept in ${refreshed.seconds} s`)
  console.table(refreshed.questions)
  console.log(refreshed)
  return refreshed
}

if (import.meta.main) await run(process.argv.slice(2))
