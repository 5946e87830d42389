// hackernews.ts against the double, one behaviour at a time, by a clock that moves when it is told to: where it begins,
// what it looks at again and when, what it makes of deletions and flags, and how it waits for trouble to pass.
import { afterEach, describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { type HackerNewsOptions, hackerNewsSource } from '../../ingest/hackernews.ts'
import { toldOf } from '../../ingest/hackernewsPost.ts'
import type { Batch, Change } from '../../types.ts'
import { until } from '../contract/source.ts'
import { HackerNewsDouble } from '../doubles/hackernews.ts'
import { openTime } from '../doubles/time.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const startMs = Date.parse('2026-11-22T12:00:00.000Z')
const doubles: HackerNewsDouble[] = []
const readers: AbortController[] = []
afterEach(async () => {
  for (const abort of readers.splice(0)) abort.abort()
  for (const double of doubles.splice(0)) await double[Symbol.asyncDispose]()
})

async function world() {
  const time = openTime(startMs)
  const double = await HackerNewsDouble.start({ seed: 5, now: time.now })
  doubles.push(double)
  const read = (cursor: string | null = null, options: Partial<HackerNewsOptions> = {}) => {
    const abort = new AbortController()
    readers.push(abort)
    const source = hackerNewsSource({
      ...{ host: double.url, rewindMs: 6 * hourMs, now: time.now, sleep: time.sleep },
      ...{ perSecond: Number.POSITIVE_INFINITY, ...options },
    })
    const batches: Batch[] = []
    const done = (async () => {
      for await (const batch of source.read(cursor, abort.signal)) batches.push(batch)
    })()
    const changes = () => batches.flatMap((batch) => batch.changes)
    const at = (next: number) => until(() => batches.at(-1)?.cursor?.includes(`"next":${next},`) === true)
    const stop = async () => {
      abort.abort()
      await done
      return batches.at(-1)?.cursor ?? cursor
    }
    return { source, batches, changes, at, stop }
  }
  /** Lets the clock run, in steps that leave the reader time to sleep again, until it looked for what is new after that. */
  const pass = async (ms: number) => {
    const untilMs = time.now() + ms
    await until(() => {
      time.advance(20_000)
      return time.now() >= untilMs
    })
    const before = double.asked.length
    await until(() => {
      time.advance(1_000)
      return double.asked.indexOf('updates', before) >= 0
    })
  }
  return { double, time, read, pass }
}
const briefly = (changes: Change[]) =>
  changes.map((change) => ('id' in change ? `${change.op} ${change.id}` : change.op))

describe('what an answer becomes', () => {
  const comment = { id: 7, type: 'comment', by: 'ann', time: startMs / 1000, text: 'so &lt;b&gt; it<p>goes', parent: 3 }
  const told = (more: object) => toldOf({ ...comment, ...more }, 7, startMs + 5_000)

  test('a comment is a post of plain words, a story its title and text with its score', () => {
    expect(told({})).toMatchObject({
      kind: 'post',
      post: {
        ...{ op: 'create', source: 'hackernews', id: '7', author: 'ann', text: 'so <b> it goes', replyTo: '3' },
        ...{ at: '2026-11-22T12:00:00.000Z', likes: null, reposts: null, revision: null, quotable: true, lang: null },
      },
    })
    const story = { type: 'story', title: 'Boats &amp; us', text: undefined, parent: undefined, score: 41 }
    expect(told(story)).toMatchObject({ post: { text: 'Boats & us', likes: 41, replyTo: null } })
    expect(told({ ...story, text: 'why?' })).toMatchObject({ post: { text: 'Boats & us\n\nwhy?' } })
    expect(told({ type: 'poll', title: 'Which?' })).toMatchObject({ post: { text: 'Which?\n\nso <b> it goes' } })
  })
  test.each<[string, object, object]>([
    ['a job is an advertisement', { type: 'job', title: 'Come' }, { kind: 'other' }],
    ['an option of a poll is no post', { type: 'pollopt' }, { kind: 'other' }],
    ['deleted', { deleted: true, by: undefined, text: undefined }, { kind: 'gone' }],
    ['dead', { dead: true }, { kind: 'gone' }],
    ['another id', { id: 8 }, { reason: 'bad_id' }],
    ['a type nobody knows', { type: 'essay' }, { reason: 'unknown_kind' }],
    ['no author', { by: undefined }, { reason: 'bad_author' }],
    ['no time', { time: 'noon' }, { reason: 'bad_time' }],
    ['a time before there was any', { time: 5 }, { reason: 'bad_time' }],
    ['a time far ahead', { time: startMs / 1000 + 90_000 }, { reason: 'bad_time' }],
    ['no words', { text: '<p> ' }, { reason: 'bad_text' }],
  ])('%s', (_, more, outcome) => {
    expect(told(more)).toMatchObject(outcome)
  })
  test.each([
    [[], 'malformed'],
    ['x', 'malformed'],
    [5, 'malformed'],
    [{}, 'bad_id'],
  ])('%j: %s', (body, reason) => {
    expect(toldOf(body, 7, startMs)).toMatchObject({ kind: 'drop', reason })
  })
  test('nothing is not there yet, a clock ahead is now, and no answer throws', () => {
    expect(toldOf(null, 7, startMs)).toEqual({ kind: 'absent' })
    const ahead = toldOf({ ...comment, time: startMs / 1000 + 60 }, 7, startMs)
    expect(ahead).toMatchObject({ post: { at: new Date(startMs).toISOString() } })
    for (const body of [
      { id: 7, __proto__: null },
      { ...comment, text: '\ud800' },
      { ...comment, by: '\ud800' },
    ])
      expect(() => toldOf(body, 7, startMs)).not.toThrow()
  })
})

describe('where it begins', () => {
  test('the first start finds the first id of its time in few looks, also past ids that are not there', async () => {
    const { double, read } = await world()
    for (let at = 0; at < 4_000; at++) double.add(startMs - 40 * hourMs + at * 36_000)
    const first = [...double.things.values()].find(({ atMs }) => atMs >= startMs - 6 * hourMs)!.id
    for (const id of [first - 1, first - 2, first + 3]) double.things.delete(id)
    const { batches, at, changes } = read()
    await at(4_001)
    expect(changes()).toHaveLength(4_000 - first)
    expect(JSON.parse(batches[0]!.cursor!)).toMatchObject({ first: first - 2 })
    const looks = double.asked.indexOf(`item/${first + 50}`)
    expect(looks).toBeLessThan(120)
  })
  test('a cursor that is none of ours crashes: we wrote it', () => {
    const source = hackerNewsSource({ host: 'http://127.0.0.1:9', rewindMs: 1 })
    const signal = new AbortController().signal
    for (const cursor of ['', '{}', '{"first":3,"next":2,"trail":3}', '{"first":"1","next":2,"trail":1}'])
      expect(() => source.read(cursor, signal)).toThrow(CorruptionError)
  })
  test('an absence of days is caught up with in order, is no gap, and nothing is asked for twice', async () => {
    const { double, time, read } = await world()
    for (let at = 0; at < 700; at++) double.add(startMs + at * 10 * minuteMs)
    time.advance(7_000 * minuteMs)
    const cursor = JSON.stringify({ first: 1, next: 1, trail: 1 })
    const reading = read(cursor, { batchLimit: 50 })
    const iterator = reading.source.read(cursor, AbortSignal.timeout(10_000))[Symbol.asyncIterator]()
    await iterator.next()
    expect(reading.source.status()).toMatchObject({ state: 'catching up', detail: expect.stringContaining('650') })
    await iterator.return?.()
    await reading.stop()
    double.asked.length = 0
    const again = read(cursor)
    await again.at(701)
    expect(briefly(again.changes())).toEqual(Array.from({ length: 700 }, (_, at) => `create ${at + 1}`))
    const items = double.asked.filter((path) => path.startsWith('item/'))
    // The posts of the last two hours are looked at again later; the others were old enough when they were read.
    expect(items).toHaveLength(700)
    expect(JSON.parse((await again.stop())!).trail).toBeGreaterThan(680)
    expect(again.source.status()).toMatchObject({ gaps: 0, received: 700 })
  })
})

describe('what is looked at again', () => {
  test('what /v0/updates names, within half a minute: an edit, a deletion, a score', async () => {
    const { double, read, pass } = await world()
    const [edited, deleted, , story] = [0, 1, 2, 3].map((at) => double.add(startMs - (30 - at) * minuteMs))
    Object.assign(story!, { type: 'story', title: 'Boats', score: 1 })
    const { changes, at } = read()
    await at(5)
    edited!.versions.push({ fromMs: startMs + minuteMs, text: 'on second thought' })
    deleted!.deletedMs = startMs + minuteMs
    await pass(2 * minuteMs)
    await until(() => changes().length === 6)
    story!.score = 9
    story!.visibleMs = startMs + 3 * minuteMs
    await pass(2 * minuteMs)
    await until(() => changes().length === 7)
    expect(briefly(changes()).slice(4)).toEqual(['update 1', 'delete 2', 'counts 4'])
    expect(changes()[4]).toMatchObject({ text: 'on second thought', revision: null })
    expect(changes()[5]).toMatchObject({ revision: null })
    expect(changes()[6]).toMatchObject({ likes: 9, reposts: 0 })
  })
  test('everything once more past two hours, though nobody names it; what did not change is not told again', async () => {
    const { double, read, pass } = await world()
    const things = [0, 1, 2].map((at) => double.add(startMs + at * 1_000))
    double.instead.set('updates', '{"items":[],"profiles":[]}')
    const { changes, at, stop } = read()
    await pass(minuteMs)
    await at(4)
    things[1]!.versions.push({ fromMs: startMs + 110 * minuteMs, text: 'edited late' })
    things[2]!.deletedMs = startMs + 110 * minuteMs
    await pass(120 * minuteMs)
    expect(changes()).toHaveLength(3)
    await pass(20 * minuteMs)
    await until(() => changes().length === 5)
    expect(briefly(changes()).slice(3)).toEqual(['update 2', 'delete 3'])
    const items = double.asked.filter((path) => path.startsWith('item/'))
    expect(items.length).toBeLessThan(12)
    expect(JSON.parse((await stop())!)).toEqual({ first: 1, next: 4, trail: 4 })
  }, 60_000)
  test('after a restart too: what was edited and deleted while we were away', async () => {
    const { double, time, read } = await world()
    const things = [0, 1, 2].map((at) => double.add(startMs - at * 1_000))
    const first = read()
    await first.at(4)
    const cursor = await first.stop()
    things[0]!.versions.push({ fromMs: startMs + minuteMs, text: 'edited meanwhile' })
    things[1]!.deletedMs = startMs + minuteMs
    time.advance(5 * hourMs)
    double.add(startMs + 4 * hourMs)
    const second = read(cursor)
    await until(() => second.changes().length === 4)
    expect(new Set(briefly(second.changes()))).toEqual(new Set(['create 4', 'update 1', 'delete 2', 'update 3']))
  })
  test('posts from before our time are none of ours, whatever is said of them', async () => {
    const { double, read, pass } = await world()
    const old = double.add(startMs - 9 * hourMs)
    double.add(startMs - hourMs)
    double.instead.set('updates', '{"items":[1,2,"2",null,99999],"profiles":[]}')
    const { changes, at } = read()
    await at(3)
    old.deletedMs = startMs
    await pass(2 * minuteMs)
    expect(briefly(changes())).toEqual(['create 2'])
  })
})

describe('what is not there, and what is dead', () => {
  test('an id that is not there yet is asked for again, and comes late', async () => {
    const { double, read, pass } = await world()
    double.add(startMs - minuteMs, { visibleMs: startMs + 4 * minuteMs })
    double.add(startMs - minuteMs)
    double.things.delete(double.add(startMs - minuteMs).id)
    double.add(startMs - minuteMs)
    const { changes, at } = read(JSON.stringify({ first: 1, next: 1, trail: 1 }))
    await at(5)
    expect(briefly(changes())).toEqual(['create 2', 'create 4'])
    await pass(5 * minuteMs)
    await until(() => changes().length === 3)
    expect(briefly(changes()).at(-1)).toBe('create 1')
    await pass(15 * minuteMs)
    expect(double.asked.filter((path) => path === 'item/3').length).toBeLessThan(30)
  })
  test('what was dead when we first saw it is told once it was vouched for; what died is deleted, for good', async () => {
    const { double, read, pass } = await world()
    const [vouched, killed] = [0, 1].map((at) => double.add(startMs - minuteMs + at))
    vouched!.deadMs = startMs - minuteMs
    const { changes, at } = read()
    await at(3)
    expect(briefly(changes())).toEqual(['create 2'])
    vouched!.deadMs = Number.POSITIVE_INFINITY
    vouched!.visibleMs = startMs + minuteMs
    killed!.deadMs = startMs + minuteMs
    await pass(2 * minuteMs)
    await until(() => changes().length === 3)
    expect(briefly(changes()).slice(1)).toEqual(['create 1', 'delete 2'])
    expect(changes()[2]).toMatchObject({ revision: null })
  })
})

describe('trouble', () => {
  test('is waited for, told in the status, and over when it is over', async () => {
    const { double, time, read } = await world()
    double.add(startMs - minuteMs)
    double.refusals.push({ status: 429, headers: { 'retry-after': '600' } }, ...Array(6).fill({ status: 503 }))
    const { source, at } = read()
    await until(() => double.refusals.length === 6)
    await until(() => source.status().detail.includes('answered 429. Trying again in 10 min'))
    time.advance(599_000)
    expect(double.asked).toHaveLength(1)
    time.advance(2_000)
    await until(() => source.status().state === 'stalled' && double.asked.length === 2)
    const states: string[] = []
    await until(() => {
      time.advance(5_000)
      states.push(source.status().state)
      return double.refusals.length === 0
    })
    expect(states).toContain('failed')
    await until(() => {
      time.advance(5_000)
      return source.status().state === 'live'
    })
    await at(2)
    expect(source.status().state).toBe('live')
  })
  test('a host that never answers is left after a while, and an abort does not wait for it', async () => {
    const { double, read } = await world()
    double.mute = true
    const { source, stop } = read(null, { timeoutMs: 50 })
    await until(() => source.status().detail.includes('gave no whole answer in time'))
    const start = performance.now()
    await stop()
    expect(performance.now() - start).toBeLessThan(500)
    expect(source.status().state).toBe('off')
  })
  test('a host that is no Hacker News says what to do', async () => {
    const { double, read } = await world()
    double.instead.set('maxitem', '<html>')
    const { source } = read()
    await until(() => source.status().state === 'failed')
    expect(source.status().detail).toContain('sources.hackernews.host')
  })
  test('an answer that stays broken is dropped after three tries, and the rest goes on', async () => {
    const { double, read } = await world()
    for (let n = 0; n < 5; n++) double.add(startMs - minuteMs)
    double.instead.set('item/2', '{"id":2,')
    double.instead.set('item/4', '{"error":"Permission denied"}')
    double.instead.set('updates', 'no')
    const { source, at, changes } = read(JSON.stringify({ first: 1, next: 1, trail: 1 }))
    await at(6)
    expect(briefly(changes())).toEqual(['create 1', 'create 3', 'create 5'])
    expect(double.asked.filter((path) => path === 'item/2')).toHaveLength(3)
    expect(source.status().drops).toEqual({ malformed: 2, bad_id: 1 })
  })
  test('at most so many requests a second, and so many at a time', async () => {
    const { double } = await world()
    for (let n = 0; n < 60; n++) double.add(startMs - minuteMs)
    const source = hackerNewsSource({ host: double.url, rewindMs: hourMs, now: Date.now, perSecond: 100, abreast: 3 })
    const start = performance.now()
    for await (const { cursor } of source.read('{"first":1,"next":1,"trail":1}', new AbortController().signal))
      if (cursor?.includes('"next":61')) break
    const seconds = (performance.now() - start) / 1_000
    expect(double.asked.length / seconds).toBeLessThan(115)
    expect(double.mostAbreast).toBeLessThanOrEqual(3)
  })
})
