// Scores become answers: the one Store, in this process or on a server. Every write says first what may not be there
// (tombstones), then writes the rows, so that repeating the call mends a crash anywhere. Writers need no lock: each looks
// again after it wrote, so that of an add and a delete that cross, one sees the other.

import type { Store } from '../answers.ts'
import { CorruptionError, TransientError, UserError } from '../errors.ts'
import { retry } from '../retry.ts'
import type { ModelErrors } from '../types.ts'
import { add, type Writing } from './add.ts'
import { addArticles } from './articles.ts'
import { openEditions } from './editions.ts'
import { openEraser } from './erase.ts'
import { forget } from './forget.ts'
import type { Keys } from './keys.ts'
import { type Lent, lend } from './lent.ts'
import { migrate } from './migrate.ts'
import { NewestPosts } from './newest.ts'
import { noteChanges } from './notes.ts'
import { recent } from './posts.ts'
import { questions, timed } from './queries.ts'
import { embeddingSample } from './rows.ts'
import { literal, openClient, type Place, type Sql } from './sql.ts'
import { watched } from './watch.ts'
import { HeldWindows } from './windows.ts'

export type StoreOptions = Place & {
  keys: Keys
  modelError: ModelErrors
  /** The one in use: as it reads a post, where nobody says by which model. */
  model?: string
  /** Sources whose posts are kept as scores, without their words. */
  wordless?: string[]
  now?: () => number
  note?: (event: string, fields: object) => void
  /** A question that takes longer is cut off with a UserError. */
  askSeconds?: number
  /** How long hidden text may wait for company before the parts that hold it are rewritten. */
  eraseAfterMs?: number
  /** Windows of topic versions with so many rows are held in memory (embedded engine alone). */
  windowRows?: number
  /** How often a server that does not answer is asked before the store counts as not to be had (8: some 25 s). */
  tries?: number
}

/** With what another thread may ask. */
export type OpenStore = Store & { readonly lent: Lent }

/** Opens the store, brings its tables up to date and resumes an erasure that a crash cut short. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { keys, modelError, model = '', now = Date.now, note = () => {} } = options
  await using opening = new AsyncDisposableStack()
  const client = opening.use(await openClient(options, { askSeconds: options.askSeconds }))
  const wordless = new Set(options.wordless)
  const name = await onceThere(options, async () => {
    await migrate(client)
    await identify(client, keys)
    await bare(client, [...wordless])
    return naming(client)
  })
  // Behind a server others write, too.
  const isOurs = 'path' in options
  const windows = isOurs ? new HeldWindows(client, { leastRows: options.windowRows, note }) : null
  const newest = isOurs ? new NewestPosts() : null
  const sql = windows && newest ? watched(client, [windows, newest]) : client
  const eraser = opening.use(openEraser(sql, { note, afterMs: options.eraseAfterMs ?? 5_000 }))
  const writing: Writing = { sql, keys, now, name, due: eraser.due, sampled: embeddingSample(), wordless }
  const asking = { keys, modelError, now, model, windows, newest }
  const opened = opening.move()
  const later = { ...sql, ...sql.later }
  const askLater = questions({ sql: later, ...asking })
  return {
    ...crossing(writing),
    note: (changes) => noteChanges(sql, keys, changes),
    addArticles: (seen) => addArticles(sql, keys, seen),
    drop: (topic, version) => dropTopic(sql, topic, version),
    keep: openEditions({ sql, keys, now }),
    recent: (source, since, limit) => timed('recent', () => recent(sql, { source, since, limit })),
    ask: questions({ sql, ...asking }),
    askLater,
    lent: lend(later, askLater),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The two writes that may cross, each of the other's posts. */
function crossing(writing: Writing): Pick<Store, 'add' | 'forget'> {
  const adding = new Set<Promise<unknown>>()
  let failed = 0
  return {
    add: (addition) => {
      const one = add(addition, writing)
        .catch((error) => {
          failed++
          throw error
        })
        .finally(() => adding.delete(one))
      adding.add(one)
      return one
    },
    forget: async (changes) => {
      const before = failed
      await forget(changes, writing)
      // Told as done only once no add is on its way that may hold rows it missed: after a kill, both are told us again.
      await Promise.allSettled(adding)
      // One that failed meanwhile may have left such rows.
      if (failed !== before) await forget(changes, writing)
    },
  }
}

const never = new AbortController().signal

/** A server may start later than we do, or be away for a moment. The work is idempotent. */
async function onceThere<T>({ tries = 8, note }: StoreOptions, work: () => Promise<T>): Promise<T> {
  const asked = () =>
    work().catch((error) => {
      if (error instanceof TransientError) note?.('the store does not answer', { error })
      throw error
    })
  try {
    return (await retry(asked, never, { attempts: tries, baseMs: 250, capMs: 10_000 }))!
  } catch (error) {
    if (!(error instanceof TransientError)) throw error
    throw new UserError(error.message, 'Start the server that store.url names, or correct store.url.', 503)
  }
}

/** Of sources that were kept with their words once, the words go. */
async function bare(sql: Sql, sources: string[]): Promise<void> {
  if (!sources.length) return
  const theirs = `source IN (${sources.map(literal).join(', ')}) AND text != ''`
  const [row] = await sql.look<{ n: string }>(`SELECT count() AS n FROM undercurrent.mentions WHERE ${theirs}`)
  if (Number(row!.n) === 0) return
  const update = `ALTER TABLE undercurrent.mentions UPDATE text = '', vector = '' WHERE ${theirs}`
  await sql.tendTell(`${update} SETTINGS mutations_sync = 1`)
}

/** With other keys every tombstone would miss its post: better not to start. */
async function identify(sql: Sql, keys: Keys): Promise<void> {
  const look = () => sql.look<{ fingerprint: string }>('SELECT DISTINCT fingerprint FROM undercurrent.identity')
  const fingerprint = keys.fingerprint()
  // Looked at again after it was written: another process may have opened the same empty store with keys of its own.
  if (!(await look()).length) await sql.insert('identity', [{ fingerprint }])
  if ((await look()).some((row) => row.fingerprint !== fingerprint))
    throw new CorruptionError('the store was written with other keys; restore the keys.json that belongs to it')
}

/** Remembers sources by name; posts and tombstones are found by the hash of source and id. */
async function naming(sql: Sql): Promise<Writing['name']> {
  const rows = await sql.look<{ source: string }>('SELECT DISTINCT source FROM undercurrent.sources')
  const known = new Set(rows.map(({ source }) => source))
  return async (sources) => {
    const fresh = [...new Set(sources)].filter((source) => !known.has(source))
    await sql.insert(
      'sources',
      fresh.map((source) => ({ source })),
    )
    for (const source of fresh) known.add(source)
  }
}

/** Not by markers: the same topic version may be filled again later. Resolves once no row is left. */
async function dropTopic(sql: Sql, topic: string, version: number | null): Promise<void> {
  const scope = `topic = ${literal(topic)}${version === null ? '' : ` AND topic_version = ${Math.trunc(version)}`}`
  for (const table of ['mentions', 'editions', 'articles'])
    await sql.tendTell(`ALTER TABLE undercurrent.${table} DELETE WHERE ${scope} SETTINGS mutations_sync = 1`)
  // Labels belong to all versions of a topic: they are human work, and the next version needs them.
  if (version !== null) return
  await sql.tendTell(`ALTER TABLE undercurrent.labels DELETE WHERE ${scope} SETTINGS mutations_sync = 1`)
}
