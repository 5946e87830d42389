// Whether a sample speaks for its window: what chance would not leave is found, what chance leaves is let be.
import { describe, expect, test } from 'vitest'
import { coversWindow } from '../../store/reach.ts'
import { seeded } from './scores.ts'

const window = (count: number) =>
  Array.from({ length: count }, (_, nr) => ({ post: String(nr).padStart(5, '0'), ms: nr * 1_000 }))
interface Part {
  from?: number
  to?: number
  probability?: number
  seed?: number
}
/** Whether `n` posts drawn from a part of a window of `count`, each with the probability it says, speak for all of it. */
function covers(count: number, n: number, { from = 0, to = count, probability, seed = 1 }: Part = {}): boolean {
  const random = seeded(seed)
  const order = window(count)
    .slice(from, to)
    .map(({ post }) => ({ post, key: random() }))
    .sort((one, other) => one.key - other.key)
  const picked = new Set(order.slice(0, n).map(({ post }) => post))
  const each = probability ?? n / (to - from)
  return coversWindow(window(count), { of: count, drawn: (post) => (picked.has(post) ? each : undefined) })
}
const seeds = Array.from({ length: 1_000 }, (_, seed) => seed)

describe('a sample of all of the window', () => {
  test('speaks for it', () => {
    expect(seeds.every((seed) => covers(400, 60, { seed }))).toBe(true)
  })

  test('also where only a part of it was labelled, in the order of the draw', () => {
    const refused = seeds.filter((seed) => !covers(400, 50, { seed, probability: 0.5 }))
    expect(refused.length).toBeLessThanOrEqual(3)
  })

  test('also where all posts are of one time', () => {
    const posts = window(100).map((one) => ({ ...one, ms: 0 }))
    const drawn = (post: string) => (Number(post) % 2 ? 0.5 : undefined)
    expect(coversWindow(posts, { of: 100, drawn })).toBe(true)
    expect(coversWindow(posts, { of: 100, drawn: (post) => drawn(post) && 1 })).toBe(true)
  })
})

describe('a sample of a part of the window', () => {
  test.each([
    ['a day of a week', { from: 0, to: 100 }],
    ['the middle', { from: 300, to: 500 }],
    ['two thirds', { from: 0, to: 470 }],
  ])('does not speak for it: %s', (_, part) => {
    expect(seeds.slice(0, 200).filter((seed) => covers(700, 60, { ...part, seed }))).toEqual([])
  })

  test('nor does one with a hole in it: the first and the last day of a week', () => {
    const days = (post: string) => (Number(post) % 2 && (Number(post) < 100 || Number(post) >= 600) ? 0.5 : undefined)
    expect(coversWindow(window(700), { of: 700, drawn: days })).toBe(false)
  })

  test('unless its probabilities account for the whole: strata that were drawn thinly', () => {
    const thin = (post: string) => (Number(post) < 300 ? 1 : Number(post) % 200 === 0 ? 0.005 : undefined)
    expect(coversWindow(window(1_100), { of: 1_100, drawn: thin })).toBe(true)
  })
})
