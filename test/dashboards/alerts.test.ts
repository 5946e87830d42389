// The API of alerts over a real socket: lists, one with why, verdicts, rules in the words of the configuration, tests,
// back-tests, channels, the feed and the events; and what is told to whom beyond loopback.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { Channel } from '../../alarms.ts'
import * as told from '../../dashboards/alertShapes.ts'
import { makeKey } from '../../dashboards/keys.ts'
import { listen } from '../../dashboards/server.ts'
import * as shapes from '../../dashboards/shapes.ts'
import { parsedFeed } from '../../feeds.ts'
import { alertOf, everyAlert, type FakeAlerts, fakeAlerts } from '../doubles/alerts.ts'
import { key, openWorld, talks, type World } from './world.ts'

let world: World
let alerts: FakeAlerts
beforeAll(async () => {
  const channels: Channel[] = [
    { id: 'team', kind: 'slack', url: 'hooks.example …abcd', from: '', to: [], origin: 'config' },
  ]
  alerts = fakeAlerts({ alerts: everyAlert(), channels })
  world = await openWorld({ served: { alerts } })
  await world.write('POST', '/v1/topics', talks)
})
afterAll(() => world[Symbol.asyncDispose]())

const problemOf = async (response: Response) => {
  const { title, detail, status } = shapes.Problem.parse(await response.json())
  return { title, detail, status }
}
const asked = async <T extends z.ZodType>(path: string, shape: T): Promise<z.output<T>> =>
  shape.parse(await world.read(path))
const written = async <T extends z.ZodType>(method: string, path: string, body: unknown, shape: T) => {
  const answer = await world.write(method, path, body)
  const json = await answer.json()
  return { status: answer.status, json: answer.ok ? (shape.parse(json) as z.output<T>) : (json as never) }
}

describe('alerts', () => {
  test('are listed with their words, by topic and state', async () => {
    const { alerts: all, lookedUntil } = await asked('/v1/alerts', told.AlertList)
    expect(Date.now() - Date.parse(lookedUntil!)).toBeLessThan(600_000)
    expect(all.map(({ id }) => id)).toEqual(everyAlert().map(({ id }) => id))
    expect(all[1]).toMatchObject({ state: 'confirmed', ruleName: 'Shifts', words: { path: '/alerts/a-open' } })
    expect(all[1]!.words.title).toContain('Peace talks')
    const ids = async (query: string) => (await asked(`/v1/alerts?${query}`, told.AlertList)).alerts.map(({ id }) => id)
    expect(await ids('state=early')).toEqual(['a-early'])
    expect(await ids('topic=none')).toEqual([])
    expect(await ids('limit=2')).toEqual(['a-early', 'a-open'])
    expect((await world.get('/v1/alerts?state=open')).status).toBe(400)
    expect((await world.get('/v1/alerts?limit=501')).status).toBe(400)
  })

  test('each with why it probably changed', async () => {
    const one = await asked('/v1/alerts/a-open', told.Explained)
    expect(one.explanation.causes.map(({ cause }) => cause)).toContain('other accounts')
    expect(one.words.text).toContain('chance alone')
    const missing = await problemOf(await world.get('/v1/alerts/none'))
    expect(missing).toMatchObject({ status: 404, title: 'there is no alert "none"' })
  })

  test('are acknowledged with a reason, by whoever says so or by the key', async () => {
    const { json } = await written(
      'POST',
      '/v1/alerts/a-volume/ack',
      { verdict: 'known', note: ' a march ' },
      told.Alert,
    )
    expect(json.ack).toMatchObject({ verdict: 'known', note: 'a march', by: 'master' })
    const body = { verdict: 'wrong', by: 'ann' }
    expect((await written('POST', '/v1/alerts/a-volume/ack', body, told.Alert)).json.ack).toMatchObject({ by: 'ann' })
    expect((await world.write('POST', '/v1/alerts/a-volume/ack', { verdict: 'maybe' })).status).toBe(400)
    expect((await world.write('POST', '/v1/alerts/none/ack', { verdict: 'right' })).status).toBe(404)
    expect((await world.get('/v1/alerts/a-volume/ack', { method: 'POST', body: '{}' })).status).toBe(401)
  })
})

describe('rules', () => {
  test('come and go in the words of undercurrent.yaml, with a sentence', async () => {
    const { rules } = await asked('/v1/alerts/rules', told.RuleList)
    expect(rules).toMatchObject([{ id: 'shifts', origin: 'config', budget: '1 per week', topics: [], warnings: [] }])
    expect(rules[0]!.says).toBe(
      'Tells when what people say about all topics really changes; at most 1 message a week that should not have been sent. What is probable and not yet sure is told early, and taken back where it turns out to be nothing. After an alert about a topic ended, nothing is told about it for 6 hours. Told on the page, in the feed and in the event stream.',
    )
    const anger = { id: 'anger', measure: 'sentiment.negative', above: '60%', over: '3h', for: '1h', topics: ['talks'] }
    const made = await written('POST', '/v1/alerts/rules', anger, told.Rule)
    expect(made).toMatchObject({ status: 201, json: { ...anger, above: 0.6, origin: 'user' } })
    expect(made.json.says).toContain(
      'Tells when the share of posts that are negative about Peace talks is above 60%, over 3 hours, and has been for 1 hour.',
    )
    const again = await written('PUT', '/v1/alerts/rules/anger', { ...made.json, severity: 'critical' }, told.Rule)
    expect(again).toMatchObject({ status: 200, json: { severity: 'critical', above: 0.6 } })
    expect((await world.write('DELETE', '/v1/alerts/rules/anger')).status).toBe(204)
    expect((await world.write('DELETE', '/v1/alerts/rules/anger')).status).toBe(404)
  })

  test('that name what is not there are taken, and say so', async () => {
    const odd = { id: 'odd', topics: ['nowhere', 'tag:none'], channels: ['team', 'lost'] }
    const { json } = await written('POST', '/v1/alerts/rules', odd, told.Rule)
    expect(json.warnings).toHaveLength(3)
    await world.write('DELETE', '/v1/alerts/rules/odd')
  })

  test.each([
    [{ budget: 'often' }, 'budget: is no budget'],
    [{ buget: '1 per week' }, 'Unrecognized key: "buget"'],
    [{ measures: ['sentimnt'] }, 'there is no measure "sentimnt"'],
    [{ quiet: '9 to 5' }, 'quiet: are no quiet hours'],
    [{ above: 'x', measure: 'volume' }, 'above: is no share'],
    [[], 'expected record'],
  ])('%j is refused with what is wrong', async (rule, message) => {
    const answer = await world.write('POST', '/v1/alerts/rules', rule)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).title).toContain(message)
  })

  test('of the configuration file are not changed here', async () => {
    const answer = await world.write('PUT', '/v1/alerts/rules/shifts', { severity: 'info' })
    expect(await problemOf(answer)).toMatchObject({ status: 409, detail: expect.stringContaining('undercurrent.yaml') })
  })

  test('send a test, whether they are kept or only tried', async () => {
    const kept = await written('POST', '/v1/alerts/rules/test', { id: 'shifts' }, told.Sent)
    expect(kept.json.sent).toEqual([])
    const tried = await written('POST', '/v1/alerts/rules/test', { name: 'Try', channels: ['team', 'lost'] }, told.Sent)
    expect(tried.json.sent).toEqual([
      { channel: 'team', ok: true, detail: '' },
      { channel: 'lost', ok: false, detail: 'it answered 500' },
    ])
    expect(alerts.asked).toEqual(expect.arrayContaining(['test shifts', 'test try']))
    expect((await world.write('POST', '/v1/alerts/rules/test', { id: 'none' })).status).toBe(404)
  })

  test('are tried on what was kept, before they are', async () => {
    const span = { from: '2026-11-20', to: '2026-11-22T12:00:00Z' }
    const body = { rule: { budget: '2 per month' }, ...span }
    const { json } = await written('POST', '/v1/alerts/backtest', body, told.Backtest)
    expect(json).toMatchObject({ rule: { budget: '2 per month' }, expectedFalse: 0.29 })
    expect(json.injected.map(({ by }) => by)).toEqual([0.05, 0.1, 0.2])
    expect(alerts.asked).toContain('backtest rule 2026-11-20T00:00:00.000Z 2026-11-22T12:00:00.000Z')
    await written('POST', '/v1/alerts/backtest', { rule: { id: 'shifts' } }, told.Backtest)
    expect(alerts.asked).toContain('backtest shifts all')
    const turned = await world.write('POST', '/v1/alerts/backtest', { ...body, from: span.to, to: span.from })
    expect((await problemOf(turned)).title).toContain('the window is empty')
    expect((await world.write('POST', '/v1/alerts/backtest', { rule: {}, from: 'monday' })).status).toBe(400)
  })
})

describe('channels', () => {
  test('are listed with a key only, made, and tell their secret once', async () => {
    expect((await world.get('/v1/alerts/channels')).status).toBe(401)
    expect((await world.get('/v1/alerts/deliveries')).status).toBe(401)
    const made = await world.write('POST', '/v1/alerts/channels', { kind: 'webhook', url: 'https://hooks.example/a' })
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { id, secret } = (await made.json()) as { id: string; secret: string }
    expect(secret).toBe('whsec_made')
    const listed = await (await world.write('GET', '/v1/alerts/channels')).text()
    expect(listed).toContain(id)
    expect(listed).not.toContain('whsec')
    expect((await world.write('DELETE', `/v1/alerts/channels/${id}`)).status).toBe(204)
    expect((await world.write('DELETE', `/v1/alerts/channels/${id}`)).status).toBe(404)
    const wrong = { kind: 'pager', url: 'https://hooks.example' }
    expect((await world.write('POST', '/v1/alerts/channels', wrong)).status).toBe(400)
    const deliveries = await (await world.write('GET', '/v1/alerts/deliveries')).json()
    expect(told.Deliveries.parse(deliveries)).toEqual({ deliveries: [] })
  })
})

describe('the feed', () => {
  test('has one entry an alert, updated when its state moves', async () => {
    const entries = async () => parsedFeed(await (await world.get('/v1/alerts.atom')).text())!.entries
    const [first, ...rest] = await entries()
    expect(rest).toHaveLength(everyAlert().length - 1)
    expect(first).toMatchObject({
      link: `${world.url}/alerts/a-early`,
      title: { text: expect.stringContaining('Probably') },
    })
    const at = new Date(Date.now() + 60_000).toISOString()
    alerts.move(alertOf('a-early', { state: 'withdrawn', at }))
    expect((await entries())[0]!.published).toBe(at)
    expect(parsedFeed(await (await world.get('/v1/alerts.atom?topic=none')).text())!.entries).toEqual([])
  })
})

test('openapi.json has them all, and every reference in it leads somewhere', async () => {
  const document = await world.read<{ paths: Record<string, object>; components: { schemas: object } }>('/openapi.json')
  const paths = Object.keys(document.paths).filter((path) => path.startsWith('/v1/alerts'))
  expect(paths.sort()).toEqual([
    ...['/v1/alerts', '/v1/alerts.atom', '/v1/alerts/backtest', '/v1/alerts/channels', '/v1/alerts/channels/{id}'],
    ...['/v1/alerts/deliveries', '/v1/alerts/rules', '/v1/alerts/rules/test', '/v1/alerts/rules/{id}'],
    ...['/v1/alerts/{id}', '/v1/alerts/{id}/ack'],
  ])
  const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!)
  expect(named.filter((name) => !(name in document.components.schemas))).toEqual([])
  expect(named).toContain('WrittenRule')
})

test('events tell of each state an alert takes', async () => {
  const stop = new AbortController()
  const answer = await world.get('/v1/events', { signal: stop.signal })
  const read = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let heard = ''
  const until = async (words: string): Promise<void> => {
    while (!heard.includes(words)) heard += (await read.next()).value ?? ''
  }
  await until('event: hello')
  for (const state of ['early', 'confirmed', 'closed'] as const) {
    alerts.move(alertOf('a-new', { state }))
    await until(`event: alert.${state}`)
    const [, data] = new RegExp(`event: alert\\.${state}\\ndata: (.*)`).exec(heard)!
    expect(JSON.parse(data!)).toMatchObject({ id: 'a-new', topic: 'talks', state, path: '/alerts/a-new' })
  }
  stop.abort()
}, 20_000)

describe('beyond loopback', () => {
  test('without a key only alerts of public topics are told, without what is said inside; a list has to name one', async () => {
    const secret = { topic: 'secret', version: 1, name: 'Secret' }
    const ack = { verdict: 'right', note: 'between us', by: 'ann', at: '' } as const
    const known = [alertOf('open', { ack }), alertOf('hidden', { topic: secret })]
    await world.write('POST', '/v1/topics', { ...talks, public: true })
    await world.write('POST', '/v1/topics', { id: 'secret', query: 'secret' })
    const served = { ...world.served, alerts: fakeAlerts({ alerts: known }) }
    const { signal } = new AbortController()
    await using server = await listen(served, { host: '0.0.0.0', port: 0, hosts: [], key, signal })
    const far = { get: (path: string, init?: RequestInit) => fetch(server.url + path, { redirect: 'manual', ...init }) }
    const statusOf = async (path: string, init?: RequestInit) => (await far.get(path, init)).status
    for (const path of ['', '?topic=secret', '?topic=none', '/hidden', '/none', '/rules', '/channels', '/deliveries'])
      expect([path, await statusOf(`/v1/alerts${path}`)]).toEqual([path, 401])
    for (const path of ['/alerts', '/alerts/open', '/alerts/rules']) expect(await statusOf(path)).toBe(401)
    const list = await (await far.get('/v1/alerts?topic=talks')).text()
    const one = await (await far.get('/v1/alerts/open')).text()
    const feed = await (await far.get('/v1/alerts.atom')).text()
    for (const text of [list, one, feed]) {
      expect(text).toContain('Peace talks')
      expect(text).not.toMatch(/between us|Shifts|Secret/)
    }
    expect(told.Explained.parse(JSON.parse(one))).toMatchObject({
      ack: null,
      rule: '',
      words: { path: '/alerts/open' },
    })

    const [reader, writer] = await Promise.all(
      (['read', 'write'] as const).map((scope) =>
        makeKey(world.served.log, { name: scope, scopes: [scope] }, Date.now()),
      ),
    )
    const as = (given: string) => ({ headers: { authorization: `Bearer ${given}` } })
    const whole = await (await far.get('/v1/alerts', as(reader!.key))).text()
    expect(whole).toMatch(/between us/)
    expect(whole).toMatch(/Secret/)
    expect(await (await far.get('/v1/alerts.atom', as(reader!.key))).text()).toContain('Secret')
    expect(await statusOf('/v1/alerts', as(writer!.key))).toBe(403)
    expect(await statusOf('/v1/alerts/hidden', as('wrong'))).toBe(401)
    expect(await statusOf('/v1/alerts/open', as('wrong'))).toBe(200)
  })
})
