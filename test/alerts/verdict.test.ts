// What becomes of a topic: every turn there is, and none that there is not.
import { describe, expect, it } from 'vitest'
import type { Measure } from '../../alerts/measures.ts'
import {
  beyond,
  type Open,
  type Reading,
  type Thresholds,
  thresholdsOf,
  together,
  turnOf,
} from '../../alerts/verdict.ts'
import type { Change } from '../../alerts/watch.ts'

const hourMs = 3_600_000
const stepMs = 600_000
const thresholds: Thresholds = { early: 6, confirm: 8 }
const measure = (id: string, part = 1): Measure => ({ id, kind: 'sentiment', part, type: 'share', alternatives: [] })

interface Says {
  id?: string
  log: number
  by?: number
  part?: number
  began?: number
  isProbable?: boolean
  isCertain?: boolean
}
const reading = ({ id = 'sentiment.negative', log, by = 0.1, part = 1, began = 0, ...more }: Says): Reading => ({
  ...{ measure: measure(id, part), log, began, from: 0, direction: by < 0 ? ('down' as const) : ('up' as const) },
  change: () => ({ by, isProbable: true, isCertain: true, ...more }) as Change,
})

interface Now {
  nowMs?: number
  forMs?: number
  early?: boolean
  left?: number | null
}
const turn = (
  open: Open | null,
  readings: Says[],
  { nowMs = 100 * hourMs, forMs = 0, early = true, left = null }: Now = {},
) =>
  turnOf(open, readings.map(reading), {
    ...{ rule: { early, forMs }, thresholds, nowMs },
    leftOf: () => left,
    msOf: (step) => step * stepMs,
  })
const opened = (state: Open['state'], more: Partial<Open> = {}): Open => ({
  ...{ state, openedMs: 99 * hourMs, beganMs: 97 * hourMs, lead: 'sentiment.negative', by: 0.1, ...more },
})

describe('a topic of which nothing is open', () => {
  it('stays so below the early threshold, and where strength is all there is', () => {
    expect(turn(null, [{ log: 5.9 }])).toBeNull()
    expect(turn(null, [])).toBeNull()
    expect(turn(null, [{ log: Number.NEGATIVE_INFINITY }])).toBeNull()
    expect(turn(null, [{ log: 7, isProbable: false, isCertain: false }])).toBeNull()
  })

  it('is told early above it', () => {
    const told = turn(null, [{ log: 6, began: 590, by: 0.12, isCertain: false }])
    expect(told).toMatchObject({
      state: 'early',
      open: { state: 'early', openedMs: 100 * hourMs, beganMs: 590 * stepMs, lead: 'sentiment.negative', by: 0.12 },
    })
  })

  it('is told early first, however sure it is, where early words are wanted', () => {
    expect(turn(null, [{ log: 50 }])).toMatchObject({ state: 'early', open: { state: 'early' } })
    expect(turn(null, [{ log: 50, isCertain: false }])).toMatchObject({ state: 'early', open: { state: 'early' } })
  })

  it('is confirmed at once where they are not, and not told where the model could have made it', () => {
    expect(turn(null, [{ log: 8 }], { early: false })).toMatchObject({ state: 'confirmed' })
    expect(turn(null, [{ log: 7.9 }], { early: false })).toBeNull()
    expect(turn(null, [{ log: 50, isCertain: false }], { early: false })).toBeNull()
  })

  it('is one alert, however many measures show it, the surest first', () => {
    const told = turn(null, [
      { id: 'a', log: 9 },
      { id: 'b', log: 12, part: 0.5 },
      { id: 'c', log: 9.2 },
      { id: 'd', log: 5 },
    ])
    expect(told!.readings.map((one) => one.measure.id)).toEqual(['b', 'c', 'a'])
    expect(told!.open.lead).toBe('b')
  })

  it('needs more of a measure that has a small part of the budget', () => {
    const part = Math.exp(-3)
    expect(beyond(reading({ log: 10, part }), 6)).toBeCloseTo(1, 9)
    expect(turn(null, [{ log: 8.9, part }])).toBeNull()
    expect(turn(null, [{ log: 9.1, part }])).toMatchObject({ state: 'early' })
    expect(turn(null, [{ log: 11.1, part }], { early: false })).toMatchObject({ state: 'confirmed' })
  })

  it('waits with what is sure until it lasted, and tells it early meanwhile', () => {
    const forMs = 2 * hourMs
    const began = 100 * 6 - 11
    expect(turn(null, [{ log: 9, began }], { forMs })).toMatchObject({ state: 'early' })
    expect(turn(null, [{ log: 9, began }], { forMs, early: false })).toBeNull()
    expect(turn(null, [{ log: 9, began: began - 1 }], { forMs, early: false })).toMatchObject({ state: 'confirmed' })
  })
})

describe('what was told early', () => {
  const early = opened('early')

  it('stays so in between', () => {
    expect(turn(early, [{ log: 6.5 }])).toBeNull()
    expect(turn(early, [{ log: 4.1 }])).toBeNull()
    expect(turn(early, [{ log: 9, isCertain: false }])).toBeNull()
    expect(turn(early, [{ log: 9, began: 599 }], { forMs: hourMs })).toBeNull()
  })

  it('is confirmed, with when it began and what leads as they are now, and opened as it was', () => {
    const told = turn(early, [{ id: 'emotion.fear', log: 9, began: 580, by: 0.2 }])
    expect(told).toMatchObject({ state: 'confirmed', reason: '' })
    expect(told!.open).toEqual({
      ...{ state: 'confirmed', openedMs: early.openedMs, beganMs: 580 * stepMs, lead: 'emotion.fear', by: 0.2 },
    })
  })

  it('is confirmed by what came after it: not within half an hour', () => {
    const young = opened('early', { openedMs: 99.5 * hourMs + 1 })
    expect(turn(young, [{ log: 50 }])).toBeNull()
    expect(turn(young, [{ log: 50 }], { nowMs: 100 * hourMs + 1 })).toMatchObject({ state: 'confirmed' })
  })

  it('is withdrawn when two nats below its threshold nothing speaks for it', () => {
    expect(turn(early, [{ log: 4 }])).toMatchObject({ state: 'withdrawn', reason: 'what spoke for it is gone' })
    expect(turn(early, [{ log: 4 }, { id: 'b', log: 4.5 }])).toBeNull()
    expect(turn(early, [{ log: 6, part: Math.exp(-2.1) }])).toMatchObject({ state: 'withdrawn' })
  })

  it('is withdrawn after a day, however strong it is', () => {
    const old = opened('early', { openedMs: 76 * hourMs })
    expect(turn(old, [{ log: 7 }])).toMatchObject({ state: 'withdrawn', reason: expect.stringMatching(/a day passed/) })
    expect(turn(old, [{ log: 7 }], { nowMs: 100 * hourMs - 1 })).toBeNull()
    expect(turn(old, [{ log: 9 }])).toMatchObject({ state: 'confirmed' })
  })
})

describe('what was confirmed', () => {
  const sure = opened('confirmed', { by: -0.1 })

  it('stays so, whatever the measures read, while half of it is left or too few speak to say', () => {
    for (const left of [-0.1, -0.3, -0.05, null]) expect(turn(sure, [{ log: 50 }], { left })).toBeNull()
  })

  it('is over when less than half of it is left', () => {
    for (const left of [-0.049, 0, 0.4])
      expect(turn(sure, [], { left })).toMatchObject({ state: 'closed', reason: 'back', readings: [] })
    expect(turn(opened('confirmed'), [], { left: 0.049 })).toMatchObject({ reason: 'back' })
    expect(turn(opened('confirmed'), [], { left: 0.051 })).toBeNull()
  })

  it('is usual after three days, and back rather than usual', () => {
    const old = opened('confirmed', { openedMs: 28 * hourMs })
    expect(turn(old, [], { left: 0.1 })).toMatchObject({ state: 'closed', reason: 'usual' })
    expect(turn(old, [], { left: null })).toMatchObject({ reason: 'usual' })
    expect(turn(old, [], { left: 0.01 })).toMatchObject({ reason: 'back' })
    expect(turn(old, [], { left: 0.1, nowMs: 100 * hourMs - 1 })).toBeNull()
  })
})

describe('the thresholds of a budget', () => {
  const weekly = { budget: { messages: 1, perMs: 168 * hourMs }, early: true }

  it('are lower by ln 2 for twice as many messages, and higher by as much for twice as many topics', () => {
    const one = thresholdsOf(weekly, 10)
    const two = thresholdsOf({ ...weekly, budget: { messages: 2, perMs: 168 * hourMs } }, 10)
    const more = thresholdsOf(weekly, 20)
    for (const name of ['early', 'confirm'] as const) {
      expect(one[name] - two[name]).toBeCloseTo(Math.LN2, 9)
      expect(more[name] - one[name]).toBeCloseTo(Math.LN2, 9)
    }
    expect(thresholdsOf({ ...weekly, budget: { messages: 7, perMs: 7 * 168 * hourMs } }, 10)).toEqual(one)
    expect(thresholdsOf(weekly, 0)).toEqual(thresholdsOf(weekly, 1))
  })

  it('are lower for an early word than for a sure one, and count what an alarm costs in messages', () => {
    const { early, confirm } = thresholdsOf(weekly, 1)
    expect(confirm - early).toBeCloseTo(Math.LN2, 9)
    // Two and a half messages an alarm; alarms of several measures are one.
    expect(Math.exp(early)).toBeCloseTo((168 * 2.5) / together, 6)
  })

  it('without early words leave all of it to what is sure', () => {
    const late = thresholdsOf({ ...weekly, early: false }, 1)
    expect(late.early).toBe(Number.POSITIVE_INFINITY)
    expect(late.confirm).toBeLessThan(thresholdsOf(weekly, 1).confirm)
    const said = turnOf(null, [reading({ log: 50, isCertain: false })], {
      ...{ rule: { early: false, forMs: 0 }, thresholds: late, nowMs: 0, leftOf: () => null, msOf: () => 0 },
    })
    expect(said).toBeNull()
  })
})
