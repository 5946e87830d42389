// Up to when what was posted is here and read: behind a stream that never rests it follows, and never runs ahead.
import { describe, expect, test } from 'vitest'
import { openReach, type Reach } from '../../alerts/reach.ts'
import type { Status } from '../../given.ts'
import { sourceOf, statusOf } from './looping.ts'

const minute = 60_000
const at = (minutes: number) => Date.UTC(2026, 4, 1, 12) + minutes * minute
const reachOf = (reach: Reach, status: Status, nowMs: number) => reach.of(status, nowMs)?.atMs ?? null
/** The log's head, and how far the analyzer is. */
const read = (head: number, position: number, more: Partial<Status> = {}): Status =>
  statusOf({
    lag: head - position,
    readers: { analyze: { position, lag: head - position } },
    log: { ...statusOf().log, head },
    ...more,
  })

describe('how far looks reach', () => {
  test('is now where all is read, also while nothing comes', () => {
    const reach = openReach()
    expect(reachOf(reach, read(0, 0), at(0))).toBe(at(0))
    expect(reachOf(reach, read(5, 5), at(1))).toBe(at(1))
    expect(reachOf(reach, read(5, 5), at(90))).toBe(at(90))
  })

  test('follows a stream that is never read to its end', () => {
    const reach = openReach()
    const told = Array.from({ length: 60 }, (_, nr) => reachOf(reach, read(100 + nr * 60, nr * 60), at(nr)))
    // A hundred changes are more than a minute of it, and fewer than two.
    expect(told[0]).toBeNull()
    for (let nr = 3; nr < 60; nr++) expect(told[nr]).toBe(at(nr - 2))
  })

  test('stands where the analyzer stands, and is bounded meanwhile', () => {
    const reach = openReach()
    expect(reachOf(reach, read(10, 10), at(0))).toBe(at(0))
    for (let nr = 1; nr < 9_000; nr++) expect(reachOf(reach, read(10 + nr, 10), at(nr))).toBe(at(0))
    // Coarser, and not ahead.
    const far = reachOf(reach, read(9_010, 5_010), at(9_001))!
    expect(far).toBeLessThanOrEqual(at(5_000))
    expect(far).toBeGreaterThan(at(4_900))
    expect(reachOf(reach, read(9_011, 9_011), at(9_002))).toBe(at(9_002))
  })

  test('after a restart is not said before what was there is read', () => {
    const reach = openReach()
    expect(reachOf(reach, read(500, 100), at(0))).toBeNull()
    expect(reachOf(reach, read(600, 400), at(1))).toBeNull()
    expect(reachOf(reach, read(700, 500), at(2))).toBe(at(0))
  })

  test('waits for a source that has just begun to catch up, and then goes along with it', () => {
    const reach = openReach()
    const behind = (latest: string | null) => ({
      sources: [sourceOf('sea', { state: 'catching up', latest }), sourceOf('hill')],
    })
    const told = (minutes: number, latest: number | null) =>
      reachOf(reach, read(5, 5, behind(latest === null ? null : new Date(at(latest)).toISOString())), at(minutes))
    expect(told(0, -600)).toBeNull()
    expect(told(14, -500)).toBeNull()
    expect(told(15, -490)).toBe(at(-490))
    expect(told(40, -100)).toBe(at(-100))
    expect(told(50, 50 - 48 * 60)).toBe(at(50 - 48 * 60))
    expect(told(51, null)).toBe(at(51))
    expect(reachOf(reach, read(5, 5, { sources: [sourceOf('sea')] }), at(52))).toBe(at(52))
    // Again: it is waited for again.
    expect(told(60, 0)).toBeNull()
  })

  test('waits until what a source caught up with is read, and says that there is more in the past', () => {
    const reach = openReach()
    const catching = { sources: [sourceOf('sea', { state: 'catching up', latest: new Date(at(-400)).toISOString() })] }
    const over = { sources: [sourceOf('sea', { state: 'finished' })] }
    expect(reach.of(read(0, 0), at(0))).toEqual({ atMs: at(0), head: 0, isFuller: false })
    expect(reach.of(read(50, 50, catching), at(1))).toBeNull()
    // More of it came since it was seen last.
    expect(reach.of(read(90, 50, over), at(2))).toBeNull()
    expect(reach.of(read(95, 89, over), at(3))).toBeNull()
    expect(reach.of(read(99, 90, over), at(4))).toEqual({ atMs: at(2), head: 90, isFuller: true })
    expect(reach.of(read(99, 99, over), at(5))).toEqual({ atMs: at(5), head: 99, isFuller: false })
    // What it was a little behind with is read anyway.
    const little = { sources: [sourceOf('sea', { state: 'catching up', latest: new Date(at(3)).toISOString() })] }
    expect(reach.of(read(99, 99, little), at(6))).toBeNull()
    expect(reach.of(read(100, 100, over), at(7))).toMatchObject({ isFuller: false })
  })

  test('goes no further than what was read of a source that catches up, nor when it has just caught up', () => {
    const reach = openReach()
    // Twelve minutes' worth a minute; the log grows by 1,000, of which 500 are read.
    const latest = (minutes: number) => -480 + minutes * 12
    const sea = (state: 'catching up' | 'live', minutes: number) => ({
      sources: [sourceOf('sea', { state, latest: new Date(at(latest(minutes))).toISOString() })],
    })
    for (let nr = 0; nr < 20; nr++) reach.of(read(nr * 1_000, nr * 500, sea('catching up', nr)), at(nr))
    expect(reachOf(reach, read(20_000, 10_000, sea('catching up', 20)), at(20))).toBe(at(latest(10)))
    expect(reachOf(reach, read(40_000, 20_000, sea('live', 40)), at(40))).toBe(at(latest(20)))
  })

  test('is not bent by a clock that jumped ahead and back', () => {
    const reach = openReach()
    reach.of(read(5, 5), at(0))
    expect(reachOf(reach, read(5, 5), at(600))).toBe(at(600))
    expect(reachOf(reach, read(7, 7), at(2))).toBe(at(2))
  })

  test('waits for a history that is about to be read, not for one that is being read', () => {
    const reach = openReach()
    expect(reachOf(reach, { ...read(5, 5), lag: 1 }, at(0))).toBeNull()
    const histories = [{ topic: 'talks', version: 1, done: 1, total: 9 }]
    expect(reachOf(reach, { ...read(5, 5), lag: 8, histories }, at(1))).toBe(at(1))
  })
})
