// Where a process keeps its local copy of the log: the first of kafka-1, kafka-2, ... in the data folder that no living
// process holds. The hold is SQLite's lock on a file, which the system lets go of however a process ends.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Held {
  folder: string
  /** Takes the copy away, to be made anew. */
  clear(): void
  release(): void
}

/** `name`: of what the copy is of; one of something else is cleared. */
export function copyFolder(dir: string, name: string): Held {
  for (let number = 1; ; number++) {
    const folder = join(dir, `kafka-${number}`)
    mkdirSync(folder, { recursive: true })
    const db = locked(join(folder, 'held.db'))
    if (!db) continue
    const clear = () => rmSync(join(folder, 'lanes'), { recursive: true, force: true })
    db.exec('CREATE TABLE IF NOT EXISTS held (name TEXT)')
    if (db.prepare('SELECT name FROM held').get()?.name !== name) {
      clear()
      db.exec('DELETE FROM held')
      db.prepare('INSERT INTO held VALUES (?)').run(name)
    }
    mkdirSync(join(folder, 'lanes'), { recursive: true })
    return { folder: join(folder, 'lanes'), clear, release: () => db.close() }
  }
}

function locked(path: string): DatabaseSync | null {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT')
    return db
  } catch (error) {
    db.close()
    const busy = 5
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) return null
    throw error
  }
}
