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
import { UserError } from './errors.ts'

/** Why a call failed. A closed list: those before `unreachable` are rules of ours, asking again cannot help. */
export const dialReasons = [
  'bad_address', // no URL, or over 2,048 characters
  'bad_scheme', // neither http nor https
  'credentials', // a name or password in the address
  'bad_port', // one that browsers block, too
  'not_public', // leads to a network that is not public, or nowhere
  'redirect', // one that is not followed: too many, or none of ours to follow
  'unreachable', // no connection, or one that broke
  'timeout',
  'too_large',
  'malformed', // no HTTP, or not in the encoding it says
] as const
export type DialReason = (typeof dialReasons)[number]

export class DialError extends UserError {
  readonly reason: DialReason
  constructor(reason: DialReason, message: string, hint: string) {
    super(message, hint, dialReasons.indexOf(reason) < dialReasons.indexOf('unreachable') ? 422 : 502)
    this.name = 'DialError'
    this.reason = reason
  }
}

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

const mostUrl = 2_048
/** As in the Fetch standard: a request there could be read as another protocol's. */
const badPorts = new Set(
  '0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080'.split(
    ' ',
  ),
)
const notPublic = () =>
  new DialError(
    'not_public',
    'this address does not lead to the public internet',
    'Give a name that resolves to public addresses; server.dial.allow in the configuration file makes exceptions.',
  )

/** The address as a URL that may be called, as far as it can be told without asking anybody. Throws DialError. */
export function urlOf(text: string): URL {
  const url = text.length <= mostUrl ? URL.parse(text) : null
  const hint = 'Give an address like https://site.example/hook.'
  if (!url) throw new DialError('bad_address', 'this is no address', hint)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new DialError('bad_scheme', 'an address begins with https:// or http://', hint)
  if (url.username || url.password)
    throw new DialError(
      'credentials',
      'an address holds no name and no password',
      'Leave out what stands before the @.',
    )
  if (badPorts.has(url.port))
    throw new DialError('bad_port', `port ${url.port} belongs to another protocol`, 'Use another port, best none.')
  url.hash = ''
  return url
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

function failureOf(error: NodeJS.ErrnoException): DialError {
  if (error.code?.startsWith('HPE_')) return malformed()
  return new DialError('unreachable', 'the address could not be reached', 'Check that it answers from the internet.')
}
const malformed = () => new DialError('malformed', 'what answered does not speak HTTP as it says', 'Mend its answer.')

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
