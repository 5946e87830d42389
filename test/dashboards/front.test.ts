// The thread in front, with the whole house behind it on a socket file: everything comes through as it was sent, streams
// and uploads too; popular boxes go out while the main thread is busy; a change is told at once; and it ends when asked to.

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
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

  test('is gone within a second where its topic is', async () => {
    await world.write('POST', '/v1/topics', { id: 'short', query: 'talks', public: true })
    await world.settled()
    await world.read('/embed/short.json')
    await world.write('DELETE', '/v1/topics/short')
    await expect.poll(async () => (await world.get('/embed/short.json')).status, { timeout: 5_000 }).toBe(404)
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
