// A topic step after step: the same turns in one go or in pieces, each once; what was told is told no more; quiet after an end.
import { describe, expect, it } from 'vitest'
import { measuresOf } from '../../alerts/measures.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import type { Reading } from '../../alerts/verdict.ts'
import { cut, newWalk, type Walking, type WalkState, walk } from '../../alerts/walk.ts'
import { epochMs, type Injection, stepMs, tallies } from '../../bench/alertWorlds.ts'
import type { Tallies } from '../../sides.ts'
import { aDay } from './steps.ts'

const hourMs = 3_600_000
const covers = (_: string, kind: string) => kind === 'sentiment'
const measures = measuresOf({ labels: { emotion: [] }, targets: [], phrases: [], covers })
const begin = 10 * aDay
const days = 20
const msOf = (step: number) => epochMs + step * stepMs
const world = (seed: number, inject?: Injection, regime: 'flat' | 'gaps' = 'flat') =>
  tallies({ regime, steps: days * aDay, rate: 150, seed, only: 'sentiment.negative', ...(inject && { inject }) })

/** The share is another one from `from` to `to` only. */
function passing(seed: number, { from, to, by }: { from: number; to: number; by: number }): Tallies {
  const [one, other] = [world(seed, { at: from, by }), world(seed + 1)]
  for (let step = to; step < days * aDay; step++) {
    for (const [name, all] of Object.entries(one.sums)) all[step] = other.sums[name]![step]!
    one.voices[step] = other.voices[step]!
  }
  return one
}

const walking = (one: Tallies, more: Partial<Walking> = {}): Walking => ({
  ...{ tallies: one, measures, priorOf: unlearntPool, errorOf: () => ({ share: 0, difference: 0.01 }) },
  ...{ baselineMs: 28 * 24 * hourMs, untilMs: msOf(days * aDay), thresholds: { early: 7, confirm: 9 } },
  ...{ rule: { early: true, forMs: 0, cooldownMs: 6 * hourMs }, ...more },
})
const turnsOf = (state: WalkState, asked: Walking) =>
  [...walk(state, asked)].map(({ turn, atMs }) => ({
    ...{ state: turn.state, atMs, reason: turn.reason, began: turn.open.beganMs, lead: turn.open.lead },
  }))
const from = (step: number) => newWalk(msOf(step))

describe('a walk', () => {
  const turn = 12 * aDay
  const stays = { at: turn, by: 0.15 }

  it('tells of a change that came to stay: early, confirmed, usual, and then no more', () => {
    const state = from(begin)
    const turns = turnsOf(state, walking(world(2, stays)))
    expect(turns.map((one) => one.state)).toEqual(['early', 'confirmed', 'closed'])
    const [early, confirmed, closed] = turns
    expect(early!.atMs - msOf(turn)).toBeLessThan(8 * hourMs)
    expect(Math.abs(confirmed!.began - msOf(turn))).toBeLessThan(6 * hourMs)
    expect(closed).toMatchObject({ reason: 'usual', atMs: early!.atMs + 72 * hourMs })
    expect(state).toMatchObject({
      ...{ open: null, atMs: msOf(days * aDay), floorMs: closed!.atMs, quietMs: closed!.atMs + 6 * hourMs },
      // All before it is held against nothing any more.
      told: [{ fromMs: 0, toMs: closed!.began }],
    })
  })

  it('tells of one that went away: over, and its stretch is held against nothing', () => {
    const state = from(begin)
    const turns = turnsOf(state, walking(passing(2, { from: turn, to: turn + aDay, by: 0.2 })))
    expect(turns.at(-1)).toMatchObject({ state: 'closed', reason: 'back' })
    expect(turns.filter((one) => one.state === 'closed')).toHaveLength(1)
    const { atMs, began } = turns.at(-1)!
    expect(atMs).toBeGreaterThan(msOf(turn + aDay))
    expect(atMs).toBeLessThan(msOf(turn + aDay) + 12 * hourMs)
    expect(state.told).toEqual([{ fromMs: began, toMs: atMs }])
  })

  it('does not tell that a change is over while it stands, though few speak', () => {
    // Twenty voices an hour: six hours of them scatter by as much as four points.
    const ends = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const some = { regime: 'flat', steps: 17 * aDay, rate: 20, seed, only: 'sentiment.negative' } as const
      const one = tallies({ ...some, inject: { at: turn, by: 0.15 } })
      const turns = turnsOf(from(turn), walking(one, { untilMs: msOf(17 * aDay) }))
      return turns.find((told) => told.state === 'closed')?.reason
    })
    expect(ends.filter((reason) => reason === 'back').length).toBeLessThanOrEqual(3)
    expect(ends.filter((reason) => reason === 'usual').length).toBeGreaterThanOrEqual(5)
  })

  it('takes the same turns in one go and in pieces, down to a step at a time, across restarts', () => {
    const one = passing(3, { from: turn, to: turn + aDay, by: 0.2 })
    const whole = from(begin)
    const turns = turnsOf(whole, walking(one))
    expect(turns.length).toBeGreaterThan(1)
    // Of a day, of lengths that divide no day, and of a step.
    for (const [length, until] of [
      [aDay, days * aDay],
      [37, days * aDay],
      [1, 13 * aDay],
    ] as const) {
      let state = from(begin)
      const pieces: typeof turns = []
      for (let at = begin + length; at <= until; at += length) {
        pieces.push(...turnsOf(state, walking(one, { untilMs: msOf(at) })))
        // What was learnt is not kept: it is learnt anew of the same past.
        state = { ...JSON.parse(JSON.stringify(state)), learnt: new Map() }
      }
      pieces.push(...turnsOf(state, walking(one, { untilMs: msOf(until) })))
      expect(pieces).toEqual(turns.filter(({ atMs }) => atMs <= msOf(until)))
      if (until === days * aDay) expect({ ...state, learnt: whole.learnt }).toEqual(whole)
    }
  })

  it('never reads what comes after: nothing of the future changes a turn', () => {
    const one = world(4, stays)
    const until = msOf(turn + 2 * aDay)
    const turns = turnsOf(from(begin), walking(one, { untilMs: until }))
    expect(turns.length).toBeGreaterThan(0)
    const changed = structuredClone(one)
    for (const all of [changed.voices, ...Object.values(changed.sums)]) all.fill(777, turn + 2 * aDay)
    expect(turnsOf(from(begin), walking(changed, { untilMs: until }))).toEqual(turns)
    expect(turnsOf(from(begin), walking(cut(one, 0, turn + 2 * aDay), { untilMs: until }))).toEqual(turns)
  })

  it('stops before a step that is not whole, and stands where it stopped when a turn is told', () => {
    const state = from(begin)
    expect([...walk(state, walking(world(5), { untilMs: msOf(begin + 2) + stepMs / 2 }))]).toEqual([])
    expect(state.atMs).toBe(msOf(begin + 2))
    const told = walk(state, walking(world(4, stays))).next().value!
    // The state is settled once the turn was taken: whoever crashes in between tells it again.
    expect(state.open).toBeNull()
    expect(state.atMs).toBe(told.atMs - stepMs)
  })

  it('says what the topic looked like at a turn', () => {
    const [told] = walk(from(begin), walking(world(4, stays)))
    expect(told!.seen.fromMs + told!.step * stepMs).toBe(told!.atMs)
    expect(told!.seen.readingsAt(told!.step).map(({ measure }) => measure.id)).toEqual(measures.map(({ id }) => id))
    expect(told!.seen.heldFrom(0)).toBeLessThan(told!.atMs)
  })
})

describe('after an end', () => {
  it('nothing is told for the cooldown, and no change is looked for that began before it', () => {
    const second = (seed: number) => {
      const one = passing(seed, { from: 12 * aDay, to: 12 * aDay + 100, by: 0.25 })
      const again = world(seed + 7, { at: 12 * aDay + 130, by: 0.2 })
      for (let step = 12 * aDay + 130; step < days * aDay; step++) {
        for (const [name, all] of Object.entries(one.sums)) all[step] = again.sums[name]![step]!
        one.voices[step] = again.voices[step]!
      }
      return one
    }
    const openings = (cooldownMs: number) => {
      const turns = turnsOf(from(begin), walking(second(6), { rule: { early: true, forMs: 0, cooldownMs } }))
      const closed = turns.find((one) => one.state === 'closed')!
      const next = turns.find((one) => one.atMs > closed.atMs)
      return { closed, next }
    }
    const [short, long] = [openings(0), openings(24 * hourMs)]
    expect(short.closed).toEqual(long.closed)
    expect(short.next!.began).toBeGreaterThanOrEqual(short.closed.atMs)
    expect(short.next!.atMs - short.closed.atMs).toBeLessThan(24 * hourMs)
    expect(long.next!.atMs - long.closed.atMs).toBeGreaterThanOrEqual(24 * hourMs)
  })

  it('what was told is not told again from behind it', () => {
    const state = { ...from(begin), told: [{ fromMs: msOf(12 * aDay), toMs: msOf(13 * aDay) }] }
    const one = passing(8, { from: 12 * aDay, to: 13 * aDay, by: 0.25 })
    expect(turnsOf(from(begin), walking(one)).length).toBeGreaterThan(0)
    expect(turnsOf(state, walking(one))).toEqual([])
  })

  it('a withdrawal leaves nothing told: what was nothing is part of the past', () => {
    const state: WalkState = {
      ...from(begin),
      open: {
        state: 'early',
        openedMs: msOf(begin) - hourMs,
        fromMs: msOf(0),
        beganMs: msOf(begin - 30),
        lead: measures[0]!.id,
        by: 0.1,
      },
    }
    const [turn] = turnsOf(state, walking(world(9), { untilMs: msOf(begin + 1) }))
    expect(turn).toMatchObject({ state: 'withdrawn', atMs: msOf(begin + 1) })
    expect(state).toMatchObject({ open: null, told: [], floorMs: msOf(begin + 1) })
  })
})

describe('where nothing was collected', () => {
  it('no turn is looked for, and none comes of a gap', () => {
    const gaps = world(10, undefined, 'gaps')
    expect(turnsOf(from(begin), walking(gaps))).toEqual([])
    const lost = world(11, { at: 12 * aDay, by: 0.3 })
    for (let step = 12 * aDay; step < 13 * aDay; step++) {
      lost.collected[step] = 0
      for (const all of [lost.voices, ...Object.values(lost.sums)]) all[step] = 0
    }
    const [first] = turnsOf(from(begin), walking(lost))
    expect(first!.atMs).toBeGreaterThan(msOf(13 * aDay))
  })

  it('time passes all the same, also before the first step there is', () => {
    const state = newWalk(epochMs - 5 * stepMs)
    const read: (Reading[] | null)[] = []
    const one = world(12)
    one.collected[2] = 0
    expect(turnsOf(state, walking(one, { untilMs: msOf(4), read: (told) => read.push(told) }))).toEqual([])
    expect(state.atMs).toBe(msOf(4))
    expect(read.map((told) => told !== null)).toEqual([false, false, false, false, false, true, true, false, true])
  })

  it('a walk that only reads tells no turn, and changes nothing but where it is', () => {
    const state = from(begin)
    const strengths: number[] = []
    const read = (told: Reading[] | null) => strengths.push(Math.max(...told!.map(({ log }) => log)))
    expect(turnsOf(state, walking(world(13, { at: 12 * aDay, by: 0.3 }), { read }))).toEqual([])
    expect(strengths).toHaveLength((days - 10) * aDay)
    expect(Math.max(...strengths)).toBeGreaterThan(20)
    expect(state).toEqual({
      ...from(begin),
      atMs: msOf(days * aDay),
      learntMs: msOf((days - 1) * aDay),
      learnt: state.learnt,
    })
  })
})

describe('a piece of tallies', () => {
  it('has its own beginning, and all of what was cut', () => {
    const one = world(14)
    const piece = cut(one, 10, 30)
    expect(Date.parse(piece.from)).toBe(msOf(10))
    for (const name of ['accounts', 'voices', 'scored', 'collected'] as const)
      expect(piece[name]).toEqual(one[name].slice(10, 30))
    expect(piece.sums['sentiment.negative']).toEqual(one.sums['sentiment.negative']!.slice(10, 30))
    expect(Object.keys(piece.squares)).toEqual(Object.keys(one.squares))
    expect(piece).toMatchObject({ topic: one.topic, version: one.version, stepMs })
    expect(cut(one, 0, one.voices.length)).toEqual(one)
  })
})
