// The store contract on several models of the same posts: who has read what, and what only the model changed, against sums
// made here a second time.
import { expect, it } from 'vitest'
import { minute, model, seeded } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

const later = 'tiny@2'

export function modelling(held: Held): void {
  it('tells how many posts of a window only another model has read, each once, for the one that read it last', async () => {
    const { score, filter, add, source } = fresh()
    const by = (name: string, from: number, count: number) =>
      many(count).map((nr) =>
        score(`p${from + nr}`, { arrival: from + nr + 1, model: name, post: { at: minute(from + nr) } }),
      )
    await held().add(add(by(model, 0, 6)))
    const { ask } = held()
    expect(await ask.otherModels(filter)).toEqual([])
    const now = { ...filter, model: later }
    expect(await ask.otherModels(now)).toEqual([{ model, posts: 6 }])
    await held().add(add(by(later, 2, 6)))
    expect(await ask.otherModels(now)).toEqual([{ model, posts: 2 }])
    expect(await ask.otherModels(filter)).toEqual([{ model: later, posts: 2 }])
    expect((await ask.coverage(now)).otherModels).toEqual([{ model, posts: 2 }])
    expect(await ask.otherModels({ ...now, window: { from: minute(1), to: minute(99) } })).toEqual([
      { model, posts: 1 },
    ])
    expect(await ask.otherModels({ ...now, source: 'another' })).toEqual([])
    // By two others: a later minute of the store's clock decides, at the same one the name.
    await held().add(add(by('tiny@0', 0, 1)))
    expect((await ask.otherModels(now)).reduce((sum, { posts }) => sum + posts, 0)).toBe(2)
    await held().forget([{ op: 'delete', source, id: 'p0', at: minute(99), revision: null }])
    expect(await ask.otherModels(now)).toEqual([{ model, posts: 1 }])
  })

  it('holds each post against itself, and nothing else', async () => {
    const { score, filter, add, topic } = fresh()
    const random = seeded(3)
    const told = many(120).map((nr) => {
      const tone = () => {
        const negative = Math.round(random() * 64) / 64
        return { negative, neutral: 1 - negative }
      }
      const favor = () => {
        const favor = Math.round(random() * 64) / 64
        return { t1: { favor, against: 1 - favor } }
      }
      const [before, after] = [
        { sentiment: tone(), stance: favor(), irony: random() > 0.5 ? 0.25 : null },
        { sentiment: tone(), stance: favor(), irony: 0.5 },
      ]
      return { id: `p${String(nr).padStart(3, '0')}`, nr, before, after, inclusion: nr % 3 ? 1 : 0.5 }
    })
    const rows = (name: string, side: 'before' | 'after', ones: typeof told) =>
      ones.map(({ id, nr, inclusion, [side]: scores }) =>
        score(id, { ...scores, model: name, arrival: nr + 1, post: { at: minute(nr), inclusion } }),
      )
    // The first ten have left before the later model came; five came after the former one.
    await held().add(add(rows(model, 'before', told.slice(0, 115))))
    await held().add(add(rows(later, 'after', told.slice(10))))
    const none = { sentiment: {}, emotion: {}, stance: {}, irony: null, offensive: null, hate: null }
    const unread = score('u', { ...none, skipped: 'language', arrival: 500, model })
    // One that only the later model can read is in no share, one without words is told apart.
    await held().add(add([unread, score('u', { arrival: 500, model: later })]))
    await held().add(add([score('bare', { arrival: 501, model, post: { text: '' } })]))
    const found = (await held().ask.remodelled(topic, { model: later, from: '' }))!
    expect(found).toMatchObject({ ...topic, model: later, former: model, posts: 106, scored: 105 })
    expect(found.left).toEqual({ wordless: 1, other: 10 })
    const both = told.slice(10, 115)
    const mean = (ones: typeof told, of: (one: (typeof told)[number]) => number) =>
      ones.reduce((sum, one) => sum + of(one) / one.inclusion, 0) /
      ones.reduce((sum, one) => sum + 1 / one.inclusion, 0)
    const shares = new Map(found.shares.map((share) => [share.measure, share]))
    const expected = [
      ['sentiment.negative', both, (one, side) => one[side].sentiment.negative],
      ['stance.t1.favor', both, (one, side) => one[side].stance.t1.favor],
      ['irony', both.filter(({ before }) => before.irony !== null), (one, side) => one[side].irony ?? Number.NaN],
    ] as [string, typeof told, (one: (typeof told)[number], side: 'before' | 'after') => number][]
    for (const [measure, ones, of] of expected) {
      const share = shares.get(measure)!
      expect(share.posts).toBe(ones.length)
      expect(share.before).toBeCloseTo(
        mean(ones, (one) => of(one, 'before')),
        6,
      )
      expect(share.after).toBeCloseTo(
        mean(ones, (one) => of(one, 'after')),
        6,
      )
    }
    const leads = ({ negative, neutral }: { negative: number; neutral: number }) => negative > neutral
    const isTie = ({ negative, neutral }: { negative: number; neutral: number }) => negative === neutral
    const turned = both.filter(({ before, after }) => leads(before.sentiment) !== leads(after.sentiment)).length
    const ties = both.filter(({ before, after }) => isTie(before.sentiment) || isTie(after.sentiment)).length
    const tone = found.turned.find(({ measure }) => measure === 'sentiment')!
    expect(Math.abs(tone.posts - turned)).toBeLessThanOrEqual(ties)
    expect(tone.of).toBe(105)
    expect(found.turned.map(({ measure }) => measure)).toEqual(['sentiment', 'stance.t1'])
    const half = (await held().ask.remodelled(topic, { model: later, from: minute(60) }))!
    expect(half).toMatchObject({ posts: 55, left: { wordless: 0, other: 0 } })
    expect(await held().ask.remodelled({ ...topic, version: 2 }, { model: later, from: '' })).toBeNull()
    expect(await held().ask.remodelled(topic, { model: filter.model, from: '' })).toMatchObject({ former: later })
  })

  it('a target with any name is no word of a statement', async () => {
    const { score, add, topic } = fresh()
    const stance = { "x'.!y": { favor: 0.5, against: 0.5 } }
    await held().add(add([score('a', { stance }), score('a', { stance, model: later })]))
    const found = await held().ask.remodelled(topic, { model: later, from: '' })
    expect(found!.shares.map(({ measure }) => measure)).toContain("stance.x'.!y.favor")
  })
}
