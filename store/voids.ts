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

/** When an account last left, and came back after that (ms); NaN: never. */
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
export async function inLists<Answer>(
  hashes: Iterable<string>,
  ask: (list: string) => Promise<Answer[]>,
): Promise<Answer[]> {
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

async function accountsOf(sql: Sql, hashes: string[]): Promise<Map<string, Account>> {
  const told = await inLists(hashes, (list) =>
    sql.look<{ account: string; kind: string; ms: string; said: number }>(
      `SELECT account, kind, toUnixTimestamp64Milli(at) AS ms, wish AS said
       FROM undercurrent.accounts WHERE account IN ${list} ORDER BY at`,
    ),
  )
  const turns = Map.groupBy(told, ({ account }) => account)
  return new Map(
    [...turns].map(([account, rows]) => {
      const at = (kind: string) => rows.filter((row) => row.kind === kind).map(({ ms }) => Number(ms))
      const withdrawn = at('withdrawn').at(-1) ?? Number.NaN
      // Sources repeat that an account is active; only the first return after it left says when it starts anew.
      const restored = at('restored').find((ms) => ms >= withdrawn) ?? Number.NaN
      const said = rows.findLast(({ kind }) => kind === 'display')
      const wish = said ? { at: isoOf(said.ms), quotable: said.said === 1 } : null
      return [account, { withdrawn, restored, wish }]
    }),
  )
}

/**
 * Why a row may not be in the store; null when it may. `top`: the highest version held of its post. Old versions are
 * stale whoever wrote them, so that an account that leaves later does not change what was said of them.
 */
export function reasonOf(row: Row, voids: Voids, top = 0n): DropReason | null {
  const stone = voids.posts.get(row.post)
  if (stone && row.version < stone.deleted) return 'deleted'
  if ((stone && row.version < stone.any) || row.version < top) return 'stale'
  const account = row.account === null ? undefined : voids.accounts.get(row.account)
  return account && isOut(account, row.at) ? 'withdrawn' : null
}

/** An account that came back starts anew: what it posted before that stays away. */
function isOut({ withdrawn, restored }: Account, at: number): boolean {
  if (Number.isNaN(withdrawn)) return false
  return !(at >= restored)
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
  await sql.insert('accounts', turnsOf(changes, hashOf))
  const states = await accountsOf(sql, changes.map(hashOf))
  const owners = new Map<string, string>()
  for (const change of changes)
    for (const author of change.op === 'withdraw' ? keys.authors(change.source, change.author) : [])
      owners.set(author, hashOf(change))
  const rows = await inLists(owners.keys(), (list) =>
    sql.look<{ post: string; by: string; ms: string }>(
      `SELECT post, by, toUnixTimestamp64Milli(posted) AS ms FROM (
         SELECT post, argMax(author, version) AS by, argMax(at, version) AS posted, argMax(gone, version) AS off
         FROM undercurrent.mentions WHERE post IN (SELECT post FROM undercurrent.mentions WHERE author IN ${list})
         GROUP BY topic, topic_version, model, post)
       WHERE off = 0 AND by IN ${list}`,
    ),
  )
  return rows.filter(({ by, ms }) => isOut(states.get(owners.get(by)!)!, Number(ms))).map(({ post }) => post)
}

/**
 * What is to be remembered of these changes. At equal times a return follows a leaving, so that a repeat is never read as
 * news; where this very call says otherwise, the return is not told at all.
 */
function turnsOf(changes: AccountChange[], hashOf: (change: AccountChange) => string): object[] {
  const turns = new Map<string, object>()
  for (const change of changes) {
    const [account, at] = [hashOf(change), isoOf(clampTime(change.at))]
    const kind = change.op === 'withdraw' ? 'withdrawn' : 'restored'
    if (kind === 'withdrawn') turns.delete(`restored ${account} ${at}`)
    turns.set(`${kind} ${account} ${at}`, { account, kind, at, wish: 0 })
  }
  return [...turns.values()]
}
