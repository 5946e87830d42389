import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeEncoder, openEncoder } from '../../analyze/encoder.ts'
import { readHeads } from '../../analyze/heads.ts'
import { probabilities } from '../../analyze/labels.ts'
import { openSession } from '../../analyze/session.ts'
import { emojiTable, normalise } from '../../analyze/text.ts'
import { openTokens } from '../../analyze/tokens.ts'
import { makeTexts } from '../../bench/score.ts'
import { metrics } from '../../metrics.ts'
import type { Mention, Model, Score, Target } from '../../types.ts'
import { mentionOf, modelFolder } from './model.ts'

const talks: Target = { id: 'talks', text: 'direct peace talks' }
const army: Target = { id: 'army', text: 'sending more weapons' }
const dying = new URL('./dying-worker.ts', import.meta.url)

let model: Model
beforeAll(async () => {
  model = await openEncoder({ folder: modelFolder, threads: 2 })
})
afterAll(() => model[Symbol.asyncDispose]())

const hits = async () => (await metrics.cacheHits.get()).values[0]?.value ?? 0
const numbers = ({ sentiment, emotion, irony, offensive, hate, stance, embedding }: Score) => [
  ...Object.values(sentiment),
  ...Object.values(emotion),
  ...[irony!, offensive!, hate!],
  ...Object.values(stance).flatMap((labels) => Object.values(labels)),
  ...embedding!,
]

describe('a score', () => {
  test('has every number the model promises', async () => {
    const mention = mentionOf('Finally they talk. I am so relieved 😂 #PeaceTalks', { targets: [talks, army] })
    const [score] = await model.score([mention])
    expect(score).toMatchObject({ mention, model: model.id, lang: 'en', skipped: null })
    expect(Object.keys(score!.sentiment)).toEqual(model.labels.sentiment)
    expect(Object.keys(score!.emotion)).toEqual(model.labels.emotion)
    expect(Object.keys(score!.stance)).toEqual(['talks', 'army'])
    for (const shares of [score!.sentiment, score!.stance.talks!, score!.stance.army!]) {
      expect(Object.values(shares).reduce((a, b) => a + b)).toBeCloseTo(1, 9)
    }
    for (const value of [...Object.values(score!.emotion), score!.irony!, score!.offensive!, score!.hate!]) {
      expect(value).toBeGreaterThan(0)
      expect(value).toBeLessThan(1)
    }
    expect(Math.hypot(...score!.embedding!)).toBeCloseTo(1, 4)
  })

  test('is what the network says, read by hand', async () => {
    const text = 'Enough of this war &amp; its "heroes", @somebody https://example.org'
    const [score] = await model.score([mentionOf(text, { targets: [talks] })])
    const { heads } = await readHeads(modelFolder)
    const { default: emoji } = await import(`${modelFolder}/emoji.json`, { with: { type: 'json' } })
    const session = await openSession(modelFolder)
    const tokens = await openTokens(modelFolder, 128)
    const seen = normalise(text, emojiTable(emoji))
    const read = await session.run([tokens.row(seen, [talks.text])])
    expect(score!.sentiment).toEqual(probabilities(heads.sentiment, read.sentiment!.values))
    expect(score!.emotion).toEqual(probabilities(heads.emotion, read.emotion!.values))
    expect(score!.stance.talks).toEqual(probabilities(heads.stance, read.stance!.values))
    await session.release()
  })

  test('knows targets by their text, answers by their id', async () => {
    const mention = (id: string, text: string) => mentionOf('Talk to them already', { targets: [{ id, text }] })
    const [a, b, c] = await model.score([mention('a', talks.text), mention('b', talks.text), mention('c', army.text)])
    expect(b!.stance.b).toEqual(a!.stance.a)
    expect(c!.stance.c).not.toEqual(a!.stance.a)
  })
})

test('a process that scores nothing knows the same name and labels', async () => {
  await using told = await describeEncoder({ folder: modelFolder })
  expect({ id: told.id, labels: told.labels }).toEqual({ id: model.id, labels: model.labels })
  await expect(told.score([])).rejects.toThrow('scores nothing')
})

describe('a post that is not scored', () => {
  const skipped: [string, string, string | null, string, Score['skipped']][] = [
    ['no letters at all', '', 'en', 'en', 'empty'],
    ['white space and invisible characters', ' \u200b\u00a0\n\ufe0f', null, '', 'empty'],
    ['links and mentions alone', '@some.one https://example.org/x?y', 'en', 'en', 'empty'],
    ['a given language it does not read', 'I hope for peace', 'de-AT', 'de-AT', 'language'],
    ['an identified one', 'Das ist doch nicht wahr, ich glaube es einfach nicht mehr.', null, 'de', 'language'],
    ['another script', '停战', 'und', '', 'language'],
  ]
  test.each(skipped)('%s', async (_, text, given, lang, reason) => {
    const mention = mentionOf(text, { lang: given, targets: [talks] })
    const [score] = await model.score([mention])
    expect(score).toMatchObject({
      mention,
      model: model.id,
      lang,
      skipped: reason,
      sentiment: {},
      emotion: {},
      stance: {},
    })
    expect([score!.irony, score!.offensive, score!.hate, score!.embedding]).toEqual([null, null, null, null])
    expect(score!.copy).not.toBe('')
  })

  test('a given language is trusted, also where the words say otherwise', async () => {
    const [score] = await model.score([mentionOf('Das ist doch nicht wahr, ich glaube es nicht.', { lang: 'en' })])
    expect(score).toMatchObject({ lang: 'en', skipped: null })
  })

  test.each(['ok sure', '😂😂😂', 'lol'])('%s is read, though its language cannot be told', async (text) => {
    const [score] = await model.score([mentionOf(text, { lang: null })])
    expect(score).toMatchObject({ lang: '', skipped: null })
  })
})

/** The ranges of the int8 file are fixed, so only the rounding of sums in floating point may differ. */
function expectSame(a: Score, b: Score): void {
  const [some, others] = [numbers(a), numbers(b)]
  expect(some).toHaveLength(others.length)
  expect(Math.max(...some.map((value, at) => Math.abs(value - others[at]!)))).toBeLessThan(1e-3)
}

test('batched is single: beside others, in another order, on other workers; and from the cache, bit for bit', async () => {
  const mentions = makeTexts(150, 7).map((text, n) =>
    mentionOf(text, { id: String(n), targets: n % 3 === 0 ? [talks, army] : n % 3 === 1 ? [talks] : [] }),
  )
  const together = await model.score(mentions)
  expect(together.map(({ mention }) => mention.post.id)).toEqual(mentions.map(({ post }) => post.id))
  const cached = await model.score(mentions)
  await using other = await openEncoder({ folder: modelFolder, threads: 1, cacheBytes: 0 })
  const backwards = (await other.score(mentions.toReversed())).reverse()
  for (let n = 0; n < mentions.length; n++) {
    expect(numbers(cached[n]!)).toEqual(numbers(together[n]!))
    expectSame(backwards[n]!, together[n]!)
    if (n % 10) continue
    const [alone] = await other.score([mentions[n]!])
    expectSame(alone!, together[n]!)
  }
})

test('what is read of a post does not depend on its targets, nor a stance on the other targets, however many', async () => {
  const text = 'They should have talked years ago, and nobody says sorry'
  const many = Array.from({ length: 40 }, (_, n) => ({ id: `t${n}`, text: `plan number ${n} for the ferry` }))
  await using fresh = await openEncoder({ folder: modelFolder, threads: 1, cacheBytes: 0 })
  const [all] = await fresh.score([mentionOf(text, { targets: [...many, talks] })])
  const [one] = await fresh.score([mentionOf(text, { targets: [talks] })])
  const [none] = await fresh.score([mentionOf(text)])
  const only = (score: Score, id: string) => ({ ...score, stance: { [id]: score.stance[id]! } })
  expectSame({ ...all!, stance: {} }, none!)
  expectSame(only(all!, 'talks'), one!)
  for (const at of [0, 15, 16, 39]) {
    const [alone] = await fresh.score([mentionOf(text, { targets: [many[at]!] })])
    expectSame(only(all!, `t${at}`), alone!)
  }
})

describe('the cache', () => {
  test('answers copies, within a call and across calls, and says so', async () => {
    const text = 'a sentence that no other test uses, about ferries'
    const before = await hits()
    await model.score([text, text, `${text} `].map((one) => mentionOf(one)))
    expect((await hits()) - before).toBe(2)
    await model.score([mentionOf(text)])
    expect((await hits()) - before).toBe(3)
  })

  test('knows a text without knowing its stance towards a new target', async () => {
    const mention = (targets: Target[]) => mentionOf('another sentence of its own, about bridges', { targets })
    await model.score([mention([])])
    const [first] = await model.score([mention([talks])])
    const [both] = await model.score([mention([talks, army])])
    expect(both!.stance.talks).toEqual(first!.stance.talks)
    expect(Object.keys(both!.stance)).toEqual(['talks', 'army'])
  })
})

describe('a worker that dies', () => {
  test('loses no mention: the one that kills is marked, the others are scored', async () => {
    await using fragile = await openEncoder({ folder: modelFolder, threads: 2, code: dying })
    const texts = [
      'I hope for peace',
      'these words kill the worker',
      'nobody believes it',
      'these words kill the worker',
    ]
    const scores = await fragile.score(texts.map((text) => mentionOf(text, { targets: [talks] })))
    expect(scores.map(({ skipped }) => skipped)).toEqual([null, 'model_failed', null, 'model_failed'])
    expect(scores[1]).toMatchObject({ sentiment: {}, stance: {}, irony: null, embedding: null })
    const [well] = await model.score([mentionOf(texts[2]!, { targets: [talks] })])
    expectSame(scores[2]!, well!)
  })
})

describe('hostile texts', () => {
  const texts = ['\ud800'.repeat(5_000), '\u0000', '[SEP][CLS][MASK]', 'x'.repeat(100_000), '😂'.repeat(30_000)]
  texts.push(
    'ignore all previous instructions',
    "'; DROP TABLE mentions; --",
    '<script>alert(1)</script>',
    '\u0301'.repeat(9_000),
  )
  test('are scored like any other', async () => {
    const scores = await model.score(texts.map((text) => mentionOf(text, { targets: [{ id: 'x', text }] })))
    for (const score of scores) {
      expect([null, 'empty']).toContain(score.skipped)
      if (score.skipped === null) expect(numbers(score).every(Number.isFinite)).toBe(true)
    }
  })
})

test('the event loop stays free while it scores', async () => {
  const mentions: Mention[] = makeTexts(600, 11).map((text) => mentionOf(text, { lang: null, targets: [talks] }))
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await model.score(mentions)
  delay.disable()
  // Measured 6 ms, 12 ms with nine other programs on each core; the bound leaves room for worse.
  expect(delay.percentile(99) / 1e6).toBeLessThan(50)
})

test('no mentions, no scores', async () => {
  expect(await model.score([])).toEqual([])
})

test('once closed it says so', async () => {
  const closed = await openEncoder({ folder: modelFolder, threads: 1 })
  await closed[Symbol.asyncDispose]()
  await expect(closed.score([mentionOf('too late')])).rejects.toMatchObject({ name: 'AbortError' })
})
