// The numbers of the start page, for all topics at once: what a topic needs is asked again only when its print differs,
// so that a visit costs one cheap statement while nothing moves. Answers are never older than the store; a failure is not
// kept. May assume that one process serves one store.
import type { Estimate, Filter, Pulse, PulseAsked, PulseQuestion, PulseStep, TopicPrint } from '../answers.ts'
import { leastLabels } from '../ppi.ts'
import type { Topic } from '../types.ts'
import { pulseDays } from './movement.ts'
import type { Served } from './served.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Topics in a statement: others have their turn between two. */
const atOnce = 8

export interface TopicPulse {
  topic: Topic
  /** 24 h each, up to the latest post. */
  days: Pulse
  /** The hours of the last of these days. */
  hours: Pulse
}

export type Pulses = () => Promise<TopicPulse[]>

interface Kept {
  print: string
  told: TopicPulse | undefined
}

/** Topics without a post are left out. */
export function openPulses(served: Served): Pulses {
  const { ask, topics, model } = served
  const kept = new Map<string, Kept>()
  return inTurns(async () => {
    const prints = new Map((await ask.prints(model.id)).map((print) => [keyOf(print.topic, print.version), print]))
    const listed = topics.list().filter(({ id, version }) => prints.has(keyOf(id, version)))
    const printOf = ({ id, version }: Topic) => prints.get(keyOf(id, version))!
    const moved = listed.filter((topic) => kept.get(keyOf(topic.id, topic.version))?.print !== printOf(topic).print)
    for (let at = 0; at < moved.length; at += atOnce) {
      const some = moved.slice(at, at + atOnce)
      const told = await gather(served, some, printOf)
      for (const [nr, topic] of some.entries())
        kept.set(keyOf(topic.id, topic.version), { print: printOf(topic).print, told: told[nr] })
    }
    const known = new Set(listed.map(({ id, version }) => keyOf(id, version)))
    for (const key of kept.keys()) if (!known.has(key)) kept.delete(key)
    // The name may have changed since, which is no new version.
    return listed.flatMap((topic) => {
      const told = kept.get(keyOf(topic.id, topic.version))?.told
      return told ? [{ ...told, topic }] : []
    })
  })
}

const keyOf = (id: string, version: number) => JSON.stringify([id, version])

/** One at a time: who asks meanwhile shares the next turn, which begins after they asked. Visits never pile up. */
function inTurns<Answer>(answer: () => Promise<Answer>): () => Promise<Answer> {
  let now: Promise<Answer> | null = null
  let next: Promise<Answer> | null = null
  const begin = () => {
    next = null
    const turn = answer().finally(() => {
      if (now === turn) now = null
    })
    now = turn
    return turn
  }
  return () => {
    if (!now) return begin()
    next ??= now.then(begin, begin)
    return next
  }
}

async function gather(
  { ask, model }: Served,
  topics: Topic[],
  printOf: (topic: Topic) => TopicPrint,
): Promise<(TopicPulse | undefined)[]> {
  const question: PulseQuestion = {
    ...{ model: model.id, stepMs: dayMs, steps: pulseDays },
    ...{ sentiment: ['negative', 'positive'], stance: ['against', 'favor'] },
  }
  const days = byTopic(
    await ask.pulses(
      topics.map((topic) => askedOf(topic)),
      question,
    ),
  )
  const there = topics.filter(({ id }) => days.has(id))
  const hours = byTopic(
    await ask.pulses(
      there.map((topic) => askedOf(topic, days.get(topic.id)!.to)),
      { ...question, stepMs: hourMs, steps: 24, sentiment: [], stance: [] },
    ),
  )
  return Promise.all(
    topics.map(async (topic) => {
      const day = days.get(topic.id)
      if (!day) return undefined
      const isLabelled = printOf(topic).labels >= leastLabels
      return {
        topic,
        days: isLabelled ? await withLabels({ ask, model }, topic, day) : day,
        hours: hours.get(topic.id)!,
      }
    }),
  )
}

const byTopic = (pulses: Pulse[]) => new Map(pulses.map((one) => [one.topic, one]))

const askedOf = ({ id, version, targets }: Topic, to?: string): PulseAsked => ({
  topic: { topic: id, version },
  targets: targets.map((target) => target.id),
  ...(to ? { to } : {}),
})

/** Shares that people's labels stand behind read here as they do on the topic's page; its past is the model's alone. */
async function withLabels({ ask, model }: Pick<Served, 'ask' | 'model'>, topic: Topic, pulse: Pulse): Promise<Pulse> {
  const steps = pulse.steps.map(async (step, nr): Promise<PulseStep> => {
    if (nr > 1) return step
    const end = Date.parse(pulse.to) - nr * dayMs
    const window = { from: new Date(end - dayMs).toISOString(), to: new Date(end).toISOString() }
    const ref = { topic: topic.id, version: topic.version }
    const filter: Filter = { topic: ref, model: model.id, window, targets: topic.targets }
    const { sentiment, stance } = await ask.audited(filter)
    const told = (measure: string): Estimate | undefined => {
      const label = measure.slice(measure.lastIndexOf('.') + 1)
      if (measure.startsWith('sentiment.')) return sentiment[label]
      return stance[measure.slice('stance.'.length, -label.length - 1)]?.[label]
    }
    const shares = Object.entries(step.shares).map(([measure, share]) => [measure, told(measure) ?? share] as const)
    return { ...step, shares: Object.fromEntries(shares) }
  })
  return { ...pulse, steps: await Promise.all(steps) }
}
