// The store contract on tallies: voices instead of posts, steps where they should be, shares as probabilities summed, and
// nothing of what was deleted or not collected.
import { expect, it } from 'vitest'
import type { Store } from '../../answers.ts'
import { UserError } from '../../errors.ts'
import type { Tallies, TallyQuestion } from '../../sides.ts'
import { day, minute, model } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

const stepMs = 600_000
const measures = ['sentiment.negative', 'emotion.joy', 'stance.t1.favor', 'polarisation']
const asked: TallyQuestion = { model, window: day, stepMs, measures, phrases: [] }
const total = (values: number[] | undefined) => values!.reduce((sum, value) => sum + value, 0)
const tell = (
  store: Store,
  { topic }: { topic: { topic: string; version: number } },
  more: Partial<TallyQuestion> = {},
) => store.ask.tallies(topic, { ...asked, ...more })
/** Texts that nobody takes for copies of one another. */
const texts = 'harbour lantern pepper violin meadow rocket window saddle copper thunder'.split(' ')
const textOf = (nr: number) => `${texts[nr % 10]} ${nr * 7919} ${texts[(nr * 3 + 1) % 10]} ${nr}`

export function tallying(held: Held): void {
  const filled = async (
    posts: { id: string; author?: string; at: number; text?: string; copy?: string; isRead?: boolean }[],
  ) => {
    const own = fresh()
    const scores = posts.map(({ id, author = `of ${id}`, at, text, copy, isRead = true }, nr) =>
      own.score(id, {
        arrival: nr + 1,
        ...(copy ? { copy } : {}),
        ...(isRead ? {} : { skipped: 'language' as const, sentiment: {}, emotion: {}, stance: {} }),
        post: { author, at: minute(at), text: text ?? textOf(nr) },
      }),
    )
    await held().add(own.add(scores))
    return own
  }

  it('puts every voice into its step, with what it says', async () => {
    const own = await filled(many(30).map((nr) => ({ id: `v${nr}`, at: nr * 5, isRead: nr % 3 !== 0 })))
    const told = await tell(held(), own)
    expect(told).toMatchObject({ ...own.topic, from: day.from, stepMs })
    expect(told.voices).toHaveLength(144)
    // Two in each step of ten minutes.
    expect(told.voices.slice(0, 16)).toEqual([...many(15).map(() => 2), 0])
    expect(total(told.scored)).toBe(20)
    expect(total(told.sums['sentiment.negative'])).toBeCloseTo(20 * 0.2, 4)
    expect(total(told.sums['emotion.joy'])).toBeCloseTo(20 * 0.6, 4)
    expect(total(told.sums['stance.t1.favor'])).toBeCloseTo(20 * 0.7, 4)
    expect(total(told.sums.polarisation)).toBeCloseTo(20 * 0.5, 4)
    expect(told.sums['sentiment.negative']![0]).toBeCloseTo(0.2, 4)
  })

  it('hears an account once an hour, and ten accounts with the same words once', async () => {
    const chatter = many(100).map((nr) => ({ id: `c${nr}`, author: 'chatterbox', at: nr * 14 }))
    const chorus = many(20).map((nr) => ({ id: `k${nr}`, at: 300 + nr, text: 'all of us say this', copy: 'one text' }))
    const told = await tell(held(), await filled(chatter))
    // Once an hour where it is about who is there.
    expect(total(told.accounts)).toBeGreaterThanOrEqual(23)
    expect(total(told.accounts)).toBeLessThanOrEqual(25)
    expect(total(told.voices)).toBe(total(told.accounts))
    expect(told.voices[0]).toBe(1)
    const many20 = await tell(held(), await filled(chorus))
    expect([1, 2]).toContain(total(many20.voices))
    expect([1, 2]).toContain(total(many20.accounts))
    const both = await tell(held(), await filled([...chatter, ...chorus]))
    // The chorus is one or two, by where its day begins, which is another moment in another topic.
    expect(Math.abs(total(both.voices) - total(told.voices) - total(many20.voices))).toBeLessThanOrEqual(1)
  })

  it('hears near-copies as one', async () => {
    const words = 'sign the petition before the council votes on the harbour plan this week'
    const posts = many(12).map((nr) => ({
      id: `n${nr}`,
      at: nr,
      text: `${words} ${'!'.repeat(nr % 3)} ${texts[nr % 10]}`,
      copy: `text ${nr}`,
    }))
    expect(total((await tell(held(), await filled(posts))).voices)).toBeLessThanOrEqual(2)
  })

  it('finds phrases as whole words, whatever their case, and never as a pattern', async () => {
    const own = await filled([
      { id: 'a', at: 0, text: 'The Night-Train is late' },
      { id: 'b', at: 1, text: 'night  train!' },
      { id: 'c', at: 2, text: 'midnight trains are late' },
      { id: 'd', at: 3, text: 'costs (5.00) a day' },
      { id: 'e', at: 4, text: 'costs 5x00 a day' },
    ])
    const phrases = [
      { id: 'theme.train', forms: ['night train'] },
      { id: 'theme.cost', forms: ['5.00', '.*'] },
    ]
    const { sums } = await tell(held(), own, { phrases })
    expect(total(sums['theme.train'])).toBe(2)
    expect(total(sums['theme.cost'])).toBe(1)
  })

  it('loses a deleted voice, and takes the next post of its account for it', async () => {
    const own = await filled([
      { id: 'first', author: 'somebody', at: 10 },
      { id: 'second', author: 'somebody', at: 11 },
    ])
    const gone = { op: 'delete' as const, source: own.source, id: 'first', at: minute(30), revision: null }
    expect((await tell(held(), own)).voices[1]).toBe(1)
    await held().forget([gone])
    const told = await tell(held(), own)
    expect(total(told.voices)).toBe(1)
    await held().forget([{ ...gone, id: 'second' }])
    expect(total((await tell(held(), own)).voices)).toBe(0)
  })

  it('says which steps were not collected, for sources of the topic alone', async () => {
    const own = await filled([{ id: 'g', at: 0 }])
    const lost: (told: Tallies) => number[] = ({ collected }) =>
      collected.flatMap((part, step) => (part === 0 ? [step] : []))
    await held().note([{ op: 'gap', source: 'another', from: minute(0), to: minute(60), reason: 'cut off' }])
    expect(lost(await tell(held(), own))).toEqual([])
    await held().note([{ op: 'gap', source: own.source, from: minute(25), to: minute(41), reason: 'cut off' }])
    expect(lost(await tell(held(), own))).toEqual([2, 3, 4])
  })

  it('is of one version and one model, and refuses steps that are too many', async () => {
    const own = await filled([{ id: 'o', at: 0 }])
    expect(total((await tell(held(), own, { model: 'other@1' })).voices)).toBe(0)
    expect(total((await tell(held(), { topic: { ...own.topic, version: 2 } })).voices)).toBe(0)
    await expect(tell(held(), own, { stepMs: 1_000 })).rejects.toThrow(UserError)
  })
}
