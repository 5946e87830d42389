// Lines and CSV of the labelled sets, gzipped or not. Knows formats, not what the columns mean.
// Must never put a line of the data into an error: only the file's name.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { UserError } from '../errors.ts'

export type Row = Record<string, string>

export function readText(root: string, path: string): string {
  const file = join(root, path)
  if (existsSync(file)) return readFileSync(file, 'utf8')
  if (existsSync(`${file}.gz`)) return gunzipSync(readFileSync(`${file}.gz`)).toString('utf8')
  throw new UserError(
    `${file} is not there`,
    'say where the labelled sets are with --data (training/README.md has the layout)',
  )
}

/** Without the empty one after the last line break. */
export function lines(root: string, path: string): string[] {
  return readText(root, path).replace(/\n+$/, '').split('\n')
}

export function csv(root: string, path: string): Row[] {
  const [head, ...rows] = csvRows(readText(root, path), path)
  return rows.map((row) => named(head!, row))
}

function named(head: string[], row: string[]): Row {
  return Object.fromEntries(head.map((name, at) => [name, row[at] ?? '']))
}

/** RFC 4180: quoted fields may hold commas, line breaks and doubled quotes. Blank lines are skipped. */
export function csvRows(text: string, file: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)|)(,|\r?\n|\r|$)/y
  while (field.lastIndex < text.length) {
    const start = field.lastIndex
    const found = field.exec(text)
    if (!found) {
      const line = text.slice(0, start).split('\n').length
      throw new UserError(`${file}: a quote that opens in line ${line} never ends`, 'mend or fetch the file again')
    }
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === ',' && field.lastIndex < text.length) continue
    if (found[3] === ',') row.push('')
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}
