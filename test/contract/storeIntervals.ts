// The store contract on intervals: SQL's sums are those of estimate.ts over the posts as told, in every view, for a
// summary, a series and a pulse alike. Each number is made here a second time, without SQL.
import { expect, it } from 'vitest'
import { type View, views } from '../../answers.ts'
import { estimate, type Sums } from '../../estimate.ts'
import { minute } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

/** Nineteen authors, two of them loud; one text in six posts; likes known of every other post. */
const told = many(40).map((nr) => ({
  id: `p${String(nr).padStart(2, '0')}`,
  author: nr < 18 ? `a${nr % 6}` : nr < 30 ? `loud${nr % 2}` : `b${nr}`,
  copy: nr % 7 === 0 ? 'one text' : `own ${nr}`,
  likes: nr % 2 ? nr : null,
  p: ((nr * 37) % 100) / 100,
}))
type Told = (typeof told)[number]

function weightOf(post: Told, view: View): number {
  const count = (same: (other: Told) => boolean) => told.filter(same).length
  if (view === 'author') return 1 / count(({ author }) => author === post.author)
  if (view === 'cluster') return 1 / count(({ copy }) => copy === post.copy)
  return view === 'engagement' ? 1 + Math.log(1 + (post.likes ?? 0)) : 1
}

function expected(view: View) {
  const sums: Sums = { authors: 0, a: 0, b: 0, aa: 0, ab: 0, bb: 0, noise: 0 }
  for (const [, posts] of Map.groupBy(told, ({ author }) => author)) {
    const [a, b] = [0, 1].map((which) =>
      posts.reduce((sum, post) => sum + weightOf(post, view) * (which ? 1 : post.p), 0),
    ) as [number, number]
    sums.noise += posts.reduce((sum, post) => sum + weightOf(post, view) ** 2 * post.p * (1 - post.p), 0)
    sums.authors++
    sums.a += a
    sums.b += b
    sums.aa += a * a
    sums.ab += a * b
    sums.bb += b * b
  }
  const { estimate: share, low, high } = estimate(sums, 0)
  return { estimate: expect.closeTo(share!, 6), low: expect.closeTo(low!, 6), high: expect.closeTo(high!, 6) }
}

export function intervals(held: Held): void {
  const filled = async () => {
    const { score, filter, add } = fresh()
    const scores = told.map(({ id, author, copy, likes, p }, nr) =>
      score(id, {
        ...{ arrival: nr + 1, copy, sentiment: { negative: p, neutral: 1 - p } },
        post: { author, likes, reposts: likes === null ? null : 0, at: minute(23 * 60) },
      }),
    )
    await held().add(add(scores))
    return filter
  }

  it.each(views)('the interval of a share is the formula over the posts, weighted by %s', async (view) => {
    const filter = { ...(await filled()), view }
    expect((await held().ask.summary(filter)).sentiment.negative).toEqual(expected(view))
    const [point] = await held().ask.series(filter, 'sentiment.negative', 86_400_000)
    expect(point).toMatchObject(expected(view))
  })

  it('a pulse tells the same interval as a summary', async () => {
    const filter = await filled()
    const question = { model: filter.model, stepMs: 86_400_000, steps: 1, sentiment: ['negative'], stance: [] }
    const [pulse] = await held().ask.pulses([{ topic: filter.topic, targets: [] }], question)
    expect(pulse!.steps[0]!.shares['sentiment.negative']).toEqual(expected('post'))
  })
}
