// The audit draw: the same whenever it is asked for, a sample by chance, and of those posts only that are left to label.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DrawQuestion } from '../../answers.ts'
import type { LabelChange } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, scoreOf, skippedScore, topic } from './scores.ts'

const filter = { topic, model, window: day }
const size = 300
let opened: Opened
beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true })
  const scores = Array.from({ length: size }, (_, nr) =>
    scoreOf(`p${nr}`, { arrival: nr + 1, post: { at: minute(nr) } }),
  )
  const unread = Array.from({ length: 20 }, (_, nr) => skippedScore(`u${nr}`, { arrival: 500 + nr }))
  await opened.store.add(addition([...scores, ...unread]))
})
afterAll(() => opened.close())

const ask = (more: Partial<DrawQuestion> = {}) =>
  opened.store.ask.draw(filter, { seed: 'first', size: 100, measure: 'sentiment', target: null, ...more })
const ids = async (more?: Partial<DrawQuestion>) => (await ask(more)).posts.map(({ id }) => id)
const label = (id: string, fields: Partial<LabelChange> = {}): LabelChange => ({
  ...{ op: 'label', source: 'file', id, topic: topic.topic, target: null, measure: 'sentiment', values: ['neutral'] },
  ...{ labeller: 'ann', sample: 'audit', probability: 1 / 3, at: minute(900), ...fields },
})

it('gives the first of all scored posts in the order of the draw, and says how likely each was', async () => {
  const { of, size: drawn, probability, posts } = await ask()
  expect({ of, drawn, probability }).toEqual({ of: size, drawn: 100, probability: 1 / 3 })
  expect(posts).toHaveLength(100)
  expect(posts.some(({ skipped }) => skipped)).toBe(false)
  expect(await ids()).toEqual(posts.map(({ id }) => id))
  expect(await ids({ size: 30 })).toEqual(posts.slice(0, 30).map(({ id }) => id))
})

it('another seed draws others, as two draws by chance would', async () => {
  const [first, second] = [new Set(await ids()), await ids({ seed: 'second' })]
  const both = second.filter((id) => first.has(id)).length
  expect(both).toBeGreaterThan(10)
  expect(both).toBeLessThan(57)
})

it('is spread over the window: no third of it is left out or preferred', async () => {
  const numbers = (await ids()).map((id) => Number(id.slice(1)))
  for (const third of [0, 1, 2]) {
    const inside = numbers.filter((nr) => Math.floor(nr / 100) === third).length
    expect(inside).toBeGreaterThan(10)
    expect(inside).toBeLessThan(57)
  }
})

it('takes all there are where there are fewer than asked for, and nothing where there is nothing', async () => {
  expect(await ask({ size: 1_000 })).toMatchObject({ of: size, size, probability: 1 })
  const window = { from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' }
  const empty = { seed: 'x', size: 10, measure: 'sentiment' as const, target: null, labeller: 'ann' }
  expect(await opened.store.ask.draw({ ...filter, window }, empty)).toEqual({
    ...{ of: 0, size: 0, probability: 0, posts: [] },
  })
})

it('leaves out what this labeller has labelled, of this measure and these words, and draws nobody else for it', async () => {
  const all = await ids()
  await opened.store.note([
    label(all[0]!),
    label(all[1]!, { labeller: 'bob' }),
    label(all[2]!, { measure: 'relevance', values: ['yes'] }),
    label(all[3]!, { sample: 'active', probability: null }),
    label(all[4]!, { measure: 'stance', values: ['favor'], target: { id: 't1', text: 'a tide table' } }),
  ])
  expect(await ids()).toEqual(all)
  expect(await ids({ labeller: 'ann' })).toEqual(all.slice(1))
  expect(await ask({ labeller: 'ann' })).toMatchObject({ size: 100, probability: 1 / 3 })
  expect(await ids({ labeller: 'ann', measure: 'emotion' })).toEqual(all)
  const stance = { labeller: 'ann', measure: 'stance' } as const
  expect(await ids({ ...stance, target: { id: 't1', text: 'a tide table' } })).toEqual(all.toSpliced(4, 1))
  expect(await ids({ ...stance, target: { id: 't1', text: 'other words' } })).toEqual(all)
})
