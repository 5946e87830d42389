// Invented facts, ledgers and posts for the tests of perspectives: seeded through fast-check, shaped like the real ones.
import fc from 'fast-check'
import type { Estimate, StoredPost, Summary, Window } from '../../answers.ts'
import type { Facts } from '../../perspectives/ledger.ts'
import type { ModelErrors, Topic } from '../../types.ts'

export const window: Window = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' }

export const modelError: ModelErrors = {
  sentiment: {
    share: { negative: 0.05, neutral: 0.05, positive: 0.05 },
    difference: { negative: 0.02, positive: 0.02 },
  },
  emotion: { share: { anger: 0.04, joy: 0.04 }, difference: { anger: 0.02, joy: 0.02 } },
  stance: { share: { favor: 0.06, against: 0.06 }, difference: { favor: 0.03, against: 0.03 } },
}

export const topic: Topic = {
  id: 'buses',
  name: 'fare-free buses',
  query: 'bus',
  targets: [{ id: 'free', text: 'free buses for everyone' }],
  public: false,
  version: 1,
  at: window.from,
  origin: 'user',
}

export function post(id: string, text: string, more: Partial<StoredPost> = {}): StoredPost {
  return {
    id,
    source: 'import',
    topic: topic.id,
    at: window.from,
    text,
    lang: 'en',
    likes: null,
    reposts: null,
    quotable: true,
    skipped: null,
    // Sure of everything, so that which label a quote stands for is the test's own choice.
    sentiment: { negative: 0.9, neutral: 0.9, positive: 0.9 },
    emotion: { anger: 0.9, joy: 0.9 },
    irony: 0.1,
    offensive: 0.1,
    hate: 0.02,
    stance: { free: { favor: 0.9, against: 0.9 } },
    copies: 1,
    model: 'test@1',
    ...more,
  }
}

/** An estimate with a half-width, cut to 0..1 as the store does. */
export const share = (estimate: number, half = 0.04): Estimate => ({
  estimate,
  low: Math.max(0, estimate - half),
  high: Math.min(1, estimate + half),
})

export interface Shares {
  negative: number
  positive: number
  anger: number
  favor: number
  against: number
  half: number
}

export function summary(
  { negative, positive, anger, favor, against, half }: Shares,
  more: Partial<Summary> = {},
): Summary {
  const neutral = Math.max(0, 1 - negative - positive)
  const neither = Math.max(0, 1 - favor - against)
  return {
    window,
    view: 'post',
    posts: 640,
    authors: 430,
    scored: 612,
    scoredAuthors: 417,
    unscored: { language: 28 },
    model: 'test@1',
    sentiment: { negative: share(negative, half), neutral: share(neutral, half), positive: share(positive, half) },
    emotion: { anger: share(anger, half), joy: share(anger / 3, half) },
    stance: { free: { favor: share(favor, half), against: share(against, half), neither: share(neither, half) } },
    ...more,
  }
}

export const usual: Shares = { negative: 0.58, positive: 0.19, anger: 0.33, favor: 0.41, against: 0.22, half: 0.05 }

export function facts(shares: Shares = usual, halves: [Shares, Shares] = [shares, shares]): Facts {
  const now = summary(shares)
  const measures = [
    ...Object.keys(now.sentiment).map((label) => `sentiment.${label}`),
    ...Object.keys(now.emotion).map((label) => `emotion.${label}`),
    'stance.free.favor',
    'stance.free.against',
  ]
  const evidence = Object.fromEntries(
    measures.map((measure) => [
      measure,
      [
        post(`${measure}-1`, `A plain short post that shows ${measure.replaceAll('.', ' ')} well`),
        post(`${measure}-2`, 'Second'),
      ],
    ]),
  )
  return { topic, window, now, halves: [summary(halves[0]), summary(halves[1])], modelError, evidence }
}

const unit = fc.double({ min: 0, max: 1, noNaN: true })
export const anyShares: fc.Arbitrary<Shares> = fc
  .record({ a: unit, b: unit, anger: unit, c: unit, d: unit, half: fc.double({ min: 0.005, max: 0.3, noNaN: true }) })
  .map(({ a, b, anger, c, d, half }) => ({
    negative: a,
    positive: (1 - a) * b,
    anger,
    favor: c,
    against: (1 - c) * d,
    half,
  }))
