// Why more or fewer accounts post in an hour: an exact sum of accounts that posted nothing but a campaign's text, of
// platforms that are heard on one side only, of accounts that are there on both sides, and of others that came or left. Pure;
// the same hours and seed give the same answer.
import type { CausePart, Shift } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { z } from '../estimate.ts'
import { breathing, type Steps } from '../steps.ts'
import { drawsOf, poisson, spread } from './draws.ts'

/** An account that posted within an hour. */
export interface Presence {
  account: number
  isAfter: boolean
  source: string
  /** It posted nothing else. */
  isCampaign: boolean
}

export interface RateSplitting {
  /** Hours that were collected. */
  hours: { before: number; after: number }
  seed: number
  draws?: number
}

export interface RateSplit {
  before: Estimate
  after: Estimate
  causes: CausePart[]
}

export const splitRate = (there: Presence[], splitting: RateSplitting): Promise<RateSplit> =>
  breathing(splitRateIn(there, splitting))

export function* splitRateIn(there: Presence[], { hours, seed, draws = 200 }: RateSplitting): Steps<RateSplit> {
  const rates = ratesOf(there, hours)
  const accounts = [...new Set(there.map(({ account }) => account))]
  const own = accounts.map((account) => rates.byAccount.get(account)!)
  const sum = (cause: number, times?: Uint8Array) =>
    own.reduce((total, parts, nr) => total + parts[cause]! * (times ? times[nr]! : 1), 0)
  yield
  const drawn = yield* drawsOf({ draws, seed }, (random) => {
    const times = Uint8Array.from(own, () => poisson(random))
    return causes.map((_, nr) => sum(nr, times))
  })
  const told = causes.map((cause, nr): CausePart => {
    const [estimate, half] = [sum(nr), z * spread(drawn, nr)]
    return { cause, part: { estimate, low: estimate - half, high: estimate + half } }
  })
  const has = { campaign: there.some(({ isCampaign }) => isCampaign), platforms: rates.isSilent }
  return {
    ...{ before: rates.before, after: rates.after },
    causes: told.filter(({ cause }) => (cause === 'campaign' || cause === 'platforms' ? has[cause] : true)),
  }
}

const causes = ['campaign', 'platforms', 'same accounts', 'other accounts'] as const

function ratesOf(there: Presence[], hours: RateSplitting['hours']) {
  const sidesOf = <Key>(key: (one: Presence) => Key) => {
    const sides = new Map<Key, number>()
    for (const one of there) sides.set(key(one), (sides.get(key(one)) ?? 0) | (one.isAfter ? 2 : 1))
    return sides
  }
  const sources = sidesOf(({ source }) => source)
  const stays = sidesOf(({ account }) => account)
  const byAccount = new Map<number, Float64Array>()
  const counts = [new Map<number, number>(), new Map<number, number>()]
  for (const { account, isAfter, source, isCampaign } of there) {
    const parts = byAccount.get(account) ?? new Float64Array(causes.length)
    byAccount.set(account, parts)
    const cause = isCampaign ? 0 : sources.get(source) !== 3 ? 1 : stays.get(account) === 3 ? 2 : 3
    parts[cause]! += isAfter ? 1 / hours.after : -1 / hours.before
    const side = counts[Number(isAfter)]!
    side.set(account, (side.get(account) ?? 0) + 1)
  }
  const isSilent = [...sources.values()].some((sides) => sides !== 3)
  const [before, after] = [rateOf(counts[0]!, hours.before), rateOf(counts[1]!, hours.after)]
  return { byAccount, isSilent, before, after }
}

/** Accounts are independent; what one does in many hours is not. */
function rateOf(counts: Map<number, number>, hours: number): Shift['before'] {
  let [sum, squares] = [0, 0]
  for (const n of counts.values()) {
    sum += n
    squares += n * n
  }
  const half = (z * Math.sqrt(squares)) / hours
  return { estimate: sum / hours, low: Math.max(0, sum / hours - half), high: sum / hours + half }
}
