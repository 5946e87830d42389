// Topics of which everything is known: how many voices, how many of them negative, when that changes, what is asked of them.
// The same topic and step give the same numbers in any process, whoever asks, in whatever window. No store, no post.
import type { Filter, Summary, TopicRef, Window } from '../../answers.ts'
import type { Tallies, TallyQuestion } from '../../sides.ts'
import type { Topic } from '../../types.ts'

export const stepMs = 600_000
const hourMs = 3_600_000

export interface World {
  /** Voices a step, on average, of a topic at a time; absent: 10. */
  voices?: (topic: string, ms: number) => number
  /** The share of negative ones; absent: .3. */
  share?: (topic: string, ms: number) => number
  /** Part of the step that was collected; absent: 1. */
  collected?: (topic: string, ms: number) => number
  /** Topics of the same seed are the same noise. */
  seedOf?: (topic: string) => string
  sources?: string[]
  /** No post before. */
  bornMs?: number
  /** Accounts of a window, however many voices they are; absent: a hundred. */
  accounts?: (topic: string, window: Window) => number
}

/** How many stand behind a window; all are scored, and nothing else is known. */
export const summaryOf = ({ topic, window }: Filter, { accounts = () => 100 }: World): Summary => {
  const authors = accounts(topic.topic, window)
  return { window, authors, scoredAuthors: authors } as Summary
}

export const topicOf = (id: string, more: Partial<Topic> = {}): Topic => ({
  ...{ id, name: `Topic ${id}`, query: id, targets: [], version: 1, origin: 'user', public: false, tags: [] },
  ...{ at: '2026-01-01T00:00:00.000Z' },
  ...more,
})

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

function mixed(seed: number, ...numbers: number[]): number {
  let hash = seed
  for (const number of numbers) {
    hash = Math.imul(hash ^ (number & 0xffffffff) ^ (hash >>> 15), 0x2c1b3c6d)
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  }
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** 0..1, the same for the same words. */
export const chance = (...words: string[]): number => mixed(hashOf(words.join(' ')), 1)

export function talliesOf({ topic, version }: TopicRef, question: TallyQuestion, world: World): Tallies {
  const { voices = () => 10, share = () => 0.3, collected = () => 1, seedOf = (id) => id, sources, bornMs = 0 } = world
  const fromMs = Date.parse(question.window.from)
  const steps = Math.ceil((Date.parse(question.window.to) - fromMs) / question.stepMs)
  const times = Array.from({ length: steps }, (_, step) => fromMs + step * question.stepMs)
  const seed = hashOf(seedOf(topic))
  const there = times.map((ms) => {
    if (ms < bornMs || !collected(topic, ms)) return 0
    const step = ms / 60_000
    const mean = voices(topic, ms)
    const noise = mixed(seed, step, 1) + mixed(seed, step, 2) - 1
    return Math.max(0, Math.round(mean + noise * Math.sqrt(6 * mean)))
  })
  const sumOf = (measure: string) => {
    const own = hashOf(seedOf(topic) + measure)
    return there.map((count, nr) => {
      const p = measure === 'sentiment.negative' ? share(topic, times[nr]!) : 0.3
      let sum = 0
      for (let voice = 0; voice < count; voice++) if (mixed(own, times[nr]! / 60_000, voice) < p) sum++
      return sum
    })
  }
  const names = [...question.measures, ...question.phrases.map(({ id }) => id)]
  const sums = Object.fromEntries(names.map((id) => [id, sumOf(id)]))
  return {
    ...{ topic, version, from: question.window.from, stepMs: question.stepMs, ...(sources ? { sources } : {}) },
    ...{ accounts: there, voices: there, scored: there, collected: times.map((ms) => collected(topic, ms)) },
    ...{ sums, squares: sums },
  }
}

/** Every so many hours, for so long, a topic's negative share is another one; each topic at times of its own. */
export const shiftsEvery =
  ({ everyHours, lastHours, to }: { everyHours: number; lastHours: number; to: number }) =>
  (topic: string, ms: number): number => {
    const phase = (ms / hourMs + chance(topic, 'phase') * everyHours) % everyHours
    return phase < lastHours ? to : 0.3
  }
