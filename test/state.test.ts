// What one process tells and another hears, through a real log file shared by two handles.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nobodysHistory } from '../analyze/history.ts'
import { openTopics } from '../analyze/topics.ts'
import { openSqliteLog } from '../log/sqlite.ts'
import { exposition } from '../metrics.ts'
import { filledKey, set } from '../settings.ts'
import { followTopics, type Running, statusOf, statusOfAll, tellState } from '../state.ts'
import type { Log, SourceStatus } from '../types.ts'

let folder: string
let here: Log
let there: Log
const retention = { hours: 48, bytes: 1e9 }
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-state-'))
  const open = () => openSqliteLog({ path: join(folder, 'log.db'), retention, hashKey: Buffer.alloc(32, 1) })
  here = await open()
  there = await open()
})
afterEach(async () => {
  await here[Symbol.asyncDispose]()
  await there[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const source: SourceStatus = {
  ...{ name: 'bluesky', state: 'live', detail: 'Reading', latest: null, received: 7, drops: {}, gaps: 1 },
} as SourceStatus
const runningOn = (log: Log, sources: SourceStatus[] = []): Running => ({
  ...{ log, model: { id: 'm' }, history: nobodysHistory(), sources: () => sources },
})
const definition = { id: 'a', name: 'a', query: 'a', targets: [], public: false, tags: [] }

it('sources of another process are shown, and as not heard of once it is silent', async () => {
  const stop = new AbortController()
  const telling = tellState('ingest', runningOn(there, [source]), stop.signal)
  const topics = await openTopics(here)
  const look = (now?: () => number) => statusOfAll(runningOn(here), topics, now)
  await expect.poll(async () => (await look()).sources).toEqual([source])
  stop.abort()
  await telling
  expect(await exposition()).not.toContain('undercurrent_source_state{source="bluesky"')
  await statusOf(runningOn(there, [source]))
  expect(await exposition()).toContain('undercurrent_source_state{source="bluesky",state="live"} 1')
  const [later] = (await look(() => Date.now() + 600_000)).sources
  expect(later).toMatchObject({ name: 'bluesky', state: 'stalled', received: 7 })
  expect(later!.detail).toMatch(/^Not heard of since 20/)
})

it('a clock that is set back keeps nobody silent, and one that differs makes nobody so', async () => {
  const topics = await openTopics(here)
  const running = runningOn(here)
  const tell = (at: number, received: number) =>
    set(here, {
      'status:ingest:a': JSON.stringify({
        at: new Date(at).toISOString(),
        sources: [{ ...source, received }],
        drops: {},
        histories: [],
      }),
    })
  const state = async () => (await statusOfAll(running, topics)).sources[0]!.state
  await tell(Date.now() - 3_600_000, 1)
  expect(await state()).toBe('stalled')
  // Its clock is an hour behind ours: what counts is that it says something new.
  await tell(Date.now() - 3_600_000, 2)
  expect(await state()).toBe('live')
  const stop = new AbortController()
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 600_000)
  const telling = tellState('analyze', runningOn(there, [source]), stop.signal)
  await expect.poll(async () => (await here.settings('status:analyze')).length).toBe(1)
  now.mockRestore()
  stop.abort()
  await telling
})

it('a process made anew under another name takes the place of the one before', async () => {
  const topics = await openTopics(here)
  const told = (minutesAgo: number, more: object) =>
    JSON.stringify({
      at: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      sources: [],
      drops: {},
      histories: [],
      ...more,
    })
  const filling = { topic: 'a', version: 1, done: 1, total: 9 }
  await set(here, {
    'status:ingest:new': told(1, { sources: [{ ...source, received: 9 }], drops: { stale: 1 } }),
    'status:ingest:old': told(30, { sources: [source], drops: { stale: 2 } }),
    'status:analyze:old': told(30, { histories: [filling] }),
    'status:analyze-2:new': told(0, { histories: [{ ...filling, topic: 'b' }] }),
  })
  const { sources, drops, histories } = await statusOfAll(runningOn(here), topics)
  expect(sources).toEqual([{ ...source, received: 9 }])
  expect(drops.stale).toBe(3)
  expect(histories.map(({ topic }) => topic)).toEqual(['b'])
})

it('a topic of another process is known within a second, and lag is not 0 before its history is filled', async () => {
  const stop = new AbortController()
  const topics = await openTopics(here)
  const following = followTopics(here, topics, stop.signal)
  const { topic } = await (await openTopics(there)).put(definition)
  await expect.poll(() => topics.get('a')?.version, { timeout: 1_500 }).toBe(1)
  const { head } = await here.status()
  const committed = { ...here, settings: here.settings.bind(here), status: async () => ({ ...(await here.status()) }) }
  const lagOf = async () => {
    const status = await statusOfAll(runningOn(committed as unknown as Log), topics)
    return status.lag - status.readers.analyze!.lag
  }
  expect(head).toBeGreaterThan(0)
  expect(await lagOf()).toBe(1)
  await set(there, { [filledKey(topic, 'm')]: 'filled' })
  expect(await lagOf()).toBe(0)
  stop.abort()
  await following
})
