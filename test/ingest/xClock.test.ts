// X's time from its Date header: certainly within the interval, whatever the local clock is set to, also while the machine
// sleeps; and where a source stands, as its cursor says it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { openXClock } from '../../ingest/xClock.ts'
import { behind, createRecent, placeOf } from '../../ingest/xPlace.ts'

test('before X answered it is the local time', () => {
  const clock = openXClock({ now: () => 5_000 })
  expect(clock.isKnown).toBe(false)
  expect(clock.span()).toEqual({ low: 5_000, high: 5_000 })
  clock.heard('no date', clock.mark())
  clock.heard(undefined, clock.mark())
  expect(clock.isKnown).toBe(false)
})

test('X’s time lies within it, whatever is set, drifts a little or sleeps', () => {
  const ms = fc.integer({ min: 0, max: 3_600_000 })
  const steps = fc.array(fc.tuple(ms, fc.boolean(), fc.integer({ min: -1e9, max: 1e9 })), { maxLength: 20 })
  const delays = fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 0, max: 9_000 }))
  fc.assert(
    fc.property(steps, delays, fc.integer({ min: 0, max: 999 }), (moves, [there, back], within) => {
      let x = Date.UTC(2026, 10, 29) + within
      let wall = 0
      const steady = [100, 200]
      const pass = (by: number, sleeps: boolean) => {
        x += by
        steady[0]! += sleeps ? 0 : by * (1 + 5e-5)
        steady[1]! += by * (1 - 5e-5)
      }
      const clock = openXClock({ now: () => wall, steady: steady.map((_, at) => () => steady[at]!) })
      const sent = clock.mark()
      pass(there, false)
      const date = new Date(x).toUTCString()
      pass(back, false)
      clock.heard(date, sent)
      for (const [by, sleeps, set] of moves) {
        pass(by, sleeps)
        wall += set
        const { low, high } = clock.span()
        expect(low).toBeLessThanOrEqual(x)
        expect(high).toBeGreaterThanOrEqual(x)
      }
      const slept = moves.some(([, sleeps]) => sleeps)
      const passed = moves.reduce((sum, [by]) => sum + by, 0)
      const { low, high } = clock.span()
      if (!slept) expect(high - low).toBeLessThan(1_100 + there + back + passed * 4e-4)
    }),
  )
})

test('the next answer counts, also when it is earlier', () => {
  const clock = openXClock({ now: () => 0, steady: [() => 0] })
  clock.heard('Sun, 29 Nov 2026 12:00:00 GMT', clock.mark())
  clock.heard('Sun, 29 Nov 2026 11:00:00 GMT', clock.mark())
  expect(new Date(clock.span().low).toISOString()).toBe('2026-11-29T11:00:00.000Z')
})

test('a place goes forward only, never beyond X’s time; its cursor comes back, another one is not ours', () => {
  const at = Date.UTC(2026, 10, 29)
  const iso = (ms: number) => new Date(ms).toISOString()
  const place = behind({ id: null, at }, { id: '10', at: iso(at + 500) }, at + 1_000)
  expect(place).toEqual({ id: '10', at: at + 500 })
  expect(behind(place, { id: '9', at: iso(at + 100) }, at + 1_000)).toEqual(place)
  expect(behind(place, { id: '11', at: iso(at + 9e7) }, at + 1_000.7)).toEqual({ id: '11', at: at + 1_000 })
  expect(placeOf(JSON.stringify(place))).toEqual(place)
  expect(placeOf(null)).toBe(null)
  for (const other of ['', '{}', '{"id":"x","at":1}', '{"id":null,"at":"1"}', 'null'])
    expect(() => placeOf(other)).toThrow(CorruptionError)
})

test('of what was seen the last is remembered', () => {
  const recent = createRecent(3)
  expect(['a', 'b', 'a', 'c', 'd', 'a', 'd'].map((key) => recent.add(key))).toEqual([
    ...[false, false, true, false, false, false, true],
  ])
})
