import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens, planLoads, planRuns } from '../../analyze/batch.ts'

test('every text is in one load, no load of several texts is over budget', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 600 }), { maxLength: 300 }),
      fc.integer({ min: 1, max: 16 }),
      (sizes, workers) => {
        const loads = planLoads(sizes, { budget: 512, workers })
        expect(loads.flat().sort((a, b) => a - b)).toEqual(sizes.map((_, index) => index))
        for (const load of loads) {
          const sum = load.reduce((total, index) => total + sizes[index]!, 0)
          if (load.length > 1) expect(sum).toBeLessThanOrEqual(512)
        }
      },
    ),
    { seed: 4, numRuns: 200 },
  )
})

test('longest first, ties in order', () => {
  expect(planLoads([5, 9, 5, 30], { workers: 1 })).toEqual([[3, 1, 0, 2]])
})

test('a little work is still cut for all workers', () => {
  expect(planLoads(new Array(20).fill(25), { workers: 4 }).length).toBeGreaterThanOrEqual(4)
  expect(planLoads([10, 10], { workers: 4 })).toHaveLength(1)
  expect(planLoads([], { workers: 4 })).toEqual([])
})

test('plans 100,000 texts without recursion or quadratic time', () => {
  const sizes = Array.from({ length: 100_000 }, (_, n) => 4 + (n % 120))
  const start = performance.now()
  expect(planLoads(sizes, { workers: 4 }).flat()).toHaveLength(100_000)
  expect(performance.now() - start).toBeLessThan(2_000)
})

test('estimates tokens from characters, never above what the model reads', () => {
  expect(estimateTokens('', 128)).toBe(2)
  expect(estimateTokens('I really hope that it will go somewhere this time', 128)).toBe(14)
  expect(estimateTokens('x'.repeat(10_000), 128)).toBe(128)
})

test('rows of like length share a run', () => {
  expect(planRuns([5, 5, 5, 5])).toEqual([[0, 1, 2, 3]])
  expect(planRuns([20, 25, 24])).toEqual([[0, 2], [1]])
  expect(planRuns(new Array(20).fill(32)).map(({ length }) => length)).toEqual([8, 8, 4])
})

test('every row is in one run; runs are small, and their rows of like length', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 2, max: 900 }), { maxLength: 300 }), (lengths) => {
      const runs = planRuns(lengths)
      expect(runs.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index))
      for (const run of runs) {
        const some = run.map((index) => lengths[index]!)
        expect(Math.max(...some) - Math.min(...some)).toBeLessThanOrEqual(4)
        if (run.length > 1) expect(run.length * Math.max(...some)).toBeLessThanOrEqual(256)
      }
    }),
    { seed: 4, numRuns: 200 },
  )
})
