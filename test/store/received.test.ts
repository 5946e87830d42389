// What an alert saw, later: posts that came after it stay out, and what was deleted or edited since is gone from it.
import { describe, expect, it } from 'vitest'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, scoreOf, topic } from './scores.ts'

describe('receivedBy', () => {
  it('holds what was here by then and reads the same now', async () => {
    let clock = Date.parse(minute(100))
    const opened = await openEmbedded({ now: () => clock })
    const { store } = opened
    const told = (id: string, arrival: number, more = {}) => scoreOf(id, { arrival, post: { at: minute(10), ...more } })
    await store.add(addition(['a', 'b', 'c', 'd'].map((id, nr) => told(id, nr + 1))))
    const seenAt = new Date(clock).toISOString()
    clock += 1
    await store.add(addition([told('late', 9)]))
    const saw = async () => {
      const { posts } = await store.ask.posts({ topic, model, window: day, receivedBy: seenAt }, {})
      return posts.map(({ id }) => id).sort()
    }
    expect(await saw()).toEqual(['a', 'b', 'c', 'd'])
    await store.forget([{ op: 'delete', source: 'file', id: 'b', at: minute(101), revision: null }])
    await store.add(addition([told('c', 12, { op: 'update', text: 'said otherwise' })]))
    expect(await saw()).toEqual(['a', 'd'])
    expect((await store.ask.coverage({ topic, model, window: day })).posts).toBe(4)
    await opened.close()
  })
})
