// What goes out again within a fifth of a second: the same bytes to whoever asks for the same without a key, nothing that
// was for one caller only, and nothing any more once a box says something else.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openQuick, type Quick } from '../../dashboards/quick.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let now = 0
let asked = 0
let quick: Quick
let server: Server
let url: string
const shared = { 'cache-control': 'public, max-age=15', etag: '"a"' }

beforeAll(async () => {
  quick = openQuick(() => now)
  const app = new Hono()
  app.use('*', quick.keep)
  app.get('*', (c) => {
    asked++
    const headers: Record<string, string> = { ...shared, 'content-type': 'text/plain', 'x-rule': 'kept' }
    if (c.req.path.includes('private')) headers['cache-control'] = 'private, no-cache'
    if (c.req.path.includes('cookie')) headers['set-cookie'] = 'a=b'
    return c.body(`answer ${asked} to ${c.req.path}`, c.req.path.includes('gone') ? 410 : 200, headers)
  })
  const listener = getRequestListener(app.fetch)
  server = createServer((request, response) => void (quick.answer(request, response) || listener(request, response)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(() => {
  quick.clear()
  asked = 0
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers, cache: 'no-store' })
const text = async (path: string, headers?: Record<string, string>) => (await get(path, headers)).text()

describe('a public box', () => {
  test('goes out again with its headers for a fifth of a second, and then is asked for anew', async () => {
    const first = await get('/embed/a.json')
    const again = await get('/embed/a.json')
    expect(await again.text()).toBe(await first.text())
    for (const name of ['etag', 'cache-control', 'content-type', 'x-rule'])
      expect(again.headers.get(name)).toBe(first.headers.get(name))
    expect(asked).toBe(1)
    now += 201
    await text('/embed/a.json')
    expect(asked).toBe(2)
  })

  test('is not sent twice to who has it', async () => {
    await text('/embed/a.json')
    const again = await get('/embed/a.json', { 'if-none-match': '"a"' })
    expect([again.status, await again.text(), again.headers.get('etag'), asked]).toEqual([304, '', '"a"', 1])
  })

  test('is another one at another address and for another host', async () => {
    const texts = [await text('/embed/a.json'), await text('/embed/a.json?lang=de'), await text('/embed/b.json')]
    expect(new Set(texts).size).toBe(3)
    expect(asked).toBe(3)
  })

  test('is forgotten as soon as something changed', async () => {
    await text('/embed/a.json')
    quick.clear()
    await text('/embed/a.json')
    expect(asked).toBe(2)
  })
})

test.each([
  ['what is private', '/embed/private.json', {}],
  ['what has ended', '/embed/gone.json', {}],
  ['what sets a cookie', '/embed/cookie.json', {}],
  ['what was asked for with a key', '/embed/a.json', { authorization: 'Bearer x' }],
  ['what is no box', '/topics/a', {}],
] as [string, string, Record<string, string>][])('%s is never kept', async (_, path, headers) => {
  await text(path, headers)
  await text(path)
  expect(asked).toBe(2)
})

test('many addresses push out the oldest', async () => {
  await text('/embed/first.json')
  for (let nr = 0; nr < 1_000; nr++) await text(`/embed/${nr}.json`)
  await text('/embed/999.json')
  expect(asked).toBe(1_001)
  await text('/embed/first.json')
  expect(asked).toBe(1_002)
})

describe('in the house', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', { ...talks, public: true })
    await world.write('POST', '/v1/posts', ndjson(debate(60)))
    await world.settled()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test('a change is told at once when lag is 0, however often was asked before', async () => {
    const posts = async () => (await world.read<{ posts: number }>('/embed/talks.json')).posts
    for (let nr = 0; nr < 5; nr++) {
      expect(await posts()).toBe(60 + nr)
      await world.write('POST', '/v1/posts', ndjson([{ id: `more-${nr}`, author: `m${nr}`, text: 'talks again' }]))
      await world.settled()
    }
  })

  test('a key is still judged', async () => {
    await world.read('/embed/talks.json')
    const answer = await world.get('/embed/talks.json', { headers: { authorization: `Bearer ${key}` } })
    expect(answer.status).toBe(200)
  })
})
