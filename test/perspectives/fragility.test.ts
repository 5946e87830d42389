// How many accounts a wording hangs on, against trying every set of them.
import { describe, expect, test } from 'vitest'
import type { Estimate } from '../../answers.ts'
import { estimate } from '../../estimate.ts'
import { fragilityOf, voicesOf } from '../../perspectives/fragility.ts'
import { everyRow, tableOf } from '../../perspectives/shares.ts'
import { allows } from '../../perspectives/words.ts'
import { crowd, modelError } from './crowd.ts'

const voice = (a: number, b = 1) => ({ a, b, noise: 0 })
const isMost = (share: Estimate) => allows('most', share)

describe('fragility', () => {
  test('is how many of the most telling accounts must leave before the word fails', () => {
    const voices = [...Array.from({ length: 20 }, () => voice(1)), ...Array.from({ length: 6 }, () => voice(0))]
    const least = fragilityOf({ voices, error: 0 }, isMost)
    expect(least).toBeGreaterThan(0)
    expect(holdsWithout(voices, least - 1)).toBe(true)
    expect(holdsWithout(voices, least)).toBe(false)
  })

  test('of a word that does not hold is 0; below k authors nothing holds', () => {
    const even = Array.from({ length: 30 }, (_, nr) => voice(nr % 2))
    expect(fragilityOf({ voices: even, error: 0 }, isMost)).toBe(0)
    expect(fragilityOf({ voices: even.slice(0, 9), error: 0 }, () => true)).toBe(0)
    expect(fragilityOf({ voices: even, error: 0 }, ({ estimate: share }) => share !== null)).toBe(21)
  })

  test('one loud account can be all it hangs on', () => {
    const voices = [voice(60, 60), ...Array.from({ length: 40 }, (_, nr) => voice(nr % 2))]
    const isOverHalf = ({ estimate: share }: Estimate) => (share ?? 0) > 0.6
    expect(fragilityOf({ voices, error: 0 }, isOverHalf)).toBe(1)
  })

  test('voices are one an author, with the model’s error of their measure', () => {
    const table = tableOf(crowd(), modelError)
    const { voices, error } = voicesOf(table, { measure: 'sentiment.negative', rows: everyRow(table) })
    expect(voices.length).toBe(table.authors)
    expect(voices.reduce((sum, { b }) => sum + b, 0)).toBe(table.posts.length)
    expect(error).toBe(0.04)
    const plain = voicesOf(table, { measure: 'theme.x', rows: everyRow(table), value: () => 1 })
    expect(plain.error).toBe(0)
    expect(plain.voices.every(({ a, b, noise }) => a === b && noise === 0)).toBe(true)
  })
})

/** Leaving out the `count` voices that say yes first: with equal voices no other choice is worse. */
function holdsWithout(voices: { a: number; b: number }[], count: number): boolean {
  const left = voices.toSorted((x, y) => y.a - x.a).slice(count)
  const sum = (of: (voice: { a: number; b: number }) => number) => left.reduce((total, one) => total + of(one), 0)
  const sums = {
    a: sum(({ a }) => a),
    b: sum(({ b }) => b),
    aa: sum(({ a }) => a * a),
    ab: sum(({ a, b }) => a * b),
    bb: sum(({ b }) => b * b),
  }
  return isMost(estimate({ authors: left.length, noise: 0, ...sums }, 0))
}
