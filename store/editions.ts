// Kept paragraphs. What is written down refers to posts by their keyed hashes; what is read back are the posts that are
// live in the topic now, so that a deleted post leaves every edition in the moment it leaves the topic.
import type { Edition, KeptEdition, StoredPost } from '../answers.ts'
import { ofPosts, timeText } from './filter.ts'
import type { Keys } from './keys.ts'
import { fresh, type Stored, storedColumns } from './posts.ts'
import { clampTime, isoOf } from './rows.ts'
import { literal, type Sql } from './sql.ts'

/** The newest editions of a topic that are kept, and for how long: whatever is less. */
export const mostEditions = 200
export const editionDays = 90
/** So many too many before they are taken away: a table is not rewritten for each. */
const slack = 20

interface Keeping {
  sql: Sql
  keys: Keys
  now: () => number
}

/** Keeps editions, and takes away what is too old or too much: with the first of a process, then with every 20th. */
export function openEditions({ sql, keys, now }: Keeping): (edition: Edition) => Promise<void> {
  let kept = 0
  const unpruned = new Set<string>()
  return async ({ topic, model, window, at, body, posts }) => {
    const row = {
      topic: topic.topic,
      at: isoOf(clampTime(at)),
      topic_version: topic.version,
      model,
      since: isoOf(clampTime(window.from)),
      until: isoOf(clampTime(window.to)),
      body,
      posts: posts.map(({ source, id }) => keys.post(source, id)),
    }
    await sql.insert('editions', [row])
    unpruned.add(topic.topic)
    if (kept++ % slack) return
    const topics = [...unpruned]
    unpruned.clear()
    await prune(sql, topics, now())
  }
}

const oldest = (nowMs: number) => nowMs - editionDays * 86_400_000

async function prune(sql: Sql, topics: string[], nowMs: number): Promise<void> {
  const held = await sql.look<{ own: string; times: string[] }>(
    `SELECT topic AS own, arrayReverseSort(groupArray(toUnixTimestamp64Milli(at))) AS times
     FROM undercurrent.editions FINAL WHERE topic IN (${topics.map(literal).join(', ')}) GROUP BY topic`,
  )
  for (const { own, times } of held) {
    const kept = times.map(Number).filter((ms, nr) => nr < mostEditions && ms >= oldest(nowMs))
    if (times.length - kept.length < slack) continue
    const first = kept.length ? `AND at < fromUnixTimestamp64Milli(${kept.at(-1)}, 'UTC')` : ''
    const which = `topic = ${literal(own)} ${first}`
    await sql.tendTell(`ALTER TABLE undercurrent.editions DELETE WHERE ${which} SETTINGS mutations_sync = 1`)
  }
}

interface Row {
  nr: number
  model: string
  ms: string
  first: string
  last: string
  body: string
  posts: string[]
}

/** Newest first, of all versions of the topic. */
export async function editions(
  { sql, now }: Omit<Keeping, 'keys'>,
  topic: string,
  limit: number,
): Promise<KeptEdition[]> {
  const most = Math.min(mostEditions, Math.max(1, Math.trunc(limit) || 1))
  const rows = await sql.ask<Row>(
    `SELECT topic_version AS nr, model, toUnixTimestamp64Milli(at) AS ms, toUnixTimestamp64Milli(since) AS first,
       toUnixTimestamp64Milli(until) AS last, body, posts
     FROM undercurrent.editions FINAL WHERE topic = {topic:String} AND at >= {oldest:DateTime64(3)}
     ORDER BY editions.at DESC LIMIT ${most}`,
    { topic, oldest: timeText(oldest(now())) },
  )
  const find = await liveIn(sql, topic, [...new Set(rows.flatMap(({ posts }) => posts))])
  return rows.map(({ nr, model, ms, first, last, body, posts }) => ({
    topic: { topic, version: nr },
    model,
    window: { from: isoOf(first), to: isoOf(last) },
    at: isoOf(ms),
    body,
    posts: posts.map((post) => find(post, nr, model)),
  }))
}

/** Finds a post as a topic version and model have it; where that is gone, as the newest version that holds it does. */
async function liveIn(sql: Sql, topic: string, hashes: string[]) {
  const stored = hashes.length
    ? await sql.ask<Stored & { nr: number }>(
        `SELECT ${storedColumns}, topic_version AS nr ${ofPosts('topic = {topic:String}')}
         ORDER BY topic_version DESC, received DESC`,
        { topic, hashes },
      )
    : []
  const tell = stored.length ? await fresh(sql, stored) : undefined
  const places = Map.groupBy(stored, ({ post }) => post)
  return (post: string, version: number, model: string): StoredPost | null => {
    const held = places.get(post)
    const own = held?.find((row) => row.nr === version && row.model === model) ?? held?.[0]
    if (!own || !tell) return null
    const { nr: _, ...row } = own
    return tell(row, 1)
  }
}
