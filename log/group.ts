// Group commit: writes that are asked for within a few milliseconds share one transaction, and so one fsync.
// Each write is atomic on its own (a savepoint): one that throws is rejected and leaves the others of its group alone.
// A promise resolves only once the disk has what it promises.
import type { DatabaseSync } from 'node:sqlite'
import { crash } from '../crash.ts'
import { guarded, inTransaction } from './tables.ts'

interface Write {
  work: () => unknown
  weight: number
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

export class Group {
  readonly #db: DatabaseSync
  readonly #waitMs: number
  #queue: Write[] = []
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(db: DatabaseSync, waitMs: number) {
    this.#db = db
    this.#waitMs = waitMs
  }

  /** Runs `work` in the next transaction; resolves with its result once that is durable. `weight`: rows it may touch. */
  write<T>(work: () => T, weight = 1): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the log is closed'))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#queue.push({ work, weight, resolve, reject })
    this.#timer ??= setTimeout(() => this.#commit(), this.#waitMs)
    return promise
  }

  /** Commits what was asked for so far; whatever is asked for later is refused. */
  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    while (this.#queue.length) this.#commit()
  }

  #commit(): void {
    this.#timer = null
    const group = this.#take()
    const settle: (() => void)[] = []
    try {
      guarded(() =>
        inTransaction(this.#db, () => {
          for (const write of group) settle.push(this.#run(write))
          crash('log.written')
        }),
      )
      crash('log.committed')
    } catch (error) {
      settle.length = 0
      for (const { reject } of group) settle.push(() => reject(error))
    }
    for (const one of settle) one()
    if (this.#queue.length && !this.#closed) this.#timer ??= setTimeout(() => this.#commit(), 0)
  }

  #run({ work, resolve, reject }: Write): () => void {
    this.#db.exec('SAVEPOINT one')
    try {
      const result = guarded(work) as never
      this.#db.exec('RELEASE one')
      return () => resolve(result)
    } catch (error) {
      this.#db.exec('ROLLBACK TO one; RELEASE one') // throws when SQLite has rolled back everything: then all failed
      return () => reject(error)
    }
  }

  /** As many as keep the event loop waiting for a moment only; at least one. */
  #take(): Write[] {
    let weight = 0
    let count = 0
    while (count < this.#queue.length && (count === 0 || weight + this.#queue[count]!.weight <= 1_000)) {
      weight += this.#queue[count]!.weight
      count++
    }
    return this.#queue.splice(0, count)
  }
}
