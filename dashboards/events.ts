// GET /v1/events: server-sent events when a topic's numbers move or its paragraph is reissued, for each of its stories as
// well. One look at the store for all listeners, and none without them. An event says that something moved, never what was
// said.
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { TopicCount } from '../answers.ts'
import type { News } from '../conclusions.ts'
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

/** Hands news from who issues paragraphs to whoever listens at the moment. */
export function openNews(): { tell: (news: News) => void; listen: Served['listen'] } {
  const listeners = new Set<(news: News) => void>()
  return {
    tell: (news) => {
      for (const listener of listeners) listener(news)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What moved, with what was issued meanwhile: one event a topic, and a withdrawal is told as one. */
export function withNews(moved: Moved[], news: Iterable<News>, counts: TopicCount[]): Moved[] {
  const told = new Map(moved.map((one) => [keyOf(one.count), one]))
  for (const { topic, version, kind } of news) {
    const key = keyOf({ topic, version } as TopicCount)
    const nothing = { topic, version, posts: 0, authors: 0, latest: null }
    const count = told.get(key)?.count ?? counts.find((one) => keyOf(one) === key) ?? nothing
    if (told.get(key)?.event !== 'perspective.withdrawn') told.set(key, { event: `perspective.${kind}`, count })
  }
  return [...told.values()]
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
      // The last word on each topic since this listener was told: as many as there are topics.
      const issued = new Map<string, News>()
      const deaf = served.listen((news) => issued.set(`${news.topic}@${news.version}`, news))
      try {
        await tell(stream, { counts, issued, stories: served.stories, until })
      } finally {
        deaf()
      }
    })
  }
}

interface Telling {
  counts: () => Promise<TopicCount[]>
  issued: Map<string, News>
  stories: Pick<Served['stories'], 'of'>
  until: AbortSignal
}

async function tell(stream: SSEStreamingApi, { counts, issued, stories, until }: Telling): Promise<void> {
  let known = await counts()
  let quietMs = 0
  await stream.writeSSE({ event: 'hello', data: '{}' })
  while (!until.aborted) {
    await sleep(everyMs, until)
    if (until.aborted) return
    const now = await counts().catch(() => known) // a question cut off for time: look again at the next turn
    const moved = withNews(movedBetween(known, now), issued.values(), now)
    issued.clear()
    known = now
    for (const { event, count } of moved) {
      await stream.writeSSE({ event, data: JSON.stringify(count) })
      for (const { id, url, topic } of await stories.of(count.topic))
        await stream.writeSSE({ event: 'story.updated', data: JSON.stringify({ id, url, topic }) })
    }
    quietMs = moved.length ? 0 : quietMs + everyMs
    if (quietMs < keepAliveMs) continue
    await stream.write(': still here\n\n')
    quietMs = 0
  }
}
