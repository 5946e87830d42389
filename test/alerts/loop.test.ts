// The loop on a real log: one change is told once, whatever fails, stops or comes again meanwhile. Never an alarm because
// posts were not collected, never a second one because another model or query reads them.
import { describe, expect, test } from 'vitest'
import type { Alert, WantedRule } from '../../alarms.ts'
import { keptBulletins } from '../../alerts/kept.ts'
import type { Window } from '../../answers.ts'
import type { Campaigns } from '../../conclusions.ts'
import type { Log } from '../../types.ts'
import { topicOf } from '../doubles/tallies.ts'
import { sourceOf, start, statusOf, usual } from './looping.ts'
import { begin, hourMs, hours, log, looping, moved } from './loops.ts'

const statesOf = ({ history }: Alert) => history.map(({ state }) => state).join(' ')
const all = () => looping!.alerts.list()

describe('a change', () => {
  test('is told once, kept with its bulletin, and rung for', async () => {
    const { told } = await begin()
    await hours(8)
    const alerts = await all()
    expect(alerts).toHaveLength(1)
    expect(statesOf(alerts[0]!)).toMatch(/^(early )?confirmed$/)
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    const bulletins = await keptBulletins(log)
    expect(bulletins.flatMap((one) => one.alerts.map(({ state }) => state)).join(' ')).toBe(statesOf(alerts[0]!))
    expect(alerts[0]!.before.from).toBe(new Date(moved.bornMs).toISOString())
  })

  test('of fewer than ten accounts is told by nobody until there are ten', async () => {
    let count = 9
    const length = ({ from, to }: Window) => Date.parse(to) - Date.parse(from)
    await begin({ world: { ...moved, accounts: (_, window) => (length(window) > 24 * hourMs ? 300 : count) } })
    await hours(8)
    expect(await all()).toEqual([])
    expect(await keptBulletins(log)).toEqual([])
    count = 10
    await looping!.step()
    const [alert] = await all()
    expect(alert!.state).toBe('early')
    // As of now: nothing of it was told when it began.
    expect(Date.parse(alert!.openedAt)).toBeGreaterThanOrEqual(start + 8 * hourMs)
  })

  test('is the same alert after a restart, which tells nothing again', async () => {
    await begin()
    await hours(8)
    const [before] = await all()
    const now = looping!.now()
    await looping!.stop()
    const { told } = await begin({ nowMs: now })
    await hours(3)
    expect(await all()).toEqual([before])
    expect(told).toEqual([])
  })

  test('is walked again where it could not be kept, and comes out the same', async () => {
    let isFull = false
    const failing: Log = {
      ...log,
      settings: (prefix) => log.settings(prefix),
      append: (batch) => (isFull ? Promise.reject(new Error('the disk is full')) : log.append(batch)),
    }
    await begin({ log: failing })
    await hours(1)
    isFull = true
    await hours(4)
    expect(await all()).toEqual([])
    expect(looping!.told).toEqual([])
    expect(looping!.noted.join()).toContain('will be tried again')
    isFull = false
    await looping!.step()
    const [alert] = await all()
    // As of when it was to be seen.
    expect(Date.parse(alert!.openedAt)).toBeLessThan(start + 5 * hourMs)
    expect(Date.parse(alert!.openedAt)).toBeGreaterThan(start + hourMs)
  })

  test('that ended while we were away does not stand in the way of the next', async () => {
    const world = {
      ...{ bornMs: start - 3 * 86_400_000 },
      share: (_: string, ms: number) => {
        const at = (ms - start) / hourMs
        return (at >= 1 && at < 8) || at >= 30 ? 0.7 : 0.3
      },
    }
    await begin({ world })
    await hours(6)
    const [first] = await all()
    expect(first!.state).toBe('confirmed')
    await looping!.stop()
    await begin({ world, nowMs: start + 36 * hourMs })
    await looping!.step()
    const states = (await all()).map(statesOf)
    expect(states).toHaveLength(2)
    expect(states[1]).toMatch(/closed$/)
    expect(states[0]).toMatch(/confirmed$/)
    expect((await looping!.alerts.get(first!.id))!.state).toBe('closed')
  })

  test('keeps what was said of it, whoever writes last', async () => {
    await begin()
    await hours(8, () => looping!.told.length > 0)
    const [alert] = await all()
    await looping!.alerts.ack(alert!.id, { verdict: 'right', note: 'saw it', by: 'Ada' })
    await hours(80, () => looping!.told.some(({ state }) => state === 'closed'))
    const known = await looping!.alerts.get(alert!.id)
    expect(known).toMatchObject({ state: 'closed', ack: { verdict: 'right', note: 'saw it', by: 'Ada' } })
    expect(await looping!.alerts.scorecard('talks')).toEqual({
      right: 1,
      wrong: 0,
      known: 0,
      unanswered: 0,
      withdrawn: 0,
    })
    await expect(looping!.alerts.ack('none', { verdict: 'right', note: '', by: '' })).rejects.toThrow('no such alert')
  })

  test('is looked for anew by a rule made now, from two days back on, and nothing old is sent', async () => {
    await begin({ rules: [], nowMs: start + 30 * hourMs })
    await looping!.step()
    expect(await all()).toEqual([])
    await looping!.alerts.putRule({ ...usual, id: 'mine' } as WantedRule)
    await looping!.step(5_000)
    const [alert] = await all()
    expect(alert).toMatchObject({ rule: 'mine' })
    expect(Date.parse(alert!.openedAt)).toBeLessThan(start + 6 * hourMs)
    expect(await keptBulletins(log)).toEqual([])
  })
})

describe('what was not collected', () => {
  const world = {
    bornMs: start - 3 * 86_400_000,
    voices: (_: string, ms: number) => (isDown(ms) ? 0 : 12),
    sources: ['sea'],
  }
  const isDown = (ms: number) => ms >= start + 2 * hourMs && ms < start + 8 * hourMs
  const everything: WantedRule = { ...usual, id: 'all', measures: [] }
  const down = () => {
    looping!.given.status = statusOf({
      sources: [
        sourceOf('sea', { state: 'stalled', latest: new Date(start + 2 * hourMs).toISOString() }),
        sourceOf('hill'),
      ],
    })
  }

  test('is told as that after a quarter of an hour, never as a change, and closed when posts come again', async () => {
    await begin({ world, rules: [everything] })
    await hours(2)
    down()
    await hours(6)
    const [alert, ...others] = await all()
    expect(others).toEqual([])
    expect(alert).toMatchObject({ kind: 'collection', state: 'confirmed', topic: { topic: '', name: 'all topics' } })
    expect(alert!.detail).toBe('sea has sent nothing since 2026-05-01 14:00 UTC.')
    const late = Date.parse(alert!.openedAt) - start - 2 * hourMs
    expect(late).toBeGreaterThanOrEqual(15 * 60_000)
    expect(late).toBeLessThanOrEqual(25 * 60_000)
    looping!.given.status = statusOf({ sources: [sourceOf('sea'), sourceOf('hill')] })
    looping!.given.world = { ...world, collected: (_, ms) => (isDown(ms) ? 0 : 1) }
    await hours(8)
    expect((await all()).map(({ kind, state }) => [kind, state])).toEqual([['collection', 'closed']])
  })

  test('is left out after a restart, too, when nothing came yet', async () => {
    await begin({ world, rules: [everything] })
    await hours(2)
    await looping!.stop()
    await begin({ world, rules: [everything], nowMs: start + 6 * hourMs })
    looping!.given.status = statusOf({ sources: [sourceOf('sea', { state: 'connecting' })] })
    await hours(1)
    expect((await all()).filter(({ kind }) => kind !== 'collection')).toEqual([])
  })

  test('of a source that ended is no silence of people', async () => {
    await begin({ world, rules: [everything] })
    await hours(2)
    looping!.given.status = statusOf({
      sources: [sourceOf('sea', { state: 'finished', latest: new Date(start + 2 * hourMs).toISOString() })],
    })
    await hours(6)
    expect(await all()).toEqual([])
  })

  test('does not keep other topics from being looked at', async () => {
    await begin({ world: { ...moved, sources: ['hill'] }, rules: [everything] })
    await hours(2)
    down()
    await hours(6)
    const kinds = (await all()).map(({ kind }) => kind)
    expect(kinds).toContain('sentiment')
    // No topic rests on it.
    expect(kinds).not.toContain('collection')
  })
})

describe('what is another one', () => {
  const everything: WantedRule = { ...usual, id: 'all', measures: [] }
  const open = async () => {
    await begin({ rules: [everything] })
    await hours(5, () => looping!.told.some(({ state }) => state === 'confirmed'))
    expect((await all()).map(({ state }) => state)).toEqual(['confirmed'])
  }

  test('model: one alert says so, what was open ends, and the change is not told again', async () => {
    await open()
    const nowMs = looping!.now()
    await looping!.stop()
    await begin({ rules: [everything], model: 'other@2', nowMs })
    await hours(20)
    const alerts = await all()
    expect(alerts.map(({ kind, state }) => [kind, state]).toSorted()).toEqual([
      ['model', 'closed'],
      ['sentiment', 'closed'],
    ])
    expect(alerts.find(({ kind }) => kind === 'sentiment')!.reason).toContain('another model')
    // Told in one go.
    const last = (await keptBulletins(log)).at(-1)!
    expect(last.alerts).toHaveLength(2)
    await looping!.stop()
    await begin({ rules: [everything], model: 'other@2', nowMs: looping!.now() })
    await looping!.step()
    expect(looping!.told).toEqual([])
  })

  test('query: what was open ends, and what began before is not told again', async () => {
    await open()
    looping!.given.topics = [topicOf('talks', { version: 2 })]
    await hours(20)
    const alerts = await all()
    expect(alerts.map(({ state, topic }) => [state, topic.version])).toEqual([['closed', 1]])
    expect(alerts[0]!.reason).toContain('query')
  })

  test('posts: a day later what is over has no number left, and what is open is not touched', async () => {
    let count = 100
    const share = (_: string, ms: number) => (ms >= start + hourMs && ms < start + 9 * hourMs ? 0.6 : 0.3)
    await begin({ world: { ...moved, share, accounts: () => count } })
    await hours(6)
    count = 9
    await hours(26, () => looping!.told.some(({ state }) => state === 'closed'))
    const [closed] = await all()
    expect(closed!.shifts).not.toEqual([])
    await hours(26)
    const [left] = await all()
    expect(left).toEqual({
      ...closed!,
      shifts: [],
      perYear: 0,
      detail: 'The posts it told of are gone, and its numbers with them.',
    })
  })

  test('topic: what was open ends, is told, and is forgotten a day later', async () => {
    await begin()
    await hours(8)
    looping!.given.topics = []
    await looping!.step()
    expect((await all()).map(({ state, reason }) => [state, reason])).toEqual([['closed', 'its topic is gone']])
    expect((await keptBulletins(log)).at(-1)!.alerts.map(({ state }) => state)).toEqual(['closed'])
    await hours(50)
    expect(await all()).toEqual([])
  })

  test('topic or rule that is gone: what was open ends', async () => {
    await begin({ rules: [] })
    await looping!.alerts.putRule({ ...usual, id: 'mine' } as WantedRule)
    await hours(8)
    expect((await all()).map(({ state }) => state)).toEqual(['confirmed'])
    await looping!.alerts.dropRule('mine')
    await looping!.step()
    expect((await all()).map(({ state, reason }) => [state, reason])).toEqual([['closed', 'its rule is gone']])
  })
})

describe('campaigns', () => {
  const told = (posts: number, to: number): Campaigns => ({
    ...{ window: { from: '', to: '' }, posts: 200, scanned: 200 },
    campaigns: [
      {
        ...{ id: 'c1', posts, authors: posts - 4, share: posts / 200, first: '', example: null, members: [] },
        window: { from: new Date(start).toISOString(), to: new Date(to).toISOString() },
      } as unknown as Campaigns['campaigns'][number],
    ],
  })

  test('are told once, counted on while they go on, and over a day after', async () => {
    let [posts, to] = [30, start + hourMs]
    const campaigns = async () => told(posts, to)
    await begin({
      rules: [{ ...usual, measures: ['campaign'] }],
      world: { bornMs: start - 86_400_000 },
      finding: { campaigns },
    })
    await hours(2)
    posts = 60
    to = start + 3 * hourMs
    await hours(2)
    const [alert, ...more] = await all()
    expect(more).toEqual([])
    expect(alert).toMatchObject({
      kind: 'campaign',
      state: 'confirmed',
      detail: '56 accounts posted one text 60 times.',
    })
    expect(await keptBulletins(log)).toHaveLength(1)
    await hours(25)
    expect((await all()).map(statesOf)).toEqual(['confirmed closed'])
    expect(await keptBulletins(log)).toHaveLength(2)
  })

  test('that are not found for a topic stop nothing', async () => {
    const campaigns = async () => {
      throw new Error('too slow')
    }
    await begin({ finding: { campaigns } })
    await hours(8)
    expect(await all()).toHaveLength(1)
    expect(looping!.noted.join()).toContain('were not looked for')
  })
})
