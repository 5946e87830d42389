// Counts and liveness against an AppView double: budget, batches of 25, two absences before a delete, and outages.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CorruptionError, TransientError } from '../../errors.ts'
import { type RefreshOptions, refreshSource } from '../../ingest/refresh.ts'
import type { Change } from '../../types.ts'
import { until } from '../contract/source.ts'
import { AppViewDouble } from '../doubles/appview.ts'

let appview: AppViewDouble
let clock: number
let ids: string[]
let asked: { since: string; limit: number }[]
const readers: AbortController[] = []
const uri = (at: number) =>
  `at://did:plc:harbourharbourharbour23${String.fromCharCode(97 + (at % 20))}/app.bsky.feed.post/3m6abcdefg${100 + at}`

beforeEach(async () => {
  appview = await AppViewDouble.start()
  clock = Date.parse('2026-11-22T13:00:00.000Z')
  ids = Array.from({ length: 60 }, (_, at) => uri(at))
  for (const [at, id] of ids.entries()) appview.posts.set(id, { likes: at, reposts: at % 3 })
  asked = []
})
afterEach(async () => {
  for (const abort of readers.splice(0)) abort.abort()
  await appview[Symbol.asyncDispose]()
})

/** A source whose hours pass in milliseconds; `passes()` counts how often the store was asked. */
function reading(options: Partial<RefreshOptions> = {}) {
  const recent = async (since: string, limit: number) => {
    asked.push({ since, limit })
    return ids.slice(0, limit)
  }
  const source = refreshSource({
    ...{ host: appview.url, recent, callsPerHour: 3_600_000, everyMs: 10, now: () => clock },
    ...{ backoff: { baseMs: 2, capMs: 4 }, ...options },
  })
  const changes: Change[] = []
  const abort = new AbortController()
  readers.push(abort)
  const done = (async () => {
    for await (const batch of source.read(null, abort.signal)) {
      expect(batch).toMatchObject({ source: 'bluesky-counts', cursor: null })
      changes.push(...batch.changes)
    }
  })()
  const passes = async (count: number) => {
    const goal = asked.length + count
    await until(() => asked.length >= goal)
  }
  return { source, changes, passes, done, abort }
}

describe('counts', () => {
  test('are asked 25 at a time, told once, and told again only when they move', async () => {
    const { changes, passes, source } = reading()
    await passes(3)
    expect(appview.calls.slice(0, 3).map(({ length }) => length)).toEqual([25, 25, 10])
    expect(changes).toHaveLength(60)
    expect(changes[7]).toEqual({
      ...{ op: 'counts', source: 'bluesky', id: uri(7), likes: 7, reposts: 1, at: '2026-11-22T13:00:00.000Z' },
    })
    appview.posts.set(uri(7), { likes: 8, reposts: 1 })
    await passes(2)
    expect(changes.slice(60)).toMatchObject([{ op: 'counts', id: uri(7), likes: 8 }])
    expect(source.status()).toMatchObject({ name: 'bluesky-counts', state: 'live', received: 61 })
  })

  test('the budget bounds a pass; now and then it reaches two days back', async () => {
    const { passes } = reading({ callsPerHour: 3_600_000, everyMs: 40 })
    await passes(3)
    expect(asked[0]).toEqual({ since: '2026-11-20T13:00:00.000Z', limit: 1000 })
    expect(asked[1]!.since).toBe('2026-11-22T07:00:00.000Z')
  })

  test('an author who asks not to be shown to the public is told once', async () => {
    appview.posts.set(uri(0), { likes: 0, reposts: 0, labels: ['!no-unauthenticated'] })
    const { changes, passes } = reading()
    await passes(3)
    const wishes = changes.filter(({ op }) => op === 'display')
    expect(wishes).toMatchObject([{ source: 'bluesky', author: uri(0).split('/')[2], quotable: false }])
  })

  test('a budget of nothing asks nothing', async () => {
    const { done, source } = reading({ callsPerHour: 0 })
    await done
    expect(appview.calls).toEqual([])
    expect(source.status().state).toBe('off')
  })
})

describe('liveness', () => {
  test('a post left out twice, well apart, is deleted; a revision lets a later one come back', async () => {
    const { changes, passes } = reading()
    await passes(2)
    appview.posts.delete(uri(3))
    await passes(3)
    expect(changes.filter(({ op }) => op === 'delete')).toEqual([])
    clock += 600_000
    await passes(2)
    const gone = changes.filter(({ op }) => op === 'delete')
    expect(gone).toMatchObject([{ op: 'delete', source: 'bluesky', id: uri(3) }])
    expect((gone[0] as { revision: string }).revision).toMatch(/^[2-7a-z]{13}$/)
  })

  test('a post that is back in between is not', async () => {
    const { changes, passes } = reading()
    await passes(2)
    appview.posts.delete(uri(3))
    await passes(2)
    appview.posts.set(uri(3), { likes: 3, reposts: 0 })
    await passes(2)
    appview.posts.delete(uri(3))
    clock += 600_000
    await passes(2)
    expect(changes.filter(({ op }) => op === 'delete')).toEqual([])
  })

  test('an answer that lacks most posts deletes none', async () => {
    const { changes, passes } = reading()
    await passes(2)
    appview.posts.clear()
    await passes(2)
    clock += 600_000
    await passes(3)
    expect(changes.filter(({ op }) => op === 'delete').length).toBe(0)
  })
})

describe('trouble', () => {
  test('rate limits and outages are waited for, and said', async () => {
    const notes: object[] = []
    const reset = String(clock / 1000 + 0.05)
    appview.refusals.push({ status: 429, headers: { 'ratelimit-reset': reset } }, { status: 502 })
    const { changes, passes } = reading({ note: (event, fields) => notes.push({ event, ...fields }) })
    await passes(2)
    await until(() => changes.length === 60)
    expect(notes).toEqual([429, 502].map((status) => ({ event: 'refresh.failed', source: 'bluesky-counts', status })))
  })

  test('a call the AppView refuses is skipped, the others go on', async () => {
    appview.refusals.push({ status: 400 })
    const { changes } = reading({ everyMs: 60_000 })
    await until(() => changes.length === 35)
    expect(changes[0]).toMatchObject({ id: uri(25) })
  })

  test('a store that does not answer is transient; a damaged one is not', async () => {
    const failing = (error: Error) => reading({ recent: () => Promise.reject(error) }).done
    await expect(failing(new Error('timeout'))).rejects.toThrow(TransientError)
    await expect(failing(new CorruptionError('rot'))).rejects.toThrow(CorruptionError)
  })

  test('an abort ends it at once, also in the middle of a wait', async () => {
    const { abort, done, changes } = reading({ everyMs: 3_600_000 })
    await until(() => changes.length === 60)
    abort.abort()
    await done
  })
})
