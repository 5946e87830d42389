// `npm run bench -- embeds [RATE] [SECONDS]`: boxes of popular stories asked for at a fixed rate, whole answers each time,
// while 200 posts/s stream in and a tenth of them is matched and scored by the real model. One process of undercurrent; the
// generator is another (bench/load.ts, an open loop), and so is what it is compared with: bare node:http with the same
// bytes, in turns with it on the same busy machine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { demoTopic } from '../test/doubles/posts.ts'
import type { Loaded } from './load.ts'
import { fillMillion, otherTopics } from './million.ts'
import { get, kill, type Running, startDouble, startUndercurrent } from './process.ts'

const ingestRate = 200
const rounds = 3
const storyCount = 20
const key = 'bench-key'

export interface Served {
  stories: number
  rate: number
  seconds: number
  ingestPerSecond: number
  /** Posts scored meanwhile, per second. */
  scoredPerSecond: number
  ours: Loaded[]
  bare: Loaded[]
  /** Medians over the rounds, ours against bare. */
  p99Ratio: number
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The generator, in a process of its own. */
async function loaded(
  url: string,
  rate: number,
  { seconds, paths }: { seconds: number; paths: string[] },
): Promise<Loaded> {
  const child = spawn(process.execPath, [here('load.ts'), url, String(rate), String(seconds), ...paths])
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr.pipe(process.stderr)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the generator ended with ${code}`)
  const told = JSON.parse(out.trim().split('\n').at(-1)!) as Loaded
  // A wait that never ended stands in no quantile.
  if (told.ok !== rate * seconds)
    throw new Error(`only ${told.ok} of ${rate * seconds} were answered whole: ${out.trim()}`)
  return told
}

async function startBare(bytes: Uint8Array): Promise<Running> {
  const child = spawn(process.execPath, [here('bare.ts')])
  process.once('exit', () => child.kill('SIGKILL'))
  child.stdin.end(bytes)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: /http:\S+/.exec(String(line))![0] }
}

/** Stories on the watched topics, approved, and the paths of their boxes. */
async function storiesOf({ url }: Running): Promise<string[]> {
  const ids = [demoTopic.id, ...otherTopics.map(({ id }) => id)]
  const given = Array.from({ length: storyCount }, (_, nr) => ({
    ...{ url: `https://news.example/${nr}`, headline: `Story number ${nr}`, approve: true },
    topic: nr % 4 ? ids[nr % ids.length] : demoTopic.id,
  }))
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/stories`, { method: 'POST', headers, body: JSON.stringify(given) })
  const { stories } = (await answer.json()) as { stories: { id: string; state: string }[] }
  const ready = stories.filter(({ state }) => state === 'approved')
  if (ready.length < storyCount) throw new Error(`only ${ready.length} stories were approved`)
  // A page mostly asks for JSON (the element), sometimes for a frame.
  return ready.flatMap(({ id }) => ['json', 'json', 'html'].map((kind) => `/embed/stories/${id}.${kind}`))
}

const scored = async ({ url }: Running) => {
  const { topics } = await get<{ topics: { id: string; posts: number }[] }>(`${url}/v1/topics`)
  return topics.find(({ id }) => id === demoTopic.id)!.posts
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

async function measure(folder: string, rate: number, seconds: number): Promise<Served> {
  const data = join(folder, 'data')
  await fillMillion(data, 100_000)
  const double = await startDouble({ rate: ingestRate, seed: 3, match: 0.1 })
  const config = join(folder, 'undercurrent.yaml')
  const topics = [demoTopic, ...otherTopics].map(({ id, name, query, targets }) => ({
    id,
    name,
    query,
    targets,
    public: true,
  }))
  const sources = { bluesky: { hosts: [double.url], rewind: '1m', counts_per_hour: 0 } }
  writeFileSync(config, JSON.stringify({ sources, topics }))
  process.env.UNDERCURRENT_API_KEY = key
  const app = await startUndercurrent(data, config)
  try {
    const paths = await storiesOf(app)
    // Every box is asked for once, as by the first reader of each story; then it is popular.
    for (const path of paths) await fetch(app.url + path).then((answer) => answer.arrayBuffer())
    await pause(5_000)
    const bare = await startBare(new Uint8Array(await (await fetch(app.url + paths[0])).arrayBuffer()))
    const [before, start] = [await scored(app), performance.now()]
    const told = { ours: [] as Loaded[], bare: [] as Loaded[] }
    for (let round = 0; round < rounds; round++) {
      told.ours.push(await loaded(app.url, rate, { seconds, paths }))
      told.bare.push(await loaded(bare.url, rate, { seconds, paths: ['/'] }))
      process.stderr.write(
        `round ${round + 1} of ${rounds}: p99 ${told.ours.at(-1)!.p99} ms, bare ${told.bare.at(-1)!.p99} ms\n`,
      )
    }
    const scoredPerSecond = Math.round(((await scored(app)) - before) / ((performance.now() - start) / 10_000)) / 10
    await kill(bare, 'SIGKILL')
    const p99 = (of: Loaded[]) => median(of.map((one) => one.p99))
    const p99Ratio = Math.round((p99(told.ours) / p99(told.bare)) * 10) / 10
    return { stories: storyCount, rate, seconds, ingestPerSecond: ingestRate, scoredPerSecond, ...told, p99Ratio }
  } finally {
    await kill(app, 'SIGTERM')
    await kill(double, 'SIGKILL')
  }
}

export async function run([rate = '2000', seconds = '20']: string[] = []): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-embeds-'))
  try {
    const told = await measure(folder, Number(rate), Number(seconds))
    console.log(told)
    return told
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
