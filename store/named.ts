// Posts that a caller knows by their ids: which of them are live in a filter, and how they read now. An id may be of any
// source, so it is looked for under the names of all that were ever told.
import type { Filter, StoredPost } from '../answers.ts'
import { ofPosts, rowsOf } from './filter.ts'
import type { Keys } from './keys.ts'
import { underNames } from './names.ts'
import { fresh, type Stored, storedColumns } from './posts.ts'
import type { Sql } from './sql.ts'

export async function live(
  sql: Sql,
  keys: Keys,
  { filter, ids }: { filter: Filter; ids: string[] },
): Promise<Set<string>> {
  if (!ids.length) return new Set()
  const rows = rowsOf(filter)
  const found = await underNames(sql, { keys, ids }, (hashes) =>
    sql.askSmall<{ id: string }>(`SELECT DISTINCT id ${ofPosts(rows.sql)}`, { ...rows.params, hashes }),
  )
  return new Set(found.map(({ id }) => id))
}

export async function found(
  sql: Sql,
  keys: Keys,
  { filter, ids }: { filter: Filter; ids: string[] },
): Promise<StoredPost[]> {
  if (!ids.length) return []
  const rows = rowsOf(filter)
  const stored = await underNames(sql, { keys, ids }, (hashes) =>
    sql.askSmall<Stored>(`SELECT ${storedColumns} ${ofPosts(rows.sql)}`, { ...rows.params, hashes }),
  )
  if (!stored.length) return []
  const tell = await fresh(sql, stored)
  return stored.map((row) => tell(row, 1))
}
