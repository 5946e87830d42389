// The part of the store contract about the console: the same on the engine in this process and on a server.
import { expect, it } from 'vitest'
import { day } from '../store/scores.ts'
import { fresh, type Held, many } from './storeQuestions.ts'

export function stating(held: Held): void {
  it('a statement counts live posts and shares as a summary does, in a time zone and format of its own', async () => {
    const { score, filter, add, topic, source } = fresh()
    const scores = many(12).map((nr) => score(`c${nr}`, { arrival: nr + 1, post: { likes: nr } }))
    await held().add(add(scores))
    await held().forget([{ op: 'delete', source, id: 'c3', at: day.to, revision: null }])
    const about = `FROM posts WHERE topic = '${topic.topic}'`
    const { posts, sentiment } = await held().ask.summary(filter)
    const table = await held().ask.sql(
      `SELECT count() AS n, avg(sentiment['negative']) AS share, min(at) AS since ${about}`,
    )
    expect(table.columns.map(({ name }) => name)).toEqual(['n', 'share', 'since'])
    expect(table.rows).toEqual([[posts, expect.closeTo(sentiment.negative!.estimate!, 5), scores[0]!.mention.post.at]])
    expect(posts).toBe(11)
    const liked = await held().ask.sql(`SELECT id, likes ${about} ORDER BY likes DESC`, { rows: 2 })
    expect(liked).toMatchObject({
      rows: [
        ['c11', 11],
        ['c10', 10],
      ],
      cut: true,
      limit: 2,
    }) // prettier-ignore
    expect((await held().ask.sql(`SELECT posts, authors FROM topics WHERE topic = '${topic.topic}'`)).rows).toEqual([
      [11, 11],
    ])
  })

  it('a statement is refused by the gate, by the engine, and by its limits, each time with what to do', async () => {
    const endless = `SELECT count() FROM posts a CROSS JOIN posts b CROSS JOIN posts c CROSS JOIN posts d CROSS JOIN posts e
      CROSS JOIN posts f CROSS JOIN posts g CROSS JOIN posts h WHERE sipHash64(a.id, b.id, c.id, d.id, e.id, f.id, g.id, h.id) = 1`
    for (const [statement, told] of [
      ['SELECT * FROM undercurrent.mentions', /undercurrent/],
      ['SELECT lower(1) AS a FROM posts', /lower/],
      [endless, /too long/],
    ] as const)
      await expect(held().ask.sql(statement, { seconds: 1 })).rejects.toMatchObject({
        status: 422,
        message: expect.stringMatching(told),
        hint: expect.stringMatching(/.{10}/),
      })
    expect((await held().ask.sql('SELECT 1 AS a')).rows).toEqual([[1]])
  })
}
