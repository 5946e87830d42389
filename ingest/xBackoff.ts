// How long to stay away from X after what went wrong, as X publishes it: network errors linearly from 250 ms to 16 s, HTTP
// errors doubling from 5 s to 320 s, 429 doubling from a minute, and never sooner than its reset header says. A connection
// that had held is made again at once. Pure.
import { XRefused } from './xClient.ts'

export interface Pauses {
  networkMs: number
  networkCapMs: number
  httpMs: number
  httpCapMs: number
  limitMs: number
  limitCapMs: number
}

export const published: Pauses = {
  ...{ networkMs: 250, networkCapMs: 16_000, httpMs: 5_000, httpCapMs: 320_000 },
  ...{ limitMs: 60_000, limitCapMs: 960_000 },
}

export type Trouble = 'network' | 'http' | 'limit'

export interface Backoff {
  /** How long to wait now. */
  after(trouble: Trouble, leastMs?: number): number
  /** A connection held for so long that the past is forgotten. */
  forgive(): void
  readonly attempts: number
}

export function createBackoff(pauses: Pauses): Backoff {
  let attempts = 0
  let last: Trouble | null = null
  return {
    get attempts() {
      return attempts
    },
    after(trouble, leastMs = 0) {
      // Each kind of trouble has a series of its own.
      attempts = last === trouble || last === null ? attempts + 1 : 1
      const isFirst = last === null && attempts === 1
      last = trouble
      if (trouble === 'network' && isFirst) return leastMs
      const { networkMs, networkCapMs, httpMs, httpCapMs, limitMs, limitCapMs } = pauses
      const doubled = 2 ** Math.min(attempts - 1, 30)
      const ownMs = {
        network: Math.min(networkCapMs, networkMs * attempts),
        http: Math.min(httpCapMs, httpMs * doubled),
        limit: Math.min(limitCapMs, limitMs * doubled),
      }
      return Math.max(leastMs, ownMs[trouble])
    },
    forgive() {
      attempts = 0
      last = null
    },
  }
}

export const troubleOf = (error: unknown): Trouble =>
  error instanceof XRefused ? (error.status === 429 ? 'limit' : 'http') : 'network'
