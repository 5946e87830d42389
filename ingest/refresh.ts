// Likes, reposts and liveness of the Bluesky posts we show, asked of the public AppView in batches of 25 under a budget
// of calls an hour. A source like any other, without a cursor. The only file that knows @atproto/api (loaded when first
// needed: it takes 0.3 s). A post is taken for deleted only when the AppView leaves it out twice, well apart.
import { CorruptionError, TransientError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { type BackoffOptions, retry, sleep } from '../retry.ts'
import type { Batch, Change, Source } from '../types.ts'
import { tidOf } from './jetstream.ts'
import { createTally, type Tally } from './tally.ts'

export interface RefreshOptions {
  /** Ids of live Bluesky posts in any topic since a time, newest first. */
  recent: (since: string, limit: number) => Promise<string[]>
  host?: string
  callsPerHour?: number
  /** From the start of one pass over the posts to the next. */
  everyMs?: number
  /** A post left out again this much later is gone; before, the AppView may not have it yet. */
  settleMs?: number
  now?: () => number
  note?: Note
  backoff?: BackoffOptions
}

const name = 'bluesky-counts'
const source = 'bluesky'
const perCall = 25
const hourMs = 3_600_000
/** How XRPCError says that no answer came. */
const networkStatus = 1
const defaults = {
  ...{ host: 'https://public.api.bsky.app', callsPerHour: 600, everyMs: 900_000, settleMs: 600_000 },
  ...{ now: Date.now, note: silent, backoff: {} as BackoffOptions },
}
type Settings = typeof defaults & Pick<RefreshOptions, 'recent'> & { tally: Tally; signal: AbortSignal }

export function refreshSource(options: RefreshOptions): Source {
  const tally = createTally(name)
  return { name, status: tally.status, read: (_cursor, signal) => passes({ ...defaults, ...options, tally, signal }) }
}

async function* passes(settings: Settings): AsyncGenerator<Batch> {
  const { callsPerHour, everyMs, settleMs, now, tally, signal } = settings
  if (callsPerHour <= 0) return tally.say('off', 'Likes and reposts are not refreshed (counts_per_hour is 0).')
  const memory = createMemory()
  const limit = Math.max(perCall, Math.floor((callsPerHour * perCall * everyMs) / hourMs))
  for (let pass = 0; !signal.aborted; pass++) {
    const started = now()
    // Counts move most in the first hours; every fourth pass looks two days back.
    const reachMs = pass % 4 === 0 ? 48 * hourMs : 6 * hourMs
    const ids = await recentIds(settings, { since: new Date(started - reachMs).toISOString(), limit })
    tally.say('live', `Asking for likes, reposts and deletions of ${ids.length} posts, ${callsPerHour} calls an hour.`)
    for (let from = 0; from < ids.length && !signal.aborted; from += perCall) {
      const asked = ids.slice(from, from + perCall)
      const views = await ask(asked, settings)
      const changes = views ? compare(memory, { asked, views, now: now(), settleMs }) : []
      tally.took(changes)
      if (changes.length > 0) yield { source: name, changes, cursor: null }
      await sleep(hourMs / callsPerHour, signal)
    }
    await sleep(everyMs - (now() - started), signal)
  }
  tally.say('off', 'Stopped.')
}

async function recentIds({ recent }: Settings, { since, limit }: { since: string; limit: number }): Promise<string[]> {
  try {
    return (await recent(since, limit)).filter((id) => id.startsWith('at://'))
  } catch (cause) {
    if (cause instanceof CorruptionError) throw cause
    throw new TransientError('the store did not say which posts are recent', { cause })
  }
}

/** What we use of a post view. */
export interface View {
  uri: string
  likeCount?: number
  repostCount?: number
  author: { did: string; labels?: { val: string }[] }
}

/** The views of these posts; null when the AppView will not answer for them, or we stop. */
async function ask(uris: string[], settings: Settings): Promise<View[] | null> {
  const { host, note, backoff, signal, tally } = settings
  const { Agent, XRPCError } = await import('@atproto/api')
  const agent = new Agent(host)
  const call = async (): Promise<View[] | null> => {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)])
      return (await agent.app.bsky.feed.getPosts({ uris }, { signal: limited })).data.posts
    } catch (error) {
      const status: number = error instanceof XRPCError ? error.status : networkStatus
      note('refresh.failed', { source: name, status })
      // Any other refusal is about these posts, or about what we make of the answer: asking again would not help.
      if (status !== networkStatus && status !== 429 && status < 500) return null
      tally.say('stalled', `${host} answered ${status === networkStatus ? 'nothing' : status}. Trying again by itself.`)
      const afterMs = error instanceof XRPCError ? resetMs(error.headers, settings.now()) : 0
      throw new TransientError('the AppView failed', { cause: error, afterMs })
    }
  }
  return (await retry(call, signal, backoff)) ?? null
}

/** How long the AppView asks us to stay away: `retry-after` in seconds, or `ratelimit-reset` as Unix seconds. */
function resetMs(headers: Record<string, string | undefined> | undefined, now: number): number {
  const after = Number(headers?.['retry-after']) * 1000 || Number(headers?.['ratelimit-reset']) * 1000 - now
  return after > 0 ? Math.min(after, hourMs) : 0
}

/** What we were told before, bounded: forgetting only means to say something once more, or to ask once more. */
interface Memory {
  /** Likes and reposts by post. */
  counts: Map<string, string>
  /** When a post was first left out. */
  missing: Map<string, number>
  /** Authors known to ask not to be shown to the public. */
  unwilling: Set<string>
}
const createMemory = (): Memory => ({ counts: new Map(), missing: new Map(), unwilling: new Set() })
const mostKept = 100_000

interface Answer {
  asked: string[]
  views: View[]
  now: number
  settleMs: number
}

/** The changes between what was known and what the AppView says now. */
function compare(memory: Memory, { asked, views, now, settleMs }: Answer): Change[] {
  const at = new Date(now).toISOString()
  const wanted = new Set(asked)
  const changes = views.filter(({ uri }) => wanted.delete(uri)).flatMap((view) => viewed(memory, view, at))
  const isGone = (id: string) => {
    const first = memory.missing.get(id)
    if (first === undefined) memory.missing.set(id, now)
    return first !== undefined && now - first >= settleMs && memory.missing.delete(id)
  }
  // An answer that lacks most of a call says more about the AppView than about the posts.
  const isCredible = asked.length < 10 || wanted.size <= asked.length / 2
  const gone = isCredible ? [...wanted].filter(isGone) : []
  const revision = tidOf(now * 1000)
  for (const kept of Object.values(memory)) for (const key of kept.keys()) if (kept.size > mostKept) kept.delete(key)
  return [...changes, ...gone.map((id) => ({ op: 'delete' as const, source, id, at, revision }))]
}

function viewed(memory: Memory, { uri, likeCount = 0, repostCount = 0, author }: View, at: string): Change[] {
  const changes: Change[] = []
  memory.missing.delete(uri)
  if (memory.counts.get(uri) !== `${likeCount} ${repostCount}`) {
    memory.counts.set(uri, `${likeCount} ${repostCount}`)
    changes.push({ op: 'counts', source, id: uri, likes: likeCount, reposts: repostCount, at })
  }
  const asks = author.labels?.some(({ val }) => val === '!no-unauthenticated') ?? false
  if (asks && !memory.unwilling.has(author.did)) {
    memory.unwilling.add(author.did)
    changes.push({ op: 'display', source, author: author.did, quotable: false, at })
  }
  return changes
}
