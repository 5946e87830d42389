import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Head, probabilities, readLabels, shown } from '../../analyze/labels.ts'
import { UserError } from '../../errors.ts'
import { modelFolder } from './model.ts'

const head = (kind: Head['kind'], labels: string[], scale: number[], bias: number[]): Head => ({
  kind,
  labels,
  scale,
  bias,
})

describe('probabilities', () => {
  test('softmax sums to one, after scale and bias', () => {
    const found = probabilities(head('softmax', ['a', 'b', 'c'], [2, 1, 1], [0, 0.5, 0]), [1, 0, -1])
    const powers = [Math.exp(2), Math.exp(0.5), Math.exp(-1)]
    const sum = powers.reduce((x, y) => x + y)
    expect(found.a).toBeCloseTo(powers[0]! / sum, 12)
    expect(found.b).toBeCloseTo(powers[1]! / sum, 12)
    expect(Object.keys(found)).toEqual(['a', 'b', 'c'])
    expect(Object.values(found).reduce((x, y) => x + y)).toBeCloseTo(1, 12)
  })

  test('sigmoid labels stand alone', () => {
    expect(probabilities(head('sigmoid', ['a', 'b'], [1, 2], [0, -1]), [0, 0.5])).toEqual({ a: 0.5, b: 0.5 })
  })

  test('huge outputs stay finite', () => {
    const soft = probabilities(head('softmax', ['a', 'b'], [1, 1], [0, 0]), [1e6, -1e6])
    expect(soft).toEqual({ a: 1, b: 0 })
    expect(probabilities(head('sigmoid', ['a'], [1], [0]), [-1e6])).toEqual({ a: 0 })
  })

  test('an output without a label counts and is not shown', () => {
    const three = head('softmax', ['a', '', 'b'], [1, 1, 1], [0, 0, 0])
    expect(probabilities(three, [0, 0, 0])).toEqual({ a: 1 / 3, b: 1 / 3 })
    expect(shown(three)).toEqual(['a', 'b'])
  })
})

describe('readLabels', () => {
  let folder: string
  let good: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'labels-'))
    good = await readFile(join(modelFolder, 'labels.json'), 'utf8')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const refuse = async (text: string): Promise<UserError> => {
    await writeFile(join(folder, 'labels.json'), text)
    const error = await readLabels(folder).then(
      () => null,
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(UserError)
    return error as UserError
  }

  test('reads the bundled model', async () => {
    const labels = await readLabels(modelFolder)
    expect(labels.heads.sentiment.labels).toEqual(['negative', 'neutral', 'positive'])
    expect(labels.heads.emotion.labels).toEqual(expect.arrayContaining(['anger', 'joy', 'fear', 'optimism', 'relief']))
    expect(labels.languages).toContain('en')
    expect(labels.maxTokens).toBeGreaterThanOrEqual(64)
    for (const label of labels.heads.emotion.labels) expect(labels.modelError.emotion.share[label]).toBeGreaterThan(0)
  })

  // biome-ignore lint/suspicious/noExplicitAny: it breaks what types would hold
  const broken: [string, (labels: any) => void, RegExp][] = [
    ['no model', (labels) => delete labels.model, /labels\.json: model must be a text/],
    ['no heads', (labels) => delete labels.heads, /heads\.sentiment\.kind/],
    ['no hate', (labels) => delete labels.heads.hate, /heads\.hate\.kind/],
    [
      'a kind of its own',
      (labels) => (labels.heads.irony.kind = 'linear'),
      /heads\.irony\.kind must be softmax or sigmoid/,
    ],
    [
      'other sentiments',
      (labels) => (labels.heads.sentiment.labels = ['bad', 'so-so', 'good']),
      /negative, neutral, positive/,
    ],
    ['other order', (labels) => labels.heads.stance.labels.reverse(), /against, neither, favor/],
    [
      'two equal labels',
      (labels) => (labels.heads.emotion.labels[1] = labels.heads.emotion.labels[0]),
      /different names/,
    ],
    [
      'a bias short',
      (labels) => labels.heads.emotion.calibration.bias.pop(),
      /heads\.emotion\.calibration\.bias must be a list of \d+ numbers/,
    ],
    ['a scale of null', (labels) => (labels.heads.hate.calibration.scale = [null]), /heads\.hate\.calibration\.scale/],
    ['no languages', (labels) => (labels.languages = []), /languages/],
    ['tokens as text', (labels) => (labels.maxTokens = '128'), /maxTokens must be a number from 8/],
    ['an error above one', (labels) => (labels.modelError.stance.share.favor = 7), /modelError\.stance\.share\.favor/],
    [
      'an error missing',
      (labels) => delete labels.modelError.emotion.difference.joy,
      /modelError\.emotion\.difference\.joy/,
    ],
  ]
  test.each(broken)('names what is wrong: %s', async (_, breakIt, expected) => {
    const labels = JSON.parse(good)
    breakIt(labels)
    const error = await refuse(JSON.stringify(labels))
    expect(error.message).toMatch(expected)
    expect(error.message).toContain(join(folder, 'labels.json'))
    expect(error.hint).not.toBe('')
  })

  test('names a file that is none', async () => {
    expect((await refuse('[1]')).message).toMatch(/labels\.json is not a JSON object/)
    expect((await refuse('{"model":')).message).toMatch(/labels\.json is not a JSON object/)
    await expect(readLabels(join(folder, 'nowhere'))).rejects.toThrow(/nowhere\/labels\.json cannot be read \(ENOENT\)/)
  })
})
