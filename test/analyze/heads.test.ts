import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEncoder } from '../../analyze/encoder.ts'
import { type ReplaceableHead, type Replacement, readHeads } from '../../analyze/heads.ts'
import { UserError } from '../../errors.ts'
import { mentionOf, modelFolder } from './model.ts'

const tiny = join(import.meta.dirname, '../fixtures/tiny-classifier')
const map = { LABEL_0: 'negative', LABEL_1: 'neutral', LABEL_2: 'positive' }

async function refusal(name: ReplaceableHead, replacement: Replacement): Promise<UserError> {
  const error = await readHeads(modelFolder, { [name]: replacement }).then(
    () => null,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(UserError)
  return error as UserError
}

describe('a classifier of other make takes the place of sentiment', () => {
  test('and the scores are its own', async () => {
    await using model = await openEncoder({
      folder: modelFolder,
      threads: 1,
      heads: { sentiment: { folder: tiny, map } },
    })
    const targets = [{ id: 'day', text: 'a very good day' }]
    const texts = ['good very good day', 'Bad!', 'plain', 'nothing it knows']
    const scores = await model.score(texts.map((text) => mentionOf(text, { targets })))
    expect(model.id).toMatch(/\+sentiment=tiny-classifier$/)
    expect(scores.map(({ model }) => model)).toEqual(new Array(4).fill(model.id))

    const sum = Math.exp(-4) + Math.exp(-0.5) + Math.exp(4) // good twice, very, day
    expect(scores[0]!.sentiment.positive).toBeCloseTo(Math.exp(4) / sum, 5)
    expect(scores[0]!.sentiment.negative).toBeCloseTo(Math.exp(-4) / sum, 5)
    expect(scores[1]!.sentiment.negative).toBeGreaterThan(0.8)
    expect(scores[2]!.sentiment.neutral).toBeGreaterThan(0.7)
    expect(scores[3]!.sentiment.neutral).toBeCloseTo(1 / 3, 5)
  })

  test('and leaves the other heads as they were', async () => {
    await using replaced = await openEncoder({
      folder: modelFolder,
      threads: 1,
      heads: { sentiment: { folder: tiny, map } },
    })
    await using own = await openEncoder({ folder: modelFolder, threads: 1 })
    const mention = mentionOf('good day to everybody', { targets: [{ id: 'day', text: 'a good day' }] })
    const [[a], [b]] = await Promise.all([replaced.score([mention]), own.score([mention])])
    const { emotion, irony, offensive, hate, stance, embedding } = b!
    expect(a).toMatchObject({ emotion, irony, offensive, hate, stance, embedding })
    expect(a!.sentiment).not.toEqual(b!.sentiment)
  })

  test('its error is unmeasured, so the intervals are wide', async () => {
    const heads = await readHeads(modelFolder, { sentiment: { folder: tiny, map } })
    const own = await readHeads(modelFolder)
    expect(heads.modelError.sentiment.share).toEqual({ negative: 0.15, neutral: 0.15, positive: 0.15 })
    expect(heads.modelError.emotion).toEqual(own.modelError.emotion)
  })
})

describe('labels that do not fit are refused', () => {
  test('names that are not ours, without a map', async () => {
    const error = await refusal('sentiment', { folder: tiny })
    expect(error.message).toBe(
      'the classifier for sentiment does not fit: nothing stands for negative, neutral, positive',
    )
    expect(error.hint).toContain('LABEL_0, LABEL_1, LABEL_2')
    expect(error.hint).toContain('model.sentiment_labels')
  })

  const wrong: [string, ReplaceableHead, Record<string, string>, RegExp][] = [
    ['a label it has not', 'sentiment', { ...map, LABEL_9: 'neutral' }, /has no label LABEL_9/],
    ['a label we have not', 'sentiment', { ...map, LABEL_1: 'mixed' }, /mixed is no label of sentiment/],
    ['one of ours missing', 'sentiment', { LABEL_0: 'negative', LABEL_2: 'positive' }, /nothing stands for neutral/],
    ['two for one', 'emotion', { LABEL_0: 'anger', LABEL_1: 'anger' }, /two labels stand for the same/],
    ['none at all', 'emotion', {}, /nothing stands for/],
  ]
  test.each(wrong)('%s', async (_, name, map, expected) => {
    expect((await refusal(name, { folder: tiny, map })).message).toMatch(expected)
  })

  test('some labels of an open head are enough', async () => {
    const heads = await readHeads(modelFolder, { emotion: { folder: tiny, map: { LABEL_0: 'anger', LABEL_2: 'joy' } } })
    expect(heads.heads.emotion.labels).toEqual(['anger', '', 'joy'])
    expect(heads.modelError.emotion.share).toEqual({ anger: 0.15, joy: 0.15 })
  })

  describe('a folder that is none', () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'heads-'))
      await cp(tiny, folder, { recursive: true })
    })
    afterAll(() => rm(folder, { recursive: true }))

    test('no config.json', async () => {
      const error = await refusal('irony', { folder: join(folder, 'nowhere') })
      expect(error.message).toMatch(/nowhere\/config\.json cannot be read/)
    })

    test.each([undefined, {}, { 1: 'a' }, { 0: 7 }, 'no'])('id2label %j', async (id2label) => {
      const config = JSON.parse(await readFile(join(tiny, 'config.json'), 'utf8'))
      await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, id2label }))
      expect((await refusal('sentiment', { folder, map })).message).toMatch(/id2label must name every label from 0 on/)
    })

    test('a network without logits', async () => {
      await cp(join(tiny, 'config.json'), join(folder, 'config.json'))
      await cp(join(modelFolder, 'onnx'), join(folder, 'onnx'), { recursive: true })
      const opening = openEncoder({ folder: modelFolder, threads: 1, heads: { sentiment: { folder, map } } })
      await expect(opening).rejects.toThrow(/the network has no output logits/)
    })
  })
})
