// The read-only console: a person's statement, past the gate, to the engine under limits, and back as a table. One at a
// time on one thread, so that it takes at most a core from ingest; who comes when two wait already is sent away.
import type { Table, TableLimits } from '../answers.ts'
import { BusyError } from '../errors.ts'
import { pass } from './gate.ts'
import type { ShownSettings, Sql } from './sql.ts'

export const usualLimits: TableLimits = { seconds: 5, bytes: 1e9, rows: 10_000 }
const mostWaiting = 2

/** What the answer may weigh in the engine: this process holds it whole. */
const answerBytes = 8_000_000

export function openConsole(sql: Sql) {
  const enter = turnstile(mostWaiting)
  return async (statement: string, limits: Partial<TableLimits> = {}, signal?: AbortSignal): Promise<Table> => {
    const most = { ...usualLimits, ...limits }
    const passed = pass(statement)
    const leave = await enter(most.seconds * 1_000, signal)
    try {
      const start = performance.now()
      const parse = (body: string) => tableOf(body, most.rows, performance.now() - start)
      return await sql.askShown(wrapped(passed, most.rows), { settings: settingsOf(most), parse })
    } finally {
      leave()
    }
  }
}

/**
 * As a subquery nothing can be but a question, and one row more than allowed tells that there are more. `materialize`:
 * the engine weighs a value that all rows share once, and would then write it out for each.
 */
const wrapped = (passed: string, rows: number) => `SELECT * APPLY(materialize) FROM (${passed}) LIMIT ${rows + 1}`

function settingsOf({ seconds, bytes }: TableLimits): ShownSettings {
  return {
    max_threads: 1,
    max_execution_time: seconds,
    timeout_overflow_mode: 'throw',
    max_memory_usage: bytes,
    max_result_bytes: answerBytes,
    result_overflow_mode: 'throw',
    // A limit is looked at between blocks: small ones, and no function that makes a block much larger.
    max_block_size: 8_192,
    function_range_max_elements_in_block: 1_000_000,
    enable_lazy_columns_replication: 0,
    // The order of a subquery is kept.
    query_plan_remove_redundant_sorting: 0,
    optimize_duplicate_order_by_and_distinct: 0,
    join_use_nulls: 1,
    session_timezone: 'UTC',
    cast_string_to_date_time_mode: 'best_effort',
    date_time_output_format: 'iso',
    output_format_json_quote_64bit_integers: 0,
    output_format_json_quote_denormals: 0,
    use_skip_indexes_if_final: 1,
    use_skip_indexes_if_final_exact_mode: 1,
    do_not_merge_across_partitions_select_final: 0,
  }
}

interface Body {
  meta: { name: string; type: string }[]
  data: unknown[][]
}

function tableOf(body: string, limit: number, elapsedMs: number): Table {
  const { meta, data } = JSON.parse(body, exactly) as Body
  const columns = meta.map(({ name, type }) => ({ name: name.replace(/^materialize\((.*)\)$/s, '$1'), type }))
  return { columns, rows: data.slice(0, limit), cut: data.length > limit, limit, elapsedMs: Math.round(elapsedMs) }
}

/** A whole number that a double cannot hold stays the text it came as. */
function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source) return value
  return /^-?\d+$/.test(context.source) ? context.source : value
}

/** Lets one through at a time. Resolves with how to leave; throws BusyError when `most` wait already. */
function turnstile(most: number): (turnMs: number, signal?: AbortSignal) => Promise<() => void> {
  const waiting: (() => void)[] = []
  let taken = false
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else taken = false
  }
  return async (turnMs, signal) => {
    signal?.throwIfAborted()
    if (!taken) {
      taken = true
      return leave
    }
    if (waiting.length >= most)
      throw new BusyError('others are asking the console now', 'Statements run one at a time: ask again soon.', turnMs)
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', give)
        resolve()
      }
      const give = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        reject(signal!.reason)
      }
      waiting.push(turn)
      signal?.addEventListener('abort', give, { once: true })
    })
    return leave
  }
}
