// What is done once a day: topics teach, and numbers without evidence are let go; neither stops a look nor waits for the other.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Alert } from '../../alarms.ts'
import { alertmanagerCall } from '../../alerts/alertmanager.ts'
import { crowdOf } from '../../alerts/crowd.ts'
import { emptyGone, teach } from '../../alerts/daily.ts'
import { openFresh } from '../../alerts/findings.ts'
import { keep, keptAlerts } from '../../alerts/kept.ts'
import type { Engine } from '../../alerts/loop.ts'
import { measuresOf, sharesIn, volume } from '../../alerts/measures.ts'
import { unlearntPool } from '../../alerts/pool.ts'
import { alertOf as recordOf } from '../../alerts/record.ts'
import { byTheory } from '../../alerts/tail.ts'
import { watch } from '../../alerts/watch.ts'
import type { Summary } from '../../answers.ts'
import type { Log } from '../../types.ts'
import { talliesOf, topicOf } from '../doubles/tallies.ts'
import { alertOf, shiftOf } from './alert.ts'
import { write } from './hostile.ts'
import { openLog } from './invented.ts'
import { start, tones } from './looping.ts'
import { channel } from './making.ts'

const hourMs = 3_600_000
const signal = new AbortController().signal
let folder: string
let log: Log
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uc-tried-'))
  log = await openLog(folder)
})
afterEach(async () => {
  await log[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
const iso = (ms: number) => new Date(ms).toISOString()

test('topics teach as soon as there are some, not a day after a look that found none', async () => {
  const window = { from: iso(start - 15 * 86_400_000), to: iso(start) }
  const question = { model: 'tones@1', window, stepMs: 600_000, measures: sharesIn(tones, []), phrases: [] }
  const tallies = talliesOf({ topic: 'talks', version: 1 }, question, {})
  let all: { topic: ReturnType<typeof topicOf>; tallies: typeof tallies }[] = []
  let nowMs = start
  const engine = {
    ...{ parts: { model: { id: 'tones@1', labels: tones } }, held: { all: () => all }, now: () => nowMs },
    ...{ pooledMs: Number.NEGATIVE_INFINITY, pool: unlearntPool },
  } as unknown as Engine
  // The first look after a start: histories are read, or the store is not up yet.
  await teach(engine, signal)
  all = [{ topic: topicOf('talks'), tallies }]
  nowMs += hourMs
  await teach(engine, signal)
  expect(engine.pool(volume).profile).not.toEqual(unlearntPool(volume).profile)
})

const emptying = async (alert: Alert, found: { themes?: object[]; campaigns?: object[] }) => {
  await keep(log, { alerts: [alert] })
  const topic = topicOf(alert.topic.topic, { version: alert.topic.version })
  const engine = {
    ...{ now: () => start, emptiedMs: Number.NEGATIVE_INFINITY, crowd: async () => true },
    parts: {
      ...{ log, model: { id: alert.model }, topics: () => [topic], note: () => {} },
      themes: async () => ({ themes: found.themes ?? [] }),
      campaigns: async () => ({ campaigns: found.campaigns ?? [] }),
    },
  } as unknown as Engine
  await emptyGone(engine, [], signal)
  return (await keptAlerts(log))[0]!
}

test('a phrase that is there as ever, but not among the eight most telling of another window, is not gone', async () => {
  const shift = shiftOf({ measure: 'theme.t1', phrase: 'late again', direction: 'up' })
  const alert = alertOf({ state: 'closed', reason: 'usual', kind: 'theme', shifts: [shift] })
  const themes = Array.from({ length: 8 }, (_, nr) => ({ id: `o${nr}`, phrase: `other ${nr}`, forms: [`other ${nr}`] }))
  expect((await emptying(alert, { themes })).shifts).toEqual([shift])
})

test('a phrase that an open alert is about is not pushed out by newer ones', async () => {
  let names = ['first']
  const themes = async (_: unknown, { to }: { to: string }) =>
    // Nothing of it the day before.
    ({
      themes: Date.parse(to) > start - hourMs ? names.map((id) => ({ id, phrase: id, forms: [id], authors: 20 })) : [],
    })
  const fresh = openFresh({
    ...{ log, themes, model: { id: 'tones@1' } },
    campaigns: async () => ({ campaigns: [] }) as never,
  } as never)
  const topic = topicOf('talks')
  const question = {
    model: 'm',
    window: { from: iso(start - 86_400_000), to: iso(start) },
    stepMs: 600_000,
    measures: [],
    phrases: [],
  }
  const looked = (voices: number) => ({
    topic,
    tallies: talliesOf({ topic: 'talks', version: 1 }, question, { voices: () => voices }),
    phrases: [],
    isSteady: true,
  })
  const at = (untilMs: number) => ({ untilMs, note: () => {}, signal })
  await fresh.begin([topic], start)
  await fresh.look([looked(10)], at(start))
  expect(fresh.phrasesOf(topic).map(({ id }) => id)).toEqual(['first'])
  names = Array.from({ length: 8 }, (_, nr) => `later ${nr}`)
  await fresh.look([looked(12)], at(start + 2 * hourMs))
  // Two hours later, though it says that it is watched for two days.
  expect(fresh.phrasesOf(topic).map(({ id }) => id)).toContain('first')
})

const stubbed = (alerts: Alert[], crowd: (alert: Alert) => Promise<boolean>) =>
  ({
    ...{ now: () => start, emptiedMs: Number.NEGATIVE_INFINITY, crowd },
    parts: {
      ...{ log, model: { id: alerts[0]!.model }, note: () => {} },
      topics: () => [topicOf(alerts[0]!.topic.topic, { version: alerts[0]!.topic.version })],
    },
  }) as unknown as Engine
const over = (count: number) =>
  Array.from({ length: count }, (_, nr) => alertOf({ id: `a${nr}`, state: 'closed', reason: 'back' }))

test('a process that ends does not first ask of five hundred alerts', async () => {
  const alerts = over(100)
  await keep(log, { alerts })
  const ending = new AbortController()
  let asked = 0
  const crowd = async () => {
    if (++asked === 3) ending.abort()
    return true
  }
  await emptyGone(stubbed(alerts, crowd), [], ending.signal)
  expect(asked).toBeLessThan(5)
})

test('one alert that the store does not answer for keeps no other from being emptied', async () => {
  const alerts = over(3)
  await keep(log, { alerts })
  const crowd = async ({ id }: Alert) => {
    if (id === 'a0') throw new Error('too slow')
    return false
  }
  await emptyGone(stubbed(alerts, crowd), [], signal)
  expect((await keptAlerts(log)).filter(({ shifts }) => !shifts.length)).toHaveLength(2)
})

test('a strength of a young topic is never marked up, also where peaks were fewer than theory says', () => {
  const covers = (_: string, kind: string) => kind === 'sentiment'
  const measures = measuresOf({ labels: { emotion: [] }, targets: [], phrases: [], covers })
  const window = { from: iso(start - 2 * 86_400_000), to: iso(start) }
  const question = { model: 'm', window, stepMs: 600_000, measures: measures.map(({ id }) => id), phrases: [] }
  const share = (_: string, ms: number) => (ms >= start - 12 * hourMs ? 0.45 : 0.3)
  const tallies = talliesOf({ topic: 'talks', version: 1 }, question, { share })
  const [usual, rarer] = [byTheory, { perHour: byTheory.perHour / 3, theta: 1 }].map((tail) => {
    const priorOf = (measure: (typeof measures)[number]) => ({ ...unlearntPool(measure), tail })
    const errorOf = () => ({ share: 0, difference: 0 })
    const seen = watch(
      { ...{ tallies, measures, priorOf, errorOf, told: [], floorMs: 0 }, baselineMs: 14 * 86_400_000 },
      216,
    )
    return seen.readingsAt(288).find(({ measure }) => measure.id === 'sentiment.negative')!.log
  })
  expect(usual).toBeGreaterThan(4)
  expect(rarer!).toBeLessThanOrEqual(usual!)
})

test('a campaign in a language that the model does not read is not gone', async () => {
  const shift = shiftOf({ measure: 'campaign.c1', phrase: null, direction: 'up' })
  const alert = alertOf({ state: 'closed', reason: '', kind: 'campaign', shifts: [shift] })
  const crowd = crowdOf({ summary: async ({ window }) => ({ window, authors: 30, scoredAuthors: 0 }) as Summary })
  expect(await crowd(alert)).toBe(true)
})

test('topics that are there at the first look teach', async () => {
  const window = { from: iso(start - 15 * 86_400_000), to: iso(start) }
  const question = { model: 'tones@1', window, stepMs: 600_000, measures: sharesIn(tones, []), phrases: [] }
  const tallies = talliesOf({ topic: 'talks', version: 1 }, question, {})
  const engine = {
    ...{
      parts: { model: { id: 'tones@1', labels: tones } },
      held: { all: () => [{ topic: topicOf('talks'), tallies }] },
    },
    ...{ now: () => start, pooledMs: Number.NEGATIVE_INFINITY, pool: unlearntPool },
  } as unknown as Engine
  await teach(engine, signal)
  expect(engine.pool(volume).profile).not.toEqual(unlearntPool(volume).profile)
})

test('labels for Alertmanager do not change while an alert lives, though another measure leads by then', async () => {
  const change = () => ({
    ...{ before: { estimate: 10, low: 8, high: 12 }, after: { estimate: 30, low: 25, high: 35 }, difference: null },
    ...{ voices: { before: 400, after: 90 }, by: 1.1, chance: 0.1, isProbable: true, isCertain: true },
  })
  const lead = { measure: volume, log: 12, began: 100, from: 0, direction: 'up', change }
  const before = alertOf({ state: 'early' })
  const turn = { state: 'confirmed', reason: '', readings: [lead], open: {} }
  const walked = {
    turn,
    atMs: start,
    step: 110,
    seen: { fromMs: start - 110 * 600_000, heldFrom: () => start - 86_400_000 },
  }
  const recording = {
    rule: { id: before.rule, name: 'n', severity: before.severity },
    topic: topicOf('talks'),
    model: before.model,
  }
  const more = { topics: 1, nowMs: start, stepMs: 600_000, phraseOf: () => null }
  const confirmed = recordOf(walked as never, before, { ...recording, ...more } as never)
  const labels = async (one: Alert) => {
    const { body } = alertmanagerCall(await write([one]), channel('hook', 'alertmanager', {}), { nowMs: start })
    return JSON.parse(body)[0].labels
  }
  const [first, then] = [await labels(before), await labels({ ...confirmed, topic: before.topic })]
  expect(then).toEqual(first)
})
