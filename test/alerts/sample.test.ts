// The bundled sample through the very loop that runs: log, encoder, store, alerts. Its shift in mid-window is told once, early
// and then as sure, with what made it; its copy campaign as a campaign and by no shift; and the same posts read by another
// model make one alert that says so, and nothing else.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert, Alerts } from '../../alarms.ts'
import { openConcluding } from '../../concluding.ts'
import { readConfig } from '../../config.ts'
import { openDial } from '../../dial.ts'
import definitions from '../../ingest/sample/topics.json' with { type: 'json' }
import { sampleSource } from '../../ingest/sample.ts'
import { silent } from '../../journal.ts'
import { open, openModel, type Pipeline } from '../../pipeline.ts'
import type { Mention, Model, Score } from '../../types.ts'
import { watchTopics } from '../../watching.ts'

/**
 * Ever the same time of day, and below ever the same keys: at which minute an account's hour begins is drawn by both, and so
 * which posts are voices. Of fourteen other keys and times of day, tried by hand with undercurrent-minilm@5, each tells once:
 * early, 0 to 5 hours after the shift begins, then confirmed, after 4.5 to 5.5.
 */
const dayMs = 86_400_000
const end = Math.floor((Date.now() - 12 * 3_600_000) / dayMs) * dayMs + 12 * 3_600_000 - 30_000
const keys = { tombstone: '11'.repeat(32), authors: [{ since: new Date().toISOString(), key: '44'.repeat(32) }] }
/** A minute of the sample's 36 hours. */
const at = (minute: number) => new Date(end - (2159 - minute) * 60_000).toISOString()
const hours = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 3_600_000

interface Running {
  pipeline: Pipeline
  alerts: Alerts
  /** As they were told to who listens. */
  told: Alert[]
  stop: () => Promise<void>
}

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-loop-'))
/** What the encoder said, for a model that says the same under another name. */
const said = new Map<string, Score>()
const keyOf = ({ topic, post }: Mention) => `${topic} ${post.source} ${post.id}`
let first: Running | null = null

async function begin(loadModel: () => Promise<Model>, isFirst: boolean): Promise<Running> {
  const config = readConfig({ data: join(folder, 'data'), offline: true, config: 'undercurrent.yaml' }, {})
  const topic = definitions.find(({ id }) => id === 'peace-talks')!
  const rule = { id: 'talks', name: 'Talks', topics: ['peace-talks'], budget: { messages: 2, perMs: 86_400_000 } }
  const wanted = { ...config, sample: false, topics: [{ ...topic, tags: [] }], alerts: [rule] }
  const pipeline = await open(wanted, silent, { loadModel })
  if (isFirst)
    for await (const batch of sampleSource({ now: () => end }).read(null, new AbortController().signal))
      await pipeline.log.append(batch)
  const ending = new AbortController()
  const run = pipeline.run(ending.signal)
  run.catch(() => {})
  const concluding = openConcluding(pipeline)
  const alerts = await watchTopics(pipeline, {
    dial: openDial(),
    note: silent,
    concluding,
    stories: async () => [],
    now: () => end + 90_000,
  })
  const told: Alert[] = []
  alerts.listen(({ alert }) => told.push(alert))
  const watching = alerts.run(ending.signal)
  const stop = async () => {
    ending.abort()
    await watching
    concluding[Symbol.dispose]()
    await run.finally(() => pipeline[Symbol.asyncDispose]())
  }
  return { pipeline, alerts, told, stop }
}

/** Until the loop has told all that it has to tell at first. */
async function looked({ told, alerts }: Running, kind: Alert['kind']): Promise<Alert[]> {
  while (!told.some((alert) => alert.kind === kind)) await pause(100)
  return alerts.list()
}

async function recorder(): Promise<Model> {
  const model = await openModel(readConfig({ offline: true, config: 'undercurrent.yaml' }, {}))
  const score = async (mentions: Mention[]) => {
    const scores = await model.score(mentions)
    for (const one of scores) said.set(keyOf(one.mention), one)
    return scores
  }
  return { ...{ id: model.id, labels: model.labels, score }, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() }
}

let all: Alert[]
beforeAll(async () => {
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  writeFileSync(join(folder, 'data/keys.json'), JSON.stringify(keys), { mode: 0o600 })
  first = await begin(recorder, true)
  all = await looked(first, 'campaign')
}, 120_000)
afterAll(async () => {
  await first?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const shiftsOf = (alerts: Alert[]) => alerts.filter(({ kind }) => kind !== 'campaign')
/** The sample came in now, whenever it says that it was posted. */
const why = (alert: Alert) =>
  first!.alerts.explain({ ...alert, seenAt: new Date().toISOString() }, new AbortController().signal)

describe('the shift in mid-window', () => {
  test('is told once: early, then confirmed', () => {
    const shifts = shiftsOf(all)
    expect(shifts).toHaveLength(1)
    const [{ history, shifts: measures, began }] = shifts as [Alert]
    expect(history.slice(0, 2).map(({ state }) => state)).toEqual(['early', 'confirmed'])
    // It fades after six hours, which may end it.
    expect(['', 'closed']).toContain(
      history
        .slice(2)
        .map(({ state }) => state)
        .join(' '),
    )
    const [early, confirmed] = history as [Alert['history'][number], Alert['history'][number]]
    expect(hours(at(1_260), early.at)).toBeGreaterThan(-0.2)
    expect(hours(at(1_260), early.at)).toBeLessThan(6)
    expect(hours(at(1_260), confirmed.at)).toBeLessThan(8)
    expect(measures[0]).toMatchObject({ measure: 'sentiment.negative', direction: 'up' })
    expect(measures[0]!.before.estimate).toBeCloseTo(0.27, 1)
    expect(measures[0]!.after.estimate).toBeCloseTo(0.43, 1)
    expect(began.from < at(1_290) && began.to > at(1_230)).toBe(true)
  })

  test('is explained by accounts and what they bring up, not by the campaign', async () => {
    const [shift] = shiftsOf(all) as [Alert]
    const explanation = await why(shift)
    const { causes, themes, campaigns } = explanation
    const part = (cause: string) => causes.find((one) => one.cause === cause)?.part.estimate ?? 0
    const whole = causes.reduce((sum, one) => sum + one.part.estimate!, 0)
    expect(whole).toBeGreaterThan(0.1)
    expect(part('other accounts') + part('same accounts')).toBeGreaterThan(0.9 * whole)
    expect(part('same accounts')).toBeGreaterThan(0.01)
    const { text, facts } = first!.alerts.wordsOf({ ...shift, state: 'confirmed' }, explanation)
    expect(text).not.toContain('campaign')
    expect(facts.find(({ label }) => label === 'Why')!.value).toMatch(/other accounts: \d+ points/)
    expect(themes.map(({ phrase }) => phrase)).toContain('Dnipro')
    expect(campaigns).toEqual([])
  })
})

describe('the copy campaign', () => {
  test('is told as one, by its numbers', async () => {
    const campaigns = all.filter(({ kind }) => kind === 'campaign')
    expect(campaigns).toHaveLength(1)
    const [campaign] = campaigns as [Alert]
    expect(campaign).toMatchObject({ state: 'confirmed', detail: '37 accounts posted one text 41 times.' })
    expect(campaign.began.from >= at(700) && campaign.began.from <= at(705)).toBe(true)
    const { title, text } = first!.alerts.wordsOf(campaign, await why(campaign))
    expect(title).toMatch(/^A campaign about /)
    expect(text).toContain('not a shift of opinion')
  })

  test('by no shift, of whatever measure', () => {
    const during = ({ openedAt }: Alert) => openedAt > at(690) && openedAt < at(1_260)
    expect(shiftsOf(all).filter(during)).toEqual([])
  })
})

test('the same posts read by another model: one alert that says so, nothing else', async () => {
  const { labels } = first!.pipeline.model
  await first!.stop()
  first = null
  const score = async (mentions: Mention[]) =>
    mentions.map((mention) => ({ ...said.get(keyOf(mention))!, mention, model: 'other@2' }))
  const double = async (): Promise<Model> => ({
    ...{ id: 'other@2', labels, score },
    [Symbol.asyncDispose]: async () => {},
  })
  first = await begin(double, false)
  const now = await looked(first, 'model')
  // A look of its own, in which the other model's numbers are held against what is ordinary.
  await pause(500)
  const before = new Set(all.map(({ id }) => id))
  const fresh = now.filter(({ id }) => !before.has(id))
  expect(fresh.map(({ kind, state, topic }) => [kind, state, topic.name])).toEqual([['model', 'closed', 'all topics']])
  expect(fresh[0]!.detail).toMatch(/^Posts were read by .*; from now on they are read by other@2\.$/)
  expect((await first.alerts.list()).length).toBe(all.length + 1)
  // What was open ends: what follows is another model's.
  const others = first.told.filter(({ kind }) => kind !== 'model')
  expect(others.filter(({ state }) => state !== 'closed')).toEqual([])
  // Read as before: the table of what the new one reads otherwise holds no difference.
  const { reread } = await first.alerts.explain(fresh[0]!, new AbortController().signal)
  expect(reread!.map(({ topic }) => topic)).toEqual(['peace-talks'])
  expect(reread![0]!.shift.difference!.estimate).toBeCloseTo(0, 6)
  expect(reread![0]!.shift.voices.before).toBeGreaterThan(150)
  const { title, text } = first.alerts.wordsOf(fresh[0]!)
  expect(title).toContain('not what people say')
  expect(text).toContain('not what people think')
}, 60_000)
