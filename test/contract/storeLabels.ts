// The store contract on labels by people: who said what, which posts to ask about beside the draw, what the shares were
// without them, and how many more would tell. Run by store.ts, on the same stores.
import { expect, it } from 'vitest'
import type { DrawQuestion } from '../../answers.ts'
import type { LabelChange } from '../../types.ts'
import { minute } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

const question: DrawQuestion = { seed: 's', size: 60, measure: 'sentiment', target: null, labeller: 'ann' }
const target = { id: 't1', text: 'a tide table' }

/** `count` posts; the margin between the two likeliest tones grows with their number. */
async function filled(held: Held, count = 80) {
  const world = fresh()
  const { score, filter, add, source, topic } = world
  const tone = (nr: number) => 0.4 + nr / (4 * count)
  await held().add(
    add(
      many(count).map((nr) =>
        score(`d${nr}`, {
          arrival: nr + 1,
          post: { at: minute(nr), likes: nr % 10 === 3 ? 1_000 + nr : 0 },
          sentiment: { negative: 0.2, neutral: 0.8 - tone(nr), positive: tone(nr) },
        }),
      ),
    ),
  )
  const said = (id: string, fields: Partial<LabelChange> = {}): LabelChange => ({
    ...{ op: 'label', source, id, topic: topic.topic, target: null, measure: 'sentiment', values: ['positive'] },
    ...{ labeller: 'ann', sample: 'audit', probability: 0.75, at: minute(900), ...fields },
  })
  const drawn = (await held().ask.draw(filter, { ...question, labeller: undefined })).posts.map(({ id }) => id)
  return { ...world, filter, said, drawn }
}

export function labelling(held: Held): void {
  it('tells the shares as they were without labels', async () => {
    const { filter, said, drawn } = await filled(held)
    const before = await held().ask.summary(filter)
    expect(await held().ask.modelled(filter)).toEqual(before)
    await held().note(drawn.map((id) => said(id)))
    expect((await held().ask.summary(filter)).sentiment.positive).toMatchObject({ labels: 60, estimate: 1 })
    expect(await held().ask.modelled(filter)).toEqual(before)
  })

  it('tells who said what of which post last, drawn or chosen', async () => {
    const { filter, said, drawn, source, add, score } = await filled(held)
    const [one, two, three] = drawn as [string, string, string]
    const chosen = { sample: 'active', probability: null } as const
    await held().note([
      said(one, { values: ['neutral'] }),
      said(one, { values: ['positive'], at: minute(901) }),
      said(one, { labeller: 'bob', values: ['negative'], probability: 0.5 }),
      said(two, chosen),
      said(three, { measure: 'relevance', values: ['no'] }),
      said(three, { measure: 'stance', target, values: ['favor'] }),
    ])
    const tone = (await held().ask.judged(filter, question)).toSorted((a, b) => a.said.length - b.said.length)
    expect(tone).toMatchObject([
      { probability: null, said: [{ labeller: 'ann', value: 'positive' }] },
      {
        probability: 0.75,
        said: [
          { labeller: 'ann', value: 'positive' },
          { labeller: 'bob', value: 'negative' },
        ],
      },
    ])
    expect(Object.keys(tone[0]!.scores).sort()).toEqual(['negative', 'neutral', 'positive'])
    const relevance = { ...question, measure: 'relevance' } as const
    expect(await held().ask.judged(filter, relevance)).toMatchObject([{ scores: {}, said: [{ value: 'no' }] }])
    const stance = { ...question, measure: 'stance', target } as const
    expect(await held().ask.judged(filter, stance)).toMatchObject([{ scores: { favor: expect.closeTo(0.7, 5) } }])
    const reworded = { ...stance, target: { ...target, text: 'other words' } }
    expect(await held().ask.judged(filter, reworded)).toEqual([])
    await held().add(add([score(one, { arrival: 900, post: { op: 'update', text: 'edited since', at: minute(1) } })]))
    await held().forget([{ op: 'delete', source, id: two, at: minute(950), revision: null }])
    expect(await held().ask.judged(filter, question)).toEqual([])
  })

  it('asks about posts outside the draw that the model doubts and that weigh most, in turns', async () => {
    const { filter, said, drawn } = await filled(held)
    const rest = many(80).filter((nr) => !drawn.includes(`d${nr}`))
    const liked = rest.filter((nr) => nr % 10 === 3).toSorted((a, b) => b - a)
    const ids = async (more: Partial<DrawQuestion> = {}, limit = 6) =>
      (await held().ask.doubtful(filter, { ...question, ...more }, limit)).posts.map(({ id }) => id)
    const first = await ids()
    expect(first).toHaveLength(6)
    expect(first[0]).toBe(`d${rest[0]}`)
    if (liked.length) expect(first).toContain(`d${liked[0]}`)
    expect(await ids({}, 200)).toHaveLength(20)
    expect(await ids({ size: 80 }, 200)).toEqual([])
    expect(await ids({ measure: 'relevance' }, 200)).toHaveLength(20)
    expect(await ids({ measure: 'stance', target }, 200)).toHaveLength(20)
    await held().note([said(first[0]!, { sample: 'active', probability: null }), said(drawn[0]!)])
    expect(await held().ask.doubtful(filter, question, 6)).toMatchObject({ labelled: 1 })
    expect(await ids()).not.toContain(first[0])
    expect((await ids({ labeller: 'bob' }))[0]).toBe(first[0])
    expect(await ids({ measure: 'relevance' }, 200)).toContain(first[0])
  })

  it('asks about one post of each text, and counts the likes of all its copies', async () => {
    const { score, filter, add } = fresh()
    const copies = many(12).map((nr) => score(`c${nr}`, { arrival: nr + 1, copy: 'one text', post: { likes: 5 } }))
    const single = many(3).map((nr) => score(`o${nr}`, { arrival: 50 + nr, post: { likes: 40 } }))
    await held().add(add([...copies, ...single]))
    const asked = { ...question, size: 1, measure: 'relevance' } as const
    const beside = async (kind: string) => {
      for (let seed = 0; ; seed++) {
        const one = { ...asked, seed: String(seed) }
        if (!(await held().ask.draw(filter, one)).posts[0]!.id.startsWith(kind)) continue
        return (await held().ask.doubtful(filter, one, 10)).posts
      }
    }
    const posts = await beside('o')
    expect(posts.map(({ id }) => id.charAt(0))).toEqual(['c', 'o', 'o'])
    expect(posts[0]!.copies).toBe(12)
    expect((await beside('c')).map(({ id }) => id.charAt(0))).toEqual(['o', 'o', 'o'])
  })

  it('says whether the labels tell by now what most are, and if not how many would', async () => {
    const { filter, said, drawn } = await filled(held, 400)
    const sides: [string, string] = ['positive', 'negative']
    expect(await held().ask.outlook(filter, question, sides)).toBeNull()
    const yes = { values: ['positive'], probability: 0.15 }
    const no = { values: ['negative'], probability: 0.15 }
    await held().note(drawn.slice(0, 49).map((id) => said(id, yes)))
    expect(await held().ask.outlook(filter, question, sides)).toBeNull()
    await held().note(drawn.map((id, at) => said(id, { ...(at % 10 < 6 ? yes : no), at: minute(901) })))
    const close = (await held().ask.outlook(filter, question, sides))!
    expect(close.of).toBe(400)
    expect(close.most.positive).toMatchObject({ estimate: expect.closeTo(0.6, 1), answer: null, labels: 60 })
    expect(close.most.positive!.needed! % 10).toBe(0)
    expect(close.most.neutral).toMatchObject({ answer: 'no' })
    expect(close.ahead).toMatchObject({ answer: null, needed: expect.any(Number) })
    const { positive } = (await held().ask.audited(filter)).sentiment
    expect(close.most.positive).toMatchObject(positive!)
    await held().note(drawn.map((id, at) => said(id, { ...(at % 10 < 9 ? yes : no), at: minute(902) })))
    const clear = (await held().ask.outlook(filter, question, sides))!
    expect(clear.most.positive).toMatchObject({ answer: 'yes', needed: 60 })
    expect(clear.most.negative).toMatchObject({ answer: 'no' })
    expect(clear.ahead).toMatchObject({ answer: 'yes' })
    expect((await held().ask.outlook(filter, question, ['negative', 'positive']))!.ahead).toMatchObject({
      answer: 'no',
    })
    expect(await held().ask.outlook(filter, { measure: 'relevance', target: null }, ['yes', 'no'])).toBeNull()
    expect(await held().ask.outlook({ ...filter, view: 'cluster' }, question, sides)).toBeNull()
  })
}
