// Which topics check, by which term: the shipped one where enough topics fitted nothing, else that of the other fold.
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { role } from '../../eval/held.ts'
import { fittedTerms, headsOf, leastPools, targetsOf, twoFolds } from '../../eval/pools.ts'
import { studyOf, tellingModel, writeWorld } from './world.ts'

let root = ''
beforeAll(() => {
  root = writeWorld()
})
afterAll(() => rmSync(root, { recursive: true }))

const topic = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

describe('two folds', () => {
  test('each topic is checked by the fold that it is not in', () => {
    const topics = [topic(0, 30), topic(30, 60), topic(60, 90), topic(90, 120), topic(120, 150)]
    const [one, other] = twoFolds(topics)
    expect(one).toEqual({ fitted: [topics[0], topics[2], topics[4]], checked: [topics[1], topics[3]] })
    expect(other).toEqual({ fitted: one!.checked, checked: one!.fitted })
  })

  test('no post that fitted checks, and topics left too small drop out', () => {
    const [one, other] = twoFolds([topic(0, 40), topic(15, 55), topic(100, 130), topic(5, 30)])
    expect(one!.checked).toEqual([]) // 15 posts left of the second, none of the fourth
    expect(other!.checked).toEqual([topic(100, 130)])
  })
})

describe('a fitted term', () => {
  test('is the spread of the errors less the noise of the labels', () => {
    // Two topics of 100 posts, the model off by +.1 and -.1 of labels at .5; noise .24 / 100.
    const p = Array.from({ length: 200 }, (_, row) => [row < 100 ? 0.6 : 0.4])
    const truth = Array.from({ length: 200 }, (_, row) => [row % 2])
    expect(fittedTerms({ p, truth }, [topic(0, 100), topic(100, 200)])[0]).toBeCloseTo(Math.sqrt(0.01 - 0.0024), 10)
  })

  test('is never below .02, whatever luck says', () => {
    const truth = Array.from({ length: 100 }, (_, row) => [row % 2])
    expect(fittedTerms({ p: truth.map(() => [0.5]), truth }, [topic(0, 100)])).toEqual([0.02])
  })
})

describe('pools', () => {
  test('of too few topics are checked in two folds', async () => {
    const heads = await headsOf(studyOf(root, tellingModel({ sd: 0.3 })))
    expect(heads.map(({ name }) => name)).toEqual(['sentiment', 'emotion', 'stance'])
    const [sentiment] = heads
    expect(sentiment!.folds).toBe(true)
    const checks = sentiment!.sets[0]!.checks
    expect(checks.flatMap(({ topics }) => topics)).toHaveLength(12)
    // errors of .01, .04 and .05 less noise, never the .3 that the model ships
    for (const { terms } of checks) for (const term of terms) expect(term).toBeLessThan(0.06)
  })

  test('of enough topics are checked by what the model ships', async () => {
    const [, , stance] = await headsOf(studyOf(root, tellingModel({ sd: 0.3 })))
    const pools = stance!.sets.flatMap(({ checks }) => checks.flatMap(({ topics }) => topics))
    if (stance!.folds) expect(stance!.sets.every(({ checks }) => checks.length === 2)).toBe(true)
    else expect(stance!.sets.every(({ checks }) => checks[0]!.terms.every((term) => term === 0.3))).toBe(true)
    expect(pools.length < leastPools).toBe(false)
  })
})

describe('targets', () => {
  test('of a model that held some out are those, less the ones that calibrated; only a part checks', () => {
    const kinds = targetsOf(root, 'telling@1')
    expect(kinds.map(({ name }) => name)).toEqual(['tweets', 'comments', 'debates'])
    for (const { topics, checks } of kinds) {
      const names = [...topics.keys()]
      expect(names.map(role)).not.toContain('calibrate')
      expect(names.filter(checks).every((name) => role(name) === 'check')).toBe(true)
    }
  })

  test('of the first model are debates, none of which may be checked by its shipped term', () => {
    const [debates, ...none] = targetsOf(root, 'undercurrent-minilm@1')
    expect(none).toEqual([])
    expect(debates!.topics.size).toBeGreaterThan(3)
    expect([...debates!.topics.keys()].some(debates!.checks)).toBe(false)
    for (const [target, rows] of debates!.topics)
      expect(rows.every((row) => debates!.pairs[row]!.target === target)).toBe(true)
  })
})
