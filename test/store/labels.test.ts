// Labels by people in the store: which count, what they do to the shares, and that they leave with their posts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter, TopicRef } from '../../answers.ts'
import type { LabelChange, Target } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { filesWith } from './bytes.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, type ScoreOptions, scoreOf, seeded } from './scores.ts'

let opened: Opened & { folder: string }
beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true, eraseAfterMs: 100 })
})
afterAll(() => opened.close())
const store = () => opened.store

let unique = 0
/** A topic of its own with `count` posts that the model reads as all neutral, over ten hours, each by another author. */
async function world(count: number, more: (nr: number) => ScoreOptions = () => ({})) {
  const topic: TopicRef = { topic: `tides ${unique++}`, version: 1 }
  const filter: Filter = { topic, model, window: day }
  const id = (nr: number) => `${topic.topic} p${nr}`
  const one = (nr: number, given = more(nr)) =>
    scoreOf(id(nr), { topic, arrival: nr + 1, ...given, post: { at: minute((nr * 600) / count), ...given.post } })
  const add = (nrs: number[], given?: ScoreOptions) =>
    store().add(
      addition(
        nrs.map((nr) => one(nr, given)),
        { scope: [topic] },
      ),
    )
  await add(upTo(count))
  const said = (nr: number, fields: Partial<LabelChange> = {}): LabelChange => ({
    ...{ op: 'label', source: 'file', id: id(nr), topic: topic.topic, target: null, measure: 'sentiment' },
    ...{ values: ['negative'], labeller: 'ann', sample: 'audit', probability: 0.5, at: minute(900) },
    ...fields,
  })
  const negative = async (other: Partial<Filter> = {}) =>
    (await store().ask.summary({ ...filter, ...other })).sentiment.negative!
  return { topic, filter, id, add, said, negative }
}
const upTo = (count: number) => Array.from({ length: count }, (_, nr) => nr)
/** `n` of `count` numbers, drawn at random. */
function drawn(n: number, count: number, seed = 7): number[] {
  const random = seeded(seed)
  return upTo(count)
    .map((nr) => ({ nr, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, n)
    .map(({ nr }) => nr)
}
const none = { sentiment: {}, emotion: {}, stance: {} }

describe('estimates', () => {
  it('fifty audit labels of a window take the place of the model’s error, forty-nine do not', async () => {
    const { said, negative, filter } = await world(120)
    const picked = drawn(50, 120)
    await store().note(picked.slice(1).map((nr) => said(nr)))
    expect(await negative()).not.toHaveProperty('labels')
    expect(await store().ask.audited(filter)).toEqual(none)
    await store().note([said(picked[0]!)])
    expect(await negative()).toMatchObject({ labels: 50, estimate: 1 })
    const { sentiment, emotion, stance } = await store().ask.audited(filter)
    expect(Object.keys(sentiment)).toEqual(['negative', 'neutral', 'positive'])
    expect(sentiment.negative).toEqual(await negative())
    expect(sentiment.positive).toMatchObject({ labels: 50, estimate: 0 })
    expect({ emotion, stance }).toEqual({ emotion: {}, stance: {} })
  })

  it('says what people say, not what the model says, with an interval about it', async () => {
    const { said, negative } = await world(200)
    const before = await negative()
    await store().note(drawn(80, 200).map((nr) => said(nr, { values: [nr % 2 ? 'negative' : 'positive'] })))
    const { estimate, low, high, labels } = await negative()
    expect(before.estimate).toBeCloseTo(0.2)
    expect(labels).toBe(80)
    expect(estimate!).toBeGreaterThan(0.35)
    expect(estimate!).toBeLessThan(0.65)
    expect(low!).toBeLessThan(0.5)
    expect(high!).toBeGreaterThan(0.5)
  })

  it('takes a repeated label once and the latest word of a labeller, and the mean of several labellers', async () => {
    const { said, negative } = await world(100)
    const picked = drawn(60, 100)
    const all = (fields: Partial<LabelChange>) => picked.map((nr) => said(nr, fields))
    await store().note(all({ values: ['positive'] }))
    await store().note(all({ at: minute(901) }))
    await store().note(all({ values: ['positive'] }))
    expect(await negative()).toMatchObject({ labels: 60, estimate: 1 })
    await store().note(all({ labeller: 'bob', values: ['neutral'] }))
    expect(await negative()).toMatchObject({ labels: 60, estimate: 0.5 })
  })

  it('active labels stand behind nothing, but correct what the same labeller said in the audit', async () => {
    const { said, negative } = await world(100)
    const picked = drawn(60, 100)
    const active = (at: string) =>
      picked.map((nr) => said(nr, { sample: 'active', probability: null, values: ['neutral'], at }))
    await store().note(active(minute(1)))
    expect(await negative()).not.toHaveProperty('labels')
    await store().note(picked.map((nr) => said(nr)))
    expect(await negative()).toMatchObject({ labels: 60, estimate: 1 })
    const others = upTo(100).filter((nr) => !picked.includes(nr))
    await store().note(others.map((nr) => said(nr, { sample: 'active', probability: null, values: ['positive'] })))
    expect(await negative()).toMatchObject({ labels: 60, estimate: 1 })
    await store().note(active(minute(950)))
    expect(await negative()).toMatchObject({ labels: 60, estimate: 0 })
  })

  it('emotions are several or none, and stance is towards the words that were asked about', async () => {
    const { said, filter } = await world(100)
    const picked = drawn(60, 100)
    const target: Target = { id: 't1', text: 'a tide table' }
    await store().note(picked.map((nr) => said(nr, { measure: 'emotion', values: nr % 2 ? [] : ['joy', 'fear'] })))
    await store().note(picked.map((nr) => said(nr, { measure: 'stance', target, values: ['against'] })))
    await store().note(picked.map((nr) => said(nr, { measure: 'relevance', values: ['yes'] })))
    const { sentiment, emotion, stance } = await store().ask.audited(filter)
    const share = picked.filter((nr) => nr % 2 === 0).length / 60
    expect(sentiment).toEqual({})
    expect(emotion.joy!.estimate).toBeCloseTo(share)
    expect(emotion.fear!.estimate).toBeCloseTo(share)
    expect(stance.t1!.against).toMatchObject({ estimate: 1, labels: 60 })
    expect((await store().ask.audited({ ...filter, targets: [target] })).stance).toEqual(stance)
    const reworded = [{ id: 't1', text: 'no tide table' }]
    expect((await store().ask.audited({ ...filter, targets: reworded })).stance).toEqual({})
    expect((await store().ask.summary({ ...filter, targets: reworded })).stance.t1!.against).not.toHaveProperty(
      'labels',
    )
  })

  it('serves every topic version and model that holds the posts', async () => {
    const { said, topic, filter, negative } = await world(100)
    const two = { ...topic, version: 2 }
    const again = (ref: TopicRef, other: string) =>
      store().add(
        addition(
          upTo(100).map((nr) =>
            scoreOf(`${topic.topic} p${nr}`, {
              ...{ topic: ref, arrival: nr + 1, model: other, sentiment: { negative: 0.9, neutral: 0.1 } },
              post: { at: minute(nr * 6) },
            }),
          ),
          { scope: [ref] },
        ),
      )
    await again(two, model)
    await again(two, 'next@1')
    await store().note(drawn(60, 100).map((nr) => said(nr, { values: ['neutral'] })))
    const { topic: _, ...rest } = filter
    for (const other of [{}, { topic: two }, { topic: two, model: 'next@1' }])
      expect(await negative({ ...rest, ...other })).toMatchObject({ labels: 60, estimate: 0 })
    await store().drop(topic.topic, 1)
    expect(await negative({ topic: two })).toMatchObject({ labels: 60 })
    await store().drop(topic.topic, null)
    await again(two, model)
    expect(await negative({ topic: two })).not.toHaveProperty('labels')
  })

  it('the view by author has them too, copies and engagement have the model’s', async () => {
    const { said, negative } = await world(200, (nr) => ({ post: { author: nr < 100 ? 'loud' : `a${nr}` } }))
    await store().note(drawn(100, 200).map((nr) => said(nr, { values: [nr < 100 ? 'negative' : 'positive'] })))
    const post = await negative()
    const author = await negative({ view: 'author' })
    expect(post.labels).toBe(100)
    expect(author.labels).toBe(100)
    expect(author.estimate!).toBeLessThan(0.1)
    expect(post.estimate!).toBeGreaterThan(0.35)
    for (const view of ['cluster', 'engagement'] as const) expect(await negative({ view })).not.toHaveProperty('labels')
  })

  it('few authors behind the labels are too few, however many labels', async () => {
    const { said, negative } = await world(200, (nr) => ({ post: { author: nr < 150 ? `a${nr % 9}` : `b${nr}` } }))
    await store().note(drawn(70, 150).map((nr) => said(nr)))
    expect(await negative()).not.toHaveProperty('labels')
  })
})

describe('the window', () => {
  it('labels of one day say nothing of a week, and a window that moved on leaves them behind', async () => {
    const { said, negative, filter } = await world(400)
    const early = { from: minute(0), to: minute(150) }
    await store().note(drawn(60, 100).map((nr) => said(nr, { probability: 0.6 })))
    expect(await negative({ window: early })).toMatchObject({ labels: 60 })
    expect(await negative()).not.toHaveProperty('labels')
    expect(await store().ask.audited(filter)).toEqual(none)
    expect(await negative({ window: { from: minute(0), to: minute(300) } })).not.toHaveProperty('labels')
  })

  it('a part of a labelled window, or of its sources, has the labels that fall in it', async () => {
    const { said, negative } = await world(300, (nr) => ({ post: { source: nr % 3 ? 'file' : 'other' } }))
    const picked = drawn(200, 300)
    await store().note(picked.map((nr) => said(nr, { source: nr % 3 ? 'file' : 'other', probability: 2 / 3 })))
    const half = picked.filter((nr) => nr < 150).length
    expect(await negative({ window: { from: minute(0), to: minute(300) } })).toMatchObject({ labels: half })
    const others = picked.filter((nr) => nr % 3 === 0).length
    expect(await negative({ source: 'other' })).toMatchObject({ labels: others })
  })
})

describe('a post that goes takes its labels along', () => {
  it('deleted posts stop counting at once, and the share falls back below fifty', async () => {
    const { said, negative, id } = await world(120)
    const picked = drawn(60, 120)
    await store().note(picked.map((nr) => said(nr)))
    expect(await negative()).toMatchObject({ labels: 60 })
    const gone = picked.slice(0, 20).map((nr) => id(nr))
    const remove = (ids: string[]) =>
      store().forget(ids.map((one) => ({ op: 'delete', source: 'file', id: one, at: minute(999), revision: null })))
    await remove(gone.slice(0, 5))
    expect(await negative()).toMatchObject({ labels: 55 })
    await remove(gone)
    const { estimate, ...rest } = await negative()
    expect(rest).not.toHaveProperty('labels')
    expect(estimate).toBeCloseTo(0.2)
  })

  it('their rows leave the disk; a label of a post that is not there is never kept', async () => {
    const { said, id } = await world(5)
    await store().note([said(0, { labeller: 'quokka labeller' }), said(1, { labeller: 'numbat labeller' })])
    await store().note([
      said(99, { labeller: 'bilby labeller' }),
      said(2, { topic: 'none', labeller: 'bilby labeller' }),
    ])
    const on = (name: string) => filesWith(opened.folder, name)
    expect(on('quokka labeller').length).toBeGreaterThan(0)
    expect(on('bilby labeller')).toEqual([])
    await store().forget([{ op: 'delete', source: 'file', id: id(0), at: minute(999), revision: null }])
    await store().forget([{ op: 'withdraw', source: 'file', author: `author of ${id(1)}`, at: minute(999) }])
    await store().note([said(0, { labeller: 'quokka labeller' })])
    await expect.poll(() => [...on('quokka labeller'), ...on('numbat labeller')], { timeout: 60_000 }).toEqual([])
  })

  it('a delete of a lower revision leaves the labels of what is said now', async () => {
    const { said, negative, id } = await world(60, (nr) => ({
      revision: '7',
      post: { revision: '7' },
      arrival: nr + 1,
    }))
    await store().note(upTo(60).map((nr) => said(nr, { probability: 1 })))
    await store().forget([{ op: 'delete', source: 'file', id: id(0), at: minute(999), revision: '6' }])
    expect(await negative()).toMatchObject({ labels: 60 })
  })

  it('an edit has to be labelled again, a repeat of the same words has not', async () => {
    const { said, negative, add } = await world(60)
    await store().note(upTo(60).map((nr) => said(nr, { probability: 1 })))
    await add([0], { arrival: 500 })
    expect(await negative()).toMatchObject({ labels: 60 })
    await add([0, 1], { arrival: 501, post: { op: 'update', text: 'other words' } })
    expect(await negative()).toMatchObject({ labels: 58 })
    await store().note([said(1, { at: minute(950) })])
    expect(await negative()).toMatchObject({ labels: 59 })
  })

  it('is the same after a restart', async () => {
    const { said, negative } = await world(100)
    await store().note(drawn(60, 100).map((nr) => said(nr)))
    const before = await negative()
    await opened.reopen()
    expect(await negative()).toEqual(before)
    expect(before.labels).toBe(60)
  })
})
