// The posts that teach most when a person labels them: those the model is least sure of, and those that weigh most in
// what people get to see. One post of each text. They are chosen, so their labels may enter no estimate; whoever asks
// must keep them apart from the audit draw, whose posts are never among them.
import type { Doubtful, DrawQuestion, Filter } from '../answers.ts'
import { chance, sizeOf } from './draw.ts'
import { type Fragment, rowsOf, withCounts } from './filter.ts'
import { emptyMap, saidOf } from './judged.ts'
import type { Keys } from './keys.ts'
import { fetchPosts } from './posts.ts'
import type { Sql } from './sql.ts'

const mostAtOnce = 200

export interface DoubtfulQuestion {
  filter: Filter
  question: DrawQuestion
  limit: number
}

export async function doubtful(sql: Sql, keys: Keys, { filter, question, limit }: DoubtfulQuestion): Promise<Doubtful> {
  const rows = rowsOf(filter)
  const scored = { sql: `${rows.sql} AND skipped = '' AND text != ''`, params: rows.params }
  const drawn = drawnOf(scored, keys, question)
  const labeller = question.labeller ?? ''
  const said = saidOf(filter, question)
  const params = { ...drawn.params, ...said.params, labeller }
  const mine = `SELECT post FROM (${said.sql}) WHERE labeller = {labeller:String}`
  const most = Math.min(mostAtOnce, Math.max(0, Math.trunc(limit) || 0))
  const chosen = await sql.ask<{ one: string }>(
    `SELECT one FROM (${rankedOf(scored, question, `post IN (${drawn.sql}) OR post IN (${mine})`)})
     ORDER BY turn, one LIMIT ${most}`,
    params,
  )
  const hashes = chosen.map(({ one }) => one)
  const found = await fetchPosts(sql, scored, { hashes })
  // After the choice and without it: a label that is stored between the two questions would count twice, or never.
  const [counted] = await sql.ask<{ n: string }>(
    `SELECT uniqExact(post) AS n FROM (${mine}) WHERE post NOT IN (${drawn.sql}) AND post NOT IN {hashes:Array(UUID)}`,
    { ...params, hashes },
  )
  return { labelled: Number(counted!.n), posts: hashes.flatMap((post) => found.get(post) ?? []) }
}

function drawnOf({ sql, params }: Fragment, keys: Keys, question: DrawQuestion): Fragment {
  const order = chance(keys, question.seed)
  return {
    sql: `SELECT post FROM undercurrent.mentions FINAL WHERE ${sql} ORDER BY ${order.sql} LIMIT ${sizeOf(question)}`,
    params: { ...params, ...order.params },
  }
}

/**
 * One post of each text of which no copy is `asked` about, the one the model is least sure of, with its turn. Unsure: the least distance between the two
 * most probable labels. Weight: likes and reposts of all copies, as in the view by engagement. Of relevance the model
 * says nothing, so weight alone counts.
 */
function rankedOf(scored: Fragment, { measure }: DrawQuestion, asked: string): string {
  const head = measure === 'stance' ? 'stance[{target:String}]' : measure === 'relevance' ? emptyMap : measure
  const text = `if(copy = '', toString(post), copy)`
  const columns = 'post, copy, sentiment, emotion, stance'
  const texts = `SELECT argMin(post, (margin, post)) AS one, min(margin) AS closest,
      sum(1 + log(1 + ifNull(likes_now, 0) + ifNull(reposts_now, 0))) AS reach
    FROM (
      SELECT post, ${text} AS words, likes_now, reposts_now,
        arrayReverseSort(mapValues(${head})) AS sides, sides[1] - sides[2] AS margin
      FROM (${withCounts(scored.sql, columns)}))
    GROUP BY words HAVING countIf(${asked}) = 0`
  const byReach = 'row_number() OVER (ORDER BY reach DESC, one)'
  const byDoubt = 'row_number() OVER (ORDER BY closest, one)'
  const turn = measure === 'relevance' ? byReach : `least(2 * ${byDoubt} - 1, 2 * ${byReach})`
  return `SELECT one, ${turn} AS turn FROM (${texts})`
}
