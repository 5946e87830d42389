// How far a rescore has read the log for a topic version by a model: kept as a setting, so that a later history of that
// model, or the next rescore, reads only the rest. Pure but for reading settings; a mark never says more than was stored.
import { rescoredKey, settingsUnder } from '../settings.ts'
import type { Log, Position, Topic, Version } from '../types.ts'

export interface Mark {
  /** Posts before this time were left with their former scores; '' none were. */
  from: string
  /** The last position that was read, by partition. */
  read: Position[]
}

/** Topics with the same mark, or with none. */
export interface Marked {
  topics: Topic[]
  mark: Mark | null
}

const prefix = 'rescored:'

/** By what follows the prefix in a setting's key: topic, version, model. */
export async function marksIn(log: Pick<Log, 'settings'>): Promise<Map<string, Mark>> {
  const told = await settingsUnder(log, prefix)
  return new Map([...told].map(([name, value]) => [name, JSON.parse(value) as Mark]))
}

export function markOf(topic: Topic, model: string, marks: Map<string, Mark>): Mark | null {
  return marks.get(rescoredKey(topic, model).slice(prefix.length)) ?? null
}

/** The topics by their marks, in the order of the first of each. */
export function byMark(topics: Topic[], markOf: (topic: Topic) => Mark | null): Marked[] {
  const groups = Map.groupBy(topics, (topic) => JSON.stringify(markOf(topic)))
  return [...groups].map(([mark, topics]) => ({ topics, mark: JSON.parse(mark) as Mark | null }))
}

/** Of the topics those with the same mark that come first; where none has one, all. */
export function markedFirst(topics: Topic[], model: string, marks: Map<string, Mark>): Marked {
  const groups = byMark(topics, (topic) => markOf(topic, model, marks))
  return groups.find(({ mark }) => mark !== null) ?? { topics, mark: null }
}

/** Positions of the partitions take turns, from 1 on. */
export const partitionOf = (position: Position, partitions: number): number => (position - 1) % partitions

/** Whether a post still has to be read. */
export function aheadOf(mark: Mark | null): (post: { version: Version }) => boolean {
  if (!mark) return () => true
  const { read } = mark
  return ({ version: { arrival } }) => arrival > read[partitionOf(arrival, read.length)]!
}
