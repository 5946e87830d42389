// Deletions on X: all ids go up, what is gone comes back as changes, once; trouble of every kind is waited out; and after a
// day without an answer the status says that it must be mended.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TransientError } from '../../errors.ts'
import { openX } from '../../ingest/xClient.ts'
import { openXClock } from '../../ingest/xClock.ts'
import { type XDeletesOptions, xDeletesSource } from '../../ingest/xDeletes.ts'
import type { Batch, Change } from '../../types.ts'
import { XDouble } from '../doubles/x.ts'
import { XJobs } from '../doubles/xJobs.ts'

const idOf = (nr: number) => String(1_700_000_000_000_000_000n + BigInt(nr))

describe('what was deleted on X', () => {
  let x: XDouble
  let jobs: XJobs
  let ids: string[]
  let nowMs: number
  const waits: number[] = []
  /** Called before each wait. */
  let onWait: () => void = () => {}

  beforeEach(async () => {
    x = await XDouble.start({ seed: 1 })
    jobs = await XJobs.start(x)
    ids = Array.from({ length: 1_200 }, (_, nr) => idOf(nr))
    nowMs = Date.parse('2026-01-02T00:00:00.000Z')
    waits.length = 0
    onWait = () => {}
  })
  afterEach(async () => {
    await jobs[Symbol.asyncDispose]()
    await x[Symbol.asyncDispose]()
  })

  const open = (more: Partial<XDeletesOptions> = {}) =>
    xDeletesSource({
      api: (signal) => openX({ token: 'a token', host: x.url, clock: openXClock({ now: () => nowMs }), signal }),
      recent: async (_since, limit) => ids.slice(0, limit),
      now: () => nowMs,
      // Waiting takes no time, and the clock moves by it.
      sleep: async (ms) => {
        onWait()
        waits.push(ms)
        nowMs += ms
        await new Promise((resolve) => setImmediate(resolve))
      },
      ...more,
    })

  /** Reads until so many changes came, or so many waits passed. */
  async function take(source = open(), most = { changes: Number.POSITIVE_INFINITY, waits: 40 }) {
    const abort = new AbortController()
    const batches: Batch[] = []
    const changes: Change[] = []
    const timer = setInterval(() => {
      if (waits.length >= most.waits) abort.abort()
    }, 1)
    for await (const batch of source.read(null, abort.signal)) {
      batches.push(batch)
      changes.push(...batch.changes)
      if (changes.length >= most.changes) abort.abort()
    }
    clearInterval(timer)
    return { batches, changes, status: source.status() }
  }

  test('goes, whatever the reason; a place taken off a post and a post not asked about change nothing', async () => {
    const reasons = ['deleted', 'suspended', 'protected', 'deactivated']
    for (let nr = 0; nr < 700; nr++) jobs.gone.set(idOf(nr), reasons[nr % 4]!)
    jobs.gone.set(idOf(800), 'scrub_geo')
    jobs.gone.set('42', 'deleted')
    const { changes, batches } = await take(open(), { changes: 700, waits: 40 })
    expect(new Set(changes.map((change) => 'id' in change && change.id))).toEqual(new Set(ids.slice(0, 700)))
    expect(changes.every(({ op }) => op === 'delete')).toBe(true)
    expect(changes[0]).toMatchObject({ source: 'x', revision: null })
    expect(batches.map((batch) => batch.changes.length)).toEqual([500, 200])
    expect(jobs.jobs[0]!.ids).toEqual(ids)
    expect(jobs.strayTokens).toEqual([])
  })

  test('is asked about again and again, three times a day; nothing counted is nothing asked', async () => {
    const { status } = await take(open(), { changes: 1, waits: 9 })
    expect(status.state).toBe('off')
    expect(jobs.jobs.length).toBeGreaterThan(2)
    const hours = waits.filter((ms) => ms > 3_600_000)
    for (const ms of hours) expect(ms / 3_600_000).toBeCloseTo(8, 1)
    const before = jobs.jobs.length
    ids = []
    waits.length = 0
    await take(open(), { changes: 1, waits: 4 })
    expect(jobs.jobs.length).toBe(before)
  })

  test('ids that are none of X’s stay here, and no more than a job may hold go up', async () => {
    ids = ['at://did:plc:a/app.bsky.feed.post/1', idOf(1), 'x y', idOf(2), idOf(3)]
    const asked: number[] = []
    const recent = async (_since: string, limit: number) => {
      asked.push(limit)
      return ids
    }
    await take(open({ recent, most: 5 }), { changes: 1, waits: 3 })
    expect(jobs.jobs[0]!.ids).toEqual([idOf(1), idOf(2), idOf(3)])
    expect(asked[0]).toBe(5)
  })

  const troubles: [string, () => void, () => void][] = [
    ['429 with a reset', refuse(429, { 'x-rate-limit-reset': '1767312600' }), mend],
    ['503', refuse(503), mend],
    ['an upload that is refused', () => (jobs.uploadStatus = 403), () => (jobs.uploadStatus = 200)],
    ['a job that failed', () => (jobs.ending = 'failed'), () => (jobs.ending = 'complete')],
    ['a job that expired', () => (jobs.ending = 'expired'), () => (jobs.ending = 'complete')],
    ['a job that never ends', () => (jobs.polls = 1e9), () => (jobs.polls = 1)],
    ['an answer that breaks off', () => (jobs.cutDownload = true), () => (jobs.cutDownload = false)],
  ]
  function refuse(status: number, headers: Record<string, string> = {}) {
    return () => {
      const before = x.refuse
      x.refuse = (path) => (isBroken && path.includes('compliance') ? { status, headers } : before(path))
    }
  }
  let isBroken = true
  function mend() {
    isBroken = false
  }

  test.each(troubles)('%s is waited out', async (_, breakIt, mendIt) => {
    isBroken = true
    jobs.gone.set(idOf(7), 'deleted')
    breakIt()
    const source = open({ giveUpMs: 60_000 })
    const states = new Set<string>()
    onWait = () => {
      states.add(source.status().state)
      if (source.status().state === 'stalled') mendIt()
    }
    const { changes } = await take(source, { changes: 1, waits: 400 })
    expect(states).toContain('stalled')
    expect(changes).toMatchObject([{ op: 'delete', id: idOf(7) }])
  })

  test('lines of no use are dropped and counted', async () => {
    jobs.lines = () => [
      '{',
      '[]',
      '{"id":7,"action":"delete"}',
      '',
      `{"id":"${idOf(3)}","action":"delete"}`,
      'x'.repeat(5_000),
    ]
    const { changes, status } = await take(open(), { changes: 1, waits: 40 })
    expect(changes).toMatchObject([{ id: idOf(3) }])
    expect(status.drops).toEqual({ malformed: 4 })
  })

  test('a store that does not answer is trouble, too; a day without an answer says what to do', async () => {
    let isAway = false
    const recent = async () => {
      if (isAway) throw new Error('busy')
      return ids
    }
    const source = open({ recent })
    const said = new Set<string>()
    onWait = () => {
      isAway ||= /were gone from X/.test(source.status().detail)
      if (source.status().state === 'failed') said.add(source.status().detail)
    }
    await take(source, { changes: 1, waits: 120 })
    expect([...said][0]).toMatch(/the store did not say.*within 24 hours: run undercurrent doctor\./)
  })

  test('an answer that is no job is trouble of X’s', async () => {
    x.refuse = (path) => (path.includes('compliance') ? { status: 200, body: { data: { id: 'x' } } } : null)
    const api = openX({
      token: 'a token',
      host: x.url,
      clock: openXClock({ now: Date.now }),
      signal: new AbortController().signal,
    })
    await expect(api.createJob()).rejects.toThrow(TransientError)
  })
})
