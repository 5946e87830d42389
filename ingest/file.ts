// Posts from a file or standard input: NDJSON (ours, or a Reddit dump) or CSV, plain, gzip or zstd, in constant memory. A line that cannot be taken in
// is counted and named, and the rest goes on. The cursor knows the file and the place in it: a second import of the
// same file does nothing, one of a file that grew reads what is new. Never quotes a line in a report.
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { UserError } from '../errors.ts'
import type { FileReading, SentFile } from '../given.ts'
import { type Parsed, type ParseOptions, parseChange } from '../ndjson.ts'
import type { Batch, Change, DropReason, Source } from '../types.ts'
import { type Header, readHeader, readRows } from './csv.ts'
import { type Input, type OpenInput, openInput, standardInput } from './input.ts'
import { type Entry, type Place, readLines } from './lines.ts'
import { redditLine } from './reddit.ts'
import { createTally } from './tally.ts'

export interface FileSourceOptions {
  /** A path, or - for standard input. */
  path: string
  /** What it is called in counters; default file:NAME. */
  name?: string
  /** Default: by the name of the file (.csv, .tsv), else NDJSON. */
  format?: 'ndjson' | 'csv'
  /** For CSV: our field -> the name of its column. */
  map?: Record<string, string>
  /** The source of changes that name none. */
  source?: string
  /** Read from the start even if the file was imported before. */
  restart?: boolean
  /** Rejections kept for printing (default 20); all are counted. */
  maxErrors?: number
  /** Called after each batch that the consumer has made durable, and at the end. */
  onProgress?: (report: FileReport) => void
  now?: () => number
  open?: OpenInput
}

export interface Rejection {
  line: number
  reason: DropReason
  detail: string
}

export interface FileReport {
  /** Where it began; 0 unless it resumed. */
  resumedAt: number
  lines: number
  bytes: number
  /** null where the size is not known. */
  percent: number | null
  accepted: number
  rejected: number
  errors: Rejection[]
}

export interface FileSource extends Source {
  report(): FileReport
}

const start: Place = { byte: 0, line: 0, row: 0 }

export function fileSource(options: FileSourceOptions): FileSource {
  const name = options.name ?? (options.path === '-' ? 'file:stdin' : `file:${baseOf(options.path)}`)
  const tally = createTally(name)
  const report: FileReport = { resumedAt: 0, lines: 0, bytes: 0, percent: null, accepted: 0, rejected: 0, errors: [] }
  const reading: Reading = { options, name, tally, report }
  return {
    name,
    status: tally.status,
    report: () => report,
    read: (cursor, signal) => read(reading, options.restart ? null : cursor, signal),
  }
}

/** A file that came with a form: read once, in the order it came. */
export function sentFile({ name, bytes, map }: SentFile): FileReading {
  if (/\.(gz|zst|zip)$/i.test(name)) {
    const hint = 'Unpack it first, or use npx undercurrent import FILE for .gz and .zst.'
    throw new UserError('the file is packed', hint)
  }
  const open = async () => standardInput(Readable.fromWeb(bytes as ReadableStream))
  const source = fileSource({ path: name, name: 'import', map, maxErrors: 1_000, open })
  return { batches: source.read(null, new AbortController().signal), report: source.report }
}

interface Reading {
  options: FileSourceOptions
  name: string
  tally: ReturnType<typeof createTally>
  report: FileReport
}

const baseOf = (path: string) => path.replace(/^.*[/\\]/, '')
const formatOf = ({ format, path }: FileSourceOptions) =>
  format ?? (/\.[ct]sv(\.gz|\.zst)?$/i.test(path) ? 'csv' : 'ndjson')

async function* read(reading: Reading, cursor: string | null, signal: AbortSignal): AsyncGenerator<Batch> {
  const { options, tally, report } = reading
  const { path, map = {}, source } = options
  await using input = await (options.open ?? openInput)(path)
  const plan = JSON.stringify([formatOf(options), map, source ?? null])
  const resumed = await input.resume(cursor, plan)
  let place = resumed?.place ?? start
  report.resumedAt = place.line
  if (resumed?.isDone) {
    Object.assign(report, { lines: place.line, bytes: place.byte, percent: 100 })
    tally.say('finished', 'This file was imported before and has not changed since.')
    return
  }
  tally.say('catching up', 'Reading.')
  for await (const entries of entriesOf(reading, { input, from: place, signal })) {
    if (signal.aborted) return
    const changes = take(entries, reading)
    place = entries.findLast((entry) => !entry.isCut)?.behind ?? place
    Object.assign(report, {
      lines: entries.at(-1)!.behind.line,
      bytes: place.byte,
      percent: input.percent(place.byte),
    })
    yield { source: reading.name, changes, cursor: await input.cursor(place, { plan, isDone: false }) }
    options.onProgress?.(report)
  }
  if (signal.aborted) return
  report.percent = 100
  const last = await input.cursor(place, { plan, isDone: true })
  if (last !== null) yield { source: reading.name, changes: [], cursor: last }
  options.onProgress?.(report)
  tally.say('finished', `Read to the end: ${report.accepted} changes taken in, ${report.rejected} lines refused.`)
}

interface Part {
  input: Input
  from: Place
  signal: AbortSignal
}

async function* entriesOf({ options }: Reading, { input, from, signal }: Part): AsyncGenerator<Entry[]> {
  const chunks = input.chunks(from.byte, signal)
  if (formatOf(options) === 'ndjson') {
    yield* readLines(chunks, from)
    return
  }
  const csv = { map: options.map ?? {}, name: options.path === '-' ? null : baseOf(options.path) }
  let header: Header | null = null
  if (from.byte > 0) header = await readHeader(input.chunks(0, signal), csv)
  yield* readRows(chunks, { ...csv, from, header })
}

function take(entries: Entry[], { options, tally, report }: Reading): Change[] {
  const now = (options.now ?? Date.now)()
  const parse = { defaultSource: options.source ?? 'import', receivedAt: new Date(now).toISOString(), now }
  const changes: Change[] = []
  for (const { value, drop, line } of entries) {
    const parsed = drop ?? changeOf(value, parse)
    if ('change' in parsed) {
      changes.push(parsed.change)
      continue
    }
    tally.drop(parsed.reason)
    report.rejected++
    if (report.errors.length < (options.maxErrors ?? 20)) report.errors.push({ line, ...parsed })
  }
  tally.took(changes)
  report.accepted += changes.length
  return changes
}

function changeOf(value: unknown, parse: ParseOptions): Parsed {
  const dumped = redditLine(value)
  const parsed = parseChange(dumped?.fields ?? value, parse)
  const isHidden = dumped && 'change' in parsed && 'quotable' in parsed.change && !dumped.quotable
  return isHidden ? { change: { ...parsed.change, quotable: false } as typeof parsed.change } : parsed
}
