// Small systems: what is solved solves them, what is not determined is 0.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inverse, solve } from '../../alerts/linear.ts'

/** Symmetric and positive definite: A'A and a little of the identity. */
const system = fc.integer({ min: 1, max: 6 }).chain((size) => {
  const numbers = (length: number) =>
    fc.array(fc.integer({ min: -20, max: 20 }), { minLength: length, maxLength: length })
  return fc.record({ rows: fc.array(numbers(size), { minLength: size, maxLength: size }), x: numbers(size) })
})
const squared = (rows: number[][]) =>
  rows.map((_, i) => rows.map((__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0) + (i === j ? 0.5 : 0)))
const times = (left: number[][], x: number[]) => left.map((row) => row.reduce((sum, one, nr) => sum + one * x[nr]!, 0))

describe('linear equations', () => {
  it('are solved', () => {
    fc.assert(
      fc.property(system, ({ rows, x }) => {
        const left = squared(rows)
        for (const [nr, value] of solve(left, times(left, x)).entries()) expect(value).toBeCloseTo(x[nr]!, 6)
      }),
    )
  })

  it('are solved with a 0 where a pivot would be, and nothing that was given is changed', () => {
    const [left, right] = [
      [
        [0, 2],
        [3, 1],
      ],
      [4, 9],
    ]
    const before = structuredClone({ left, right })
    expect(solve(left, right)).toEqual([7 / 3, 2])
    expect({ left, right }).toEqual(before)
  })

  it('leave an unknown that is not determined at 0', () => {
    const left = [
      [2, 0, 0],
      [0, 0, 0],
      [0, 0, 4],
    ]
    expect(solve(left, [2, 0, 8])).toEqual([1, 0, 2])
    expect(solve([], [])).toEqual([])
  })

  it('have an inverse that undoes them', () => {
    fc.assert(
      fc.property(system, ({ rows, x }) => {
        const left = squared(rows)
        for (const [nr, value] of times(inverse(left), times(left, x)).entries()) expect(value).toBeCloseTo(x[nr]!, 6)
      }),
    )
  })
})
