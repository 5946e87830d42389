// Rules reconciled over X's endpoint as the double has it: nothing is asked where nothing changed, limits, doubles, rules
// that X minds without saying which, and what share of posts a rule lets through.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openX } from '../../ingest/xClient.ts'
import { openXClock } from '../../ingest/xClock.ts'
import { createRules, type RuleError, type RulesApi, shareOf, wholeOf } from '../../ingest/xRules.ts'
import { XDouble } from '../doubles/x.ts'

let double: XDouble
let api: RulesApi
beforeEach(async () => {
  double = await XDouble.start({ seed: 1, mostRules: 6 })
  const { signal } = new AbortController()
  api = openX({ token: double.options.token, host: double.url, clock: openXClock(), signal })
})
afterEach(() => double[Symbol.asyncDispose]())

const rule = (value: string, topic = value) => ({ topic, value })
const held = () => [...double.rules.values()].map(({ value }) => value).sort()

describe('rules', () => {
  test('that are there already are left as they are', async () => {
    const keeper = createRules(api)
    expect(await keeper.reconcile([rule('a'), rule('b')], 0)).toEqual({ active: 2, isWaiting: false })
    const before = double.changes.length
    expect(await createRules(api).reconcile([rule('b'), rule('a')], 0)).toEqual({ active: 2, isWaiting: false })
    expect(double.changes.length).toBe(before)
  })

  test('of a changed topic stay until their successor surely works; of a dropped one they go', async () => {
    const keeper = createRules(api, { lingerMs: 100 })
    await keeper.reconcile([rule('old', 'one'), rule('gone')], 0)
    expect(await keeper.reconcile([rule('new', 'one')], 10)).toEqual({ active: 1, isWaiting: true })
    expect(held()).toEqual(['new', 'old'])
    expect(await keeper.reconcile([rule('new', 'one')], 109)).toMatchObject({ isWaiting: true })
    expect(await keeper.reconcile([rule('new', 'one')], 110)).toEqual({ active: 1, isWaiting: false })
    expect(held()).toEqual(['new'])
  })

  test('where X has no room for both, the old one goes first; beyond its limit a topic is told', async () => {
    const keeper = createRules(api, { most: 6 })
    const letters = [...'abcdef']
    await keeper.reconcile(
      letters.map((letter) => rule(letter)),
      0,
    )
    await keeper.reconcile(
      letters.map((letter) => rule(`${letter}2`, letter)),
      1,
    )
    expect(held()).toEqual(letters.map((letter) => `${letter}2`))
    await keeper.reconcile(
      [...letters, 'g'].map((letter) => rule(`${letter}2`, letter)),
      2,
    )
    expect(keeper.problems()).toEqual(['Topic "g" is not read on X: it takes 6 rules at most.'])
  })

  test('a limit of X that is lower than we know is told in its words', async () => {
    double.options.mostRules = 1
    const keeper = createRules(api)
    expect(await keeper.reconcile([rule('a'), rule('b')], 0)).toMatchObject({ active: 1 })
    expect(keeper.problems()).toEqual(['X refuses the rule of topic "b" (RulesCapExceeded): change its query.'])
  })

  test('two topics that ask for the same share one; one that somebody else made counts as there', async () => {
    double.rules.set('7', { id: '7', value: 'theirs', tag: 'not ours' })
    const keeper = createRules(api)
    const wanted = [rule('same', 'one'), rule('same', 'two'), rule('theirs', 'three')]
    expect(await keeper.reconcile(wanted, 0)).toEqual({ active: 2, isWaiting: false })
    expect(keeper.problems()).toEqual([])
    await keeper.reconcile([], 1)
    expect(held()).toEqual(['theirs'])
  })

  test('of which X minds one without saying which are added one by one', async () => {
    const asked: number[] = []
    const picky: RulesApi = {
      ...api,
      async addRules(rules) {
        asked.push(rules.length)
        if (!rules.some(({ value }) => value === 'bad')) return api.addRules(rules)
        const errors: RuleError[] = [{ value: null, title: 'it is <bad>\u202e' }]
        return { created: [], errors }
      },
    }
    const keeper = createRules(picky)
    expect(await keeper.reconcile([rule('a'), rule('bad'), rule('c')], 0)).toMatchObject({ active: 2 })
    expect(asked).toEqual([3, 1, 1, 1])
    expect(held()).toEqual(['a', 'c'])
    expect(keeper.problems()).toEqual(['X refuses the rule of topic "bad" (it is <bad>): change its query.'])
  })

  test('come to X in parts, and from X in pages', async () => {
    double.options.mostRules = 1_000
    const many = Array.from({ length: 60 }, (_, nr) => rule(`word${nr}`))
    expect(await createRules(api).reconcile(many, 0)).toMatchObject({ active: 60 })
    expect(double.changes.map(({ add }) => add?.length)).toEqual([25, 25, 10])
  })
})

describe('the share that a rule lets through', () => {
  test('is known by its id, by its topic where the id is new, and whole where nobody knows', async () => {
    const keeper = createRules(api)
    await keeper.reconcile([rule('a sample:10', 'a'), rule('b sample:40', 'b'), rule('c')], 0)
    const id = (value: string) => [...double.rules.values()].find((one) => one.value === value)!.id
    const seen = (...rules: [string, string | null][]) => keeper.inclusionOf(rules.map(([id, tag]) => ({ id, tag })))
    expect(seen([id('a sample:10'), null])).toBe(0.1)
    expect(seen([id('a sample:10'), null], [id('b sample:40'), null])).toBe(0.4)
    expect(seen([id('a sample:10'), null], [id('c'), null])).toBe(1)
    expect(seen(['99', 'undercurrent:b'])).toBe(0.4)
    expect(seen(['99', 'somebody else'])).toBe(1)
    expect(seen()).toBe(1)
    const old = id('a sample:10')
    await keeper.reconcile([rule('a', 'a'), rule('c')], 0)
    await keeper.reconcile([rule('a', 'a'), rule('c')], 1e6)
    expect(held()).toEqual(['a', 'c'])
    expect(seen([old, 'undercurrent:a'])).toBe(0.1)
  })

  test.each([
    ['(a OR b) sample:25', 0.25, '(a OR b)'],
    ['a sample:100', 1, 'a'],
    ['a sample:0', 1, 'a'],
    ['"sample:3" a', 1, '"sample:3" a'],
    ['a', 1, 'a'],
  ])('of %j is %d', (value, share, whole) => {
    expect(shareOf(value)).toBe(share)
    expect(wholeOf(value)).toBe(whole)
  })
})
