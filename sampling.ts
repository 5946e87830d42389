// How much of a topic a paid source has to show us: a topic whose shares are known well enough is read in part. What more
// posts narrow is the sampling part of an interval alone, never the model's own error; so that part is held against `width`.
// Rates stand on a short ladder and move one way only for a reason, because each move makes a rule of the source anew.
import type { Estimate, Filter, Questions, SeriesPoint } from './answers.ts'
import { z } from './estimate.ts'
import type { Note } from './journal.ts'
import { sleep as realSleep, type Sleep } from './retry.ts'
import type { ModelErrors, Topic } from './types.ts'

/** Percent of the posts that are read. */
export const ladder = [1, 2, 5, 10, 20, 50, 100] as const
export type Rate = (typeof ladder)[number]

const dayMs = 86_400_000
/** Rates change no faster. */
const stepMs = 900_000
/** A day with fewer accounts is read whole: what it says about the next one is too little. */
const leastAccounts = 400

/** Half of the interval that more posts would narrow; 0..1. */
export function samplingHalf({ low, high }: Estimate, modelError: number): number {
  if (low === null || high === null) return 1
  return Math.sqrt(Math.max(0, ((high - low) / 2) ** 2 - (z * modelError) ** 2))
}

/**
 * The percent at which a day would have to be read evenly to tell as much as it did: most of it may have been read at other
 * rates than the present one (Kish 1965, with the mean probability of each step). 100 where nothing was read.
 */
export function readAt(steps: Pick<SeriesPoint, 'posts' | 'volume'>[]): number {
  const some = steps.filter(({ posts }) => posts > 0)
  const sum = (of: (step: (typeof some)[number]) => number) => some.reduce((total, step) => total + of(step), 0)
  const percent = (100 * sum(({ volume }) => volume)) / sum(({ posts, volume }) => volume ** 2 / posts)
  return Number.isFinite(percent) ? Math.min(100, percent) : 100
}

/**
 * The least rate that keeps the widest sampling half within `width` on a day like the last one, which was `read` at that
 * percent. Below `now` it must be so with a tenth to spare, so that a topic on the edge does not move to and fro.
 */
export function rateFor({ half, read, now, width }: { half: number; read: number; now: Rate; width: number }): Rate {
  if (width <= 0) return 100
  const wanted = read * (half / width) ** 2
  const enough = (rate: Rate) => rate >= wanted * (rate < now ? 1.21 : 1)
  return ladder.find(enough) ?? 100
}

export interface Sampling {
  ask: Pick<Questions, 'summary' | 'series'>
  topics: () => Topic[]
  model: string
  modelError: ModelErrors
  /** Half an interval; 0: every topic is read whole. */
  width: number
  source: string
  note: Note
  now?: () => number
  sleep?: Sleep
  everyMs?: number
}

const keyOf = ({ id, version }: Topic) => `${id}@${version}`

/** Rates by topic, looked at anew every quarter of an hour; a topic that is not known is read whole. */
export function openSampling({ sleep = realSleep, everyMs = stepMs, ...given }: Sampling) {
  const rates = new Map<string, Rate>()
  const listeners = new Set<() => void>()
  const rateOf = (topic: Topic): Rate => rates.get(keyOf(topic)) ?? 100
  const lookAtAll = async () => {
    let moved = false
    const topics = given.topics()
    const known = new Set(topics.map(keyOf))
    for (const key of rates.keys()) if (!known.has(key)) rates.delete(key)
    for (const topic of topics) {
      const [before, rate] = [rateOf(topic), await rateNow(topic, rateOf(topic), given)]
      rates.set(keyOf(topic), rate)
      if (rate === before) continue
      moved = true
      given.note('sampling.rate', { source: given.source, topic: topic.id, percent: rate })
    }
    if (moved) for (const listener of listeners) listener()
  }
  // The store may be busy or away: rates stay as they are.
  const look = async () => {
    if (given.width <= 0) return
    await lookAtAll().catch((error: unknown) => given.note('sampling.failed', { source: given.source, error }))
  }
  return {
    rateOf,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    look,
    /** After a first look. */
    run: async (signal: AbortSignal) => {
      while (!signal.aborted) {
        await sleep(everyMs, signal)
        if (!signal.aborted) await look()
      }
    },
  }
}

async function rateNow(topic: Topic, now: Rate, given: Omit<Sampling, 'sleep' | 'everyMs'>): Promise<Rate> {
  const { ask, model, modelError, width, source, now: clock = Date.now } = given
  const to = clock()
  const window = { from: new Date(to - dayMs).toISOString(), to: new Date(to).toISOString() }
  const filter: Filter = { topic: { topic: topic.id, version: topic.version }, model, window, source }
  const { scoredAuthors, sentiment, stance } = await ask.summary(filter, ['sentiment', 'stance'])
  if (scoredAuthors < leastAccounts) return 100
  const of = (kind: 'sentiment' | 'stance', shares: Record<string, Estimate>) =>
    Object.entries(shares).map(([label, share]) => samplingHalf(share, modelError[kind].share[label] ?? 0))
  const halves = [...of('sentiment', sentiment), ...Object.values(stance).flatMap((shares) => of('stance', shares))]
  const read = readAt(await ask.series(filter, `sentiment.${Object.keys(sentiment)[0]}`, stepMs))
  return rateFor({ half: Math.max(...halves), read, now, width })
}
