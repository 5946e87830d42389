// What counts as a word, as one phrase in several spellings, and as the name of a subject.
import { describe, expect, test } from 'vitest'
import { isBare, isWide, rude } from '../../perspectives/ordinary.ts'
import { keyOf, phrasesOf, spellingsOf, type Text, unitsOf, usual } from '../../perspectives/phrases.ts'

const keys = (text: string) => unitsOf(text).map(({ key }) => key)
const runs = (text: string) =>
  unitsOf(text)
    .map(({ key, joint }) => (joint ? `${joint}${key}` : `|${key}`))
    .join('')

describe('words', () => {
  test('are lower case, singular, without possessive', () => {
    expect(keys("Ukraine's Prisoners, the cities’ churches and women")).toEqual([
      ...['ukraine', 'prisoner', 'the', 'city', 'church', 'and', 'woman'],
    ])
    expect(['news', 'rights', 'always', 'crisis', 'glass', 'bus', 'us'].map(keyOf)).toEqual([
      ...['news', 'rights', 'always', 'crisis', 'glass', 'bus', 'us'],
    ])
  })

  test('never come from links, mentions or entities', () => {
    expect(keys('see https://a.example/swap?x=1 www.swap.example @swap.bsky.social &amp; swap')).toEqual([
      'see',
      'swap',
    ])
  })

  test('of a tag are those that its capitals show', () => {
    expect(keys('#PrisonerSwap #swaps #NATO #COP21Now')).toEqual(['prisoner swap', 'swap', 'nato', 'cop 21 now'])
  })

  test('stand in a row over one space or hyphen, and over nothing else', () => {
    expect(runs('prisoner swap, face-mask  now (at last)\nhere #tag after')).toBe(
      '|prisoner swap|face-mask|now|at last|here tag after',
    )
  })

  test('named like what every object has are words', () => {
    expect(keys('constructor __proto__ toString')).toEqual(['constructor', '__proto__', 'tostring'])
  })
})

/** The same sentences by so many authors each. */
const said = (sentences: string[], authors = 12): Text[] =>
  sentences.flatMap((text) => Array.from({ length: authors }, (_, author) => ({ author, units: unitsOf(text) })))
const phrases = (texts: Text[], topic: string[] = []) =>
  phrasesOf(texts, (key) => topic.includes(key))
    .map(({ key }) => key)
    .sort()

describe('phrases', () => {
  test('are nouns: what follows articles, not what follows pronouns and "to"', () => {
    expect(phrases(said(['the harvest of the valley', 'they harbor us', 'we harbor them', 'to harbor']))).toEqual([
      ...['harvest', 'harvest of the', 'valley'].filter((one) => one !== 'harvest of the'),
    ])
  })

  test('are counted by authors, each once: nine are too few, however often they write', () => {
    expect(phrases(said(['the harvest'], 9))).toEqual([])
    expect(phrases([...said(['the harvest'], 9), ...said(['the harvest'], 9), ...said(['the harvest'], 9)])).toEqual([])
    const [ten] = phrasesOf([...said(['the harvest'], 10), ...said(['the harvests'], 10)], () => false)
    expect(ten).toMatchObject({ key: 'harvest', authors: 10 })
    expect(ten!.rows).toHaveLength(20)
  })

  test('reach over one small word, but begin and end with none', () => {
    const told = phrases(said(['the freedom of speech is ours', 'for the freedom of speech']))
    expect(told).toContain('freedom of speech')
    expect(told.filter((key) => isBare(key.split(' ')[0]!) || isBare(key.split(' ').at(-1)!))).toEqual([])
  })

  test('say more than the topic', () => {
    const texts = said(['the harbour tax', 'the harbour'])
    expect(phrases(texts, ['harbour'])).toEqual(['harbour tax', 'tax'])
    expect(phrases(texts, ['harbour', 'tax'])).toEqual([])
  })

  test('are no verbs that take an object, no bare doing, no mere tag', () => {
    expect(phrases(said(['attending the gala', 'was attending a gala', 'we love the gala']))).toEqual(['gala'])
    expect(phrases(said(['rain is here #auspol', 'the rain #auspol']))).toEqual(['rain'])
  })

  test('never insult, nor fit everything', () => {
    for (const word of ['bastards', 'really', 'thing', 'monday', 'want', 'people', '2024', 'best']) {
      expect(phrases(said([`the ${word}`, `of ${word}`]))).toEqual([])
    }
    for (const word of rude) expect(isBare(word)).toBe(true)
    expect(isWide('harvest')).toBe(false)
  })
})

describe('the spelling shown', () => {
  const spelled = (...texts: string[]) => {
    const all = texts.map((text, author): Text => ({ author, units: unitsOf(text) }))
    return spellingsOf(all, { key: 'prisoner swap', rows: all.map((_, row) => row) })
  }

  test('is what most write', () => {
    expect(
      usual(
        new Map([
          ['NATO', 9],
          ['Nato', 3],
        ]),
      ),
    ).toBe('NATO')
    expect(
      usual(
        new Map([
          ['China', 9],
          ['china', 4],
        ]),
      ),
    ).toBe('China')
  })

  test('is the plural, in small letters, words apart, where nearly as many write so', () => {
    expect(
      usual(
        new Map([
          ['price', 5],
          ['prices', 4],
        ]),
      ),
    ).toBe('prices')
    expect(
      usual(
        new Map([
          ['Price', 5],
          ['price', 4],
        ]),
      ),
    ).toBe('price')
    expect(
      usual(
        new Map([
          ['PrisonerSwap', 9],
          ['prisoner swap', 2],
        ]),
      ),
    ).toBe('prisoner swap')
    expect(
      usual(
        new Map([
          ['PrisonerSwap', 19],
          ['prisoner swap', 2],
        ]),
      ),
    ).toBe('PrisonerSwap')
  })

  test('is found as it stands', () => {
    const found = spelled(
      'a prisoner swap',
      'Prisoner-swaps!',
      '#PrisonerSwap',
      'the prisoners’ swap',
      'prisoner, swap',
    )
    expect([...found.keys()].sort()).toEqual(['Prisoner-swaps', 'PrisonerSwap', 'prisoner swap'])
  })
})
