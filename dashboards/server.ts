// The HTTP server: guards, API and pages under one address. Closes promptly: event streams end with the signal.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { UserError } from '../errors.ts'
import { api } from './api.ts'
import { fresh } from './fresh.ts'
import { guard } from './guard.ts'
import { openKeyring } from './keys.ts'
import { type Limits, openLimiter } from './limits.ts'
import { errorPages, pages } from './pages.ts'
import { headers } from './problem.ts'
import { openQuick } from './quick.ts'
import type { Given, Served } from './served.ts'
import { openShelf } from './shelf.ts'

export interface Server extends AsyncDisposable {
  /** Where it listens, like http://127.0.0.1:4300. */
  url: string
}

export interface Binding {
  host: string
  port: number
  /** Further Host header names that are ours. */
  hosts: string[]
  key: string
  /** Beyond loopback; absent: none. */
  limits?: Limits | undefined
  signal: AbortSignal
}

/** Listens and answers until disposed. Throws UserError when the address cannot be had. */
export async function listen(given: Given, { host, port, hosts, key, limits, signal }: Binding): Promise<Server> {
  const stop = new AbortController()
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(host)
  const ending = AbortSignal.any([signal, stop.signal])
  const quick = openQuick()
  const shelf = openShelf({ served: given, signal: ending, changed: quick.clear })
  const served: Served = Object.assign(given, { shelf, hosts })
  const { log, now, note } = served
  const keys = openKeyring({ log, master: key, now, note })
  const limiter = limits && !loopback ? openLimiter(limits, now) : undefined
  const app = api(served, ending, (routes) => {
    routes.use(
      '*',
      quick.keep,
      headers,
      fresh,
      errorPages,
      guard({ keys, loopback, hosts, limiter, isPublic: publicPaths(served) }),
    )
    pages(routes, served)
  })
  const listener = getRequestListener(app.fetch)
  const server = createServer((request, response) => {
    if (!quick.answer(request, response)) listener(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(bindError(cause, host, port)))
    server.listen(port, host, resolve)
  })
  return {
    url: urlOf(server.address() as AddressInfo),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        stop.abort()
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 1_000).unref()
      }),
  }
}

const urlOf = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

/** What readers of a page that shows a box come to, whatever it is about. */
const open = new Set(['/page.css', '/icon.svg', '/embed.js', '/embed.css', '/method', '/oembed'])
/** Invented sites with boxes of the sample on them, which are public. */
const demo = new Set(['/demo', '/demo/story', '/demo/stories', '/demo.css', '/demo.js'])

/** What may be read without a key beyond loopback: perspective, claims, boxes and evidence of topics marked public. */
function publicPaths({ topics, stories }: Served): (path: string) => Promise<boolean> {
  return async (path) => {
    if (open.has(path) || demo.has(path)) return true
    const [, story] = /^\/(?:embed|evidence)\/stories\/([0-9a-f]+)(?:\.\w+)?$/.exec(path) ?? []
    if (story) {
      const found = await stories.get(story)
      // That it has ended is told to everybody: it was public, and its box must say so.
      return found?.state === 'ended' || (found ? stories.placeOf(found)?.topic.public === true : false)
    }
    const [, inApi, inEmbed, evidence, claim] =
      /^\/(?:v1\/topics\/([^/]+)\/perspective(?:\/editions)?|embed\/([^/.]+)\.\w+|evidence\/([^/]+)|v1\/claims\/(.+))$/.exec(
        path,
      ) ?? []
    const id = inApi ?? inEmbed ?? evidence ?? (claim && plain(claim).split('@')[0])
    return id !== undefined && topics.get(plain(id))?.public === true
  }
}

/** A path part decoded; a broken one matches no topic. */
function plain(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

function bindError({ code, message }: NodeJS.ErrnoException, host: string, port: number): UserError {
  if (code === 'EADDRINUSE')
    return new UserError(`port ${port} on ${host} is taken`, 'Give another: --port N (0: any free).')
  return new UserError(`cannot listen on ${host}:${port}: ${message}`, 'Check --host and --port.')
}
