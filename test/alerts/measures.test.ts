// What is watched, and how a budget is shared out: the whole of it, whatever a rule leaves out.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WatchedKind } from '../../alarms.ts'
import { measuresOf, volume, type Watched } from '../../alerts/measures.ts'

const target = (id: string) => ({ id, text: `a ${id} now` })
const watched: Watched = {
  labels: { emotion: ['anger', 'joy', 'fear'] },
  targets: [target('ferry'), target('bridge')],
  phrases: [],
  covers: () => true,
}
const total = (some: { part: number }[]) => some.reduce((sum, { part }) => sum + part, 0)
/** What new phrases would have, were all of them there. */
const phrases = Array.from({ length: 400 }, (_, nr) => `phrase ${nr}`)

describe('the measures of a topic', () => {
  it('are tones, sides, feelings, accounts, polarisation and phrases', () => {
    const told = measuresOf({ ...watched, phrases: ['strike'] })
    expect(told.map(({ id }) => id)).toEqual([
      ...['sentiment.negative', 'sentiment.positive'],
      ...['stance.ferry.against', 'stance.ferry.favor', 'stance.bridge.against', 'stance.bridge.favor'],
      ...['emotion.anger', 'emotion.joy', 'emotion.fear', 'volume', 'polarisation', 'theme.strike'],
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
    expect(told.filter(({ type }) => type === 'rate').map(({ id }) => id)).toEqual(['volume'])
  })

  it('have parts of the budget that are 1 together, whatever a rule covers and a topic has', () => {
    const kinds: WatchedKind[] = ['sentiment', 'stance', 'emotion', 'volume', 'polarisation', 'theme']
    fc.assert(
      fc.property(
        fc.subarray(kinds, { minLength: 1 }),
        fc.subarray(['sentiment.negative', 'emotion.fear', 'stance.ferry.favor']),
        fc.integer({ min: 0, max: 4 }),
        (covered, single, targets) => {
          const told = measuresOf({
            ...watched,
            targets: ['a', 'b', 'c', 'd'].slice(0, targets).map(target),
            phrases,
            covers: (measure, kind) => covered.includes(kind) || single.includes(measure),
          })
          expect(told.length === 0 ? 1 : total(told)).toBeCloseTo(1, 9)
          expect(told.every(({ part }) => part > 0)).toBe(true)
        },
      ),
    )
  })

  it('have tones for half of it, and a phrase hardly any', () => {
    const told = measuresOf({ ...watched, phrases: ['strike'] })
    expect(total(told.filter(({ kind }) => kind === 'sentiment'))).toBeCloseTo(0.5, 9)
    expect(told.find(({ kind }) => kind === 'theme')!.part).toBeCloseTo(0.07 / 400, 9)
  })

  it('are one alone where a rule names one, and none where it names what is not there', () => {
    const only = (name: string) => measuresOf({ ...watched, covers: (measure) => measure === name })
    expect(only('emotion.fear')).toMatchObject([{ id: 'emotion.fear', kind: 'emotion', part: 1 }])
    expect(only('stance.tunnel.favor')).toEqual([])
    expect(measuresOf({ ...watched, covers: (_, kind) => kind === 'campaign' })).toEqual([])
  })

  it('look for changes that have the whole of a prior, upwards alone where only a surge is news', () => {
    for (const { kind, alternatives } of [...measuresOf({ ...watched, phrases: ['strike'] }), volume]) {
      expect(alternatives.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
      const ways = new Set(alternatives.map(({ by }) => Math.sign(by)))
      expect(ways.size).toBe(['emotion', 'polarisation', 'theme'].includes(kind) ? 1 : 2)
      expect(ways.has(1)).toBe(true)
    }
  })
})
