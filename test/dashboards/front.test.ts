// The thread in front, with the whole house behind it on a socket file: everything comes through as it was sent, streams
// and uploads too; popular boxes go out while the main thread is busy; a change is told at once; and it ends when asked to.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { socketIn } from '../../dashboards/front.ts'
import { generationHeader, peerHeader } from '../../dashboards/frontWords.ts'
import { listen } from '../../dashboards/server.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
let folder: string
let socket: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uc-front-'))
  socket = socketIn(folder)
  world = await openWorld({ binding: { socket } })
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/posts', ndjson(debate(60)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** With any header, Host included. */
const raw = (path: string, headers: Record<string, string>, method = 'GET') =>
  new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const asked = request(world.url + path, { method, headers }, (answer) => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }))
    })
    asked.on('error', reject).end()
  })

describe('what comes through', () => {
  test('is what was answered: pages, JSON, errors, methods, tags, cookies', async () => {
    expect((await world.get('/', { headers: { accept: 'text/html' } })).headers.get('set-cookie')).toContain('HttpOnly')
    expect((await world.get('/v1/nothing')).status).toBe(404)
    expect((await world.write('PATCH', '/v1/topics')).status).toBe(405)
    expect((await raw('/v1/topics', {}, 'HEAD')).status).toBe(200)
    const first = await world.get('/v1/topics')
    const again = await world.get('/v1/topics', { headers: { 'if-none-match': first.headers.get('etag')! } })
    expect([first.status, again.status]).toEqual([200, 304])
    expect(first.headers.get(generationHeader)).toBeNull()
    expect((await world.get('/embed/talks.png')).headers.get('content-type')).toBe('image/png')
  })

  test('is judged behind it: a foreign host, a wrong key, and whoever claims to be somebody else', async () => {
    expect((await raw('/v1/topics', { host: 'evil.example' })).status).toBe(421)
    // Nor is the foreign host given what another was given a moment ago.
    await world.read('/embed/talks.json')
    expect((await raw('/embed/talks.json', { host: 'evil.example' })).status).toBe(421)
    expect((await world.get('/v1/posts', { method: 'POST', body: '{}' })).status).toBe(401)
  })

  test('a long upload and an open stream', async () => {
    const lines = Array.from({ length: 20_000 }, (_, nr) => ({
      id: `none-${nr}`,
      text: `nothing of interest ${nr}`,
      author: `a${nr}`,
    }))
    const taken = await world.write('POST', '/v1/posts', ndjson(lines))
    expect(((await taken.json()) as { accepted: number }).accepted).toBe(20_000)
    const stop = new AbortController()
    const events = await world.get('/v1/events', { signal: stop.signal })
    const read = events.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
    expect((await read.next()).value).toContain('event: hello')
    stop.abort()
    await world.settled()
  }, 30_000)

  test('whoever leaves is not worked for any more', async () => {
    const before = world.served.perspective
    const left = new Promise<boolean>((resolve) => {
      world.served.perspective = async (topic, window, signal) => {
        await new Promise<void>((leave) => {
          signal.addEventListener('abort', () => leave())
          setTimeout(leave, 2_000) // a box that is made meanwhile is not asked for by who leaves
        })
        if (signal.aborted) resolve(true)
        return before(topic, window, signal)
      }
    })
    const stop = new AbortController()
    const asked = world.get('/v1/topics/talks/perspective', { signal: stop.signal }).catch(() => 'left')
    setTimeout(() => stop.abort(), 300)
    expect([await asked, await left]).toEqual(['left', true])
    world.served.perspective = before
  })
})

/** The status of an answer to raw bytes; null: the connection was closed without one. */
function bytesOf(text: string): Promise<number | null> {
  const { hostname, port, host } = new URL(world.url)
  return new Promise((resolve) => {
    let got = ''
    const line = connect(Number(port), hostname, () => line.write(text.replaceAll('HOST', host)))
    line.on('data', (chunk) => {
      got += chunk
      const status = /^HTTP\/1\.1 (\d+)/.exec(got)?.[1]
      if (!status) return
      resolve(Number(status))
      line.destroy()
    })
    line.on('close', () => resolve(null))
    line.on('error', () => resolve(null))
    line.setTimeout(3_000, () => line.destroy())
  })
}

describe('odd requests', () => {
  test.each([
    ['a trailer without a body', 'GET /healthz HTTP/1.1\r\nHost: HOST\r\nTrailer: x\r\n\r\n', 200],
    [
      'a header for this connection only',
      'GET /healthz HTTP/1.1\r\nHost: HOST\r\nConnection: x-a, close\r\nX-A: 1\r\nTE: trailers\r\n\r\n',
      200,
    ],
    ['an upgrade', 'GET /healthz HTTP/1.1\r\nHost: HOST\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n', 200],
    [
      'a body in chunks with a trailer',
      'POST /v1/posts HTTP/1.1\r\nHost: HOST\r\nTrailer: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: 1\r\n\r\n',
      401,
    ],
    [
      'a body that waits to be asked for',
      'POST /v1/posts HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}',
      100,
    ],
    ['a GET with a body', 'GET /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}', 200],
    ['two lengths', 'POST /v1/posts HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
    [
      'a length and chunks',
      'POST /v1/posts HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['two hosts', 'GET /embed/talks.json HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n', null],
    ['no host', 'GET /embed/talks.json HTTP/1.1\r\n\r\n', 400],
    ['an absolute address', 'GET http://evil.example/embed/talks.json HTTP/1.1\r\nHost: HOST\r\n\r\n', 400],
    ['a connection to elsewhere', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', null],
    ['signs that no header may hold', 'GET /healthz HTTP/1.1\r\nHost: HOST\r\nX-A: \u0001\r\n\r\n', 400],
    ['an address of control signs', 'GET /embed/\u000btalks.json HTTP/1.1\r\nHost: HOST\r\n\r\n', 400],
    [
      'words between the threads',
      'GET /healthz HTTP/1.1\r\nHost: HOST\r\nX-Undercurrent-Generation: 999999\r\nX-Undercurrent-Peer: 1\r\n\r\n',
      200,
    ],
  ] as [string, string, number | null][])(
    '%s is answered or refused, and what comes next is answered',
    async (_, text, status) => {
      const got = await bytesOf(text)
      if (status !== null) expect(got).toBe(status)
      else expect(got === null || got >= 200).toBe(true)
      expect((await world.get('/healthz')).status).toBe(200)
    },
  )

  test('an upload that breaks off harms nobody else', async () => {
    const { hostname, port, host } = new URL(world.url)
    const line = connect(Number(port), hostname)
    line.write(
      `POST /v1/posts HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nContent-Length: 1000\r\n\r\n{"id"`,
    )
    await new Promise((resolve) => setImmediate(resolve))
    line.destroy()
    expect((await world.get('/healthz')).status).toBe(200)
  })
})

describe('a popular box', () => {
  test('goes out while the main thread is busy', async () => {
    await world.read('/embed/talks.json')
    const client = new Worker(readerCode, { eval: true, workerData: world.url })
    await new Promise((resolve) => client.once('message', resolve))
    const told = new Promise<number[]>((resolve) => client.once('message', resolve))
    // The main thread is this one: nothing of the house behind can run meanwhile.
    for (const start = performance.now(); performance.now() - start < 1_500; ) Math.sqrt(start)
    const waits = await told
    expect(waits.length).toBeGreaterThan(20)
    expect(Math.max(...waits)).toBeLessThan(1_000)
  })

  test('is asked for anew and tells a change as soon as lag is 0', async () => {
    const posts = async () => (await world.read<{ posts: number }>('/embed/talks.json')).posts
    for (let nr = 0; nr < 5; nr++) {
      expect(await posts()).toBe(60 + nr)
      await world.write('POST', '/v1/posts', ndjson([{ id: `more-${nr}`, author: `m${nr}`, text: 'talks again' }]))
      await world.settled()
    }
  })

  test('is gone where its topic is, as soon as lag is 0', async () => {
    await world.write('POST', '/v1/topics', { id: 'short', query: 'talks', public: true })
    await world.settled()
    await world.read('/embed/short.json')
    await world.write('DELETE', '/v1/topics/short')
    await world.settled()
    expect((await world.get('/embed/short.json')).status).toBe(404)
  })
})

/** A reader on a thread of its own: how long each of its requests waited within a second. */
const readerCode = `
const { parentPort, workerData } = require('node:worker_threads')
const waits = []
const ask = async () => {
  const start = performance.now()
  await (await fetch(workerData + '/embed/talks.json')).arrayBuffer()
  return performance.now() - start
}
ask().then(async () => {
  parentPort.postMessage('ready')
  for (const start = performance.now(); performance.now() - start < 1_000; ) waits.push(await ask())
  parentPort.postMessage(waits)
})`

describe('bound beyond loopback', () => {
  test('callers are told apart by their own address, and not by one that they claim', async () => {
    const rate = { perSecond: 0.001, burst: 5 }
    const where = { host: '0.0.0.0', port: 0, hosts: [], key, signal: new AbortController().signal }
    const own = socketIn(mkdtempSync(join(tmpdir(), 'uc-front-')))
    await using server = await listen(
      { ...world.served },
      { ...where, socket: own, limits: { usual: rate, costly: rate } },
    )
    const url = server.url.replace('0.0.0.0', '127.0.0.1')
    const statuses: number[] = []
    for (let nr = 0; nr < 7; nr++)
      statuses.push(
        (await fetch(`${url}/v1/topics/talks/perspective`, { headers: { [peerHeader]: `192.0.2.${nr}` } })).status,
      )
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    await expect(fetch(`http://localhost:${new URL(url).port}/healthz`)).resolves.toMatchObject({ status: 200 })
  })

  test('a closed box says so in its place, to frames and elements, however often it is asked for', async () => {
    await world.write('POST', '/v1/topics', { id: 'inner', query: 'talks' })
    const rate = { perSecond: 0.001, burst: 3 }
    const where = { host: '0.0.0.0', port: 0, hosts: [], key, signal: new AbortController().signal }
    const own = socketIn(mkdtempSync(join(tmpdir(), 'uc-front-')))
    const limits = { usual: rate, costly: rate }
    await using server = await listen({ ...world.served }, { ...where, socket: own, limits })
    const url = server.url.replace('0.0.0.0', '127.0.0.1')
    for (let nr = 0; nr < 8; nr++) {
      const [json, html] = [await fetch(`${url}/embed/inner.json?lang=de`), await fetch(`${url}/embed/inner.html`)]
      expect([json.status, html.status]).toEqual([401, 401])
      expect(json.headers.get('access-control-allow-origin')).toBe('*')
      expect(json.headers.get('cache-control')).toBe('no-store')
      expect(((await json.json()) as { html: string }).html).toContain('nicht öffentlich')
      expect(await html.text()).toContain('This topic is not public.')
    }
    const guesses = []
    for (let nr = 0; nr < 5; nr++)
      guesses.push((await fetch(`${url}/embed/inner.json`, { headers: { authorization: 'Bearer guess' } })).status)
    expect(guesses).toEqual([401, 401, 401, 429, 429])
  })

  test('an address that is taken is a clear mistake', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const own = socketIn(mkdtempSync(join(tmpdir(), 'uc-front-')))
    const where = { host: '127.0.0.1', port, hosts: [], key, signal: new AbortController().signal, socket: own }
    await expect(listen({ ...world.served }, where)).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`)
    taken.close()
  })
})

test('nobody else may speak to the socket file, and a stale one is no hindrance', () => {
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  const long = join(tmpdir(), 'x'.repeat(120))
  expect(Buffer.byteLength(socketIn(long))).toBeLessThan(100)
})
