// A statement that nobody waits for any more may still be carried out: rows of a try that was given up come after the post
// was deleted, edited or withdrawn by another reader, and after the next try was refused. They must not be seen.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../answers.ts'
import { TransientError } from '../../errors.ts'
import { fresh } from '../contract/storeQuestions.ts'
import { type Faulty, openFaulty } from './faulty.ts'
import { minute } from './scores.ts'

let faulty: Faulty
let store: Store
beforeAll(async () => {
  faulty = await openFaulty()
  store = faulty.store
})
afterAll(() => faulty[Symbol.asyncDispose]())

type Void = (world: ReturnType<typeof fresh>, store: Store) => Promise<unknown>
const voids: Record<string, { void: Void; dropped: object }> = {
  'was deleted': {
    void: ({ source }, { forget }) => forget([{ op: 'delete', source, id: 'p', at: minute(5), revision: null }]),
    dropped: { deleted: 1 },
  },
  'left with its account': {
    void: ({ source }, { forget }) => forget([{ op: 'withdraw', source, author: 'mallow', at: minute(5) }]),
    dropped: { withdrawn: 1 },
  },
  'was edited away': {
    void: ({ seen, add }, { add: tell }) => tell(add([], { seen: [seen('p', 9, 'update')] })),
    dropped: { stale: 1 },
  },
  'is newer in another topic': {
    void: ({ topic, score, add }, { add: tell }) => {
      const other = { topic: `${topic.topic} too`, version: 1 }
      return tell(add([score('p', { arrival: 9, topic: other })], { scope: [other] }))
    },
    dropped: { stale: 1 },
  },
}

describe('rows that come late', () => {
  it.each(Object.entries(voids))('stay hidden: a post that %s', async (_, { void: happens, dropped }) => {
    const world = fresh()
    const { filter, score, add } = world
    const slice = add([score('p', { arrival: 3, post: { author: 'mallow', at: minute(1) } })])
    const before = await faulty.front.counts()
    await faulty.front.faults({ next: ['hungLater'], laterMs: 4_000, match: '^INSERT INTO undercurrent.mentions' })
    const tried = expect(store.add(slice)).rejects.toBeInstanceOf(TransientError)
    await expect.poll(async () => (await faulty.front.counts()).fired.hungLater).toBe((before.fired.hungLater ?? 0) + 1)
    // Another reader of the log, which knows nothing of the try.
    await happens(world, store)
    await tried
    expect(await store.add(slice)).toEqual({ added: 0, dropped })
    expect((await faulty.front.counts()).late).toBe(before.late)
    await expect.poll(async () => (await faulty.front.counts()).late, { timeout: 20_000 }).toBe(before.late + 1)
    expect((await store.ask.posts(filter, {})).posts).toEqual([])
  })
})
