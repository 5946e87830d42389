// Bounds of the user's: passed for as long as the rule asks, over when not passed for as long; never on a handful of voices.
import { describe, expect, test } from 'vitest'
import type { Alert, Level } from '../../alarms.ts'
import { heldLevel, levelled, readLevel } from '../../alerts/levels.ts'
import { ruleOf } from '../../alerts/rule.ts'
import type { Tallies } from '../../sides.ts'
import { stepMs, talliesOf, topicOf, type World } from '../doubles/tallies.ts'
import { start } from './looping.ts'

const hourMs = 3_600_000
const topic = topicOf('talks')
const level = (more: Partial<Level> = {}): Level => ({
  ...{ measure: 'sentiment.negative', above: 0.5, below: null, windowMs: hourMs },
  ...more,
})
const ruleWith = (of: Level, forMs = hourMs, cooldownMs = 0) =>
  ruleOf(
    { id: 'bound', name: 'Bound', budget: null, measures: [], level: of, forMs, cooldownMs },
    { origin: 'user', at: '' },
  )
const tallied = (hours: number, world: World): Tallies =>
  talliesOf(
    { topic: 'talks', version: 1 },
    {
      ...{ model: 'm', stepMs, measures: ['sentiment.negative'], phrases: [] },
      window: { from: new Date(start).toISOString(), to: new Date(start + hours * hourMs).toISOString() },
    },
    world,
  )

function walked(tallies: Tallies, rule: ReturnType<typeof ruleWith>): Alert[] {
  const alerts = new Map<string, Alert>()
  for (let step = 1; step <= tallies.voices.length; step++) {
    const untilMs = start + step * stepMs
    const part = { ...tallies, voices: tallies.voices.slice(0, step) }
    const looking = { model: { id: 'm' }, untilMs, nowMs: untilMs }
    for (const alert of levelled({ topic, tallies: part }, { rule, own: [...alerts.values()], looking }))
      alerts.set(alert.id, alert)
  }
  return [...alerts.values()]
}
const at = (hours: number) => new Date(start + hours * hourMs).toISOString()

describe('a bound', () => {
  const wave: World = {
    voices: () => 60,
    share: (_, ms) => (ms >= start + 3 * hourMs && ms < start + 8 * hourMs ? 0.8 : 0.2),
  }

  test('is told once it was passed for as long as asked, and over after as long', () => {
    const [alert, ...more] = walked(tallied(14, wave), ruleWith(level()))
    expect(more).toEqual([])
    expect(alert!.history.map(({ state }) => state)).toEqual(['confirmed', 'closed'])
    // Half a window until it is above, and an hour for which it must be.
    expect(alert!.openedAt >= at(4) && alert!.openedAt <= at(5)).toBe(true)
    expect(alert!.at >= at(9) && alert!.at <= at(10.2)).toBe(true)
    expect(alert!.shifts[0]!.after.estimate).toBeGreaterThan(0.5)
    expect(alert!.detail).toBe('It is above the 50% of your rule.')
  })

  test('passed for a moment is nothing', () => {
    const blip: World = {
      voices: () => 60,
      share: (_, ms) => (ms >= start + 3 * hourMs && ms < start + 3.5 * hourMs ? 0.99 : 0.2),
    }
    expect(walked(tallied(10, blip), ruleWith(level({ windowMs: stepMs }), hourMs))).toEqual([])
  })

  test('is told again only after its rest', () => {
    const waves: World = { voices: () => 60, share: (_, ms) => (((ms - start) / hourMs) % 6 < 3 ? 0.2 : 0.8) }
    expect(walked(tallied(24, waves), ruleWith(level({ windowMs: stepMs }), 0)).length).toBe(4)
    expect(walked(tallied(24, waves), ruleWith(level({ windowMs: stepMs }), 0, 10 * hourMs)).length).toBe(2)
  })

  test('works downwards, and on accounts an hour', () => {
    const quiet: World = { voices: (_, ms) => (ms >= start + 4 * hourMs ? 1 : 20) }
    const below = ruleWith(level({ measure: 'volume', above: null, below: 30 }))
    const [alert] = walked(tallied(9, quiet), below)
    expect(alert!.detail).toBe('It is below the 30 accounts an hour of your rule.')
    expect(alert!.shifts[0]).toMatchObject({ measure: 'volume', direction: 'down', difference: null })
  })
})

describe('a reading', () => {
  test('is the share of its window, with an interval', () => {
    const tallies = tallied(3, { voices: () => 100, share: () => 0.4 })
    const { value, voices } = readLevel(tallies, level(), 18)!
    const part = tallies.sums['sentiment.negative']!.slice(12, 18).reduce((a, b) => a + b, 0)
    expect(value.estimate).toBeCloseTo(part / voices, 12)
    expect(value.low! < value.estimate! && value.high! > value.estimate!).toBe(true)
  })

  test('is none of fewer than ten voices, or of what was not collected', () => {
    expect(readLevel(tallied(3, { voices: () => 0.2 }), level(), 18)).toBeNull()
    expect(readLevel(tallied(3, { voices: () => 100, collected: () => 0 }), level(), 18)).toBeNull()
    // That hardly anybody posts is what a lower bound of accounts asks about.
    const few = level({ measure: 'volume', above: null, below: 5 })
    expect(readLevel(tallied(3, { voices: () => 0.2 }), few, 18)).not.toBeNull()
    expect(heldLevel(tallied(3, { voices: () => 100, collected: () => 0 }), ruleWith(few), 18)).toBeNull()
  })

  test('of half an hour that was collected is of that half hour', () => {
    const half: World = { voices: () => 10, collected: (_, ms) => (ms < start + 2.5 * hourMs ? 0 : 1) }
    const { value } = readLevel(tallied(3, half), level({ measure: 'volume' }), 18)!
    expect(value.estimate).toBeGreaterThan(40)
    expect(value.estimate).toBeLessThan(80)
  })
})
