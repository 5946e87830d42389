// X's API over real sockets: what a request carries, what an answer that is none becomes, and that a timeout or an abort
// ends the socket at once, since a stream nobody reads costs money. Then one connection's limits.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openX, type XApi, type XRefused, XUnreachable } from '../../ingest/xClient.ts'
import { openXClock } from '../../ingest/xClock.ts'
import { XConnection } from '../../ingest/xConnection.ts'
import { until } from '../contract/source.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
let sockets: Set<Socket>
let stop: AbortController
let api: XApi
let openWith: (timeoutMs: number) => XApi
const seen: { url: string; headers: IncomingMessage['headers'] }[] = []
const clock = openXClock()
const server = createServer((request, response) => {
  seen.push({ url: `${request.method} ${request.url}`, headers: request.headers })
  answer(request, response)
})
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
})
beforeEach(async () => {
  sockets = new Set()
  seen.length = 0
  stop = new AbortController()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  openWith = (timeoutMs) => openX({ token: 'secret', host, clock, signal: stop.signal, timeoutMs })
  api = openWith(20_000)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})
const search = { query: 'ferry (a OR b)', sinceId: '1', untilId: '9', most: 100, next: null }

describe('a request', () => {
  test('carries the token and what is asked for, and hears X’s time', async () => {
    answer = (_, response) => {
      response.setHeader('date', 'Sun, 29 Nov 2026 12:00:00 GMT')
      response.setHeader('content-type', 'application/json')
      response.end('{"data":[{"id":"5"}],"meta":{"next_token":"abc"}}')
    }
    expect(await api.search(search)).toEqual({ posts: [{ id: '5' }], next: 'abc' })
    const url = new URL(seen[0]!.url.replace('GET ', 'http://x'))
    expect(url.pathname).toBe('/2/tweets/search/recent')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      query: search.query,
      since_id: '1',
      max_results: '100',
    })
    expect(url.searchParams.has('expansions')).toBe(false)
    expect(seen[0]!.headers.authorization).toBe('Bearer secret')
    expect(new Date(clock.span().low).toISOString().slice(0, 16)).toBe('2026-11-29T12:00')
  })

  test('reads all pages of rules', async () => {
    answer = ({ url = '' }, response) => {
      response.setHeader('content-type', 'application/json')
      const rule = { id: url.includes('pagination_token=two') ? '2' : '1', value: 'a', tag: 7 }
      response.end(JSON.stringify({ data: [rule, 5, {}], meta: rule.id === '1' ? { next_token: 'two' } : {} }))
    }
    expect(await api.rules()).toEqual(['1', '2'].map((id) => ({ id, value: 'a', tag: null })))
  })

  test.each(['<html>', '', '{"data":', '[]', '"text"'])(
    'answered with %j brings nothing, or fails as a network does',
    async (body) => {
      answer = (_, response) => {
        response.setHeader('content-type', 'application/json')
        response.end(body)
      }
      const outcome = await api.search(search).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(XUnreachable)
      else expect(outcome).toEqual({ posts: [], next: null })
    },
  )

  test('refused says the status and X’s word, and no text of X', async () => {
    answer = (_, response) => {
      response.writeHead(429, { 'x-rate-limit-limit': '1', 'x-rate-limit-reset': '99999999999' })
      response.end('{"title":"Too Many Requests","detail":"secret words"}')
    }
    const error = await api.search(search).catch((error: unknown) => error as XRefused)
    expect(error).toMatchObject({ status: 429, afterMs: 86_400_000 })
    expect(String(error)).not.toContain('secret')
  })

  test('without an answer ends, and so does its socket', async () => {
    answer = () => {}
    await expect(openWith(60).search(search)).rejects.toMatchObject({ isUnsure: false })
    await until(() => sockets.size === 0)
  })

  test('is ended by an abort, at once', async () => {
    answer = () => stop.abort()
    await expect(api.rules()).rejects.toThrow()
    await until(() => sockets.size === 0)
    await expect(api.rules()).rejects.toThrow()
    expect(seen).toHaveLength(1)
  })
})

describe('a stream', () => {
  test('that does not begin is given up, its socket ended; it may have cost something', async () => {
    answer = () => {}
    await expect(openWith(60).stream()).rejects.toMatchObject({ isUnsure: true })
    await until(() => sockets.size === 0)
  })

  const open = async (options: { mostPosts?: number; received?: () => boolean } = {}) =>
    new XConnection(await api.stream(), {
      ...{ signal: stop.signal, stallMs: 1_000, mostPosts: 10, received: () => true },
      ...options,
    })
  const take = (connection: XConnection) => connection.take({ limit: 100, waitMs: 20, idleMs: 500 })

  test('brings lines however they are cut, and no sign of life', async () => {
    answer = (_, response) => {
      response.write('\r\n{"a":')
      setTimeout(() => response.end('1}\r\n\r\n\n{"b":2}\n{"c":3}\r\n'), 5)
    }
    const connection = await open()
    const lines: string[] = []
    while (connection.ending === null) lines.push(...(await take(connection)))
    lines.push(...(await take(connection)))
    expect(lines).toEqual(['{"a":1}', '{"b":2}', '{"c":3}'])
    expect([connection.ending, connection.isUnsure]).toEqual(['closed', false])
  })

  test.each([
    ['in the middle of a line, politely', (response: ServerResponse) => response.end('{"a":1}\r\n{"b"'), 'broken'],
    ['in the middle, without a word', (response: ServerResponse) => response.socket!.destroy(), 'broken'],
    ['with a line that does not end', (response: ServerResponse) => response.write('x'.repeat(600_000)), 'broken'],
    ['with more than anybody waits for', (response: ServerResponse) => response.write('{}\n'.repeat(12)), 'slow'],
  ])('that ends %s is unsure', async (_, end, ending) => {
    answer = (_, response) => {
      response.write('{"a":1}\r\n', () => end(response))
    }
    const connection = await open()
    await until(() => connection.ending !== null)
    expect([connection.ending, connection.isUnsure]).toEqual([ending, true])
    await until(() => sockets.size === 0)
  })

  test('is cut by the meter at the very line, and what came is there', async () => {
    answer = (_, response) => response.write('{"a":1}\n{"b":2}\n{"c":3}\n')
    let left = 2
    const connection = await open({ received: () => --left > 0 })
    await until(() => connection.ending !== null)
    expect(connection.ending).toBe('spent')
    expect(await take(connection)).toEqual(['{"a":1}', '{"b":2}'])
    await until(() => sockets.size === 0)
  })

  test('of an abort ends at once', async () => {
    answer = (_, response) => response.write('\r\n')
    const connection = await open()
    const waiting = take(connection)
    stop.abort()
    expect(await waiting).toEqual([])
    expect(connection.ending).toBe('stopped')
    await until(() => sockets.size === 0)
  })
})
