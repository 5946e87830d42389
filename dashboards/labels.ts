// Labels by people: GET /v1/labels/next says which posts to label, POST /v1/labels takes what was said of them. A label is
// a change in the log like any other; accepted = durable. Never shows a labeller what the model thinks.
import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Filter, StoredPost } from '../answers.ts'
import { UserError } from '../errors.ts'
import { metrics } from '../metrics.ts'
import type { LabelChange, Target, Topic } from '../types.ts'
import { type GivenLabel, type RefusedLabel, readLabel } from './label.ts'
import * as shapes from './labelShapes.ts'
import { problem } from './problem.ts'
import { told } from './questions.ts'
import { filterOf, type Served, topicIn } from './served.ts'
import { body, failures, json } from './shapes.ts'

const mostLabels = 1_000

const next = createRoute({
  method: 'get',
  path: '/v1/labels/next',
  summary: 'The posts of an audit draw that are still to be labelled',
  request: { query: shapes.drawQuery },
  responses: { 200: json(shapes.Drawn, 'The draw'), ...failures },
})

/** Mounts both. */
export function labelRoutes(app: OpenAPIHono, served: Served): void {
  app.openapi(next, async (c) => c.json(await drawOf(served, c.req.valid('query')), 200))
  app.post('/v1/labels', async (c) => {
    const given = await bodyOf(c.req.raw)
    const taken = await takeLabels(served, Array.isArray(given) ? given : [given])
    const [refused] = taken.rejected
    if (Array.isArray(given) || !refused) return c.json(taken, 202)
    const isMissing = refused.reason === 'unknown_post' || refused.reason === 'unknown_topic'
    return problem(isMissing ? 404 : 400, `the label was refused: ${refused.reason}`, refused.detail)
  })
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/v1/labels',
    summary: 'Labels by people: one, or a list of up to 1,000; accepted ones are durable',
    request: { body: body(shapes.labelled) },
    responses: { 202: json(shapes.TakenLabels, 'Accepted and rejected labels'), ...failures },
  })
}

async function drawOf(served: Served, query: z.output<typeof shapes.drawQuery>): Promise<z.input<typeof shapes.Drawn>> {
  const { topic: id, measure, size, labeller, ...words } = query
  const filter = await filterOf(served, id, words)
  const target = targetOf(topicIn(served, filter), query)
  const seed = query.seed ?? seedOf(filter)
  const found = await served.ask.draw(filter, { seed, size, measure, target, labeller })
  const { topic, model, window } = filter
  return {
    draw: { ...topic, model, measure, target: target?.id ?? null, window, seed, size: found.size, of: found.of },
    probability: found.probability,
    posts: found.posts.map(shown),
  }
}

/** The same posts whatever the measure, so that a post is read once and asked about several things. */
export const seedOf = ({ topic, window }: Filter): string => `${topic.topic} ${window.from} ${window.to}`

function targetOf({ id, targets }: Topic, { measure, target }: z.output<typeof shapes.drawQuery>): Target | null {
  if (measure !== 'stance') return null
  const found = targets.find((one) => one.id === target)
  if (found) return found
  const ids = targets.map((one) => one.id).join(', ')
  const hint = ids ? `Give target=, one of ${ids}.` : `Give "${id}" a target first: PUT /v1/topics/${id}.`
  throw new UserError('stance is towards a target, and this names none of the topic', hint)
}

/** What there is to read, and nothing that could lean the reader. */
function shown(post: StoredPost): z.input<typeof shapes.Drawn>['posts'][number] {
  const { id, source, at, text, lang, quotable } = told(post)
  return { id, source, at, text, lang, quotable }
}

async function bodyOf(request: Request): Promise<unknown> {
  let given: unknown
  try {
    given = await request.json()
  } catch {
    throw new UserError('the body is not JSON', 'Send one label, or a list of labels; see /openapi.json.')
  }
  if (Array.isArray(given) && given.length > mostLabels)
    throw new UserError(`${given.length} labels are too many`, `Send at most ${mostLabels} at once.`, 413)
  return given
}

export type TakenLabels = z.input<typeof shapes.TakenLabels>

/** Resolves once what was accepted is durable. */
export async function takeLabels(served: Served, given: unknown[]): Promise<TakenLabels> {
  const known = { topics: served.topics, labels: served.model.labels }
  const read = given.map((one) => readLabel(one, known))
  const sources = await sourcesOf(served, read.filter(isGiven))
  const at = new Date(served.now()).toISOString()
  const placed = read.map((one) => (isGiven(one) ? placeOf(one, sources.get(placeKey(one)) ?? [], at) : one))
  const changes = placed.filter((one) => 'op' in one)
  if (changes.length) await served.log.append({ source: 'undercurrent', changes, cursor: null })
  metrics.labels.inc({ outcome: 'taken' }, changes.length)
  const rejected = placed.flatMap((one, index) => ('op' in one ? [] : [{ index, ...one }]))
  for (const { reason } of rejected) metrics.labels.inc({ outcome: reason })
  return { accepted: changes.length, rejected }
}

const isGiven = (one: GivenLabel | RefusedLabel): one is GivenLabel => 'measure' in one
const placeKey = ({ topic, id }: { topic: string; id: string }) => JSON.stringify([topic, id])

/** By topic and id: the sources that have such a post, live in the topic. One question per topic. */
async function sourcesOf({ ask }: Served, labels: GivenLabel[]): Promise<Map<string, string[]>> {
  const sources = new Map<string, string[]>()
  for (const [topic, group] of Map.groupBy(labels, (label) => label.topic)) {
    for (const { id, source } of await ask.places(topic, [...new Set(group.map((label) => label.id))])) {
      const key = placeKey({ topic, id })
      sources.set(key, [...(sources.get(key) ?? []), source])
    }
  }
  return sources
}

function placeOf(label: GivenLabel, sources: string[], at: string): LabelChange | RefusedLabel {
  const found = sources.filter((source) => label.source === null || label.source === source)
  if (!found.length) return { reason: 'unknown_post', detail: 'the topic holds no live post of this id' }
  if (found.length > 1) {
    const detail = `several sources have this id: give source, one of ${found.toSorted().join(', ')}`
    return { reason: 'ambiguous_post', detail }
  }
  return { op: 'label', ...label, source: found[0]!, at }
}
