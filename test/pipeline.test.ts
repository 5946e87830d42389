// The whole pipe in one process on an empty folder, without network: the bundled sample comes in, can be read about,
// and goes for good. With the fake model; the tests of serving and of the CLI run the real one.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, readConfig } from '../config.ts'
import type { Status } from '../given.ts'
import { sampleAuthors } from '../ingest/sample.ts'
import { silent } from '../journal.ts'
import { open, type Pipeline } from '../pipeline.ts'
import { fakeModel } from './doubles/model.ts'

let folder: string
let config: Config
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-pipe-'))
  config = readConfig({ data: join(folder, 'data'), offline: true, config: 'undercurrent.yaml' }, {})
})
afterEach(async () => {
  for (const end of running) await end()
  rmSync(folder, { recursive: true, force: true })
})
/** What a test that failed left open: one process can hold one store only. */
const running = new Set<() => Promise<void>>()

const start = async (options: Partial<Config> = {}, given: { attach?: boolean } = {}) => {
  const pipeline = await open({ ...config, ...options }, silent, { ...given, loadModel: async () => fakeModel() })
  const stop = new AbortController()
  const run = pipeline.run(stop.signal)
  run.catch(() => {})
  const end = async () => {
    running.delete(end)
    stop.abort()
    await run.finally(() => pipeline[Symbol.asyncDispose]())
  }
  running.add(end)
  return { pipeline, settled: () => Promise.race([settled(pipeline), run]), end }
}

async function settled(pipeline: Pipeline): Promise<Status> {
  for (;;) {
    const status = await pipeline.status()
    const read = status.sources.every(({ state }) => state === 'finished')
    if (status.lag === 0 && read) return status
    await pause(20)
  }
}

const countsOf = async ({ store }: Pipeline) =>
  Object.fromEntries((await store.ask.counts()).map(({ topic, posts }) => [topic, posts]))

/** Whether these bytes stand anywhere under a folder. Files may come and go meanwhile: then it looks again. */
function holds(dir: string, text: string): boolean {
  try {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return files.some((file) => readFileSync(join(file.parentPath, file.name)).includes(text))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return holds(dir, text)
    throw error
  }
}

const sampleText = 'let me have one evening of hope'

describe('the bundled sample', () => {
  test('comes in without network, every topic with its posts; the configured ones stay apart', async () => {
    const { pipeline, settled, end } = await start()
    expect((await pipeline.status()).lag).toBeGreaterThan(0)
    const status = await settled()
    expect(status).toMatchObject({ lag: 0, sample: true, model: 'fake@1', drops: {} })
    expect(status!.sources.map(({ name }) => name)).toEqual(['sample'])
    const counts = await countsOf(pipeline)
    expect(counts['peace-talks']).toBeGreaterThanOrEqual(200)
    expect(counts['night-trains']).toBeGreaterThan(0)
    expect(counts['night-trains']).toBeLessThan(20) // a thin topic, to show a refusal
    expect(pipeline.topics.list().map(({ id, origin }) => `${origin} ${id}`)).toContain('config peace-talks-live')
    expect(counts['peace-talks-live']).toBeUndefined()
    await end()
  })

  test('is there once: a restart repeats nothing, and a dropped sample topic stays dropped', async () => {
    const first = await start()
    await first.settled()
    const before = await countsOf(first.pipeline)
    await first.pipeline.topics.drop('free-buses')
    await first.settled()
    await first.end()
    const second = await start()
    await second.settled()
    const { 'free-buses': dropped, ...rest } = before
    expect(dropped).toBeGreaterThan(0)
    expect(await countsOf(second.pipeline)).toEqual(rest)
    await second.end()
  })

  test('is removed for good: no number, no byte of its texts within a minute, and not back after a restart', async () => {
    const first = await start({ topics: [{ id: 'all', query: 'source:sample', targets: [], public: false, tags: [] }] })
    await first.settled()
    // On its own and short, it is in the store's files as it is: what is longer or in company gets compressed.
    const planted = 'a kettle that nobody ever sold'
    const [author] = await sampleAuthors()
    const post = { op: 'create', source: 'sample', id: 'planted', author: author!, text: planted, lang: 'en' } as const
    const unsaid = { likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
    const at = new Date().toISOString()
    await first.pipeline.log.append({ source: 'sample', changes: [{ ...post, ...unsaid, at }], cursor: null })
    await first.settled()
    expect(holds(join(config.dataDir, 'store'), planted)).toBe(true)
    expect(holds(config.dataDir, sampleText)).toBe(true)
    await first.pipeline.removeSample()
    expect((await first.settled())!.sample).toBe(false)
    expect(await countsOf(first.pipeline)).toEqual({})
    expect(first.pipeline.topics.list().filter(({ origin }) => origin === 'sample')).toEqual([])
    const isThere = () => holds(config.dataDir, planted) || holds(config.dataDir, sampleText)
    const until = Date.now() + 60_000
    while (Date.now() < until && isThere()) await pause(200)
    expect(isThere()).toBe(false)
    await first.end()
    const second = await start()
    const status = await second.settled()
    expect(status).toMatchObject({ lag: 0, sample: false, sources: [] })
    expect(await countsOf(second.pipeline)).toEqual({})
    await second.end()
  }, 90_000)

  test('removed while it is still coming in, it ends as removed', async () => {
    const { pipeline, settled, end } = await start()
    while ((await pipeline.log.status()).posts < 300) await pause(5)
    await pipeline.removeSample()
    await settled()
    expect(await countsOf(pipeline)).toEqual({})
    await end()
  })

  test('stays out with --no-sample, and of an import', async () => {
    const none = await start({ sample: false })
    expect((await none.settled())!.sources).toEqual([])
    expect(none.pipeline.topics.list().every(({ origin }) => origin === 'config')).toBe(true)
    await none.end()
    const detached = await start({}, { attach: false })
    expect((await detached.settled())!.sample).toBe(false)
    await detached.end()
  })
})

describe('opening', () => {
  test('a query of the configuration that does not parse is told before anything slow is opened', async () => {
    const topics = [{ id: 'a', query: '(harbour', targets: [], public: false, tags: [] }]
    const loadModel = () => Promise.reject(new Error('must not be loaded'))
    await expect(open({ ...config, topics }, silent, { loadModel })).rejects.toThrow('topic "a"')
  })

  test('what cannot be opened leaves nothing open behind: the next try succeeds', async () => {
    const broken = { ...config, store: { url: 'http://127.0.0.1:1' } }
    await expect(open(broken, silent, { loadModel: async () => fakeModel() })).rejects.toThrow()
    const { settled, end } = await start({ sample: false })
    await settled()
    await end()
  })

  test('an analysis that fails stops the sources, and run tells why once all have stopped', async () => {
    const planted = new Error('planted')
    const loadModel = async () => ({ ...fakeModel(), score: () => Promise.reject(planted) })
    await using pipeline = await open(config, silent, { loadModel })
    await expect(pipeline.run(new AbortController().signal)).rejects.toBe(planted)
    const { head } = await pipeline.log.status()
    await pause(20)
    expect((await pipeline.log.status()).head).toBe(head)
  })
})
