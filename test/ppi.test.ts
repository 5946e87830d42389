// Prediction-powered shares against arithmetic done by hand, and against simulated topics on which the model is wrong.
import { describe, expect, it } from 'vitest'
import { student } from '../estimate.ts'
import { type Audited, leastLabels, predictionPowered } from '../ppi.ts'
import { seeded } from './store/scores.ts'

/** One author a post; the first `labels` of them labelled, half 1 and half 0. */
const balanced = (labels: number, f: (nr: number) => number, posts = labels): Audited[] =>
  Array.from({ length: posts }, (_, nr) => ({
    author: `a${nr}`,
    f: f(nr),
    ...(nr < labels ? { y: nr % 2 } : {}),
  }))

describe('the estimate', () => {
  it('is the mean of the labels where the model says the same of every post', () => {
    const found = predictionPowered(balanced(60, () => 0.9, 500))!
    expect(found.estimate).toBeCloseTo(0.5, 12)
    expect(found.labels).toBe(60)
    // Variance .25 / 60, with the unseen post .25 / 60^2, times 60 / 58; Wilson's odds are half^2 / .25.
    const half = student(58) * Math.sqrt(((0.25 / 60 + 0.25 / 60 ** 2) * 60) / 58)
    const odds = half ** 2 / 0.25
    expect(found.high! - 0.5).toBeCloseTo(Math.sqrt(odds * 0.25 + odds ** 2 / 4) / (1 + odds), 10)
    expect(0.5 - found.low!).toBeCloseTo(found.high! - 0.5, 12)
  })

  it('moves by what the model sees in the posts that nobody labelled', () => {
    // The model is right up to a constant: of 400 posts it holds 3 in 4 of the unlabelled for 1 (.8), the others for .2.
    const posts = balanced(100, (nr) => (nr < 100 ? (nr % 2 ? 0.8 : 0.2) : nr % 4 ? 0.8 : 0.2), 400)
    // Labelled: mean y .5, mean f .5, and y follows f exactly: lambda is cut to 1. Mean f of all: (100 x .5 + 300 x .65) / 400.
    const found = predictionPowered(posts)!
    expect(found.estimate).toBeCloseTo(0.5 + (0.6125 - 0.5), 10)
  })

  it('weighs a label by how unlikely its post was to be asked about', () => {
    const posts = balanced(80, () => 0.5, 300).map((post, nr) => ({ ...post, probability: nr % 2 ? 0.2 : 0.6 }))
    // 40 ones stand for 5 each, 40 zeros for 5 / 3 each.
    expect(predictionPowered(posts)!.estimate).toBeCloseTo(200 / (200 + 200 / 3), 10)
  })

  it('counts posts by their weight in the view', () => {
    const posts = balanced(80, () => 0.5, 300).map((post, nr) => ({ ...post, weight: nr % 2 ? 3 : 1 }))
    expect(predictionPowered(posts)!.estimate).toBeCloseTo(0.75, 10)
  })

  it('is told from 50 labels by 10 authors on', () => {
    expect(predictionPowered(balanced(leastLabels - 1, () => 0.5, 300))).toBeNull()
    expect(predictionPowered(balanced(leastLabels, () => 0.5, 300))).not.toBeNull()
    const few = balanced(90, () => 0.5, 300).map((post, nr) => ({ ...post, author: `a${nr < 90 ? nr % 9 : nr}` }))
    expect(predictionPowered(few)).toBeNull()
  })
})

describe('the interval', () => {
  it('stays within 0 and 1 and away from certainty where all labels agree', () => {
    for (const y of [0, 1]) {
      const found = predictionPowered(balanced(50, () => 0.5, 300).map((p) => (p.y === undefined ? p : { ...p, y })))!
      expect(found.estimate).toBe(y)
      expect(found.low).toBeGreaterThanOrEqual(0)
      expect(found.high).toBeLessThanOrEqual(1)
      expect(found.high! - found.low!).toBeGreaterThan(0.05)
      expect(found.high! - found.low!).toBeLessThan(0.2)
    }
  })

  it('is never sure, even where the model agrees with every label', () => {
    const posts = balanced(50, (nr) => nr % 2, 300)
    const found = predictionPowered(posts)!
    expect(found.estimate).toBeCloseTo(0.5, 12)
    expect(found.high! - found.low!).toBeGreaterThan(0.04)
  })

  it('is wider where few accounts wrote what was labelled', () => {
    const posts = balanced(100, () => 0.5, 400)
    const loud = posts.map((post, nr) => (nr < 100 ? { ...post, author: `a${nr % 2}${nr % 20}` } : post))
    const width = (of: Audited[]) => predictionPowered(of)!.high! - predictionPowered(of)!.low!
    expect(width(loud)).toBeGreaterThan(1.5 * width(posts))
  })

  it('covers whatever the model says, and is narrower where the model knows something', () => {
    for (const labels of [50, 200])
      for (const truth of [0.1, 0.5, 0.9])
        for (const signal of [0, 2]) {
          const { covered, width } = simulate({ labels, truth, signal }, 400)
          expect(covered, `${labels} labels, share ${truth}, signal ${signal}`).toBeGreaterThan(0.915)
          expect(covered).toBeLessThan(0.99)
          if (signal) expect(width).toBeLessThan(0.85)
          else expect(width).toBeLessThan(1.02)
        }
  })
})

interface World {
  labels: number
  truth: number
  /** How far apart the model holds posts that differ; it is off by a constant besides. */
  signal: number
}

/** How often the interval holds the share that posts are drawn from, and its width by that of the labels alone. */
function simulate({ labels, truth, signal }: World, draws: number): { covered: number; width: number } {
  const random = seeded(labels + signal)
  let [covered, width] = [0, 0]
  for (let draw = 0; draw < draws; draw++) {
    const posts = Array.from({ length: 600 }, (_, nr): Audited & { said: number } => {
      const said = random() < truth ? 1 : 0
      const logit = signal * (said - 0.5) * 2 + (random() + random() + random() - 1.5) * 1.6 - 0.7
      return { author: `a${nr}`, f: 1 / (1 + Math.exp(-logit)), said, ...(nr < labels ? { y: said } : {}) }
    })
    const [powered, alone] = [predictionPowered(posts)!, predictionPowered(posts.map((post) => ({ ...post, f: 0.5 })))!]
    if (powered.low! <= truth && truth <= powered.high!) covered++
    width += (powered.high! - powered.low!) / (alone.high! - alone.low!) / draws
  }
  return { covered: covered / draws, width }
}
