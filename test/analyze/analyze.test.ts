// The loop of stage 3 on a real log and a real store: what is said reaches the answers, once, whatever fails on the way.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../answers.ts'
import { TransientError } from '../../errors.ts'
import type { AccountChange, DeleteChange } from '../../types.ts'
import { openEmbedded } from '../store/embedded.ts'
import { altered, at, inSmallSlices, type Loop, openLoop } from './loop.ts'

let opened: Awaited<ReturnType<typeof openEmbedded>>
let store: Store
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 50 })
  store = opened.store
})
afterAll(() => opened.close())

let loops = 0
const newLoop = () => openLoop(store, `loop-${++loops}`)
const gone = ({ name }: Loop, id: string, revision: string | null = null): DeleteChange => ({
  ...{ op: 'delete', source: name, id, at: at(50), revision },
})
const account = ({ name }: Loop, op: 'withdraw' | 'restore', author: string, second: number): AccountChange => ({
  ...{ op, source: name, author, at: at(second) },
})

describe('what is said reaches the answers', () => {
  test('creates, edits, deletes, and what does not match stays out', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(loop.post('1', 'good harbour'), loop.post('2', 'harbour'), loop.post('3', 'a hill'))
    await run.settled()
    expect(await loop.texts()).toEqual({ '1': 'good harbour', '2': 'harbour' })
    await loop.say(loop.post('1', 'a bad harbour', { op: 'update' }), gone(loop, '2'))
    await run.settled()
    expect(await loop.texts()).toEqual({ '1': 'a bad harbour' })
    const [post] = await loop.shown()
    expect(post!.sentiment.negative).toBeCloseTo(0.9)
    expect(await loop.count()).toBe(1)
    await run.stop()
  })

  test('an edit that no longer matches leaves its topic; one that matches again comes back', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    const edit = (text: string) => loop.post('1', text, { op: 'update' })
    await loop.say(loop.post('1', 'harbour'))
    await run.settled()
    await loop.say(edit('a hill'))
    await run.settled()
    expect(await loop.texts()).toEqual({})
    await loop.say(edit('the harbour after all'))
    await run.settled()
    expect(await loop.texts()).toEqual({ '1': 'the harbour after all' })
    await run.stop()
  })

  test('a delete that comes before its create keeps it out, in one slice and across slices', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(gone(loop, '1'), loop.post('1', 'harbour'), gone(loop, '2', '5'))
    await run.settled()
    await loop.say(loop.post('2', 'harbour', { revision: '4' }), loop.post('2', 'harbour anew', { revision: '6' }))
    await run.settled()
    expect(await loop.texts()).toEqual({ '2': 'harbour anew' })
    await run.stop()
  })

  test('an account that left takes all along; back again, it starts anew', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    const by = (id: string, second: number) => loop.post(id, 'harbour', { author: 'ann', at: at(second) })
    await loop.say(by('1', 1), by('2', 2), loop.post('3', 'harbour', { author: 'bo' }))
    await run.settled()
    await loop.say(account(loop, 'withdraw', 'ann', 10))
    await run.settled()
    expect(Object.keys(await loop.texts())).toEqual(['3'])
    await loop.say(account(loop, 'restore', 'ann', 20), by('1', 1), by('2', 2), by('4', 5), by('5', 21))
    await run.settled()
    expect(Object.keys(await loop.texts())).toEqual(['3', '5'])
    await run.stop()
  })

  test('fresh counts, the wish not to be quoted, and gaps', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    const { name } = loop
    await loop.say(
      loop.post('1', 'harbour', { likes: 1 }),
      { op: 'counts', source: name, id: '1', likes: 7, reposts: 3, at: at(9) },
      { op: 'display', source: name, author: 'author of 1', quotable: false, at: at(9) },
      { op: 'gap', source: name, from: at(1), to: at(5), reason: 'down' },
    )
    await run.settled()
    expect(await loop.shown()).toMatchObject([{ likes: 7, reposts: 3, quotable: false }])
    const { gaps } = await store.ask.coverage(loop.filter())
    expect(gaps).toEqual([{ source: name, from: at(1), to: at(5), reason: 'down' }])
    await run.stop()
  })

  test('a language the model does not read is kept and counted, not scored', async () => {
    await using loop = await newLoop()
    await loop.track('harbour')
    const run = loop.run()
    await loop.say(loop.post('1', 'harbour', { lang: 'de' }), loop.post('2', 'harbour'))
    await run.settled()
    const { posts, scored, unscored } = await store.ask.summary(loop.filter())
    expect({ posts, scored, unscored }).toEqual({ posts: 2, scored: 1, unscored: { language: 1 } })
    expect((await loop.shown())[0]).toMatchObject({ skipped: 'language', sentiment: {}, irony: null })
    await run.stop()
  })

  test('a post is about several topics, each with its own row', async () => {
    await using loop = await newLoop()
    await loop.track('harbour', { targets: [{ id: 'dredging', text: 'dredging' }] })
    await loop.topics.put({ id: `${loop.name}-b`, name: 'b', query: 'mud', targets: [], public: false, tags: [] })
    const run = loop.run()
    await loop.say(loop.post('1', 'for harbour mud'))
    await run.settled()
    expect((await loop.shown())[0]!.stance.dredging!.favor).toBeCloseTo(0.9)
    const counts = (await store.ask.counts()).filter(({ topic }) => topic.startsWith(loop.name))
    expect(counts.map(({ topic, posts }) => `${topic} ${posts}`).sort()).toEqual([`${loop.name} 1`, `${loop.name}-b 1`])
    await run.stop()
  })
})

test('after a small slice it rests, for company to come; a full one has others behind it', async () => {
  await using loop = await newLoop()
  await loop.track('harbour')
  const rests: number[] = []
  const sleep = async (ms: number) => void rests.push(ms)
  // The topic is a change, too.
  await loop.say(...Array.from({ length: 1_000 }, (_, nr) => loop.post(`${nr}`, 'a hill')))
  const run = loop.run({ sleep })
  await run.settled()
  await expect.poll(() => rests).toHaveLength(1)
  await loop.say(loop.post('1000', 'a harbour'))
  await run.settled()
  await expect.poll(() => rests).toHaveLength(2)
  for (const ms of rests) expect(ms).toBeGreaterThan(0)
  for (const ms of rests) expect(ms).toBeLessThanOrEqual(500)
  await run.stop()
})

describe('what fails on the way', () => {
  /** Says everything that has an effect, in several slices. */
  async function tell(loop: Loop): Promise<void> {
    const { name } = loop
    await loop.track('harbour')
    await loop.topics.put({ id: `${name}-b`, name: 'b', query: 'hill', targets: [], public: false, tags: [] })
    await loop.say(loop.post('1', 'harbour one'), loop.post('2', 'harbour two'), loop.post('3', 'harbour three'))
    await loop.say(loop.post('4', 'harbour four', { author: 'ann' }), loop.post('5', 'a hill'))
    await loop.topics.drop(`${name}-b`)
    await loop.say(loop.post('1', 'harbour edited', { op: 'update' }), loop.post('3', 'gone', { op: 'update' }))
    await loop.say(gone(loop, '2'), account(loop, 'withdraw', 'ann', 60))
    await loop.say({ op: 'counts', source: name, id: '1', likes: 5, reposts: 2, at: at(70) }, loop.post('6', 'harbour'))
  }

  async function expectTruth(loop: Loop, when: string): Promise<void> {
    expect(await loop.texts(), when).toEqual({ '1': 'harbour edited', '6': 'harbour' })
    expect((await loop.shown())[0], when).toMatchObject({ likes: 5, reposts: 2 })
    const topics = (await store.ask.counts()).filter(({ topic }) => topic.startsWith(loop.name))
    expect(
      topics.map(({ topic, posts }) => [topic, posts]),
      when,
    ).toEqual([[loop.name, 2]])
  }

  /** A store whose nth write throws, once. */
  function failingAt(nr: number, error: Error): { store: Store; failed: () => boolean } {
    let calls = 0
    const count =
      <Arguments extends unknown[], Answer>(write: (...given: Arguments) => Promise<Answer>) =>
      async (...given: Arguments) => {
        if (++calls === nr) throw error
        return write(...given)
      }
    const { add, forget, note, drop } = store
    const changed = { add: count(add), forget: count(forget), note: count(note), drop: count(drop) }
    return { store: altered(store, changed), failed: () => calls >= nr }
  }

  test('a store that dies at any step: the slice is repeated, nothing is doubled or lost', async () => {
    let steps = 0
    for (let failed = true; failed; steps++) {
      await using loop = await newLoop()
      await tell(loop)
      const planted = new Error('planted')
      const broken = failingAt(steps + 1, planted)
      const first = loop.run({ log: inSmallSlices(loop.log, 3), store: broken.store })
      const outcome = await first.settled().then(
        () => 'settled',
        (error) => error,
      )
      failed = broken.failed()
      expect(outcome).toBe(failed ? planted : 'settled')
      if (!failed) await first.stop()
      const second = loop.run({ log: inSmallSlices(loop.log, 3) })
      await second.settled()
      await expectTruth(loop, `write ${steps + 1} failed`)
      await second.stop()
    }
    expect(steps).toBeGreaterThan(6) // every kind of write failed once
  }, 90_000)

  test('a commit that dies leaves the slice to be repeated', async () => {
    await using loop = await newLoop()
    await tell(loop)
    let commits = 0
    const broken = altered(loop.log, {
      async *read(reader, signal, options) {
        for await (const slice of loop.log.read(reader, signal, { ...options, limit: 4 })) {
          const commit = async () => {
            if (++commits === 2) throw new Error('planted')
            await slice.commit()
          }
          yield { ...slice, commit }
        }
      },
    })
    await expect(loop.run({ log: broken }).settled()).rejects.toThrow('planted')
    const again = loop.run()
    await again.settled()
    await expectTruth(loop, 'the second commit failed')
    await again.stop()
  })

  test('a store that cannot be reached for a moment is asked again, without a restart', async () => {
    await using loop = await newLoop()
    await tell(loop)
    const run = loop.run({ store: failingAt(2, new TransientError('away', { afterMs: 1 })).store })
    await run.settled()
    await expectTruth(loop, 'the second write was refused once')
    await run.stop()
  })

  test('a failure stops both the follower and the histories before it is told', async () => {
    await using loop = await newLoop()
    await tell(loop)
    const run = loop.run({ store: failingAt(1, new Error('planted')).store })
    await expect(run.done).rejects.toThrow('planted')
    await loop.say(loop.post('7', 'harbour after the failure'))
    expect(loop.model.scored).not.toContain('harbour after the failure')
  })

  test('a model that takes its time holds no end up; the slice is repeated next time', async () => {
    await using loop = await newLoop()
    await tell(loop)
    const asked = Promise.withResolvers<void>()
    const model = altered(loop.model, {
      score: () => {
        asked.resolve()
        return new Promise(() => {})
      },
    })
    const slow = loop.run({ model })
    await asked.promise
    await slow.stop()
    const next = loop.run()
    await next.settled()
    await expectTruth(loop, 'the model never answered')
    await next.stop()
  })
})
