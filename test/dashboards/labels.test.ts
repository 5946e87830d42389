// Labels over a real socket: the audit draw, what is taken and what is refused, and what it does to the shares. From posts
// in by POST /v1/posts to a summary that says how many labels stand behind it, and back when the labelled posts go.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import * as labelShapes from '../../dashboards/labelShapes.ts'
import * as shapes from '../../dashboards/shapes.ts'
import { metrics } from '../../metrics.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
const count = 150
const posts = debate(count)
const window = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z'
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(posts))
  await world.write('POST', '/v1/posts?source=other', ndjson([{ id: 'twin', text: 'talks' }]))
  await world.write('POST', '/v1/posts?source=third', ndjson([{ id: 'twin', text: 'talks' }]))
  await world.write('POST', '/v1/posts', ndjson([{ id: 'away', text: 'weather' }]))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const drawn = async (words = '', measure = 'sentiment') =>
  labelShapes.Drawn.parse(await world.read(`/v1/labels/next?topic=talks&measure=${measure}&${window}${words}`))
const summary = async (words = '') =>
  shapes.Summary.parse(await world.read(`/v1/topics/talks/summary?${window}${words}`))
const label = (post: string, more: object = {}) => ({
  ...{ post, topic: 'talks', measure: 'sentiment', value: 'negative', labeller: 'ann', sample: 'audit' },
  ...{ probability: 0.5, ...more },
})
async function give(labels: object): Promise<z.output<typeof labelShapes.TakenLabels>> {
  const response = await world.write('POST', '/v1/labels', labels)
  expect(response.status).toBe(202)
  return labelShapes.TakenLabels.parse(await response.json())
}
const outcome = async (name: string) =>
  (await metrics.labels.get()).values.find(({ labels }) => labels.outcome === name)?.value ?? 0

describe('the audit draw', () => {
  test('is the same whenever it is asked for, and shows what there is to read, not what the model thinks', async () => {
    const { draw, probability, posts: first } = await drawn('&size=40')
    expect(draw).toMatchObject({ topic: 'talks', version: 1, measure: 'sentiment', target: null, size: 40, of: 152 })
    expect(probability).toBeCloseTo(40 / 152)
    expect(first).toHaveLength(40)
    expect(Object.keys(first[0]!).sort()).toEqual(['at', 'id', 'lang', 'quotable', 'source', 'text'])
    expect((await drawn('&size=40')).posts).toEqual(first)
    expect((await drawn('&size=40', 'relevance')).posts).toEqual(first)
    expect((await drawn('&size=40&target=truce', 'stance')).posts).toEqual(first)
    expect((await drawn('&size=40&seed=other')).posts).not.toEqual(first)
    expect((await drawn()).posts).toHaveLength(100)
  })

  test('of the usual window names the window, so that it can be asked for again', async () => {
    const { draw } = labelShapes.Drawn.parse(await world.read('/v1/labels/next?topic=talks&measure=emotion'))
    const { from, to } = draw.window
    const again = await world.read<{ draw: object }>(
      `/v1/labels/next?topic=talks&measure=emotion&from=${from}&to=${to}&seed=${encodeURIComponent(draw.seed)}`,
    )
    expect(again.draw).toEqual(draw)
  })

  test.each([
    ['topic=none&measure=sentiment', 404],
    ['measure=sentiment', 400],
    ['topic=talks', 400],
    ['topic=talks&measure=irony', 400],
    ['topic=talks&measure=stance', 400],
    ['topic=talks&measure=stance&target=war', 400],
    ['topic=talks&measure=sentiment&size=0', 400],
    ['topic=talks&measure=sentiment&size=1001', 400],
    ['topic=talks&measure=sentiment&labeller=', 400],
    ['topic=talks&measure=sentiment&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400],
  ])('?%s: %i with advice', async (words, status) => {
    const response = await world.get(`/v1/labels/next?${words}`)
    expect(response.status).toBe(status)
    expect(shapes.Problem.parse(await response.json()).detail.length).toBeGreaterThan(0)
  })
})

describe('labels that are refused', () => {
  test('each by its place in the list and its reason, and the others are taken', async () => {
    const before = [await outcome('taken'), await outcome('unknown_post')]
    const { accepted, rejected } = await give([
      label('post-1', { measure: 'relevance', value: 'yes' }),
      label('never seen'),
      label('away'),
      label('post-2', { topic: 'none' }),
      label('post-2', { measure: 'irony' }),
      label('post-2', { value: 'glad' }),
      label('post-2', { measure: 'emotion', value: 'joy' }),
      label('post-2', { measure: 'emotion', value: ['joy', 'bliss'] }),
      label('post-2', { measure: 'relevance', value: true }),
      label('post-2', { target: 'truce' }),
      label('post-2', { measure: 'stance', value: 'favor' }),
      label('post-2', { measure: 'stance', value: 'favor', target: 'war' }),
      label('post-2', { measure: 'stance', value: 'positive', target: 'truce' }),
      label('post-2', { labeller: '' }),
      label('post-2', { labeller: 'a\u0000b' }),
      label('post-2', { labeller: 'a'.repeat(65) }),
      label('post-2', { sample: 'best' }),
      label('post-2', { probability: 0 }),
      label('post-2', { probability: 1.1 }),
      label('post-2', { probability: '0.5' }),
      label('post-2', { probability: undefined }),
      label('post-2', { sample: 'active', probability: 7 }),
      label('twin'),
      label('twin', { source: 'nowhere' }),
      label('twin', { source: 'other', measure: 'relevance', value: 'no' }),
      label('post-2', { measure: 'relevance', value: 'no', sample: 'active', probability: undefined }),
      label(''),
      'post-2',
      null,
      [],
    ])
    expect(accepted).toBe(3)
    expect(rejected.map(({ index, reason }) => [index, reason])).toEqual([
      ...[1, 2].map((index) => [index, 'unknown_post']),
      [3, 'unknown_topic'],
      [4, 'unknown_measure'],
      ...[5, 6, 7, 8].map((index) => [index, 'unknown_value']),
      ...[9, 10, 11].map((index) => [index, 'unknown_target']),
      [12, 'unknown_value'],
      ...[13, 14, 15].map((index) => [index, 'bad_labeller']),
      [16, 'bad_sample'],
      ...[17, 18, 19, 20, 21].map((index) => [index, 'bad_probability']),
      [22, 'ambiguous_post'],
      [23, 'unknown_post'],
      ...[26, 27, 28, 29].map((index) => [index, 'malformed']),
    ])
    expect(rejected.every(({ detail }) => detail.length > 10)).toBe(true)
    expect([await outcome('taken'), await outcome('unknown_post')]).toEqual([before[0]! + 3, before[1]! + 3])
  })

  test.each([
    ['an unknown post', label('never seen'), 404],
    ['an unknown topic', label('post-2', { topic: 'none' }), 404],
    ['a wrong value', label('post-2', { value: 'glad' }), 400],
    ['no label at all', 'text', 400],
    ['too many', Array.from({ length: 1_001 }, () => label('post-2')), 413],
  ])('one alone is a problem: %s', async (_, given, status) => {
    const headers = { authorization: 'Bearer test-key', 'content-type': 'application/json' }
    const response = await world.get('/v1/labels', { method: 'POST', headers, body: JSON.stringify(given) })
    expect(response.status).toBe(status)
    expect(shapes.Problem.parse(await response.json()).detail.length).toBeGreaterThan(0)
  })

  test('what is not JSON is a 400; without the key nothing is taken; GET is not for it', async () => {
    expect((await world.write('POST', '/v1/labels', '{"post":')).status).toBe(400)
    expect((await world.get('/v1/labels', { method: 'POST', body: '{}' })).status).toBe(401)
    expect((await world.write('GET', '/v1/labels')).status).toBe(405)
  })

  test('hostile names and values change nothing but the answer', async () => {
    const hostile = `'); DROP TABLE labels; --{x:String}<script>`
    const { accepted, rejected } = await give([
      label(hostile),
      label('post-2', { topic: hostile }),
      label('post-2', { measure: 'emotion', value: [hostile] }),
      label('post-2', { measure: 'relevance', value: 'yes', labeller: hostile }),
      label('post-2', { topic: '__proto__' }),
      label('post-2', { measure: 'constructor' }),
    ])
    expect([accepted, rejected.length]).toEqual([1, 5])
    await world.settled()
    const { posts: left } = await drawn(`&size=1000&labeller=${encodeURIComponent(hostile)}`, 'relevance')
    expect(left).toHaveLength(151)
  })
})

describe('from posts to a share that people stand behind, and back', () => {
  const negative = async (words?: string) => (await summary(words)).sentiment.negative!

  test('sixty labels of the draw move the estimate to what people say', async () => {
    const before = await negative()
    expect(before).not.toHaveProperty('labels')
    const { probability, posts: chosen } = await drawn('&size=60&labeller=cleo')
    // People read the late posts as negative and no other; the model finds three quarters of them.
    const truth = (id: string) => Number(id.slice(5)) >= 100
    const said = (id: string) => ({ value: truth(id) ? 'negative' : 'positive', labeller: 'cleo', probability })
    const half = chosen.slice(0, 30).map(({ id, source }) => label(id, { ...said(id), source }))
    expect(await give(half)).toEqual({ accepted: 30, rejected: [] })
    await world.settled()
    expect(await negative()).toEqual(before)
    const { posts: left } = await drawn('&size=60&labeller=cleo')
    expect(left).toEqual(chosen.slice(30))
    await give(left.map(({ id, source }) => label(id, { ...said(id), source })))
    await world.settled()
    expect((await drawn('&size=60&labeller=cleo')).posts).toEqual([])

    const after = await negative()
    expect(after.labels).toBe(60)
    expect(Math.abs(after.estimate! - 1 / 3)).toBeLessThan(0.2)
    const { sentiment, emotion, stance } = await summary()
    expect(sentiment.positive!.labels).toBe(60)
    expect(Math.abs(sentiment.positive!.estimate! - 2 / 3)).toBeLessThan(0.2)
    expect(sentiment.neutral!.estimate!).toBeLessThan(0.1)
    expect([emotion.anger!.labels, stance.truce!.favor!.labels]).toEqual([undefined, undefined])
    expect((await negative('&view=author')).labels).toBe(60)
    expect(await negative('&view=cluster')).not.toHaveProperty('labels')
  })

  test('deleting twenty of the labelled posts makes it fall back to the model', async () => {
    const { posts: chosen } = await drawn('&size=60')
    const labelled = chosen.filter(({ id }) => id.startsWith('post-')).slice(0, 20)
    await world.write('POST', '/v1/posts', ndjson(labelled.map(({ id }) => ({ op: 'delete', id }))))
    await world.settled()
    const { estimate, ...rest } = await negative()
    expect(estimate).not.toBeNull()
    expect(rest).not.toHaveProperty('labels')
    const gone = await world.write('POST', '/v1/labels', label(labelled[0]!.id))
    expect(gone.status).toBe(404)
  })
})

test('openapi.json names both', async () => {
  const { paths } = await world.read<{ paths: Record<string, object> }>('/openapi.json')
  expect(paths['/v1/labels']).toHaveProperty('post')
  expect(paths['/v1/labels/next']).toHaveProperty('get')
})
