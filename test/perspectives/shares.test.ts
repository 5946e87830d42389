// Shares of parts of a window: the same numbers as the store's own SQL gives, view by view, and as arithmetic by hand.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Estimate, type View, views } from '../../answers.ts'
import { clustersOf } from '../../perspectives/campaigns.ts'
import { seenIn } from '../../perspectives/seen.ts'
import { authorsOf, errorOf, everyRow, sharesIn, shareWhere, tableOf, weightsOf } from '../../perspectives/shares.ts'
import { openEmbedded } from '../store/embedded.ts'
import { addition, scoreOf } from '../store/scores.ts'
import { crowd, modelError, topic, usual, window } from './crowd.ts'

const ref = { topic: topic.id, version: topic.version }
const liked = crowd().map((post, nr) => ({ ...post, likes: nr % 3 ? nr : null, reposts: null }))
/** One source read in part, at a rate that changed; the accounts of this crowd post in several. */
const sampled = liked.map((post, nr) => {
  const inclusion = post.source === liked[0]!.source ? (nr % 2 ? 0.1 : 0.4) : 1
  return { ...post, inclusion }
})

describe.each([
  ['whole', liked],
  ['in part', sampled],
] as const)('read %s: the store’s SQL and the shares of a table agree', async (_, posts) => {
  let opened: Awaited<ReturnType<typeof openEmbedded>>
  beforeAll(async () => {
    opened = await openEmbedded({ inMemory: true, modelError })
    const scores = posts.map(({ id, author, text, at, likes, reposts, source, inclusion, ...of }) =>
      scoreOf(id, {
        topic: ref,
        post: { author, text, at, likes, reposts, source, inclusion },
        ...numbersOf(of),
        copy: of.copy,
      }),
    )
    await opened.store.add(addition(scores, { scope: [ref] }))
  })
  afterAll(() => opened.close())

  test.for([...views])('%s view', async (view: View) => {
    const filter = { topic: ref, model: 'tiny@1', window, view }
    const summary = await opened.store.ask.summary(filter)
    const posts = await opened.store.ask.sample(filter, 10_000)
    const table = tableOf(posts, modelError)
    const ours = sharesIn(table, { weights: weightsOf(table, view, clustersOf(table.posts))! })
    expect(summary.scored).toBe(table.posts.length)
    expect(summary.scoredAuthors).toBe(table.authors)
    for (const [label, share] of Object.entries(summary.sentiment)) close(ours.get(`sentiment.${label}`)!, share)
    for (const [label, share] of Object.entries(summary.stance.free!)) close(ours.get(`stance.free.${label}`)!, share)
    close(ours.get('emotion.anger')!, summary.emotion.anger!)
  })

  test('what was seen is the same by either way', async () => {
    const filter = { topic: ref, model: 'tiny@1', window }
    const posts = await opened.store.ask.sample(filter, 10_000)
    expect(seenIn(posts, await opened.store.ask.gaps(filter))).toEqual(await opened.store.ask.coverage(filter))
  })
})

const numbersOf = ({
  sentiment,
  emotion,
  stance,
}: Pick<(typeof liked)[number], 'sentiment' | 'emotion' | 'stance'>) => ({ sentiment, emotion, stance })
function close(a: Estimate, b: Estimate): void {
  expect(a.estimate).toBeCloseTo(b.estimate!, 5)
  expect(a.low).toBeCloseTo(b.low!, 5)
  expect(a.high).toBeCloseTo(b.high!, 5)
}

describe('parts', () => {
  const table = tableOf(crowd(), modelError)

  test('the share of a part is the mean over its rows, and its interval is wider than the whole’s', () => {
    const rows = everyRow(table).filter((row) => row % 4 === 0)
    const mean = rows.reduce((sum, row) => sum + table.posts[row]!.sentiment.negative!, 0) / rows.length
    const [part, whole] = [
      sharesIn(table, { rows }).get('sentiment.negative')!,
      sharesIn(table).get('sentiment.negative')!,
    ]
    expect(part.estimate).toBeCloseTo(mean, 12)
    expect(part.high! - part.low!).toBeGreaterThan(whole.high! - whole.low!)
  })

  test('below ten authors nothing is told', () => {
    const few = tableOf(crowd({ ...usual, authors: 9 }), modelError)
    expect(sharesIn(few).get('sentiment.negative')).toEqual({ estimate: null, low: null, high: null })
    expect(shareWhere(few, () => true).estimate).toBeNull()
  })

  test('a measure that no post has is unknown, not zero', () => {
    expect(sharesIn(table, { measures: ['emotion.awe'] }).get('emotion.awe')?.estimate).toBeNull()
  })

  test('posts that are not scored are not in it', () => {
    expect(tableOf(crowd({ ...usual, lang: 'de' }), modelError).posts).toEqual([])
  })

  test('what is plainly true is counted without a model’s error', () => {
    const isFirst = (row: number) => row < 30
    const share = shareWhere(table, isFirst)
    expect(share.estimate).toBeCloseTo(30 / table.posts.length, 12)
    const heavy = Float64Array.from(table.posts, (_, row) => (isFirst(row) ? 2 : 1))
    expect(shareWhere(table, isFirst, { weights: heavy }).estimate).toBeCloseTo(60 / (table.posts.length + 30), 12)
  })

  test('the engagement view is absent where no counts are known', () => {
    expect(weightsOf(table, 'engagement', [])).toBeNull()
  })

  test('authors of rows are counted once, and errors come from the head of the measure', () => {
    expect(authorsOf(table, [0, 0, 0])).toBe(1)
    expect(errorOf(modelError, 'stance.free.favor')).toBe(0.05)
    expect(errorOf(modelError, 'theme.night-line')).toBe(0)
  })
})
