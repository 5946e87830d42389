// All sources at once: `npm run bench -- everything [SECONDS] [RATE]`. The doubles of every platform speak their real bytes
// on real sockets to one running pipeline; each is broken in turn, for a while that can be made up for and (where there is
// such a thing) for one that cannot. At the end every post of every double has to be counted or to lie in a gap that is told,
// and no gap may be told of a source that was not broken. Rates are the doubles' own; the model is a stand-in, as what is
// tried here is before it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Coverage } from '../answers.ts'
import { readConfig } from '../config.ts'
import { open, type Pipeline } from '../pipeline.ts'
import { sleep } from '../retry.ts'
import { fakeModel } from '../test/doubles/model.ts'
import { type Everything, openEverything, type Platform } from './platforms.ts'

const never = new AbortController().signal
const pause = (ms: number) => sleep(ms, never)

interface Phase {
  broken: string | null
  seconds: number
  /** What the status of the broken source said meanwhile, and which others were not live. */
  said: string
  others: string[]
}

export interface Ran {
  seconds: number
  /** Posts a second that all doubles made together. */
  rate: number
  rateOf: Record<string, number>
  made: Record<string, number>
  counted: Record<string, number>
  /** Matching posts that are neither counted nor in a gap that was told; posts counted that should not be. */
  lost: Record<string, number>
  surplus: Record<string, number>
  inGaps: Record<string, number>
  gaps: Coverage['gaps']
  strayGaps: string[]
  phases: Phase[]
  /** Seconds from the last post made to the last one counted. */
  settledIn: number
  peakMb: number
}

export async function run([seconds = '20', rate = '1157']: string[]): Promise<Ran> {
  return everything({ phaseSeconds: Number(seconds), rate: Number(rate), say: console.log })
}

interface Asked {
  /** Of each phase: one in which nothing is broken, then one for each break. */
  phaseSeconds: number
  rate: number
  say?: (line: string) => void
}

export async function everything({ phaseSeconds, rate, say = () => {} }: Asked): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-everything-'))
  await using world = await openEverything(rate)
  const stop = new AbortController()
  const pipeline = await openPipeline(folder, world)
  const running = pipeline.run(stop.signal)
  try {
    await until(() => world.platforms.every((platform) => platform.isRead()), 60)
    const startedMs = Date.now()
    world.start()
    const phases: Phase[] = []
    for (const broken of [null, ...world.breaks, null]) {
      phases.push(await phaseOf({ pipeline, broken, seconds: phaseSeconds }))
      say(`${phases.at(-1)!.broken ?? 'nothing broken'}: ${phases.at(-1)!.said}`)
    }
    world.stop()
    const endedMs = Date.now()
    const span = { from: startedMs - 60_000, to: Date.now() + 300_000 }
    const settled = await settle({ pipeline, world, span, say })
    const judged = await judge({ pipeline, world, span })
    const spent = (endedMs - startedMs) / 1_000
    const rates = Object.fromEntries(world.platforms.map(({ name, made }) => [name, Math.round(made() / spent)]))
    const all = Object.values(rates).reduce((sum, one) => sum + one, 0)
    return { seconds: Math.round(spent), rate: all, rateOf: rates, ...judged, phases, ...settled }
  } finally {
    stop.abort()
    await running
    await pipeline[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function openPipeline(folder: string, world: Everything): Promise<Pipeline> {
  const file = join(folder, 'undercurrent.yaml')
  writeFileSync(file, world.yaml)
  const env = { UNDERCURRENT_X_TOKEN: 'a token' }
  const config = readConfig({ data: join(folder, 'data'), config: file, 'no-sample': true }, env)
  return open(config, () => {}, { loadModel: async () => fakeModel() })
}

interface Phasing {
  pipeline: Pipeline
  broken: Everything['breaks'][number] | null
  seconds: number
}

/** Half of it broken, half of it mended. */
async function phaseOf({ pipeline, broken, seconds }: Phasing): Promise<Phase> {
  const half = (seconds * 1_000) / 2
  broken?.begin()
  await pause(half)
  const { sources } = await pipeline.status()
  const own = sources.filter(({ name }) => broken?.source === name)
  const read = new Set(['live', 'catching up', 'finished'])
  const others = sources.filter(({ name, state }) => broken?.source !== name && !read.has(state) && !isQuiet(name))
  broken?.end()
  await pause(half)
  return {
    broken: broken?.name ?? null,
    seconds,
    said: own.map(({ state, detail }) => `${state}: ${detail}`).join(' '),
    others: others.map(({ name, state }) => `${name} ${state}`),
  }
}

/** Look-ups beside the streams: they have no posts of their own. */
const isQuiet = (name: string) => /^(?:bluesky-counts|x-deletes|mastodon-looks:.*)$/.test(name)

async function settle({ pipeline, world, span, say }: Judging & { say: (line: string) => void }) {
  const begun = performance.now()
  let peakMb = 0
  const isIn = async () => {
    peakMb = Math.max(peakMb, Math.round(process.memoryUsage().rss / 1e6))
    const { lag, sources } = await pipeline.status()
    if (lag > 0 || sources.some(({ state }) => state === 'catching up' || state === 'connecting')) return false
    const { lost } = await judge({ pipeline, world, span })
    return Object.values(lost).every((posts) => posts === 0)
  }
  // What X hid is looked up when X knows everything, some fifty seconds later; a feed is read once a minute.
  await until(isIn, 200).catch(() => say('not all of it came'))
  return { settledIn: Math.round((performance.now() - begun) / 1_000), peakMb }
}

interface Judging {
  pipeline: Pipeline
  world: Everything
  /** Milliseconds. */
  span: { from: number; to: number }
}

async function missingOf(pipeline: Pipeline, platform: Platform, gaps: Coverage['gaps']) {
  const recent = () => pipeline.store.recent(platform.posts, '2000-01-01T00:00:00.000Z', 1_000_000)
  const counted = platform.counted ? await platform.counted(pipeline) : new Set(await recent())
  const [truth, murky] = [platform.truth(), platform.murky?.(gaps) ?? new Set()]
  const isClear = (id: string) => !murky.has(id)
  const missing = [...truth].filter(([id]) => !counted.has(id) && isClear(id)).map(([id, atMs]) => ({ id, atMs }))
  return { counted: counted.size, missing, surplus: [...counted].filter((id) => !truth.has(id) && isClear(id)).length }
}

async function judge({ pipeline, world, span }: Judging) {
  const window = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
  const [topic] = pipeline.topics.list()
  const filter = { topic: { topic: topic!.id, version: topic!.version }, model: pipeline.model.id, window }
  const { gaps } = await pipeline.store.ask.coverage(filter)
  const of = <T>(value: (platform: Platform) => Promise<T>) =>
    Promise.all(world.platforms.map(async (one) => [one.name, await value(one)] as const)).then(Object.fromEntries)
  const isTold = (source: string, atMs: number) =>
    gaps.some((gap) => gap.source === source && Date.parse(gap.from) <= atMs && atMs < Date.parse(gap.to))
  const found = (await of((one) => missingOf(pipeline, one, gaps))) as Record<
    string,
    Awaited<ReturnType<typeof missingOf>>
  >
  const posts = Object.fromEntries(world.platforms.map(({ name, posts }) => [name, posts]))
  const count = (value: (name: string) => number) =>
    Object.fromEntries(Object.keys(found).map((name) => [name, value(name)]))
  return {
    made: count((name) => world.platforms.find((one) => one.name === name)!.made()),
    counted: count((name) => found[name]!.counted),
    lost: count((name) => found[name]!.missing.filter(({ atMs }) => !isTold(posts[name]!, atMs)).length),
    surplus: count((name) => found[name]!.surplus),
    inGaps: count((name) => found[name]!.missing.filter(({ atMs }) => isTold(posts[name]!, atMs)).length),
    gaps,
    strayGaps: gaps.filter(({ source }) => !world.mayMiss(source)).map(({ source, reason }) => `${source}: ${reason}`),
  }
}

async function until(isSo: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !(await isSo()); await pause(200)) {
    if (Date.now() > end) throw new Error('what was waited for never came')
  }
}
