// The API of alert rules: list, make or change, drop, and a test that goes to the channels of a rule. A rule comes and goes
// in the words of undercurrent.yaml; what it names and is not there is told with it, and is no mistake.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import * as told from './alertShapes.ts'
import { ruleFor, toldRule } from './alertTold.ts'
import type { Served } from './served.ts'
import { body, failures, id, json } from './shapes.ts'

const kept = {
  200: json(told.Rule, 'Changed; durable'),
  201: json(told.Rule, 'Made; durable'),
  ...failures,
}
const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/alerts/rules',
    summary: 'Alert rules: those of the configuration file first',
    responses: { 200: json(told.RuleList, 'Rules'), ...failures },
  }),
  make: createRoute({
    method: 'post',
    path: '/v1/alerts/rules',
    summary: 'Make a rule, or change the one of this id',
    request: { body: body(told.wanted) },
    responses: kept,
  }),
  change: createRoute({
    method: 'put',
    path: '/v1/alerts/rules/{id}',
    summary: 'Change a rule, whole: what is left out has its default',
    request: { params: id, body: body(told.wanted) },
    responses: kept,
  }),
  drop: createRoute({
    method: 'delete',
    path: '/v1/alerts/rules/{id}',
    summary: 'Drop a rule; its past alerts stay',
    request: { params: id },
    responses: { 204: { description: 'Dropped' }, ...failures },
  }),
  test: createRoute({
    method: 'post',
    path: '/v1/alerts/rules/test',
    summary: 'Send an invented alert, named as a test, to the channels of a rule',
    request: { body: body(told.named) },
    responses: { 200: json(told.Sent, 'What came of it, by channel'), ...failures },
  }),
}

/** Mounts all five. */
export function ruleRoutes(app: OpenAPIHono, served: Served): void {
  const { alerts } = served
  const put = async (wanted: Parameters<typeof alerts.putRule>[0]) => {
    const isThere = (await alerts.rules()).some(({ id }) => id === wanted.id)
    return {
      rule: await toldRule(served, await alerts.putRule(wanted)),
      status: isThere ? (200 as const) : (201 as const),
    }
  }
  app.openapi(routes.list, async (c) => {
    const rules = await Promise.all((await alerts.rules()).map((rule) => toldRule(served, rule)))
    return c.json({ rules }, 200)
  })
  app.openapi(routes.test, async (c) => {
    const rule = await ruleFor(served, c.req.valid('json'))
    return c.json({ sent: await alerts.testRule(rule, c.req.raw.signal) }, 200)
  })
  app.openapi(routes.make, async (c) => {
    const { rule, status } = await put(c.req.valid('json'))
    return c.json(rule, status)
  })
  app.openapi(routes.change, async (c) => {
    const { rule, status } = await put({ ...c.req.valid('json'), id: c.req.param('id') })
    return c.json(rule, status)
  })
  app.openapi(routes.drop, async (c) => {
    await alerts.dropRule(c.req.param('id'))
    return c.body(null, 204)
  })
}
