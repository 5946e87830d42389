// Reading the log: slices in order, and blocks spread evenly over everything kept. Reads only, holds nothing.
// A slice ends by count or by bytes, whichever comes first, so that a reader's memory does not depend on the posts.
import type { DatabaseSync } from 'node:sqlite'
import type { Logged, LogStatus, Position, PostChange } from '../types.ts'
import { decode, lastPostKind, type Stored } from './codec.ts'

const maxSliceChars = 4_000_000
const blockPosts = 500
const maxBlockPositions = 4_000

interface Range {
  /** Exclusive. */
  after: Position
  /** Inclusive. */
  until: Position
  limit: number
}

export interface Rows {
  changes: Logged[]
  /** Everything up to here has been read: behind the last change where there are only holes. */
  end: Position
}

export type Slices = ReturnType<typeof prepareSlices>

export function prepareSlices(db: DatabaseSync) {
  const columns = 'SELECT position, received, kind, at, fields, text FROM changes'
  const range = 'position > ? AND position <= ? ORDER BY position LIMIT ?'
  const all = db.prepare(`${columns} WHERE ${range}`)
  // What is only passing through is nobody's to be shown, and no history of a new topic.
  const stays = 'position NOT IN (SELECT position FROM fleeting)'
  const posts = db.prepare(`${columns} WHERE kind <= ${lastPostKind} AND ${stays} AND ${range}`)
  const status = prepareStatus(db)
  const rows = (statement: typeof all, { after, until, limit }: Range): Rows => {
    const end = Math.min(until, status.head()) // before the rows: another process may append in between
    const changes: Logged[] = []
    let chars = 0
    for (const row of statement.iterate(after, end, limit)) {
      const logged = toLogged(row as unknown as Row)
      changes.push(logged)
      chars += (row.fields as string).length + ((row.text as string | null)?.length ?? 0)
      if (changes.length === limit || chars >= maxSliceChars) return { changes, end: logged.position }
    }
    return { changes, end: Math.max(after, end) }
  }
  return {
    ...status,
    slice: (wanted: Range) => rows(all, wanted),
    /** Some posts of a range, and where to go on. */
    posts: (after: Position, until: Position) => {
      const { changes, end } = rows(posts, { after, until, limit: blockPosts })
      return { posts: changes.map(({ change }) => change as PostChange), end }
    },
  }
}

type Row = Stored & { position: Position; received: number }
export function toLogged(row: Row): Logged {
  return { position: row.position, receivedAt: new Date(row.received).toISOString(), change: decode(row) }
}

function prepareStatus(db: DatabaseSync) {
  const sequence = db.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'changes'`)
  const first = db.prepare('SELECT min(position) AS position FROM changes')
  const kept = db.prepare('SELECT posts, bytes FROM kept')
  const since = db.prepare(`SELECT received FROM changes WHERE kind <= ${lastPostKind} ORDER BY position LIMIT 1`)
  const readers = db.prepare('SELECT reader, position FROM readers')
  const stored = 'SELECT position, received, stored AS kind, fields FROM settings'
  const settings = db.prepare(`${stored} ORDER BY position`)
  const under = db.prepare(
    `${stored} WHERE kind = 'setting' AND name >= ? AND name < CAST(? AS TEXT) ORDER BY position`,
  )
  const head = (): Position => (sequence.get()?.seq as number | undefined) ?? 0
  const oldest = (): Position => (first.get()!.position as number | null) ?? head() + 1
  return {
    head,
    oldest,
    status: (): LogStatus => {
      const { posts, bytes } = kept.get() as { posts: number; bytes: number }
      const received = posts > 0 ? (since.get()?.received as number | undefined) : undefined
      return {
        head: head(),
        oldest: oldest(),
        posts,
        bytes,
        since: received === undefined ? null : new Date(received).toISOString(),
        partitions: 1,
        readers: Object.fromEntries(readers.all().map((row) => [row.reader, row.position])) as Record<string, Position>,
      }
    },
    settings: (prefix?: string): Logged[] => {
      const rows = prefix === undefined ? settings.all() : under.all(prefix, behind(prefix))
      return rows.map((row) => toLogged({ ...(row as unknown as Row), at: null, text: null }))
    },
  }
}

/** SQLite compares text as bytes, and this one is in no text: whatever begins with the prefix lies before, nothing else. */
const behind = (prefix: string) => Buffer.concat([Buffer.from(prefix), Buffer.of(0xff)])

/** Ranges of positions that cover everything kept, each about a block of posts, in an order that spreads evenly. */
export function* blocks({ oldest, head, posts }: LogStatus): Generator<{ after: Position; until: Position }> {
  const span = head - oldest + 1
  if (span <= 0 || posts === 0) return
  const width = Math.min(maxBlockPositions, Math.ceil((blockPosts * span) / posts))
  for (const block of spread(Math.ceil(span / width))) {
    const after = oldest - 1 + block * width
    yield { after, until: Math.min(head, after + width) }
  }
}

/** 0 .. count - 1 by steps of the golden ratio: any beginning of it is spread evenly over the whole. */
export function* spread(count: number): Generator<number> {
  let step = Math.max(1, Math.round(count * 0.618033988749895))
  while (divisor(step, count) !== 1) step++
  for (let index = 0; index < count; index++) yield (Math.floor(count / 3) + index * step) % count
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
