import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Figure, Findings } from '../../eval/figure.ts'
import { otherLanguages, verdict } from '../../eval/languages.ts'
import { multiMacroF1 } from '../../eval/metrics.ts'
import { emotion, emotions, hate, irony, offensive, reddit, sentiment } from '../../eval/posts.ts'
import { research } from '../../eval/research.ts'
import { goemotions } from '../../eval/sets.ts'
import { shares } from '../../eval/shares.ts'
import { sidesTold, stance } from '../../eval/stance.ts'
import { modelFolder } from '../analyze/model.ts'
import { fakeModel } from '../doubles/model.ts'
import { studyOf, tellingModel, writeWorld } from './world.ts'

let root = ''
beforeAll(() => {
  root = writeWorld()
})
afterAll(() => rmSync(root, { recursive: true }))

const study = (options = {}) => studyOf(root, tellingModel(options))
const value = ({ figures }: Findings, name: string) => named(figures, name).value
function named(figures: Figure[], name: string): Figure {
  const found = figures.find((figure) => figure.name === name)
  if (!found) throw new Error(`no figure ${name} among ${figures.map((figure) => figure.name).join('; ')}`)
  return found
}

describe('a post alone', () => {
  test('who reads it right scores 1 everywhere', async () => {
    const found = await Promise.all([sentiment, emotion, irony, offensive, hate].map((part) => part(study())))
    const scores = found.flatMap(({ figures }) => figures).filter(({ name }) => name.startsWith('TweetEval'))
    expect(scores.map((one) => [one.value, one.low, one.high])).toEqual(Array(5).fill([1, 1, 1]))
    expect(scores.map(({ n }) => n)).toEqual([600, 60, 60, 60, 60])
  })

  test('calibration error is what the sure .8 and .1 leave', async () => {
    // half of 60 posts ironic, bins of four: seven at |1 - .8|, seven at .1, one holds two of each
    expect(value(await irony(study()), 'ECE of irony: TweetEval')).toBeCloseTo(
      (28 * 0.2 + 28 * 0.1 + 2 * (0.2 - 0.1)) / 60,
      9,
    )
    // negative .3, neutral .2, positive .5: each label's own share at .8, the rest at .1
    const each = [0.3, 0.2, 0.5].map((share) => share * 0.2 + (1 - share) * 0.1)
    const mean = each.reduce((a, b) => a + b) / 3
    expect(value(await sentiment(study()), 'ECE of sentiment: TweetEval')).toBeCloseTo(mean, 2)
  })

  test('thresholds are the shipped ones', async () => {
    const deaf = study()
    deaf.thresholds.irony = [0.9]
    expect(value(await irony(deaf), 'TweetEval irony')).toBe(0)
    deaf.thresholds.emotion.fill(0.05)
    expect(value(await emotions(deaf), 'E-c Jaccard')).toBeCloseTo(1 / 11, 12)
    // never negative, which costs its recall: a third
    deaf.thresholds.sentiment = [10, 0.5, 0.5]
    expect(value(await sentiment(deaf), 'TweetEval sentiment')).toBeCloseTo(2 / 3, 12)
  })

  test('E-c has its three metrics and each label by itself', async () => {
    const found = await emotions(study())
    expect(['Jaccard', 'micro-F1', 'macro-F1'].map((metric) => value(found, `E-c ${metric}`))).toEqual([1, 1, 1])
    expect(found.byLabel).toHaveLength(11)
    expect(found.byLabel![0]).toMatchObject({ label: 'anger', n: 55, positives: 5, threshold: 0.5, f1: 1 })
    expect(found.byLabel![0]!.ece).toBeCloseTo(found.byLabel![0]!.eceBefore, 9)
  })

  test('GoEmotions is over the labels the list holds, and says what is missing', async () => {
    const found = await reddit(study())
    const figure = named(found.figures, 'GoEmotions macro-F1 (27 labels)')
    expect(named(found.figures, 'GoEmotions macro-F1 (19 labels)').value).toBeGreaterThan(0.9)
    expect(figure.floor).toBeUndefined()
    expect(figure.value).toBeGreaterThan(0.9) // "disapproval" also says "approval"
    expect(figure.value).toBeLessThan(1)
    expect(found.notes![0]).toContain('28 labels is not measured')
  })

  test('GoEmotions with its 28 labels is asked of the file, in the order of the set, at its thresholds', async () => {
    const own = { ...study(), folder: modelFolder }
    const found = await reddit(own)
    const figure = named(found.figures, 'GoEmotions macro-F1')
    expect(figure).toMatchObject({ floor: 0.47, goal: 0.52 })
    const { texts, marks } = goemotions(root, 'test')
    const { p, thresholds } = (await research(modelFolder, 'goemotions', texts))!
    const guess = p.map((row) => row.map((x, k) => (x >= thresholds[k]! ? 1 : 0)))
    expect(figure.value).toBeCloseTo(multiMacroF1(marks, guess)(texts.map((_, row) => row)), 12)
    expect(figure.n).toBe(texts.length)
    expect(found.notes).toEqual([])
  })

  test('a model without the labels is not measured, and the notes say so', async () => {
    const poor = studyOf(root, fakeModel())
    expect((await emotion(poor)).notes![0]).toContain('lacks')
    expect(await emotions(poor)).toMatchObject({ figures: [], notes: [expect.stringContaining('E-c')] })
  })
})

describe('stance', () => {
  const held = ['debate', 'tweet', 'comment'].map((kind) => `${kind} topics held out`)
  const sets = ['TweetEval stance', 'MTSD', 'RUW val', 'P-Stance val', 'ArgKP dev', ...held]

  test('who reads the target holds every bar', async () => {
    const found = await stance(study())
    for (const set of sets) {
      expect(value(found, set), set).toBe(1)
      expect(value(found, `${set}: AUC`), set).toBe(1)
      expect(value(found, `${set}: called neither`), set).toBe(0)
      expect(value(found, `${set}: negated target turns`), set).toBe(1)
      expect(value(found, `${set}: drop, targets deranged`), set).toBeGreaterThan(0.3)
    }
    for (const texts of ['stance tweets', 'sentiment tweets', 'arguments'])
      expect(value(found, `unmentioned target: ${texts}`)).toBe(1)
  })

  test('who reads only the post is found out', async () => {
    const found = await stance(study({ blind: true }))
    expect(value(found, 'TweetEval stance')).toBe(1)
    expect(value(found, 'TweetEval stance: drop, targets deranged')).toBe(0)
    expect(value(found, 'TweetEval stance: negated target turns')).toBe(0)
    expect(value(found, 'TweetEval stance: AUC within targets, tone')).toBe(0.75)
    expect(value(found, 'unmentioned target: stance tweets')).toBeCloseTo(1 / 3, 12)
    expect(value(found, 'unmentioned target: arguments')).toBe(0)
  })

  test('sides are told over all targets, within each, and by the tone alone', () => {
    // Within "talks" the favor is lower, within "tolls" higher; between them the favors of "tolls" win one of two.
    const told = {
      truth: [2, 0, 1, 0, 2],
      targets: ['talks', 'talks', 'talks', 'tolls', 'tolls'],
      own: [0.2, 0.4, 0.9, 0.1, 0.6].map((p) => [(1 - p) / 2, 0.5, p / 2]),
      tone: [0.9, 0.1, 0.1, 0.5, 0.5].map((p) => [1 - p, 0, p]),
    }
    expect(sidesTold('all', told, { floor: 0.7 }).map(({ name, value, n, floor }) => [name, value, n, floor])).toEqual([
      ['all: AUC', 3 / 4, 4, 0.7],
      ['all: AUC within targets', 1 / 2, 4, undefined],
      ['all: AUC within targets, tone', (1 + 0.5) / 2, 4, undefined],
    ])
  })

  test('a post that was declined leans to no side', () => {
    const declined = {
      truth: [2, 0, 0],
      targets: ['a', 'a', 'a'],
      tone: [
        [0, 1, 0],
        [0.8, 0.1, 0.1],
        [0.1, 0.1, 0.8],
      ],
    }
    const own = [
      [0, 1, 0],
      [0, 1, 0],
      [0.6, 0.3, 0.1],
    ]
    expect(sidesTold('a', { ...declined, own }).map(({ value }) => value)).toEqual([0.75, 0.75, 0.5])
  })

  test('sets without "neither" have no calibration error over three classes', async () => {
    const { figures } = await stance(study())
    const errors = figures.filter(({ name }) => name.startsWith('ECE')).map(({ name }) => name)
    expect(errors).toEqual(['TweetEval stance', 'MTSD', 'RUW val', ...held].map((set) => `ECE of stance: ${set}`))
  })

  test('topics held out have the floors of leave-target-out', async () => {
    const found = await stance(study())
    expect(named(found.figures, 'tweet topics held out')).toMatchObject({ floor: 0.45, goal: 0.6 })
    expect(named(found.figures, 'tweet topics held out: AUC')).toMatchObject({ floor: 0.7, goal: 0.8 })
    expect(found.notes![0]).toContain('folds.md')
  })
})

describe('shares', () => {
  // every name: negative .3, neutral .2, positive .5 of its posts; the model says .8 and .1 and .1
  const error = [0.3, 0.2, 0.5].map((share) => Math.abs(share * 0.8 + (1 - share) * 0.1 - share))

  test('are the mean probability less the labelled share, over the topics that fitted nothing', async () => {
    const found = await shares(study())
    const figure = named(found.figures, 'shares, sentiment: mean error')
    expect(figure.n).toBe(6)
    expect(figure.value).toBeCloseTo(error.reduce((a, b) => a + b) / 3, 9)
    expect(figure).toMatchObject({ floor: 0.07, goal: 0.05, lower: true })
    expect(figure.how).toContain('6 held-out topics (50 posts each')
    expect(value(found, 'shares, sentiment: p90 error')).toBeCloseTo(Math.max(...error), 9)
  })

  test('are covered where the model error says so', async () => {
    const coverage = async (sd: number) =>
      value(await shares(study({ sd })), 'shares, sentiment: covered by modelError alone')
    // errors of .01, .04 and .05 against 1.96 sd
    for (const sd of [0.01, 0.03, 0.04, 0.08])
      expect(await coverage(sd)).toBeCloseTo(error.filter((x) => x <= 1.96 * sd).length / 3, 9)
  })

  test('are told with the coverage of what production states, and against a guess that reads nothing', async () => {
    const found = await shares(study({ sd: 0.08 }))
    for (const title of ['coverage as stated', 'coverage with label noise', 'differences as stated'])
      expect(named(found.figures, `shares, sentiment: ${title}`)).toMatchObject({ value: 1, floor: 0.9 })
    // all topics have the same shares here: who guesses these without reading is never wrong
    expect(value(found, 'shares, sentiment: interval score')).toBeGreaterThan(1)
  })

  test('of stance are on held-out targets that neither calibrated nor fitted', async () => {
    const found = await shares(study())
    const kinds = ['tweets', 'comments', 'debates'].map((kind) =>
      named(found.figures, `shares, stance (${kind}): mean error`),
    )
    const all = named(found.figures, 'shares, stance: mean error')
    expect(all.n).toBe(kinds.reduce((sum, { n }) => sum + n, 0))
    expect(all.n).toBeGreaterThanOrEqual(8)
    expect(all.n).toBeLessThan(30) // 40 % of a quarter of 160
    // each topic: a third each; the model says .8 and .1 and .1
    expect(all.value).toBeCloseTo(0, 9)
  })

  test('of sentiment are also on the held-out topics that people collected by', async () => {
    const found = await shares(study())
    const figure = named(found.figures, 'shares, sentiment (SemEval topics): mean error')
    // .7 negative, none neutral, .3 positive
    const wrong = [0.7, 0, 0.3].map((share) => Math.abs(share * 0.8 + (1 - share) * 0.1 - share))
    expect(figure.value).toBeCloseTo(wrong.reduce((a, b) => a + b) / 3, 9)
    expect(figure).toMatchObject({ floor: 0.07, goal: 0.05 })
  })
})

describe('other languages', () => {
  test('are read through the closed gate and judged by the stated quality', async () => {
    const found = await otherLanguages(study())
    const french = named(found.figures, 'UMSAB french sentiment')
    expect(french).toMatchObject({ value: 1, n: 60, note: 'good enough, not read' })
    expect(named(found.figures, 'UMSAB hindi sentiment').value).toBeCloseTo(1 / 3, 12)
    expect(found.notes![0]).toContain('arabic, german, hindi, italian, portuguese, spanish')
    expect(found.notes![0]).toContain('reads: en')
  })

  test('a language that is read below the quality is shouted about', () => {
    expect(verdict(0.5, true)).toBe('BELOW THE STATED QUALITY, YET READ')
    expect(verdict(0.5, false)).toContain('not read')
    expect(verdict(0.7, true)).toBe('good enough, read')
  })
})
