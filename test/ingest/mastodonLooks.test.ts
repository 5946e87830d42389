// Another look at the Mastodon posts that count: what was deleted, edited, hidden or liked since they were told, over real
// HTTP; asked again well apart before anything is taken for gone; slowly, and only of its own instance.
import { afterEach, describe, expect, test } from 'vitest'
import { type MastodonLooksOptions, mastodonLooksSource } from '../../ingest/mastodonLooks.ts'
import type { Change } from '../../types.ts'
import { type Entry, MastodonDouble } from '../doubles/mastodon.ts'

const minuteMs = 60_000

describe('another look', () => {
  const doubles: MastodonDouble[] = []
  afterEach(async () => {
    for (const double of doubles.splice(0)) await double[Symbol.asyncDispose]()
  })

  async function world(posts = 5) {
    let nowMs = Date.now()
    const double = await MastodonDouble.start({ seed: 5 })
    doubles.push(double)
    const entries = Array.from({ length: posts }, (_, nr) => double.post(nowMs - (nr + 1) * minuteMs))
    const nameOf = ({ id }: Entry) => `${double.url}/statuses/${id}`
    const asked: { since: string; limit: number }[] = []
    let onPass: (pass: number) => void = () => {}
    let [pass, most] = [0, 1]
    const abort = new AbortController()
    const open = (more: Partial<MastodonLooksOptions> = {}) =>
      mastodonLooksSource({
        ...{ host: double.url, token: null, perSecond: 1e6, backoff: { baseMs: 2, capMs: 4 } },
        recent: async (since, limit) => {
          asked.push({ since, limit })
          return ['https://elsewhere.invalid/statuses/1', ...entries.map(nameOf), '17']
        },
        now: () => nowMs,
        sleep: async (ms) => {
          if (ms < minuteMs) return
          nowMs += ms
          if (++pass >= most) abort.abort()
          else onPass(pass)
        },
        ...more,
      })
    /** So many passes, a quarter of an hour apart. */
    const look = async (passes: number, then: (pass: number) => void = () => {}, source = open()) => {
      ;[most, onPass] = [passes, then]
      const changes: Change[] = []
      for await (const batch of source.read(null, abort.signal)) changes.push(...batch.changes)
      return changes
    }
    return { double, entries, nameOf, asked, look, open }
  }

  test('tells likes and boosts once, and again when they change', async () => {
    const { entries, nameOf, look } = await world(2)
    const changes = await look(3, (pass) => {
      if (pass === 2) entries[0]!.more = { favourites_count: 9 }
    })
    expect(changes.map((change) => change.op)).toEqual(['counts', 'counts', 'counts'])
    expect(changes[2]).toMatchObject({ source: 'mastodon', id: nameOf(entries[0]!), likes: 9, reposts: 1 })
  })

  test('what is not there twice is gone, what comes back between is not', async () => {
    const { double, entries, nameOf, look } = await world(3)
    double.delete(entries[0]!)
    double.delete(entries[1]!)
    const changes = await look(4, (pass) => {
      if (pass === 1) entries[1]!.state = 'live'
    })
    const gone = changes.filter(({ op }) => op === 'delete')
    // The store would not name it again.
    expect(new Set(gone.map((change) => 'id' in change && change.id))).toEqual(new Set([nameOf(entries[0]!)]))
    expect(gone[0]).toMatchObject({ source: 'mastodon', revision: null })
  })

  test('too soon after the first look nothing is gone', async () => {
    const { double, entries, look, open } = await world(1)
    double.delete(entries[0]!)
    const changes = await look(2, undefined, open({ settleMs: 60 * minuteMs }))
    expect(changes).toEqual([])
  })

  test('an edit is told once; who asks to be left alone, or is no longer public, leaves', async () => {
    const { double, entries, nameOf, look } = await world(3)
    Object.assign(entries[0]!, { text: 'mended', editedMs: entries[0]!.atMs + 1_000 })
    entries[1]!.visibility = 'private'
    const flagged = { ...double.account('ann'), flags: { noindex: true } }
    entries[2]!.account = flagged
    const changes = await look(2)
    const of = (nr: number) => changes.filter((change) => 'id' in change && change.id === nameOf(entries[nr]!))
    expect(of(0).map(({ op }) => op)).toEqual(['update', 'counts'])
    expect(of(0)[0]).toMatchObject({ text: 'mended' })
    expect(of(1)[0]).toMatchObject({ op: 'delete' })
    expect(of(2)[0]).toMatchObject({ op: 'delete' })
  })

  test('who no longer wants to be discovered is shown no more, and who wants to again, is', async () => {
    const { double, entries, look } = await world(1)
    const own = { ...double.account('ann'), flags: { discoverable: true as boolean } }
    entries[0]!.account = own
    const changes = await look(3, (pass) => {
      own.flags.discoverable = pass !== 1
    })
    const { host } = new URL(double.url)
    expect(changes.filter(({ op }) => op === 'display')).toMatchObject([
      { author: `ann@${host}`, quotable: false },
      { author: `ann@${host}`, quotable: true },
    ])
  })

  test('asks of its own instance alone; two days back every hour, all days once a day', async () => {
    const { double, asked, look } = await world(3)
    await look(97)
    expect(double.asked.every((path) => /^\/api\/v1\/statuses\/\d+$/.test(path))).toBe(true)
    const startMs = Date.parse(asked[0]!.since) + 48 * 60 * minuteMs
    const hours = asked.map(({ since }, nr) => (startMs + nr * 15 * minuteMs - Date.parse(since)) / (60 * minuteMs))
    expect(hours.slice(0, 5).map(Math.round)).toEqual([48, 6, 6, 6, 48])
    expect(hours[95]).toBeGreaterThan(80_000)
    expect(hours[96]).toBeLessThan(49)
  })

  test('at a slow pace the newest, as many as fit until the next look so far back', async () => {
    const { double, entries, nameOf, open } = await world(60)
    let calls = 0
    const stop = new AbortController()
    let nowMs = Date.now()
    const source = open({
      perSecond: 0.01,
      recent: async () => {
        if (++calls === 2) stop.abort()
        return entries.map(nameOf)
      },
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
      },
    })
    for await (const batch of source.read(null, stop.signal)) expect(batch.cursor).toBeNull()
    // One in a hundred seconds is 9 in a quarter of an hour, 36 in an hour.
    expect(double.asked.map((path) => path.split('/').at(-1))).toEqual(entries.slice(0, 36).map(({ id }) => id))
  })

  test('a refusal says nothing of a post, trouble is waited out, and a store that is away ends the pass', async () => {
    const { double, entries, look, open } = await world(2)
    double.refusals.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 403 })
    const changes = await look(1)
    expect(changes.map((change) => 'id' in change && change.id.endsWith(entries[1]!.id))).toEqual([true])
    const source = open({
      recent: async () => {
        throw new Error('busy')
      },
    })
    const reading = source.read(null, new AbortController().signal)[Symbol.asyncIterator]()
    await expect(reading.next()).rejects.toThrow('the store did not say')
  })
})
