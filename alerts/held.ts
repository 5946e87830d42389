// Tallies of topics, held between looks: the last hours are asked again at each look, because posts come late, the whole
// past once a day. May assume one process a model. Bounded by topics: some 40 measures of two weeks are half a megabyte.
import type { Questions } from '../answers.ts'
import type { Tallies } from '../sides.ts'
import type { ModelLabels, Topic } from '../types.ts'
import type { Candidate } from './fresh.ts'
import { sharesIn } from './measures.ts'

export const stepMs = 600_000
/** The past that a measure is held against, and a day more, which is read with what was learnt of the rest. */
export const baselineMs = 14 * 86_400_000
const heldMs = baselineMs + 86_400_000
/** What comes this much late is read at any look. */
export const lateMs = 6 * 3_600_000
const wholeMs = 24 * 3_600_000

export interface Holding {
  ask: Pick<Questions, 'tallies'>
  model: { id: string; labels: ModelLabels }
}

export interface Held {
  /** Up to `untilMs`, which is the end of a step. */
  of(topic: Topic, phrases: Candidate[], untilMs: number): Promise<Tallies>
  /** All that are held now. */
  all(): { topic: Topic; tallies: Tallies }[]
  /** Lets go of all other topics. */
  keep(topics: Topic[]): void
  /** The whole past is asked again: what came in late is older than the last hours. */
  renew(): void
}

interface Kept {
  topic: Topic
  tallies: Tallies
  phrases: string
  wholeAtMs: number
}

export const keyOf = ({ id, version }: Pick<Topic, 'id' | 'version'>): string => `${id}@${version}`
const endOf = ({ from, stepMs: step, voices }: Tallies) => Date.parse(from) + voices.length * step
const iso = (ms: number) => new Date(ms).toISOString()

export function openHeld({ ask, model }: Holding): Held {
  const kept = new Map<string, Kept>()
  const load = async (topic: Topic, phrases: Candidate[], { fromMs, untilMs }: { fromMs: number; untilMs: number }) => {
    const measures = sharesIn(model.labels, topic.targets)
    const forms = phrases.map((one) => ({ id: `theme.${one.id}`, forms: one.forms }))
    const window = { from: iso(fromMs), to: iso(untilMs) }
    return ask.tallies(
      { topic: topic.id, version: topic.version },
      { ...{ model: model.id, window, stepMs, measures }, phrases: forms },
    )
  }
  return {
    of: async (topic, phrases, untilMs) => {
      const key = keyOf(topic)
      const words = JSON.stringify(phrases)
      const known = kept.get(key)
      const isFresh = known && known.phrases === words && untilMs - known.wholeAtMs < wholeMs
      const fromMs = isFresh ? Math.min(endOf(known.tallies), untilMs) - lateMs : untilMs - heldMs
      const told = await load(topic, phrases, { fromMs, untilMs })
      const tallies = isFresh ? joined(known.tallies, told) : told
      kept.set(key, { topic, tallies, phrases: words, wholeAtMs: isFresh ? known.wholeAtMs : untilMs })
      return tallies
    },
    all: () => [...kept.values()].map(({ topic, tallies }) => ({ topic, tallies })),
    keep: (topics) => {
      const there = new Set(topics.map(keyOf))
      for (const key of kept.keys()) if (!there.has(key)) kept.delete(key)
    },
    renew: () => {
      for (const one of kept.values()) one.wholeAtMs = Number.NEGATIVE_INFINITY
    },
  }
}

/** The older ones up to where the newer begin. */
function joined(old: Tallies, fresh: Tallies): Tallies {
  const at = (Date.parse(fresh.from) - Date.parse(old.from)) / old.stepMs
  const join = (a: number[], b: number[]) => [...a.slice(0, at), ...b]
  const named = (a: Record<string, number[]>, b: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(b).map(([id, values]) => [id, join(a[id] ?? [], values)]))
  return {
    ...old,
    ...(fresh.sources ? { sources: [...new Set([...(old.sources ?? []), ...fresh.sources])] } : {}),
    accounts: join(old.accounts, fresh.accounts),
    ...{ voices: join(old.voices, fresh.voices), scored: join(old.scored, fresh.scored) },
    collected: join(old.collected, fresh.collected),
    ...{ sums: named(old.sums, fresh.sums), squares: named(old.squares, fresh.squares) },
  }
}
