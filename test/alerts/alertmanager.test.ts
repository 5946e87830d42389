// A real Alertmanager: alerts appear there, go on firing while they are sent again, over our restarts, and end: at once when
// they are over, by themselves when we are gone. And what is sent, byte for byte, where no real one is needed.
import { describe, expect, test } from 'vitest'
import { alertmanagerCall, resendMs } from '../../alerts/alertmanager.ts'
import { sleep } from '../../retry.ts'
import { type Firing, isWithout, openAlertmanager } from '../doubles/alertmanager.ts'
import { openSite, status } from '../doubles/site.ts'
import { lettersOf, names, origin, write } from './hostile.ts'
import { alert, channel, eachWorld, iso, moved, settle, soon, start } from './making.ts'

const world = eachWorld()
const at = (url: string) => channel('hook', 'alertmanager', { url })
const sentOf = (body: string) => JSON.parse(body) as Omit<Firing, 'status' | 'updatedAt'>[]
const labelsOf = (all: Pick<Firing, 'labels'>[]) => all.map(({ labels }) => labels.alert).sort()

describe('what is sent', () => {
  test('fires a few minutes ahead while it is open, and is over when it is', async () => {
    const nowMs = start + 10_000
    const opened = { openedAt: iso(start) }
    const letter = await write([
      alert('a', opened),
      alert('b', { ...opened, state: 'confirmed' }),
      alert('c', { ...opened, state: 'closed', at: iso(start + 5_000) }),
      // Our clock went backwards.
      alert('d', { openedAt: iso(start + 60_000), at: iso(start + 50_000), state: 'withdrawn' }),
    ])
    const { url, body } = alertmanagerCall(letter, at('https://am.example/prefix/'), { nowMs })
    expect(url).toBe('https://am.example/prefix/api/v2/alerts')
    const [a, b, c, d] = sentOf(body)
    expect(a).toEqual({
      labels: {
        alertname: 'undercurrent_sentiment',
        alert: 'a',
        rule: 'shifts',
        topic: 'topic-a',
        severity: 'warning',
      },
      annotations: {
        ...{ summary: letter.alerts[0]!.title, description: letter.alerts[0]!.text, state: 'early' },
        ...{ link: `${origin}/alerts/a`, topic_name: 'Night trains a', rule_name: 'Shifts' },
      },
      ...{ startsAt: iso(start), endsAt: iso(nowMs + 4 * resendMs), generatorURL: `${origin}/alerts/a` },
    })
    expect([b!.endsAt, c!.endsAt, d!.endsAt]).toEqual([a!.endsAt, iso(start + 5_000), d!.startsAt])
  })

  test.each([
    'https://am.example',
    'https://am.example/',
    'https://am.example/api/v2/alerts',
    'https://am.example/api/v2/alerts/',
  ])('goes to its API: %s', async (url) => {
    const call = alertmanagerCall(await write([alert('a')]), at(url), { nowMs: start })
    expect(call.url).toBe('https://am.example/api/v2/alerts')
  })

  test('is told again every minute while it fires, and not after', async () => {
    const here = world()
    await using site = await openSite()
    here.begin([at(site.url)])
    const [a, b] = [alert('a'), alert('b')]
    await here.issue('1', [a, b])
    await site.until(1)
    await settle()
    here.time.advance(resendMs)
    await site.until(2)
    await settle()
    await here.issue('2', [moved(a, 'closed')])
    await site.until(3)
    await settle()
    here.time.advance(resendMs)
    await site.until(4)
    expect(site.asked.map(({ body }) => labelsOf(sentOf(body)).join())).toEqual(['a,b', 'a,b', 'a', 'b'])
    await here.issue('3', [moved(b, 'withdrawn')])
    await site.until(5)
    await settle()
    here.time.advance(10 * resendMs)
    await settle()
    expect(site.asked).toHaveLength(5)
  })

  test('again is what the channel was told of, no more; and one that is over ends though quiet hours hold its bulletin', async () => {
    const here = world()
    await using site = await openSite()
    here.begin([at(site.url)])
    const [a, b] = [alert('a'), alert('b')]
    await here.issue('1', [a])
    await here.issue('2', [b], { channels: ['other'] })
    await site.until(1)
    await settle()
    await here.issue('3', [moved(a, 'closed', { at: iso(here.time.now()) })], { notBefore: iso(start + 8 * 3_600_000) })
    here.time.advance(resendMs)
    await site.until(2)
    const [over] = sentOf(site.asked[1]!.body)
    expect([over!.labels.alert, Date.parse(over!.endsAt) <= here.time.now()]).toEqual(['a', true])
  })

  test('again rests no longer than a minute while it is down: it must not end there once it is back', async () => {
    const here = world()
    await using site = await openSite()
    here.begin([at(site.url)])
    await here.issue('1', [alert('a')])
    await site.until(1)
    await settle()
    site.answer(status(503))
    for (let minute = 0; minute < 30; minute++) {
      here.time.advance(resendMs)
      await settle()
    }
    expect(site.asked.length).toBeGreaterThan(20)
  }, 20_000)
})

describe.skipIf(isWithout)('a real Alertmanager', () => {
  test('takes every letter, whatever names are in it', async () => {
    await using site = await openSite()
    await using manager = await openAlertmanager(site.url)
    for (const name of names)
      for (const letter of await lettersOf(name)) {
        const { url, headers, body } = alertmanagerCall(letter, at(manager.url), { nowMs: Date.now() })
        const answer = await fetch(url, { method: 'POST', headers, body })
        expect([name, answer.status, await answer.text()]).toEqual([name, 200, ''])
      }
  })

  test('shows an alert, keeps it firing over our restart, and is told once that it is over', async () => {
    const here = world()
    await using receiver = await openSite()
    await using manager = await openAlertmanager(receiver.url)
    // Our clock is the true one here; a minute is 300 ms.
    const clock = { now: Date.now, sleep: ((ms, signal) => sleep(Math.min(ms, 300), signal)) as typeof sleep }
    const opened = { openedAt: iso(Date.now()), at: iso(Date.now()) }
    const [a, b] = [alert('a', opened), alert('b', opened)]
    const told = (state: string) =>
      receiver.asked
        .map(({ body }) => JSON.parse(body))
        .filter((one) => one.status === state)
        .map((one) => one.alerts[0].labels.alert)
    here.begin([at(manager.url)], clock)
    await here.issue('1', [a, b])
    const slow = { timeout: 15_000, interval: 50 }
    await expect.poll(async () => labelsOf(await manager.firing()), slow).toEqual(['a', 'b'])
    await expect.poll(() => told('firing').sort(), slow).toEqual(['a', 'b'])
    const [first] = await manager.firing()
    expect(first!.annotations.link).toBe(`http://127.0.0.1:4300/alerts/${first!.labels.alert}`)
    expect(Date.parse(first!.endsAt) - Date.now()).toBeGreaterThan(2 * resendMs)
    await here.reopen()
    here.begin([at(manager.url)], clock)
    // Sent again by the new process, as the same alert.
    await expect
      .poll(async () => (await manager.firing()).map((one) => one.updatedAt > first!.updatedAt), slow)
      .toEqual([true, true])
    expect(labelsOf(await manager.firing())).toEqual(['a', 'b'])
    await here.issue('2', [moved(a, 'closed', { at: iso(Date.now()) })])
    await expect.poll(async () => labelsOf(await manager.firing()), slow).toEqual(['b'])
    await expect.poll(() => told('resolved'), slow).toEqual(['a'])
    await here.issue('3', [moved(b, 'withdrawn', { at: iso(Date.now()) })])
    await expect.poll(async () => labelsOf(await manager.firing()), slow).toEqual([])
    await expect.poll(() => told('resolved').sort(), slow).toEqual(['a', 'b'])
    expect(told('firing').sort()).toEqual(['a', 'b'])
  }, 60_000)

  test('is tried by a test that ends by itself', async () => {
    const here = world()
    await using site = await openSite()
    await using manager = await openAlertmanager(site.url)
    here.begin([at(manager.url)], { now: Date.now })
    const rule = { id: 'r', name: 'Mine', severity: 'info' as const, channels: ['hook'] }
    expect(await here.notify.test(rule, AbortSignal.timeout(5_000))).toEqual([
      { channel: 'hook', ok: true, detail: '' },
    ])
    await expect.poll(async () => (await manager.firing()).length, soon).toBe(1)
    const [one] = await manager.firing()
    expect([one!.labels.alertname, Date.parse(one!.endsAt) - Date.now() <= resendMs]).toEqual([
      'undercurrent_test',
      true,
    ])
  })
})
