// What costs a computation, done once for each state of the posts it rests on. Whoever asks pays one cheap question as long
// as nothing moved, and never gets an answer older than the store. A failure is not kept; at most a thousand answers are.
import type { Fingerprint, Window } from '../answers.ts'
import type { Topic } from '../types.ts'

const mostKept = 1_000

export interface Caching<Answer> {
  /** Differs whenever the answer may. Asked before the posts are read: what moves meanwhile is noticed next time. */
  print: (topic: Topic, window: Window) => Promise<Fingerprint>
  write: (topic: Topic, window: Window, print: Fingerprint) => Promise<Answer>
}

export function cached<Answer>({ print, write }: Caching<Answer>) {
  const kept = new Map<string, { print: string; told: Promise<Answer> }>()
  /** `after`: what is not there yet is begun only once this has ended. */
  return async (topic: Topic, window: Window, after?: Promise<unknown>): Promise<Answer> => {
    const now = await print(topic, window)
    const key = JSON.stringify([topic.id, topic.version, topic.name, window.from, window.to])
    const known = kept.get(key)
    const one =
      known?.print === now.print ? known : { print: now.print, told: begun(after, () => write(topic, window, now)) }
    kept.delete(key)
    kept.set(key, one) // last, so that the first is the one not asked for longest
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
    one.told.catch(() => kept.get(key) === one && kept.delete(key))
    return one.told
  }
}

async function begun<Answer>(after: Promise<unknown> | undefined, work: () => Promise<Answer>): Promise<Answer> {
  await after?.catch(() => {})
  return work()
}
