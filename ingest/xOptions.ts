// What X's source is given, and what holds where nothing is said. Every number that is X's own has its origin beside it.
import { UserError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { type Sleep, sleep } from '../retry.ts'
import type { Keep } from './spendBook.ts'
import { type Pauses, published } from './xBackoff.ts'
import type { TopicRule } from './xRules.ts'
import { dollars } from './xSays.ts'

export interface XOptions {
  token: string
  /** Like https://api.x.com */
  host: string
  /** US dollars: of one post, and the most in a day and in a month (UTC, by X's clock). */
  price: number
  daily: number
  monthly: number
  rules: () => TopicRule[]
  /** Tells when what `rules` says has changed; returns how to stop that. */
  onRules: (listener: () => void) => () => void
  keep: Keep
  /** The local time of day; plays a part only until X has answered. */
  now?: () => number
  /** For tests: clocks that nobody sets, in milliseconds. */
  steady?: (() => number)[]
  note?: Note
  sleep?: Sleep
  /** Posts that can be under way unseen: X sends at most 250 a second, and two seconds of them. */
  inFlight?: number
  /** Posts reserved at once. */
  step?: number
  stallMs?: number
  batchLimit?: number
  batchMs?: number
  /** How late a post may arrive behind newer ones. */
  marginMs?: number
  /** The longest gap that is looked up, and how long X needs before a search knows everything. */
  recoverMs?: number
  settleMs?: number
  /** How often a gap that is still open is told. */
  stretchMs?: number
  debounceMs?: number
  lingerMs?: number
  /** X's rules and clock are looked at again so often, a quiet stream's place is saved so often. */
  checkMs?: number
  heartbeatMs?: number
  pauses?: Pauses
}

export const defaults = {
  ...{ now: Date.now, note: silent, sleep, inFlight: 500, step: 100, stallMs: 25_000, batchLimit: 200, batchMs: 100 },
  ...{ marginMs: 15_000, recoverMs: 900_000, settleMs: 50_000, stretchMs: 600_000, debounceMs: 1_000 },
  ...{ lingerMs: 30_000, checkMs: 3_600_000, heartbeatMs: 60_000, pauses: published },
}
export type Settings = Required<Omit<XOptions, 'steady'>> & Pick<XOptions, 'steady'>

/** With a limit below what can be under way at any moment, not one post could be read within it. */
export function mustSuffice({
  daily,
  monthly,
  price,
  inFlight,
  step,
}: Pick<Settings, 'daily' | 'monthly' | 'price' | 'inFlight' | 'step'>): void {
  const least = (inFlight + step) * price
  if (Math.min(daily, monthly) >= least) return
  throw new UserError(
    `sources.x may spend ${dollars(Math.min(daily, monthly))}, and up to ${inFlight} posts can be under way at a time`,
    `Set daily and monthly to at least ${dollars(least)}, or x: false`,
  )
}
