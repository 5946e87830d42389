// Adding scores: drop what is void, let posts leave the topics they no longer match, insert the rest. In this order:
// floors, then look, then rows, then look again; so a repeat after a crash, or a delete meanwhile, changes no answer.

import type { Added, Addition, Seen } from '../answers.ts'
import { crash } from '../crash.ts'
import { dropped as countDrop } from '../metrics.ts'
import type { DropReason, Score } from '../types.ts'
import { finalRank, rankOf } from '../versions.ts'
import type { Keys } from './keys.ts'
import { wishesFor } from './notes.ts'
import { clampTime, marker, markerOf, newest, placeKey, type Row, rowOf, versionOf } from './rows.ts'
import type { Sql } from './sql.ts'
import { bury, type Held, heldOf, reasonOf, type Tombstone, type Voids, voidsOf } from './voids.ts'

/** What every write works with. */
export interface Writing {
  sql: Sql
  keys: Keys
  now: () => number
  /** Something was hidden: its bytes are to go soon. */
  due(): void
  /** Whether a score keeps its embedding. */
  sampled(score: Score): boolean
  /** Sources whose posts are kept without text and embedding. */
  wordless: ReadonlySet<string>
  /** Remembers the names of sources, before their first row. */
  name(sources: string[]): Promise<void>
}

/** The latest version that a slice told of a post. */
interface Told {
  post: string
  op: Seen['op']
  version: bigint
}

export async function add(addition: Addition, writing: Writing): Promise<Added> {
  const { sql, keys } = writing
  keys.turn()
  await writing.name([...addition.seen, ...addition.scores.map(({ mention }) => mention.post)].map((one) => one.source))
  const rows = rowsOf(addition, writing)
  const told = latest(addition.seen, keys)
  await bury(sql, [...told.values()].filter(({ op }) => op === 'update').map(floor))
  crash('store.voided')
  const held = await heldOf(sql, [...told.keys(), ...rows.map(({ post }) => post)])
  const { kept, reasons, barred } = await admit(rows, held, sql)
  const left = leaving(held, told, placesOf(addition, { rows, kept }))
  await sql.insert('mentions', [...kept.map(({ columns }) => columns), ...left, ...barred])
  if (left.length + barred.length) writing.due()
  crash('store.inserted')
  await lookAgain(kept, writing)
  return tally(rows, reasons)
}

function rowsOf({ scores, received }: Addition, { keys, now, sampled, wordless }: Writing): Row[] {
  const receivedMs = received === undefined ? now() : clampTime(received)
  const bare = (score: Score): Score => {
    const { post } = score.mention
    if (!wordless.has(post.source)) return score
    return { ...score, embedding: null, mention: { ...score.mention, post: { ...post, text: '' } } }
  }
  return newest(scores.map(bare).map((score) => rowOf(score, keys, { receivedMs, sampled: sampled(score) })))
}

function latest(seen: Seen[], keys: Keys): Map<string, Told> {
  const told = new Map<string, Told>()
  for (const { source, id, op, version } of seen) {
    const post = keys.post(source, id)
    const one = { post, op, version: versionOf(rankOf(version)) }
    if ((told.get(post)?.version ?? 0n) <= one.version) told.set(post, one)
  }
  return told
}

/**
 * Voids every version before an update, also where it is added later by a reader of the past. Only updates get one: a
 * tombstone for every post of a network would be millions a day. A post that is created twice is told apart by its rows.
 */
const floor = ({ post, version }: Told): Tombstone => ({ post, kind: 'edited', version: version - 1n })

/** Parts the rows that may go in from those that may not, each with its reason. */
async function admit(rows: Row[], held: Held[], sql: Sql) {
  const voids = await voidsOf(sql, rows)
  // A version older than one held in any topic would only have to leave again.
  const tops = new Map<string, bigint>()
  for (const { post, top } of held) if ((tops.get(post) ?? 0n) < top) tops.set(post, top)
  const reasons = rows.map((row) => reasonOf(row, voids, tops.get(row.post)))
  const kept = rows.filter((_, index) => reasons[index] === null)
  // Refused once is refused for ever: the account may come back with a time before this post's.
  const refused = rows.filter((_, index) => reasons[index] === 'withdrawn')
  await bury(sql, refused.map(lost))
  await sql.insert('accounts', wishesFor(kept, voids))
  const out = rows.filter((_, index) => reasons[index] !== null)
  return { kept, reasons, barred: barring(out, { refused, held, voids, tops }) }
}

interface Barring {
  /** Of accounts that left. */
  refused: Row[]
  held: Held[]
  voids: Voids
  tops: Map<string, bigint>
}

/**
 * Markers for rows that may not go in, where nothing beats them: a server may still be about to carry out an earlier try
 * whose answer never came; or it has, after whoever voided the post looked, and the row is live.
 */
function barring(out: Row[], { refused, held, voids, tops }: Barring): object[] {
  const settled = new Map(held.map((place) => [placeKey(place), place]))
  const isSafe = (row: Row) => {
    const place = settled.get(placeKey(row))
    if (place?.live) return place.top >= stoneOf(row)
    return place !== undefined && place.top >= row.version
  }
  const stoneOf = (row: Row): bigint =>
    refused.includes(row) ? markerOf(finalRank) : (voids.posts.get(row.post)?.any ?? 0n)
  const barOf = (row: Row): bigint => {
    const top = tops.get(row.post) ?? 0n
    // Just below a row that is held elsewhere, which may come here too.
    const below = top % 2n === 0n ? top - 1n : top
    const stone = stoneOf(row)
    return stone > below ? stone : below
  }
  const lostPosts = new Set(refused.map(({ post }) => post))
  // Refused once is refused everywhere: no other topic keeps what its account took away.
  const elsewhere = held.filter(({ post, live }) => live && lostPosts.has(post))
  return [
    ...out.filter((row) => !isSafe(row)).map((row) => marker(row, barOf(row))),
    ...elsewhere.map((place) => marker(place, markerOf(finalRank))),
  ]
}

const lost = ({ post }: Row): Tombstone => ({ post, kind: 'deleted', version: markerOf(finalRank) })

interface Places {
  /** Topic versions that the reader decides about. */
  scope: Set<string>
  /** Topic versions and posts that still belong together. */
  matched: Set<string>
  /** Places that get a row now. */
  written: Set<string>
}

function placesOf({ scope }: Addition, { rows, kept }: { rows: Row[]; kept: Row[] }): Places {
  return {
    scope: new Set(scope.map(({ topic, version }) => JSON.stringify([topic, version]))),
    matched: new Set(rows.map((row) => JSON.stringify([row.topic, row.topic_version, row.post]))),
    written: new Set(kept.map(placeKey)),
  }
}

/**
 * Markers for the rows whose post, in its latest version, is no longer about their topic. What an edit took back leaves
 * every place at once, also old topic versions and other models, which nobody scores again: it is not kept for their sake.
 */
function leaving(held: Held[], told: Map<string, Told>, { scope, matched, written }: Places): object[] {
  return held.flatMap((place) => {
    const { topic, topic_version, post, top, live } = place
    const one = told.get(post)
    if (!one || !live || top >= one.version || written.has(placeKey(place))) return []
    const isOut =
      scope.has(JSON.stringify([topic, topic_version])) && !matched.has(JSON.stringify([topic, topic_version, post]))
    return isOut || one.op === 'update' ? [marker(place, one.version - 1n)] : []
  })
}

/** A delete, withdrawal or edit that crossed our insert either found our rows or is found here. */
async function lookAgain(kept: Row[], { sql, due }: Writing): Promise<void> {
  const voids = await voidsOf(sql, kept)
  const late = kept.flatMap((row) => {
    const reason = reasonOf(row, voids)
    if (reason === null) return []
    if (reason === 'withdrawn') return [{ row, version: markerOf(finalRank), stone: [lost(row)] }]
    return [{ row, version: voids.posts.get(row.post)!.any, stone: [] }]
  })
  await bury(
    sql,
    late.flatMap(({ stone }) => stone),
  )
  await sql.insert(
    'mentions',
    late.map(({ row, version }) => marker(row, version)),
  )
  if (late.length) due()
}

function tally(rows: Row[], reasons: (DropReason | null)[]): Added {
  const dropped: Added['dropped'] = {}
  for (const [index, reason] of reasons.entries()) {
    if (reason === null) continue
    dropped[reason] = (dropped[reason] ?? 0) + 1
    countDrop(rows[index]!.source, reason)
  }
  return { added: reasons.filter((reason) => reason === null).length, dropped }
}
