// The console on the real embedded store: analysts' statements answer the same numbers as the questions of the pages, what
// was deleted or hidden is in none of them, limits cut with a clear error, and nobody else waits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter, StoredPost } from '../../answers.ts'
import { shownViews } from '../../columns.ts'
import { functionNames } from '../../store/allowed.ts'
import { openClient } from '../../store/sql.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, scoreOf, seeded, skippedScore, topic } from './scores.ts'

let opened: Opened & { folder: string }
const sql = (statement: string, limits = {}, signal?: AbortSignal) => opened.store.ask.sql(statement, limits, signal)
const filter: Filter = { topic, model, window: { from: day.from, to: '2026-11-22T00:00:00.000Z' } }
const langs = ['en', 'de', 'uk']

/** 120 posts by 40 authors over twenty hours, seeded; every tenth is skipped, every third a copy of another. */
function invented() {
  const next = seeded(7)
  return Array.from({ length: 120 }, (_, nr) => {
    const [a, b, c] = [next(), next(), next()]
    const sum = a + b + c
    const post = { at: minute(nr * 10), author: `author ${nr % 40}`, likes: nr % 6 ? nr % 11 : null, reposts: nr % 4 }
    const lang = langs[nr % 3]
    if (nr % 10 === 9) return skippedScore(`post ${nr}`, { post, lang })
    return scoreOf(`post ${nr}`, {
      post,
      lang,
      copy: `copy ${nr % 3 ? nr : 0}`,
      sentiment: { negative: a / sum, neutral: b / sum, positive: c / sum },
      stance: { t1: { against: c / sum, neither: b / sum, favor: a / sum } },
    })
  })
}

beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true, eraseAfterMs: 100 })
  await opened.store.add(addition(invented()))
  await opened.store.note([{ op: 'counts', source: 'file', id: 'post 1', likes: 500, reposts: 50, at: day.to }])
})
afterAll(() => opened.close())

describe('the views', () => {
  it.each(['posts', 'topics'] as const)('%s has the columns that columns.ts tells, and no author', async (view) => {
    const { columns } = await sql(`SELECT * FROM ${view} LIMIT 1`)
    expect(columns.map(({ name }) => name)).toEqual(shownViews[view].map(({ name }) => name))
    for (const [nr, { type }] of columns.entries())
      expect(type).toContain(shownViews[view][nr]!.type.replace('Map of maps', 'Map(String, Map'))
    expect(columns.filter(({ name }) => /^author$|account|^post$|hash|key/.test(name))).toEqual([])
  })

  it('hold every function of the list', async () => {
    const client = await openClient({ path: `${opened.folder}/store` })
    const rows = await client.look<{ name: string }>('SELECT name FROM system.functions')
    await client[Symbol.asyncDispose]()
    const known = new Set(rows.map(({ name }) => name))
    expect(functionNames.filter((name) => !known.has(name))).toEqual([])
  })
})

const tidy = (rows: unknown[][]) =>
  rows.map((row) => row.map((value) => (typeof value === 'number' ? Number(value.toFixed(5)) : value)))
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const median = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
const tally = <Key extends string | number>(keys: Key[]) =>
  [...Map.groupBy(keys, (key) => key)].map(([key, { length }]) => [key, length] as [Key, number])

describe('an analyst asks, and the questions of the pages answer the same', () => {
  let all: StoredPost[]
  let scored: StoredPost[]
  beforeAll(async () => {
    all = (await opened.store.ask.posts(filter, { limit: 500 })).posts
    scored = all.filter(({ skipped }) => skipped === null)
    expect([all.length, scored.length]).toEqual([120, 108])
  })
  /** The statement's rows are those that `rows` makes of the posts. */
  const same = async (statement: string, rows: unknown[][]) =>
    expect(tidy((await sql(statement)).rows)).toEqual(tidy(rows))

  it('how many posts, scored and not, by how many authors', async () => {
    const { posts, authors, scored: read, unscored } = await opened.store.ask.summary(filter)
    await same('SELECT count(), countIf(scored), countIf(NOT scored) FROM posts', [[posts, read, posts - read]])
    await same("SELECT countIf(skipped = 'language') FROM posts", [[unscored.language]])
    await same('SELECT posts, authors, scored FROM topics', [[posts, authors, read]])
  })

  it('shares of tone, of feelings and of stance', async () => {
    const { sentiment, emotion, stance } = await opened.store.ask.summary(filter)
    const tones = ['negative', 'neutral', 'positive'].map((label) => sentiment[label]!.estimate)
    const asked = "avg(sentiment['negative']), avg(sentiment['neutral']), avg(sentiment['positive'])"
    await same(`SELECT ${asked} FROM posts WHERE scored`, [tones])
    await same("SELECT avgIf(emotion['joy'], scored = 1) FROM posts", [[emotion.joy!.estimate]])
    await same("SELECT avg(stance['t1']['favor']) FROM posts WHERE scored = 1", [[stance.t1!.favor!.estimate]])
  })

  it('every label of a head at once', async () => {
    const { sentiment } = await opened.store.ask.summary(filter)
    await same(
      `SELECT label, avg(p) FROM posts ARRAY JOIN mapKeys(sentiment) AS label, mapValues(sentiment) AS p
       GROUP BY label ORDER BY label`,
      ['negative', 'neutral', 'positive'].map((label) => [label, sentiment[label]!.estimate]),
    )
  })

  it('posts and tone by the hour, as the series has them', async () => {
    const series = await opened.store.ask.series(filter, 'sentiment.negative', 3_600_000)
    const filled = series.filter(({ posts }) => posts > 0)
    expect(filled.length).toBe(20)
    await same(
      'SELECT toStartOfHour(at) AS hour, count() AS n FROM posts GROUP BY hour ORDER BY hour',
      filled.map(({ at, posts }) => [at.replace('.000Z', 'Z'), posts]),
    )
    const sums = Map.groupBy(scored, ({ at }) => at.slice(0, 13))
    await same(
      "SELECT toHour(at) AS h, avg(sentiment['negative']) FROM posts WHERE scored GROUP BY h ORDER BY h",
      [...sums]
        .toSorted()
        .map(([at, posts]) => [Number(at.slice(11)), mean(posts.map((post) => post.sentiment.negative!))]),
    )
  })

  it('by language and by source, as coverage has them', async () => {
    const { byLang, bySource } = await opened.store.ask.coverage(filter)
    await same('SELECT lang, count() FROM posts GROUP BY lang ORDER BY lang', Object.entries(byLang).toSorted())
    await same('SELECT source, count(), max(at) FROM posts GROUP BY source', [
      ['file', bySource.file!.posts, bySource.file!.latest],
    ])
  })

  it('a part of the posts: by time, by language, by tone', async () => {
    const window = { from: minute(300), to: minute(600) }
    const { posts } = await opened.store.ask.summary({ ...filter, window, lang: 'de' })
    const between = `at >= '${window.from}' AND at < '${window.to}'`
    await same(`SELECT count() FROM posts WHERE ${between} AND lang = 'de'`, [[posts]])
    await same(`SELECT count() FROM posts WHERE at BETWEEN toDateTime64('2026-11-20 05:00:00', 3) AND '${window.to}'`, [
      [31],
    ])
    await same("SELECT count() FROM posts WHERE at >= '2026-11-20' AND toStartOfHour(at) < '2026-11-20T05:00:00Z'", [
      [30],
    ])
    await same("SELECT count() FROM posts WHERE toDate(at) = '2026-11-20' AND at < '2026-11-20 05:00:00'", [[30]])
    const angry = await opened.store.ask.posts(filter, { sentiment: 'negative', limit: 500 })
    await same("SELECT count() FROM posts WHERE scored AND sentiment['negative'] = arrayMax(mapValues(sentiment))", [
      [angry.posts.length],
    ])
    const found = await opened.store.ask.posts(filter, { q: 'POST 11', limit: 500 })
    await same("SELECT count() FROM posts WHERE text ILIKE '%post 11%'", [[found.posts.length]])
    await same("SELECT count() FROM posts WHERE positionCaseInsensitive(text, 'POST 11') > 0", [[found.posts.length]])
  })

  it('the most liked, with the counts of now', async () => {
    const liked = await opened.store.ask.posts(filter, { sort: 'liked', limit: 5 })
    expect(liked.posts[0]).toMatchObject({ id: 'post 1', likes: 500, reposts: 50 })
    await same(
      'SELECT id, likes, reposts FROM posts WHERE likes IS NOT NULL ORDER BY likes DESC, at DESC LIMIT 5',
      liked.posts.map(({ id, likes, reposts }) => [id, likes, reposts]),
    )
    await same('SELECT sum(likes), countIf(likes IS NULL) FROM posts', [
      [all.reduce((sum, { likes }) => sum + (likes ?? 0), 0), all.filter(({ likes }) => likes === null).length],
    ])
  })

  it('what is copied, and how often', async () => {
    await same('SELECT cluster, count() AS n FROM posts GROUP BY cluster HAVING n > 1', [
      ['copy 0', all.find(({ id }) => id === 'post 0')!.copies],
    ])
    const each = await opened.store.ask.summary({ ...filter, view: 'cluster' })
    const weights = 'SELECT sentiment, count() OVER (PARTITION BY cluster) AS n FROM posts WHERE scored'
    await same(`SELECT sum(sentiment['negative'] / n) / sum(1 / n) FROM (${weights})`, [
      [each.sentiment.negative!.estimate],
    ])
  })

  it('by weight of likes and reposts, as the view engagement has it', async () => {
    const { sentiment } = await opened.store.ask.summary({ ...filter, view: 'engagement' })
    await same(
      `WITH 1 + log(1 + ifNull(likes, 0) + ifNull(reposts, 0)) AS w
       SELECT sum(w * sentiment['negative']) / sum(w) FROM posts WHERE scored`,
      [[sentiment.negative!.estimate]],
    )
  })

  it('quantiles, spread, correlation', async () => {
    const negative = scored.map((post) => post.sentiment.negative!)
    const spread = Math.sqrt(mean(negative.map((p) => (p - mean(negative)) ** 2)))
    await same("SELECT median(sentiment['negative']), stddevPop(sentiment['negative']) FROM posts WHERE scored", [
      [median(negative), spread],
    ])
    const [row] = (await sql("SELECT corr(sentiment['negative'], stance['t1']['favor']) FROM posts WHERE scored")).rows
    expect(row![0]).toBeCloseTo(1, 4)
    await same('SELECT quantile(0.5)(likes) FROM posts', [[median(all.flatMap(({ likes }) => likes ?? []))]])
  })

  it('in classes, by CASE and by if', async () => {
    const loud = all.filter(({ likes }) => (likes ?? 0) >= 5).length
    const rows = [
      ['loud', loud],
      ['quiet', all.length - loud],
    ] // prettier-ignore
    const tale = "CASE WHEN ifNull(likes, 0) >= 5 THEN 'loud' ELSE 'quiet' END"
    await same(`SELECT ${tale} AS class, count() FROM posts GROUP BY class ORDER BY class`, rows)
    await same(
      "SELECT if(coalesce(likes, 0) >= 5, 'loud', 'quiet') class, count() n FROM posts GROUP BY class ORDER BY class",
      rows,
    )
  })

  it('words, with arrays and lambdas', async () => {
    const words = tally(all.flatMap(({ text }) => text.split(' '))).toSorted(
      ([a, n], [b, m]) => m - n || (a < b ? -1 : 1),
    )
    await same(
      `SELECT word, count() AS n FROM (SELECT arrayJoin(splitByChar(' ', text)) AS word FROM posts)
       GROUP BY word ORDER BY n DESC, word LIMIT 6`,
      words.slice(0, 6),
    )
    await same("SELECT max(length(arrayFilter(w -> length(w) > 4, splitByChar(' ', text)))) FROM posts", [[1]])
  })

  it('with subqueries, joins and windows', async () => {
    await same('SELECT count() FROM posts AS p JOIN topics AS t ON p.topic = t.topic WHERE t.posts > 100', [[120]])
    await same('SELECT count() FROM posts WHERE topic IN (SELECT topic FROM topics)', [[120]])
    await same(
      'WITH hours AS (SELECT toHour(at) AS h, count() AS n FROM posts GROUP BY h) SELECT max(n), count() FROM hours',
      [[6, 20]],
    )
    await same(
      'WITH (SELECT max(at) FROM posts) AS latest SELECT count() FROM posts WHERE at > latest - INTERVAL 1 HOUR',
      [[6]],
    )
    await same(
      `SELECT lang, id FROM (SELECT lang, id, row_number() OVER (PARTITION BY lang ORDER BY at) AS nr FROM posts)
       WHERE nr = 1 ORDER BY lang`,
      [
        ['de', 'post 1'],
        ['en', 'post 0'],
        ['uk', 'post 2'],
      ], // prettier-ignore
    )
    await same(
      'SELECT * FROM (SELECT id, likes FROM posts WHERE likes = 500 UNION ALL SELECT topic, posts FROM topics) ORDER BY likes',
      [
        ['tides', 120],
        ['post 1', 500],
      ],
    ) // prettier-ignore
    await same('SELECT DISTINCT lang FROM posts ORDER BY lang LIMIT 2 OFFSET 1', [['en'], ['uk']])
    await same('SELECT lang, id FROM posts ORDER BY lang, at LIMIT 1 BY lang', [
      ['de', 'post 1'],
      ['en', 'post 0'],
      ['uk', 'post 2'],
    ]) // prettier-ignore
    await same('SELECT uniqExact(lang), groupUniqArray(source), any(model) FROM posts', [[3, ['file'], model]])
    await same("SELECT formatDateTime(min(at), '%Y-%m-%d'), dateDiff('hour', min(at), max(at)) FROM posts", [
      ['2026-11-20', 19],
    ])
    await same('SELECT round(avg(CAST(likes AS Nullable(Float64))), 6), avg(likes::Nullable(Float64)) > 0 FROM posts', [
      [Number(mean(all.flatMap(({ likes }) => likes ?? [])).toFixed(6)), 1],
    ])
  })

  it('rows in the order asked for, with their own names, and numbers that stay exact', async () => {
    const table = await sql(
      'SELECT likes AS "likes (now)", likes, 18446744073709551615 AS big FROM posts ORDER BY likes DESC NULLS LAST LIMIT 3',
    )
    expect(table.columns.map(({ name }) => name)).toEqual(['likes (now)', 'likes', 'big'])
    expect(table.rows.map(([, likes]) => likes)).toEqual([500, 10, 10])
    expect(table.rows[0]![2]).toBe('18446744073709551615')
    expect(table).toMatchObject({ cut: false, limit: 10_000 })
    expect(table.elapsedMs).toBeGreaterThanOrEqual(0)
  })
})
