// The SQL fragments that the questions share: which rows a filter means, and how much each post counts in a view.
// Pure. Everything from outside is a bound parameter; an alias is never named like a column, because it would capture it.

import type { Filter } from '../answers.ts'
import { UserError } from '../errors.ts'
import { standsForSql } from '../inclusion.ts'
import type { Renamed } from './clusters.ts'
import type { Params } from './sql.ts'

export interface Fragment {
  sql: string
  params: Params
}

/** Live rows of one topic version and model in a half-open window. */
export function rowsOf(filter: Filter): Fragment {
  const { topic, model, window, source, lang, camp, receivedBy } = filter
  const params: Params = { ...windowOf(filter), topic: topic.topic, topicVersion: topic.version, model }
  let sql = `topic = {topic:String} AND topic_version = {topicVersion:UInt32} AND model = {model:String} AND ${inWindow}`
  if (source !== undefined) sql += ' AND source = {source:String}'
  if (lang !== undefined) sql += ' AND lang = {lang:String}'
  if (source !== undefined) params.source = source
  if (lang !== undefined) params.lang = lang
  if (receivedBy !== undefined) sql += ' AND received <= {receivedBy:DateTime64(3)}'
  if (receivedBy !== undefined) params.receivedBy = timeText(Date.parse(receivedBy))
  if (camp) sql += ` AND ${isTop('stance[{campTarget:String}]', '{campLabel:String}')}`
  if (camp) Object.assign(params, { campTarget: camp.target, campLabel: camp.label })
  if (!(Date.parse(window.from) <= Date.parse(window.to)))
    throw new UserError('the window ends before it starts', 'Give from and to as times, from not after to.')
  return { sql, params }
}

/**
 * Of rows, those of `hashes`. Found by their keys before anything else of them is read, which FINAL does not do by itself: a
 * granule holds 8,192 rows. A part of the key, so that every version of a post is found or none.
 */
export const ofPosts = (where: string): string =>
  `FROM undercurrent.mentions FINAL PREWHERE post IN {hashes:Array(UUID)} WHERE ${where}`

/** Whether a label is the most probable of a map. Both are SQL. */
export const isTop = (scores: string, label: string) =>
  `mapContains(${scores}, ${label}) AND ${scores}[${label}] = arrayMax(mapValues(${scores}))`

/** Times are bound as text: a Date, or a number too large for a double, would lose its milliseconds. */
export const inWindow = 'at >= {from:DateTime64(3)} AND at < {to:DateTime64(3)}'

export function windowOf({ window }: { window: Filter['window'] }): Params {
  return { from: timeText(Date.parse(window.from)), to: timeText(Date.parse(window.to)) }
}

/** "2026-11-22 13:00:00.000", within what a DateTime64 holds. */
export function timeText(ms: number): string {
  if (Number.isNaN(ms)) throw new UserError('the window has no time', 'Give from and to as ISO 8601 times in UTC.')
  const held = Math.min(Date.UTC(2299, 11, 31), Math.max(Date.UTC(1900, 0, 1), ms))
  return new Date(held).toISOString().slice(0, 23).replace('T', ' ')
}

export interface Weighing {
  step?: string
  renamed?: Renamed | null
}

const columns = 'post, author, at, inclusion, skipped, sentiment, emotion, stance'

/**
 * The rows of a filter with their weight `w` in its view, and whether the weight is `known`. `step` is an expression
 * that splits the window: copies and authors are then equal within each step. `renamed`: near-copies (clusters.ts).
 */
export function weighted(filter: Filter, { step = '0', renamed = null }: Weighing = {}): Fragment {
  const { sql: where, params } = rowsOf(filter)
  const live = `FROM undercurrent.mentions FINAL WHERE ${where}`
  if (filter.view === 'cluster') {
    const text = renamed ? 'transform(copy, {nearFrom:Array(String)}, {nearTo:Array(String)}, copy)' : 'copy'
    const all = `OVER (PARTITION BY ${step}, skipped = '', if(copy = '', toString(post), ${text}))`
    const [seen, posts] = [`count() ${all}`, `sum(1 / inclusion) ${all}`]
    if (renamed) Object.assign(params, { nearFrom: renamed.from, nearTo: renamed.to })
    return {
      sql: `SELECT ${columns}, ${standsForSql(seen, posts)} / inclusion / ${posts} AS w, 1 AS known ${live}`,
      params,
    }
  }
  if (filter.view !== 'engagement') return { sql: `SELECT ${columns}, 1 / inclusion AS w, 1 AS known ${live}`, params }
  const sql = `SELECT ${columns}, (1 + log(1 + ifNull(likes_now, 0) + ifNull(reposts_now, 0))) / inclusion AS w,
      isNotNull(likes_now) OR isNotNull(reposts_now) AS known
    FROM (${withCounts(where, columns)})`
  return { sql, params }
}

/** Rows with their likes and reposts of now: what was counted last, else what the source said with the post. */
export function withCounts(where: string, wanted: string): string {
  return `SELECT ${wanted}, ifNull(late.likes_late, likes) AS likes_now, ifNull(late.reposts_late, reposts) AS reposts_now
    FROM (SELECT ${wanted}, likes, reposts FROM undercurrent.mentions FINAL WHERE ${where}) AS early
    LEFT JOIN (
      SELECT post AS counted, likes AS likes_late, reposts AS reposts_late FROM undercurrent.counts FINAL
      WHERE post IN (SELECT post FROM undercurrent.mentions WHERE ${where})
    ) AS late ON early.post = late.counted`
}

/**
 * One author's sums as that author counts: in the author view by the mean, as often as authors like this were not seen;
 * else by the weights themselves. `seen` and `posts`: the author's posts, and how many they stand for.
 */
export function perAuthor(
  { view }: Filter,
  { a, b, noise, seen, posts }: Record<'a' | 'b' | 'noise' | 'seen' | 'posts', string>,
) {
  if (view !== 'author') return { a, b, noise }
  const w = standsForSql(seen, posts)
  const mean = (sum: string, by: string) => `if(${b} > 0, ${sum} / ${by}, 0)`
  return { a: mean(`${w} * ${a}`, b), b: mean(w, '1'), noise: mean(`pow(${w}, 2) * ${noise}`, `pow(${b}, 2)`) }
}
