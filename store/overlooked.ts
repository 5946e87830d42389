// Rows that live on below a tombstone of their post: whoever added them was killed after a delete or an edit in another
// process had looked for them, and before its own second look (add.ts). Looked for once, when a store is opened.
import { marker, type Place } from './rows.ts'
import type { Sql } from './sql.ts'

/** Bounds the memory of the join: every post that was ever deleted has a tombstone. */
const stonesAtOnce = 1_000_000
const rowsAtOnce = 2_000

/** Hides them and returns how many there were. Costs a pass over the hashes of all rows for every million tombstones. */
export async function hideOverlooked(sql: Sql, signal: AbortSignal, atOnce = stonesAtOnce): Promise<number> {
  const [stones] = await sql.tend<{ n: string }>('SELECT count() AS n FROM undercurrent.tombstones')
  const parts = Math.ceil(Number(stones!.n) / atOnce)
  let hidden = 0
  for (let part = 0; part < parts && !signal.aborted; ) {
    const found = await sql.tend<Place & { bar: string }>(overlookedIn(`cityHash64(post) % ${parts} = ${part}`))
    await sql.insert(
      'mentions',
      found.map((row) => marker(row, BigInt(row.bar))),
    )
    hidden += found.length
    if (found.length < rowsAtOnce) part++
  }
  return hidden
}

const overlookedIn = (share: string): string => `
  SELECT topic, topic_version, model, post, toString(stone) AS bar
  FROM (
    SELECT topic, topic_version, model, post, max(version) AS top, argMax(gone, version) AS off
    FROM undercurrent.mentions WHERE ${share} AND post IN (SELECT post FROM undercurrent.tombstones WHERE ${share})
    GROUP BY topic, topic_version, model, post
  ) AS held
  INNER JOIN (
    SELECT post, max(version) AS stone FROM undercurrent.tombstones WHERE ${share} GROUP BY post
  ) AS stones USING (post)
  WHERE off = 0 AND top < stone
  LIMIT ${rowsAtOnce}`
