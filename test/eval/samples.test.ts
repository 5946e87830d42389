// Coverage over pools whose truth is known by construction: a right model is covered, a biased one only by a wider term.
import { describe, expect, test } from 'vitest'
import { random } from '../../eval/metrics.ts'
import type { Head } from '../../eval/pools.ts'
import { coverageOf, scoreOf, sizes, sumsOver } from '../../eval/samples.ts'

interface World {
  bias?: number
  term?: number
  /** Largest distance of a pool's share from .5. */
  spread?: number
  posts?: number
  pools?: number
}

/** One label; the model knows each post's chance, off by `bias` in a direction of the pool's own. */
function headOf({ bias = 0, term = 0.02, spread = 0.3, posts = 120, pools = 40 }: World): Head {
  const draw = random(7)
  const [p, truth, topics]: [number[][], number[][], number[][]] = [[], [], []]
  for (let pool = 0; pool < pools; pool++) {
    const share = 0.5 + spread * (2 * draw() - 1)
    const off = pool % 2 ? bias : -bias
    const rows: number[] = []
    for (let nr = 0; nr < posts; nr++) {
      const chance = Math.min(1, Math.max(0, share + 0.3 * (draw() - 0.5)))
      rows.push(p.push([Math.min(1, Math.max(0, chance + off)), 0]) - 1)
      truth.push(draw() < chance ? [1, 0] : [0, 1])
    }
    topics.push(rows)
  }
  const set = { name: 'made up', labels: ['yes'], p, truth, checks: [{ topics, terms: [term] }] }
  return { name: 'sentiment', sets: [set], folds: false }
}

describe('coverage', () => {
  test('of a model that is right is what it should be, at every size', () => {
    const found = coverageOf(headOf({}))
    expect(found.map(({ n }) => n)).toEqual(sizes)
    for (const { covered, pools, score, refused } of found) {
      expect(pools).toBe(40)
      expect(covered.value).toBeGreaterThan(0.92)
      expect(covered.low).toBeLessThanOrEqual(covered.value)
      expect(score.value).toBeLessThan(1)
      expect(refused).toBeLessThan(10) // of 40 draws of 40 pools
    }
  })

  test('pools that hold fewer posts are taken whole, and it is said', () => {
    expect(coverageOf(headOf({})).map(({ posts }) => posts)).toEqual([50, 100, 120, 120, 120])
  })

  test('a biased model is not covered by a term that knows nothing of it, and is by one that does', () => {
    const [blind, told] = [0.02, 0.2].map((term) => coverageOf(headOf({ bias: 0.2, term })).at(-1)!)
    expect(blind!.covered.value).toBeLessThan(0.5)
    expect(told!.covered.value).toBeGreaterThan(0.9)
    expect(told!.half).toBeGreaterThan(blind!.half)
  })

  test('where all pools are alike, not reading them is better than a wide term', () => {
    expect(coverageOf(headOf({ spread: 0.01, term: 0.2 })).at(-1)!.score.value).toBeGreaterThan(1)
  })

  test('several sets are told one by one besides', () => {
    const [one, other] = [headOf({}), headOf({ pools: 30 })]
    const both = coverageOf({ ...one, sets: [one.sets[0]!, { ...other.sets[0]!, name: 'others' }] })
    expect([...new Set(both.map(({ what }) => what))]).toEqual(['sentiment', 'sentiment, made up', 'sentiment, others'])
    expect(both[0]!.pools).toBe(70)
  })

  test('too few authors are refused and counted', () => {
    const found = coverageOf(headOf({ posts: 8, pools: 3 }))
    expect(found.every(({ refused }) => refused === 3)).toBe(true)
    expect(found[0]!.covered.value).toBeNaN()
  })
})

test('an interval that misses is punished by forty times the miss', () => {
  expect(scoreOf({ low: 0.2, high: 0.4 }, 0.3)).toBeCloseTo(0.2)
  expect(scoreOf({ low: 0.2, high: 0.4 }, 0.45)).toBeCloseTo(0.2 + 40 * 0.05)
  expect(scoreOf({ low: 0.2, high: 0.4 }, 0.1)).toBeCloseTo(0.2 + 40 * 0.1)
})

test('sums are those of the store: over posts, and over authors squared', () => {
  const p = [0.1, 0.2, 0.5]
  const sums = sumsOver([[0, 1], [2]], (row) => p[row]!)
  expect(sums).toMatchObject({ authors: 2, b: 3, bb: 5 })
  expect(sums.a).toBeCloseTo(0.8)
  expect(sums.aa).toBeCloseTo(0.3 ** 2 + 0.5 ** 2)
  expect(sums.ab).toBeCloseTo(0.3 * 2 + 0.5)
  expect(sums.noise).toBeCloseTo(0.09 + 0.16 + 0.25)
})
