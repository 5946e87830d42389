// The thread in front of everything: takes the connections, tells again what everybody was just told (frontCache.ts), and
// hands everything else on to the main thread, which may be busy with posts and paragraphs. Judges
// nothing: who may read what is decided behind it.
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parentPort, workerData } from 'node:worker_threads'
import { openBell, sleep } from '../retry.ts'
import { isKnown } from './fresh.ts'
import { type Answer, keyOf, openFrontCache } from './frontCache.ts'
import { type Changed, generationHeader, peerHeader } from './frontWords.ts'

const { host, port, socket } = workerData as { host: string; port: number; socket: string }
const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
/** What is asked for everybody must not crowd out what somebody asks. */
const few = new Agent({ keepAlive: true, maxSockets: 16 })
/** Of one connection only (RFC 9110, 7.6.1), answered here, or between us and the main thread. */
const ours = new Set(
  `connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect
  ${generationHeader} ${peerHeader}`.split(/\s+/),
)
const cache = openFrontCache({ ask })

const server = createServer(async (request, response) => {
  try {
    // A whole address, as for a proxy, would name a host that nobody judged.
    if (!request.url?.startsWith('/')) return fail(response, 400)
    const key = keyOf(request)
    if (key === null) pass(request, response)
    else tell(response, await cache.tell(key), request.headers['if-none-match'])
  } catch {
    fail(response)
  }
})

/** Whatever went wrong is the end of this answer and of nothing else. */
function fail(response: ServerResponse, status = 502): void {
  if (response.headersSent) return void response.destroy()
  const problem = { type: 'about:blank', title: 'this request could not be handed on', status }
  const detail = 'Send it again; if it fails again, something in its address or headers is not understood.'
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ ...problem, detail }))
}

function tell(response: ServerResponse, { status, headers, bytes }: Answer, known: string | undefined): void {
  const { 'content-type': _, 'content-length': __, ...rest } = headers
  if (status === 200 && headers.etag && isKnown(known, headers.etag)) response.writeHead(304, rest).end()
  else response.writeHead(status, { ...headers, 'content-length': bytes.length }).end(bytes)
}

/** Asks the main thread for what may be everybody's, as nobody in particular. */
function ask(key: string): Promise<Answer> {
  const at = key.indexOf(' ')
  const headers = { host: key.slice(0, at), accept: '*/*', [peerHeader]: '' }
  return new Promise((resolve, reject) => {
    const behind = httpRequest({ agent: few, socketPath: socket, path: key.slice(at + 1), headers }, (answer) => {
      buffer(answer).then((bytes) => resolve({ status: answer.statusCode!, headers: outward(answer), bytes }), reject)
    })
    behind.on('error', reject).end()
  })
}

/** On to the main thread, and back. */
function pass(request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  const behind = httpRequest({ agent, socketPath: socket, method, path: url, headers: onward(request) })
  behind.on('response', async (answer) => {
    try {
      await caughtUp(answer.headers[generationHeader] as string | undefined)
      response.writeHead(answer.statusCode!, outward(answer)).flushHeaders()
      pipeline(answer, response, () => {})
    } catch {
      answer.destroy()
      fail(response)
    }
  })
  behind.on('error', () => fail(response))
  // Whoever leaves is not worked for any more.
  response.on('close', () => response.writableFinished || behind.destroy())
  if (hasBody) pipeline(request, behind, () => {})
  else behind.end()
}

function onward({ headers, socket: { remoteAddress } }: IncomingMessage) {
  const named = (headers.connection ?? '').toLowerCase().split(/[\s,]+/)
  const kept = Object.entries(headers).filter(([name]) => !ours.has(name) && !named.includes(name))
  const body = headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }
  return { ...Object.fromEntries(kept), ...body, [peerHeader]: remoteAddress ?? '' }
}

function outward({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name))) as Record<string, string>
}

// ---- what has changed

const bell = openBell(sleep)
let seen = 0
const longestMs = 2_000

/** An answer that says how far everything is must not overtake the boxes. */
async function caughtUp(generation: string | undefined): Promise<void> {
  if (generation === undefined) return
  const signal = AbortSignal.timeout(longestMs)
  while (seen < Number(generation) && !signal.aborted) await bell.wait(longestMs, signal)
  await Promise.race([cache.settled(), sleep(longestMs, signal)])
}

parentPort!.on('message', ({ generation, paths }: Partial<Changed>) => {
  if (paths === undefined) return end()
  for (const path of paths) cache.changed(path)
  seen = generation!
  bell.ring()
})

function end(): void {
  server.close(() => parentPort!.close())
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  agent.destroy()
  few.destroy()
}

server.on('error', ({ code, message }: NodeJS.ErrnoException) => parentPort!.postMessage({ error: { code, message } }))
server.listen(port, host, () => parentPort!.postMessage({ address: server.address() as AddressInfo }))
