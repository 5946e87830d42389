import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { previewQuery } from '../../analyze/preview.ts'
import { openTopics } from '../../analyze/topics.ts'
import { QueryError, UserError } from '../../errors.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log, PostChange, TopicChange, TopicDefinition } from '../../types.ts'

let folder: string
let log: Log
const open = () =>
  openSqliteLog({
    path: join(folder, 'log.sqlite'),
    retention: { hours: 48, bytes: 1e9 },
    hashKey: Buffer.alloc(32, 1),
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topics-'))
  log = await open()
})
afterEach(async () => {
  await log[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** As after a restart: the log closed and opened again. */
async function reopen(): Promise<void> {
  await log[Symbol.asyncDispose]()
  log = await open()
}

const peace: TopicDefinition = {
  id: 'peace',
  name: 'Peace talks',
  query: '"peace talks"',
  targets: [{ id: 'ceasefire', text: 'a ceasefire now' }],
  public: false,
  tags: [],
}
const now = () => Date.UTC(2026, 10, 22)

async function logged(): Promise<TopicChange[]> {
  const changes: TopicChange[] = []
  const { head } = await log.status()
  for await (const slice of log.read(`test-${head}-${Math.random()}`, AbortSignal.timeout(5000), { until: head })) {
    for (const { change } of slice.changes)
      if (change.op === 'topic' || change.op === 'topic.drop') changes.push(change)
    await slice.commit()
  }
  return changes
}

describe('versions', () => {
  it('makes version 1, durable and as it was given', async () => {
    const topics = await openTopics(log, { now })
    const { topic, created } = await topics.put(peace)
    expect(created).toBe(true)
    expect(topic).toEqual({ ...peace, version: 1, at: '2026-11-22T00:00:00.000Z', origin: 'user' })
    await reopen()
    expect((await openTopics(log)).list()).toEqual([topic])
  })

  it('grows with the query and the targets, not with the name, the flag or another spelling', async () => {
    const topics = await openTopics(log, { now })
    const version = async (change: Partial<TopicDefinition>) =>
      (await topics.put({ ...peace, ...change })).topic.version
    expect(await version({})).toBe(1)
    expect(await version({ name: 'Talks' })).toBe(1)
    expect(topics.get('peace')!.name).toBe('Talks')
    expect(await version({ public: true })).toBe(1)
    expect(await version({ tags: ['abroad'] })).toBe(1)
    expect(topics.get('peace')!.tags).toEqual(['abroad'])
    expect(await version({ query: ' "Peace  TALKS" ' })).toBe(1)
    expect(await version({ query: 'ceasefire' })).toBe(2)
    expect(await version({ query: 'ceasefire', targets: [{ id: 'ceasefire', text: 'a truce' }] })).toBe(3)
    expect(await version({ query: 'ceasefire', targets: [] })).toBe(4)
    expect(topics.versions('peace').map((topic) => topic.version)).toEqual([1, 2, 3, 4])
    expect(topics.list()).toHaveLength(1)
  })

  it('does not grow when the targets only change places', async () => {
    const topics = await openTopics(log)
    const targets = ['truce', 'sanctions'].map((id) => ({ id, text: id }))
    await topics.put({ ...peace, targets })
    const { topic } = await topics.put({ ...peace, targets: targets.toReversed() })
    expect(topic).toMatchObject({ version: 1, targets: [{ id: 'sanctions' }, { id: 'truce' }] })
  })

  it('appends nothing for what is so already', async () => {
    const topics = await openTopics(log, { now })
    await topics.put(peace)
    const { head } = await log.status()
    expect(await topics.put(peace)).toMatchObject({ created: false, topic: { version: 1 } })
    expect((await log.status()).head).toBe(head)
  })

  it('numbers concurrent changes one after the other', async () => {
    const topics = await openTopics(log)
    const puts = Array.from({ length: 20 }, (_, i) => topics.put({ ...peace, query: `word${i}` }))
    const versions = (await Promise.all(puts)).map(({ topic }) => topic.version)
    expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('one failed change does not stop the next', async () => {
    const topics = await openTopics({ ...bound(log), append: failOnce(log) } as Log)
    await expect(topics.put(peace)).rejects.toThrow('disk full')
    expect(topics.list()).toEqual([])
    expect((await topics.put(peace)).topic.version).toBe(1)
  })
})

const bound = (of: Log) => ({ settings: () => of.settings(), status: () => of.status() })
function failOnce(of: Log): Log['append'] {
  let failed = false
  return (batch) => {
    if (failed) return of.append(batch)
    failed = true
    return Promise.reject(new Error('disk full'))
  }
}

describe('dropping', () => {
  it('drops a topic with all versions, and never gives a number twice, restarts included', async () => {
    let topics = await openTopics(log)
    await topics.put(peace)
    await topics.put({ ...peace, query: 'truce' })
    expect(await topics.drop('peace')).toBe(true)
    expect(topics.get('peace')).toBeUndefined()
    expect(await topics.drop('peace')).toBe(false)
    await reopen()
    topics = await openTopics(log)
    expect(topics.list()).toEqual([])
    expect(await topics.put(peace)).toMatchObject({ created: true, topic: { version: 3 } })
  })

  it('drops an old version alone, but not the one in use', async () => {
    const topics = await openTopics(log)
    await topics.put(peace)
    await topics.put({ ...peace, query: 'truce' })
    await expect(topics.drop('peace', 2)).rejects.toMatchObject({ status: 409 })
    expect(await topics.drop('peace', 1)).toBe(true)
    expect(await topics.drop('peace', 1)).toBe(false)
    await topics.put({ ...peace, query: 'truce', name: 'renamed after the drop' })
    await reopen()
    const again = await openTopics(log)
    expect(again.versions('peace').map(({ version, name }) => [version, name])).toEqual([[2, 'renamed after the drop']])
  })
})

describe('in step with the log', () => {
  it('a registry that only applies what it reads ends up the same; replays change nothing', async () => {
    const follower = await openTopics(log)
    const topics = await openTopics(log)
    await topics.put(peace)
    await topics.put({ ...peace, query: 'truce' })
    await topics.put({ ...peace, id: 'war', name: 'War' })
    await topics.drop('peace')
    await topics.put({ ...peace, query: 'armistice' })
    const changes = await logged()
    for (const change of changes) follower.apply(change)
    expect(follower.list()).toEqual(topics.list())
    const before = topics.list()
    let told = 0
    const stop = topics.onChange(() => told++)
    for (const change of changes) topics.apply(change)
    expect(topics.list()).toEqual(before)
    expect(topics.versions('peace').map(({ version }) => version)).toEqual([3])
    expect(told).toBe(0)
    stop()
    await topics.drop('war')
    expect(told).toBe(0)
  })

  it('refresh takes over what another process wrote', async () => {
    const ours = await openTopics(log)
    const theirs = await openTopics(log)
    await theirs.put(peace)
    await theirs.put({ ...peace, id: 'war' })
    await theirs.drop('war')
    expect(ours.list()).toEqual([])
    let told = 0
    ours.onChange(() => told++)
    await ours.refresh()
    expect(ours.list()).toEqual(theirs.list())
    expect(told).toBe(1)
    expect((await ours.put({ ...peace, query: 'truce' })).topic.version).toBe(2)
  })

  it('a drop of all versions that another writer appended is understood', async () => {
    const topics = await openTopics(log)
    await topics.put(peace)
    topics.apply({ op: 'topic.drop', id: 'peace', version: null })
    expect(topics.list()).toEqual([])
    expect((await topics.put(peace)).topic.version).toBe(2)
  })
})

describe('the configuration file', () => {
  it('is applied when it changed, and leaves alone what a person changed since', async () => {
    let topics = await openTopics(log)
    expect(await topics.applyConfig([peace])).toMatchObject([{ version: 1, origin: 'config' }])
    await topics.put({ ...peace, query: 'truce' })
    await reopen()
    topics = await openTopics(log)
    expect(await topics.applyConfig([peace])).toEqual([])
    expect(topics.get('peace')).toMatchObject({ query: 'truce', version: 2, origin: 'user' })
    expect(await topics.applyConfig([{ ...peace, query: 'armistice' }])).toMatchObject([{ version: 3 }])
  })

  it('does not bring back a dropped topic until the file changes', async () => {
    const topics = await openTopics(log)
    await topics.applyConfig([peace])
    await topics.drop('peace')
    await topics.applyConfig([peace])
    expect(topics.list()).toEqual([])
    await topics.applyConfig([])
    await topics.applyConfig([peace])
    expect(topics.get('peace')).toMatchObject({ version: 2 })
  })

  it('keeps a topic that left the file', async () => {
    const topics = await openTopics(log)
    await topics.applyConfig([peace])
    await topics.applyConfig([])
    expect(topics.list()).toHaveLength(1)
  })

  it('applies all or nothing, and names the topic that is wrong', async () => {
    const topics = await openTopics(log)
    const wrong = { ...peace, id: 'war', query: '(war' }
    await expect(topics.applyConfig([peace, wrong])).rejects.toThrow(/topic "war": .*never closed/)
    await expect(topics.applyConfig([peace, peace])).rejects.toThrow(/two topics/)
    expect(topics.list()).toEqual([])
  })
})

describe('definitions', () => {
  it.each<[string, Partial<TopicDefinition>, RegExp]>([
    ['no id', { id: '' }, /cannot be a topic id/],
    ['upper case', { id: 'Peace' }, /cannot be a topic id/],
    ['a leading hyphen', { id: '-peace' }, /cannot be a topic id/],
    ['65 characters', { id: 'a'.repeat(65) }, /cannot be a topic id/],
    ['a long name', { name: 'x'.repeat(201) }, /name is too long/],
    ['five targets', { targets: Array.from({ length: 5 }, (_, i) => ({ id: `t${i}`, text: 'x' })) }, /5 targets/],
    ['an empty target', { targets: [{ id: 'a', text: ' ' }] }, /no text/],
    ['a dotted target id', { targets: [{ id: 'a.b', text: 'x' }] }, /target id/],
    [
      'one id twice',
      {
        targets: [
          { id: 'a', text: 'x' },
          { id: 'a', text: 'y' },
        ],
      },
      /two targets/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const topics = await openTopics(log)
    const attempt = () => topics.put({ ...peace, ...change })
    await expect(attempt()).rejects.toThrow(message)
    await expect(attempt()).rejects.toBeInstanceOf(UserError)
    expect((await log.status()).head).toBe(0)
  })

  it('a wrong query is a QueryError with its column', async () => {
    const topics = await openTopics(log)
    await expect(topics.put({ ...peace, query: 'a OR' })).rejects.toMatchObject({ column: 3 })
    await expect(topics.preview('"', AbortSignal.timeout(1000))).rejects.toBeInstanceOf(QueryError)
  })

  it('makes target ids from texts, each once', async () => {
    const topics = await openTopics(log)
    const texts = ['A ceasefire, now!', 'a ceasefire now', 'перемирие', 'Zürich’s offer']
    const targets = texts.map((text) => ({ text })) as TopicDefinition['targets']
    const { topic } = await topics.put({ ...peace, id: 'a'.repeat(64), name: ' ', targets })
    expect(topic.targets.map(({ id }) => id)).toEqual([
      'a-ceasefire-now',
      'a-ceasefire-now-2',
      'target',
      'zurich-s-offer',
    ])
    expect(topic.name).toBe('a'.repeat(64))
  })
})

const post = (id: number, text: string, quotable = true): PostChange => ({
  op: 'create',
  source: 'file',
  id: String(id),
  author: null,
  text,
  at: new Date(now() + id * 1000).toISOString(),
  lang: null,
  likes: null,
  reposts: null,
  replyTo: null,
  revision: null,
  quotable,
})

describe('preview', () => {
  it('counts all kept matches and shows a sample spread over them, never of those who ask not to be shown', async () => {
    const posts = Array.from({ length: 3000 }, (_, i) =>
      post(i, i % 3 === 0 ? 'Peace talks today' : 'nothing', i % 2 === 0),
    )
    await log.append({ source: 'file', changes: posts, cursor: null })
    const topics = await openTopics(log)
    const { sample, hours, ...counts } = await topics.preview('"peace talks"', AbortSignal.timeout(5000))
    expect(hours).toEqual([{ at: expect.stringMatching(/:00:00\.000Z$/), matched: 1000 }])
    expect(counts).toEqual({ matched: 1000, scanned: 3000, kept: 3000, estimate: 1000 })
    expect(sample).toHaveLength(20)
    expect(new Set(sample.map(({ id }) => id)).size).toBe(20)
    expect(sample.every(({ id }) => Number(id) % 6 === 0)).toBe(true)
    const ids = sample.map(({ id }) => Number(id))
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
    expect(Math.max(...ids) - Math.min(...ids)).toBeGreaterThan(2000)
  })

  it('draws by chance, the same posts again, and with another salt others; a few newcomers change few', async () => {
    const posts = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => post(from + i, 'peace', true))
    await log.append({ source: 'file', changes: posts(0, 2500), cursor: null })
    const drawn = async (salt: string) => {
      const { sample } = await previewQuery(log, 'peace', { signal: AbortSignal.timeout(5000), salt })
      return new Set(sample.map(({ id }) => id))
    }
    const first = await drawn('one')
    expect(first.size).toBe(20)
    expect(await drawn('one')).toEqual(first)
    expect(first.intersection(await drawn('two')).size).toBeLessThan(8)
    await log.append({ source: 'file', changes: posts(2500, 2600), cursor: null })
    expect(first.intersection(await drawn('one')).size).toBeGreaterThan(15)
  })

  it('tells matches by the hour up to the latest, empty hours included, and only the last two days', async () => {
    const hour = (nr: number) => new Date(Math.floor(now() / 3_600_000) * 3_600_000 + nr * 3_600_000).toISOString()
    const at = (nr: number, id: number): PostChange => ({ ...post(id, 'peace'), at: hour(nr) })
    const hours = async () => (await previewQuery(log, 'peace', { signal: AbortSignal.timeout(5000) })).hours
    expect(await hours()).toEqual([])
    await log.append({ source: 'file', changes: [at(0, 1), at(0, 2), at(3, 3)], cursor: null })
    expect(await hours()).toEqual([2, 0, 0, 1].map((matched, nr) => ({ at: hour(nr), matched })))
    const years = Array.from({ length: 2000 }, (_, nr) => at(-nr * 5, 100 + nr))
    await log.append({ source: 'file', changes: years, cursor: null })
    const long = await hours()
    expect(long).toHaveLength(48)
    expect(long.at(-1)).toEqual({ at: hour(3), matched: 1 })
    expect(long.reduce((sum, { matched }) => sum + matched, 0)).toBe(4 + 8)
  })

  it('stops at its budget and scales up what it saw; an empty log is no error', async () => {
    expect(await previewQuery(log, 'peace', { signal: AbortSignal.timeout(5000) })).toMatchObject({
      matched: 0,
      estimate: 0,
    })
    const posts = Array.from({ length: 20_000 }, (_, i) => post(i, i % 4 === 0 ? 'peace' : 'nothing'))
    await log.append({ source: 'file', changes: posts, cursor: null })
    let clock = 0
    const preview = await previewQuery(log, 'peace', {
      signal: AbortSignal.timeout(5000),
      budgetMs: 2,
      now: () => clock++,
    })
    expect(preview.scanned).toBeGreaterThan(0)
    expect(preview.scanned).toBeLessThan(20_000)
    expect(preview.kept).toBe(20_000)
    expect(Math.abs(preview.estimate - 5000)).toBeLessThan(50)
  })

  it('ends early when aborted', async () => {
    await log.append({ source: 'file', changes: [post(1, 'peace')], cursor: null })
    expect(await previewQuery(log, 'peace', { signal: AbortSignal.abort() })).toMatchObject({ scanned: 0, matched: 0 })
  })
})
