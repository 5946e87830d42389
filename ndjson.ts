// A change from outside, as one line of NDJSON (import, POST /v1/posts) or as an object of the same shape (a CSV row).
// Everything here is hostile: whatever comes in, it is either one of five operations or a reason from the closed list.
// Never throws, never lets in an operation of our own (topic, setting, ...), and never quotes the line in a detail.
import type { AccountChange, DeleteChange, DropReason, PostChange } from './types.ts'
import { revisionRank } from './versions.ts'

export type OutsideChange = PostChange | DeleteChange | AccountChange
export type Parsed = { change: OutsideChange } | { reason: DropReason; detail: string }

export interface ParseOptions {
  /** The source of a change that names none. */
  defaultSource?: string
  /** The time of a change that tells none (ISO 8601 UTC with milliseconds). */
  receivedAt?: string
  /** What counts as the future: epoch milliseconds. */
  now?: number
}

const maxLine = 1_048_576
const maxName = 2_048
const maxText = 100_000
const maxSource = 64
const dayMs = 86_400_000
/** Older than any post, and the edge of what ClickHouse's DateTime64 holds: such a time is a default, not a time. */
const earliest = Date.UTC(1900, 0, 2)
const ops = ['create', 'update', 'delete', 'withdraw', 'restore'] as const

/** Only ever thrown and caught in this file. */
class Refused extends Error {
  readonly reason: DropReason
  constructor(reason: DropReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** Reads one line of NDJSON, or an object already parsed. Blank lines are the caller's to skip. */
export function parseChange(value: unknown, options: ParseOptions = {}): Parsed {
  try {
    return { change: read(typeof value === 'string' ? parseLine(value) : value, options) }
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, detail: error.message }
    return { reason: 'malformed', detail: 'cannot be read' }
  }
}

function parseLine(line: string): unknown {
  if (line.length > maxLine) throw new Refused('malformed', 'line is longer than 1 MiB')
  try {
    return JSON.parse(line.trim()) // trim also takes a byte order mark and the CR of CRLF
  } catch {
    throw new Refused('malformed', 'not JSON') // the parser's own words would quote the text
  }
}

function read(value: unknown, options: ParseOptions): OutsideChange {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused('malformed', 'not a JSON object')
  }
  const fields = value as Record<string, unknown>
  const op = ops.find((one) => one === (fields.op ?? 'create'))
  if (!op) throw new Refused('unknown_op', `op must be one of ${ops.join(', ')}`)
  const source = sourceOf(fields.source, options.defaultSource ?? 'import')
  const at = timeOf(fields.at, options)
  if (op === 'withdraw' || op === 'restore') {
    const author = nameOf(fields.author, 'author', 'bad_author')
    if (author === null) throw new Refused('bad_author', `${op} needs an author`)
    return { op, source, author, at }
  }
  const id = nameOf(fields.id, 'id', 'bad_id')
  if (id === null) throw new Refused('bad_id', 'id is missing')
  const revision = revisionOf(fields.revision)
  if (op === 'delete') return { op, source, id, at, revision }
  const author = nameOf(fields.author, 'author', 'bad_author')
  const text = textOf(fields.text)
  return { op, source, id, author, text, at, ...detailsOf(fields), revision, quotable: true }
}

function detailsOf(fields: Record<string, unknown>) {
  return {
    lang: langOf(fields.lang),
    likes: countOf(fields.likes, 'likes'),
    reposts: countOf(fields.reposts, 'reposts'),
    replyTo: nameOf(fields.replyTo, 'replyTo', 'bad_field'),
  }
}

/** The source is a metric label and a word of the query language, so it is short and plain. */
function sourceOf(value: unknown, fallback: string): string {
  if (value === undefined || value === null || value === '') return fallback
  if (typeof value !== 'string' || value.length > maxSource || /[\p{C}\s]/u.test(value)) {
    throw new Refused('bad_field', `source must be text of at most ${maxSource} characters without spaces`)
  }
  return value
}

/** Ids and authors, verbatim. A number is refused: beyond 2^53 it has lost digits before we see it. */
function nameOf(value: unknown, field: string, reason: DropReason): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'number')
    throw new Refused(reason, `${field} is a number: write it in quotes, numbers lose digits`)
  if (typeof value !== 'string') throw new Refused(reason, `${field} must be text`)
  if (value.length > maxName) throw new Refused(reason, `${field} is longer than ${maxName} characters`)
  if (!value.isWellFormed()) throw new Refused(reason, `${field} is not well-formed Unicode`)
  return value
}

/** A lone surrogate has no UTF-8: it becomes U+FFFD here, once, so that every later stage sees the same text. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Refused('bad_text', 'text is missing or is not text')
  if (value.length > maxText) throw new Refused('bad_text', `text is longer than ${maxText} characters`)
  return value.toWellFormed()
}

function langOf(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'string' && value.length <= 35 && value.isWellFormed()) return value
  throw new Refused('bad_field', 'lang must be a language tag like en or pt-BR')
}

function countOf(value: unknown, field: string): number | null {
  if (value === undefined || value === null) return null
  if (Number.isSafeInteger(value) && (value as number) >= 0) return (value as number) + 0 // -0 is 0
  throw new Refused('bad_field', `${field} must be a whole number, 0 or more`)
}

function revisionOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' && !(Number.isSafeInteger(value) && (value as number) >= 0)) {
    throw new Refused('bad_revision', 'revision must be text or a whole number')
  }
  const revision = String(value)
  const rank = revision.isWellFormed() ? revisionRank(revision) : undefined
  if (rank === undefined || rank <= 0n) {
    throw new Refused('bad_revision', 'revision must be a whole number, an ISO 8601 time or at most 22 bytes of text')
  }
  return revision
}

function timeOf(value: unknown, { receivedAt, now = Date.now() }: ParseOptions): string {
  if (value === undefined || value === null || value === '') return receivedAt ?? new Date(now).toISOString()
  const ms = typeof value === 'string' ? parseTime(value) : Number.NaN
  if (Number.isNaN(ms)) throw new Refused('bad_time', 'at must be an ISO 8601 time with a zone: 2026-11-22T13:00:00Z')
  if (ms < earliest) throw new Refused('bad_time', 'at is before 1900')
  if (ms > now + dayMs) throw new Refused('bad_time', 'at is more than a day in the future')
  return new Date(ms).toISOString()
}

const date = /(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)/
const time = /(?<hour>\d\d)(?::?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,](?<fraction>\d{1,30}))?)?)?/
const zone = /(?:Z|(?<sign>[+\-\u2212])(?<zoneHour>\d\d)(?::?(?<zoneMinute>\d\d))?)/
const iso = new RegExp(`^${date.source}[T ]${time.source} ?${zone.source}$`, 'i')

/** Epoch milliseconds of an ISO 8601 calendar time with a zone, basic or extended; NaN for anything else. */
export function parseTime(text: string): number {
  const parts = iso.exec(text.trim())?.groups
  if (!parts) return Number.NaN
  const number = (name: string) => Number(parts[name] ?? 0)
  const [year, month, day] = [number('year'), number('month'), number('day')]
  const [hour, minute, second] = [number('hour'), number('minute'), number('second')]
  const midnight = Date.UTC(year, month - 1, day)
  const isDay = year >= 100 && new Date(midnight).getUTCMonth() === month - 1 && day >= 1
  const isTime = minute < 60 && second <= 60 && (hour < 24 || (hour === 24 && minute === 0 && second === 0))
  const isZone = number('zoneHour') < 24 && number('zoneMinute') < 60
  if (!isDay || !isTime || !isZone) return Number.NaN
  const offset = (number('zoneHour') * 60 + number('zoneMinute')) * (parts.sign && parts.sign !== '+' ? -1 : 1)
  const ms = Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'))
  return midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms
}
