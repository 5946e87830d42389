// A chat endpoint over HTTP: one POST with a time limit, an answer of a bounded size, no redirect. Every failure has a name.
import { isAbort } from '../errors.ts'

/** What came of asking. A closed list; docs/metrics.md describes each. */
export const chatOutcomes = [
  'written',
  'gate',
  'paused',
  'unreachable',
  'timeout',
  'redirect',
  'status',
  'too_large',
  'malformed',
  'wrong_shape',
  'length',
  'left_out',
  'repeated',
] as const
export type ChatOutcome = (typeof chatOutcomes)[number]

export interface ChatOptions {
  /** Without /chat/completions. */
  url: string
  model: string
  timeoutMs: number
  key?: string | null
}

/** The longest answer that is read. */
const mostBytes = 65_536

export class ChatFailure extends Error {
  readonly outcome: ChatOutcome
  constructor(outcome: ChatOutcome) {
    super(outcome)
    this.outcome = outcome
  }
  get isOutage(): boolean {
    return ['unreachable', 'timeout', 'status', 'redirect'].includes(this.outcome)
  }
}

/** The answer's body. Throws ChatFailure. */
export async function post(body: string, { url, timeoutMs, key }: ChatOptions, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const headers = { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) }
  try {
    // A redirect would carry the claims, and the key, to a place that nobody configured.
    const at = `${url.replace(/\/+$/, '')}/chat/completions`
    const response = await fetch(at, { method: 'POST', headers, body, redirect: 'manual', signal: limit })
    if (!response.ok) {
      await response.body?.cancel()
      throw new ChatFailure(response.status >= 300 && response.status < 400 ? 'redirect' : 'status')
    }
    return await read(response)
  } catch (error) {
    if (error instanceof ChatFailure) throw error
    throw new ChatFailure(limit.aborted || isAbort(error) ? 'timeout' : 'unreachable')
  }
}

async function read(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) throw new ChatFailure('too_large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
