// Reads the rows of a window out of the table, and with which labels they come.
import type { Filter, Share } from '../answers.ts'
import { ofPosts, rowsOf } from './filter.ts'
import type { Params, Sql } from './sql.ts'
import { type Read, readRows } from './window.ts'

/** Where a window lies: a topic version, a model and a stretch of time in ms. */
export interface Lying {
  where: Pick<Filter, 'topic' | 'model'>
  window: { from: number; to: number }
}

/** Labels in the order of a row's probabilities, by shape. */
export type Named = [shape: string, shares: Share[]][]

const shape = 'cityHash64(sentiment.keys, emotion.keys, stance.keys, arrayMap(m -> mapKeys(m), stance.values))'
const values = 'arrayConcat(sentiment.values, emotion.values, arrayFlatten(arrayMap(m -> mapValues(m), stance.values)))'
/** In the order of `Read`. */
const columns = `toString(post), author, toFloat64(toUnixTimestamp64Milli(at)), toFloat64(toUnixTimestamp64Milli(received)),
  toFloat64(inclusion), version, toString(source), toString(lang), toString(skipped), copy, ${shape}, ${values}`

/** Rows as they are now; of `posts` alone, where given. `labels` is asked for once the shapes are known. */
export async function rowsIn(
  sql: Sql,
  lying: Lying,
  posts?: string[],
): Promise<{ rows: Iterable<Read>; labels: () => Promise<Named> }> {
  const from = fromOf(lying, posts)
  const bytes = await sql.askBytes(`SELECT ${columns} ${from.from}`, from.params)
  return { rows: readRows(bytes), labels: () => labelsOf(sql, from) }
}

interface From {
  from: string
  params: Params
}

async function labelsOf(sql: Sql, { from, params }: From): Promise<[shape: string, shares: Share[]][]> {
  const told = await sql.ask<Labels>(
    `SELECT ${shape} AS id, any(sentiment.keys) AS moods, any(emotion.keys) AS feelings,
       any(arrayMap((t, m) -> (t, mapKeys(m)), stance.keys, stance.values)) AS stands ${from} GROUP BY id`,
    params,
  )
  return told.map(({ id, ...labels }) => [bytesOf(id), sharesOf(labels)])
}

function fromOf({ where, window }: Lying, posts?: string[]): From {
  const span = { from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() }
  const { sql, params } = rowsOf({ ...where, window: span })
  return posts
    ? { from: ofPosts(sql), params: { ...params, hashes: posts } }
    : { from: `FROM undercurrent.mentions FINAL WHERE ${sql}`, params }
}

/** A shape as rows have it: eight bytes, the lowest first. */
function bytesOf(shape: string): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(shape))
  return bytes.toString('latin1')
}

interface Labels {
  /** Of the shape. */
  id: string
  moods: string[]
  feelings: string[]
  stands: [target: string, labels: string[]][]
}

/** In the order of `values`. */
function sharesOf({ moods, feelings, stands }: Omit<Labels, 'id'>): Share[] {
  return [
    ...moods.map((label): Share => ({ kind: 'sentiment', target: null, label })),
    ...feelings.map((label): Share => ({ kind: 'emotion', target: null, label })),
    ...stands.flatMap(([target, labels]) => labels.map((label): Share => ({ kind: 'stance', target, label }))),
  ]
}
