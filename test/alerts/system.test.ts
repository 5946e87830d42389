// What is ours is never a change of opinion: silent sources, steps that nobody could hear, another model, alerts left alone.
import { describe, expect, test } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { leftAlone } from '../../alerts/left.ts'
import { keepMark, keptMark, lastLook, type Mark } from '../../alerts/marks.ts'
import { ruleOf } from '../../alerts/rule.ts'
import { collectionAlerts, heardOf, longSilent, modelAlert, notice, type Silent, unheard } from '../../alerts/system.ts'
import { wordsOf } from '../../alerts/words.ts'
import type { Log } from '../../types.ts'
import { stepMs, talliesOf, topicOf } from '../doubles/tallies.ts'
import { alertOf } from './alert.ts'
import { sourceOf, start, usual } from './looping.ts'

const minuteMs = 60_000
const rule = ruleOf({ ...usual, id: 'tones', measures: [] }, { origin: 'user', at: '' })
const ours = (open: Alert[], minutes: number) => ({ rule, open, model: 'one@1', nowMs: start + minutes * minuteMs })
const iso = (minutes: number) => new Date(start + minutes * minuteMs).toISOString()

describe('a source that is silent', () => {
  const sources = new Set(['sea'])
  const stalled = sourceOf('sea', { state: 'stalled', latest: iso(0) })

  test('is told after a quarter of an hour since its last post, once, and closed when it is read again', () => {
    const silent: Silent = new Map()
    notice(silent, [stalled], start + 2 * minuteMs)
    expect(longSilent(silent, start + 14 * minuteMs)).toEqual([])
    expect(collectionAlerts(ours([], 14), silent, sources)).toEqual([])
    const [alert, ...more] = collectionAlerts(ours([], 15), silent, sources)
    expect(more).toEqual([])
    expect(alert).toMatchObject({
      kind: 'collection',
      state: 'confirmed',
      shifts: [],
      began: { from: iso(0), to: iso(0) },
    })
    expect(collectionAlerts(ours([alert!], 40), silent, sources)).toEqual([])
    notice(silent, [sourceOf('sea')], start + 50 * minuteMs)
    const [over] = collectionAlerts(ours([alert!], 50), silent, sources)
    expect(over).toMatchObject({ id: alert!.id, state: 'closed', after: { from: iso(0), to: iso(50) } })
  })

  test('for a moment is nothing, and another that nobody rests on neither', () => {
    const silent: Silent = new Map()
    notice(silent, [stalled], start)
    notice(silent, [sourceOf('sea')], start + 10 * minuteMs)
    expect(collectionAlerts(ours([], 20), silent, sources)).toEqual([])
    notice(silent, [sourceOf('counts', { state: 'failed' })], start)
    expect(collectionAlerts(ours([], 60), silent, sources)).toEqual([])
  })

  test('of several instances is that one, and what the posts of any carry may be missing from then on', () => {
    const instances = [sourceOf('sea:one.example', { state: 'failed', latest: iso(5) }), sourceOf('sea:two.example')]
    const silent: Silent = new Map()
    notice(silent, instances, start + 6 * minuteMs)
    const [alert] = collectionAlerts(ours([], 30), silent, sources)
    expect(alert!.detail).toMatch(/^sea:one\.example has sent nothing since/)
    expect(unheard(instances, start)).toEqual(new Map([['sea', start + 5 * minuteMs]]))
    const worse = sourceOf('sea:three.example', { state: 'stalled', latest: iso(2) })
    expect(unheard([...instances, worse], start)).toEqual(new Map([['sea', start + 2 * minuteMs]]))
  })

  test('is called by its name, also where it is over', () => {
    const silent: Silent = new Map([['sea', start]])
    const [alert] = collectionAlerts(ours([], 15), silent, sources)
    expect(wordsOf(alert!)).toMatchObject({ title: 'Posts from sea stopped coming in' })
    const [over] = collectionAlerts(ours([alert!], 50), new Map(), sources)
    expect(wordsOf(over!)).toMatchObject({ title: 'Posts from sea come in again' })
    expect(wordsOf(over!).text).toContain('not what people think')
  })
})

describe('steps that nobody could hear', () => {
  const window = { from: iso(-60), to: iso(60) }
  const tallies = talliesOf(
    { topic: 'talks', version: 1 },
    { model: 'm', window, stepMs, measures: [], phrases: [] },
    { sources: ['sea', 'hill'] },
  )
  test('are left out for topics that rest on the source, from its last post on', () => {
    const lost = unheard([sourceOf('sea', { state: 'failed', latest: iso(5) }), sourceOf('hill')], start)
    expect(heardOf(tallies, lost).collected).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    expect(heardOf({ ...tallies, sources: ['hill'] }, lost)).toEqual({ ...tallies, sources: ['hill'] })
  })
  test('begin with the last look where nothing came since the start', () => {
    const lost = unheard([sourceOf('sea', { state: 'off' })], start - 20 * minuteMs)
    expect(heardOf(tallies, lost).collected.reduce((a, b) => a + b)).toBe(4)
  })
  test('are none while it is read, or catches up', () => {
    expect(unheard([sourceOf('sea'), sourceOf('hill', { state: 'catching up' })], start).size).toBe(0)
  })
})

describe('another model', () => {
  test('is one alert that is over at once, of one id however often it is found', () => {
    const before = { model: 'old@1', atMs: start }
    const alert = modelAlert(ours([], 5), before)
    expect(alert).toMatchObject({ kind: 'model', state: 'closed', topic: { topic: '' } })
    expect(modelAlert(ours([], 9), before).id).toBe(alert.id)
    expect(modelAlert(ours([], 9), { ...before, atMs: start + 1 }).id).not.toBe(alert.id)
    const { title, text } = wordsOf(alert)
    expect(title).toBe('Another model reads the posts: how we measure changed, not what people say')
    expect(text).toContain('Posts were read by old@1; from now on they are read by one@1.')
    expect(text).not.toContain('We had told')
  })
})

describe('alerts that nobody looks after', () => {
  const talks = topicOf('talks')
  const open = alertOf({ rule: rule.id, topic: { topic: 'talks', version: 1, name: 'Talks' }, model: 'one@1' })
  const reasons = (alert: Alert, more: object) =>
    leftAlone([alert], { rules: [rule], topics: [talks], model: 'one@1', ...more }, start).map(({ reason }) => reason)

  test('end, and say why', () => {
    expect(reasons(open, {})).toEqual([])
    expect(reasons(open, { rules: [] })).toEqual(['its rule is gone'])
    expect(reasons(open, { rules: [{ ...rule, measures: ['volume'] }] })[0]).toMatch(/does not watch for this/)
    expect(reasons(open, { rules: [{ ...rule, topics: ['other'] }] })[0]).toMatch(/does not watch this topic/)
    expect(reasons(open, { topics: [] })).toEqual(['its topic is gone'])
    expect(reasons(open, { topics: [{ ...talks, version: 2 }] })[0]).toMatch(/query/)
    expect(reasons(open, { model: 'two@1' })[0]).toMatch(/another model/)
  })
  test('do not end where they are facts, or about all topics', () => {
    const campaign = alertOf({ ...open, kind: 'campaign' })
    expect(reasons(campaign, { model: 'two@1', topics: [{ ...talks, version: 2 }] })).toEqual([])
    const silent = alertOf({
      ...open,
      kind: 'collection',
      topic: { topic: '', version: 0, name: 'all topics' },
      shifts: [],
    })
    expect(reasons(silent, { model: 'two@1', topics: [] })).toEqual([])
  })
})

describe('marks', () => {
  function memory() {
    const settings = new Map<string, string>()
    let writes = 0
    const log = {
      settings: async (prefix: string) =>
        [...settings]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, value]) => ({ change: { op: 'setting', key, value } })) as unknown as Awaited<
          ReturnType<Log['settings']>
        >,
      append: async ({ changes }: { changes: { key: string; value: string }[] }) => {
        writes++
        for (const { key, value } of changes) settings.set(key, value)
      },
    }
    return { log: log as unknown as Pick<Log, 'settings' | 'append'>, writes: () => writes }
  }
  const markAt = (minutes: number, more: Partial<Mark> = {}): Mark => ({
    ...{ atMs: start + minutes * minuteMs, model: 'one@1', topics: ['talks@1'] },
    ...more,
  })

  test('are written every half hour, and when there is another topic or model', async () => {
    const { log, writes } = memory()
    const next = async (mark: Mark) => keepMark(log, { rule: 'r', mark, before: await keptMark(log, 'r') })
    expect(await keptMark(log, 'r')).toBeNull()
    expect(await lastLook(log)).toBeNull()
    await next(markAt(0, { topics: [] }))
    expect(writes()).toBe(0)
    for (let minutes = 0; minutes < 60; minutes += 10) await next(markAt(minutes))
    expect(writes()).toBe(2)
    await next(markAt(50, { topics: ['talks@1', 'trains@1'] }))
    await next(markAt(50, { topics: ['talks@1', 'trains@1'], model: 'two@1' }))
    expect(writes()).toBe(4)
    expect(await keptMark(log, 'r')).toEqual(markAt(50, { topics: ['talks@1', 'trains@1'], model: 'two@1' }))
    expect(await lastLook(log)).toBe(start + 50 * minuteMs)
  })
})
