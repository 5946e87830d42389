// What a back-test tells is what the loop would have told of the same tallies; its window is checked, it can be stopped, and
// changes that are put in are found, large ones sooner.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Alert, WantedRule } from '../../alarms.ts'
import { backtest } from '../../alerts/backtest.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import { ruleOf } from '../../alerts/rule.ts'
import type { Filter, TopicRef } from '../../answers.ts'
import type { TallyQuestion } from '../../sides.ts'
import type { Topic } from '../../types.ts'
import { shiftsEvery, summaryOf, talliesOf, topicOf, type World } from '../doubles/tallies.ts'
import { openLog } from './invented.ts'
import { openLooping, start, tones, usual } from './looping.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const iso = (ms: number) => new Date(ms).toISOString()
// Too young to teach one another: a loop learns from what it has seen, a back-test from what it is given.
const world: World = {
  ...{ bornMs: start - dayMs, voices: () => 12 },
  share: shiftsEvery({ everyHours: 60, lastHours: 14, to: 0.62 }),
}
const topics = ['a', 'b', 'c'].map((id) => topicOf(id))

function parts(given: World, some: Topic[] = topics) {
  const tallies = async (ref: TopicRef, question: TallyQuestion) => talliesOf(ref, question, given)
  const model = { id: 'tones@1', labels: tones }
  const summary = async (filter: Filter) => summaryOf(filter, given)
  return { ask: { tallies, summary }, model, topics: () => some, pool: unlearntPool, now: () => start + 4 * dayMs }
}
const rule = (more: Partial<WantedRule> = {}) =>
  ruleOf({ ...usual, id: 'tones', ...more }, { origin: 'config', at: iso(start) })
const tried = (given: World, more: Partial<WantedRule> = {}, some = topics) =>
  backtest(
    parts(given, some),
    { rule: rule(more), window: { from: iso(start), to: iso(start + 4 * dayMs) } },
    new AbortController().signal,
  )

async function looped(more: Partial<WantedRule> = {}): Promise<Alert[]> {
  const folder = mkdtempSync(join(tmpdir(), 'uc-tried-'))
  const log = await openLog(folder)
  const rules = [{ ...usual, ...more }]
  // It first looks where the window begins: nobody can look two days back before anybody posted.
  const looping = await openLooping({ log, topics, world, rules, nowMs: start + 60_000 })
  while (looping.now() < start + 4 * dayMs + 60_000) await looping.step()
  const alerts = await looping.alerts.list({ limit: 500 })
  await looping.stop()
  await log[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
  return alerts
}

const told = (alerts: Alert[]) =>
  alerts
    .filter(({ openedAt }) => openedAt > iso(start))
    .map(({ topic, history, shifts: [lead], after, before, reason }) =>
      [
        topic.topic,
        history.map(({ state, at }) => `${state} ${at}`).join(', '),
        lead!.measure,
        lead!.direction,
        before.from,
        after.from,
        reason,
      ].join('; '),
    )
    .toSorted()

describe('a back-test', () => {
  test('tells what the loop tells', async () => {
    const { alerts, messages } = await tried(world)
    expect(alerts.length).toBeGreaterThan(2)
    // What the loop told of the two days before its start, the window does not have.
    const live = await looped()
    const before = new Set(live.filter(({ openedAt }) => openedAt <= iso(start)).map(({ topic }) => topic.topic))
    const apart = (some: Alert[]) => told(some).filter((line) => !before.has(line.slice(0, 1)))
    expect(apart(live)).toEqual(apart(alerts))
    expect(apart(alerts).length).toBeGreaterThan(0)
    expect(messages).toBe(alerts.reduce((sum, { history }) => sum + history.length, 0))
  }, 30_000)

  test('tells of a bound what the loop tells', async () => {
    const bound: Partial<WantedRule> = {
      ...{ measures: [], budget: null, forMs: hourMs, cooldownMs: 0 },
      level: { measure: 'sentiment.negative', above: 0.5, below: null, windowMs: 3 * hourMs },
    }
    const { alerts, injected, expectedFalse, chart } = await tried(world, bound)
    expect(alerts.length).toBeGreaterThan(2)
    expect(told(await looped(bound))).toEqual(told(alerts))
    expect({ injected, expectedFalse, chart }).toEqual({ injected: [], expectedFalse: 0, chart: [] })
  }, 30_000)

  test('tells nothing that fewer than ten accounts stand behind, by a budget or a bound', async () => {
    const few: World = { ...world, accounts: (topic) => (topic === 'a' ? 9 : 10) }
    const bound: Partial<WantedRule> = {
      ...{ measures: [], budget: null },
      level: { measure: 'sentiment.negative', above: 0.5, below: null, windowMs: 3 * hourMs },
    }
    for (const more of [{}, bound]) {
      const { alerts, messages } = await tried(few, more)
      expect(new Set(alerts.map(({ topic }) => topic.topic))).toEqual(new Set(['b', 'c']))
      expect(messages).toBe(alerts.reduce((sum, { history }) => sum + history.length, 0))
    }
  })

  test('is silent on a past in which nothing changed, and says what one expects', async () => {
    const { alerts, expectedFalse, chart, topics: there } = await tried({ bornMs: start - 12 * dayMs })
    expect(alerts).toEqual([])
    expect(expectedFalse).toBeCloseTo(4 / 7, 6)
    expect(there.map(({ days }) => Math.round(days))).toEqual([16, 16, 16])
    for (const { strength, early, confirm } of chart) {
      expect(strength.length).toBeLessThanOrEqual(240)
      expect(Math.max(...strength.map((one) => one ?? 0))).toBeLessThan(early)
      expect(early).toBeLessThan(confirm)
    }
  })

  test('finds changes that are put in, large ones surely and sooner', async () => {
    const { injected } = await tried({ bornMs: start - 12 * dayMs }, {}, topics.slice(0, 1))
    expect(injected.map(({ by, of }) => [by, of])).toEqual([
      [0.05, 24],
      [0.1, 24],
      [0.2, 24],
    ])
    const [, ten, twenty] = injected
    expect(twenty!.found).toBe(24)
    expect(twenty!.early!.median).toBeLessThan(ten!.early!.median)
    expect(twenty!.confirmed!.median).toBeLessThan(6)
  })

  test('leaves out what nobody posted about', async () => {
    const { topics: there, alerts } = await tried({ bornMs: start + 30 * dayMs })
    expect({ there, alerts }).toEqual({ there: [], alerts: [] })
  })

  test('refuses windows that are none, or too long', async () => {
    const { signal } = new AbortController()
    const ask = (from: string, to: string) => backtest(parts(world), { rule: rule(), window: { from, to } }, signal)
    await expect(ask(iso(start), iso(start))).rejects.toThrow('not before')
    await expect(ask(iso(start + dayMs), iso(start))).rejects.toThrow('not before')
    await expect(ask('tomorrow', iso(start))).rejects.toThrow('empty')
    await expect(ask(iso(start - 100 * dayMs), iso(start))).rejects.toThrow('too long')
    // What is to come is not tried: it ends now.
    const { window } = await backtest(
      parts(world),
      { rule: rule(), window: { from: iso(start), to: iso(start + 90 * dayMs) } },
      signal,
    )
    expect(window.to).toBe(iso(start + 4 * dayMs))
  })

  test('stops when nobody waits for it, and lets others run meanwhile', async () => {
    const ending = new AbortController()
    let turns = 0
    const timer = setInterval(() => ++turns === 3 && ending.abort(), 1)
    const trying = backtest(parts({ bornMs: start - 12 * dayMs }), { rule: rule(), window: null }, ending.signal)
    await expect(trying).rejects.toThrow(/abort/i)
    clearInterval(timer)
    expect(turns).toBeGreaterThanOrEqual(3)
  })
})
