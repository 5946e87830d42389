// Whether a word of a name stands for it, on invented posts: a surname by itself, a name that another person has too, a word of
// everyday, a name that people know by its first word; and that it reads no more than it may, whatever the posts hold.
import { describe, expect, test } from 'vitest'
import type { Look } from '../../analyze/look.ts'
import { standingOf } from '../../analyze/standing.ts'
import { post } from './proposing.ts'

const look = (texts: string[]) => ({ posts: texts.map((text, at) => post(`p${at}`, text)) }) as unknown as Look
const times = (count: number, text: string) => Array.from({ length: count }, (_, at) => `${text} ${at}`)

/** Of a name of two words, its last or its first word in some posts. */
function standing(name: string, isLast: boolean, texts: string[]) {
  const word = name
    .toLowerCase()
    .split(' ')
    .at(isLast ? -1 : 0)!
  const posts = [...texts.keys()].filter((at) => texts[at]!.toLowerCase().includes(word))
  const whole = new Set([...texts.keys()].filter((at) => texts[at]!.includes(name)))
  return standingOf(look(texts), { word, isLast, posts, whole })
}

describe('the last word', () => {
  test('of a name that hardly another has', () => {
    const found = standing('Odile Varnac', true, [...times(38, 'Odile Varnac spoke'), ...times(2, 'Go, Varnac!')])
    expect(found).toMatchObject({ known: 1, isUsual: false, isSmall: false })
    expect(found.said).toBeCloseTo(0.95)
    expect(found.meant).toBeCloseTo(1)
  })

  test('by which people know the name', () => {
    const found = standing('Odile Varnac', true, [...times(5, 'Odile Varnac spoke'), ...times(60, 'I like Varnac')])
    expect(found.isUsual).toBe(true)
    expect(found.said).toBeLessThan(0.1)
    expect(found.meant).toBeCloseTo(1)
  })

  test('that others have in their names', () => {
    const found = standing('Odile Varnac', true, [
      ...times(30, 'Odile Varnac spoke'),
      ...times(60, 'Bruno Varnac scored'),
      ...times(30, 'I like Varnac'),
    ])
    expect(found.known).toBeCloseTo(31 / 91)
    expect(found.meant).toBeLessThan(0.4)
  })

  test('that is a word of everyday', () => {
    const found = standing('Mira Stone', true, [...times(10, 'Mira Stone sang'), ...times(60, 'a stone in my shoe')])
    expect(found.isSmall).toBe(true)
    expect(found.meant).toBeLessThan(0.2)
  })

  test('behind a word of every sentence is by itself', () => {
    expect(
      standing('Odile Varnac', true, [...times(4, 'When Varnac spoke'), ...times(4, 'The Varnac papers')]),
    ).toEqual(expect.objectContaining({ known: 1, meant: 1 }))
  })
})

describe('the first word', () => {
  test('by which people know the name', () => {
    const found = standing('Xymo Quent', false, [...times(12, 'Xymo Quent sang'), ...times(90, 'I miss Xymo')])
    expect(found).toMatchObject({ known: 1, isUsual: true })
    expect(found.meant).toBeCloseTo(1)
  })

  test('that other names begin with', () => {
    const found = standing('Xymo Quent', false, [...times(12, 'Xymo Quent sang'), ...times(90, 'Xymo Brannoch ran')])
    expect(found.known).toBeLessThan(0.2)
  })
})

describe('whatever posts hold', () => {
  test('accents, a word without end, nothing', () => {
    expect(standing('Odilé Varnac', false, times(5, 'Odilé sings')).known).toBe(1)
    const odd = ['', 'v'.repeat(100_000), `Varnac${'\u0301'.repeat(9_000)}`, 'Varnac '.repeat(20_000)]
    expect(() => standing('Odile Varnac', true, odd)).not.toThrow()
    const long = Array.from({ length: 300 }, (_, at) => `${'v'.repeat(1_400)} ${at} Varnac`)
    for (const isLast of [true, false]) expect(standing('Varnac Varnac', isLast, long).known).toBe(1)
    expect(standingOf(look([]), { word: 'varnac', isLast: true, posts: [], whole: new Set() }).meant).toBe(0)
  })

  test('only some of many are read, and tell the same', () => {
    const many = [...times(3_000, 'Odile Varnac spoke'), ...times(3_000, 'Bruno Varnac scored')]
    const found = standing('Odile Varnac', true, many)
    expect(found.known).toBeCloseTo(0.5, 1)
    expect(found.said).toBeCloseTo(0.5, 1)
  })
})
