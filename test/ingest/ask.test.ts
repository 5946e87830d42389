// Asking politely: bounded answers, trouble that is waited for, and the pace that a platform's own words set.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { TransientError } from '../../errors.ts'
import { ask, awayMs, createAsker, createPace, type Trouble } from '../../ingest/ask.ts'
import { until } from '../contract/source.ts'
import { openTime } from '../doubles/time.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
const { signal } = new AbortController()
const nowMs = Date.parse('2026-11-22T12:00:00.000Z')

describe('an answer', () => {
  test.each<[string, string, unknown]>([
    ['JSON', '{"a":[1]}', { a: [1] }],
    ['null', 'null', null],
    ['no JSON', '<html>', undefined],
    ['nothing', '', undefined],
    ['more than we take', `"${'x'.repeat(2_000)}"`, undefined],
  ])('%s', async (_, body, told) => {
    const url = await serve((_request, response) => response.writeHead(418, { 'x-a': 'b' }).end(body))
    const answer = await ask(url, { signal, mostBytes: 1_000 })
    expect(answer).toMatchObject({ status: 418, body: told })
    expect(answer.headers.get('x-a')).toBe('b')
  })
  test('a redirect: nobody goes where the operator did not say', async () => {
    let strays = 0
    const elsewhere = await serve((_, response) => response.end(String(strays++)))
    const url = await serve((_, response) => response.writeHead(302, { location: elsewhere }).end())
    expect(await ask(url, { signal })).toMatchObject({ status: 302, body: undefined })
    expect(strays).toBe(0)
  })
  test('without its body, where that never ends', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      response.on('close', closed.resolve)
      response.writeHead(200, { 'x-a': 'b' }).write('1')
    })
    const answer = await ask(url, { signal, mostBytes: 0 })
    expect([answer.status, answer.headers.get('x-a'), answer.body]).toEqual([200, 'b', undefined])
    await closed.promise
  })
  test('none: too late, cut, nobody there, or we stop', async () => {
    const [late, cut] = [
      await serve(() => {}),
      await serve((_, response) => {
        response.writeHead(200, { 'content-length': '9' })
        response.write('{"a', () => response.socket?.destroy())
      }),
    ]
    await expect(ask(late, { signal, timeoutMs: 30 })).rejects.toThrow('gave no whole answer in time')
    await expect(ask(cut, { signal })).rejects.toThrow(TransientError)
    await expect(ask('http://127.0.0.1:9/', { signal })).rejects.toThrow('cannot be reached')
    await expect(ask(late, { signal: AbortSignal.abort() })).rejects.toThrow(TransientError)
  })
})

describe('how long to stay away', () => {
  test.each<[Record<string, string>, number]>([
    [{}, 0],
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:01:00 GMT' }, 60_000],
    [{ 'x-ratelimit-reset': '2026-11-22T12:05:00.000Z' }, 300_000],
    [{ 'x-ratelimit-reset': String(nowMs / 1_000 + 90) }, 90_000],
    [{ 'x-ratelimit-reset': '2026-11-22T11:05:00.000Z', 'retry-after': '5' }, 5_000],
    [{ 'x-ratelimit-reset': 'soon', 'retry-after': 'later' }, 0],
    [{ 'x-ratelimit-reset': '2036-11-22T12:05:00.000Z' }, 3_600_000],
    [{ 'retry-after': '999999999' }, 3_600_000],
  ])('%j: %d ms', (headers, ms) => {
    expect(awayMs(new Headers(headers), nowMs)).toBe(ms)
  })
})

describe('the pace', () => {
  test('spreads turns, and rests until the reset when no more than the reserve is left', async () => {
    const time = openTime(nowMs)
    const pace = createPace({ perSecond: 2, reserve: 5, now: time.now, sleep: time.sleep })
    let turns = 0
    const take = () => void pace.turn(signal).then(() => turns++)
    for (let n = 0; n < 3; n++) take()
    await until(() => turns === 1)
    time.advance(500)
    await until(() => turns === 2)
    time.advance(500)
    await until(() => turns === 3)
    const reset = new Date(time.now() + 60_000).toISOString()
    pace.heed(new Headers({ 'x-ratelimit-remaining': '6', 'x-ratelimit-reset': reset }))
    time.advance(500)
    take()
    await until(() => turns === 4)
    pace.heed(new Headers({ 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': reset }))
    take()
    time.advance(59_000)
    await Promise.resolve()
    expect(turns).toBe(4)
    time.advance(500)
    await until(() => turns === 5)
  })
})

test('an asker waits for trouble to pass, gives what is an answer, and stops when told to', async () => {
  const statuses = [500, 429, 408, 404]
  const url = await serve((_, response) => response.writeHead(statuses.shift() ?? 200).end('{}'))
  const told: Trouble[] = []
  const options = { perSecond: 1e6, backoff: { baseMs: 1, capMs: 2 }, onTrouble: (one: Trouble) => told.push(one) }
  const asker = createAsker(options)
  expect(await asker(url, { signal })).toMatchObject({ status: 404 })
  expect(told.map(({ reason, attempt }) => `${attempt} ${reason}`)).toEqual([
    '0 answered 500',
    '1 answered 429',
    '2 answered 408',
  ])
  expect(await asker(url, { signal: AbortSignal.abort() })).toBeNull()
  const abort = new AbortController()
  const stopping = createAsker({ ...options, onTrouble: () => abort.abort() })
  expect(await stopping('http://127.0.0.1:9/', { signal: abort.signal })).toBeNull()
})
