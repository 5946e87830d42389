import { describe, expect, test } from 'vitest'
import { blindGuess, heldOut, intervalScore, keywordTopics, topicError } from '../../eval/topics.ts'

const posts = (count: number, text: string) => Array.from({ length: count }, (_, at) => `${text} ${at}`)

describe('keyword topics', () => {
  test('are words of 40 to 400 posts', () => {
    const texts = [...posts(39, 'seldom'), ...posts(40, 'often'), ...posts(401, 'always'), ...posts(50, 'see')]
    expect([...keywordTopics(texts).keys()]).toEqual(['often'])
  })

  test('fold case, skip links and mentions, count a post once', () => {
    const texts = [...posts(20, 'Trams trams'), ...posts(20, '#trams http user https')]
    const topics = keywordTopics(texts)
    expect([...topics.keys()]).toEqual(['trams'])
    expect(topics.get('trams')).toHaveLength(40)
  })

  test('of sentiment are written like names in at least 80 % of their posts', () => {
    const texts = [...posts(32, 'by Oslo road'), ...posts(8, 'by oslo road'), ...posts(9, 'in oslo')]
    expect([...keywordTopics(texts.slice(0, 40), { names: true }).keys()]).toEqual(['oslo'])
    expect([...keywordTopics(texts, { names: true }).keys()]).toEqual([])
  })

  test('share at most half the posts of the smaller', () => {
    const together = posts(60, 'apple grape')
    expect(keywordTopics(together).size).toBe(1)
    const apart = [...posts(30, 'apple grape'), ...posts(30, 'apple'), ...posts(30, 'grape')]
    expect(keywordTopics(apart).size).toBe(2)
  })
})

describe('held out', () => {
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

  test('is every other topic by hash, without the posts of those that fitted', () => {
    const topics = new Map([
      ['alpha', rows(0, 60)],
      ['bravo', rows(40, 100)],
    ])
    const { fitted, checked } = heldOut(topics)
    expect([fitted.length, fitted[0]!.length]).toEqual([1, 60])
    expect(checked).toHaveLength(1)
    expect([rows(0, 40), rows(60, 100)]).toContainEqual(checked[0]) // 20 of its 60 are shared
  })

  test('drops a topic with too few posts left', () => {
    const topics = new Map([
      ['alpha', rows(0, 60)],
      ['bravo', rows(0, 79)],
      ['gamma', rows(0, 79)],
    ])
    expect(heldOut(topics).checked.every(({ length }) => length >= 20)).toBe(true)
    expect(heldOut(new Map([['alpha', rows(0, 60)]])).checked).toEqual([])
  })
})

describe('a topic', () => {
  // label 0: mean p .5, three of four true; label 1 the rest
  const p = [0.2, 0.4, 0.6, 0.8].map((x) => [x, 1 - x])
  const truth = [1, 0, 1, 1].map((x) => [x, 1 - x])
  const terms = { error: [0.1, 0.2], errorOfDifference: [0.01, 0.05] }
  const asked = { p, truth, ...terms, lengths: [1, 2, 3, 4] }
  const blind = { center: 0.6, half: 0.1 }
  const of = (k: number, more = {}) => topicError([0, 1, 2, 3], { ...asked, ...more }, { k, blind })

  test('errs by its mean probability less its labelled share', () => {
    expect([of(0).error, of(1).error].map((x) => x.toFixed(9))).toEqual(['0.250000000', '0.250000000'])
    expect([of(0).alone, of(1).alone]).toEqual([false, true]) // .25 against .196 and .392
  })

  test('production adds the variance of the mean and the noise of the labels', () => {
    // variance of .2 .4 .6 .8 is .0667; / 4 = .0167; noise .05: 1.96 * sqrt(.01 + .0167 + .05) = .54
    expect(of(0).stated).toBe(true)
    expect(of(0, { p: p.map(() => [0.1, 0.9]) }).stated).toBe(false) // error .65; 1.96 * sqrt(.01 + 0 + .0225) = .35
  })

  test('labels have a noise of their own', () => {
    // sum p(1-p) = .16 + .24 + .24 + .16 = .8; / 16 = .05: 1.96 * sqrt(.01 + .05) = .48
    expect(of(0).noisy).toBe(true)
    expect(of(0, { error: [0.0, 0.0], p: p.map(() => [0.99, 0.01]) }).noisy).toBe(false)
  })

  test('its shorter half against its longer has an error of its own', () => {
    // short: .3 - .5 = -.2; long: .7 - 1 = -.3; apart by .1. Each half's mean has a variance of .02 / 2 = .01
    expect([of(0).differenceStated, of(0).differenceNoisy]).toEqual([true, true])
    // by other lengths: {0, 2} .4 - 1 = -.6 and {1, 3} .6 - .5 = .1: apart by .7, sampling 2 * .04, noise 2 * .1
    const other = of(0, { lengths: [1, 3, 2, 4] })
    expect([other.differenceStated, other.differenceNoisy]).toEqual([true, true])
    const sure = of(0, { lengths: [1, 3, 2, 4], p: p.map(() => [0.99, 0.01]) })
    expect([sure.differenceStated, sure.differenceNoisy]).toEqual([false, false])
  })

  test('has the score of its interval, and of one that did not read it', () => {
    const half = 1.96 * Math.sqrt(0.01 + 0.2 / 3 / 4 + 0.05)
    expect(of(0).score).toBeCloseTo(2 * half, 9)
    expect(of(0).blindScore).toBeCloseTo(intervalScore(0.15, 0.1), 9) // .75 against .6 +- .1
    expect(intervalScore(0.15, 0.1)).toBeCloseTo(0.2 + 40 * 0.05, 9)
    expect(intervalScore(0.05, 0.1)).toBe(0.2)
  })

  test('the blind guess is the mean and the spread of other topics', () => {
    const guess = blindGuess(truth, [[0, 1], [2, 3], [1]], 0) // shares .5, 1, 0
    expect(guess.center).toBeCloseTo(0.5, 12)
    expect(guess.half).toBeCloseTo(1.96 * 0.5, 12)
  })
})
