// The loop: everything a source reads becomes durable in order, sources fail on their own, and a failing log stops all.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CorruptionError, TransientError, UserError } from '../../errors.ts'
import { blueskySource } from '../../ingest/bluesky.ts'
import { type Ingest, ingest } from '../../ingest/ingest.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import { registry } from '../../metrics.ts'
import type { Batch, Log, Source, SourceStatus } from '../../types.ts'
import { createFold } from '../contract/fold.ts'
import { until } from '../contract/source.ts'
import { JetstreamDouble } from '../doubles/jetstream.ts'
import { truthOf } from '../doubles/truth.ts'

let dir: string
let log: Log
let stop: AbortController
const running: Ingest[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ingest-'))
  log = await open()
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await Promise.allSettled(running.splice(0).map(({ done }) => done))
  await log[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const open = () =>
  openSqliteLog({ path: join(dir, 'log.db'), retention: { hours: 48, bytes: 1e9 }, hashKey: Buffer.alloc(32, 1) })

function start(sources: Source[], into: Log = log, note = (_event: string, _fields: object) => {}): Ingest {
  const one = ingest(sources, into, { signal: stop.signal, note })
  running.push(one)
  return one
}

/** A source that does what the given generator does; the cursors it was started with are kept. */
function scripted(name: string, script: (start: number) => AsyncGenerator<Batch>) {
  const cursors: (string | null)[] = []
  const status: SourceStatus = { name, state: 'live', detail: 'Fine.', latest: null, received: 0, drops: {}, gaps: 0 }
  const read = (cursor: string | null, _signal?: AbortSignal) => {
    cursors.push(cursor)
    return script(cursors.length)
  }
  return { source: { name, read, status: () => status } satisfies Source, cursors }
}

const batch = (source: string, n: number): Batch => ({
  ...{ source, cursor: String(n) },
  changes: [
    {
      ...{
        op: 'create',
        source,
        id: `p${n}`,
        author: 'a',
        text: `boat ${n}`,
        at: '2026-11-22T13:00:00.000Z',
        lang: null,
      },
      ...{ likes: null, reposts: null, replyTo: null, revision: null, quotable: true },
    },
  ],
})

async function kept(): Promise<string[]> {
  const ids: string[] = []
  for await (const posts of log.scan(new AbortController().signal)) ids.push(...posts.map(({ id }) => id))
  return ids.sort()
}

test('Bluesky into the log, over restarts of both: what is live in the ledger is what is kept', async () => {
  await using double = await JetstreamDouble.start({ seed: 4, accounts: 30, cutEvery: 60, accountShare: 0.02 })
  double.produce(300, (Date.now() - 3_600_000) * 1000, 1e6)
  const options = { hosts: [double.url], rewindMs: 7_200_000, batchLimit: 20, batchMs: 5, backoff: { baseMs: 4 } }
  for (let round = 1; round <= 4; round++) {
    double.produce(100, (Date.now() - 1_800_000 + round * 400_000) * 1000, 1e6)
    const one = start([blueskySource(options)])
    const goal = round < 4 ? round * 60 : double.events.length
    await until(() => one.status()[0]!.received >= goal / 4)
    if (round === 4) {
      const last = `"seq":${double.events.length},`
      await until(async () => (await log.cursor('bluesky'))?.includes(last) ?? false)
    }
    stop.abort()
    await one.done
    await log[Symbol.asyncDispose]()
    log = await open()
    stop = new AbortController()
  }
  expect(await kept()).toEqual([...truthOf(double).keys()].sort())
  const fold = createFold()
  const head = (await log.status()).head
  for await (const slice of log.read('check', new AbortController().signal, { until: head })) {
    fold.apply(slice.changes.map(({ change }) => change))
    await slice.commit()
  }
  expect(fold.live()).toEqual(truthOf(double))
})

describe('a source that fails', () => {
  test('does not stop the others; its status says what to do; a person must mend it', async () => {
    const notes: object[] = []
    const broken = scripted('broken', async function* () {
      yield batch('broken', 1)
      throw new UserError('the key is wrong', 'Set X_KEY')
    })
    const fine = scripted('fine', async function* () {
      for (let n = 1; n <= 50; n++) yield batch('fine', n)
    })
    const one = start([broken.source, fine.source], log, (event, fields) => notes.push({ event, ...fields }))
    await one.done
    expect(one.status()).toMatchObject([
      { name: 'broken', state: 'failed', detail: 'the key is wrong. Set X_KEY.' },
      { name: 'fine', state: 'live' },
    ])
    expect(await log.cursor('fine')).toBe('50')
    expect(await kept()).toHaveLength(51)
    expect(broken.cursors).toEqual([null])
    expect(notes).toEqual([{ event: 'source.failed', source: 'broken', error: 'UserError', attempt: 0 }])
  })

  test('for now is started again, from what is durable', async () => {
    const flaky = scripted('flaky', async function* (start) {
      yield batch('flaky', start)
      if (start < 3) throw new TransientError('the network')
    })
    const one = start([flaky.source])
    await one.done
    expect(flaky.cursors).toEqual([null, '1', '2'])
    expect(one.status()[0]).toMatchObject({ state: 'live', detail: 'Fine.' })
    const { values } = await registry.getSingleMetric('undercurrent_changes_received_total')!.get()
    expect(values.find(({ labels }) => labels.source === 'flaky')?.value).toBe(3)
  })

  test('in a way nobody foresaw is stopped, without a word of what it held', async () => {
    const buggy = scripted('buggy', async function* () {
      yield batch('buggy', 1)
      throw new TypeError('cannot read boat 1 of did:plc:somebody')
    })
    const one = start([buggy.source])
    await one.done
    expect(one.status()[0]!.detail).not.toContain('did:')
    expect(one.status()[0]!.state).toBe('failed')
  })

  test('on our own corruption crashes', async () => {
    const rotten = scripted('rotten', async function* () {
      yield batch('rotten', 1)
      throw new CorruptionError('the cursor does not parse')
    })
    await expect(start([rotten.source]).done).rejects.toThrow(CorruptionError)
  })
})

describe('a log that fails', () => {
  /** The real log, but for the appends the test breaks. */
  const breaking = (error: () => Error | null): Log =>
    new Proxy(log, {
      get(target, key) {
        const value = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        if (key !== 'append') return value.bind(target)
        return async (one: Batch) => {
          const broken = error()
          if (broken) throw broken
          return target.append(one)
        }
      },
    })

  test('stops every source, also one that only waits: to go on would lose posts', async () => {
    let ended = 0
    const endless = scripted('a', async function* () {
      for (let n = 1; ; n++) yield batch('a', n)
    })
    const idle = scripted('b', async function* () {})
    idle.source.read = async function* (_cursor: string | null, signal?: AbortSignal) {
      await new Promise((resolve) => signal!.addEventListener('abort', resolve))
      ended++
    }
    let appends = 0
    const full = breaking(() => (++appends > 20 ? new Error('disk full') : null))
    const one = start([endless.source, idle.source], full)
    await expect(one.done).rejects.toThrow('disk full')
    await until(() => ended === 1)
  })

  test('for now is waited for; nothing is skipped', async () => {
    let tries = 0
    const away = breaking(() => (++tries < 3 ? new TransientError('the broker is away') : null))
    const one = start(
      [
        scripted('s', async function* () {
          yield batch('s', 1)
          yield batch('s', 2)
        }).source,
      ],
      away,
    )
    await one.done
    expect(await kept()).toEqual(['p1', 'p2'])
  })
})
