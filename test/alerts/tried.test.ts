// The loop under a world that is hostile to it: what might be missed, told twice, told under two ids or asked too often.
import { expect, test } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { keptAlerts, keptBulletins } from '../../alerts/kept.ts'
import type { Window } from '../../answers.ts'
import type { Campaigns } from '../../conclusions.ts'
import { metrics } from '../../metrics.ts'
import { topicOf } from '../doubles/tallies.ts'
import { type LoopingOptions, sourceOf, start, statusOf, usual } from './looping.ts'
import { begin, bornMs, hourMs, hours, log, looping, moved, talks } from './loops.ts'

const statesOf = ({ history }: Alert) => history.map(({ state }) => state).join(' ')
const all = () => looping!.alerts.list()
const iso = (ms: number) => new Date(ms).toISOString()

test('an open alert of a topic of which no post is left ends', async () => {
  await begin()
  await hours(8, () => looping!.told.some(({ state }) => state === 'confirmed'))
  looping!.given.world = { voices: () => 0 }
  await hours(100)
  expect((await all()).map(({ state }) => state)).toEqual(['closed'])
})

test('a topic that left the configuration: its end is kept for channels to be told, and acks a day', async () => {
  await begin()
  await hours(8)
  const [open] = await all()
  expect(open!.state).toBe('confirmed')
  const nowMs = looping!.now()
  await looping!.stop()
  await begin({ topics: [topicOf('trains')], world: { bornMs }, nowMs })
  await looping!.step()
  expect((await keptBulletins(log)).at(-1)!.alerts).toEqual([{ id: open!.id, state: 'closed' }])
  expect((await keptAlerts(log)).map(({ id, state }) => [id, state])).toEqual([[open!.id, 'closed']])
})

test('another query: what began before is not told', async () => {
  const trains = topicOf('trains')
  await begin({ topics: [talks, trains], world: { bornMs } })
  await hours(24)
  expect(await all()).toEqual([])
  // The query of now reads a change that began twelve hours before it.
  const version = 2
  looping!.given.topics = [topicOf('talks', { version }), trains]
  const since = looping!.now() - 12 * hourMs
  looping!.given.world = { bornMs, share: (topic, ms) => (topic === 'talks' && ms >= since ? 0.6 : 0.3) }
  await hours(3)
  expect((await all()).map(statesOf)).toEqual([])
})

test('what is confirmed stands on ten accounts, too', async () => {
  const length = ({ from, to }: Window) => Date.parse(to) - Date.parse(from)
  let count = 100
  await begin({ world: { ...moved, accounts: (_, window) => (length(window) > 24 * hourMs ? 300 : count) } })
  await hours(8, () => looping!.told.length > 0)
  expect((await all())[0]!.state).toBe('early')
  count = 3
  await hours(6)
  expect((await all())[0]!.state).not.toBe('confirmed')
})

test('few accounts on a long walk are asked for a few times, not at every step', async () => {
  let asked = 0
  const accounts = () => {
    asked++
    return 3
  }
  await begin({ world: { ...moved, accounts }, nowMs: start + 49 * hourMs })
  await looping!.step()
  expect(await all()).toEqual([])
  expect(asked).toBeLessThan(40)
})

test('a clock that was a day ahead for a moment does not stop looks for a day', async () => {
  await begin({ world: { ...moved, share: (_: string, ms: number) => (ms >= start + 3 * hourMs ? 0.6 : 0.3) } })
  await hours(1)
  await looping!.step(24 * hourMs)
  await looping!.step(-24 * hourMs)
  const before = looping!.asked.length
  await hours(10)
  expect(looping!.asked.length).toBeGreaterThan(before)
})

test('a rule that asks for two days confirms what lasts for three', async () => {
  await begin({ rules: [{ ...usual, forMs: 48 * hourMs }] })
  await hours(90)
  expect((await all()).map(statesOf).join(', ')).toContain('confirmed')
})

test('a store that answers for no topic is not asked again with every post', async () => {
  await begin()
  await looping!.step()
  looping!.given.fail = () => true
  await looping!.step()
  const before = looping!.noted.length
  for (let head = 2; head < 12; head++) {
    looping!.given.status = statusOf({ log: { ...statusOf().log, head } })
    await looping!.step(5_000)
  }
  expect(looping!.noted.length - before).toBeLessThan(3)
})

test('a new topic whose history waits behind another is told from two days back on', async () => {
  const first = topicOf('first')
  const nowMs = start + 20 * hourMs
  const world = (from: number) => ({
    share: (topic: string, ms: number) => (topic === 'talks' && ms >= start && ms < start + 9 * hourMs ? 0.7 : 0.3),
    voices: (topic: string, ms: number) => (topic === 'talks' && ms < from ? 0 : 10),
    bornMs: start - 5 * 86_400_000,
  })
  await begin({ topics: [first], world: world(nowMs), nowMs })
  await looping!.step()
  looping!.given.topics = [first, talks]
  const histories = [{ topic: 'other', version: 1, done: 1, total: 9 }]
  // Two wait: the other's is read, that of talks is not begun; what is posted from now on is there.
  looping!.given.status = statusOf({ lag: 8, readers: { analyze: { position: 1, lag: 0 } }, histories })
  await hours(1)
  looping!.given.status = statusOf({
    lag: 8,
    readers: { analyze: { position: 1, lag: 0 } },
    histories: [{ topic: 'talks', version: 1, done: 1, total: 9 }],
  })
  await hours(1)
  looping!.given.world = world(0)
  looping!.given.status = statusOf()
  await hours(1)
  expect((await all()).map(({ topic, openedAt }) => [topic.topic, Date.parse(openedAt) < start + 9 * hourMs])).toEqual([
    ['talks', true],
  ])
})

const campaignsOf = (id: string, members: string[], to: number): Campaigns => ({
  ...{ window: { from: '', to: '' }, posts: 200, scanned: 200 },
  campaigns: [
    {
      ...{ id, posts: 30, authors: 26, share: 0.15, first: '', example: null, members },
      window: { from: iso(start), to: iso(to) },
    } as unknown as Campaigns['campaigns'][number],
  ],
})
const campaignRule = { rules: [{ ...usual, measures: ['campaign'] }], world: { bornMs } } as Partial<LoopingOptions>

test('a campaign whose commonest wording is another one is one alert over a restart, too', async () => {
  let found = campaignsOf('c1', ['a', 'b'], start + hourMs)
  const more = { ...campaignRule, finding: { campaigns: async () => found } }
  await begin(more)
  await hours(2)
  const nowMs = looping!.now()
  await looping!.stop()
  found = campaignsOf('c2', ['a', 'b', 'c'], start + 2 * hourMs)
  await begin({ ...more, nowMs })
  await hours(2)
  expect(await all()).toHaveLength(1)
})

test('a campaign is not told again because the query changed', async () => {
  await begin({ ...campaignRule, finding: { campaigns: async () => campaignsOf('c1', ['a'], start + hourMs) } })
  await hours(2)
  looping!.given.topics = [topicOf('talks', { version: 2 })]
  await hours(2)
  expect((await all()).map(({ topic }) => topic.version)).toEqual([1])
})

test('a source that reconnects for a moment does not make every look read two weeks', async () => {
  const { asked } = await begin()
  await hours(1)
  const before = asked.length
  for (let nr = 0; nr < 12; nr++) {
    looping!.given.status = statusOf({
      sources: [sourceOf('sea', { state: 'catching up', latest: iso(looping!.now()) })],
    })
    await looping!.step(5_000)
    looping!.given.status = statusOf({ sources: [sourceOf('sea')] })
    await looping!.step(595_000)
  }
  const whole = asked
    .slice(before)
    .filter(({ question: { window } }) => Date.parse(window.to) - Date.parse(window.from) > 24 * hourMs)
  expect(whole.length).toBeLessThan(3)
})

test('a back-test of campaigns alone says that it tried none', async () => {
  await begin({ rules: [], nowMs: start + 96 * hourMs })
  const rule = await looping!.alerts.checkRule({ ...usual, measures: ['campaign'] })
  const tried = await looping!.alerts.backtest(
    rule,
    { from: iso(start), to: iso(start + 96 * hourMs) },
    new AbortController().signal,
  )
  expect([tried.messages, tried.expectedFalse]).toEqual([0, 0])
})

test('a topic whose accounts the store does not count stops no other', async () => {
  const accounts = (topic: string) => {
    if (topic === 'broken') throw new Error('too slow')
    return 100
  }
  await begin({ topics: [topicOf('broken'), talks], world: { ...moved, accounts } })
  await hours(8)
  expect((await all()).map(({ topic }) => topic.topic)).toEqual(['talks'])
})

test('where its history is read at once, it is told from two days back on', async () => {
  const nowMs = start + 20 * hourMs
  const world = {
    share: (topic: string, ms: number) => (topic === 'talks' && ms >= start && ms < start + 9 * hourMs ? 0.7 : 0.3),
    bornMs: start - 5 * 86_400_000,
  }
  await begin({ topics: [topicOf('first')], world, nowMs })
  await looping!.step()
  looping!.given.topics = [topicOf('first'), talks]
  await hours(1)
  expect((await all()).map(({ topic, openedAt }) => [topic.topic, Date.parse(openedAt) < start + 9 * hourMs])).toEqual([
    ['talks', true],
  ])
})

test('a change that came while the process was down, and is still there, is told to channels', async () => {
  await begin()
  await hours(1)
  await looping!.stop()
  await begin({ nowMs: start + 13 * hourMs })
  await looping!.step()
  expect((await all()).map(({ state }) => state)).toEqual(['confirmed'])
  expect((await keptBulletins(log)).flatMap(({ alerts }) => alerts.map(({ state }) => state))).toEqual(['confirmed'])
})

test('a channel that was never told of a change is not told that it is over', async () => {
  const share = (_: string, ms: number) => (ms >= start + hourMs && ms < start + 14 * hourMs ? 0.6 : 0.3)
  await begin({ world: { ...moved, share } })
  await hours(1)
  await looping!.stop()
  await begin({ world: { ...moved, share }, nowMs: start + 13 * hourMs })
  await hours(20)
  expect((await all()).map(({ state }) => state)).toEqual(['closed'])
  const states = (await keptBulletins(log)).flatMap(({ alerts }) => alerts.map(({ state }) => state))
  expect(states).not.toEqual(['closed'])
})

test('a turn that was refused is taken when there are ten, over a restart', async () => {
  let count = 9
  const length = ({ from, to }: Window) => Date.parse(to) - Date.parse(from)
  const world = { ...moved, accounts: (_: string, window: Window) => (length(window) > 24 * hourMs ? 300 : count) }
  await begin({ world })
  await hours(8)
  const nowMs = looping!.now()
  await looping!.stop()
  await begin({ world, nowMs })
  await hours(1)
  expect(await all()).toEqual([])
  count = 10
  await looping!.step()
  expect((await all()).map(statesOf)).toEqual(['early'])
})

test('what was looked at is not said to be looked at where the store answered for no topic', async () => {
  await begin()
  await looping!.step()
  const value = async () => (await metrics.alertsLookedUntil.get()).values[0]!.value
  const before = await value()
  looping!.given.fail = () => true
  await hours(3)
  expect(await value()).toBe(before)
})
