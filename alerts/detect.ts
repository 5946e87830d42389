// Has a share, or a rate, changed? Pure. Every stretch of time that ends now is held against all that was before it: how
// much better do the posts fit "it changed by so much then" than "it is as it always was"? The likelihood ratios of all
// beginnings and sizes are summed, each beginning weighing the hours that it stands for: the Shiryaev-Roberts statistic of a
// mixture (Pollak, Annals of Statistics 13, 1985), over windows of limited length (Lai, IEEE Trans. Inf. Theory 44, 1998).
// Under no change it is expected to pass A hours once in about A hours, whatever the mixture holds: so a budget of false
// alarms is a threshold, with nothing to tune. May assume sums of steps in order; never looks at a step after `at`.

/** Running sums over steps: place i holds what is before step i. */
export interface Sums {
  /** Voices; for rates the hours that were collected, times what is ordinary for the time of day. */
  n: Float64Array
  /** Of them, those the share is of (probabilities summed); for rates, what was counted. */
  s: Float64Array
  /** As `s`, as the topic's profile expects it, and the variance of a voice at that share. */
  e: Float64Array
  v: Float64Array
  /** Voices that are usual at that time, up to a factor; 0 for rates. */
  u: Float64Array
}

/** What is ordinary for a measure of a topic. */
export interface Ordinary {
  /** Variance of sums within hours over that of independent voices with the same share. */
  phi: number
  /** Variance of the logit of a day's share (of the logarithm of a day's rate) about the topic's, beyond `phi`. */
  drift: number
  /** The same of what is said beyond the usual number of voices: those who come together speak alike. */
  surge: number
  /** Variance of the profile of an hour: what is not known of how the day goes. It goes out over a whole day. */
  wobble: number
}

/** A change that is looked for: in logits of a share, logarithms of a rate; and how much of the prior it has. */
export interface Alternative {
  by: number
  weight: number
}

export interface Strength {
  /** ln of hours: under no change the statistic passes exp(log) hours about once in as many. */
  log: number
  /** The step with which the likeliest change begins; -1: nothing speaks for any. */
  began: number
  /** What it is held against begins with this step. */
  from: number
  direction: 'up' | 'down'
}

export interface Looking {
  kind: 'share' | 'rate'
  alternatives: readonly Alternative[]
  ordinary: Ordinary
  /** Prior weight of a change against the last hours alone, 0..1: a young topic is another one every day. */
  recent: number
  recentSteps: number
  stepMs: number
}

/** In steps of ten minutes: from one to two and a half days, each about 1.4 times the one before. */
export const lengths = [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 181, 256, 362] as const
export const longest = lengths.at(-1)!
/** Below so many voices before a change there is nothing to hold it against; nor where so few of them differ. */
const leastBefore = 30
const leastChance = 12
const hourMs = 3_600_000

const nothing: Strength = { log: Number.NEGATIVE_INFINITY, began: -1, from: 0, direction: 'up' }

export interface Span {
  /** The statistic just before this step. */
  at: number
  /** Steps before it belong to another time of the topic. */
  from: number
  /** No change is looked for that begins before it. */
  floor: number
}

/** How strongly the steps before `at` speak for a change that begins at `floor` or later. */
export function strengthAt(sums: Sums, { at, from, floor }: Span, looking: Looking): Strength {
  const ratioOf = looking.kind === 'share' ? shareRatio : rateRatio
  let total = 0
  let best = { part: 0, began: -1, from, up: true }
  for (let k = 0; k < lengths.length; k++) {
    const began = at - lengths[k]!
    if (began < floor || began <= from) break
    for (const isRecent of [false, true]) {
      const share = isRecent ? looking.recent : 1 - looking.recent
      if (share === 0) continue
      const since = isRecent ? Math.max(from, began - looking.recentSteps) : from
      const { up, down } = ratioOf(sums, { at, began, from: since }, looking)
      const part = (share * weightOf(k) * looking.stepMs * (up + down)) / hourMs
      total += part
      if (part > best.part) best = { part, began, from: since, up: up >= down }
    }
  }
  if (best.part === 0) return nothing
  return { log: Math.log(total), began: best.began, from: best.from, direction: best.up ? 'up' : 'down' }
}

/** The steps that a length stands for: up to half-way to its neighbours. */
function weightOf(k: number): number {
  const after = lengths[k + 1] ?? Math.round(lengths[k]! * 1.41)
  return (after - (lengths[k - 1] ?? 0)) / 2
}

/** Steps from `from` to `began` are held against those from `began` to `at`. */
export interface Cut {
  at: number
  began: number
  from: number
  /** Where what is before ends; absent: with `began`. */
  until?: number
}
interface Ratio {
  up: number
  down: number
}
const none: Ratio = { up: 0, down: 0 }

/**
 * Binomial likelihood ratios. The share before is the profile moved by what the voices before tell (one Newton step in
 * logits). The exponent is divided by what the ratio does not know: more scatter than binomial (phi), the error of the
 * share before (n after / n before), and how far a day's share strays by itself (drift).
 */
function shareRatio({ n, s, e, v, u }: Sums, { at, began, from }: Cut, looking: Looking): Ratio {
  const { alternatives, ordinary } = looking
  const after = n[at]! - n[began]!
  const before = n[began]! - n[from]!
  if (!(after > 0) || before < leastBefore) return none
  const moved = (s[began]! - s[from]! - (e[began]! - e[from]!)) / Math.max(1e-9, v[began]! - v[from]!)
  const share = inside((e[at]! - e[began]! + moved * (v[at]! - v[began]!)) / after)
  const odds = share / (1 - share)
  const yes = s[at]! - s[began]!
  if (before * share * (1 - share) < leastChance) return none
  const chance = after * share * (1 - share)
  const usual = (u[at]! - u[began]!) * (before / Math.max(1e-9, u[began]! - u[from]!))
  const temper =
    ordinary.phi * (1 + after / before) +
    chance * (strayOf(looking, { at, began, from }) + ordinary.surge * surgeOf(after, usual) ** 2)
  if (isFaint((yes - share * after) ** 2 / (chance * temper))) return none
  const ratio = (by: number) => {
    const changed = odds * Math.exp(by)
    const other = changed / (1 + changed)
    return Math.exp((yes * Math.log(other / share) + (after - yes) * Math.log((1 - other) / (1 - share))) / temper)
  }
  return bothWays(alternatives, ratio)
}

/**
 * How far what is after may stray from what was before. What was before strays, too: a share's level the less the more days
 * it is of, a rate's, which wanders, as much as what is after.
 */
function strayOf({ kind, ordinary: { drift, wobble }, stepMs }: Looking, { at, began, from }: Cut): number {
  const daysOf = (steps: number) => (steps * stepMs) / (24 * hourMs)
  const before = kind === 'rate' ? 1 : Math.min(1, 1 / daysOf(began - from))
  return drift * (1 + before) + wobble * Math.max(0, 1 - daysOf(at - began))
}

/**
 * Upwards, ratios of lognormal rates: floods are many and of every size, and their logarithms are not. Downwards, Poisson
 * ratios: the logarithm of hardly anything is far from that of little.
 */
function rateRatio({ n, s }: Sums, { at, began, from }: Cut, looking: Looking): Ratio {
  const { alternatives, ordinary } = looking
  const before = n[began]! - n[from]!
  const counted = s[began]! - s[from]!
  if (!(n[at]! - n[began]! > 0) || counted < leastBefore) return none
  const expected = (counted / before) * (n[at]! - n[began]!)
  const count = s[at]! - s[began]!
  const stray = strayOf(looking, { at, began, from })
  if (count <= expected) {
    const temper = ordinary.phi * (1 + expected / counted) + expected * stray
    if (isFaint((count - expected) ** 2 / (expected * temper))) return none
    return bothWays(alternatives, (by) => Math.exp((count * by - expected * (Math.exp(by) - 1)) / temper))
  }
  const over = Math.log((count + 0.5) / (expected + 0.5))
  const variance = ordinary.phi * (1 / (expected + 0.5) + 1 / counted) + stray
  if (isFaint(over ** 2 / variance)) return none
  return bothWays(alternatives, (by) => Math.exp((by * over - by ** 2 / 2) / variance))
}

/** Of so little (a square of standard errors) no ratio is above e: left out, as nine of ten are. */
const isFaint = (square: number) => square < 2

function bothWays(alternatives: readonly Alternative[], ratio: (by: number) => number): Ratio {
  let [up, down] = [0, 0]
  for (const { by, weight } of alternatives) {
    if (by > 0) up += weight * ratio(by)
    else down += weight * ratio(by)
  }
  return { up, down }
}

/** The part of so many voices that is beyond what is usual, 0..1. */
export const surgeOf = (voices: number, usual: number): number => (usual > 0 ? Math.max(0, 1 - usual / voices) : 0)

const inside = (share: number) => Math.min(0.998, Math.max(0.002, share))
