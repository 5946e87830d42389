// What is told about posts, accounts and sources without being a new version of a post: fresh counts, the wish to be
// shown or not, stretches of time not seen, labels by people. The latest word wins, whatever the order in which the words arrive.
import type { CountsChange, DisplayChange, GapChange, LabelChange } from '../types.ts'
import type { Keys } from './keys.ts'
import { noteLabels } from './labels.ts'
import { clampTime, countOf, isoOf, type Row } from './rows.ts'
import type { Sql } from './sql.ts'
import type { Voids } from './voids.ts'

const timeOf = (at: string) => isoOf(clampTime(at))

export async function noteChanges(
  sql: Sql,
  keys: Keys,
  changes: (CountsChange | DisplayChange | GapChange | LabelChange)[],
): Promise<void> {
  const of = <Op extends string>(op: Op) =>
    changes.filter((change): change is Extract<typeof change, { op: Op }> => change.op === op)
  await sql.insert(
    'counts',
    of('counts').map(({ source, id, likes, reposts, at }) => ({
      post: keys.post(source, id),
      likes: countOf(likes),
      reposts: countOf(reposts),
      checked: timeOf(at),
    })),
  )
  await sql.insert(
    'accounts',
    of('display').flatMap((change) => wishRows(change, keys)),
  )
  await sql.insert(
    'gaps',
    of('gap').map(({ source, from, to, reason }) => ({ source, since: timeOf(from), until: timeOf(to), reason })),
  )
  await noteLabels(sql, keys, of('label'))
}

/** Under the hash that finds later posts, and under every hash that posts already here may carry. */
function wishRows({ source, author, quotable, at }: DisplayChange, keys: Keys): object[] {
  const hashes = [keys.account(source, author), ...keys.authors(source, author)]
  return hashes.map((account) => ({ account, kind: 'display', at: timeOf(at), wish: quotable ? 1 : 0 }))
}

/** The wishes of these rows' accounts again, under the author hash of today: keys may have rotated since they were told. */
export function wishesFor(rows: Row[], { accounts }: Voids): object[] {
  return rows.flatMap(({ account, author }) => {
    const wish = account === null ? null : accounts.get(account)?.wish
    return wish ? [{ account: author, kind: 'display', at: wish.at, wish: wish.quotable ? 1 : 0 }] : []
  })
}
