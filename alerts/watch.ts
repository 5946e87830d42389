// One topic, watched: from its tallies to what each measure reads at a step. Learns what is ordinary from the steps before,
// leaves out what was not collected and what an earlier alert already told, and says how far shares moved and how sure that
// is. Pure; may assume tallies of one version read by one model. Never looks at a step after the one it is asked about.
import type { Estimate } from '../answers.ts'
import { differenceOf } from '../difference.ts'
import type { Tallies } from '../sides.ts'
import { atOnce, type Steps as InSteps } from '../steps.ts'
import type { ModelError } from '../types.ts'
import { type Cut, type Looking, longest, type Sums, strengthAt } from './detect.ts'
import { type Measure, volume } from './measures.ts'
import { type Fitted, learn, type Prior, sumsOf } from './ordinary.ts'
import { type Steps, usualOf } from './profile.ts'
import { calibrated, noKinder, type Tail } from './tail.ts'
import type { Reading } from './verdict.ts'

/** A stretch that is held against nothing and that nothing is held against: an earlier alert told of it. */
export interface Told {
  fromMs: number
  toMs: number
}

export interface Watching {
  tallies: Tallies
  measures: Measure[]
  priorOf: (measure: Measure) => Prior
  /** Of differences and shares, by measure; 0 where there is none. */
  errorOf: (measure: Measure) => { share: number; difference: number }
  told: Told[]
  /** No change is looked for that begins before. */
  floorMs: number
  /** The past that a measure is held against. */
  baselineMs: number
  /** What was learnt of the very same past before, by measure; what it lacks is learnt and put into it. */
  learnt?: Learnt
}

export type Learnt = Map<string, Fitted>

export interface Watch {
  /** What was learnt of each measure. */
  fitted: Map<string, Fitted>
  /** What the measures read just before a step. */
  readingsAt(step: number): Reading[]
  /** What a measure reads since a step, whatever its strength. */
  changeOf(measure: string, cut: Cut): Change | null
}

export interface Change {
  before: Estimate
  after: Estimate
  difference: Estimate | null
  voices: { before: number; after: number }
  /** After less before; for rates the logarithm of their ratio. */
  by: number
  /** Its standard error by chance alone: the model's error is the same on both sides of an end. */
  chance: number
  isProbable: boolean
  isCertain: boolean
}

interface One {
  measure: Measure
  sums: Sums
  looking: Looking
  fitted: Fitted
  tail: Tail
  error: { share: number; difference: number }
}

/** Learns from the steps before `until`, and watches from then on. */
export const watch = (watching: Watching, until: number): Watch => atOnce(watchIn(watching, until))

export function* watchIn(watching: Watching, until: number): InSteps<Watch> {
  const { tallies, measures, floorMs, baselineMs } = watching
  const fromMs = Date.parse(tallies.from)
  const usual = usualIn(watching, until)
  const ones: One[] = []
  for (const measure of measures) {
    ones.push(learnOne(measure, { ...watching, usual }, until))
    yield
  }
  const byId = new Map(ones.map((one) => [one.measure.id, one]))
  const stepOf = (ms: number) => Math.ceil((ms - fromMs) / tallies.stepMs)
  const floor = Math.max(0, stepOf(floorMs))
  const back = Math.round(baselineMs / tallies.stepMs)
  return {
    fitted: new Map(ones.map((one) => [one.measure.id, one.fitted])),
    readingsAt: (step) => {
      const from = Math.max(0, step - back)
      return ones.map((one): Reading => {
        const strength = strengthAt(one.sums, { at: step, from, floor: Math.max(floor, from) }, one.looking)
        const change = () => changeIn(one, { at: step, began: Math.max(0, strength.began), from: strength.from })
        return { measure: one.measure, ...strength, log: calibrated(strength.log, one.tail), change }
      })
    },
    changeOf: (id, cut) => {
      const one = byId.get(id)
      return one ? changeIn(one, cut) : null
    },
  }
}

function once(learnt: Learnt | undefined, id: string, make: () => Fitted): Fitted {
  const fitted = learnt?.get(id) ?? make()
  learnt?.set(id, fitted)
  return fitted
}

/** How many voices are usual when: shares are held more loosely where more is said than that. */
function usualIn(watching: Watching, until: number): Float64Array {
  const steps = { ...stepsOf(volume, watching), usual: null }
  const learning = { prior: watching.priorOf(volume) }
  const fitted = once(watching.learnt, 'usual', () => learn(steps, Math.max(0, until - longest), learning))
  return usualOf(steps, fitted.profile)
}

/** The past that the profile is learnt from ends before what may be a change. */
function learnOne(measure: Measure, watching: Watching & { usual: Float64Array }, until: number): One {
  const steps = { ...stepsOf(measure, watching), usual: measure.type === 'share' ? watching.usual : null }
  const prior = watching.priorOf(measure)
  const known = once(watching.learnt, measure.id, () => {
    const fitted = learn(steps, Math.max(0, until - longest), { prior })
    // A young topic's level and scatter are learnt from all there is: the profile it has is not its own.
    return fitted.isOwn ? fitted : learn(steps, until, { prior, isYoung: true })
  })
  const looking: Looking = {
    ...{ kind: measure.type, alternatives: measure.alternatives, stepMs: watching.tallies.stepMs },
    ...{ ordinary: known, ...pastOf(measure.type, known.isOwn) },
  }
  return {
    measure,
    sums: sumsOf(steps, known),
    looking,
    fitted: known,
    tail: known.isOwn ? prior.tail : noKinder(prior.tail),
    error: watching.errorOf(measure),
  }
}

/**
 * Beside all that was before a change, the last of it: of a grown topic's share none. Of a young topic eight hours: it is another one every day. Of a grown
 * one's rate two days: how much is said goes up and down by the week, and a surge is one over what was lately said.
 */
function pastOf(type: Measure['type'], isGrown: boolean): Pick<Looking, 'recent' | 'recentSteps'> {
  if (!isGrown) return { recent: 0.5, recentSteps: 48 }
  return type === 'rate' ? { recent: 0.9, recentSteps: 288 } : { recent: 0, recentSteps: 0 }
}

function stepsOf(measure: Measure, { tallies, told }: Watching): Omit<Steps, 'usual'> {
  const { stepMs, accounts, scored, sums, squares: all } = tallies
  const fromMs = Date.parse(tallies.from)
  const use = usedOf(tallies, told)
  const isRate = measure.type === 'rate'
  const used = (values: ArrayLike<number> | undefined) => {
    const kept = new Float64Array(use.length)
    if (values) for (let step = 0; step < kept.length; step++) if (use[step]! > 0) kept[step] = values[step] ?? 0
    return kept
  }
  const own = isRate ? undefined : all[measure.id]
  return {
    ...{ kind: measure.type, fromMs, stepMs, n: used(isRate ? use : scored) },
    ...{ s: used(isRate ? accounts : sums[measure.id]), squares: own ? used(own) : null },
  }
}

/** Of each step, the part that counts. */
function usedOf({ from, stepMs, accounts, collected }: Tallies, told: Told[]): Float64Array {
  const use = Float64Array.from(collected)
  // Before its first post there was no topic; and that post would make the first step fuller than others.
  const first = accounts.findIndex((count) => count > 0)
  use.fill(0, 0, first < 0 ? use.length : first + 1)
  const stepOf = (ms: number) => Math.max(0, Math.ceil((ms - Date.parse(from)) / stepMs))
  for (const one of told) use.fill(0, stepOf(one.fromMs), stepOf(one.toMs))
  return use
}

/** The 84 % point of a difference: early words are for what is rather true than not. */
const probable = 1
const z = 1.96

function changeIn({ sums, looking, measure, error }: One, { at, began, from, until = began }: Cut): Change {
  const { n, s, e, v } = sums
  const [na, nb] = [n[at]! - n[began]!, n[until]! - n[from]!]
  const [sa, sb] = [s[at]! - s[began]!, s[until]! - s[from]!]
  if (looking.kind === 'rate') return rateChange({ na, nb, sa, sb }, looking)
  const moved = (sb - (e[until]! - e[from]!)) / Math.max(1e-9, v[until]! - v[from]!)
  const expected = (e[at]! - e[began]! + moved * (v[at]! - v[began]!)) / Math.max(na, 1e-9)
  const around = (share: number, voices: number, other: number): Estimate => {
    const half =
      z * Math.sqrt((Math.max(1, looking.ordinary.phi) * share * (1 - share)) / Math.max(voices, 1) + other ** 2)
    return { estimate: share, low: Math.max(0, share - half), high: Math.min(1, share + half) }
  }
  const before = around(clip(expected), nb, error.share)
  const after = around(clip(sa / Math.max(na, 1e-9)), na, error.share)
  const label = measure.id
  const errors: ModelError = { share: { [label]: error.share }, difference: { [label]: error.difference } }
  const difference = na > 0 && nb > 0 ? differenceOf(before, after, { label, error: errors }) : null
  const by = difference?.estimate ?? 0
  const half = difference ? (difference.high! - difference.low!) / 2 : Number.POSITIVE_INFINITY
  const variance = (share: number, voices: number) => (share * (1 - share)) / Math.max(voices, 1)
  const phi = Math.max(1, looking.ordinary.phi)
  const sure = (Math.abs(by) / half) * z
  return {
    before,
    after,
    difference,
    voices: { before: nb, after: na },
    by,
    chance: Math.sqrt(phi * (variance(before.estimate!, nb) + variance(after.estimate!, na))),
    isProbable: sure >= probable,
    isCertain: sure >= z,
  }
}

const clip = (share: number) => Math.min(1, Math.max(0, share))

interface Counted {
  na: number
  nb: number
  sa: number
  sb: number
}

/** Rates are a count of their own: no model's error is in them. Told as accounts an hour. */
function rateChange({ na, nb, sa, sb }: Counted, { stepMs, ordinary }: Looking): Change {
  const perHour = 3_600_000 / stepMs
  const around = (count: number, size: number): Estimate => {
    const rate = (count / Math.max(size, 1e-9)) * perHour
    const half = z * Math.sqrt(ordinary.phi * Math.max(1, count)) * (perHour / Math.max(size, 1e-9))
    return { estimate: rate, low: Math.max(0, rate - half), high: rate + half }
  }
  const by = Math.log((sa + 0.5) / Math.max(na, 1e-9)) - Math.log((sb + 0.5) / Math.max(nb, 1e-9))
  const spread = Math.sqrt(ordinary.phi * (1 / (sa + 0.5) + 1 / (sb + 0.5)) + 2 * ordinary.drift)
  const sure = Math.abs(by) / spread
  return {
    ...{ before: around(sb, nb), after: around(sa, na), difference: null, voices: { before: sb, after: sa }, by },
    chance: spread,
    ...{ isProbable: sure >= probable, isCertain: sure >= z },
  }
}
