// Channels that fail, refuse, are slow, move, change their kind, are gone or were never there: pauses, giving up, Retry-After,
// dead letters. Real log, real sockets, a clock that the test moves.
import { describe, expect, test } from 'vitest'
import { exposition } from '../../metrics.ts'
import { openSite, status } from '../doubles/site.ts'
import { alert, eachWorld, eventOf, hook, said, settle, soon, start } from './making.ts'

const world = eachWorld()
const hour = 3_600_000

describe('a channel', () => {
  test('that fails is tried again for a day under the same id, with growing pauses; then the letter is dead, and listed', async () => {
    const at = world()
    await using site = await openSite(status(500))
    at.begin([hook(site)])
    await at.issue('1', [alert('a')])
    const pauses: number[] = []
    for (let attempt = 1; ; attempt++) {
      await expect.poll(() => at.notify.deliveries()[0]?.attempts, soon).toBe(attempt)
      await expect.poll(() => at.notify.deliveries()[0]?.status, soon).not.toBe('waiting')
      const [one] = at.notify.deliveries()
      if (one!.status === 'dead') break
      pauses.push(Date.parse(one!.next!) - at.time.now())
      at.time.advance(pauses.at(-1)! + (attempt === 10 ? 23 * hour : 0))
    }
    expect(pauses.slice(0, 10)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map((seconds) => seconds * 1_000))
    expect(new Set(site.asked.map((one) => eventOf(one).id)).size).toBe(1)
    expect(at.notify.deliveries()[0]).toMatchObject({ answer: 500, error: 'failed', next: null })
    await at.reopen()
    at.begin([hook(site)])
    await expect.poll(() => at.states(), soon).toEqual([`1 hook dead ${pauses.length + 1}`])
    site.answer(status(200))
    await at.issue('2', [alert('b')])
    await expect.poll(() => at.states().at(-1), soon).toBe('2 hook delivered 1')
    const counted = await exposition()
    for (const outcome of ['failed', 'dead', 'delivered'])
      expect(counted).toMatch(new RegExp(`alert_deliveries_total\\{kind="webhook",outcome="${outcome}"\\} [1-9]`))
    expect(counted).toContain('alert_deliveries_owed{kind="webhook"} 0')
  })

  test.each([
    ['429', { 'retry-after': '120' }, 120_000],
    ['429', { 'retry-after': '7.5' }, 7_500],
    ['503', { 'retry-after': '7200' }, 3_600_000],
  ])('with %s and %j is left alone for %i ms', async (code, headers, ms) => {
    const at = world()
    await using site = await openSite(status(Number(code), headers))
    at.begin([hook(site)])
    await at.issue('1', [alert('a')])
    await expect.poll(() => at.notify.deliveries()[0]?.status, soon).toBe('retrying')
    expect(Date.parse(at.notify.deliveries()[0]!.next!) - at.time.now()).toBe(ms)
  })

  test('that refuses one letter gets the others meanwhile; with 410 that one is over at once', async () => {
    const at = world()
    await using site = await openSite((asked, response) => {
      const [first] = eventOf(asked).data.ids
      void response.writeHead(first === 'poison' ? 400 : first === 'gone' ? 410 : 200).end()
    })
    at.begin([hook(site)])
    await at.issue('1', [alert('poison')])
    await expect.poll(() => at.notify.deliveries()[0]?.error, soon).toBe('refused')
    await at.issue('2', [alert('gone')])
    await at.issue('3', [alert('b')])
    await expect
      .poll(() => {
        at.time.advance(1_000)
        return at.states().filter((one) => /^[23]/.test(one))
      }, soon)
      .toEqual(['2 hook dead 1', '3 hook delivered 1'])
    expect(at.time.now() - start).toBeLessThan(180_000)
  })

  test('that is slow or down delays no other', async () => {
    const at = world()
    await using slow = await openSite(() => {})
    await using down = await openSite(status(500))
    await using site = await openSite()
    at.begin([hook(slow, 'slow'), hook(down, 'down'), hook(site, 'fine')])
    for (const id of ['a', 'b', 'c']) await at.issue(`b-${id}`, [alert(id)], { channels: ['slow', 'down', 'fine'] })
    await site.until(3)
    await settle()
    expect([slow.connections(), said(site)]).toEqual([1, ['a early', 'b early', 'c early']])
  })

  test('that a rule names and that there is not is a dead letter, not a silence', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site)])
    await at.issue('1', [alert('a')], { channels: ['typo', 'hook'] })
    await expect.poll(() => at.states().sort(), soon).toEqual(['1 hook delivered 1', '1 typo dead 0'])
    expect(at.notify.deliveries().find((one) => one.channel === 'typo')).toMatchObject({
      error: 'no_channel',
      next: null,
    })
    // It is there now: what was given up is not told again.
    await at.reopen()
    at.begin([hook(site, 'typo')])
    await settle()
    expect(site.asked).toHaveLength(1)
  })

  test('that was dropped is told nothing more, also of what waits; one that moved is tried there at once', async () => {
    const at = world()
    await using site = await openSite(status(500))
    await using other = await openSite()
    at.begin([])
    const { secret } = await at.notify.putChannel({ id: 'own', kind: 'webhook', url: `${site.url}/own` })
    await at.notify.putChannel({ id: 'gone', kind: 'slack', url: `${site.url}/gone` })
    await settle()
    await at.issue('1', [alert('a')], { channels: ['own', 'gone'] })
    await expect.poll(() => at.states().filter((one) => one.endsWith('retrying 1')).length, soon).toBe(2)
    await at.notify.dropChannel('gone')
    const again = await at.notify.putChannel({ id: 'own', kind: 'webhook', url: `${other.url}/moved` })
    expect([typeof secret, again.secret]).toEqual(['string', undefined])
    await expect.poll(() => at.states().sort(), soon).toEqual(['1 gone dead 1', '1 own delivered 2'])
    at.time.advance(hour)
    await settle()
    expect(site.asked).toHaveLength(2)
    expect(other.asked[0]!.headers['webhook-signature']).toMatch(/^v1,/)
  })

  test('that changed its kind is another one', async () => {
    const at = world()
    await using site = await openSite(status(500))
    at.begin([])
    await at.notify.putChannel({ id: 'own', kind: 'webhook', url: `${site.url}/hook` })
    await settle()
    await at.issue('1', [alert('a')], { channels: ['own'] })
    await expect.poll(() => at.states(), soon).toEqual(['1 own retrying 1'])
    site.answer(status(200))
    await at.notify.putChannel({ id: 'own', kind: 'slack', url: `${site.url}/slack` })
    await expect.poll(() => at.states(), soon).toEqual(['1 own delivered 2'])
    expect(JSON.parse(site.asked[1]!.body)).toHaveProperty('blocks')
  })
})
