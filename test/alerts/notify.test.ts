// What channels are told, and when: order, restarts, quiet hours, what is superseded. Real log, real sockets, a clock that
// the test moves. (Channels that fail: failing.test.ts. Killed with -9: outbox.test.ts.)
import { describe, expect, test } from 'vitest'
import { bulletinMs, keptBulletins, keptTold } from '../../alerts/kept.ts'
import type { NotifyParts } from '../../alerts/notify.ts'
import type { Log } from '../../types.ts'
import { openSite, status } from '../doubles/site.ts'
import { alert, eachWorld, eventOf, hook, iso, moved, said, settle, soon, start, words } from './making.ts'

const world = eachWorld()
const hour = 3_600_000
const day = 24 * hour

describe('a bulletin', () => {
  test('reaches each of its channels once, under an id of its own, and is acknowledged in the log', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site, 'x'), hook(site, 'y'), hook(site, 'z')])
    await at.issue('b1', [alert('a')], { channels: ['x', 'y', 'x'] })
    await expect.poll(() => at.states().sort(), soon).toEqual(['b1 x delivered 1', 'b1 y delivered 1'])
    at.time.advance(60_000)
    await settle()
    expect(site.asked.map(({ path }) => path).sort()).toEqual(['/x', '/y'])
    expect(new Set(site.asked.map((one) => eventOf(one).id)).size).toBe(2)
    const told = (await keptTold(at.log)).get('b1')!
    expect(told.get('x')).toMatchObject({ status: 'delivered', states: { a: 'early' }, attempts: 1, answer: 200 })
    expect(at.notify.deliveries()[0]).toMatchObject({
      rule: 'shifts',
      alerts: ['a'],
      answer: 200,
      error: null,
      next: null,
    })
  })

  test('follows the one before it, never beside it', async () => {
    const at = world()
    const answers: (() => void)[] = []
    await using site = await openSite((_, response) => void answers.push(() => response.end()))
    at.begin([hook(site)])
    for (const id of ['a', 'b', 'c']) await at.issue(`b-${id}`, [alert(id)])
    for (const count of [1, 2, 3]) {
      await site.until(count)
      await settle()
      expect(site.asked).toHaveLength(count)
      answers.shift()!()
    }
    await expect.poll(() => at.states().filter((one) => one.includes('delivered')).length, soon).toBe(3)
    expect(said(site)).toEqual(['a early', 'b early', 'c early'])
  })

  test('is not sent before it is durable that there may have been a try, nor the next before what became of it is', async () => {
    const at = world()
    await using site = await openSite()
    const { log } = at
    let [holds, waiting] = [true, Promise.withResolvers<void>()]
    const append: Log['append'] = async (batch) => {
      if (holds) await waiting.promise
      return log.append(batch)
    }
    at.begin([hook(site)], { log: { append, settings: (prefix) => log.settings(prefix) } })
    for (const id of ['a', 'b']) await at.issue(`b-${id}`, [alert(id)])
    await settle()
    expect(site.connections()).toBe(0)
    const first = waiting
    waiting = Promise.withResolvers()
    site.answer((_, response) => void response.end())
    first.resolve()
    await site.until(1)
    await settle()
    expect(site.asked).toHaveLength(1)
    holds = false
    waiting.resolve()
    await site.until(2)
  })

  test('about 200 topics at once is one letter', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site)])
    await at.issue(
      'b',
      Array.from({ length: 200 }, (_, nr) => alert(`a${nr}`, { perYear: nr })),
    )
    await expect.poll(() => at.states(), soon).toEqual(['b hook delivered 1'])
    const { type, data } = eventOf(site.asked[0]!)
    expect([type, data.count, data.ids.length, data.alerts.length]).toEqual(['io.undercurrent.alerts', 200, 200, 12])
    expect(data.alerts.map(({ id }) => id).slice(0, 3)).toEqual(['a0', 'a1', 'a2'])
  })

  test('is told with why where somebody knows, and without where that fails', async () => {
    const at = world()
    await using site = await openSite()
    const why = new Map([['a', 'because of b']])
    const explained: NonNullable<typeof words.explained> = async (one) => {
      const text = why.get(one.id)
      if (!text) throw new Error('the store is busy')
      return { ...words.wordsOf(one), text }
    }
    at.begin([hook(site)], { words: { ...words, explained } })
    await at.issue('1', [alert('a')])
    await at.issue('2', [alert('b')])
    await site.until(2)
    const texts = site.asked.map(({ body }) => (JSON.parse(body) as { data: { text: string } }).data.text)
    expect(texts).toEqual(['because of b', words.wordsOf(alert('b')).text])
  })
})

describe('what moved on', () => {
  test('while the channel was down is told as it is now, once', async () => {
    const at = world()
    await using site = await openSite(status(503))
    at.begin([hook(site)])
    const a = alert('a')
    await at.issue('1', [a])
    await expect.poll(() => at.states(), soon).toEqual(['1 hook retrying 1'])
    await at.issue('2', [moved(a, 'confirmed')])
    await at.issue('3', [moved(a, 'closed')])
    await settle()
    site.answer(status(200))
    at.toNext()
    await expect
      .poll(() => at.states().sort(), soon)
      .toEqual(['1 hook superseded 1', '2 hook superseded 0', '3 hook delivered 1'])
    expect(said(site)).toEqual(['a early', 'a closed'])
  })

  test('and went again in quiet hours is never told; what was sure and is over is', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site)])
    const notBefore = iso(start + 8 * hour)
    const [a, b] = [alert('a'), alert('b', { state: 'confirmed' })]
    await at.issue('1', [a, b], { notBefore })
    await at.issue('2', [moved(a, 'withdrawn')], { notBefore })
    await at.issue('3', [moved(b, 'closed')], { notBefore })
    await settle()
    expect(site.asked).toHaveLength(0)
    expect(at.notify.deliveries().map(({ next }) => next)).toEqual([notBefore, notBefore, notBefore])
    at.time.advance(8 * hour)
    await expect
      .poll(() => at.states().sort(), soon)
      .toEqual(['1 hook superseded 0', '2 hook superseded 0', '3 hook delivered 1'])
    expect(said(site)).toEqual(['b closed'])
  })

  test('is withdrawn to whom it was told, also to whom it may have been', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site)])
    const a = alert('a')
    // Takes it and dies before its answer reaches us.
    site.answer((_, __, request) => void request.socket.destroy())
    await at.issue('1', [a])
    await expect.poll(() => at.notify.deliveries()[0]?.error, soon).toBe('unreachable')
    site.answer(status(200))
    await at.issue('2', [moved(a, 'withdrawn')])
    await settle()
    at.toNext()
    await expect.poll(() => at.states().sort(), soon).toEqual(['1 hook superseded 1', '2 hook delivered 1'])
    expect(said(site)).toEqual(['a early', 'a withdrawn'])
  })

  test.each([503, 429, 400])('is not withdrawn to whom it surely was not told: who answered %i', async (code) => {
    const at = world()
    await using site = await openSite(status(code))
    at.begin([hook(site)])
    const a = alert('a')
    await at.issue('1', [a])
    await expect.poll(() => at.states(), soon).toEqual(['1 hook retrying 1'])
    await at.reopen()
    site.answer(status(200))
    await at.issue('2', [moved(a, 'withdrawn')])
    at.begin([hook(site)])
    await expect.poll(() => at.states().sort(), soon).toEqual(['1 hook superseded 1', '2 hook superseded 0'])
    expect(said(site)).toEqual(['a early'])
  })

  test('between two tries under one id does not count as told: whoever took the first takes no second of that id', async () => {
    const at = world()
    await using site = await openSite((_, __, request) => void request.socket.destroy())
    at.begin([hook(site)])
    const a = alert('a')
    await at.issue('1', [a])
    await expect.poll(() => at.notify.deliveries()[0]?.error, soon).toBe('unreachable')
    // It moved on, and whoever moved it has not told of it yet.
    await at.log.append({
      ...{ source: 'undercurrent', cursor: null },
      changes: [{ op: 'setting', key: 'alert:a', value: JSON.stringify(moved(a, 'confirmed')) }],
    })
    site.answer(status(200))
    at.toNext()
    await expect.poll(() => at.states(), soon).toEqual(['1 hook delivered 2'])
    expect((await keptTold(at.log)).get('1')!.get('hook')!.states).toEqual({ a: 'early' })
    await at.issue('2', [moved(a, 'confirmed')])
    await expect.poll(() => at.states().at(-1), soon).toBe('2 hook delivered 1')
    expect(said(site)).toEqual(['a early', 'a confirmed', 'a confirmed'])
    expect(site.asked.map((one) => eventOf(one).id)).toEqual([
      eventOf(site.asked[0]!).id,
      eventOf(site.asked[0]!).id,
      expect.anything(),
    ])
  })
})

test('what cannot be told for a reason of ours does not stand in the way of the others', async () => {
  const at = world()
  await using site = await openSite()
  const wordsOf: typeof words.wordsOf = (one) => {
    if (one.id === 'poison') throw new TypeError('words fail us')
    return words.wordsOf(one)
  }
  at.begin([hook(site)], { words: { ...words, wordsOf } })
  await at.issue('1', [alert('poison')])
  for (const id of ['a', 'b']) await at.issue(`2-${id}`, [alert(id)])
  await expect
    .poll(() => {
      at.time.advance(1_000)
      return said(site)
    }, soon)
    .toEqual(['a early', 'b early'])
  expect(at.time.now() - start).toBeLessThan(120_000)
  expect(at.noted.join()).toContain('will be tried again')
  expect(at.states().find((one) => one.startsWith('1 '))).toBe('1 hook waiting 0')
})

describe('a restart', () => {
  test('sends what was not acknowledged under its id, and nothing that was', async () => {
    const at = world()
    await using site = await openSite()
    at.begin([hook(site)])
    await at.issue('done', [alert('a')])
    await expect.poll(() => at.states(), soon).toEqual(['done hook delivered 1'])
    site.answer(() => {})
    await at.issue('open', [alert('b')])
    await site.until(2)
    await at.reopen()
    site.answer(status(200))
    at.begin([hook(site)])
    await site.until(3)
    await expect.poll(() => at.states().at(-1), soon).toBe('open hook delivered 2')
    await settle()
    expect(said(site)).toEqual(['a early', 'b early', 'b early'])
    expect(eventOf(site.asked[1]!).id).toBe(eventOf(site.asked[2]!).id)
    expect(at.states()[0]).toBe('done hook delivered 1')
  })

  test('takes back what a try that nobody saw the end of may have told', async () => {
    const at = world()
    await using site = await openSite(() => {})
    at.begin([hook(site)])
    const a = alert('a')
    await at.issue('1', [a])
    await site.until(1)
    await at.reopen()
    await at.issue('2', [moved(a, 'withdrawn')])
    site.answer(status(200))
    at.begin([hook(site)])
    await expect.poll(() => at.states().sort(), soon).toEqual(['1 hook superseded 1', '2 hook delivered 1'])
    expect(said(site)).toEqual(['a early', 'a withdrawn'])
  })

  test('tells what came while nothing ran', async () => {
    const at = world()
    await using site = await openSite()
    await at.issue('1', [alert('a')])
    at.begin([hook(site)])
    await site.until(1)
    expect(said(site)).toEqual(['a early'])
  })

  test('after days tells once what is still owed, and then gives up', async () => {
    const at = world()
    await using site = await openSite(status(503))
    await at.issue('1', [alert('a')])
    at.time.advance(3 * day)
    at.begin([hook(site)])
    await expect.poll(() => at.states(), soon).toEqual(['1 hook dead 1'])
  })
})

describe('a test', () => {
  test('goes to the channels of a rule at once, named as one, and says what came of it', async () => {
    const at = world()
    await using site = await openSite()
    await using down = await openSite(status(403))
    at.begin([hook(site, 'fine'), hook(down, 'down')])
    const rule = { id: 'r', name: 'My <rule>', severity: 'info' as const, channels: ['fine', 'down', 'none', 'fine'] }
    const found = await at.notify.test(rule, AbortSignal.timeout(5_000))
    expect(found).toEqual([
      { channel: 'fine', ok: true, detail: '' },
      { channel: 'down', ok: false, detail: 'It answered 403.' },
      { channel: 'none', ok: false, detail: 'There is no such channel.' },
    ])
    const event = JSON.parse(site.asked[0]!.body)
    expect(event).toMatchObject({
      type: 'io.undercurrent.alert.test',
      subject: 'rules/r',
      data: { count: 0, alerts: [] },
    })
    expect(event.data.title).toBe('Test of the rule "My <rule>": this channel works')
    expect(at.notify.deliveries()).toEqual([])
  })
})

test('what fails inside is tried again, and said', async () => {
  const at = world()
  await using site = await openSite()
  let fails = 2
  const { log } = at
  const settings: Log['settings'] = async (prefix) => {
    if (prefix === 'alert:' && fails-- > 0) throw new Error('not now')
    return log.settings(prefix)
  }
  const parts: Partial<NotifyParts> = { log: { settings, append: (batch) => log.append(batch) } }
  at.begin([hook(site)], parts)
  await at.issue('1', [alert('a')])
  await expect
    .poll(() => {
      at.time.advance(1_000)
      return site.asked.length
    }, soon)
    .toBe(1)
  expect(at.noted.join()).toContain('a channel was not told of alerts, will be tried again')
})

test('what nobody is owed any more is forgotten after a week, with all that became of it', async () => {
  const at = world()
  await using site = await openSite()
  at.begin([hook(site)])
  await at.issue('1', [alert('a', { state: 'closed' })])
  await at.issue('2', [alert('b')])
  await expect.poll(() => at.states().filter((one) => one.includes('delivered')).length, soon).toBe(2)
  at.time.advance(bulletinMs)
  // The second is about something that is still open.
  await expect.poll(async () => (await keptBulletins(at.log)).map(({ id }) => id), soon).toEqual(['2'])
  expect([...(await keptTold(at.log)).keys()]).toEqual(['2'])
})
