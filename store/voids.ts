// What may not be in the store: deleted posts, versions that were edited away, posts of accounts that left.
// Reads and writes the tombstones and accounts; decides for each row whether it is void, and why. Hashes only.
import type { AccountChange, DropReason } from '../types.ts'
import type { Keys } from './keys.ts'
import { clampTime, isoOf, type Place, type Row } from './rows.ts'
import { type Sql, uuids } from './sql.ts'

// Keeps a list of hashes inside a statement below the parser's limit of 256 KiB.
const hashesAtOnce = 4_000

export interface Tombstone {
  post: string
  kind: 'deleted' | 'edited'
  version: bigint
}

/** When an account last left and last came back (ms); NaN: never. */
interface Account {
  withdrawn: number
  restored: number
  /** It said whether it wants to be shown. */
  wish: { at: string; quotable: boolean } | null
}

/** A place that has rows, its highest version, and whether that one is live. */
export interface Held extends Place {
  top: bigint
  live: boolean
}

export interface Voids {
  posts: Map<string, { deleted: bigint; any: bigint }>
  accounts: Map<string, Account>
}

/** Runs `ask` on lists of bounded length and joins the answers. */
async function inLists<Answer>(hashes: Iterable<string>, ask: (list: string) => Promise<Answer[]>): Promise<Answer[]> {
  const all = [...new Set(hashes)]
  const answers: Answer[] = []
  for (let start = 0; start < all.length; start += hashesAtOnce) {
    answers.push(...(await ask(uuids(all.slice(start, start + hashesAtOnce)))))
  }
  return answers
}

export async function bury(sql: Sql, tombstones: Tombstone[]): Promise<void> {
  await sql.insert(
    'tombstones',
    tombstones.map((stone) => ({ ...stone, version: String(stone.version) })),
  )
}

/** Everything that can void the given rows. */
export async function voidsOf(sql: Sql, rows: Row[]): Promise<Voids> {
  const posts: Voids['posts'] = new Map()
  const stones = await inLists(
    rows.map(({ post }) => post),
    (list) =>
      sql.look<{ post: string; dead: string; void: string }>(
        `SELECT post, toString(maxIf(version, kind = 'deleted')) AS dead, toString(max(version)) AS void
         FROM undercurrent.tombstones WHERE post IN ${list} GROUP BY post`,
      ),
  )
  for (const stone of stones) posts.set(stone.post, { deleted: BigInt(stone.dead), any: BigInt(stone.void) })
  const named = rows.flatMap(({ account }) => account ?? [])
  return { posts, accounts: await accountsOf(sql, named) }
}

export async function accountsOf(sql: Sql, hashes: string[]): Promise<Map<string, Account>> {
  const accounts: Voids['accounts'] = new Map()
  const told = await inLists(hashes, (list) =>
    sql.look<{ account: string; kind: string; ms: string; said: number }>(
      `SELECT account, kind, toUnixTimestamp64Milli(max(at)) AS ms, argMax(wish, at) AS said
       FROM undercurrent.accounts WHERE account IN ${list} GROUP BY account, kind`,
    ),
  )
  for (const { account, kind, ms, said } of told) {
    const known = accounts.get(account) ?? { withdrawn: Number.NaN, restored: Number.NaN, wish: null }
    if (kind === 'withdrawn') known.withdrawn = Number(ms)
    else if (kind === 'restored') known.restored = Number(ms)
    else known.wish = { at: isoOf(ms), quotable: said === 1 }
    accounts.set(account, known)
  }
  return accounts
}

/** Why a row may not be in the store; null when it may. */
export function reasonOf(row: Row, voids: Voids): DropReason | null {
  const stone = voids.posts.get(row.post)
  if (stone && row.version < stone.deleted) return 'deleted'
  const account = row.account === null ? undefined : voids.accounts.get(row.account)
  if (account && isOut(account, row.at)) return 'withdrawn'
  return stone && row.version < stone.any ? 'stale' : null
}

/** An account that came back starts anew: what it posted before that stays away. */
function isOut({ withdrawn, restored }: Account, at: number): boolean {
  if (Number.isNaN(withdrawn)) return false
  return restored >= withdrawn ? at < restored : true
}

/** What is held of these posts, in every topic version and model. */
export async function heldOf(sql: Sql, posts: Iterable<string>): Promise<Held[]> {
  const rows = await inLists(posts, (list) =>
    sql.look<Place & { top: string; off: number }>(
      `SELECT topic, topic_version, model, post, toString(max(version)) AS top, argMax(gone, version) AS off
       FROM undercurrent.mentions WHERE post IN ${list} GROUP BY topic, topic_version, model, post`,
    ),
  )
  return rows.map(({ top, off, ...place }) => ({ ...place, top: BigInt(top), live: off === 0 }))
}

/**
 * Remembers that accounts left or came back, and returns the posts that go with those that left. Repeating it after
 * the account came back spares what it posted since.
 */
export async function withdraw(sql: Sql, keys: Keys, changes: AccountChange[]): Promise<string[]> {
  const hashOf = ({ source, author }: AccountChange) => keys.account(source, author)
  const states = await accountsOf(sql, changes.map(hashOf))
  await sql.insert(
    'accounts',
    turnsOf(
      changes.map((change) => ({ ...change, account: hashOf(change) })),
      states,
    ),
  )
  const owners = new Map<string, string>()
  for (const change of changes)
    for (const author of change.op === 'withdraw' ? keys.authors(change.source, change.author) : [])
      owners.set(author, hashOf(change))
  const rows = await inLists(owners.keys(), (list) =>
    sql.look<{ post: string; by: string; ms: string }>(
      `SELECT post, any(author) AS by, toUnixTimestamp64Milli(argMax(at, version)) AS ms
       FROM undercurrent.mentions WHERE author IN ${list} AND gone = 0 GROUP BY post`,
    ),
  )
  return rows.filter(({ by, ms }) => isOut(states.get(owners.get(by)!)!, Number(ms))).map(({ post }) => post)
}

/**
 * Applies the changes to the states, in order, and returns what is to be remembered. Only the first return after an
 * account left counts: sources repeat that an account is active, and no repetition may move the time it starts anew.
 * At equal times a return follows a leaving, unless this very call says otherwise; so a repeat is never read as news.
 */
function turnsOf(changes: (AccountChange & { account: string })[], states: Map<string, Account>): object[] {
  const back = new Map<string, number>()
  const rows: object[] = []
  for (const { op, account, at } of changes) {
    const ms = clampTime(at)
    const state = states.get(account) ?? { withdrawn: Number.NaN, restored: Number.NaN, wish: null }
    states.set(account, state)
    if (op === 'withdraw') {
      if (back.get(account) === ms) state.restored = Number.NaN
      if (!(state.withdrawn >= ms)) state.withdrawn = ms
      rows.push({ account, kind: 'withdrawn', at: isoOf(ms), wish: 0 })
    } else if (ms >= state.withdrawn && !(state.restored >= state.withdrawn)) {
      state.restored = ms
      back.set(account, ms)
    }
  }
  const stay = [...back].filter(([account, ms]) => states.get(account)!.restored === ms)
  return [...rows, ...stay.map(([account, ms]) => ({ account, kind: 'restored', at: isoOf(ms), wish: 0 }))]
}
