// Kept paragraphs: whole while their posts live, silent about every post that does not, and without a word of any.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredPost } from '../../answers.ts'
import { CorruptionError } from '../../errors.ts'
import { compose, postsGone, quoteGone, restore } from '../../perspectives/editions.ts'
import { perspective } from '../../perspectives/perspectives.ts'
import { crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'
import { anyTold, claimOf, keptOf, post, toldOf } from './told.ts'

const quoteClaim = (id: string, own: StoredPost, text = own.text) =>
  claimOf(id, { kind: 'quote', evidence: [own.id], quotes: [{ post: own.id, text }], estimate: null })

describe('while all posts live', () => {
  test('1,000 generated paragraphs come back as they were', () => {
    fc.assert(
      fc.property(anyTold, ({ told, posts }) => {
        const { body, posts: cited } = compose(told, posts, 7)
        const back = restore(
          keptOf(
            body,
            cited.map(({ id }) => posts.find((one) => one.id === id)!),
          ),
        ) // prettier-ignore
        expect(back).toEqual({ number: 7, at: expect.any(String), perspective: told, withdrawn: 0 })
      }),
      { numRuns: 1_000 },
    )
  })

  test('so do paragraphs of the writer, from crowds of many seeds', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { ask, held } = storeOf(crowd({ ...usual, seed, negative: 0.1 + 0.06 * seed, favor: 0.8 - 0.05 * seed }))
      const sources = { ask, model: 'test@1', modelError, languages: ['en'], code: '0.1.0' }
      const told = await perspective(topic, window, { sources, signal: new AbortController().signal })
      expect(told.refusal).toBeNull()
      const { body, posts: cited } = compose(told, held, 1)
      const whole = cited.map(({ id }) => held.find((one) => one.id === id)!)
      expect(restore(keptOf(body, whole))).toMatchObject({ perspective: told, withdrawn: 0 })
      expect(
        restore(
          keptOf(
            body,
            whole.map(() => null),
          ),
        ).withdrawn,
      ).toBe(told.sentences.length) // prettier-ignore
    }
  })

  test('a refusal too', () => {
    const told = toldOf([], { refusal: { reason: 'no posts', missing: 'Try a longer window.' } })
    expect(restore(keptOf(compose(told, [], 1).body, []))).toMatchObject({ perspective: told, withdrawn: 0 })
  })
})

describe('a body', () => {
  test('holds no word and no id of a post, whatever they look like', () => {
    fc.assert(
      fc.property(anyTold, ({ told, posts }) => {
        const { body } = compose(told, posts, 1)
        for (const { id, text } of posts) {
          expect(body).not.toContain(id)
          expect(body).not.toContain(JSON.stringify(text).slice(1, -1))
          expect(body).not.toContain(JSON.stringify(text.slice(2, -2)).slice(1, -1))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is not made where a cited post is unknown', () => {
    const own = post('p1', 'a plain post of quite some length')
    expect(() => compose(toldOf([['One reads it.', [quoteClaim('q', own)]]]), [], 1)).toThrow('not made of')
  })

  test('that would hold the words of a post is refused', () => {
    const own = post('p1', 'a plain post of quite some length')
    const told = toldOf([['They say a plain post of quite some length.', [claimOf('theme.x', { evidence: ['p1'] })]]])
    expect(() => compose(told, [own], 1)).toThrow('words of a post')
    const spots = toldOf([['Fine.', [claimOf('x', { evidence: ['p1'] })]]], { blindSpots: [`as in ${own.text}`] })
    expect(() => compose(spots, [own], 1)).toThrow('words of a post')
  })

  test('may hold our own words though somebody posts them', () => {
    const own = post('p1', 'free buses for everyone, today')
    const claim = { ...claimOf('x', { evidence: ['p1'] }), says: `Posts for “${own.text}”` }
    expect(() => compose(toldOf([[`Most are for “${own.text}”.`, [claim]]]), [own], 1)).not.toThrow()
  })

  test('of another version of the code is corruption', () => {
    expect(() => restore(keptOf('{"form":2}', []))).toThrow(CorruptionError)
    expect(() => restore(keptOf('{', []))).toThrow(CorruptionError)
  })
})

describe('once a post is gone', () => {
  test('nothing of it is told: no word, no id, no citation; the rest stands', () => {
    fc.assert(
      fc.property(anyTold, fc.nat(6), ({ told, posts, quotes }, nr) => {
        const gone = posts[nr % posts.length]!
        const { body, posts: cited } = compose(told, posts, 1)
        const live = cited.map(({ id }) => (id === gone.id ? null : posts.find((one) => one.id === id)!))
        const { perspective, withdrawn } = restore(keptOf(body, live))
        const all = JSON.stringify(perspective)
        expect(all).not.toContain(gone.id)
        expect(all).not.toContain(JSON.stringify(gone.text.slice(2, -2)).slice(1, -1))
        for (const [at, { text }] of perspective.sentences.entries()) {
          const before = told.sentences[at]!.text
          if (quotes.includes(gone.id) && before.includes(gone.text.slice(2, -2))) expect(text).toBe(quoteGone)
          else expect([before, postsGone]).toContain(text)
        }
        const lost = perspective.sentences.filter(({ text }) => text === quoteGone || text === postsGone)
        expect(withdrawn).toBe(lost.length)
        expect(perspective.text).toBe(perspective.sentences.map(({ text }) => text).join(' '))
      }),
      { numRuns: 500 },
    )
  })

  test('evidence shrinks, and a sentence falls with the last of it', () => {
    const posts = ['p1', 'p2', 'p3'].map((id) => post(id, `what post ${id} has to say of it`))
    const told = toldOf([['58% are tired.', [claimOf('sentiment.negative', { evidence: ['p1', 'p2', 'p3'] })]]])
    const { body } = compose(told, posts, 1)
    const most = restore(keptOf(body, [null, posts[1]!, posts[2]!]))
    expect(most.perspective.claims[0]!.evidence).toEqual(['p2', 'p3'])
    expect(most.perspective.text).toBe('58% are tired.')
    // One voice does not stand for a share: the gate would ask for two.
    const gone = { withdrawn: 1, perspective: { text: postsGone } }
    expect(restore(keptOf(body, [null, null, posts[2]!]))).toMatchObject(gone)
    expect(restore(keptOf(body, [null, null, null]))).toMatchObject(gone)
  })

  test('a sentence over two claims falls with either', () => {
    const posts = ['p1', 'p2', 'p3', 'p4'].map((id) => post(id, `what post ${id} has to say of it`))
    const both = [claimOf('a', { evidence: ['p1', 'p2'] }), claimOf('b', { evidence: ['p3', 'p4'] })]
    const { body } = compose(toldOf([['58% and 40%.', both]]), posts, 1)
    expect(restore(keptOf(body, [posts[0]!, posts[1]!, null, null])).perspective.text).toBe(postsGone)
  })

  test('a takeaway falls with it', () => {
    const own = post('p1', 'a plain post of quite some length')
    const told = toldOf([['One reads: “a plain post of quite some length”.', [quoteClaim('q', own)]]])
    const { body } = compose({ ...told, takeaway: told.sentences[0]! }, [own], 1)
    expect(restore(keptOf(body, [null])).perspective.takeaway?.text).toBe(quoteGone)
  })
})

describe('once a post is edited, or may no longer be shown', () => {
  const own = post('p1', 'well, I am tired of waiting, as ever')
  const quote = 'I am tired of waiting'
  const told = toldOf([[`One reads: “${quote}”.`, [quoteClaim('q', own, quote)]]])
  const { body } = compose(told, [own], 1)
  test.for([
    ['the words moved', { text: `now: ${quote}!` }, told.text],
    ['the words changed', { text: 'well, I am tired of baiting, as ever' }, quoteGone],
    ['only the case did', { text: 'well, I am Tired of waiting, as ever' }, quoteGone],
    ['it became shorter', { text: 'well' }, quoteGone],
    ['its author asks not to be shown', { quotable: false }, quoteGone],
  ] as const)('%s', ([, more, text]) => {
    const { perspective } = restore(keptOf(body, [{ ...own, ...more }]))
    expect(perspective.text).toBe(text)
    expect(perspective.claims[0]!.quotes).toHaveLength(text === quoteGone ? 0 : 1)
  })
})

test('of two posts with one id, the edition refers to the one that is quoted', () => {
  const [one, two] = [
    post('p1', 'some other text there', { source: 'x' }),
    post('p1', 'the quoted words', { source: 'y' }),
  ]
  const told = toldOf([['One reads: “the quoted words”.', [quoteClaim('q', two)]]])
  expect(compose(told, [one, two], 1).posts).toEqual([{ source: 'y', id: 'p1' }])
  expect(topic.id).toBe(told.topic)
})
