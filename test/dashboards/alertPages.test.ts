// The pages of alerts and rules without script: what they say, their forms from sentence to saved rule, mistakes that keep what
// was typed, verdicts, channels; hostile words are only ever text, and what may be a secret is not shown.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WantedRule } from '../../alarms.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { typedFor, typedOf, wantedOf } from '../../dashboards/ruleTyped.ts'
import { alertOf, everything, type FakeAlerts, fakeAlerts, shiftOf } from '../doubles/alerts.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

const evil = '"><script>alert(1)</script><b onmouseover=x>'
const hostile = alertOf('evil', {
  ...{ state: 'early', ruleName: evil, reason: evil },
  topic: { topic: 'gone', version: 1, name: evil },
  shifts: [shiftOf({ measure: 'theme.x', phrase: evil })],
  ack: { verdict: 'known', note: evil, by: evil, at: '2026-11-22T00:00:00.000Z' },
})

let world: World
let alerts: FakeAlerts
let release: () => void
const gate = new Promise<void>((resolve) => {
  release = resolve
})
beforeAll(async () => {
  const all = everything()
  // The posts of this test are received now, whenever they were posted.
  const seenAt = new Date(Date.now() + 60_000).toISOString()
  alerts = fakeAlerts({ ...all, alerts: [...all.alerts!.map((one) => ({ ...one, seenAt })), hostile] })
  world = await openWorld({ served: { alerts } })
  await world.write('POST', '/v1/topics', { ...talks, tags: ['abroad'] })
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

const page = async (path: string) => {
  const answer = await world.get(path, { headers: { accept: 'text/html' } })
  return { status: answer.status, html: await answer.text() }
}
const form = (path: string, words: [string, string][]) =>
  world.get(path, {
    method: 'POST',
    body: new URLSearchParams(words),
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'text/html',
    },
  })
const plain = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ')

describe('the list', () => {
  test('has what is open first, then what was, narrowed as asked', async () => {
    const { html } = await page('/alerts')
    const text = plain(html)
    expect(text).toContain('5 alerts are open now.')
    expect(text).toContain('Probable, not yet sure')
    expect(text).toContain('Shifts : all topics, when what people say really changes; at most 1 message a week')
    const rows = (of: string) =>
      [...of.matchAll(/<tr><th scope="row"><a href="\/alerts\/([\w-]+)"/g)].map(([, id]) => id)
    expect(rows(html)).toEqual(['a-campaign', 'a-withdrawn', 'a-collection', 'a-model', 'a-level'])
    expect(rows((await page('/alerts?state=withdrawn')).html)).toEqual(['a-withdrawn'])
    expect(rows((await page('/alerts?rule=anger')).html)).toEqual(['a-level'])
    expect(plain((await page('/alerts?topic=none')).html)).toContain('No alert fits these filters.')
  })

  test('is linked from the start page and the topic, with the topic’s count of right and wrong', async () => {
    const start = (await page('/')).html
    expect(start).toContain('href="/alerts/a-early"')
    expect(plain(start)).toContain('2 more alerts')
    const text = plain((await page('/topics/talks')).html)
    expect(text).toContain(
      '9 alerts about this topic so far: 1 marked right, 0 wrong, 0 known before, 8 not marked; 1 taken back by us.',
    )
  })
})

describe('one alert', () => {
  test('shows before and after, why, posts that carry it, and where it was sent', async () => {
    const text = plain((await page('/alerts/a-open')).html)
    for (const words of [
      'of alerts this strong, chance alone makes about 6 a year',
      'Negative tone before 31% (27–35%) after 44% (40–48%) 13 points more (8–18); 412 voices before, 187 after',
      'Other accounts speak 8 points more (6–10)',
      'More comes from other platforms no sure part (−4 to 2 points)',
      'Altogether 13 points more (8–18)',
      'night trains 2% (1–3%) 18% (14–22%)',
      'Coincidence in time: nothing here says that any of it was the cause.',
      'Honestly the talks are a bad idea',
      'given up',
      'not needed: a later word went in its place',
    ])
      expect(text).toContain(words)
  })

  test('leads to the posts in its windows, of what leads', async () => {
    const { html } = await page('/alerts/a-open')
    const { after, seenAt } = (await alerts.get('a-open'))!
    const words = new URLSearchParams({ ...after, version: '1', receivedBy: seenAt, sentiment: 'negative' })
      .toString()
      .replaceAll('&', '&amp;')
    expect(html).toContain(`href="/topics/talks?${words}#posts"`)
    expect((await page('/alerts/a-theme')).html).toContain('q=night+trains')
    const seen = (await page(`/topics/talks?${new URLSearchParams({ ...after, receivedBy: seenAt })}`)).html
    expect(plain(seen)).toContain('as it was seen')
    expect(seen).toContain('name="receivedBy"')
  })

  test('tells accounts as accounts, and says of what is no change of opinion that it is none', async () => {
    const volume = plain((await page('/alerts/a-volume')).html)
    expect(volume).toContain('before 31 (27–35) after 240 (214–268)')
    expect(volume).toContain('Other accounts speak 128 accounts more (96–160)')
    const collection = plain((await page('/alerts/a-collection')).html)
    expect(collection).toContain('No opinion changed: there is nothing to explain.')
    expect(collection).not.toContain('The posts that carry it')
    expect(plain((await page('/alerts/evil')).html)).toContain('The topic was dropped, and its numbers with it.')
  })

  test('does not wait for why: the place for it stands, and has an address', async () => {
    const slow = fakeAlerts({ ...everything(), gate })
    const { explain } = world.served.alerts
    Object.assign(world.served, { patienceMs: 20 })
    Object.assign(world.served.alerts, { explain: slow.explain })
    const { html } = await page('/alerts/a-open')
    expect(html).toContain('data-later="/alerts/a-open/why"')
    release()
    expect(plain((await page('/alerts/a-open/why')).html)).toContain('What the change is made of')
    Object.assign(world.served, { patienceMs: 10_000 })
    Object.assign(world.served.alerts, { explain })
  })

  test('that is not there is a 404 that says so', async () => {
    const { status, html } = await page('/alerts/nothing')
    expect([status, plain(html)]).toEqual([404, expect.stringContaining('There is no alert "nothing"')])
  })

  test('is marked by a person, with a reason, and says so from then on', async () => {
    const marked = await form('/alerts/a-open/ack', [
      ['verdict', 'wrong'],
      ['note', 'a film came out'],
      ['by', 'ann'],
    ])
    expect([marked.status, marked.headers.get('location')]).toEqual([303, '/alerts/a-open#said'])
    expect(plain((await page('/alerts/a-open')).html)).toMatch(/Marked as wrong by ann ?, .*“ ?a film came out ?”/)
    await form('/alerts/a-early/ack', [['verdict', 'right']])
    expect(alerts.asked).toContain('ack a-early right  by master')
    expect((await form('/alerts/a-open/ack', [['verdict', 'maybe']])).status).toBe(400)
    expect((await world.get('/alerts/a-open/ack', { method: 'POST' })).status).toBe(401)
  })
})

describe('hostile words', () => {
  test.each([
    '/alerts',
    '/alerts/evil',
    '/',
    `/alerts/rules/try?sent=1&name=${evil}&topics=${evil}&zone=${evil}`,
    `/alerts?topic=${evil}`,
  ])('are text on %s', async (path) => expect((await page(path)).html).not.toMatch(/<script>alert|<b on/))
})

describe('rules', () => {
  const typed: [string, string][] = [
    ...([
      ['sent', '1'],
      ['kind', 'shift'],
      ['name', 'Mine'],
      ['messages', '2'],
      ['per', 'month'],
    ] as [string, string][]),
    ...([
      ['topics', 'talks'],
      ['topics', 'tag:abroad'],
      ['measures', 'sentiment'],
      ['channels', 'team'],
    ] as [string, string][]),
    ...([
      ['quietFrom', '22:00'],
      ['quietTo', '07:00'],
      ['zone', 'Europe/Berlin'],
    ] as [string, string][]),
  ]

  test('are listed in sentences, with what leads nowhere; those of the file can be copied', async () => {
    const text = plain((await page('/alerts/rules')).html)
    expect(text).toContain('Careful: there is no topic "gone" now.')
    expect(text).toContain('Of undercurrent.yaml: changed there alone.')
    const copied = (await page('/alerts/rules/new?from=anger')).html
    expect(copied).toContain('value="Anger, mine"')
    expect(copied).toContain('value="gone" checked')
    expect((await page('/alerts/rules/new?from=none')).status).toBe(404)
  })

  test('are tried before they are saved: exactly what was tried is saved', async () => {
    const { status, html } = await page(`/alerts/rules/try?${new URLSearchParams(typed)}`)
    expect(status).toBe(200)
    const text = plain(html)
    expect(text).toContain('4 messages about 3 alerts would have been sent')
    expect(text).toContain('one would expect 0.3 of them: at most 2 messages a month')
    expect(text).toContain('10 points negative tone 18 of 20 9 h (nine in ten: 20 h) 14 h (nine in ten: 30 h)')
    expect(await alerts.rules()).toHaveLength(2)
    const [, saving] = /<form method="post" action="\/alerts\/rules">(.*?)<\/form>/s.exec(html)!
    const fields = [...saving!.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [
      name!,
      value!,
    ])
    const saved = await form('/alerts/rules', fields)
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/alerts/rules#mine'])
    expect((await alerts.rules()).at(-1)).toMatchObject({
      ...{
        id: 'mine',
        name: 'Mine',
        topics: ['talks', 'tag:abroad'],
        measures: ['sentiment'],
        channels: ['team'],
        early: false,
      },
      ...{
        budget: { messages: 2, perMs: 720 * 3_600_000 },
        quiet: { from: '22:00', to: '07:00', zone: 'Europe/Berlin' },
      },
    })
  })

  test('are changed, tested and dropped', async () => {
    const edit = (await page('/alerts/rules/mine/edit')).html
    expect(edit).toContain('value="tag:abroad" checked')
    expect(edit).toContain('name="id" value="mine"')
    const tested = await (await form('/alerts/rules/mine/test', [])).text()
    expect(plain(tested)).toContain('team: the test arrived')
    expect((await form('/alerts/rules/mine/drop', [])).headers.get('location')).toBe('/alerts/rules')
    expect((await form('/alerts/rules/mine/drop', [])).status).toBe(404)
    expect((await form('/alerts/rules/shifts/drop', [])).status).toBe(409)
  })

  test.each([
    [{ messages: '0' }, 'A budget of 0 per month cannot be kept'],
    [{ messages: 'x' }, 'Budget: is no budget'],
    [{ quietTo: '' }, 'Quiet hours need a beginning and an end'],
    [{ zone: 'Europe/Atlantis' }, 'have a time zone that is none'],
    [{ name: ' ' }, 'The rule has no name'],
    [{ kind: 'level', bound: 'much' }, '"much" is no number'],
    [{ kind: 'level', bound: '160' }, '1.6 is no share'],
    [{ kind: 'level', measure: 'sentiment.odd' }, 'There is no measure'],
  ])('with %j are told on the form, which keeps what was typed', async (wrong, told) => {
    const words = new URLSearchParams(typed)
    for (const [name, value] of Object.entries(wrong)) words.set(name, value)
    for (const answer of [await page(`/alerts/rules/try?${words}`), await form('/alerts/rules', [...words])]) {
      expect(answer.status).toBe(400)
      const html = 'html' in answer ? answer.html : await answer.text()
      expect(plain(html)).toContain(told)
      expect(html).toContain('value="tag:abroad" checked')
    }
  })

  test('a rule as it is typed is the same rule', () => {
    const made = { origin: 'user', at: '' } as const
    const level = { measure: 'volume', above: null, below: 12.5, windowMs: 3_600_000 }
    const wanted: WantedRule[] = [
      {
        measures: ['volume', 'stance.truce.favor'],
        forMs: 90 * 60_000,
        isDry: true,
        early: false,
        severity: 'critical',
      },
      { level, quiet: { from: '22:00', to: '07:00', zone: 'Asia/Kolkata' }, channels: ['x'] },
      { level: { ...level, measure: 'sentiment.negative', above: 0.125, below: null } },
      { budget: { messages: 0.5, perMs: 36 * 3_600_000 } },
    ]
    for (const one of wanted) {
      const rule = ruleOf({ id: 'a', name: 'A', ...one }, made)
      expect(ruleOf({ id: 'x', ...wantedOf(typedFor(rule)) }, made)).toEqual(rule)
    }
    expect(typedOf({}).words.early).toBe('yes')
    expect(typedOf({ sent: '1' }).words.early).toBe('')
  })
})

describe('channels', () => {
  test('are shown by their host alone, made with their secret once, and deleted', async () => {
    const list = (await page('/alerts/rules')).html
    expect(list).toContain('hooks.example')
    expect(list).not.toContain('a-secret-in-the-path')
    const made = await form('/alerts/channels', [
      ['kind', 'webhook'],
      ['url', 'https://hooks.example/x'],
      ['id', 'mine'],
    ])
    expect(made.headers.get('cache-control')).toBe('no-store')
    expect(plain(await made.text())).toContain('Its calls are signed with whsec_made')
    expect((await page('/alerts/rules')).html).not.toContain('whsec_made')
    expect((await form('/alerts/channels/mine/drop', [])).headers.get('location')).toBe('/alerts/rules#channels')
    const wrong = await form('/alerts/channels', [
      ['kind', 'webhook'],
      ['url', 'ftp://x'],
    ])
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('is no address')])
  })
})
