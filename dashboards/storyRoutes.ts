// The API of stories: tell of one or of many, approve, list, drop, and the paragraph at an address. Shapes are promises
// (docs/api.md). A mistake in one story of many is told in its place, and keeps none of the others out.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { UserError } from '../errors.ts'
import { mistakeOf, problem } from './problem.ts'
import { type Served, windowOf } from './served.ts'
import { body, failures, id, json } from './shapes.ts'
import { isWeb, type Story, type StoryWords } from './story.ts'
import { originOf, previewOf, type StoryTold, storyOfId, toldStory } from './storyTold.ts'
import * as toldShapes from './toldShapes.ts'

const text = z.string()
const nr = z.number().int()

const words = z
  .object({
    url: text.max(2_048).refine(isWeb, 'must be an http or https address without a name and password'),
    headline: text.trim().min(1).max(500),
    summary: text.max(5_000).default(''),
    tags: z.array(text.max(100)).max(30).default([]),
    at: z.iso.datetime({ offset: true }).nullish(),
    topic: text.max(64).nullish().openapi({ description: 'The topic it belongs to; absent: to be found' }),
    broader: z.boolean().default(false).openapi({ description: 'The topic it names is broader than the story' }),
    approve: z.boolean().default(false).openapi({ description: 'Approve at once what can be told' }),
  })
  .openapi('StoryWords')
const mostAtOnce = 100
/** Each is looked at by itself: one that has not this shape keeps none of the others out. */
const many = z
  .array(z.unknown())
  .min(1)
  .max(mostAtOnce)
  .openapi({ type: 'array', items: { $ref: '#/components/schemas/StoryWords' } })

const Term = z.object({
  term: text,
  from: z.enum(['headline', 'summary', 'tag', 'posts']),
  posts: nr,
  adds: nr.openapi({ description: 'Matched posts that only this term brings in' }),
  looked: nr,
  stray: nr.openapi({ description: 'Of those looked at, how many seem to be about something else' }),
})
const Choice = z.object({
  kind: z.enum(['covered', 'new', 'parent', 'thin']),
  topic: text.optional(),
  reason: text.optional(),
  missing: text.optional(),
})
const Refusal = z.object({ reason: text, missing: text }).nullable()
const Told = z
  .object({
    ...{ id: text, url: text, headline: text, summary: text, tags: z.array(text), at: text.nullable() },
    state: z.enum(['suggested', 'approved', 'refused', 'ended']),
    topic: z.object({ id: text, name: text, public: z.boolean() }).nullable(),
    about: text.nullable().openapi({ description: 'Set where the topic is broader than the story' }),
    ...{ receivedAt: text, correctedAt: text.optional(), expires: text, refusal: Refusal },
    matched: nr.nullable().openapi({ description: 'Kept posts that the proposed query matches' }),
    proposal: z
      .object({
        ...{ name: text, query: text, targets: z.array(text), terms: z.array(Term), choice: Choice },
        fits: z.array(z.object({ topic: text, matches: z.boolean(), covers: z.number(), focus: z.number() })),
      })
      .nullable(),
    embed: z.object({ html: text, json: text, svg: text, png: text, evidence: text }).nullable(),
  })
  .openapi('Story')
const Preview = z.object({
  ...{ text, refusal: Refusal, sentences: z.array(z.object({ text, claims: z.array(text) })), posts: nr },
  reading: z.object({ done: nr, total: nr }).nullable().openapi({ description: 'Its posts are still being read' }),
})
const WithPreview = Told.extend({ preview: Preview.nullable() }).openapi('StoryWithPreview')
const Mistake = z.object({ url: text, error: z.object({ title: text, detail: text, status: nr }) })
const Batch = z.object({ stories: z.array(z.union([Told, Mistake])) }).openapi('StoryBatch')
const changes = z.object({
  name: text.max(200).optional(),
  query: text.max(5_000).optional(),
  targets: z.array(text.max(300)).max(4).optional(),
})

const routes = {
  take: createRoute({
    method: 'post',
    path: '/v1/stories',
    summary: 'Find or propose the topic of a story, or of up to 100',
    request: { body: body(z.union([words, many])) },
    responses: {
      200: json(z.union([WithPreview, Batch]), 'Too little is said about it; or the answers to many'),
      201: json(WithPreview, 'Approved: its box can be read'),
      202: json(WithPreview, 'A proposal, to be approved within a day'),
      ...failures,
    },
  }),
  list: createRoute({
    method: 'get',
    path: '/v1/stories',
    summary: 'Stories, the newest first',
    responses: { 200: json(z.object({ stories: z.array(Told) }), 'Stories'), ...failures },
  }),
  perspective: createRoute({
    method: 'get',
    path: '/v1/stories/perspective',
    summary: 'The paragraph of the story at an address',
    request: { query: z.object({ url: text.max(2_048) }) },
    responses: { 200: json(toldShapes.Perspective.extend({ story: Told }), 'The paragraph'), ...failures },
  }),
  one: createRoute({
    method: 'get',
    path: '/v1/stories/{id}',
    summary: 'A story with what its box says or would say',
    request: { params: id },
    responses: { 200: json(WithPreview, 'The story'), ...failures },
  }),
  approve: createRoute({
    method: 'post',
    path: '/v1/stories/{id}/approve',
    summary: 'Let its box be read; with other words than proposed, where wanted',
    request: { params: id, body: { content: { 'application/json': { schema: changes } } } },
    responses: { 200: json(Told, 'Approved'), ...failures },
  }),
  drop: createRoute({
    method: 'delete',
    path: '/v1/stories/{id}',
    summary: 'End a story, and a topic made for it alone; forget one that has ended',
    request: { params: id },
    responses: { 204: { description: 'Ended, or forgotten' }, ...failures },
  }),
}

const statusOf = { approved: 201, suggested: 202, refused: 200, ended: 200 } as const

/** Mounts them. */
export function storyRoutes(app: OpenAPIHono, served: Served): void {
  const { stories } = served
  const told = (story: Story, url: string): StoryTold => toldStory(served, story, originOf(served, url))
  app.openapi(routes.take, async (c) => {
    const { signal } = c.req.raw
    const given = c.req.valid('json')
    if (Array.isArray(given)) return c.json({ stories: await takeMany(served, given, c.req.raw) }, 200)
    const [story] = await stories.take([wordsOf(given)], { approve: given.approve, signal })
    if (story instanceof UserError) throw story
    return c.json(
      { ...told(story!, c.req.url), preview: await previewOf(served, story!, signal) },
      statusOf[story!.state],
    )
  })
  app.openapi(routes.list, async (c) =>
    c.json({ stories: (await stories.list()).map((story) => told(story, c.req.url)) }, 200),
  )
  app.openapi(routes.perspective, async (c) => {
    const story = await stories.at(c.req.valid('query').url)
    const place = story && stories.placeOf(story)
    if (!story || !place)
      throw new UserError('no approved story is at this address', 'POST /v1/stories tells of one.', 404)
    const window = await windowOf(served, place.topic, {})
    const perspective = await served.perspective(place.topic, window, c.req.raw.signal)
    return c.json({ ...perspective, story: told(story, c.req.url) }, 200)
  })
  app.openapi(routes.one, async (c) => {
    const story = await storyOfId(stories, c.req.param('id'))
    return c.json({ ...told(story, c.req.url), preview: await previewOf(served, story, c.req.raw.signal) }, 200)
  })
  app.openapi(routes.approve, async (c) => {
    const story = await stories.approve(c.req.param('id'), c.req.valid('json') ?? {})
    return c.json(told(story, c.req.url), 200)
  })
  app.openapi(routes.drop, async (c) =>
    (await stories.drop(c.req.param('id')))
      ? c.body(null, 204)
      : problem(404, 'there is no such story', 'GET /v1/stories lists them.'),
  )
}

function wordsOf({ url, headline, summary, tags, at, topic, broader }: z.output<typeof words>): StoryWords {
  const time = at ? new Date(at).toISOString() : null
  return { url, headline, summary, tags, at: time, topic: topic ?? null, isBroader: broader }
}

/** Those to be approved and those not, each with one look at the kept posts; answered in the order they were given. */
async function takeMany(served: Served, given: unknown[], { url, signal }: Request) {
  const read = given.map((one) => words.safeParse(one))
  const answers = new Map<object, Story | UserError>()
  for (const approve of [true, false]) {
    const some = read.filter((one) => one.success && one.data.approve === approve)
    const taken = some.length
      ? await served.stories.take(
          some.map(({ data }) => wordsOf(data!)),
          { approve, signal },
        )
      : []
    for (const [at, one] of some.entries()) answers.set(one, taken[at]!)
  }
  return read.map((one, at): z.output<typeof Batch>['stories'][number] => {
    if (!one.success)
      return mistake(given[at], new UserError(mistakeOf(one.error), 'See /openapi.json for the shapes.'))
    const answer = answers.get(one)!
    return answer instanceof UserError ? mistake(given[at], answer) : toldStory(served, answer, originOf(served, url))
  })
}

function mistake(given: unknown, { message: title, hint: detail, status }: UserError): z.output<typeof Mistake> {
  const { url } = Object(given) as { url?: unknown }
  return { url: typeof url === 'string' ? url.slice(0, 2_048) : '', error: { title, detail, status } }
}
