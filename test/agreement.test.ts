// Agreement and scorecard against published and hand-made numbers, and against drawing again and again.
import { describe, expect, it } from 'vitest'
import { agreementOf, saidShare, scorecardOf } from '../agreement.ts'
import type { Judged } from '../answers.ts'
import { seeded } from './store/scores.ts'

const labels = ['negative', 'neutral', 'positive']
const post = (values: string[], more: Partial<Judged> = {}): Judged => ({
  ...{ author: `a${JSON.stringify(more)}${values}`, scores: {}, probability: 0.5 },
  said: values.map((value, nr) => ({ labeller: `l${nr}`, value })),
  ...more,
})
const times = <T>(n: number, make: (nr: number) => T): T[] => Array.from({ length: n }, (_, nr) => make(nr))

describe('agreement', () => {
  it('is Krippendorff’s alpha of his own example, with labels missing', () => {
    // Krippendorff (2011), example D: four observers, twelve units, nominal alpha .743; unit 12 has one value.
    const given = [
      ['1', '1', '', '1'],
      ['2', '2', '3', '2'],
      ['3', '3', '3', '3'],
      ['3', '3', '3', '3'],
      ['2', '2', '2', '2'],
      ['1', '2', '3', '4'],
      ['4', '4', '4', '4'],
      ['1', '1', '2', '1'],
      ['2', '2', '2', '2'],
      ['', '5', '5', '5'],
      ['', '', '1', '1'],
      ['', '', '3', ''],
    ]
    const posts = given.map((values) => post(values.filter(Boolean)))
    expect(agreementOf(posts)).toMatchObject({ posts: 11, agreed: null, alpha: null })
    // His alpha is 1 - 39 x 8 / (40^2 - 384) = .743: 40 pairable values, 8 of them off the diagonal. Twice the units is
    // enough of them to be told, and has n - 1 = 79, twice the 8, four times the rest.
    expect(1 - (39 * 8) / (1_600 - 384)).toBeCloseTo(0.743, 3)
    expect(agreementOf([...posts, ...posts]).alpha!.estimate).toBeCloseTo(1 - (79 * 16) / (4 * 1_216), 10)
  })

  it('is 1 where all agree about several things, nothing where all say one thing, 0 where chance decides', () => {
    const both = (value: string) => post([value, value])
    expect(agreementOf(times(30, (nr) => both(labels[nr % 3]!)))).toMatchObject({
      ...{ posts: 30, labellers: 2 },
      agreed: { estimate: 1, high: expect.closeTo(1, 6) },
      alpha: { estimate: 1 },
    })
    expect(agreementOf(times(30, () => both('neutral')))).toMatchObject({ agreed: { estimate: 1 }, alpha: null })
    const random = seeded(3)
    const guess = () => labels[Math.floor(random() * 3)]!
    const { agreed, alpha } = agreementOf(times(600, () => post([guess(), guess()])))
    expect(agreed!.estimate).toBeCloseTo(1 / 3, 1)
    expect(alpha!.low!).toBeLessThan(0)
    expect(alpha!.high!).toBeGreaterThan(0)
  })

  it('is not told of fewer than 20 posts, however many one person labelled', () => {
    const alone = times(50, () => post(['neutral']))
    expect(agreementOf(alone)).toEqual({ posts: 0, labellers: 1, agreed: null, alpha: null })
    const some = (n: number) => agreementOf([...alone, ...times(n, (nr) => post([labels[nr % 3]!, labels[nr % 2]!]))])
    expect(some(19)).toEqual({ posts: 19, labellers: 2, agreed: null, alpha: null })
    expect(some(20).agreed).not.toBeNull()
    expect(some(20).agreed!.low!).toBeLessThan(some(20).agreed!.estimate!)
  })

  it('holds the truth in its intervals about as often as it says', () => {
    const random = seeded(5)
    const truth = 0.8
    let [agreed, alpha] = [0, 0]
    for (let draw = 0; draw < 300; draw++) {
      const found = agreementOf(
        times(60, () => {
          const one = random() < 0.5 ? 'yes' : 'no'
          return post([one, random() < truth ? one : one === 'yes' ? 'no' : 'yes'])
        }),
      )
      const holds = ({ low, high }: { low: number | null; high: number | null }, at: number) =>
        low! <= at && high! >= at
      if (holds(found.agreed!, truth)) agreed++
      // Two labels, equally frequent: chance alone agrees in half of the cases.
      if (holds(found.alpha!, 2 * truth - 1)) alpha++
    }
    for (const share of [agreed / 300, alpha / 300]) {
      expect(share).toBeGreaterThan(0.91)
      expect(share).toBeLessThanOrEqual(0.99)
    }
  })
})

describe('the scorecard', () => {
  const scored = (people: string, model: string, nr: number, more: Partial<Judged> = {}) =>
    post([people], { author: `a${nr}`, scores: { [model]: 0.9, other: 0.1 }, ...more })

  it('counts what people and model say, their accuracy and macro-F1', () => {
    const cases = times(60, (nr) =>
      scored(nr < 40 ? 'negative' : 'positive', nr < 30 || nr >= 50 ? 'negative' : 'positive', nr),
    )
    const card = scorecardOf(cases, labels)
    expect(card.labels).toEqual([
      { label: 'negative', people: 40, model: 40, both: 30 },
      { label: 'neutral', people: 0, model: 0, both: 0 },
      { label: 'positive', people: 20, model: 20, both: 10 },
    ])
    expect(card).toMatchObject({ posts: 60, split: 0, accuracy: { estimate: expect.closeTo(40 / 60, 6), labels: 60 } })
    expect(card.macroF1!.estimate).toBeCloseTo((60 / 80 + 20 / 40) / 2, 6)
    expect(card.macroF1!.high! - card.macroF1!.low!).toBeGreaterThan(0.1)
    expect(card.macroF1!.high! - card.macroF1!.low!).toBeLessThan(0.4)
  })

  it('is of audit labels alone, from 50 on, of ten authors', () => {
    const right = (n: number, more: Partial<Judged> = {}) => times(n, (nr) => scored('neutral', 'neutral', nr, more))
    expect(scorecardOf(right(49), labels)).toMatchObject({ posts: 49, accuracy: null, macroF1: null })
    expect(scorecardOf([...right(49), ...right(9, { probability: null })], labels)).toMatchObject({ accuracy: null })
    expect(scorecardOf(right(50), labels)).toMatchObject({ accuracy: { estimate: 1 }, macroF1: { estimate: 1 } })
    const few = times(80, (nr) => scored('neutral', 'neutral', nr % 9))
    expect(scorecardOf(few, labels)).toMatchObject({ posts: 80, accuracy: null, macroF1: null })
  })

  it('takes what most labellers say, and no side where they are split', () => {
    const model = { scores: { negative: 1 } }
    const card = scorecardOf(
      [
        post(['negative', 'negative', 'neutral'], model),
        post(['negative', 'neutral'], model),
        post(['neutral'], { probability: null, ...model }),
      ],
      labels,
    )
    expect(card).toMatchObject({ posts: 1, split: 1 })
    expect(card.labels[0]).toEqual({ label: 'negative', people: 1, model: 1, both: 1 })
  })
})

it('the share that people give a label is of audit labels alone, and the mean of several people', () => {
  const said = times(60, (nr) => post(nr < 30 ? ['yes'] : nr < 45 ? ['yes', 'no'] : ['no'], { author: `a${nr}` }))
  const chosen = times(60, () => post(['no'], { probability: null }))
  const share = saidShare([...said, ...chosen], 'yes')!
  expect(share).toMatchObject({ estimate: expect.closeTo((30 + 7.5) / 60, 10), labels: 60 })
  expect(share.low!).toBeLessThan(0.55)
  expect(saidShare(said.slice(11), 'yes')).toBeNull()
})
