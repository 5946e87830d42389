// The store contract on pulses: steps that end where they should, shares that are those of a summary of the same window,
// and counts made here a second time from the posts as told; and prints, which differ whenever a pulse may.
import { expect, it } from 'vitest'
import type { Filter, Pulse, PulseQuestion, Store } from '../../answers.ts'
import { UserError } from '../../errors.ts'
import type { LabelChange } from '../../types.ts'
import { minute, model, seeded } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

const hourMs = 3_600_000
const hours: PulseQuestion = {
  ...{ model, stepMs: hourMs, steps: 6, sentiment: ['negative', 'positive'], stance: ['against', 'favor'] },
}
const printsOf = async (store: Store, { topic }: Filter) =>
  (await store.ask.prints(model)).find((one) => one.topic === topic.topic)

export function pulsing(held: Held): void {
  const ask = (filters: Filter[], more: object = {}, question: Partial<PulseQuestion> = {}): Promise<Pulse[]> => {
    const asked = filters.map(({ topic }) => ({ topic, targets: ['t1'], ...more }))
    return held().ask.pulses(asked, { ...hours, ...question })
  }

  /** Posts over seven hours, by few authors and many, some of them unread. */
  const filled = async (seed: number) => {
    const own = fresh()
    const random = seeded(seed)
    const told = many(160).map((nr) => {
      const negative = Math.round(random() * 100) / 100
      const favor = Math.round(random() * 100) / 100
      return {
        ...{ id: `p${nr}`, author: `a${Math.floor(random() * 60)}`, at: Math.floor(random() * 7 * 60), negative },
        ...{ favor, isRead: random() > 0.1 },
      }
    })
    const scores = told.map(({ id, author, at, negative, favor, isRead }, nr) =>
      own.score(id, {
        arrival: nr + 1,
        skipped: isRead ? null : 'language',
        sentiment: isRead ? { negative, neutral: 0, positive: 1 - negative } : {},
        stance: isRead ? { t1: { favor, against: 1 - favor }, other: { favor: 1 } } : {},
        post: { author, at: minute(at) },
      }),
    )
    await held().add(own.add(scores))
    return { ...own, told }
  }

  it('tells of every step what a summary tells of its window, of two topics at once', async () => {
    const [one, two] = [await filled(1), await filled(2)]
    const pulses = await ask([one.filter, two.filter])
    expect(pulses.map(({ topic }) => topic)).toEqual([one.topic.topic, two.topic.topic])
    for (const [nr, { filter, told }] of [one, two].entries()) {
      const { to, steps } = pulses[nr]!
      expect(Date.parse(to)).toBe(Math.max(...told.map(({ at }) => Date.parse(minute(at)))) + 1)
      for (const [back, step] of steps.entries()) {
        const end = Date.parse(to) - back * hourMs
        const window = { from: new Date(end - hourMs).toISOString(), to: new Date(end).toISOString() }
        const within = told.filter(({ at }) => minute(at) >= window.from && minute(at) < window.to)
        expect(step).toMatchObject({ posts: within.length, authors: new Set(within.map(({ author }) => author)).size })
        const { sentiment, stance } = await held().ask.summary({ ...filter, window })
        const { negative, positive } = sentiment
        expect(step.shares).toEqual({
          'sentiment.negative': near(negative!),
          'sentiment.positive': near(positive!),
          'stance.t1.against': near(stance.t1!.against!),
          'stance.t1.favor': near(stance.t1!.favor!),
        })
      }
    }
  })

  it('ends where it is asked to, tells only the version asked for, and leaves out what has no post', async () => {
    const { filter, score, add, topic } = await filled(3)
    const next = { ...topic, version: 2 }
    await held().add(add([score('newer', { topic: next, post: { at: minute(600) } })], { scope: [next] }))
    const [pulse] = await ask([filter], { to: minute(120) }, { steps: 2 })
    expect(pulse).toMatchObject({ ...topic, to: minute(120) })
    const { posts } = await held().ask.summary({ ...filter, window: { from: minute(0), to: minute(120) } })
    expect(pulse!.steps.reduce((sum, step) => sum + step.posts, 0)).toBe(posts)
    expect((await ask([{ ...filter, topic: next }]))[0]).toMatchObject({
      to: new Date(Date.parse(minute(600)) + 1).toISOString(),
    })
    expect(await ask([fresh().filter])).toEqual([])
    expect(await ask([])).toEqual([])
    const [bare] = await ask([filter], {}, { sentiment: [], stance: [] })
    expect(bare!.steps.map(({ shares }) => shares)).toEqual(many(6).map(() => ({})))
    expect(bare!.steps[0]!.posts).toBeGreaterThan(0)
  })

  it('tells no share that rests on fewer than ten authors, and which steps were not collected', async () => {
    const { score, filter, add, source } = fresh()
    // On a day on which no other test loses anything.
    const later = (nr: number) => minute(40_000 + nr)
    const by = (nr: number, at: number) =>
      score(`k${nr}`, { arrival: nr + 1, post: { author: `a${nr}`, at: later(at) } })
    await held().add(add([...many(9).map((nr) => by(nr, 130)), ...many(10).map((nr) => by(20 + nr, 100))]))
    await held().note([{ op: 'gap', source, from: later(60), to: later(65), reason: 'cut off' }])
    const [pulse] = await ask([filter], { to: later(180) }, { steps: 3 })
    expect(pulse!.steps.map(({ gap }) => gap)).toEqual([false, true, false])
    expect(pulse!.steps.map(({ shares }) => shares['sentiment.negative']!.estimate)).toEqual([
      null,
      expect.closeTo(0.2),
      null,
    ])
  })

  it.each([{ stepMs: 10 }, { steps: 0 }, { steps: 5_000 }, { stepMs: 1_500.5 }])(
    'refuses %o with advice',
    async (odd) => {
      await expect(ask([fresh().filter], {}, odd)).rejects.toBeInstanceOf(UserError)
    },
  )

  it('a print stays while nothing moves, and differs after a post, an edit, a delete, a label, a gap', async () => {
    const { score, filter, add, source, topic } = fresh()
    await held().add(add([score('one'), score('two', { arrival: 2 })]))
    const other = fresh()
    await held().add(other.add([other.score('else')]))
    const [first, beside] = [await printsOf(held(), filter), await printsOf(held(), other.filter)]
    expect(first).toEqual({ ...topic, print: expect.any(String), labels: 0 })
    expect(await printsOf(held(), filter)).toEqual(first)
    const said = { op: 'label', source, id: 'one', topic: topic.topic, target: null, measure: 'sentiment' } as const
    const label: LabelChange = {
      ...said,
      values: ['negative'],
      labeller: 'ann',
      sample: 'active',
      probability: null,
      at: minute(9),
    } as const
    const turns: (() => Promise<unknown>)[] = [
      () => held().add(add([score('three', { arrival: 3 })])),
      () => held().add(add([score('one', { arrival: 4, post: { op: 'update', text: 'edited' } })])),
      () => held().note([label]),
      () => held().forget([{ op: 'delete', source, id: 'two', at: minute(9), revision: null }]),
    ]
    const seen = new Set([first!.print])
    for (const turn of turns) {
      await turn()
      seen.add((await printsOf(held(), filter))!.print)
    }
    expect(seen.size).toBe(1 + turns.length)
    expect((await printsOf(held(), filter))!.labels).toBe(1)
    expect(await printsOf(held(), other.filter)).toEqual(beside)
    await held().note([{ op: 'gap', source, from: minute(1), to: minute(2), reason: 'cut off' }])
    expect((await printsOf(held(), other.filter))!.print).not.toBe(beside!.print)
  })
}

/** The same share, computed by other additions. */
function near({ estimate, low, high }: { estimate: number | null; low: number | null; high: number | null }) {
  const about = (share: number | null) => (share === null ? null : expect.closeTo(share, 5))
  return { estimate: about(estimate), low: about(low), high: about(high) }
}
