// The questions about single posts: a page of them, one by its id, which are live, which are recent. A page takes two
// steps: the keys in order without their text, then the rows of those keys only. Text is bound and returned verbatim.

import { type Filter, type PostsPage, type PostsQuery, type StoredPost, sorts } from '../answers.ts'
import { UserError } from '../errors.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { type Fragment, ofPosts, rowsOf, timeText } from './filter.ts'
import type { Keys } from './keys.ts'
import { hashesOf } from './names.ts'
import { askedKeys } from './order.ts'
import { isoOf } from './rows.ts'
import type { Asks, Sql } from './sql.ts'
import type { WindowRows } from './window.ts'
import { copiesOf, ordered } from './windowOrder.ts'

const mostAtOnce = 500
const usual = 50

/** `held`: the window in memory; null: the table is asked. */
export async function posts(
  sql: Sql,
  filter: Filter,
  { query, held }: { query: PostsQuery; held: WindowRows | null },
): Promise<PostsPage> {
  const sort = query.sort ?? 'newest'
  if (!sorts.includes(sort)) throw new UserError('there is no such order', `Sort by ${sorts.join(', ')}.`)
  const limit = Math.min(mostAtOnce, Math.max(1, Math.trunc(query.limit ?? usual) || usual))
  const after = query.cursor === undefined ? null : readCursor(query.cursor, sort)
  const asked = { query, after, limit: limit + 1 }
  // Words and likes are not in memory.
  const isHeld = held && sort !== 'liked' && !query.q
  const keys = isHeld ? ordered(held, filter, { ...asked, sort }) : await askedKeys(sql, filter, { ...asked, sort })
  const page = keys.slice(0, limit)
  const found = await fetchPosts(sql, rowsOf(filter), {
    hashes: page.map(({ post }) => post),
    count: held && ((copies) => copiesOf(held, filter, copies)),
  })
  const last = page.at(-1)
  const next = keys.length > limit && last ? writeCursor(sort, { ...last, value: String(last.value) }) : null
  return { posts: page.flatMap(({ post }) => found.get(post) ?? []), next }
}

export type Stored = Omit<StoredPost, 'quotable' | 'likes' | 'reposts' | 'skipped' | 'at' | 'copies'> & {
  post: string
  author: string
  copy: string
  ms: string
  shown: number
  likes: string | null
  reposts: string | null
  skip: string
}

export const storedColumns = `post, id, source, topic, model, author, copy, text, lang, quotable AS shown, skipped AS skip,
  sentiment, emotion, stance, irony, offensive, hate, likes, reposts, toUnixTimestamp64Milli(at) AS ms`

interface Fetch {
  hashes: string[]
  /** Counts how many posts say what each of these fingerprints is of; null or absent: the table is asked. */
  count?: ((copies: string[]) => Map<string, number>) | null
}

/** The rows of these posts within `rows`, with what was told about them since. */
export async function fetchPosts(
  sql: Sql,
  rows: Fragment,
  { hashes, count = null }: Fetch,
): Promise<Map<string, StoredPost>> {
  if (!hashes.length) return new Map()
  const stored = await sql.ask<Stored>(`SELECT ${storedColumns} ${ofPosts(rows.sql)}`, { ...rows.params, hashes })
  return complete(sql, rows, { stored, count })
}

async function complete(
  sql: Sql,
  rows: Fragment,
  { stored, count = null }: Omit<Fetch, 'hashes'> & { stored: Stored[] },
) {
  const fingerprints = [...new Set(stored.map(({ copy }) => copy))]
  const copies = count ? count(fingerprints) : await askedCopies(sql, rows, fingerprints)
  const tell = await fresh(sql, stored)
  return new Map(stored.map((row) => [row.post, tell(row, copies.get(row.copy) ?? 1)]))
}

async function askedCopies(sql: Sql, rows: Fragment, copies: string[]): Promise<Map<string, number>> {
  const copied = await sql.ask<{ copy: string; n: string }>(
    `SELECT copy, uniqExact(post) AS n FROM undercurrent.mentions FINAL
     WHERE ${rows.sql} AND copy != '' AND copy IN {copies:Array(String)} GROUP BY copy`,
    { ...rows.params, copies },
  )
  return new Map(copied.map(({ copy, n }) => [copy, Number(n)]))
}

/** How these rows are told now: with the counts and the wishes to be shown that came after them. */
export async function fresh(
  sql: Pick<Asks, 'askSmall'>,
  stored: Stored[],
): Promise<(row: Stored, copies: number) => StoredPost> {
  // One statement for both: statements queue behind each other, and each costs the engine more than these rows do.
  const told = await sql.askSmall<{ part: 'counted' | 'shy'; key: string; likes: string; reposts: string }>(
    `SELECT 'counted' AS part, post AS key, likes, reposts
     FROM undercurrent.counts FINAL WHERE post IN {hashes:Array(UUID)}
     UNION ALL
     SELECT 'shy' AS part, account AS key, 0 AS likes, 0 AS reposts
     FROM undercurrent.accounts WHERE kind = 'display' AND account IN {authors:Array(UUID)}
     GROUP BY account HAVING argMax(wish, at) = 0`,
    { hashes: stored.map(({ post }) => post), authors: [...new Set(stored.map(({ author }) => author))] },
  )
  const late = new Map(told.flatMap((row) => (row.part === 'counted' ? [[row.key, row] as const] : [])))
  const hiding = new Set(told.flatMap(({ part, key }) => (part === 'shy' ? [key] : [])))
  return ({ post, author, copy: _, ms, shown, skip, likes, reposts, ...rest }, copies) => {
    const now = late.get(post) ?? { likes, reposts }
    return {
      ...rest,
      at: isoOf(ms),
      likes: now.likes === null ? null : Number(now.likes),
      reposts: now.reposts === null ? null : Number(now.reposts),
      quotable: shown === 1 && !hiding.has(author),
      skipped: (skip || null) as StoredPost['skipped'],
      copies,
    }
  }
}

/** A post by its id alone, in whatever source, topic and model holds its highest version; where several do, as `model` reads it. */
export async function post(
  sql: Sql,
  keys: Keys,
  { id, model }: { id: string; model: string },
): Promise<StoredPost | 'gone' | null> {
  const hashes = await hashesOf(sql, keys, [id])
  if (!hashes.length) return null
  const [found] = await sql.ask<Stored & { nr: number }>(
    `SELECT ${storedColumns}, topic_version AS nr ${ofPosts('1')}
     ORDER BY version DESC, topic_version DESC, model = {present:String} DESC, received DESC LIMIT 1`,
    { hashes, present: model },
  )
  if (found) {
    const { nr, ...stored } = found
    const where = 'topic = {topic:String} AND topic_version = {topicVersion:UInt32} AND model = {model:String}'
    const params = { topic: stored.topic, topicVersion: nr, model: stored.model }
    return (await complete(sql, { sql: where, params }, { stored: [stored] })).get(stored.post)!
  }
  const stones = await sql.ask(
    `SELECT post FROM undercurrent.tombstones WHERE post IN {hashes:Array(UUID)} AND kind = 'deleted' LIMIT 1`,
    { hashes },
  )
  return stones.length ? 'gone' : null
}

export async function places(
  sql: Sql,
  keys: Keys,
  { topic, ids }: { topic: string; ids: string[] },
): Promise<{ id: string; source: string }[]> {
  const hashes = await hashesOf(sql, keys, ids)
  if (!hashes.length) return []
  return sql.ask(`SELECT DISTINCT id, source ${ofPosts('topic = {topic:String}')}`, { topic, hashes })
}

export async function recent(
  sql: Sql,
  { source, since, limit }: { source: string; since: string; limit: number },
): Promise<string[]> {
  const rows = await sql.ask<{ name: string }>(
    `SELECT id AS name, max(at) AS newest FROM undercurrent.mentions FINAL
     WHERE source = {source:String} AND at >= {since:DateTime64(3)}
     GROUP BY id ORDER BY newest DESC, id LIMIT {limit:UInt32}`,
    { source, since: timeText(Date.parse(since)), limit: Math.max(0, Math.trunc(limit)) },
  )
  return rows.map(({ name }) => name)
}
