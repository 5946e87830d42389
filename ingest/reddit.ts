// A line of the public Reddit dumps (comments RC_*, submissions RS_*: one JSON object a line) as a change of ours. Pure.
// Recognised by its fields, so that a dump needs no flag. Its words are what was there when the dump was made; what was
// deleted or removed by then is a deletion here, and final: an older dump read later does not bring it back.
import { plainOf } from './plain.ts'

const source = 'reddit'
/** Beyond what Reddit lets anybody write. */
const mostText = 45_000
const goneWords = ['[deleted]', '[removed]', '[removed by reddit]', '[deleted by user]']

export interface Fields {
  fields: Record<string, unknown>
  /** false: the account is gone; its words are counted, and not shown. */
  quotable: boolean
}

/** null: no line of a dump. Reads the line only where it may be one. */
export function redditLine(line: unknown): Fields | null {
  if (typeof line !== 'string' || !line.includes('"created_utc"') || !line.includes('"subreddit')) return null
  try {
    const value: unknown = JSON.parse(line.trim())
    return isDump(value) ? fieldsOf(value) : null
  } catch {
    return null
  }
}

type Dump = Record<string, unknown> & { id: string }

function isDump(value: unknown): value is Dump {
  if (typeof value !== 'object' || value === null || 'op' in value || 'source' in value) return false
  const { id, body, title, link_id } = value as Record<string, unknown>
  const isKind = (typeof body === 'string' && link_id !== undefined) || typeof title === 'string'
  return typeof id === 'string' && /^[0-9a-z]{1,13}$/.test(id) && isKind
}

function fieldsOf(dump: Dump): Fields {
  const isComment = typeof dump.body === 'string' && dump.link_id !== undefined
  const createdS = secondsOf(dump.created_utc)
  const author = isGone(dump.author) || typeof dump.author !== 'string' ? null : dump.author
  const known = {
    source,
    id: `${isComment ? 't1' : 't3'}_${dump.id}`,
    at: createdS === null ? 'unknown' : isoOf(createdS),
  }
  if (isRemoved(dump, isComment)) return { fields: { op: 'delete', ...known }, quotable: false }
  const edited = secondsOf(dump.edited)
  const revision = Math.max(createdS ?? 1, edited ?? 1)
  const more = { author, text: wordsOf(dump, isComment), likes: likesOf(dump.score), revision }
  return { fields: { ...known, ...more, replyTo: isComment ? parentOf(dump) : null }, quotable: author !== null }
}

const isGone = (value: unknown) => typeof value === 'string' && goneWords.includes(value.trim().toLowerCase())

/** A submission keeps its title after its text is gone, and says who took it down. */
const isRemoved = (dump: Dump, isComment: boolean) =>
  isComment
    ? isGone(dump.body)
    : isGone(dump.selftext) || isGone(dump.title) || typeof dump.removed_by_category === 'string'

/** Entities are the API's; the Markdown is the author's and stays. */
const wordsOf = (dump: Dump, isComment: boolean): string =>
  (isComment ? [dump.body] : [dump.title, dump.selftext])
    .filter((part) => typeof part === 'string')
    .map((part) => plainOf(part, mostText))
    .filter(Boolean)
    .join('\n\n')

/** Numbers, in old dumps as text. */
function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  return typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? Math.floor(seconds) : null
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()

/** A score below zero is nobody's like. */
const likesOf = (score: unknown) => (Number.isSafeInteger(score) ? Math.max(0, score as number) : null)

function parentOf({ parent_id, link_id }: Dump): string | null {
  const named = [parent_id, link_id].find((name) => typeof name === 'string' && /^t[13]_[0-9a-z]{1,13}$/.test(name))
  return (named as string | undefined) ?? null
}
