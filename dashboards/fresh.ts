// ETags for what is answered whole: a client that asks again is sent only what changed. The tag is made of the bytes, so
// it never claims that two answers are one. Streams, files and draws are left alone: they are not asked for twice.
import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'

const whole = /^(?:application\/json|text\/html)\b/
/** What is to be labelled next is never a copy of what it was before. */
const never = new Set(['/v1/labels/next'])

export function etagOf(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
}

/** Whether If-None-Match names this tag. */
export function isKnown(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

/** Tags pages and JSON answers, and answers 304 where the client has them. Every answer is private to who asked. */
export const fresh: MiddlewareHandler = async (c, next) => {
  await next()
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (!isRead || c.res.headers.has('cache-control')) return
  if (never.has(c.req.path)) c.header('cache-control', 'no-store')
  else c.header('cache-control', 'private, no-cache')
  const isWhole = whole.test(c.res.headers.get('content-type') ?? '') && !never.has(c.req.path)
  if (c.res.status !== 200 || !isWhole) return
  const bytes = new Uint8Array(await c.res.arrayBuffer())
  const etag = etagOf(bytes)
  const headers = new Headers(c.res.headers)
  headers.set('etag', etag)
  // The cookie of the page stays: after a restart the page's session is another one, though its words are the same.
  const isSame = isKnown(c.req.header('if-none-match'), etag)
  if (isSame) headers.delete('content-type')
  c.res = undefined
  c.res = isSame ? new Response(null, { status: 304, headers }) : new Response(bytes, { status: 200, headers })
}
