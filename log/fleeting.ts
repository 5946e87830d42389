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
  const due = db.prepare(`SELECT fleeting.position AS position, size FROM fleeting
    LEFT JOIN changes ON changes.position = fleeting.position WHERE fleeting.position <= ? LIMIT ${stepRows}`)
  const forget = db.prepare('DELETE FROM fleeting WHERE position = ?')
  const remove = db.prepare('DELETE FROM changes WHERE position = ?')
  const count = db.prepare('UPDATE kept SET posts = posts - ?, bytes = bytes - ?')
  return () => {
    const until = (read.get(reader)?.position as number | undefined) ?? 0
    const rows = due.all(until) as { position: number; size: number | null }[]
    let [removed, bytes] = [0, 0]
    for (const { position, size } of rows) {
      forget.run(position)
      if (size === null) continue
      remove.run(position)
      removed++
      bytes += size
    }
    if (removed) count.run(removed, bytes)
    return { removed, more: rows.length === stepRows }
  }
}
