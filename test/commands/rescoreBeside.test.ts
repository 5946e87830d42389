// `undercurrent rescore` beside an undercurrent that runs with the former model, on one store that both open (a front of ours
// that speaks as a ClickHouse server does): what is shown stays, deletes of the meantime hold, and after the swap every
// post is there once. On the log in a file, and on Kafka with four partitions where there is a broker.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Filter } from '../../answers.ts'
import { rescoreKept } from '../../commands/rescore.ts'
import type { Summed } from '../../commands/rescoreText.ts'
import { type Config, readConfig } from '../../config.ts'
import { silent } from '../../journal.ts'
import { open, type Pipeline } from '../../pipeline.ts'
import type { Change, Model } from '../../types.ts'
import { type Broker, isWithout, openBroker } from '../doubles/broker.ts'
import { type Front, startFront } from '../doubles/clickhouseFront.ts'
import { fakeModel } from '../doubles/model.ts'

let folder: string
let front: Front
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-beside-'))
  front = await startFront({ path: join(folder, 'server') })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await front[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const at = (second: number) => new Date(Date.UTC(2026, 10, 20) + second * 1_000).toISOString()
const posts = (from: number, count: number): Change[] =>
  Array.from({ length: count }, (_, nr) => ({
    ...{ op: 'create', source: 'file', id: `p${from + nr}`, author: `a${from + nr}`, at: at(from + nr), lang: 'en' },
    ...{ text: `harbour ${from + nr}`, likes: null, reposts: null, replyTo: null, revision: null, quotable: true },
  }))
const gone = (nr: number): Change => ({ op: 'delete', source: 'file', id: `p${nr}`, at: at(9_000), revision: null })
const filter = (model: string): Filter => ({
  ...{ topic: { topic: 'harbour', version: 1 }, model },
  window: { from: at(0), to: at(9_999) },
})

/** A running undercurrent, told changes as a source would. */
async function running(config: Config, model: Model) {
  const pipeline = await open(config, silent, { attach: false, loadModel: async () => model })
  const stop = new AbortController()
  const done = pipeline.run(stop.signal)
  const say = async (...changes: Change[]) => {
    await pipeline.log.append({ source: 'file', changes, cursor: null })
    while ((await pipeline.status()).lag > 0) await Promise.race([pause(20), done])
  }
  const end = async () => {
    stop.abort()
    await done
    await pipeline[Symbol.asyncDispose]()
  }
  return { pipeline, say, end }
}

async function shown({ store }: Pipeline, model: string): Promise<number[]> {
  const { posts } = await store.ask.posts(filter(model), { limit: 500 })
  return posts.map(({ id }) => Number(id.slice(1))).sort((a, b) => a - b)
}
const range = (from: number, count: number) => Array.from({ length: count }, (_, nr) => from + nr)

async function beside(config: Config): Promise<void> {
  const former = await running(config, fakeModel())
  await former.say(...posts(1_000, 300))
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const model = fakeModel('fake@2')
  let looks = 0
  const score: Model['score'] = async (mentions) => {
    const scores = await model.score(mentions)
    // Between the scores and the store: one of these very posts goes, others come, and nothing shown has moved.
    if (scores.length && ++looks === 1) {
      await former.say(gone(1_001), ...posts(2_000, 5))
      expect(await former.pipeline.store.ask.post('p1002')).toMatchObject({ model: 'fake@1' })
    }
    return scores
  }
  const invocation = { flags: {}, words: [], json: true, model: join(folder, 'new') }
  const doing = { loadModel: async () => ({ ...model, score }), nameOf: async () => 'fake@1' }
  expect(await rescoreKept(config, invocation, { ...doing, signal: new AbortController().signal })).toBe(0)
  const told = JSON.parse(printed.mock.calls.at(-1)![0] as string) as Summed
  expect(told.topics[0]).toMatchObject({ former: 'fake@1', model: 'fake@2' })
  expect(await shown(former.pipeline, 'fake@2')).not.toContain(1_001)
  await former.say(gone(1_003), ...posts(3_000, 5))
  const live = [...range(1_000, 300), ...range(2_000, 5), ...range(3_000, 5)].filter(
    (nr) => nr !== 1_001 && nr !== 1_003,
  )
  expect(await shown(former.pipeline, 'fake@1')).toEqual(live)
  expect((await former.pipeline.store.ask.coverage(filter('fake@1'))).otherModels).toEqual([])
  await former.end()

  const next = fakeModel('fake@2')
  const present = await running(config, next)
  await present.say(...posts(4_000, 1))
  expect(await shown(present.pipeline, 'fake@2')).toEqual([...live, 4_000])
  expect(new Set(next.scored).size).toBeLessThanOrEqual(11) // what came since, and nothing of what was rescored
  expect((await present.pipeline.store.ask.coverage(filter('fake@2'))).otherModels).toEqual([])
  expect(await present.pipeline.store.ask.post('p1003')).toBe('gone')
  expect(Object.keys((await present.pipeline.log.status()).readers)).toEqual(['analyze'])
  await present.end()
}

function configured(name: string, log: object): Config {
  const file = join(folder, `${name}.yaml`)
  const topics = [{ id: 'harbour', query: 'harbour' }]
  writeFileSync(
    file,
    JSON.stringify({ topics, log, sources: { bluesky: false }, sample: false, store: { url: front.url } }),
  )
  return readConfig({ data: join(folder, name), config: file }, {})
}

test('on the log in a file', () => beside(configured('file', {})), 60_000)

describe.skipIf(isWithout)('on Kafka', () => {
  let broker: Broker
  let own: Front
  beforeAll(async () => {
    broker = await openBroker()
    // Another data folder has other keys, and a store takes one's alone.
    own = await startFront({ path: join(folder, 'another') })
  }, 180_000)
  afterAll(async () => {
    await own[Symbol.asyncDispose]()
    await broker[Symbol.asyncDispose]()
  })

  test('of four partitions, each as far as it was read', async () => {
    const config = configured('kafka', { kafka: { brokers: [broker.address], prefix: 'beside', partitions: 4 } })
    await beside({ ...config, store: { url: own.url } })
  }, 120_000)
})
