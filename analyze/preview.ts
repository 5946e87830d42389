// How many kept posts a query would match, with a few of them, before anybody makes it a topic. Reads the log in its
// evenly spread blocks within a time budget, so a cut look is still a fair sample; lets others run between blocks.
import { setImmediate as breathe } from 'node:timers/promises'
import type { TopicPreview } from '../answers.ts'
import type { Log, PostChange } from '../types.ts'
import { createMatcher } from './match.ts'
import { parseQuery } from './query.ts'

const sampleSize = 20

export interface PreviewOptions {
  budgetMs?: number
  now?: () => number
}

/** Throws QueryError. An aborted signal ends it early with what was seen so far. */
export async function previewQuery(
  log: Log,
  query: string,
  { signal, budgetMs = 1500, now = () => performance.now() }: PreviewOptions & { signal: AbortSignal },
): Promise<TopicPreview> {
  const matcher = createMatcher([parseQuery(query)])
  const { posts } = await log.status()
  const until = now() + budgetMs
  const sample = newSample()
  let scanned = 0
  let matched = 0
  for await (const block of log.scan(signal)) {
    for (const post of block) {
      if (matcher.match(post).length === 0) continue
      matched++
      if (post.quotable) sample.add(post) // who asks not to be shown is counted, never quoted
    }
    scanned += block.length
    if (now() >= until || signal.aborted) break
    await breathe()
  }
  const kept = Math.max(posts, scanned)
  const estimate = scanned > 0 ? Math.round((matched * kept) / scanned) : 0
  return { matched, scanned, kept, estimate, sample: sample.take() }
}

/** Posts spread evenly over all that were added: keeps every n-th and doubles n whenever there are too many. */
function newSample() {
  let kept: PostChange[] = []
  let stride = 1
  let added = 0
  return {
    add(post: PostChange): void {
      if (added++ % stride !== 0) return
      kept.push(post)
      if (kept.length < 2 * sampleSize) return
      kept = kept.filter((_, i) => i % 2 === 0)
      stride *= 2
    },
    take(): TopicPreview['sample'] {
      const step = Math.max(1, kept.length / sampleSize)
      const spread = Array.from({ length: Math.min(sampleSize, kept.length) }, (_, i) => kept[Math.floor(i * step)]!)
      const newest = spread.sort((a, b) => (a.at < b.at ? 1 : -1))
      return newest.map(({ source, id, text, at }) => ({ source, id, text, at }))
    },
  }
}
