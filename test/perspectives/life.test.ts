// The loop that keeps paragraphs alive, over a small invented store: when it looks, what it keeps, and when.
import { describe, expect, test } from 'vitest'
import type { News } from '../../conclusions.ts'
import { CorruptionError } from '../../errors.ts'
import { quoteGone } from '../../perspectives/editions.ts'
import { openWriter, openWritten } from '../../perspectives/kept.ts'
import { type Living, live, openLook, sideBySide, toldEditions } from '../../perspectives/life.ts'
import type { Topic } from '../../types.ts'
import { crowd, modelError, topic, usual } from './crowd.ts'
import { openShelf } from './shelf.ts'

const never = new AbortController().signal

function world(store = openShelf(), more: Partial<Living> = {}) {
  const { ask } = store
  const news: News[] = []
  const noted: string[] = []
  const clock = { ms: Date.parse('2026-01-02T00:00:00.000Z') }
  const sources = { ask, model: 'test@1', modelError, languages: ['en'], code: '0.1.0' }
  const read = openWritten(sources, openWriter(sources))
  const living: Living = {
    ...{ ask, keep: store.keep, model: 'test@1', topics: () => [topic], read, stamp: async () => '1' },
    tell: (one) => news.push(one),
    note: (event) => noted.push(event),
    now: () => clock.ms,
    ...more,
  }
  return { ...store, news, noted, clock, living, look: openLook(living, never) }
}

/** The first quotation of the newest edition. */
const quoted = async ({ ask }: { ask: Living['ask'] }) =>
  (await toldEditions(ask, topic.id, 1))[0]!.told.claims.flatMap(({ quotes }) => quotes)[0]!
const darker = crowd({ ...usual, negative: 0.6 })

describe('a look', () => {
  test('keeps the first paragraph and tells of it; the next one keeps nothing', async () => {
    const { ask, shelf, news, look } = world()
    expect(await look(true)).toBe(true)
    await look(true)
    expect(shelf).toHaveLength(1)
    expect(shelf[0]).toMatchObject({ topic: { topic: topic.id, version: 1 }, at: '2026-01-02T00:00:00.000Z' })
    expect(news).toEqual([{ topic: topic.id, version: 1, kind: 'updated' }])
    const [told] = await toldEditions(ask, topic.id, 9)
    expect(told).toMatchObject({ number: 1, withdrawn: 0, change: null })
    expect(told!.told.sentences.length).toBeGreaterThan(3)
  })

  test('costs nothing while nothing was analyzed', async () => {
    const { asked, look } = world()
    await look(true)
    asked.length = 0
    await look(false)
    expect(asked).toEqual([])
  })

  test('keeps another one when shares moved, but not before a minute is over', async () => {
    const { ask, shelf, become, clock, look } = world()
    await look(true)
    // The quoted ones stay, so that nothing is withdrawn.
    become(darker)
    clock.ms += 30_000
    await look(true)
    expect(shelf).toHaveLength(1)
    clock.ms += 30_000
    await look(false) // nothing was analyzed since: it is due all the same
    expect(shelf).toHaveLength(2)
    const [last] = await toldEditions(ask, topic.id, 9)
    expect(last!.number).toBe(2)
    expect(last!.change!.cause).toEqual(['the world'])
    expect(last!.change!.moved.some(({ before, after }) => Math.abs(after - before) > 0.05)).toBe(true)
  })

  test('a withdrawn quotation at once, and the edition that had it falls silent', async () => {
    const store = world()
    const { ask, shelf, remove, look } = store
    await look(true)
    const quote = await quoted(store)
    remove(quote.post)
    await look(true)
    expect(shelf).toHaveLength(2)
    const told = await toldEditions(ask, topic.id, 9)
    expect(JSON.stringify(told)).not.toContain(quote.text)
    expect(JSON.stringify(told)).not.toContain(`"${quote.post}"`)
    expect(told[1]!.told.text).toContain(quoteGone)
    expect(told[1]!.withdrawn).toBeGreaterThan(0)
    expect(JSON.stringify(shelf.map(({ body }) => body))).not.toContain(quote.text)
  })

  test('so is one whose author asks not to be shown', async () => {
    const store = world()
    const { ask, shelf, held, look } = store
    await look(true)
    const quote = await quoted(store)
    held.find(({ id }) => id === quote.post)!.quotable = false
    await look(true)
    expect(shelf).toHaveLength(2)
    expect(JSON.stringify(await toldEditions(ask, topic.id, 9))).not.toContain(quote.text)
  })

  test('a paragraph that turns into a refusal is news of a withdrawal, one that returns is not', async () => {
    const { ask, become, news, look } = world()
    await look(true)
    become(crowd({ ...usual, authors: 4 }))
    await look(true)
    become(crowd(usual))
    await look(true)
    expect(news.map(({ kind }) => kind)).toEqual(['updated', 'withdrawn', 'updated'])
    const told = await toldEditions(ask, topic.id, 9)
    expect(told.map(({ told }) => told.refusal?.reason ?? null)).toEqual([null, 'too few voices', null])
  })

  test('a topic that lost its last post is one too; one that never had any is none', async () => {
    const { become, news, look } = world()
    await look(true)
    become([])
    await look(true)
    expect(news.map(({ kind }) => kind)).toEqual(['updated', 'withdrawn'])
    const quiet = world(openShelf([]))
    await quiet.look(true)
    expect(quiet.shelf).toEqual([])
  })

  test('a new query makes the next edition, and is its cause', async () => {
    let current: Topic = topic
    const both = [1, 2].map((version) => ({ topic: topic.id, version }))
    const { ask, clock, look } = world(openShelf(crowd(usual), both), { topics: () => [current] })
    await look(true)
    current = { ...topic, version: 2, name: 'buses without fares' }
    clock.ms += 60_000
    await look(true)
    const [last] = await toldEditions(ask, topic.id, 9)
    expect(last).toMatchObject({ number: 2, change: { cause: ['the query'] } })
  })

  test('a post that leaves between reading and keeping is told in no edition, and the next look writes anew', async () => {
    const { ask, shelf, remove, living } = world()
    let left: { id: string; text: string } | null = null
    const leaving: typeof living.read = async (...given) => {
      const one = await living.read(...given)
      const quote = one.told.claims.flatMap(({ quotes }) => quotes)[0]!
      if (!left) remove(quote.post)
      left ??= { id: quote.post, text: quote.text }
      return one
    }
    const look = openLook({ ...living, read: leaving }, never)
    await look(true)
    expect(shelf).toHaveLength(1)
    const isTold = async () => JSON.stringify(await toldEditions(ask, topic.id, 9)).includes(left!.text)
    expect(await isTold()).toBe(false)
    await look(true)
    expect(shelf).toHaveLength(2)
    expect(await isTold()).toBe(false)
  })
})

describe('after a restart', () => {
  test('nothing is kept again that was kept, numbers go on, and what was deleted meanwhile is news', async () => {
    const store = world()
    const { ask, shelf, remove, clock, living } = store
    await openLook(living, never)(true)
    await openLook(living, never)(true)
    expect(shelf).toHaveLength(1)
    clock.ms += 1
    remove((await quoted(store)).post)
    await openLook(living, never)(true)
    expect((await toldEditions(ask, topic.id, 9)).map(({ number }) => number)).toEqual([2, 1])
  })
})

describe('many topics', () => {
  const topics = Array.from({ length: 25 }, (_, nr): Topic => ({ ...topic, id: `topic-${nr}` }))
  const manyTopics = () =>
    openShelf(
      crowd(usual),
      topics.map(({ id }) => ({ topic: id, version: 1 })),
    ) // prettier-ignore

  test('are looked at in turn where their counts did not move, each once', async () => {
    const { asked, shelf, look } = world(manyTopics(), { topics: () => topics })
    await look(true)
    expect(shelf).toHaveLength(25)
    const looked = async (moved: boolean) => {
      asked.length = 0
      await look(moved)
      return asked.filter((name) => name === 'fingerprint').length
    }
    const since = [await looked(true), await looked(false), await looked(false), await looked(false)]
    expect(since).toEqual([10, 10, 10, 0])
  })

  test('one that fails is noted and tried again, and holds up no other', async () => {
    let broken = true
    const { shelf, noted, living } = world(manyTopics(), { topics: () => topics.slice(0, 3) })
    const { read } = living
    const failing: Living['read'] = (one, window) => {
      if (broken && one.id === 'topic-1') throw new Error('planted')
      return read(one, window)
    }
    const look = openLook({ ...living, read: failing }, never)
    expect(await look(true)).toBe(false)
    expect(shelf.map((one) => one.topic.topic)).toEqual(['topic-0', 'topic-2'])
    expect(noted).toEqual(['a perspective was not written, will be tried again'])
    broken = false
    expect(await look(true)).toBe(true)
    expect(shelf.map((one) => one.topic.topic)).toEqual(['topic-0', 'topic-2', 'topic-1'])
  })
})

describe('the loop', () => {
  test('looks once for each stamp, rests between looks, and ends with its signal', async () => {
    const stop = new AbortController()
    const rests: number[] = []
    const stamps = ['1', '1', '2']
    const { asked, living } = world()
    const sleep = async (ms: number) => {
      rests.push(ms)
      if (rests.length === 3) stop.abort()
    }
    await live({ ...living, stamp: async () => stamps[rests.length]!, sleep, everyMs: 700 }, stop.signal)
    expect(asked.filter((name) => name === 'counts')).toHaveLength(2)
    expect(rests.every((ms) => ms >= 700)).toBe(true)
  })

  test('outlives a store that cannot be asked, and not one that is broken', async () => {
    const stop = new AbortController()
    const errors = [new Error('planted'), new CorruptionError('planted')]
    const { noted, living } = world()
    const stamp = async () => {
      throw errors.shift()!
    }
    const running = live({ ...living, stamp, sleep: async () => {} }, stop.signal)
    await expect(running).rejects.toBeInstanceOf(CorruptionError)
    expect(noted).toEqual(['perspectives were not looked at, will be tried again'])
  })

  test('stops within a look', async () => {
    const stop = new AbortController()
    const many = Array.from({ length: 2 * sideBySide }, (_, nr) => ({ ...topic, id: `topic ${nr}` }))
    const store = openShelf(
      crowd(usual),
      many.map(({ id }) => ({ topic: id, version: 1 })),
    )
    const { shelf, living } = world(store, { topics: () => many })
    const read: Living['read'] = (one, window) => {
      stop.abort()
      return living.read(one, window)
    }
    await live({ ...living, read, sleep: async () => {} }, stop.signal)
    expect(shelf.length).toBeLessThanOrEqual(sideBySide) // those that were underway
  })
})
