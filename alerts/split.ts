// Why a share differs between two sides: an exact sum of what a copy campaign did, what the mix of platforms did, what
// accounts did that spoke on both sides, and what comes of others having spoken. Pure; the same voices and seed give the
// same answer. Never tells a part that rests on fewer than ten accounts: such a part goes with its neighbour.
// Mixes are parted as Kitagawa did (Journal of the American Statistical Association 50, 1955): what a weight changed, by
// the mean of the values; what a value changed, by the mean of the weights; and nothing is left over.
import type { CausePart } from '../alarms.ts'
import type { Estimate } from '../answers.ts'
import { clustered, z } from '../estimate.ts'
import { breathing, type Steps } from '../steps.ts'
import { drawsOf, poisson, spread } from './draws.ts'
import { type Table, tableOf, type Voice } from './voices.ts'

export type Cause = CausePart['cause']

export interface Splitting {
  /** The model's error of differences; 0 where no model is asked. */
  error: number
  seed: number
  draws?: number
}

/** Empty where one side has no voice. */
export const splitOf = (voices: Voice[], splitting: Splitting): Promise<CausePart[]> =>
  breathing(splitIn(voices, splitting))

export function* splitIn(voices: Voice[], { error, seed, draws = 200 }: Splitting): Steps<CausePart[]> {
  const table = tableOf(voices)
  const whole = partsOf(table, null)
  if (!whole) return []
  yield
  const drawn = yield* drawsOf({ draws, seed }, (random) => {
    const times = Float64Array.from({ length: table.accounts }, () => poisson(random))
    return partsOf(jittered(table, times, random), times)?.parts
  })
  const told = (cause: Cause, nr: number): CausePart => {
    const { half } = clustered(spread(drawn, nr) ** 2, whole.effective[nr]!)
    const more = z * error * whole.moved[nr]!
    const estimate = whole.parts[nr]!
    return { cause, part: around(estimate, Math.hypot(half, more)) }
  }
  const causes: [Cause, number][] = [
    ...(table.campaigns ? [['campaign', 0] as [Cause, number]] : []),
    ...(table.sources > 1 ? [['platforms', 1] as [Cause, number]] : []),
    ...(table.hasStayers ? [['same accounts', 2] as [Cause, number]] : []),
    ...(table.hasOthers ? [['other accounts', 3] as [Cause, number]] : []),
  ]
  return causes.map(([cause, nr]) => told(cause, nr))
}

const around = (estimate: number, half: number): Estimate => ({ estimate, low: estimate - half, high: estimate + half })

// ---------------------------------------------------------------- parts

/** In the order campaign, platforms, same accounts, other accounts. */
interface Parts {
  parts: Float64Array
  /** Of the weight of both sides, how much each part moves or rests on: so much of the model's error is in it. */
  moved: number[]
  /** Effective number of accounts behind each. */
  effective: number[]
}

/** `times`: how often an account was drawn; null: every account once. null where a side is empty. */
function partsOf(table: Table, times: Float64Array | null): Parts | null {
  const { account, side, campaign, weight, sum } = table
  const copies = [new Float64Array(table.campaigns), new Float64Array(table.campaigns)]
  const [plain, single] = [sideSums(table), sideSums(table)]
  const count = (at: number) => weight[at]! * (times ? times[account[at]!]! : 1)
  for (let at = 0; at < weight.length; at++) {
    const n = count(at)
    if (campaign[at]! >= 0) copies[side[at]!]![campaign[at]!]! += n
    add(plain[side[at]!]!, n, n === 0 ? 0 : (sum[at]! / weight[at]!) * n)
  }
  for (let at = 0; at < weight.length; at++) {
    const all = campaign[at]! >= 0 ? copies[side[at]!]![campaign[at]!]! : 1
    const n = all > 0 ? count(at) / all : 0
    if (n === 0) continue
    const value = (sum[at]! / weight[at]!) * n
    const to = single[side[at]!]!
    add(to, n, value)
    to.bySource[table.source[at]!]! += n
    to.ofSource[table.source[at]!]! += value
    to.byAccount[account[at]!]! += n
    to.ofAccount[account[at]!]! += value
  }
  if (plain.some(({ n }) => !(n > 0)) || single.some(({ n }) => !(n > 0))) return null
  const rise = ([before, after]: SideSums[]) => after!.y / after!.n - before!.y / before!.n
  const whole = rise(plain)
  const reduced = rise(single)
  const mix = mixOf(table, single)
  const same = table.hasStayers ? sameOf(table, single) : nobody
  const left = reduced - mix.part
  const stayed = table.hasOthers ? same.part : left
  const weightOfCopies = (nr: number) => 1 - (single[nr]!.n - copiesLeft(copies[nr]!)) / plain[nr]!.n
  const effective = Math.min(...single.map(({ byAccount }) => effectiveOf(byAccount)))
  return {
    parts: Float64Array.of(whole - reduced, mix.part, stayed, left - stayed),
    moved: [Math.abs(weightOfCopies(1) - weightOfCopies(0)), mix.moved, same.weight, 1 - same.weight],
    effective: [effective, effective, same.effective, effective],
  }
}

/** Each campaign that is left counts as one. */
const copiesLeft = (copies: Float64Array) => copies.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0)

interface SideSums {
  n: number
  y: number
  bySource: Float64Array
  ofSource: Float64Array
  byAccount: Float64Array
  ofAccount: Float64Array
}

const sideSums = ({ sources, accounts }: Table): SideSums[] =>
  [0, 1].map(() => ({
    ...{ n: 0, y: 0, bySource: new Float64Array(sources), ofSource: new Float64Array(sources) },
    ...{ byAccount: new Float64Array(accounts), ofAccount: new Float64Array(accounts) },
  }))

function add(to: SideSums, n: number, y: number): void {
  to.n += n
  to.y += y
}

/** What the mix of sources did: where a source is silent on one side, it would have been there as on the other. */
function mixOf({ sources }: Table, [before, after]: SideSums[]): { part: number; moved: number } {
  let [part, moved] = [0, 0]
  for (let j = 0; j < sources; j++) {
    const [n0, n1] = [before!.bySource[j]!, after!.bySource[j]!]
    if (n0 + n1 === 0) continue
    const [m0, m1] = [before!.ofSource[j]! / n0, after!.ofSource[j]! / n1]
    const change = n1 / after!.n - n0 / before!.n
    part += change * (n0 === 0 ? m1 : n1 === 0 ? m0 : (m0 + m1) / 2)
    moved += Math.abs(change) / 2
  }
  return { part, moved }
}

const nobody = { part: 0, weight: 0, effective: 1 }

/** What accounts that spoke on both sides changed themselves, each by the mean of its two weights within its source. */
function sameOf({ accounts, home }: Table, [before, after]: SideSums[]) {
  let part = 0
  const weights = new Float64Array(accounts)
  for (let i = 0; i < accounts; i++) {
    const [n0, n1] = [before!.byAccount[i]!, after!.byAccount[i]!]
    if (n0 === 0 || n1 === 0) continue
    const j = home[i]!
    const [all0, all1] = [before!.bySource[j]!, after!.bySource[j]!]
    const ofSource = (all0 / before!.n + all1 / after!.n) / 2
    weights[i] = (ofSource * (n0 / all0 + n1 / all1)) / 2
    part += weights[i]! * (after!.ofAccount[i]! / n1 - before!.ofAccount[i]! / n0)
  }
  const weight = weights.reduce((sum, one) => sum + one, 0)
  return { part, weight, effective: effectiveOf(weights) }
}

function effectiveOf(weights: Float64Array): number {
  let [sum, squares] = [0, 0]
  for (const one of weights) {
    sum += one
    squares += one * one
  }
  return squares > 0 ? (sum * sum) / squares : 1
}

/** The same voices with labels as people might have given them. */
function jittered(table: Table, times: Float64Array, random: () => number): Table {
  const sum = table.sum.map((value, at) => {
    const noise = table.noise[at]!
    if (noise === 0) return value
    const drawn = times[table.account[at]!]!
    return drawn === 0 ? value : value + Math.sqrt(noise / drawn) * normal(random)
  })
  return { ...table, sum }
}

/** Box and Muller. */
const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
