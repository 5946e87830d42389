// Jetstream v2 frames (network.bsky.jetstream.subscribeEvents) become changes. Pure: bytes and a clock in, one verdict
// out. Everything in a frame is hostile: whatever cannot be used is named by a reason from the closed list, nothing
// throws, and no text of a frame reaches an error message or a log.
import { zstdDecompressSync } from 'node:zlib'
import type { Change, DropReason } from '../types.ts'

export const nsid = 'network.bsky.jetstream.subscribeEvents'
export const postCollection = 'app.bsky.feed.post'
export const wishCollection = 'app.bsky.actor.contentVisibilityDeclaration'

/** Where a frame stands in its stream. The seq is the host's own; `timeUs` (when it was witnessed) travels. */
export interface Mark {
  seq: number
  timeUs: number
}

/** What a frame is to us. `mark` is null where the frame did not say. `info` and `error` are about the stream. */
export type Frame =
  | { kind: 'change'; mark: Mark; at: string; change: Change }
  | { kind: 'drop'; mark: Mark | null; reason: DropReason }
  | { kind: 'info'; name: string }
  | { kind: 'error'; name: string }

/** A frame larger than this is nobody's post: no decompression bomb gets further. */
export const maxFrameBytes = 4 * 1024 * 1024
const maxIdLength = 2048
const maxTextLength = 100_000
const aheadMs = 86_400_000
/** States that speak of the account's host, not of the account: nothing is to be withdrawn for them. */
const hostStates: unknown[] = ['desynchronized', 'throttled']
const tidPattern = /^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/
const didPattern = /^did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,1900}$/
const rkeyPattern = /^(?!\.{1,2}$)[A-Za-z0-9._:~-]{1,512}$/
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)$/

/** Thrown and caught inside this file only: the shortest way out of a nested frame. */
class Unusable {
  readonly reason: DropReason
  constructor(reason: DropReason) {
    this.reason = reason
  }
}
function fail(reason: DropReason): never {
  throw new Unusable(reason)
}

/** The JSON text of a frame, or null: a binary frame is one zstd frame, with the host's dictionary where it has one. */
export function inflate(bytes: Buffer, binary: boolean, dictionary: Buffer | null): string | null {
  if (!binary) return bytes.toString('utf8')
  try {
    const options = { maxOutputLength: maxFrameBytes, ...(dictionary ? { dictionary } : {}) }
    return zstdDecompressSync(bytes, options).toString('utf8')
  } catch {
    return null
  }
}

export interface DecodeOptions {
  /** Name of the source the changes belong to. */
  source: string
  /** Unix milliseconds, for "a day in the future". */
  now: number
}

/** One frame, decoded. null is what `inflate` gives for bytes that are no frame. */
export function decodeFrame(text: string | null, options: DecodeOptions): Frame {
  let mark: Mark | null = null
  try {
    const frame = fields(parse(text), 'malformed')
    if (frame.$type === 'error') return { kind: 'error', name: nameOf(frame.error) }
    if (frame.$type !== 'message') fail('unknown_kind')
    const event = fields(frame.payload, 'malformed')
    const kind = kindOf(event.$type)
    if (kind === 'info') return { kind: 'info', name: nameOf(event.name) }
    mark = markOf(event)
    const at = timeOf(event.time, options.now)
    if (mark === null) fail('malformed')
    return { kind: 'change', mark, at, change: changeOf(kind, event, { ...options, at }) }
  } catch (thrown) {
    if (thrown instanceof Unusable) return { kind: 'drop', mark, reason: thrown.reason }
    throw thrown
  }
}

type Fields = Record<string, unknown>
type Context = DecodeOptions & { at: string }

function parse(text: string | null): unknown {
  if (text === null) fail('malformed')
  try {
    return JSON.parse(text)
  } catch {
    fail('malformed')
  }
}

function fields(value: unknown, reason: DropReason): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(reason)
  return value as Fields
}

/** Names go into logs and status lines, so they must look like names. */
function nameOf(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{1,40}$/.test(value) ? value : 'Unnamed'
}

function kindOf(type: unknown): string {
  if (typeof type !== 'string' || !type.startsWith(`${nsid}#`)) fail('unknown_kind')
  return type.slice(nsid.length + 1)
}

function markOf(event: Fields): Mark | null {
  const { seq } = event
  const timeUs = microseconds(event.witnessedAt) ?? microseconds(event.time)
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0 || timeUs === null) return null
  return { seq, timeUs }
}

/** Unix microseconds of an RFC 3339 time; null when it is none. Date keeps milliseconds only. */
export function microseconds(value: unknown): number | null {
  const match = typeof value === 'string' && value.length <= 40 ? timePattern.exec(value) : null
  const ms = match ? Date.parse(match[0]) : Number.NaN
  if (Number.isNaN(ms)) return null
  return ms * 1000 + Number((match?.[1] ?? '').padEnd(6, '0').slice(3, 6))
}

function timeOf(value: unknown, now: number): string {
  const us = microseconds(value)
  if (us === null || us < 0 || us / 1000 > now + aheadMs) fail('bad_time')
  return new Date(Math.floor(us / 1000)).toISOString()
}

function didOf(value: unknown): string {
  if (typeof value !== 'string' || !didPattern.test(value)) fail('bad_author')
  return value
}

function changeOf(kind: string, event: Fields, context: Context): Change {
  if (kind === 'account') return accountChange(event, context)
  if (kind !== 'commit') fail('unknown_kind')
  if (event.collection === postCollection) return postChange(event, context)
  if (event.collection === wishCollection) return displayChange(event, context)
  return fail('unknown_kind')
}

/**
 * An account that is gone takes its posts along; one that is active may come back. `restore` for an account that was
 * never withdrawn changes nothing: we keep no list of accounts here, the log and the store know.
 */
function accountChange(event: Fields, { source, at }: Context): Change {
  const account = fields(event.account, 'malformed')
  const author = didOf(event.did)
  if (typeof account.active !== 'boolean') fail('bad_field')
  if (!account.active && hostStates.includes(account.status)) fail('unknown_kind')
  return { op: account.active ? 'restore' : 'withdraw', source, author, at }
}

/** The wish not to be spread by services like ours. A missing declaration means that the author does not mind. */
function displayChange(event: Fields, { source, at }: Context): Change {
  const author = didOf(event.did)
  if (event.rkey !== 'self') fail('bad_id')
  if (event.operation === 'delete') return { op: 'display', source, author, quotable: true, at }
  if (event.operation !== 'create' && event.operation !== 'update') fail('unknown_op')
  const hide = fields(event.record, 'malformed').hideFromAlgorithmicRecommendations
  if (typeof hide !== 'boolean') fail('bad_field')
  return { op: 'display', source, author, quotable: !hide, at }
}

function postChange(event: Fields, { source, at }: Context): Change {
  const author = didOf(event.did)
  const { rkey, rev: revision, operation: op } = event
  if (typeof rkey !== 'string' || !rkeyPattern.test(rkey)) fail('bad_id')
  if (typeof revision !== 'string' || !tidPattern.test(revision)) fail('bad_revision')
  const id = `at://${author}/${postCollection}/${rkey}`
  if (id.length > maxIdLength) fail('bad_id')
  if (op === 'delete') return { op, source, id, at, revision }
  if (op !== 'create' && op !== 'update') fail('unknown_op')
  const record = fields(event.record, 'malformed')
  const { text } = record
  if (typeof text !== 'string' || text.length > maxTextLength) fail('bad_text')
  const [lang, replyTo, quotable] = [langOf(record.langs), replyOf(record.reply), quotableOf(record.labels)]
  // toWellFormed: half a surrogate pair survives JSON but not the UTF-8 of the log.
  return {
    ...{ op, source, id, author, text: text.toWellFormed(), at, lang },
    ...{ likes: null, reposts: null, replyTo, revision, quotable },
  }
}

function langOf(langs: unknown): string | null {
  if (langs === undefined || langs === null) return null
  if (!Array.isArray(langs)) fail('bad_field')
  const first: unknown = langs[0]
  if (first === undefined) return null
  if (typeof first !== 'string') fail('bad_field')
  return /^[A-Za-z0-9-]{2,35}$/.test(first) ? first : null
}

function replyOf(reply: unknown): string | null {
  if (reply === undefined || reply === null) return null
  const { uri } = fields(fields(reply, 'bad_field').parent, 'bad_field')
  if (typeof uri !== 'string' || uri.length > maxIdLength) fail('bad_field')
  return uri
}

/** The author's own label that asks not to be shown to people who are not logged in. */
function quotableOf(labels: unknown): boolean {
  if (labels === undefined || labels === null) return true
  const { values } = fields(labels, 'bad_field')
  if (values === undefined) return true
  if (!Array.isArray(values)) fail('bad_field')
  return !values.some((label: unknown) => fields(label, 'bad_field').val === '!no-unauthenticated')
}

const tidDigits = '234567abcdefghijklmnopqrstuvwxyz'
/** A TID (the protocol's revision): microseconds and a clock id of 10 bits, in a base 32 that sorts as text. */
export function tidOf(timeUs: number, clock = 0): string {
  let rest = (BigInt(timeUs) << 10n) | BigInt(clock & 1023)
  let tid = ''
  for (let digit = 0; digit < 13; digit++) {
    tid = tidDigits[Number(rest & 31n)] + tid
    rest >>= 5n
  }
  return tid
}
