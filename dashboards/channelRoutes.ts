// The API of channels, where alerts go beside the page. Changing them needs `admin`, listing a key even on loopback
// (scopes.ts): an address may hold a secret. The answer to making a webhook is the only one that ever holds its secret.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import * as told from './alertShapes.ts'
import type { Served } from './served.ts'
import { body, failures, id, json } from './shapes.ts'

const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/alerts/channels',
    summary: 'Channels, without their secrets',
    responses: { 200: json(z.object({ channels: z.array(told.Channel) }), 'Channels'), ...failures },
  }),
  make: createRoute({
    method: 'post',
    path: '/v1/alerts/channels',
    summary: 'Make a channel, or change the one of this id; the secret of a webhook is told once',
    request: { body: body(told.channel) },
    responses: { 201: json(told.Channel.extend({ secret: z.string().optional() }), 'Made; durable'), ...failures },
  }),
  drop: createRoute({
    method: 'delete',
    path: '/v1/alerts/channels/{id}',
    summary: 'Delete a channel: nothing is sent to it any more',
    request: { params: id },
    responses: { 204: { description: 'Deleted' }, ...failures },
  }),
}

/** Mounts all three. */
export function channelRoutes(app: OpenAPIHono, { alerts }: Served): void {
  app.openapi(routes.list, async (c) => c.json({ channels: (await alerts.channels()).map(toldChannel) }, 200))
  app.openapi(routes.make, async (c) => {
    const { secret, ...made } = await alerts.putChannel(c.req.valid('json'))
    c.header('cache-control', 'no-store')
    return c.json({ ...toldChannel(made), ...(secret ? { secret } : {}) }, 201)
  })
  app.openapi(routes.drop, async (c) => {
    await alerts.dropChannel(c.req.param('id'))
    return c.body(null, 204)
  })
}

/** Nothing but what is promised: whatever else a channel holds stays where it is. */
const toldChannel = ({ id, kind, url, from, to, origin }: z.output<typeof told.Channel>) => ({
  ...{ id, kind, url, from, to, origin },
})
