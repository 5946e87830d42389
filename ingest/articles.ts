// Feeds of sites as a source of articles: context beside posts, told once and again where their words change. Each feed is
// read in its own time, a few at once; the next is read only when what came before was taken. The cursor holds what was seen
// of every feed, bounded, and never what was not yet taken. What a feed no longer lists when we come back is not known to be
// missing: a feed has no gaps that could be told. Addresses of feeds may hold a key: they are in no sentence and no cursor.
import { createHash } from 'node:crypto'
import type { Dial } from '../dial.ts'
import { CorruptionError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { sleep as realSleep, type Sleep } from '../retry.ts'
import { untracked } from '../tracking.ts'
import type { ArticleChange, Batch, Source } from '../types.ts'
import {
  type FeedRead,
  type FeedState,
  type FeedStory,
  isRead,
  pauseMs,
  readFeed,
  shortestEveryMs,
  unread,
} from './feed.ts'
import { homeOf, homesOf, hostOf } from './homes.ts'
import { type FeedStanding, standingOf } from './standing.ts'
import { createTally, type Tally } from './tally.ts'

export interface ArticleOptions {
  feeds: readonly { url: string; everyMs: number }[]
  dial: Dial
  note?: Note
  now?: () => number
  sleep?: Sleep
  random?: () => number
}

const name = 'feeds'
/** Read, or read and not yet taken, at the same time: each may be 2 MB. */
const mostAtOnce = 4
/** A read hands on at most 100 stories: what is forgotten beyond three times that is told once more, without harm. */
const mostSeen = 300
const longestMs = 24 * 3_600_000

interface Followed extends FeedStanding {
  url: string
  everyMs: number
  /** What the cursor knows it by. */
  key: string
  state: FeedState
  /** When it was last read; null: never. Not to be read again before `afterMs` later, says its site. */
  readAt: number | null
  afterMs: number
  dueMs: number
  failures: number
}

type Settings = Required<Omit<ArticleOptions, 'feeds'>> & {
  tally: Tally
  /** Where the feeds are at home. */
  homes: ReadonlySet<string>
}
type Looked = { feed: Followed; read: FeedRead } | { feed: Followed; error: unknown }

export function articleSource({ feeds, ...options }: ArticleOptions): Source {
  const tally = createTally(name)
  const effects = { note: silent, now: Date.now, sleep: realSleep, random: Math.random }
  const homes = new Set(feeds.map(({ url }) => homeOf(url)))
  const settings: Settings = { ...effects, ...options, tally, homes }
  const own = [...new Map(feeds.map((feed) => [feed.url, feed])).values()]
  let following: Followed[] = []
  return {
    name,
    status: () => (following.length ? { ...tally.status(), ...standingOf(following) } : tally.status()),
    read: async function* (cursor, signal) {
      const kept = keptOf(cursor)
      following = own.map((feed) => followedOf(feed, kept, settings.now()))
      yield* follow(following, settings, signal)
      following = []
      if (!own.length) tally.say('off', 'No feed is configured (sources.feeds).')
      else if (signal.aborted) tally.say('off', 'Stopped.')
      else tally.say('failed', 'Every feed is gone for good: take them out of sources.feeds.')
    },
  }
}

async function* follow(feeds: Followed[], settings: Settings, signal: AbortSignal): AsyncGenerator<Batch> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const underway = new Map<Followed, Promise<Looked>>()
  const idle = () => feeds.filter((feed) => feed.outcome !== 'gone' && !underway.has(feed))
  try {
    while (!signal.aborted && (underway.size || idle().length)) {
      const waiting = idle().sort((a, b) => a.dueMs - b.dueMs)
      const due = waiting.filter(({ dueMs }) => dueMs <= settings.now()).slice(0, mostAtOnce - underway.size)
      for (const feed of due) underway.set(feed, look(feed, settings, either))
      const next = underway.size < mostAtOnce ? waiting[due.length] : undefined
      const looked = await first([...underway.values()], next && next.dueMs - settings.now(), { settings, either })
      if (!looked || signal.aborted) continue
      if ('error' in looked) throw looked.error
      underway.delete(looked.feed)
      const changes = take(looked.feed, looked.read, settings)
      settings.tally.took(changes)
      // What a site asks for outlives us; all else of a read that told nothing may be asked once more.
      if (changes.length || looked.read.afterMs > looked.feed.everyMs)
        yield { source: name, changes, cursor: cursorOf(feeds) }
    }
  } finally {
    stop.abort()
  }
}

/** The first that is done; null when the time of the next has come. */
async function first(
  reads: Promise<Looked>[],
  untilMs: number | undefined,
  { settings, either }: { settings: Settings; either: AbortSignal },
): Promise<Looked | null> {
  const over = new AbortController()
  const waits = untilMs === undefined ? longestMs : untilMs
  const time = settings.sleep(waits, AbortSignal.any([either, over.signal])).then(() => null)
  const looked = await Promise.race([...reads, time])
  over.abort()
  return looked
}

/** Never rejects: nobody may be listening yet. */
async function look(feed: Followed, { dial, now, tally }: Settings, signal: AbortSignal): Promise<Looked> {
  try {
    return { feed, read: await readFeed(feed.url, feed.state, { dial, now, signal, drop: tally.drop }) }
  } catch (error) {
    return { feed, error }
  }
}

/** What the read says that is new, the oldest first; from now on the feed is as it was read. */
function take(feed: Followed, read: FeedRead, { now, random, note, homes }: Settings): ArticleChange[] {
  const { outcome, state, stories, afterMs } = read
  metrics.feeds.inc({ outcome })
  const failures = isRead(outcome) ? 0 : feed.failures + 1
  if (failures) note('a feed was not read', { host: feed.host, outcome })
  const readAt = now()
  const dueMs = readAt + pauseMs({ everyMs: feed.everyMs, failures, afterMs }, random)
  const seen = state.seen.slice(-mostSeen)
  Object.assign(feed, { outcome, state: { ...state, seen }, failures, readAt, afterMs, dueMs })
  // What a site says of its own pages nobody else says otherwise: where its own feed is read, others are not heard of it.
  const isToTell = ({ url }: FeedStory) => {
    const own = homesOf(url).filter((home) => homes.has(home))
    return !own.length || own.includes(homeOf(feed.url))
  }
  return stories.filter(isToTell).map(articleOf).reverse()
}

function articleOf({ url, headline, summary, at }: FeedStory): ArticleChange {
  const id = untracked(url)
  return { op: 'article', source: name, id, site: new URL(id).host.replace(/^www\./, ''), headline, summary, at }
}

// ---- the cursor

type Kept = Record<string, { etag: string | null; modified: string | null; seen: string[]; at: number; after: number }>
const format = 1

const keyOf = (url: string) => createHash('sha256').update(url).digest('base64url').slice(0, 16)

function followedOf({ url, everyMs: asked }: { url: string; everyMs: number }, kept: Kept, nowMs: number): Followed {
  const everyMs = Math.max(asked, shortestEveryMs)
  const feed = { ...{ url, everyMs, key: keyOf(url), host: hostOf(url), failures: 0 }, outcome: null }
  const known = kept[feed.key]
  if (!known) return { ...feed, state: unread, readAt: null, afterMs: 0, dueMs: nowMs }
  const { etag, modified, seen, at, after } = known
  // A clock that was set back must not keep us away for longer than either of us wanted.
  const pause = Math.max(everyMs, after)
  const dueMs = Math.min(at + pause, nowMs + pause)
  return { ...feed, state: { etag, modified, seen }, readAt: at, afterMs: after, dueMs }
}

function cursorOf(feeds: Followed[]): string {
  const kept = feeds.flatMap(({ key, state: { etag, modified, seen }, readAt: at, afterMs: after }) =>
    at === null ? [] : [[key, { etag, modified, seen, at, after }] as const],
  )
  return JSON.stringify({ format, feeds: Object.fromEntries(kept) })
}

function keptOf(cursor: string | null): Kept {
  if (cursor === null) return {}
  try {
    const kept = JSON.parse(cursor) as { format: number; feeds: Kept }
    if (kept.format === format && typeof kept.feeds === 'object') return kept.feeds
  } catch {
    // Not even JSON: answered below.
  }
  throw new CorruptionError('the log holds a cursor of feeds that we did not write')
}
