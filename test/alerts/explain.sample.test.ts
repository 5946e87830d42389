// The bundled sample, read by the bundled model: its shift in mid-window is told as accounts that came and changed, with what
// they began to bring up; its copy campaign as a campaign, and not as a shift of opinion. What is deleted leaves both.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert, Explanation } from '../../alarms.ts'
import { explain, type Knowing } from '../../alerts/explain.ts'
import { newCampaigns, newThemes } from '../../alerts/fresh.ts'
import { wordsOf } from '../../alerts/words.ts'
import type { Window } from '../../answers.ts'
import { readConfig } from '../../config.ts'
import { isCertain } from '../../difference.ts'
import definitions from '../../ingest/sample/topics.json' with { type: 'json' }
import { sampleSource } from '../../ingest/sample.ts'
import { silent } from '../../journal.ts'
import { campaigns } from '../../perspectives/campaigns.ts'
import { themes } from '../../perspectives/themes.ts'
import { open, type Pipeline } from '../../pipeline.ts'
import type { Change, Topic } from '../../types.ts'
import { alertOf, shiftOf } from './alert.ts'

const end = Date.now()
/** A minute of the sample's 36 hours. */
const at = (minute: number) => new Date(end - (2159 - minute) * 60_000).toISOString()
const window = (from: number, to: number): Window => ({ from: at(from), to: at(to) })

let folder: string
let pipeline: Pipeline
let topic: Topic
let stop: () => Promise<void>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-why-'))
  const config = readConfig({ data: join(folder, 'data'), offline: true, config: 'undercurrent.yaml' }, {})
  const wanted = definitions.find(({ id }) => id === 'peace-talks')!
  pipeline = await open({ ...config, sample: false, topics: [{ ...wanted, tags: [] }] }, silent)
  // Posts of other times need not be read; what was edited or deleted later is.
  const isNear = (change: Change) => change.op !== 'create' || (change.at >= at(360) && change.at < at(1_620))
  for await (const batch of sampleSource({ now: () => end }).read(null, new AbortController().signal))
    await pipeline.log.append({ ...batch, changes: batch.changes.filter(isNear) })
  const ending = new AbortController()
  const run = pipeline.run(ending.signal)
  run.catch(() => {})
  stop = async () => {
    ending.abort()
    await run.finally(() => pipeline[Symbol.asyncDispose]())
  }
  while ((await pipeline.status()).lag > 0) await Promise.race([pause(50), run])
  topic = pipeline.topics.get('peace-talks')!
}, 120_000)
afterAll(async () => {
  await stop?.()
  rmSync(folder, { recursive: true, force: true })
})

const asking = () => ({
  ask: pipeline.store.askLater,
  model: pipeline.model.id,
  error: pipeline.model.labels.modelError,
})
const knowing = (more: Partial<Knowing> = {}): Knowing => ({
  ask: pipeline.store.askLater,
  errors: pipeline.model.labels.modelError,
  topicOf: (id, version) => pipeline.topics.versions(id).find((one) => one.version === version),
  themes: async (of, during) => (await themes(of, during, asking())).themes,
  stories: async () => [],
  topics: () => [],
  formerOf: () => null,
  ...more,
})

function alertAt(measure: string, windows: { before: Window; after: Window }, more: Partial<Alert> = {}): Alert {
  const began = { from: new Date(Date.parse(windows.after.from) - 1_800_000).toISOString(), to: windows.after.from }
  const shifts = [shiftOf({ measure })]
  const known = { model: pipeline.model.id, seenAt: new Date(Date.now() + 1_000).toISOString() }
  return alertOf({
    topic: { topic: topic.id, version: topic.version, name: topic.name },
    ...windows,
    ...known,
    began,
    shifts,
    ...more,
  })
}
const why = (alert: Alert, more: Partial<Knowing> = {}) => explain(alert, knowing(more), new AbortController().signal)
/** As it reads now, in words. */
const told = (alert: Alert, explanation: Explanation) =>
  wordsOf({ ...alert, shifts: [explanation.shift!] }, { explanation, targets: topic.targets })
const partOf = ({ causes }: Explanation, cause: string) => causes.find((one) => one.cause === cause)?.part
const sum = ({ causes }: Explanation) => causes.reduce((all, { part }) => all + part.estimate!, 0)

/** The delegation walks out in minute 1260. */
const walkout = { before: window(780, 1260), after: window(1260, 1620) }
/** Forty-one posts by thirty-seven accounts in minutes 702 to 785. */
const copied = { before: window(360, 700), after: window(700, 790) }

describe('the shift in mid-window', () => {
  test('is certain, and accounts made it: no campaign, no platform', async () => {
    const alert = alertAt('sentiment.negative', walkout)
    const found = await why(alert)
    const { shift, causes } = found
    expect(shift).toMatchObject({ direction: 'up', voices: { before: 133, after: 169 } })
    // Within .05: each model reads the sample a little otherwise.
    const [before, after] = [shift!.before.estimate!, shift!.after.estimate!]
    expect(before).toBeCloseTo(0.28, 1)
    expect(after).toBeCloseTo(0.44, 1)
    expect(after - before).toBeGreaterThan(0.1)
    expect(isCertain(shift!.difference!)).toBe(true)
    expect(causes.map(({ cause }) => cause)).toEqual(['same accounts', 'other accounts'])
    expect(sum(found)).toBeCloseTo(shift!.difference!.estimate!, 9)
    expect(isCertain(partOf(found, 'other accounts')!)).toBe(true)
    expect(partOf(found, 'same accounts')!.estimate).toBeGreaterThan(0.02)
    expect(found.campaigns).toEqual([])
    expect(found.accounts).toEqual({ looked: 289, of: 289 })
    const { title, text } = told(alert, found)
    const [from, to] = [before, after].map((share) => `${Math.round(100 * share)}%`)
    expect(title).toBe(`Negative tone about direct Russia–Ukraine peace talks rose from ${from} to ${to}`)
    expect(text).toContain('come from accounts that came or left')
    expect(text).not.toContain('campaign')
  })

  test('brought up Dnipro, which nobody had before', async () => {
    const { themes: grown } = await why(alertAt('sentiment.negative', walkout))
    expect(grown.map(({ phrase }) => phrase)).toEqual(['Dnipro'])
    expect(grown[0]).toMatchObject({ before: { estimate: 0 } })
    expect(grown[0]!.after.estimate).toBeCloseTo(0.087, 3)
    const { text } = told(alertAt('sentiment.negative', walkout), await why(alertAt('sentiment.negative', walkout)))
    expect(text).toContain('More posts bring up “Dnipro” (new, 9%).')
    expect(
      (await newThemes(topic, walkout.after, (of, during) => themes(of, during, asking()))).map(({ id }) => id),
    ).toEqual(['dnipro'])
  })

  test('came with more accounts, some of them heard before', async () => {
    const found = await why(alertAt('volume', { ...walkout, after: window(1260, 1500) }, { kind: 'volume' }))
    expect(found.shift!.after.low!).toBeGreaterThan(found.shift!.before.high!)
    expect(sum(found)).toBeCloseTo(found.shift!.after.estimate! - found.shift!.before.estimate!, 9)
    for (const { part } of found.causes) expect(part.low!).toBeGreaterThan(0)
  })

  test('stands beside what was published around then, and only that', async () => {
    const story = (id: string, minute: number, more = {}) => ({
      ...{ id, url: `https://lantern.example/${id}`, headline: 'They left the room', at: at(minute), topic: topic.id },
      ...more,
    })
    const stories = [
      story('near', 1_200),
      story('early', 800),
      story('late', 1_400),
      story('other', 1_250, { topic: 'free-buses' }),
      story('hostile', 1_250, { url: 'javascript:alert(1)' }),
      story('undated', 1_250, { at: null }),
    ]
    const { headlines } = await why(alertAt('sentiment.negative', walkout), { stories: async () => stories })
    expect(headlines.map((one) => one.story)).toEqual(['near'])
  })
})

describe('the copy campaign', () => {
  test('is most of what seems to be a shift of opinion', async () => {
    const alert = alertAt('stance.land-for-ceasefire.neither', copied, { kind: 'stance' })
    const found = await why(alert)
    const campaign = partOf(found, 'campaign')!
    expect(found.shift!.difference!.estimate).toBeCloseTo(-0.25, 1)
    expect(isCertain(campaign)).toBe(true)
    expect(campaign.estimate! / sum(found)).toBeGreaterThan(0.75)
    expect(isCertain(partOf(found, 'other accounts')!)).toBe(false)
    expect(found.campaigns).toMatchObject([{ posts: 41, authors: 37 }])
    expect(told(alert, found).text).toMatch(
      /Most of the change, \d+ points .* by 37 accounts: a campaign, not a shift of opinion/,
    )
  })

  test('is most of what seems to be a rush of accounts, and called a campaign where it leads', async () => {
    const rush = alertAt('volume', copied, { kind: 'volume' })
    const found = await why(rush)
    expect(told(rush, found).text).toContain('a campaign, not a shift of opinion')
    const [begun] = await newCampaigns(topic, copied.after, {
      campaigns: (of, during) => campaigns(of, during, asking()),
      known: new Set(),
    })
    expect(begun).toMatchObject({ posts: 41, authors: 37 })
    const alert = alertAt(`campaign.${begun!.id}`, copied, { kind: 'campaign' })
    const led = await why(alert)
    expect(led.shift!.after.estimate).toBeGreaterThan(0.5)
    expect(told(alert, led).title).toMatch(/^A campaign about /)
  })

  test('is not new in a window without it', async () => {
    const asked = {
      campaigns: (of: Topic, during: Window) => campaigns(of, during, asking()),
      known: new Set<string>(),
    }
    expect(await newCampaigns(topic, walkout.after, asked)).toEqual([])
  })
})

describe('what is deleted', () => {
  test('leaves the explanation', async () => {
    const alert = alertAt('sentiment.negative', walkout)
    const filter = {
      topic: { topic: topic.id, version: topic.version },
      model: pipeline.model.id,
      window: walkout.after,
    }
    const { posts } = await pipeline.store.ask.posts(filter, { q: 'dnipro', limit: 500 })
    expect(posts.length).toBe(22)
    await pipeline.store.forget(
      posts.map(({ source, id }) => ({ op: 'delete', source, id, at: at(2_159), revision: null })),
    )
    const { themes: grown, shift } = await why(alert)
    expect(grown).toEqual([])
    expect(shift!.voices.after).toBeLessThan(169)
  })
})
