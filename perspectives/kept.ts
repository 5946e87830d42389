// Perspectives, computed once for each state of their posts. Whoever asks pays one cheap question as long as nothing
// moved, and never gets a paragraph older than the store. A failure is not kept; at most a thousand paragraphs are.
import { createHash } from 'node:crypto'
import type { Filter, Fingerprint, Questions, Window } from '../answers.ts'
import type { Claim, Perspective } from '../conclusions.ts'
import { metrics } from '../metrics.ts'
import type { Topic } from '../types.ts'
import { cached } from './cached.ts'
import { type Sources, type Written, written } from './perspectives.ts'

export type Read = (topic: Topic, window: Window) => Promise<Perspective>
export type ReadWritten = (topic: Topic, window: Window, after?: Promise<unknown>) => Promise<Written>

/** Everything a paragraph may rest on: its window, and the one before it that it is compared with. */
export function restsOn(topic: Topic, model: string, { from, to }: Window): Filter {
  const before = new Date(2 * Date.parse(from) - Date.parse(to)).toISOString()
  return { topic: { topic: topic.id, version: topic.version }, model, window: { from: before, to } }
}

/** Computes a paragraph. */
export type Write = (topic: Topic, window: Window, print: Fingerprint) => Promise<Written>

/** On this thread. One reader who leaves must not cut off the others; every question to the store ends by itself. */
export function openWriter(sources: Sources): Write {
  const { signal } = new AbortController()
  return (topic, window, print) => written(topic, window, { sources, signal, print })
}

interface Printed {
  ask: Pick<Questions, 'fingerprint'>
  model: string
}

export function openWritten({ ask, model }: Printed, write: Write): ReadWritten {
  return cached({
    print: (topic, window) => ask.fingerprint(restsOn(topic, model, window)),
    write: async (topic, window, print) => {
      const done = metrics.perspectiveSeconds.startTimer()
      const { told, cited } = await write(topic, window, print)
      done()
      return { told: { ...told, manifest: { ...told.manifest, hash: hashOf(print.print, told.claims) } }, cited }
    },
  })
}

/** The same without the posts behind. */
export function openPerspectives(sources: Sources & Printed, write = openWriter(sources)): Read {
  const read = openWritten(sources, write)
  return async (topic, window) => (await read(topic, window)).told
}

/** Names the posts, then the claims. */
function hashOf(print: string, claims: Claim[]): string {
  return `${print}-${createHash('sha256').update(JSON.stringify(claims)).digest('hex').slice(0, 16)}`
}
