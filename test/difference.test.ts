// The difference of two shares: its interval, when it is certain, and its words.
import { expect, test } from 'vitest'
import type { Estimate } from '../answers.ts'
import { changeInWords, differenceOf, isCertain } from '../difference.ts'

const share = (estimate: number, half: number) => ({
  estimate,
  low: Math.max(0, estimate - half),
  high: Math.min(1, estimate + half),
})
const error = { share: { negative: 0.05 }, difference: { negative: 0.02 } }
const about = { label: 'negative', error }

test('the sampling variances add up, and the error of differences replaces that of shares', () => {
  // Half-widths of .1: variance (.1/1.96)^2 - .05^2 = .000103 on each side; with .02^2: 1.96 * sqrt(.000606) = .0482.
  const found = differenceOf(share(0.4, 0.1), share(0.5, 0.1), about)!
  expect(found.estimate).toBeCloseTo(0.1)
  expect(found.high! - found.estimate!).toBeCloseTo(0.0482, 3)
  expect(found.estimate! - found.low!).toBeCloseTo(0.0482, 3)
})

test('a side that people labelled holds no model error, and leaves the other side with its own', () => {
  const labelled = (estimate: number, half: number) => ({ ...share(estimate, half), labels: 80 })
  const half = (before: Estimate, after: Estimate) => {
    const found = differenceOf(before, after, about)!
    return found.high! - found.estimate!
  }
  // Both: the two intervals' own variances, .1^2 + .1^2, and nothing else.
  expect(half(labelled(0.4, 0.1), labelled(0.5, 0.1))).toBeCloseTo(Math.sqrt(0.02), 6)
  // One: the same again, because the other side's .05^2 is taken off as sampling and put back as model error.
  expect(half(labelled(0.4, 0.1), share(0.5, 0.1))).toBeCloseTo(Math.sqrt(0.02), 6)
  expect(half(share(0.4, 0.1), labelled(0.5, 0.1))).toBeCloseTo(Math.sqrt(0.02), 6)
  expect(half(share(0.4, 0.1), share(0.5, 0.1))).toBeLessThan(half(labelled(0.4, 0.1), labelled(0.5, 0.1)))
})

test('an interval cut at 0 or 1 counts by its wider side', () => {
  const cut = differenceOf(share(0.02, 0.1), share(0.5, 0.1), about)!
  const whole = differenceOf(share(0.4, 0.1), share(0.88, 0.1), about)!
  expect(cut.high! - cut.low!).toBeCloseTo(whole.high! - whole.low!)
})

test('without both estimates there is no difference', () => {
  const nothing = { estimate: null, low: null, high: null }
  expect(differenceOf(nothing, share(0.5, 0.1), about)).toBeNull()
  expect(differenceOf(share(0.5, 0.1), undefined, about)).toBeNull()
})

test('certain means half a point away from no change, on either side', () => {
  expect(isCertain({ estimate: 0.1, low: 0.005, high: 0.2 })).toBe(true)
  expect(isCertain({ estimate: -0.1, low: -0.2, high: -0.005 })).toBe(true)
  expect(isCertain({ estimate: 0.1, low: 0.004, high: 0.2 })).toBe(false)
  expect(isCertain({ estimate: 0.1, low: -0.1, high: 0.2 })).toBe(false)
  expect(isCertain({ estimate: null, low: null, high: null })).toBe(false)
})

test('words give the size and the range in points, the smaller bound first', () => {
  expect(changeInWords({ estimate: 0.12, low: 0.08, high: 0.16 })).toBe('rose by 12 points (8–16)')
  expect(changeInWords({ estimate: -0.11, low: -0.17, high: -0.05 })).toBe('fell by 11 points (5–17)')
})
