// Posts are kept under keyed hashes of source and id; who knows an id alone has it looked for under the names of all sources
// that were ever told. Names are few and only ever added to, by this process or another.
import type { Keys } from './keys.ts'
import type { Sql } from './sql.ts'

/** Ids may be of any source: their hashes under all the names that were ever told. */
export async function hashesOf(sql: Sql, keys: Keys, ids: string[]): Promise<string[]> {
  return hashesUnder(await namesIn(sql), keys, ids)
}

const hashesUnder = (names: string[], keys: Keys, ids: string[]) =>
  names.flatMap((source) => ids.map((id) => keys.post(source, id)))

/** Names of sources, which are only ever added to. */
async function namesIn(sql: Sql): Promise<string[]> {
  const rows = await sql.askSmall<{ source: string }>('SELECT source FROM undercurrent.sources FINAL')
  const names = rows.map(({ source }) => source)
  remembered.set(sql, names)
  return names
}

const remembered = new WeakMap<Sql, string[]>()

/**
 * What `ask` finds for these ids under the names that are known; asked again under all names where it does not find every
 * one, since another process may have told of a source meanwhile.
 */
export async function underNames<Row>(
  sql: Sql,
  { keys, ids }: { keys: Keys; ids: string[] },
  ask: (hashes: string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const known = remembered.get(sql) ?? (await namesIn(sql))
  const hashes = hashesUnder(known, keys, ids)
  const found = hashes.length ? await ask(hashes) : []
  if (found.length >= ids.length) return found
  const names = await namesIn(sql)
  return names.length > known.length ? ask(hashesUnder(names, keys, ids)) : found
}
