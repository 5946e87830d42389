// The routes that answer questions about a topic and its posts, and the one that takes posts in.
// A post whose author asks not to be shown is counted and listed, never told: its text is "".
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { PostsQuery, StoredPost } from '../answers.ts'
import { claimRoutes } from './claims.ts'
import { compare } from './compare.ts'
import { editionOf } from './editions.ts'
import { exportRoutes } from './exports.ts'
import { takePosts } from './intake.ts'
import { problem } from './problem.ts'
import { filterOf, measureOf, type Served, stepOf, topicIn, topicOf } from './served.ts'
import * as shapes from './shapes.ts'
import { failures, json } from './shapes.ts'
import * as toldShapes from './toldShapes.ts'

const routes = {
  summary: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/summary',
    summary: 'Shares with intervals',
    request: { params: shapes.id, query: shapes.filter },
    responses: { 200: json(shapes.Summary, 'Summary'), ...failures },
  }),
  series: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/series',
    summary: 'One share over time',
    request: { params: shapes.id, query: shapes.seriesQuery },
    responses: { 200: json(shapes.Series, 'Series'), ...failures },
  }),
  posts: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/posts',
    summary: 'Posts with their scores',
    request: { params: shapes.id, query: shapes.postsQuery },
    responses: { 200: json(shapes.Posts, 'Posts'), ...failures },
  }),
  articles: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/articles',
    summary: 'What sites wrote about it, counted apart from every post',
    request: { params: shapes.id, query: shapes.articlesQuery },
    responses: { 200: json(shapes.Articles, 'Articles, the newest first'), ...failures },
  }),
  coverage: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/coverage',
    summary: 'What was seen and what was not',
    request: { params: shapes.id, query: shapes.filter },
    responses: { 200: json(shapes.Coverage, 'Coverage'), ...failures },
  }),
  perspective: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/perspective',
    summary: 'The paragraph, its claims and the posts behind them',
    request: { params: shapes.id, query: shapes.span },
    responses: { 200: json(toldShapes.Perspective, 'Perspective'), ...failures },
  }),
  campaigns: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/campaigns',
    summary: 'Near-copies of one text by many accounts',
    request: { params: shapes.id, query: shapes.span },
    responses: { 200: json(toldShapes.Campaigns, 'Campaigns'), ...failures },
  }),
  editions: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/perspective/editions',
    summary: 'Earlier paragraphs, less what was withdrawn since, each with what changed and why',
    request: { params: shapes.id, query: shapes.editionsQuery },
    responses: { 200: json(toldShapes.Editions, 'Editions, newest first'), ...failures },
  }),
  compare: createRoute({
    method: 'get',
    path: '/v1/compare',
    summary: 'Two to four topics, sources, languages, camps or windows, with the differences and their intervals',
    request: { query: toldShapes.compareQuery },
    responses: { 200: json(toldShapes.Comparison, 'Comparison'), ...failures },
  }),
  themes: createRoute({
    method: 'get',
    path: '/v1/topics/{id}/themes',
    summary: 'What several people bring up, in words of theirs',
    request: { params: shapes.id, query: shapes.span },
    responses: { 200: json(toldShapes.Themes, 'Themes'), ...failures },
  }),
  take: createRoute({
    method: 'post',
    path: '/v1/posts',
    summary: 'Changes as NDJSON; accepted lines are durable',
    request: {
      query: shapes.sourced,
      body: { content: { 'application/x-ndjson': { schema: { type: 'string' } as const } }, required: true },
    },
    responses: { 202: json(shapes.Taken, 'Accepted and rejected lines'), ...failures },
  }),
}

/** Mounts them. */
export function questionRoutes(app: OpenAPIHono, served: Served): void {
  const { ask, model } = served
  app.openapi(routes.summary, async (c) =>
    c.json(await ask.summary(await filterOf(served, c.req.param('id'), c.req.valid('query'))), 200),
  )
  app.openapi(routes.series, async (c) => {
    const { measure, step, ...words } = c.req.valid('query')
    const filter = await filterOf(served, c.req.param('id'), words)
    const known = measureOf(measure, topicIn(served, filter), model.labels)
    const points = await ask.series(filter, known, stepOf(step, filter.window))
    return c.json({ window: filter.window, measure, step, model: model.id, points }, 200)
  })
  app.openapi(routes.posts, async (c) => {
    const { stance, sentiment, emotion, q, sort, cursor, limit, ...words } = c.req.valid('query')
    const asked: PostsQuery = { stance, sentiment, emotion, q, sort, cursor, limit }
    const { posts, next } = await ask.posts(await filterOf(served, c.req.param('id'), words), asked)
    return c.json({ posts: posts.map(told), next }, 200)
  })
  app.openapi(routes.articles, async (c) => {
    const { cursor, limit, ...words } = c.req.valid('query')
    const { topic, window, receivedBy } = await filterOf(served, c.req.param('id'), words)
    return c.json({ window, ...(await ask.articles({ topic, window, receivedBy, cursor, limit })) }, 200)
  })
  app.openapi(routes.coverage, async (c) =>
    c.json(await ask.coverage(await filterOf(served, c.req.param('id'), c.req.valid('query'))), 200),
  )
  conclusionRoutes(app, served)
  onePost(app, served)
  claimRoutes(app, served)
  exportRoutes(app, served)
  app.openapi(routes.take, async (c) => c.json(await takePosts(served, c.req.raw, c.req.valid('query').source), 202))
}

/** What is concluded from the answers. */
function conclusionRoutes(app: OpenAPIHono, served: Served): void {
  app.openapi(routes.perspective, async (c) => {
    const { version, from, to } = c.req.valid('query')
    const { topic, window } = await filterOf(served, c.req.param('id'), { version, from, to })
    return c.json(await served.perspective(topicIn(served, { topic }), window, c.req.raw.signal), 200)
  })
  app.openapi(routes.campaigns, async (c) => {
    const { topic, window } = await filterOf(served, c.req.param('id'), c.req.valid('query'))
    return c.json(await served.campaigns(topicIn(served, { topic }), window), 200)
  })
  app.openapi(routes.editions, async (c) => {
    const { id } = topicOf(served, c.req.param('id'))
    const editions = await served.editions(id, c.req.valid('query').limit)
    return c.json({ editions: editions.map(editionOf) }, 200)
  })
  app.openapi(routes.compare, async (c) => {
    const { topics, ...words } = c.req.valid('query')
    return c.json(await compare(served, { topics: topics.split(',').filter(Boolean), ...words }), 200)
  })
  app.openapi(routes.themes, async (c) => {
    const { topic, window } = await filterOf(served, c.req.param('id'), c.req.valid('query'))
    return c.json(await served.themes(topicIn(served, { topic }), window), 200)
  })
}

/** A post id holds slashes (at://...): clients encode it, and a plain path works as well. */
function onePost(app: OpenAPIHono, { ask }: Served): void {
  app.get('/v1/posts/:id{[^]+}', async (c) => {
    const post = await ask.post(c.req.param('id'))
    if (post === 'gone') return problem(410, 'this post was deleted', 'It left every number and will not come back.')
    return post ? c.json(told(post)) : problem(404, 'no such post', 'Encode the id: /v1/posts/at%3A%2F%2F...')
  })
  const gone = { ...failures.default, description: 'It was deleted' }
  app.openAPIRegistry.registerPath({
    method: 'get',
    path: '/v1/posts/{id}',
    summary: 'A post with its scores (id URL-encoded)',
    request: { params: shapes.id },
    responses: { 200: json(shapes.Post, 'Post'), 410: gone, ...failures },
  })
}

/** The post as it may be shown. */
export const told = (post: StoredPost): StoredPost => (post.quotable ? post : { ...post, text: '' })
