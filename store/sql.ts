// ClickHouse, in this process (chDB) or on a server, behind one client and one dialect. The only file that knows the
// packages. Outside text reaches SQL only as a bound `{name:Type}` parameter (ask) or as the body of an insert.
//
// Three connections, because a connection runs one statement at a time and keeps the settings it was given:
// `ask` for questions, `tell`/`look`/`insert` for writes, `tend` for upkeep. In chDB all statements with parameters
// queue behind each other across connections, so writes must never have any: `literal` and uuids embed what we made.
// A console statement (`askShown`) gets a connection of its own each time: what a failed one left behind dies with it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { CorruptionError, TransientError, UserError } from '../errors.ts'

export type Place = { path: string } | { url: string; user?: string; password?: string }
export type Params = Record<string, unknown>

export interface Sql extends AsyncDisposable {
  /** A question: bound parameters, cut off after `askSeconds`. */
  ask<Row>(query: string, params?: Params): Promise<Row[]>
  /** The same on one thread: for what reads a few thousand rows, where a second thread costs more than it gives. */
  askSmall<Row>(query: string, params?: Params): Promise<Row[]>
  /** The answer as a Parquet file; the embedded engine holds it whole. */
  askParquet(query: string, params?: Params): Promise<AsyncIterable<Uint8Array>>
  /** A read that writes depend on; never waits for a question. No outside text in it. */
  look<Row>(query: string): Promise<Row[]>
  tell(statement: string): Promise<void>
  /** Durable once resolved. At most 5,000 rows go at once, so that the event loop stays free. */
  insert(table: string, rows: object[]): Promise<void>
  /** A console statement that passed the gate, read-only in the database of the views. JSONCompact; no parameters. */
  askShown(query: string, settings: ShownSettings): Promise<string>
  tend<Row>(query: string): Promise<Row[]>
  tendTell(statement: string): Promise<void>
}

export type ShownSettings = Record<string, string | number>

const rowsAtOnce = 5_000
// Pinned in the text: settings given per call would stick to the connection, and chDB's defaults are not a server's.
const insertSettings = "SETTINGS async_insert = 0, date_time_input_format = 'best_effort'"
const readSettings = [
  'output_format_json_quote_64bit_integers = 1',
  'join_use_nulls = 1',
  'use_skip_indexes_if_final = 1',
  'use_skip_indexes_if_final_exact_mode = 1',
  'do_not_merge_across_partitions_select_final = 0',
].join(', ')

const fileSettings = "output_format_parquet_string_as_string = 1, output_format_parquet_compression_method = 'zstd'"

/** Opens the three connections. `askSeconds` bounds a question, `askBytes` its memory. */
export async function openClient(place: Place, { askSeconds = 10, askBytes = 4e9 } = {}): Promise<Sql> {
  const reader = await connect(place)
  const writer = await connect(place)
  const tender = await connect(place)
  const shown = new Set<Promise<string>>()
  const bounds = `max_execution_time = ${askSeconds}, timeout_overflow_mode = 'throw', max_memory_usage = ${askBytes}`
  return {
    ask: (query, params) => read(reader, `${query} SETTINGS ${bounds}, ${readSettings}`, params),
    askSmall: (query, params) => read(reader, `${query} SETTINGS max_threads = 1, ${bounds}, ${readSettings}`, params),
    askParquet: (query, params) =>
      file(reader, `${query} SETTINGS ${bounds}, ${readSettings}, ${fileSettings}`, params),
    look: (query) => read(writer, `${query} SETTINGS ${readSettings}`),
    tell: (statement) => run(writer, statement),
    insert: async (table, rows) => {
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        const lines = rows.slice(start, start + rowsAtOnce).map((row) => JSON.stringify(row))
        const columns = Object.keys(rows[start]!).join(', ')
        const head = `INSERT INTO undercurrent.${table} (${columns}) ${insertSettings} FORMAT JSONEachRow`
        await run(writer, `${head}\n${lines.join('\n')}`)
      }
    },
    askShown: (query, settings) => {
      const asked = readShown(place, query, settings).finally(() => shown.delete(asked))
      shown.add(asked)
      return asked
    },
    tend: (query) => read(tender, `${query} SETTINGS ${readSettings}`),
    tendTell: (statement) => run(tender, statement),
    [Symbol.asyncDispose]: async () => {
      // The engine cannot be left while it works.
      await Promise.allSettled(shown)
      for (const client of [tender, writer, reader]) await client.close()
    },
  }
}

const shownDatabase = 'undercurrent_shown'

async function connect(place: Place, database = 'default'): Promise<ClickHouseClient> {
  const { createClient } = await import('@clickhouse/client')
  // The client would print failed statements, which may hold post text; errors reach the caller anyway.
  const log = { level: 127 as never }
  try {
    if ('url' in place) {
      const { url, user = 'default', password = '' } = place
      return createClient({ url, username: user, password, database, log })
    }
    const { createChdbConnection } = await import('chdb/connection')
    return createClient({ connection: createChdbConnection({ path: place.path }), log } as never)
  } catch (error) {
    if ('path' in place && isHeld(place.path))
      throw new UserError(
        `another process holds the store in ${place.path}`,
        'Talk to the running undercurrent, or stop it first: one process per data folder.',
      )
    throw error
  }
}

/** Whether another living process holds a folder. The engine says so on stderr only, but writes its process id down. */
function isHeld(path: string): boolean {
  try {
    const pid = Number(/PID: (\d+)/.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1])
    return pid !== process.pid && process.kill(pid, 0)
  } catch {
    return false
  }
}

async function read<Row>(client: ClickHouseClient, query: string, params?: Params): Promise<Row[]> {
  try {
    const result = await client.query({ query, query_params: params, format: 'JSONEachRow' })
    return await result.json<Row>()
  } catch (error) {
    throw told(error)
  }
}

/** Never a stream of the embedded engine's: it would compute subqueries on the thread that everything else waits for. */
async function readShown(place: Place, query: string, settings: ShownSettings): Promise<string> {
  const client = await connect(place, shownDatabase)
  try {
    if ('path' in place) await client.command({ query: `USE ${shownDatabase}` })
    // A server answers once it has all, so that an error is none of the rows. The last setting locks the others: from then
    // on no file, address, write or setting can be had.
    const clickhouse_settings = { ...settings, wait_end_of_query: 1, readonly: 1 } as never
    const { stream } = await client.exec({ query: `${query} FORMAT JSONCompact`, clickhouse_settings })
    const parts: Buffer[] = []
    for await (const part of stream) parts.push(part as Buffer)
    return Buffer.concat(parts).toString('utf8')
  } catch (error) {
    throw toldShown(error)
  } finally {
    await client.close()
  }
}

async function file(client: ClickHouseClient, query: string, params?: Params): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await client.exec({ query: `${query} FORMAT Parquet`, query_params: params })).stream
  } catch (error) {
    throw told(error)
  }
}

async function run(client: ClickHouseClient, statement: string): Promise<void> {
  try {
    await client.command({ query: statement })
  } catch (error) {
    throw told(error)
  }
}

const narrow = 'Ask for a shorter window (from, to), for one source or language, or for larger steps.'
const tooLong = new Set(['159', '160']) // TIMEOUT_EXCEEDED, TOO_SLOW
const tooBig = new Set(['241', '307', '396']) // memory, rows, result size
const broken = new Set(['40', '117', '228', '246']) // checksum, incorrect data, sizes, corrupted data
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'])

/** What an engine's error means to us, by its code alone. */
function told(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code ?? '')
  if (tooLong.has(code)) return new UserError('the question took too long and was cut off', narrow, 422)
  if (tooBig.has(code)) return new UserError('the question needs more memory than it may have', narrow, 422)
  if (broken.has(code)) return new CorruptionError('the store holds bytes it did not write', { cause: error })
  if (unreachable.has(code)) return new TransientError('the store cannot be reached', { cause: error })
  // The engine quotes the statement it refused, and with it post text: its words go no further.
  return new Error(`the store refused a statement: ${code} ${(error as { type?: unknown }).type ?? ''}`.trim())
}

// Names, types, numbers of arguments, parsing, groups: what somebody who writes a statement can mend.
const mistakes = new Set(
  '6 8 20 27 35 36 38 41 42 43 44 46 47 48 50 53 62 63 69 70 130 179 184 190 207 215 386 403 407 636'.split(' '),
)

/** The same for who wrote the statement: the engine's first sentence is about it, the rest about our insides. */
function toldShown(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code ?? '')
  if (tooLong.has(code)) return new UserError('the statement took too long and was cut off', fewer, 422)
  if (code === '396') return new UserError('the answer is too large', `${fewer} Or choose fewer columns.`, 422)
  if (tooBig.has(code)) return new UserError('the statement needs more memory than it may have', fewer, 422)
  // A text that somebody had parsed is no sign of broken parts; checksums are.
  const isOurs = unreachable.has(code) || code === '40' || code === '246' || !/^\d+$/.test(code)
  if (isOurs) return told(error)
  const kind = (error as { type?: unknown }).type ?? 'an error'
  if (!mistakes.has(code)) return new UserError(`the store cannot answer this: ${kind} (${code})`, lookUp, 422)
  const [sentence = ''] = String((error as Error).message).split(
    /(?:[.:,]? (?:In scope|in scope|In query|while executing|While)\b|: while )/,
  )
  const plain = sentence.replaceAll(/undercurrent_shown\.|__table\d+\./g, '').slice(0, 300)
  return new UserError(`the store cannot answer this: ${plain.trim()}`, grouping.has(code) ? regroup : lookUp, 422)
}
const grouping = new Set(['179', '184', '215'])
const regroup = 'Give each result a name that is no column, and put every column without count, avg ... into GROUP BY.'
const lookUp = 'docs/sql.md has the columns, the functions and examples.'
const fewer = 'Ask about fewer posts: WHERE topic = ... AND at >= ..., or with a LIMIT inside.'

/** A string of ours or from outside as an SQL expression that no byte of it can leave: its hex digits. */
export function literal(text: string): string {
  return `unhex('${Buffer.from(text, 'utf8').toString('hex')}')`
}

/** Hashes as an SQL list. They are of our own making; anything else is a mistake of ours and throws. */
export function uuids(hashes: Iterable<string>): string {
  const list = [...hashes]
  const odd = list.find((hash) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(hash))
  if (odd !== undefined || list.length === 0) throw new Error('not a list of hashes')
  return `('${list.join("', '")}')`
}
