// What enters the ledger: only what rests on enough authors and posts, each with its word, its fragility and its posts;
// differences only when they are certain.
import { describe, expect, test } from 'vitest'
import type { Questions } from '../../answers.ts'
import type { Claim, ClaimKind } from '../../conclusions.ts'
import { type Facts, flat, gather, mostPosts, windowBefore } from '../../perspectives/facts.ts'
import { ledger, salience, untoldTargets } from '../../perspectives/ledger.ts'
import {
  allows,
  exceeds,
  percent,
  periodBefore,
  quantifierFor,
  quantifiers,
  series,
  withInterval,
} from '../../perspectives/words.ts'
import { before, type Crowd, crowd, modelError, storeOf, topic, usual, window } from './crowd.ts'

const filter = { topic: { topic: topic.id, version: 1 }, model: 'test@1', window }
const factsOf = async (given: Crowd = usual, more: Partial<Questions> = {}): Promise<Facts> =>
  (await gather({ ask: storeOf(crowd(given), more).ask, topic, filter, error: modelError })).facts
const claimsOf = async (given?: Crowd) => ledger(await factsOf(given)).claims
const ofKind = (claims: Claim[], kind: ClaimKind) => claims.filter((claim) => claim.kind === kind)

describe('claims', () => {
  test('carry estimate, interval, n, clusters, word, fragility and posts of at least two voices', async () => {
    const facts = await factsOf()
    const byId = new Map(facts.now.posts.map((post) => [post.id, post]))
    const { claims } = ledger(facts)
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
    for (const claim of claims) {
      const { kind, evidence, posts, authors, clusters, word, fragility, estimate } = claim
      const voices = new Set(evidence.map((id) => byId.get(id)!.author)).size
      expect(voices, claim.id).toBeGreaterThanOrEqual(kind === 'quote' || kind === 'minority' ? 1 : 2)
      expect(evidence.length).toBeLessThanOrEqual(12)
      expect(posts).toBeGreaterThanOrEqual(authors)
      expect(clusters).toBeLessThanOrEqual(posts)
      expect(claim.says.length).toBeGreaterThan(5)
      if (word) expect(allows(word, claim)).toBe(true)
      if (estimate !== null && fragility !== null) expect(fragility).toBeLessThanOrEqual(facts.scoredAuthors)
    }
    expect(claims).toEqual(claims.toSorted((a, b) => salience(b) - salience(a)))
  })

  test('have ids that stay the same whatever the numbers', async () => {
    const id = 'buses@1:prevalence:sentiment.negative'
    expect((await claimsOf()).map((claim) => claim.id)).toContain(id)
    expect((await claimsOf({ ...usual, seed: 5, negative: 0.2 })).map((claim) => claim.id)).toContain(id)
  })

  test('are absent below ten authors, themes included', async () => {
    const claims = await claimsOf({ ...usual, posts: 60, authors: 9 })
    expect(claims.filter(({ estimate }) => estimate !== null)).toEqual([])
    expect(ofKind(claims, 'theme')).toEqual([])
  })

  test('quote a post to the letter, for a theme, a tone or a side', async () => {
    const facts = await factsOf()
    const quotes = ledger(facts).claims.filter(({ kind }) => kind === 'quote' || kind === 'minority')
    expect(quotes.length).toBeGreaterThan(1)
    for (const {
      quotes: [quote],
      estimate,
      low,
      high,
    } of quotes) {
      expect([estimate, low, high]).toEqual([null, null, null])
      expect(facts.now.posts.find(({ id }) => id === quote!.post)?.text).toContain(quote!.text)
    }
  })
})

describe('what compares', () => {
  test('a planted darker theme is a feeling about it; a theme like the rest is not', async () => {
    const facts = await factsOf({ ...usual, posts: 900, authors: 500 })
    const scopeOf = (phrase: string) => `theme:${facts.themes.find((theme) => theme.phrase === phrase)?.id}`
    const negative = ofKind(ledger(facts).claims, 'feeling').filter(({ measure }) => measure === 'sentiment.negative')
    const about = (phrase: string) => negative.find(({ scope }) => scope === scopeOf(phrase))
    expect(about('tram tunnel')?.difference?.low).toBeGreaterThan(0)
    expect(about('tram tunnel')?.says).toBe('A negative tone where “tram tunnel” comes up')
    expect(about('cargo bikes')?.difference?.high).toBeLessThan(0)
    expect(about('ticket machines')).toBeUndefined()
  })

  test('a change against the window before needs both windows and an interval without 0', async () => {
    const changed = async (negative: number, posts = 300) =>
      ofKind(await claimsOf({ ...usual, earlier: { posts, negative } }), 'change').find(
        ({ measure }) => measure === 'sentiment.negative',
      )
    const rise = await changed(0.15)
    expect(rise?.difference?.low).toBeGreaterThan(0)
    expect(rise?.says).toBe('A negative tone, against the day before')
    expect(await changed(usual.negative)).toBeUndefined()
    expect(await changed(0.15, 5)).toBeUndefined()
  })

  test('two platforms that differ are a contrast, two that do not are none', async () => {
    const split = crowd({ ...usual, posts: 800, authors: 600, themes: [], sources: ['bluesky', 'mastodon'] })
    const shifted = split.map((post) =>
      post.source === 'mastodon' ? { ...post, sentiment: { negative: 0.85, neutral: 0.1, positive: 0.05 } } : post,
    )
    const contrastsIn = async (posts: typeof split) =>
      ofKind(
        ledger((await gather({ ask: storeOf(posts).ask, topic, filter, error: modelError })).facts).claims,
        'contrast',
      )
    expect((await contrastsIn(shifted)).map(({ scope }) => scope)).toContain('source:mastodon')
    expect((await contrastsIn(split)).filter(({ scope }) => scope.startsWith('source:'))).toEqual([])
  })

  test('a target without sides that can be told is a blind spot, not a claim', async () => {
    const facts = await factsOf()
    expect(untoldTargets(facts.shares, topic)).toEqual([])
    const wide = new Map(facts.shares).set('stance.free.favor', { estimate: 0.5, low: 0.1, high: 0.9 })
    expect(untoldTargets(wide, topic)).toEqual(['free buses for everyone'])
    expect(ofKind(ledger({ ...facts, shares: wide }).claims, 'stance')).toEqual([])
  })
})

describe('facts', () => {
  test('labels by people take the place of the model’s share', async () => {
    const labelled = { estimate: 0.9, low: 0.85, high: 0.95, labels: 80 }
    const facts = await factsOf(usual, {
      audited: async () => ({ sentiment: { negative: labelled }, emotion: {}, stance: {} }),
    })
    expect(facts.shares.get('sentiment.negative')).toEqual(labelled)
    const claim = ledger(facts).claims.find(
      ({ kind, measure }) => kind === 'prevalence' && measure === 'sentiment.negative',
    )
    expect(claim).toMatchObject({ estimate: 0.9, labels: 80, word: 'a large majority' })
  })

  test('where there are too many posts the shares are the whole’s, and parts rest on a sample', async () => {
    const store = storeOf(crowd({ ...usual, posts: mostPosts + 500, authors: 3_000 }))
    const { facts, whole } = await gather({ ask: store.ask, topic, filter, error: modelError })
    expect(whole).toBe(false)
    expect(facts.now.posts.length).toBe(mostPosts)
    expect(facts.scored).toBe(mostPosts + 500)
    expect(store.asked.filter((name) => name === 'summary').length).toBe(2)
  })

  test('the window before is as long and ends where this one starts', () => {
    expect(windowBefore(window)).toEqual(before)
    expect(
      flat({ sentiment: {}, emotion: {}, stance: { 'a.b': { favor: { estimate: 1, low: 1, high: 1 } } } }).has(
        'stance.a.b.favor',
      ),
    ).toBe(true)
  })
})

describe('words', () => {
  const share = (low: number, high: number) => ({ estimate: (low + high) / 2, low, high })
  test('fit only when the whole interval does', () => {
    expect(quantifierFor(share(0.52, 0.6))).toBe('most')
    expect(quantifierFor(share(0.48, 0.56))).toBe('about half')
    expect(quantifierFor(share(0.93, 0.99))).toBe('nearly all')
    expect(quantifierFor(share(0.28, 0.39))).toBe('about a third')
    expect(quantifierFor(share(0.05, 0.95))).toBeNull()
    expect(quantifierFor({ estimate: null, low: null, high: null })).toBeNull()
    for (const { word, low, high } of quantifiers) {
      expect(allows(word, share(low, high))).toBe(true)
      expect(allows(word, share(low - 0.01, high))).toBe(false)
      expect(allows(word, share(low, high + 0.01))).toBe(false)
    }
    expect(allows('everybody', share(1, 1))).toBe(false)
  })

  test('one share exceeds another only without a common point', () => {
    expect(exceeds(share(0.4, 0.5), share(0.2, 0.39))).toBe(true)
    expect(exceeds(share(0.4, 0.5), share(0.2, 0.4))).toBe(false)
  })

  test('numbers and lists as a person writes them', () => {
    expect(percent(0.345)).toBe('35%')
    expect(withInterval(share(0.2, 0.4))).toBe('30% (20–40%)')
    expect(series([])).toBe('')
    expect(series(['a', 'b', 'c'])).toBe('a, b and c')
    expect(periodBefore(window)).toBe('the day before')
    expect(periodBefore({ from: window.from, to: '2026-01-01T05:00:00.000Z' })).toBe('the period before')
  })
})
