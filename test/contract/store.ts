// What every Store must do, whatever it is made of. Run on chDB (test/store/chdb.test.ts) and on a ClickHouse server
// where one is given. Each test uses topics, sources and ids of its own: a server is not emptied between tests.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter, Store } from '../../answers.ts'
import { metrics } from '../../metrics.ts'
import { minute, model } from '../store/scores.ts'
import { citing } from './storeArticles.ts'
import { stating } from './storeConsole.ts'
import { fingerprints, keeping } from './storeEditions.ts'
import { intervals } from './storeIntervals.ts'
import { labelling } from './storeLabels.ts'
import { modelling } from './storeModels.ts'
import { pulsing } from './storePulses.ts'
import { asking, fresh, type Held, type Ids, many, paging } from './storeQuestions.ts'
import { receiving, siding } from './storeSides.ts'
import { tallying } from './storeTallies.ts'

export interface Opened {
  store: Store
  /** Closes and opens again, as after a restart. */
  reopen(): Promise<Store>
  close(): Promise<void>
}

export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`the store contract: ${name}`, () => {
    let opened: Opened
    let store: Store
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => opened.close())
    const ids = async (filter: Filter, query = {}) => {
      const { posts } = await store.ask.posts(filter, { limit: 500, ...query })
      return posts.map(({ id }) => id)
    }
    const held = () => store
    writing(held, ids)
    leaving(held, ids)
    forgetting(held, ids)
    accounts(held, ids)
    asking(held)
    intervals(held)
    pulsing(held)
    tallying(held)
    receiving(held)
    siding(held)
    modelling(held)
    labelling(held)
    paging(held, ids)
    keeping(held)
    fingerprints(held)
    stating(held)
    citing(held)
    it('answers the same after a restart', async () => {
      const { score, filter, add, source } = fresh()
      await store.add(add(many(12).map((nr) => score(`r${nr}`, { arrival: nr + 1 }))))
      await store.forget([{ op: 'delete', source, id: 'r3', at: minute(1), revision: null }])
      const before = [await store.ask.summary(filter), await store.ask.posts(filter, {}), await store.ask.counts()]
      store = await opened.reopen()
      expect([await store.ask.summary(filter), await store.ask.posts(filter, {}), await store.ask.counts()]).toEqual(
        before,
      )
    })
  })
}

function writing(held: Held, ids: Ids): void {
  it('returns a post as it was told, text and id verbatim', async () => {
    const { score, filter, add, topic, source } = fresh()
    const text = '<b>{p:String}</b> \'"`; DROP TABLE mentions --\n\t\\ \u0000 \u2028 \ud83d\ude00 %s $<x> {a:UInt8}'
    const id = `at://did:web:x'); SELECT 1 --/{p:String}/\\\n\t\ud83d\ude00`
    const post = { text, likes: 3, reposts: 0, at: '2026-11-20T10:11:12.345Z', quotable: false, replyTo: 'x' }
    await held().add(add([score(id, { post, lang: 'uk' })]))
    const { posts } = await held().ask.posts(filter, {})
    expect(posts).toEqual([
      {
        id,
        source,
        topic: topic.topic,
        at: post.at,
        text,
        lang: 'uk',
        likes: 3,
        reposts: 0,
        quotable: false,
        skipped: null,
        sentiment: { negative: 0.2, neutral: 0.5, positive: 0.3 },
        emotion: { joy: 0.6, fear: 0.1 },
        irony: 0.1,
        offensive: 0.2,
        hate: 0.3,
        stance: { t1: { against: 0.1, neither: 0.2, favor: 0.7 } },
        copies: 1,
        model,
      },
    ]) // prettier-ignore
    expect(await held().ask.post(id)).toEqual(posts[0])
  })

  it('adds twice what it adds once', async () => {
    const { score, filter, add } = fresh()
    const slice = add(many(11).map((nr) => score(`p${nr}`, { arrival: nr + 1, post: { at: minute(nr) } })))
    expect(await held().add(slice)).toEqual({ added: 11, dropped: {} })
    const once = await held().ask.summary(filter)
    await held().add(slice)
    expect(await held().ask.summary(filter)).toEqual(once)
    expect(once.posts).toBe(11)
  })

  it('keeps the higher version, in whatever order they come', async () => {
    const { score, filter, add } = fresh()
    const text = async () => (await held().ask.posts(filter, {})).posts.map((post) => post.text)
    await held().add(add([score('e', { arrival: 5, post: { text: 'five' } })]))
    await held().add(add([score('e', { arrival: 7, post: { text: 'seven', op: 'update' } })]))
    expect(await text()).toEqual(['seven'])
    expect(await held().add(add([score('e', { arrival: 6, post: { text: 'six' } })]))).toEqual({
      added: 0,
      dropped: { stale: 1 },
    })
    expect(await text()).toEqual(['seven'])
  })

  it('orders by the revision of the source before the order of arrival', async () => {
    const { score, filter, add } = fresh()
    const at = (arrival: number, revision: string) =>
      add([score('rev', { arrival, revision, post: { text: revision, op: 'update' } })])
    await held().add(at(1, '3lbbbbbbbbb2b'))
    await held().add(at(2, '3laaaaaaaaa2b'))
    expect((await held().ask.posts(filter, {})).posts.map(({ text }) => text)).toEqual(['3lbbbbbbbbb2b'])
  })

  it('keeps topic versions and models apart, and counts a post once', async () => {
    const { score, filter, add, topic } = fresh()
    const two = { ...topic, version: 2 }
    await held().add(add([score('a'), score('b', { arrival: 2 })]))
    await held().add(add([score('a', { model: 'other@1' })]))
    await held().add(add([score('a', { topic: two })], { scope: [two] }))
    expect(await ids(filter)).toHaveLength(2)
    expect(await ids({ ...filter, model: 'other@1' })).toEqual(['a'])
    const counts = (await held().ask.counts()).filter((one) => one.topic === topic.topic)
    expect(counts.map(({ version, posts, authors }) => [version, posts, authors])).toEqual([
      [1, 2, 2],
      [2, 1, 1],
    ])
    await held().drop(topic.topic, 1)
    expect(await ids(filter)).toEqual([])
    expect(await ids({ ...filter, topic: two })).toEqual(['a'])
    await held().drop(topic.topic, null)
    expect((await held().ask.counts()).some((one) => one.topic === topic.topic)).toBe(false)
  })

  it('fills a dropped topic again', async () => {
    const { score, filter, add, topic } = fresh()
    await held().add(add([score('again')]))
    await held().drop(topic.topic, null)
    await held().add(add([score('again')]))
    expect(await ids(filter)).toEqual(['again'])
  })

  it('takes slices of more rows than go in at once', async () => {
    const { score, add, topic } = fresh()
    await held().add(add(many(5_100).map((nr) => score(`big${nr}`, { arrival: nr + 1 }))))
    const [count] = (await held().ask.counts()).filter((one) => one.topic === topic.topic)
    expect(count?.posts).toBe(5_100)
  })
}

function leaving(held: Held, ids: Ids): void {
  it.each(['create', 'update'] as const)('lets a post leave the topics its %s no longer matches', async (op) => {
    const { score, filter, add, seen } = fresh()
    await held().add(add([score('stays'), score('leaves', { arrival: 2 })]))
    await held().add(add([], { seen: [seen('leaves', 3, op)] }))
    expect(await ids(filter)).toEqual(['stays'])
    await held().add(add([score('leaves', { arrival: 2 })]))
    expect(await ids(filter)).toEqual(['stays'])
    await held().add(add([score('leaves', { arrival: 4 })]))
    expect(await ids(filter)).toHaveLength(2)
  })

  it('leaves topic versions alone that the reader does not decide about', async () => {
    const { score, filter, add, seen, topic } = fresh()
    await held().add(add([score('p')]))
    await held().add({ scores: [], seen: [seen('p', 2, 'create')], scope: [{ ...topic, version: 2 }] })
    expect(await ids(filter)).toEqual(['p'])
  })

  it('what an edit took back leaves old topic versions and other models too', async () => {
    const { score, filter, add, topic } = fresh()
    const two = { ...topic, version: 2 }
    await held().add(add([score('p'), score('q'), score('p', { model: 'other@1' })]))
    const edit = score('p', { topic: two, arrival: 2, post: { op: 'update', text: 'better words' } })
    await held().add(add([edit], { scope: [two] }))
    expect(await ids(filter)).toEqual(['q'])
    expect(await ids({ ...filter, model: 'other@1' })).toEqual([])
    expect(await ids({ ...filter, topic: two })).toEqual(['p'])
  })

  it('keeps out an old version that a reader of the past adds after the edit', async () => {
    const { score, filter, add, seen } = fresh()
    await held().add(add([], { seen: [seen('late', 9, 'update')] }))
    expect(await held().add(add([score('late', { arrival: 8 })]))).toEqual({ added: 0, dropped: { stale: 1 } })
    expect(await ids(filter)).toEqual([])
    await held().add(add([score('late', { arrival: 9, post: { op: 'update' } })]))
    expect(await ids(filter)).toEqual(['late'])
  })

  it('takes a post out of one topic while another keeps it', async () => {
    const one = fresh()
    const other = { topic: `${one.topic.topic} too`, version: 1 }
    const both = { scope: [one.topic, other] }
    await held().add(one.add([one.score('p'), one.score('p', { topic: other })], both))
    await held().add(one.add([one.score('p', { topic: other, arrival: 2, post: { op: 'update' } })], both))
    expect(await ids(one.filter)).toEqual([])
    expect(await ids({ ...one.filter, topic: other })).toEqual(['p'])
  })
}

function forgetting(held: Held, ids: Ids): void {
  it('a deleted post leaves every topic and model, and nothing brings it back', async () => {
    const { score, filter, add, source, topic } = fresh()
    const two = { ...topic, version: 2 }
    const slices = [
      add([score('gone'), score('here', { arrival: 2 }), score('gone', { model: 'other@1' })]),
      add([score('gone', { topic: two })], { scope: [two] }),
    ]
    for (const slice of slices) await held().add(slice)
    const remove = { op: 'delete' as const, source, id: 'gone', at: minute(9), revision: null }
    await held().forget([remove])
    const before = await dropsOf(source, 'deleted')
    for (const repeat of [...slices, add([score('gone', { arrival: 99, post: { op: 'update' } })])])
      await held().add(repeat)
    await held().forget([remove])
    expect(await ids(filter)).toEqual(['here'])
    expect(await ids({ ...filter, model: 'other@1' })).toEqual([])
    expect(await ids({ ...filter, topic: two })).toEqual([])
    expect(await held().ask.post('gone')).toBe('gone')
    expect(await held().ask.live(filter, ['gone', 'here', 'never'])).toEqual(new Set(['here']))
    expect((await dropsOf(source, 'deleted')) - before).toBe(4)
  })

  it('a delete may come before its post, and for a post nobody knows', async () => {
    const { score, filter, add, source } = fresh()
    await held().forget([{ op: 'delete', source, id: 'early', at: minute(0), revision: null }])
    expect(await held().add(add([score('early')]))).toEqual({ added: 0, dropped: { deleted: 1 } })
    expect(await ids(filter)).toEqual([])
    expect(await held().ask.post('early')).toBe('gone')
    expect(await held().ask.post(`${source} never`)).toBeNull()
  })

  it('a delete with a revision voids that revision and lower ones only', async () => {
    const { score, filter, add, source } = fresh()
    await held().add(add([score('v', { revision: '5' }), score('w', { revision: '7' })]))
    const remove = (id: string) => ({ op: 'delete' as const, source, id, at: minute(0), revision: '6' })
    await held().forget([remove('v'), remove('w')])
    expect(await ids(filter)).toEqual(['w'])
    await held().add(add([score('v', { revision: '6', arrival: 9 })]))
    expect(await ids(filter)).toEqual(['w'])
    await held().add(add([score('v', { revision: '8', arrival: 10 })]))
    expect(await ids(filter)).toHaveLength(2)
    expect(await held().ask.post('v')).toMatchObject({ id: 'v' })
  })

  it('ids belong to their source', async () => {
    const [one, two] = [fresh(), fresh()]
    await held().add(one.add([one.score('same')]))
    await held().add(two.add([two.score('same')]))
    await held().forget([{ op: 'delete', source: one.source, id: 'same', at: minute(0), revision: null }])
    expect(await ids(one.filter)).toEqual([])
    expect(await ids(two.filter)).toEqual(['same'])
    expect(await held().ask.post('same')).toMatchObject({ source: two.source })
  })
}

async function dropsOf(source: string, reason: string): Promise<number> {
  const { values } = await metrics.dropped.get()
  return values.find(({ labels }) => labels.source === source && labels.reason === reason)?.value ?? 0
}

function accounts(held: Held, ids: Ids): void {
  const account = (source: string, op: 'withdraw' | 'restore', nr: number) =>
    ({ op, source, author: 'mallow', at: minute(nr) }) as const

  it('a withdrawn account takes all its posts along', async () => {
    const { score, filter, add, source } = fresh()
    const by = (id: string, nr: number) => score(id, { arrival: nr, post: { author: 'mallow', at: minute(nr) } })
    await held().add(add([by('m1', 1), by('m2', 2), score('other', { arrival: 3 })]))
    await held().forget([account(source, 'withdraw', 5)])
    expect(await ids(filter)).toEqual(['other'])
    expect(await held().ask.post('m1')).toBe('gone')
    expect((await held().add(add([by('m1', 1), by('m3', 9)]))).dropped).toEqual({ deleted: 1, withdrawn: 1 })
    expect(await ids(filter)).toEqual(['other'])
  })

  it('a post without an author is withdrawn with nobody', async () => {
    const { score, filter, add, source } = fresh()
    await held().add(add([score('anon', { post: { author: null } })]))
    await held().forget([{ op: 'withdraw', source, author: '', at: minute(5) }])
    expect(await ids(filter)).toEqual(['anon'])
  })

  it('a restored account starts anew, whatever is repeated', async () => {
    const { score, filter, add, source } = fresh()
    const by = (id: string, nr: number) => add([score(id, { arrival: nr, post: { author: 'mallow', at: minute(nr) } })])
    await held().add(by('before', 1))
    await held().forget([account(source, 'withdraw', 5)])
    await held().forget([account(source, 'restore', 10)])
    await held().add(by('after', 12))
    expect((await held().add(by('between', 7))).dropped).toEqual({ withdrawn: 1 })
    for (let nr = 0; nr < 2; nr++) {
      expect(await ids(filter)).toEqual(['after'])
      await held().forget([account(source, 'withdraw', 5)])
      await held().forget([account(source, 'restore', 10), account(source, 'restore', 20)])
      for (const slice of [by('before', 1), by('after', 12), by('between', 7)]) await held().add(slice)
    }
    await held().forget([account(source, 'withdraw', 30)])
    expect(await ids(filter)).toEqual([])
  })

  it('leaving and coming back at one time is taken in the order told', async () => {
    const { score, filter, add, source } = fresh()
    const slice = add([score('same time', { post: { author: 'mallow', at: minute(5) } })])
    const both = [account(source, 'withdraw', 5), account(source, 'restore', 5)]
    await held().forget(both)
    await held().add(slice)
    await held().forget(both)
    expect(await ids(filter)).toEqual(['same time'])
    await held().forget([
      ...both,
      account(source, 'withdraw', 6),
      account(source, 'restore', 6),
      account(source, 'withdraw', 6),
    ])
    expect(await ids(filter)).toEqual([])
    expect((await held().add(add([score('x', { post: { author: 'mallow', at: minute(9) } })]))).dropped).toEqual({
      withdrawn: 1,
    })
  })

  it('whoever asks not to be shown is counted, not quoted', async () => {
    const { score, filter, add, source } = fresh()
    const shown = async () => (await held().ask.posts(filter, {})).posts.map(({ id, quotable }) => `${id} ${quotable}`)
    const wish = (quotable: boolean, nr: number) =>
      held().note([{ op: 'display', source, author: 'mallow', quotable, at: minute(nr) }])
    const by = (id: string, nr: number) => add([score(id, { arrival: nr, post: { author: 'mallow', at: minute(nr) } })])
    await held().add(by('m1', 1))
    await wish(false, 5)
    await held().add(by('m2', 2))
    expect(await shown()).toEqual(['m2 false', 'm1 false'])
    await wish(true, 9)
    await wish(false, 5)
    expect(await shown()).toEqual(['m2 true', 'm1 true'])
  })
}
