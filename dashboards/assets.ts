// The files pages are dressed with: one stylesheet, a few modules, one icon. Read once, answered with an ETag, so that a
// browser asks again but is only sent what changed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { etagOf, isKnown } from './fresh.ts'

const types = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'pages.js': 'text/javascript; charset=utf-8',
  'alerts.js': 'text/javascript; charset=utf-8',
  'brush.js': 'text/javascript; charset=utf-8',
  'keys.js': 'text/javascript; charset=utf-8',
  'picture.js': 'text/javascript; charset=utf-8',
  'embed.css': 'text/css; charset=utf-8',
  'embed.js': 'text/javascript; charset=utf-8',
  'demo.css': 'text/css; charset=utf-8',
  'demo.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/** What pages of other origins load, and caches between us may keep for a while. */
const open = {
  'cache-control': 'public, max-age=300',
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
}

/** Serves the files of dashboards/web under the root. */
export function assets(app: Pick<Hono, 'get'>): void {
  for (const [name, type] of Object.entries(types)) {
    const bytes = readFileSync(join(import.meta.dirname, 'web', name))
    const etag = etagOf(bytes)
    const shared = name.startsWith('embed.') ? open : { 'cache-control': 'no-cache' }
    const headers = { 'content-type': type, etag, ...shared }
    app.get(`/${name}`, (c) => {
      return isKnown(c.req.header('if-none-match'), etag)
        ? c.body(null, 304, headers)
        : c.body(new Uint8Array(bytes), 200, headers)
    })
  }
}
