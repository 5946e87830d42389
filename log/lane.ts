// The local copy of one partition: the embedded log's own tables, fed by offsets. What a reader is given follows the same
// rules on both logs, because the same code decides it. Derived from Kafka: it may be deleted at any time, and is made anew.
// A position within a lane is an offset + 1; what was erased, superseded or sent twice leaves holes.
import { createSecretKey } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { dropped } from '../metrics.ts'
import type { Change, DropReason, Position } from '../types.ts'
import { type Admit, prepareAdmit } from './admit.ts'
import { decode, encode, type Stored } from './codec.ts'
import { prepareLeaving } from './fleeting.ts'
import { Group } from './group.ts'
import { type Retention, Sweeper } from './retention.ts'
import type { Sent } from './sending.ts'
import { prepareSlices, type Slices } from './slices.ts'
import { inTransaction, keyedHash, openTables } from './tables.ts'

export interface LaneOptions {
  path: string
  hashKey: Buffer
  retention: Retention
  /** Sources whose posts go once the readers of `analyze` have read them; absent: none. */
  fleeting?: string[]
  now: () => number
  sweepMs: number
  checkpointMs: number
  /** Whether this process is the one that counts what stayed out of this partition. */
  isCounting: () => boolean
}

/** A lane's position among those of all lanes; 0 where there is none. */
export const amongAll = (position: Position, { nr, lanes }: { nr: number; lanes: number }): Position =>
  position === 0 ? 0 : (position - 1) * lanes + nr + 1

/** What a post's records are keyed with: all its versions and its delete, so that compaction keeps the last alone. */
const postKey = /^post:([0-9a-f]{32})$/
/** Appended so that the segment before it is closed and can be compacted; says nothing. */
export const rollKey = 'roll'

export function keyOf(change: Change, key: ReturnType<typeof createSecretKey>, unique: string): string {
  if (change.op !== 'create' && change.op !== 'update' && change.op !== 'delete') return unique
  return keyOfPost(keyedHash(key, 'post', change.source, change.id))
}
const keyOfPost = (hash: Uint8Array) => `post:${Buffer.from(hash).toString('hex')}`

/** A change as a record's value. */
export function written(change: Change): string {
  const { kind, at, fields, text } = encode(change)
  return JSON.stringify([kind, at, fields, text])
}

type Value = [kind: number, at: number, fields: string, text: string | null, again?: Position]
/** Of a post whose source lets nobody keep it: all up to this position was read, and goes. */
type Read = ['read', Position]

type Live = Stored & { position: Position; received: number; size: number }

export class Lane {
  readonly slices: Slices
  readonly #db: ReturnType<typeof openTables>
  readonly #group: Group
  readonly #admit: Admit
  readonly #sweeper: Sweeper
  readonly #statements: ReturnType<typeof prepare>
  readonly #leaving: ReturnType<typeof prepareLeaving>
  readonly #news = new EventEmitter().setMaxListeners(0)
  /** When something last left the copy that the broker's files still hold, by `performance.now()`; null: nothing did. */
  stirredAt: number | null = null
  readonly #options: LaneOptions
  #next: number

  constructor(options: LaneOptions) {
    this.#options = options
    const key = createSecretKey(options.hashKey)
    this.#db = openTables(options.path, key)
    // Derived: after a power cut it is made anew from Kafka at worst, so no fsync per step.
    this.#db.exec('PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS owed (post BLOB PRIMARY KEY) WITHOUT ROWID')
    this.#group = new Group(this.#db, 0)
    this.slices = prepareSlices(this.#db)
    this.#statements = prepare(this.#db)
    this.#leaving = prepareLeaving(this.#db)
    const owe = (post: Uint8Array) => this.#statements.owe.run(post)
    this.#admit = prepareAdmit(this.#db, key, { fleeting: options.fleeting, owe })
    const { retention, now, sweepMs, checkpointMs } = options
    this.#sweeper = new Sweeper(this.#db, this.#group, { retention, now, sweepMs, checkpointMs })
    this.#next = Number(this.#statements.next.get()?.cursor ?? 0)
    if (this.#next > 0) this.#stir() // whoever had this copy before may have been killed first
  }

  /** The offset wanted next. */
  get next(): number {
    return this.#next
  }

  /** Which of these changes a reader would be given, were they appended now in this order; nothing of it stays. */
  tried(changes: Change[], received: number): { isKept: boolean; drops: Drops }[] {
    const outcomes: { isKept: boolean; drops: Drops }[] = []
    const undo = new Error('undo')
    try {
      inTransaction(this.#db, () => {
        let position = Math.max(this.slices.head(), this.#next)
        for (const change of changes) {
          const outcome = this.#admit([change], received, position)
          position = outcome.position
          outcomes.push({ isKept: outcome.appended > 0, drops: outcome.drops })
        }
        throw undo
      })
    } catch (error) {
      if (error !== undo) throw error
    }
    return outcomes
  }

  /** Takes in what Kafka holds from `next` on. */
  async take(records: Sent[], behind: number): Promise<void> {
    await this.#group.write(() => {
      for (const record of records) this.#takeOne(record)
      this.#statements.moveOn.run(String(behind))
    }, records.length)
    this.#next = Math.max(this.#next, behind)
    this.#sweeper.erased()
    this.#news.emit('news')
  }

  #takeOne({ offset, key, value, at }: Sent): void {
    const post = postKey.exec(key)?.[1]
    const hash = post ? Buffer.from(post, 'hex') : null
    if (hash) this.#statements.settle.run(hash)
    if (value === null) {
      // Nothing is to be kept of this post; if something is, it must be told again.
      if (hash && this.#live(hash)) this.#statements.owe.run(hash)
      if (hash) this.#stir()
      return
    }
    const told = JSON.parse(value) as Value | Read
    if (told[0] === 'read') this.#letGo(hash!, told[1])
    else this.#takeChange(hash, told as Value, { offset, at })
  }

  #takeChange(hash: Uint8Array | null, value: Value, { offset, at }: Pick<Sent, 'offset' | 'at'>): void {
    // `again`: the position at which a post told again was told first.
    const [kind, written, fields, text, again] = value
    const change = decode({ kind, at: written, fields, text })
    const live = again === undefined ? undefined : this.#live(hash!)
    if (hash && live) {
      // Told again for the broker's sake: news to nobody who has it, and no news beside a later one.
      if (live.position !== again) this.#statements.owe.run(hash)
      return
    }
    const { drops, erased } = this.#admit([change], at, offset)
    if (erased) this.#stir()
    if ('source' in change && this.#options.isCounting()) countDrops(change.source, drops)
  }

  #letGo(post: Uint8Array, until: Position): void {
    const live = this.#live(post)
    if (!live) return
    this.#stir()
    if (live.position > until) this.#statements.owe.run(post)
    else this.#leaving.leave(live.position, live.size)
  }

  #stir(): void {
    this.stirredAt = performance.now()
  }

  #live(post: Uint8Array): Live | undefined {
    return this.#statements.live.get(post) as unknown as Live | undefined
  }

  /** Some fleeting posts that `analyze` has read, as what tells every copy and Kafka to let them go; null: none is left. */
  async read(): Promise<{ key: string; value: string }[] | null> {
    const until = this.position('analyze') ?? 0
    return this.#group.write(() => {
      const due = this.#leaving.due(until)
      if (!due.length) return null
      for (const { position, post } of due) if (!post) this.#leaving.leave(position, null)
      const kept = due.filter(({ post }) => post !== null)
      return kept.map(({ position, post }) => ({ key: keyOfPost(post!), value: JSON.stringify(['read', position]) }))
    })
  }

  /** What lies before this offset is no longer in Kafka: the copy begins anew there, and forgets no tombstone. */
  async beginAt(offset: number): Promise<void> {
    await this.#group.write(() => {
      this.#db.exec('DELETE FROM changes; DELETE FROM fleeting; DELETE FROM owed; UPDATE kept SET posts = 0, bytes = 0')
      this.#statements.moveOn.run(String(offset))
    })
    this.#next = offset
  }

  /** Posts whose last record in Kafka is not what is kept of them, with what is: the change, or null. */
  owed(limit: number): { key: string; value: string | null; at: number }[] {
    return this.#statements.owed.all(limit).map((row) => {
      const post = row.post as Uint8Array
      const live = this.#live(post)
      const value = live ? JSON.stringify([live.kind, live.at, live.fields, live.text, live.position]) : null
      return { key: keyOfPost(post), value, at: live?.received ?? 0 }
    })
  }

  /** The last position a reader has committed here; null: none. */
  position(reader: string): Position | null {
    return (this.#statements.position.get(reader)?.position as Position | undefined) ?? null
  }

  async commit(reader: string, position: Position | null): Promise<void> {
    const { commit, release } = this.#statements
    await this.#group.write(() => (position === null ? release.run(reader) : commit.run(reader, position)))
    this.#news.emit('news')
  }

  /** Resolves once this offset has been taken in, or on abort. */
  async reached(next: number, signal: AbortSignal): Promise<void> {
    while (this.#next < next && !signal.aborted) await this.moved(signal)
  }

  /** Resolves at the next news, or on abort. */
  async moved(signal: AbortSignal): Promise<void> {
    await once(this.#news, 'news', { signal }).catch(() => {})
  }

  close(): void {
    this.#group.close()
    this.#sweeper.close()
    this.#db.close()
  }
}

type Drops = Partial<{ [reason in DropReason]: number }>

/** Counts what stayed out. */
export const countDrops = (source: string, drops: Drops): void => {
  for (const [reason, count] of Object.entries(drops)) dropped(source, reason as DropReason, count)
}

function prepare(db: ReturnType<typeof openTables>) {
  return {
    next: db.prepare(`SELECT cursor FROM cursors WHERE source = 'next'`),
    moveOn: db.prepare(`INSERT OR REPLACE INTO cursors VALUES ('next', ?)`),
    owe: db.prepare('INSERT OR IGNORE INTO owed VALUES (?)'),
    settle: db.prepare('DELETE FROM owed WHERE post = ?'),
    owed: db.prepare('SELECT post FROM owed LIMIT ?'),
    live: db.prepare('SELECT position, kind, at, fields, text, received, size FROM changes WHERE post = ?'),
    position: db.prepare('SELECT position FROM readers WHERE reader = ?'),
    commit: db.prepare('INSERT OR REPLACE INTO readers VALUES (?, ?)'),
    release: db.prepare('DELETE FROM readers WHERE reader = ?'),
  }
}
