// What every request passes: whose Host it asks for (DNS rebinding), and whether who asks may do this. The page on loopback
// has a session of its own, which may do everything. Never reveals whether a key was nearly right.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { type Caller, type Keyring, masterId } from './keys.ts'
import { type Limiter, tooMany } from './limits.ts'
import { subjectOf } from './oembed.ts'
import { problem } from './problem.ts'
import { allows, isKeyed, type Scope, scopeOf } from './scopes.ts'

export interface Guard {
  keys: Keyring
  /** Bound to loopback: reads are open, and the page gets a session of its own. */
  loopback: boolean
  /** Names beside loopback and address literals under which we may be asked. */
  hosts: string[]
  /** Paths that anybody may read: the perspective and embeds of topics marked public. */
  isPublic(path: string): boolean | Promise<boolean>
  /** Absent: anybody may ask as often as they like. */
  limiter?: Limiter | undefined
}

/** Who asks, for what tells more to those who may read everything than to everybody. */
export interface Reader {
  /** Of the key, or 'page'; null: nobody we know. */
  id: string | null
  /** What is answered where only those with a key may read; null: this one may. */
  refusal: Response | null
}
declare module 'hono' {
  interface ContextVariableMap {
    reader: Reader
  }
}

const cookie = 'undercurrent_session'
const openPaths = new Set(['/healthz', '/readyz'])
/** Boxes go out as they are kept, and a cache between us asks for all the readers of a site from one address. */
const unlimited = /^\/embed(?:\.(?:js|css)|\/.+\.(?:html|json))$/

/** Refuses a foreign Host, asks for a key where one is needed, and gives the local page its session. */
export function guard({ keys, loopback, hosts, isPublic, limiter }: Guard): MiddlewareHandler {
  const session = randomBytes(32).toString('base64url')
  return async (c, next) => {
    if (!isOurs(c.req.header('host'), hosts)) {
      return problem(
        421,
        'this host name is not ours',
        'Ask for 127.0.0.1 or localhost, or add the name to server.hosts.',
      )
    }
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    const needed = scopeOf(c.req.method, c.req.path)
    const isAsking = isRead || (c.req.path === '/v1/sql' && sameOrigin(c))
    const { path } = c.req
    const isFree = () => (loopback && !isKeyed(path)) || openPaths.has(path) || isPublic(subjectOf(c.req, hosts))
    const isOpen = isAsking && needed === 'read' && (await isFree())
    // Of alerts, those with a key are told more than everybody is.
    const caller = isOpen && !isAlerts(c) ? 'nobody' : await callerOf(c, keys, session)
    // Before it is told whether a key is known: guesses count, too.
    // A key that is guessed at a box counts like any other guess.
    const isBox = unlimited.test(c.req.path) && c.req.header('authorization') === undefined
    const refused = (isBox ? null : limited(c, caller, limiter)) ?? (isOpen ? null : refusalOf(caller, needed))
    if (refused) return refused
    c.set('reader', {
      id: typeof caller === 'object' ? caller.id : null,
      refusal: loopback ? null : refusalOf(caller, 'read'),
    })
    if (loopback && isRead && c.req.header('accept')?.includes('text/html')) {
      setCookie(c, cookie, session, { httpOnly: true, sameSite: 'Strict', path: '/' })
    }
    await next()
  }
}

const isAlerts = (c: Context) => c.req.path.startsWith('/v1/alerts') && c.req.header('authorization') !== undefined

type Known = Caller | 'nobody' | 'unknown' | 'expired'

async function callerOf(c: Context, keys: Keyring, session: string): Promise<Known> {
  const given = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (given) return keys.callerOf(given)
  // The page's own session: only same-origin requests of a browser carry it (SameSite=Strict), and Origin must agree.
  return sameOrigin(c) && same(getCookie(c, cookie) ?? '', session) ? { id: 'page', scopes: ['admin'] } : 'nobody'
}

function sameOrigin(c: Context): boolean {
  const origin = c.req.header('origin')
  return origin === undefined || URL.parse(origin)?.host === c.req.header('host')
}

/** Whoever runs the place is never kept out of it, nor is what asks whether it lives. */
function limited(c: Context, caller: Known, limiter: Limiter | undefined): Response | null {
  const id = typeof caller === 'object' ? caller.id : null
  return !limiter || id === masterId || openPaths.has(c.req.path) ? null : tooMany(c, limiter, id)
}

/** 401 where nobody is known to ask, 403 where who asks may not do this; null: go on. */
function refusalOf(caller: Known, needed: Scope): Response | null {
  if (typeof caller === 'object') return allows(caller.scopes, needed) ? null : lacking(needed)
  const title = caller === 'expired' ? 'this API key has expired' : 'this needs an API key'
  const hint =
    caller === 'expired'
      ? 'Ask for a new one: `npx undercurrent key make`, or POST /v1/keys.'
      : 'Send "Authorization: Bearer KEY"; `npx undercurrent key` prints the one that may do everything.'
  const refused = problem(401, title, hint)
  refused.headers.set('www-authenticate', 'Bearer')
  return refused
}

function lacking(needed: Scope): Response {
  const hint = `Use a key with the scope "${needed}": \`npx undercurrent key make\`, or POST /v1/keys.`
  const refused = problem(403, `this needs the scope "${needed}", which this key lacks`, hint)
  refused.headers.set('www-authenticate', `Bearer error="insufficient_scope", scope="${needed}"`)
  return refused
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
