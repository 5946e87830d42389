// How a topic goes up and down with the hour of the day and the weekend: a profile of five numbers about a level. Pure; may
// assume steps that divide an hour; never reads a step that was not collected.
import { inverse, solve } from './linear.ts'

/** Steps of one measure, oldest first. */
export interface Steps {
  kind: 'share' | 'rate'
  /** When the first begins, and how long each is. */
  fromMs: number
  stepMs: number
  /** Voices; for rates the part of the step that was collected, 0..1. 0: a step to leave out. */
  n: Float64Array
  s: Float64Array
  /** Squares of what is summed in `s`; null: counts, or plain facts. */
  squares: Float64Array | null
  /** How many voices are usual at the time of the step, up to a factor; null for rates. */
  usual: Float64Array | null
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** So that one flood of posts does not draw the profile of all days. */
const flood = { share: 0, rate: 0.15 }

const weekMs = 7 * dayMs
/** By the moment of the week: a few thousand, asked for millions of times. */
const known = new Map<number, readonly number[]>()

/** Two harmonics of the day and the weekend, UTC. */
export function features(ms: number): readonly number[] {
  const moment = ms % weekMs
  const found = known.get(moment)
  if (found) return found
  const angle = (2 * Math.PI * (ms % dayMs)) / dayMs
  // 1970 began on a Thursday.
  const day = (Math.floor(ms / dayMs) + 4) % 7
  const own = [
    Math.cos(angle),
    Math.sin(angle),
    Math.cos(2 * angle),
    Math.sin(2 * angle),
    day === 0 || day === 6 ? 1 : 0,
  ]
  if (known.size < mostKnown) known.set(moment, own)
  return own
}
const mostKnown = 10_080

export interface Hour {
  at: number
  /** Collected part of the hour, 0..1. */
  size: number
  n: number
  s: number
  squares: number
  usual: number
}

export function hourly({ fromMs, stepMs, n, s, squares, usual }: Steps, until: number): Hour[] {
  const hours = new Map<number, Hour>()
  for (let step = 0; step < Math.min(until, n.length); step++) {
    if (!(n[step]! > 0)) continue
    const at = Math.floor((fromMs + step * stepMs) / hourMs) * hourMs
    const hour = hours.get(at) ?? { at, size: 0, n: 0, s: 0, squares: 0, usual: 0 }
    hours.set(at, hour)
    hour.size += stepMs / hourMs
    hour.n += n[step]!
    hour.s += s[step]!
    hour.squares += squares ? squares[step]! : s[step]!
    hour.usual += usual?.[step] ?? 0
  }
  return [...hours.values()]
}

export function etaOf(at: number, profile: readonly number[]): number {
  const row = features(at)
  let sum = 0
  for (let nr = 0; nr < profile.length; nr++) sum += row[nr]! * profile[nr]!
  return sum
}

interface Shape {
  profile: readonly number[]
  kind: Steps['kind']
}

/** What an hour was expected to hold, by how much it held more, and the variance of that by chance alone. */
export function expectedOf(hour: Hour, base: number, { profile, kind }: Shape) {
  const eta = base + etaOf(hour.at, profile)
  const mean = kind === 'share' ? hour.n / (1 + Math.exp(-eta)) : hour.n * Math.exp(eta)
  const chance = kind === 'share' ? mean * (1 - mean / hour.n) : mean
  return { over: hour.s - mean, chance }
}

/** The level at which the profile meets what was counted: a few Newton steps. */
export function baseOf(past: Hour[], profile: readonly number[], kind: Steps['kind']): number {
  const [n, s] = past.reduce(([a, b], hour) => [a + hour.n, b + hour.s], [0, 0])
  const share = Math.min(0.99, Math.max(0.005, s / Math.max(n, 1)))
  let base = kind === 'share' ? Math.log(share / (1 - share)) : Math.log(Math.max(s, 0.5) / Math.max(n, 1e-9))
  for (let turn = 0; turn < 3; turn++) {
    const told = past.map((hour) => expectedOf(hour, base, { profile, kind }))
    const chance = told.reduce((sum, one) => sum + one.chance, 0)
    if (chance > 0) base += told.reduce((sum, one) => sum + one.over, 0) / (chance + 1)
  }
  return base
}

interface Fit {
  base: number
  profile: number[]
  /** Variance of the profile at an hour, by chance alone. */
  wobble: number
}

/** Penalised iteratively reweighted least squares (McCullagh and Nelder 1989, ch. 2), the penalty being the prior. */
export function fitted(past: Hour[], kind: Steps['kind'], prior: { profile: readonly number[]; cycle: number }): Fit {
  let base = baseOf(past, prior.profile, kind)
  let profile = [...prior.profile]
  const stiff = varianceOf([1, 1, 1, 1, 1]) / Math.max(prior.cycle, 1e-4)
  let left: number[][] = []
  for (let turn = 0; turn < 4; turn++) {
    const normal = normalOf(past, { kind, profile, base })
    left = normal.left
    for (let i = 1; i < left.length; i++) {
      left[i]![i]! += stiff
      normal.right[i]! -= (profile[i - 1]! - prior.profile[i - 1]!) * stiff
    }
    const by = solve(left, normal.right)
    base += by[0]!
    profile = profile.map((value, nr) => value + by[nr + 1]!)
  }
  const own = inverse(left).map((row, nr) => Math.sqrt(Math.max(0, row[nr]!)))
  return { base, profile, wobble: varianceOf(own.slice(1)) }
}

/** The normal equations of one turn. */
function normalOf(past: Hour[], { kind, profile, base }: Shape & { base: number }) {
  const size = profile.length + 1
  const left = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const right = new Array<number>(size).fill(0)
  for (const hour of past) {
    const { over, chance } = expectedOf(hour, base, { profile, kind })
    const trust = 1 / (1 + flood[kind] * chance)
    const row = [1, ...features(hour.at)]
    for (let i = 0; i < size; i++) {
      right[i]! += row[i]! * over * trust
      for (let j = 0; j < size; j++) left[i]![j]! += row[i]! * row[j]! * chance * trust
    }
  }
  return { left, right }
}

/** How many voices are usual at each step, up to a factor. */
export const usualOf = ({ fromMs, stepMs, n }: Steps, profile: readonly number[]): Float64Array =>
  n.map((part, step) => part * Math.exp(etaOf(fromMs + step * stepMs, profile)))

/** Of a profile over a week: half the square of each harmonic, and two days of seven. */
export const varianceOf = ([a = 0, b = 0, c = 0, d = 0, weekend = 0]: number[]) =>
  (a * a + b * b + c * c + d * d) / 2 + weekend * weekend * (2 / 7) * (5 / 7)
