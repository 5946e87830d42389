import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatQuery, maxQueryLength, maxTerms, parseQuery, type Query } from '../../analyze/query.ts'
import { QueryError } from '../../errors.ts'

const word = (text: string, prefix = false): Query => ({ kind: 'words', words: [{ text, prefix, glued: false }] })

function failure(text: string): QueryError {
  try {
    parseQuery(text)
  } catch (error) {
    if (error instanceof QueryError) return error
    throw error
  }
  throw new Error(`${text} parses`)
}

describe('parseQuery', () => {
  it('binds NOT before AND before OR', () => {
    expect(parseQuery('a b OR c NOT d')).toEqual({
      kind: 'or',
      parts: [
        { kind: 'and', parts: [word('a'), word('b')] },
        { kind: 'and', parts: [word('c'), { kind: 'not', part: word('d') }] },
      ],
    })
  })

  it.each([
    ['a AND b', 'a b'],
    ['(a OR b) (c)', '(a OR b) c'],
    ['a OR (b OR c)', 'a OR b OR c'],
    ['a NOT NOT b', 'a b'],
    ['a --b', 'a b'],
    ['a -(b OR c)', 'a -(b OR c)'],
    ['peace or war', 'peace or war'],
    ['Zürich ＺＵＲＩＣＨ', 'zurich zurich'],
    ['“peace talks”', '"peace talks"'],
    ['«paix maintenant»', '"paix maintenant"'],
    ['face-mask', '"face mask"'],
    ["don't", '"don t"'],
    ['комп’ютер', '"комп ютер"'],
    ['"peace"', 'peace'],
    ['sanction*', 'sanction*'],
    ['"peace talk*"', '"peace talk*"'],
    ['平和*', '平和'],
    ['"iPhone 価格"', '"iphone 価格"'],
    ['#Mask #mask*', '#mask #mask*'],
    ['＃Mask ＠Alice', '#mask @alice'],
    ['@Alice.Example @ali*', '@alice.example @ali*'],
    ['x FROM:@Alice lang:PT-br Source:Bluesky', 'x from:alice lang:pt-br source:bluesky'],
    ['from:did:plc:abc', 'from:did:plc:abc'],
    ['a –b', 'a -b'],
    ['10:30 3,000', '"10 30" "3 000"'],
    ['a(b)"c"', 'a b c'],
    ['a\u3000b\nc', 'a b c'],
    ['a -AND', 'a -and'],
  ])('%s is %s', (text, canonical) => {
    expect(formatQuery(parseQuery(text))).toBe(canonical)
    expect(parseQuery(canonical)).toEqual(parseQuery(text))
  })
})

describe('errors point at the column and say what to do', () => {
  it.each<[string, number, RegExp, RegExp]>([
    ['', 1, /empty/, /at least one word/],
    ['  \n ', 1, /empty/, /at least one word/],
    ['peace "talks', 7, /quote is never closed/, /closing "/],
    ['peace (talks OR war', 7, /\( is never closed/, /closing \)/],
    ['peace talks)', 12, /\) closes nothing/, /remove it/],
    ['peace ()', 7, /parentheses are empty/, /put a term/],
    ['peace (a OR )', 13, /missing before this \)/, /add one/],
    ['peace OR', 7, /nothing follows OR/, /add a term/],
    ['peace AND', 7, /nothing follows AND/, /add a term/],
    ['peace NOT', 7, /nothing follows NOT/, /add a term/],
    ['OR peace', 1, /OR needs a term on both sides/, /quotes/],
    ['peace AND OR war', 11, /OR needs a term/, /quotes/],
    ['peace site:example.org', 7, /unknown operator site:/, /"site:example.org"/],
    ['https://example.org', 1, /unknown operator https:/, /quotes|write "/],
    ['peace from:', 7, /from: needs a value/, /from:alice/],
    ['peace lang:english', 7, /no language code/, /lang:en/],
    ['peace & war', 7, /nothing to look for in &/, /AND, OR and NOT/],
    ['peace - war', 7, /nothing to look for in -/, /letters/],
    ['peace 🔥', 7, /nothing to look for in 🔥/, /letters/],
    ['peace ""', 7, /nothing to look for in this phrase/, /letters/],
    ['*mask', 1, /\* may only end a word/, /sanction\*/],
    ['ma*k', 1, /\* may only end a word/, /sanction\*/],
    ['peace #a-b', 7, /no hashtag/, /one run/],
    ['peace #', 7, /no hashtag/, /one run/],
    ['peace @.a', 7, /no mention/, /@alice/],
    ['-football', 1, /without saying which to include/, /ceasefire -football/],
    ['NOT football', 1, /without saying/, /ceasefire/],
    ['peace OR -football', 10, /without saying/, /ceasefire/],
    ['-(a OR b)', 1, /without saying/, /ceasefire/],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 51, /deeper than 50/, /flatten/],
    ['a '.repeat(maxTerms + 1), maxTerms * 2 + 1, /more than 500 words/, /several topics/],
    ['a'.repeat(maxQueryLength + 1), maxQueryLength + 1, /longer than 4000/, /several topics/],
  ])('%s', (text, column, message, hint) => {
    const error = failure(text)
    expect(error.column).toBe(column)
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
    expect(error.status).toBe(422)
  })

  it('allows exactly the limits', () => {
    expect(() => parseQuery('a '.repeat(maxTerms))).not.toThrow()
    expect(() => parseQuery('a'.repeat(maxQueryLength))).not.toThrow()
    expect(() => parseQuery(`${'('.repeat(50)}a${')'.repeat(50)}`)).not.toThrow()
  })
})

describe('any text', () => {
  const pieces = [
    'AND',
    'OR',
    'NOT',
    '(',
    ')',
    '"',
    '“',
    '-',
    '–',
    '*',
    '#',
    '@',
    ':',
    'from:',
    'lang:',
    'en',
    'source:',
    'foo:',
    ' ',
    ' ',
    ' ',
    '\n',
    'a',
    'b',
    'Zürich',
    '平和',
    '한',
    'กา',
    'ß',
    "'",
    '.',
    '🔥',
    '\u0301',
    '\u200b',
    '\ud800',
    'ﷺ',
    '＂',
    '（',
    'ʼ',
    '_',
    '１',
  ]
  const soup = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...pieces) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 16 },
  )

  it('parses, or throws a QueryError with a column inside the text; what parses survives formatting', () => {
    let parsed = 0
    fc.assert(
      fc.property(soup, (parts) => {
        const text = parts.join('')
        let query: Query
        try {
          query = parseQuery(text)
        } catch (error) {
          if (!(error instanceof QueryError)) throw error
          expect(error.column).toBeGreaterThanOrEqual(1)
          expect(error.column).toBeLessThanOrEqual(Math.max(1, text.length))
          expect(error.hint).not.toBe('')
          return
        }
        parsed++
        expect(parseQuery(formatQuery(query))).toEqual(query)
      }),
      { numRuns: 30_000, seed: 3 },
    )
    expect(parsed).toBeGreaterThan(3000)
  })
})

describe('docs/queries.md', () => {
  it('shows errors as they are', async () => {
    const page = await readFile(`${import.meta.dirname}/../../docs/queries.md`, 'utf8')
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (\d+) \| ([^|]*) \|$/gm)]
    expect(rows.length).toBeGreaterThan(12)
    for (const [, query, column, message] of rows) {
      const error = failure(query!)
      expect(`${query}: ${error.column} ${error.message}`).toBe(`${query}: ${column} ${message!.trim()}`)
    }
  })
})
