// Sites that fail: pauses, giving up, Retry-After, 410, redirects, names that move inside, slow neighbours. Real log,
// real sockets, a clock that the test moves.
import { describe, expect, test } from 'vitest'
import { keptTold, keptWebhooks } from '../../dashboards/webhooks.ts'
import { openDial } from '../../dial.ts'
import { openSite, status } from '../doubles/site.ts'
import { dataOf, eachTold, idsOf, settle, soon, start, statuses } from './telling.ts'

const told = eachTold()

const dayMs = 86_400_000
describe('a site that fails', () => {
  test('is tried again with growing pauses, under the same id, for a day; then the edition is dead until the next', async () => {
    const at = told()
    const { id } = await at.make()
    at.site.answer(status(500))
    const hooks = at.begin()
    at.issue('talks', 1)
    const pauses: number[] = []
    for (let attempt = 1; ; attempt++) {
      await at.site.until(attempt)
      await expect.poll(() => hooks.list()[0]?.attempts, soon).toBe(attempt)
      await expect.poll(() => hooks.list()[0]?.status, soon).not.toBe('waiting')
      const [delivery] = hooks.list()
      if (delivery!.status === 'dead') break
      pauses.push(Date.parse(delivery!.next!) - at.time.now())
      at.time.advance(pauses.at(-1)! - 1)
      await settle()
      expect(at.site.asked).toHaveLength(attempt)
      at.time.advance(1)
      if (attempt === 12) at.time.advance(dayMs - 7_200_000)
    }
    expect(pauses.slice(0, 10)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map((s) => s * 1_000))
    expect(new Set(idsOf(at.site.asked)).size).toBe(1)
    expect(new Set(at.site.asked.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(at.site.asked.length)
    expect(at.time.now() - start).toBeGreaterThan(dayMs)
    expect((await keptTold(at.log)).get(id)!.get('talks')).toMatchObject({ status: 'dead', answer: 500 })
    const count = at.site.asked.length
    at.time.advance(dayMs)
    await settle()
    expect(at.site.asked).toHaveLength(count)
    at.site.answer(status(200))
    at.issue('talks', 2)
    await at.site.until(count + 1)
    await expect.poll(() => statuses(hooks)[0], soon).toBe('talks 2 delivered 1')
  })

  test.each([
    ['429', '120', 120_000],
    ['503', '7200', 3_600_000],
    ['503', 'soon', 5_000],
  ])('with %s and Retry-After %s is left alone for %i ms', async (code, after, ms) => {
    const at = told()
    await at.make()
    at.site.answer(status(Number(code), { 'retry-after': after }))
    const hooks = at.begin()
    at.issue('talks', 1)
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('retrying')
    expect(Date.parse(hooks.list()[0]!.next!) - at.time.now()).toBe(ms)
    expect(hooks.list()[0]).toMatchObject({ answer: Number(code), error: 'failed' })
  })

  test('rests as a whole, and gets what waited in its order once it is back', async () => {
    const at = told()
    await at.make()
    at.site.answer(status(502))
    const hooks = at.begin()
    at.issue('a', 1)
    await at.site.until(1)
    await expect.poll(() => hooks.list()[0]?.status, soon).toBe('retrying')
    for (const topic of ['b', 'c', 'd']) at.issue(topic, 1)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    at.site.answer(status(200))
    at.toNext(hooks)
    await at.site.until(5)
    expect(at.site.asked.map((one) => dataOf(one).topic)).toEqual(['a', 'a', 'b', 'c', 'd'])
  })

  test('on one thing only is told the others meanwhile', async () => {
    const at = told()
    await at.make()
    at.site.answer((asked, response) => void response.writeHead(dataOf(asked).topic === 'poison' ? 400 : 200).end())
    const hooks = at.begin()
    at.issue('poison', 1)
    await expect.poll(() => hooks.list()[0]?.error, soon).toBe('refused')
    at.issue('a', 1)
    at.issue('b', 1)
    const delivered = () => statuses(hooks).filter((one) => /delivered/.test(one)).length
    const began = at.time.now()
    await expect
      .poll(() => {
        at.time.advance(500)
        return delivered()
      }, soon)
      .toBe(2)
    expect(at.time.now() - began).toBeLessThan(120_000)
    expect(
      statuses(hooks)
        .filter((one) => /delivered/.test(one))
        .sort(),
    ).toEqual(['a 1 delivered 1', 'b 1 delivered 1'])
    expect(statuses(hooks).find((one) => /poison/.test(one))).toMatch(/^poison 1 retrying [1-6]$/)
  })

  test('with 410 is told nothing more, until a test succeeds', async () => {
    const at = told()
    const { id } = await at.make()
    at.site.answer(status(410))
    const hooks = at.begin()
    at.issue('talks', 1)
    await expect.poll(() => statuses(hooks), soon).toEqual(['talks 1 dead 1'])
    expect((await keptWebhooks(at.log))[0]!.disabled).toBe(new Date(at.time.now()).toISOString())
    at.issue('talks', 2)
    at.time.advance(dayMs)
    await settle()
    expect(at.site.asked).toHaveLength(1)
    expect(await hooks.test(id, AbortSignal.timeout(5_000))).toMatchObject({ outcome: 'gone', answer: 410 })
    at.site.answer(status(200))
    expect(await hooks.test(id, AbortSignal.timeout(5_000))).toMatchObject({
      outcome: 'delivered',
      answer: 200,
      detail: '',
    })
    expect(JSON.parse(at.site.asked[2]!.body)).toMatchObject({ type: 'webhook.test', data: { webhook: id } })
    hooks.changed()
    await at.site.until(4)
    expect(dataOf(at.site.asked[3]!)).toMatchObject({ topic: 'talks', edition: 2 })
  })

  test('by a redirect is not followed', async () => {
    const at = told()
    await using other = await openSite()
    await at.make()
    at.site.answer(status(307, { location: other.url }))
    const hooks = at.begin()
    at.issue('talks', 1)
    await expect.poll(() => hooks.list()[0], soon).toMatchObject({ status: 'retrying', answer: 307, error: 'refused' })
    expect(other.connections()).toBe(0)
  })

  test('by moving inside is refused when it is called, and says no more than that', async () => {
    const at = told()
    await at.make()
    const hooks = at.begin({ dial: openDial() })
    at.issue('talks', 1)
    await expect
      .poll(() => hooks.list()[0], soon)
      .toMatchObject({ status: 'retrying', answer: null, error: 'not_public' })
    expect(at.site.connections()).toBe(0)
    expect(at.noted.join()).toContain('not_public')
    expect(at.noted.join()).not.toMatch(/127\.0|whsec|\/hook/)
  })
})

describe('a slow site', () => {
  test('delays nobody but itself', async () => {
    const at = told()
    await using slow = await openSite(() => {})
    await at.make({ url: slow.url })
    for (let nr = 0; nr < 5; nr++) await at.make({ url: `${at.site.url}/${nr}` })
    at.begin()
    for (const topic of ['a', 'b', 'c']) at.issue(topic, 1)
    await at.site.until(15)
    await settle()
    expect(slow.connections()).toBe(1)
  })
})
