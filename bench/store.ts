// `npm run bench -- store`: a million rows, 50,000 of them in the window of one topic; how long the questions about that
// topic take while 200 rows a second go in, and what an add costs. Rows are made inside the engine from a seed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Addition, Filter, Store } from '../answers.ts'
import { sleep } from '../retry.ts'
import { openKeys } from '../store/keys.ts'
import { openClient } from '../store/sql.ts'
import { openStore } from '../store/store.ts'
import type { ModelErrors } from '../types.ts'

const rows = 1_000_000
const inWindow = 50_000
const rounds = 40
const addsPerSecond = 5
const rowsPerAdd = 40
const model = 'bench@1'
const from = Date.parse('2026-11-20T00:00:00.000Z')
const window = { from: new Date(from).toISOString(), to: new Date(from + 48 * 3_600_000).toISOString() }
const topic = { topic: 'hot', version: 1 }
const none = { share: {}, difference: {} }
const modelError: ModelErrors = { sentiment: none, emotion: none, stance: none }

export interface Timing {
  question: string
  p50: number
  p95: number
  max: number
}

/** Rows as the store writes them: three sentiments, eleven emotions, one target; 60,000 authors in the hot topic. */
function fill(first: number, count: number, name: string): string {
  const emotions = 'anger joy fear hope sadness disgust surprise trust love pride other'.split(' ')
  const share = (nr: number) => `toFloat32((sipHash64(number, ${nr}) % 1000) / 1000)`
  const map = (labels: string[], seed: number) =>
    `map(${labels.map((label, nr) => `'${label}', ${share(seed + nr)}`).join(', ')})`
  return `INSERT INTO undercurrent.mentions (topic, topic_version, model, post, version, gone, source, id, author, at,
      received, text, lang, quotable, likes, reposts, copy, sentiment, emotion, stance)
    SELECT ${name}, 1, '${model}', reinterpretAsUUID(sipHash128(number)), bitShiftLeft(toUInt256(number), 66), 0,
      'bench', concat('at://did:plc:', hex(sipHash64(number)), '/app.bsky.feed.post/', toString(number)),
      reinterpretAsUUID(sipHash128(sipHash64(number) % 60000, 1)),
      toDateTime64('2026-11-20 00:00:00.000', 3, 'UTC') + toIntervalMillisecond(sipHash64(number, 2) % 172800000),
      now64(3), concat('an invented post, number ', toString(number), ' ', hex(sipHash128(number, 7)), hex(sipHash128(number, 9))),
      'en', 1, sipHash64(number, 3) % 20, 0, toString(sipHash64(number) % 900000),
      ${map(['negative', 'neutral', 'positive'], 10)}, ${map(emotions, 20)}, map('t1', ${map(['against', 'neither', 'favor'], 40)})
    FROM numbers(${first}, ${count}) SETTINGS max_insert_block_size = 65536`
}

async function prepare(path: string): Promise<void> {
  await using sql = await openClient({ path })
  await sql.tell(fill(0, inWindow, "'hot'"))
  await sql.tell(fill(inWindow, rows - inWindow, "concat('topic ', toString(number % 40))"))
  await sql.tell("INSERT INTO undercurrent.sources VALUES ('bench')")
}

function addition(nr: number): Addition {
  const scores = Array.from({ length: rowsPerAdd }, (_, at) => {
    const id = `new ${nr} ${at}`
    const post = {
      op: 'create' as const,
      source: 'bench',
      id,
      author: `author ${nr * at}`,
      text: `a new invented post ${id}`,
      at: window.from,
      lang: 'en',
      likes: 0,
      reposts: 0,
      replyTo: null,
      revision: null,
      quotable: true,
    } // prettier-ignore
    const mention = {
      topic: `topic ${at % 40}`,
      topicVersion: 1,
      targets: [],
      post,
      version: { revision: null, arrival: nr * rowsPerAdd + at },
    }
    return {
      mention,
      model,
      lang: 'en',
      skipped: null,
      sentiment: { negative: 0.2, neutral: 0.5, positive: 0.3 },
      emotion: { joy: 0.5 },
      irony: 0,
      offensive: 0,
      hate: 0,
      stance: {},
      embedding: null,
      copy: id,
    } // prettier-ignore
  })
  const seen = scores.map(({ mention }) => ({
    source: 'bench',
    id: mention.post.id,
    version: mention.version,
    op: mention.post.op,
  }))
  return { scores, seen, scope: Array.from({ length: 40 }, (_, at) => ({ topic: `topic ${at}`, version: 1 })) }
}

/** Adds rows at a steady rate until told to stop; returns how long each add took. */
async function write(store: Store, signal: AbortSignal): Promise<number[]> {
  const took: number[] = []
  const start = performance.now()
  for (let nr = 0; !signal.aborted; nr++) {
    const began = performance.now()
    await store.add(addition(nr))
    took.push(performance.now() - began)
    await sleep(start + ((nr + 1) * 1000) / addsPerSecond - performance.now(), signal)
  }
  return took
}

function timing(question: string, took: number[]): Timing {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]! * 10) / 10
  return { question, p50: at(0.5), p95: at(0.95), max: at(1) }
}

export async function run(): Promise<Timing[]> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-bench-'))
  const open = () => openStore({ path: join(folder, 'store'), keys: openKeys(join(folder, 'keys.json')), modelError })
  await (await open())[Symbol.asyncDispose]()
  await prepare(join(folder, 'store'))
  const store = await open()
  const filter: Filter = { topic, model, window }
  const all = Array.from({ length: 40 }, (_, nr) => ({ topic: { topic: `topic ${nr}`, version: 1 }, targets: ['t1'] }))
  const sides = { sentiment: ['negative', 'positive'], stance: ['against', 'favor'] }
  const days = { model, stepMs: 86_400_000, steps: 29, ...sides }
  const asked: [string, () => Promise<unknown>][] = [
    ['summary', () => store.ask.summary(filter)],
    ['summary by author', () => store.ask.summary({ ...filter, view: 'author' })],
    ['summary by copy', () => store.ask.summary({ ...filter, view: 'cluster' })],
    ['summary by engagement', () => store.ask.summary({ ...filter, view: 'engagement' })],
    ['series, 48 h by 1 h', () => store.ask.series(filter, 'sentiment.negative', 3_600_000)],
    ['posts, newest 50', () => store.ask.posts(filter, {})],
    ['posts, text search', () => store.ask.posts(filter, { q: 'ABCD' })],
    ['posts, certain', () => store.ask.posts(filter, { sentiment: 'negative', sort: 'certain' })],
    ['posts, typical', () => store.ask.posts(filter, { sentiment: 'negative', sort: 'typical' })],
    ['post by id', () => store.ask.post(`new 0 1`)],
    ['coverage', () => store.ask.coverage(filter)],
    ['counts, all topics', () => store.ask.counts()],
    ['pulses, 29 days of all topics', () => store.ask.pulses(all, days)],
    ['prints, all topics', () => store.ask.prints(model)],
    ['recent', () => store.recent('bench', window.from, 100)],
  ]
  const stopping = new AbortController()
  const writing = write(store, stopping.signal)
  const timings: Timing[] = []
  for (const [question, ask] of asked) {
    const took: number[] = []
    for (let round = 0; round < rounds; round++) {
      const began = performance.now()
      await ask()
      took.push(performance.now() - began)
    }
    timings.push(timing(question, took))
  }
  stopping.abort()
  timings.push(timing(`add of ${rowsPerAdd} rows, ${addsPerSecond} a second`, await writing))
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
  console.log(
    `${rows} rows, ${inWindow} in the window; milliseconds, while ${addsPerSecond * rowsPerAdd} rows a second go in`,
  )
  console.table(timings)
  console.log(`resident memory ${Math.round(process.memoryUsage().rss / 1e6)} MB`)
  return timings
}

if (import.meta.main) await run()
