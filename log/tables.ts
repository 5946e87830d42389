// The log's file: one SQLite database in WAL mode, its schema, and what every statement about it may rely on.
// The only file that opens SQLite. It may assume nothing about what an earlier process was doing when it died.
//
//   changes     one row per change kept; a voided, superseded or expired one is deleted, so a position can be missing
//   tombstones  keyed hashes of what must never come back; no ids, no authors; never expires
//   settings    topics and settings, compacted; never expires
//   fleeting    positions of posts that go as soon as they have been read (fleeting.ts)
import { createHmac, type KeyObject } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { CorruptionError, TransientError, UserError } from '../errors.ts'

/** How long a write waits for another process that is writing. */
export const busyMs = 2_000
const schemaVersion = 2
const added = 'CREATE TABLE IF NOT EXISTS fleeting (position INTEGER PRIMARY KEY)'
const schema = `
  CREATE TABLE changes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    at       INTEGER,
    size     INTEGER NOT NULL,
    post     BLOB,               -- keyed hash of source and id; posts only
    account  BLOB,               -- keyed hash of source and author; posts only
    rank     BLOB,               -- version of a post, comparable as bytes
    fields   TEXT NOT NULL,
    text     TEXT
  );
  CREATE UNIQUE INDEX changes_post ON changes(post) WHERE post IS NOT NULL;
  CREATE INDEX changes_account ON changes(account) WHERE account IS NOT NULL;
  CREATE TABLE tombstones (
    key      BLOB PRIMARY KEY,
    rank     BLOB,               -- of a post: all up to this version are void
    gone     INTEGER,            -- of an account: when it left ...
    back     INTEGER             -- ... and from when on its posts count again
  ) WITHOUT ROWID;
  CREATE TABLE settings (
    kind TEXT, name TEXT, version INTEGER, position INTEGER NOT NULL, received INTEGER NOT NULL, fields TEXT NOT NULL,
    stored INTEGER NOT NULL,
    PRIMARY KEY (kind, name, version)
  ) WITHOUT ROWID;
  CREATE TABLE cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE readers (reader TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE kept (posts INTEGER NOT NULL, bytes INTEGER NOT NULL, key_check BLOB NOT NULL);
`

/** Opens the file, making it when absent. `hashKey` must be the one it was made with. */
export function openTables(path: string, hashKey: KeyObject): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyMs })
  try {
    guarded(() => {
      db.exec('PRAGMA auto_vacuum = INCREMENTAL') // only takes effect while the file is empty
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
      db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864')
      create(db, keyedHash(hashKey, 'check'))
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function create(db: DatabaseSync, check: Buffer): void {
  inTransaction(db, () => {
    const found = db.prepare('PRAGMA user_version').get()!.user_version as number
    if (found > schemaVersion) {
      throw new UserError(
        'the log was written by a newer version',
        'update undercurrent, or point it at another data folder',
      )
    }
    if (found === 0) {
      db.exec(schema)
      db.prepare('INSERT INTO kept VALUES (0, 0, ?)').run(check)
    }
    if (found < schemaVersion) db.exec(`${added}; PRAGMA user_version = ${schemaVersion}`)
    const { key_check } = db.prepare('SELECT key_check FROM kept').get() as { key_check: Uint8Array }
    if (check.equals(key_check)) return
    const hint = 'put the data folder’s own keys.json back: without it the log cannot tell which posts were deleted'
    throw new UserError('the key of the log is not the one it was made with', hint)
  })
}

/** Runs `work` in one write transaction. The write lock is taken first, so that what it reads stays true. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

const codes = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 }
/** SQLite's errors in our terms: who must act on them. A broken file is corruption, whatever statement finds it. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const code = ((cause as { errcode?: number }).errcode ?? 0) & 0xff
    if (code === codes.busy) throw new TransientError('another process is writing to the log', { cause })
    if (code === codes.full) {
      throw new UserError('the disk is full', 'free some space, or lower log.retention.size, and start again', 507)
    }
    if (code !== codes.corrupt && code !== codes.notADatabase) throw cause
    throw new CorruptionError('the file of the log is damaged; restore it from a backup or move it away', { cause })
  }
}

/** 128 bits of HMAC-SHA256: tells names apart, and gives none away without the key. (A KeyObject is five times faster.) */
export function keyedHash(key: KeyObject, ...name: string[]): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(name)).digest().subarray(0, 16)
}

/** A rank as 30 bytes that SQLite compares like the number. */
export function rankBytes(rank: bigint): Buffer {
  return Buffer.from(rank.toString(16).padStart(60, '0'), 'hex')
}
