// Audits of populations put together so that their share is known; the model is made up, from useless to nearly right.
import { describe, expect, test } from 'vitest'
import { auditsOf, type Class, classesOf, explainedBy, labelCounts, shares } from '../../eval/audits.ts'
import { random } from '../../eval/metrics.ts'

/** `signal`: how much of a post's probability follows its label. */
function classOf(signal: number): Class {
  const draw = random(5)
  const is = Array.from({ length: 2_000 }, (_, row) => row % 4 === 0)
  return { name: 'made up', is, p: is.map((yes) => (1 - signal) * draw() + signal * Number(yes)) }
}

describe('an audit', () => {
  test('has a cell for every share and number of labels', () => {
    const found = auditsOf(classOf(0.5), 2)
    expect(found.map(({ share, labels }) => [share, labels])).toEqual(
      shares.flatMap((share) => labelCounts.map((labels) => [share, labels])),
    )
    expect(found.every(({ draws }) => draws === 2)).toBe(true)
  })

  test('covers about 95 times in 100 whatever the model says, and is narrower where it says something', () => {
    for (const signal of [0, 0.4]) {
      const found = auditsOf(classOf(signal), 40)
      const mean = (of: 'covered' | 'coveredAlone' | 'width') =>
        found.reduce((sum, one) => sum + one[of], 0) / found.length
      for (const of of ['covered', 'coveredAlone'] as const) {
        expect(mean(of), `${of}, signal ${signal}`).toBeGreaterThan(0.93)
        expect(mean(of)).toBeLessThan(0.99)
      }
      if (signal) expect(mean('width')).toBeLessThan(0.9)
      else expect(mean('width')).toBeGreaterThan(0.97)
    }
  })

  test('is the same again', () => {
    expect(auditsOf(classOf(0.2), 3)).toEqual(auditsOf(classOf(0.2), 3))
  })
})

describe('the variance explained', () => {
  test('is 0 of a model that says one thing, 1 of one that is right', () => {
    const { is } = classOf(0)
    expect(explainedBy({ name: '', is, p: is.map(() => 0.3) }, 0.5)).toBe(0)
    expect(explainedBy({ name: '', is, p: is.map(Number) }, 0.5)).toBeCloseTo(1, 12)
  })

  test('is the squared correlation where each kind counts by its share', () => {
    // In the class .9 or .5, outside .5 or .1: means .7 and .3, spread .04 in both; at .5: .25 x .16 / (.25 x .16 + .04).
    const is = [true, true, false, false]
    expect(explainedBy({ name: '', is, p: [0.9, 0.5, 0.5, 0.1] }, 0.5)).toBeCloseTo(0.5, 12)
    expect(explainedBy({ name: '', is, p: [0.9, 0.5, 0.5, 0.1] }, 0.1)).toBeCloseTo(0.0144 / 0.0544, 12)
  })
})

test('classes are one of each head that has posts of both kinds; of stance those of the pools only', () => {
  const set = (labels: string[], truth: number[][]) => ({
    ...{ name: '', labels, truth, p: truth.map((row) => row.map((x) => 0.1 + 0.8 * x)) },
    checks: [{ topics: [[0, 1]], terms: [] }],
  })
  const both = [
    [1, 0],
    [0, 1],
    [0, 1],
  ]
  const found = classesOf([
    { name: 'sentiment', folds: false, sets: [set(['negative', 'positive'], both)] },
    { name: 'emotion', folds: false, sets: [set(['anger', 'grief'], both)] },
    { name: 'stance', folds: true, sets: [set(['against', 'favor'], both)] },
  ])
  expect(found).toEqual([
    { name: 'sentiment, negative', is: [true, false, false], p: [0.9, 0.1, 0.1] },
    { name: 'stance, favor', is: [false, true], p: [0.1, 0.9] },
  ])
})
