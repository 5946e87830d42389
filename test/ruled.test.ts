// What a rule covers, and until when it keeps quiet: over midnight, where clocks are put forward or back, in any zone.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rule } from '../alarms.ts'
import { coversMeasure, coversTopic, isZone, quietUntil, warningsOf } from '../ruled.ts'

const quiet = (from: string, to: string, zone: string): Pick<Rule, 'quiet' | 'severity'> => ({
  quiet: { from, to, zone },
  severity: 'warning',
})
const until = (rule: ReturnType<typeof quiet>, at: string) => {
  const ms = quietUntil(rule, Date.parse(at))
  return ms === null ? null : new Date(ms).toISOString().slice(0, 16)
}

describe('topics', () => {
  const buses = { id: 'buses', tags: ['transport', 'city'] }
  test.each([
    [[], true],
    [['buses'], true],
    [['tag:city'], true],
    [['tag:buses'], false],
    [['city'], false],
    [['trams', 'tag:transport'], true],
    [['trams'], false],
  ])('%j: %s', (topics, covered) => expect(coversTopic({ topics }, buses)).toBe(covered))
})

describe('measures', () => {
  const shift = (...measures: string[]) => ({ measures, level: null })
  test.each([
    [shift(), 'sentiment.negative', 'sentiment', true],
    [shift(), '', 'collection', true],
    [shift('sentiment'), 'sentiment.negative', 'sentiment', true],
    [shift('sentiment.positive'), 'sentiment.negative', 'sentiment', false],
    [shift('sentiment.positive', 'volume'), 'volume', 'volume', true],
    [shift('volume'), '', 'model', false],
    [shift('theme'), 'theme.abc', 'theme', true],
    [shift(), 'sentiment.negative', 'level', false],
  ] as const)('%j watches %s (%s): %s', (rule, measure, kind, covered) =>
    expect(coversMeasure({ ...rule, measures: [...rule.measures] }, measure, kind)).toBe(covered),
  )

  test('a level rule watches what it names, as a level', () => {
    const level = { measure: 'volume', above: 200, below: null, windowMs: 3_600_000 }
    expect(coversMeasure({ measures: [], level }, 'volume', 'level')).toBe(true)
    expect(coversMeasure({ measures: [], level }, 'volume', 'volume')).toBe(false)
    expect(coversMeasure({ measures: [], level }, 'sentiment.negative', 'level')).toBe(false)
  })
})

describe('warnings', () => {
  test('name what a rule names and is not there', () => {
    const there = { topics: [{ id: 'buses', tags: ['city'] }], channels: [{ id: 'ops' }] }
    expect(warningsOf({ topics: ['buses', 'tag:city'], channels: ['ops'] }, there)).toEqual([])
    expect(warningsOf({ topics: ['trams', 'tag:rural'], channels: ['mail'] }, there)).toEqual([
      'there is no topic "trams" now',
      'no topic has the tag "rural" now',
      'there is no channel "mail" now: nothing goes there',
    ])
  })
})

describe('quiet hours', () => {
  const berlin = quiet('22:00', '07:00', 'Europe/Berlin')

  test.each([
    // In November Berlin is an hour ahead of UTC.
    ['2026-11-22T20:59:59.999Z', null],
    ['2026-11-22T21:00:00.000Z', '2026-11-23T06:00'],
    ['2026-11-23T05:59:59.999Z', '2026-11-23T06:00'],
    ['2026-11-23T06:00:00.000Z', null],
    // The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
    ['2026-03-28T21:30:00.000Z', '2026-03-29T05:00'],
    ['2026-10-24T20:30:00.000Z', '2026-10-25T06:00'],
  ])('over midnight in Berlin, at %s: %s', (at, expected) => expect(until(berlin, at)).toBe(expected))

  test('an end that clocks skip is as far behind the leap', () => {
    const rule = quiet('01:00', '02:30', 'Europe/Berlin')
    expect(until(rule, '2026-03-29T00:30:00.000Z')).toBe('2026-03-29T01:30')
  })

  test('an end that clocks show twice is the next of both', () => {
    const rule = quiet('01:00', '02:30', 'Europe/Berlin')
    expect(until(rule, '2026-10-24T23:30:00.000Z')).toBe('2026-10-25T00:30')
    expect(until(rule, '2026-10-25T01:10:00.000Z')).toBe('2026-10-25T01:30')
  })

  test('never hold back what is critical, and nothing where there are none', () => {
    const at = Date.parse('2026-11-22T23:00:00.000Z')
    expect(quietUntil({ ...berlin, severity: 'critical' }, at)).toBeNull()
    expect(quietUntil({ quiet: null, severity: 'info' }, at)).toBeNull()
  })

  test('end within a day and an hour, and are over when they end', () => {
    const clock = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'))
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe')
    const moment = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1) })
    fc.assert(
      fc.property(clock, clock, fc.tuple(zone, moment), (from, to, [name, at]) => {
        fc.pre(from !== to)
        const rule = quiet(from, to, name)
        const end = quietUntil(rule, at)
        if (end === null) return
        expect(end).toBeGreaterThan(at)
        expect(end - at).toBeLessThanOrEqual(25 * 3_600_000)
        // Hours that begin just where the clock leaps may begin again at once; two steps further they have not.
        expect([quietUntil(rule, end), quietUntil(rule, end + 60_000)]).toContain(null)
      }),
      { numRuns: 3_000, seed: 11 },
    )
  })

  test('zones are those that Intl knows', () => {
    expect([isZone('Europe/Berlin'), isZone('Europe/Atlantis'), isZone('')]).toEqual([true, false, false])
  })
})
