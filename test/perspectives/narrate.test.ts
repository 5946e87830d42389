// The writer and the gate on a thousand generated ledgers: every sentence it writes passes, and each thing the gate
// guards against is caught when it is forged.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Claim, Ledger, Sentence } from '../../conclusions.ts'
import { check } from '../../perspectives/check.ts'
import { ledger } from '../../perspectives/ledger.ts'
import { narrate } from '../../perspectives/narrate.ts'
import { anyShares, facts, topic, usual } from './facts.ts'

const never = new AbortController().signal
const write = (book: Ledger) => narrate(book, never)
const liveOf = (book: Ledger) => new Set(book.claims.flatMap(({ evidence }) => evidence))
const paragraph = async (...given: Parameters<typeof facts>) =>
  (await write(ledger(facts(...given)))).map(({ text }) => text).join(' ')

describe('the paragraph', () => {
  test('reads as one', async () => {
    const later = { ...usual, negative: 0.7, favor: 0.3 }
    expect(await paragraph(usual, [usual, later])).toBe(
      [
        'In 612 posts by 417 accounts about fare-free buses, most are negative in tone: 58% (53–63%) against 19% (14–24%) positive.',
        'On “free buses for everyone”, support outweighs opposition: 41% (36–46%) for, 22% (17–27%) against.',
        'The feelings that show most are anger in 33% (28–38%) of posts and joy in 11% (6–16%).',
        'In the second half of the period, the share of negative posts rose by 12 points (8–16), to 70%.',
        'Over the same time, support for “free buses for everyone” fell by 11 points (5–17), to 30%.',
        'One post against “free buses for everyone” reads: “A plain short post that shows stance free against well”.',
        'One in favor: “A plain short post that shows stance free favor well”.',
      ].join(' '),
    )
  })

  test('says too close to call when it is', async () => {
    const text = await paragraph({ ...usual, negative: 0.31, positive: 0.29, favor: 0.3, against: 0.33 })
    expect(text).toContain('neither tone clearly leads: 31% (26–36%) are negative and 29% (24–34%) positive')
    expect(text).toContain('Whether more are for or against “free buses for everyone” is too close to call')
  })

  test('leads with the positive side when that is the larger one', async () => {
    const text = await paragraph({ ...usual, negative: 0.1, positive: 0.8 })
    expect(text).toContain('a large majority are positive in tone: 80% (75–85%) against 10% (5–15%) negative')
  })

  test('is the same for the same ledger', async () => {
    expect(await paragraph()).toBe(await paragraph())
  })

  test('leaves out what no interval can tell, and then quotes by tone', async () => {
    const text = await paragraph({ ...usual, half: 0.3 })
    expect(text).not.toContain('free buses for everyone')
    const half = facts(usual)
    half.now.stance.free!.favor = { estimate: 0.4, low: 0.1, high: 0.7 }
    const sentences = await write(ledger(half))
    expect(sentences.map((one) => one.text).join(' ')).toMatch(
      /One of the negative posts reads: “.*One of the positive/,
    )
  })

  test('tells no change whose interval holds 0', async () => {
    const text = await paragraph(usual, [usual, { ...usual, negative: usual.negative + 0.02 }])
    expect(text).not.toMatch(/rose|fell/)
  })
})

test('every sentence of 1,000 generated ledgers passes the gate', async () => {
  let sentences = 0
  await fc.assert(
    fc.asyncProperty(anyShares, anyShares, anyShares, async (now, before, after) => {
      const book = ledger(facts(now, [before, after]))
      for (const sentence of await write(book)) {
        sentences++
        expect(check(sentence, book, liveOf(book)), sentence.text).toBeNull()
      }
    }),
    { numRuns: 1_000, seed: 11 },
  )
  expect(sentences).toBeGreaterThan(3_000)
})

describe('the gate drops', () => {
  const book = ledger(facts())
  const claim = (kind: Claim['kind'], measure: string) =>
    book.claims.find((one) => one.kind === kind && one.measure === measure)!
  const negative = claim('prevalence', 'sentiment.negative')
  const quote = claim('quote', 'sentiment.negative')
  const say = (text: string, ...claims: string[]): Sentence => ({ text, claims })
  const verdict = (sentence: Sentence, live = liveOf(book)) => check(sentence, book, live)

  test('a sentence without a claim, or with one the ledger does not hold', () => {
    expect(verdict(say('All is well.'))).toBe('no_claim')
    expect(verdict(say('All is well.', 'invented'))).toBe('unknown_claim')
  })

  test('dead evidence, and evidence of one post only', () => {
    expect(verdict(say('58% are negative.', negative.id), new Set([negative.evidence[0]!]))).toBe('dead_evidence')
    const lone: Ledger = { ...book, claims: [{ ...negative, evidence: [negative.evidence[0]!] }] }
    expect(check(say('58% are negative.', negative.id), lone, liveOf(lone))).toBe('no_evidence')
  })

  test('a number that is no claim’s', () => {
    expect(verdict(say('58% are negative.', negative.id))).toBeNull()
    expect(verdict(say('59% are negative.', negative.id))).toBe('wrong_number')
    expect(verdict(say('58% of 613 posts are negative.', negative.id))).toBe('wrong_number')
    expect(verdict(say('58% of 612 posts are negative.', negative.id))).toBeNull()
  })

  test('a word its interval does not allow', () => {
    expect(verdict(say('Most are negative.', negative.id))).toBeNull()
    expect(verdict(say('Nearly all are negative.', negative.id))).toBe('wrong_word')
    expect(verdict(say('Few posts are negative.', negative.id))).toBe('wrong_word')
  })

  test('a quotation that is not exact', () => {
    const text = quote.quotes[0]!.text
    expect(verdict(say(`One post reads: “${text}”`, quote.id))).toBeNull()
    expect(verdict(say(`One post reads: “${text.replace('plain', 'angry')}”`, quote.id))).toBe('inexact_quote')
    expect(verdict(say('One post reads: “free everything', quote.id))).toBe('inexact_quote')
  })

  test('numbers inside a quotation and inside the topic’s name are nobody’s claim', () => {
    const named: Ledger = { ...book, topic: { ...topic, name: 'Agenda 2030' } }
    expect(check(say('58% of posts about Agenda 2030 are negative.', negative.id), named, liveOf(named))).toBeNull()
  })
})
