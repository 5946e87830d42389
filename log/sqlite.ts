// The log in one SQLite file: durable, ordered, replayable, and erasing what was withdrawn. No server, no unlocking
// after kill -9. SQLite runs on the caller's thread, so every step is kept short: groups of writes, small slices, small
// steps of retention. Other processes may open the same file; their appends are seen within `pollMs`.
import { createSecretKey } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as breathe } from 'node:timers/promises'
import { dropped, metrics } from '../metrics.ts'
import type { Batch, DropReason, Log, Logged, LogStatus, Position, PostChange, ReadOptions, Slice } from '../types.ts'
import { prepareAdmit } from './admit.ts'
import type { Fleeting } from './fleeting.ts'
import { Group } from './group.ts'
import { type Retention, Sweeper } from './retention.ts'
import { blocks, prepareSlices, type Slices } from './slices.ts'
import { guarded, openTables } from './tables.ts'

export interface SqliteLogOptions {
  path: string
  retention: Retention
  /** Sources whose posts go as soon as they were read; absent: none. */
  fleeting?: Fleeting
  /** Keys the hashes of tombstones; must stay the same for the life of the file. */
  hashKey: Buffer
  now?: () => number
  /** Appends this close together share one fsync. */
  groupMs?: number
  /** How often a waiting reader looks for appends of another process. */
  pollMs?: number
  sweepMs?: number
  /** Erased text leaves the write-ahead log this long after it was erased, at the latest. */
  checkpointMs?: number
}

/** Opens the log, making it when absent. Throws CorruptionError on a damaged file, UserError on the wrong key. */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  return new SqliteLog(options)
}

class SqliteLog implements Log {
  readonly #db: DatabaseSync
  readonly #options: Required<Omit<SqliteLogOptions, 'fleeting'>> & Pick<SqliteLogOptions, 'fleeting'>
  readonly #group: Group
  readonly #slices: Slices
  readonly #statements: ReturnType<typeof prepareNames>
  readonly #admit: ReturnType<typeof prepareAdmit>
  readonly #sweeper: Sweeper
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor(options: SqliteLogOptions) {
    const defaults = { now: Date.now, groupMs: 2, pollMs: 250, sweepMs: 1_000, checkpointMs: 2_000 }
    this.#options = { ...defaults, ...options }
    const hashKey = createSecretKey(options.hashKey)
    this.#db = openTables(options.path, hashKey)
    this.#group = new Group(this.#db, this.#options.groupMs)
    this.#slices = prepareSlices(this.#db)
    this.#statements = prepareNames(this.#db)
    this.#admit = prepareAdmit(this.#db, hashKey, { fleeting: options.fleeting?.sources })
    this.#sweeper = new Sweeper(this.#db, this.#group, this.#options)
  }

  async append({ source, changes, cursor }: Batch): Promise<Position> {
    const outcome = await this.#group.write(() => {
      const admitted = this.#admit(changes, this.#options.now(), this.#slices.head())
      if (cursor !== null) this.#statements.saveCursor.run(source, cursor)
      return admitted
    }, changes.length)
    metrics.appended.inc(outcome.appended)
    for (const [reason, count] of Object.entries(outcome.drops)) dropped(source, reason as DropReason, count)
    if (outcome.erased) this.#sweeper.erased()
    for (const wake of [...this.#waiting]) wake()
    return outcome.position
  }

  async cursor(source: string): Promise<string | null> {
    return (this.#statements.cursor.get(source)?.cursor as string | undefined) ?? null
  }

  async *read(reader: string, signal: AbortSignal, { until, limit = 1_000 }: ReadOptions = {}): AsyncGenerator<Slice> {
    const end = until ?? Number.MAX_SAFE_INTEGER
    let position = await this.#register(reader)
    let committed = position
    const commit = async (to: Position) => {
      await this.#group.write(() => this.#statements.commit.run(to, reader))
      committed = Math.max(committed, to)
    }
    while (!signal.aborted && !this.#closed && position < end) {
      const rows = guarded(() => this.#slices.slice({ after: position, until: end, limit }))
      const before = position
      position = rows.end
      if (rows.changes.length) yield { changes: rows.changes, commit: () => commit(rows.end) }
      else if (position === before) await this.#news(signal)
      // Only holes: nothing to do for the reader, who would else lag behind a head that is no longer there.
      else if (committed === before) await commit(position)
    }
  }

  /** One consumer per reader name: whoever reads leads. */
  leads(): boolean {
    return true
  }

  async release(reader: string): Promise<void> {
    await this.#group.write(() => this.#statements.release.run(reader))
  }

  async *scan(signal: AbortSignal): AsyncGenerator<PostChange[]> {
    for (const block of blocks(await this.status())) {
      for (let after = block.after; after < block.until; ) {
        if (signal.aborted || this.#closed) return
        const { posts, end } = guarded(() => this.#slices.posts(after, block.until))
        if (posts.length) yield posts
        after = end
        await breathe()
      }
    }
  }

  async settings(prefix?: string): Promise<Logged[]> {
    return guarded(() => this.#slices.settings(prefix))
  }

  async status(): Promise<LogStatus> {
    return guarded(() => this.#slices.status())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const wake of [...this.#waiting]) wake()
    this.#group.close()
    this.#sweeper.close()
    this.#db.close()
  }

  async #register(reader: string): Promise<Position> {
    const known = () => this.#statements.position.get(reader)?.position as Position | undefined
    const position = known()
    if (position !== undefined) return position
    await this.#group.write(() => this.#statements.register.run(reader, this.#slices.oldest() - 1))
    return known()!
  }

  /** Resolves at the next append here, when it is time to look for one from elsewhere, or on abort. */
  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    const timer = setTimeout(wake, this.#options.pollMs)
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake)
    await promise
    signal.removeEventListener('abort', wake)
    clearTimeout(timer)
    this.#waiting.delete(wake)
  }
}

/** Cursors of sources, positions of readers. */
function prepareNames(db: DatabaseSync) {
  return {
    cursor: db.prepare('SELECT cursor FROM cursors WHERE source = ?'),
    saveCursor: db.prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?)'),
    position: db.prepare('SELECT position FROM readers WHERE reader = ?'),
    register: db.prepare('INSERT OR IGNORE INTO readers VALUES (?, ?)'),
    commit: db.prepare('UPDATE readers SET position = max(position, ?) WHERE reader = ?'),
    release: db.prepare('DELETE FROM readers WHERE reader = ?'),
  }
}
