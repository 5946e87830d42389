// Signatures against the package that Standard Webhooks publishes, and what is no secret.
import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { UserError } from '../errors.ts'
import { checkedSecret, makeSecret, signatureHeaders } from '../signature.ts'

const body = JSON.stringify({ text: 'Three in ten say “no” – naïve? 😀', n: 1 })
const signed = (secrets: string[], nowMs = Date.now()) => signatureHeaders({ id: 'msg_1', nowMs, body }, secrets)

describe('what we sign', () => {
  test('verifies with the package, as the body was sent', () => {
    const secret = makeSecret()
    expect(new Webhook(secret).verify(body, signed([secret]))).toEqual(JSON.parse(body))
    expect(new Webhook(secret).sign('msg_1', new Date(1_700_000_000_000), body)).toBe(
      signed([secret], 1_700_000_000_999)['webhook-signature'],
    )
  })

  test('verifies with the old secret and with the new one, and with no other', () => {
    const [fresh, old, other] = [makeSecret(), makeSecret(), makeSecret()]
    const headers = signed([fresh, old])
    for (const secret of [fresh, old]) new Webhook(secret).verify(body, headers)
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature')
  })

  test.each([
    ['another body', { body: `${body} ` }],
    ['another id', { headers: { 'webhook-id': 'msg_2' } }],
    ['another time', { headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 7) } }],
  ])('is void with %s', (_, changed: { body?: string; headers?: Record<string, string> }) => {
    const secret = makeSecret()
    const headers = { ...signed([secret]), ...changed.headers }
    expect(() => new Webhook(secret).verify(changed.body ?? body, headers)).toThrow()
  })

  test('is void after five minutes: nobody sends it again later', () => {
    const secret = makeSecret()
    expect(() => new Webhook(secret).verify(body, signed([secret], Date.now() - 301_000))).toThrow('too old')
  })
})

describe('a secret', () => {
  test('is made of 32 bytes of chance', () => {
    expect(makeSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(makeSecret()).not.toBe(makeSecret())
  })

  test.each([24, 32, 64])('of %i bytes is taken as it is', (length) => {
    const secret = `whsec_${randomBytes(length).toString('base64')}`
    expect(checkedSecret(secret)).toBe(secret)
  })

  test.each([
    '',
    'whsec_',
    'secret',
    `whsec_${randomBytes(23).toString('base64')}`,
    `whsec_${randomBytes(65).toString('base64')}`,
    randomBytes(32).toString('base64'),
    `whsec_${'-_'.repeat(22)}`,
    `whsec_${randomBytes(32).toString('base64')}\n`,
    `WHSEC_${randomBytes(32).toString('base64')}`,
  ])('is not %j, and the error does not repeat it', (text) => {
    const failed = () => checkedSecret(text)
    expect(failed).toThrow(UserError)
    if (text.length > 10) expect(failed).not.toThrow(text.slice(6))
  })
})
