// What sites are told, and when: coalescing, withdrawals, dropped topics, stories, restarts, webhooks that change. Real
// log, real sockets, a clock that the test moves. (Sites that fail: lane.test.ts.)
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { keptTold, rotateSecret } from '../../dashboards/webhooks.ts'
import type { Log } from '../../types.ts'
import { edition } from '../doubles/edition.ts'
import { type Asked, status } from '../doubles/site.ts'
import { dataOf, eachTold, idsOf, settle, soon, start, statuses } from './telling.ts'

const told = eachTold()

const dayMs = 86_400_000
describe('an edition', () => {
  test('reaches the site signed, once, and is acknowledged in the log', async () => {
    const at = told()
    const { id, secret } = await at.make()
    const hooks = at.begin()
    at.issue('talks', 1)
    const [asked] = await at.site.until(1)
    expect(asked).toMatchObject({ method: 'POST', path: '/hook' })
    expect(asked!.headers['content-type']).toBe('application/json')
    // The clock of the test is not that of the package.
    expect(Number(asked!.headers['webhook-timestamp'])).toBe(Math.floor(at.time.now() / 1_000))
    const again = new Webhook(secret).sign(String(asked!.headers['webhook-id']), new Date(at.time.now()), asked!.body)
    expect(asked!.headers['webhook-signature']).toBe(again)
    await expect
      .poll(async () => (await keptTold(at.log)).get(id)?.get('talks'), soon)
      .toMatchObject({ edition: 1, status: 'delivered' })
    at.time.advance(60_000)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    expect(statuses(hooks)).toEqual(['talks 1 delivered 1'])
  })

  test('from before the webhook was made is not sent: no flood', async () => {
    const at = told()
    for (const topic of ['a', 'b', 'c']) at.issue(topic, 1)
    await at.make()
    at.begin()
    at.issue('a', 2)
    await at.site.until(1)
    await settle()
    expect(at.site.asked.map((one) => [dataOf(one).topic, dataOf(one).edition])).toEqual([['a', 2]])
  })

  test('that is overtaken while the site is down is never sent: the newest is', async () => {
    const at = told()
    await at.make()
    at.site.answer(status(503))
    const hooks = at.begin()
    at.issue('talks', 1)
    await at.site.until(1)
    await expect.poll(() => statuses(hooks), soon).toEqual(['talks 1 retrying 1'])
    for (const number of [2, 3, 4]) at.issue('talks', number)
    at.site.answer(status(200))
    at.toNext(hooks)
    await at.site.until(2)
    await expect.poll(() => statuses(hooks), soon).toEqual(['talks 4 delivered 1', 'talks 1 superseded 1'])
    expect(at.site.asked.map((one) => dataOf(one).edition)).toEqual([1, 4])
  })

  test('that comes while one is being sent follows it', async () => {
    const at = told()
    await at.make()
    let answer = () => {}
    at.site.answer((_, response) => {
      answer = () => void response.end()
    })
    const hooks = at.begin()
    at.issue('talks', 1)
    await at.site.until(1)
    at.issue('talks', 2)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    answer()
    await at.site.until(2)
    answer()
    await expect.poll(() => statuses(hooks)[0], soon).toBe('talks 2 delivered 1')
    expect(dataOf(at.site.asked[1]!)).toMatchObject({ edition: 2, after: 1 })
  })

  test('that comes while it is asked whether there is one is not forgotten', async () => {
    const at = told()
    await at.make()
    let answer = () => {}
    at.site.answer((_, response) => {
      answer = () => void response.end()
    })
    let [held, asked] = [null as Promise<void> | null, 0]
    const hooks = at.begin({
      editions: async (topic) => {
        const found = (at.editions.get(topic) ?? []).slice(0, 1)
        asked++
        await held
        return found
      },
    })
    at.issue('talks', 1)
    await at.site.until(1)
    at.time.advance(2_000)
    await settle()
    const { promise, resolve } = Promise.withResolvers<void>()
    const before = asked
    held = promise
    answer()
    // Acknowledged, and the lane asks whether there is more: it will hear of the old edition.
    await expect.poll(() => asked, soon).toBe(before + 1)
    held = null
    at.issue('talks', 2)
    await settle()
    resolve()
    await at.site.until(2)
    answer()
    await expect.poll(() => statuses(hooks)[0], soon).toBe('talks 2 delivered 1')
  })

  test('is acknowledged for good before the next thing is sent', async () => {
    const at = told()
    await at.make()
    const { promise, resolve } = Promise.withResolvers<void>()
    const append: Log['append'] = (batch) => promise.then(() => at.log.append(batch))
    const { log } = at
    at.begin({ log: { append, settings: () => log.settings(), status: () => log.status() } })
    at.issue('a', 1)
    at.issue('b', 1)
    await at.site.until(1)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    resolve()
    await at.site.until(2)
  })

  test('that lost a sentence is told again without it, though no news came', async () => {
    const at = told()
    await at.make()
    at.begin()
    at.issue('talks', 1, { text: 'One post reads: “a quotation”.' })
    await at.site.until(1)
    const [one] = at.editions.get('talks')!
    const silenced = edition('talks', 1, {
      at: one!.at,
      withdrawn: 1,
      text: '[A quotation was withdrawn: its post is gone.]',
    })
    at.editions.set('talks', [silenced])
    await at.log.append({
      source: 'import',
      changes: [{ op: 'delete', source: 'import', id: 'x', at: one!.at, revision: null }],
      cursor: null,
    })
    at.time.advance(10_000)
    await at.site.until(2)
    expect(at.site.asked[1]!.body).not.toContain('a quotation”')
    expect(new Set(idsOf(at.site.asked)).size).toBe(2)
  })

  test('waiting to be sent again is made anew: no deleted word waits anywhere', async () => {
    const at = told()
    await at.make()
    at.site.answer(status(500))
    const hooks = at.begin()
    at.issue('talks', 1, { text: 'One post reads: “a quotation”.' })
    await at.site.until(1)
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('retrying')
    at.editions.set('talks', [
      edition('talks', 1, { at: at.editions.get('talks')![0]!.at, withdrawn: 1, text: '[gone]' }),
    ])
    expect(JSON.stringify(await at.log.settings())).not.toContain('quotation')
    at.toNext(hooks)
    await at.site.until(2)
    expect(dataOf(at.site.asked[1]!).text).toBe('[gone]')
  })

  test('of a dropped topic is taken back, once', async () => {
    const at = told()
    const { id } = await at.make()
    const hooks = at.begin()
    at.issue('talks', 1)
    await at.site.until(1)
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('delivered')
    at.editions.clear()
    at.time.advance(10_000)
    await at.site.until(2)
    expect(JSON.parse(at.site.asked[1]!.body)).toMatchObject({
      type: 'perspective.withdrawn',
      data: { topic: 'talks', text: '' },
    })
    await expect.poll(async () => (await keptTold(at.log)).get(id)?.size ?? 0, soon).toBe(0)
    await at.log.append({
      source: 'undercurrent',
      changes: [{ op: 'setting', key: 'other', value: 'x' }],
      cursor: null,
    })
    at.time.advance(10_000)
    await settle()
    expect(at.site.asked).toHaveLength(2)
  })

  test('goes to whom it concerns, stories among them', async () => {
    const at = told()
    await at.make({ url: `${at.site.url}/all` })
    await at.make({ url: `${at.site.url}/talks`, topics: ['talks'] })
    await at.make({ url: `${at.site.url}/else`, topics: ['else'] })
    await at.make({ url: `${at.site.url}/story`, stories: ['s1'] })
    const places = [{ id: 's1', url: 'https://site.example/a', headline: 'Talks' }]
    at.begin({ storiesOf: (topic) => (topic === 'talks' ? places : []) })
    at.issue('talks', 1)
    await at.site.until(3)
    await settle()
    const heard = at.site.asked.map(({ path, body }) => `${path} ${JSON.parse(body).type}`)
    expect(heard.sort()).toEqual(['/all perspective.updated', '/story story.updated', '/talks perspective.updated'])
  })
})

describe('a restart', () => {
  test('sends what was not acknowledged under its id, and nothing that was', async () => {
    const at = told()
    await at.make()
    const first = at.begin()
    at.issue('done', 1)
    await expect.poll(() => statuses(first), soon).toEqual(['done 1 delivered 1'])
    at.site.answer(() => {}) // takes it and dies before its answer reaches us
    at.issue('open', 1)
    await at.site.until(2)
    await at.stop()
    await at.log[Symbol.asyncDispose]()
    at.log = await at.openLog()
    at.site.answer(status(200))
    const second = at.begin()
    await at.site.until(3)
    await expect.poll(() => statuses(second), soon).toEqual(['open 1 delivered 1', 'done 1 delivered 1'])
    await settle()
    expect(at.site.asked.map((one) => dataOf(one).topic)).toEqual(['done', 'open', 'open'])
    expect(idsOf(at.site.asked)[1]).toBe(idsOf(at.site.asked)[2])
  })

  test('tells what was issued while nothing ran', async () => {
    const at = told()
    await at.make()
    at.editions.set('talks', [edition('talks', 5, { at: new Date(start + 5_000).toISOString() })])
    at.begin()
    await at.site.until(1)
    expect(dataOf(at.site.asked[0]!)).toMatchObject({ edition: 5, after: null })
  })
})

describe('webhooks that change while it runs', () => {
  test('a new one is told from then on, a removed one no more, and nothing of it is left', async () => {
    const at = told()
    const hooks = at.begin()
    const { id } = await at.make()
    hooks.changed()
    at.issue('talks', 1)
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('delivered')
    await hooks.remove(id)
    at.issue('talks', 2)
    at.time.advance(60_000)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    const left = (await at.log.settings()).filter(({ change }) => change.op === 'setting' && change.value !== null)
    expect(left).toEqual([])
    await expect(hooks.remove(id)).rejects.toThrow('there is no such webhook')
  })

  test('with a new secret both sign for a day, then the new one alone', async () => {
    const at = told()
    const { id, secret: old } = await at.make()
    const hooks = at.begin()
    const { secret, until } = await rotateSecret(at.log, { id }, at.time.now())
    expect(Date.parse(until)).toBe(at.time.now() + dayMs)
    hooks.changed()
    at.issue('talks', 1)
    await at.site.until(1)
    const signaturesOf = ({ headers }: Asked) => String(headers['webhook-signature']).split(' ')
    const by = (key: string, { headers, body }: Asked) =>
      new Webhook(key).sign(String(headers['webhook-id']), new Date(Number(headers['webhook-timestamp']) * 1_000), body)
    const [one] = at.site.asked
    expect(signaturesOf(one!)).toEqual([by(secret, one!), by(old, one!)])
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('delivered')
    at.time.advance(dayMs)
    at.issue('talks', 2)
    await at.site.until(2)
    expect(signaturesOf(at.site.asked[1]!)).toEqual([by(secret, at.site.asked[1]!)])
  })
})

test('what fails inside is tried again, and said', async () => {
  const at = told()
  await at.make()
  let fails = 2
  at.begin({
    editions: async (topic, limit) => {
      if (fails-- > 0) throw new Error('the store is busy')
      return (at.editions.get(topic) ?? []).slice(0, limit)
    },
  })
  at.issue('talks', 1)
  await expect.poll(() => at.noted.length, soon).toBeGreaterThan(0)
  await expect
    .poll(() => {
      at.time.advance(1_000)
      return at.site.asked.length
    }, soon)
    .toBe(1)
  expect(at.noted[0]).toContain('webhooks were not looked at')
})
