// Webhooks through the API of the whole house: made, listed, tested, rotated and deleted by whom it may be; hostile
// addresses; secrets that are told once; and a deleted quotation that leaves a site within seconds.
import { Webhook as Oracle } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as toldShapes from '../../dashboards/toldShapes.ts'
import type { Webhook } from '../../dashboards/webhooks.ts'
import { type Asked, openSite, type Site } from '../doubles/site.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
let site: Site
beforeAll(async () => {
  world = await openWorld()
  site = await openSite()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const soon = { timeout: 15_000, interval: 50 }
const auth = { headers: { authorization: `Bearer ${key}` } }
const make = async (given: object = {}): Promise<Webhook & { secret: string }> => {
  const answer = await world.write('POST', '/v1/webhooks', { url: `${site.url}/hook`, ...given })
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Webhook & { secret: string }
}
const listed = async () => ((await (await world.get('/v1/webhooks', auth)).json()) as { webhooks: Webhook[] }).webhooks
const remove = (id: string) => world.write('DELETE', `/v1/webhooks/${id}`)

describe('making one', () => {
  test('answers 201 with the secret, once, and asks nobody to store that', async () => {
    const answer = await world.write('POST', '/v1/webhooks', { url: `${site.url}/a?b=c#d`, topics: ['talks', 'talks'] })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { secret, ...rest } = (await answer.json()) as Webhook & { secret: string }
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
    expect(rest).toEqual({
      ...{ id: rest.id, url: `${site.url}/a?b=c`, topics: ['talks'], stories: [] },
      ...{ at: rest.at, disabled: null },
    })
    expect(await listed()).toEqual([rest])
    expect(await (await world.get('/v1/webhooks', auth)).text()).not.toMatch(/whsec|secret/)
    expect((await remove(rest.id)).status).toBe(204)
    expect(await listed()).toEqual([])
  })

  test('takes a secret of yours', async () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    const made = await make({ secret })
    expect(made.secret).toBe(secret)
    await remove(made.id)
  })

  test.each([
    ['http://127.0.0.2/', 422, 'does not lead to the public internet'],
    ['http://169.254.169.254/latest/meta-data/iam', 422, 'does not lead to the public internet'],
    ['http://[::ffff:a9fe:a9fe]/', 422, 'does not lead to the public internet'],
    ['http://2852039166/', 422, 'does not lead to the public internet'],
    ['http://never.invalid/', 422, 'does not lead to the public internet'],
    ['javascript:alert(1)', 422, 'begins with https:// or http://'],
    ['file:///etc/passwd', 422, 'begins with https:// or http://'],
    ['https://a:b@site.example/', 422, 'no name and no password'],
    ['http://127.0.0.1:22/', 422, 'port 22 belongs to another protocol'],
    ['"><script>alert(1)</script>', 422, 'this is no address'],
    ["x'; DROP TABLE settings; --", 422, 'this is no address'],
    ['', 400, 'url'],
    [`https://site.example/${'a'.repeat(3_000)}`, 400, 'url'],
    [7, 400, 'url'],
    [{ $ne: '' }, 400, 'url'],
  ])('with the address %j is a %i that says why', async (url, status, why) => {
    const answer = await world.write('POST', '/v1/webhooks', { url })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    const told = (await answer.json()) as { title: string; detail: string }
    expect(told.title).toContain(why)
    expect(told.detail.length).toBeGreaterThan(0)
    expect(JSON.stringify(told)).not.toMatch(/<script|ENOTFOUND|169\.254/)
    expect(await listed()).toEqual([])
  })

  test.each([
    [{ topics: ['none'] }, 404],
    [{ topics: 'talks' }, 400],
    [{ stories: [''] }, 400],
    [{ topics: Array(101).fill('talks') }, 400],
    [{ secret: 'short' }, 400],
    [{ secret: `whsec_${Buffer.alloc(23).toString('base64')}` }, 400],
  ])('with %j is a %i', async (given, status) => {
    const answer = await world.write('POST', '/v1/webhooks', { url: site.url, ...given })
    expect([answer.status, await listed()]).toEqual([status, []])
  })

  test('ends at a hundred', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => make()))
    expect((await world.write('POST', '/v1/webhooks', { url: site.url })).status).toBe(409)
    for (const { id } of made) await remove(id)
  })
})

describe('who may', () => {
  test('list: nobody without a key, on loopback neither', async () => {
    for (const path of ['/v1/webhooks', '/v1/webhooks/deliveries']) {
      expect((await world.get(path)).status).toBe(401)
      expect((await world.get(path, auth)).status).toBe(200)
    }
    for (const path of [
      '/v1/%77ebhooks',
      '/v1/webhook%73',
      '/v1/webhooks/',
      '//v1/webhooks',
      '/v1/./webhooks',
      '/V1/webhooks',
    ])
      expect([path, [401, 404].includes((await world.get(path)).status)]).toEqual([path, true])
  })

  test('change: keys with admin alone', async () => {
    const held = await world.write('POST', '/v1/keys', { name: 'writer', scopes: ['read', 'write'] })
    const { key: writer } = (await held.json()) as { key: string }
    const headers = { authorization: `Bearer ${writer}`, 'content-type': 'application/json' }
    const made = await make()
    const asked: [string, string][] = [
      ...(['', `/${made.id}/test`, `/${made.id}/rotate`] as const).map((path): [string, string] => ['POST', path]),
      ['DELETE', `/${made.id}`],
    ]
    for (const [method, path] of asked) {
      const answer = await world.get(`/v1/webhooks${path}`, {
        method,
        headers,
        body: method === 'POST' ? '{}' : undefined,
      })
      expect([method, path, answer.status]).toEqual([method, path, 403])
    }
    expect((await world.get('/v1/webhooks', { headers })).status).toBe(200)
    await remove(made.id)
  })
})

describe('a test', () => {
  test('is sent signed, and what was answered is told', async () => {
    const { id, secret } = await make()
    const before = site.asked.length
    const answer = await world.write('POST', `/v1/webhooks/${id}/test`)
    expect(await answer.json()).toEqual({ delivered: true, outcome: 'delivered', answer: 200, detail: '' })
    const { body, headers } = site.asked[before]!
    expect(new Oracle(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'webhook.test' })
    site.answer((_, response) => void response.writeHead(500).end('<b>stack trace of theirs</b>'))
    const failed = await (await world.write('POST', `/v1/webhooks/${id}/test`)).json()
    expect(failed).toEqual({ delivered: false, outcome: 'failed', answer: 500, detail: 'It answered 500.' })
    site.answer((_, response) => void response.end())
    await remove(id)
  })
})

describe('rotating', () => {
  test('tells a new secret once; both sign until then', async () => {
    const { id, secret: old } = await make()
    const answer = await world.write('POST', `/v1/webhooks/${id}/rotate`, {})
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const { secret, until } = (await answer.json()) as { secret: string; until: string }
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(86_000_000)
    const before = site.asked.length
    await world.write('POST', `/v1/webhooks/${id}/test`)
    const { body, headers } = site.asked[before]!
    for (const one of [secret, old]) new Oracle(one).verify(body, headers as Record<string, string>)
    const own = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
    expect(await (await world.write('POST', `/v1/webhooks/${id}/rotate`, { secret: own })).json()).toMatchObject({
      secret: own,
    })
    expect((await world.write('POST', `/v1/webhooks/${id}/rotate`, { secret: 'no' })).status).toBe(400)
    await remove(id)
  })
})

test.each([
  ['DELETE', '/v1/webhooks/none', 404],
  ['POST', '/v1/webhooks/none/test', 404],
  ['POST', '/v1/webhooks/none/rotate', 404],
  ['GET', '/v1/webhooks/none', 405],
  ['PUT', '/v1/webhooks', 405],
])('%s %s: %i', async (method, path, status) => {
  const answer = await world.write(method, path, method === 'POST' ? {} : undefined)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
})

describe('a correction', () => {
  const editionsFor = (asked: Asked[], path: string) =>
    asked
      .filter((one) => one.path === path)
      .map(({ body }) => JSON.parse(body).data as { edition: number; text: string })

  test('reaches the site within seconds of the deletion, without a word of what was deleted', async () => {
    const { id, secret } = await make({ url: `${site.url}/corrected`, topics: ['talks'] })
    const told = toldShapes.Perspective.parse(await world.read('/v1/topics/talks/perspective'))
    await expect.poll(async () => (await world.served.editions('talks', 1))[0]?.told.text, soon).toBe(told.text)
    const [quote] = told.claims.flatMap(({ quotes }) => quotes)
    expect(told.text).toContain(quote!.text)
    const before = performance.now()
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: quote!.post }]))
    await expect.poll(() => editionsFor(site.asked, '/corrected').length, soon).toBeGreaterThan(0)
    expect(performance.now() - before).toBeLessThan(20_000)
    const all = site.asked.filter(({ path }) => path === '/corrected')
    for (const { body, headers } of all) {
      expect(body).not.toContain(quote!.text)
      new Oracle(secret).verify(body, headers as Record<string, string>)
    }
    const newest = async () =>
      ((await (await world.get('/v1/webhooks/deliveries', auth)).json()) as { deliveries: object[] }).deliveries[0]
    const delivered = { webhook: id, topic: 'talks', status: 'delivered', attempts: 1, answer: 200 }
    await expect.poll(newest, soon).toMatchObject(delivered)
    expect(await (await world.get('/metrics')).text()).toMatch(/webhook_deliveries_total\{outcome="delivered"\} [1-9]/)
    await remove(id)
  })
})

test('no secret was ever noted', () => {
  expect(JSON.stringify(world.noted)).not.toMatch(/whsec|secret/)
})
