// The API of webhooks: make, list, delete, replace a secret, send a test, and what became of deliveries. Changing anything
// needs `admin`, listing needs a key even on loopback (scopes.ts): an address may hold a secret of the site's own. The
// answers to making and rotating are the only ones that hold a secret of ours, and ask not to be stored on their way.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { urlOf } from '../refusals.ts'
import type { Served } from './served.ts'
import { topicOf } from './served.ts'
import { body, failures, id, json } from './shapes.ts'
import { keptWebhooks, makeWebhook, rotateSecret, webhookOf, withoutSecrets } from './webhooks.ts'

const text = z.string()
const Webhook = z
  .object({
    id: text,
    url: text,
    topics: z.array(text).openapi({ description: 'Both empty: every topic' }),
    stories: z.array(text),
    at: text,
    disabled: text.nullable().openapi({ description: 'Since when nothing is sent: it answered 410' }),
  })
  .openapi('Webhook')
const Delivery = z
  .object({
    id: text.openapi({ description: 'The webhook-id header, the same at every try' }),
    webhook: text,
    type: z.enum(['perspective.updated', 'perspective.withdrawn', 'story.updated']),
    topic: text,
    story: text.nullable(),
    edition: z.number().int(),
    status: z.enum(['waiting', 'retrying', 'delivered', 'dead', 'superseded']),
    attempts: z.number().int(),
    at: text,
    next: text.nullable(),
    answer: z.number().int().nullable().openapi({ description: 'The status it was answered with; null: none' }),
    error: text.nullable(),
  })
  .openapi('Delivery')
const Tested = z
  .object({
    delivered: z.boolean(),
    outcome: text,
    answer: z.number().int().nullable(),
    detail: text.openapi({ description: 'What went wrong; empty: nothing' }),
  })
  .openapi('Tested')
const named = z.array(text.min(1).max(200)).max(100)
const secret = text.max(200).optional().openapi({ description: 'whsec_ and base64; absent: one is made' })
const wanted = z.object({ url: text.min(1).max(2_048), topics: named.optional(), stories: named.optional(), secret })
const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/webhooks',
    summary: 'Registered sites, without their secrets',
    responses: { 200: json(z.object({ webhooks: z.array(Webhook) }), 'Webhooks'), ...failures },
  }),
  make: createRoute({
    method: 'post',
    path: '/v1/webhooks',
    summary: 'Register a site to be told of corrections; its secret is told once',
    request: { body: body(wanted) },
    responses: { 201: json(Webhook.extend({ secret: text }), 'Made; durable'), ...failures },
  }),
  deliveries: createRoute({
    method: 'get',
    path: '/v1/webhooks/deliveries',
    summary: 'What became of the last deliveries, newest first',
    responses: { 200: json(z.object({ deliveries: z.array(Delivery) }), 'Deliveries'), ...failures },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/v1/webhooks/{id}',
    summary: 'Delete a webhook: nothing is sent to it any more',
    request: { params: id },
    responses: { 204: { description: 'Deleted' }, ...failures },
  }),
  test: createRoute({
    method: 'post',
    path: '/v1/webhooks/{id}/test',
    summary: 'Send a signed test now; a site that was gone and takes it is told again',
    request: { params: id },
    responses: { 200: json(Tested, 'What came of it'), ...failures },
  }),
  rotate: createRoute({
    method: 'post',
    path: '/v1/webhooks/{id}/rotate',
    summary: 'A new secret, told once; the one before signs beside it for 24 h',
    request: { params: id, body: { ...body(z.object({ secret })), required: false } },
    responses: { 200: json(z.object({ id: text, secret: text, until: text }), 'Rotated; durable'), ...failures },
  }),
}

/** Mounts all six. */
export function webhookRoutes(app: OpenAPIHono, served: Served): void {
  const { log, now, hooks, vet } = served
  app.openapi(routes.list, async (c) => c.json({ webhooks: (await keptWebhooks(log)).map(withoutSecrets) }, 200))
  app.openapi(routes.deliveries, (c) => c.json({ deliveries: hooks.list() }, 200))
  app.openapi(routes.make, async (c) => {
    const given = c.req.valid('json')
    for (const topic of given.topics ?? []) topicOf(served, topic)
    await vet(given.url)
    const made = await makeWebhook(log, { ...given, url: urlOf(given.url).href }, now())
    hooks.changed()
    c.header('cache-control', 'no-store')
    return c.json(made, 201)
  })
  app.openapi(routes.remove, async (c) => {
    await hooks.remove(c.req.param('id'))
    return c.body(null, 204)
  })
  app.openapi(routes.test, async (c) => {
    const { outcome, answer, detail } = await hooks.test(c.req.param('id'), c.req.raw.signal)
    hooks.changed()
    return c.json({ delivered: outcome === 'delivered', outcome, answer, detail }, 200)
  })
  app.openapi(routes.rotate, async (c) => {
    const { id } = await webhookOf(log, c.req.param('id'))
    const rotated = await rotateSecret(log, { id, secret: c.req.valid('json')?.secret }, now())
    hooks.changed()
    c.header('cache-control', 'no-store')
    return c.json(rotated, 200)
  })
}
