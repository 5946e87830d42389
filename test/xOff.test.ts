// X switched off (the money is spent) while posts of it wait to be scored, after a kill: they were taken in as scores only,
// and that they stay. What others bring as posts of X where X was never read is kept as it is given.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { copyKey } from '../copies.ts'
import { silent } from '../journal.ts'
import { open, openLog } from '../pipeline.ts'
import { sleep } from '../retry.ts'
import type { Change, Mention } from '../types.ts'
import { fakeModel } from './doubles/model.ts'
import { filesWith } from './store/bytes.ts'

const words = 'heronwords'
/** The double tells copies apart by their words. */
function model() {
  const fake = fakeModel()
  const score = async (mentions: Mention[]) =>
    (await fake.score(mentions)).map((one) => ({ ...one, copy: copyKey(one.mention.post.text) }))
  return { ...fake, score }
}
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-xoff-'))
  folders.push(folder)
  const configured = (x: string) => {
    const file = join(folder, 'undercurrent.yaml')
    const topics = 'topics: [{ id: ferries, query: ferry }]'
    writeFileSync(file, `sources: { bluesky: false, x: ${x} }\nsample: false\n${topics}\n`)
    return readConfig({ data: join(folder, 'data'), config: file }, {})
  }
  return configured
}

const posts = Array.from({ length: 5 }, (_, nr): Change => {
  const given = { lang: 'en', likes: 0, reposts: 0, replyTo: null, revision: `90${nr}`, quotable: true }
  return {
    ...{ op: 'create', source: 'x', id: `90${nr}`, author: '7' },
    ...{ text: `ferry ${words} ${nr}`, at: new Date().toISOString(), ...given },
  }
})

/** What the store says of the posts once all are scored, and whether any file holds their words after the log let them go. */
async function scored(configured: ReturnType<typeof newFolder>) {
  const config = configured('false')
  const stop = new AbortController()
  const pipeline = await open(config, silent, { loadModel: async () => model() })
  const running = pipeline.run(stop.signal)
  const count = async () => (await pipeline.store.ask.counts()).find(({ topic }) => topic === 'ferries')?.posts ?? 0
  for (const end = Date.now() + 20_000; (await count()) < posts.length && Date.now() < end; )
    await sleep(20, stop.signal)
  const counted = await count()
  let found = filesWith(config.dataDir, words)
  for (const end = Date.now() + 5_000; found.length > 0 && Date.now() < end; found = filesWith(config.dataDir, words))
    await sleep(200, stop.signal)
  stop.abort()
  await running
  await pipeline[Symbol.asyncDispose]()
  return { counted, found }
}

describe('X switched off', () => {
  test('leaves no words of posts that waited to be scored', async () => {
    const configured = newFolder()
    {
      await using log = await openLog(configured('{ daily: 10, monthly: 100 }'))
      await log.append({ source: 'x', changes: posts, cursor: '{"id":null,"at":1}' })
    }
    expect(await scored(configured)).toEqual({ counted: 5, found: [] })
  }, 60_000)

  test('and never read: posts that somebody imports keep their words', async () => {
    const configured = newFolder()
    {
      await using log = await openLog(configured('false'))
      await log.append({ source: 'import', changes: posts, cursor: null })
    }
    const { counted, found } = await scored(configured)
    expect([counted, found.length > 0]).toEqual([5, true])
  }, 60_000)
})

describe('X switched on', () => {
  test('is read from then on, not since an older topic was made; a restart changes nothing', async () => {
    const configured = newFolder()
    const topicOf = async (x: string) => {
      const stop = new AbortController()
      const config = { ...configured(x), xToken: 'a token' }
      const pipeline = await open(config, silent, { loadModel: async () => model() })
      const running = pipeline.run(stop.signal)
      await sleep(300, stop.signal)
      const topic = pipeline.topics.get('ferries')!
      const [read] = pipeline.readSince(topic)
      stop.abort()
      await running
      await pipeline[Symbol.asyncDispose]()
      return { at: topic.at, since: read?.since ?? null }
    }
    const off = await topicOf('false')
    expect(off.since).toBe(null)
    const before = new Date().toISOString()
    const on = await topicOf('{ host: "http://127.0.0.1:9", daily: 10, monthly: 100 }')
    expect(on.at).toBe(off.at)
    expect(on.since! >= before).toBe(true)
    const again = await topicOf('{ host: "http://127.0.0.1:9", daily: 10, monthly: 100 }')
    expect(again.since).toBe(on.since)
  }, 60_000)
})
