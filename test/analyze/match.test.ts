import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold, foldText, newFolded } from '../../analyze/letters.ts'
import { createMatcher } from '../../analyze/match.ts'
import { parseQuery, type Query } from '../../analyze/query.ts'
import type { Matchable } from '../../analyze/scan.ts'
import { wordsOf } from '../../analyze/words.ts'
import { referenceFold, referenceMatch } from './reference.ts'

const post = (text: string, rest: Partial<Matchable> = {}): Matchable => ({
  text,
  author: null,
  lang: null,
  source: 'test',
  ...rest,
})
const matched = (query: string, text: string, rest: Partial<Matchable> = {}): boolean =>
  createMatcher([parseQuery(query)]).match(post(text, rest)).length === 1

describe('folding', () => {
  it.each([
    ['Zürich ZÜRICH Zu\u0308rich ｚüＲＩＣＨ', 'zurich zurich zurich zurich'],
    ['Straße STRASSE STRAẞE', 'strasse strasse strasse'],
    ['ΟΔΟΣ οδός', 'οδοσ οδοσ'],
    ['İstanbul ıstanbul', 'istanbul istanbul'],
    ['𝗯𝗼𝗹𝗱 ﬁne ½', 'bold fine 1⁄2'],
    ['さ\u3099 ざ ｻﾞ', 'ざ ざ ザ'],
    ['한국'.normalize('NFD'), '한국'],
    ['हिन्दी', 'हिन्दी'],
    ['so\u00adft zero\u200bwidth joi\u200dned', 'soft zero\u200bwidth joined'],
    ['السَّلَامُ الســـلام', 'السلام السلام'],
  ])('%s', (text, folded) => expect(foldText(text)).toBe(folded))

  it('agrees with String.normalize on every code point of the Basic Multilingual Plane, and folds once and for all', () => {
    const folded = newFolded()
    const foldFast = (text: string) => {
      const { units, length } = fold(text, folded)
      return String.fromCharCode(...units.subarray(0, length))
    }
    const wrong: string[] = []
    for (let code = 0; code < 0x10000; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const point = String.fromCharCode(code)
      const expected = referenceFold(point).replace(/\s/gu, ' ')
      const ways = [point, point.normalize('NFD'), expected].map(foldFast)
      if (ways.some((way) => way !== expected)) wrong.push(code.toString(16))
    }
    expect(wrong).toEqual([])
  })

  it('reads any text, lone surrogates included', () => {
    expect(foldText('a\ud800b\udc00c')).toBe('a b c')
  })
})

describe('what a term matches', () => {
  it.each<[string, string, boolean]>([
    ['mask', 'a #mask', true],
    ['mask', 'a face-mask!', true],
    ['mask', 'masks', false],
    ['mask', 'face_mask', false],
    ['#mask', 'mask', false],
    ['#mask', 'wear a #Mask.', true],
    ['#mask', '#masks', false],
    ['#mask', 'https://example.org/page#mask', false],
    ['#mask', 'https://example.org/page #mask', true],
    ['#39', 'don&#39;t', false],
    ['#mask*', '#maskmandate', true],
    ['#mask*', 'maskmandate', false],
    ['alice', '@alice', true],
    ['@alice', 'alice', false],
    ['@alice', 'hi @Alice, hi', true],
    ['@alice', 'hi @alice.example.org', true],
    ['@alice', 'hi @alice@example.org', true],
    ['@alice', 'hi @alice-b.example.org', false],
    ['@alice', 'mail x@alice', false],
    ['@alice.example.org', 'hi @alice.example.org.', true],
    ['@alice.example.org', 'hi @alice', false],
    ['@ali*', 'hi @alice.example.org', true],
    ['"peace talks"', 'Peace -- #talks', true],
    ['"peace talks"', 'talks peace', false],
    ['"peace talk*"', 'peace, talking', true],
    ['"peace talk*"', 'talking peace', false],
    ['"a b a"', 'a b b a b a', true],
    ['prot*', 'protest', true],
    ['prot*', 'pro test', false],
    ['face-mask', 'face mask', true],
    ["don't", 'I DON’T', true],
    ["don't", 'dont', false],
    ['ukraine', 'Ukraine’s', true],
    ['zurich', 'ZÜRICH', true],
    ['平和', '世界平和を', true],
    ['平和', '平, 和', false],
    ['"平 和"', '平, 和', true],
    ['iphone', '新しいiPhone価格', true],
    ['iPhone価格', '新しいiPhone価格', true],
    ['iPhone価格', 'iPhone 価格', false],
    ['#平和', '#平和', true],
    ['#平和', '#平和を', false],
    ['กาแฟ', 'ดื่มกาแฟร้อน', true],
    ['평화', '평화를', false],
    ['평화*', '평화를', true],
    ['하*', '한국', false],
    ['a b', 'b a', true],
    ['a OR b c', 'a', true],
    ['(a OR b) c', 'a', false],
    ['a -b', 'a b', false],
    ['a -(b c)', 'a b', true],
    ['a NOT -b', 'a b', true],
    ['a NOT -b', 'a', false],
    ['-(-a OR -b)', 'b a', true],
    ['-(-a OR -b)', 'a', false],
  ])('%s in "%s": %s', (query, text, expected) => expect(matched(query, text)).toBe(expected))

  it('from, lang and source look at the fields', () => {
    expect(matched('from:@Alice.Example', 'x', { author: 'alice.example' })).toBe(true)
    expect(matched('from:alice', 'alice')).toBe(false)
    expect(matched('lang:pt', 'x', { lang: 'pt-BR' })).toBe(true)
    expect(matched('lang:pt-br', 'x', { lang: 'pt' })).toBe(false)
    expect(matched('lang:p OR x'.replace('lang:p ', 'lang:pt '), 'y', { lang: 'ptx' })).toBe(false)
    expect(matched('source:Bluesky x', 'x', { source: 'bluesky' })).toBe(true)
  })
})

const vocabulary = [
  'a',
  'b',
  'mask',
  'Masken',
  'Zürich',
  'straße',
  'peace',
  'talks',
  '平',
  '和平',
  '한국',
  'กา',
  'हिन्दी',
  "o'b",
  'x_1',
]
const word = fc.constantFrom(...vocabulary)
const gap = fc.constantFrom(
  ' ',
  '  ',
  ', ',
  '-',
  '',
  "'",
  ' #',
  ' @',
  '#',
  '.',
  '@',
  '://',
  '&#',
  '\u200b',
  '\u0301',
  '🔥',
  '\n',
  '_',
  '*',
)
const text = fc.array(fc.tuple(gap, word), { maxLength: 14 }).map((parts) => parts.flat().join(''))
const leaf = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 1, arbitrary: word.map((one) => `${one}*`) },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.oneof(
          word,
          word.map((one) => `${one}*`),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((w) => `"${w.join(' ')}"`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('#', '@'), fc.constantFrom('mask', 'Zürich', '和平', 'a'), fc.constantFrom('', '*'))
      .map((p) => p.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('@a.b', 'from:ann', 'lang:en', 'lang:en-gb', 'source:test', 'source:other') },
)
const query = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom(' ', ' OR ', ' AND ', ' -'), tie('query'), tie('query'))
      .map(([op, l, r]) => `(${l}${op}${r})`),
    tie('query').map((inner) => `NOT ${inner}`),
  ),
})).query
const fields = fc.record({
  author: fc.constantFrom(null, 'ann', 'Ann', 'bob'),
  lang: fc.constantFrom(null, 'en', 'en-GB', 'de'),
  source: fc.constantFrom('test', 'other'),
})

function parsed(texts: string[]): Query[] {
  return texts.flatMap((one) => {
    try {
      return [parseQuery(one)]
    } catch {
      return [] // excludes without including
    }
  })
}

describe('the matcher against the reference', () => {
  it('agrees for any topics and posts', () => {
    const cases = fc.tuple(
      fc.array(query, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(text, fields), { minLength: 1, maxLength: 6 }),
    )
    let compared = 0
    let positive = 0
    fc.assert(
      fc.property(cases, ([queries, posts]) => {
        const topics = parsed(queries)
        const matcher = createMatcher(topics)
        for (const [body, rest] of posts) {
          const one = post(body, rest)
          const expected = topics.flatMap((topic, i) => (referenceMatch(topic, one) ? [i] : []))
          expect([...matcher.match(one)]).toEqual(expected)
          compared += topics.length
          positive += expected.length
        }
      }),
      { numRuns: 1500, seed: 1 },
    )
    expect(compared).toBeGreaterThan(10_000)
    expect(positive).toBeGreaterThan(1000) // not a comparison of nothing with nothing
  })

  it('agrees on any Unicode text, words of the text itself being the queries', () => {
    const unicode = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(unicode, unicode, (body, other) => {
        const topics: Query[] = wordsOf(body).words.map((one) => ({ kind: 'words', words: [{ ...one, glued: false }] }))
        const matcher = createMatcher(topics)
        expect([...matcher.match(post(body))]).toEqual(topics.map((_, i) => i))
        const expected = topics.flatMap((topic, i) => (referenceMatch(topic, post(other)) ? [i] : []))
        expect([...matcher.match(post(other))]).toEqual(expected)
      }),
      { numRuns: 3000, seed: 2 },
    )
  })

  it('sees nothing of the post before', () => {
    const matcher = createMatcher(['"a b"', '#a', 'x*'].map(parseQuery))
    expect(matcher.match(post('x #a b'))).toEqual([0, 1, 2])
    expect(matcher.match(post('b a'))).toEqual([])
    expect(matcher.match(post(''))).toEqual([])
  })

  it('keeps agreeing while it learns which words are rare', () => {
    const topics = ['the war', 'the OR zebra', '"in the" -war', 'w* the', 'lang:en zebra'].map(parseQuery)
    const matcher = createMatcher(topics)
    const posts = ['in the war', 'the zebra', 'a zebra', 'in the wild', 'war'].map((body) => post(body, { lang: 'en' }))
    for (let round = 0; round < 4000; round++) {
      const one = posts[(round * 7) % posts.length]!
      const found = [...matcher.match(one)]
      if (round < 5 || round % 97 === 0)
        expect(found).toEqual(topics.flatMap((t, i) => (referenceMatch(t, one) ? [i] : [])))
    }
  })
})

describe('hostile text', () => {
  const topics = Array.from({ length: 1000 }, (_, i) => `"a b ${i}" OR x${i}* OR #t${i} OR @n${i} OR (a "b a c")`)
  const matcher = createMatcher(topics.map(parseQuery))
  const texts: Record<string, string> = {
    zalgo: 'z\u0301\u0323\u0f39\u093c'.repeat(20_000),
    'one word': 'x'.repeat(100_000),
    'short words': 'a b '.repeat(25_000),
    mentions: '@a.'.repeat(33_333),
    sigils: '#@'.repeat(50_000),
    expanding: '\ufdfa'.repeat(100_000),
    unspaced: '平和'.repeat(50_000),
    'hangul pieces': '\u1112\u1161\u11ab'.repeat(33_333),
    emoji: '🇺🇦👩‍👩‍👧‍👦'.repeat(6_600),
    'lone surrogates': '\ud800'.repeat(100_000),
  }
  it.each(Object.keys(texts))('%s of 100,000 characters takes linear time', (name) => {
    const body = texts[name]!
    const time = (length: number) => {
      const times = Array.from({ length: 5 }, () => {
        // Of this process alone: the machine may have others.
        const start = process.cpuUsage()
        matcher.match(post(body.slice(0, length)))
        return process.cpuUsage(start).user / 1_000
      })
      return Math.min(...times)
    }
    const long = time(100_000)
    // The one that unfolds to eighteen times its length may take longer.
    expect(long).toBeLessThan(name === 'expanding' ? 150 : 50)
  })
})
