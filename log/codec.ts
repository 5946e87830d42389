// A change as the log keeps it: a kind, a time, its fields as a short JSON array, and a post's text apart from them.
// We wrote what we read here: anything else is corruption and throws CorruptionError, which must crash us.
// The first element of the fields is their version: a new shape gets a new number, and the old one stays readable.
import { CorruptionError } from '../errors.ts'
import type { Change, PostChange } from '../types.ts'

/** The number of a kind is its place here and is on disk: only ever append. Posts are the first two. */
const kinds = [
  'create',
  'update',
  'delete',
  'withdraw',
  'restore',
  'display',
  'counts',
  'gap',
  'topic',
  'topic.drop',
  'setting',
  'label',
  'article',
] as const satisfies Change['op'][]
export const lastPostKind = 1

export interface Stored {
  kind: number
  /** Epoch milliseconds of the change's own time; null where it has none. */
  at: number | null
  fields: string
  text: string | null
}

const version = 1

export function encode(change: Change): Stored {
  const kind = kinds.indexOf(change.op)
  if (kind < 0) throw new TypeError('a change of an unknown operation')
  if (change.op === 'create' || change.op === 'update') {
    const { source, id, author, lang, likes, reposts, replyTo, revision, quotable, inclusion } = change
    const fields = [version, source, id, author, lang, likes, reposts, replyTo, revision, quotable ? 1 : 0]
    if (inclusion !== undefined) fields.push(inclusion)
    return { kind, at: epoch(change.at), fields: JSON.stringify(fields), text: change.text }
  }
  const { op: _, ...rest } = change
  const at = 'at' in change ? epoch(change.at) : null
  return { kind, at, fields: JSON.stringify([version, rest]), text: null }
}

export function decode({ kind, at, fields, text }: Stored): Change {
  const op = kinds[kind]
  const parts = parse(fields)
  if (op === undefined) throw new CorruptionError(`the log holds a change of unknown kind ${kind}`)
  if (parts[0] !== version) throw new CorruptionError('the log holds a change in a format this version cannot read')
  if (kind <= lastPostKind) {
    const post = toPost(parts, text, at)
    if (!post) throw new CorruptionError('the log holds a broken post')
    return { op, ...post } as PostChange
  }
  const rest = parts[1]
  if (parts.length === 2 && typeof rest === 'object' && rest !== null) return grown({ op, ...rest } as Change)
  throw new CorruptionError(`the log holds a broken ${op}`)
}

/** A topic written before there were tags has none. */
function grown(change: Change): Change {
  return change.op === 'topic' ? { ...change, topic: { ...change.topic, tags: change.topic.tags ?? [] } } : change
}

function toPost(parts: unknown[], text: string | null, at: number | null): object | null {
  const [, source, id, author, lang, likes, reposts, replyTo, revision, quotable, inclusion] = parts
  const isPost =
    [source, id, text].every((value) => typeof value === 'string') &&
    [author, lang, replyTo, revision].every((value) => value === null || typeof value === 'string') &&
    [likes, reposts].every((value) => value === null || typeof value === 'number') &&
    (quotable === 0 || quotable === 1) &&
    Number.isSafeInteger(at) &&
    (parts.length === 10 || (parts.length === 11 && isProbability(inclusion)))
  if (!isPost) return null
  const time = new Date(at!).toISOString()
  const post = { source, id, author, text, at: time, lang, likes, reposts, replyTo, revision, quotable: quotable === 1 }
  return inclusion === undefined ? post : { ...post, inclusion }
}

const isProbability = (value: unknown) => typeof value === 'number' && value > 0 && value <= 1

function parse(fields: string): unknown[] {
  let parts: unknown
  try {
    parts = JSON.parse(fields)
  } catch (cause) {
    throw new CorruptionError('the log holds a change that is no JSON', { cause })
  }
  if (!Array.isArray(parts)) throw new CorruptionError('the log holds a change that is no list')
  return parts
}

function epoch(at: string): number {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) throw new RangeError('a change without a time: ingest must have dropped or stamped it')
  return ms
}
