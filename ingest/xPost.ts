// X's v2 posts become changes. Pure: one line of the stream, or one post of a search, and a clock in; one verdict out.
// Everything is hostile: whatever cannot be used is named by a reason from the closed list, nothing throws, and no text of
// a post reaches a status or a log. A post that was edited keeps the id of its first version, so that it is counted once.
import type { DropReason, PostChange } from '../types.ts'

export const source = 'x'

/** What we ask X to send of a post: nothing that brings other posts or accounts along, which would be billed, too. */
export const postFields = [
  ...['author_id', 'created_at', 'edit_history_tweet_ids', 'lang', 'note_tweet', 'public_metrics', 'referenced_tweets'],
].join(',')

/** What a line of the stream is to us. `skip`: a repost, which is no post of its own. `problem`: X speaks of the stream. */
export type Line =
  | { kind: 'post'; change: PostChange }
  | { kind: 'skip' }
  | { kind: 'drop'; reason: DropReason }
  | { kind: 'problem'; name: string }

export interface Matching {
  id: string
  tag: string | null
}

export interface LineContext {
  /** X's time, Unix milliseconds, for "a day in the future". */
  now: number
  /** The probability with which these rules let us see a post. */
  inclusionOf(rules: Matching[]): number
}

const aheadMs = 86_400_000
const maxTextLength = 100_000
const mostRules = 1_000
const idPattern = /^\d{1,19}$/

/** Thrown and caught inside this file only: the shortest way out of a nested post. */
class Unusable {
  readonly reason: DropReason
  constructor(reason: DropReason) {
    this.reason = reason
  }
}
function fail(reason: DropReason): never {
  throw new Unusable(reason)
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One line of the stream. */
export function decodeLine(text: string, context: LineContext): Line {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return { kind: 'drop', reason: 'malformed' }
  }
  if (!isFields(line)) return { kind: 'drop', reason: 'malformed' }
  if (!('data' in line)) return problemOf(line)
  return decodePost(line.data, { now: context.now, inclusion: context.inclusionOf(matchingOf(line.matching_rules)) })
}

/** One post. */
export function decodePost(post: unknown, { now, inclusion }: { now: number; inclusion: number }): Line {
  try {
    if (!isFields(post)) fail('malformed')
    if (referenceOf(post, 'retweeted')) return { kind: 'skip' }
    const change = changeOf(post, now)
    return { kind: 'post', change: inclusion < 1 ? { ...change, inclusion } : change }
  } catch (thrown) {
    if (thrown instanceof Unusable) return { kind: 'drop', reason: thrown.reason }
    throw thrown
  }
}

/** X's own word for what is wrong with the stream: `{"errors":[{"title",...}]}`, or one such object. */
function problemOf(line: Fields): Line {
  const first: unknown = Array.isArray(line.errors) ? line.errors[0] : line
  const title = isFields(first) ? (first.connection_issue ?? first.disconnect_type ?? first.title) : undefined
  if (title === undefined) return { kind: 'drop', reason: 'unknown_kind' }
  return { kind: 'problem', name: nameOf(title) }
}

/** Names go into logs and status lines, so they must look like names. */
export const nameOf = (value: unknown): string =>
  typeof value === 'string' && /^[A-Za-z][A-Za-z -]{0,60}$/.test(value) ? value : 'Unnamed'

function matchingOf(rules: unknown): Matching[] {
  if (!Array.isArray(rules)) return []
  return rules.slice(0, mostRules).flatMap((rule: unknown) => {
    if (!isFields(rule)) return []
    const { id, tag } = rule
    return typeof id === 'string' ? [{ id, tag: typeof tag === 'string' ? tag : null }] : []
  })
}

function changeOf(post: Fields, now: number): PostChange {
  const version = idOf(post.id)
  const [id] = historyOf(post.edit_history_tweet_ids, version)
  const { author_id: author } = post
  if (typeof author !== 'string' || !idPattern.test(author)) fail('bad_author')
  const metrics = isFields(post.public_metrics) ? post.public_metrics : {}
  return {
    ...{ op: id === version ? 'create' : 'update', source, id: id!, author, text: textOf(post) },
    ...{ at: timeOf(post.created_at, now), lang: langOf(post.lang) },
    ...{ likes: countOf(metrics.like_count), reposts: countOf(metrics.retweet_count) },
    // Ids grow with time, so a version's own id orders the versions of a post.
    ...{ replyTo: referenceOf(post, 'replied_to'), revision: version, quotable: true },
  }
}

function idOf(value: unknown): string {
  if (typeof value !== 'string' || !idPattern.test(value)) fail('bad_id')
  return value
}

/** The ids of all versions, the first one first. */
function historyOf(ids: unknown, version: string): string[] {
  if (ids === undefined || ids === null) return [version]
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > 100) fail('bad_field')
  const history = ids.map(idOf).sort((a, b) => Number(BigInt(a) - BigInt(b)))
  return history.includes(version) ? history : fail('bad_id')
}

/** The whole text: of a long post `text` holds the beginning only. */
function textOf(post: Fields): string {
  const long = isFields(post.note_tweet) ? post.note_tweet.text : undefined
  const text = typeof long === 'string' ? long : post.text
  if (typeof text !== 'string' || text.length > maxTextLength) fail('bad_text')
  // toWellFormed: half a surrogate pair survives JSON but not the UTF-8 of the log.
  return text.replace(/&(amp|lt|gt);/g, (_, name: keyof typeof entities) => entities[name]).toWellFormed()
}

/** The three that X escapes. Once: what one stands for is never read as another. */
const entities = { amp: '&', lt: '<', gt: '>' }

function timeOf(value: unknown, now: number): string {
  const ms = typeof value === 'string' && value.length <= 40 ? Date.parse(value) : Number.NaN
  if (!(ms >= 0 && ms <= now + aheadMs)) fail('bad_time')
  return new Date(ms).toISOString()
}

/** X's own tags for "no language" (und, zxx, and qme, qam, qht ... for posts without words) say nothing. */
function langOf(lang: unknown): string | null {
  if (lang === undefined || lang === null) return null
  if (typeof lang !== 'string') fail('bad_field')
  if (/^(?:und|zxx|q[a-z]{2})$/.test(lang)) return null
  return /^[A-Za-z0-9-]{2,35}$/.test(lang) ? (renamed.get(lang) ?? lang) : null
}
/** Tags that X kept from before they were renamed. */
const renamed = new Map([
  ['in', 'id'],
  ['iw', 'he'],
])

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

/** The post that this one refers to in this way. */
function referenceOf(post: Fields, type: string): string | null {
  const references = post.referenced_tweets
  if (references === undefined || references === null) return null
  if (!Array.isArray(references)) fail('bad_field')
  const found: unknown = references.find((one: unknown) => isFields(one) && one.type === type)
  return found ? idOf((found as Fields).id) : null
}

// ---- ids and time: an id of X's holds when it was made, in milliseconds

const epochMs = 1_288_834_974_657
const sequenceBits = 22n

/** The first id that a post made then can have. */
export const idAt = (ms: number): string => String(BigInt(Math.max(0, Math.floor(ms) - epochMs)) << sequenceBits)
