// A topic watched: what is read at a step comes from the steps before it, what was told or not collected is left out, and how
// sure a change is has the model's error in it.
import { describe, expect, it } from 'vitest'
import { measuresOf } from '../../alerts/measures.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import { byTheory } from '../../alerts/tail.ts'
import { type Watching, watch } from '../../alerts/watch.ts'
import { epochMs, type Injection, stepMs, tallies } from '../../bench/alertWorlds.ts'
import type { Tallies } from '../../sides.ts'
import { aDay } from './steps.ts'

const covers = (_: string, kind: string) => kind === 'sentiment' || kind === 'volume'
const measures = measuresOf({ labels: { emotion: [] }, targets: [], phrases: [], covers })
const days = 12
const turn = 11 * aDay
const end = days * aDay
const ten: Injection = { at: turn, by: 0.12 }
const world = (seed: number, inject?: Injection) =>
  tallies({ regime: 'flat', steps: end, rate: 60, seed, ...(inject && { inject }) })
const watching = (one: Tallies, more: Partial<Watching> = {}): Watching => ({
  ...{ tallies: one, measures, priorOf: unlearntPool, errorOf: () => ({ share: 0, difference: 0 }) },
  ...{ told: [], floorMs: 0, baselineMs: 28 * 86_400_000, ...more },
})
const ofTone = (watched: ReturnType<typeof watch>, step: number) =>
  watched.readingsAt(step).find(({ measure }) => measure.id === 'sentiment.negative')!
const msOf = (step: number) => epochMs + step * stepMs

describe('a topic watched', () => {
  it('shows a change that was put in, near when it began', () => {
    const one = ofTone(watch(watching(world(1, ten)), turn), end)
    expect(one.log).toBeGreaterThan(12)
    expect(one.direction).toBe('up')
    expect(Math.abs(one.began - turn)).toBeLessThan(36)
    const change = one.change()
    expect(change.by).toBeGreaterThan(0.06)
    expect(change.by).toBeLessThan(0.18)
    expect(change).toMatchObject({ isProbable: true, isCertain: true })
    expect(change.difference!.low).toBeGreaterThan(0)
    expect(change.before.low!).toBeLessThan(0.3)
    expect(change.before.high!).toBeGreaterThan(0.3)
  })

  it('reads nothing at or after the step it is asked about', () => {
    const whole = world(2, ten)
    const at = turn + 60
    const changed = structuredClone(whole)
    for (const all of [changed.voices, changed.accounts, changed.scored, ...Object.values(changed.sums)])
      all.fill(9_999, at)
    const read = (one: Tallies) =>
      watch(watching(one), turn)
        .readingsAt(at)
        .map(({ change, ...reading }) => ({ ...reading, change: change() }))
    expect(read(changed)).toEqual(read(whole))
  })

  it('reads of a young topic no more than theory allows, whatever grown ones showed', () => {
    const thin: Watching['priorOf'] = (measure) => ({ ...unlearntPool(measure), tail: { ...byTheory, theta: 1.1 } })
    const born = (ofTen: number) =>
      tallies({ regime: 'flat', steps: ofTen, rate: 60, seed: 1, inject: { at: ofTen - aDay / 2, by: 0.12 } })
    for (const [length, isYoung] of [
      [2 * aDay, true],
      [end, false],
    ] as const) {
      const [usual, thinner] = [unlearntPool, thin].map(
        (priorOf) => ofTone(watch(watching(born(length), { priorOf }), length - aDay / 2), length).log,
      )
      expect(usual).toBeGreaterThan(5)
      expect(thinner! > usual!).toBe(!isYoung)
    }
  })

  it('is not moved by numbers in steps that were not collected', () => {
    const gaps = tallies({ regime: 'gaps', steps: end, rate: 60, seed: 3 })
    expect(gaps.collected).toContain(0)
    const dirty = structuredClone(gaps)
    for (const all of [dirty.voices, dirty.accounts, dirty.scored, ...Object.values(dirty.sums)])
      for (const [step, part] of gaps.collected.entries()) if (part === 0) all[step] = 500
    const read = (one: Tallies) =>
      watch(watching(one), turn)
        .readingsAt(end)
        .map(({ log, began }) => ({ log, began }))
    expect(read(dirty)).toEqual(read(gaps))
  })

  it('takes no gap for a change, nor its end', () => {
    const gone = world(4)
    for (let step = turn; step < turn + 100; step++) {
      gone.collected[step] = 0
      for (const all of [gone.voices, gone.accounts, gone.scored, ...Object.values(gone.sums)]) all[step] = 0
    }
    const watched = watch(watching(gone), turn)
    for (let step = turn; step <= end; step += 5)
      for (const { log } of watched.readingsAt(step)) expect(log).toBeLessThan(7)
  })

  it('is told of no change within what an earlier alert told, nor of one against it', () => {
    // Twenty points more for a day and a half, told of; then as before.
    const back = world(5, { at: 9 * aDay, by: 0.2 })
    const usual = world(5)
    for (const [name, all] of Object.entries(back.sums))
      for (let step = 9 * aDay + 200; step < end; step++) all[step] = usual.sums[name]![step]!
    for (let step = 9 * aDay + 200; step < end; step++)
      back.scored[step] = back.accounts[step] = back.voices[step] = usual.voices[step]!
    const told = [{ fromMs: msOf(9 * aDay), toMs: msOf(9 * aDay + 200) }]
    expect(ofTone(watch(watching(back), turn), 9 * aDay + 230).log).toBeGreaterThan(8)
    const after = watch(watching(back, { told }), turn)
    for (let step = 9 * aDay; step <= end; step += 10) expect(ofTone(after, step).log).toBeLessThan(7)
  })

  it('begins no change before the floor', () => {
    const floor = turn + 40
    const one = ofTone(watch(watching(world(6, { at: turn, by: 0.2 }), { floorMs: msOf(floor) }), turn), turn + 100)
    expect(one.began === -1 || one.began >= floor).toBe(true)
  })

  it('holds it against as much of the past as it is told', () => {
    const watched = watch(watching(world(7, { at: end - 30, by: 0.25 }), { baselineMs: 86_400_000 }), turn)
    const one = ofTone(watched, end)
    expect(one.log).toBeGreaterThan(5)
    expect(one.from).toBeGreaterThanOrEqual(end - aDay)
  })

  it('does not take its first post for a flood', () => {
    const young = world(8)
    for (let step = 0; step < 10 * aDay + 3; step++)
      for (const all of [young.voices, young.accounts, young.scored, ...Object.values(young.sums)]) all[step] = 0
    const watched = watch(watching(young), 10 * aDay + 10)
    for (let step = 10 * aDay + 4; step < 11 * aDay; step += 3)
      for (const { log } of watched.readingsAt(step)) expect(log).toBeLessThan(7)
    expect(watched.fitted.get('sentiment.negative')).toMatchObject({ isOwn: false })
  })

  it('says the same of a young topic as of a grown one, less surely', () => {
    const young = world(9, { at: turn, by: 0.2 })
    for (let step = 0; step < 10 * aDay; step++)
      for (const all of [young.voices, young.accounts, young.scored, ...Object.values(young.sums)]) all[step] = 0
    const one = ofTone(watch(watching(young), turn), end)
    expect(one).toMatchObject({ direction: 'up' })
    expect(one.log).toBeGreaterThan(6)
    expect(one.log).toBeLessThan(ofTone(watch(watching(world(9, { at: turn, by: 0.2 })), turn), end).log)
  })
})

describe('how sure a change is', () => {
  const change = (error: { share: number; difference: number }) =>
    watch(watching(world(10, { at: turn, by: 0.1 }), { errorOf: () => error }), turn).changeOf('sentiment.negative', {
      ...{ at: end, began: turn, from: 0 },
    })!

  it('has the error of the model in it', () => {
    const [none, some, much] = [0, 0.05, 0.2].map((difference) => change({ share: difference, difference }))
    expect(none!.by).toBeCloseTo(much!.by, 9)
    // What chance alone makes of it has not.
    expect(none!.chance).toBeCloseTo(much!.chance, 9)
    expect(none!.chance).toBeCloseTo((none!.difference!.high! - none!.by) / 1.96, 2)
    expect(none).toMatchObject({ isProbable: true, isCertain: true })
    expect(some).toMatchObject({ isProbable: true, isCertain: false })
    expect(much).toMatchObject({ isProbable: false, isCertain: false })
    expect(some!.difference!.low).toBeLessThan(0)
    expect(none!.difference!.low).toBeGreaterThan(0)
  })

  it('counts the voices of both sides, and is of the windows that are asked about', () => {
    const sure = change({ share: 0, difference: 0 })
    const { scored } = world(10, { at: turn, by: 0.1 })
    const sum = (from: number, to: number) => scored.slice(from, to).reduce((all, one) => all + one, 0)
    // Not the step of the first post.
    expect(sure.voices).toEqual({ before: sum(1, turn), after: sum(turn, end) })
    const watched = watch(watching(world(10, { at: turn, by: 0.1 })), turn)
    const apart = watched.changeOf('sentiment.negative', { at: end, began: end - 36, from: 0, until: turn - 36 })!
    expect(apart.voices).toEqual({ before: sum(1, turn - 36), after: sum(end - 36, end) })
    expect(watched.changeOf('sentiment.unheard', { at: end, began: turn, from: 0 })).toBeNull()
  })

  it('is unknown where one side is empty', () => {
    const watched = watch(watching(world(11)), turn)
    const empty = watched.changeOf('sentiment.negative', { at: end, began: end, from: 0 })!
    expect(empty).toMatchObject({ difference: null, by: 0, isProbable: false, isCertain: false })
  })

  it('of a rate is a ratio, told as accounts an hour', () => {
    const one = world(12)
    for (let step = turn; step < end; step++) one.accounts[step]! *= 2
    const told = watch(watching(one), turn).changeOf('volume', { at: end, began: turn, from: 0 })!
    expect(Math.abs(told.by - Math.LN2)).toBeLessThan(0.1)
    expect(told.before.estimate!).toBeGreaterThan(54)
    expect(told.before.estimate!).toBeLessThan(66)
    expect(told.after.estimate!).toBeGreaterThan(108)
    expect(told.difference).toBeNull()
    expect(told).toMatchObject({ isProbable: true })
  })
})
