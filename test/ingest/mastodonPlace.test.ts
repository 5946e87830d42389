// Places of streams: what the cursor keeps comes back, is small, and is ours or nobody's.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import {
  compareIds,
  cursorOf,
  idAt,
  isTimed,
  markOf,
  marksOf,
  newPlace,
  placeOf,
  recalled,
  remember,
} from '../../ingest/mastodonPlace.ts'

const nowMs = Date.parse('2026-11-22T12:00:00.000Z')

test('what is kept comes back, whatever the ids are like, and in the same order', () => {
  const number = fc.bigInt({ min: 1n, max: 2n ** 63n }).map(String)
  const letters = fc.stringMatching(/^[0-9A-Za-z]{18,26}$/)
  fc.assert(
    fc.property(fc.array(fc.oneof(number, number, letters), { maxLength: 30 }), (ids) => {
      const place = { ...newPlace(), newest: ids.at(-1) ?? null }
      for (const id of ids) remember(place, id, '2026-11-22T11:00:00.000Z')
      const marks = marksOf(cursorOf(new Map([['#rain', markOf(place)]])))
      const back = placeOf(marks.get('#rain'))
      expect([...back.told.keys()]).toEqual([...place.told.keys()])
      expect([...back.told.values()].every((revision) => revision === null)).toBe(true)
      expect([back.newest, back.first]).toEqual([place.newest, null])
    }),
    { seed: 5 },
  )
})
test('a place stays small: so many ids, in a third of their length', () => {
  const place = newPlace()
  for (let n = 0; n < 5 * recalled; n++) remember(place, idAt(nowMs + n * 700), 'x')
  expect(place.told.size).toBe(recalled)
  expect([...place.told.keys()].at(-1)).toBe(idAt(nowMs + (5 * recalled - 1) * 700))
  expect(markOf(place).length).toBeLessThan(7 * recalled + 60)
})
test.each([
  '',
  '{}',
  '{"v":2,"streams":{}}',
  '{"v":1}',
  '{"v":1,"streams":{"public":"no"}}',
  '{"v":1,"streams":{"a":"[1,2,3]"}}',
])('the cursor %j is none of ours: we crash', (cursor) => {
  expect(() => marksOf(cursor)).toThrow(CorruptionError)
})
test('ids are times, and can be ordered as text', () => {
  expect(idAt(Date.parse('2019-11-26T23:27:32.000Z'))).toBe('103206803996672000')
  expect(isTimed('103206804086086361', nowMs)).toBe(true)
  for (const id of ['7', 'AbCdEf123456789012', '01HZX3', idAt(nowMs + 2 * 86_400_000)])
    expect(isTimed(id, nowMs)).toBe(false)
  expect(compareIds('99', '100')).toBeLessThan(0)
  expect(compareIds('101', '100')).toBeGreaterThan(0)
  expect(compareIds('01HZB', '01HZA')).toBeGreaterThan(0)
  expect(compareIds('7', '7')).toBe(0)
})
