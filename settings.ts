// Settings that are made at run time: read from the log at each question, never remembered, so that what another process
// wrote or took back holds at once. May assume that nobody else writes under the same beginning of a key.
import type { Log, SettingChange, Topic } from './types.ts'

/** All that are set, in the order they were set last, by what follows `prefix` in their key. */
export async function settingsUnder(log: Pick<Log, 'settings'>, prefix: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { change } of await log.settings(prefix))
    if (change.op === 'setting' && change.value !== null) found.set(change.key.slice(prefix.length), change.value)
  return found
}

/** Resolves once durable, all of them or none; null takes a setting away. */
export async function set(log: Pick<Log, 'append'>, settings: Record<string, string | null>): Promise<void> {
  const changes = Object.entries(settings).map(([key, value]): SettingChange => ({ op: 'setting', key, value }))
  await log.append({ source: 'undercurrent', changes, cursor: null })
}

/** The setting that says that a topic version has its history by a model. */
export const filledKey = (topic: Pick<Topic, 'id' | 'version'>, model: string) =>
  `history:${topic.id}@${topic.version}:${model}`

/** The setting that says how far a rescore has read the log for a topic version: what its history need not read again. */
export const rescoredKey = (topic: Pick<Topic, 'id' | 'version'>, model: string) =>
  `rescored:${topic.id}@${topic.version}:${model}`
