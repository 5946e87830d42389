import { describe, expect, test } from 'vitest'
import { givenLanguage, identify, primary, reads } from '../../analyze/language.ts'
import { foldCopy } from '../../copies.ts'

describe('a given language', () => {
  test.each([
    ['en', 'en'],
    ['EN-us', 'en-US'],
    ['en_GB', 'en-GB'],
    ['eng', 'en'],
    ['pt-br', 'pt-BR'],
    ['zh-hant', 'zh-Hant'],
  ])('%s is %s', (tag, canonical) => {
    expect(givenLanguage(tag)).toBe(canonical)
  })

  test.each([null, '', 'und', 'mul', 'zxx', 'not a tag', '-', '\ud800', 'x'.repeat(10_000)])(
    '%j says nothing',
    (tag) => {
      expect(givenLanguage(tag)).toBe('')
    },
  )

  test('is remembered for a bounded number of tags', () => {
    for (let n = 0; n < 3_000; n++) expect(givenLanguage(`nonsense ${n}`)).toBe('')
    expect(givenLanguage('de-at')).toBe('de-AT')
  })

  test('primary is what comes first', () => {
    expect([primary('pt-BR'), primary('en'), primary('')]).toEqual(['pt', 'en', ''])
  })
})

/** Whether an English model would read a post that came without a language. */
function english(text: string): boolean {
  const words = foldCopy(text)
  return reads(['en'], identify(words), words)
}

describe('without a given language', () => {
  const read = [
    'I really hope the talks go somewhere this time, everyone is tired.',
    'ok sure',
    'lol',
    '😂😂😂',
    'no way',
    '@someone.example https://example.org/x so true',
    'ceasefire now!!!',
    '',
  ]
  test.each(read)('is read as English: %j', (text) => expect(english(text)).toBe(true))

  const left = [
    'Das ist doch nicht wahr, ich glaube es einfach nicht mehr.',
    'Ojalá que esta vez las conversaciones lleguen a algo, estamos todos cansados.',
    'Зачем это все, никто уже не верит',
    'ありがとう',
    'शांति',
    '停战',
    'yaar kitna time lagega inko samajhne mein, sab log bas bakwas karte rehte hain roz',
  ]
  test.each(left)('is left: %j', (text) => expect(english(text)).toBe(false))

  test('identifies what is long enough', () => {
    expect(identify('das ist doch nicht wahr ich glaube es nicht')).toBe('de')
    expect(identify('this is what everybody has been waiting for')).toBe('en')
    expect(identify('')).toBe('')
  })
})

describe('reads', () => {
  test('a dialect of a language it reads', () => {
    expect(reads(['en'], 'en-GB', '')).toBe(true)
    expect(reads(['pt-BR'], 'pt-BR', '')).toBe(true)
    expect(reads(['en'], 'de', '')).toBe(false)
  })
})
