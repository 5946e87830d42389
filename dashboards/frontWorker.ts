// The thread in front of everything: takes the connections, tells again what everybody was just told (frontCache.ts), and
// hands everything else on to the main thread, which may be busy for a tenth of a second with posts and paragraphs. Judges
// nothing: who may read what is decided behind it.
import {
  Agent,
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parentPort, workerData } from 'node:worker_threads'
import { isKnown } from './fresh.ts'
import { type Answer, isOfAll, openFrontCache } from './frontCache.ts'
import { generationHeader, peerHeader } from './frontWords.ts'

const { host, port, socket } = workerData as { host: string; port: number; socket: string }
const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
const cache = openFrontCache()
/** Of one connection only, and the words between us and the main thread. */
const ours = new Set(['connection', 'keep-alive', 'transfer-encoding', generationHeader])

const server = createServer((request, response) => {
  const { method, url, headers } = request
  if (!isOfAll(method, url, headers.authorization)) return pass(request, response)
  const key = `${headers.host} ${url}`
  const found = cache.find(key)
  if (!found) return fetchFor(request, response, key)
  tell(response, found.answer, headers['if-none-match'])
  if (found.again) askAgain(request, key)
})

function tell(response: ServerResponse, { headers, bytes }: Answer, known: string | undefined): void {
  const { 'content-type': _, 'content-length': __, ...rest } = headers
  if (isKnown(known, headers.etag!)) response.writeHead(304, rest).end()
  else response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes)
}

/** On to the main thread, and back. */
function pass(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request
  const behind = httpRequest({ agent, socketPath: socket, method, path: url, headers: onward(request) })
  behind.on('response', (answer) => {
    cache.seen(answer.headers[generationHeader] as string | undefined)
    response.writeHead(answer.statusCode!, outward(answer)).flushHeaders()
    pipeline(answer, response, () => {})
  })
  lead(behind, response)
  const isBare = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
  if (isBare) behind.end()
  else pipeline(request, behind, () => {})
}

/** The same for what may be everybody's: asked for whole, so that it can be kept. */
function fetchFor(request: IncomingMessage, response: ServerResponse, key: string): void {
  const { 'if-none-match': known, ...headers } = onward(request)
  const behind = httpRequest({ agent, socketPath: socket, path: request.url, headers })
  behind.on('response', (answer) => {
    cache.seen(answer.headers[generationHeader] as string | undefined)
    const told = outward(answer)
    buffer(answer).then(
      (bytes) => {
        cache.keep(key, answer.statusCode!, { headers: told, bytes })
        if (answer.statusCode === 200 && told.etag) return tell(response, { headers: told, bytes }, known as string)
        response.writeHead(answer.statusCode!, { ...told, 'content-length': bytes.length }).end(bytes)
      },
      () => response.destroy(),
    )
  })
  lead(behind, response)
  behind.end()
}

function lead(behind: ClientRequest, response: ServerResponse): void {
  behind.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
  // Whoever leaves is not worked for any more.
  response.on('close', () => response.writableFinished || behind.destroy())
}

/** For the next who asks. What is no longer everybody's leaves the cache. */
function askAgain({ url, headers }: IncomingMessage, key: string): void {
  const behind = httpRequest({ agent, socketPath: socket, path: url, headers: { host: headers.host, accept: '*/*' } })
  behind.on('response', (answer) => {
    cache.seen(answer.headers[generationHeader] as string | undefined)
    buffer(answer).then(
      (bytes) => cache.keep(key, answer.statusCode!, { headers: outward(answer), bytes }),
      () => {},
    )
  })
  behind.on('error', () => {})
  behind.end()
}

function onward({
  headers,
  socket: { remoteAddress },
}: IncomingMessage): Record<string, string | string[] | undefined> {
  const { connection: _, 'keep-alive': __, ...rest } = headers
  return { ...rest, [peerHeader]: remoteAddress ?? '' }
}

function outward({ headers }: IncomingMessage): Record<string, string> {
  const told = Object.entries(headers).filter(([name]) => !ours.has(name))
  return Object.fromEntries(told) as Record<string, string>
}

server.on('error', ({ code, message }: NodeJS.ErrnoException) => parentPort!.postMessage({ error: { code, message } }))
server.listen(port, host, () => parentPort!.postMessage({ address: server.address() as AddressInfo }))
parentPort!.on('message', () => {
  server.close(() => parentPort!.close())
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  agent.destroy()
})
