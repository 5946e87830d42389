// Brings the tables up to this version of the code: forward only, each file of migrations/ once, in order.
// A crash may fall anywhere, and several processes may do it at once: statements are idempotent, and a file counts as run
// only after its last statement.
import { readdirSync, readFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import type { Sql } from './sql.ts'

export interface Migration {
  version: number
  name: string
  statements: string[]
}

const folder = new URL('./migrations/', import.meta.url)

/** The migrations shipped with this code, oldest first. */
export function shippedMigrations(): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => ({
    version: Number.parseInt(name, 10),
    name,
    statements: statementsOf(readFileSync(new URL(name, folder), 'utf8')),
  }))
}

/** Splits at semicolons that end a line; comments go. Our own files only: no literal holds either. */
export function statementsOf(text: string): string[] {
  const bare = text.replace(/--.*$/gm, '')
  const parts = bare.split(/;\s*$/m).map((part) => part.trim())
  return parts.filter((part) => part !== '')
}

/** Runs what is missing and returns the names of the files it ran. */
export async function migrate(sql: Sql, migrations = shippedMigrations()): Promise<string[]> {
  await sql.tell('CREATE DATABASE IF NOT EXISTS undercurrent ENGINE = Atomic')
  await sql.tell(
    'CREATE TABLE IF NOT EXISTS undercurrent.migrations (version UInt32, name String) ' +
      'ENGINE = ReplacingMergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1',
  )
  const done = await sql.look<{ newest: number }>('SELECT max(version) AS newest FROM undercurrent.migrations')
  const newest = Number(done[0]?.newest ?? 0)
  const known = migrations.at(-1)?.version ?? 0
  if (newest > known)
    throw new UserError(
      `the store was written by a newer undercurrent (tables at ${newest}, this one knows ${known})`,
      'Run the newer version, or start with another data folder.',
    )
  const missing = migrations.filter(({ version }) => version > newest)
  for (const { version, name, statements } of missing) {
    for (const statement of statements) await sql.tell(statement)
    await sql.insert('migrations', [{ version, name }])
  }
  for (const statement of newestViews(migrations)) await sql.tell(statement)
  return missing.map(({ name }) => name)
}

/**
 * Tables are made once and added to, but a view is what was said of it last: a process that fell behind another and then died
 * may have said what is no longer true.
 */
function newestViews(migrations: Migration[]): Iterable<string> {
  const views = new Map<string, string>()
  for (const statement of migrations.flatMap(({ statements }) => statements)) {
    const name = /^CREATE OR REPLACE VIEW (\S+)/.exec(statement)?.[1]
    if (name !== undefined) views.set(name, statement)
  }
  return views.values()
}
