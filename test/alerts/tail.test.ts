// Peaks of strengths: counted as peaks, their thinning recovered, never taken for rarer than theory says once they are high.
import { describe, expect, it } from 'vitest'
import { byTheory, calibrated, level, noPeaks, openPeaks, type Peaks, tailOf } from '../../alerts/tail.ts'
import { seeded, stepMs } from './steps.ts'

function peaksIn(logs: number[], every = stepMs): Peaks {
  const open = openPeaks(every)
  for (const log of logs) open.take(log)
  return open.end()
}
const low = level - 2

describe('peaks', () => {
  it('are one for each rise above the level, as high as it got', () => {
    const told = peaksIn([low, level + 1, level + 3, level + 2, low, low, level + 0.5, low])
    expect(told).toEqual({ hours: expect.closeTo(8 / 6, 9), count: 2, excess: expect.closeTo(3.5, 9), beyond: 0 })
  })

  it('do not end while the strength is only a little below the level', () => {
    expect(peaksIn([level + 1, level - 0.5, level + 2, low])).toMatchObject({ count: 1, excess: 2 })
    expect(peaksIn([level + 1, level - 1.5, level + 2, low])).toMatchObject({ count: 2, excess: 3 })
  })

  it('count when the past ends within one, and are none where nothing is strong', () => {
    expect(peaksIn([low, level + 1])).toMatchObject({ count: 1, excess: 1 })
    expect(peaksIn([low, Number.NEGATIVE_INFINITY, level])).toMatchObject({ count: 0, excess: 0 })
    expect(peaksIn([])).toEqual(noPeaks())
  })

  it('that are far beyond are probably true changes: cut, and told apart', () => {
    expect(peaksIn([level + 6.5, low, level + 50, low])).toMatchObject({ count: 2, excess: 12, beyond: 2 })
  })
})

/** As many peaks whose excess is exponential. */
function exponential(count: number, { theta, hours, seed }: { theta: number; hours: number; seed: number }): Peaks {
  const chance = seeded(seed)
  const logs = Array.from({ length: count }, () => [level - Math.log(1 - chance()) / theta, low]).flat()
  return { ...peaksIn(logs), hours }
}

describe('the tail', () => {
  it.each([0.5, 0.7, 0.9])('of peaks that thin out by %f a nat is found again', (theta) => {
    const told = tailOf([exponential(1_500, { theta, hours: 50_000, seed: 1 })])
    expect(told.theta).toBeGreaterThan(theta * 0.9)
    // Peaks are cut at six nats: slow ones look a little faster than they are.
    expect(told.theta).toBeLessThan(theta * 1.12)
    expect(told.perHour).toBeCloseTo(1_500 / 50_000, 3)
  })

  it('thins out faster than theory says, but not by much', () => {
    expect(tailOf([exponential(3_000, { theta: 2.5, hours: 50_000, seed: 2 })]).theta).toBe(1.1)
  })

  it('takes peaks that are far beyond for at least six nats high, as for lives that are cut short', () => {
    const noise = exponential(500, { theta: 0.9, hours: 20_000, seed: 5 })
    const changes = peaksIn(Array.from({ length: 60 }, () => [level + 40, low]).flat())
    const [plain, both] = [tailOf([noise]), tailOf([noise, { ...changes, hours: 0 }])]
    // The likelihood of an exponential that is cut: what was passed counts, and that it ended does not.
    expect(both.theta).toBeCloseTo((plain.theta * (noise.excess + 20)) / (noise.excess + changes.excess + 20), 9)
    expect(both.perHour).toBeGreaterThan(plain.perHour)
  })

  it('is that of theory where nothing was seen, and near it where little was', () => {
    expect(tailOf([])).toEqual({ perHour: expect.closeTo(byTheory.perHour, 12), theta: 1 })
    const little = tailOf([{ hours: 100, count: 8, excess: 40, beyond: 0 }])
    expect(little.theta).toBeCloseTo(28 / 60, 9)
    expect(little.perHour).toBeLessThan(2 * byTheory.perHour)
  })

  it('is of all topics together, whatever part of the past each has', () => {
    const one = exponential(400, { theta: 0.6, hours: 10_000, seed: 3 })
    const parts = [0.25, 0.75].map((part) => ({
      ...{ hours: one.hours * part, count: one.count * part, excess: one.excess * part, beyond: one.beyond * part },
    }))
    expect(tailOf(parts)).toEqual({
      perHour: expect.closeTo(tailOf([one]).perHour, 9),
      theta: expect.closeTo(tailOf([one]).theta, 9),
    })
  })
})

describe('a calibrated strength', () => {
  it('is by theory what it was', () => {
    for (const log of [-3, level - 0.1, level, 7, 12]) expect(calibrated(log, byTheory)).toBeCloseTo(log, 9)
    expect(calibrated(Number.NEGATIVE_INFINITY, byTheory)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('has as its exp the hours between two peaks like it', () => {
    const peaks = exponential(4_000, { theta: 0.6, hours: 100_000, seed: 4 })
    const tail = tailOf([peaks])
    // Of excesses that thin out by .6 a nat, exp(-.6 * 3) are above three nats.
    const rarer = 100_000 / (4_000 * Math.exp(-0.6 * 3))
    expect(Math.exp(calibrated(level + 3, tail))).toBeGreaterThan(rarer / 1.5)
    expect(Math.exp(calibrated(level + 3, tail))).toBeLessThan(rarer * 1.5)
  })
})
