// What an append does to what is kept: a delete or withdraw erases what it voids and leaves a tombstone, a newer version
// erases the older one, and a post that comes back against a tombstone or a newer version stays out.
// Runs inside the append's transaction. May assume that the write lock is held; must never keep state between calls.
import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { AccountChange, Change, DeleteChange, DropReason, PostChange } from '../types.ts'
import { rankOf, voidedRank } from '../versions.ts'
import { encode, lastPostKind, type Stored } from './codec.ts'
import { keyedHash, rankBytes } from './tables.ts'

/** Bytes of disk that a row costs beside its fields and text: its columns, two index entries, free room of the pages. */
const rowOverhead = 180

export interface Admitted {
  position: number
  appended: number
  erased: number
  /** Growth of what is kept. */
  posts: number
  bytes: number
  drops: Partial<Record<DropReason, number>>
}

export type Admit = (changes: Change[], received: number, position: number) => Admitted
export interface Admitting {
  /** Sources whose posts go once they were read (fleeting.ts). */
  fleeting?: string[] | undefined
  /** Told of each post that went, or stayed out, for another reason than a later change of its own. */
  owe?: (post: Uint8Array) => void
}

/** Prepares the statements once. The result appends changes behind `position` and says what became of them. */
export function prepareAdmit(
  db: DatabaseSync,
  hashKey: KeyObject,
  { fleeting = [], owe = () => {} }: Admitting = {},
): Admit {
  const statements = prepare(db)
  const brief = new Set(fleeting)
  const hash = (...name: string[]) => keyedHash(hashKey, ...name)
  return (changes, received, position) => {
    const outcome: Admitted = { position, appended: 0, erased: 0, posts: 0, bytes: 0, drops: {} }
    const one = { statements, hash, brief, owe, received, outcome }
    for (const change of changes) {
      const reason = admit(change, one)
      if (reason) outcome.drops[reason] = (outcome.drops[reason] ?? 0) + 1
    }
    if (outcome.posts !== 0 || outcome.bytes !== 0) statements.count.run(outcome.posts, outcome.bytes)
    return outcome
  }
}

interface Admission {
  statements: ReturnType<typeof prepare>
  hash: (...name: string[]) => Buffer
  brief: Set<string>
  owe: (post: Uint8Array) => void
  received: number
  outcome: Admitted
}

function admit(change: Change, admission: Admission): DropReason | null {
  switch (change.op) {
    case 'create':
    case 'update':
      return admitPost(change, admission)
    case 'delete':
      buryPost(change, admission)
      insert(encode(change), admission)
      return null
    case 'withdraw':
    case 'restore':
      if (moveAccount(change, admission)) insert(encode(change), admission)
      return null
    case 'topic':
    case 'topic.drop':
    case 'setting':
      settle(change, insert(encode(change), admission), admission)
      return null
    default:
      insert(encode(change), admission)
      return null
  }
}

function admitPost(change: PostChange, admission: Admission): DropReason | null {
  const { hash, outcome } = admission
  const post = hash('post', change.source, change.id)
  const rank = rankBytes(rankOf({ revision: change.revision, arrival: outcome.position + 1 }))
  const reason = admitVersion(change, { post, rank }, admission)
  if (reason) admission.owe(post)
  return reason
}

function admitVersion(
  change: PostChange,
  { post, rank }: { post: Buffer; rank: Buffer },
  admission: Admission,
): DropReason | null {
  const { statements, hash } = admission
  const account = change.author === null ? null : hash('account', change.source, change.author)
  const stored = encode(change)
  if (statements.isVoid.get(post, rank)) return 'deleted'
  if (account && statements.isWithdrawn.get(account, stored.at)) return 'withdrawn'
  const kept = statements.kept.get(post) as { rank: Uint8Array; same: number } | undefined
  if (kept && Buffer.compare(kept.rank, rank) > 0) return 'stale'
  // A replay of what is kept already says nothing new: readers have it, or will.
  if (kept && change.revision !== null && isSame(stored, statements.content.get(post) as unknown as Stored)) return null
  if (kept) erase(admission, 'post', post)
  const { position } = insert(stored, admission, { post, account, rank })
  if (admission.brief.has(change.source)) statements.fleeting.run(position)
  return null
}

function isSame(a: Stored, b: Stored): boolean {
  return a.kind === b.kind && a.at === b.at && a.fields === b.fields && a.text === b.text
}

function buryPost({ source, id, revision }: DeleteChange, admission: Admission): void {
  const post = admission.hash('post', source, id)
  const rank = rankBytes(voidedRank(revision))
  admission.statements.bury.run(post, rank)
  erase(admission, 'void', post, rank)
}

/** False for the replay of a move that a later one has overtaken: to tell readers of it again would undo the later. */
function moveAccount({ op, source, author, at }: AccountChange, admission: Admission): boolean {
  const { statements, hash } = admission
  const account = hash('account', source, author)
  const ms = Date.parse(at)
  const known = statements.account.get(account) as { gone: number; back: number | null } | undefined
  if (op === 'restore') {
    if (!known) return true // never seen to leave: nothing to let in again
    // Only the first return counts: sources repeat that an account is active, and none of that moves its new start.
    if (ms < known.gone || (known.back !== null && known.back <= ms)) return false
    statements.restore.run(ms, account)
    return true
  }
  if (known && known.back !== null && ms < known.back) {
    erase(admission, 'before', account, known.back)
    return false
  }
  statements.withdraw.run(account, ms)
  erase(admission, 'account', account)
  return true
}

/** Topics and settings also go to a table of their own, which no retention touches. */
function settle(change: Change, row: { position: number; stored: Stored }, { statements, received }: Admission): void {
  const { position, stored } = row
  const put = (name: string, version: number) =>
    statements.settle.run(change.op, name, version, position, received, stored.kind, stored.fields)
  if (change.op === 'setting' && change.value === null) statements.unset.run(change.key)
  else if (change.op === 'setting') put(change.key, 0)
  if (change.op === 'topic') put(change.topic.id, change.topic.version)
  if (change.op === 'topic.drop') statements.dropTopic.run(change.id, change.version, change.version)
}

type Keys = { post: Buffer; account: Buffer | null; rank: Buffer }
function insert(stored: Stored, { statements, received, outcome }: Admission, keys?: Keys) {
  const position = ++outcome.position
  outcome.appended++
  const { kind, at, fields, text } = stored
  const size = rowOverhead + Buffer.byteLength(fields) + (text === null ? 0 : Buffer.byteLength(text))
  const { post = null, account = null, rank = null } = keys ?? {}
  statements.insert.run(position, received, kind, at, size, post, account, rank, fields, text)
  outcome.posts += kind <= lastPostKind ? 1 : 0
  outcome.bytes += size
  return { position, stored }
}

type Erasure = 'post' | 'void' | 'account' | 'before'
/** secure_delete overwrites the rows in the pages; the caller sees to the write-ahead log. */
function erase({ statements, outcome, owe }: Admission, which: Erasure, ...values: (Buffer | number)[]): void {
  const { posts, bytes } = statements.sum[which].get(...values) as { posts: number; bytes: number | null }
  if (posts === 0) return
  if (which === 'account' || which === 'before')
    for (const { post } of statements.gone[which].all(...values)) owe(post as Uint8Array)
  statements.erase[which].run(...values)
  outcome.posts -= posts
  outcome.bytes -= bytes!
  outcome.erased += posts
}

function prepare(db: DatabaseSync) {
  const erasures = {
    post: 'post = ?',
    void: 'post = ? AND rank <= ?',
    account: 'account = ?',
    before: 'account = ? AND at < ?',
  }
  const each = (sql: string) =>
    Object.fromEntries(
      Object.entries(erasures).map(([name, where]) => [name, db.prepare(`${sql} ${where}`)]),
    ) as Record<Erasure, ReturnType<DatabaseSync['prepare']>>
  return {
    insert: db.prepare('INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    fleeting: db.prepare('INSERT INTO fleeting VALUES (?)'),
    count: db.prepare('UPDATE kept SET posts = posts + ?, bytes = bytes + ?'),
    kept: db.prepare('SELECT rank FROM changes WHERE post = ?'),
    content: db.prepare('SELECT kind, at, fields, text FROM changes WHERE post = ?'),
    isVoid: db.prepare('SELECT 1 FROM tombstones WHERE key = ? AND rank >= ?'),
    isWithdrawn: db.prepare('SELECT 1 FROM tombstones WHERE key = ? AND (back IS NULL OR ? < back)'),
    bury: db.prepare(`INSERT INTO tombstones (key, rank) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET rank = max(rank, excluded.rank)`),
    account: db.prepare('SELECT gone, back FROM tombstones WHERE key = ?'),
    withdraw: db.prepare(`INSERT INTO tombstones (key, gone) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET gone = max(gone, excluded.gone), back = NULL`),
    restore: db.prepare('UPDATE tombstones SET back = ? WHERE key = ?'),
    settle: db.prepare(
      'INSERT OR REPLACE INTO settings (kind, name, version, position, received, stored, fields) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    unset: db.prepare(`DELETE FROM settings WHERE kind = 'setting' AND name = ?`),
    dropTopic: db.prepare(`DELETE FROM settings WHERE kind = 'topic' AND name = ? AND (? IS NULL OR version = ?)`),
    sum: each('SELECT count(*) AS posts, sum(size) AS bytes FROM changes WHERE'),
    gone: each('SELECT post FROM changes WHERE'),
    erase: each('DELETE FROM changes WHERE'),
  }
}
