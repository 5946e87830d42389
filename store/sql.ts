// ClickHouse, in this process (chDB) or on a server, in one dialect: who asks over which connection, and within which bounds.
//
// Several connections, because a connection of chDB runs one statement at a time and keeps the settings it was given:
// two for what a person waits for, one for questions that may wait, one for writes, one for upkeep. Values are bound by
// us there (bind.ts), and by the server elsewhere. A console statement (`askShown`) gets a connection of its own each
// time: what a failed one left behind dies with it.
import type { Params } from './bind.ts'
import type { Shown } from './connection.ts'
import {
  binary,
  type Connection,
  connect,
  file,
  type Place,
  patiently,
  type RowBytes,
  read,
  readBytes,
  readShown,
  run,
  within,
} from './connection.ts'

export type { Params } from './bind.ts'
export { literal } from './bind.ts'
export type { Place, ShownSettings } from './connection.ts'

/** Bound parameters, cut off after `askSeconds`. */
export interface Asks {
  ask<Row>(query: string, params?: Params): Promise<Row[]>
  /** The same on one thread: for what reads a few thousand rows, where a second thread costs more than it gives. */
  askSmall<Row>(query: string, params?: Params): Promise<Row[]>
  /** As `askSmall`, not taken apart: see rowsIn. */
  askRows(query: string, params?: Params): Promise<RowBytes>
  /** The answer in the RowBinary format, whole. */
  askBytes(query: string, params?: Params): Promise<Buffer>
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
  /** An answer about a table that is seldom written, kept until it is; null where others write, too. */
  seldom: (<Answer>(table: string, key: string, ask: () => Promise<Answer>) => Promise<Answer>) | null
  /** A console statement that passed the gate, read-only in the database of the views. JSONCompact; no parameters. */
  askShown<Answer>(query: string, shown: Shown<Answer>): Promise<Answer>
  tend<Row>(query: string): Promise<Row[]>
  tendTell(statement: string): Promise<void>
}

const rowsAtOnce = 5_000
/** A question that the server should have cut off by now has no answer on its way. */
const graceSeconds = 5
// Pinned in the text: settings given per call would stick to the connection, and chDB's defaults are not a server's.
// Equal blocks are no repeats: rows that left may come again, byte for byte, and rows are told apart by key and version.
const insertSettings = "SETTINGS async_insert = 0, insert_deduplicate = 0, date_time_input_format = 'best_effort'"
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
  const asking = () => connect(within(place, (askSeconds + graceSeconds) * 1_000))
  const [writer, tender] = [await open(), await connect(patiently(place))]
  const [background, ...readers] = [await asking(), await asking(), await asking()]
  const settings = `SETTINGS max_execution_time = ${askSeconds}, timeout_overflow_mode = 'throw',
    max_memory_usage = ${askBytes}, ${readSettings}`
  const shown = new Set<Promise<unknown>>()
  return {
    ...asksOf(readers, settings),
    later: asksOf([background], settings),
    look: (query) => read(writer, { query: `${query} SETTINGS ${readSettings}` }, { writing: true }),
    tell: (statement) => run(writer, statement),
    insert: async (table, rows) => {
      for (let start = 0; start < rows.length; start += rowsAtOnce) {
        const lines = rows.slice(start, start + rowsAtOnce).map((row) => JSON.stringify(row))
        const columns = Object.keys(rows[start]!).join(', ')
        const head = `INSERT INTO undercurrent.${table} (${columns}) ${insertSettings} FORMAT JSONEachRow`
        await run(writer, `${head}\n${lines.join('\n')}`)
      }
    },
    seldom: null,
    askShown: (query, how) => {
      const asked = readShown(place, query, how).finally(() => shown.delete(asked))
      shown.add(asked)
      return asked
    },
    tend: (query) => read(tender, { query: `${query} SETTINGS ${readSettings}` }, { writing: true }),
    tendTell: (statement) => run(tender, statement),
    [Symbol.asyncDispose]: async () => {
      // The engine cannot be left while it works.
      await Promise.allSettled(shown)
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
    ask: (query, params) => over((one) => read(one, { query: `${query} ${settings}`, params })),
    askSmall: (query, params) => over((one) => read(one, { query: `${query} ${settings}, max_threads = 1`, params })),
    askRows: (query, params) =>
      over((one) => readBytes(one, { query: `${query} ${settings}, max_threads = 1`, params })),
    askBytes: (query, params) => over((one) => binary(one, { query: `${query} ${settings}`, params })),
    askParquet: (query, params) => over((one) => file(one, { query: `${query} ${settings}, ${fileSettings}`, params })),
  }
}

/** Hashes as an SQL list. They are of our own making; anything else is a mistake of ours and throws. */
export function uuids(hashes: Iterable<string>): string {
  const list = [...hashes]
  const odd = list.find((hash) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(hash))
  if (odd !== undefined || list.length === 0) throw new Error('not a list of hashes')
  return `('${list.join("', '")}')`
}
