// Explanations out of a real store, where it is known by construction why something changed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert, Explanation } from '../../alarms.ts'
import { explain, type Knowing } from '../../alerts/explain.ts'
import { copyKey } from '../../copies.ts'
import type { Score } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { topicOf } from '../doubles/tallies.ts'
import { openEmbedded } from '../store/embedded.ts'
import { addition, minute, noError, type ScoreOptions, scoreOf, seeded } from '../store/scores.ts'
import { alertOf, shiftOf } from './alert.ts'

let opened: Opened
let nowMs = Date.parse(minute(2_000))
beforeAll(async () => {
  opened = await openEmbedded({ now: () => nowMs })
})
afterAll(() => opened.close())

let topics = 0
/** A topic of its own, its posts, and alerts about it: ten hours before, two since. */
function world() {
  const ref = { topic: `topic ${topics++}`, version: 1 }
  let arrival = 0
  const scores: Score[] = []
  const say = (author: string, at: number, negative: number, more: ScoreOptions = {}) => {
    const text = more.post?.text ?? `what ${author} says at ${at}, ${arrival}`
    const sentiment = { negative, neutral: 0.5 * (1 - negative), positive: 0.5 * (1 - negative) }
    const post = { author, at: minute(at), text, ...more.post }
    const id = `${ref.topic} ${arrival}`
    scores.push(scoreOf(id, { topic: ref, arrival: ++arrival, sentiment, copy: copyKey(text), ...more, post }))
    return id
  }
  const add = () => opened.store.add(addition(scores.splice(0), { scope: [ref] }))
  const alert = (measure: string, more: Partial<Alert> = {}) =>
    alertOf({
      topic: { ...ref, name: ref.topic },
      ...{ before: { from: minute(0), to: minute(600) }, after: { from: minute(600), to: minute(720) } },
      ...{ began: { from: minute(590), to: minute(610) }, seenAt: new Date(nowMs).toISOString() },
      ...{ shifts: [shiftOf({ measure })], ...more },
    })
  return { ref, say, add, alert }
}

const knowing = (more: Partial<Knowing> = {}): Knowing => ({
  ...{
    ask: opened.store.askLater,
    errors: noError,
    topicOf: () => undefined,
    themes: async () => [],
    stories: async () => [],
  },
  topics: () => [],
  formerOf: () => null,
  ...more,
})
const why = (alert: Alert, more: Partial<Knowing> = {}) => explain(alert, knowing(more), new AbortController().signal)
const partOf = ({ causes }: Explanation, cause: string) => causes.find((one) => one.cause === cause)?.part.estimate
const many = (count: number) => Array.from({ length: count }, (_, nr) => nr)

describe('why a share changed', () => {
  it('the same accounts changed: all of it is theirs', async () => {
    const { say, add, alert } = world()
    for (const nr of many(30)) {
      say(`a${nr}`, nr * 20, 0.2)
      say(`a${nr}`, 601 + nr, 0.6)
    }
    await add()
    const found = await why(alert('sentiment.negative'))
    expect(found.shift).toMatchObject({ direction: 'up', voices: { before: 30, after: 30 } })
    expect(found.causes.map(({ cause }) => cause)).toEqual(['same accounts'])
    expect(partOf(found, 'same accounts')).toBeCloseTo(0.4, 5)
    expect(found).toMatchObject({ themes: [], headlines: [], campaigns: [], accounts: { looked: 30, of: 30 } })
  })

  it('what one account says twenty times in a day is one voice', async () => {
    const { say, add, alert } = world()
    for (const nr of many(30)) for (const at of [nr, 610 + nr]) say(`a${nr}`, at, 0.2)
    for (const nr of many(60)) say('a0', 650, 0.9, { post: { text: `once more, for the time ${nr}` } })
    await add()
    const { shift } = await why(alert('sentiment.negative'))
    expect(shift!.voices).toEqual({ before: 30, after: 30 })
    expect(shift!.after.estimate).toBeLessThan(0.23)
  })

  it('another platform came: it is the mix', async () => {
    const { say, add, alert } = world()
    for (const nr of many(30)) for (const at of [nr, 610 + nr]) say(`a${nr}`, at, 0.2)
    for (const nr of many(30)) say(`b${nr}`, 620 + nr, 0.8, { post: { source: 'elsewhere' } })
    await add()
    const found = await why(alert('sentiment.negative'))
    expect(partOf(found, 'platforms')).toBeCloseTo(0.3, 5)
    expect(partOf(found, 'same accounts')).toBeCloseTo(0, 5)
  })

  it('one text flooded in: it is a campaign, also where each copy is a little different', async () => {
    const { say, add, alert } = world()
    for (const nr of many(40)) for (const at of [nr, 610 + nr]) say(`a${nr}`, at, 0.2)
    const call = 'All who live along this river ask the council to open the gates before the summer'
    for (const nr of many(40)) say(`bot${nr}`, 620 + nr, 0.9, { post: { text: `${call} #gates${nr}` } })
    await add()
    const found = await why(alert('sentiment.negative'))
    expect(partOf(found, 'campaign')! / (found.shift!.difference!.estimate ?? 1)).toBeGreaterThan(0.9)
    expect(found.campaigns).toMatchObject([{ posts: 40, authors: 40 }])
    expect(found.campaigns[0]!.id).toMatch(/^[0-9a-f]{12}$/)
    expect(JSON.stringify(found)).not.toMatch(/council|bot\d|gates/)
    const rush = await why(alert('volume', { kind: 'volume' }))
    expect(partOf(rush, 'campaign')).toBeCloseTo(20, 5)
    const led = await why(alert(`campaign.${found.campaigns[0]!.id}`, { kind: 'campaign' }))
    expect(led.shift!.after.estimate).toBeCloseTo(0.5, 5)
  })

  it('a phrase came up: counted by whole words, new where nobody had it', async () => {
    const { say, add, alert } = world()
    const hasIt = (nr: number, since: boolean) => since && nr < 20
    for (const nr of many(60)) {
      say(`a${nr}`, nr, 0.2, { post: { text: `the trams are late once more, ${nr}` } })
      say(`b${nr}`, 610 + nr, 0.2, { post: { text: `the ${hasIt(nr, true) ? 'Fare-rise' : 'farerise trams'}, ${nr}` } })
    }
    await add()
    const phrases = [
      { id: 'fare-rise', phrase: 'fare rise', forms: ['fare rise', 'fare-rise'] },
      { id: 'tram', phrase: 'trams', forms: ['trams'] },
    ]
    const asked: string[] = []
    const found = await why(alert('sentiment.negative'), {
      topicOf: (id, version) => ({ id, version }) as never,
      themes: async (topic, { from }, model) => {
        asked.push(`${topic.id} ${topic.version} ${from} ${model}`)
        return phrases
      },
    })
    // What it may have begun with was said while it may have begun.
    expect(asked).toEqual([`${alert('').topic.topic} 1 ${minute(590)} tiny@1`])
    expect(found.themes).toMatchObject([{ id: 'fare-rise', before: { estimate: 0 }, after: { estimate: 20 / 60 } }])
    const led = await why(alert('theme.fare-rise', { shifts: [shiftOf({ measure: 'theme.x', phrase: 'Fare-rise' })] }))
    expect(led.shift!.after.estimate).toBeCloseTo(1 / 3, 5)
  })

  it('tells nothing of fewer than ten accounts, and nothing about no measure', async () => {
    const { say, add, alert } = world()
    for (const nr of many(9)) for (const at of [nr, 610 + nr]) say(`a${nr}`, at, at < 600 ? 0.1 : 0.9)
    await add()
    const few = await why(alert('sentiment.negative'))
    expect(few).toMatchObject({ causes: [], shift: { before: { estimate: null }, difference: null } })
    expect(await why(alert('nonsense'))).toMatchObject({ shift: null, causes: [] })
    expect(await why(alert('', { kind: 'collection', shifts: [] }))).toMatchObject({ shift: null, causes: [] })
    expect((await why(alert('', { shifts: [] }))).shift).toBeNull()
  })

  it('sees what was received by then, less what is gone now', async () => {
    const { say, add, alert, ref } = world()
    const ids = many(24).map((nr) => say(`a${nr}`, nr % 2 ? 610 : 10, 0.3))
    await add()
    const told = alert('sentiment.negative')
    nowMs += 60_000
    for (const nr of many(30)) say(`late${nr}`, 650, 0.9)
    await add()
    expect((await why(told)).shift!.voices).toEqual({ before: 12, after: 12 })
    await opened.store.forget([{ op: 'delete', source: 'file', id: ids[1]!, at: minute(700), revision: null }])
    expect((await why(told)).shift!.voices).toEqual({ before: 12, after: 11 })
    expect((await why({ ...told, seenAt: new Date(nowMs).toISOString() })).shift!.voices.after).toBe(41)
    expect(ref.version).toBe(1)
  })
})

describe('why more or fewer accounts post', () => {
  it('hours that were not collected are left out on both sides', async () => {
    const { say, add, alert } = world()
    const source = `source of ${alert('').topic.topic}`
    const random = seeded(3)
    for (const hour of many(12))
      for (const nr of many(12))
        if (hour !== 3) say(`a${hour} ${nr}`, hour * 60 + Math.floor(random() * 60), 0.3, { post: { source } })
    await add()
    const whole = await why(alert('volume', { kind: 'volume' }))
    expect(whole.shift!.before.estimate).toBeCloseTo(10.8, 5)
    await opened.store.note([{ op: 'gap', source, from: minute(185), to: minute(235), reason: 'a test' }])
    const mended = await why(alert('volume', { kind: 'volume' }))
    expect(mended.shift).toMatchObject({ before: { estimate: 12 }, after: { estimate: 12 }, difference: null })
    expect(mended.causes.reduce((sum, { part }) => sum + part.estimate!, 0)).toBeCloseTo(0, 9)
  })
})

describe('why our own numbers changed', () => {
  /** Forty posts as read before and now: the share of a negative tone of each, null where it has none. */
  const reread = async (
    read: (nr: number) => [number | null, number | null],
    now: { version: number; model: string },
  ) => {
    const { ref, say, add, alert } = world()
    for (const nr of many(40)) {
      const post = { text: `said by ${nr}`, id: `${ref.topic} own ${nr}` }
      const [before, after] = read(nr)
      if (before !== null) say(`a${nr}`, 610 + nr, before, { model: 'one@1', post })
      if (after !== null)
        say(`a${nr}`, 610 + nr, after, { model: now.model, topic: { ...ref, version: now.version }, post })
    }
    await add()
    const topic = { topic: ref.topic, version: now.version, name: 'x' }
    const asked = alert('', { kind: 'model', shifts: [], model: now.model, topic })
    return why(asked, { formerOf: () => ({ topic: ref, model: 'one@1' }) })
  }

  it('another model reads the same posts otherwise; what it has not read yet says nothing', async () => {
    const found = await reread((nr) => [0.2, nr < 10 ? null : 0.5], { version: 1, model: 'two@1' })
    expect(found.causes.map(({ cause }) => cause)).toEqual(['our model'])
    expect(partOf(found, 'our model')).toBeCloseTo(0.3, 5)
    expect(found.shift).toMatchObject({
      measure: 'sentiment.negative',
      direction: 'up',
      voices: { before: 30, after: 30 },
    })
    expect(found.themes).toEqual([])
  })

  it('another query finds other posts', async () => {
    const found = await reread((nr) => [nr < 20 ? 0.2 : null, nr < 20 ? 0.2 : 0.8], { version: 2, model: 'one@1' })
    expect(found.causes.map(({ cause }) => cause)).toEqual(['our query'])
    expect(partOf(found, 'our query')).toBeCloseTo(0.3, 5)
  })

  it('both at once add up', async () => {
    const found = await reread((nr) => [nr < 20 ? 0.2 : null, nr < 20 ? 0.4 : 0.8], { version: 2, model: 'two@1' })
    // Twenty posts of forty, and of twenty, read by .2 more: three quarters of that.
    expect(partOf(found, 'our model')).toBeCloseTo(0.15, 5)
    expect(partOf(found, 'our model')! + partOf(found, 'our query')!).toBeCloseTo(0.4, 5)
  })

  it('of another model is told topic by topic, the largest difference first', async () => {
    const read = async (by: number) => {
      const { ref, say, add, alert } = world()
      for (const nr of many(30)) {
        const post = { text: `said by ${nr}`, id: `${ref.topic} own ${nr}` }
        say(`a${nr}`, 10 + nr, 0.2, { model: 'one@1', post })
        // Read anew long after the alert.
        nowMs += 1_000
        say(`a${nr}`, 10 + nr, 0.2 + by, { model: 'two@1', post })
      }
      await add()
      return { topic: topicOf(ref.topic, { name: `by ${by}` }), alert: alert('') }
    }
    const [little, much, none] = [await read(0.1), await read(0.4), await read(0)]
    const empty = { ...little.topic, id: 'nobody', name: 'nobody' }
    const all = { topic: '', version: 0, name: 'all topics' }
    const asked = { ...little.alert, kind: 'model' as const, model: 'two@1', former: 'one@1', shifts: [], topic: all }
    const { reread, shift, causes } = await why(asked, {
      topics: () => [little.topic, empty, much.topic, none.topic],
      formerOf: ({ former }, topic) => ({ topic, model: former! }),
    })
    expect({ shift, causes }).toEqual({ shift: null, causes: [] })
    expect(reread!.map(({ name }) => name)).toEqual(['by 0.4', 'by 0.1', 'by 0'])
    expect(reread![0]!.shift.difference!.estimate).toBeCloseTo(0.4, 5)
    expect(reread![0]!.shift.before.estimate).toBeCloseTo(0.2, 5)
    expect(reread![2]!.shift.difference!.estimate).toBeCloseTo(0, 5)
  })

  it('is nothing where it is not known what was before, or nothing differs', async () => {
    const { alert } = world()
    expect(await why(alert('', { kind: 'model', shifts: [] }))).toMatchObject({ shift: null, causes: [], themes: [] })
    const same = await reread(() => [0.2, null], { version: 1, model: 'one@1' })
    expect(same).toMatchObject({ shift: null, causes: [] })
  })
})
