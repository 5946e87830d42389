import { describe, expect, test } from 'vitest'
import { random } from '../../eval/metrics.ts'
import { choose, deranged, isStatement, negated, unmentioned } from '../../eval/probes.ts'

const pair = (target: string) => ({ target, text: 't', label: 2 })

describe('probes', () => {
  test('a statement has a verb and more than two words', () => {
    expect(['trams should be free', 'we must act now'].map(isStatement)).toEqual([true, true])
    expect(['night trains', 'she is', 'the right to roam'].map(isStatement)).toEqual([false, false, false])
  })

  test('a negated target holds the target and opposes it', () => {
    const draw = random(1)
    const things = new Set(Array.from({ length: 200 }, () => negated('Night trains', draw)))
    expect(things.size).toBe(7)
    expect([...things].every((text) => text.includes('night trains') && text !== 'night trains')).toBe(true)
    const statements = new Set(Array.from({ length: 200 }, () => negated('Trams should be free', draw)))
    expect([...statements]).toContain('I deny that trams should be free')
    expect(statements.size).toBe(5)
    for (const text of statements) expect(things).not.toContain(text.replace('trams should be free', 'night trains'))
  })

  test('a target with a dollar sign stays what it is', () => {
    expect(negated('a fee of $& each', random(1))).toContain('a fee of $& each')
  })

  test('deranged targets are of the set and never the own', () => {
    const pairs = ['a', 'b', 'c'].flatMap((target) => Array.from({ length: 40 }, () => pair(target)))
    const others = deranged(pairs, random(2))
    expect(others.every((other, at) => other !== pairs[at]!.target)).toBe(true)
    expect(new Set(others)).toEqual(new Set(['a', 'b', 'c']))
    expect(deranged([pair('a'), pair('a')], random(2))).toEqual([null, null])
  })

  test('an unmentioned target does not occur in the post', () => {
    const draw = random(3)
    for (let time = 0; time < 300; time++)
      expect(unmentioned('Zoos closed, tuna quota, dog parks and trains', draw)).not.toMatch(
        /quotas|parks|trains|closed/,
      )
  })

  test('draws are the same for the same seed', () => {
    const sequence = () =>
      Array.from(
        { length: 9 },
        (
          (draw) => () =>
            choose([1, 2, 3, 4, 5], draw)
        )(random(4)),
      )
    expect(sequence()).toEqual(sequence())
    expect(new Set(sequence()).size).toBeGreaterThan(2)
  })
})
