// What is ordinary for one measure of a topic: how it goes up and down with the hour and the weekend, how far hours
// scatter beyond chance, and how far days stray. Learnt from the topic's own past where there is enough of it, and drawn
// towards what other topics taught where there is not. Pure; may assume steps that divide an hour; never reads a step that
// was not collected.
import { type Ordinary, type Sums, surgeOf } from './detect.ts'
import { solve } from './linear.ts'
import { baseOf, etaOf, expectedOf, fitted, type Hour, hourly, type Steps, varianceOf } from './profile.ts'
import { type Tail, tailOf } from './tail.ts'

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
  /** What the topic's own past alone says: how much more hours scatter than single voices do, and drift by length of time, which may be below 0 by chance. */
  own: { phi: number; blocks: number; drifts: number[]; surge: number }
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
/** So long are the times of which it is learnt how far they stray. How much is said wanders, farther in two days than in one. */
const driftMs = { share: [6 * hourMs, dayMs], rate: [6 * hourMs, dayMs, 2 * dayMs] }
/** Below it a change within the past would be taken for an hour of the day. */
const leastDays = 5
/** What other topics say of drift weighs as much as so many days. */
const priorDays = 21
/** Floods are rarer than days. */
const surgeDays = 60
/** What is left of chance after a profile of so many numbers was fitted. */
const numbers = 6
const blockMs = 2 * hourMs
/** What the prior of a measure is before any topic has taught it. */
export const unlearnt: Record<Steps['kind'], Prior> = {
  share: { tail: tailOf([]), blocks: 24, phi: 1, drift: 0.004, surge: 0.01, profile: [0, 0, 0, 0, 0], cycle: 0.004 },
  rate: { tail: tailOf([]), blocks: 24, phi: 2, drift: 0.1, surge: 0, profile: [0, 0, 0, 0, 0], cycle: 0.4 },
}

export interface Learning {
  prior: Prior
  /** All its past is read, the last days too: its profile is then not its own. */
  isYoung?: boolean
}

/** Learns from the steps before `until`. */
export function learn(steps: Steps, until: number, { prior, isYoung = false }: Learning): Fitted {
  const past = hourly(steps, until)
  const days = past.reduce((sum, { size }) => sum + size, 0) / 24
  const isOwn = days >= leastDays && !isYoung
  const fit = isOwn ? fitted(past, steps.kind, prior) : null
  const profile = fit?.profile ?? [...prior.profile]
  const base = fit?.base ?? baseOf(past, profile, steps.kind)
  const residuals = past.map((hour) => ({ ...hour, ...expectedOf(hour, base, { profile, kind: steps.kind }) }))
  const spread = spreadOf(past, steps.kind)
  const own = ownOf(residuals, spread, steps.kind)
  const phi = spread * phiOf(own, prior)
  const towards = (drift: number) => (prior.drift * priorDays + drift * days) / (priorDays + days)
  // How far days stray, one day cannot tell: its own change, were there one, would pass for ordinary.
  const drift = isOwn ? Math.max(0, ...own.drifts.map(towards)) : prior.drift + prior.cycle
  const surge = Math.max(0, (prior.surge * surgeDays + own.surge * days) / (surgeDays + days))
  return { own, phi, drift, surge, wobble: phi * (fit?.wobble ?? 0), profile, base, isOwn, days }
}

interface Residual extends Hour {
  over: number
  chance: number
}

function blocks(residuals: Residual[], lengthMs: number): Residual[] {
  const all = new Map<number, Residual>()
  for (const { at, over, chance, n, usual } of residuals) {
    const begin = Math.floor(at / lengthMs) * lengthMs
    const block = all.get(begin) ?? { at: begin, size: 0, n: 0, s: 0, squares: 0, usual: 0, over: 0, chance: 0 }
    all.set(begin, block)
    block.over += over
    block.chance += chance
    block.n += n
    block.usual += usual
  }
  return [...all.values()]
}

/** Variance of what single voices say over that of plain yes and no: a model that is never sure says less than either. */
function spreadOf(past: Hour[], kind: Steps['kind']): number {
  if (kind === 'rate') return 1
  const [n, s, squares] = past.reduce(([a, b, c], hour) => [a + hour.n, b + hour.s, c + hour.squares], [0, 0, 0])
  const share = Math.min(0.995, Math.max(0.005, s / Math.max(n, 1)))
  const variance = Math.max(0, squares / Math.max(n, 1) - share ** 2) / (share * (1 - share))
  return Math.min(1, (variance * n + leastSpread) / (n + leastSpread))
}
/** Of few voices nobody can tell: as if so many had said yes or no. */
const leastSpread = 10

/** What the topic and others say, a little more for what neither knows: an alarm is rare, and its rate goes with exp(1 / phi). */
function phiOf({ phi, blocks: seen }: Fitted['own'], prior: Prior): number {
  const mean = (prior.phi * prior.blocks + phi * seen) / (prior.blocks + seen)
  return Math.max(0.05, mean * (1 + 8 / (prior.blocks + seen)))
}

/**
 * Scatter of two hours over that of chance; and the variance, beyond it, of six hours and of a day. By differences of
 * neighbours (von Neumann 1941), so that a true change in the past counts in one of them and not in all that came after.
 */
function ownOf(residuals: Residual[], spread: number, kind: Steps['kind']): Fitted['own'] {
  const some = pairs(blocks(residuals, blockMs), blockMs)
  const squares = some.reduce((sum, { apart, by }) => sum + apart ** 2 / (by * spread), 0)
  const isKnown = some.length > 2 * numbers
  const phi = isKnown ? squares / some.length : 1
  const fits = driftMs[kind].map((lengthMs) => strays(pairs(blocks(residuals, lengthMs), lengthMs), phi * spread))
  return {
    phi,
    blocks: isKnown ? (some.length * 2) / 3 : 0,
    drifts: fits.map(([drift]) => drift!),
    surge: fits[0]![1]!,
  }
}

interface Pair {
  /** Difference of two neighbours, in logits or logarithms, and its variance by chance alone. */
  apart: number
  by: number
  /** Squares of what is beyond the usual number of voices, of both. */
  surge: number
}

function pairs(some: Residual[], lengthMs: number): Pair[] {
  const sum = (of: (block: Residual) => number) => some.reduce((total, block) => total + of(block), 0)
  const scale =
    sum(({ n }) => n) /
    Math.max(
      1e-9,
      sum(({ usual }) => usual),
    )
  const inOrder = some.filter(({ chance }) => chance > 0.5).toSorted((a, b) => a.at - b.at)
  return inOrder.slice(1).flatMap((two, nr) => {
    const one = inOrder[nr]!
    if (two.at - one.at > lengthMs) return []
    const surge = surgeOf(one.n, one.usual * scale) ** 2 + surgeOf(two.n, two.usual * scale) ** 2
    return [{ apart: two.over / two.chance - one.over / one.chance, by: 1 / one.chance + 1 / two.chance, surge }]
  })
}

/** Variance of blocks beyond chance: some always, and more where more is said than usual (least squares, by weight). */
function strays(some: Pair[], phi: number): number[] {
  const left = [
    [1e-9, 0],
    [0, fewFloods],
  ]
  const right = [0, fewFloods * unlearnt.share.surge]
  for (const { apart, by, surge } of some) {
    const row = [2, surge]
    for (const i of [0, 1]) {
      right[i]! += (row[i]! * (apart ** 2 - phi * by)) / by
      for (const j of [0, 1]) left[i]![j]! += (row[i]! * row[j]!) / by
    }
  }
  return solve(left, right)
}

/** Where there are hardly any floods, what nobody taught is held to. */
const fewFloods = 1.5

/** What topics with a past of their own teach of a measure; beside them, what nobody taught weighs as much as one. */
export function pooled(fits: Fitted[], kind: Steps['kind']): Omit<Prior, 'tail'> {
  const { phi, drift, surge, profile, cycle } = unlearnt[kind]
  const known = fits.filter(({ isOwn }) => isOwn)
  const mean = (given: number, values: number[]) =>
    values.reduce((sum, value) => sum + value, given * unlearntTopics) / (values.length + unlearntTopics)
  const middle = profile.map((value, nr) =>
    mean(
      value,
      known.map((fit) => fit.profile[nr]!),
    ),
  )
  // How far profiles differ, less what each is not known by.
  const apart = known.map((fit) => varianceOf(fit.profile.map((value, nr) => value - middle[nr]!)) - fit.wobble)
  const drifts = driftMs[kind].map((_, nr) => {
    const own = known.map((fit) => fit.own.drifts[nr]!)
    return mean(drift, own)
  })
  const scatter = known.map(({ own }) => own.phi)
  return {
    phi: mean(phi, scatter),
    blocks: blocksOf(known),
    drift: Math.max(0, ...drifts),
    surge: Math.max(
      0,
      mean(
        surge,
        known.map(({ own }) => own.surge),
      ),
    ),
    profile: middle,
    cycle: Math.max(0, mean(cycle, apart)),
  }
}
const unlearntTopics = 1

/** How much one topic's scatter says of another's: empirical Bayes, by what own estimates differ beyond chance. */
function blocksOf(known: Fitted[]): number {
  const middle = known.reduce((sum, { own }) => sum + own.phi, unlearntTopics) / (known.length + unlearntTopics)
  const apart = known.reduce((sum, { own }) => sum + (own.phi / middle - 1) ** 2 - 2 / Math.max(1, own.blocks), 0)
  const variance = (apart + unlearntTopics * 0.3 ** 2) / (known.length + unlearntTopics)
  return Math.min(1_000, Math.max(24, 2 / Math.max(variance, 0.002)))
}

/** The running sums of all steps, with what the profile expects of each. */
export function sumsOf(
  { kind, fromMs, stepMs, n, s, usual }: Steps,
  { profile, base }: { profile: readonly number[]; base: number },
): Sums {
  const size = n.length
  const sums = {
    n: new Float64Array(size + 1),
    s: new Float64Array(size + 1),
    e: new Float64Array(size + 1),
    v: new Float64Array(size + 1),
    u: new Float64Array(size + 1),
  }
  for (let step = 0; step < size; step++) {
    const eta = etaOf(fromMs + step * stepMs, profile)
    const share = kind === 'share' ? 1 / (1 + Math.exp(-base - eta)) : 0
    const voices = kind === 'share' ? n[step]! : n[step]! * Math.exp(eta)
    sums.n[step + 1] = sums.n[step]! + voices
    sums.s[step + 1] = sums.s[step]! + (n[step]! > 0 ? s[step]! : 0)
    sums.e[step + 1] = sums.e[step]! + voices * share
    sums.u[step + 1] = sums.u[step]! + (n[step]! > 0 ? (usual?.[step] ?? 0) : 0)
    sums.v[step + 1] = sums.v[step]! + voices * share * (1 - share)
  }
  return sums
}
