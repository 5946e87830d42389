// Phrases and campaigns, once an hour: remembered for two days, told once, counted on while they go on.
import { describe, expect, test } from 'vitest'
import { openFresh } from '../../alerts/findings.ts'
import { ruleOf } from '../../alerts/rule.ts'
import type { Window } from '../../answers.ts'
import type { Campaigns, Themes } from '../../conclusions.ts'
import type { Batch, Log, Topic } from '../../types.ts'
import { stepMs, talliesOf, topicOf } from '../doubles/tallies.ts'
import { start, usual } from './looping.ts'

const hourMs = 3_600_000
const iso = (ms: number) => new Date(ms).toISOString()
const topic = topicOf('talks')
const rule = ruleOf({ ...usual, id: 'all', measures: [] }, { origin: 'user', at: '' })
const phrase = (id: string) => ({ id, phrase: id, forms: [id], authors: 20 }) as unknown as Themes['themes'][number]
const campaign = (id: string, fromMs: number, toMs: number, posts: number) =>
  ({
    ...{ id, posts, authors: posts, share: posts / 400, members: [`${id}-post`], example: null },
    window: { from: iso(fromMs), to: iso(toMs) },
  }) as unknown as Campaigns['campaigns'][number]

/** Settings alone. */
function openSettings() {
  const kept = new Map<string, string>()
  return {
    kept,
    settings: async (prefix: string) =>
      [...kept].flatMap(([key, value]) =>
        key.startsWith(prefix) ? [{ position: 1, change: { op: 'setting' as const, key, value } }] : [],
      ),
    append: async ({ changes }: Batch) => {
      for (const change of changes)
        if (change.op === 'setting')
          change.value === null ? kept.delete(change.key) : kept.set(change.key, change.value)
      return 1
    },
  }
}

function openWorld(log = openSettings()) {
  const asked: { what: string; window: Window }[] = []
  const world = { phrases: [] as string[], campaigns: [] as Campaigns['campaigns'], seed: 'a' }
  const within = ({ from, to }: Window, one: Campaigns['campaigns'][number]) =>
    one.window.to > from && one.window.from < to
  const fresh = openFresh({
    log: log as unknown as Pick<Log, 'settings' | 'append'>,
    model: { id: 'm' },
    themes: async (_: Topic, window: Window) => {
      asked.push({ what: 'themes', window })
      // Nobody had said it the day before.
      return { themes: Date.parse(window.to) >= start ? world.phrases.map(phrase) : [] }
    },
    campaigns: async (_: Topic, window: Window) => {
      asked.push({ what: 'campaigns', window })
      return { window, posts: 400, scanned: 400, campaigns: world.campaigns.filter((one) => within(window, one)) }
    },
  })
  const look = async (untilMs: number, signal = new AbortController().signal) => {
    const window = { from: iso(untilMs - 30 * hourMs), to: iso(untilMs) }
    const question = { model: 'm', window, stepMs, measures: [], phrases: [] }
    const tallies = talliesOf({ topic: 'talks', version: 1 }, question, { seedOf: () => world.seed })
    const looked = [{ topic, tallies, phrases: [], isSteady: true }]
    await fresh.begin([topic], untilMs)
    await fresh.look(looked, { untilMs, note: () => {}, signal })
    return looked
  }
  return { asked, world, fresh, look, log }
}
const phrasesOf = ({ fresh }: ReturnType<typeof openWorld>) => fresh.phrasesOf(topic).map(({ id }) => id)

describe('phrases', () => {
  test('are looked for once an hour, and watched for two days', async () => {
    const world = openWorld()
    world.world.phrases = ['rails']
    await world.look(start)
    expect(phrasesOf(world)).toEqual(['rails'])
    const before = world.asked.length
    await world.look(start + 50 * 60_000)
    expect(world.asked.length).toBe(before)
    world.world.phrases = ['fares']
    await world.look(start + hourMs)
    expect(phrasesOf(world)).toEqual(['rails', 'fares'])
    world.world.phrases = []
    await world.look(start + 48 * hourMs)
    expect(phrasesOf(world)).toEqual(['fares'])
  })

  test('are watched after a restart, as long as before, and go with their topic', async () => {
    const { log, ...before } = openWorld()
    before.world.phrases = ['rails']
    await before.look(start)
    const after = openWorld(log)
    await after.fresh.begin([topic], start + 600_000)
    expect(phrasesOf({ ...after, log })).toEqual(['rails'])
    // It looks as a first look does.
    await after.look(start + 600_000)
    expect(after.asked.length).toBeGreaterThan(0)
    expect(phrasesOf({ ...after, log })).toEqual(['rails'])
    const late = openWorld(log)
    await late.fresh.begin([topic], start + 48 * hourMs)
    expect(phrasesOf(late)).toEqual([])
    expect(log.kept.size).toBe(0)
    before.world.phrases = ['fares']
    await before.look(start + 2 * hourMs)
    expect(log.kept.size).toBe(1)
    await openWorld(log).fresh.begin([], start + 2 * hourMs)
    expect(log.kept.size).toBe(0)
  })

  test('that are not what was written stop the loop', async () => {
    const log = openSettings()
    log.kept.set('alert-phrases:talks@1', '[')
    await expect(openWorld(log).fresh.begin([topic], start)).rejects.toThrow('not what this version wrote')
  })

  test('are twelve at most: those that are watched are watched to the end', async () => {
    const world = openWorld()
    const old = Array.from({ length: 8 }, (_, nr) => `old ${nr}`)
    world.world.phrases = old
    await world.look(start)
    world.world.phrases = Array.from({ length: 6 }, (_, nr) => `new ${nr}`)
    await world.look(start + hourMs)
    expect(phrasesOf(world)).toEqual([...old, ...world.world.phrases.slice(0, 4)])
  })
})

describe('campaigns', () => {
  const alerts = (
    world: ReturnType<typeof openWorld>,
    looked: Awaited<ReturnType<typeof world.look>>,
    nowMs: number,
    kept: ReturnType<typeof world.fresh.campaignAlerts> = [],
  ) => world.fresh.campaignAlerts(rule, looked, { kept, nowMs })

  test('of two days are found by a first look, of one by all others', async () => {
    const world = openWorld()
    world.world.campaigns = [campaign('c', start - 30 * hourMs, start - 28 * hourMs, 40)]
    const [alert] = alerts(world, await world.look(start), start)
    // It is long over: told as that, as of then.
    expect(alert).toMatchObject({ kind: 'campaign', state: 'closed', openedAt: iso(start - 28 * hourMs) })
    await world.look(start + hourMs)
    const spans = world.asked
      .filter(({ what }) => what === 'campaigns')
      .map(({ window: { from, to } }) => (Date.parse(to) - Date.parse(from)) / hourMs)
    expect(spans).toContain(48)
    expect(spans.at(-1)).toBe(24)
  })

  test('have one id, grow while they go on, and are over a day after their last post', async () => {
    const world = openWorld()
    world.world.campaigns = [campaign('c', start - 2 * hourMs, start, 40)]
    const [first] = alerts(world, await world.look(start), start)
    expect(first).toMatchObject({ state: 'confirmed', after: { from: iso(start - 2 * hourMs), to: iso(start) } })
    expect(alerts(world, await world.look(start), start, [first!])).toEqual([])
    world.world.campaigns = [campaign('c', start - 2 * hourMs, start + 3 * hourMs, 90)]
    const [grown] = alerts(world, await world.look(start + 3 * hourMs), start + 3 * hourMs, [first!])
    expect(grown).toMatchObject({ id: first!.id, state: 'confirmed', detail: '90 accounts posted one text 90 times.' })
    expect(grown!.history).toEqual(first!.history)
    const late = start + 28 * hourMs
    const [over] = alerts(world, await world.look(late), late, [grown!])
    expect(over).toMatchObject({ id: first!.id, state: 'closed' })
    expect(alerts(world, await world.look(late), late, [over!])).toEqual([])
  })

  test('keep their id when another wording is the commonest by now, and two do not share one', async () => {
    const world = openWorld()
    const posts = ['one', 'two', 'three']
    const as = (id: string, members: string[], toMs = start) => ({ ...campaign(id, start - hourMs, toMs, 40), members })
    world.world.campaigns = [as('c', posts)]
    const [first] = alerts(world, await world.look(start), start)
    const later = start + 2 * hourMs
    world.world.campaigns = [as('d', ['three', 'two'], later), as('e', ['one'], later), as('f', ['other'], later)]
    const [grown, ...others] = alerts(world, await world.look(later), later, [first!]).toSorted((a, b) =>
      a.id === first!.id ? -1 : b.id === first!.id ? 1 : 0,
    )
    expect(grown).toMatchObject({ id: first!.id, after: { to: iso(later) } })
    expect(others).toHaveLength(2)
    expect(new Set(others.map(({ id }) => id)).size).toBe(2)
  })

  test('keep their id over a restart, and when the query is another one', async () => {
    const { log, ...world } = openWorld()
    world.world.campaigns = [campaign('c', start - 2 * hourMs, start, 40)]
    const [first] = alerts({ ...world, log }, await world.look(start), start)
    const later = start + hourMs
    const after = openWorld(log)
    after.world.campaigns = [campaign('d', start - hourMs, later, 60)]
    const [looked] = await after.look(later)
    const [grown, ...others] = alerts(after, [looked!], later, [first!])
    expect(others).toEqual([])
    expect(grown).toMatchObject({ id: first!.id, after: { to: iso(later) } })
    const edited = openWorld()
    edited.world.campaigns = [campaign('c', start - 2 * hourMs, start, 40)]
    const version = { ...topic, version: 2 }
    await edited.fresh.begin([version], start)
    const [seen] = await edited.look(start)
    await edited.fresh.look([{ ...seen!, topic: version }], {
      untilMs: start,
      note: () => {},
      signal: new AbortController().signal,
    })
    expect(alerts(edited, [{ ...seen!, topic: version }], start, [first!])).toEqual([])
  })

  test('are not looked for where nobody waits', async () => {
    const world = openWorld()
    await world.look(start, AbortSignal.abort())
    expect(world.asked).toEqual([])
  })
})
