// The API: one definition of routes gives validation and OpenAPI 3.1. Names and shapes are promises (docs/api.md).
// Handlers only translate: words into filters, answers into JSON.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { exposition } from '../metrics.ts'
import type { PostsQuery } from '../types.ts'
import { views } from '../types.ts'
import { events } from './events.ts'
import { takePosts } from './intake.ts'
import { problem, problemOf } from './problem.ts'
import { filterOf, measureOf, type Served, stepOf, topicOf, windowOf } from './served.ts'

const json = (schema: z.ZodType, description: string) => ({ description, content: { 'application/json': { schema } } })
const anything = z.object({}).loose()
const failures = { 400: { description: 'problem+json (RFC 9457) that says what to do' } }
const id = z.object({ id: z.string() })
const window = {
  from: z.string().optional().openapi({ description: 'ISO 8601, inclusive; default: 24 h before `to`' }),
  to: z
    .string()
    .optional()
    .openapi({ description: "ISO 8601, exclusive; default: just after the topic's latest post" }),
  version: z.coerce.number().int().positive().optional(),
}
const filter = z.object({
  ...window,
  source: z.string().optional(),
  lang: z.string().optional(),
  view: z.enum(views).optional(),
})
const target = z.union([z.string().min(1), z.object({ id: z.string().default(''), text: z.string().min(1).max(300) })])
const fields = {
  name: z.string().min(1).max(200).optional(),
  query: z.string().min(1).max(4_000),
  targets: z.array(target).max(4).default([]),
  public: z.boolean().default(false),
}
const definition = z.object({ id: z.string().min(1).max(64), ...fields })
const postsQuery = filter.extend({
  stance: z.string().optional(),
  sentiment: z.string().optional(),
  emotion: z.string().optional(),
  q: z.string().max(200).optional(),
  sort: z.enum(['newest', 'liked', 'typical']).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
})

const body = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } }, required: true })
const get = <P extends string, R extends object>(path: P, summary: string, request: R) =>
  createRoute({ method: 'get', path, summary, request, responses: { 200: json(anything, summary), ...failures } })

/** All routes of the API. `signal` ends the open event streams; `before` adds what every request passes first. */
export function api(served: Served, signal: AbortSignal, before: (app: OpenAPIHono) => void = () => {}): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return undefined
      const [issue] = result.error.issues
      return problem(
        400,
        `${issue?.path.join('.') || 'the request'}: ${issue?.message}`,
        'See /openapi.json for the shapes.',
      )
    },
  })
  app.onError((error) => problemOf(error, served.note))
  app.notFound((c) => problem(404, `there is nothing at ${c.req.path}`, 'See /openapi.json for what there is.'))
  before(app)
  topicRoutes(app, served)
  answerRoutes(app, served)
  postRoutes(app, served)
  stateRoutes(app, served, signal)
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'undercurrent',
      version: '1',
      description: 'What people say about a topic, and the posts behind it.',
    },
  })
  return app
}

function topicRoutes(app: OpenAPIHono, served: Served): void {
  const { topics, ask } = served
  app.openapi(get('/v1/topics', 'All topics with their live posts', {}), async (c) => {
    const counts = await ask.counts()
    const listed = topics.list().map((topic) => {
      const count = counts.find((one) => one.topic === topic.id && one.version === topic.version)
      return { ...topic, posts: count?.posts ?? 0, authors: count?.authors ?? 0, latest: count?.latest ?? null }
    })
    return c.json({ topics: listed }, 200)
  })
  const put = async (given: z.output<typeof definition>) => {
    const targets = given.targets.map((one) => (typeof one === 'string' ? { id: '', text: one } : one))
    return topics.put({ ...given, name: given.name ?? given.id, targets })
  }
  const made = {
    200: json(anything, 'Changed'),
    201: json(anything, 'Made; durable, its history follows'),
    ...failures,
  }
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/topics',
      summary: 'Make a topic',
      request: { body: body(definition) },
      responses: made,
    }),
    async (c) => {
      const { topic, created } = await put(c.req.valid('json'))
      return c.json(topic, created ? 201 : 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'put',
      path: '/v1/topics/{id}',
      summary: 'Change a topic: a new version when its query or targets change',
      request: { params: id, body: body(z.object(fields)) },
      responses: made,
    }),
    async (c) => {
      const { topic, created } = await put({ ...c.req.valid('json'), id: c.req.param('id') })
      return c.json(topic, created ? 201 : 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/topics/{id}',
      summary: 'Drop a topic with its numbers, or one version of it',
      request: { params: id, query: z.object({ version: window.version }) },
      responses: { 204: { description: 'Dropped' }, ...failures },
    }),
    async (c) => {
      const found = await topics.drop(c.req.param('id'), c.req.valid('query').version)
      return found ? c.body(null, 204) : problem(404, 'there is no such topic', 'GET /v1/topics lists them.')
    },
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/topics/preview',
      summary: 'How many kept posts a query would have matched, with a sample',
      request: { body: body(z.object({ query: z.string() })) },
      responses: { 200: json(anything, 'Preview'), ...failures },
    }),
    async (c) => c.json(await topics.preview(c.req.valid('json').query, c.req.raw.signal), 200),
  )
  app.openapi(get('/v1/topics/{id}/versions', 'All versions of a topic', { params: id }), (c) =>
    c.json({ versions: topics.versions(topicOf(served, c.req.param('id')).id) }, 200),
  )
}

function answerRoutes(app: OpenAPIHono, served: Served): void {
  const { ask, model } = served
  app.openapi(get('/v1/topics/{id}/summary', 'Shares with intervals', { params: id, query: filter }), async (c) =>
    c.json(await ask.summary(await filterOf(served, c.req.param('id'), c.req.valid('query'))), 200),
  )
  const series = filter.extend({ measure: z.string(), step: z.string().default('1h') })
  app.openapi(get('/v1/topics/{id}/series', 'One share over time', { params: id, query: series }), async (c) => {
    const { measure, step, ...words } = c.req.valid('query')
    const found = await filterOf(served, c.req.param('id'), words)
    const known = measureOf(measure, topicOf(served, c.req.param('id')), model.labels)
    const points = await ask.series(found, known, stepOf(step, found.window))
    return c.json({ window: found.window, measure, step, model: model.id, points }, 200)
  })
  app.openapi(get('/v1/topics/{id}/posts', 'Posts with their scores', { params: id, query: postsQuery }), async (c) => {
    const { stance, sentiment, emotion, q, sort, cursor, limit, ...words } = c.req.valid('query')
    const asked: PostsQuery = { stance, sentiment, emotion, q, sort, cursor, limit }
    return c.json(await ask.posts(await filterOf(served, c.req.param('id'), words), asked), 200)
  })
  app.openapi(
    get('/v1/topics/{id}/coverage', 'What was seen and what was not', { params: id, query: filter }),
    async (c) => c.json(await ask.coverage(await filterOf(served, c.req.param('id'), c.req.valid('query'))), 200),
  )
  const span = z.object({ from: window.from, to: window.to })
  const about = 'The paragraph, its claims and the posts behind them'
  app.openapi(get('/v1/topics/{id}/perspective', about, { params: id, query: span }), async (c) => {
    const topic = topicOf(served, c.req.param('id'))
    const asked = await windowOf(served, topic, c.req.valid('query'))
    return c.json(await served.perspective(topic, asked, c.req.raw.signal), 200)
  })
}

function postRoutes(app: OpenAPIHono, served: Served): void {
  // A post id holds slashes (at://...): clients encode it, and a plain path works as well.
  app.get('/v1/posts/:id{.+}', async (c) => {
    const post = await served.ask.post(c.req.param('id'))
    if (post === 'gone') return problem(410, 'this post was deleted', 'It left every number and will not come back.')
    return post ? c.json(post) : problem(404, 'no such post', 'Encode the id: /v1/posts/at%3A%2F%2F...')
  })
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/posts',
      summary: 'Changes as NDJSON; accepted lines are durable',
      request: {
        query: z.object({
          source: z
            .string()
            .regex(/^[a-z0-9-]{1,40}$/)
            .default('import'),
        }),
        body: { content: { 'application/x-ndjson': { schema: z.string() } } },
      },
      responses: { 202: json(anything, 'Accepted and rejected lines'), ...failures },
    }),
    async (c) => c.json(await takePosts(served, c.req.raw, c.req.valid('query').source), 202),
  )
}

function stateRoutes(app: OpenAPIHono, served: Served, signal: AbortSignal): void {
  app.openapi(get('/v1/status', 'Sources, readers, drops; lag 0: every GET is current', {}), async (c) =>
    c.json(await served.status(), 200),
  )
  app.get('/v1/events', (c) => events(c, served, signal))
  app.delete('/v1/sample', async (c) => {
    await served.removeSample()
    return c.body(null, 204)
  })
  app.get('/healthz', (c) => c.json({ ok: true, pid: process.pid }))
  app.get('/readyz', async (c) => c.json({ ready: true, lag: (await served.status()).lag }))
  app.get('/metrics', async (c) => c.text(await exposition()))
}
