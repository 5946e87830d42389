// One connection to ClickHouse, in this process (chDB) or on a server, and what is done over it. The only file that knows
// the packages. A connection of chDB runs one statement at a time and keeps the settings it was given. Outside text reaches
// SQL only as a bound `{name:Type}` parameter, or as the body of an insert.
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import type { ClickHouseClient } from '@clickhouse/client'
import { TransientError, UserError } from '../errors.ts'
import { bound, type Params } from './bind.ts'
import { type Told, told, toldShown } from './told.ts'

export interface Server {
  url: string
  user?: string
  password?: string
  /** Without a byte for so long, a statement is given up. Questions end sooner, by a limit that the server keeps. */
  timeoutMs?: number
  /** The same for what rewrites parts. */
  patientMs?: number
}
export type Place = { path: string } | Server
export type ShownSettings = Record<string, string | number>

export interface Question {
  query: string
  params?: Params | undefined
}

/** How a console statement is bounded, and what reads its answer; a SyntaxError of that is a cut answer. */
export interface Shown<Answer> {
  settings: ShownSettings
  parse(body: string): Answer
}

const maxStatement = 64 * 2 ** 20
/** Of values in an address: proxies take addresses of 8 KiB, and servers values of 128 KiB. More go in the statement. */
const maxInAddress = 2_000
const usualMs = 30_000
const usualPatientMs = 600_000

export interface Connection {
  client: ClickHouseClient
  /** Questions on it that have no answer yet. */
  asked: number
  /** The engine binds nothing itself: see bind.ts. */
  embedded: boolean
}

const shownDatabase = 'undercurrent_shown'

export async function connect(place: Place, database = 'default'): Promise<Connection> {
  const { createClient } = await import('@clickhouse/client')
  // The client would print failed statements, which may hold post text; errors reach the caller anyway.
  const log = { level: 127 as never }
  try {
    if ('url' in place) {
      const { url, user = 'default', password = '', timeoutMs = usualMs } = place
      // A socket that idled longer than its server allows ends the next statement on it.
      const keep_alive = { eagerly_destroy_stale_sockets: true }
      const how = { url, username: user, password, database, request_timeout: timeoutMs, keep_alive, log }
      return { client: createClient(how), asked: 0, embedded: false }
    }
    const { createChdbConnection } = await import('chdb/connection')
    emptyInput()
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

let isEmptied = false

/**
 * The engine takes what waits on standard input for the rows of an INSERT, unless that is a terminal: from now on nothing
 * waits there. Who reads standard input does so before the store opens (`import -`), or opens none (`score`).
 */
function emptyInput(): void {
  if (isEmptied || isatty(0)) return
  isEmptied = true
  closeSync(0)
  // The lowest number that is free is the one just closed, unless another thread was quicker: then 0 is its file.
  const file = openSync(devNull, 'r')
  if (file !== 0) closeSync(file)
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

/** The same place, for statements that a limit of their own ends. */
export const within = (place: Place, ms: number): Place =>
  'url' in place ? { ...place, timeoutMs: Math.min(place.timeoutMs ?? usualMs, ms) } : place

/** The same place, for statements that work long before they answer. */
export const patiently = (place: Place): Place =>
  'url' in place ? { ...place, timeoutMs: place.patientMs ?? usualPatientMs } : place

const from = ({ embedded }: Connection, more: Told = {}): Told => ({ remote: !embedded, ...more })

/**
 * A server answers with one JSON text, which a cut answer is not: rows in lines would just be fewer. The embedded engine
 * cuts none, but would put the beginning of a failed one before the next. `writing`: a write depends on it.
 */
export async function read<Row>(connection: Connection, question: Question, more?: Told): Promise<Row[]> {
  const asked = askedOf(connection, question)
  try {
    const { client, embedded } = connection
    if (embedded) return await (await client.query({ ...asked, format: 'JSONEachRow' })).json<Row>()
    return (await (await client.query({ ...asked, format: 'JSON' })).json<Row>()).data
  } catch (error) {
    throw error instanceof SyntaxError ? cutShort() : told(error, from(connection, more))
  }
}

/** Rows that nobody took apart yet. `isWhole`: one JSON text; else one in each line. */
export interface RowBytes {
  bytes: Uint8Array
  isWhole: boolean
}

/** As `read`, for another thread to take apart. */
export async function readBytes(connection: Connection, { query, params }: Question): Promise<RowBytes> {
  const { client, embedded } = connection
  const asked = askedOf(connection, { query: `${query} FORMAT ${embedded ? 'JSONEachRow' : 'JSON'}`, params })
  try {
    const { stream } = await client.exec(asked)
    return { bytes: await joined(stream), isWhole: !embedded }
  } catch (error) {
    throw told(error, from(connection))
  }
}

async function joined(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** The rows; a cut answer throws. */
export function rowsIn<Row>({ bytes, isWhole }: RowBytes): Row[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  try {
    if (isWhole) return (JSON.parse(text) as { data: Row[] }).data
    return text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Row] : []))
  } catch (error) {
    throw error instanceof SyntaxError ? cutShort() : error
  }
}

const cutShort = () => new TransientError('the store’s answer was cut short')

/** Never a stream of the embedded engine's: it would compute subqueries on the thread that everything else waits for. */
export async function readShown<Answer>(place: Place, query: string, shown: Shown<Answer>): Promise<Answer> {
  const { client } = await connect(place, shownDatabase)
  try {
    if ('path' in place) await client.command({ query: `USE ${shownDatabase}` })
    // A server answers once it has all, so that an error is none of the rows. The last setting locks the others: from then
    // on no file, address, write or setting can be had.
    const clickhouse_settings = { ...shown.settings, wait_end_of_query: 1, readonly: 1 } as never
    const { stream } = await client.exec({ query: `${query} FORMAT JSONCompact`, clickhouse_settings })
    return shown.parse((await joined(stream)).toString('utf8'))
  } catch (error) {
    throw error instanceof SyntaxError ? cutShort() : toldShown(error, { remote: 'url' in place })
  } finally {
    await client.close()
  }
}

/** Rows in a format without an end of its own: asked of the embedded engine alone, which cuts no answer. */
export async function binary(connection: Connection, question: Question): Promise<Buffer> {
  const asked = askedOf(connection, { ...question, query: `${question.query} FORMAT RowBinary` })
  try {
    return await joined((await connection.client.exec(asked)).stream)
  } catch (error) {
    throw told(error, from(connection))
  }
}

export async function file(connection: Connection, question: Question): Promise<AsyncIterable<Uint8Array>> {
  const asked = askedOf(connection, { ...question, query: `${question.query} FORMAT Parquet` })
  try {
    const { stream } = await connection.client.exec(asked)
    const parts = wholeParts(stream, from(connection))
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      // Also where nobody took a part: an answer that nobody reads would hold its socket.
      stream.destroy()
      return { done: true, value: undefined }
    }
    return { [Symbol.asyncIterator]: () => ({ next: () => parts.next(), return: end }) }
  } catch (error) {
    throw told(error, from(connection))
  }
}

/** The parts of a Parquet file, which ends as it begins: another end is that of a cut answer, or of words of the engine. */
async function* wholeParts(stream: AsyncIterable<Buffer>, from: Told): AsyncGenerator<Uint8Array, undefined> {
  let end = ''
  try {
    for await (const part of stream) {
      end = (end + part.subarray(-4).toString('latin1')).slice(-4)
      yield part
    }
  } catch (error) {
    throw told(error, from)
  }
  if (end !== 'PAR1') throw cutShort()
}

/** Values bound by the server, where they fit into an address. */
function askedOf({ embedded }: Connection, { query, params = {} }: Question) {
  if (embedded) return { query: bound(query, params) }
  const length = Object.values(params).reduce((sum: number, value) => sum + String(value).length, 0)
  if (length <= maxInAddress) return { query, query_params: params }
  return { query: bound(query, params), clickhouse_settings: { max_query_size: String(maxStatement) } }
}

export async function run(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.client.command({ query: statement })
  } catch (error) {
    throw told(error, from(connection, { writing: true }))
  }
}
