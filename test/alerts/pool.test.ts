// What topics teach of one another: much where they are alike, nothing from who is young, and the walk over the past as if
// each day were today.
import { beforeAll, describe, expect, it } from 'vitest'
import { type Measure, measuresOf } from '../../alerts/measures.ts'
import { unlearnt } from '../../alerts/ordinary.ts'
import { learnFrom, type Pool, type Teaching, unlearntPool } from '../../alerts/pool.ts'
import { byTheory } from '../../alerts/tail.ts'
import { type Regime, tallies } from '../../bench/alertWorlds.ts'
import { aDay } from './steps.ts'

const covers = (_: string, kind: string) => kind === 'sentiment' || kind === 'volume'
const measures = measuresOf({ labels: { emotion: [] }, targets: [], phrases: [], covers })
const learning = { errorOf: () => ({ share: 0, difference: 0 }), baselineMs: 28 * 86_400_000 }
const topic = (regime: Regime, seed: number, days = 16): Teaching => ({
  tallies: tallies({ regime, steps: days * aDay, rate: 40, seed, only: 'sentiment.negative' }),
  measures,
})
const topics = (regime: Regime, count: number, days?: number) =>
  Array.from({ length: count }, (_, nr) => topic(regime, nr + 1, days))
const named = (id: string, kind: Measure['kind'] = 'sentiment'): Measure => ({
  ...{ id, kind, part: 1, type: kind === 'volume' ? 'rate' : 'share', alternatives: [] },
})
const negative = named('sentiment.negative')

let pool: Pool
beforeAll(async () => {
  pool = await learnFrom(topics('flat', 8), learning)
})

describe('topics that are alike', () => {
  it('make a strong prior: what one scatters, another does too', () => {
    const prior = pool(negative)
    expect(prior.blocks).toBeGreaterThan(60)
    expect(Math.abs(prior.phi - 1)).toBeLessThan(0.12)
    expect(prior.drift).toBeLessThan(0.01)
    expect(prior.profile.every((value) => Math.abs(value) < 0.03)).toBe(true)
  })

  it('teach how often strengths are passed where nothing changed: about as theory says', () => {
    const { tail } = pool(negative)
    expect(tail.perHour).toBeGreaterThan(byTheory.perHour / 3)
    expect(tail.perHour).toBeLessThan(byTheory.perHour * 3)
    expect(tail.theta).toBeGreaterThan(0.6)
    // A kind has one tail, whatever its labels.
    expect(pool(named('sentiment.positive')).tail).toEqual(tail)
    expect(pool(named('volume', 'volume')).tail).not.toEqual(tail)
  })

  it('say nothing of what none of them has', () => {
    const { tail, ...stance } = pool(named('stance.ferry.favor', 'stance'))
    expect({ ...stance, tail }).toEqual(unlearnt.share)
  })
})

describe('topics that are not alike', () => {
  it('make a weak prior, with more scatter and drift than flat ones', async () => {
    const one = await learnFrom([...topics('flat', 2), ...topics('bursty', 2), ...topics('cycle', 2)], learning)
    expect(one(negative).cycle).toBeGreaterThan(2 * pool(negative).cycle)
    const volume = named('volume', 'volume')
    expect(one(volume).phi).toBeGreaterThan(2 * pool(volume).phi)
    expect(one(volume).blocks).toBeLessThan(pool(volume).blocks / 2)
  })
})

describe('the sides of any target', () => {
  it('are one kind of measure, each by its label; phrases are one kind too', async () => {
    const stances = (target: string): Teaching => {
      const { tallies: one } = topic('flat', target.length)
      const { 'sentiment.negative': favor, 'sentiment.positive': against } = one.sums
      const sums = { [`stance.${target}.favor`]: favor!, [`stance.${target}.against`]: against! }
      const some = ['favor', 'against'].map((label) => ({
        ...measures[0]!,
        ...named(`stance.${target}.${label}`, 'stance'),
        alternatives: measures[0]!.alternatives,
      }))
      return { tallies: { ...one, sums, squares: sums }, measures: some }
    }
    const sides = await learnFrom(['ferry', 'bridge', 'a.b'].map(stances), learning)
    const favor = sides(named('stance.tunnel.favor', 'stance'))
    expect(favor).toEqual(sides(named('stance.x.y.favor', 'stance')))
    expect(favor).not.toEqual(sides(named('stance.tunnel.against', 'stance')))
    expect(favor.blocks).not.toBe(unlearnt.share.blocks)
    expect(sides(named('theme.a', 'theme'))).toEqual(sides(named('theme.b', 'theme')))
  })
})

describe('who teaches', () => {
  it('has a past of a week: younger ones, empty ones and none at all teach nothing', async () => {
    const empty = topic('flat', 1)
    for (const all of [empty.tallies.voices, empty.tallies.accounts, ...Object.values(empty.tallies.sums)]) all.fill(0)
    // A long window in which the topic began three days ago.
    const late = topic('flat', 2)
    for (const all of [late.tallies.voices, ...Object.values(late.tallies.sums)]) all.fill(0, 0, 13 * aDay)
    for (const some of [[], topics('flat', 3, 6), [empty], [late]]) {
      const taught = await learnFrom(some, learning)
      expect(taught(negative)).toEqual(unlearntPool(negative))
      expect(taught(named('volume', 'volume'))).toEqual(unlearnt.rate)
    }
  })

  it('is not asked further once nobody waits for it', async () => {
    const stop = new AbortController()
    const some = topics('flat', 2)
    const learnt = learnFrom(some, learning, stop.signal)
    stop.abort(new Error('enough'))
    await expect(learnt).rejects.toThrow('enough')
  })

  it('is left as it was', async () => {
    const [one] = topics('gaps', 1)
    const before = structuredClone(one!.tallies)
    await learnFrom([one!], learning)
    expect(one!.tallies).toEqual(before)
  })
})
