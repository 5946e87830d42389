// Made-up authors: every row has one, most write once, a few a lot, half are of one mind.
import { expect, test } from 'vitest'
import { crowd, isOneMinded, shuffle, volume } from '../../eval/crowd.ts'
import { random } from '../../eval/metrics.ts'

const labels = Array.from({ length: 400 }, (_, row) => (row % 10 < 3 ? 1 : 0))

test('deals every row to one author, at most a tenth of them to each', () => {
  const authors = crowd(labels, random(1))
  expect(authors.flat().toSorted((a, b) => a - b)).toEqual([...labels.keys()])
  expect(Math.max(...authors.map(({ length }) => length))).toBeLessThanOrEqual(40)
  expect(authors.filter(({ length }) => length === 1).length).toBeGreaterThan(authors.length / 2)
  expect(authors.some(({ length }) => length > 5)).toBe(true)
})

test('half of the authors are of one mind, so that posts of one author agree more often than chance', () => {
  const agreements = (seed: number) => {
    const pairs = crowd(labels, random(seed)).flatMap((rows) =>
      rows.slice(1).map((row) => labels[row] === labels[rows[0]!]),
    )
    return pairs.filter(Boolean).length / pairs.length
  }
  const mean = [1, 2, 3, 4, 5, 6].reduce((sum, seed) => sum + agreements(seed), 0) / 6
  // By chance .7^2 + .3^2 = .58; of one mind in half of the cases (as long as such posts last) .79.
  expect(mean).toBeGreaterThan(0.66)
  expect(mean).toBeLessThan(0.9)
})

test('is the same for the same seed, and another for another', () => {
  expect(crowd(labels, random(1))).toEqual(crowd(labels, random(1)))
  expect(crowd(labels, random(1))).not.toEqual(crowd(labels, random(2)))
})

test('a small pool has authors of one post each', () => {
  expect(crowd([0, 1, 0, 1, 0], random(1)).every(({ length }) => length === 1)).toBe(true)
})

test('volumes follow a Pareto law of exponent 1.5', () => {
  const draw = random(3)
  const volumes = Array.from({ length: 20_000 }, () => volume(draw, 1_000))
  const share = (least: number) => volumes.filter((one) => one >= least).length / volumes.length
  expect(share(2)).toBeCloseTo(2 ** -1.5, 1)
  expect(share(10)).toBeCloseTo(10 ** -1.5, 2)
  expect(volume(() => 0.999999, 7)).toBe(7)
  expect(volume(() => 0, 7)).toBe(1)
})

test('minds and orders are drawn', () => {
  const draw = random(4)
  const minded = Array.from({ length: 2_000 }, () => isOneMinded(draw)).filter(Boolean).length
  expect(minded / 2_000).toBeCloseTo(0.5, 1)
  const order = shuffle([...Array(50).keys()], draw)
  expect(order).not.toEqual([...Array(50).keys()])
  expect(order.toSorted((a, b) => a - b)).toEqual([...Array(50).keys()])
})
