// Where a stream is resumed and what counts as missed: decisions, so tables.
import { describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { gapBefore, isOurs, placeOf, resumeAt } from '../../ingest/place.ts'

const place = { host: 'a', seq: 50, timeUs: 2_000_000_000 }
const options = { host: 'a', byTime: false, now: 10_000_000, rewindMs: 1000, marginMs: 60_000 }

test('a cursor reads back what was written; anything else is corruption', () => {
  expect(placeOf(JSON.stringify(place))).toEqual(place)
  expect(placeOf(null)).toBeNull()
  for (const cursor of ['', '{}', '5', 'null', '{"host":"a","seq":1.5,"timeUs":1}']) {
    expect(() => placeOf(cursor)).toThrow(CorruptionError)
  }
})

test('resume by seq at home, by time elsewhere or when told so, by rewind the first time', () => {
  expect(resumeAt(place, options)).toEqual({ cursor: 50, bySeq: true })
  expect(resumeAt(place, { ...options, host: 'b' })).toEqual({ cursor: 1_940_000_000, bySeq: false })
  expect(resumeAt(place, { ...options, byTime: true })).toEqual({ cursor: 1_940_000_000, bySeq: false })
  expect(resumeAt(null, options)).toEqual({ cursor: 9_999_000_000, bySeq: false })
})

test('by seq, the first frame must be our last one', () => {
  const resume = { cursor: 50, bySeq: true }
  expect(isOurs(place, place, resume)).toBe(true)
  expect(isOurs(place, { seq: 51, timeUs: place.timeUs }, resume)).toBe(false)
  expect(isOurs(place, { seq: 50, timeUs: 5 }, resume)).toBe(false)
  expect(isOurs(place, { seq: 3, timeUs: 5 }, { cursor: 1e15, bySeq: false })).toBe(true)
})

describe('a gap', () => {
  const resume = { cursor: 1e15, bySeq: false }
  const start = { resume, outdated: true, holeMs: 1000 }
  const later = { seq: 9, timeUs: place.timeUs + 500_000 }

  test('has the bounds we know when the host says that it starts later', () => {
    expect(gapBefore(place, later, start)).toMatchObject({
      from: '1970-01-01T00:33:20.000Z',
      to: '1970-01-01T00:33:20.500Z',
    })
  })

  test('reaches the millisecond in which the first frame is, so that what is missing just before it lies inside', () => {
    expect(gapBefore(place, { ...later, timeUs: later.timeUs + 300 }, start)!.to).toBe('1970-01-01T00:33:20.501Z')
  })

  test('is none on the first start, by seq, or when the first frame is not later than ours', () => {
    expect(gapBefore(null, later, start)).toBeNull()
    expect(gapBefore(place, later, { ...start, resume: { cursor: 50, bySeq: true } })).toBeNull()
    expect(gapBefore(place, place, start)).toBeNull()
  })

  test('is one without a word from the host only beyond the hole we tolerate', () => {
    const silent = { ...start, outdated: false }
    expect(gapBefore(place, later, silent)).toBeNull()
    expect(gapBefore(place, { seq: 9, timeUs: place.timeUs + 1_500_000 }, silent)).not.toBeNull()
  })
})
