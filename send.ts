// One POST to an address of others, and what came of it. Follows no redirect: it would carry what is meant for one place
// to another. Reads nothing of the answer but its status and headers; never throws on what the other side does.
import type { IncomingHttpHeaders } from 'node:http'
import type { Dial } from './dial.ts'
import { DialError, type DialReason, isRule } from './refusals.ts'
import { retryAfterMs } from './retry.ts'

/** A closed list; docs/metrics.md describes each. */
export type Outcome =
  | 'delivered' // 2xx
  | 'gone' // 410: the site wants no more
  | 'refused' // 3xx, and 4xx but those below
  | 'failed' // 408, 425, 429, 5xx
  | DialReason

export interface Sent {
  outcome: Outcome
  /** The status of the answer; null: there was none. */
  answer: number | null
  /** How long the site asks us to stay away. */
  afterMs: number
  /** For a person: what went wrong, in words that name no address. */
  detail: string
}

export interface Posted {
  url: string
  headers: Record<string, string>
  body: string
}

export interface Sending {
  dial: Dial
  now: () => number
  signal: AbortSignal
}

const timeoutMs = 15_000
/** It may go through later, as it is. */
const passing = new Set([408, 425, 429])

/** Rejects only when the signal aborts. */
export async function send({ url, headers, body }: Posted, { dial, now, signal }: Sending): Promise<Sent> {
  try {
    const answered = await dial(url, { method: 'POST', headers, body, mostBytes: 0, timeoutMs, signal })
    const outcome = outcomeOf(answered.status)
    const detail = outcome === 'delivered' ? '' : `It answered ${answered.status}.`
    return { outcome, answer: answered.status, afterMs: awayMs(answered.headers, now()), detail }
  } catch (error) {
    if (!(error instanceof DialError)) throw error
    return { outcome: error.reason, answer: null, afterMs: 0, detail: `${error.message}. ${error.hint}` }
  }
}

/** Retry-After, or what Discord says beside an answer that was the last for now. */
function awayMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const isLast = headers['x-ratelimit-remaining'] === '0'
  const resetMs = isLast ? retryAfterMs(String(headers['x-ratelimit-reset-after']), nowMs) : 0
  return Math.max(retryAfterMs(headers['retry-after'], nowMs), resetMs)
}

/** True where it surely was not taken. Without an answer it may have been, and so it may behind one of 500, 502 or 504. */
export function isNo({ outcome, answer }: Pick<Sent, 'outcome' | 'answer'>): boolean {
  if (outcome === 'failed') return answer !== null && (answer < 500 || answer === 503)
  return outcome === 'refused' || outcome === 'gone' || isRule(outcome)
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return status >= 500 || passing.has(status) ? 'failed' : 'refused'
}
