// Saved views: addresses of our own pages under names that people gave them. Each is a setting in the log, so that every
// role and every restart sees the same. An address has one view: its id is made of it, so saving twice only renames.
// Never keeps an address that leads anywhere but to a page of ours.
import { createHash } from 'node:crypto'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { UserError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import { problem } from './problem.ts'
import type { Served } from './served.ts'
import { body, failures, id, json } from './shapes.ts'

export interface SavedView {
  id: string
  name: string
  /** Path and query of a page of ours. */
  href: string
  /** When it was saved, or named last. */
  at: string
}

const settingKey = 'view:'
const longestName = 80
const longestHref = 2_000
const mostViews = 200

/** All of them, by name. */
export async function savedViews({ log }: Pick<Served, 'log'>): Promise<SavedView[]> {
  const kept = [...(await settingsUnder(log, settingKey))]
  const views = kept.map(([id, value]) => ({ id, ...(JSON.parse(value) as Omit<SavedView, 'id'>) }))
  return views.toSorted((a, b) => a.name.localeCompare(b.name) || a.href.localeCompare(b.href))
}

/** Resolves once durable. Throws UserError on a name or an address that is none, and where there are too many. */
export async function saveView(
  served: Pick<Served, 'log' | 'now'>,
  given: { name: string; href: string },
): Promise<{ view: SavedView; created: boolean }> {
  const href = pageHref(given.href)
  const view = { id: idOf(href), name: nameOf(given.name), href, at: new Date(served.now()).toISOString() }
  const known = await savedViews(served)
  const created = !known.some((one) => one.id === view.id)
  if (created && known.length >= mostViews)
    throw new UserError(`there are ${mostViews} saved views already`, 'Remove one that nobody uses: /v1/views.', 409)
  const { name, at } = view
  await set(served.log, { [settingKey + view.id]: JSON.stringify({ name, href, at }) })
  return { view, created }
}

/** The view that was removed; undefined where there was none. */
export async function removeView(served: Pick<Served, 'log'>, id: string): Promise<SavedView | undefined> {
  const view = (await savedViews(served)).find((one) => one.id === id)
  if (view) await set(served.log, { [settingKey + id]: null })
  return view
}

const idOf = (href: string) => createHash('sha256').update(href).digest('base64url').slice(0, 12)

function nameOf(text: string): string {
  const name = text.trim().replace(/\s+/g, ' ')
  const length = Array.from(name).length
  if (length >= 1 && length <= longestName && !/\p{Cc}/u.test(name)) return name
  throw new UserError(`a view needs a name of 1 to ${longestName} characters`, 'Give it a short name.')
}

/** No page of a post: its id would outlive it here. */
const pagePath = /^\/(?:topics\/[^/]+(?:\/[a-z]+)?|compare|sql)$/

/** Path and query of a page in the one way we write them: words in order, none empty. */
export function pageHref(text: string): string {
  const base = 'http://here.invalid'
  const url = text.startsWith('/') && text.length <= longestHref ? URL.parse(text, base) : null
  if (url?.origin !== base || !pagePath.test(url.pathname)) {
    const hint = 'Give path and query of a topic, a comparison or a statement here, like /topics/x?hours=24.'
    throw new UserError('the address of a view is none of our pages', hint)
  }
  const words = new URLSearchParams([...url.searchParams].filter(([, word]) => word))
  words.sort()
  return `${url.pathname}${words.size ? `?${words}` : ''}`
}

const text = z.string()
const View = z.object({ id: text, name: text, href: text, at: text }).openapi('View')
const given = z.object({ name: text.min(1).max(400), href: text.min(1).max(longestHref) })
const routes = {
  list: createRoute({
    method: 'get',
    path: '/v1/views',
    summary: 'Saved views, by name',
    responses: { 200: json(z.object({ views: z.array(View) }), 'Views'), ...failures },
  }),
  save: createRoute({
    method: 'post',
    path: '/v1/views',
    summary: 'Save the address of a page under a name, or name it anew',
    request: { body: body(given) },
    responses: { 200: json(View, 'Named anew'), 201: json(View, 'Saved; durable'), ...failures },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/v1/views/{id}',
    summary: 'Remove a saved view',
    request: { params: id },
    responses: { 204: { description: 'Removed' }, ...failures },
  }),
}

/** Mounts the API of views. */
export function savedRoutes(app: OpenAPIHono, served: Served): void {
  app.openapi(routes.list, async (c) => c.json({ views: await savedViews(served) }, 200))
  app.openapi(routes.save, async (c) => {
    const { view, created } = await saveView(served, c.req.valid('json'))
    return c.json(view, created ? 201 : 200)
  })
  app.openapi(routes.remove, async (c) => {
    const removed = await removeView(served, c.req.param('id'))
    return removed ? c.body(null, 204) : problem(404, 'there is no such view', 'GET /v1/views lists them.')
  })
}
