// A page of posts as SQL: which posts fit a query, and in which order. Every value is bound.
import type { Filter, PostsQuery } from '../answers.ts'
import type { Sort } from './cursor.ts'
import { type Fragment, isTop, rowsOf, timeText, withCounts } from './filter.ts'
import type { Params, Sql } from './sql.ts'
import type { Key, OrderQuestion } from './windowOrder.ts'

export async function askedKeys(
  sql: Sql,
  filter: Filter,
  { query, sort, after, limit }: Omit<OrderQuestion, 'query' | 'sort'> & { query: PostsQuery; sort: Sort },
): Promise<Key[]> {
  const rows = rowsOf(filter)
  const wanted = wantedOf(query)
  const order = orderOf(sort, query)
  const columns = 'post, at, text, sentiment, emotion, stance'
  const from =
    sort === 'liked'
      ? withCounts(rows.sql, columns)
      : `SELECT ${columns} FROM undercurrent.mentions FINAL WHERE ${rows.sql}`
  const keys = await sql.ask<Record<'post' | 'value' | 'ms', string>>(
    `SELECT post, value, toUnixTimestamp64Milli(at) AS ms
     FROM (SELECT post, at, ${order.sql} AS value FROM (${from}) WHERE ${wanted.sql})
     ${after ? `WHERE (value, at, post) < ({afterValue:${order.type}}, {afterAt:DateTime64(3)}, {afterPost:UUID})` : ''}
     ORDER BY value DESC, at DESC, post DESC LIMIT ${limit}`,
    {
      ...rows.params,
      ...wanted.params,
      ...order.params,
      ...(after ? { afterValue: after.value, afterAt: timeText(after.ms), afterPost: after.post } : {}),
    },
  )
  return keys.map(({ ms, ...key }) => ({ ...key, ms: Number(ms) }))
}

/** The conditions a query adds. A label is wanted where it is the most probable one. */
export function wantedOf({ sentiment, emotion, stance, q }: PostsQuery): Fragment {
  const conditions = ['1']
  const params: Params = {}
  for (const [kind, label] of Object.entries({ sentiment, emotion })) {
    if (label === undefined) continue
    conditions.push(isTop(kind, `{${kind}:String}`))
    params[kind] = label
  }
  if (stance !== undefined) {
    const { target, label } = stanceOf(stance)
    if (target !== null) conditions.push(isTop('stance[{target:String}]', '{stance:String}'))
    else conditions.push(`arrayExists(m -> ${isTop('m', '{stance:String}')}, mapValues(stance))`)
    Object.assign(params, { stance: label }, target === null ? {} : { target })
  }
  if (q) conditions.push('position(lowerUTF8(text), lowerUTF8({q:String})) > 0')
  if (q) params.q = q
  return { sql: conditions.join(' AND '), params }
}

function stanceOf(stance: string): { target: string | null; label: string } {
  const dot = stance.lastIndexOf('.')
  return dot < 0 ? { target: null, label: stance } : { target: stance.slice(0, dot), label: stance.slice(dot + 1) }
}

/**
 * What a page is ordered by. Certain: the probability of the label asked for, else of the leading tone. Typical: how near
 * that, and the tone, come to the mean of all posts that fit.
 */
function orderOf(sort: Sort, query: PostsQuery): Fragment & { type: string } {
  if (sort === 'newest') return { sql: 'toUnixTimestamp64Milli(at)', type: 'Int64', params: {} }
  if (sort === 'liked') return { sql: 'toInt64(ifNull(likes_now, -1))', type: 'Int64', params: {} }
  const asked = probabilityOf(query)
  if (sort === 'certain') return { sql: `toFloat32(${asked.sql})`, type: 'Float32', params: asked.params }
  const far = [asked.sql, "sentiment['negative']", "sentiment['positive']"].map(
    (p) => `pow(${p} - avg(${p}) OVER (), 2)`,
  )
  return { sql: `toFloat32(if(empty(sentiment), -3, -(${far.join(' + ')})))`, type: 'Float32', params: asked.params }
}

/** The probability of the label asked for; without one, of the leading tone. */
function probabilityOf({ sentiment, emotion, stance }: PostsQuery): Fragment {
  if (stance !== undefined) {
    const { target, label } = stanceOf(stance)
    if (target === null)
      return { sql: 'arrayMax(arrayMap(m -> m[{ordered:String}], mapValues(stance)))', params: { ordered: label } }
    const params = { orderedTarget: target, ordered: label }
    return { sql: 'stance[{orderedTarget:String}][{ordered:String}]', params }
  }
  if (emotion !== undefined) return { sql: 'emotion[{ordered:String}]', params: { ordered: emotion } }
  if (sentiment !== undefined) return { sql: 'sentiment[{ordered:String}]', params: { ordered: sentiment } }
  return { sql: 'arrayMax(mapValues(sentiment))', params: {} }
}
