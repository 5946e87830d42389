// One signed POST to a registered site, and what came of it. Follows no redirect: it would carry what is signed for one
// place to another. Reads nothing of the answer but its status; never throws on what the site does.
import type { Dial } from '../dial.ts'
import { DialError, type DialReason } from '../refusals.ts'
import { retryAfterMs } from '../retry.ts'
import { signatureHeaders } from '../signature.ts'
import { type KeptWebhook, secretsOf } from './webhooks.ts'

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

export interface Sending {
  dial: Dial
  now: () => number
  signal: AbortSignal
}

const timeoutMs = 15_000
/** It may go through later, as it is. */
const passing = new Set([408, 425, 429])

/** Rejects only when the signal aborts. */
export async function send(
  webhook: KeptWebhook,
  { id, body }: { id: string; body: string },
  { dial, now, signal }: Sending,
): Promise<Sent> {
  const signed = signatureHeaders({ id, nowMs: now(), body }, secretsOf(webhook, now()))
  const headers = { 'content-type': 'application/json', ...signed }
  try {
    const { status, headers: answered } = await dial(webhook.url, {
      ...{ method: 'POST', headers, body, mostBytes: 0, timeoutMs, signal },
    })
    const afterMs = retryAfterMs(answered['retry-after'], now())
    const outcome = outcomeOf(status)
    return { outcome, answer: status, afterMs, detail: outcome === 'delivered' ? '' : `It answered ${status}.` }
  } catch (error) {
    if (!(error instanceof DialError)) throw error
    return { outcome: error.reason, answer: null, afterMs: 0, detail: `${error.message}. ${error.hint}` }
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return status >= 500 || passing.has(status) ? 'failed' : 'refused'
}
