// What Hacker News says of one id becomes a post, a deletion, nothing, or a drop. Pure. The fields are those of
// github.com/HackerNews/API; everything in them is hostile. Stories, comments and polls are posts; jobs are
// advertisements and the options of a poll are nobody's opinion, so both are passed over.
import { createHash } from 'node:crypto'
import type { DropReason, PostChange } from '../types.ts'
import { plainOf } from './plain.ts'

export const source = 'hackernews'
const mostText = 20_000
const dayMs = 86_400_000
const firstMs = Date.UTC(2006, 0, 1)

export type Told =
  /** Not there: not yet, or not for us. */
  | { kind: 'absent' }
  /** There, and no post: a job, the option of a poll. */
  | { kind: 'other'; timeMs: number | null }
  /** Deleted by its author, or dead: killed by flags, moderators or software. Shown to nobody who does not ask for it. */
  | { kind: 'gone'; timeMs: number | null }
  | { kind: 'post'; timeMs: number; post: PostChange; print: string }
  | { kind: 'drop'; reason: DropReason }

const kinds = ['story', 'comment', 'poll', 'job', 'pollopt']

export function toldOf(body: unknown, id: number, nowMs: number): Told {
  if (body === null) return { kind: 'absent' }
  if (typeof body !== 'object' || Array.isArray(body)) return drop('malformed')
  const fields = body as Record<string, unknown>
  if (fields.id !== id) return drop('bad_id')
  const timeMs = timeOf(fields.time, nowMs)
  if (fields.deleted === true || fields.dead === true) return { kind: 'gone', timeMs }
  if (!kinds.includes(fields.type as string)) return drop('unknown_kind')
  if (fields.type === 'job' || fields.type === 'pollopt') return { kind: 'other', timeMs }
  if (timeMs === null) return drop('bad_time')
  const author = fields.by
  if (typeof author !== 'string' || !author || author.length > 100 || !author.isWellFormed()) return drop('bad_author')
  const text = wordsOf(fields)
  if (text === null) return drop('bad_text')
  const replyTo = Number.isSafeInteger(fields.parent) ? String(fields.parent) : null
  const post: PostChange = {
    ...{ op: 'create', source, id: String(id), author, text, at: new Date(timeMs).toISOString() },
    ...{ lang: null, likes: scoreOf(fields.score), reposts: null, replyTo, revision: null, quotable: true },
  }
  return { kind: 'post', timeMs, post, print: printOf(text, author) }
}

const drop = (reason: DropReason): Told => ({ kind: 'drop', reason })

/** Title and text; null where neither has a word. */
function wordsOf({ title, text }: Record<string, unknown>): string | null {
  const parts = [title, text].filter((part) => typeof part === 'string').map((part) => plainOf(part, mostText))
  return parts.filter(Boolean).join('\n\n').toWellFormed() || null
}

/** Seconds; never later than now, so that nobody's clock puts a post into a window that has not begun. */
function timeOf(value: unknown, nowMs: number): number | null {
  const ms = typeof value === 'number' && Number.isInteger(value) ? value * 1_000 : Number.NaN
  return ms >= firstMs && ms < nowMs + dayMs ? Math.min(ms, nowMs) : null
}

const scoreOf = (value: unknown) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null)

/** Tells two versions of a post apart; a score is not a version. */
const printOf = (text: string, author: string) =>
  createHash('sha256')
    .update(JSON.stringify([text, author]))
    .digest('base64url')
    .slice(0, 16)
