// The last fifth of a second of public boxes, as they went out: who asks for the same again meanwhile is answered with the
// same bytes, before anything is routed or judged. It holds only what everybody was just given without a key, and is
// emptied as soon as a box says something else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import { isKnown } from './fresh.ts'

export interface Quick {
  /** True when it was answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
  /** Keeps what goes out to everybody. */
  keep: MiddlewareHandler
  clear(): void
}

interface Kept {
  headers: Record<string, string>
  bytes: Uint8Array
  untilMs: number
}

const keptMs = 200
const mostKept = 1_000

export function openQuick(now: () => number = () => performance.now()): Quick {
  const kept = new Map<string, Kept>()
  return {
    answer: ({ method, url = '', headers }, response) => {
      if (method !== 'GET' || !url.startsWith('/embed/') || headers.authorization) return false
      const found = kept.get(`${headers.host} ${url}`)
      if (!found || found.untilMs < now()) return false
      const isSame = isKnown(headers['if-none-match'], found.headers.etag!)
      response.writeHead(isSame ? 304 : 200, isSame ? withoutLength(found.headers) : found.headers)
      response.end(isSame ? undefined : found.bytes)
      return true
    },
    keep: async (c, next) => {
      await next()
      const { status, headers } = c.res
      const isOpen = status === 200 && headers.get('cache-control')?.startsWith('public') && headers.has('etag')
      if (!isOpen || !c.req.path.startsWith('/embed/') || c.req.header('authorization') || headers.has('set-cookie'))
        return
      const bytes = new Uint8Array(await c.res.clone().arrayBuffer())
      const { pathname, search } = new URL(c.req.url)
      const key = `${c.req.header('host')} ${pathname}${search}`
      const whole = { ...Object.fromEntries(headers), 'content-length': String(bytes.length) }
      kept.delete(key)
      kept.set(key, { headers: whole, bytes, untilMs: now() + keptMs })
      if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
    },
    clear: () => kept.clear(),
  }
}

function withoutLength({ 'content-length': _, 'content-type': __, ...headers }: Record<string, string>) {
  return headers
}
