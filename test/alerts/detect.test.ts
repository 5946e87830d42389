// The statistic: as its definition says, blind to the future, right about when and which way, and as rare as it claims.
import { describe, expect, it } from 'vitest'
import { type Looking, lengths, longest, type Ordinary, type Span, type Sums, strengthAt } from '../../alerts/detect.ts'
import { measuresOf, volume } from '../../alerts/measures.ts'
import { sumsOf } from '../../alerts/ordinary.ts'
import type { Steps } from '../../alerts/profile.ts'
import { aDay, expit, logit, mean, ratesOf, seeded, sharesOf, stepMs } from './steps.ts'

const plain: Ordinary = { phi: 1, drift: 0, surge: 0, wobble: 0 }
const [negative] = measuresOf({ labels: { emotion: [] }, targets: [], phrases: [], covers: () => true })
const alternatives = { share: negative!.alternatives, rate: volume.alternatives }
const looking = (kind: 'share' | 'rate', more: Partial<Ordinary> = {}, recent = 0.3): Looking => ({
  ...{ kind, alternatives: alternatives[kind], ordinary: { ...plain, ...more }, recent, recentSteps: 48, stepMs },
})
const flat = [0, 0, 0, 0, 0]
const sumsAbout = (steps: Steps, level: number) =>
  sumsOf(steps, { profile: flat, base: steps.kind === 'share' ? logit(level) : Math.log(level) })

/** Steps as they are, without running sums. */
type Raw = Record<keyof Sums, number[]>
const rawOf = (sums: Sums): Raw => {
  const apart = (all: Float64Array) => Array.from({ length: all.length - 1 }, (_, step) => all[step + 1]! - all[step]!)
  return { n: apart(sums.n), s: apart(sums.s), e: apart(sums.e), v: apart(sums.v), u: apart(sums.u) }
}
const over = (steps: number[], from: number, to: number) => steps.slice(from, to).reduce((sum, one) => sum + one, 0)

/** Eight hours. */
const lately = { share: 48, rate: 48 }

interface Direct extends Span {
  /** Which beginnings are summed, each with the steps that it stands for. */
  beginnings: { length: number; weight: number }[]
}

/** The definition, each sum taken anew: the sum over beginnings, pasts and sizes of tempered likelihood ratios. */
function direct(raw: Raw, { at, from, floor, beginnings }: Direct, asked: Looking): number {
  let total = 0
  for (const { length, weight } of beginnings) {
    const began = at - length
    if (began < floor || began <= from) continue
    for (const [since, part] of [
      [from, 1 - asked.recent],
      [Math.max(from, began - lately[asked.kind]), asked.recent],
    ] as const)
      for (const { by, weight: prior } of asked.alternatives) {
        const ratio = asked.kind === 'share' ? shareRatio : rateRatio
        const told = ratio(raw, { at, began, since }, { ...asked, by })
        // What is so small that it is left out could not have been much.
        if (told.square >= 2) total += (part * prior * weight * told.ratio * stepMs) / 3_600_000
        else expect(told.ratio).toBeLessThan(4)
      }
  }
  return Math.log(total)
}

interface Cutting {
  at: number
  began: number
  since: number
}
const nothingSaid = { square: 0, ratio: 0 }

function shareRatio(raw: Raw, { at, began, since }: Cutting, { by, ordinary }: Looking & { by: number }) {
  const [after, before] = [over(raw.n, began, at), over(raw.n, since, began)]
  if (after === 0 || before < 30) return nothingSaid
  const moved = (over(raw.s, since, began) - over(raw.e, since, began)) / over(raw.v, since, began)
  const share = (over(raw.e, began, at) + moved * over(raw.v, began, at)) / after
  const yes = over(raw.s, began, at)
  const chance = after * share * (1 - share)
  if (before * share * (1 - share) < 12) return nothingSaid
  const usual = (over(raw.u, began, at) * before) / over(raw.u, since, began)
  const surge = usual > 0 ? Math.max(0, (after - usual) / after) : 0
  const wobble = ordinary.wobble * Math.max(0, 1 - (at - began) / aDay)
  const days = (began - since) / aDay
  const stray = ordinary.drift * (1 + Math.min(1, 1 / days)) + wobble + ordinary.surge * surge * surge
  const temper = ordinary.phi * (1 + after / before) + chance * stray
  const other = expit(logit(share) + by)
  const log = yes * Math.log(other / share) + (after - yes) * Math.log((1 - other) / (1 - share))
  return { square: (yes - after * share) ** 2 / (chance * temper), ratio: Math.exp(log / temper) }
}

function rateRatio(raw: Raw, { at, began, since }: Cutting, { by, ordinary }: Looking & { by: number }) {
  const counted = over(raw.s, since, began)
  if (over(raw.n, began, at) === 0 || counted < 30) return nothingSaid
  const expected = (counted * over(raw.n, began, at)) / over(raw.n, since, began)
  const count = over(raw.s, began, at)
  const stray = 2 * ordinary.drift + ordinary.wobble * Math.max(0, 1 - (at - began) / aDay)
  if (count <= expected) {
    const temper = ordinary.phi * (1 + expected / counted) + expected * stray
    const log = count * by - expected * (Math.exp(by) - 1)
    return { square: (count - expected) ** 2 / (expected * temper), ratio: Math.exp(log / temper) }
  }
  const more = Math.log(count + 0.5) - Math.log(expected + 0.5)
  const variance = ordinary.phi * (1 / (expected + 0.5) + 1 / counted) + stray
  return { square: more ** 2 / variance, ratio: Math.exp((by * more - (by * by) / 2) / variance) }
}

const thinned = lengths.map((length, k) => {
  const after = lengths[k + 1] ?? Math.round(length * 1.41)
  return { length, weight: (after - (lengths[k - 1] ?? 0)) / 2 }
})
const every = Array.from({ length: Math.round(longest * 1.2) }, (_, nr) => ({ length: nr + 1, weight: 1 }))

/** A share, or a rate, that changes a day before the end. */
const changed = (kind: 'share' | 'rate', seed: number, { days = 6, to = 0.45 } = {}) => {
  const turn = (days - 1) * aDay
  return kind === 'share'
    ? sumsAbout(sharesOf({ days, seed, size: 8, truth: (step) => (step < turn ? 0.3 : to) }), 0.3)
    : sumsAbout(ratesOf({ days, seed, truth: (step) => (step < turn ? 8 : 8 * to) }), 8)
}

describe('the statistic', () => {
  const strayed = { phi: 1.3, drift: 0.01, surge: 0.05, wobble: 0.02 }

  it.each(['share', 'rate'] as const)('of a %s is its definition, summed anew', (kind) => {
    const chance = seeded(1)
    let found = 0
    for (let seed = 1; seed <= 12; seed++) {
      const sums = changed(kind, seed, { to: kind === 'share' ? [0.3, 0.4, 0.2][seed % 3]! : [1, 1.6, 0.6][seed % 3]! })
      // Some times are usually full.
      for (let step = 1; step < sums.u.length; step++) sums.u[step]! = sums.u[step - 1]! + (step % 3)
      const raw = rawOf(sums)
      for (let nr = 0; nr < 8; nr++) {
        const at = 2 + Math.floor(chance() ** 0.3 * (6 * aDay - 2))
        const span = { at, from: Math.floor(chance() ** 3 * at), floor: Math.floor(chance() ** 2 * at) }
        const asked = looking(kind, strayed)
        const told = strengthAt(sums, span, asked)
        const log = direct(raw, { ...span, beginnings: thinned }, asked)
        if (log === Number.NEGATIVE_INFINITY) expect(told).toMatchObject({ log, began: -1 })
        else expect(told.log).toBeCloseTo(log, 8)
        if (told.began >= 0) found++
      }
    }
    expect(found).toBeGreaterThan(20)
  })

  it.each(['share', 'rate'] as const)('of a %s is near the sum over every beginning', (kind) => {
    for (const seed of [1, 2]) {
      const sums = changed(kind, seed, { to: kind === 'share' ? 0.4 : 1.8 })
      const span = { at: 6 * aDay - 20, from: 0, floor: 0 }
      const all = direct(rawOf(sums), { ...span, beginnings: every }, looking(kind, strayed))
      const { log } = strengthAt(sums, span, looking(kind, strayed))
      expect(log).toBeGreaterThan(4)
      expect(Math.abs(log - all)).toBeLessThan(0.7)
    }
  })

  it('never looks at a step after the one it is asked about', () => {
    for (const kind of ['share', 'rate'] as const) {
      const sums = changed(kind, 3, { to: 0.5 })
      const span = { at: 5 * aDay + 50, from: 0, floor: 0 }
      const told = strengthAt(sums, span, looking(kind))
      expect(told.began).toBeGreaterThan(0)
      for (const all of Object.values(sums) as Float64Array[]) all.fill(Number.NaN, span.at + 1)
      expect(strengthAt(sums, span, looking(kind))).toEqual(told)
    }
  })

  it('says nothing of steps before its own', () => {
    const sums = changed('share', 4)
    const span = { at: 6 * aDay, from: 3 * aDay, floor: 0 }
    const told = strengthAt(sums, span, looking('share'))
    // Running sums are differences: what came before moves all of them alike.
    const shifted = Object.fromEntries(
      Object.entries(sums).map(([name, all]) => [name, all.map((one: number) => one + 1_000)]),
    ) as unknown as Sums
    expect(strengthAt(shifted, span, looking('share')).log).toBeCloseTo(told.log, 9)
    expect(told.from).toBeGreaterThanOrEqual(span.from)
  })
})

describe('a change', () => {
  it('of ten points is found, and the time it began is near', () => {
    const [days, size] = [9, 10]
    const turn = 7 * aDay
    const runs = Array.from({ length: 40 }, (_, seed) => {
      const truth = (step: number) => (step < turn ? 0.3 : 0.4)
      const sums = sumsAbout(sharesOf({ days, size, seed: seed + 1, truth }), 0.3)
      // One false alarm in 1,000 hours.
      for (let at = turn + 1; at <= days * aDay; at++) {
        const told = strengthAt(sums, { at, from: 0, floor: 0 }, looking('share'))
        if (told.log > Math.log(1_000)) return { ...told, hours: (at - turn) / 6, off: (told.began - turn) / 6 }
      }
      return null
    })
    const found = runs.filter((one) => one !== null)
    expect(found.length).toBeGreaterThanOrEqual(38)
    const hours = found.map((one) => one.hours).sort((a, b) => a - b)
    expect(hours[Math.floor(hours.length / 2)]).toBeLessThan(9)
    expect(found.every(({ direction }) => direction === 'up')).toBe(true)
    // At least three of four begin within six hours of the truth.
    expect(found.filter(({ off }) => Math.abs(off) <= 6).length).toBeGreaterThan(found.length * 0.75)
  })

  it.each([
    ['share', 0.45, 'up'],
    ['share', 0.17, 'down'],
    ['rate', 2, 'up'],
    ['rate', 0.5, 'down'],
  ] as const)('of a %s to %d goes %s', (kind, to, direction) => {
    const told = strengthAt(changed(kind, 5, { to }), { at: 6 * aDay, from: 0, floor: 0 }, looking(kind))
    expect(told.log).toBeGreaterThan(Math.log(10_000))
    expect(told.direction).toBe(direction)
  })

  it('down to nothing is found, as is one from nothing', () => {
    const gone = changed('rate', 6, { to: 0 })
    expect(strengthAt(gone, { at: 6 * aDay, from: 0, floor: 0 }, looking('rate')).direction).toBe('down')
    for (const [before, after] of [
      [0, 0.3],
      [0.3, 0],
      [1, 0.6],
    ] as const) {
      const truth = (step: number) => (step < 5 * aDay ? before : after)
      const sums = sumsAbout(sharesOf({ days: 6, seed: 7, size: 12, truth }), Math.max(0.01, Math.min(0.99, before)))
      const { log, direction } = strengthAt(sums, { at: 6 * aDay, from: 0, floor: 0 }, looking('share'))
      expect(log).toBeGreaterThan(5)
      expect(direction).toBe(after > before ? 'up' : 'down')
    }
  })

  it('is held against the last hours too, where a topic moves on by the day', () => {
    // A day at 30 %, a day at 50 %, and in the last three hours 30 % again: against the whole past that is nothing much.
    const turns = [2 * aDay, 3 * aDay - 18]
    const truth = (step: number) => (step >= turns[0]! && step < turns[1]! ? 0.5 : 0.3)
    const sums = sumsAbout(sharesOf({ days: 3, seed: 8, size: 30, truth }), 0.35)
    const told = (recent: number) =>
      strengthAt(sums, { at: 3 * aDay, from: 0, floor: 3 * aDay - 24 }, looking('share', {}, recent))
    expect(told(0.5)).toMatchObject({ direction: 'down' })
    expect(told(0.5).began - told(0.5).from).toBe(48)
    expect(told(0.5).log).toBeGreaterThan(10)
    expect(told(0.5).log - told(0.05).log).toBeCloseTo(Math.log(10), 1)
    expect(told(0).log).toBeLessThan(told(0.5).log / 2)
  })

  it('begins at the floor or later', () => {
    const sums = changed('share', 9, { to: 0.5 })
    const span = { at: 6 * aDay, from: 0 }
    const free = strengthAt(sums, { ...span, floor: 0 }, looking('share'))
    expect(free.began).toBeLessThan(5 * aDay + 30)
    for (const floor of [5 * aDay + 40, 6 * aDay - 12, 6 * aDay - 1]) {
      const told = strengthAt(sums, { ...span, floor }, looking('share'))
      if (told.began >= 0) expect(told.began).toBeGreaterThanOrEqual(floor)
      expect(told.log).toBeLessThan(free.log)
    }
    expect(strengthAt(sums, { ...span, floor: 6 * aDay }, looking('share')).began).toBe(-1)
  })

  it('is none where nothing was collected, or hardly anything came before', () => {
    const empty = sumsAbout(sharesOf({ days: 2, seed: 1, size: 0, truth: () => 0.3 }), 0.3)
    const nothing = { log: Number.NEGATIVE_INFINITY, began: -1 }
    expect(strengthAt(empty, { at: 200, from: 0, floor: 0 }, looking('share'))).toMatchObject(nothing)
    expect(strengthAt(empty, { at: 200, from: 0, floor: 0 }, looking('rate'))).toMatchObject(nothing)
    expect(strengthAt(empty, { at: 0, from: 0, floor: 0 }, looking('share'))).toMatchObject(nothing)
    // A voice a step, of which every other one says yes: 30 of them, and 48 so that twelve could have said otherwise.
    const few = sumsAbout(sharesOf({ days: 1, seed: 1, size: 1, truth: (step) => (step < 60 ? step % 2 : 1) }), 0.5)
    expect(strengthAt(few, { at: 70, from: 0, floor: 0 }, looking('share')).began).toBeGreaterThan(47)
    expect(strengthAt(few, { at: 70, from: 23, floor: 60 }, looking('share'))).toMatchObject(nothing)
    // Of a thousand who all say no, nobody can tell how many might say yes.
    const none = sumsAbout(sharesOf({ days: 7, seed: 1, size: 1, truth: (step) => (step < 1_000 ? 0 : 1) }), 0.01)
    expect(strengthAt(none, { at: 1_005, from: 0, floor: 0 }, looking('share'))).toMatchObject(nothing)
    const rate = sumsAbout(ratesOf({ days: 1, seed: 1, truth: (step) => (step < 40 ? 0.5 : 9) }), 1)
    expect(strengthAt(rate, { at: 42, from: 0, floor: 40 }, looking('rate'))).toMatchObject(nothing)
  })

  it('speaks the less, the more a topic strays by itself, and floods the less, the more they lean', () => {
    const sums = changed('share', 10)
    const at = (more: Partial<Ordinary>) =>
      strengthAt(sums, { at: 6 * aDay, from: 0, floor: 0 }, looking('share', more)).log
    const one = at({})
    expect(at({ phi: 2 })).toBeLessThan(one)
    expect(at({ drift: 0.05 })).toBeLessThan(one)
    expect(at({ wobble: 0.05 })).toBeLessThan(one)
    expect(at({ surge: 0.5 })).toBe(one)
    // The last day is ten times as full as is usual.
    const full = sharesOf({ days: 6, seed: 10, size: 8, truth: (step) => (step < 5 * aDay ? 0.3 : 0.45) })
    for (let step = 5 * aDay; step < 6 * aDay; step++) for (const all of [full.n, full.s]) all[step]! *= 10
    const flooded = sumsAbout(full, 0.3)
    const span = { at: 6 * aDay, from: 0, floor: 0 }
    const told = [0, 0.5].map((surge) => strengthAt(flooded, span, looking('share', { surge })).log)
    expect(told[1]).toBeLessThan(told[0]! / 2)
  })
})

/** Hours between two alarms where nothing ever changes: after each one it begins anew. */
function hoursBetween(kind: 'share' | 'rate', { hours, days, seed }: { hours: number; days: number; seed: number }) {
  const back = 21 * aDay
  const truth = () => (kind === 'share' ? 0.3 : 8)
  const sums =
    kind === 'share'
      ? sumsAbout(sharesOf({ days, seed, size: 8, truth }), 0.3)
      : sumsAbout(ratesOf({ days, seed, truth }), 8)
  let [alarms, floor] = [0, 0]
  for (let at = back + 1; at <= days * aDay; at++) {
    const told = strengthAt(sums, { at, from: at - back, floor: Math.max(floor, at - back) }, looking(kind))
    if (told.log < Math.log(hours)) continue
    alarms++
    floor = at
  }
  return ((days - 21) * 24) / alarms
}

describe('where nothing changes', () => {
  it('a share passes A hours about once in as many', () => {
    for (const hours of [24, 72]) {
      const seen = mean([1, 2].map((seed) => hoursBetween('share', { hours, days: 200, seed })))
      expect(seen).toBeGreaterThan(hours / 1.6)
      expect(seen).toBeLessThan(hours * 1.6)
    }
  })

  it('a rate passes A hours more rarely: floods that are looked for are far from what is ordinary', () => {
    const seen = hoursBetween('rate', { hours: 24, days: 250, seed: 1 })
    expect(seen).toBeGreaterThan(24)
    expect(seen).toBeLessThan(24 * 5)
  })
})
