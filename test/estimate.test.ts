// Shares and intervals against arithmetic done by hand, and against simulated crowds: 95 % intervals must cover.
import { describe, expect, it } from 'vitest'
import { estimate, leastAuthors, type Sums, student } from '../estimate.ts'
import { seeded } from './store/scores.ts'

/** Sums over authors, each a list of probabilities. */
function sumsOf(authors: number[][]): Sums {
  const sums: Sums = { authors: authors.length, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (const posts of authors) {
    const [a, b] = [posts.reduce((sum, p) => sum + p, 0), posts.length]
    sums.a += a
    sums.b += b
    sums.aa += a * a
    sums.ab += a * b
    sums.bb += b * b
  }
  return sums
}

describe('estimate', () => {
  it('is the mean with the standard error of the mean where every author posts once', () => {
    const values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    const mean = 0.55
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 9 / 10
    const { estimate: share, low, high } = estimate(sumsOf(values.map((x) => [x])), 0)
    expect(share).toBeCloseTo(mean, 12)
    expect(high! - share!).toBeCloseTo(student(9) * Math.sqrt(variance), 10)
    expect(share! - low!).toBeCloseTo(student(9) * Math.sqrt(variance), 10)
  })

  it('adds the model error to the variance, and stays within 0 and 1', () => {
    const same = sumsOf(Array.from({ length: 50 }, () => [0.5]))
    const { low, high } = estimate(same, 0.1)
    expect(high! - low!).toBeCloseTo(2 * 1.959964 * 0.1, 10)
    expect(estimate(sumsOf(Array.from({ length: 50 }, () => [0.99])), 0.1).high).toBe(1)
    expect(estimate(sumsOf(Array.from({ length: 50 }, () => [0.01])), 0.1).low).toBe(0)
  })

  it('adds how far labels scatter about probabilities', () => {
    const sure = sumsOf(Array.from({ length: 50 }, () => [0.5]))
    const { low, high } = estimate({ ...sure, noise: 50 * 0.25 }, 0)
    expect(high! - low!).toBeCloseTo(2 * 1.959964 * Math.sqrt(0.25 / 50), 10)
  })

  it('is wider where few authors post much of it', () => {
    const spread = sumsOf(Array.from({ length: 100 }, (_, nr) => [nr % 2]))
    const loud = sumsOf(Array.from({ length: 20 }, (_, nr) => [nr % 2, nr % 2, nr % 2, nr % 2, nr % 2]))
    const width = (sums: Sums) => estimate(sums, 0).high! - estimate(sums, 0).low!
    expect(estimate(spread, 0).estimate).toBe(estimate(loud, 0).estimate)
    expect(width(loud)).toBeGreaterThan(2 * width(spread))
  })

  it('says nothing about fewer authors than it may', () => {
    const few = Array.from({ length: leastAuthors - 1 }, () => [0.5, 0.5])
    expect(estimate(sumsOf(few), 0)).toEqual({ estimate: null, low: null, high: null })
    expect(estimate(sumsOf([...few, [0.5]]), 0).estimate).toBe(0.5)
    expect(estimate({ authors: 50, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }, 0).estimate).toBeNull()
  })

  it('covers the truth about 95 times in 100, with authors who repeat themselves', () => {
    const random = seeded(7)
    const truth = 0.3
    let covered = 0
    const trials = 1_000
    for (let trial = 0; trial < trials; trial++) {
      const authors = Array.from({ length: 80 }, () => {
        const leaning = random() < truth ? 0.9 : 0.1
        const posts = 1 + Math.floor(random() ** 3 * 12)
        return Array.from({ length: posts }, () => (random() < leaning ? 1 : 0))
      })
      const mean = truth * 0.9 + (1 - truth) * 0.1
      const { low, high } = estimate(sumsOf(authors), 0)
      if (low! <= mean && mean <= high!) covered++
    }
    expect(covered / trials).toBeGreaterThan(0.92)
    expect(covered / trials).toBeLessThan(0.98)
  })
})
