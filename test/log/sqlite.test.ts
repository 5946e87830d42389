// The SQLite log: the contract of every log, and what only a file can get wrong: kill -9, a second process, leftovers in
// free pages, a damaged file, a lost key.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CorruptionError, TransientError, UserError } from '../../errors.ts'
import { openSqliteLog, type SqliteLogOptions } from '../../log/sqlite.ts'
import { metrics } from '../../metrics.ts'
import { account, append, eventually, gone, ids, never, post, readAll, scanned } from '../contract/changes.ts'
import { type LogFixture, logContract } from '../contract/log.ts'
import { logOracle } from '../contract/logOracle.ts'

const hashKey = Buffer.alloc(32, 7)
let dir: string
const open = (options: Partial<SqliteLogOptions> = {}) =>
  openSqliteLog({
    path: join(dir, 'log.db'),
    retention: { hours: 48, bytes: 1e9 },
    hashKey,
    sweepMs: 20,
    checkpointMs: 20,
    ...options,
  })
const bytes = async () => {
  const names = await readdir(dir)
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(dir, name)))))
}
const makeDir = async () => {
  dir = await mkdtemp(join(tmpdir(), 'undercurrent-log-'))
}
const removeDir = () => rm(dir, { recursive: true, force: true })

async function makeFixture(): Promise<LogFixture> {
  await makeDir()
  return {
    open: ({ now, hours = 48, bytes: limit = 1e9 } = {}) =>
      open({ retention: { hours, bytes: limit }, ...(now ? { now } : {}) }),
    bytes,
    remove: removeDir,
  }
}

logContract('SQLite', makeFixture)
logOracle('SQLite', makeFixture)

/** A generator of numbers 0..1 that repeats for a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('the file', () => {
  beforeEach(makeDir)
  afterEach(removeDir)

  test('no leftovers in free pages: of 3,000 posts, erased in every way, only the live ones can be found', async () => {
    const random = seeded(11)
    await using log = await open()
    const marker = (n: number) => `<${n}:${Math.imul(n, 2654435761) >>> 0}>`
    const write = (n: number) => {
      const text = `${marker(n)} ${'filler '.repeat(random() * (n % 50 === 0 ? 900 : 40))}`
      return post(String(n), { text, author: `author ${n % 100}`, revision: '1' })
    }
    for (let n = 0; n < 3_000; n += 100)
      await append(
        log,
        Array.from({ length: 100 }, (_, index) => write(n + index)),
      )
    const live = new Set(Array.from({ length: 3_000 }, (_, n) => n))
    for (let round = 0; round < 60; round++) {
      const victims = Array.from({ length: 30 }, () => Math.floor(random() * 3_000))
      for (const n of victims) live.delete(n)
      const edit = (n: number) =>
        post(String(n), { op: 'update', text: 'edited', author: `author ${n % 100}`, revision: '2' })
      await append(
        log,
        victims.map((n) => (n % 3 === 0 ? edit(n) : gone(String(n)))),
      )
    }
    for (let n = 0; n < 100; n += 9) {
      for (let one = n; one < 3_000; one += 100) live.delete(one)
      await append(log, [account('withdraw', `author ${n}`, 9)])
    }
    const wrong = async () => {
      const disk = (await bytes()).toString('latin1')
      return Array.from({ length: 3_000 }, (_, n) => n).filter((n) => disk.includes(marker(n)) !== live.has(n))
    }
    await eventually(async () => (await wrong()).length === 0).catch(() => {})
    expect(await wrong()).toEqual([])
    expect(live.size).toBeGreaterThan(500)
  }, 60_000)

  test('drops are counted under their reason, and what is appended is counted', async () => {
    await using log = await open()
    const count = async (reason: string) => {
      const { values } = await metrics.dropped.get()
      return values.find(({ labels }) => labels.reason === reason && labels.source === 'test')?.value ?? 0
    }
    const before = await Promise.all(['deleted', 'withdrawn', 'stale'].map(count))
    await append(log, [gone('a'), account('withdraw', 'ann', 1), post('s', { revision: '2' })])
    await append(log, [post('a'), post('b', { author: 'ann' }), post('s', { revision: '1' }), post('c')])
    const after = await Promise.all(['deleted', 'withdrawn', 'stale'].map(count))
    expect(after.map((value, index) => value - before[index]!)).toEqual([1, 1, 1])
  })

  test('two processes: appends of each reach readers of the other', async () => {
    await using ours = await open({ pollMs: 10 })
    await using theirs = await open()
    const slices = ours.read('live', never)[Symbol.asyncIterator]()
    const next = slices.next()
    await append(theirs, [post('from elsewhere')], 'there')
    expect(ids((await next).value!.changes)).toEqual(['from elsewhere'])
    expect(await ours.cursor('test')).toBe('there')
    const both = [ours, theirs, ours, theirs].map((log, index) => append(log, [post(`both ${index}`)]))
    expect(new Set(await Promise.all(both)).size).toBe(4)
    expect(await scanned(theirs)).toHaveLength(5)
    await slices.return!()
  })

  test('a write lock that another process holds is trouble for now, not for ever', async () => {
    await using log = await open()
    const other = new DatabaseSync(join(dir, 'log.db'))
    other.exec('BEGIN IMMEDIATE')
    await expect(append(log, [post('a')])).rejects.toThrow(TransientError)
    other.exec('ROLLBACK')
    other.close()
    expect(await append(log, [post('a')])).toBe(1)
  }, 60_000)

  test('a slice ends by size too', async () => {
    await using log = await open()
    await append(
      log,
      Array.from({ length: 100 }, (_, n) => post(String(n), { text: 'x'.repeat(100_000) })),
    )
    for await (const slice of log.read('r', never, { until: 100 })) expect(slice.changes.length).toBeLessThanOrEqual(50)
  })

  test('a file with free pages shrinks again', async () => {
    const large = Array.from({ length: 100 }, (_, n) => post(String(n), { text: 'x'.repeat(90_000) }))
    const size = async () => (await readFile(join(dir, 'log.db'))).length
    {
      // Nothing is given back while this one is open: the file has its free pages when it closes.
      await using log = await open({ checkpointMs: 3_600_000 })
      for (let from = 0; from < 100; from += 10) await append(log, large.slice(from, from + 10))
      await append(
        log,
        large.map(({ id }) => gone(id)),
      )
    }
    expect(await size()).toBeGreaterThan(7_000_000)
    await using log = await open()
    await append(log, [post('more'), gone('more')])
    await eventually(async () => (await size()) < 6_000_000)
  })

  test('a damaged file, a damaged row, a newer file and a wrong key each say so', async () => {
    const log = await open()
    await append(log, [post('a')])
    await log[Symbol.asyncDispose]()
    await expect(open({ hashKey: Buffer.alloc(32, 8) })).rejects.toThrow(UserError)
    const direct = new DatabaseSync(join(dir, 'log.db'))
    direct.exec(`UPDATE changes SET fields = '[1,"test"]'; PRAGMA user_version = 99`)
    await expect(open()).rejects.toThrow(/newer version/)
    direct.exec('PRAGMA user_version = 1')
    direct.close()
    const broken = await open()
    await expect(readAll(broken)).rejects.toThrow(CorruptionError)
    await broken[Symbol.asyncDispose]()
    await writeFile(join(dir, 'log.db'), Buffer.alloc(8_192, 'not a database '))
    await expect(open()).rejects.toThrow(CorruptionError)
  })

  test('killed ten times in mid-append: every acknowledged batch is there, whole, and the cursor fits', async () => {
    const random = seeded(20261122)
    for (let kill = 0; kill < 10; kill++) {
      const acknowledged = await appendUntilKilled(1 + Math.floor(random() * 25))
      await using log = await open()
      const cursor = Number(await log.cursor('killed'))
      expect(cursor).toBeGreaterThanOrEqual(acknowledged)
      const found = ids(await readAll(log, `after kill ${kill}`))
      expect(found).toEqual(Array.from({ length: cursor * 3 }, (_, n) => `${Math.floor(n / 3) + 1}.${n % 3}`))
    }
  }, 120_000)
})

/** Lets a child append, kills it while it goes on after so many acknowledgements; the last one it was given. */
async function appendUntilKilled(acknowledgements: number): Promise<number> {
  const script = join(import.meta.dirname, 'appender.ts')
  const child: ChildProcess = spawn(process.execPath, [script, join(dir, 'log.db'), hashKey.toString('hex')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  let last = 0
  let seen = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line)
    if (++seen === acknowledgements) child.kill('SIGKILL')
  }
  await exited
  return last
}
