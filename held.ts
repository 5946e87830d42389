// What only one process may do at a time, held by a lock of the operating system: after kill -9 it is free at once, with
// nothing to unlock by hand. May assume a disk of this machine (not a network share); never removes the lock's file.
import { DatabaseSync } from 'node:sqlite'

/** Takes what this file stands for; null: another process holds it. */
export function hold(path: string): Disposable | null {
  return take(path, 0)
}

/** Waits for it, on the caller's thread: for what is done within milliseconds. */
export function holdWaiting(path: string): Disposable {
  const held = take(path, 10_000)
  if (!held) throw new Error(`${path} was held for 10 s`)
  return held
}

// SQLite's locks are the ones that Node offers without a dependency; nothing is ever written.
function take(path: string, timeout: number): Disposable | null {
  const db = new DatabaseSync(path, { timeout })
  try {
    db.exec('BEGIN EXCLUSIVE')
    return { [Symbol.dispose]: () => db.isOpen && db.close() }
  } catch (error) {
    db.close()
    if ((error as { errcode?: number }).errcode === 5) return null
    throw error
  }
}
