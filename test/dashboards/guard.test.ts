// Who may read and write, from where: the key, the page's own session, foreign hosts, other origins, public topics.
import { type IncomingHttpHeaders, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { api } from '../../dashboards/api.ts'
import { guard, isOurs } from '../../dashboards/guard.ts'
import { headers, problemOf } from '../../dashboards/problem.ts'
import type { Served } from '../../dashboards/served.ts'
import { listen } from '../../dashboards/server.ts'
import { CorruptionError, TransientError, UserError } from '../../errors.ts'
import { debate, key, ndjson, openWorld, talks } from './world.ts'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Like fetch, but may say any Host, Origin and Cookie. */
function ask(url: string, method = 'GET', words: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: words }, (response) => {
      let told = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        told += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: told }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

const topic = JSON.stringify({ id: 'x', query: 'x' })
const asJson = { 'content-type': 'application/json' }

describe('on loopback', () => {
  test('reads are open; writes need the key or the session of the page', async () => {
    await using world = await openWorld()
    const url = `${world.url}/v1/topics`
    expect((await ask(url)).status).toBe(200)
    const refused = await ask(url, 'POST', asJson, topic)
    expect(refused.status).toBe(401)
    expect(JSON.parse(refused.body).detail).toContain('Authorization: Bearer')
    expect((await ask(url, 'POST', { ...asJson, authorization: 'Bearer wrong' }, topic)).status).toBe(401)
    expect((await ask(url, 'POST', { ...asJson, authorization: `Basic ${key}` }, topic)).status).toBe(401)
    expect((await ask(url, 'POST', { ...asJson, authorization: `bearer ${key}` }, topic)).status).toBe(201)

    const page = await ask(world.url, 'GET', { accept: 'text/html' })
    const [set = ''] = page.headers['set-cookie'] ?? []
    expect(set).toMatch(/HttpOnly/)
    expect(set).toMatch(/SameSite=Strict/)
    const cookie = set.split(';')[0]!
    expect((await ask(`${url}/x`, 'DELETE', { cookie, origin: world.url })).status).toBe(204)
    expect((await ask(url, 'POST', { ...asJson, cookie, origin: 'https://evil.example' }, topic)).status).toBe(401)
    expect((await ask(url, 'POST', { ...asJson, cookie, origin: 'null' }, topic)).status).toBe(401)
    expect((await ask(url, 'POST', { ...asJson, cookie: `${cookie}x`, origin: world.url }, topic)).status).toBe(401)
    expect((await ask(`${world.url}/sample/remove`, 'POST', { origin: world.url })).status).toBe(401)
    expect(
      (await ask(`${world.url}/v1/topics`, 'GET', { accept: 'application/json' })).headers['set-cookie'],
    ).toBeUndefined()
  })

  test('a foreign Host is refused, also for reads and with the key', async () => {
    await using world = await openWorld({ binding: { hosts: ['talk.example'] } })
    const { port } = new URL(world.url)
    const status = async (host: string) =>
      (await ask(`${world.url}/v1/topics`, 'GET', { host, authorization: `Bearer ${key}` })).status
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      `talk.example:${port}`,
      'TALK.example',
    ])
      expect([host, await status(host)]).toEqual([host, 200])
    for (const host of [`evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example'])
      expect([host, await status(host)]).toEqual([host, 421])
  })
})

describe('bound elsewhere', () => {
  test('reads need the key, but for public topics and what lives', async () => {
    await using world = await openWorld({ binding: { host: '0.0.0.0' } })
    const url = world.url.replace('0.0.0.0', '127.0.0.1')
    const write = { ...asJson, authorization: `Bearer ${key}` }
    await ask(`${url}/v1/topics`, 'POST', write, JSON.stringify({ ...talks, public: true }))
    await ask(`${url}/v1/topics`, 'POST', write, JSON.stringify({ id: 'private', query: 'talks' }))
    await ask(`${url}/v1/posts`, 'POST', write, ndjson(debate(30)))
    const status = async (path: string, words = {}) => (await ask(url + path, 'GET', words)).status
    for (const path of [
      '/',
      '/topics/talks',
      '/v1/topics',
      '/v1/topics/talks/posts',
      '/v1/status',
      '/metrics',
      '/page.js',
      '/sql?q=SELECT+1',
      '/sql.csv?q=SELECT+1',
    ])
      expect([path, await status(path)]).toEqual([path, 401])
    for (const path of ['/v1/topics/private/perspective', '/embed/private.html', '/embed/%E0%A4%A.html'])
      expect([path, await status(path)]).toEqual([path, 401])
    for (const path of [
      '/v1/topics/talks/perspective',
      '/embed/talks.html',
      '/embed/talks.json',
      '/page.css',
      '/healthz',
      '/readyz',
    ])
      expect([path, await status(path)]).toEqual([path, 200])
    expect(await status('/v1/topics', { authorization: `Bearer ${key}` })).toBe(200)
    const page = await ask(`${url}/embed/talks.html`, 'GET', { accept: 'text/html' })
    expect(page.headers['set-cookie']).toBeUndefined()
    expect((await ask(`${url}/v1/topics/talks/perspective`, 'DELETE')).status).toBe(401)
    const sql = async (words: object) =>
      (await ask(`${url}/v1/sql`, 'POST', { ...words, 'content-type': 'application/json' }, '{"sql":"SELECT 1 AS a"}'))
        .status
    expect(await sql({})).toBe(401)
    expect(await sql({ authorization: `Bearer ${key}` })).toBe(200)
  })
})

describe('every answer', () => {
  test('carries the headers that keep scripts, frames and sniffing out, errors included', async () => {
    await using world = await openWorld()
    for (const path of ['/', '/v1/topics', '/v1/none', '/page.js']) {
      const answer = await ask(world.url + path)
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
      expect(answer.headers['content-security-policy']).toContain("script-src 'self'")
      expect(answer.headers['referrer-policy']).toBe('same-origin')
    }
  })

  test.each([
    [new TransientError('the store at 10.0.0.1 is away'), 503, 1],
    [new DOMException('gone', 'AbortError'), 503, 0],
    [new UserError('cut off', 'ask for less', 422), 422, 0],
  ])('%s is a %i', async (error, status, notes) => {
    let noted = 0
    const answer = problemOf(error, () => noted++)
    expect([answer.status, noted]).toEqual([status, notes])
    expect(await answer.text()).not.toContain('10.0.0.1')
  })

  test('our own corruption ends the process; nothing else does', () => {
    const crashes: Error[] = []
    const crash = (error: Error) => crashes.push(error)
    const corrupt = new CorruptionError('the rows do not add up')
    expect(problemOf(corrupt, () => {}, crash).status).toBe(500)
    for (const error of [new Error('bug'), new TransientError('away'), new UserError('no', 'so')]) {
      problemOf(error, () => {}, crash)
    }
    expect(crashes).toEqual([corrupt])
  })

  test('hides what went wrong inside, and notes it', async () => {
    const noted: object[] = []
    const broken = {
      status: () => Promise.reject(new Error('secret path /etc/thing')),
      note: (_: string, fields: object) => noted.push(fields),
    } as unknown as Served
    const app = api(broken, new AbortController().signal, (routes) => {
      routes.use(
        '*',
        headers,
        guard({ keys: { callerOf: async () => 'unknown' }, loopback: true, hosts: [], isPublic: () => false }),
      )
    })
    const answer = await app.request('http://localhost/v1/status', { headers: { host: 'localhost' } })
    expect(answer.status).toBe(500)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.text()).not.toContain('secret')
    expect(noted).toHaveLength(1)
  })
})

describe('the address', () => {
  test('a taken port says so, and what to do', async () => {
    await using world = await openWorld()
    const port = Number(new URL(world.url).port)
    const signal = new AbortController().signal
    const again = listen(world.served, { host: '127.0.0.1', port, hosts: [], key, signal })
    await expect(again).rejects.toMatchObject({ name: 'UserError', message: expect.stringContaining('is taken') })
    const nowhere = listen(world.served, { host: '192.0.2.1', port: 0, hosts: [], key, signal })
    await expect(nowhere).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('cannot listen'),
    })
  })

  test('closes promptly although a reader follows the events', async () => {
    const world = await openWorld()
    const response = await fetch(`${world.url}/v1/events`)
    await response.body!.getReader().read()
    const started = performance.now()
    await world[Symbol.asyncDispose]()
    expect(performance.now() - started).toBeLessThan(5_000)
    await expect(fetch(`${world.url}/healthz`)).rejects.toThrow()
  })

  test.each([
    ['localhost', true],
    ['LOCALHOST:80', true],
    ['127.0.0.1:4300', true],
    ['[::1]:4300', true],
    ['10.1.2.3', true],
    ['mine.example:1', true],
    ['mine.example.evil', false],
    ['localhost.', false],
    ['user@localhost', false],
    [undefined, false],
  ])('Host %s is ours: %s', (host, ours) => {
    expect(isOurs(host, ['mine.example'])).toBe(ours)
  })
})
