// What an instance says of a status becomes a post, or why it is none of ours. Pure; everything in a status is hostile.
// A post is named after the instance that told it and its id there, never after its origin: a deletion brings no more
// than that. So each post must have exactly one teller, and that is a rule, not a memory: an instance tells what was
// written on it, and one of them may tell what was written elsewhere, but not on another of them.
import { parseTime } from '../ndjson.ts'
import type { DropReason, PostChange } from '../types.ts'
import { plainOf } from './plain.ts'

export const source = 'mastodon'
const mostText = 20_000
const dayMs = 86_400_000
const firstMs = Date.UTC(2008, 0, 1)

export interface Teller {
  /** Like https://social.example */
  origin: string
  /** Also what was written on other instances. */
  remote: boolean
  /** Hosts of all instances that are read. */
  homes: readonly string[]
}

export type Told =
  | { kind: 'post'; id: string; revision: string; isEdited: boolean; post: PostChange }
  /** Its author asks services like this one to leave it alone. */
  | { kind: 'unwilling'; id: string; revision: string }
  /** Somebody else's to tell, not public, or only passed on. */
  | { kind: 'other'; id: string }
  | { kind: 'drop'; id: string | null; reason: DropReason }

/** The name of a post: also its address in the instance's own web pages. */
export const nameOf = ({ origin }: Pick<Teller, 'origin'>, id: string) => `${origin}/statuses/${id}`

/** An id as instances give them: a number in text, or letters with other software. */
export const idOf = (value: unknown): string | null =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : null

export function toldOf(status: unknown, teller: Teller, nowMs: number): Told {
  if (!isObject(status)) return { kind: 'drop', id: null, reason: 'malformed' }
  const id = idOf(status.id)
  if (id === null) return { kind: 'drop', id, reason: 'bad_id' }
  const drop = (reason: DropReason): Told => ({ kind: 'drop', id, reason })
  const { account } = status
  if (!isObject(account) || !isAccount(account.acct)) return drop('bad_author')
  if (status.visibility !== 'public' || isObject(status.reblog)) return { kind: 'other', id }
  if (!isOurs(account.acct, status.uri, teller)) return { kind: 'other', id }
  const createdMs = timeOf(status.created_at, nowMs)
  if (createdMs === null) return drop('bad_time')
  const editedMs = timeOf(status.edited_at, nowMs)
  const revision = new Date(Math.max(createdMs, editedMs ?? 0)).toISOString()
  if (isUnwilling(account)) return { kind: 'unwilling', id, revision }
  if (typeof status.content !== 'string') return drop('bad_text')
  const isEdited = editedMs !== null
  const parent = idOf(status.in_reply_to_id)
  const post: PostChange = {
    ...{ op: isEdited ? 'update' : 'create', source, id: nameOf(teller, id), author: authorOf(account.acct, teller) },
    ...{ text: wordsOf(status.spoiler_text, status.content), at: new Date(createdMs).toISOString() },
    ...{
      lang: langOf(status.language),
      likes: countOf(status.favourites_count),
      reposts: countOf(status.reblogs_count),
    },
    ...{ replyTo: parent && nameOf(teller, parent), revision, quotable: isShowable(account) },
  }
  return { kind: 'post', id, revision, isEdited, post }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAccount = (acct: unknown): acct is string =>
  typeof acct === 'string' && /^[^\s@]{1,200}(@[^\s@]{1,253})?$/.test(acct) && acct.isWellFormed()

/** A name may stand under another host than the pages of its instance: both say where it is at home. */
function isOurs(acct: string, uri: unknown, { remote, homes }: Teller): boolean {
  const [, domain] = acct.split('@')
  if (domain === undefined) return true
  const written = typeof uri === 'string' ? URL.parse(uri)?.host : undefined
  return remote && !homes.includes(domain.toLowerCase()) && !(written && homes.includes(written))
}

const authorOf = (acct: string, { origin }: Teller) => (acct.includes('@') ? acct : `${acct}@${new URL(origin).host}`)

/** `noindex`: opted out of search engines (told of local accounts). Who did not say (older or other software) did not refuse. */
const isUnwilling = ({ noindex }: Record<string, unknown>) => noindex === true

/**
 * Counted by leave of the above; quoted only of who opted into being discovered, has not kept public posts out of search
 * (`indexable`, off unless a person turns it on) and is not hidden by the instance.
 */
const isShowable = ({ discoverable, indexable, limited }: Record<string, unknown>) =>
  discoverable === true && indexable !== false && limited !== true

/** The content warning first: it is what a reader sees first. */
function wordsOf(warning: unknown, content: string): string {
  const parts = [typeof warning === 'string' ? warning : '', content].map((part) => plainOf(part, mostText))
  return parts.filter(Boolean).join('\n\n').toWellFormed()
}

/** Never later than now. null where there is none that can be true. */
function timeOf(value: unknown, nowMs: number): number | null {
  const ms = typeof value === 'string' ? parseTime(value) : Number.NaN
  return ms >= firstMs && ms < nowMs + dayMs ? Math.min(ms, nowMs) : null
}

const langOf = (value: unknown) =>
  typeof value === 'string' && value && value.length <= 35 && value.isWellFormed() ? value : null

const countOf = (value: unknown) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null)
