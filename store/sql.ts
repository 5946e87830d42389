// ClickHouse, in this process (chDB) or on a server, behind one client and one dialect. The only file that knows the
// packages. Outside text reaches SQL only as a bound `{name:Type}` parameter (ask) or as the body of an insert.
//
// Several connections, because a connection of chDB runs one statement at a time and keeps the settings it was given:
// two for what a person waits for, one for questions that may wait, one for writes, one for upkeep. Values are bound by
// us there (bind.ts), and by the server elsewhere.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { CorruptionError, TransientError, UserError } from '../errors.ts'
import { bound, type Params } from './bind.ts'

export type { Params } from './bind.ts'
export { literal } from './bind.ts'
export type Place = { path: string } | { url: string; user?: string; password?: string }

/** Bound parameters, cut off after `askSeconds`. */
export interface Asks {
  ask<Row>(query: string, params?: Params): Promise<Row[]>
  /** The same on one thread: for what reads a few thousand rows, where a second thread costs more than it gives. */
  askSmall<Row>(query: string, params?: Params): Promise<Row[]>
  /** The answer as a Parquet file; the embedded engine holds it whole. */
  askParquet(query: string, params?: Params): Promise<AsyncIterable<Uint8Array>>
}

export interface Sql extends Asks, AsyncDisposable {
  /** For what nobody waits for: never in the way of the other questions. */
  later: Asks
  /** A read that writes depend on; never waits for a question. No outside text in it. */
  look<Row>(query: string): Promise<Row[]>
  tell(statement: string): Promise<void>
  /** Durable once resolved. At most 5,000 rows go at once, so that the event loop stays free. */
  insert(table: string, rows: object[]): Promise<void>
  tend<Row>(query: string): Promise<Row[]>
  tendTell(statement: string): Promise<void>
}

const rowsAtOnce = 5_000
const maxStatement = 64 * 2 ** 20
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

/** Opens the connections. `askSeconds` bounds a question, `askBytes` its memory. */
export async function openClient(place: Place, { askSeconds = 10, askBytes = 4e9 } = {}): Promise<Sql> {
  const open = () => connect(place)
  const [writer, tender, background, ...readers] = [
    await open(),
    await open(),
    await open(),
    await open(),
    await open(),
  ]
  const settings = `SETTINGS max_execution_time = ${askSeconds}, timeout_overflow_mode = 'throw',
    max_memory_usage = ${askBytes}, ${readSettings}`
  return {
    ...asksOf(readers, settings),
    later: asksOf([background], settings),
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
    tend: (query) => read(tender, `${query} SETTINGS ${readSettings}`),
    tendTell: (statement) => run(tender, statement),
    [Symbol.asyncDispose]: async () => {
      for (const { client } of [tender, writer, background, ...readers]) await client.close()
    },
  }
}

/** Questions over the connection that has the fewest of them. */
function asksOf(connections: Connection[], settings: string): Asks {
  const over = async <Answer>(answer: (connection: Connection) => Promise<Answer>): Promise<Answer> => {
    const free = connections.reduce((least, one) => (one.asked < least.asked ? one : least))
    free.asked++
    try {
      return await answer(free)
    } finally {
      free.asked--
    }
  }
  return {
    ask: (query, params) => over((one) => read(one, `${query} ${settings}`, params)),
    askSmall: (query, params) => over((one) => read(one, `${query} ${settings}, max_threads = 1`, params)),
    askParquet: (query, params) => over((one) => file(one, `${query} ${settings}, ${fileSettings}`, params)),
  }
}

interface Connection {
  client: ClickHouseClient
  /** Questions on it that have no answer yet. */
  asked: number
  /** The engine binds nothing itself: see bind.ts. */
  embedded: boolean
}

async function connect(place: Place): Promise<Connection> {
  const { createClient } = await import('@clickhouse/client')
  // The client would print failed statements, which may hold post text; errors reach the caller anyway.
  const log = { level: 127 as never }
  try {
    if ('url' in place) {
      const { url, user = 'default', password = '' } = place
      return { client: createClient({ url, username: user, password, log }), asked: 0, embedded: false }
    }
    const { createChdbConnection } = await import('chdb/connection')
    const client = createClient({ connection: createChdbConnection({ path: place.path }), log } as never)
    // Bound values are part of the statement, and thousands of hashes may be asked for at once.
    await client.command({ query: `SET max_query_size = ${maxStatement}` })
    return { client, asked: 0, embedded: true }
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

async function read<Row>(connection: Connection, query: string, params?: Params): Promise<Row[]> {
  try {
    const result = await connection.client.query({ ...asked(connection, query, params), format: 'JSONEachRow' })
    return await result.json<Row>()
  } catch (error) {
    throw told(error)
  }
}

async function file(connection: Connection, query: string, params?: Params): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await connection.client.exec(asked(connection, `${query} FORMAT Parquet`, params))).stream
  } catch (error) {
    throw told(error)
  }
}

const asked = ({ embedded }: Connection, query: string, params?: Params) =>
  embedded ? { query: bound(query, params) } : { query, query_params: params }

async function run({ client }: Connection, statement: string): Promise<void> {
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

/** Hashes as an SQL list. They are of our own making; anything else is a mistake of ours and throws. */
export function uuids(hashes: Iterable<string>): string {
  const list = [...hashes]
  const odd = list.find((hash) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(hash))
  if (odd !== undefined || list.length === 0) throw new Error('not a list of hashes')
  return `('${list.join("', '")}')`
}
