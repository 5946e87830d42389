// What moved in a topic: the share that matters, how often its past moved as much, and the order of the start page, on
// pulses drawn from a seed and computed a second time here by plain loops; and the words for it.
import { describe, expect, test } from 'vitest'
import type { Estimate, PulseStep } from '../../answers.ts'
import { changeOfShare, oftenInWords, volumeInWords } from '../../dashboards/card.ts'
import { isKnown, movementOf, pulseDays, type Volume } from '../../dashboards/movement.ts'
import type { ModelErrors, Topic } from '../../types.ts'
import { seeded } from '../store/scores.ts'

const error = { share: {}, difference: {} }
const errors: ModelErrors = { sentiment: error, emotion: error, stance: error }
const share = (estimate: number, half = 0.03): Estimate => ({ estimate, low: estimate - half, high: estimate + half })
const none: Estimate = { estimate: null, low: null, high: null }
const step = (posts: number, shares: Record<string, Estimate> = {}, gap = false): PulseStep => ({
  ...{ posts, volume: posts, authors: posts, gap, shares },
})
const tone = (negative: number, positive = 0.1) => ({
  ...{ 'sentiment.negative': share(negative), 'sentiment.positive': share(positive) },
})
const topic: Topic = {
  ...{
    id: 't',
    name: 'T',
    query: 'a',
    public: false,
    tags: [],
    version: 1,
    at: '2026-11-22T00:00:00.000Z',
    origin: 'user',
  },
  targets: [{ id: 'a.b', text: 'a truce now' }],
}
const steady = (posts: number, shares = {}) => Array.from({ length: pulseDays }, () => step(posts, shares))
const moveOf = (steps: PulseStep[]) => movementOf({ steps }, errors)

describe('how often the past moved as much', () => {
  test.each([1, 2, 3, 4, 5])('is what plain loops count, seed %i', (seed) => {
    const random = seeded(seed)
    const steps = Array.from({ length: pulseDays }, () =>
      step(
        Math.floor(40 + 200 * random()),
        random() < 0.2 ? { 'sentiment.negative': none } : tone(random()),
        random() < 0.15,
      ),
    )
    steps[0] = step(400, tone(0.95))
    steps[1] = step(100, tone(0.2))
    const { volume, telling } = moveOf(steps)
    let [ofVolume, times, ofShare, timesShare] = [0, 0, 0, 0]
    for (let day = 1; day + 1 < steps.length; day++) {
      const [one, before] = [steps[day]!, steps[day + 1]!]
      if (!one.gap && !before.gap) {
        ofVolume++
        const factor = (one.posts + 0.5) / (before.posts + 0.5)
        if (Math.max(factor, 1 / factor) >= 400.5 / 100.5) times++
      }
      const [a, b] = [one, before].map(({ shares }) => shares['sentiment.negative']!.estimate)
      if (a == null || b == null) continue
      ofShare++
      if (Math.abs(a - b) >= 0.75) timesShare++
    }
    expect(volume.often).toEqual({ times, of: ofVolume })
    expect(telling).toMatchObject({
      measure: 'sentiment.negative',
      why: 'moved',
      often: { times: timesShare, of: ofShare },
    })
    expect(ofVolume).toBeLessThan(27)
  })

  test('a whole past has 27 moves, and the last move is none of them', () => {
    const steps = [step(1_000), ...steady(100).slice(1)]
    expect(moveOf(steps).volume).toMatchObject({ moved: true, often: { times: 0, of: 27 } })
  })

  test('the day on which a topic begins is no day to compare with, and days before it are none', () => {
    const begun = (days: number) => [
      ...Array.from({ length: days }, () => step(100)),
      step(7),
      ...steady(0).slice(days + 1),
    ]
    expect(moveOf(begun(9)).volume).toMatchObject({ lacks: null, often: { of: 7 } })
    expect(isKnown(moveOf(begun(9)).volume.often)).toBe(true)
    expect(isKnown(moveOf(begun(8)).volume.often)).toBe(false)
    expect(moveOf(begun(1)).volume.lacks).toBe('past')
    expect(moveOf([step(100), ...steady(0).slice(1)]).volume.lacks).toBe('past')
  })

  test('a quiet day in between is a day, a gap is none', () => {
    const steps = steady(100)
    steps[5] = step(0)
    steps[9] = step(100, {}, true)
    const { often } = moveOf([step(300), ...steps.slice(1)]).volume
    expect(often).toEqual({ times: 2, of: 25 })
    expect(moveOf([step(300, {}, true), ...steps.slice(1)]).volume).toMatchObject({ lacks: 'gap', moved: false })
  })
})

describe('the share that matters', () => {
  const stance = (favor: number, against: number) => ({
    ...{ 'stance.a.b.favor': share(favor), 'stance.a.b.against': share(against) },
  })
  test.each([
    [
      'the farthest beyond its interval',
      [
        { ...tone(0.5), ...stance(0.4, 0.3) },
        { ...tone(0.4), ...stance(0.2, 0.3) },
      ],
      'stance.a.b.favor',
      'moved',
    ],
    [
      'a wide interval moves less',
      [
        { ...tone(0.5), 'stance.a.b.favor': share(0.5, 0.2) },
        { ...tone(0.4), 'stance.a.b.favor': share(0.2, 0.2) },
      ],
      'sentiment.negative',
      'moved',
    ],
    [
      'none for certain: the largest that is ahead',
      [
        { ...tone(0.41), ...stance(0.5, 0.48) },
        { ...tone(0.4), ...stance(0.5, 0.48) },
      ],
      'sentiment.negative',
      'ahead',
    ],
    ['none ahead: the largest', [{ ...tone(0.3, 0.29), ...stance(0.5, 0.48) }, {}], 'stance.a.b.favor', 'largest'],
  ])('%s', (_, [now, before], measure, why) => {
    expect(moveOf([step(100, now), step(100, before)]).telling).toMatchObject({ measure, why })
  })

  test('without voices there is none', () => {
    expect(moveOf([step(5, { 'sentiment.negative': none }), step(100, tone(0.2))]).telling).toBeNull()
    expect(moveOf([step(90, tone(0.2)), step(5, { 'sentiment.negative': none })]).telling).toMatchObject({
      change: null,
      why: 'ahead',
    })
  })
})

describe('the order', () => {
  const rank = (steps: PulseStep[]) => moveOf(steps).rank
  test('what moved comes before what did not, a large move before a small one, a rare one before an ordinary one', () => {
    const restless = steady(100).map((_, day) => step(day % 2 ? 100 : 400))
    const order = [
      [step(400), ...steady(100).slice(1)],
      [step(200), ...steady(100).slice(1)],
      restless,
      steady(100),
    ].map(rank)
    expect(order).toEqual(order.toSorted((a, b) => b - a))
    expect(new Set(order).size).toBe(4)
    expect(order[3]).toBe(0)
  })

  test('a share that moved far counts without any volume', () => {
    expect(rank([step(100, tone(0.7)), ...steady(100, tone(0.3)).slice(1)])).toBeGreaterThan(1)
    expect(rank([step(100, tone(0.31)), ...steady(100, tone(0.3)).slice(1)])).toBe(0)
  })
})

describe('in words', () => {
  const often = { times: 3, of: 27 }
  const volume = (more: Partial<Volume>): Volume => ({
    posts: 216,
    before: 120,
    lacks: null,
    moved: true,
    often,
    ...more,
  })
  test.each([
    [
      {},
      'Volume: 1.8 times the posts of the day before (216 against 120); a move this large: on 3 of 27 earlier days.',
    ],
    [
      { posts: 150 },
      'Volume: more posts than the day before (150 against 120); a move this large: on 3 of 27 earlier days.',
    ],
    [
      { posts: 20, often: { times: 0, of: 9 } },
      'Volume: fewer posts than the day before (20 against 120); a move this large: on none of 9 earlier days.',
    ],
    [
      { before: 0, often: { times: 0, of: 2 } },
      'Volume: more posts than the day before (216 against 0); too little past to say how often it moves this much.',
    ],
    [{ moved: false, posts: 121 }, 'Volume: about as many posts as the day before (121 against 120).'],
    [{ lacks: 'past' as const }, 'Volume: no whole day before to compare with.'],
    [{ lacks: 'gap' as const }, 'Volume: a source was not collected in part, so the days do not compare.'],
  ])('%o', (more, said) => {
    expect(volumeInWords(volume(more))).toBe(said)
  })

  test('a share says how it moved, or why it is told', () => {
    const telling = { measure: 'stance.a.b.favor', now: share(0.4), change: share(0.1), why: 'moved' as const, often }
    expect(changeOfShare(topic, telling)).toBe(
      'For “a truce now”: rose by 10 points (7–13) since the day before; a move this large: on 3 of 27 earlier days.',
    )
    expect(changeOfShare(topic, { ...telling, why: 'ahead' })).toBe(
      'No share moved for certain since the day before; this is the largest share that is clearly ahead of its opposite.',
    )
    expect(changeOfShare(topic, { ...telling, why: 'largest', change: null })).toBe(
      'Too few voices the day before to compare; this is the largest of all sides.',
    )
    expect(oftenInWords({ times: 0, of: 0 })).toBe('too little past to say how often it moves this much')
  })
})
