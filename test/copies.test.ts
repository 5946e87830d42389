import { describe, expect, test } from 'vitest'
import { copyKey, coreOf, foldCopy, isPhrase, nearCopies } from '../copies.ts'
import { seeded } from './store/scores.ts'

const call = 'Every seat at the table counts: tell your representative to back the direct talks before Friday.'

describe('copies share a key', () => {
  const same = [
    'EVERY SEAT at the table counts tell your representative to back the direct talks before friday',
    '🚨🚨 Every seat at the table counts: tell your representative to back the direct talks before Friday! https://example.org/a',
    '@some.one.example Every seat at the table counts: tell your #representative to back the direct talks before Friday',
    'Ｅｖｅｒｙ seat at the table counts — tell your representative to back the direct talks before Friday…',
    'www.example.org/x?y=1 Every seat at the table counts:\n\ntell your representative to back the direct talks before Friday',
  ]
  test.each(same)('%s', (text) => {
    expect(copyKey(text)).toBe(copyKey(call))
  })

  test('an apostrophe is spelled in many ways', () => {
    expect(new Set(["Don't give up", 'Don\u2019t give up', 'dont give up'].map((text) => copyKey(text))).size).toBe(1)
  })
})

describe('other texts do not', () => {
  test('one word more is another text', () => {
    expect(copyKey(`${call} Please`)).not.toBe(copyKey(call))
  })

  test('texts without words are copies only of themselves', () => {
    expect(copyKey('😂😂')).toBe(copyKey(' 😂😂 '))
    expect(copyKey('😂😂')).not.toBe(copyKey('🙏'))
    expect(copyKey('https://example.org/a')).not.toBe(copyKey('https://example.org/b'))
    expect(copyKey('')).not.toBe(copyKey('!'))
  })

  test('a mail address is no mention', () => {
    expect(foldCopy('write to us@example.org')).toBe('write to us example org')
  })

  test('other scripts keep their letters and vowel signs', () => {
    expect(foldCopy('Мир, сейчас! 停战 शांति')).toBe('мир сейчас 停战 शांति')
  })
})

test('a mark on no letter is no word', () => {
  expect(foldCopy('sign it now \u270d\ufe0f #Now')).toBe('sign it now now')
  expect(copyKey('sign it now \u2764\ufe0f')).toBe(copyKey('sign it now'))
  expect(copyKey('\u2764\ufe0f\u2764\ufe0f')).not.toBe(copyKey('\ud83d\udd6f\ufe0f'))
  expect(foldCopy('\u0301 cafe\u0301')).toBe('caf\u00e9')
})

describe('what counts of a text', () => {
  test.each([
    [
      '#Talks #Now Back the talks before Friday 🙏 #BackThem #now!! https://example.org/a @some.one.example',
      'back the talks before friday',
    ],
    ['Back the #talks before Friday', 'back the talks before friday'],
    ['(#talks) back the talks', 'back the talks'],
    ['#Talks #Now', 'talks now'],
    ['＃Talks back them', 'back them'],
    ['no tags at all', 'no tags at all'],
    ['', ''],
  ])('%s', (text, core) => expect(coreOf(text)).toBe(core))

  test.each([
    'I agree',
    'yes please',
    'I agree #PeaceTalks',
    '😂😂',
    '',
    'https://example.org/a',
    'this. @some.one.example',
  ])('is a phrase: %j', (text) => expect(isPhrase(text)).toBe(true))
  test.each([call, 'sign the ceasefire in Geneva', '#A #B #C #D #E', '现在就停战吧'])('is a text: %s', (text) =>
    expect(isPhrase(text)).toBe(false),
  )
})

const clusters = (texts: string[]) => new Set(nearCopies(texts)).size

describe('near-copies are one cluster', () => {
  const near = [
    call.replace('Friday', 'Monday'),
    `${call} Share this.`,
    `🚨 ${call} #Talks #BackTheTalks`,
    `${call} Please share this everywhere`,
    call.replace('tell your representative', 'please tell your representative'),
    call.replace('your representative', 'Senator Example'),
    call.replace('Every seat', 'All 14 seats'),
    call.replace('before', 'b4').toUpperCase(),
    `RT @some.one.example: ${call}`,
  ]
  test.each(near)('%s', (text) => expect(clusters([call, text])).toBe(1))

  test('with all variants at once', () => {
    const nrs = nearCopies(['another voice', ...near, call, call])
    expect(nrs[0]).toBe(0)
    expect([...nrs.subarray(1)]).toEqual(Array(near.length + 2).fill(1))
  })
})

describe('what is not one cluster', () => {
  const headline = 'River talks: delegations agree to meet again in Geneva on Friday morning https://example.org/wire/1'
  const apart: [what: string, texts: string[]][] = [
    [
      'opposite messages',
      [
        'Sign the river deal now, it is the best we will get this year',
        'Do not sign the river deal now, it is the best we will get this year',
      ],
    ],
    ['negated otherwise', [call, call.replace('back', 'oppose')]],
    ['phrases', ['I agree', 'I agree with you', 'yes please', 'yes, pleased', 'I disagree']],
    [
      'short texts',
      ['I stand with the people of Rivertown', 'I stand with the people of Hilltown', 'I stand with the people'],
    ],
    [
      'one headline, comments of their own',
      [
        `${headline} my neighbour has family on that side and has not slept`,
        `${headline} I will believe it when the trucks leave`,
        headline,
      ],
    ],
    [
      'a reply to a text',
      [call, 'Every seat counts? My representative backs whatever the ferry company tells him to back before lunch.'],
    ],
    [
      'voices about one subject',
      [
        'The direct talks are the only thing that gives my parents hope this winter, so keep talking',
        'Direct talks again? My parents hoped for them every winter and nothing ever came of the talking',
      ],
    ],
    ['tags and links', ['#A', '#B', 'https://example.org/a', 'https://example.org/b', '😂', '🙏']],
  ]
  test.each(apart)('%s', (_, texts) => expect(clusters(texts)).toBe(texts.length))

  test('a chain of small changes does not join its ends', () => {
    const words = Array.from({ length: 24 }, (_, nr) => `first${nr}`)
    const chain = Array.from({ length: 25 }, (_, step) =>
      words.map((word, nr) => (nr < step ? `last${nr}` : word)).join(' '),
    )
    const nrs = nearCopies(chain)
    expect(nrs[0]).not.toBe(nrs[24])
    expect(new Set(nrs).size).toBeGreaterThan(3)
  })
})

test('the grouping depends neither on the order of texts nor on how often each occurs', () => {
  const random = seeded(5)
  const pick = (list: string[]) => list[Math.floor(random() * list.length)]!
  const pool = [
    call,
    'The bakery on the corner sells the best rye bread in the whole of our quiet town, so be there early',
  ]
  const texts = Array.from({ length: 200 }, (_, nr) =>
    nr % 4
      ? `${pick(pool).replace(pick(['Every', 'town', 'Friday', 'best']), pick(['a', 'b', 'c', 'd']))} ${pick(['#x', '!', 'ok'])}`
      : `voice ${nr}`,
  )
  const groups = (list: string[]) => {
    const nrs = nearCopies(list)
    return texts.map((text) => texts.filter((other) => nrs[list.indexOf(other)] === nrs[list.indexOf(text)]).join('|'))
  }
  const expected = groups(texts)
  expect(groups(texts.toReversed())).toEqual(expected)
  expect(groups([...texts, ...texts].sort())).toEqual(expected)
  expect(nearCopies([])).toHaveLength(0)
})

test('hostile texts take no time', () => {
  const marks = '\u0327\u0301\u0315\u0301'
  const texts = ['@a'.repeat(50_000), 'http://'.repeat(20_000), `a${marks.repeat(25_000)}`, '\ufdfa'.repeat(100_000)]
  texts.push("a'".repeat(50_000), '\ud800'.repeat(100_000), '@a.-'.repeat(30_000))
  for (const text of texts) {
    const start = performance.now()
    copyKey(text)
    nearCopies([text, `${text} #more`])
    expect(performance.now() - start).toBeLessThan(2_000)
  }
})
