// The API of alerts: list, one with why it probably changed, what somebody says of it, what became of telling it, and the
// back-test of a rule. Whoever has no key beyond loopback is told of topics marked public, and has to name one in the list:
// an empty list must never look like silence.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { Window } from '../answers.ts'
import { UserError } from '../errors.ts'
import * as told from './alertShapes.ts'
import { alertOf, isInside, isPublic, ruleFor, toldAlert, toldRule } from './alertTold.ts'
import { type Served, timeOf } from './served.ts'
import { body, failures, id, json } from './shapes.ts'

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/alerts',
    summary: 'Alerts with their words, newest first',
    request: { query: told.listed },
    responses: { 200: json(told.AlertList, 'Alerts'), ...failures },
  }),
  deliveries: createRoute({
    method: 'get',
    path: '/v1/alerts/deliveries',
    summary: 'What became of telling channels, newest first',
    responses: { 200: json(told.Deliveries, 'Deliveries'), ...failures },
  }),
  backtest: createRoute({
    method: 'post',
    path: '/v1/alerts/backtest',
    summary: 'What a rule would have told in the kept history, and how quickly changes of given sizes',
    request: { body: body(told.tried) },
    responses: { 200: json(told.Backtest, 'What it would have told'), ...failures },
  }),
  one: createRoute({
    method: 'get',
    path: '/v1/alerts/{id}',
    summary: 'An alert with its words and why it probably changed',
    request: { params: id },
    responses: { 200: json(told.Explained, 'The alert'), ...failures },
  }),
  ack: createRoute({
    method: 'post',
    path: '/v1/alerts/{id}/ack',
    summary: 'Say whether it was right, wrong, or known before',
    request: { params: id, body: body(told.verdict) },
    responses: { 200: json(told.Alert, 'Noted; durable'), ...failures },
  }),
}

/** Mounts all five. */
export function alertRoutes(app: OpenAPIHono, served: Served): void {
  const { alerts } = served
  app.openapi(routes.list, async (c) => {
    const { topic, state, limit } = c.req.valid('query')
    const inside = isInside(c)
    // Said loudly: who is told nothing because they may not know would take it for silence.
    if (!inside && !(topic && served.topics.get(topic)?.public)) return c.get('reader').refusal as never
    const found = await alerts.list({ topic, state, limit })
    return c.json(
      { alerts: found.map((alert) => toldAlert(served, alert, { inside })), lookedUntil: served.alerts.lookedUntil() },
      200,
    )
  })
  app.openapi(routes.deliveries, (c) => c.json({ deliveries: alerts.deliveries() }, 200))
  app.openapi(routes.backtest, async (c) => {
    const { rule: given, from, to } = c.req.valid('json')
    const rule = await ruleFor(served, given)
    const test = await alerts.backtest(rule, spanOf({ from, to, now: served.now }), c.req.raw.signal)
    const found = test.alerts.map((alert) => toldAlert(served, alert, { inside: true }))
    return c.json({ ...test, rule: await toldRule(served, test.rule), alerts: found }, 200)
  })
  app.openapi(routes.one, async (c) => {
    const alert = await alertOf(served, c.req.param('id'))
    const inside = isInside(c)
    if (!inside && !isPublic(served, alert)) return c.get('reader').refusal as never
    const why = await alerts.explain(alert, c.req.raw.signal)
    return c.json({ ...toldAlert(served, alert, { inside, why }), explanation: why }, 200)
  })
  app.openapi(routes.ack, async (c) => {
    const { id } = await alertOf(served, c.req.param('id'))
    const { verdict, note, by } = c.req.valid('json')
    const said = await alerts.ack(id, { verdict, note: note.trim(), by: by?.trim() || (c.get('reader').id ?? '') })
    return c.json(toldAlert(served, said, { inside: true }), 200)
  })
}

/** null: all that is kept. */
export function spanOf({
  from,
  to,
  now,
}: {
  from?: string | undefined
  to?: string | undefined
  now: () => number
}): Window | null {
  if (!from && !to) return null
  const end = to ? timeOf(to, 'to') : new Date(now()).toISOString()
  const start = from ? timeOf(from, 'from') : new Date(0).toISOString()
  if (start < end) return { from: start, to: end }
  throw new UserError('the window is empty: from is not before to', 'Give from < to, both ISO 8601.')
}
