// The parts of a change: they add up exactly, say what is true by construction, and their intervals cover it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CausePart } from '../../alarms.ts'
import { type Cause, splitIn, splitOf } from '../../alerts/split.ts'
import { type Presence, splitRateIn } from '../../alerts/splitRate.ts'
import type { Voice } from '../../alerts/voices.ts'
import { atOnce } from '../../steps.ts'
import { seeded } from '../store/scores.ts'

const voice = (account: number, isAfter: boolean, share: number, more: Partial<Voice> = {}): Voice => ({
  ...{ account, isAfter, source: 'one', campaign: null, weight: 1, sum: share, noise: 0, ...more },
})
const accounts = (count: number, from = 0) => Array.from({ length: count }, (_, nr) => from + nr)
const split = (voices: Voice[], more: { error?: number; draws?: number } = {}) =>
  atOnce(splitIn(voices, { error: 0, seed: 1, ...more }))
const partOf = (causes: CausePart[], cause: Cause) => causes.find((one) => one.cause === cause)?.part
const total = (causes: CausePart[]) => causes.reduce((sum, { part }) => sum + part.estimate!, 0)

function differenceOf(voices: Voice[]): number {
  const share = (isAfter: boolean) => {
    const side = voices.filter((one) => one.isAfter === isAfter)
    return side.reduce((sum, one) => sum + one.sum, 0) / side.reduce((sum, one) => sum + one.weight, 0)
  }
  return share(true) - share(false)
}

const anyVoice = fc
  .record({
    account: fc.integer({ min: 0, max: 60 }),
    isAfter: fc.boolean(),
    source: fc.constantFrom('one', 'two', 'three', '__proto__'),
    campaign: fc.option(fc.constantFrom('a', 'b'), { freq: 3 }),
    weight: fc.double({ min: 0.01, max: 5, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    noise: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  // An account is of one source.
  .map(
    ({ share, ...one }): Voice => ({
      ...{ ...one, sum: share * one.weight },
      source: ['one', 'two', 'three', '__proto__'][one.account % 4]!,
    }),
  )

describe('the parts of a change of a share', () => {
  it('add up to it, whatever was said by whom', () => {
    fc.assert(
      fc.property(fc.array(anyVoice, { minLength: 2, maxLength: 150 }), (voices) => {
        const causes = split(voices, { draws: 3 })
        const isWhole = [true, false].every((isAfter) => voices.some((one) => one.isAfter === isAfter))
        expect(causes.length > 0).toBe(isWhole)
        expect(total(causes)).toBeCloseTo(isWhole ? differenceOf(voices) : 0, 9)
        for (const { part } of causes) {
          expect(part.low!).toBeLessThanOrEqual(part.estimate!)
          expect(part.high!).toBeGreaterThanOrEqual(part.estimate!)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are the same accounts alone where everybody stayed and changed', () => {
    const causes = split(accounts(40).flatMap((nr) => [voice(nr, false, 0.2), voice(nr, true, 0.5)]))
    expect(causes.map(({ cause }) => cause)).toEqual(['same accounts'])
    expect(partOf(causes, 'same accounts')).toMatchObject({
      estimate: expect.closeTo(0.3, 9),
      low: expect.closeTo(0.3, 9),
    })
  })

  it('are other accounts alone where nobody changed and others came', () => {
    const stayed = accounts(20).flatMap((nr) => [voice(nr, false, 0.2), voice(nr, true, 0.2)])
    const causes = split([...stayed, ...accounts(40, 100).map((nr) => voice(nr, true, 0.8))])
    expect(partOf(causes, 'same accounts')!.estimate).toBeCloseTo(0, 9)
    expect(partOf(causes, 'other accounts')!.estimate).toBeCloseTo(0.4, 9)
    expect(partOf(causes, 'other accounts')!.low).toBeGreaterThan(0.2)
  })

  it('do not take an account that only speaks more for one that changed', () => {
    const quiet = accounts(15).flatMap((nr) => [voice(nr, false, 0.1), voice(nr, true, 0.1)])
    const loud = accounts(15, 50).flatMap((nr) => [voice(nr, false, 0.9), voice(nr, true, 0.9 * 5, { weight: 5 })])
    const causes = split([...quiet, ...loud, ...accounts(12, 80).map((nr) => voice(nr, false, 0.5))])
    expect(partOf(causes, 'same accounts')!.estimate).toBeCloseTo(0, 9)
  })

  it('are platforms where a new one arrives that is darker, and where the mix alone moved', () => {
    const one = accounts(30).flatMap((nr) => [voice(nr, false, 0.2), voice(nr, true, 0.2)])
    const two = accounts(30, 100).map((nr) => voice(nr, true, 0.6, { source: 'two' }))
    const arrived = split([...one, ...two])
    expect(partOf(arrived, 'platforms')!.estimate).toBeCloseTo(0.2, 9)
    expect(partOf(arrived, 'other accounts')!.estimate).toBeCloseTo(0, 9)
    const both = (nr: number, source: string, share: number) =>
      accounts(30, nr).flatMap((id) => [voice(id, false, share, { source }), voice(id, true, share, { source })])
    const grew = accounts(60, 900).map((id) => voice(id, true, 0.6, { source: 'two' }))
    const mixed = split([...both(0, 'one', 0.2), ...both(100, 'two', 0.6), ...grew])
    expect(partOf(mixed, 'platforms')!.estimate).toBeCloseTo(total(mixed), 9)
  })

  it('are a campaign where one text floods in, and nothing else then', () => {
    const people = accounts(50).flatMap((nr) => [voice(nr, false, 0.3), voice(nr, true, 0.3)])
    const bots = accounts(50, 100).map((nr) => voice(nr, true, 1, { campaign: 'text' }))
    const causes = split([...people, ...bots])
    expect(total(causes)).toBeCloseTo(0.35, 9)
    const campaign = partOf(causes, 'campaign')!
    // One post of the flood is left.
    expect(campaign.estimate).toBeCloseTo(0.35 - (51 * 0.3 + 0.7) / 51 + 0.3, 6)
    expect(campaign.low).toBeGreaterThan(0.25)
    expect(Math.abs(partOf(causes, 'other accounts')!.estimate!)).toBeLessThan(0.02)
  })

  it('tell nothing that rests on fewer than ten accounts', () => {
    const few = accounts(9).flatMap((nr) => [voice(nr, false, 0.2), voice(nr, true, 0.9)])
    const others = accounts(30, 100).map((nr) => voice(nr, nr % 2 === 0, 0.4))
    const causes = split([...few, ...others])
    expect(causes.map(({ cause }) => cause)).toEqual(['other accounts'])
    const some = accounts(9, 300).map((nr) => voice(nr, true, 1, { source: 'small' }))
    expect(split([...others, ...some]).map(({ cause }) => cause)).not.toContain('platforms')
  })

  it('carry the model’s error by the weight they rest on', () => {
    const voices = accounts(40).flatMap((nr) => [voice(nr, false, 0.2), voice(nr, true, 0.5)])
    const { low, high } = partOf(split(voices, { error: 0.05 }), 'same accounts')!
    expect(high! - low!).toBeCloseTo(2 * 1.959964 * 0.05, 6)
  })

  it('are the same for the same voices, at once and breathing', async () => {
    const random = seeded(5)
    const voices = accounts(60).map((nr) => voice(nr % 40, nr >= 30, random(), { noise: 0.1 }))
    const once = split(voices)
    expect(split(voices)).toEqual(once)
    expect(await splitOf(voices, { error: 0, seed: 1 })).toEqual(once)
  })

  it('cover the truth in about 95 of 100 worlds', () => {
    const random = seeded(21)
    const drawn = { 'same accounts': 0, 'other accounts': 0 }
    const worlds = 200
    for (let world = 0; world < worlds; world++) {
      const causes = split(crowd(random), { draws: 200 })
      // By construction: stayers, four in ten of each side, rise by .2; those who come are .15 above those who left.
      const truth = { 'same accounts': 0.4 * 0.2, 'other accounts': 0.6 * 0.15 }
      for (const cause of ['same accounts', 'other accounts'] as const) {
        const { low, high } = partOf(causes, cause)!
        if (low! <= truth[cause] && truth[cause] <= high!) drawn[cause]++
      }
    }
    for (const covered of Object.values(drawn)) {
      expect(covered / worlds).toBeGreaterThan(0.9)
      expect(covered / worlds).toBeLessThanOrEqual(1)
    }
  })
})

/** Eighty accounts that stay and twice a hundred and twenty that do not, each leaning its own way; labels as people give. */
function crowd(random: () => number): Voice[] {
  const lean = (mean: number) => Math.min(1, Math.max(0, mean + (random() - 0.5) * 0.4))
  const said = (account: number, isAfter: boolean, p: number) =>
    voice(account, isAfter, p, { noise: 0, sum: random() < p ? 1 : 0 })
  const stay = accounts(80).flatMap((nr) => {
    const p = lean(0.4)
    return [said(nr, false, p), said(nr, true, p + 0.2)]
  })
  const left = accounts(120, 200).map((nr) => said(nr, false, lean(0.4)))
  const came = accounts(120, 400).map((nr) => said(nr, true, lean(0.55)))
  return [...stay, ...left, ...came]
}

describe('the parts of a change of accounts an hour', () => {
  const there = (account: number, isAfter: boolean, more: Partial<Presence> = {}): Presence => ({
    ...{ account, isAfter, source: 'one', isCampaign: false, ...more },
  })
  const hours = { before: 10, after: 2 }
  const parts = (those: Presence[]) => atOnce(splitRateIn(those, { hours, seed: 1 }))

  it('add up to the difference of the rates', () => {
    const any = fc.record({
      account: fc.integer({ min: 0, max: 30 }),
      isAfter: fc.boolean(),
      source: fc.constantFrom('one', 'two'),
      isCampaign: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 80 }), (those) => {
        const { before, after, causes } = parts(those)
        expect(total(causes)).toBeCloseTo(after.estimate! - before.estimate!, 9)
      }),
      { numRuns: 100 },
    )
  })

  it('tell a flood of one text from people who come', () => {
    const usual = accounts(40).flatMap((nr) => [there(nr, false), ...(nr < 8 ? [there(nr, true)] : [])])
    const flood = accounts(60, 100).map((nr) => there(nr, true, { isCampaign: true }))
    const { before, after, causes } = parts([...usual, ...flood])
    expect([before.estimate, after.estimate]).toEqual([4, 34])
    expect(partOf(causes, 'campaign')).toMatchObject({ estimate: 30 })
    expect(partOf(causes, 'campaign')!.low).toBeGreaterThan(20)
    const came = parts([...usual, ...accounts(60, 100).map((nr) => there(nr, true))]).causes
    expect(came.map(({ cause }) => cause)).toEqual(['same accounts', 'other accounts'])
    expect(partOf(came, 'other accounts')!.low).toBeGreaterThan(15)
  })

  it('tell a platform that was not heard before', () => {
    const usual = accounts(20).flatMap((nr) => [there(nr, false), ...(nr < 4 ? [there(nr, true)] : [])])
    const { causes } = parts([...usual, ...accounts(30, 100).map((nr) => there(nr, true, { source: 'new' }))])
    expect(partOf(causes, 'platforms')).toMatchObject({ estimate: 15 })
  })
})
