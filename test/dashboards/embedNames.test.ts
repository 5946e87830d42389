// The outside names of boxes, stories and webhooks, over a real socket: other people's pages and systems are written
// against these, as against those in names.test.ts; a change here is a change of the contract (docs/embedding.md).
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as shapes from '../../dashboards/shapes.ts'
import * as toldShapes from '../../dashboards/toldShapes.ts'
import { openSite } from '../doubles/site.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(90)))
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return shapes.Problem.parse(await response.json())
}

describe('stories and boxes', () => {
  type StoryNamed = { id: string; state: string; embed: Record<string, string> | null }
  const address = 'https://news.example/talks-go-on'
  let story: StoryNamed
  const boxFields = [
    ...[
      'topic',
      'story',
      'about',
      'window',
      'text',
      'refusal',
      'sentences',
      'claims',
      'takeaway',
      'blindSpots',
      'camps',
    ],
    ...['movement', 'posts', 'authors', 'sources', 'updated', 'note', 'evidence', 'method', 'page', 'manifest', 'html'],
  ]
  const types = {
    html: 'text/html; charset=utf-8',
    json: 'application/json',
    svg: 'image/svg+xml; charset=utf-8',
    png: 'image/png',
  }

  test('POST /v1/stories suggests, /approve gives the addresses of the box, GET lists it', async () => {
    const told = await world.write('POST', '/v1/stories', { url: address, headline: 'Talks go on', topic: 'talks' })
    expect(told.status).toBe(202)
    story = (await told.json()) as StoryNamed
    expect(story).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), url: address, headline: 'Talks go on' })
    expect([story.state, story.embed]).toEqual(['suggested', null])
    const approved = await world.write('POST', `/v1/stories/${story.id}/approve`, {})
    expect(approved.status).toBe(200)
    story = (await approved.json()) as StoryNamed
    expect(story.state).toBe('approved')
    expect(Object.keys(story.embed!).sort()).toEqual(['evidence', 'html', 'json', 'png', 'svg'])
    for (const [form, url] of Object.entries(story.embed!))
      expect(url).toBe(
        `${world.url}/${form === 'evidence' ? form : 'embed'}/stories/${story.id}${form === 'evidence' ? '' : `.${form}`}`,
      )
    const { stories } = await world.read<{ stories: StoryNamed[] }>('/v1/stories')
    expect(stories.map(({ id }) => id)).toEqual([story.id])
    expect((await world.get(`/v1/stories/${story.id}`)).status).toBe(200)
  })

  test('GET /v1/stories/perspective?url= is the paragraph of the story at an address, or a 404', async () => {
    const at = (url: string) => `/v1/stories/perspective?url=${encodeURIComponent(url)}`
    const told = toldShapes.Perspective.parse(await world.read(at(address)))
    expect([told.topic, told.refusal]).toEqual(['talks', null])
    expect((await problemOf(await world.get(at('https://news.example/none')))).status).toBe(404)
  })

  test.each(Object.entries(types))('boxes in the form %s, of a topic and of a story', async (form, type) => {
    for (const where of ['/embed/talks', `/embed/stories/${story.id}`]) {
      const answer = await world.get(`${where}.${form}`)
      expect([where, answer.status, answer.headers.get('content-type')]).toEqual([where, 200, type])
      expect(answer.headers.get('etag')).toMatch(/^(W\/)?".+"$/)
      if (form !== 'json') continue
      const box = (await answer.json()) as Record<string, unknown>
      expect(Object.keys(box)).toEqual(expect.arrayContaining(boxFields))
      expect(box.page).toBe(`${world.url}${where}.html`)
      expect(box.evidence).toBe(`${world.url}${where.replace('embed', 'evidence')}`)
    }
  })

  test.each(['/embed/none.json', '/embed/stories/0123456789abcdef.json'])('%s is a 404 with html', async (path) => {
    const answer = await world.get(path)
    const told = await answer.clone().json()
    expect((await problemOf(answer)).status).toBe(404)
    expect(told).toMatchObject({ html: expect.stringContaining('undercurrent') })
  })

  test('/embed.js defines the element, /embed.css has its looks', async () => {
    const script = await world.get('/embed.js')
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(await script.text()).toContain("define('undercurrent-perspective'")
    expect(await (await world.get('/embed.css')).text()).toContain('.undercurrent')
  })

  test('GET /oembed?url= answers oEmbed 1.0 for both, a 400 without an address, a 404 for those of others', async () => {
    for (const path of ['/embed/talks.html', `/embed/stories/${story.id}.html`]) {
      const told = await world.read(`/oembed?url=${encodeURIComponent(world.url + path)}`)
      expect(told).toMatchObject({ version: '1.0', type: 'rich', html: expect.stringContaining(world.url + path) })
    }
    expect((await problemOf(await world.get('/oembed'))).status).toBe(400)
    expect((await problemOf(await world.get('/oembed?url=https%3A%2F%2Fnews.example%2F'))).status).toBe(404)
  })

  test('DELETE /v1/stories/:id ends it, then forgets it: 204, its box 410; 204; then 404', async () => {
    expect((await world.write('DELETE', `/v1/stories/${story.id}`)).status).toBe(204)
    expect((await world.get(`/embed/stories/${story.id}.json`)).status).toBe(410)
    expect((await world.write('DELETE', `/v1/stories/${story.id}`)).status).toBe(204)
    expect((await problemOf(await world.write('DELETE', `/v1/stories/${story.id}`))).status).toBe(404)
  })
})

describe('webhooks', () => {
  test('are made, listed, tried and removed at /v1/webhooks, their deliveries beside them', async () => {
    await using site = await openSite()
    const url = `${site.url}/hook`
    const made = await world.write('POST', '/v1/webhooks', { url, topics: ['talks'] })
    expect(made.status).toBe(201)
    const { id, secret } = (await made.json()) as { id: string; secret: string }
    expect(secret).toMatch(/^whsec_/)
    const auth = { headers: { authorization: `Bearer ${key}` } }
    const list = (await (await world.get('/v1/webhooks', auth)).json()) as { webhooks: object[] }
    expect(list.webhooks).toMatchObject([{ id, url, topics: ['talks'], stories: [] }])
    const deliveries = await (await world.get('/v1/webhooks/deliveries', auth)).json()
    expect(deliveries).toEqual({ deliveries: expect.any(Array) })
    expect((await world.write('POST', `/v1/webhooks/${id}/test`)).status).toBe(200)
    expect((await world.write('POST', `/v1/webhooks/${id}/rotate`, {})).status).toBe(200)
    expect((await world.write('DELETE', `/v1/webhooks/${id}`)).status).toBe(204)
  })
})

describe('names of events', () => {
  test.each(['perspective.updated', 'perspective.withdrawn', 'story.updated'])('%s is in the docs', (name) => {
    for (const page of ['api', 'embedding', 'webhooks'])
      expect(readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'), page).toContain(`\`${name}\``)
  })
})
