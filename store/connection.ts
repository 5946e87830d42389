// One connection to ClickHouse, in this process (chDB) or on a server, and what is done over it. The only file that knows
// the packages. A connection of chDB runs one statement at a time and keeps the settings it was given. Outside text reaches
// SQL only as a bound `{name:Type}` parameter, or as the body of an insert.
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import type { ClickHouseClient } from '@clickhouse/client'
import { UserError } from '../errors.ts'
import { bound, type Params } from './bind.ts'
import { told, toldShown } from './told.ts'

export type Place = { path: string } | { url: string; user?: string; password?: string }
export type ShownSettings = Record<string, string | number>

const maxStatement = 64 * 2 ** 20

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
      const { url, user = 'default', password = '' } = place
      return { client: createClient({ url, username: user, password, database, log }), asked: 0, embedded: false }
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
  // The lowest number that is free, which is the one just closed.
  openSync(devNull, 'r')
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

export async function read<Row>(connection: Connection, query: string, params?: Params): Promise<Row[]> {
  try {
    const result = await connection.client.query({ ...asked(connection, query, params), format: 'JSONEachRow' })
    return await result.json<Row>()
  } catch (error) {
    throw told(error)
  }
}

/** Never a stream of the embedded engine's: it would compute subqueries on the thread that everything else waits for. */
export async function readShown(place: Place, query: string, settings: ShownSettings): Promise<string> {
  const { client } = await connect(place, shownDatabase)
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

export async function file(connection: Connection, query: string, params?: Params): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await connection.client.exec(asked(connection, `${query} FORMAT Parquet`, params))).stream
  } catch (error) {
    throw told(error)
  }
}

const asked = ({ embedded }: Connection, query: string, params?: Params) =>
  embedded ? { query: bound(query, params) } : { query, query_params: params }

export async function run({ client }: Connection, statement: string): Promise<void> {
  try {
    await client.command({ query: statement })
  } catch (error) {
    throw told(error)
  }
}
