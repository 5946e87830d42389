// HTTP to addresses that people or feeds gave us. Reaches the public internet and what server.dial.allow names, nothing
// else: every address a name resolves to is judged when we connect, to exactly those addresses, and again for each
// redirect. Bounded in time and bytes, whatever the other side does. Uses no proxy, sends no cookie, keeps no connection.
// Errors say which rule refused, and never what a name resolves to: they must not map the network we stand in.
import { lookup as systemLookup } from 'node:dns/promises'
import http, { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { type Allowed, allowedBy, mayReach } from './addresses.ts'
import { DialError, failureOf, malformed, notPublic, urlOf } from './refusals.ts'

export interface Call {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Redirects followed, of a GET; what comes beyond is an error. Absent: none, and a redirect is the answer. */
  redirects?: number
  /** For everything together: names, redirects, the last byte. */
  timeoutMs?: number
  /** Of the body, also once decompressed. 0: no body is read, the answer is status and headers. */
  mostBytes?: number
  signal?: AbortSignal
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** Where it came from, after redirects. */
  url: string
}

export interface Dial {
  (url: string, call?: Call): Promise<Answer>
  /** Rejects where a call would be refused by a rule now. Connects to nobody. */
  vet(url: string): Promise<void>
}

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>

export interface DialOptions {
  /** Host names, addresses and ranges that may be reached though they are not public. */
  allow?: readonly string[]
  resolve?: Resolve
  /** Certificates to trust instead of those of the system. */
  ca?: string
}

/** How calls are made from here on. */
export function openDial({ allow = [], resolve = everyAddress, ca }: DialOptions = {}): Dial {
  const allowed = allowedBy(allow)
  // Agents of our own: the global ones may keep connections, and take a proxy from the environment.
  const agents = { 'http:': new http.Agent(), 'https:': new https.Agent() }
  const line: Line = {
    addresses: (host) => checkedAddresses(host, { allowed, resolve }),
    request: (url, options) =>
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: agents['https:'], rejectUnauthorized: true, ca })
        : http.request(url, { ...options, agent: agents['http:'] }),
  }
  const dial = async (text: string, call: Call = {}): Promise<Answer> => {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? 10_000)
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout
    try {
      return await follow(text, { ...call, signal }, line)
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason
      throw timeout.aborted ? new DialError('timeout', 'no whole answer came in time', 'Answer sooner.') : error
    }
  }
  const vet = async (text: string) => void (await line.addresses(hostOf(urlOf(text))))
  return Object.assign(dial, { vet })
}

interface Line {
  /** The addresses of a host, all of them judged. */
  addresses(host: string): ReturnType<Resolve>
  request(url: URL, options: RequestOptions): http.ClientRequest
}

const everyAddress: Resolve = (host) => systemLookup(host, { all: true })
/** As it is dialled: IPv6 without its brackets. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '')

async function checkedAddresses(host: string, { allowed, resolve }: { allowed: Allowed; resolve: Resolve }) {
  const family = isIP(host)
  // A name that is unknown and one that leads inside get the same answer: else names in here could be guessed.
  const found = family ? [{ address: host, family }] : await resolve(host).catch(() => [])
  if (!found.length || !found.every(({ address }) => mayReach(address, host, allowed))) throw notPublic()
  return found
}

type Bounded = Call & { signal: AbortSignal }

async function follow(text: string, call: Bounded, line: Line): Promise<Answer> {
  const { method = 'GET', redirects = 0 } = call
  let url = urlOf(text)
  for (let left = method === 'GET' ? redirects : 0; ; left--) {
    const answer = await ask(url, call, line)
    const { location } = answer.headers
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined
    if (!isRedirect || redirects === 0) return answer
    if (left === 0) throw new DialError('redirect', `more than ${redirects} redirects`, 'Give the address they end at.')
    const next = URL.parse(location, url.href)
    if (!next) throw new DialError('redirect', 'a redirect leads to no address', 'Give the address it should lead to.')
    url = urlOf(next.href)
  }
}

/** One request to addresses that were judged just now; the name is not asked for again in between. */
async function ask(url: URL, call: Bounded, line: Line): Promise<Answer> {
  const { method = 'GET', headers, body, mostBytes = 1_000_000, signal } = call
  const found = await unlessGone(line.addresses(hostOf(url)), signal)
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, found) : done(null, found[0]!.address, found[0]!.family)
  const accept = mostBytes > 0 ? 'gzip, deflate, br' : 'identity'
  const own = {
    'user-agent': 'undercurrent',
    'accept-encoding': accept,
    ...(body && { 'content-length': bytesOf(body) }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = line.request(url, { method, headers: { ...headers, ...own }, lookup, signal })
  request.once('response', resolve)
  // Another protocol was not asked for.
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    reject(malformed())
  })
  request.on('error', (error: NodeJS.ErrnoException) => reject(failureOf(error)))
  request.end(body)
  try {
    const response = await unlessGone(promise, signal)
    const { statusCode: status = 0 } = response
    const read = mostBytes > 0 ? await bodyOf(response, mostBytes) : Buffer.alloc(0)
    return { status, headers: response.headers, body: read, url: url.href }
  } finally {
    request.destroy()
  }
}

const bytesOf = (body: string) => String(Buffer.byteLength(body))

/** Whoever resolves names may hang; the call does not hang with it. */
function unlessGone<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop))
}

async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity'
  const decoder = decoderOf(encoding)
  const body: Readable = decoder ? response.pipe(decoder) : response
  if (decoder) response.once('error', (error) => decoder.destroy(error))
  const parts: Buffer[] = []
  let bytes = 0
  try {
    // Leaving the loop destroys the stream, and so ends what still comes.
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > mostBytes)
        throw new DialError('too_large', `the answer is over ${mostBytes} bytes`, 'Answer with less.')
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof DialError) throw error
    const isCoding = /^(?:Z_|ERR__)/.test((error as NodeJS.ErrnoException).code ?? '')
    throw isCoding ? malformed() : failureOf(error as Error)
  }
  return Buffer.concat(parts)
}

function decoderOf(encoding: string): zlib.Gunzip | zlib.BrotliDecompress | null {
  if (encoding === 'identity' || encoding === '') return null
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.createGunzip()
  if (encoding === 'deflate') return zlib.createInflate()
  if (encoding === 'br') return zlib.createBrotliDecompress()
  throw malformed()
}
