// What moved in a topic: its last 24 h against the 24 h before, the one share worth a place on its card, and in how much
// of its own past it moved as much. Pure; rests on a pulse of days, the last first. Says nothing that intervals forbid.
import type { Estimate, Pulse, PulseStep } from '../answers.ts'
import { differenceOf, isCertain } from '../difference.ts'
import type { ModelErrors } from '../types.ts'

/** The last day, and 28 before it: 27 moves from day to day lie wholly in the past. */
export const pulseDays = 29
/** Of fewer moves in its past nobody can say what is ordinary for a topic. */
const leastPast = 7
/** Standard errors of a difference of two counts. */
const leastShift = 2

/** Of so many moves from one day to the next in a topic's past, how many were at least this large. */
export interface Often {
  times: number
  of: number
}

export interface Volume {
  posts: number
  before: number
  /** Why there is nothing to compare with; null: there is. */
  lacks: 'past' | 'gap' | null
  /** More or fewer posts than chance explains. */
  moved: boolean
  often: Often
}

export interface Telling {
  /** sentiment.negative, stance.<target>.favor */
  measure: string
  now: Estimate
  /** Since the day before; null where either day has too few voices. */
  change: Estimate | null
  why: 'moved' | 'ahead' | 'largest'
  often: Often
}

export interface Movement {
  volume: Volume
  /** null: too few voices for any share. */
  telling: Telling | null
  /** By it the start page puts topics in order. */
  rank: number
}

export function movementOf({ steps }: Pick<Pulse, 'steps'>, errors: ModelErrors): Movement {
  const volume = volumeOf(steps)
  const telling = tellingOf(steps, errors)
  return { volume, telling, rank: rankOf(volume, telling) }
}

/** Whether there is past enough to say how often. */
export const isKnown = ({ of }: Often): boolean => of >= leastPast

function volumeOf(steps: PulseStep[]): Volume {
  const [last, before] = steps
  const kept = steps.slice(0, lengthOfPast(steps))
  const moves = movesIn(kept, (step) => (step.gap ? null : Math.log(step.volume + 0.5)))
  const lacks = kept.length < 2 ? 'past' : last?.gap || before?.gap ? 'gap' : null
  const [a = 0, b = 0] = [last?.volume, before?.volume]
  const moved = lacks === null && Math.abs(a - b) >= leastShift * Math.sqrt(Math.max(1, a + b))
  return { posts: a, before: b, lacks, moved, often: oftenOf(moves, factorOf({ posts: a, before: b })) }
}

/** How much larger or smaller, in logarithms: twice and half the posts are equally large moves. */
const factorOf = ({ posts, before }: Pick<Volume, 'posts' | 'before'>) =>
  Math.abs(Math.log((posts + 0.5) / (before + 0.5)))

/** Steps in which the topic was there. The first of them is but a part of a day, and no day to compare with. */
function lengthOfPast(steps: PulseStep[]): number {
  const first = steps.findLastIndex(({ posts }) => posts > 0)
  return first === steps.length - 1 ? steps.length : first
}

/** Moves between neighbours that lie wholly before the last step; null values have no neighbours. */
function movesIn(steps: PulseStep[], value: (step: PulseStep) => number | null): number[] {
  const values = steps.slice(1).map(value)
  return values.flatMap((one, at) => {
    const before = values[at + 1]
    return one === null || before == null ? [] : [Math.abs(one - before)]
  })
}

const oftenOf = (moves: number[], now: number): Often => ({
  times: moves.filter((move) => move >= now).length,
  of: moves.length,
})

const opposites: Record<string, string> = {
  negative: 'positive',
  positive: 'negative',
  favor: 'against',
  against: 'favor',
}

/**
 * The share that matters: the one whose change since the day before lies farthest from none, its interval taken into
 * account; where no change is certain, the largest that is ahead of its opposite, intervals apart; else the largest.
 */
function tellingOf(steps: PulseStep[], errors: ModelErrors): Telling | null {
  const [last, before] = steps
  const known = Object.entries(last?.shares ?? {}).filter(([, now]) => now.estimate !== null)
  const all = known.map(([measure, now]) => {
    const [kind, label] = partsOf(measure)
    const change = differenceOf(before?.shares[measure], now, { label, error: errors[kind] })
    const opposite = last?.shares[measure.slice(0, -label.length) + opposites[label]]
    return { measure, now, change, isAhead: opposite?.high != null && now.low! > opposite.high }
  })
  const moved = all.filter(({ change }) => change && isCertain(change))
  const ahead = all.filter(({ isAhead }) => isAhead)
  const largest = (some: typeof all) => some.toSorted((a, b) => b.now.estimate! - a.now.estimate!)[0]
  const farthest = moved.toSorted((a, b) => beyond(b.change!) - beyond(a.change!))[0]
  const chosen = farthest ?? largest(ahead) ?? largest(all)
  if (!chosen) return null
  const { measure, now, change } = chosen
  const moves = movesIn(steps, ({ shares }) => shares[measure]?.estimate ?? null)
  const why = farthest ? 'moved' : ahead.length ? 'ahead' : 'largest'
  return { measure, now, change, why, often: oftenOf(moves, Math.abs(change?.estimate ?? 0)) }
}

/** "sentiment.negative" -> sentiment, negative. A target's id may hold dots, a label never does. */
function partsOf(measure: string): ['sentiment' | 'stance', string] {
  return [measure.startsWith('stance.') ? 'stance' : 'sentiment', measure.slice(measure.lastIndexOf('.') + 1)]
}

/** By how much a change is more than none, at least. */
const beyond = ({ low, high }: Estimate) => Math.max(low!, -high!)

/** Seven points of a share beyond its interval weigh as much as twice the posts; what is ordinary weighs less. */
function rankOf(volume: Volume, telling: Telling | null): number {
  const rare = (often: Often) => (isKnown(often) ? 1 - often.times / (often.of + 1) : 1)
  const share = telling?.why === 'moved' ? 10 * beyond(telling.change!) * rare(telling.often) : 0
  return Math.max(share, volume.moved ? factorOf(volume) * rare(volume.often) : 0)
}
