// The posts themselves, as perspectives read them: one question for a whole window, with authors as hashes, fingerprints
// of copies and embeddings. In the order of the posts' keyed hashes, so that the first n are a fair sample of all.
import type { Filter, ScoredPost, StoredPost } from '../answers.ts'
import { rowsOf } from './filter.ts'
import { fresh, type Stored, storedColumns } from './posts.ts'
import type { Sql } from './sql.ts'
import { embeddingOf } from './vector.ts'

export const mostSampled = 20_000

export async function sample(sql: Sql, filter: Filter, limit: number): Promise<ScoredPost[]> {
  const rows = rowsOf(filter)
  const most = Math.min(mostSampled, Math.max(1, Math.trunc(limit) || 1))
  const stored = await sql.askSmall<Stored & { vector: string; inclusion: number }>(
    `SELECT ${storedColumns}, inclusion, vector FROM undercurrent.mentions FINAL WHERE ${rows.sql} ORDER BY post LIMIT ${most}`,
    rows.params,
  )
  const tell = await fresh(sql, stored)
  const copies = new Map<string, number>()
  for (const { copy } of stored) copies.set(copy, (copies.get(copy) ?? 0) + 1)
  return stored.map(({ vector, inclusion, ...row }) => {
    const post: StoredPost = tell(row, row.copy === '' ? 1 : copies.get(row.copy)!)
    return { ...post, author: row.author, copy: row.copy || row.post, inclusion, embedding: embeddingOf(vector) }
  })
}
