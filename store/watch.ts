// Writes as they pass by, for what is held of the tables in memory. Only where no other process writes: the embedded engine.
import type { Place } from './rows.ts'
import type { Sql } from './sql.ts'
import type { Written } from './windowWrite.ts'

/** Who holds something of `mentions`. */
export interface Watcher {
  /** These rows were written, all of them. */
  wrote(rows: Written[]): void
  /** Of these nobody knows whether they were. */
  doubt(rows: Place[]): void
  /** Rows changed in some other way: a topic was dropped, words were taken away. */
  clear(): void
}

/** Of what is hidden already. */
const isErasure = /^\s*ALTER TABLE undercurrent\.mentions DELETE WHERE gone = 0 AND post IN/

/** The same `sql`, with its writes watched: use no other for writing. */
export function watched(sql: Sql, watchers: Watcher[]): Sql {
  const kept = new Map<string, Map<string, Promise<unknown>>>()
  return {
    ...sql,
    seldom: <Answer>(table: string, key: string, ask: () => Promise<Answer>): Promise<Answer> => {
      const answers = kept.get(table) ?? new Map<string, Promise<unknown>>()
      kept.set(table, answers)
      const known = answers.get(key) ?? ask()
      if (answers.size >= mostKept) answers.clear()
      answers.set(key, known)
      known.catch(() => answers.delete(key))
      return known as Promise<Answer>
    },
    insert: async (table, rows) => {
      const isOurs = table === 'mentions'
      try {
        await sql.insert(table, rows)
      } catch (error) {
        if (isOurs) for (const one of watchers) one.doubt(rows as Place[])
        throw error
      } finally {
        if (rows.length) kept.delete(table)
      }
      if (isOurs) for (const one of watchers) one.wrote(rows as Written[])
    },
    tell: (statement) =>
      sql.tell(statement).finally(() => kept.delete(/undercurrent\.(\w+)/.exec(statement)?.[1] ?? '')),
    tendTell: async (statement) => {
      try {
        await sql.tendTell(statement)
      } finally {
        if (!isErasure.test(statement)) {
          kept.clear()
          for (const one of watchers) one.clear()
        }
      }
    },
  }
}

const mostKept = 1_000
