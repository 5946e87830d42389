// Feeds of sites, read for stories and for articles (never for posts): what is new in them is handed on as plain text with
// an absolute link, the newest first. Asks only for what changed, as seldom as the feed wants, and with growing pauses where it fails.
// Everything in a feed is hostile; what cannot be used is dropped under a reason and counted. Remembers nothing beyond the
// process: whoever takes stories knows one by its address, and takes it twice, corrected or ended, without harm.
import { createHash } from 'node:crypto'
import type { Answer, Dial } from '../dial.ts'
import { CorruptionError } from '../errors.ts'
import { type FeedEntry, type FeedText, parsedFeed } from '../feeds.ts'
import { type Note, silent } from '../journal.ts'
import { dropped, metrics } from '../metrics.ts'
import { DialError, type DialReason, urlOf } from '../refusals.ts'
import { backoffMs, sleep as realSleep, retryAfterMs, type Sleep } from '../retry.ts'
import type { DropReason } from '../types.ts'
import { hostOf } from './homes.ts'
import { lineOf, plainOf, textOf } from './plain.ts'

/** As POST /v1/stories takes it. */
export interface FeedStory {
  url: string
  headline: string
  summary: string
  tags: string[]
  at: string
}

/** What the next read has to know of the last. */
export interface FeedState {
  etag: string | null
  modified: string | null
  /** What was told, newest last. */
  seen: string[]
}

export type FeedOutcome = 'fresh' | 'unchanged' | 'gone' | 'refused' | 'failed' | DialReason

export interface FeedRead {
  outcome: FeedOutcome
  stories: FeedStory[]
  state: FeedState
  /** Not to be read again before. */
  afterMs: number
}

export interface ReadOptions {
  dial: Dial
  now?: () => number
  signal?: AbortSignal
  /** Told of each entry that cannot be used; absent: counted under `feeds`. */
  drop?: (reason: DropReason) => void
}

export const unread: FeedState = { etag: null, modified: null, seen: [] }
const source = 'feeds'
const mostStories = 100
const mostSeen = 1_000
const most = { bytes: 2_000_000, headline: 300, summary: 1_000, tag: 60, tags: 20, link: 2_048, header: 1_000 }
const timeoutMs = 30_000
const hourMs = 3_600_000
const longestWaitMs = 24 * hourMs

/** One read. Never throws on what the feed or its site does; rejects when the signal aborts. */
export async function readFeed(
  url: string,
  state: FeedState,
  { dial, now = Date.now, signal, drop = (reason) => dropped(source, reason) }: ReadOptions,
): Promise<FeedRead> {
  const known = { 'if-none-match': state.etag, 'if-modified-since': state.modified }
  const asked = Object.fromEntries(Object.entries(known).filter(([, value]) => value)) as Record<string, string>
  const accept = 'application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8'
  try {
    const call = { headers: { accept, ...asked }, redirects: 3, mostBytes: most.bytes, timeoutMs, signal }
    return readOf(await dial(url, call), state, { nowMs: now(), drop })
  } catch (error) {
    if (!(error instanceof DialError)) throw error
    return { outcome: error.reason, stories: [], state, afterMs: 0 }
  }
}

interface Reading {
  nowMs: number
  drop: (reason: DropReason) => void
}

function readOf(answer: Answer, state: FeedState, reading: Reading): FeedRead {
  const { nowMs, drop } = reading
  const { status, headers, body, url } = answer
  const asked = Math.max(maxAgeMs(headers['cache-control']), retryAfterMs(headers['retry-after'], nowMs))
  const read = { stories: [], state, afterMs: Math.min(asked, longestWaitMs) }
  if (status === 304) return { ...read, outcome: 'unchanged' }
  if (status === 410) return { ...read, outcome: 'gone' }
  if (status !== 200)
    return { ...read, outcome: status >= 500 || [408, 425, 429].includes(status) ? 'failed' : 'refused' }
  const feed = parsedFeed(textOf(body, headers['content-type']))
  if (!feed) {
    drop('malformed')
    return { ...read, outcome: 'malformed' }
  }
  const stories = newest(feed.entries, url, reading)
  const seen = new Set(state.seen)
  const fresh = stories.filter((story) => !seen.has(keyOf(story)))
  const short = (value: string | undefined) => (value && value.length <= most.header ? value : null)
  return {
    outcome: fresh.length ? 'fresh' : 'unchanged',
    stories: fresh,
    state: {
      etag: short(headers.etag),
      modified: short(headers['last-modified']),
      seen: [...state.seen, ...fresh.map(keyOf)].slice(-mostSeen),
    },
    afterMs: Math.min(Math.max(asked, feed.ttlMs), longestWaitMs),
  }
}

/** Other words at the same address correct the same story, and are handed on; another time is not worth it. */
const keyOf = ({ url, headline, summary, tags }: FeedStory) =>
  createHash('sha256')
    .update(JSON.stringify([url, headline, summary, tags]))
    .digest('base64url')
    .slice(0, 16)

const maxAgeMs = (header: string | undefined) =>
  Number(/(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})/i.exec(header ?? '')?.[1] ?? 0) * 1_000

/** The newest that can be used, each link once. */
function newest(entries: FeedEntry[], url: string, { nowMs, drop }: Reading): FeedStory[] {
  const stories = new Map<string, FeedStory>()
  for (const entry of entries) {
    const story = storyOf(entry, url, nowMs)
    if (typeof story === 'string') drop(story)
    else if (!stories.has(story.url)) stories.set(story.url, story)
  }
  return [...stories.values()].sort((a, b) => b.at.localeCompare(a.at)).slice(0, mostStories)
}

function storyOf(entry: FeedEntry, feedUrl: string, nowMs: number): FeedStory | 'bad_id' | 'bad_text' {
  const url = linkOf(entry, feedUrl)
  if (!url) return 'bad_id'
  const headline = wordsOf(entry.title, most.headline)
  if (!headline) return 'bad_text'
  const tags = entry.tags.slice(0, most.tags * 5).map((tag) => plainOf(tag, most.tag))
  const told = [...new Set(tags.filter(Boolean))].slice(0, most.tags)
  return { url, headline, summary: wordsOf(entry.summary, most.summary), tags: told, at: timeOf(entry, nowMs) }
}

const wordsOf = (given: FeedText | null, length: number) =>
  given === null ? '' : given.isHtml ? plainOf(given.text, length) : lineOf(given.text, length)

/** An absolute address that a reader may follow: http or https, no name and password, no odd port. */
function linkOf({ link, base }: FeedEntry, feedUrl: string): string | null {
  if (!link || link.length > most.link) return null
  const from = URL.parse(base ?? '', feedUrl) ?? feedUrl
  const url = URL.parse(link.trim(), String(from))
  try {
    return url && urlOf(url.href).href
  } catch {
    return null
  }
}

/** When it appeared: no time, or one that is none of ours, is now; tomorrow is today's mistake. */
function timeOf({ published }: FeedEntry, nowMs: number): string {
  const time = published ? Date.parse(published.slice(0, 100)) : Number.NaN
  const isSane = time > Date.UTC(1990, 0, 1) && time < nowMs + 24 * hourMs
  return new Date(isSane ? Math.min(time, nowMs) : nowMs).toISOString()
}

// ---- following

export interface FollowedFeed {
  url: string
  everyMs: number
  /** Whether its stories get a topic without anybody's approval. */
  approve: boolean
}

/** Rejects where they could not be taken: they are offered again. */
export type TakeStories = (stories: FeedStory[], feed: FollowedFeed) => Promise<void>

export interface FollowOptions {
  feeds: readonly FollowedFeed[]
  take: TakeStories
  dial: Dial
  note?: Note
  now?: () => number
  sleep?: Sleep
  random?: () => number
}

export const shortestEveryMs = 60_000
const apartMs = 250

/** Reads all feeds, each in its own time, until the signal aborts. Rejects only on what is not what we wrote. */
export async function followFeeds(options: FollowOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.feeds.map((feed, nr) => follow(feed, { ...options, startMs: nr * apartMs }, signal)))
}

async function follow(
  feed: FollowedFeed,
  options: FollowOptions & { startMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { take, dial, note = silent, now = Date.now, sleep = realSleep, random = Math.random, startMs } = options
  const everyMs = Math.max(feed.everyMs, shortestEveryMs)
  let [state, failures] = [unread, 0]
  await sleep(startMs, signal)
  while (!signal.aborted) {
    let afterMs = 0
    try {
      const read = await readFeed(feed.url, state, { dial, now, signal })
      metrics.feeds.inc({ outcome: read.outcome })
      afterMs = read.afterMs
      if (read.stories.length) await take(read.stories, feed)
      state = read.state
      failures = isRead(read.outcome) ? 0 : failures + 1
      if (!isRead(read.outcome)) note('a feed was not read', { host: hostOf(feed.url), outcome: read.outcome })
      if (read.outcome === 'gone') return
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      if (signal.aborted) return
      failures++
      note('stories of a feed were not taken, will be offered again', { host: hostOf(feed.url), error })
    }
    await sleep(pauseMs({ everyMs, failures, afterMs }, random), signal)
  }
}

/** Until the next read: what the feed asks for, and longer each time it fails. */
export function pauseMs(
  { everyMs, failures, afterMs }: { everyMs: number; failures: number; afterMs: number },
  random: () => number,
): number {
  // A tenth more or less, so that feeds do not fall into step.
  const usualMs = everyMs * (0.95 + random() / 10)
  const capMs = Math.max(everyMs, 6 * hourMs)
  const ownMs = failures ? backoffMs(failures, { baseMs: everyMs, capMs, random }) : usualMs
  return Math.max(ownMs, afterMs)
}

export const isRead = (outcome: FeedOutcome): boolean => outcome === 'fresh' || outcome === 'unchanged'
