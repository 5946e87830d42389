// X with its default profile, as it is served: posts are scored and counted, new topics get none of them, and after the
// minute that docs/sources.md states no byte of a post's words or of an account is left in the log, the store (their parts
// unpacked) or what the process noted; what was deleted there leaves the numbers here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { copyKey } from '../copies.ts'
import { open, type Pipeline } from '../pipeline.ts'
import { sleep } from '../retry.ts'
import { serve } from '../serve.ts'
import type { Mention } from '../types.ts'
import { fakeModel } from './doubles/model.ts'
import { XDouble } from './doubles/x.ts'
import { XJobs } from './doubles/xJobs.ts'
import { planPosts } from './doubles/xPosts.ts'
import { filesWith } from './store/bytes.ts'

const words = 'heronwords'
const account = '90071992547'
const kept = 'plantedandkept'
const minuteMs = 60_000

/** The double with its copies told apart as the real one does: not by the words themselves. */
function model() {
  const fake = fakeModel()
  const score = async (mentions: Mention[]) =>
    (await fake.score(mentions)).map((one) => ({ ...one, copy: copyKey(one.mention.post.text) }))
  return { ...fake, score }
}

describe('X with its default profile', () => {
  let folder: string
  let x: XDouble
  let jobs: XJobs
  let pipeline: Pipeline
  let url: string
  const noted: string[] = []
  const stop = new AbortController()
  const ends: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'undercurrent-x-'))
    x = await XDouble.start({ seed: 5 })
    jobs = await XJobs.start(x)
    const file = join(folder, 'undercurrent.yaml')
    writeFileSync(
      file,
      `sources: { bluesky: false, x: { host: "${x.url}", daily: 50, monthly: 500 } }
sample: false
topics:
  - { id: ferries, query: ferry, targets: [{ id: bridge, text: a bridge }] }
  - { id: wild, query: "ferr*" }\n`,
    )
    const config = readConfig(
      { data: join(folder, 'data'), config: file, port: '0' },
      { UNDERCURRENT_X_TOKEN: 'a token' },
    )
    const note = (event: string, fields: object = {}) => void noted.push(JSON.stringify({ event, ...fields }))
    pipeline = await open(config, note, { loadModel: async () => model() })
    const server = await serve(pipeline, { key: 'a key', signal: stop.signal, note })
    url = server.url
    const running = pipeline.run(stop.signal)
    ends.push(
      async () => server[Symbol.asyncDispose](),
      async () => stop.abort(),
      () => running,
    )
    ends.push(async () => pipeline[Symbol.asyncDispose]())
  }, 60_000)

  afterAll(async () => {
    for (const end of ends) await end()
    await jobs[Symbol.asyncDispose]()
    await x[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const get = async (path: string) => (await fetch(new URL(path, url))).json() as Promise<Record<string, never>>
  const until = async (what: string, isSo: () => boolean | Promise<boolean>, ms = 30_000) => {
    for (const end = Date.now() + ms; !(await isSo()); ) {
      if (Date.now() > end) throw new Error(`it never came: ${what}`)
      await sleep(50, stop.signal)
    }
  }
  const countOf = async (topic: string) =>
    (await pipeline.store.ask.counts()).find((one) => one.topic === topic)?.posts ?? 0
  const post = (lines: object[]) =>
    fetch(new URL('/v1/posts', url), {
      method: 'POST',
      headers: { authorization: 'Bearer a key', 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    })
  const plan = (count: number) =>
    planPosts({ seed: 9, count, fromMs: Date.now() + 50, stepMs: 6 }).map((one, nr) => ({
      ...one,
      text: `${one.text} ${words} good bad number ${nr}`,
      author: `${account}${nr % 40}`,
    }))

  test('is asked with a rule for what it can be asked, and says why where it cannot', async () => {
    await until('the stream is read', () => x.readers === 1)
    const rules = [...x.rules.values()]
    expect(rules.map(({ tag }) => tag)).toEqual(['undercurrent:ferries'])
    expect(rules[0]!.value).toMatch(/^ferry -is:retweet$/)
    const { blindSpots } = await get('/v1/topics/wild/perspective')
    expect(String(blindSpots)).toMatch(
      /^X has no operator for the beginning of a word, as in ferr\*, so posts of X are not read for this topic: /,
    )
  })

  test('whoever writes a query is told what X will make of it', async () => {
    const page = async (query: string) =>
      (await fetch(new URL(`/new?name=T&query=${encodeURIComponent(query)}`, url))).text()
    expect(await page('ferry OR tide')).toMatch(
      /X will be read for it, from the moment it is saved, and asked for: <code>\(ferry OR tide\) -is:retweet<\/code>/,
    )
    expect(await page('tide*')).toContain('X has no operator for the beginning of a word, as in tide*')
    expect(await page('tide source:bluesky')).not.toContain('X ')
  })

  test('its posts are counted, and a byte search finds none of their words or accounts a minute later', async () => {
    const planted = Array.from({ length: 30 }, (_, nr) => ({
      ...{ id: `p${nr}`, author: `planted ${nr}`, text: `the ferry ${kept} is good ${nr}` },
    }))
    expect((await post(planted)).status).toBe(202)
    // X sends at most 250 a second.
    x.publishInTime(plan(400))
    await until('all are counted', async () => (await countOf('ferries')) === 430)
    const counted = Date.now()
    const data = join(folder, 'data')
    const findable = () => filesWith(data, [words, account])
    // The search finds what is there: what was planted, and the posts of X before they left the log.
    expect(filesWith(data, kept).length).toBeGreaterThan(1)
    await until('the words are gone', () => findable().length === 0, minuteMs)
    expect(Date.now() - counted).toBeLessThan(minuteMs)
    expect(filesWith(data, kept).length).toBeGreaterThan(1)
    expect(noted.join('\n')).not.toMatch(new RegExp(`${words}|${account}`))
    expect(noted.length).toBeGreaterThan(0)
  }, 100_000)

  test('they are in shares, listed by id, quoted nowhere, and blind spots say so', async () => {
    const window = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + minuteMs).toISOString()}`
    const summary = await get(`/v1/topics/ferries/summary?source=x&${window}`)
    expect(summary).toMatchObject({ posts: 400, scored: 400 })
    const { posts } = (await get(`/v1/topics/ferries/posts?source=x&limit=100&${window}`)) as unknown as {
      posts: { id: string; text: string }[]
    }
    expect(posts.length).toBe(100)
    for (const { id, text } of posts) expect([/^\d{15,20}$/.test(id), text]).toEqual([true, ''])
    const told = (await get(`/v1/topics/ferries/perspective?${window}`)) as unknown as {
      blindSpots: string[]
      claims: { quotes: { post: string }[] }[]
    }
    expect(told.blindSpots.join(' ')).toMatch(/Posts of X are counted without their words/)
    for (const { quotes } of told.claims) for (const quote of quotes) expect(quote.post).toMatch(/^p\d+$/)
    const page = await (await fetch(new URL(`/topics/ferries?source=x&${window}`, url))).text()
    expect(page).toContain('Its words are not kept here')
    expect(page).toMatch(/https:\/\/x\.com\/i\/status\/\d+/)
  })

  test('a new topic gets none of them, and says since when it is read', async () => {
    const made = await fetch(new URL('/v1/topics', url), {
      method: 'POST',
      headers: { authorization: 'Bearer a key', 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'late', name: 'Late', query: 'late OR ferry', targets: [] }),
    })
    expect(made.status).toBe(201)
    await until(
      'its history is filled',
      async () => (await countOf('late')) === 30 && (await pipeline.status()).lag === 0,
    )
    await until('X has its rule', () => [...x.rules.values()].some(({ tag }) => tag === 'undercurrent:late'))
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const { blindSpots } = await get(
      `/v1/topics/late/perspective?from=${from}&to=${new Date(Date.now() + 1).toISOString()}`,
    )
    expect(String(blindSpots)).toMatch(/X has been read for this topic since .* UTC; what was said before is not in\./)
  })

  test('what was deleted on X leaves the numbers with the next question to X', async () => {
    const gone = x.posts.slice(0, 25).map(({ id }) => id)
    for (const id of gone) jobs.gone.set(id, 'deleted')
    const { xDeletesSource } = await import('../ingest/xDeletes.ts')
    const { openX } = await import('../ingest/xClient.ts')
    const { openXClock } = await import('../ingest/xClock.ts')
    // The pass of the running process began before there was a post; the next one comes after eight hours.
    const source = xDeletesSource({
      api: (signal) => openX({ token: 'a token', host: x.url, clock: openXClock({ now: Date.now }), signal }),
      recent: (since, limit) => pipeline.store.recent('x', since, limit),
      pollMs: 10,
    })
    const once = new AbortController()
    for await (const batch of source.read(null, once.signal)) {
      await pipeline.log.append(batch)
      once.abort()
    }
    await until('they are gone', async () => (await countOf('ferries')) === 405)
    expect((await fetch(new URL(`/v1/posts/${gone[0]}`, url))).status).toBe(410)
  })
})
