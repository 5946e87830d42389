// Asking again over a real socket: 304 where nothing changed, the new words where something did, and nothing of the kind
// for streams, files, draws, errors and changes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { etagOf, isKnown } from '../../dashboards/fresh.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/posts', ndjson(debate(60)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const tagOf = async (path: string, headers: Record<string, string> = {}) =>
  (await world.get(path, { headers })).headers.get('etag')
const again = (path: string, etag: string, more: Record<string, string> = {}) =>
  world.get(path, { headers: { 'if-none-match': etag, ...more }, cache: 'no-store' })

const span = 'from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z'

describe('what is answered whole', () => {
  test.each([
    '/v1/topics',
    `/v1/topics/talks/summary?${span}`,
    `/v1/topics/talks/posts?${span}&limit=5`,
    '/v1/topics/talks/perspective',
    '/v1/views',
    '/openapi.json',
    '/embed/talks.html',
    '/embed/talks.json',
    '/topics/talks',
    '/compare?topics=talks&by=camp',
    '/new',
  ])('is not sent twice: %s', async (path) => {
    const first = await world.get(path)
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const isShared = path.startsWith('/embed/')
    expect(first.headers.get('cache-control')).toBe(
      isShared ? 'public, max-age=5, stale-while-revalidate=5' : 'private, no-cache',
    )
    expect(etagOf(new Uint8Array(await first.arrayBuffer()))).toBe(etag)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const second = await again(path, known)
      expect([path, known, second.status, await second.text()]).toEqual([path, known, 304, ''])
      expect(second.headers.get('etag')).toBe(etag)
      expect(second.headers.get('content-security-policy')).toContain("script-src 'self'")
    }
    expect((await again(path, '"other"')).status).toBe(200)
  })

  test('is sent when it changed', async () => {
    const [topics, page] = [(await tagOf('/v1/topics'))!, (await tagOf('/topics/talks'))!]
    await world.write('POST', '/v1/posts', ndjson([{ id: 'more', text: 'more talks', author: 'more' }]))
    await world.settled()
    const changed = await again('/v1/topics', topics)
    expect([changed.status, ((await changed.json()) as { topics: { posts: number }[] }).topics[0]!.posts]).toEqual([
      200, 61,
    ])
    expect((await again('/topics/talks', page)).status).toBe(200)
  })

  test('has the same tag for a HEAD, and the page’s cookie also where its words are known', async () => {
    const etag = (await tagOf('/v1/topics'))!
    const head = await world.get('/v1/topics', { method: 'HEAD' })
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag])
    const accept = { accept: 'text/html' }
    const page = await again('/new', (await tagOf('/new', accept))!, accept)
    expect([page.status, page.headers.get('set-cookie')]).toEqual([
      304,
      expect.stringContaining('undercurrent_session='),
    ])
  })
})

describe('what is never the same', () => {
  test.each([
    [`/v1/topics/talks/export?${span}&format=csv`],
    [`/v1/topics/talks/export?${span}&format=ndjson`],
    [`/v1/topics/talks/export?${span}&format=parquet`],
    ['/v1/topics/none/summary'],
    ['/topics/none'],
    ['/metrics'],
  ])('has no tag: %s', async (path) => {
    const answer = await again(path, '*')
    expect([answer.status === 304, answer.headers.get('etag')]).toEqual([false, null])
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    await answer.body?.cancel()
  })

  test('a draw of posts to label is not to be stored', async () => {
    const answer = await again(`/v1/labels/next?topic=talks&measure=sentiment&${span}`, '*')
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, null])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('the event stream begins at once', async () => {
    const stop = new AbortController()
    const answer = await world.get('/v1/events', { signal: stop.signal })
    expect([answer.headers.get('etag'), answer.headers.get('content-type')]).toEqual([null, 'text/event-stream'])
    const first = await answer.body!.getReader().read()
    expect(new TextDecoder().decode(first.value)).toContain('event: hello')
    stop.abort()
  })

  test('a change has no tag', async () => {
    const made = await world.write('POST', '/v1/views', { name: 'x', href: '/topics/talks' })
    expect([made.status, made.headers.get('etag')]).toEqual([201, null])
  })
})

test.each([
  [undefined, false],
  ['', false],
  ['"a"', true],
  ['W/"a"', true],
  ['"b", W/"a"', true],
  ['"b"', false],
  ['a', false],
  ['*', true],
])('If-None-Match %s knows "a": %s', (header, known) => {
  expect(isKnown(header, '"a"')).toBe(known)
})
