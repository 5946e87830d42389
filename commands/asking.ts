// How the doctor asks a source one thing: a short answer within seconds, its status put into words with what to do, and this
// clock held against the answer's. Sends a token to nobody but the host it is for. Never asks twice: sources wait for
// trouble (ingest/ask.ts), the doctor tells it.
import { UserError } from '../errors.ts'
import { type Asked, ask as askOnce } from '../ingest/ask.ts'
import { retryAfterMs } from '../retry.ts'

export type { Asked } from '../ingest/ask.ts'

export interface Question {
  token?: string | null
  accept?: string
  /** Only the status counts: the rest is a stream that never ends. */
  isStream?: boolean
}

const timeoutMs = 8_000
const mostBytes = 1_000_000
const mostSkewSeconds = 30

/** One GET. Throws UserError where nobody answers. */
export async function ask(url: string, { token, accept, isStream }: Question = {}): Promise<Asked> {
  const headers = { ...(accept && { accept }), ...(token && { authorization: `Bearer ${token}` }) }
  const options = { signal: AbortSignal.timeout(timeoutMs), headers, mostBytes: isStream ? 0 : mostBytes }
  try {
    return await askOnce(url, options)
  } catch {
    throw new UserError(
      `${new URL(url).host} does not answer`,
      'Check the address, the network or a proxy; --offline asks nobody.',
    )
  }
}

/** Seconds that this clock is off by the answer's; null: it does not say. Throws UserError where that is too much. */
function skewOf(headers: Headers): number | null {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return null
  const skew = Math.round((Date.now() - date) / 1000)
  if (Math.abs(skew) > mostSkewSeconds)
    throw new UserError(`this clock is ${skew} s off`, 'Set the clock (NTP): windows and cursors are times.')
  return Math.abs(skew)
}

export const clock = (headers: Headers): string => {
  const skew = skewOf(headers)
  return skew === null ? 'says no time to hold this clock against' : `clock within ${skew} s`
}

/** What to do about a token that is refused (401), and about one that may not (403). */
export interface Remedies {
  refused: string
  forbidden: string
}

/** Throws UserError with what to do, unless the status is one of success. */
export function checkStatus({ status, headers }: Asked, who: string, { refused, forbidden }: Remedies): void {
  if (status >= 200 && status < 300) return
  if (status === 401) throw new UserError(`${who} refuses the token (401)`, refused)
  if (status === 403) throw new UserError(`${who} does not allow this (403)`, forbidden)
  if (status === 429) {
    const until = resetOf(headers)
    const when = until ? `Ask again after ${until}` : 'Ask again in a while'
    throw new UserError(`${who} was asked too often (429)`, `${when}; a source that runs waits by itself.`)
  }
  if (status >= 500)
    throw new UserError(
      `${who} has trouble of its own (${status})`,
      'Nothing is to be done here: reading goes on by itself once it is over.',
    )
  throw new UserError(`${who} answers ${status}, which is not expected`, 'Check that the address is right.')
}

/** When more may be asked: X says seconds, Mastodon a time, others how long to stay away. */
function resetOf(headers: Headers): string | null {
  const said = headers.get('x-rate-limit-reset') ?? headers.get('x-ratelimit-reset')
  const named = said === null ? Number.NaN : /^\d{9,11}$/.test(said) ? Number(said) * 1000 : Date.parse(said)
  const afterMs = retryAfterMs(headers.get('retry-after') ?? undefined, Date.now())
  const at = Number.isNaN(named) ? (afterMs > 0 ? Date.now() + afterMs : Number.NaN) : named
  return Number.isNaN(at) || at > 8.64e15 ? null : new Date(at).toISOString()
}

/** "; 299 of 300 requests left", where it is said. Throws UserError where none is. */
export function left(headers: Headers, who: string): string {
  const of = (name: string) => headers.get(`x-rate-limit-${name}`) ?? headers.get(`x-ratelimit-${name}`)
  const [remaining, limit] = [of('remaining'), of('limit')]
  if (!remaining || !/^\d{1,9}$/.test(remaining)) return ''
  if (Number(remaining) === 0) {
    const until = resetOf(headers)
    throw new UserError(
      `${who} lets nobody ask any more for now`,
      `Wait until ${until ?? 'it does again'}; something else uses this token or address.`,
    )
  }
  return `; ${remaining}${limit && /^\d{1,9}$/.test(limit) ? ` of ${limit}` : ''} requests left`
}

/** An object's field, whatever was sent. */
export const fieldOf = (body: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (one, key) => (one && typeof one === 'object' ? (one as Record<string, unknown>)[key] : undefined),
    body,
  )
