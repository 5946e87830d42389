// API keys over a real socket, bound as beyond loopback: every route times every scope, what a key is kept as, when it
// ends, and that its use is noted. Times are those of a clock the test moves.
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiKey, listKeys, makeKey, openKeyring } from '../../dashboards/keys.ts'
import { allows, type Scope, scopeOf, scopes } from '../../dashboards/scopes.ts'
import { listen } from '../../dashboards/server.ts'
import { key as master, openWorld, type World } from './world.ts'

const start = Date.parse('2026-05-01T12:00:00.000Z')
let now = start
let world: World
let url: string
const held = {} as Record<Scope, string>
beforeAll(async () => {
  world = await openWorld({ binding: { host: '0.0.0.0' }, served: { now: () => now } })
  url = world.url.replace('0.0.0.0', '127.0.0.1')
  for (const scope of scopes) held[scope] = (await made({ name: scope, scopes: [scope] })).key
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const ask = (method: string, path: string, key?: string, body?: object): Promise<Response> =>
  fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...(key && { authorization: `Bearer ${key}` }), ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  })
const made = async (wanted: object): Promise<ApiKey & { key: string }> => {
  const answer = await ask('POST', '/v1/keys', master, wanted)
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as ApiKey & { key: string }
}
const listed = async () => ((await (await ask('GET', '/v1/keys', master)).json()) as { keys: ApiKey[] }).keys
const statusOf = async (method: string, path: string, key?: string) => {
  const answer = await ask(method, path, key)
  await answer.body?.cancel()
  return answer.status
}

/** What docs/api.md says; every route that is not named here reads as a GET, and writes otherwise. */
const named: Record<string, Scope> = {
  'POST /v1/sql': 'read',
  'POST /v1/topics/preview': 'read',
  'DELETE /v1/topics/{id}': 'admin',
  'DELETE /v1/sample': 'admin',
  'GET /v1/keys': 'admin',
  'POST /v1/keys': 'admin',
  'DELETE /v1/keys/{id}': 'admin',
  'POST /v1/webhooks': 'admin',
  'DELETE /v1/webhooks/{id}': 'admin',
  'POST /v1/webhooks/{id}/test': 'admin',
  'POST /v1/webhooks/{id}/rotate': 'admin',
  'POST /v1/alerts/backtest': 'read',
  'POST /v1/alerts/channels': 'admin',
  'DELETE /v1/alerts/channels/{id}': 'admin',
  'POST /alerts/channels': 'admin',
  'POST /alerts/channels/{id}/drop': 'admin',
  'POST /topics/{id}/drop': 'admin',
  'POST /sample/remove': 'admin',
}
/** Pages and forms, which the OpenAPI document leaves out. */
const pages = [
  'GET /',
  'GET /status',
  'GET /compare',
  'GET /new',
  'GET /alerts',
  'GET /alerts/{id}',
  'GET /alerts/rules',
  'GET /alerts/rules/try',
  'GET /topics/{id}',
  'GET /posts/{id}',
  'GET /page.js',
]
const forms = [
  'alerts/rules',
  'alerts/rules/{id}/drop',
  'alerts/rules/{id}/test',
  'alerts/{id}/ack',
  'alerts/channels',
  'alerts/channels/{id}/drop',
  'topics',
  'views',
  'views/{id}/remove',
  'topics/{id}/labels',
  'topics/{id}/drop',
  'sample/remove',
]

describe('every route times every scope', async () => {
  test('is told by openapi.json: who may call what', async () => {
    type Operations = Record<string, Record<string, { security: Record<string, string[]>[] }>>
    const answer = await ask('GET', '/openapi.json', master)
    const document = (await answer.json()) as { paths: Operations; components: { securitySchemes: object } }
    expect(document.components.securitySchemes).toMatchObject({ key: { type: 'http', scheme: 'bearer' } })
    const of = (path: string, method: string) => document.paths[path]![method]!.security
    expect(of('/v1/topics', 'get')).toEqual([{}, { key: ['read'] }])
    expect(of('/v1/topics/preview', 'post')).toEqual([{}, { key: ['read'] }])
    expect(of('/v1/topics', 'post')).toEqual([{ key: ['write'] }])
    expect(of('/v1/topics/{id}', 'delete')).toEqual([{ key: ['admin'] }])
    expect(of('/v1/webhooks', 'get')).toEqual([{ key: ['read'] }])
    const all = Object.values(document.paths).flatMap((path) => Object.values(path))
    expect(all.filter(({ security }) => !security.some((one) => one.key))).toEqual([])
  })

  test('is open, asks for a key, or says which scope is lacking', async () => {
    const answer = await ask('GET', '/openapi.json', master)
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, object>> }
    const known = Object.entries(paths).flatMap(([path, of]) =>
      Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const all = [...known, ...pages, ...forms.map((path) => `POST /${path}`), 'HEAD /v1/topics', 'GET /openapi.json']
    expect(Object.keys(named).filter((route) => !all.includes(route))).toEqual([])
    expect(all.length).toBeGreaterThan(40)
    // Two that say whether it lives, and the feeds of public stories and topics, are everybody's.
    const open = / \/(?:healthz|readyz|v1\/(?:stories|alerts)\.atom)$/
    for (const route of all.filter((one) => !open.test(one))) await tried(route)
    for (const route of all.filter((one) => open.test(one)))
      expect([route, await statusOf('GET', route.split(' ')[1]!)]).toEqual([route, 200])
  })

  async function tried(route: string): Promise<void> {
    const [method, template] = route.split(' ') as [string, string]
    const path = template.replace(/\{\w+\}/g, 'none')
    const needed = named[route] ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'write')
    expect([route, scopeOf(method, path)]).toEqual([route, needed])
    for (const wrong of [undefined, 'uc_wrong', held.read.slice(0, -1)])
      expect([route, wrong, await statusOf(method, path, wrong)]).toEqual([route, wrong, 401])
    for (const scope of scopes) {
      const status = await statusOf(method, path, held[scope])
      if (allows([scope], needed)) expect([route, scope, [401, 403].includes(status)]).toEqual([route, scope, false])
      else expect([route, scope, status]).toEqual([route, scope, 403])
    }
  }

  test.each([
    ['read', true, false, false],
    ['write', false, true, false],
    ['admin', true, true, true],
  ] as const)('%s allows reading %s, writing %s, ruling %s', (scope, ...may) => {
    expect(scopes.map((needed) => allows([scope], needed))).toEqual(may)
  })

  test.each([
    ['DELETE', '/v1/topics/a/../b'],
    ['GET', '/v1/keys/anything'],
    ['PUT', '/v1/keys'],
  ])('what is no route yet is guarded as its neighbours are: %s %s', (method, path) => {
    expect(scopeOf(method, path)).toBe('admin')
  })

  test('an encoded path is guarded as what it stands for', async () => {
    const raw = (path: string, key: string) =>
      new Promise<number>((resolve, reject) => {
        const asked = request(url, { path, headers: { authorization: `Bearer ${key}` } }, (answer) => {
          answer.resume()
          resolve(answer.statusCode!)
        })
        asked.on('error', reject).end()
      })
    for (const path of ['/v1/key%73', '/v1/%6beys', '/v1/keys', '/v1/keys?x', '//v1/keys', '/v1/keys/', '/V1/keys'])
      expect([path, [403, 404].includes(await raw(path, held.read))]).toEqual([path, true])
  })
})

describe('a refusal', () => {
  test('says what to do: 401 without a key, 403 with the scope that is needed', async () => {
    const nobody = await ask('GET', '/v1/topics')
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(((await nobody.json()) as { detail: string }).detail).toContain('Authorization: Bearer')
    const lacking = await ask('DELETE', '/v1/topics/none', held.write)
    expect(lacking.headers.get('content-type')).toBe('application/problem+json')
    expect(lacking.headers.get('www-authenticate')).toContain('scope="admin"')
    expect(await lacking.json()).toMatchObject({
      status: 403,
      title: 'this needs the scope "admin", which this key lacks',
    })
  })
})

describe('a key', () => {
  test('is told once, and kept as nothing but its hash', async () => {
    const answer = await ask('POST', '/v1/keys', master, { name: ' a  feed ', scopes: ['write', 'read', 'write'] })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { key, ...rest } = (await answer.json()) as ApiKey & { key: string }
    expect(key).toMatch(/^uc_[\w-]{43}$/)
    expect(rest).toEqual({
      ...{ id: rest.id, name: 'a feed', scopes: ['read', 'write'] },
      ...{ at: new Date(now).toISOString(), expires: null, used: null },
    })
    expect((await listed()).find(({ id }) => id === rest.id)).toEqual(rest)
    const kept = JSON.stringify(await world.served.log.settings())
    expect(kept).toContain(createHash('sha256').update(key).digest('base64url'))
    expect(kept).not.toContain(key.slice(3))
    expect(await (await ask('GET', '/v1/keys', master)).text()).not.toMatch(/hash|uc_/)
    expect(await statusOf('DELETE', `/v1/keys/${rest.id}`, master)).toBe(204)
  })

  test('is refused from the moment it is revoked, and then unknown', async () => {
    const { id, key } = await made({ name: 'gone', scopes: ['read'] })
    expect(await statusOf('GET', '/v1/topics', key)).toBe(200)
    expect(await statusOf('DELETE', `/v1/keys/${id}`, master)).toBe(204)
    expect(await statusOf('GET', '/v1/topics', key)).toBe(401)
    expect(await statusOf('DELETE', `/v1/keys/${id}`, master)).toBe(404)
    expect((await listed()).map((one) => one.id)).not.toContain(id)
  })

  test('ends when it expires, and says so to who holds it', async () => {
    const { id, key } = await made({ name: 'short', scopes: ['read'], expires: '2026-05-01T13:00:00Z' })
    now = Date.parse('2026-05-01T12:59:59.999Z')
    expect(await statusOf('GET', '/v1/topics', key)).toBe(200)
    now = Date.parse('2026-05-01T13:00:00.000Z')
    const refused = await ask('GET', '/v1/topics', key)
    expect([refused.status, ((await refused.json()) as { title: string }).title]).toEqual([
      401,
      'this API key has expired',
    ])
    expect((await listed()).find((one) => one.id === id)?.expires).toBe('2026-05-01T13:00:00.000Z')
    await ask('DELETE', `/v1/keys/${id}`, master)
    now = start
  })

  test('notes when it was used, at most once a minute', async () => {
    const { id, key } = await made({ name: 'watched', scopes: ['read'] })
    const used = async () => (await listed()).find((one) => one.id === id)!.used
    const head = async () => (await world.served.log.status()).head
    expect(await used()).toBeNull()
    await ask('GET', '/v1/topics', key)
    expect(await used()).toBe(new Date(now).toISOString())
    const before = await head()
    now += 59_999
    for (let nr = 0; nr < 5; nr++) await ask('GET', '/v1/topics', key)
    expect([await used(), await head()]).toEqual([new Date(start).toISOString(), before])
    now += 1
    await Promise.all(Array.from({ length: 5 }, () => ask('GET', '/v1/topics', key)))
    expect([await used(), await head()]).toEqual([new Date(start + 60_000).toISOString(), before + 1])
    now = start
    await ask('DELETE', `/v1/keys/${id}`, master)
    expect(
      JSON.stringify(
        [...(await world.served.log.settings())].filter(({ change }) => 'value' in change && change.value !== null),
      ),
    ).not.toContain(id)
  })

  test.each([
    [{}],
    [{ name: 'x' }],
    [{ name: 'x', scopes: [] }],
    [{ name: 'x', scopes: ['root'] }],
    [{ name: ' ', scopes: ['read'] }],
    [{ name: 'x'.repeat(81), scopes: ['read'] }],
    [{ name: 'x', scopes: ['read'], expires: 'tomorrow' }],
    [{ name: 'x', scopes: ['read'], expires: '2026-05-01T12:00:00Z' }],
  ])('is not made from %j', async (wanted) => {
    expect((await ask('POST', '/v1/keys', master, wanted)).status).toBe(400)
  })

  test('is one of a hundred at most', async () => {
    const log = { settings: async () => settings, append: async () => 1 }
    const value = JSON.stringify({ hash: '' })
    const settings = Array.from({ length: 100 }, (_, nr) => ({
      ...{ position: nr, receivedAt: '' },
      change: { op: 'setting', key: `key:${nr}`, value } as const,
    }))
    await expect(makeKey(log, { name: 'x', scopes: ['read'] }, now)).rejects.toMatchObject({ status: 409 })
  })
})

describe('the keyring', () => {
  test('knows the master without looking anything up, and no key that is nearly one', async () => {
    const noted: string[] = []
    const log = { settings: () => Promise.reject(new Error('away')), append: async () => 1 }
    const ring = openKeyring({ log, master, now: () => now, note: (event) => noted.push(event) })
    expect(await ring.callerOf(master)).toEqual({ id: 'master', scopes: ['admin'] })
    await expect(ring.callerOf(`${master}x`)).rejects.toThrow('away')
    expect(noted).toEqual([])
  })

  test('lets a key in although its use cannot be noted', async () => {
    const noted: string[] = []
    const { settings } = world.served.log
    const log = { settings: settings.bind(world.served.log), append: () => Promise.reject(new Error('full')) }
    const later = () => now + 3_600_000
    const ring = openKeyring({ log, master, now: later, note: (event) => noted.push(event) })
    expect(await ring.callerOf(held.read)).toMatchObject({ scopes: ['read'] })
    expect(noted).toEqual(['use of a key not noted'])
    expect((await listKeys(world.served.log)).length).toBeGreaterThanOrEqual(3)
  })
})

describe('on loopback', () => {
  test('reads are open, keys are not, and the page’s own session may do everything', async () => {
    const { signal } = new AbortController()
    await using local = await listen(world.served, { host: '127.0.0.1', port: 0, hosts: [], key: master, signal })
    const status = async (method: string, path: string, headers: Record<string, string> = {}) =>
      (await fetch(local.url + path, { method, headers, body: method === 'POST' ? '{}' : undefined })).status
    expect(await status('GET', '/v1/topics')).toBe(200)
    expect(await status('GET', '/v1/keys')).toBe(401)
    const page = await fetch(local.url, { headers: { accept: 'text/html' } })
    const cookie = page.headers.get('set-cookie')!.split(';')[0]!
    expect(await status('GET', '/v1/keys', { cookie })).toBe(200)
    expect(await status('DELETE', '/v1/sample', { cookie, origin: local.url })).toBe(204)
    expect(await status('GET', '/v1/keys', { cookie, origin: 'https://evil.example' })).toBe(401)
    expect(await status('POST', '/v1/posts', { authorization: `Bearer ${held.read}` })).toBe(403)
    expect(await status('GET', '/v1/topics', { authorization: 'Bearer wrong' })).toBe(200)
  })
})
