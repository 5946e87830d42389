// What enters the ledger: only what rests on enough authors and posts, and changes only when they are certain.
import { describe, expect, test } from 'vitest'
import { estimateOf, ledger, measuresOf, untoldTargets } from '../../perspectives/ledger.ts'
import { allows, exceeds, percent, quantifierFor, quantifiers, series, withInterval } from '../../perspectives/words.ts'
import { facts, post, share, summary, topic, usual } from './facts.ts'

const nothing = { estimate: null, low: null, high: null }

describe('claims', () => {
  test('carry the estimate, the interval, n and the evidence of their measure', () => {
    const book = ledger(facts())
    const negative = book.claims.find(({ kind, measure }) => kind === 'prevalence' && measure === 'sentiment.negative')
    expect(negative).toMatchObject({ estimate: 0.58, posts: 612, authors: 417, model: 'test@1', scope: '' })
    expect(negative?.evidence).toEqual(['sentiment.negative-1', 'sentiment.negative-2'])
  })

  test('have ids of their own that stay the same', () => {
    const ids = ledger(facts()).claims.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(ledger(facts()).claims.map(({ id }) => id))
  })

  test('are absent where no estimate is (fewer than ten authors)', () => {
    const given = facts()
    given.now.sentiment.negative = nothing
    expect(ledger(given).claims.filter(({ measure }) => measure === 'sentiment.negative')).toEqual([])
  })

  test('are absent without two posts that show them', () => {
    const given = facts()
    given.evidence['sentiment.negative'] = [post('only', 'One lonely post about buses, all alone')]
    expect(ledger(given).claims.filter(({ measure }) => measure === 'sentiment.negative')).toEqual([])
  })

  test('speak of at most three feelings, and of none that is hardly there', () => {
    const given = summary(usual)
    given.emotion = { anger: share(0.4), joy: share(0.3), fear: share(0.2), love: share(0.15), trust: share(0.02) }
    const feelings = measuresOf(given).filter((measure) => measure.startsWith('emotion.'))
    expect(feelings).toEqual(['emotion.anger', 'emotion.joy', 'emotion.fear'])
  })
})

describe('change', () => {
  const changes = (before: number, after: number, half = 0.03) => {
    const now = { ...usual, half }
    const halves = [before, after].map((negative) => ({ ...now, negative })) as [typeof usual, typeof usual]
    return ledger(facts(now, halves)).claims.filter(
      ({ kind, measure }) => kind === 'change' && measure === 'sentiment.negative',
    )
  }

  test('is claimed when the interval of the difference excludes 0', () => {
    const [change] = changes(0.4, 0.7)
    expect(change?.difference?.estimate).toBeCloseTo(0.3)
    expect(change?.difference?.low).toBeGreaterThan(0)
    expect(change?.estimate).toBe(0.7)
  })

  test('is not claimed when it might be nothing', () => {
    expect(changes(0.5, 0.53)).toEqual([])
  })

  test('does not count the model error of the shares twice: most of a bias cancels in a difference', () => {
    // Half-widths of .10 are nearly all model error (.05 * 1.96 = .098): a change of .12 is still certain.
    expect(changes(0.4, 0.52, 0.1)).toHaveLength(1)
    // Half-widths of .20 are mostly sampling error: the same change is not.
    expect(changes(0.4, 0.52, 0.2)).toEqual([])
  })
})

describe('quotes', () => {
  const quoted = (...texts: (string | [string, object])[]) => {
    const given = facts()
    given.evidence['sentiment.negative'] = texts.map((one, index) =>
      typeof one === 'string' ? post(`p${index}`, one) : post(`p${index}`, one[0], one[1]),
    )
    const claim = ledger(given).claims.find(({ kind, measure }) => kind === 'quote' && measure === 'sentiment.negative')
    return claim?.quotes[0]?.text
  }
  const fine = 'The bus never came and I walked home in the rain again'

  test('are the first post that may be shown', () => {
    expect(quoted('too short', fine, 'Another long enough post about buses')).toBe(fine)
  })

  test('a voice is found behind the posts that are listed as evidence', () => {
    const rude: [string, object] = [fine, { offensive: 0.9 }]
    const given = facts()
    given.evidence['sentiment.negative'] = Array.from({ length: 30 }, (_, nr) =>
      nr === 20 ? post('p20', fine) : post(`p${nr}`, ...rude),
    )
    const claims = ledger(given).claims.filter(({ measure }) => measure === 'sentiment.negative')
    expect(claims.find(({ kind }) => kind === 'quote')?.evidence).toEqual(['p20'])
    expect(claims.find(({ kind }) => kind === 'prevalence')?.evidence).toHaveLength(12)
  })

  test.each([
    ['that its author does not want shown', [fine, { quotable: false }]],
    ['that insults', [fine, { offensive: 0.8 }]],
    ['that is hateful', [fine, { hate: 0.5 }]],
    ['that is probably ironic', [fine, { irony: 0.9 }]],
    ['whose offence is unknown', [fine, { offensive: null }]],
    ['in another language', [fine, { lang: 'de' }]],
    ['with a link', `${fine} https://example.org/x`],
    ['with a mention', `${fine} @someone.example`],
    ['with quotation marks of its own', `${fine} “they said”`],
    ['with markup', `<b>${fine}</b>`],
    ['with hidden direction marks', `${fine}\u202e`],
    ['with line breaks', `${fine}\nand more`],
    ['with a percentage', `${fine} for 9 % of us`],
    ['of which the model is not sure', [fine, { sentiment: { negative: 0.5 } }]],
    ['with stacked marks', `${fine} z\u0301\u0302\u0303`],
  ] as [string, string | [string, object]][])('never one %s', (_, one) => {
    expect(quoted(one, ['also not', {}])).toBeUndefined()
  })
})

describe('words', () => {
  test('follow the published table', () => {
    expect(quantifierFor(share(0.95, 0.03))).toBe('nearly all')
    expect(quantifierFor(share(0.58, 0.05))).toBe('most')
    expect(quantifierFor(share(0.52, 0.05))).toBe('about half')
    expect(quantifierFor(share(0.35, 0.05))).toBe('many')
    expect(quantifierFor(share(0.16, 0.05))).toBe('some')
    expect(quantifierFor(share(0.05, 0.04))).toBe('few')
    expect(quantifierFor(share(0.5, 0.45))).toBeNull()
    expect(quantifierFor(nothing)).toBeNull()
  })

  test('the word for an interval is always allowed, and no word is for an unknown one', () => {
    for (let low = 0; low <= 1; low += 0.05) {
      for (let high = low; high <= 1; high += 0.05) {
        const word = quantifierFor({ estimate: (low + high) / 2, low, high })
        if (word) expect(allows(word, { estimate: low, low, high })).toBe(true)
      }
    }
    for (const { word } of quantifiers) expect(allows(word, nothing)).toBe(false)
    expect(allows('everybody', share(0.99, 0.001))).toBe(false)
  })

  test('numbers are written as a person writes them', () => {
    expect(percent(0.005)).toBe('1%')
    expect(withInterval(share(0.58, 0.06))).toBe('58% (52–64%)')
    expect(series(['a'])).toBe('a')
    expect(series(['a', 'b', 'c'])).toBe('a, b and c')
  })

  test('one share exceeds another only when the intervals do not touch', () => {
    expect(exceeds(share(0.5, 0.04), share(0.4, 0.04))).toBe(true)
    expect(exceeds(share(0.5, 0.06), share(0.4, 0.06))).toBe(false)
    expect(exceeds(nothing, share(0.1))).toBe(false)
  })
})

test('an estimate is found by its measure', () => {
  const now = summary(usual)
  expect(estimateOf(now, 'sentiment.negative')).toBe(now.sentiment.negative)
  expect(estimateOf(now, 'emotion.joy')).toBe(now.emotion.joy)
  expect(estimateOf(now, 'stance.free.favor')).toBe(now.stance.free!.favor)
  expect(estimateOf(now, 'stance.other.favor')).toBeUndefined()
})

test('targets whose sides cannot be told are named', () => {
  expect(untoldTargets(summary(usual), topic)).toEqual([])
  expect(untoldTargets(summary({ ...usual, half: 0.3 }), topic)).toEqual(['free buses for everyone'])
  expect(untoldTargets(summary(usual, { stance: {} }), topic)).toEqual(['free buses for everyone'])
})
