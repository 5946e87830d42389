// How many kept posts a query would match, by the hour and with a few of them, before anybody makes it a topic. Reads the log in its
// evenly spread blocks within a time budget, so a cut look is still a fair sample; lets others run between blocks.
import { createHash, randomUUID } from 'node:crypto'
import { setImmediate as breathe } from 'node:timers/promises'
import type { TopicPreview } from '../given.ts'
import type { Log, PostChange } from '../types.ts'
import { createMatcher } from './match.ts'
import { parseQuery } from './query.ts'

const sampleSize = 20
const hourMs = 3_600_000
/** Hours that a chart shows: as many as posts are kept for by default. */
const mostHours = 48

export interface PreviewOptions {
  budgetMs?: number
  now?: () => number
  /** Decides who is drawn. Secret: whoever posts must not be able to choose to be. */
  salt?: string
}

/** Throws QueryError. An aborted signal ends it early with what was seen so far. */
export async function previewQuery(
  log: Log,
  query: string,
  { signal, budgetMs = 1500, now = () => performance.now(), salt = ownSalt }: PreviewOptions & { signal: AbortSignal },
): Promise<TopicPreview> {
  const matcher = createMatcher([parseQuery(query)])
  const { posts } = await log.status()
  const until = now() + budgetMs
  const matched = newMatched(salt)
  let scanned = 0
  for await (const block of log.scan(signal)) {
    for (const post of block) if (matcher.match(post).length > 0) matched.add(post)
    scanned += block.length
    if (now() >= until || signal.aborted) break
    await breathe()
  }
  return matched.take({ scanned, kept: Math.max(posts, scanned) })
}

/** The same of posts that were looked at before; `matched`: by their index. */
export function previewOf(
  { posts, kept }: { posts: PostChange[]; kept: number },
  matched: number[],
  { salt = ownSalt }: PreviewOptions = {},
): TopicPreview {
  const found = newMatched(salt)
  for (const at of matched) found.add(posts[at]!)
  return found.take({ scanned: posts.length, kept })
}

function newMatched(salt: string) {
  const sample = newSample(salt)
  const hours = newHours()
  let matched = 0
  return {
    add(post: PostChange): void {
      matched++
      hours.add(post)
      if (post.quotable) sample.add(post) // who asks not to be shown is counted, never quoted
    },
    take({ scanned, kept }: { scanned: number; kept: number }): TopicPreview {
      const estimate = scanned > 0 ? Math.round((matched * kept) / scanned) : 0
      return { matched, scanned, kept, estimate, sample: sample.take(), hours: hours.take() }
    },
  }
}

const ownSalt = randomUUID()

interface Drawn {
  post: PostChange
  /** By it posts are in an order of chance. */
  lot: string
}

/** The posts with the least lots of all that were added: a fair sample, which few newcomers change but little. */
function newSample(salt: string) {
  let kept: Drawn[] = []
  const least = () => kept.sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, sampleSize)
  return {
    add(post: PostChange): void {
      const lot = createHash('sha256')
        .update(JSON.stringify([salt, post.source, post.id]))
        .digest('hex')
      kept.push({ post, lot })
      if (kept.length > 50 * sampleSize) kept = least()
    },
    take(): TopicPreview['sample'] {
      const newest = least().sort((a, b) => (a.post.at < b.post.at ? 1 : -1))
      return newest.map(({ post: { source, id, text, at } }) => ({ source, id, text, at }))
    },
  }
}

/** Posts by the hour. Only the latest hours are held: a file may hold posts of many years. */
function newHours() {
  const counts = new Map<number, number>()
  const latest = () => Math.max(...counts.keys())
  return {
    add({ at }: PostChange): void {
      const hour = Math.floor(Date.parse(at) / hourMs)
      counts.set(hour, (counts.get(hour) ?? 0) + 1)
      if (counts.size <= 20 * mostHours) return
      const first = latest() - mostHours
      for (const one of counts.keys()) if (one <= first) counts.delete(one)
    },
    take(): TopicPreview['hours'] {
      if (!counts.size) return []
      const last = latest()
      const first = Math.max(Math.min(...counts.keys()), last - mostHours + 1)
      return Array.from({ length: last - first + 1 }, (_, nr) => ({
        at: new Date((first + nr) * hourMs).toISOString(),
        matched: counts.get(first + nr) ?? 0,
      }))
    },
  }
}
