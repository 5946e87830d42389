// Turns at one place: who is first, what a rest delays, what a failure in here does. On a clock that the test moves.
import { expect, test } from 'vitest'
import { CorruptionError } from '../errors.ts'
import { openPlace, rest, revive, type Turn, takeTurns } from '../turns.ts'
import { openTime } from './doubles/time.ts'

interface Named extends Turn {
  name: string
}
const turn = (name: string, sinceMs: number, nextMs = 0): Named => ({ name, sinceMs, nextMs })
const start = 1_000_000

function world(waiting: Named[], tryOne: (next: Named) => void) {
  const time = openTime(start)
  const place = openPlace(time.sleep)
  const stop = new AbortController()
  const [told, failures]: [string[], unknown[]] = [[], []]
  const taking = {
    ...{ now: time.now, random: () => 1, waiting: () => waiting },
    failed: (error: unknown) => void failures.push(error),
    tryOne: async (next: Named) => {
      told.push(next.name)
      tryOne(next)
      waiting.splice(waiting.indexOf(next), 1)
    },
  }
  return { time, place, told, failures, stop, done: takeTurns(place, taking, stop.signal) }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

test('the one that may and waits longest is first; what may not yet waits', async () => {
  const waiting = [turn('c', 3), turn('later', 0, start + 1_000), turn('a', 1), turn('b', 2)]
  const { time, told, stop, done } = world(waiting, () => {})
  await settled()
  expect(told).toEqual(['a', 'b', 'c'])
  time.advance(1_000)
  await settled()
  expect(told).toEqual(['a', 'b', 'c', 'later'])
  stop.abort()
  await done
})

test('a failure rests the place, longer each time, and never loses the turn', async () => {
  let fails = 2
  const { time, told, failures, place, stop, done } = world([turn('a', 1), turn('b', 2)], () => {
    if (fails-- > 0) throw new Error('not now')
  })
  await settled()
  expect([told.length, place.nextMs]).toEqual([1, start + 5_000])
  time.advance(5_000)
  await settled()
  expect([told.length, place.nextMs]).toEqual([2, start + 15_000])
  time.advance(10_000)
  await settled()
  expect([told, failures.length]).toEqual([['a', 'a', 'a', 'b'], 2])
  stop.abort()
  await done
})

test('what we wrote and cannot read ends everything', async () => {
  const { done } = world([turn('a', 1)], () => {
    throw new CorruptionError('broken')
  })
  await expect(done).rejects.toThrow('broken')
})

test('a place rests as long as it asks for, up to an hour; one that took its turn too', () => {
  const place = openPlace()
  const resting = { now: () => start, random: () => 1 }
  rest(place, resting, 60_000)
  expect(place.nextMs).toBe(start + 60_000)
  rest(place, resting, 1e9)
  expect([place.nextMs, place.failures]).toEqual([start + 3_600_000, 2])
  revive(place, start, 500)
  expect([place.nextMs, place.failures]).toEqual([start + 500, 0])
  revive(place, start)
  expect(place.nextMs).toBe(0)
})
