// Deletes and withdrawals: tombstones first, so that nothing later brings the posts back, then markers that hide the
// rows at once; their bytes go in the background (erase.ts). Idempotent, also where the account came back meanwhile.
import { crash } from '../crash.ts'
import type { AccountChange, DeleteChange } from '../types.ts'
import { finalRank, voidedRank } from '../versions.ts'
import type { Writing } from './add.ts'
import { eraseLabels } from './labels.ts'
import { marker, markerOf } from './rows.ts'
import { bury, heldOf, type Tombstone, withdraw } from './voids.ts'

export async function forget(changes: (DeleteChange | AccountChange)[], writing: Writing): Promise<void> {
  const { sql, keys } = writing
  await writing.name(changes.map(({ source }) => source))
  const deletes = changes.filter((change) => change.op === 'delete')
  const deleted = deletes.map(({ source, id, revision }) => stone(keys.post(source, id), voidedRank(revision)))
  const accounts = changes.filter((change) => change.op !== 'delete')
  const withdrawn = (await withdraw(sql, keys, accounts)).map((post) => stone(post, finalRank))
  const stones = highest([...deleted, ...withdrawn])
  await bury(sql, [...stones.values()])
  crash('forget.buried')
  const held = await heldOf(sql, stones.keys())
  const hiding = held.filter(({ post, top, live }) => live && top < stones.get(post)!.version)
  await sql.insert(
    'mentions',
    hiding.map((place) => marker(place, stones.get(place.post)!.version)),
  )
  if (hiding.length) crash('forget.hidden')
  if (hiding.length) writing.due()
  // A later version than the one deleted stays, and so do the labels of what it says.
  const stays = new Set(
    held.filter(({ post, top, live }) => live && top >= stones.get(post)!.version).map(({ post }) => post),
  )
  await eraseLabels(
    sql,
    [...stones.keys()].filter((post) => !stays.has(post)),
  )
}

const stone = (post: string, voided: bigint): Tombstone => ({ post, kind: 'deleted', version: markerOf(voided) })

function highest(stones: Tombstone[]): Map<string, Tombstone> {
  const best = new Map<string, Tombstone>()
  for (const one of stones) if ((best.get(one.post)?.version ?? 0n) < one.version) best.set(one.post, one)
  return best
}
