// The API: one definition of routes gives validation and OpenAPI 3.1. Names and shapes are promises (docs/api.md,
// shapes.ts). Handlers only translate: words into filters, answers into JSON. Every error is problem+json.
import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { RouterRoute } from 'hono/types'
import type { Status } from '../given.ts'
import { exposition } from '../metrics.ts'
import { alertFeed } from './alertFeed.ts'
import { alertRoutes } from './alertRoutes.ts'
import { channelRoutes } from './channelRoutes.ts'
import { openEvents } from './events.ts'
import { keyRoutes } from './keyRoutes.ts'
import { labelRoutes } from './labels.ts'
import { mistakeOf, problem, problemOf } from './problem.ts'
import { questionRoutes } from './questions.ts'
import { ruleRoutes } from './ruleRoutes.ts'
import { savedRoutes } from './saved.ts'
import { isKeyed, scopeOf } from './scopes.ts'
import { type Served, topicOf } from './served.ts'
import * as shapes from './shapes.ts'
import { body, failures, json } from './shapes.ts'
import { sqlRoutes } from './sql.ts'
import { storyFeed } from './storyFeed.ts'
import { storyRoutes } from './storyRoutes.ts'
import { webhookRoutes } from './webhookRoutes.ts'

const maxBody = 2 ** 20

/** All routes of the API. `signal` ends the open event streams; `before` adds what every request passes first. */
export function api(served: Served, signal: AbortSignal, before: (app: OpenAPIHono) => void = () => {}): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return undefined
      return problem(400, mistakeOf(result.error), 'See /openapi.json for the shapes.')
    },
  })
  app.onError((error) => problemOf(error, served.note))
  app.notFound((c) => nothingAt(app, c))
  before(app)
  app.use('*', limited)
  topicRoutes(app, served)
  questionRoutes(app, served)
  labelRoutes(app, served)
  savedRoutes(app, served)
  keyRoutes(app, served)
  webhookRoutes(app, served)
  sqlRoutes(app, served)
  ruleRoutes(app, served)
  channelRoutes(app, served)
  alertFeed(app, served)
  alertRoutes(app, served)
  storyRoutes(app, served)
  storyFeed(app, served)
  stateRoutes(app, served, signal)
  app.get('/openapi.json', (c) => c.json(documentOf(app)))
  return app
}

const info = {
  title: 'undercurrent',
  version: '1',
  description: 'What people say about a topic, and the posts behind it.',
}

/** With who may call what: reads are open on loopback and of public topics, all else wants a key with the scope. */
function documentOf(app: OpenAPIHono) {
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info })
  const key = {
    type: 'http' as const,
    scheme: 'bearer',
    description: 'An API key; docs/api.md says what each scope may do.',
  }
  for (const [path, of] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(of as Record<string, { security?: object[] }>)) {
      const scope = scopeOf(method.toUpperCase(), path)
      const isOpen = scope === 'read' && !isKeyed(path)
      operation.security = [...(isOpen ? [{}] : []), { key: [scope] }]
    }
  }
  return { ...document, components: { ...document.components, securitySchemes: { key } } }
}

/** Bodies are read into memory, so they are short; only POST /v1/posts streams and has a limit of its own. */
const short = bodyLimit({
  maxSize: maxBody,
  onError: () => problem(413, 'the body is over 1 MiB', 'Only POST /v1/posts takes more.'),
})
const limited: typeof short = (c, next) => (c.req.path === '/v1/posts' ? next() : short(c, next))

/** 405 where another method would be answered, else 404. */
function nothingAt(app: OpenAPIHono, c: Context): Response {
  const { path, method } = c.req
  const answers = (other: string) =>
    app.router.match(other, path)[0].some(([[, route]]) => (route as RouterRoute).method === other)
  const allowed = ['GET', 'POST', 'PUT', 'DELETE'].filter((other) => other !== method && answers(other))
  if (!allowed.length) return problem(404, `there is nothing at ${path}`, 'See /openapi.json for what there is.')
  const refused = problem(405, `${method} is not for ${path}`, `Use ${allowed.join(' or ')}.`)
  refused.headers.set('allow', [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', '))
  return refused
}

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/topics',
    summary: 'All topics with their live posts',
    responses: { 200: json(shapes.Topics, 'Topics'), ...failures },
  }),
  make: createRoute({
    method: 'post',
    path: '/v1/topics',
    summary: 'Make a topic, or change the one of this id',
    request: { body: body(shapes.definition) },
    responses: { 200: json(shapes.Topic, 'Changed'), 201: json(shapes.Topic, 'Made; durable'), ...failures },
  }),
  change: createRoute({
    method: 'put',
    path: '/v1/topics/{id}',
    summary: 'Change a topic: a new version when its query or targets change',
    request: { params: shapes.id, body: body(shapes.fields) },
    responses: { 200: json(shapes.Topic, 'Changed'), 201: json(shapes.Topic, 'Made; durable'), ...failures },
  }),
  drop: createRoute({
    method: 'delete',
    path: '/v1/topics/{id}',
    summary: 'Drop a topic with its numbers, or one version of it',
    request: { params: shapes.id, query: shapes.span.pick({ version: true }) },
    responses: { 204: { description: 'Dropped' }, ...failures },
  }),
  preview: createRoute({
    method: 'post',
    path: '/v1/topics/preview',
    summary: 'How many kept posts a query would have matched, with a sample',
    request: { body: body(shapes.previewed) },
    responses: { 200: json(shapes.Preview, 'Preview'), ...failures },
  }),
  versions: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/versions',
    summary: 'All versions of a topic, oldest first',
    request: { params: shapes.id },
    responses: { 200: json(shapes.Versions, 'Versions'), ...failures },
  }),
  status: createRoute({
    method: 'get',
    path: '/v1/status',
    summary: 'Sources, readers, drops; lag 0: every GET is current',
    responses: { 200: json(shapes.Status, 'Status'), ...failures },
  }),
  removeSample: createRoute({
    method: 'delete',
    path: '/v1/sample',
    summary: 'Take the bundled sample away for good',
    responses: { 204: { description: 'Removed' }, ...failures },
  }),
}

function topicRoutes(app: OpenAPIHono, served: Served): void {
  const { topics, ask } = served
  app.openapi(routes.list, async (c) => {
    const counts = await ask.counts()
    const listed = topics.list().map((topic) => {
      const count = counts.find((one) => one.topic === topic.id && one.version === topic.version)
      return { ...topic, posts: count?.posts ?? 0, authors: count?.authors ?? 0, latest: count?.latest ?? null }
    })
    return c.json({ topics: listed }, 200)
  })
  const put = async (given: z.output<typeof shapes.definition>) => {
    const targets = given.targets.map((one) => (typeof one === 'string' ? { id: '', text: one } : one))
    return topics.put({ ...given, name: given.name ?? given.id, targets }, 'user')
  }
  app.openapi(routes.make, async (c) => {
    const { topic, created } = await put(c.req.valid('json'))
    return c.json(topic, created ? 201 : 200)
  })
  app.openapi(routes.change, async (c) => {
    const { topic, created } = await put({ ...c.req.valid('json'), id: c.req.param('id') })
    return c.json(topic, created ? 201 : 200)
  })
  app.openapi(routes.drop, async (c) => {
    const found = await topics.drop(c.req.param('id'), c.req.valid('query').version)
    return found ? c.body(null, 204) : problem(404, 'there is no such topic or version', 'GET /v1/topics lists them.')
  })
  app.openapi(routes.preview, async (c) =>
    c.json(await topics.preview(c.req.valid('json').query, c.req.raw.signal), 200),
  )
  app.openapi(routes.versions, (c) => c.json({ versions: topics.versions(topicOf(served, c.req.param('id')).id) }, 200))
}

function stateRoutes(app: OpenAPIHono, served: Served, signal: AbortSignal): void {
  // A box that does not tell of it yet is an answer that does not reflect it.
  const lagOf = async ({ lag }: Status) => lag + (await served.shelf.behind())
  app.openapi(routes.status, async (c) => {
    const status = await served.status()
    return c.json({ ...status, lag: await lagOf(status) }, 200)
  })
  app.openapi(routes.removeSample, async (c) => {
    await served.removeSample()
    return c.body(null, 204)
  })
  app.get('/v1/events', openEvents(served, signal))
  app.get('/healthz', (c) => c.json({ ok: true, pid: process.pid }))
  app.get('/readyz', async (c) => c.json({ ready: true, lag: await lagOf(await served.status()) }))
  app.get('/metrics', async (c) => c.text(await exposition()))
  const plain = (path: string, summary: string, type: string) =>
    app.openAPIRegistry.registerPath({
      method: 'get',
      path,
      summary,
      responses: { 200: { description: summary, content: { [type]: {} } } },
    })
  plain(
    '/v1/events',
    'Server-sent events: perspective.updated, perspective.withdrawn, story.updated, alert.early, .confirmed, .withdrawn, .closed',
    'text/event-stream',
  )
  plain('/v1/stories.atom', 'Approved stories of public topics with what their boxes say', 'application/atom+xml')
  plain('/v1/alerts.atom', 'Alerts as a feed; without a key those of public topics', 'application/atom+xml')
  plain('/healthz', 'The process lives', 'application/json')
  plain('/readyz', 'Model and store are open', 'application/json')
  plain('/metrics', 'For Prometheus', 'text/plain')
}
