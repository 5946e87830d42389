// The API of keys: list, make, revoke. Only whoever has the scope `admin` gets here (scopes.ts). The answer to making a
// key is the only one that ever holds it, and asks not to be stored on its way.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { listKeys, makeKey, revokeKey } from './keys.ts'
import { problem } from './problem.ts'
import { scopes } from './scopes.ts'
import type { Served } from './served.ts'
import { body, failures, id, json } from './shapes.ts'

const text = z.string()
const Key = z
  .object({
    id: text,
    name: text,
    scopes: z.array(z.enum(scopes)),
    at: text,
    expires: text.nullable(),
    used: text.nullable().openapi({ description: 'When it was last used, to the minute' }),
  })
  .openapi('Key')
const given = z.object({
  name: text.min(1).max(80),
  scopes: z.array(z.enum(scopes)).min(1),
  expires: text.nullish().openapi({ description: 'ISO 8601; absent: never' }),
})
const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/keys',
    summary: 'API keys, without the keys themselves',
    responses: { 200: json(z.object({ keys: z.array(Key) }), 'Keys'), ...failures },
  }),
  make: createRoute({
    method: 'post',
    path: '/v1/keys',
    summary: 'Make an API key; it is told once',
    request: { body: body(given) },
    responses: { 201: json(Key.extend({ key: text }), 'Made; durable'), ...failures },
  }),
  revoke: createRoute({
    method: 'delete',
    path: '/v1/keys/{id}',
    summary: 'Revoke an API key: it is refused from now on',
    request: { params: id },
    responses: { 204: { description: 'Revoked' }, ...failures },
  }),
}

/** Mounts all three. */
export function keyRoutes(app: OpenAPIHono, { log, now }: Served): void {
  app.openapi(routes.list, async (c) => c.json({ keys: await listKeys(log) }, 200))
  app.openapi(routes.make, async (c) => {
    const made = await makeKey(log, c.req.valid('json'), now())
    c.header('cache-control', 'no-store')
    return c.json(made, 201)
  })
  app.openapi(routes.revoke, async (c) =>
    (await revokeKey(log, c.req.param('id')))
      ? c.body(null, 204)
      : problem(404, 'there is no such key', 'GET /v1/keys lists them.'),
  )
}
