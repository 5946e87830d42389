// How the day and the week go: known cycles are found again, hours that were not collected say nothing.
import { describe, expect, it } from 'vitest'
import { baseOf, etaOf, expectedOf, fitted, hourly, usualOf, varianceOf } from '../../alerts/profile.ts'
import { aDay, expit, fromMs, logit, mean, ratesOf, sharesOf, stepMs, without } from './steps.ts'

const flat = [0, 0, 0, 0, 0]
const loose = { profile: flat, cycle: 0.4 }
const aWeek = 7 * aDay
const isWeekend = (step: number) => Math.floor(step / aDay) % 7 >= 5
const msOf = (step: number) => fromMs + step * stepMs
/** Logits, or logarithms, by which a step is above the level. */
const wave = (step: number) => {
  const angle = (2 * Math.PI * step) / aDay
  return 0.4 * Math.cos(angle) - 0.2 * Math.sin(angle) + 0.1 * Math.sin(2 * angle) + (isWeekend(step) ? -0.3 : 0)
}
const truth = [0.4, -0.2, 0, 0.1, -0.3]

describe('hours', () => {
  it('are six steps, and less where some were not collected', () => {
    const steps = sharesOf({ days: 2, seed: 1, size: 10, truth: () => 0.5 })
    const hours = hourly(
      without(steps, (step) => step < 3 || (step >= 12 && step < 18)),
      30,
    )
    expect(hours.map(({ at }) => (at - fromMs) / 3_600_000)).toEqual([0, 1, 3, 4])
    expect(hours.map(({ n }) => n)).toEqual([30, 60, 60, 60])
    expect(hours.map(({ size }) => size)).toEqual([expect.closeTo(0.5), ...[1, 1, 1].map((one) => expect.closeTo(one))])
    expect(hours[1]!.s).toBe(steps.s.slice(6, 12).reduce((sum, one) => sum + one, 0))
    expect(hours[1]!.squares).toBe(hours[1]!.s)
  })

  it('end where they are told to: what comes after changes nothing', () => {
    const steps = sharesOf({ days: 2, seed: 1, truth: () => 0.5 })
    const before = hourly(steps, 100)
    steps.s.fill(Number.NaN, 100)
    steps.n.fill(Number.NaN, 100)
    expect(hourly(steps, 100)).toEqual(before)
  })
})

describe('a profile', () => {
  it('goes with the hour of the day and the weekend, UTC', () => {
    for (const step of [0, 17, 80, 5 * aDay, 6 * aDay + 100, aWeek + 3])
      expect(etaOf(msOf(step), truth)).toBeCloseTo(wave(step), 9)
  })

  it('has the variance that it has over a week', () => {
    const all = Array.from({ length: aWeek }, (_, step) => wave(step))
    const middle = mean(all)
    expect(varianceOf(truth)).toBeCloseTo(mean(all.map((one) => (one - middle) ** 2)), 6)
    expect(varianceOf(flat)).toBe(0)
  })

  it.each(['share', 'rate'] as const)('of a %s is found again', (kind) => {
    const steps =
      kind === 'share'
        ? sharesOf({ days: 28, seed: 2, truth: (step) => expit(logit(0.3) + wave(step)) })
        : ratesOf({ days: 28, seed: 2, truth: (step) => 20 * Math.exp(wave(step)) })
    const fit = fitted(hourly(steps, steps.n.length), kind, loose)
    for (const [nr, value] of fit.profile.entries()) expect(Math.abs(value - truth[nr]!)).toBeLessThan(0.06)
    expect(fit.base).toBeCloseTo(kind === 'share' ? logit(0.3) : Math.log(20), 1)
    // Its error is about its five numbers over what all hours tell; an hour of a rate tells little beyond a flood or two.
    const told = 28 * 24 * (kind === 'share' ? 120 * 0.21 : 120 / (1 + 0.15 * 120))
    expect(fit.wobble).toBeGreaterThan(2 / told)
    expect(fit.wobble).toBeLessThan(8 / told)
  })

  it('is drawn towards what other topics taught where little is known', () => {
    const prior = { profile: truth, cycle: 0.004 }
    const days = 2
    const steps = sharesOf({ days, seed: 3, size: 2, truth: () => 0.3 })
    const far = (profile: number[]) => varianceOf(profile.map((value, nr) => value - truth[nr]!))
    const drawn = fitted(hourly(steps, days * aDay), 'share', prior)
    expect(far(drawn.profile)).toBeLessThan(varianceOf(truth) / 4)
    // With a month of many voices it is the topic's own.
    const many = sharesOf({ days: 28, seed: 3, size: 40, truth: () => 0.3 })
    const own = fitted(hourly(many, 28 * aDay), 'share', prior)
    expect(varianceOf(own.profile)).toBeLessThan(varianceOf(truth) / 20)
  })

  it('of a rate is not drawn by one flood', () => {
    const rate = (step: number) => 20 * Math.exp(wave(step)) * (step >= 10 * aDay && step < 10 * aDay + 24 ? 30 : 1)
    const steps = ratesOf({ days: 28, seed: 4, truth: rate })
    const fit = fitted(hourly(steps, steps.n.length), 'rate', loose)
    for (const [nr, value] of fit.profile.entries()) expect(Math.abs(value - truth[nr]!)).toBeLessThan(0.25)
  })

  it('reads nothing of hours that were not collected', () => {
    const steps = ratesOf({ days: 21, seed: 5, truth: (step) => 20 * Math.exp(wave(step)) })
    const nights = without(steps, (step) => step % 200 < 60)
    const fit = fitted(hourly(nights, steps.n.length), 'rate', loose)
    for (const [nr, value] of fit.profile.entries()) expect(Math.abs(value - truth[nr]!)).toBeLessThan(0.08)
  })
})

describe('the level', () => {
  it('meets what was counted', () => {
    const steps = sharesOf({ days: 7, seed: 6, truth: (step) => expit(logit(0.2) + wave(step)) })
    const past = hourly(steps, aWeek)
    const base = baseOf(past, truth, 'share')
    const told = past.map((hour) => expectedOf(hour, base, { profile: truth, kind: 'share' }))
    expect(mean(told.map(({ over }) => over))).toBeCloseTo(0, 1)
    expect(base).toBeCloseTo(logit(0.2), 1)
  })

  it('is finite where everybody agrees, and where there is nobody', () => {
    for (const share of [0, 1]) {
      const past = hourly(sharesOf({ days: 1, seed: 7, truth: () => share }), aDay)
      expect(Math.abs(baseOf(past, flat, 'share'))).toBeLessThan(14)
    }
    for (const kind of ['share', 'rate'] as const) expect(Number.isFinite(baseOf([], flat, kind))).toBe(true)
    expect(fitted([], 'rate', loose).profile.every(Number.isFinite)).toBe(true)
  })
})

describe('what is usual', () => {
  it('goes as the profile goes, and is nothing where nothing was collected', () => {
    const steps = without(ratesOf({ days: 1, seed: 8, truth: () => 5 }), (step) => step === 7)
    const usual = usualOf(steps, truth)
    expect(usual[7]).toBe(0)
    expect(usual[20]! / usual[90]!).toBeCloseTo(Math.exp(wave(20) - wave(90)), 9)
  })
})
