// Retention: the oldest changes go once they are too old or the log is too big, a few at a time.
// Tombstones, settings, cursors and readers stay; and a delete (or anything else that is not a post) waits until every
// named reader has read it, so that no reader, however far behind, keeps what it should have forgotten.
import type { DatabaseSync } from 'node:sqlite'
import { CorruptionError } from '../errors.ts'
import type { Position } from '../types.ts'
import { lastPostKind } from './codec.ts'
import { type Fleeting, prepareFading } from './fleeting.ts'
import type { Group } from './group.ts'
import { busyMs, guarded } from './tables.ts'

export interface Retention {
  hours: number
  bytes: number
}

/** Rows per step: a step and its commit stay well under 20 ms. */
const stepRows = 100

interface Step {
  removed: number
  /** Where the next step goes on; null: all that is due is gone. */
  next: Position | null
}

/** Removes what is due among the first rows behind `from`. Runs inside a write transaction. */
export function prepareStep(db: DatabaseSync, retention: Retention): (from: Position, now: number) => Step {
  const kept = db.prepare('SELECT bytes FROM kept')
  const slowest = db.prepare('SELECT min(position) AS position FROM readers')
  const oldest = db.prepare(
    'SELECT position, received, kind, size FROM changes WHERE position > ? ORDER BY position LIMIT ?',
  )
  const remove = db.prepare('DELETE FROM changes WHERE position = ?')
  const count = db.prepare('UPDATE kept SET posts = posts - ?, bytes = bytes - ?')
  return (from, now) => {
    const before = now - retention.hours * 3_600_000
    let { bytes } = kept.get() as { bytes: number }
    const read = (slowest.get() as { position: Position | null }).position ?? Number.MAX_SAFE_INTEGER
    const rows = oldest.all(from, stepRows) as { position: Position; received: number; kind: number; size: number }[]
    let removed = 0
    for (const row of rows) {
      if (row.received >= before && bytes <= retention.bytes) return { removed, next: null }
      if (row.kind > lastPostKind && row.position > read) continue
      remove.run(row.position)
      count.run(row.kind <= lastPostKind ? 1 : 0, row.size)
      bytes -= row.size
      removed++
    }
    return { removed, next: rows.length < stepRows ? null : rows.at(-1)!.position }
  }
}

export interface SweeperOptions {
  retention: Retention
  fleeting?: Fleeting | undefined
  now: () => number
  sweepMs: number
  checkpointMs: number
}

/** Runs retention in the background, and takes what was erased out of the write-ahead log. */
export class Sweeper {
  readonly #db: DatabaseSync
  readonly #group: Group
  readonly #options: SweeperOptions
  readonly #step: ReturnType<typeof prepareStep>
  readonly #fade: ReturnType<typeof prepareFading> | null
  readonly #timer: NodeJS.Timeout
  #checkpoint: NodeJS.Timeout | null = null
  #from = 0
  #sweeps = 0
  #busy = false

  constructor(db: DatabaseSync, group: Group, options: SweeperOptions) {
    this.#db = db
    this.#group = group
    this.#options = options
    this.#step = prepareStep(db, options.retention)
    this.#fade = options.fleeting ? prepareFading(db, options.fleeting) : null
    this.#timer = setInterval(() => void this.#sweep(), options.sweepMs).unref()
  }

  /** Something was erased: its text must leave the write-ahead log soon. */
  erased(): void {
    this.#checkpoint ??= setTimeout(() => this.#truncate(), this.#options.checkpointMs).unref()
  }

  close(): void {
    clearInterval(this.#timer)
    if (this.#checkpoint) clearTimeout(this.#checkpoint)
    checkpoint(this.#db)
  }

  async #sweep(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    // What waits for a slow reader is passed over once a minute, not once a second.
    if (this.#sweeps++ % 60 === 0) this.#from = 0
    try {
      for (let more = this.#fade !== null; more; ) {
        const faded = await this.#group.write(this.#fade!, stepRows)
        if (faded.removed) this.erased()
        more = faded.more
      }
      for (let next: Position | null = this.#from; next !== null; ) {
        this.#from = next
        const step: Step = await this.#group.write(() => this.#step(this.#from, this.#options.now()), stepRows)
        if (step.removed) this.erased()
        next = step.next
      }
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      // Closed meanwhile, or the disk is full: appends say so themselves, and the next sweep tries again.
    }
    this.#busy = false
  }

  #truncate(): void {
    this.#checkpoint = null
    let isDone = false
    try {
      isDone = checkpoint(this.#db)
    } catch (error) {
      if (error instanceof CorruptionError) throw error
    }
    if (!isDone) this.erased() // another process is reading, or there is more to give back, or no disk: later
  }
}

/** Moves the write-ahead log into the file and empties it; gives free pages back when they are many. True: all done. */
function checkpoint(db: DatabaseSync): boolean {
  return guarded(() => {
    const value = (name: string) => Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0])
    const free = value('freelist_count')
    const isWide = free > 1_000 && free > value('page_count') / 4
    db.exec('PRAGMA busy_timeout = 0') // another process never makes this one wait for housekeeping
    try {
      if (isWide) db.exec('PRAGMA incremental_vacuum(500)')
      return value('wal_checkpoint(TRUNCATE)') === 0 && !isWide
    } finally {
      db.exec(`PRAGMA busy_timeout = ${busyMs}`)
    }
  })
}
