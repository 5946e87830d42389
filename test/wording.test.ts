// Near-copies by example: what is one message, what are two, whatever else is in the window; and MinHash by its numbers.
import { describe, expect, test } from 'vitest'
import { foldCopy } from '../copies.ts'
import { turningWords } from '../turning.ts'
import { join, wordingOf, wordsIn } from '../wording.ts'
import { seeded } from './store/scores.ts'

const wordingsOf = (texts: string[]) => texts.map((text) => wordingOf(foldCopy(text)))
const together = (a: string, b: string) => {
  const [x, y] = join(wordingsOf([a, b]))
  return x === y
}

describe('words as numbers', () => {
  test('the same word is the same number wherever it stands, and order is kept', () => {
    const [a, b, c, d] = wordsIn('sign the deal sign')
    expect(a).toBe(d)
    expect(new Set([a, b, c]).size).toBe(3)
    expect(wordsIn('deal sign')[0]).toBe(c)
    expect(wordsIn('')).toHaveLength(0)
  })

  test('where a script writes no spaces every sign is a word', () => {
    expect(wordsIn('停战现在')).toHaveLength(4)
    expect(wordsIn('sign 停战 now')).toHaveLength(4)
    expect(wordsIn('停战')[0]).toBe(wordsIn('sign停')[1])
    expect(wordsIn('หยุดยิง')).toHaveLength(7)
    expect(wordsIn('мир сейчас')).toHaveLength(2)
  })

  test('a long text is judged by its beginning', () => {
    const words = Array.from({ length: 1_000 }, (_, nr) => `word${nr}`).join(' ')
    expect(wordsIn(words).length).toBeLessThan(200)
    expect(wordsIn('停'.repeat(1_000)).length).toBeLessThan(200)
  })

  test('says where a message turns, and a short one has no near-copies', () => {
    expect(wordingOf('please do not sign the ceasefire in geneva today').turning).toEqual([2])
    expect(wordingOf('please sign the ceasefire in geneva today friends').turning).toEqual([])
    expect(wordingOf('do not sign it').pairs).toHaveLength(0)
  })
})

describe('words that turn a message', () => {
  test('are written as folded texts write them', () => {
    for (const word of turningWords) expect(foldCopy(word)).toBe(word)
    expect(turningWords.every((word) => word.length > 0 && !word.includes(' '))).toBe(true)
  })

  const call = 'All of us who live along this river ask the council to approve the new bridge before the summer'
  const turned = [
    call.replace('to approve', 'not to approve'),
    call.replace('to approve', 'never to approve'),
    call.replace('approve', 'reject'),
    call.replace('approve', 'stop'),
    `${call}? No`,
    call.replace('All', 'None'),
    call.replace('ask', "don't ask"),
  ]
  test.each(turned)('%s', (text) => expect(together(call, text)).toBe(false))

  test.each([
    ['Wir bitten den Rat der Stadt die neue Brücke vor dem Sommer zu bauen', 'die neue', 'nicht die neue'],
    [
      'Nous demandons au conseil de la ville de construire le nouveau pont avant cet été',
      'de construire',
      'de ne pas construire',
    ],
    [
      'Pedimos al ayuntamiento de la ciudad que construya el nuevo puente antes del verano',
      'que construya',
      'que no construya',
    ],
    ['Мы просим городской совет построить новый мост через реку ещё до начала этого лета', 'построить', 'не построить'],
    ['我们请求市政府在夏天之前批准修建这座新的大桥', '批准', '不批准'],
  ])('%s', (text, from, to) => {
    expect(together(text, text.replace(from, to))).toBe(false)
    expect(together(text, `${text}!`)).toBe(true)
  })

  test('may stand elsewhere only as far as words differ', () => {
    const first = 'Do not sign the river deal this week, please back the bridge plan and sign it on Friday instead'
    const other = 'Sign the river deal this week, please do not back the bridge plan and sign it on Friday instead'
    expect(together(first, other)).toBe(false)
    expect(together(first, `Friends, neighbours: ${first}`)).toBe(true)
  })
})

describe('order', () => {
  test('the same words in another order are another text', () => {
    const a = 'the council wants the company to pay the people of the valley for the broken bridge'
    const b = 'the people of the valley for the broken bridge wants the council to pay the company'
    expect(together(a, b)).toBe(false)
  })

  test('of three variants the one that both others are near leads', () => {
    const middle = 'every seat at the long table counts so tell your member to back the talks before Friday'
    const left = middle.replace('every seat', 'each chair').replace('Friday', 'Monday')
    const right = middle.replace('long table', 'big desk').replace('talks', 'meeting')
    for (const texts of [
      [left, middle, right],
      [right, left, middle],
    ])
      expect(new Set(join(wordingsOf(texts))).size).toBe(1)
    expect(together(left, right)).toBe(false)
  })
})

describe('MinHash', () => {
  test('finds nearly all that a comparison of each with each would find', () => {
    const random = seeded(11)
    const word = (prefix: string) => `${prefix}${Math.floor(random() * 400)}`
    const originals = Array.from({ length: 60 }, () => Array.from({ length: 24 }, () => word('w')))
    const texts = originals.flatMap((words) => [words, ...Array.from({ length: 4 }, () => changed(words, random))])
    const leaders = join(texts.map((words) => wordingOf(words.join(' '))))
    const found = leaders.filter((leader, nr) => Math.floor(leader / 5) === Math.floor(nr / 5))
    // No stranger, and hardly any variant (two words in 24 differ) that stays alone.
    expect(found).toHaveLength(texts.length)
    expect(new Set(leaders).size).toBeLessThan(60 * 1.25)
  })

  test('texts that share half of their words are strangers, however many', () => {
    const half = Array.from({ length: 30 }, (_, nr) => `same${nr}`)
    const texts = Array.from({ length: 1_500 }, (_, nr) => [
      ...half,
      ...Array.from({ length: 30 }, (_, at) => `own${nr}x${at}`),
    ])
    const leaders = join(texts.map((words) => wordingOf(words.join(' '))))
    expect(new Set(leaders).size).toBe(texts.length)
  })
})

/** Two words of it are others. */
function changed(words: string[], random: () => number): string[] {
  const copy = [...words]
  for (const _ of [1, 2]) copy[Math.floor(random() * copy.length)] = `new${Math.floor(random() * 400)}`
  return copy
}
