// The outside names of DESIGN.md that exist so far: status codes, shapes and behaviour, over a real socket.
// Other people's tools are written against these; a change here is a change of the contract (docs/api.md).
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import * as shapes from '../../dashboards/shapes.ts'
import * as toldShapes from '../../dashboards/toldShapes.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const told = shapes.Problem.parse(await response.json())
  expect(told.status).toBe(response.status)
  expect(told.title.length && told.detail.length).toBeGreaterThan(0)
  return told
}
const shaped = async <T extends z.ZodType>(path: string, shape: T): Promise<z.output<T>> =>
  shape.parse(await world.read(path))

describe('topics', () => {
  test('GET lists them with live posts, authors and the latest', async () => {
    const { topics } = await shaped('/v1/topics', shapes.Topics)
    expect(topics).toMatchObject([{ ...talks, version: 1, posts: 150, authors: 150, latest: expect.any(String) }])
  })

  test('POST keeps the id and answers 201, then 200 for a change, which is a new version', async () => {
    const made = await world.write('POST', '/v1/topics', { id: 'new-one', query: 'weather' })
    expect(made.status).toBe(201)
    expect(shapes.Topic.parse(await made.json())).toMatchObject({
      id: 'new-one',
      name: 'new-one',
      version: 1,
      targets: [],
    })
    const changed = await world.write('PUT', '/v1/topics/new-one', { query: 'wether OR weather', targets: ['the sun'] })
    expect(changed.status).toBe(200)
    expect(await changed.json()).toMatchObject({ version: 2, targets: [{ id: 'the-sun', text: 'the sun' }] })
    const { versions } = await shaped('/v1/topics/new-one/versions', shapes.Versions)
    expect(versions.map(({ version }) => version)).toEqual([1, 2])
    expect((await world.write('DELETE', '/v1/topics/new-one?version=1')).status).toBe(204)
    expect((await world.write('DELETE', '/v1/topics/new-one')).status).toBe(204)
    expect((await problemOf(await world.write('DELETE', '/v1/topics/new-one'))).status).toBe(404)
  })

  test('PUT makes a topic that was not there: 201', async () => {
    const made = await world.write('PUT', '/v1/topics/put-here', { query: 'snow' })
    expect(made.status).toBe(201)
    await world.write('DELETE', '/v1/topics/put-here')
  })

  test('a new topic gets its history from the log by itself', async () => {
    await world.write('POST', '/v1/topics', { id: 'angry', query: 'angry' })
    await world.settled()
    const { topics } = await world.read<z.output<typeof shapes.Topics>>('/v1/topics')
    expect(topics.find(({ id }) => id === 'angry')?.posts).toBe(30)
    await world.write('DELETE', '/v1/topics/angry')
  })

  test('preview counts and samples; a wrong query is a 422 with its column', async () => {
    const preview = await world.write('POST', '/v1/topics/preview', { query: 'talks AND good' })
    expect(preview.status).toBe(200)
    const { matched, scanned, sample } = shapes.Preview.parse(await preview.json())
    expect(scanned).toBeGreaterThanOrEqual(150)
    expect(matched).toBeGreaterThan(10)
    expect(sample[0]?.text).toContain('good')
    const wrong = await world.write('POST', '/v1/topics/preview', { query: 'talks AND (' })
    expect(wrong.status).toBe(422)
    expect((await problemOf(wrong)).column).toBeGreaterThan(0)
    expect((await world.write('POST', '/v1/topics', { id: 'x', query: '"open' })).status).toBe(422)
  })
})

describe('answers', () => {
  test('summary', async () => {
    const found = await shaped('/v1/topics/talks/summary', shapes.Summary)
    expect(found).toMatchObject({ posts: 150, authors: 150, scored: 150, unscored: {}, view: 'post', model: 'fake@1' })
    expect(Object.keys(found.sentiment).sort()).toEqual(['negative', 'neutral', 'positive'])
    const { estimate, low, high } = found.sentiment.negative!
    expect(low!).toBeLessThan(estimate!)
    expect(high!).toBeGreaterThan(estimate!)
    expect(found.stance.truce?.favor?.estimate).toBeGreaterThan(0)
    const span = Date.parse(found.window.to) - Date.parse(found.window.from)
    expect(span).toBe(86_400_000)
    const { topics } = await world.read<z.output<typeof shapes.Topics>>('/v1/topics')
    expect(Date.parse(found.window.to)).toBe(Date.parse(topics.find(({ id }) => id === 'talks')!.latest!) + 1)
  })

  test.each(['post', 'author', 'cluster', 'engagement'])('summary in the view %s', async (view) => {
    expect((await shaped(`/v1/topics/talks/summary?view=${view}`, shapes.Summary)).view).toBe(view)
  })

  test.each(['sentiment.negative', 'emotion.joy', 'stance.truce.favor'])('series of %s', async (measure) => {
    const { points, window } = await shaped(`/v1/topics/talks/series?measure=${measure}&step=2h`, shapes.Series)
    expect(points.reduce((sum, { posts }) => sum + posts, 0)).toBe(150)
    expect(points.length).toBeGreaterThanOrEqual(12)
    expect(points[0]!.at <= window.from).toBe(true)
    expect(points.some(({ estimate }) => estimate !== null)).toBe(true)
  })

  test('posts: filters, order, pages', async () => {
    const first = await shaped('/v1/topics/talks/posts?limit=60', shapes.Posts)
    expect(first.posts).toHaveLength(60)
    const second = await shaped(
      `/v1/topics/talks/posts?limit=100&cursor=${encodeURIComponent(first.next!)}`,
      shapes.Posts,
    )
    expect(second.next).toBeNull()
    expect(new Set([...first.posts, ...second.posts].map(({ id }) => id)).size).toBe(150)
    const against = await shaped('/v1/topics/talks/posts?stance=against&limit=200', shapes.Posts)
    expect(against.posts.length).toBe(50)
    expect(against.posts.every(({ text }) => text.includes('against'))).toBe(true)
    const searched = await shaped('/v1/topics/talks/posts?q=NUMBER%2014,&emotion=anger', shapes.Posts)
    expect(searched.posts).toHaveLength(0)
    const liked = await shaped('/v1/topics/talks/posts?sort=liked&limit=3', shapes.Posts)
    expect(liked.posts.map(({ likes }) => likes)).toEqual([6, 6, 6])
  })

  test('coverage', async () => {
    const found = await shaped('/v1/topics/talks/coverage', shapes.Coverage)
    expect(found).toMatchObject({ posts: 150, bySource: { import: { posts: 150 } }, byLang: { en: 150 }, gaps: [] })
  })

  test('perspective: sentences cite claims, claims cite live posts', async () => {
    const told = await shaped('/v1/topics/talks/perspective', toldShapes.Perspective)
    expect(told.refusal).toBeNull()
    expect(told.text).toBe(told.sentences.map(({ text }) => text).join(' '))
    const claims = new Map(told.claims.map((claim) => [claim.id, claim]))
    for (const { claims: cited } of told.sentences) expect(cited.every((id) => claims.has(id))).toBe(true)
    for (const id of told.claims.flatMap(({ evidence }) => evidence))
      expect((await world.get(`/v1/posts/${encodeURIComponent(id)}`)).status).toBe(200)
  })

  test('themes: what several accounts bring up, in words of theirs', async () => {
    const starts = [
      'after the talks',
      'before these talks began',
      'so much for talks',
      'while talks drag on, says my aunt',
    ]
    const ways = ['we will lose the ferry', 'nobody asked about the ferry', 'for the ferry it is late']
    const ends = ['and grandfather weeps', 'which suits the mayor in his red boots']
    const said = Array.from({ length: 24 }, (_, nr) => ({
      ...{ id: `ferry-${nr}`, author: `rower-${nr}`, lang: 'en', at: `2020-03-03T04:${10 + nr}:00Z` },
      text: `${starts[nr % 4]} ${ways[nr % 3]} ${ends[Math.floor(nr / 12)]}`,
    }))
    await world.write('POST', '/v1/posts', ndjson(said))
    await world.settled()
    const span = 'from=2020-03-03T00:00:00Z&to=2020-03-04T00:00:00Z'
    const told = await shaped(`/v1/topics/talks/themes?${span}`, toldShapes.Themes)
    expect(told).toMatchObject({ posts: 24, scanned: 24, readable: 24, window: { from: '2020-03-03T00:00:00.000Z' } })
    const ferry = told.themes.find(({ phrase }) => phrase === 'ferry')!
    expect(ferry).toMatchObject({ forms: ['ferry'], posts: 24, authors: 24, share: { estimate: 1 } })
    expect(new Set(ferry.members)).toEqual(new Set(said.map(({ id }) => id)))
    expect((await world.get('/v1/topics/nothing/themes')).status).toBe(404)
    await world.write('POST', '/v1/posts', ndjson(said.slice(0, 20).map(({ id }) => ({ op: 'delete', id }))))
    await world.settled()
    expect(await shaped(`/v1/topics/talks/themes?${span}`, toldShapes.Themes)).toMatchObject({ posts: 4, themes: [] })
    await world.write('POST', '/v1/posts', ndjson(said.slice(20).map(({ id }) => ({ op: 'delete', id }))))
    await world.settled()
  })

  test('campaigns: near-copies by many accounts, with a post that may be shown', async () => {
    const copied = Array.from({ length: 25 }, (_, nr) => ({
      ...{ id: `copy-${nr}`, author: `copier-${nr}`, lang: 'en', at: `2020-02-03T04:${10 + nr}:00Z` },
      text: `The talks must end with a treaty that every village on this river can live with #Now${nr}`,
    }))
    await world.write('POST', '/v1/posts', ndjson(copied))
    await world.settled()
    const span = 'from=2020-02-03T00:00:00Z&to=2020-02-04T00:00:00Z'
    const found = await shaped(`/v1/topics/talks/campaigns?${span}`, toldShapes.Campaigns)
    expect(found).toMatchObject({ posts: 25, scanned: 25, window: { from: '2020-02-03T00:00:00.000Z' } })
    expect(found.campaigns).toMatchObject([
      { posts: 25, authors: 25, share: 1, window: { from: copied[0]!.at.replace('Z', '.000Z') } },
    ])
    expect(found.campaigns[0]!.members).toHaveLength(25)
    expect((await world.get(`/v1/posts/${found.campaigns[0]!.example}`)).status).toBe(200)
    const none = 'from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z'
    expect(await shaped(`/v1/topics/talks/campaigns?${none}`, toldShapes.Campaigns)).toMatchObject({ campaigns: [] })
    expect((await world.get('/v1/topics/nothing/campaigns')).status).toBe(404)
    await world.write('POST', '/v1/posts', ndjson(copied.map(({ id }) => ({ op: 'delete', id }))))
    await world.settled()
    expect(await shaped(`/v1/topics/talks/campaigns?${span}`, toldShapes.Campaigns)).toMatchObject({
      posts: 0,
      campaigns: [],
    })
  })

  test('perspective: text is empty exactly when it refuses', async () => {
    const long = '/v1/topics/talks/perspective?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z'
    const told = await shaped(long, toldShapes.Perspective)
    expect(told).toMatchObject({ text: '', sentences: [], claims: [] })
    expect(told.refusal?.missing.length).toBeGreaterThan(0)
  })
})

describe('posts', () => {
  test('a compressed body is refused as a whole, not line by line', async () => {
    const headers = { authorization: `Bearer ${key}`, 'content-encoding': 'gzip' }
    const answer = await fetch(`${world.url}/v1/posts`, {
      method: 'POST',
      headers,
      body: gzipSync('{"id":"1","text":"a"}'),
    })
    expect(answer.status).toBe(415)
    expect((await problemOf(answer)).title).toBe('the body is in gzip')
  })

  test('202 with accepted and rejected lines; blank lines are no lines to reject', async () => {
    const lines = '{"id":"ok","text":"talks about rain","at":"2026-01-01T00:00:00Z"}\n\nnot json\n{"id":"no-text"}\n'
    const answer = await world.write('POST', '/v1/posts', lines)
    expect(answer.status).toBe(202)
    const taken = shapes.Taken.parse(await answer.json())
    expect(taken).toMatchObject({ accepted: 1, rejectedTotal: 2 })
    expect(taken.rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'malformed'],
      [4, 'bad_text'],
    ])
  })

  test('an at:// id is found encoded and plain, verbatim', async () => {
    const id = 'at://did:plc:invented/app.bsky.feed.post/3kabc'
    await world.write(
      'POST',
      '/v1/posts',
      ndjson([{ id, source: 'bluesky', text: 'talks resume', author: 'did:plc:invented' }]),
    )
    await world.settled()
    expect(await shaped(`/v1/posts/${encodeURIComponent(id)}`, shapes.Post)).toMatchObject({ id, source: 'bluesky' })
    expect(await shaped(`/v1/posts/${id}`, shapes.Post)).toMatchObject({ id, text: 'talks resume' })
  })

  test('an id of any characters is found by its encoded form', async () => {
    const ids = ['two\nlines', 'a/b?c#d%2F', '😀 "\'`\\', ' spaced ', '__proto__', '\u0000']
    await world.write('POST', '/v1/posts', ndjson(ids.map((id) => ({ id, text: 'talks resume' }))))
    await world.settled()
    for (const id of ids) expect(await shaped(`/v1/posts/${encodeURIComponent(id)}`, shapes.Post)).toMatchObject({ id })
    await world.write('POST', '/v1/posts', ndjson(ids.map((id) => ({ op: 'delete', id }))))
    await world.settled()
    for (const id of ids) expect((await world.get(`/v1/posts/${encodeURIComponent(id)}`)).status).toBe(410)
  })

  test('a deleted post is 410, is in no count, and stays away when it is sent again', async () => {
    const before = await shaped('/v1/topics/talks/summary', shapes.Summary)
    await world.write(
      'POST',
      '/v1/posts',
      ndjson([
        { op: 'delete', id: 'post-10' },
        { op: 'delete', id: 'never-seen' },
      ]),
    )
    await world.write('POST', '/v1/posts', ndjson([debate(150)[10]!]))
    await world.settled()
    expect((await problemOf(await world.get('/v1/posts/post-10'))).status).toBe(410)
    const { from, to } = before.window
    const after = await shaped(`/v1/topics/talks/summary?from=${from}&to=${to}`, shapes.Summary)
    expect(after.posts).toBe(before.posts - 1)
    const told = await shaped('/v1/topics/talks/perspective', toldShapes.Perspective)
    expect(told.claims.flatMap(({ evidence }) => evidence)).not.toContain('post-10')
  })

  test('an edit that no longer matches leaves the topic', async () => {
    const edit = {
      op: 'update',
      id: 'post-11',
      author: 'account-11',
      text: 'nothing of the kind',
      at: debate(150)[11]!.at,
    }
    await world.write('POST', '/v1/posts', ndjson([edit]))
    await world.settled()
    const { posts } = await shaped('/v1/topics/talks/posts?limit=200', shapes.Posts)
    expect(posts.map(({ id }) => id)).not.toContain('post-11')
  })

  test('a language the model does not read is kept and counted, not scored', async () => {
    await world.write('POST', '/v1/posts', ndjson([{ id: 'uk-1', text: 'talks перемовини', lang: 'uk', author: 'a' }]))
    await world.settled()
    const found = await shaped('/v1/topics/talks/summary', shapes.Summary)
    expect(found.unscored).toEqual({ language: 1 })
    expect(found.posts - found.scored).toBe(1)
  })

  test('a withdrawn account takes all its posts along', async () => {
    await world.write('POST', '/v1/posts', ndjson([{ op: 'withdraw', author: 'account-12' }]))
    await world.settled()
    expect((await world.get('/v1/posts/post-12')).status).not.toBe(200)
  })
})

describe('state', () => {
  test('status has its shape, and lag reaches 0', async () => {
    await world.settled()
    expect(await shaped('/v1/status', shapes.Status)).toMatchObject({ lag: 0, model: 'fake@1' })
  })

  test('healthz, readyz, metrics, openapi.json', async () => {
    expect(await world.read('/healthz')).toMatchObject({ ok: true })
    expect(await world.read('/readyz')).toMatchObject({ ready: true })
    expect(await (await world.get('/metrics')).text()).toContain('undercurrent_dropped_total')
    const { openapi, paths } = await world.read<{ openapi: string; paths: Record<string, object> }>('/openapi.json')
    expect(openapi).toBe('3.1.0')
    const names = ['summary', 'series', 'posts', 'coverage', 'export', 'perspective', 'versions'].map(
      (name) => `/v1/topics/{id}/${name}`,
    )
    const rest = [
      '/v1/topics',
      '/v1/topics/{id}',
      '/v1/topics/preview',
      '/v1/posts',
      '/v1/posts/{id}',
      '/v1/status',
      '/v1/events',
      ...['', '/perspective', '/{id}', '/{id}/approve'].map((name) => `/v1/stories${name}`),
      ...['', '/{id}', '/{id}/test', '/{id}/rotate', '/deliveries'].map((name) => `/v1/webhooks${name}`),
    ]
    expect(Object.keys(paths)).toEqual(expect.arrayContaining([...names, ...rest]))
  })

  test('events tell that a topic moved, and end with the connection', async () => {
    const stop = new AbortController()
    const response = await world.get('/v1/events', { signal: stop.signal })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const lines = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
    expect((await lines.next()).value).toContain('event: hello')
    await world.write('POST', '/v1/posts', ndjson([{ id: 'moves', text: 'talks again', author: 'mover' }]))
    const told = String((await lines.next()).value)
    expect(told).toContain('event: perspective.updated')
    expect(told).toContain('"topic":"talks"')
    expect(told).not.toContain('talks again')
    stop.abort()
  })
})

describe('HEAD', () => {
  test('of the event stream ends at once', async () => {
    const response = await world.get('/v1/events', { method: 'HEAD', signal: AbortSignal.timeout(5_000) })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

describe('errors are problem+json that say what to do', () => {
  test.each([
    ['GET', '/v1/nothing', 404],
    ['GET', '/v1/topics/none/summary', 404],
    ['GET', '/v1/topics/talks/summary?version=99', 404],
    ['GET', '/v1/topics/talks/summary?from=tomorrow', 400],
    ['GET', '/v1/topics/talks/summary?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400],
    ['GET', '/v1/topics/talks/summary?view=loud', 400],
    ['GET', '/v1/topics/talks/series', 400],
    ['GET', '/v1/topics/talks/series?measure=sentiment.glee', 400],
    ['GET', '/v1/topics/talks/series?measure=sentiment.negative&step=soon', 400],
    ['GET', '/v1/topics/talks/series?measure=sentiment.negative&step=1s', 400],
    ['GET', '/v1/topics/talks/posts?limit=none', 400],
    ['GET', '/v1/topics/talks/posts?cursor=forged', 400],
    ['GET', '/v1/topics/%E0%A4%A/perspective', 404],
    ['GET', '/v1/posts/never-seen-at-all', 404],
    ['POST', '/v1/topics/talks', 405],
    ['PATCH', '/v1/topics', 405],
    ['DELETE', '/v1/posts/post-1', 405],
    ['PUT', '/v1/status', 405],
    ['GET', '/v1/topics/preview', 405],
  ])('%s %s: %i', async (method, path, status) => {
    const response = await world.write(method, path)
    expect(response.status).toBe(status)
    await problemOf(response)
    if (status === 405) expect(response.headers.get('allow')).toMatch(/[A-Z]/)
  })

  test.each([
    ['{', 400],
    ['[]', 400],
    ['"text"', 400],
    ['{"id":"x"}', 400],
    ['{"id":"x","query":7}', 400],
    ['{"id":"X y","query":"a"}', 400],
    [`{"id":"x","query":"${'a'.repeat(2 ** 20)}"}`, 413],
  ])('POST /v1/topics with a wrong body %#', async (body, status) => {
    const headers = { authorization: 'Bearer test-key', 'content-type': 'application/json' }
    const response = await world.get('/v1/topics', { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    await problemOf(response)
  })

  test('HEAD answers like GET, without a body', async () => {
    const response = await world.get('/v1/topics', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})
