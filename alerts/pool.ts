// What topics teach of one another: how far shares scatter and stray, how days go, how often strengths are passed where
// nothing changed. A topic that is young is held against this; one with a past of its own is drawn towards it. Learnt by
// walking over the past day by day, as if each were today. Pure; may take long, and lets others run meanwhile.
import type { Tallies } from '../sides.ts'
import { breathe, breathing } from '../steps.ts'
import type { Measure } from './measures.ts'
import { type Fitted, type Prior, pooled, unlearnt } from './ordinary.ts'
import type { Steps } from './profile.ts'
import { byTheory, openPeaks, type Peaks, tailOf } from './tail.ts'
import { cut } from './walk.ts'
import { type Watching, watchIn } from './watch.ts'

export type Pool = (measure: Measure) => Prior

/** Topics with as much of a past as is held against, and two days more, teach. */
const leastDays = 7
const dayMs = 86_400_000

/** stance.<target>.favor of any topic is one kind of measure, as is any theme. */
function kindOf({ id, kind }: Measure): string {
  if (kind === 'stance') return `stance.${id.slice(id.lastIndexOf('.') + 1)}`
  return kind === 'theme' ? 'theme' : id
}

export const unlearntPool: Pool = ({ type }) => unlearnt[type]

export interface Teaching {
  tallies: Tallies
  measures: Measure[]
}

type Learning = Pick<Watching, 'errorOf' | 'baselineMs'>

export async function learnFrom(topics: Teaching[], learning: Learning, signal?: AbortSignal): Promise<Pool> {
  const old = topics.filter(({ tallies }) => daysOf(tallies) >= leastDays)
  const fits = new Map<string, { type: Steps['kind']; all: Fitted[] }>()
  for (const { tallies, measures } of old) {
    const watching = { ...plain(learning), tallies, measures, priorOf: unlearntPool }
    const { fitted } = await breathing(watchIn(watching, tallies.voices.length))
    for (const measure of measures) {
      const known = fits.get(kindOf(measure)) ?? { type: measure.type, all: [] }
      fits.set(kindOf(measure), known)
      known.all.push(fitted.get(measure.id)!)
    }
    signal?.throwIfAborted()
  }
  const taught = new Map([...fits].map(([kind, { type, all }]) => [kind, pooled(all, type)]))
  const bare: Pool = (measure) => ({ ...unlearnt[measure.type], ...taught.get(kindOf(measure)), tail: byTheory })
  const peaks = new Map<string, Peaks[]>()
  for (const topic of old) {
    for (const [kind, one] of await peaksOf(topic, { ...plain(learning), priorOf: bare }))
      peaks.set(kind, [...(peaks.get(kind) ?? []), one])
    signal?.throwIfAborted()
  }
  const tails = new Map([...peaks].map(([kind, all]) => [kind, tailOf(all)]))
  return (measure) => ({ ...bare(measure), tail: tails.get(measure.kind) ?? unlearnt[measure.type].tail })
}

/** Steps that are read at once; then others have their turn. */
const stride = 6

const plain = (learning: Learning) => ({ ...learning, told: [], floorMs: 0 })

/** Days with voices, from the first on. */
function daysOf({ voices, stepMs }: Tallies): number {
  const first = voices.findIndex((count) => count > 0)
  return first < 0 ? 0 : ((voices.length - first) * stepMs) / dayMs
}

/** The peaks of a topic's past, by kind: each day is read with what was learnt of the days before it. */
async function peaksOf(
  { tallies, measures }: Teaching,
  watching: Omit<Watching, 'tallies' | 'measures'>,
): Promise<[string, Peaks][]> {
  const { stepMs, voices } = tallies
  const day = dayMs / stepMs
  const back = watching.baselineMs / stepMs
  const open = measures.map(() => openPeaks(stepMs))
  for (let at = voices.length - Math.floor((voices.length * stepMs) / dayMs / 2) * day; at < voices.length; at += day) {
    const first = Math.max(0, at - back)
    const past = cut(tallies, first, at + day)
    const seen = await breathing(watchIn({ ...watching, measures, tallies: past }, at - first))
    for (let step = at + 1; step <= Math.min(at + day, voices.length); step++) {
      if ((step - at) % stride === 1) await breathe()
      for (const [nr, { log }] of seen.readingsAt(step - first).entries()) open[nr]!.take(log)
    }
  }
  return measures.map((measure, nr) => [measure.kind, open[nr]!.end()])
}
