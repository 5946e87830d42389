// A store restored beneath a log that went on, as docs/operations.md tells it: its statements on the embedded engine, the
// readers set back on a real broker. Also what happens to those who forget to set them back: the page must warn of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyze } from '../analyze/analyze.ts'
import { unknownHistory } from '../analyze/history.ts'
import { openTopics } from '../analyze/topics.ts'
import { openKafkaLog } from '../log/kafka.ts'
import { retry } from '../retry.ts'
import { type Connection, connect, run } from '../store/connection.ts'
import { openKeys } from '../store/keys.ts'
import { openStore } from '../store/store.ts'
import type { Change } from '../types.ts'
import { append, eventually, gone, post } from './contract/changes.ts'
import { type Broker, isWithout, openBroker } from './doubles/broker.ts'
import { fakeModel } from './doubles/model.ts'

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
const section = page.slice(page.indexOf('\n### With the roles apart'))
const [backUp, restore] = [...section.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, told]) =>
  told!
    .split(';')
    // The embedded engine may write to no file; its memory takes the same backup.
    .map((statement) => statement.trim().replace(/File\('NAME\.zip'\)/, "Memory('name')")),
)

describe.skipIf(isWithout)('a store that is restored beneath a log on Kafka', () => {
  let broker: Broker
  let dir: string
  beforeAll(async () => {
    broker = await openBroker()
    dir = mkdtempSync(join(tmpdir(), 'undercurrent-restored-'))
  }, 120_000)
  afterAll(async () => {
    await broker[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  /** The analyzer on this broker and store, until there is nothing more to read; `changes` are told first. */
  async function analyzed(...changes: Change[]) {
    const keys = openKeys(join(dir, 'keys.json'))
    const model = fakeModel()
    const place = { brokers: [broker.address], prefix: 'restored', partitions: 2, replication: 1, dir }
    const opening = () => openKafkaLog({ ...place, hashKey: keys.tombstone, retention: { hours: 48, bytes: 1e9 } })
    await using log = (await retry(opening, AbortSignal.timeout(30_000)))!
    await using store = await openStore({
      ...{ path: join(dir, 'store'), keys, modelError: model.labels.modelError, wordless: [], note: () => {} },
    })
    const topics = await openTopics(log)
    const definition = { id: 'all', name: 'All', query: 'words', targets: [], public: false, tags: [] }
    if (!topics.get('all')) await topics.put(definition)
    if (changes.length) await append(log, changes)
    const stop = new AbortController()
    const history = unknownHistory()
    const running = analyze({ log, model, store, topics, history, note: () => {} }, stop.signal)
    const isRead = async () => {
      const { head, readers } = await log.status()
      return readers.analyze === head && history.waiting === 0 && history.underway.length === 0
    }
    await Promise.race([eventually(isRead, 30_000), running])
    const filter = { topic: { topic: 'all', version: 1 }, model: model.id }
    const window = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' }
    const summary = await store.ask.summary({ ...filter, window })
    stop.abort()
    await running
    return summary
  }

  const all = async (connection: Connection, statements: string[]) => {
    for (const statement of statements) await run(connection, statement)
  }

  async function setBack(to: number): Promise<void> {
    const admin = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const topic = 'restored.changes'
    const partitions = await admin.fetchTopicOffsetsByTimestamp(topic, to)
    await admin.setOffsets({ groupId: 'restored.analyze', topic, partitions })
    await admin.disconnect()
  }

  test('has what was read since the backup again once the readers are set back, deletions included; not before', async () => {
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, nr) => post(`post ${from + nr}`, { text: `words, good ${from + nr}` }))
    expect((await analyzed(...many(0, 20))).posts).toBe(20)

    const beforeMs = Date.now()
    // As long as one is connected, the engine lives, and what it keeps in memory.
    const connection = await connect({ path: join(dir, 'store') })
    await all(connection, backUp!)
    const since = await analyzed(...many(20, 30), gone('post 3'), gone('post 4'), gone('post 25'))
    expect(since.posts).toBe(27)

    await all(connection, restore!)
    expect((await analyzed()).posts).toBe(20)
    await setBack(beforeMs)
    expect(await analyzed()).toEqual(since)
    await connection.client.close()
  }, 120_000)
})

test('the page warns of readers that are ahead of the store', () => {
  expect(backUp).toHaveLength(1)
  expect(restore).toHaveLength(3)
  expect(section).toContain('The store must never be older than the readers of the log believe')
})
