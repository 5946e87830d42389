// The second half of the store contract: what its questions answer. Run by store.ts, on the same stores.
import { expect, it } from 'vitest'
import { type Filter, type Store, type StoredPost, sorts, type TopicRef } from '../../answers.ts'
import { UserError } from '../../errors.ts'
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

export type Held = () => Store
export type Ids = (filter: Filter, query?: object) => Promise<string[]>

let unique = 0
/** A topic, a source and scores that no other test knows. */
export function fresh() {
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

export const many = (count: number) => Array.from({ length: count }, (_, nr) => nr)

export function asking(held: Held): void {
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
    expect(answer).toMatchObject({ posts: 21, authors: 16, scored: 20, model, view: 'post' })
    expect(answer).toMatchObject({ scoredAuthors: 15, unscored: { language: 1 } })
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

  it('stretches that touch, and are missing for one reason, are one', async () => {
    const { filter, add, source, score } = fresh()
    await held().add(add([score('one')]))
    const gap = (from: number, to: number, reason = 'spend') => {
      return { op: 'gap' as const, source, from: minute(from), to: minute(to), reason }
    }
    await held().note([gap(0, 10), gap(10, 20), gap(10, 12, 'else'), gap(20, 30), gap(25, 28), gap(40, 50)])
    const told = (await held().ask.gaps({ ...filter, source })).map(({ from, to, reason }) => [from, to, reason])
    expect(told).toEqual([
      [minute(0), minute(30), 'spend'],
      [minute(10), minute(12), 'else'],
      [minute(40), minute(50), 'spend'],
    ])
  })

  it('labels of a draw stand behind the shares, and go with their posts', async () => {
    const { score, filter, add, source, topic } = fresh()
    await held().add(add(many(80).map((nr) => score(`d${nr}`, { arrival: nr + 1, post: { at: minute(nr) } }))))
    const question = { seed: 's', size: 60, measure: 'sentiment', target: null, labeller: 'ann' } as const
    const { posts, probability, of } = await held().ask.draw(filter, question)
    expect([posts.length, probability, of]).toEqual([60, 0.75, 80])
    const said = { op: 'label', source, topic: topic.topic, target: null, measure: 'sentiment' } as const
    const by = { values: ['positive'], labeller: 'ann', sample: 'audit', probability, at: minute(900) } as const
    const labels = posts.map(({ id }) => ({ ...said, ...by, values: ['positive'], id }))
    const { print } = await held().ask.fingerprint(filter)
    for (let twice = 0; twice < 2; twice++) await held().note(labels)
    expect((await held().ask.fingerprint(filter)).print).not.toBe(print)
    expect((await held().ask.draw(filter, question)).posts).toEqual([])
    expect(await held().ask.places(topic.topic, ['d0', 'never'])).toEqual([{ id: 'd0', source }])
    const positive = async () => (await held().ask.summary(filter)).sentiment.positive
    expect(await positive()).toMatchObject({ labels: 60, estimate: 1 })
    const removed = posts.slice(0, 11).map(({ id }) => ({ op: 'delete', source, id, at: minute(901), revision: null }))
    await held().forget(removed as Parameters<Store['forget']>[0])
    expect(await positive()).not.toHaveProperty('labels')
    expect(await held().ask.audited(filter)).toEqual({ sentiment: {}, emotion: {}, stance: {} })
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
    expect(await held().ask.latest(topic)).toBe(minute(4))
    expect(await held().ask.latest({ ...topic, version: 2 })).toBeNull()
  })

  it('names recent posts of a source, newest first, and none that are gone', async () => {
    const { score, add, source } = fresh()
    await held().add(add(many(6).map((nr) => score(`n${nr}`, { arrival: nr + 1, post: { at: minute(nr) } }))))
    await held().forget([{ op: 'delete', source, id: 'n4', at: minute(9), revision: null }])
    expect(await held().recent(source, minute(2), 2)).toEqual(['n5', 'n3'])
    expect(await held().recent(source, minute(2), 99)).toEqual(['n5', 'n3', 'n2'])
  })
}

export function paging(held: Held, ids: Ids): void {
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

  it.each(sorts)('pages through all posts once, %s first', async (sort) => {
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
      certain: posts.map(({ sentiment }) => Math.max(...Object.values(sentiment))),
      typical: posts.map((post) => -farFrom(posts, post)),
    }[sort] // prettier-ignore
    const sorted = [...keys].sort((a, b) => b - a)
    for (const [at, key] of keys.entries()) expect(key).toBeCloseTo(sorted[at]!, 6)
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
    const certain = await held().ask.posts(filter, { sort: 'certain', sentiment: 'neutral', limit: 1 })
    expect(certain.posts[0]).toMatchObject({ id: 'g00', copies: 3 })
  })

  it('refuses an order that is none', async () => {
    const { filter } = await filled()
    await expect(held().ask.posts(filter, { sort: 'loudest' as never })).rejects.toBeInstanceOf(UserError)
  })

  it('tells the shares of a camp: of the posts that take a side more surely than any other', async () => {
    const { filter } = await filled()
    const whole = await held().ask.summary(filter)
    const camps = ['favor', 'against', 'neither'].map((label) => ({ target: 'a.b', label }))
    const parts = []
    for (const camp of camps) {
      const part = await held().ask.summary({ ...filter, camp })
      expect(part.posts).toBe((await ids(filter, { stance: `a.b.${camp.label}` })).length)
      expect((await ids({ ...filter, camp }, {})).sort()).toEqual(
        (await ids(filter, { stance: `a.b.${camp.label}` })).sort(),
      )
      parts.push(part.posts)
    }
    expect(parts.reduce((sum, posts) => sum + posts, 0)).toBe(whole.posts)
    const nobody = await held().ask.summary({ ...filter, camp: { target: "' OR 1", label: 'favor' } })
    expect(nobody.posts).toBe(0)
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

/** How far the tone of a post is from the mean of all, its leading label counted twice. */
function farFrom(posts: StoredPost[], { sentiment }: StoredPost): number {
  const lead = (of: Record<string, number>) => Math.max(...Object.values(of))
  const [top, negative, positive] = [
    lead,
    ...['negative', 'positive'].map((label) => (of: Record<string, number>) => of[label] ?? 0),
  ].map((value) => (value(sentiment) - posts.reduce((sum, post) => sum + value(post.sentiment), 0) / posts.length) ** 2)
  return top! + negative! + positive!
}
