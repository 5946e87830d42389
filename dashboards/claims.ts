// GET /v1/claims/:id: one claim of a topic's paragraph, as it stands now. The topic is named in the claim's id, before
// the "@". A claim that was told once and is no longer supported is gone, not unknown.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { problem } from './problem.ts'
import { filterOf, type Served, topicIn } from './served.ts'
import * as shapes from './shapes.ts'
import { failures, json } from './shapes.ts'
import * as toldShapes from './toldShapes.ts'

/** Kept editions that are looked through for a claim that is no longer told. */
const lookedThrough = 200

/** 'talks@2:stance:...' -> 'talks', 2. null: no claim's id has this form. */
export function claimPlace(id: string): { topic: string; version: number } | null {
  const [, topic, version] = /^([^@]+)@(\d{1,9}):/.exec(id) ?? []
  return topic ? { topic, version: Number(version) } : null
}

export function claimRoutes(app: OpenAPIHono, served: Served): void {
  app.get('/v1/claims/:id{[^]+}', async (c) => {
    const id = c.req.param('id')
    const place = claimPlace(id)
    const topic = place && served.topics.get(place.topic)
    if (!place || !topic) return unknown()
    const { from, to } = c.req.query()
    const { version } = topic
    const filter = await filterOf(served, topic.id, { version, from, to })
    const told = await served.perspective(topicIn(served, filter), filter.window, c.req.raw.signal)
    const claim = told.claims.find((one) => one.id === id)
    if (claim) return c.json({ topic: topic.id, window: told.window, claim })
    const editions = await served.editions(topic.id, lookedThrough)
    return editions.some((edition) => edition.told.claims.some((one) => one.id === id)) ? gone(topic.id) : unknown()
  })
  const { path: _, ...route } = createRoute({
    method: 'get',
    path: '/v1/claims/{id}',
    summary: 'One claim of a topic’s current paragraph (id URL-encoded)',
    request: { params: shapes.id, query: shapes.span.pick({ from: true, to: true }) },
    responses: {
      200: json(toldShapes.OneClaim, 'The claim'),
      410: { ...failures.default, description: 'It was told once and is no longer supported' },
      ...failures,
    },
  })
  app.openAPIRegistry.registerPath({ ...route, path: '/v1/claims/{id}' })
}

const unknown = () =>
  problem(404, 'no such claim', 'GET /v1/topics/ID/perspective lists the claims of a topic; encode the id in the path.')

const gone = (topic: string) =>
  problem(
    410,
    'this claim is no longer supported',
    `The posts of now do not bear it out. GET /v1/topics/${encodeURIComponent(topic)}/perspective has what they do.`,
  )
