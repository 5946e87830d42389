// The questions about what is there, not what it says: posts and authors of every topic, where they come from, which
// are unscored, what was not seen, and what moves. Every number is counted over live rows, copies and unscored included.
import type { Coverage, Estimate, Filter, Mover, TopicCount } from '../answers.ts'
import { estimate } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'
import { inWindow, rowsOf, timeText, windowOf } from './filter.ts'
import { isoOf } from './rows.ts'
import type { Sql } from './sql.ts'

export type Gap = Coverage['gaps'][number]

/** One row per post even where several models scored it. */
export async function counts(sql: Sql): Promise<TopicCount[]> {
  const rows = await sql.ask<{ topic: string; nr: number; posts: string; people: string; newest: string }>(
    `SELECT topic, topic_version AS nr, uniqExact(post) AS posts, uniqExact(author) AS people,
       toUnixTimestamp64Milli(max(at)) AS newest
     FROM undercurrent.mentions FINAL GROUP BY topic, topic_version ORDER BY topic, topic_version`,
  )
  return rows.map(({ topic, nr, posts, people, newest }) => ({
    topic,
    version: nr,
    posts: Number(posts),
    authors: Number(people),
    latest: isoOf(newest),
  }))
}

export async function latest(sql: Sql, { topic, version }: Filter['topic']): Promise<string | null> {
  const [row] = await sql.ask<{ n: string; newest: string }>(
    `SELECT count() AS n, toUnixTimestamp64Milli(max(at)) AS newest FROM undercurrent.mentions FINAL
     WHERE topic = {topic:String} AND topic_version = {topicVersion:UInt32}`,
    { topic, topicVersion: version },
  )
  return Number(row!.n) ? isoOf(row!.newest) : null
}

interface CoverageRow {
  name: string
  posts: string
  people: string
  newest: string
  read: string
  skips: Record<string, string>
  langs: Record<string, string>
}

/** One pass, by source: an author is of one source (its hash has the source in it), so authors add up like posts. */
export async function coverage(sql: Sql, filter: Filter): Promise<Coverage> {
  const { sql: where, params } = rowsOf(filter)
  const sources = await sql.ask<CoverageRow>(
    `SELECT source AS name, count() AS posts, uniqExact(author) AS people, toUnixTimestamp64Milli(max(at)) AS newest,
       countIf(skipped = '') AS read, sumMapIf(map(toString(skipped), toUInt32(1)), skipped != '') AS skips,
       sumMap(map(toString(lang), toUInt32(1))) AS langs
     FROM undercurrent.mentions FINAL WHERE ${where} GROUP BY source ORDER BY source`,
    params,
  )
  const total = (of: (row: CoverageRow) => string) => sources.reduce((sum, row) => sum + Number(of(row)), 0)
  const added = (of: (row: CoverageRow) => Record<string, string>) => {
    // A map: keys come from outside, and one may be called __proto__.
    const sums = new Map<string, number>()
    for (const row of sources)
      for (const [key, n] of Object.entries(of(row))) sums.set(key, (sums.get(key) ?? 0) + Number(n))
    return Object.fromEntries(sums)
  }
  return {
    posts: total(({ posts }) => posts),
    authors: total(({ people }) => people),
    scored: total(({ read }) => read),
    unscored: added(({ skips }) => skips),
    bySource: Object.fromEntries(
      sources.map(({ name, posts, people, newest }) => [
        name,
        { posts: Number(posts), authors: Number(people), latest: isoOf(newest) },
      ]),
    ),
    byLang: added(({ langs }) => langs),
    gaps: await gapsIn(sql, filter),
  }
}

/** Stretches not seen that overlap the window, of the filter's source or of any. */
export async function gapsIn(sql: Sql, filter: Filter): Promise<Gap[]> {
  const own = filter.source === undefined ? '' : 'AND source = {source:String}'
  const rows = await sql.ask<{ source: string; first: string; last: string; reason: string }>(
    `SELECT source, toUnixTimestamp64Milli(since) AS first, toUnixTimestamp64Milli(until) AS last, reason
     FROM undercurrent.gaps FINAL
     WHERE since < {to:DateTime64(3)} AND until > {from:DateTime64(3)} ${own} ORDER BY since, source`,
    { ...windowOf(filter), ...(filter.source === undefined ? {} : { source: filter.source }) },
  )
  return rows.map(({ source, first, last, reason }) => ({ source, from: isoOf(first), to: isoOf(last), reason }))
}

/** Fewer posts than this in both halves together is no movement worth a list. */
export const leastMoved = 20

interface MoverRow {
  topic: string
  nr: number
  half: number
  posts: string
  n: string
  sums: number[]
}

/** The newest version of each topic: its last hours against as many hours before. The busiest first. */
export async function movers(
  sql: Sql,
  { model, hours, nowMs, modelError }: { model: string; hours: number; nowMs: number; modelError: ModelErrors },
): Promise<Mover[]> {
  const span = hours * 3_600_000
  const half = 'if(at >= {middle:DateTime64(3)}, 1, 0)'
  const rows = await sql.ask<MoverRow>(
    `SELECT topic, topic_version AS nr, half, sum(c) AS posts, countIf(b > 0) AS n,
       [sum(a), sum(b), sum(a * a), sum(a * b), sum(b * b), sum(r)] AS sums
     FROM (
       SELECT topic, topic_version, ${half} AS half, count() AS c,
         sumIf(sentiment['negative'], skipped = '') AS a, toFloat64(countIf(mapContains(sentiment, 'negative'))) AS b,
         sumIf(sentiment['negative'] * (1 - sentiment['negative']), skipped = '') AS r
       FROM undercurrent.mentions FINAL
       WHERE model = {model:String} AND ${inWindow} AND (topic, topic_version) IN (
         SELECT topic, max(topic_version) FROM undercurrent.mentions WHERE gone = 0 GROUP BY topic)
       GROUP BY topic, topic_version, half, author)
     GROUP BY topic, topic_version, half ORDER BY topic`,
    { model, from: timeText(nowMs - 2 * span), middle: timeText(nowMs - span), to: timeText(nowMs) },
  )
  const negative = (row?: MoverRow): Estimate => {
    const [a = 0, b = 0, aa = 0, ab = 0, bb = 0, noise = 0] = row?.sums ?? []
    return estimate({ authors: Number(row?.n ?? 0), a, b, aa, ab, bb, noise }, modelError.sentiment.share.negative ?? 0)
  }
  const topics = Map.groupBy(rows, ({ topic }) => topic)
  const moved = [...topics].map(([topic, halves]): Mover => {
    const [last, before] = [1, 0].map((which) => halves.find((row) => row.half === which))
    const posts = { posts: Number(last?.posts ?? 0), before: Number(before?.posts ?? 0) }
    return { topic, version: halves[0]!.nr, ...posts, negative: negative(last), negativeBefore: negative(before) }
  })
  return moved.filter(({ posts, before }) => posts + before >= leastMoved).sort((a, b) => b.posts - a.posts)
}
