// GET /v1/events: server-sent events when a topic's numbers move or its paragraph is reissued, of stories when what their
// boxes say was reissued, when they are approved and when they end, and of alerts when they take a state. One look at the store for all listeners, and none
// without them. An event says that something moved, never what was said.
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { Alert } from '../alarms.ts'
import type { TopicCount } from '../answers.ts'
import type { News } from '../conclusions.ts'
import { sleep } from '../retry.ts'
import type { Served } from './served.ts'
import type { Stories } from './stories.ts'
import type { StoryNews } from './storyTake.ts'

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

export interface StoryMoved {
  id: string
  url: string
  topic: string | null
  state: News['kind'] | StoryNews['state']
}

/** What is told of stories: editions of what their boxes say, and what became of them; the last word on each. */
export async function movedStories(
  editions: Iterable<News>,
  became: Iterable<StoryNews>,
  of: Stories['of'],
): Promise<StoryMoved[]> {
  const told = new Map<string, StoryMoved>()
  for (const { topic, kind } of editions)
    for (const { id, url } of await of(topic)) told.set(id, { id, url, topic, state: kind })
  for (const { story, state } of became) told.set(story.id, { id: story.id, url: story.url, topic: story.topic, state })
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
      const became = new Map<string, StoryNews>()
      const alarms = new Map<string, Alert>()
      const deaf = [
        served.listen((news) => issued.set(`${news.topic}@${news.version}`, news)),
        served.stories.listen((news) => became.set(news.story.id, news)),
        served.alerts.listen(({ alert }) => alarms.set(alert.id, alert)),
      ]
      try {
        await tell(stream, { served, counts, issued, became, alarms, until })
      } finally {
        for (const end of deaf) end()
      }
    })
  }
}

interface Telling {
  counts: () => Promise<TopicCount[]>
  issued: Map<string, News>
  became: Map<string, StoryNews>
  alarms: Map<string, Alert>
  served: Pick<Served, 'stories' | 'alerts'>
  until: AbortSignal
}

/** All of them, and none is left. */
function taken<One>(waiting: Map<string, One>): One[] {
  const all = [...waiting.values()]
  waiting.clear()
  return all
}

/** Enough for a line on a desktop: what it says stands on its page. */
function alarmEvent({ alerts }: Pick<Served, 'alerts'>, alert: Alert) {
  const { id, rule, topic, severity, state, at } = alert
  const { title, path } = alerts.wordsOf(alert)
  return {
    event: `alert.${state}`,
    data: JSON.stringify({ id, rule, topic: topic.topic, severity, state, at, title, path }),
  }
}

async function tell(stream: SSEStreamingApi, telling: Telling): Promise<void> {
  const { served, counts, issued, became, alarms, until } = telling
  let known = await counts()
  let quietMs = 0
  await stream.writeSSE({ event: 'hello', data: '{}' })
  while (!until.aborted) {
    await sleep(everyMs, until)
    if (until.aborted) return
    const now = await counts().catch(() => known) // a question cut off for time: look again at the next turn
    const news = [[...issued.values()], [...became.values()]] as const
    const moved = withNews(movedBetween(known, now), news[0], now)
    issued.clear()
    became.clear()
    known = now
    for (const { event, count } of moved) await stream.writeSSE({ event, data: JSON.stringify(count) })
    for (const alert of taken(alarms)) await stream.writeSSE(alarmEvent(served, alert))
    const told = await movedStories(...news, served.stories.of)
    for (const one of told) await stream.writeSSE({ event: 'story.updated', data: JSON.stringify(one) })
    quietMs = moved.length + told.length ? 0 : quietMs + everyMs
    if (quietMs < keepAliveMs) continue
    await stream.write(': still here\n\n')
    quietMs = 0
  }
}
