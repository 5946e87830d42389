// The audit draw: which posts of a window people are to label. Fixed beforehand by a seed: posts in the order of a keyed
// hash of post and seed, so that nobody who posts can choose to be drawn, and one draw tells nothing of another.
import type { Draw, DrawQuestion, Filter } from '../answers.ts'
import { rowsOf } from './filter.ts'
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
  const size = Math.min(mostDrawn, Math.max(1, Math.trunc(question.size) || 1))
  const scored = { sql: `${rows.sql} AND skipped = ''`, params: rows.params }
  const [high, low] = halves(keys.draw(question.seed))
  const drawn = await sql.ask<{ post: string; total: string }>(
    `SELECT post, count() OVER () AS total FROM undercurrent.mentions FINAL WHERE ${scored.sql}
     ORDER BY sipHash64Keyed(({high:UInt64}, {low:UInt64}), post), post LIMIT ${size}`,
    { ...scored.params, high, low },
  )
  const of = Number(drawn[0]?.total ?? 0)
  const hashes = drawn.map(({ post }) => post)
  const done = await labelledOf(sql, filter, { question, hashes })
  const waiting = hashes.filter((post) => !done.has(post))
  const found = await fetchPosts(sql, scored, waiting)
  const posts = waiting.flatMap((post) => found.get(post) ?? [])
  return { of, size: drawn.length, probability: of === 0 ? 0 : drawn.length / of, posts }
}

/** A hash as the two halves of a key. */
function halves(hash: string): [string, string] {
  const hex = hash.replaceAll('-', '')
  return [BigInt(`0x${hex.slice(0, 16)}`).toString(), BigInt(`0x${hex.slice(16)}`).toString()]
}

/** Those that the labeller has labelled, as they read now. */
async function labelledOf(
  sql: Sql,
  filter: Filter,
  { question, hashes }: { question: DrawQuestion; hashes: string[] },
): Promise<Set<string>> {
  const { measure, target, labeller } = question
  if (labeller === undefined || !hashes.length) return new Set()
  const rows = rowsOf(filter)
  const asked = { measure, target: target?.id ?? '', wording: target?.text ?? '', labeller }
  const found = await sql.ask<{ post: string }>(
    `SELECT DISTINCT post FROM undercurrent.labels FINAL
     WHERE topic = {topic:String} AND measure = {measure:String} AND target = {target:String}
       AND wording = {wording:String} AND labeller = {labeller:String} AND sample = 'audit'
       AND (post, words) IN (
         SELECT post, cityHash64(text) FROM undercurrent.mentions FINAL
         WHERE ${rows.sql} AND post IN {hashes:Array(UUID)})`,
    { ...rows.params, ...asked, hashes },
  )
  return new Set(found.map(({ post }) => post))
}
