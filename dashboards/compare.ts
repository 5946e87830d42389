// Two to four sides on the same axes: topics, sources, languages, camps of a target, or two windows.
// Each difference has its own interval, which the model's error of differences is part of; where that holds zero nobody
// is said to be ahead. Computes differences of answers, and nothing else.
import type { Estimate, Filter, Summary, View, Window } from '../answers.ts'
import { differenceOf, isCertain } from '../difference.ts'
import { UserError } from '../errors.ts'
import type { ModelError, Topic } from '../types.ts'
import { type FilterWords, filterOf, type Served, topicIn, windowIn } from './served.ts'
import { languageName, side as sideName, sourceName } from './words.ts'

export const ways = ['topic', 'source', 'lang', 'camp', 'window'] as const
export type Way = (typeof ways)[number]
export const mostSides = 4

export interface Asked extends FilterWords {
  topics: string[]
  by: Way
  /** Whose camps; absent: those of the first target. */
  target?: string
  /** by window: the period it is held against; absent: the one of equal length before it. */
  otherFrom?: string
  otherTo?: string
}

export interface Side {
  /** As a reader calls it: a topic's name, "Bluesky", "English", "for “a truce now”", "the period before". */
  name: string
  topic: string
  version: number
  window: Window
  posts: number
  authors: number
  scored: number
  /** The words that narrow its topic to this side, as for a list of posts. */
  only: { source?: string; lang?: string; stance?: string }
}

/** The second side less the first one. */
export interface Difference extends Estimate {
  of: [first: number, second: number]
  verdict: 'more' | 'fewer' | 'too close to call' | 'too few voices'
}

export interface Measured {
  /** As in the API; stance by the target of the first side that has it. */
  measure: string
  /** One for each side, in their order. */
  shares: Estimate[]
  differences: Difference[]
}

export interface Compared {
  by: Way
  view: View
  model: string
  sides: Side[]
  measures: Measured[]
}

interface Part {
  name: string
  topic: Topic
  filter: Filter
}

const sideNames: Record<Way, string> = {
  ...{ topic: 'topics', source: 'platforms', lang: 'languages', camp: 'camps', window: 'periods' },
}

/** Throws UserError where there are not two sides. */
export async function compare(served: Served, asked: Asked): Promise<Compared> {
  const parts = await partsOf(served, asked)
  if (parts.length < 2) throw new UserError(`there are no two ${sideNames[asked.by]} to compare`, hints[asked.by])
  const summaries = await Promise.all(parts.map(({ filter }) => served.ask.summary(filter)))
  return {
    ...{ by: asked.by, view: asked.view ?? 'post', model: served.model.id },
    sides: parts.map(({ name, topic: { id, version }, filter }, at) => {
      const { posts, authors, scored } = summaries[at]!
      return { name, topic: id, version, window: filter.window, posts, authors, scored, only: onlyOf(filter) }
    }),
    measures: measuresOf(parts, summaries, served),
  }
}

function onlyOf({ source, lang, camp }: Filter): Side['only'] {
  const stance = camp && `${camp.target}.${camp.label}`
  return { ...(source && { source }), ...(lang !== undefined && { lang }), ...(stance && { stance }) }
}

const hints: Record<Way, string> = {
  topic: `Name two to ${mostSides} topics: topics=a,b.`,
  source: 'All posts of this window come from one source. Take a longer window or compare by something else.',
  lang: 'All posts of this window are in one language. Take a longer window or compare by something else.',
  camp: 'The topic has no target that people could be for or against: add one to it first.',
  window: 'Give a window with one before it.',
}

async function partsOf(
  served: Served,
  { topics: ids, by, target, otherFrom, otherTo, ...words }: Asked,
): Promise<Part[]> {
  if (!ids.length || ids.length > mostSides) throw new UserError('name one to four topics', hints.topic)
  const parts = await Promise.all(
    [...new Set(ids)].map(async (id): Promise<Part> => {
      const filter = await filterOf(served, id, words)
      const topic = topicIn(served, filter)
      return { name: topic.name, topic, filter }
    }),
  )
  const other = { from: otherFrom, to: otherTo }
  if (by !== 'window' && (otherFrom || otherTo))
    throw new UserError(
      'another period goes with by=window alone',
      'Leave otherFrom and otherTo out, or use by=window.',
    )
  if (by === 'topic') return parts
  const [first, second] = parts as [Part, Part?]
  if (second) throw new UserError(`by ${by}, one topic is compared within itself`, 'Name one topic, or use by=topic.')
  if (by === 'window') return windowsOf(first, other)
  if (by === 'camp') return campsOf(first, target)
  const { bySource, byLang } = await served.ask.coverage(first.filter)
  const counts =
    by === 'source'
      ? Object.entries(bySource).map(([name, { posts }]) => [name, posts] as const)
      : Object.entries(byLang)
  const largest = counts.toSorted(([, a], [, b]) => b - a).slice(0, mostSides)
  return largest.map(([value]) => {
    const name = by === 'source' ? sourceName(value) : languageName(value)
    return { ...first, name, filter: { ...first.filter, [by]: value } }
  })
}

/** The window and another one, in the order of time. Without another one: that of the same length before it. */
function windowsOf(part: Part, { from, to }: { from: string | undefined; to: string | undefined }): Part[] {
  const { window } = part.filter
  const within = (name: string, window: Window): Part => ({ ...part, name, filter: { ...part.filter, window } })
  if (!from && !to) {
    const earlier = new Date(2 * Date.parse(window.from) - Date.parse(window.to)).toISOString()
    return [within('the period before', { from: earlier, to: window.from }), within('this period', window)]
  }
  if (!from || !to) throw new UserError('the other period has no beginning or no end', 'Give otherFrom and otherTo.')
  const other = windowIn({ from, to })
  const [first, second] = other.from < window.from ? [other, window] : [window, other]
  // A post of both would make their difference look surer than it is.
  if (first.to > second.from)
    throw new UserError('the two periods overlap', 'Let one of them end before the other begins.')
  return [within('the earlier period', first), within('the later period', second)]
}

function campsOf(part: Part, id: string | undefined): Part[] {
  const { targets } = part.topic
  const target = id === undefined ? targets[0] : targets.find((one) => one.id === id)
  if (id !== undefined && !target)
    throw new UserError(
      `there is no target "${id}"`,
      `This topic has ${targets.map((one) => one.id).join(', ') || 'none'}.`,
    )
  if (!target) return []
  return ['favor', 'against'].map((label) => ({
    ...part,
    name: `${sideName(label)} “${target.text}”`,
    filter: { ...part.filter, camp: { target: target.id, label } },
  }))
}

function measuresOf(parts: Part[], summaries: Summary[], { model }: Served): Measured[] {
  const { sentiment, emotion, stance, modelError } = model.labels
  const isOne = new Set(parts.map(({ topic }) => topic.id)).size === 1
  const measured = (measure: string, shares: (Estimate | undefined)[], error: ModelError): Measured[] => {
    if (shares.filter((share) => share !== undefined).length < 2) return []
    const told = shares.map((share) => share ?? { estimate: null, low: null, high: null })
    const label = measure.slice(measure.lastIndexOf('.') + 1)
    return [{ measure, shares: told, differences: pairs(told, { label, error: isOne ? error : apart(error) }) }]
  }
  const heads = { sentiment, emotion }
  return [
    ...(['sentiment', 'emotion'] as const).flatMap((kind) =>
      heads[kind].flatMap((label) =>
        measured(
          `${kind}.${label}`,
          summaries.map((one) => one[kind][label]),
          modelError[kind],
        ),
      ),
    ),
    ...parts[0]!.topic.targets.flatMap((target) =>
      stance.flatMap((label) => {
        const shares = parts.map(({ topic }, at) => {
          const same = topic.targets.find(({ text }) => text.toLowerCase() === target.text.toLowerCase())
          return same && summaries[at]!.stance[same.id]?.[label]
        })
        return measured(`stance.${target.id}.${label}`, shares, modelError.stance)
      }),
    ),
  ]
}

/** Between two topics the model errs on each by itself: nothing of its error is known to be the same on both. */
const apart = ({ share }: ModelError): ModelError => ({
  share,
  difference: Object.fromEntries(Object.entries(share).map(([label, error]) => [label, Math.SQRT2 * error])),
})

function pairs(shares: Estimate[], of: { label: string; error: ModelError }): Difference[] {
  return shares.flatMap((before, first) =>
    shares.slice(first + 1).map((after, at): Difference => {
      const difference = differenceOf(before, after, of)
      const pair: [number, number] = [first, first + 1 + at]
      if (!difference) return { of: pair, estimate: null, low: null, high: null, verdict: 'too few voices' }
      const verdict = !isCertain(difference) ? 'too close to call' : difference.estimate! > 0 ? 'more' : 'fewer'
      return { of: pair, ...difference, verdict }
    }),
  )
}
