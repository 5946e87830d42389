// The third part of the store contract: kept paragraphs, and whether an answer may have moved. Run by store.ts.
import { expect, it } from 'vitest'
import type { Edition, Filter } from '../../answers.ts'
import { editionDays, mostEditions } from '../../store/editions.ts'
import { now } from '../store/embedded.ts'
import { day, minute, model, type ScoreOptions } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

const at = (secondsAgo: number) => new Date(now() - secondsAgo * 1_000).toISOString()

export function keeping(held: Held): void {
  const editionOf = ({ topic, source }: ReturnType<typeof fresh>, more: Partial<Edition> = {}): Edition => ({
    ...{ topic, model, window: day, at: at(60), body: '{"form":1}' },
    posts: [
      { source, id: 'one' },
      { source, id: 'two' },
    ],
    ...more,
  })
  const read = (topic: string, limit = 10) => held().ask.editions(topic, limit)
  const remove = (source: string, id: string) =>
    held().forget([{ op: 'delete', source, id, at: minute(1), revision: null }])

  it('an edition comes back with the posts it refers to, as they are now', async () => {
    const own = fresh()
    await held().add(own.add([own.score('one'), own.score('two', { arrival: 2 })]))
    await held().keep(editionOf(own, { body: '{"text":"\\"ours\\" \' \\\\ \u0000 😀"}' }))
    await held().keep(editionOf(own, { body: '{"text":"\\"ours\\" \' \\\\ \u0000 😀"}' }))
    await held().add(own.add([own.score('two', { arrival: 3, post: { op: 'update', text: 'edited since' } })]))
    const [kept, ...others] = await read(own.topic.topic)
    expect(others).toEqual([])
    expect(kept).toMatchObject({ topic: own.topic, model, window: day, at: at(60) })
    expect(kept!.body).toBe('{"text":"\\"ours\\" \' \\\\ \u0000 😀"}')
    expect(kept!.posts.map((post) => [post?.id, post?.source, post?.text])).toEqual([
      ['one', own.source, 'invented text of one'],
      ['two', own.source, 'edited since'],
    ])
  })

  it('a post that was deleted, withdrawn or left the topic is null in every edition', async () => {
    const own = fresh()
    const posts = ['one', 'two', 'three', 'four'].map((id) => ({ source: own.source, id }))
    await held().add(
      own.add(posts.map(({ id }, nr) => own.score(id, { arrival: nr + 1, post: { author: `by ${id}` } }))),
    )
    await held().keep(editionOf(own, { posts }))
    await held().keep(editionOf(own, { posts: posts.toReversed(), at: at(30) }))
    await remove(own.source, 'one')
    await held().forget([{ op: 'withdraw', source: own.source, author: 'by two', at: minute(5) }])
    await held().add(own.add([], { seen: [own.seen('three', 9, 'update')] }))
    const kept = await read(own.topic.topic)
    expect(kept.map((one) => one.posts.map((post) => post?.id ?? null))).toEqual([
      ['four', null, null, null],
      [null, null, null, 'four'],
    ])
  })

  it('tells the wish not to be shown, and counts of now', async () => {
    const own = fresh()
    await held().add(own.add([own.score('one', { post: { author: 'shy' } }), own.score('two', { arrival: 2 })]))
    await held().keep(editionOf(own))
    await held().note([{ op: 'display', source: own.source, author: 'shy', quotable: false, at: minute(2) }])
    await held().note([{ op: 'counts', source: own.source, id: 'two', likes: 5, reposts: 1, at: minute(2) }])
    expect((await read(own.topic.topic))[0]!.posts).toMatchObject([{ quotable: false }, { quotable: true, likes: 5 }])
  })

  it('are told newest first, of all versions, and go with their topic or version', async () => {
    const own = fresh()
    const two = { ...own.topic, version: 2 }
    await held().add(own.add([own.score('one')]))
    await held().add(own.add([own.score('one', { topic: two, sentiment: { negative: 0.9 } })], { scope: [two] }))
    await held().keep(editionOf(own, { at: at(50) }))
    await held().keep(editionOf(own, { at: at(40), topic: two }))
    await held().keep(editionOf(own, { at: at(45) }))
    const kept = await read(own.topic.topic)
    expect(kept.map(({ topic, at }) => [topic.version, at])).toEqual([
      [2, at(40)],
      [1, at(45)],
      [1, at(50)],
    ]) // prettier-ignore
    expect(kept.map(({ posts }) => posts[0]?.sentiment.negative)).toEqual([expect.closeTo(0.9), 0.2, 0.2])
    expect(await read(own.topic.topic, 1)).toHaveLength(1)
    await held().drop(own.topic.topic, 1)
    expect((await read(own.topic.topic)).map(({ topic }) => topic.version)).toEqual([2])
    await held().drop(own.topic.topic, null)
    expect(await read(own.topic.topic)).toEqual([])
  })

  it('the newest ones of a topic are kept, and none for ever', async () => {
    const own = fresh()
    const ages = [...many(mostEditions + 25), editionDays * 86_400 + 5]
    for (const age of ages) await held().keep(editionOf(own, { at: at(age), posts: [] }))
    const kept = await read(own.topic.topic, 1_000)
    expect(kept).toHaveLength(mostEditions)
    expect(kept.at(-1)!.at).toBe(at(mostEditions - 1))
    const other = fresh()
    await held().keep(editionOf(other, { at: at(editionDays * 86_400 + 5) }))
    expect(await read(other.topic.topic)).toEqual([])
  }, 60_000) // prettier-ignore
}

export function fingerprints(held: Held): void {
  const print = async (filter: Filter) => (await held().ask.fingerprint(filter)).print
  /** A topic of a few posts and how its fingerprint moves with what is told. */
  const filled = async () => {
    const own = fresh()
    const by = (id: string, arrival: number, more: ScoreOptions = {}) =>
      own.score(id, { arrival, ...more, post: { author: `by ${id}`, at: minute(60), ...more.post } })
    await held().add(own.add(many(12).map((nr) => by(`f${nr}`, nr + 1))))
    return { ...own, by }
  }

  it('stays while nothing of the filter moves, also when it is told again', async () => {
    const own = await filled()
    const other = fresh()
    const before = await print(own.filter)
    expect(before).toMatch(/^[0-9a-f]{16}$/)
    await held().add(own.add(many(12).map((nr) => own.by(`f${nr}`, nr + 1))))
    await held().add(other.add([other.score('elsewhere')]))
    await held().note([{ op: 'counts', source: own.source, id: 'nobody', likes: 1, reposts: 1, at: minute(1) }])
    await remove('nothing')
    await held().add(own.add([own.by('tomorrow', 99, { post: { at: minute(24 * 60 + 5) } })]))
    expect(await print(own.filter)).toBe(before)
    async function remove(id: string) {
      await held().forget([{ op: 'delete', source: own.source, id, at: minute(1), revision: null }])
    }
  })

  it('moves with every post, edit, delete, count, wish and gap, each time to another one', async () => {
    const own = await filled()
    const { source } = own
    const seen = [await print(own.filter)]
    const moves: [string, () => Promise<unknown>][] = [
      ['a new post', () => held().add(own.add([own.by('new', 50)]))],
      ['an edit', () => held().add(own.add([own.by('f1', 51, { post: { op: 'update', text: 'other words' } })]))],
      ['a delete', () => held().forget([{ op: 'delete', source, id: 'f2', at: minute(1), revision: null }])],
      ['a withdrawal', () => held().forget([{ op: 'withdraw', source, author: 'by f3', at: minute(70) }])],
      ['a post that left', () => held().add(own.add([], { seen: [own.seen('f4', 60, 'update')] }))],
      ['counts', () => held().note([{ op: 'counts', source, id: 'f5', likes: 1, reposts: 0, at: minute(1) }])],
      ['fresher counts', () => held().note([{ op: 'counts', source, id: 'f5', likes: 2, reposts: 0, at: minute(2) }])],
      ['a wish', () => held().note([{ op: 'display', source, author: 'by f6', quotable: false, at: minute(1) }])],
      ['its end', () => held().note([{ op: 'display', source, author: 'by f6', quotable: true, at: minute(2) }])],
      ['a gap', () => held().note([{ op: 'gap', source, from: minute(5), to: minute(9), reason: 'cut off' }])],
    ]
    for (const [what, move] of moves) {
      await move()
      const now = await print(own.filter)
      expect(seen, what).not.toContain(now)
      expect(await print(own.filter), what).toBe(now)
      seen.push(now)
    }
  })

  it('is the same for the same posts in another topic version and model, and not for others', async () => {
    const own = await filled()
    const two = { ...own.topic, version: 2 }
    const again = (topic = two, name = model) =>
      many(12).map((nr) => own.by(`f${nr}`, nr + 1, { topic, model: name, sentiment: { negative: 0.9 } }))
    await held().add(own.add(again(), { scope: [two] }))
    await held().add(own.add(again(own.topic, 'other@1')))
    const one = await print(own.filter)
    expect(await print({ ...own.filter, topic: two })).toBe(one)
    expect(await print({ ...own.filter, model: 'other@1' })).toBe(one)
    expect(await print({ ...own.filter, window: { from: minute(61), to: minute(90) } })).not.toBe(one)
  })

  it('finds live posts of a filter by their ids', async () => {
    const own = await filled()
    await held().forget([{ op: 'delete', source: own.source, id: 'f0', at: minute(1), revision: null }])
    await held().add(own.add([own.by('late', 99, { post: { at: minute(24 * 60 + 5) } })]))
    const found = await held().ask.found(own.filter, ['f0', 'f1', 'f2', 'late', 'never'])
    expect(found.map(({ id, text }) => [id, text]).sort()).toEqual([
      ['f1', 'invented text of f1'],
      ['f2', 'invented text of f2'],
    ]) // prettier-ignore
    expect(await held().ask.found(own.filter, [])).toEqual([])
  })
}
