// Phrases that are watched, kept as settings of the log, so that an alert about one outlives a restart. Two days at most: a
// phrase is ten accounts' and more, and still their words.

import { CorruptionError } from '../errors.ts'
import { set, settingsUnder } from '../settings.ts'
import type { Log } from '../types.ts'
import type { Candidate } from './fresh.ts'

const prefix = 'alert-phrases:'

/** A phrase, and since when it is watched. */
export type Phrase = Candidate & { sinceMs: number }

/** By topic and version. */
export async function keptPhrases(log: Pick<Log, 'settings'>): Promise<Map<string, Phrase[]>> {
  const all = [...(await settingsUnder(log, prefix))]
  return new Map(
    all.map(([key, text]) => {
      try {
        return [key, JSON.parse(text) as Phrase[]]
      } catch (cause) {
        throw new CorruptionError(`${prefix}${key} in the log is not what this version wrote`, { cause })
      }
    }),
  )
}

/** Resolves once durable; none takes the setting away. */
export const keepPhrases = (log: Pick<Log, 'append'>, key: string, phrases: Phrase[]): Promise<void> =>
  set(log, { [prefix + key]: phrases.length ? JSON.stringify(phrases) : null })
