// One label from outside: checked against the topics and the model's labels, or refused under a reason from a closed
// list. Pure, never throws, and never repeats more than a few characters of what it was given.
import type { Topics } from '../given.ts'
import { type LabelChange, type LabelMeasure, labelMeasures, type ModelLabels, type Target } from '../types.ts'

/** Why a label was not taken in; each is a metric label and is in docs/api.md. */
export const labelReasons = [
  'malformed', // no object, or no post id
  'unknown_topic', // no such topic
  'unknown_post', // the topic holds no live post of this id
  'ambiguous_post', // posts of several sources have this id
  'unknown_measure', // none of sentiment, stance, emotion, relevance
  'unknown_target', // stance without a target of the topic, or another measure with one
  'unknown_value', // a value that the measure has not
  'bad_labeller', // no short name
  'bad_sample', // neither audit nor active
  'bad_probability', // not from 1e-6 to 1, or missing for an audit label
] as const
export type LabelReason = (typeof labelReasons)[number]

export interface RefusedLabel {
  reason: LabelReason
  detail: string
}
/** Checked in itself; whether the post is there is the store's to say. */
export interface GivenLabel extends Omit<LabelChange, 'op' | 'at' | 'source'> {
  /** null: whichever source has the post. */
  source: string | null
}

export interface Known {
  topics: Topics
  labels: ModelLabels
}

/** Only ever thrown and caught in this file. */
class Refused extends Error {
  readonly reason: LabelReason
  constructor(reason: LabelReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

export function readLabel(value: unknown, known: Known): GivenLabel | RefusedLabel {
  try {
    return read(value, known)
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, detail: error.message }
    throw error
  }
}

function read(value: unknown, { topics, labels }: Known): GivenLabel {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('malformed', 'a label is an object: {"post", "topic", "measure", "value", "labeller", "sample"}')
  const given = value as Record<string, unknown>
  const id = textOf(given.post, 2_048)
  if (id === null) throw new Refused('malformed', 'post must be the id of a post, as the API returns it')
  const topic = textOf(given.topic, 64)
  const versions = topic === null ? [] : topics.versions(topic)
  if (topic === null || !topics.get(topic)) throw new Refused('unknown_topic', 'GET /v1/topics lists the topics')
  const measure = labelMeasures.find((one) => one === given.measure)
  if (!measure) throw new Refused('unknown_measure', `measure must be one of ${labelMeasures.join(', ')}`)
  const target = targetOf(given.target ?? null, measure, versions.flatMap(({ targets }) => targets).toReversed())
  const values = valuesOf(given.value, measure, labels)
  const labeller = textOf(given.labeller, 64)
  if (labeller === null || /\p{C}/u.test(labeller))
    throw new Refused('bad_labeller', 'labeller must be a name of 1 to 64 characters')
  const source = given.source === undefined || given.source === null ? null : textOf(given.source, 64)
  return { source, id, topic, target, measure, values, labeller, ...drawnOf(given) }
}

function textOf(value: unknown, most: number): string | null {
  return typeof value === 'string' && value !== '' && value.length <= most && value.isWellFormed() ? value : null
}

/** Of a target whose words changed under one id, the newest words: those are what a labeller is shown. */
function targetOf(value: unknown, measure: LabelMeasure, newestFirst: Target[]): Target | null {
  if (measure !== 'stance') {
    if (value === null || value === '') return null
    throw new Refused('unknown_target', `${measure} has no target: leave it out`)
  }
  const target = newestFirst.find(({ id }) => id === value)
  if (target) return target
  const ids = [...new Set(newestFirst.map(({ id }) => id))]
  throw new Refused(
    'unknown_target',
    ids.length ? `target must be one of ${ids.join(', ')}` : 'the topic has no target',
  )
}

function valuesOf(value: unknown, measure: LabelMeasure, labels: ModelLabels): string[] {
  const known = measure === 'relevance' ? ['yes', 'no'] : labels[measure]
  if (measure !== 'emotion') {
    if (typeof value === 'string' && known.includes(value)) return [value]
    throw new Refused('unknown_value', `value must be one of ${known.join(', ')}`)
  }
  if (Array.isArray(value) && value.every((one) => known.includes(one))) return [...new Set<string>(value)]
  throw new Refused('unknown_value', `value must be a list, empty if need be, of ${known.join(', ')}`)
}

/** No draw of ours is thinner; a smaller one would let a single label outweigh all others. */
const leastProbability = 1e-6

function drawnOf({ sample, probability = null }: Record<string, unknown>): Pick<LabelChange, 'sample' | 'probability'> {
  if (sample !== 'audit' && sample !== 'active')
    throw new Refused('bad_sample', 'sample must be audit (the post was drawn at random) or active (it was chosen)')
  const isShare = typeof probability === 'number' && probability >= leastProbability && probability <= 1
  if (!isShare && !(probability === null && sample === 'active'))
    throw new Refused('bad_probability', 'probability must be that of having been drawn: from 1e-6 to 1')
  return { sample, probability: isShare ? (probability as number) : null }
}
