// The HTTP server: guards, API and pages under one address. Closes promptly: event streams end with the signal.
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { UserError } from '../errors.ts'
import { api } from './api.ts'
import { plain } from './boxAt.ts'
import { closedBoxes } from './embeds.ts'
import { fresh } from './fresh.ts'
import { closeOff, type Front, openFront } from './front.ts'
import { generationHeader } from './frontWords.ts'
import { guard } from './guard.ts'
import { openKeyring } from './keys.ts'
import { type Limits, openLimiter } from './limits.ts'
import { errorPages, pages } from './pages.ts'
import { headers } from './problem.ts'
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
  /** Listen here, with a thread in front that takes host and port; absent: listen there. */
  socket?: string | undefined
  /** Beyond loopback; absent: none. */
  limits?: Limits | undefined
  signal: AbortSignal
}

/** Listens and answers until disposed. Throws UserError when the address cannot be had. */
export async function listen(given: Given, binding: Binding): Promise<Server> {
  const { host, port, signal, socket } = binding
  const stop = new AbortController()
  const changes = openChanges()
  const { fetch, shelf } = answering(given, { ...binding, changes }, AbortSignal.any([signal, stop.signal]))
  const server = createServer(getRequestListener(fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(bindError(cause, host, port)))
    if (socket) server.listen(socket, resolve)
    else server.listen(port, host, resolve)
  })
  const front = socket ? await before(server, { host, port, socket }) : null
  if (front) changes.to(front.tell)
  return {
    url: urlOf(front?.address ?? (server.address() as AddressInfo)),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await front?.[Symbol.asyncDispose]()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 1_000).unref()
      })
      // Its questions must not meet a store that is closed.
      await shelf.ended()
    },
  }
}

/** The thread in front of a server that listens on a socket file. Its connections are ours, and are never too old. */
async function before(server: HttpServer, where: { host: string; port: number; socket: string }): Promise<Front> {
  closeOff(where.socket)
  server.keepAliveTimeout = 0
  try {
    return await openFront(where)
  } catch (cause) {
    server.close()
    throw bindError(cause as NodeJS.ErrnoException, where.host, where.port)
  }
}

/** What answers a request: everything it passes, then routes. */
function answering(
  given: Given,
  { host, hosts, key, limits, changes }: Binding & { changes: Changes },
  ending: AbortSignal,
) {
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(host)
  const shelf = openShelf({ served: given, signal: ending, changed: changes.note })
  const served: Served = Object.assign(given, { shelf, hosts })
  const { log, now, note } = served
  const keys = openKeyring({ log, master: key, now, note })
  const limiter = limits && !loopback ? openLimiter(limits, now) : undefined
  const app = api(served, ending, (routes) => {
    routes.use('*', changes.stamp)
    routes.use(
      '*',
      headers,
      fresh,
      errorPages,
      closedBoxes,
      guard({ keys, loopback, hosts, limiter, isPublic: publicPaths(served) }),
    )
    pages(routes, served)
  })
  return { fetch: app.fetch, shelf }
}

/** Tells the thread in front what changed, and of which state an answer is that says how far everything is. */
function openChanges() {
  let generation = 0
  let tell: Front['tell'] | undefined
  const telling = new Set(['/v1/status', '/readyz'])
  const note = (places: string[]) => tell?.({ generation: ++generation, paths: places.map((one) => `/embed/${one}`) })
  const stamp: MiddlewareHandler = async (c, next) => {
    await next()
    // A topic or a story was made, changed or taken away: any box may be another one, or none.
    const isChange = !['GET', 'HEAD'].includes(c.req.method) && changing.test(c.req.path)
    if (isChange && c.res.status < 400) note([''])
    if (tell && telling.has(c.req.path)) c.header(generationHeader, String(generation))
  }
  return {
    stamp,
    note: (places: string[]) => note(places.map((one) => `${one}.`)),
    to: (front: Front['tell']) => {
      tell = front
    },
  }
}
type Changes = ReturnType<typeof openChanges>
const changing = /^\/(?:v1\/)?(?:topics|stories|sample)(?:\/|$)/

const urlOf = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

/** What readers of a page that shows a box come to, whatever it is about. */
const open = new Set(['/page.css', '/icon.svg', '/embed.js', '/embed.css', '/method', '/oembed', '/v1/stories.atom'])
/** They look themselves at who asks (alertTold.ts): everybody is told of topics marked public alone. */
const openLists = new Set(['/v1/alerts', '/v1/alerts.atom'])
/** Invented sites with boxes of the sample on them, which are public. */
const demo = new Set(['/demo', '/demo/story', '/demo/stories', '/demo.css', '/demo.js'])

/** What may be read without a key beyond loopback: perspective, claims, boxes and evidence of topics marked public. */
function publicPaths({ topics, stories, alerts }: Served): (path: string) => Promise<boolean> {
  return async (path) => {
    if (open.has(path) || demo.has(path)) return true
    const [, story] = /^\/(?:embed|evidence)\/stories\/([0-9a-f]+)(?:\.\w+)?$/.exec(path) ?? []
    if (story) {
      const found = await stories.get(story)
      // That it has ended is told to everybody: it was public, and its box must say so.
      return found?.state === 'ended' || (found ? stories.placeOf(found)?.topic.public === true : false)
    }
    if (openLists.has(path)) return true
    const [, alert] = /^\/v1\/alerts\/([^/]+)$/.exec(path) ?? []
    if (alert) {
      const found = await alerts.get(plain(alert))
      return found !== null && topics.get(found.topic.topic)?.public === true
    }
    const [, inApi, inEmbed, evidence, claim] =
      /^\/(?:v1\/topics\/([^/]+)\/perspective(?:\/editions)?|embed\/([^/.]+)\.\w+|evidence\/([^/]+)|v1\/claims\/(.+))$/.exec(
        path,
      ) ?? []
    const id = inApi ?? inEmbed ?? evidence ?? (claim && plain(claim).split('@')[0])
    return id !== undefined && topics.get(plain(id))?.public === true
  }
}

function bindError({ code, message }: NodeJS.ErrnoException, host: string, port: number): UserError {
  if (code === 'EADDRINUSE')
    return new UserError(`port ${port} on ${host} is taken`, 'Give another: --port N (0: any free).')
  return new UserError(`cannot listen on ${host}:${port}: ${message}`, 'Check --host and --port.')
}
