// A rescore as it is told on a terminal and in a file: how far it is, how fast, how long still.
import { describe, expect, test } from 'vitest'
import { openProgress, progressLine, type Summed, summaryText } from '../../commands/rescoreText.ts'

const model = 'tiny@2'

describe('progress', () => {
  test('tells the part done, posts a second and the time left, of what this process did', () => {
    const told = (done: number, posts: number, seconds: number, from = 0) =>
      progressLine({ done, posts }, { model, seconds, from })
    expect(told(0.5, 1_200, 60)).toBe('50 % read by tiny@2, 1,200 posts, 20/s, about 60 s left')
    expect(told(0.75, 500, 600, 0.5)).toBe('75 % read by tiny@2, 500 posts, 1/s, about 10 min left')
    expect(told(0.01, 100_000, 100)).toContain('about 2.8 h left')
    expect(told(0.2, 1, 0, 0.2)).toBe('20 % read by tiny@2, 1 post')
    expect(told(0.999, 1, 1)).toContain('99 %')
  })

  test.each([
    [
      true,
      ['\r0 % read by tiny@2, 5 posts\u001b[K', '\r4 % read by tiny@2, 25 posts, 25/s, about 24 s left\u001b[K', '\n'],
    ],
    [false, ['0 % read by tiny@2, 5 posts\n']],
  ])('on a terminal (%s) one line that changes, elsewhere a line now and then', (isTTY, expected) => {
    const written: string[] = []
    let ms = 0
    const progress = openProgress({ isTTY, write: (text: string) => written.push(text) > 0 } as never, {
      model,
      now: () => ms,
    })
    for (; ms <= 1_000; ms += 250) progress.tell({ done: ms / 25_000, posts: 5 + ms / 50, topics: [] })
    progress.end()
    expect(isTTY ? [written[0], written.at(-2), written.at(-1)] : written).toEqual(expected)
  })

  test('nothing is written where nothing was read', () => {
    const written: string[] = []
    openProgress({ isTTY: true, write: (text: string) => written.push(text) > 0 } as never, {
      model,
      now: () => 0,
    }).end()
    expect(written).toEqual([])
  })
})

describe('the summary', () => {
  const topic = {
    ...{ topic: 'tides', version: 2, model, former: 'tiny@1', posts: 1_000, scored: 990 },
    left: { wordless: 3, other: 1 },
    shares: [
      { measure: 'irony', posts: 990, before: 0.1, after: 0.1 },
      { measure: 'sentiment.negative', posts: 990, before: 0.412, after: 0.3801 },
    ],
    turned: [{ measure: 'sentiment', posts: 12, of: 990 }],
  }
  const summed: Summed = {
    ...{ model, from: null, posts: 1_000, isComplete: true, isResumed: false, topics: [topic], uncompared: [] },
    remedy: { folder: '/models/new', file: null, former: null },
  }

  test('tells before, after and difference, what kept its scores, and the way to use the model', () => {
    expect(summaryText(summed)).toBe(`1,000 posts read by tiny@2.

tides (version 2): tiny@1 -> tiny@2, the same 1,000 posts read by both, 990 scored by both
  irony                10.0 ->  10.0 %  +0.0
  sentiment.negative   41.2 ->  38.0 %  -3.2
  sentiment: another label leads in 12 of 990
  1 post not read again: no longer in the log, or came while this ran
  3 posts kept without words, so never to be read again
  These keep their former scores: the page says how many, and counts them in no share.

To use it: set model.folder to /models/new in undercurrent.yaml, and start undercurrent again.
Until then everything goes on with the configured model; what comes meanwhile is read by tiny@2 when it starts.`)
  })

  test('says since when, that it went on, what was not compared, and that nothing is left to set', () => {
    const other = { from: '2026-11-18T00:00:00.000Z', isResumed: true, topics: [], uncompared: ['tides'], remedy: null }
    expect(summaryText({ ...summed, ...other }).split('\n\n')).toEqual([
      '1,000 posts read by tiny@2, none of before 2026-11-18T00:00:00.000Z (went on from where it was).',
      'tides: too many posts to compare at once',
      'This is the configured model: its scores are shown at once where undercurrent runs with it, else from its next start.',
    ])
  })
})
