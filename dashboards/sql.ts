// The route of the read-only console. It only hands the statement on: the gate, the locks and the limits are the store's.
// It reads, so it needs no key where reads need none.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { Served } from './served.ts'
import * as shapes from './shapes.ts'
import { body, failures, json } from './shapes.ts'

const route = createRoute({
  method: 'post',
  path: '/v1/sql',
  summary: 'One SELECT about the views posts and topics (docs/sql.md)',
  request: { body: body(shapes.statement) },
  responses: { 200: json(shapes.Table, 'The answer, row by row'), ...failures },
})

/** Mounts it. */
export function sqlRoutes(app: OpenAPIHono, { ask }: Served): void {
  app.openapi(route, async (c) => c.json(await ask.sql(c.req.valid('json').sql, {}, c.req.raw.signal), 200))
}
