// Asking a platform's HTTP API politely: JSON answers of bounded size and time, at most so many requests a second, and
// never before the platform wants to be asked again. Hosts are the operator's own configuration, so any may be reached, and
// no other: a redirect is an answer, and is not followed.
// Whatever comes back is hostile; an answer that is no JSON is an answer, one that does not come is a TransientError.
import { TransientError } from '../errors.ts'
import { type BackoffOptions, backoffMs, sleep as realSleep, retryAfterMs, type Sleep } from '../retry.ts'

export interface Asked {
  status: number
  headers: Headers
  /** undefined: what came was no JSON. */
  body: unknown
}

export interface AskOptions {
  signal: AbortSignal
  headers?: Record<string, string>
  timeoutMs?: number
  /** Of the body. 0: none is read, the answer is status and headers. */
  mostBytes?: number
}

export const userAgent = 'undercurrent'

/** One GET. Rejects with a TransientError where no whole answer came, also when the signal aborts. */
export async function ask(url: string, options: AskOptions): Promise<Asked> {
  const { signal, headers = {}, timeoutMs = 15_000, mostBytes = 4_194_304 } = options
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const sent = { accept: 'application/json', 'user-agent': userAgent, ...headers }
    const response = await fetch(url, { headers: sent, signal: limited, redirect: 'manual' })
    return { status: response.status, headers: response.headers, body: jsonOf(await bytesOf(response, mostBytes)) }
  } catch (cause) {
    throw new TransientError(limited.aborted ? 'gave no whole answer in time' : 'cannot be reached', { cause })
  }
}

/** null: more than we take. */
async function bytesOf(response: Response, mostBytes: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  if (mostBytes === 0) {
    await response.body?.cancel()
    return null
  }
  if (response.body) {
    // Leaving the loop cancels the rest.
    for await (const part of response.body) {
      bytes += part.byteLength
      if (bytes > mostBytes) return null
      parts.push(part)
    }
  }
  return Buffer.concat(parts)
}

function jsonOf(bytes: Buffer | null): unknown {
  try {
    return bytes ? JSON.parse(bytes.toString('utf8')) : undefined
  } catch {
    return undefined
  }
}

const longestWaitMs = 3_600_000

/** How long a platform asks us to stay away after a refusal: `Retry-After`, or `X-RateLimit-Reset` as a time. At most an hour. */
export function awayMs(headers: Headers, nowMs: number): number {
  const after = retryAfterMs(headers.get('retry-after') ?? undefined, nowMs)
  return Math.min(Math.max(after, resetMs(headers, nowMs)), longestWaitMs)
}

/** Until the limit is reset: an ISO time (Mastodon) or Unix seconds. 0 where it says nothing we understand. */
function resetMs(headers: Headers, nowMs: number): number {
  const text = headers.get('x-ratelimit-reset') ?? ''
  const atMs = /^\d{9,11}$/.test(text) ? Number(text) * 1_000 : Date.parse(text)
  return Math.min(Math.max(atMs - nowMs || 0, 0), longestWaitMs)
}

export interface Pace {
  /** Resolves when one more request may go out, or when the signal aborts. */
  turn(signal: AbortSignal): Promise<void>
  /** Learns from an answer how much is left until when. */
  heed(headers: Headers): void
}

export interface PaceOptions {
  perSecond: number
  /** Requests of the platform's limit that are left to others. */
  reserve?: number
  now?: () => number
  sleep?: Sleep
}

export function createPace({ perSecond, reserve = 0, now = Date.now, sleep = realSleep }: PaceOptions): Pace {
  let freeAt = 0
  return {
    async turn(signal) {
      const at = Math.max(now(), freeAt)
      freeAt = at + 1_000 / perSecond
      await sleep(at - now(), signal)
    },
    heed(headers) {
      const remaining = headers.get('x-ratelimit-remaining')
      if (remaining === null || !(Number(remaining) <= reserve)) return
      freeAt = Math.max(freeAt, now() + resetMs(headers, now()))
    },
  }
}

export interface Trouble {
  reason: string
  /** How many tries failed before this one, in a row. */
  attempt: number
  waitMs: number
}

export interface AskerOptions extends PaceOptions {
  timeoutMs?: number
  backoff?: BackoffOptions
  onTrouble: (trouble: Trouble) => void
}

/** Asks until an answer comes that is not the platform's own trouble (no answer, 408, 425, 429, 5xx). null: the signal aborted. */
export type Asker = (
  url: string,
  options: { signal: AbortSignal; headers?: Record<string, string> },
) => Promise<Asked | null>

export function createAsker(options: AskerOptions): Asker {
  const { now = Date.now, sleep = realSleep, backoff, timeoutMs, onTrouble } = options
  const pace = createPace(options)
  return async (url, { signal, headers }) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      await pace.turn(signal)
      if (signal.aborted) break
      let [reason, afterMs] = ['', 0]
      try {
        const answer = await ask(url, { signal, headers, timeoutMs })
        pace.heed(answer.headers)
        if (!isTrouble(answer.status)) return answer
        ;[reason, afterMs] = [`answered ${answer.status}`, awayMs(answer.headers, now())]
      } catch (error) {
        if (!(error instanceof TransientError)) throw error
        reason = error.message
      }
      if (signal.aborted) break
      const waitMs = Math.max(afterMs, backoffMs(attempt, backoff))
      onTrouble({ reason, attempt, waitMs })
      await sleep(waitMs, signal)
    }
    return null
  }
}

export const isTrouble = (status: number) => status >= 500 || [408, 425, 429].includes(status)
