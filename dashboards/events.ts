// GET /v1/events: server-sent events when a topic's numbers move. One poller for all listeners, none without them.
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { sleep } from '../retry.ts'
import type { TopicCount } from '../types.ts'
import type { Served } from './served.ts'

const everyMs = 2_000
const keepAliveMs = 20_000

/** Streams `perspective.updated` {topic, version, posts, authors, latest} until the client or the process goes. */
export function events(c: Context, served: Served, signal: AbortSignal): Response {
  return streamSSE(c, async (stream) => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const until = AbortSignal.any([signal, gone.signal])
    let known = new Map<string, string>()
    let quietMs = 0
    await stream.writeSSE({ event: 'hello', data: '{}' })
    while (!until.aborted) {
      const counts = await served.ask.counts()
      const moved = known.size ? counts.filter((one) => known.get(keyOf(one)) !== stampOf(one)) : []
      known = new Map(counts.map((one) => [keyOf(one), stampOf(one)]))
      for (const one of moved) await stream.writeSSE({ event: 'perspective.updated', data: JSON.stringify(one) })
      quietMs = moved.length ? 0 : quietMs + everyMs
      if (quietMs >= keepAliveMs) {
        await stream.write(': still here\n\n')
        quietMs = 0
      }
      await sleep(everyMs, until)
    }
  })
}

const keyOf = ({ topic, version }: TopicCount) => `${topic}@${version}`
const stampOf = ({ posts, authors, latest }: TopicCount) => `${posts} ${authors} ${latest}`
