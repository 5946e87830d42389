// Who may be quoted, and that a quotation is the post to the letter.
import { describe, expect, test } from 'vitest'
import { isQuotable, isSure, probability, quoteOf, quotesFrom } from '../../perspectives/quotes.ts'
import { crowd } from './crowd.ts'

const plain = crowd()[0]!
const said = (text: string, more: Partial<typeof plain> = {}) => quoteOf({ ...plain, text, ...more })
const fit = 'The night line brings me home after the late shift.'

describe('a quotation', () => {
  test('is the post without the tags that hang at its end, and always an exact piece of it', () => {
    expect(said(fit)).toBe(fit)
    expect(said(`${fit} #buses #FreeRide 🚌`)).toBe(fit)
    expect(said(`  ${fit}\n`)).toBe(fit)
    const tagged = 'The #buses here are the one thing that still works on Sundays.'
    expect(said(tagged)).toBe(tagged)
  })

  test('is looked for in no time, whatever hangs at its end', () => {
    for (const tail of ['\ufe0f'.repeat(500), ' '.repeat(90_000), ' #a'.repeat(150), '🙂\ufe0f'.repeat(200)]) {
      const quote = said(`${fit} 🙂${tail}x`)
      expect(quote === null || quote.length < 170).toBe(true)
    }
    expect(said(`${fit} 🙂\ufe0f\ufe0f #buses`)).toBe(fit)
    expect(said(`${fit} #buses  #buses`)).toBe(fit)
    expect(said('The night line in our town closed back in the year 2024')).toBe(
      'The night line in our town closed back in the year 2024',
    )
  })

  test('is never a part: what is left out may turn the meaning', () => {
    expect(said(`${fit} ${'It did so for years, until they closed it. '.repeat(4)}`)).toBeNull()
  })

  test.for([
    ['too short', 'Buses are fine.'],
    ['a link', `${fit} https://example.org/x`],
    ['a mention', `@driver.example ${fit}`],
    ['marks of its own', 'The “night line” brings me home after the late shift.'],
    ['a percentage, which would read as one of ours', 'They say 61% of us ride the night line home each week.'],
    ['a line break', 'The night line brings me home.\nEvery single day of the week.'],
    ['hidden characters', 'The night line brings me \u202ehome after the late shift.'],
    ['stacked marks', 'The night line bri\u0301\u0302\u0303ngs me home after the late shift.'],
    ['an answer to something', 'And that is why the night line brings me home late.'],
    ['shouting', 'THE NIGHT LINE BRINGS ME HOME after the late shift.'],
  ])('not with %s', ([, text]) => expect(said(text!)).toBeNull())

  test('not of who asks not to be shown, nor of insult, hate, irony, another language, or what was not read', () => {
    expect(said(fit, { quotable: false })).toBeNull()
    expect(said(fit, { offensive: 0.6 })).toBeNull()
    expect(said(fit, { offensive: null })).toBeNull()
    expect(said(fit, { hate: 0.5 })).toBeNull()
    expect(said(fit, { irony: 0.8 })).toBeNull()
    expect(said(fit, { lang: 'de' })).toBeNull()
    expect(isQuotable({ ...plain, skipped: 'language' })).toBe(false)
  })
})

describe('choosing', () => {
  test('takes the first that can be quoted, one of each author and text', () => {
    const posts = [
      { ...plain, id: '1', text: 'No.', author: 'a', copy: '1' },
      { ...plain, id: '2', text: fit, author: 'b', copy: '2' },
      { ...plain, id: '3', text: `${fit} `, author: 'c', copy: '2' },
      { ...plain, id: '4', text: 'Another word on the night line from the same hand.', author: 'b', copy: '4' },
      { ...plain, id: '5', text: 'The school run is quicker by bus, says my daughter.', author: 'd', copy: '5' },
    ]
    expect(quotesFrom(posts, 2).map(({ post }) => post.id)).toEqual(['2', '5'])
    expect(quotesFrom(posts, 1).length).toBe(1)
  })

  test('a measure’s probability is read from its head, and a label needs a sure one', () => {
    expect(probability(plain, 'sentiment.negative')).toBe(plain.sentiment.negative)
    expect(probability(plain, 'stance.free.favor')).toBe(plain.stance.free!.favor)
    expect(probability(plain, 'emotion.awe')).toBe(0)
    expect(isSure({ ...plain, emotion: { joy: 0.9 } }, 'emotion.joy')).toBe(true)
    expect(isSure({ ...plain, emotion: { joy: 0.5 } }, 'emotion.joy')).toBe(false)
  })
})
