// From questions to a paragraph: when it refuses and what it then says, what it drops, and what stands beside it.
import { describe, expect, test } from 'vitest'
import type { Ledger, Narrate } from '../../conclusions.ts'
import { defaultWindow, perspective, type Sources } from '../../perspectives/perspectives.ts'
import { type Crowd, crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'

const never = new AbortController().signal
const write = (store: ReturnType<typeof storeOf>, more: Partial<Sources> = {}, about = topic) =>
  perspective(about, window, {
    sources: { ask: store.ask, model: 'test@1', modelError, languages: ['en'], code: '0.1.0', ...more },
    signal: never,
  })
const of = (given: Crowd = usual) => storeOf(crowd(given))

describe('a paragraph', () => {
  test('has sentences with claims, each with posts that are live; the text is its sentences', async () => {
    const store = of()
    const { text, refusal, sentences, claims, takeaway, manifest, made } = await write(store)
    expect(refusal).toBeNull()
    expect(sentences.length).toBeGreaterThan(3)
    expect(text).toBe(sentences.map((one) => one.text).join(' '))
    const cited = new Set([...sentences, takeaway!].flatMap((one) => one.claims))
    expect(claims.map(({ id }) => id).sort()).toEqual([...cited].sort())
    const live = new Set(store.held.map(({ id }) => id))
    for (const { evidence, model } of claims) {
      expect(evidence.length).toBeGreaterThan(0)
      expect(evidence.every((id) => live.has(id))).toBe(true)
      expect(model).toBe('test@1')
    }
    expect(manifest).toMatchObject({ topicVersion: 1, model: 'test@1', code: '0.1.0', posts: 300 })
    expect(made.join(' ')).toContain('300 posts')
  })

  test('is the same for the same answers, and its hash moves with them', async () => {
    const [first, second] = [await write(of()), await write(of())]
    expect(second).toEqual(first)
    expect((await write(of({ ...usual, negative: 0.6 }))).manifest.hash).not.toBe(first.manifest.hash)
  })

  test('drops the sentence whose post was deleted meanwhile, keeps the others, and says that something is left out', async () => {
    const store = of()
    const before = await write(store)
    const quote = before.claims.find(({ kind }) => kind === 'quote')!
    store.dead.add(quote.evidence[0]!)
    const after = await write(store)
    expect(after.refusal).toBeNull()
    expect(after.sentences.length).toBeLessThan(before.sentences.length)
    expect(after.text).not.toContain(quote.quotes[0]!.text)
    expect(after.claims.some(({ evidence }) => evidence.includes(quote.evidence[0]!))).toBe(false)
    expect(after.blindSpots.join(' ')).toMatch(/left out/)
  })

  test('lets no writer say what no claim says', async () => {
    const narrate: Narrate = async ({ claims }: Ledger) => [
      { text: 'Everybody agrees.', claims: [] },
      { text: '99% are delighted.', claims: [claims[0]!.id] },
      { text: 'Made up.', claims: ['no such claim'] },
    ]
    const { refusal, text, sentences, claims, takeaway } = await write(of(), { narrate })
    expect(refusal?.reason).toBe('not enough evidence')
    expect({ text, sentences, claims, takeaway }).toEqual({ text: '', sentences: [], claims: [], takeaway: null })
  })

  test('of 100 readable posts by 30 accounts is not refused', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { refusal } = await write(of({ ...usual, seed, posts: 100, authors: 30 }))
      expect(refusal, `seed ${seed}`).toBeNull()
    }
  })

  test('names ways of counting that disagree', async () => {
    const loud = crowd(usual).map((post, nr) =>
      nr < 150
        ? { ...post, author: 'one loud account', sentiment: { negative: 0.95, neutral: 0.03, positive: 0.02 } }
        : post,
    )
    const { disagreements } = await write(storeOf(loud))
    expect(disagreements.join(' ')).toMatch(
      /Counting every account once, the negative ones would be \d+% of posts instead of \d+%/,
    )
    expect((await write(of())).disagreements).toEqual([])
  })
})

describe('a refusal', () => {
  const neither = (posts: ReturnType<typeof crowd>) =>
    posts.map((post) => ({ ...post, stance: { free: { favor: 0.01, against: 0.01, neither: 0.98 } } }))
  test.for<[string, ReturnType<typeof crowd>, string, RegExp]>([
    ['empty', [], 'no posts', /longer window/],
    ['in another language', crowd({ ...usual, lang: 'de' }), 'no readable posts', /languages the model does not read/],
    [
      'tiny',
      crowd({ ...usual, posts: 13, authors: 400 }),
      'too few voices',
      /^At least .*7 more readable posts are needed/,
    ],
    ['of one account', crowd({ ...usual, authors: 1 }), 'too few voices', /^At least 9 more accounts are needed/],
    ['of nine accounts', crowd({ ...usual, authors: 9 }), 'too few voices', /^At least 1 more account is needed/],
    ['off topic', neither(crowd(usual)), 'off topic', /Nearly none of these posts says anything on “free buses/],
  ])('%s', async ([, posts, reason, missing]) => {
    const written = await write(storeOf(posts))
    expect(written.refusal).toEqual({ reason, missing: expect.stringMatching(missing) })
    expect(written).toMatchObject({ text: '', sentences: [], claims: [], takeaway: null })
    expect(written.blindSpots.length).toBeGreaterThan(0)
  })
})

describe('the default window', () => {
  test('is the 24 h that end with the latest post of this version, that post included', async () => {
    const store = of()
    const latest = store.held
      .map(({ at }) => at)
      .sort()
      .at(-1)!
    const to = new Date(Date.parse(latest) + 1).toISOString()
    expect(await defaultWindow(store.ask, topic)).toEqual({
      from: new Date(Date.parse(to) - 86_400_000).toISOString(),
      to,
    })
  })

  test('is none without posts', async () => {
    expect(await defaultWindow(storeOf([]).ask, topic)).toBeNull()
  })
})
