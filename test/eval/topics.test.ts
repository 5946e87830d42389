import { describe, expect, test } from 'vitest'
import { heldOut, keywordTopics, topicError } from '../../eval/topics.ts'

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
    const [only, ...more] = heldOut(topics)
    expect(more).toEqual([])
    expect(only).toHaveLength(40) // of 60, 20 are shared
    expect([rows(0, 40), rows(60, 100)]).toContainEqual(only)
  })

  test('drops a topic with too few posts left', () => {
    const topics = new Map([
      ['alpha', rows(0, 60)],
      ['bravo', rows(10, 60)],
    ])
    const left = heldOut(topics).map(({ length }) => length)
    expect(left.every((count) => count >= 20)).toBe(true)
    expect(heldOut(new Map([['alpha', rows(0, 60)]]))).toEqual([])
  })
})

describe('a topic', () => {
  // label 0: mean p .5, three of four true; label 1 the rest
  const p = [0.2, 0.4, 0.6, 0.8].map((x) => [x, 1 - x])
  const truth = [1, 0, 1, 1].map((x) => [x, 1 - x])
  const asked = { p, truth, error: [0.1, 0.2], errorOfDifference: [0.2, 0.05] }

  test('errs by its mean probability less its labelled share', () => {
    const { share, covered } = topicError([0, 1, 2, 3], asked, [1, 2, 3, 4])
    expect(share[0]).toBeCloseTo(0.25, 12)
    expect(share[1]).toBeCloseTo(0.25, 12)
    expect(covered).toEqual([false, true]) // .25 against .196 and .392
  })

  test('production adds the variance of the mean', () => {
    // variance of .2 .4 .6 .8 is .0667; / 4 = .0167; 1.96 * sqrt(.01 + .0167) = .32
    expect(topicError([0, 1, 2, 3], asked, [1, 2, 3, 4]).statedCovered).toEqual([true, true])
    const narrow = { ...asked, p: p.map(() => [0.5, 0.5]) }
    expect(topicError([0, 1, 2, 3], narrow, [1, 2, 3, 4]).statedCovered).toEqual([false, true])
  })

  test('and its shorter half against its longer has an error of its own', () => {
    // short: .3 - .5 = -.2; long: .7 - 1 = -.3; apart by .1
    expect(topicError([0, 1, 2, 3], asked, [1, 2, 3, 4]).differenceCovered).toEqual([true, false])
    // by other lengths: {0, 2} .4 - 1 and {1, 3} .6 - .5, apart by .7
    expect(topicError([0, 1, 2, 3], asked, [1, 3, 2, 4]).differenceCovered).toEqual([false, false])
  })
})
