// Alerts as an Atom feed: one entry an alert, updated when its state moves. Feed readers send no key: to them it tells of
// topics marked public alone, and says so in its title.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { atomOf, atomType, type OutgoingEntry } from '../feeds.ts'
import { isInside, isPublic } from './alertTold.ts'
import type { Served } from './served.ts'
import { originOf } from './storyTold.ts'

const mostEntries = 100

/** Mounts it. */
export function alertFeed(app: OpenAPIHono, served: Served): void {
  app.get('/v1/alerts.atom', async (c) => {
    const origin = originOf(served, c.req.url)
    const inside = isInside(c)
    const topic = c.req.query('topic') || undefined
    const all = await served.alerts.list({ topic, limit: inside ? mostEntries : 500 })
    const told = inside ? all : all.filter((alert) => isPublic(served, alert)).slice(0, mostEntries)
    const entries = told.map((alert): OutgoingEntry => {
      const { title, text, path } = served.alerts.wordsOf(alert)
      const id = new URL(`/alerts/${encodeURIComponent(alert.id)}`, origin).href
      return { id, title, link: new URL(path, origin).href, updated: alert.at, summary: text }
    })
    const self = new URL(`/v1/alerts.atom${topic ? `?topic=${encodeURIComponent(topic)}` : ''}`, origin).href
    const updated =
      entries
        .map((one) => one.updated)
        .sort()
        .at(-1) ?? new Date(served.now()).toISOString()
    const title = inside ? 'Alerts' : 'Alerts about public topics'
    return c.body(atomOf({ title, link: new URL('/alerts', origin).href, self, updated, entries }), 200, {
      'content-type': atomType,
    })
  })
}
