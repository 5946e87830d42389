import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildVocabulary,
  findTerm,
  type Stretch,
  startAt,
  stretchTo,
  type Vocabulary,
} from '../../analyze/vocabulary.ts'

const unitsOf = (text: string) => Uint16Array.from(text, (_, i) => text.charCodeAt(i))
const stretchOf = (text: string): Stretch => {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  return stretchTo(startAt({ units, start: 0, end: 0, hash: 0 }, 0), text.length)
}
const find = (within: Vocabulary, text: string) => findTerm(within, stretchOf(text))
const vocabularyOf = (terms: string[]) => buildVocabulary(new Map(terms.map((term, i) => [term, i + 100])))

describe('a vocabulary', () => {
  it('finds the terms it was built of, and nothing else', () => {
    const terms = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 200 })
    fc.assert(
      fc.property(terms, fc.array(fc.string({ unit: 'binary', maxLength: 12 })), (own, others) => {
        const within = vocabularyOf(own)
        for (const [i, term] of own.entries()) expect(find(within, term)).toBe(i + 100)
        for (const other of others) if (!own.includes(other)) expect(find(within, other)).toBe(-1)
      }),
      { numRuns: 300, seed: 4 },
    )
  })

  it('is not fooled by two terms with one hash', () => {
    const byHash = new Map<number, string>()
    const twins: [string, string][] = []
    for (let i = 0; twins.length === 0 && i < 2_000_000; i++) {
      const text = (i * 7919).toString(36).padStart(6, 'q')
      const { hash } = stretchOf(text)
      const twin = byHash.get(hash)
      if (twin !== undefined && twin !== text) twins.push([twin, text])
      byHash.set(hash, text)
    }
    const [one, other] = twins[0]!
    expect(stretchOf(one).hash).toBe(stretchOf(other).hash)
    expect(find(vocabularyOf([one]), other)).toBe(-1)
    expect(find(vocabularyOf([one, other]), one)).toBe(100)
    expect(find(vocabularyOf([one, other]), other)).toBe(101)
  })

  it('looks up a stretch inside a longer text, a step at a time', () => {
    const within = vocabularyOf(['pro', 'protest'])
    const stretch: Stretch = { units: unitsOf('a protest b'), start: 0, end: 0, hash: 0 }
    startAt(stretch, 2)
    expect(findTerm(within, stretchTo(stretch, 5))).toBe(100)
    expect(findTerm(within, stretchTo(stretch, 8))).toBe(-1)
    expect(findTerm(within, stretchTo(stretch, 9))).toBe(101)
    expect(within.lengths[3]).toBe(1)
    expect(within.lengths[4]).toBe(0)
  })

  it('may be empty', () => expect(find(vocabularyOf([]), 'a')).toBe(-1))
})
