// How often one caller may ask: a bucket of tokens for each key, or each address where no key was given, that fills at a
// steady rate. Costly questions have buckets of their own. Holds a bounded number of callers; knows nobody by more than
// a key's id or an address, and forgets both with the process.
import { isIPv4, isIPv6 } from 'node:net'
import type { Context } from 'hono'
import { metrics } from '../metrics.ts'
import { peerHeader } from './frontWords.ts'
import { problem } from './problem.ts'

export interface Rate {
  perSecond: number
  burst: number
}
export type Limits = Record<'usual' | 'costly', Rate>

const costly =
  /^\/(?:compare|alerts\/(?:rules\/try|(?!rules)[^/]+(?:\/why)?)|v1\/(?:compare|alerts\/(?:backtest|(?!rules|channels|deliveries)[^/]+)|topics\/(?:preview|[^/]+\/(?:export|themes|campaigns))))$/
const mostCallers = 10_000

/** Milliseconds until a caller may ask this; 0: now, and a token is taken. */
export type Limiter = (caller: string, rate: keyof Limits) => number

export function openLimiter(limits: Limits, now: () => number): Limiter {
  // In order of use: the first is the one that was away longest.
  const buckets = new Map<string, { tokens: number; at: number }>()
  return (caller, rate) => {
    const { perSecond } = limits[rate]
    const burst = Math.max(1, limits[rate].burst)
    const name = `${rate} ${caller}`
    const { tokens: left, at } = buckets.get(name) ?? { tokens: burst, at: now() }
    // A clock that is set back gives nothing and takes nothing.
    const tokens = Math.min(burst, left + (Math.max(0, now() - at) / 1_000) * perSecond)
    buckets.delete(name)
    buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now() })
    if (buckets.size > mostCallers) buckets.delete(buckets.keys().next().value!)
    return tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1_000
  }
}

/** A 429 that says when to ask again; null: go on. `key` is the id of the key that was given. */
export function tooMany(c: Context, limiter: Limiter, key: string | null): Response | null {
  const rate = costly.test(c.req.path) ? 'costly' : 'usual'
  const waitMs = limiter(key === null ? `address ${addressOf(c)}` : `key ${key}`, rate)
  if (waitMs === 0) return null
  metrics.limited.inc({ rate })
  const seconds = Math.ceil(waitMs / 1_000)
  const hint = `Ask again in ${seconds} s. How much is let through is server.limits in undercurrent.yaml.`
  const refused = problem(429, rate === 'costly' ? 'too many costly questions' : 'too many requests', hint)
  refused.headers.set('retry-after', String(seconds))
  return refused
}

/**
 * The address at the other end. A header that claims another is not believed, since anybody can write one; but on the
 * socket file, which has no address, only the thread in front of us writes.
 */
function addressOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return neighbourhood(incoming?.socket?.remoteAddress ?? c.req.header(peerHeader) ?? '')
}

/** An IPv4 address, or the /64 of an IPv6 one: whoever has one of those has them all. */
export function neighbourhood(address: string): string {
  const plain = address.replace(/^::ffff:/i, '')
  if (isIPv4(plain) || !isIPv6(plain)) return plain
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const before = head ? head.split(':') : []
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
