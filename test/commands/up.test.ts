// `undercurrent up` as a process: what it prints, how it refuses, how it ends, and that it starts again after kill -9.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourcesOf } from '../../commands/up.ts'
import type { Perspective } from '../../conclusions.ts'
import { parseConfig } from '../../config.ts'
import { type Home, newHome } from '../process.ts'

let home: Home
beforeEach(() => {
  home = newHome()
})
afterEach(() => home[Symbol.dispose]())

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
const posts = (count: number) =>
  Array.from({ length: count }, (_, nr) => JSON.stringify({ id: `${nr}`, text: `harbour ${nr}` })).join('\n')

describe('undercurrent up', () => {
  test('tells its address and the key, lets write who has it, refuses a second one, and ends on SIGTERM', async () => {
    const up = await home.up()
    const key = /API key {2}(uc_[\w-]+)/.exec(up.printed())?.[1]
    expect((await home.run(['key'])).stdout.trim()).toBe(key)
    const write = (headers: Record<string, string>) =>
      fetch(`${up.url}/v1/posts`, { method: 'POST', body: posts(1), headers })
    expect((await write({})).status).toBe(401)
    expect((await write({ authorization: `Bearer ${key}` })).status).toBe(202)

    const second = await home.run(['up', '--port', '0'])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('undercurrent already runs on')
    expect(second.stderr).toContain(up.url)

    const events = await fetch(`${up.url}/v1/events`) // a reader that stays does not hold it up
    const start = performance.now()
    expect(await up.end('SIGTERM')).toBe(0)
    expect(performance.now() - start).toBeLessThan(3_000)
    expect(isGone(up.child.pid!)).toBe(true)
    await events.body!.cancel().catch(() => {})
  })

  test('after kill -9 the same command starts again, with everything that was accepted', async () => {
    await home.run(['topics', 'add', 'harbour', '--query', 'harbour'])
    const up = await home.up()
    const headers = { authorization: `Bearer ${(await home.run(['key'])).stdout.trim()}` }
    expect((await fetch(`${up.url}/v1/posts`, { method: 'POST', body: posts(50), headers })).status).toBe(202)
    expect(await up.end('SIGKILL')).toBe('SIGKILL')
    const again = await home.up()
    expect(again.printed()).not.toContain('API key')
    await again.settled()
    const { topics } = await again.get<{ topics: { id: string; posts: number }[] }>('/v1/topics')
    expect(topics).toMatchObject([{ id: 'harbour', posts: 50 }])
    expect(await again.end('SIGINT')).toBe(0)
  })

  test('SIGTERM in the midst of scoring ends it within seconds, and the next start goes on', async () => {
    using busy = newHome({ sample: true })
    const up = await busy.up('--offline')
    const status = () => up.get<{ log: { posts: number }; lag: number }>('/v1/status')
    while ((await status()).log.posts < 500) await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await status()).lag).toBeGreaterThan(0)
    const start = performance.now()
    expect(await up.end('SIGTERM')).toBe(0)
    expect(performance.now() - start).toBeLessThan(6_000)
    const again = await busy.up('--offline')
    expect(again.printed()).toContain('invented posts')
    const authorization = `Bearer ${(await busy.run(['key'])).stdout.trim()}`
    const removed = await fetch(`${again.url}/v1/sample`, { method: 'DELETE', headers: { authorization } })
    expect(removed.status).toBe(204)
    expect(await again.end('SIGTERM')).toBe(0)
    const without = await busy.up('--offline')
    expect(without.printed()).not.toContain('invented posts')
    expect(await without.end('SIGTERM')).toBe(0)
  })

  test('a port that is taken is told, with what to do; the process ends', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await home.run(['up', '--port', String(port)])
    server.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken\n  Give another: --port N`)
  })
})

describe('on a bare machine', () => {
  test('the sample shows within 60 s: an unrefused paragraph on the peace talks, and a refusal on night trains', async () => {
    const start = performance.now()
    const own = newHome({ sample: true, model: {} })
    const up = await own.up('--offline')
    const finished = async () => {
      const { lag, sources } = await up.get<{ lag: number; sources: { state: string }[] }>('/v1/status')
      return lag === 0 && sources.every(({ state }) => state === 'finished')
    }
    while (!(await finished())) await new Promise((resolve) => setTimeout(resolve, 100))
    const read = (topic: string) => up.get<Perspective>(`/v1/topics/${topic}/perspective`)
    const [talks, trains] = [await read('peace-talks'), await read('night-trains')]
    expect(talks.refusal).toBeNull()
    expect(talks.sentences.length).toBeGreaterThan(2)
    expect(talks.blindSpots.join(' ')).toContain('bundled sample: invented')
    expect(trains.refusal?.reason).toBe('too few voices')
    const { topics } = await up.get<{ topics: { id: string; posts: number }[] }>('/v1/topics')
    expect(topics.find(({ id }) => id === 'peace-talks')!.posts).toBeGreaterThanOrEqual(200)
    expect(performance.now() - start).toBeLessThan(60_000)
    await up.end('SIGTERM')
    own[Symbol.dispose]()
  }, 90_000)
})

describe('the sources it names', () => {
  const named = (sources: string, offline = false) =>
    sourcesOf({ sources: parseConfig(`sources: ${sources}`, 'x').sources, offline })

  test('are all that are read', () => {
    expect(named('{}')).toBe('Bluesky, from 6 h ago')
    expect(named('{ bluesky: false }')).toBe('none; import a file or POST /v1/posts')
    expect(named('{}', true)).toBe('none (offline); import a file or POST /v1/posts')
    const mastodon = 'mastodon: { instances: [{ host: https://a.example }] }'
    const feeds = 'feeds: [{ url: https://a.example/rss }, { url: https://b.example/rss }]'
    expect(named(`{ bluesky: false, x: { daily: 10, monthly: 99 }, ${mastodon}, hackernews: {}, ${feeds} }`)).toBe(
      'X, for at most $10 a day; 1 instance of Mastodon; Hacker News; 2 feeds',
    )
  })
})
