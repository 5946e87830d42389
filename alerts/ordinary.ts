// What is ordinary for one measure of a topic: how it goes up and down with the hour and the weekend, how far hours
// scatter beyond chance, and how far days stray. Learnt from the topic's own past where there is enough of it, and drawn
// towards what other topics taught where there is not. Pure; may assume steps that divide an hour; never reads a step that
// was not collected.
import type { Ordinary, Sums } from './detect.ts'
import { inverse, solve } from './linear.ts'
import { type Tail, tailOf } from './tail.ts'

/** Steps of one measure, oldest first. */
export interface Steps {
  kind: 'share' | 'rate'
  /** When the first begins, and how long each is. */
  fromMs: number
  stepMs: number
  /** Voices; for rates the part of the step that was collected, 0..1. 0: a step to leave out. */
  n: Float64Array
  s: Float64Array
}

/** What other topics teach of a measure. */
export interface Prior extends Omit<Ordinary, 'wobble'> {
  /** Coefficients of the hours and the weekend (see `features`). */
  profile: readonly number[]
  /** `phi` weighs as much as so many blocks of two hours: many where topics are alike. */
  blocks: number
  /** How often strengths are passed where nothing changed. */
  tail: Tail
  /** Variance that a topic's own profile has beyond it, in the unit of `drift`: for topics too young to know theirs. */
  cycle: number
}

export interface Fitted extends Ordinary {
  /** What the topic's own past alone says: phi, and drift at six hours and at a day, which may be below 0 by chance. */
  own: { phi: number; blocks: number; drifts: number[] }
  profile: number[]
  /** The level about which the profile goes: logits, logarithms. */
  base: number
  /** Whether the profile is the topic's own. */
  isOwn: boolean
  /** Days that the own estimates rest on. */
  days: number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Below it a change within the past would be taken for an hour of the day. */
const leastDays = 5
/** What other topics say of drift weighs as much as so many days. */
const priorDays = 21
/** What is left of chance after a profile of so many numbers was fitted. */
const numbers = 6
const blockMs = 2 * hourMs
/** So that one flood of posts does not draw the profile of all days. */
const flood = { share: 0, rate: 0.15 }

/** What the prior of a measure is before any topic has taught it. */
export const unlearnt: Record<Steps['kind'], Prior> = {
  share: { tail: tailOf([]), blocks: 24, phi: 1, drift: 0.01, profile: [0, 0, 0, 0, 0], cycle: 0.01 },
  rate: { tail: tailOf([]), blocks: 24, phi: 2, drift: 0.1, profile: [0, 0, 0, 0, 0], cycle: 0.4 },
}

/** Two harmonics of the day and the weekend, UTC. */
function features(ms: number): number[] {
  const angle = (2 * Math.PI * (ms % dayMs)) / dayMs
  // 1970 began on a Thursday.
  const day = (Math.floor(ms / dayMs) + 4) % 7
  return [Math.cos(angle), Math.sin(angle), Math.cos(2 * angle), Math.sin(2 * angle), day === 0 || day === 6 ? 1 : 0]
}

/** Learns from the steps before `until`. */
export function learn(steps: Steps, until: number, prior: Prior, { isYoung = false } = {}): Fitted {
  const past = hourly(steps, until)
  const days = past.reduce((sum, { size }) => sum + size, 0) / 24
  const isOwn = days >= leastDays && !isYoung
  const fit = isOwn ? fitted(past, steps.kind, prior) : null
  const profile = fit?.profile ?? [...prior.profile]
  const base = fit?.base ?? baseOf(past, profile, steps.kind)
  const residuals = past.map((hour) => ({ at: hour.at, ...expectedOf(hour, base, { profile, kind: steps.kind }) }))
  const own = ownOf(residuals)
  const phi = phiOf(own, prior)
  const towards = (drift: number) => (prior.drift * priorDays + drift * days) / (priorDays + days)
  // How far days stray, one day cannot tell: its own change, were there one, would pass for ordinary.
  const drift = isOwn ? Math.max(0, ...own.drifts.map(towards)) : prior.drift + prior.cycle
  return { own, phi, drift, wobble: phi * (fit?.wobble ?? 0), profile, base, isOwn, days }
}

interface Hour {
  at: number
  /** Collected part of the hour, 0..1. */
  size: number
  n: number
  s: number
}

function hourly({ fromMs, stepMs, n, s }: Steps, until: number): Hour[] {
  const hours = new Map<number, Hour>()
  for (let step = 0; step < Math.min(until, n.length); step++) {
    if (!(n[step]! > 0)) continue
    const at = Math.floor((fromMs + step * stepMs) / hourMs) * hourMs
    const hour = hours.get(at) ?? { at, size: 0, n: 0, s: 0 }
    hours.set(at, hour)
    hour.size += stepMs / hourMs
    hour.n += n[step]!
    hour.s += s[step]!
  }
  return [...hours.values()]
}

const etaOf = (at: number, profile: readonly number[]) =>
  features(at).reduce((sum, value, nr) => sum + value * profile[nr]!, 0)

interface Shape {
  profile: readonly number[]
  kind: Steps['kind']
}

/** What an hour was expected to hold, by how much it held more, and the variance of that by chance alone. */
function expectedOf(hour: Hour, base: number, { profile, kind }: Shape) {
  const eta = base + etaOf(hour.at, profile)
  const mean = kind === 'share' ? hour.n / (1 + Math.exp(-eta)) : hour.n * Math.exp(eta)
  const chance = kind === 'share' ? mean * (1 - mean / hour.n) : mean
  return { over: hour.s - mean, chance }
}

/** The level at which the profile meets what was counted: a few Newton steps. */
function baseOf(past: Hour[], profile: readonly number[], kind: Steps['kind']): number {
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
function fitted(past: Hour[], kind: Steps['kind'], prior: Prior): Fit {
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

interface Residual {
  at: number
  over: number
  chance: number
}

function blocks(residuals: Residual[], lengthMs: number): Residual[] {
  const all = new Map<number, Residual>()
  for (const { at, over, chance } of residuals) {
    const begin = Math.floor(at / lengthMs) * lengthMs
    const block = all.get(begin) ?? { at: begin, over: 0, chance: 0 }
    all.set(begin, block)
    block.over += over
    block.chance += chance
  }
  return [...all.values()]
}

/** What the topic and others say, a little more for what neither knows: an alarm is rare, and its rate goes with exp(1 / phi). */
function phiOf({ phi, blocks: seen }: Fitted['own'], prior: Prior): number {
  const mean = (prior.phi * prior.blocks + phi * seen) / (prior.blocks + seen)
  return Math.max(0.05, mean * (1 + 8 / (prior.blocks + seen)))
}

/** Scatter of two hours over that of chance; and the variance, beyond it, of six hours and of a day. */
function ownOf(residuals: Residual[]): Fitted['own'] {
  const some = blocks(residuals, blockMs).filter(({ chance }) => chance > 0)
  const squares = some.reduce((sum, { over, chance }) => sum + over ** 2 / chance, 0)
  const phi = some.length > 2 * numbers ? squares / (some.length - numbers) : 1
  const drifts = [6 * hourMs, dayMs].map((lengthMs) => {
    const long = blocks(residuals, lengthMs)
    const squares = long.reduce((sum, { over, chance }) => sum + over ** 2 - phi * chance, 0)
    const weights = long.reduce((sum, { chance }) => sum + chance ** 2, 0)
    return weights ? squares / weights : 0
  })
  return { phi, blocks: some.length > 2 * numbers ? some.length : 0, drifts }
}

/** What topics with a past of their own teach of a measure; beside them, what nobody taught weighs as much as two topics. */
export function pooled(fits: Fitted[], kind: Steps['kind']): Omit<Prior, 'tail'> {
  const { phi, drift, profile, cycle } = unlearnt[kind]
  const known = fits.filter(({ isOwn }) => isOwn)
  const mean = (given: number, values: number[]) =>
    values.reduce((sum, value) => sum + value, given * unlearntTopics) / (values.length + unlearntTopics)
  const middle = profile.map((value, nr) =>
    mean(
      value,
      known.map((fit) => fit.profile[nr]!),
    ),
  )
  const apart = known.map((fit) => varianceOf(fit.profile.map((value, nr) => value - middle[nr]!)))
  const drifts = [0, 1].map((nr) => {
    const own = known.map((fit) => fit.own.drifts[nr]!)
    return mean(drift, own)
  })
  const scatter = known.map(({ own }) => own.phi)
  return {
    phi: mean(phi, scatter),
    blocks: blocksOf(known),
    drift: Math.max(0, ...drifts),
    profile: middle,
    cycle: mean(cycle, apart),
  }
}
const unlearntTopics = 2

/** How much one topic's scatter says of another's: empirical Bayes, by what own estimates differ beyond chance. */
function blocksOf(known: Fitted[]): number {
  const middle = known.reduce((sum, { own }) => sum + own.phi, unlearntTopics) / (known.length + unlearntTopics)
  const apart = known.reduce((sum, { own }) => sum + (own.phi / middle - 1) ** 2 - 2 / Math.max(1, own.blocks), 0)
  const variance = (apart + unlearntTopics * 0.3 ** 2) / (known.length + unlearntTopics)
  return Math.min(1_000, Math.max(24, 2 / Math.max(variance, 0.002)))
}

/** Of a profile over a week: half the square of each harmonic, and two days of seven. */
const varianceOf = ([a = 0, b = 0, c = 0, d = 0, weekend = 0]: number[]) =>
  (a * a + b * b + c * c + d * d) / 2 + weekend * weekend * (2 / 7) * (5 / 7)

/** The running sums of all steps, with what the profile expects of each. */
export function sumsOf(
  { kind, fromMs, stepMs, n, s }: Steps,
  { profile, base }: { profile: readonly number[]; base: number },
): Sums {
  const size = n.length
  const sums = {
    n: new Float64Array(size + 1),
    s: new Float64Array(size + 1),
    e: new Float64Array(size + 1),
    v: new Float64Array(size + 1),
  }
  for (let step = 0; step < size; step++) {
    const eta = etaOf(fromMs + step * stepMs, profile)
    const share = kind === 'share' ? 1 / (1 + Math.exp(-base - eta)) : 0
    const voices = kind === 'share' ? n[step]! : n[step]! * Math.exp(eta)
    sums.n[step + 1] = sums.n[step]! + voices
    sums.s[step + 1] = sums.s[step]! + (n[step]! > 0 ? s[step]! : 0)
    sums.e[step + 1] = sums.e[step]! + voices * share
    sums.v[step + 1] = sums.v[step]! + voices * share * (1 - share)
  }
  return sums
}
