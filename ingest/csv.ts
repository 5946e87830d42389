// CSV rows as objects with the names of an NDJSON change. The only file that knows csv-parse.
// The first row names the columns; the separator is found in it. Memory is constant: a quote that never closes is an
// error for a person, not a field of a gigabyte.
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { UserError } from '../errors.ts'
import { type Entry, maxEntries, type Place } from './lines.ts'

const names = ['op', 'id', 'source', 'author', 'text', 'at', 'lang', 'likes', 'reposts', 'replyTo', 'revision'] as const
type Name = (typeof names)[number]

export interface Header {
  separator: string
  /** What each column is to us; null: nothing. */
  columns: (Name | null)[]
}

export interface CsvOptions {
  /** Our name -> the column's, where they differ. */
  map: Record<string, string>
  /** Ids of rows without an id column are `<name>:<row>`; null: then an id column must be there. */
  name: string | null
}

const maxRowBytes = 1_048_576

/** Rows behind `from`, in groups. Without `header`, the first row is it. */
export async function* readRows(
  chunks: AsyncIterable<Buffer>,
  options: CsvOptions & { from: Place; header: Header | null },
): AsyncGenerator<Entry[]> {
  const { from, name } = options
  let { header } = options
  const source = chunks[Symbol.asyncIterator]()
  const first = (await source.next()) as IteratorResult<Buffer, undefined>
  if (first.done) return
  const separator = header?.separator ?? separatorOf(first.value)
  const rows = openParser(first.value, { [Symbol.asyncIterator]: () => source }, separator)
  let entries: Entry[] = []
  let { line, row } = from
  for await (const { info, record } of rows.parser as AsyncIterable<{
    info: { bytes: number; lines: number }
    record: string[]
  }>) {
    if (rows.broken && info.lines > rows.broken.line) break
    const behind = { byte: from.byte + info.bytes, line: from.line + info.lines, row: header ? ++row : row }
    if (header) entries.push(entryOf(record, { header, name, behind, line: line + 1 }))
    else header = headerOf(record, separator, options)
    line = behind.line
    if (entries.length < maxEntries) continue
    yield entries
    entries = []
  }
  if (entries.length) yield entries
  if (rows.broken?.isLost) {
    const hint = `look for a " that never closes at or before line ${from.line + rows.broken.line}, and double it or remove it`
    throw new UserError('a row of the CSV file is longer than 1 MiB', hint)
  }
  if (rows.broken) yield [cutEntry(line + 1, { byte: from.byte, line, row })]
}

/** The header alone: for going on in the middle of a file. */
export async function readHeader(chunks: AsyncIterable<Buffer>, options: CsvOptions): Promise<Header | null> {
  for await (const first of chunks) {
    const separator = separatorOf(first)
    const { parser } = openParser(first, chunks, separator)
    for await (const { record } of parser as AsyncIterable<{ record: string[] }>)
      return headerOf(record, separator, options)
  }
  return null
}

function openParser(first: Buffer, rest: AsyncIterable<Buffer>, separator: string) {
  const parser = parse({
    bom: true,
    delimiter: separator,
    info: true,
    max_record_size: maxRowBytes,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  })
  const rows = { parser, broken: null as { line: number; isLost: boolean } | null }
  parser.on('skip', (error: { code: string; lines: number }) => {
    // Too long: the parser has let go of the rest of its buffer, so nothing behind it can be trusted.
    rows.broken ??= { line: error.lines, isLost: error.code === 'CSV_MAX_RECORD_SIZE' }
  })
  async function* all() {
    yield first
    yield* rest
  }
  const input = Readable.from(all(), { objectMode: false })
  input.on('error', (error) => parser.destroy(error))
  parser.on('close', () => input.destroy())
  input.pipe(parser)
  return rows
}

/** The separator that the first line has most of. */
function separatorOf(first: Buffer): string {
  const line = first
    .toString('utf8')
    .split('\n', 1)[0]!
    .replace(/"[^"]*"/g, '')
  const counted = [',', ';', '\t', '|'].map((separator) => ({ separator, count: line.split(separator).length }))
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).separator
}

function headerOf(record: string[], separator: string, { map, name }: CsvOptions): Header {
  const fold = (text: string) => text.trim().toLowerCase()
  const given = record.map(fold)
  const columns: Header['columns'] = record.map(() => null)
  const known = record.map((column) => column.trim()).join(', ')
  for (const ours of Object.keys(map)) {
    if (names.some((one) => fold(one) === fold(ours))) continue
    throw new UserError(`--map names "${ours}", which no change has`, `use ${names.join(', ')}`)
  }
  for (const ours of names) {
    const mapped = Object.entries(map).find(([key]) => fold(key) === fold(ours))?.[1]
    const index = given.indexOf(fold(mapped ?? ours))
    if (index >= 0) columns[index] = ours
    else if (mapped !== undefined)
      throw new UserError(`the file has no column "${mapped}"`, `its columns are: ${known}`)
  }
  if (!columns.includes('text')) {
    throw new UserError(
      'the file has no column "text"',
      `say which one it is (--map text=COLUMN, or the fields below the file); it has: ${known}`,
    )
  }
  if (name === null && !columns.includes('id')) {
    throw new UserError(
      'standard input has no column "id"',
      'say which one it is with --map id=COLUMN, or import a file',
    )
  }
  return { separator, columns }
}

function entryOf(record: string[], row: { header: Header; name: string | null; behind: Place; line: number }): Entry {
  const { header, name, behind, line } = row
  const expected = header.columns.length
  const detail = `row has ${record.length} fields, the header ${expected}`
  const drop = record.length === expected ? null : ({ reason: 'malformed', detail } as const)
  const value: Record<string, unknown> = header.columns.includes('id') ? {} : { id: `${name}:${behind.row}` }
  for (const [index, column] of header.columns.entries()) {
    const text = record[index] ?? ''
    if (column === 'likes' || column === 'reposts') value[column] = countOf(text)
    else if (column && (text || column === 'text')) value[column] = text
  }
  return { line, behind, isCut: false, value, drop }
}

/** CSV has no numbers: "12" and the "12.0" of data frames are counts, an empty cell says nothing. */
function countOf(text: string): unknown {
  if (text === '') return null
  return /^\d+(\.0+)?$/.test(text) ? Number(text) : text
}

function cutEntry(line: number, behind: Place): Entry {
  const drop = { reason: 'malformed', detail: 'a quote of this row never closes' } as const
  return { line, behind, isCut: true, value: null, drop }
}
