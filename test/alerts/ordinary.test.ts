// What is ordinary: scatter, drift and floods of a known size are found again, a true change is not taken for any of them,
// and who is young is held to what others taught.
import { describe, expect, it } from 'vitest'
import { surgeOf } from '../../alerts/detect.ts'
import { type Fitted, learn, type Prior, pooled, sumsOf, unlearnt } from '../../alerts/ordinary.ts'
import type { Steps } from '../../alerts/profile.ts'
import { byTheory } from '../../alerts/tail.ts'
import { aDay, expit, logit, mean, normal, ratesOf, seeded, sharesOf, without } from './steps.ts'

const prior: Prior = { ...unlearnt.share, tail: byTheory }
const learnt = (steps: Steps, more: { prior?: Prior; isYoung?: boolean } = {}) =>
  learn(steps, steps.n.length, { prior: steps.kind === 'share' ? prior : unlearnt.rate, ...more })
const flat = (seed: number, days = 28, share = 0.3) => sharesOf({ days, seed, size: 10, truth: () => share })
/** A topic whose days stray by themselves. */
function straying(seed: number, variance: number, days = 28): Steps {
  const chance = seeded(seed + 1_000)
  const lean = Array.from({ length: days }, () => Math.sqrt(variance) * normal(chance))
  return sharesOf({ days, seed, size: 10, truth: (step) => expit(logit(0.3) + lean[Math.floor(step / aDay)]!) })
}
const seeds = Array.from({ length: 12 }, (_, nr) => nr + 1)

describe('scatter', () => {
  it('of voices that speak for themselves is that of chance', () => {
    for (const steps of [flat(1), ratesOf({ days: 28, seed: 1, truth: () => 10 })]) {
      const { own, phi, isOwn } = learnt(steps)
      expect(isOwn).toBe(true)
      expect(own.phi).toBeGreaterThan(0.85)
      expect(own.phi).toBeLessThan(1.15)
      // Never below what the topic says: an alarm is rare, and its rate goes with it.
      expect(phi).toBeGreaterThan(0.95)
    }
  })

  it('of voices that speak in pairs is twice that', () => {
    const double = flat(2)
    for (const all of [double.n, double.s]) for (let step = 0; step < all.length; step++) all[step]! *= 2
    const { own, phi } = learnt(double)
    expect(own.phi).toBeGreaterThan(1.75)
    expect(own.phi).toBeLessThan(2.3)
    expect(phi).toBeGreaterThan(1.6)
  })

  it('of a model that is never sure is less', () => {
    const steps = flat(3)
    // Each voice says .2 or .4 in the place of no and yes.
    const s = steps.s.map((yes, step) => 0.2 * steps.n[step]! + 0.2 * yes)
    const squares = steps.s.map((yes, step) => 0.04 * (steps.n[step]! - yes) + 0.16 * yes)
    const { own, phi } = learnt({ ...steps, s, squares })
    // p (1 - p) of the mean .26, against the variance of a voice: .0084.
    expect(phi).toBeLessThan(0.06)
    expect(own.phi).toBeGreaterThan(0.8)
    expect(own.phi).toBeLessThan(1.2)
    // Of ten voices nobody can tell that they are never sure: in part they count as yes and no.
    const few = learnt({ ...steps, s, squares: squares.map((one) => one) }, {})
    expect(few.phi).toBe(phi)
    const young = learn({ ...steps, s, squares }, 1, { prior })
    expect(young.phi).toBeGreaterThan(0.3)
  })

  it('sees a true change once: not all that came after counts as scatter', () => {
    const turned = sharesOf({ days: 28, seed: 4, size: 10, truth: (step) => (step < 14 * aDay ? 0.2 : 0.5) })
    const { own, drift } = learnt(turned)
    expect(own.phi).toBeLessThan(1.15)
    // About a level the days would vary by more than .4.
    expect(own.drifts[1]).toBeLessThan(0.1)
    expect(drift).toBeLessThan(0.06)
  })

  it('is that of a topic by its blocks, and of others where it has few', () => {
    const strong = { ...prior, phi: 1.6, blocks: 1_000 }
    expect(learnt(flat(5, 3), { prior: strong }).phi).toBeGreaterThan(1.5)
    expect(learnt(flat(5), { prior: { ...strong, blocks: 24 } }).phi).toBeLessThan(1.2)
    // A dozen blocks are too few to say anything.
    expect(learn(flat(5), 60, { prior: strong }).own).toMatchObject({ phi: 1, blocks: 0 })
  })
})

describe('drift', () => {
  it.each([0, 0.05, 0.15])('of days with a variance of %f is found again', (variance) => {
    const own = mean(seeds.map((seed) => learnt(straying(seed, variance)).own.drifts[1]!))
    expect(Math.abs(own - variance)).toBeLessThan(0.02 + variance * 0.15)
  })

  it('of how much is said is farther in two days than in one where it wanders, and the same where days are apart', () => {
    const rates = (step: (level: number, by: number) => number) =>
      seeds.map((seed) => {
        const chance = seeded(seed + 900)
        let level = 0
        const levels = Array.from({ length: 28 }, () => (level = step(level, 0.3 * normal(chance))))
        const truth = (at: number) => 20 * Math.exp(levels[Math.floor(at / aDay)]!)
        return learn(ratesOf({ days: 28, seed, truth }), 28 * aDay, { prior: unlearnt.rate }).own.drifts
      })
    const [wandering, apart] = [rates((level, by) => level + by), rates((_, by) => by)]
    const at = (all: number[][], nr: number) => mean(all.map((drifts) => drifts[nr]!))
    // Half the variance of neighbours' differences: of a walk in steps of variance w, w / 2 by days, 3 w / 4 by two days.
    expect(at(wandering, 2) / at(wandering, 1)).toBeGreaterThan(1.25)
    expect(at(apart, 2)).toBeLessThan(at(apart, 1))
  })

  it('is drawn towards what others taught, the more so the fewer its days', () => {
    const others = { ...prior, drift: 0.1 }
    const few = mean(seeds.map((seed) => learnt(straying(seed, 0, 7), { prior: others }).drift))
    const many = mean(seeds.map((seed) => learnt(straying(seed, 0, 28), { prior: others }).drift))
    // 21 days of others: 3/4 of theirs at seven days, 3/7 at 28.
    expect(few).toBeGreaterThan(0.065)
    expect(few).toBeLessThan(0.09)
    expect(many).toBeGreaterThan(0.035)
    expect(many).toBeLessThan(0.06)
  })

  it('is never below nothing', () => {
    for (const seed of seeds)
      expect(learnt(flat(seed), { prior: { ...prior, drift: 0 } }).drift).toBeGreaterThanOrEqual(0)
  })
})

describe('floods', () => {
  /** Six hours in each three days are five times as full. */
  function flooded(seed: number, variance: number): Steps {
    const chance = seeded(seed + 500)
    const lean = Array.from({ length: 10 }, () => Math.sqrt(variance) * normal(chance))
    const isFlood = (step: number) => step % (3 * aDay) >= 2 * aDay && step % (3 * aDay) < 2 * aDay + 36
    const shareAt = (step: number) => expit(logit(0.3) + (isFlood(step) ? lean[Math.floor(step / (3 * aDay))]! : 0))
    const steps = sharesOf({ days: 30, seed, size: 10, truth: shareAt })
    for (let step = 0; step < steps.n.length; step++) {
      if (!isFlood(step)) continue
      // As chance would have it with fifty voices: the mean, and a scatter to match.
      steps.n[step] = 50
      steps.s[step] = Math.min(50, Math.max(0, Math.round(50 * shareAt(step) + Math.sqrt(50 * 0.21) * normal(chance))))
    }
    return steps
  }

  it('that lean one way or the other are learnt apart from drift', () => {
    const lean = seeds.map((seed) => learnt(flooded(seed, 0.3)).own)
    const even = seeds.map((seed) => learnt(flooded(seed, 0)).own)
    expect(mean(lean.map(({ surge }) => surge))).toBeGreaterThan(0.15)
    expect(mean(even.map(({ surge }) => surge))).toBeLessThan(0.06)
    expect(mean(lean.map(({ drifts }) => drifts[0]!))).toBeLessThan(0.04)
  })

  it('are what is beyond the usual number of voices', () => {
    expect(surgeOf(100, 50)).toBe(0.5)
    expect(surgeOf(50, 100)).toBe(0)
    expect(surgeOf(50, 0)).toBe(0)
  })
})

describe('a young topic', () => {
  const taught = { ...prior, profile: [0.3, 0, 0, 0, -0.1], drift: 0.03, cycle: 0.02 }

  it('goes with the day as others do, and strays as far as they do and by what its own day may be', () => {
    const young = learnt(flat(6, 3), { prior: taught })
    expect(young).toMatchObject({ isOwn: false, profile: taught.profile, wobble: 0 })
    expect(young.drift).toBeCloseTo(0.05, 9)
    expect(young.days).toBeCloseTo(3, 6)
    expect(learnt(flat(6), { prior: taught, isYoung: true })).toMatchObject({ isOwn: false, profile: taught.profile })
  })

  it('has its level from what there is', () => {
    for (const share of [0.1, 0.6]) expect(learnt(flat(7, 1, share)).base).toBeCloseTo(logit(share), 0)
    const none = learnt(flat(7, 0))
    expect([none.base, none.phi, none.drift, none.surge].every(Number.isFinite)).toBe(true)
  })

  it('is grown after five days that were collected', () => {
    expect(learnt(flat(8, 6)).isOwn).toBe(true)
    expect(learnt(without(flat(8, 6), (step) => step % 3 === 0)).isOwn).toBe(false)
  })
})

describe('what is learnt', () => {
  it('never comes from a step at or after the last', () => {
    const steps = flat(9)
    const before = learn(steps, 20 * aDay, { prior })
    for (const all of [steps.n, steps.s]) all.fill(Number.NaN, 20 * aDay)
    expect(learn(steps, 20 * aDay, { prior })).toEqual(before)
  })

  it('is the same where what was not collected held numbers', () => {
    const lost = (step: number) => step % 500 < 80
    const steps = without(flat(10), lost)
    const told = learnt(steps)
    const dirty = { ...steps, s: steps.s.map((yes, step) => (lost(step) ? 1_000 : yes)) }
    expect(learnt(dirty)).toEqual(told)
    const sums = sumsOf(dirty, told)
    expect(sums).toEqual(sumsOf(steps, told))
    expect(sums.u.at(-1)).toBe(steps.n.filter((size) => size > 0).length)
  })

  it('makes running sums with what the profile expects', () => {
    const steps = sharesOf({ days: 1, seed: 11, size: 3, truth: () => 0.4 })
    const sums = sumsOf(steps, { profile: [0.5, 0, 0, 0, 0], base: logit(0.4) })
    const share = expit(logit(0.4) + 0.5 * Math.cos((2 * Math.PI * 10) / aDay))
    expect(sums.n[0]).toBe(0)
    expect(sums.n[aDay]).toBe(3 * aDay)
    expect(sums.s[aDay]).toBe(steps.s.reduce((sum, one) => sum + one, 0))
    expect(sums.e[11]! - sums.e[10]!).toBeCloseTo(3 * share, 9)
    expect(sums.v[11]! - sums.v[10]!).toBeCloseTo(3 * share * (1 - share), 9)
    const rates = sumsOf(ratesOf({ days: 1, seed: 1, truth: () => 5 }), { profile: [0.5, 0, 0, 0, 0], base: 9 })
    expect(rates.n[1]).toBeCloseTo(Math.exp(0.5), 9)
    expect(rates.e[aDay]).toBe(0)
  })
})

describe('what topics teach', () => {
  const taught = (more: Partial<Fitted> & { phi?: number }): Fitted => ({
    ...{ phi: 1, drift: 0, surge: 0, wobble: 0, profile: [0, 0, 0, 0, 0], base: 0, isOwn: true, days: 28 },
    ...more,
    own: { phi: more.phi ?? 1, blocks: 220, drifts: [0, 0], surge: 0, ...more.own },
  })
  const many = (of: (nr: number) => Fitted) => Array.from({ length: 30 }, (_, nr) => of(nr))

  it('weighs much where they are alike, and little where they are not', () => {
    expect(
      pooled(
        many(() => taught({ phi: 1.2 })),
        'share',
      ).blocks,
    ).toBeGreaterThan(250)
    expect(
      pooled(
        many((nr) => taught({ phi: nr % 2 ? 0.6 : 1.8 })),
        'share',
      ).blocks,
    ).toBe(24)
    // Differing by chance alone is being alike.
    const chance = seeded(1)
    const alike = many(() => taught({ phi: 1.2 * (1 + Math.sqrt(2 / 220) * normal(chance)) }))
    expect(pooled(alike, 'share').blocks).toBeGreaterThan(100)
  })

  it('is the mean of theirs, beside which what nobody taught weighs as much as one or two', () => {
    const told = pooled(
      many(() =>
        taught({ phi: 2, profile: [0.32, 0, 0, 0, 0], own: { phi: 2, blocks: 220, drifts: [0.1, 0.2], surge: 0.3 } }),
      ),
      'share',
    )
    // As much as so many topics.
    const weight = (30 * (2 - told.phi)) / (told.phi - unlearnt.share.phi)
    expect(weight).toBeGreaterThan(0.5)
    expect(weight).toBeLessThan(2.5)
    expect(told.drift).toBeCloseTo((30 * 0.2 + weight * unlearnt.share.drift) / (30 + weight), 9)
    expect(told.surge).toBeCloseTo((30 * 0.3 + weight * unlearnt.share.surge) / (30 + weight), 9)
    expect(told.profile[0]).toBeCloseTo((30 * 0.32) / (30 + weight), 9)
    // Their days go alike: nothing is left but that they are not the mean with what nobody taught.
    expect(told.cycle).toBeLessThan(0.002)
  })

  it('has how far their days go apart', () => {
    const apart = pooled(
      many((nr) => taught({ profile: [nr % 2 ? 0.5 : -0.5, 0, 0, 0, 0] })),
      'share',
    )
    expect(apart.profile[0]).toBeCloseTo(0, 9)
    expect(apart.cycle).toBeGreaterThan(0.11)
  })

  it('comes from no topic that is young itself, and is what nobody taught where there is none', () => {
    const { tail: _, blocks, ...rest } = unlearnt.rate
    const young = many(() => taught({ isOwn: false, phi: 5 }))
    for (const some of [[], young]) expect(pooled(some, 'rate')).toMatchObject(rest)
    expect(pooled([], 'share').blocks).toBeCloseTo(blocks, -1)
  })

  it('has no drift below nothing, however even days were by chance', () => {
    const even = many(() => taught({ own: { phi: 1, blocks: 220, drifts: [-0.2, -0.1], surge: -1 } }))
    expect(pooled(even, 'share')).toMatchObject({ drift: 0, surge: 0 })
  })
})
