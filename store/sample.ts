// The posts themselves, as perspectives read them: one question for a whole window, with authors as hashes, fingerprints
// of copies and embeddings. In the order of the posts' keyed hashes, so that the first n are a fair sample of all; read in
// portions, each of which is a stretch of the table.
import type { Filter, ScoredPost, StoredPost } from '../answers.ts'
import { rowsOf } from './filter.ts'
import { fresh, type Stored, storedColumns } from './posts.ts'
import type { Asks } from './sql.ts'
import { embeddingOf } from './vector.ts'

export const mostSampled = 20_000

/** Rows that are read at once: more would keep everything else waiting while they are taken apart. */
const rowsAtOnce = 2_000

type Sampled = Stored & { vector: string; inclusion: number }

export async function sample(sql: Pick<Asks, 'askSmall'>, filter: Filter, limit: number): Promise<ScoredPost[]> {
  const rows = rowsOf(filter)
  const most = Math.min(mostSampled, Math.max(1, Math.trunc(limit) || 1))
  const keys = await sql.askSmall<{ post: string }>(
    `SELECT post FROM undercurrent.mentions FINAL WHERE ${rows.sql} ORDER BY post LIMIT ${most}`,
    rows.params,
  )
  const found: [Sampled, (row: Stored, copies: number) => StoredPost][] = []
  for (let at = 0; at < keys.length; at += rowsAtOnce) {
    const [first, last] = [keys[at]!.post, keys[Math.min(at + rowsAtOnce, keys.length) - 1]!.post]
    const stored = await sql.askSmall<Sampled>(
      `SELECT ${storedColumns}, inclusion, vector FROM undercurrent.mentions FINAL
       PREWHERE post >= {first:UUID} AND post <= {last:UUID} WHERE ${rows.sql} ORDER BY post`,
      { ...rows.params, first, last },
    )
    const tell = await fresh(sql, stored)
    for (const one of stored) found.push([one, tell])
  }
  const copies = new Map<string, number>()
  for (const [{ copy }] of found) copies.set(copy, (copies.get(copy) ?? 0) + 1)
  return found.slice(0, most).map(([{ vector, inclusion, ...row }, tell]) => {
    const post = tell(row, row.copy === '' ? 1 : copies.get(row.copy)!)
    return { ...post, author: row.author, copy: row.copy || row.post, inclusion, embedding: embeddingOf(vector) }
  })
}
