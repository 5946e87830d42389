// The worlds that alerts are measured in are what they say: a bench over a world that is not flat would praise or blame for nothing.
import { describe, expect, it } from 'vitest'
import { emotions, normal, regimes, shares, stepMs, tallies, target, type World } from '../../bench/alertWorlds.ts'
import { seeded } from '../../bench/posts.ts'
import type { Tallies } from '../../sides.ts'

const aDay = 144
const days = 60
const world = (more: Partial<World> = {}): Tallies =>
  tallies({ regime: 'flat', steps: days * aDay, rate: 50, seed: 1, ...more })
const sum = (all: number[], from = 0, to = all.length) => all.slice(from, to).reduce((total, one) => total + one, 0)
const shareOf = ({ sums, voices }: Tallies, name: string, from = 0, to = voices.length) =>
  sum(sums[name]!, from, to) / sum(voices, from, to)
const correlation = (a: number[], b: number[]) => {
  const [ma, mb] = [sum(a) / a.length, sum(b) / b.length]
  const over = (x: number[], mx: number, y: number[], my: number) =>
    x.reduce((total, one, nr) => total + (one - mx) * (y[nr]! - my), 0)
  return over(a, ma, b, mb) / Math.sqrt(over(a, ma, a, ma) * over(b, mb, b, mb))
}
const daily = (all: number[]) => Array.from({ length: days }, (_, day) => sum(all, day * aDay, (day + 1) * aDay))

describe.each(regimes)('a world that is %s', (regime) => {
  it('is the same from the same seed, and another from another', () => {
    const some = { regime, steps: 5 * aDay }
    expect(world(some)).toEqual(world(some))
    expect(world({ ...some, seed: 2 }).voices).not.toEqual(world(some).voices)
  })

  it('has the shares and the rate that are written', () => {
    // Tones of cascades and of accounts scatter: of them many worlds are looked at together.
    const all = [1, 2, 3, 4, 5, 6].map((seed) => world({ regime, seed, only: 'sentiment.negative' }))
    const near = { flat: 0.006, gaps: 0.006, volume: 0.006, cycle: 0.04, bursty: 0.02, authors: 0.05 }[regime]
    const share = (name: string) => sum(all.map((one) => shareOf(one, name))) / all.length
    expect(Math.abs(share('sentiment.negative') - shares.negative)).toBeLessThan(near)
    expect(Math.abs(share('sentiment.positive') - shares.positive)).toBeLessThan(near)
    const rate = sum(all.map(({ voices, collected }) => (6 * sum(voices)) / sum(collected))) / all.length
    // A level that drifts for years is about right on no two months; of heavy writers fewer voices are left than posts.
    const off = { flat: 0.02, gaps: 0.02, volume: 0.8, cycle: 0.05, bursty: 0.25, authors: 0.35 }[regime]
    expect(Math.abs(rate / 50 - 1)).toBeLessThan(off)
  })

  it('holds together: nobody says more than there are voices', () => {
    const one = world({ regime, steps: 10 * aDay })
    for (const values of [...Object.values(one.sums), one.collected]) expect(values).toHaveLength(10 * aDay)
    for (const [step, voices] of one.voices.entries()) {
      if (regime !== 'gaps')
        expect(one.sums.polarisation![step]).toBe(
          one.sums['sentiment.negative']![step]! + one.sums['sentiment.positive']![step]!,
        )
      for (const name of Object.keys(one.sums)) expect(one.sums[name]![step]!).toBeLessThanOrEqual(voices)
    }
    for (const name of [...emotions.map((emotion) => `emotion.${emotion}`), `stance.${target}.favor`])
      expect(shareOf(one, name)).toBeGreaterThan(0.005)
    // What is left out takes no part of the others: only chance is drawn in another order.
    const only = world({ regime, steps: 10 * aDay, only: 'sentiment.negative' })
    expect(Object.keys(only.sums)).toEqual(['sentiment.negative', 'sentiment.positive', 'polarisation'])
    expect(Math.abs(sum(only.voices) / sum(one.voices) - 1)).toBeLessThan(
      regime === 'bursty' || regime === 'volume' ? 0.9 : 0.1,
    )
    expect(one).toMatchObject({ stepMs, scored: one.voices, accounts: one.voices, squares: one.sums })
  })

  it('has a shift where it is asked for, and is the same world before it', () => {
    const at = 40 * aDay + 70
    const [plain, moved] = [world({ regime }), world({ regime, inject: { at, by: 0.2 } })]
    expect(moved.voices.slice(0, at - 1)).toEqual(plain.voices.slice(0, at - 1))
    expect(moved.sums['sentiment.negative']!.slice(0, at - 1)).toEqual(
      plain.sums['sentiment.negative']!.slice(0, at - 1),
    )
    const by = shareOf(moved, 'sentiment.negative', at) - shareOf(plain, 'sentiment.negative', at)
    // Cascades and accounts that have made up their minds move less.
    expect(by).toBeGreaterThan(regime === 'authors' ? 0.08 : 0.15)
    expect(by).toBeLessThan(0.25)
    // At once: the first day is moved as far as those after.
    expect(
      shareOf(moved, 'sentiment.negative', at, at + aDay) - shareOf(plain, 'sentiment.negative', at, at + aDay),
    ).toBeGreaterThan(by / 2)
  })
})

describe('what makes them look as if opinions moved', () => {
  it('a cycle: nights are quiet and sour, weekends quieter and kinder', () => {
    const one = world({ regime: 'cycle' })
    const at = (hour: number) => {
      const steps = Array.from({ length: days }, (_, day) => day * aDay + hour * 6)
      const of = (all: number[]) => steps.reduce((total, step) => total + sum(all, step, step + 6), 0)
      return { voices: of(one.voices), share: of(one.sums['sentiment.negative']!) / of(one.voices) }
    }
    expect(at(14).voices).toBeGreaterThan(3 * at(2).voices)
    expect(at(2).share).toBeGreaterThan(at(14).share + 0.05)
    const weekend = daily(one.voices).filter((_, day) => day % 7 >= 5)
    const week = daily(one.voices).filter((_, day) => day % 7 < 5)
    expect(sum(weekend) / weekend.length).toBeLessThan((0.7 * sum(week)) / week.length)
  })

  it('a volume that drifts by the day, with shares that do not', () => {
    const one = world({ regime: 'volume' })
    const counts = daily(one.voices)
    expect(Math.max(...counts)).toBeGreaterThan(1.8 * Math.min(...counts))
    expect(correlation(counts.slice(1), counts.slice(0, -1))).toBeGreaterThan(0.6)
    const told = daily(one.sums['sentiment.negative']!).map((count, day) => count / counts[day]!)
    expect(Math.max(...told) - Math.min(...told)).toBeLessThan(0.11)
  })

  it('cascades: some steps are many times as full, and shares scatter more than by chance', () => {
    const [bursty, flat] = [world({ regime: 'bursty' }), world()]
    const square = ({ voices }: Tallies) =>
      sum(voices.map((one) => one ** 2)) / voices.length / (sum(voices) / voices.length) ** 2
    expect(square(flat)).toBeLessThan(1.2)
    expect(square(bursty)).toBeGreaterThan(1.35)
    const scatter = (one: Tallies) => {
      const counts = daily(one.voices)
      const yes = daily(one.sums['sentiment.negative']!)
      const p = sum(yes) / sum(counts)
      return sum(yes.map((count, day) => (count - p * counts[day]!) ** 2 / (counts[day]! * p * (1 - p)))) / days
    }
    expect(scatter(flat)).toBeLessThan(1.6)
    expect(scatter(bursty)).toBeGreaterThan(1.5 * scatter(flat))
  })

  it('gaps: whole steps are missing and marked, and the steps beside them are half there', () => {
    const one = world({ regime: 'gaps' })
    const lost = one.collected.flatMap((part, step) => (part === 0 ? [step] : []))
    expect(lost.length).toBeGreaterThan(100)
    expect(lost.length).toBeLessThan(days * aDay * 0.15)
    for (const step of lost) for (const all of [one.voices, ...Object.values(one.sums)]) expect(all[step]).toBe(0)
    const beside = lost.flatMap((step) => [step - 1, step + 1]).filter((step) => one.collected[step] === 1)
    expect(beside.length).toBeGreaterThan(10)
    expect(sum(beside.map((step) => one.voices[step]!)) / beside.length).toBeLessThan((0.7 * 50) / 6)
    for (const regime of regimes.filter((name) => name !== 'gaps'))
      expect(world({ regime, steps: aDay }).collected).not.toContain(0)
  })

  it('accounts with minds of their own: what one day says, the next says again', () => {
    const one = world({ regime: 'authors' })
    const share = daily(one.sums['sentiment.negative']!).map((count, day) => count / daily(one.voices)[day]!)
    // The same heavy writers speak each day, so that days scatter less than by chance.
    const p = sum(share) / days
    const chance = (p * (1 - p)) / (sum(one.voices) / days)
    expect(sum(share.map((told) => (told - p) ** 2)) / days).toBeLessThan(1.2 * chance)
  })
})

describe('chance', () => {
  it('is even, and its normals are normal', () => {
    const chance = seeded(7)
    const even = Array.from({ length: 20_000 }, chance)
    expect(Math.abs(sum(even) / even.length - 0.5)).toBeLessThan(0.01)
    expect(Math.min(...even)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...even)).toBeLessThan(1)
    const normals = Array.from({ length: 20_000 }, () => normal(chance))
    expect(Math.abs(sum(normals) / normals.length)).toBeLessThan(0.03)
    expect(Math.abs(sum(normals.map((one) => one ** 2)) / normals.length - 1)).toBeLessThan(0.04)
  })
})
