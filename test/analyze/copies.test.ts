import { describe, expect, test } from 'vitest'
import { copyKey, foldCopy, hamming, simHash } from '../../analyze/copies.ts'

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

describe('near-copies are close', () => {
  const near = [
    call.replace('Friday', 'Monday'),
    `${call} Share this.`,
    call.replace('tell your representative', 'please tell your representative'),
  ]
  const others = [
    'My cat has learned to open the fridge and I have mixed feelings about it, to be honest with you all tonight.',
    'Nobody asked for another round of meetings that end with a photograph and a shrug, and yet here we are again.',
    'The bakery on the corner sells the best rye bread in town, but you have to be there before eight in the morning.',
  ]

  test.each(near)('%s', (text) => {
    expect(hamming(simHash(call), simHash(text))).toBeLessThanOrEqual(16)
  })

  test.each(others)('not: %s', (text) => {
    expect(hamming(simHash(call), simHash(text))).toBeGreaterThanOrEqual(20)
  })

  test('copies are equal, and a short text has a fingerprint too', () => {
    expect(simHash(call.toUpperCase())).toBe(simHash(call))
    expect(simHash('no')).not.toBe(simHash('yes'))
    expect(simHash('no')).toBeGreaterThan(0n)
  })

  test('unrelated texts differ in about half of the bits', () => {
    const prints = Array.from({ length: 60 }, (_, n) => simHash(`alpha${n} beta${n * 7} gamma${n * 13} delta${n * 31}`))
    let sum = 0
    let pairs = 0
    for (let a = 0; a < prints.length; a++) {
      for (let b = 0; b < a; b++, pairs++) sum += hamming(prints[a]!, prints[b]!)
    }
    expect(sum / pairs).toBeGreaterThan(30)
    expect(sum / pairs).toBeLessThan(34)
  })
})

test('hamming counts bits', () => {
  expect(hamming(0n, 2n ** 64n - 1n)).toBe(64)
  expect(hamming(0b1011n, 0b0010n)).toBe(2)
})

test('hostile texts take no time', () => {
  const marks = '\u0327\u0301\u0315\u0301'
  const texts = ['@a'.repeat(50_000), 'http://'.repeat(20_000), `a${marks.repeat(25_000)}`, '\ufdfa'.repeat(100_000)]
  texts.push("a'".repeat(50_000), '\ud800'.repeat(100_000), '@a.-'.repeat(30_000))
  for (const text of texts) {
    const start = performance.now()
    copyKey(text)
    simHash(text)
    expect(performance.now() - start).toBeLessThan(2_000)
  }
})
