// When the loop looks, and at what: as far as posts are read, once a step, past a topic that fails; never at a log that is
// not ours.
import { describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { topicOf } from '../doubles/tallies.ts'
import { type Looping, sourceOf, start, statusOf } from './looping.ts'
import { begin, hourMs, hours, letGo, looping, moved, talks } from './loops.ts'

const all = () => looping!.alerts.list()

describe('looks', () => {
  test('wait while posts of the past are read', async () => {
    const { given, asked } = await begin()
    await looping!.step()
    const before = asked.length
    given.status = statusOf({ lag: 12 })
    await hours(3)
    const latest = new Date(start).toISOString()
    given.status = statusOf({ sources: [sourceOf('sea', { state: 'catching up', latest })] })
    await hours(3)
    expect(asked.length).toBe(before)
    expect(await all()).toEqual([])
    given.status = statusOf()
    await hours(1)
    expect(await all()).toHaveLength(1)
  })

  test('go along behind a stream that is never read to its end', async () => {
    const { given } = await begin()
    for (let head = 60; head < 60 * 48; head += 60) {
      // Ten minutes behind, always.
      const behind = { lag: 60, readers: { analyze: { position: head - 60, lag: 60 } } }
      given.status = statusOf({ ...behind, log: { ...statusOf().log, head } })
      await looping!.step()
    }
    const [alert] = await all()
    expect(alert!.state).toBe('confirmed')
  })

  test('read the past anew where posts came after the first look', async () => {
    // The change is eleven hours old, and what came late is asked for six.
    const { given } = await begin({ nowMs: start + 12 * hourMs, world: { voices: () => 0 } })
    await looping!.step(5_000)
    given.world = moved
    given.status = statusOf({ log: { ...statusOf().log, head: 9 } })
    await hours(1)
    expect((await all()).length).toBeGreaterThan(0)
  })

  test('read the past anew where a source caught up', async () => {
    const { bornMs } = moved
    const { given } = await begin({ nowMs: start + 12 * hourMs, world: { bornMs } })
    await looping!.step()
    given.world = moved
    await hours(2)
    const asked = looping!.asked.length
    const isWhole = ({ question: { window } }: Looping['asked'][number]) =>
      Date.parse(window.to) - Date.parse(window.from) > 24 * hourMs
    expect(looping!.asked.slice(2).filter(isWhole)).toEqual([])
    given.status = statusOf({ sources: [sourceOf('sea', { state: 'catching up' })] })
    await looping!.step()
    given.status = statusOf({ sources: [sourceOf('sea')] })
    await looping!.step()
    expect(looping!.asked.slice(asked).filter(isWhole)).toHaveLength(1)
  })

  test('leave out a topic while its history is read', async () => {
    const { given, asked } = await begin({ topics: [talks, topicOf('trains')] })
    await looping!.step()
    given.status = statusOf({ lag: 5, readers: { analyze: { position: 1, lag: 0 } } })
    given.status.histories = [{ topic: 'talks', version: 1, done: 1, total: 6 }]
    const before = asked.length
    await hours(5)
    expect(new Set(asked.slice(before).map(({ topic }) => topic))).toEqual(new Set(['trains']))
    given.status = statusOf()
    await hours(1)
    expect((await all()).map(({ topic }) => topic.topic)).toContain('talks')
  })

  test('come once a step, not with every post', async () => {
    const { asked, given } = await begin()
    await looping!.step()
    const before = asked.length
    for (let head = 2; head < 12; head++) {
      given.status = statusOf({ log: { ...statusOf().log, head } })
      await looping!.step(5_000)
    }
    expect(asked.length).toBe(before)
  })

  test('leave out a topic that the store does not answer for, and no other', async () => {
    const topics = [topicOf('broken'), talks]
    const { given, noted } = await begin({ topics })
    given.fail = (topic) => topic === 'broken'
    await hours(8)
    expect((await all()).map(({ topic }) => topic.topic)).toEqual(['talks'])
    expect(noted.join()).toContain('a topic was not looked at')
    given.fail = () => false
    await looping!.step()
    expect((await all()).map(({ topic }) => topic.topic).sort()).toEqual(['broken', 'talks'])
  })

  test('stop at a log that is not ours', async () => {
    const { given } = await begin()
    await looping!.step()
    given.fail = () => {
      throw new CorruptionError('not ours')
    }
    void looping!.step()
    await expect(looping!.ended).rejects.toThrow('not ours')
    letGo()
  })
})
