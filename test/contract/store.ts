// What every Store must do, whatever it is made of. Run on chDB (test/store/chdb.test.ts) and on a ClickHouse server
// where one is given. Each test uses topics, sources and ids of its own: a server is not emptied between tests.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../errors.ts'
import { metrics } from '../../metrics.ts'
import type { Filter, Store, TopicRef } from '../../types.ts'
import {
  addition,
  day,
  minute,
  model,
  postOf,
  type ScoreOptions,
  scoreOf,
  seenOf,
  skippedScore,
} from '../store/scores.ts'

export interface Opened {
  store: Store
  /** Closes and opens again, as after a restart. */
  reopen(): Promise<Store>
  close(): Promise<void>
}

let unique = 0
/** A topic, a source and scores that no other test knows. */
function fresh() {
  const nr = `${process.pid}-${unique++}`
  const topic: TopicRef = { topic: `topic ${nr}`, version: 1 }
  const source = `source-${nr}`
  const score = (id: string, options: ScoreOptions = {}) =>
    scoreOf(id, { topic, ...options, post: { source, ...options.post } })
  const filter: Filter = { topic, model, window: day }
  const seen = (id: string, arrival: number, op: 'create' | 'update' = 'create', revision: string | null = null) =>
    seenOf(postOf({ id, source, op, revision }), arrival)
  const add = (scores: ReturnType<typeof score>[], more: Parameters<typeof addition>[1] = {}) =>
    addition(scores, { scope: [topic], ...more })
  return { topic, source, score, filter, seen, add }
}

const many = (count: number) => Array.from({ length: count }, (_, nr) => nr)

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
    asking(held, ids)
    paging(held, ids)
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

type Held = () => Store
type Ids = (filter: Filter, query?: object) => Promise<string[]>

function writing(held: Held, ids: Ids): void {
  it('returns a post as it was told, text and id verbatim', async () => {
    const { score, filter, add, topic, source } = fresh()
    const text = '<b>{p:String}</b> \'"`; DROP TABLE mentions --\n\t\\ \u0000 \u2028 \ud83d\ude00 %s ${x} {a:UInt8}'
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
    await held().add({ scores: [], seen: [seen('p', 2, 'update')], scope: [{ ...topic, version: 2 }] })
    expect(await ids(filter)).toEqual(['p'])
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

function asking(held: Held, _ids: Ids): void {
  it('a summary counts every post and estimates over the scored ones', async () => {
    const { score, filter, add, topic } = fresh()
    const scored = many(20).map((nr) =>
      score(`s${nr}`, {
        arrival: nr + 1,
        sentiment: nr < 5 ? { negative: 1, neutral: 0 } : { negative: 0, neutral: 1 },
        post: { author: `a${nr % 15}`, at: minute(nr) },
      }),
    )
    const skipped = skippedScore('u', { topic, arrival: 99, lang: 'xx', post: { source: 'another' } })
    await held().add(add([...scored, skipped]))
    const answer = await held().ask.summary(filter)
    expect(answer).toMatchObject({ posts: 21, authors: 16, scored: 20, unscored: { language: 1 }, model, view: 'post' })
    expect(answer.sentiment.negative!.estimate).toBe(0.25)
    expect(answer.sentiment.negative!.low).toBeLessThan(0.25)
    expect(Object.keys(answer.stance.t1!).sort()).toEqual(['against', 'favor', 'neither'])
    expect((await held().ask.summary({ ...filter, lang: 'xx' })).posts).toBe(1)
    expect((await held().ask.summary({ ...filter, source: 'another' })).scored).toBe(0)
    expect(await held().ask.summary({ ...filter, model: 'none' })).toMatchObject({
      posts: 0,
      sentiment: {},
      unscored: {},
    })
    const half = { from: minute(0), to: minute(10) }
    expect((await held().ask.summary({ ...filter, window: half })).posts).toBe(11)
  })

  it('tells no estimate that rests on fewer than ten authors', async () => {
    const { score, filter, add } = fresh()
    const by = (nr: number, author: string) => score(`k${nr}`, { arrival: nr + 1, post: { author } })
    await held().add(add(many(30).map((nr) => by(nr, `a${nr % 9}`))))
    expect((await held().ask.summary(filter)).sentiment.negative).toEqual({ estimate: null, low: null, high: null })
    await held().add(add([by(40, 'the tenth')]))
    expect((await held().ask.summary(filter)).sentiment.negative?.estimate).toBeCloseTo(0.2)
  })

  it('weighs by post, author, copy and engagement', async () => {
    const { score, filter, add, source } = fresh()
    const says = (negative: number) => ({ negative, neutral: 1 - negative })
    const crowd = many(9).map((nr) =>
      score(`c${nr}`, { arrival: nr + 1, sentiment: says(0), post: { author: `a${nr}` } }),
    )
    const loud = many(9).map((nr) =>
      score(`l${nr}`, { arrival: 20 + nr, sentiment: says(1), copy: 'one text', post: { author: 'loud' } }),
    )
    await held().add(add([...crowd, ...loud]))
    const negative = async (view: Filter['view']) =>
      (await held().ask.summary({ ...filter, view })).sentiment.negative!.estimate
    expect(await negative('post')).toBeCloseTo(0.5)
    expect(await negative('author')).toBeCloseTo(0.1)
    expect(await negative('cluster')).toBeCloseTo(0.1)
    expect(await negative('engagement')).toBeNull()
    await held().note([{ op: 'counts', source, id: 'l0', likes: 7, reposts: 0, at: minute(1) }])
    await held().note([{ op: 'counts', source, id: 'l0', likes: 9, reposts: 1, at: minute(2) }])
    await held().note([{ op: 'counts', source, id: 'l0', likes: 8, reposts: 0, at: minute(1) }])
    expect(await negative('engagement')).toBeCloseTo((9 + Math.log(11)) / (18 + Math.log(11)))
    const series = await held().ask.series({ ...filter, view: 'author' }, 'sentiment.negative', 86_400_000)
    expect(series[0]!.estimate).toBeCloseTo(0.1)
  })

  it('a series has fixed steps, empty ones, and shows what was not seen', async () => {
    const { score, filter, add, source } = fresh()
    await held().add(add(many(24).map((nr) => score(`t${nr}`, { arrival: nr + 1, post: { at: minute(61 + nr) } }))))
    await held().note([{ op: 'gap', source, from: minute(150), to: minute(200), reason: 'cut off' }])
    await held().note([{ op: 'gap', source, from: minute(150), to: minute(200), reason: 'cut off' }])
    const window = { from: minute(30), to: minute(270) }
    const points = await held().ask.series({ ...filter, window, source }, 'stance.t1.favor', 3_600_000)
    expect(points.map(({ at }) => at)).toEqual([0, 60, 120, 180, 240].map(minute))
    expect(points.map(({ posts }) => posts)).toEqual([0, 24, 0, 0, 0])
    expect(points.map(({ gap }) => gap)).toEqual([false, false, true, true, false])
    expect(points[1]!.estimate).toBeCloseTo(0.7)
    expect(points[0]!.estimate).toBeNull()
    expect(await held().ask.series(filter, 'emotion.nothing', 86_400_000)).toMatchObject([
      { posts: 24, estimate: null },
    ])
    const { gaps } = await held().ask.coverage({ ...filter, source })
    expect(gaps).toEqual([{ source, from: minute(150), to: minute(200), reason: 'cut off' }])
  })

  it.each([
    ['nonsense', 3_600_000],
    ['sentiment.', 3_600_000],
    ['sentiment.negative', 10],
    ['sentiment.negative', 1_000],
  ])('refuses the series %s by %s ms with advice', async (measure, stepMs) => {
    await expect(held().ask.series(fresh().filter, measure, stepMs)).rejects.toBeInstanceOf(UserError)
  })

  it('coverage says where posts come from', async () => {
    const { score, filter, add, topic, source } = fresh()
    const foreign = skippedScore('f', { topic, arrival: 3, lang: 'xx', post: { source: 'elsewhere', at: minute(4) } })
    await held().add(add([score('a', { post: { at: minute(2) } }), score('b', { arrival: 2 }), foreign]))
    expect(await held().ask.coverage(filter)).toMatchObject({
      posts: 3,
      authors: 3,
      scored: 2,
      unscored: { language: 1 },
      byLang: { en: 2, xx: 1 },
      bySource: {
        [source]: { posts: 2, authors: 2, latest: minute(2) },
        elsewhere: { posts: 1, authors: 1, latest: minute(4) },
      },
    }) // prettier-ignore
  })

  it('movers compare the last hours with those before, for the newest version only', async () => {
    const { score, add, topic } = fresh()
    const two = { ...topic, version: 2 }
    const own = `${topic.topic}@1`
    const at = (nr: number, ref: TopicRef) =>
      score(`m${nr}`, {
        topic: ref,
        model: own,
        arrival: nr + 1,
        post: { at: minute(nr < 20 ? 23 * 60 : 21 * 60 + 30) },
      })
    await held().add(add(many(32).map((nr) => at(nr, topic))))
    await held().add(
      add(
        many(31).map((nr) => at(nr, two)),
        { scope: [two] },
      ),
    )
    const moved = await held().ask.movers(own, 2)
    expect(moved).toMatchObject(
      [{ ...two, posts: 20, before: 11, negativeBefore: { estimate: 0.2 } }].map((one) => ({
        ...one,
        negativeBefore: expect.objectContaining({ estimate: expect.closeTo(0.2) }),
      })),
    ) // prettier-ignore
    expect(await held().ask.movers('no model', 2)).toEqual([])
  })

  it('names recent posts of a source, newest first, and none that are gone', async () => {
    const { score, add, source } = fresh()
    await held().add(add(many(6).map((nr) => score(`n${nr}`, { arrival: nr + 1, post: { at: minute(nr) } }))))
    await held().forget([{ op: 'delete', source, id: 'n4', at: minute(9), revision: null }])
    expect(await held().recent(source, minute(2), 2)).toEqual(['n5', 'n3'])
    expect(await held().recent(source, minute(2), 99)).toEqual(['n5', 'n3', 'n2'])
  })
}

function paging(held: Held, ids: Ids): void {
  const filled = async () => {
    const own = fresh()
    const mood = (nr: number) => ({ negative: nr / 100, neutral: 1 - nr / 100 })
    const scores = many(25).map((nr) =>
      own.score(`g${String(nr).padStart(2, '0')}`, {
        arrival: nr + 1,
        sentiment: mood(nr),
        emotion: nr % 2 ? { joy: 0.9, fear: 0.1 } : { joy: 0.2, fear: 0.5 },
        stance: {
          'a.b': nr % 5 ? { favor: 0.8, against: 0.2 } : { favor: 0.1, against: 0.9 },
          c: { favor: 0.3, against: 0.4 },
        },
        copy: nr < 3 ? 'shared' : `own ${nr}`,
        post: {
          at: minute(Math.floor(nr / 3)),
          likes: nr % 4 ? nr % 4 : null,
          text: nr % 6 ? `Nr ${nr}` : `ПРИВІТ 100%_\\ ${nr}`,
        },
      }),
    )
    await held().add(own.add(scores))
    return own
  }

  it.each(['newest', 'liked', 'typical'] as const)('pages through all posts once, %s first', async (sort) => {
    const { filter } = await filled()
    const all = await ids(filter, { sort })
    expect(new Set(all).size).toBe(25)
    const paged: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await held().ask.posts(filter, { sort, limit: 4, ...(cursor ? { cursor } : {}) })
      paged.push(...page.posts.map(({ id }) => id))
      cursor = page.next
    }
    expect(paged).toEqual(all)
    const { posts } = await held().ask.posts(filter, { sort })
    const keys = {
      newest: posts.map(({ at }) => Date.parse(at)),
      liked: posts.map(({ likes }) => likes ?? -1),
      typical: posts.map(({ sentiment }) => Math.max(...Object.values(sentiment))),
    }[sort] // prettier-ignore
    expect(keys).toEqual([...keys].sort((a, b) => b - a))
  })

  it('filters by the most probable label and by text', async () => {
    const { filter } = await filled()
    expect(await ids(filter, { emotion: 'joy' })).toHaveLength(12)
    expect(await ids(filter, { sentiment: 'negative' })).toHaveLength(0)
    expect(await ids(filter, { stance: 'a.b.against' })).toHaveLength(5)
    expect(await ids(filter, { stance: 'a.b.favor', emotion: 'fear' })).toHaveLength(10)
    expect(await ids(filter, { stance: 'against' })).toHaveLength(25)
    expect(await ids(filter, { stance: 'favor' })).toHaveLength(20)
    expect(await ids(filter, { q: 'привіт' })).toHaveLength(5)
    expect(await ids(filter, { q: '100%_\\ 1' })).toEqual(['g18', 'g12'])
    expect(await ids(filter, { q: "' OR 1 = 1 --" })).toEqual([])
    const typical = await held().ask.posts(filter, { sort: 'typical', sentiment: 'neutral', limit: 1 })
    expect(typical.posts[0]).toMatchObject({ id: 'g00', copies: 3 })
  })

  it.each(['', 'x', Buffer.from('["newest","1; DROP",1,"x"]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(held().ask.posts(fresh().filter, { cursor })).rejects.toBeInstanceOf(UserError)
    },
  )

  it('refuses a window that is none', async () => {
    const { filter } = fresh()
    for (const window of [
      { from: day.to, to: day.from },
      { from: 'yesterday', to: day.to },
    ])
      await expect(held().ask.summary({ ...filter, window })).rejects.toBeInstanceOf(UserError)
  })
}
