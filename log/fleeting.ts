// Posts of sources whose terms let nobody keep them: they leave the log as soon as one named reader has committed behind
// them, with their text and their account. Their positions are noted when they come; a post that went otherwise (deleted,
// superseded, too old) leaves its note behind, which goes with the next step. Runs inside a write transaction.
import type { DatabaseSync } from 'node:sqlite'

export interface Fleeting {
  sources: string[]
  /** The reader that must have read them. */
  reader: string
}

/** Rows per step: a step and its commit stay well under 20 ms. */
const stepRows = 200

/** Removes some of those that were read; returns how many rows that was of changes, and whether there may be more. */
export function prepareFading(db: DatabaseSync, { reader }: Fleeting): () => { removed: number; more: boolean } {
  const read = db.prepare('SELECT position FROM readers WHERE reader = ?')
  const { due, leave } = prepareLeaving(db)
  return () => {
    const until = (read.get(reader)?.position as number | undefined) ?? 0
    const rows = due(until)
    let removed = 0
    for (const { position, size } of rows) {
      leave(position, size)
      if (size !== null) removed++
    }
    return { removed, more: rows.length === stepRows }
  }
}

export interface Due {
  position: number
  /** Null, like the size, where the post went otherwise. */
  post: Uint8Array | null
  size: number | null
}

/** The next of those up to a position, and what takes one away with its note. */
export function prepareLeaving(db: DatabaseSync) {
  const due = db.prepare(`SELECT fleeting.position AS position, post, size FROM fleeting
    LEFT JOIN changes ON changes.position = fleeting.position WHERE fleeting.position <= ? LIMIT ${stepRows}`)
  const forget = db.prepare('DELETE FROM fleeting WHERE position = ?')
  const remove = db.prepare('DELETE FROM changes WHERE position = ?')
  const count = db.prepare('UPDATE kept SET posts = posts - 1, bytes = bytes - ?')
  return {
    due: (until: number) => due.all(until) as unknown as Due[],
    leave: (position: number, size: number | null) => {
      forget.run(position)
      if (size === null) return
      remove.run(position)
      count.run(size)
    },
  }
}
