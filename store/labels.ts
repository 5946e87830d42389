// Labels by people, as rows: taken in for posts that are live in their topic, gone with their post. Hashes only: a row
// knows its post by keyed hash and the text it speaks of by hash, and holds neither id nor text.
import type { LabelChange } from '../types.ts'
import type { Keys } from './keys.ts'
import { clampTime, isoOf } from './rows.ts'
import { type Sql, uuids } from './sql.ts'
import { inLists } from './voids.ts'

/** Keeps what is said of live posts. What is said of others is let go: nobody could ever count it. */
export async function noteLabels(sql: Sql, keys: Keys, changes: LabelChange[]): Promise<void> {
  const named = changes.map((change) => ({ change, post: keys.post(change.source, change.id) }))
  const words = await wordsOf(
    sql,
    named.map(({ post }) => post),
  )
  const rows = named.flatMap(({ change, post }) => {
    const spoken = words.get(placeOf(change.topic, post))
    return spoken === undefined ? [] : [rowOf(change, post, spoken)]
  })
  await sql.insert('labels', rows)
}

const placeOf = (topic: string, post: string) => `${post} ${topic}`

/** The hash of what each post says now in each topic, of whatever version, where it is live. */
async function wordsOf(sql: Sql, posts: string[]): Promise<Map<string, string>> {
  const rows = await inLists(posts, (list) =>
    sql.look<{ topic: string; post: string; words: string }>(
      `SELECT topic, post, toString(cityHash64(argMax(text, version))) AS words
       FROM undercurrent.mentions FINAL WHERE post IN ${list} GROUP BY topic, post`,
    ),
  )
  return new Map(rows.map(({ topic, post, words }) => [placeOf(topic, post), words]))
}

function rowOf(change: LabelChange, post: string, words: string): object {
  const { topic, measure, target, labeller, sample, values, probability, at } = change
  return {
    ...{ topic, measure, target: target?.id ?? '', wording: target?.text ?? '', post, labeller, sample, words },
    said: values,
    probability: probability ?? 0,
    at: isoOf(clampTime(at)),
  }
}

/** Takes the labels of these posts off the disk. There are few, so this waits for it. */
export async function eraseLabels(sql: Sql, posts: Iterable<string>): Promise<void> {
  const labelled = await inLists(posts, (list) =>
    sql.look<{ post: string }>(`SELECT DISTINCT post FROM undercurrent.labels WHERE post IN ${list}`),
  )
  if (!labelled.length) return
  const list = uuids(labelled.map(({ post }) => post))
  await sql.tell(`ALTER TABLE undercurrent.labels DELETE WHERE post IN ${list} SETTINGS mutations_sync = 1`)
}
