// What alerts are held against: the rules of thumb that are sold today, and the quickest test there is, which knows what it
// cannot know. Each on the share of negative voices alone. Rates and delays by simulation, from seeds of their own.
import type { Tallies } from '../sides.ts'
import { shares } from './alertWorlds.ts'
import { seeded } from './posts.ts'

const hourSteps = 6
const yearHours = 8_766
/** Of the worlds. */
const usualShare = shares.negative

interface Hour {
  n: number
  s: number
}

function hoursOf({ scored, sums }: Tallies): Hour[] {
  const negative = sums['sentiment.negative']!
  return Array.from({ length: Math.floor(scored.length / hourSteps) }, (_, nr) => {
    const part = (all: number[]) => all.slice(nr * hourSteps, (nr + 1) * hourSteps).reduce((a, b) => a + b, 0)
    return { n: part(scored), s: part(negative) }
  })
}

/** Alarms begin when the bound is passed, and end when it is not. */
function begins(passed: boolean[]): number {
  return passed.filter((one, nr) => one && !passed[nr - 1]).length
}

/** "The last hour against the 12 hours before, 3 sigma." */
export function sigmaAlarms(world: Tallies): number {
  const hours = hoursOf(world)
  return begins(
    hours.map(({ n, s }, nr) => {
      const before = hours.slice(Math.max(0, nr - 12), nr)
      const [m, t] = before.reduce(([a, b], hour) => [a + hour.n, b + hour.s], [0, 0])
      if (!n || m < 30) return false
      const share = t / m
      return Math.abs(s / n - share) > 3 * Math.sqrt((share * (1 - share)) / n)
    }),
  )
}

/** An hour's share outside of a band of so many standard errors about the mean of all time. */
export function bandAlarms(world: Tallies, width: number): number {
  const hours = hoursOf(world)
  const [n, s] = hours.reduce(([a, b], hour) => [a + hour.n, b + hour.s], [0, 0])
  const share = s / n
  return begins(hours.map((hour) => hour.n > 0 && isOutside(hour, share, width)))
}

const isOutside = ({ n, s }: Hour, share: number, width: number) =>
  Math.abs(s / n - share) > width * Math.sqrt((share * (1 - share)) / n)

interface Asked {
  falsePerYear: number
  /** Posts an hour. */
  rate: number
  before: number
  after: number
}

/** Mean hours from the change to the alarm of the CUSUM that knows both shares, at that rate of false alarms. */
export function delayOfCusum({ falsePerYear, rate, before, after }: Asked): number {
  const yes = Math.log(after / before)
  const no = Math.log((1 - after) / (1 - before))
  const chance = seeded(31)
  const runLength = (bound: number, share: number, most: number) => {
    let posts = 0
    for (let sum = 0; sum < bound && posts < most; posts++) sum = Math.max(0, sum + (chance() < share ? yes : no))
    return posts
  }
  const mean = (bound: number, share: number, times: number) => {
    let posts = 0
    for (let nr = 0; nr < times; nr++) posts += runLength(bound, share, Number.POSITIVE_INFINITY)
    return posts / times
  }
  // The mean run grows as exp(bound): found at a low bound, carried on to the one asked for.
  const low = 5
  const bound = low + Math.log((yearHours * rate) / falsePerYear / mean(low, before, 2_000))
  // Half of the time the sum is not at 0 when the change comes: begun where it then is.
  const begun = Array.from({ length: 2_000 }, () => {
    let sum = 0
    for (let nr = 0; nr < 500; nr++) sum = Math.max(0, sum + (chance() < before ? yes : no))
    let posts = 0
    for (; sum < bound; posts++) sum = Math.max(0, sum + (chance() < after ? yes : no))
    return posts
  })
  return begun.reduce((a, b) => a + b, 0) / begun.length / rate
}

/** Mean hours until an hour's share passes the upper bound of the band that is passed so often on no change. */
export function delayOfBand({ falsePerYear, rate, before, after }: Asked): number {
  const perHour = falsePerYear / yearHours
  let bound = 1
  while (bound < rate && beyond(bound, rate, before) + below(bound, rate, before) > perHour) bound++
  return 1 / beyond(bound, rate, after)
}

/** Chance that a binomial of `n` lies at or above `n share0 + k`, where k is counted from the mean before the change. */
function beyond(k: number, n: number, share: number): number {
  return tail(n, share, (count) => count >= Math.round(n * usualShare) + k)
}
function below(k: number, n: number, share: number): number {
  return tail(n, share, (count) => count <= Math.round(n * usualShare) - k)
}

function tail(n: number, share: number, holds: (count: number) => boolean): number {
  let [chance, sum] = [(1 - share) ** n, 0]
  for (let count = 0; count <= n; count++) {
    if (holds(count)) sum += chance
    chance *= ((n - count) / (count + 1)) * (share / (1 - share))
  }
  return sum
}
