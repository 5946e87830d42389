// What hand labels are worth: how far labellers agree with each other, and the model with them. Pure. Every number comes
// with its n and its interval, or is not told: under 20 posts labelled twice, under 50 audit labels.
// Krippendorff's alpha for nominal data (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011): one formula for
// any number of labellers, whoever labelled what; 1 is full agreement, 0 what chance alone would give.
import type { Estimate, Judged } from './answers.ts'
import { z } from './estimate.ts'
import { predictionPowered } from './ppi.ts'

export const leastTwice = 20

export interface Agreement {
  /** Posts that two or more labelled. */
  posts: number
  labellers: number
  /** Of the pairs of labels of one post, how many are the same, as a mean over posts; null: too few posts. */
  agreed: Estimate | null
  /** null: too few posts, or all said the same of everything, so that there is nothing to agree about. */
  alpha: Estimate | null
}

export function agreementOf(judged: Judged[]): Agreement {
  const twice = judged.map(({ said }) => said.map(({ value }) => value)).filter(({ length }) => length > 1)
  const labellers = new Set(judged.flatMap(({ said }) => said.map(({ labeller }) => labeller))).size
  const found = { posts: twice.length, labellers }
  if (twice.length < leastTwice) return { ...found, agreed: null, alpha: null }
  const agreed = twice.reduce((sum, values) => sum + sameIn(values), 0) / twice.length
  return { ...found, agreed: wilson(agreed, twice.length), alpha: jackknife(twice, alphaOf) }
}

/** Of all pairs of labels of one post, the share that is the same. */
function sameIn(values: string[]): number {
  const pairs = values.length * (values.length - 1)
  return countsOf(values).reduce((sum, [, n]) => sum + n * (n - 1), 0) / pairs
}

/** 1 - observed / expected disagreement; null where nobody could disagree. */
function alphaOf(posts: string[][]): number | null {
  const values = posts.flat()
  const n = values.length
  const observed = posts.reduce((sum, said) => sum + said.length * (1 - sameIn(said)), 0) / n
  const expected = 1 - countsOf(values).reduce((sum, [, count]) => sum + count * (count - 1), 0) / (n * (n - 1))
  return expected > 0 ? 1 - observed / expected : null
}

const countsOf = (values: string[]): [string, number][] =>
  [...Map.groupBy(values, (value) => value)].map(([value, same]) => [value, same.length])

/** Wilson's 95 % interval of a share that was counted in n independent draws. */
export function wilson(share: number, n: number): Estimate {
  const [odds, center] = [(z * z) / n, share + (z * z) / (2 * n)]
  const spread = Math.sqrt(odds * share * (1 - share) + (odds * odds) / 4)
  return { estimate: share, low: (center - spread) / (1 + odds), high: (center + spread) / (1 + odds) }
}

export interface LabelCount {
  label: string
  people: number
  model: number
  both: number
}
export interface Scorecard {
  /** Audit-labelled posts that people do not contradict each other about. */
  posts: number
  /** Posts that as many labelled one thing as another: they count for nothing here. */
  split: number
  labels: LabelCount[]
  /** How often the model's likeliest label is the people's; null: too few labels, or too few authors. */
  accuracy: Estimate | null
  /** Mean over labels of the harmonic mean of precision and recall; null as above. */
  macroF1: Estimate | null
}

/** Of the posts drawn at random, how many people give this label: the mean of their words, with no model in it. */
export function saidShare(judged: Judged[], value: string): Estimate | null {
  const audits = judged.flatMap(({ author, probability, said }) => {
    const yes = said.filter((one) => one.value === value).length
    return probability === null ? [] : [{ author, probability, f: 0, y: yes / said.length }]
  })
  return predictionPowered(audits)
}

interface Case {
  author: string
  probability: number
  people: string
  model: string
}

/** The model against people on posts drawn at random; what was chosen to be hard would make it look worse than it is. */
export function scorecardOf(judged: Judged[], order: string[]): Scorecard {
  const audits = judged.filter(({ probability }) => probability !== null)
  const cases = audits.flatMap(caseOf)
  const labels = order.map((label) => ({ label, ...tally(cases, label) }))
  const told = cases.map(({ author, probability, people, model }) => ({
    ...{ author, probability, f: 0, y: people === model ? 1 : 0 },
  }))
  const accuracy = predictionPowered(told)
  const people = [...Map.groupBy(cases, ({ author }) => author).values()]
  const macroF1 = accuracy && jackknife(people, (some) => macroOf(some.flat(), order))
  return { posts: cases.length, split: audits.length - cases.length, labels, accuracy, macroF1 }
}

function caseOf({ author, probability, said, scores }: Judged): Case[] {
  const [first, second] = countsOf(said.map(({ value }) => value)).toSorted(([, a], [, b]) => b - a)
  const [top] = Object.entries(scores).toSorted(([, a], [, b]) => b - a)
  if (!first || !top || first[1] === second?.[1]) return []
  return [{ author, probability: probability!, people: first[0], model: top[0] }]
}

function tally(cases: Case[], label: string): Omit<LabelCount, 'label'> {
  const count = (is: (one: Case) => boolean) => cases.filter(is).length
  return {
    people: count(({ people }) => people === label),
    model: count(({ model }) => model === label),
    both: count(({ people, model }) => people === label && model === label),
  }
}

/** Over the labels that occur. */
function macroOf(cases: Case[], order: string[]): number | null {
  const scores = order.flatMap((label) => {
    const { people, model, both } = tally(cases, label)
    return people + model > 0 ? [(2 * both) / (people + model)] : []
  })
  return scores.length ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null
}

/**
 * A statistic with the interval that leaving out one unit after the other gives (Tukey's jackknife): the same whenever it
 * is asked for, where a bootstrap would need draws.
 */
function jackknife<Unit>(units: Unit[], statistic: (some: Unit[]) => number | null): Estimate | null {
  const estimate = statistic(units)
  if (estimate === null) return null
  const without = units.map((_, at) => statistic(units.toSpliced(at, 1)) ?? estimate)
  const n = units.length
  const mean = without.reduce((sum, one) => sum + one, 0) / n
  const half = z * Math.sqrt(((n - 1) / n) * without.reduce((sum, one) => sum + (one - mean) ** 2, 0))
  return { estimate, low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) }
}
