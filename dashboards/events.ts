// GET /v1/events: server-sent events when a topic's numbers move. One look at the store for all listeners, and none
// without them. An event says that something moved, never what was said.
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { TopicCount } from '../answers.ts'
import { sleep } from '../retry.ts'
import type { Served } from './served.ts'

const everyMs = 2_000
const keepAliveMs = 20_000

export interface Moved {
  event: 'perspective.updated' | 'perspective.withdrawn'
  count: TopicCount
}

const keyOf = ({ topic, version }: TopicCount) => `${topic}@${version}`
const stampOf = ({ posts, authors, latest }: TopicCount) => `${posts} ${authors} ${latest}`

/** What moved between two looks: topics with other numbers, and those whose last post is gone. */
export function movedBetween(before: TopicCount[], after: TopicCount[]): Moved[] {
  const stamps = new Map(before.map((one) => [keyOf(one), stampOf(one)]))
  const still = new Set(after.map(keyOf))
  const updated = after.filter((one) => stamps.get(keyOf(one)) !== stampOf(one))
  const gone = before.filter((one) => !still.has(keyOf(one)))
  return [
    ...updated.map((count): Moved => ({ event: 'perspective.updated', count })),
    ...gone.map(
      (one): Moved => ({ event: 'perspective.withdrawn', count: { ...one, posts: 0, authors: 0, latest: null } }),
    ),
  ]
}

/** The handler. A listener that is slow misses looks, not events: it compares with what it told last. */
export function openEvents(served: Served, signal: AbortSignal) {
  let look: { at: number; counts: Promise<TopicCount[]> } | undefined
  const counts = () => {
    const now = performance.now()
    if (!look || now - look.at >= everyMs * 0.9) look = { at: now, counts: served.ask.counts() }
    return look.counts
  }
  return (c: Context): Response => {
    // Nobody would read the stream of a HEAD, and so nobody would end it.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
    return streamSSE(c, async (stream) => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      const until = AbortSignal.any([signal, gone.signal])
      let known = await counts()
      let quietMs = 0
      await stream.writeSSE({ event: 'hello', data: '{}' })
      while (!until.aborted) {
        await sleep(everyMs, until)
        if (until.aborted) return
        const now = await counts().catch(() => known) // a question cut off for time: look again at the next turn
        const moved = movedBetween(known, now)
        known = now
        for (const { event, count } of moved) await stream.writeSSE({ event, data: JSON.stringify(count) })
        quietMs = moved.length ? 0 : quietMs + everyMs
        if (quietMs < keepAliveMs) continue
        await stream.write(': still here\n\n')
        quietMs = 0
      }
    })
  }
}
