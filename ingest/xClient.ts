// X's API, as far as we use it: rules, recent search, and the filtered stream opened once. The only file that knows
// twitter-api-v2, loaded when it is first needed. Its requests are used; its TweetStream only to connect, with its own
// reader switched off: that one splits characters at the borders of chunks (`chunk.toString()`), keeps lines and posts
// without a limit, and reconnects by itself, which nobody would have reserved money for. Each request has a socket of its
// own, and an abort ends it at once. Errors classify themselves and never carry text of X's.
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { TweetStream, TwitterApi } from 'twitter-api-v2'
import { TransientError } from '../errors.ts'
import { errorsOf, type Fields, fieldsOf, jobOf, nextOf, rulesOf } from './xAnswers.ts'
import type { XClock } from './xClock.ts'
import type { ComplianceApi } from './xDeletes.ts'
import { nameOf, postFields } from './xPost.ts'
import type { RulesApi, StoredRule } from './xRules.ts'

/** X answered with an HTTP status. `code` is its own word for why. */
export class XRefused extends TransientError {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, afterMs: number) {
    super(`X answered ${status} ${code}`.trim(), { afterMs })
    this.name = 'XRefused'
    this.status = status
    this.code = code
  }
}

/** No answer came. */
export class XUnreachable extends TransientError {
  /** A stream was asked for and may have been opened: posts may have been sent. */
  readonly isUnsure: boolean
  constructor(cause: unknown, isStream: boolean) {
    super('X cannot be reached', { cause })
    this.name = 'XUnreachable'
    const { code } = fieldsOf(fieldsOf(cause).requestError)
    const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']
    this.isUnsure = isStream && !neverSent.includes(String(code))
  }
}

export interface Search {
  query: string
  sinceId: string
  untilId: string
  /** 10 to 100 posts. */
  most: number
  next: string | null
}

export interface Page {
  posts: unknown[]
  next: string | null
}

export interface OpenStream {
  response: IncomingMessage
  /** Ends the socket at once. */
  destroy(): void
}

export interface XApi extends RulesApi, ComplianceApi {
  search(search: Search): Promise<Page>
  stream(): Promise<OpenStream>
}

export interface XClientOptions {
  token: string
  /** Like https://api.x.com */
  host: string
  clock: XClock
  signal: AbortSignal
  timeoutMs?: number
}

/** What of the library's objects is there but not in its types. */
interface Connected {
  originalResponse: IncomingMessage
  initEventsFromRequest(): void
}
interface Prefixed {
  setPrefix(prefix: string): void
}

const rulesPath = 'tweets/search/stream/rules'
const longestWaitMs = 86_400_000

export function openX(options: XClientOptions): XApi {
  const { timeoutMs = 15_000 } = options
  const get = (path: string, query: Record<string, string | number>) =>
    exchange(options, ({ v2 }) => v2.get(path, query, { fullResponse: true, timeout: timeoutMs }))
  const post = (path: string, body: Fields) =>
    exchange(options, ({ v2 }) => v2.post(path, body, { fullResponse: true, timeout: timeoutMs }))
  return {
    async rules() {
      const rules: StoredRule[] = []
      for (let next: string | null = null, page = 0; page < 100; page++) {
        const answer = await get(rulesPath, next ? { pagination_token: next } : {})
        rules.push(...rulesOf(answer))
        next = nextOf(answer)
        if (!next) break
      }
      return rules
    },
    async addRules(add) {
      // X answers 201 with errors beside what it created, or an error status where it created none.
      const answer = await post(rulesPath, { add }).catch((error: unknown) => {
        if (error instanceof RulesRefused) return error.answer
        throw error
      })
      return { created: rulesOf(answer), errors: errorsOf(answer) }
    },
    async deleteRules(ids) {
      await post(rulesPath, { delete: { ids } })
    },
    async search({ query, sinceId, untilId, most, next }) {
      const ids = { since_id: sinceId, until_id: untilId, ...(next ? { next_token: next } : {}) }
      const asked = { query, ...ids, max_results: most, 'tweet.fields': postFields }
      const answer = await get('tweets/search/recent', asked)
      return { posts: Array.isArray(answer.data) ? answer.data : [], next: nextOf(answer) }
    },
    stream: () => openStream(options, timeoutMs),
    createJob: async () => jobOf(await post('compliance/jobs', { type: 'tweets' })),
    job: async (id) => jobOf(await get(`compliance/jobs/${id}`, {})),
  }
}

/** X took none of the rules, and says why rule by rule. */
class RulesRefused extends XRefused {
  readonly answer: Fields
  constructor(status: number, code: string, answer: Fields) {
    super(status, code, 0)
    this.answer = answer
  }
}

type Client = { v2: TwitterApi['v2'] }

/** A client for one request: its agent's sockets are that request's alone. */
async function clientOf({ token, host }: XClientOptions): Promise<Client & { destroy(): void }> {
  const { TwitterApi } = await import('twitter-api-v2')
  const httpAgent = host.startsWith('http:') ? new http.Agent() : new https.Agent()
  const { v2 } = new TwitterApi(token, { httpAgent: httpAgent as https.Agent, compression: 'identity' })
  ;(v2 as unknown as Prefixed).setPrefix(`${host.replace(/\/$/, '')}/2/`)
  return { v2, destroy: () => httpAgent.destroy() }
}

interface Answer {
  data: Fields
  headers: Record<string, unknown>
}

async function exchange(options: XClientOptions, request: (client: Client) => Promise<unknown>): Promise<Fields> {
  const { clock, signal } = options
  const client = await clientOf(options)
  const sent = clock.mark()
  signal.throwIfAborted()
  signal.addEventListener('abort', client.destroy)
  try {
    const { data, headers } = (await request(client)) as Answer
    clock.heard(headers.date as string | undefined, sent)
    return fieldsOf(data)
  } catch (error) {
    throw failureOf(error, { clock, sent, isStream: false })
  } finally {
    signal.removeEventListener('abort', client.destroy)
  }
}

async function openStream(options: XClientOptions, timeoutMs: number): Promise<OpenStream> {
  const { clock, signal } = options
  const client = await clientOf(options)
  const sent = clock.mark()
  signal.throwIfAborted()
  // Its headers may come with the first keep-alive only.
  const timer = setTimeout(client.destroy, 2 * timeoutMs)
  signal.addEventListener('abort', client.destroy)
  try {
    const query = { 'tweet.fields': postFields }
    const stream: TweetStream = client.v2.getStream('tweets/search/stream', query, { autoConnect: false })
    const connected = stream as unknown as Connected
    connected.initEventsFromRequest = () => {}
    await stream.connect({ autoReconnect: false, keepAliveTimeout: 'disable' })
    const response = connected.originalResponse
    clock.heard(response.headers.date, sent)
    return { response, destroy: client.destroy }
  } catch (error) {
    throw failureOf(error, { clock, sent, isStream: true })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', client.destroy)
  }
}

interface Sent {
  clock: XClock
  sent: readonly number[]
  isStream: boolean
}

/** Told apart by what the library's errors hold, not by their text. */
function failureOf(error: unknown, { clock, sent, isStream }: Sent): Error {
  const { type, code, data, headers } = fieldsOf(error) as {
    type?: string
    code?: number
    data?: Fields
    headers?: Fields
  }
  if (type !== 'response' || typeof code !== 'number') return new XUnreachable(error, isStream)
  clock.heard(headers?.date as string | undefined, sent)
  const body = fieldsOf(data)
  const title = nameOf(body.connection_issue ?? body.title)
  if (code === 400 && Array.isArray(body.errors)) return new RulesRefused(code, title, body)
  const resetMs = Number(headers?.['x-rate-limit-reset']) * 1_000 - clock.span().low
  const afterMs = code === 429 && resetMs > 0 ? Math.min(resetMs, longestWaitMs) : 0
  return new XRefused(code, title === 'Unnamed' ? '' : title, afterMs)
}
