// Errors of the API as RFC 9457 problem+json that say what to do, and the two guards every request passes:
// whose Host it asks for (DNS rebinding) and whether it may write. Never reveals whether a key was nearly right.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { BusyError, CorruptionError, isAbort, QueryError, TransientError, UserError } from '../errors.ts'

export const problemType = 'application/problem+json'

/** A problem+json answer. `hint` says what to do next. */
export function problem(status: number, title: string, hint: string): Response {
  return answer({ type: 'about:blank', title, status, detail: hint })
}

function answer(body: { type: string; title: string; status: number; detail: string; column?: number }): Response {
  return new Response(JSON.stringify(body), { status: body.status, headers: { 'content-type': problemType } })
}

/** What an exception becomes: a person's mistake is told, everything else is ours and hides its inside. */
export function problemOf(
  error: unknown,
  note: (event: string, fields: object) => void,
  crash: (error: Error) => void = crashSoon,
): Response {
  if (error instanceof QueryError) {
    const { status, message: title, hint: detail, column } = error
    return answer({ type: 'about:blank', title, status, detail, column })
  }
  if (error instanceof BusyError) return busy(error)
  if (error instanceof UserError) return problem(error.status, error.message, error.hint)
  if (error instanceof HTTPException) {
    const hint = /JSON/i.test(error.message) ? 'Send one JSON object.' : 'See /openapi.json for the shapes.'
    return problem(error.status, error.message.toLowerCase(), hint)
  }
  // Whoever asked has gone: nobody reads this, and nothing is wrong.
  if (isAbort(error)) return problem(503, 'the request was given up', 'Ask again.')
  note('request failed', { error })
  // What we wrote ourselves is not what we read: no answer after this one could be trusted.
  if (error instanceof CorruptionError) crash(error)
  if (error instanceof TransientError) return problem(503, 'this cannot be answered now', 'Try again in a few seconds.')
  return problem(500, 'this answer failed', 'It is our fault and is in the log of this process; try again later.')
}

function busy({ status, message, hint, afterMs }: BusyError): Response {
  const response = problem(status, message, hint)
  response.headers.set('retry-after', String(Math.ceil(afterMs / 1_000)))
  return response
}

export interface Guard {
  key: string
  /** Bound to loopback: reads are open, and the page gets a session of its own. */
  loopback: boolean
  /** Names beside loopback and address literals under which we may be asked. */
  hosts: string[]
  /** Paths that anybody may read: the perspective and embeds of topics marked public. */
  isPublic(path: string): boolean
}

const cookie = 'undercurrent_session'

/** Refuses a foreign Host, asks for the key where one is needed, and gives the local page its session. */
export function guard({ key, loopback, hosts, isPublic }: Guard): MiddlewareHandler {
  const session = randomBytes(32).toString('base64url')
  return async (c, next) => {
    if (!isOurs(c.req.header('host'), hosts)) {
      return problem(
        421,
        'this host name is not ours',
        'Ask for 127.0.0.1 or localhost, or add the name to server.hosts.',
      )
    }
    const isGet = c.req.method === 'GET' || c.req.method === 'HEAD'
    const isRead = isGet || (c.req.method === 'POST' && reading.has(c.req.path) && sameOrigin(c))
    const isOpen = isRead && (loopback || isPublic(c.req.path) || openPaths.has(c.req.path))
    if (!isOpen && !mayWrite(c, key, session)) {
      return problem(
        401,
        'this needs the API key',
        'Send "Authorization: Bearer KEY"; `npx undercurrent key` prints it.',
      )
    }
    if (loopback && isGet && c.req.header('accept')?.includes('text/html')) {
      setCookie(c, cookie, session, { httpOnly: true, sameSite: 'Strict', path: '/' })
    }
    await next()
  }
}

const openPaths = new Set(['/healthz', '/readyz'])
/** What is asked by POST because it is long, and changes nothing. */
const reading = new Set(['/v1/sql'])

function mayWrite(c: Context, key: string, session: string): boolean {
  const given = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (given) return same(given, key)
  // The page's own session: only same-origin requests of a browser carry it (SameSite=Strict), and Origin must agree.
  return sameOrigin(c) && same(getCookie(c, cookie) ?? '', session)
}

function sameOrigin(c: Context): boolean {
  const origin = c.req.header('origin')
  return origin === undefined || URL.parse(origin)?.host === c.req.header('host')
}

function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Loopback names, address literals and the configured names, with any port. */
export function isOurs(header: string | undefined, hosts: string[]): boolean {
  if (!header) return false
  const name = header.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || hosts.includes(name)
}

/** Ends the process once this answer had its chance to leave. */
function crashSoon(error: Error): void {
  setTimeout(() => {
    throw error
  }, 50)
}

/** Headers every answer carries: no script but ours, no third party, no sniffing, no framing but of embeds. */
export const headers: MiddlewareHandler = async (c, next) => {
  await next()
  const embed = c.req.path.startsWith('/embed/')
  c.header(
    'content-security-policy',
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ${embed ? '*' : "'none'"}`,
  )
  c.header('x-content-type-options', 'nosniff')
  c.header('referrer-policy', 'same-origin')
}
