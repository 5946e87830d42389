// One Mastodon instance as far as we ask it: pages of a timeline, whether a status is still there, and its streams. Obeys
// the instance's limits (docs.joinmastodon.org/api/rate-limits: 300 requests in 5 minutes): at most one request a second,
// none when little is left until the time it names. Trouble is waited for; a refusal is an answer.
import { TransientError } from '../errors.ts'
import type { BackoffOptions, Sleep } from '../retry.ts'
import { type Asked, type Asker, awayMs, createAsker, isTrouble, type Trouble, userAgent } from './ask.ts'

export interface Plan {
  /** How the cursor names it. */
  key: string
  /** Path and query of the stream, and of the timeline that holds the same. */
  stream: string
  timeline: string
  /** For a person: "public posts", "#ceasefire". */
  label: string
}

export interface InstanceSettings {
  origin: string
  token: string | null
  now: () => number
  sleep: Sleep
  perSecond: number
  pageSize: number
  timeoutMs: number
  backoff: BackoffOptions
  onTrouble: (trouble: Trouble) => void
  /** Requests of the instance's limit that are left to others; absent: a few. */
  reserve?: number
}

/** What is left to people who use the same address. */
const leastLeft = 20

/** The instance says that this is not for us. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number) {
    super(`answered ${status}`)
    this.name = 'Refused'
    this.status = status
  }
}

export class Instance {
  readonly #settings: InstanceSettings
  readonly #signal: AbortSignal
  readonly #asker: Asker
  #streaming: Promise<string> | null = null

  constructor(settings: InstanceSettings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
    this.#asker = createAsker({ reserve: leastLeft, ...settings })
  }

  get #headers(): Record<string, string> {
    const { token } = this.#settings
    return token ? { authorization: `Bearer ${token}` } : {}
  }

  #get(path: string): Promise<Asked | null> {
    return this.#asker(this.#settings.origin + path, { signal: this.#signal, headers: this.#headers })
  }

  /** Statuses right behind an id, or the newest ones, as they come; null: we stop. Throws Refused. */
  async page({ timeline }: Plan, after: string | null): Promise<unknown[] | null> {
    const { pageSize } = this.#settings
    const query = new URLSearchParams({ limit: String(pageSize), ...(after !== null && { min_id: after }) })
    const answer = await this.#get(`${timeline}${timeline.includes('?') ? '&' : '?'}${query}`)
    if (!answer) return null
    // A hashtag that nobody used yet is not there.
    if (answer.status === 404 && timeline.startsWith('/api/v1/timelines/tag/')) return []
    if (answer.status !== 200 || !Array.isArray(answer.body)) throw new Refused(answer.status)
    return answer.body
  }

  /** One status as it is now; null: we stop. */
  status(id: string): Promise<Asked | null> {
    return this.#get(`/api/v1/statuses/${encodeURIComponent(id)}`)
  }

  /** Whether a status was deleted, or taken from everybody's sight. Only a plain no is one. */
  async isGone(id: string): Promise<boolean> {
    const answer = await this.status(id)
    return answer?.status === 404 || answer?.status === 410
  }

  /** An open stream; null: streaming is not for us here. Throws TransientError. */
  async open({ stream }: Plan): Promise<ReadableStream<Uint8Array> | null> {
    const { timeoutMs, now } = this.#settings
    const base = await this.#base()
    const opening = new AbortController()
    const timer = setTimeout(() => opening.abort(), timeoutMs)
    try {
      const headers = { accept: 'text/event-stream', 'user-agent': userAgent, ...this.#headers }
      const signal = AbortSignal.any([this.#signal, opening.signal])
      const response = await fetch(base + stream, { headers, signal, redirect: 'manual' })
      const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream')
      if (response.status === 200 && isEvents && response.body) return response.body
      await response.body?.cancel()
      if (!isTrouble(response.status)) return null
      throw new TransientError(`answered ${response.status}`, { afterMs: awayMs(response.headers, now()) })
    } catch (cause) {
      if (cause instanceof TransientError) throw cause
      throw new TransientError(opening.signal.aborted ? 'gave no answer in time' : 'cannot be reached', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Where the instance streams: often another host than its own; a redirect to it is not followed. */
  #base(): Promise<string> {
    this.#streaming ??= this.#get('/api/v2/instance').then((answer) => {
      const told = (answer?.body as { configuration?: { urls?: { streaming?: unknown } } } | null | undefined)
        ?.configuration
      const url =
        typeof told?.urls?.streaming === 'string' ? URL.parse(told.urls.streaming.replace(/^ws/, 'http')) : null
      const { origin } = this.#settings
      // A token never leaves by a less private way than the one it was configured for.
      return url && (url.protocol === 'https:' || origin.startsWith('http:')) ? url.origin : origin
    })
    return this.#streaming
  }
}
