// What a webhook gets: a CloudEvent by the specification's own rules, signed so that the reference library verifies it.
import { Ajv } from 'ajv'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { webhookCall } from '../../alerts/webhook.ts'
import type { Posted } from '../../send.ts'
import { makeSecret } from '../../signature.ts'
import { type Asked, openSite } from '../doubles/site.ts'
import { lettersOf, names, origin, write } from './hostile.ts'
import { alert, channel, eachWorld, moved, soon, start, words } from './making.ts'

const world = eachWorld()
const secret = makeSecret()

/** The JSON schema of CloudEvents 1.0 (cloudevents/formats/cloudevents.json), with its formats spelled out. */
const nonEmpty = { type: 'string', minLength: 1 }
const schema = {
  type: 'object',
  required: ['id', 'source', 'specversion', 'type'],
  properties: {
    id: nonEmpty,
    source: { ...nonEmpty, pattern: '^[^\\s]+$' },
    specversion: { const: '1.0' },
    type: { ...nonEmpty, pattern: '^io\\.undercurrent\\.' },
    datacontenttype: { const: 'application/json' },
    subject: nonEmpty,
    time: { ...nonEmpty, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' },
    data: { type: 'object' },
  },
  // Names of attributes are small letters and digits, at most 20.
  propertyNames: { pattern: '^[a-z0-9]{1,20}$' },
}
const isEvent = new Ajv().compile(schema)
/** The clock of the test is not that of the package. */
const verified = ({ headers, body }: Pick<Asked, 'headers' | 'body'> | Posted) => {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  return new Webhook(secret).sign(String(headers['webhook-id']), at, body) === headers['webhook-signature']
}

describe('a webhook', () => {
  test('gets a signed CloudEvent whose id is the one that is signed', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([channel('hook', 'webhook', { url: `${site.url}/hook?key=1`, secret })])
    const a = alert('a', { state: 'confirmed' })
    await at.issue('b1', [a])
    const [asked] = await site.until(1)
    const event = JSON.parse(asked!.body)
    expect(asked).toMatchObject({ method: 'POST', path: '/hook?key=1' })
    expect(asked!.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8')
    expect([isEvent(event), isEvent.errors]).toEqual([true, null])
    expect(verified(asked!)).toBe(true)
    expect(event).toMatchObject({
      ...{ id: asked!.headers['webhook-id'], type: 'io.undercurrent.alert.confirmed', subject: 'alerts/a' },
      ...{ source: 'http://127.0.0.1:4300', time: '2026-05-01T12:00:01.000Z' },
      data: {
        ...{
          rule: { id: 'shifts', name: 'Shifts' },
          severity: 'warning',
          title: words.wordsOf(a).title,
          count: 1,
          ids: ['a'],
        },
        ...{ url: 'http://127.0.0.1:4300/alerts/a', facts: [{ label: 'Before', value: '31 %' }] },
      },
    })
    expect(event.data.alerts[0]).toMatchObject({ ...a, url: event.data.url })
    // And by the package's own clock, as a receiver would.
    const now = new Date()
    const fresh = { ...asked!.headers, 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)) }
    const signature = new Webhook(secret).sign(event.id, now, asked!.body)
    new Webhook(secret).verify(asked!.body, { ...fresh, 'webhook-signature': signature } as Record<string, string>)
  })

  test('is told every state by its own type, and the same thing under the same id', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([channel('hook', 'webhook', { url: site.url, secret })])
    const a = alert('a')
    for (const [nr, state] of (['early', 'confirmed', 'closed'] as const).entries()) {
      await at.issue(state, [moved(a, state)])
      await expect.poll(() => at.states().filter((one) => one.includes('delivered')).length, soon).toBe(nr + 1)
    }
    const types = site.asked.map(({ body }) => JSON.parse(body).type)
    expect(types).toEqual(['early', 'confirmed', 'closed'].map((state) => `io.undercurrent.alert.${state}`))
    expect(site.asked.every(verified)).toBe(true)
  })

  test('gets names as they are, and never more than machines on the way can take', async () => {
    const hook = channel('hook', 'webhook', { url: 'https://site.example/hook', secret })
    const many = Array.from({ length: 600 }, (_, nr) => alert(`a-${nr}-0123456789abcdef`))
    const letters = [await write(many), ...(await Promise.all(names.map(lettersOf))).flat()]
    for (const letter of letters) {
      const call = webhookCall(letter, hook, { nowMs: start, origin })
      const event = JSON.parse(call.body)
      expect([isEvent(event), verified(call)]).toEqual([true, true])
      expect([event.data.title, event.data.count]).toEqual([letter.title, letter.alerts.length])
      expect(Buffer.byteLength(call.body)).toBeLessThan(64_000)
    }
    expect(JSON.parse(webhookCall(letters[0]!, hook, { nowMs: start, origin }).body).data).toMatchObject({
      ...{ count: 600, ids: { length: 500 }, alerts: { length: 12 } },
    })
    expect(Buffer.byteLength(webhookCall(letters[0]!, hook, { nowMs: start, origin }).body)).toBeLessThan(64_000)
  })
})
