// How kept posts write the words of topics: learnt when topics change, told only where something is new, cut by its budget.
import { describe, expect, test } from 'vitest'
import { openSpelt } from '../spelt.ts'
import type { PostChange, Topic } from '../types.ts'
import { post } from './contract/changes.ts'

const topic = (id: string, query: string): Topic => ({
  ...{ id, name: id, query, targets: [], public: false, tags: [], version: 1, at: '2026-01-01T00:00:00.000Z' },
  origin: 'user',
})

function world(texts: string[]) {
  const listeners = new Set<() => void>()
  const list = [topic('a', 'zurich OR fahre')]
  const kept = { texts, scans: 0 }
  const topics = {
    list: () => list,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const log = {
    async *scan(signal: AbortSignal): AsyncGenerator<PostChange[]> {
      kept.scans++
      for (const [nr, text] of kept.texts.entries()) {
        if (signal.aborted) return
        yield [post(String(nr), { text })]
      }
    },
  }
  const put = (one: Topic) => {
    list.push(one)
    for (const listener of listeners) listener()
  }
  return { log, topics, put, kept, listeners }
}
const never = new AbortController().signal

describe('spellings of the words of topics', () => {
  test('are those of kept posts, and told when they change', async () => {
    const { log, topics, kept } = world(['Zürich heute', 'nach ZÜRICH', 'zurich', 'the Fähre waits'])
    const spelt = openSpelt({ log, topics })
    let told = 0
    spelt.onChange(() => told++)
    expect(spelt.spellings().size).toBe(0)
    await spelt.look(never)
    expect(spelt.spellings().get('zurich')).toEqual(['zürich', 'zurich'])
    expect(spelt.spellings().get('fahre')).toEqual(['fähre'])
    // Only how often has changed.
    kept.texts.push('zurich', 'zurich', 'zurich')
    await spelt.look(never)
    expect(told).toBe(1)
  })

  test('are not what somebody stuffed with what is unseen, which would make a rule too long', async () => {
    const stuffed = `z${'\u200d'.repeat(400)}ürich`
    const { log, topics } = world([stuffed, stuffed, 'Zu\u0308rich'])
    const spelt = openSpelt({ log, topics })
    await spelt.look(never)
    expect(spelt.spellings().get('zurich')).toEqual(['zu\u0308rich'])
  })

  test('are looked at again when a topic comes, and no more after the end', async () => {
    const { log, topics, put, kept, listeners } = world(['Dünen und Ebbe'])
    const spelt = openSpelt({ log, topics })
    const stop = new AbortController()
    const running = spelt.run(stop.signal)
    const seen = new Promise<void>((resolve) => spelt.onChange(resolve))
    put(topic('b', 'dunen'))
    await seen
    expect(spelt.spellings().get('dunen')).toEqual(['dünen'])
    stop.abort()
    await running
    expect(listeners.size).toBe(0)
    const { scans } = kept
    put(topic('c', 'ebbe'))
    expect(kept.scans).toBe(scans)
  })

  test('a look ends with its budget, with what it saw', async () => {
    const { log, topics } = world(['Zürich', ...Array.from({ length: 1_000 }, () => 'zurich')])
    const spelt = openSpelt({ log, topics, budgetMs: 0 })
    await spelt.look(never)
    expect(spelt.spellings().get('zurich')).toEqual(['zürich'])
  })
})
