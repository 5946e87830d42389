// From questions to a paragraph: when it refuses and what it then says, what it keeps, and what it lets go of.
import { describe, expect, test } from 'vitest'
import type { Questions, Summary } from '../../answers.ts'
import type { Ledger, Narrate } from '../../conclusions.ts'
import { narrate as builtIn } from '../../perspectives/narrate.ts'
import { defaultWindow, openPerspectives, perspective, type Sources } from '../../perspectives/perspectives.ts'
import { modelError, summary, topic, usual, window } from './facts.ts'
import { fakeQuestions } from './questions.ts'

const never = new AbortController().signal
const sourcesOf = (ask: Questions, more: Partial<Sources> = {}): Sources => ({
  ...{ ask, model: 'test@1', modelError, languages: ['en'], code: '0.1.0' },
  ...more,
})
const write = (ask: Questions, more?: Partial<Sources>) =>
  perspective(topic, window, { sources: sourcesOf(ask, more), signal: never })

describe('a paragraph', () => {
  test('has sentences with claims, each with posts that are live; the text is its sentences', async () => {
    const { text, refusal, sentences, claims, manifest } = await write(fakeQuestions())
    expect(refusal).toBeNull()
    expect(sentences.length).toBeGreaterThan(3)
    expect(text).toBe(sentences.map((one) => one.text).join(' '))
    const cited = new Set(sentences.flatMap((one) => one.claims))
    expect(claims.map(({ id }) => id).sort()).toEqual([...cited].sort())
    for (const { evidence, model } of claims) {
      expect(evidence.length).toBeGreaterThan(0)
      expect(model).toBe('test@1')
    }
    expect(manifest).toMatchObject({ topicVersion: 1, model: 'test@1', code: '0.1.0', posts: 640 })
  })

  test('is the same for the same answers, and its hash moves with them', async () => {
    const [first, second] = [await write(fakeQuestions()), await write(fakeQuestions())]
    expect(second).toEqual(first)
    const moved = await write(fakeQuestions({ summary: () => summary({ ...usual, negative: 0.6 }) }))
    expect(moved.manifest.hash).not.toBe(first.manifest.hash)
  })

  test('tells what changed from the two halves of its window', async () => {
    const rising = ({ window: { from, to } }: { window: { from: string; to: string } }): Summary => {
      const isHalf = Date.parse(to) - Date.parse(from) === 43_200_000
      const negative = !isHalf ? 0.5 : from === window.from ? 0.2 : 0.8
      return summary({ ...usual, negative, positive: 0.1, half: 0.03 })
    }
    const { text } = await write(fakeQuestions({ summary: rising }))
    expect(text).toMatch(/In the second half of the period, the share of negative posts rose by 60 points/)
  })

  test('drops the sentence whose evidence was deleted, and keeps the others', async () => {
    const ask = fakeQuestions()
    const before = await write(ask)
    const quote = before.claims.find(({ kind }) => kind === 'quote')!
    ask.dead.add(quote.evidence[0]!)
    const after = await write(ask)
    expect(after.sentences.length).toBeLessThan(before.sentences.length)
    expect(after.refusal).toBeNull()
    expect(after.claims.some(({ evidence }) => evidence.includes(quote.evidence[0]!))).toBe(false)
    expect(after.text).not.toContain(quote.quotes[0]!.text)
  })

  test('lets no writer say what no claim says', async () => {
    const narrate = async ({ claims }: Ledger) => [
      { text: 'Everybody agrees.', claims: [] },
      { text: '99% are delighted.', claims: [claims[0]!.id] },
      { text: 'Made up.', claims: ['no such claim'] },
    ]
    const { refusal, text, sentences, claims } = await write(fakeQuestions(), { narrate })
    expect(refusal?.reason).toBe('not enough evidence')
    expect({ text, sentences, claims }).toEqual({ text: '', sentences: [], claims: [] })
  })

  test('uses copies of one text as one piece of evidence', async () => {
    const posts = (measure: string) =>
      ['1', '2', '3'].map((nr) => ({ ...fakePost, id: `${measure}-${nr}`, text: 'The same words from many accounts' }))
    const { refusal } = await write(fakeQuestions({ posts }))
    expect(refusal?.reason).toBe('not enough evidence')
  })
})

const fakePost = (await fakeQuestions().posts({} as never, { sentiment: 'negative' })).posts[0]!

describe('a refusal', () => {
  const thin = (more: Partial<Summary>) => fakeQuestions({ summary: () => summary(usual, more) })
  test.for([
    { more: { posts: 0, scoredAuthors: 0, scored: 0 }, reason: 'no posts', missing: /longer window/ },
    { more: { scored: 0, unscored: { language: 640 } }, reason: 'no readable posts', missing: /languages/ },
    { more: { scored: 0, unscored: { empty: 640 } }, reason: 'no readable posts', missing: /None could be scored/ },
    { more: { scoredAuthors: 9 }, reason: 'too few voices', missing: /^At least 1 more account is needed/ },
    { more: { scoredAuthors: 2 }, reason: 'too few voices', missing: /^At least 8 more accounts are needed/ },
    { more: { scored: 13 }, reason: 'too few voices', missing: /^At least 7 more readable posts are needed/ },
    {
      more: { scoredAuthors: 4, scored: 5 },
      reason: 'too few voices',
      missing: /^At least 6 more accounts and 15 more readable posts are needed/,
    },
  ])('$reason: $more', async ({ more, reason, missing }) => {
    const ask = thin(more as Partial<Summary>)
    const written = await write(ask)
    expect(written.refusal).toEqual({ reason, missing: expect.stringMatching(missing) })
    expect(written).toMatchObject({ text: '', sentences: [], claims: [] })
    expect(written.blindSpots.length).toBeGreaterThan(0)
    expect(ask.asked).not.toContain('posts') // nothing is looked for that cannot be said
  })

  test('not at exactly the least that is enough', async () => {
    expect((await write(thin({ scoredAuthors: 10, scored: 20 }))).refusal).toBeNull()
  })
})

describe('the default window', () => {
  test('is the 24 h that end with the latest post of this version, that post included', async () => {
    expect(await defaultWindow(fakeQuestions(), topic)).toEqual({
      from: '2025-12-31T12:00:00.001Z',
      to: '2026-01-01T12:00:00.001Z',
    })
  })

  test('is none without posts', async () => {
    expect(await defaultWindow(fakeQuestions({ latest: null }), topic)).toBeNull()
  })
})

describe('perspectives are kept', () => {
  test('while the log has not moved, per topic version and window', async () => {
    const ask = fakeQuestions()
    let stamp = 1
    const read = openPerspectives(sourcesOf(ask), async () => stamp)
    const first = await read(topic, window)
    const questions = ask.asked.length
    expect(await read(topic, window)).toBe(first)
    expect(ask.asked.length).toBe(questions)
    await read(topic, { ...window, to: '2026-01-01T18:00:00.000Z' })
    await read({ ...topic, version: 2 }, window)
    expect(ask.asked.length).toBe(3 * questions)
    stamp = 2
    expect(await read(topic, window)).not.toBe(first)
  })

  test('a deleted quote is gone with the next position of the log', async () => {
    const ask = fakeQuestions()
    let stamp = 1
    const read = openPerspectives(sourcesOf(ask), async () => stamp)
    const before = await read(topic, window)
    const quote = before.claims.find(({ kind }) => kind === 'quote')!.quotes[0]!
    ask.dead.add(quote.post)
    stamp++
    expect((await read(topic, window)).text).not.toContain(quote.text)
  })

  test('two readers at once cost one', async () => {
    const ask = fakeQuestions()
    const read = openPerspectives(sourcesOf(ask), async () => 1)
    const [one, other] = await Promise.all([read(topic, window), read(topic, window)])
    expect(other).toBe(one)
  })

  test('a failure is not kept', async () => {
    let failures = 1
    const narrate: Narrate = async (book) => {
      if (failures-- > 0) throw new Error('planted')
      return builtIn(book, never)
    }
    const read = openPerspectives(sourcesOf(fakeQuestions(), { narrate }), async () => 1)
    await expect(read(topic, window)).rejects.toThrow('planted')
    expect((await read(topic, window)).refusal).toBeNull()
  })
})
