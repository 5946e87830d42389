// The oracle of X's rules against the examples that X's documentation gives, so that what is held against it is held against
// the documentation.
import { describe, expect, test } from 'vitest'
import { compileX, RuleError, readX, type XPost } from './xSemantics.ts'

const post = (text: string, more: Partial<XPost> = {}): XPost => ({ id: '1', text, author: 'ann', lang: 'en', ...more })
const delivers = (rule: string, text: string, more: Partial<XPost> = {}) => compileX(rule)(readX(post(text, more)))

test.each<[string, string, boolean]>([
  // "I like coca-cola" is split into I, like, coca, cola.
  ['cola', 'I like coca-cola!', true],
  ['cola', 'I like cocacola!', false],
  ['"coca-cola"', 'I like coca-cola', true],
  ['gnip', 'I love the @gnip blog.', true],
  ['gnip', "Check out gnip's documentation.", true],
  ['gnip', '#gniprocks', false],
  ['cat', 'CAT', true],
  ['diacrítica', 'Diacrítica', true],
  ['diacrítica', 'diacritica', false],
  ['#cumpleaños', '#cumpleanos', false],
  ['cumplea', 'cumpleaños', false],
  ['#thanku', 'I say #thanku', true],
  ['#thanku', '#thankunext', false],
  ['grumpy OR cat OR #meme', 'a cat', true],
  ['cat #meme -grumpy', 'cat #meme', true],
  ['cat #meme -grumpy', 'grumpy cat #meme', false],
  ['(grumpy cat) OR (#meme x)', 'cat grumpy', true],
  ['apple OR iphone ipad', 'iphone', false],
  ['apple OR iphone ipad', 'apple', true],
  ['(apple OR iphone) ipad', 'apple', false],
  ['like', 'I like🍕', true],
  ['kyiv', 'Kyiv❤️', true],
  ['@ann', 'hi @ann!', true],
  ['@ann', 'mail x@ann', false],
  ['#a', '#a#b', false],
  ['#2026', '#2026', false],
])('%s on "%s": %s', (rule, text, expected) => expect(delivers(rule, text)).toBe(expected))

test('fields, quoted posts and samples', () => {
  expect(delivers('from:Ann', 'x')).toBe(true)
  expect(delivers('from:12', 'x', { authorId: '12' })).toBe(true)
  expect(delivers('x lang:en', 'x', { lang: null })).toBe(false)
  expect(delivers('x -is:retweet', 'x', { isRetweet: true })).toBe(false)
  const quoted = post('grumpy')
  expect(delivers('grumpy', 'cat', { quoted })).toBe(true)
  expect(delivers('cat -grumpy', 'cat', { quoted })).toBe(false)
  const ids = Array.from({ length: 20_000 }, (_, at) => `19${String(at).padStart(16, '0')}`)
  const sampled = (rule: string) => ids.filter((id) => delivers(rule, 'a b', { id }))
  expect(sampled('(a OR c) sample:10').length / ids.length).toBeCloseTo(0.1, 1)
  expect(sampled('a sample:10')).toEqual(sampled('b sample:10'))
  expect(sampled('a sample:100')).toEqual(ids)
})

describe('is refused', () => {
  test.each([
    ...[
      '',
      '-cat',
      'lang:en',
      'is:retweet',
      'cat OR lang:en',
      'cat OR -dog',
      'skiing -(snow OR day)',
      'a AND b',
      '(a',
      'a)',
    ],
    ...['a OR', 'OR a', 'coca-cola', 'a sample:0', 'a sample:101', 'a sample:1.5', 'a -sample:5', 'a OR b sample:5'],
    ...['(a sample:5) b', 'a sample:5 sample:6', 'a source:b', 'from:a.b', 'a lang:xx', '#a-b', '"..."', 'sanction*'],
    `(${'word OR '.repeat(150)}a)`,
  ])('%s', (rule) => expect(() => compileX(rule)).toThrow(RuleError))
})
