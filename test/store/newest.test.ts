// The newest post, followed as rows are written, is the one that the table holds after each step; and it is asked for once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NewestPosts } from '../../store/newest.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { historyOf, tell, worldOf } from './histories.ts'
import { day, minute, topic } from './scores.ts'

describe('through histories', () => {
  let opened: Opened
  beforeAll(async () => {
    opened = await openEmbedded({ eraseAfterMs: 50, inMemory: true })
  })
  afterAll(() => opened.close())

  it('is the newest of the posts that are there, whatever was added, edited, deleted or came late', async () => {
    const { ask } = opened.store
    let times = 0
    for (let seed = 3_001; seed <= 3_008; seed++) {
      const world = worldOf(seed)
      for (const [nr, step] of historyOf(world).entries()) {
        await tell(opened.store, step)
        for (const topic of world.topics) {
          const found = ['one@1', 'two@1'].map(
            async (model) => (await ask.posts({ topic, model, window: day }, {})).posts,
          )
          const at = (await Promise.all(found)).flat().map((post) => post.at)
          const latest = await ask.latest(topic)
          expect(latest, `seed ${seed}, step ${nr}`).toBe(at.sort().at(-1) ?? null)
          times += latest ? 1 : 0
        }
      }
    }
    expect(times).toBeGreaterThan(50)
  })
})

describe('what is asked of the table', () => {
  const row = (post: string, nr: number, more = {}) => ({
    ...{ topic: topic.topic, topic_version: topic.version, model: 'tiny@1', post, version: '1', gone: 0 },
    ...{ at: minute(nr), ...more },
  })
  const at = (nr: number, post: string) => ({ ms: Date.parse(minute(nr)), post })
  function held(found = at(5, 'a')) {
    const asked: string[] = []
    const newest = new NewestPosts()
    const of = () =>
      newest.of(topic, async () => {
        asked.push('asked')
        return found
      })
    return { newest, of, asked }
  }

  it('is asked once; newer rows take its place, older ones do not', async () => {
    const { newest, of, asked } = held()
    expect(await of()).toEqual(at(5, 'a'))
    newest.wrote([row('b', 4), row('c', 7), row('d', 6), row('e', 9, { topic: 'another' })])
    expect(await of()).toEqual(at(7, 'c'))
    expect(asked).toHaveLength(1)
  })

  it('is asked again once that post left or moved back, or nobody knows what was written', async () => {
    const { newest, of, asked } = held()
    await of()
    newest.wrote([row('b', 4, { gone: 1 })])
    await of()
    expect(asked).toHaveLength(1)
    const ends = [
      () => newest.wrote([row('a', 0, { gone: 1 })]),
      () => newest.wrote([row('a', 2, { version: '3' })]),
      () => newest.doubt([row('x', 0)]),
      () => newest.clear(),
    ]
    for (const [nr, end] of ends.entries()) {
      end()
      await of()
      expect(asked).toHaveLength(nr + 2)
    }
  })

  it('an answer that a write overtook is told and not kept', async () => {
    const newest = new NewestPosts()
    const slow = newest.of(topic, async () => {
      newest.wrote([row('b', 8)])
      return at(5, 'a')
    })
    expect(await slow).toEqual(at(5, 'a'))
    expect(await newest.of(topic, async () => at(8, 'b'))).toEqual(at(8, 'b'))
  })
})
