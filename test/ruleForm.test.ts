// A rule as people write it: every spelling that is promised, and what is wrong told in words that follow its place.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ruleOf } from '../alerts/rule.ts'
import { periodOf, ruleForm, spanOf, writtenOf } from '../ruleForm.ts'

const hourMs = 3_600_000
const read = (written: object) => ruleForm.parse(written)

describe('what is written', () => {
  test.each([
    ['1 per week', 1, 168],
    ['2 per month', 2, 720],
    ['0.5 a year', 0.5, 8_760],
    ['3 per 36h', 3, 36],
    ['1 per day', 1, 24],
  ])('budget: %s', (budget, messages, hours) =>
    expect(read({ budget })).toEqual({ budget: { messages, perMs: hours * hourMs } }),
  )

  test('a budget may be written in parts', () => {
    expect(read({ budget: { messages: 2, per: 'day' } })).toEqual({ budget: { messages: 2, perMs: 24 * hourMs } })
  })

  test('a level rule stands flat: measure, above or below, over, for', () => {
    const written = { measure: 'sentiment.negative', above: '60%', over: '3h', for: '1h' }
    const level = { measure: 'sentiment.negative', above: 0.6, below: null, windowMs: 3 * hourMs }
    expect(read(written)).toEqual({ level, forMs: hourMs })
    expect(read({ measure: 'volume', below: 20 })).toEqual({
      level: { measure: 'volume', above: null, below: 20, windowMs: 3 * hourMs },
    })
  })

  test('lists may be one word; quiet hours have a zone, or are in UTC', () => {
    expect(read({ topics: 'buses', channels: ['ops'], measures: 'volume' })).toEqual({
      ...{ topics: ['buses'], channels: ['ops'], measures: ['volume'] },
    })
    const berlin = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' }
    expect(read({ quiet: '22:00-07:00 Europe/Berlin' })).toEqual({ quiet: berlin })
    expect(read({ quiet: '22:00 - 07:00' })).toEqual({ quiet: { ...berlin, zone: 'UTC' } })
  })

  test('what is left out, or null, is left to the default', () =>
    expect(read({ quiet: null, budget: null })).toEqual({}))

  test.each([
    [{ budget: 'often' }, 'is no budget: write how many messages'],
    [{ budget: '1 per fortnight' }, 'is no time: write hour, day, week'],
    [{ above: 'much' }, 'is no share: write 60% or 0.6'],
    [{ quiet: '22-7' }, 'are no quiet hours: write them like 22:00-07:00'],
    [{ quiet: '22:00-22:00' }, 'are no quiet hours'],
    [{ quiet: '22:00-07:00 Europe/Atlantis' }, 'have a time zone that is none: "Europe/Atlantis"'],
    [{ for: '6 hours' }, 'is no duration'],
    [{ severity: 'urgent' }, 'Invalid option'],
    [{ thresold: 3 }, 'thresold'],
  ])('%j: %s', (written, message) => {
    const { success, error } = ruleForm.safeParse(written)
    expect(success).toBe(false)
    expect(JSON.stringify(error!.issues)).toContain(JSON.stringify(message).slice(1, -1))
  })
})

test('times are told in the largest unit that they fill', () => {
  expect([0, 1_000, 90 * 60_000, 6 * hourMs, 48 * hourMs].map(spanOf)).toEqual(['0s', '1s', '90m', '6h', '2d'])
  expect([24, 168, 720, 8_760, 36].map((hours) => periodOf(hours * hourMs))).toEqual([
    ...['day', 'week', 'month', 'year', '36h'],
  ])
})

test('a rule in words makes the same rule again', () => {
  const span = fc.constantFrom(0, 60_000, 5_400_000, 6 * hourMs, 24 * hourMs)
  const same = {
    topics: fc.subarray(['buses', 'tag:city']),
    channels: fc.subarray(['ops', 'mail']),
    forMs: span,
    cooldownMs: span,
    severity: fc.constantFrom('info', 'warning', 'critical'),
    isDry: fc.boolean(),
    quiet: fc.option(fc.constant({ from: '22:00', to: '07:00', zone: 'Asia/Kolkata' })),
  }
  const budget = fc.record({
    messages: fc.integer({ min: 1, max: 9 }),
    perMs: fc.constantFrom(168, 36, 720).map((h) => h * hourMs),
  })
  const shift = fc.record({ ...same, budget, early: fc.boolean(), measures: fc.subarray(['sentiment', 'volume']) })
  const level = fc.record({
    ...same,
    level: fc.constantFrom(
      { measure: 'sentiment.negative', above: 0.6, below: null, windowMs: 3 * hourMs },
      { measure: 'volume', above: null, below: 20, windowMs: hourMs },
    ),
  })
  fc.assert(
    fc.property(fc.oneof(shift, level), (wanted) => {
      const made = { origin: 'user', at: '2026-11-22T00:00:00.000Z' } as const
      const rule = ruleOf({ id: 'a', name: 'A', ...wanted } as never, made)
      expect(ruleOf({ id: 'x', ...read(writtenOf(rule)) }, made)).toEqual(rule)
    }),
    { seed: 3 },
  )
})
