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

  it('is what an author-clustered bootstrap draws, and never narrower than it', () => {
    for (const authors of [10, 30, 200])
      for (const exponent of [Infinity, 2, 1.2])
        for (const seed of [1, 2, 3]) {
          const posts = crowdOf(authors, exponent, seeded(seed))
          const sums = sumsOf(posts)
          const effective = sums.b ** 2 / sums.bb
          const drawn = bootstrap(posts, seeded(seed + 100))
          const { estimate: share, high } = estimate(sums, 0)
          const [half, about] = [high! - share!, `${authors} authors, exponent ${exponent}, seed ${seed}`]
          expect(half, about).toBeGreaterThan(0.94 * drawn.half)
          // Student's t and n / (n - 1) apart, the two are one; 2,000 draws leave the bootstrap's deviation 1.6 % and its quantiles 2 % of error.
          const plain = half / (student(Math.max(1, effective - 1)) / 1.96) / Math.sqrt(effective / (effective - 1))
          if (authors >= 30 && effective > 15) expect(plain / 1.96 / drawn.deviation, about).toBeCloseTo(1, 1)
          if (effective > 50) expect(half / drawn.half, about).toBeLessThan(1.1)
        }
  })

  it('covers with ten authors of whom few write most, where the plain number of authors would not', () => {
    const random = seeded(11)
    let [covered, plainly] = [0, 0]
    const trials = 1_500
    for (let trial = 0; trial < trials; trial++) {
      const sums = sumsOf(crowdOf(10, 1.2, random))
      const { estimate: share, low, high } = estimate(sums, 0)
      const residual = sums.aa - 2 * share! * sums.ab + share! ** 2 * sums.bb
      const plain = (student(9) * Math.sqrt(residual / 0.9)) / sums.b
      if (low! <= crowdMean && crowdMean <= high!) covered++
      if (Math.abs(share! - crowdMean) <= plain) plainly++
    }
    expect(plainly / trials).toBeLessThan(0.9)
    expect(covered / trials).toBeGreaterThan(0.92)
  })
})

const crowdMean = 0.4

/** Authors who differ in what they say and in how much: a Pareto law, at most 60 posts; Infinity: once each. */
function crowdOf(authors: number, exponent: number, random: () => number): number[][] {
  return Array.from({ length: authors }, () => {
    const posts = Number.isFinite(exponent) ? Math.min(60, Math.floor((1 - random()) ** (-1 / exponent))) : 1
    const leaning = 0.2 + 0.4 * random()
    return Array.from({ length: posts }, () => Math.min(1, Math.max(0, leaning + 0.4 * (random() - 0.5))))
  })
}

/** A real one: authors drawn again with all their posts, 2,000 times. */
function bootstrap(authors: number[][], random: () => number): { half: number; deviation: number } {
  const shares = Array.from({ length: 2_000 }, () => {
    const drawn = authors.map(() => authors[Math.floor(random() * authors.length)]!)
    const posts = drawn.flat()
    return posts.reduce((sum, p) => sum + p, 0) / posts.length
  }).sort((a, b) => a - b)
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1))
  return { half: (shares[1_949]! - shares[50]!) / 2, deviation }
}

describe('student', () => {
  it('is the table in every book, from 2 degrees of freedom on', () => {
    const table = { 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 100: 1.984 }
    for (const [freedom, t] of Object.entries(table))
      expect(Math.abs(student(Number(freedom)) / t - 1)).toBeLessThan(0.011)
    expect(student(1)).toBeGreaterThan(10)
    expect(student(1e9)).toBeCloseTo(1.959964, 6)
  })
})
