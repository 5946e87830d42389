// The store contract on what alerts ask: only what had been received by then, two windows side by side by account, and one
// window as two versions or models read it; each against sums made here a second time.
import { expect, it } from 'vitest'
import type { Filter, PostsQuery } from '../../answers.ts'
import { UserError } from '../../errors.ts'
import type { Said, SidesQuestion } from '../../sides.ts'
import { minute, model, seeded } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

export function receiving(held: Held): void {
  it('answers every question from what was received by then, and everything where that is later', async () => {
    const { score, filter, add } = fresh()
    await held().add(add(many(12).map((nr) => score(`p${nr}`, { arrival: nr + 1, post: { at: minute(nr) } }))))
    const { ask } = held()
    const answers = async (one: Filter) => ({
      ...{ summary: await ask.summary(one), modelled: await ask.modelled(one), audited: await ask.audited(one) },
      series: await ask.series(one, 'sentiment.negative', 3_600_000),
      cluster: await ask.summary({ ...one, view: 'cluster' }),
      engagement: await ask.summary({ ...one, view: 'engagement' }),
      posts: (await ask.posts(one, {})).posts.length,
      liked: (await ask.posts(one, { sort: 'liked' } satisfies PostsQuery)).posts.length,
      coverage: (await ask.coverage(one)).posts,
      sample: (await ask.sample(one, 100)).length,
      live: (await ask.live(one, ['p1'])).size,
      found: (await ask.found(one, ['p1', 'p2'])).length,
    })
    const whole = await answers(filter)
    expect(whole).toMatchObject({ posts: 12, liked: 12, coverage: 12, sample: 12, live: 1, found: 2 })
    expect(await answers({ ...filter, receivedBy: '2200-01-01T00:00:00.000Z' })).toEqual(whole)
    const none = await answers({ ...filter, receivedBy: '2000-01-01T00:00:00.000Z' })
    expect(none).toMatchObject({ posts: 0, liked: 0, coverage: 0, sample: 0, live: 0, found: 0 })
    for (const view of [none.summary, none.modelled, none.cluster, none.engagement])
      expect(view).toMatchObject({ posts: 0, scored: 0, sentiment: {} })
    expect(none.series.every(({ posts }) => posts === 0)).toBe(true)
    const prints = [filter, { ...filter, receivedBy: '2000-01-01T00:00:00.000Z' }].map((one) => ask.fingerprint(one))
    const [now, then] = await Promise.all(prints)
    expect(then!.print).not.toBe(now!.print)
  })
}

const hourMs = 3_600_000
const window = (from: number, to: number) => ({ from: minute(from), to: minute(to) })
const question: SidesQuestion = {
  ...{ before: window(0, 240), after: window(300, 420), stepMs: hourMs },
  share: { kind: 'sentiment', target: null, labels: ['negative'] },
}
const sum = (said: Said[], of: (one: Said) => number) => said.reduce((total, one) => total + of(one), 0)

export function siding(held: Held): void {
  /** Posts over eight hours by forty accounts, some copies, some unread. */
  const filled = async (seed: number) => {
    const own = fresh()
    const random = seeded(seed)
    const told = many(200).map((nr) => ({
      ...{ id: `p${nr}`, author: `a${Math.floor(random() ** 2 * 40)}`, at: Math.floor(random() * 480) },
      ...{ negative: Math.round(random() * 50) / 100, isRead: random() > 0.1 },
      copy: random() < 0.2 ? 'a copy' : `copy ${nr}`,
    }))
    const scores = told.map(({ id, author, at, negative, isRead, copy }, nr) =>
      own.score(id, {
        ...{ arrival: nr + 1, copy, skipped: isRead ? null : 'language' },
        sentiment: isRead ? { negative, neutral: 0.5 - negative, positive: 0.5 } : {},
        stance: isRead ? { t1: { favor: negative, against: 0.1 } } : {},
        post: { author, at: minute(at), text: copy },
      }),
    )
    await held().add(own.add(scores))
    return { ...own, told }
  }

  it('tells what each account said on both sides, and nothing of what lies between or beyond', async () => {
    const { filter, told } = await filled(11)
    const { accounts, looked, said } = await held().ask.sides(filter, question)
    const [before, after] = [told.filter(({ at }) => at < 240), told.filter(({ at }) => at >= 300 && at < 420)]
    expect(accounts).toBe(new Set([...before, ...after].map(({ author }) => author)).size)
    expect(looked).toBe(accounts)
    expect(new Set(said.map(({ account }) => account)).size).toBe(accounts)
    for (const [isAfter, posts] of [
      [false, before],
      [true, after],
    ] as const) {
      const side = said.filter((one) => one.isAfter === isAfter)
      const read = posts.filter(({ isRead }) => isRead)
      expect(sum(side, (one) => one.posts)).toBe(posts.length)
      expect(sum(side, (one) => one.scored)).toBe(read.length)
      expect(sum(side, (one) => one.sum)).toBeCloseTo(
        read.reduce((all, { negative }) => all + negative, 0),
        4,
      )
      expect(sum(side, (one) => one.noise)).toBeCloseTo(
        read.reduce((all, { negative }) => all + negative * (1 - negative), 0),
        4,
      )
      const start = isAfter ? 300 : 0
      const steps = Map.groupBy(posts, ({ at }) => Math.floor((at - start) / 60))
      for (const [step, those] of steps)
        expect(
          sum(
            side.filter((one) => one.step === step),
            (one) => one.posts,
          ),
        ).toBe(those.length)
    }
    // One and the same account has one number on both sides; which one says nothing.
    const by = (rows: { author: string }[]) =>
      [...Map.groupBy(rows, ({ author }) => author).values()].map((own) => own.length)
    const counted = Map.groupBy(said, ({ account }) => account)
    expect([...counted.values()].map((own) => sum(own, (one) => one.posts)).sort()).toEqual(
      by([...before, ...after]).sort(),
    )
    expect(JSON.stringify(said)).not.toMatch(/"a\d+"|author/)
  })

  it('sums several labels, of stance too, and none where only posts are asked for', async () => {
    const { filter, told } = await filled(12)
    const read = told.filter(({ at, isRead }) => isRead && (at < 240 || (at >= 300 && at < 420)))
    const both = await held().ask.sides(filter, {
      ...question,
      share: { kind: 'sentiment', target: null, labels: ['negative', 'positive'] },
    })
    expect(sum(both.said, (one) => one.sum)).toBeCloseTo(
      read.reduce((all, { negative }) => all + negative + 0.5, 0),
      3,
    )
    const stance = { kind: 'stance', target: 't1', labels: ['favor'] } as const
    const sided = await held().ask.sides(filter, { ...question, share: { ...stance, labels: ['favor'] } })
    expect(sum(sided.said, (one) => one.sum)).toBeCloseTo(
      read.reduce((all, { negative }) => all + negative, 0),
      3,
    )
    const hostile = await held().ask.sides(filter, {
      ...question,
      share: { ...stance, target: "'} --", labels: ["');"] },
    })
    expect(sum(hostile.said, (one) => one.scored)).toBe(0)
    const bare = await held().ask.sides(filter, { ...question, share: null })
    expect(sum(bare.said, (one) => one.scored)).toBe(0)
    expect(sum(bare.said, (one) => one.posts)).toBe(sum(both.said, (one) => one.posts))
  })

  it('looks at a fair sample of accounts, whole ones, and says of how many', async () => {
    const { filter, told } = await filled(13)
    const all = await held().ask.sides(filter, question)
    const some = await held().ask.sides(filter, { ...question, most: 12 })
    expect(some).toMatchObject({ accounts: all.accounts, looked: 12 })
    expect(some.said).toEqual(all.said.filter(({ account }) => account < 12))
    expect(told.length).toBe(200)
  })

  it('looks at a hundred texts of an account on either side', async () => {
    const { score, filter, add } = fresh()
    const loud = many(150).map((nr) => score(`l${nr}`, { arrival: nr + 1, post: { author: 'loud', at: minute(nr) } }))
    await held().add(add([...loud, score('one', { arrival: 999, post: { author: 'quiet', at: minute(1) } })]))
    const { accounts, said } = await held().ask.sides(filter, question)
    expect(accounts).toBe(2)
    expect(said.length).toBe(101)
  })

  it('refuses windows that overlap and steps that are none', async () => {
    const { filter } = fresh()
    const ask = (more: Partial<SidesQuestion>) => held().ask.sides(filter, { ...question, ...more })
    await expect(ask({ after: window(200, 300) })).rejects.toThrow(UserError)
    await expect(ask({ stepMs: Number.NaN })).rejects.toThrow(UserError)
    expect(await ask({})).toEqual({ accounts: 0, looked: 0, said: [] })
  })

  it('tells how another version or model reads the same posts, and which posts only one has', async () => {
    const { score, filter, add, topic } = fresh()
    const says = (negative: number) => ({ sentiment: { negative, positive: 1 - negative } })
    const old = { ...topic, version: 1 }
    const now = { ...topic, version: 2 }
    const by = (nr: number) => ({ author: `a${nr % 4}`, at: minute(nr) })
    const rows = many(20).flatMap((nr) => [
      ...(nr < 15 ? [score(`p${nr}`, { arrival: nr + 1, ...says(0.2), topic: old, post: by(nr) })] : []),
      ...(nr >= 5
        ? [score(`p${nr}`, { arrival: nr + 1, ...says(0.6), topic: now, model: 'next@1', post: by(nr) })]
        : []),
    ])
    await held().add(add(rows, { scope: [old, now] }))
    const asked: Filter = { ...filter, topic: now, model: 'next@1' }
    const share = { kind: 'sentiment', target: null, labels: ['negative'] } as const
    const { accounts } = await held().ask.retold(asked, {
      former: { topic: old, model },
      share: { ...share, labels: ['negative'] },
    })
    const total = (of: (one: (typeof accounts)[number]) => number) => accounts.reduce((all, one) => all + of(one), 0)
    expect(accounts.length).toBe(4)
    expect(total(({ posts }) => posts.both)).toBe(10)
    expect(total(({ posts }) => posts.former)).toBe(5)
    expect(total(({ posts }) => posts.now)).toBe(5)
    expect(total(({ sums }) => sums.bothFormer)).toBeCloseTo(2, 5)
    expect(total(({ sums }) => sums.bothNow)).toBeCloseTo(6, 5)
    expect(total(({ sums }) => sums.former)).toBeCloseTo(1, 5)
    expect(total(({ sums }) => sums.now)).toBeCloseTo(3, 5)
  })
}
