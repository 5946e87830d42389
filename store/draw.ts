// The audit draw: which posts of a window people are to label. Fixed beforehand by a seed: posts in the order of a keyed
// hash of post and seed, so that nobody who posts can choose to be drawn, and one draw tells nothing of another.
import type { Draw, DrawQuestion, Filter } from '../answers.ts'
import { type Fragment, rowsOf } from './filter.ts'
import { saidOf } from './judged.ts'
import type { Keys } from './keys.ts'
import { fetchPosts } from './posts.ts'
import type { Sql } from './sql.ts'

export const mostDrawn = 1_000

export async function draw(
  sql: Sql,
  keys: Keys,
  { filter, question }: { filter: Filter; question: DrawQuestion },
): Promise<Draw> {
  const rows = rowsOf(filter)
  const size = sizeOf(question)
  // Where the terms of a source took the words away, there is nothing to label.
  const scored = { sql: `${rows.sql} AND skipped = '' AND text != ''`, params: rows.params }
  const order = chance(keys, question.seed)
  const drawn = await sql.ask<{ post: string; total: string }>(
    `SELECT post, count() OVER () AS total FROM undercurrent.mentions FINAL WHERE ${scored.sql}
     ORDER BY ${order.sql} LIMIT ${size}`,
    { ...scored.params, ...order.params },
  )
  const of = Number(drawn[0]?.total ?? 0)
  const hashes = drawn.map(({ post }) => post)
  const done = await labelledOf(sql, filter, { question, hashes })
  const waiting = hashes.filter((post) => !done.has(post))
  const found = await fetchPosts(sql, scored, { hashes: waiting })
  const posts = waiting.flatMap((post) => found.get(post) ?? [])
  return { of, size: drawn.length, probability: of === 0 ? 0 : drawn.length / of, posts }
}

export const sizeOf = ({ size }: DrawQuestion) => Math.min(mostDrawn, Math.max(1, Math.trunc(size) || 1))

/** The order of chance that a seed alone decides, as SQL. */
export function chance(keys: Keys, seed: string): Fragment {
  const [high, low] = halves(keys.draw(seed))
  return { sql: 'sipHash64Keyed(({high:UInt64}, {low:UInt64}), post), post', params: { high, low } }
}

/** A hash as the two halves of a key. */
function halves(hash: string): [string, string] {
  const hex = hash.replaceAll('-', '')
  return [BigInt(`0x${hex.slice(0, 16)}`).toString(), BigInt(`0x${hex.slice(16)}`).toString()]
}

/** Those that the labeller has labelled in an audit, as they read now. */
async function labelledOf(
  sql: Sql,
  filter: Filter,
  { question, hashes }: { question: DrawQuestion; hashes: string[] },
): Promise<Set<string>> {
  const { labeller } = question
  if (labeller === undefined || !hashes.length) return new Set()
  const said = saidOf(filter, question)
  const found = await sql.ask<{ post: string }>(
    `SELECT DISTINCT post FROM (${said.sql})
     WHERE labeller = {labeller:String} AND sample = 'audit' AND post IN {hashes:Array(UUID)}`,
    { ...said.params, labeller, hashes },
  )
  return new Set(found.map(({ post }) => post))
}
