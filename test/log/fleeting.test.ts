// Posts that nobody may keep: gone from the log once they were read, from every byte of its files, and from nothing else.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteLog, type SqliteLogOptions } from '../../log/sqlite.ts'
import type { Change } from '../../types.ts'
import { append, at, eventually, ids, never, post, readAll, scanned } from '../contract/changes.ts'

let dir: string
const open = (options: Partial<SqliteLogOptions> = {}) =>
  openSqliteLog({
    ...{ path: join(dir, 'log.db'), retention: { hours: 48, bytes: 1e9 }, hashKey: Buffer.alloc(32, 7) },
    ...{ sweepMs: 10, checkpointMs: 10, fleeting: { sources: ['brief'], reader: 'analyze' } },
    ...options,
  })
const holds = async (marker: string) => {
  const names = await readdir(dir)
  const files = await Promise.all(names.map((name) => readFile(join(dir, name))))
  return files.some((bytes) => bytes.includes(marker))
}
const brief = (id: string, more = {}) =>
  post(id, { source: 'brief', text: `BRIEF-WORDS-${id}`, author: `BRIEF-NAME-${id}`, ...more })
const briefGone = (id: string): Change => ({ op: 'delete', source: 'brief', id, at: at(1), revision: null })
const commitAll = (log: Awaited<ReturnType<typeof open>>) => readAll(log, 'analyze')

describe('posts of a fleeting source', () => {
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'undercurrent-fleeting-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  test('stay until the reader has committed behind them, then leave every byte of the files; others stay', async () => {
    await using log = await open()
    await append(log, [brief('1'), post('kept'), brief('2')])
    expect(ids(await readAll(log, 'analyze', { commit: false }))).toEqual(['1', 'kept', '2'])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await holds('BRIEF-WORDS-2')).toBe(true)
    expect(ids(await commitAll(log))).toEqual(['1', 'kept', '2'])
    await eventually(async () => !(await holds('BRIEF-WORDS')) && !(await holds('BRIEF-NAME')))
    expect(await holds('words of kept')).toBe(true)
    expect((await scanned(log)).map(({ id }) => id)).toEqual(['kept'])
    expect(await log.status()).toMatchObject({ posts: 1 })
  })

  test('are in no scan while they wait: previews, proposals and spellings never see their words', async () => {
    await using log = await open()
    await append(log, [brief('1'), post('kept'), brief('2')])
    expect((await scanned(log)).map(({ id }) => id)).toEqual(['kept'])
    expect(ids(await readAll(log, 'analyze'))).toEqual(['1', 'kept', '2'])
  })

  test('another reader’s commit lets none of them go', async () => {
    await using log = await open()
    await append(log, [brief('1')])
    await readAll(log, 'history:other')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(ids(await readAll(log, 'analyze'))).toEqual(['1'])
  })

  test('a repeat after it is taken in once more, and goes once more; a deleted one stays out', async () => {
    await using log = await open()
    await append(log, [brief('1', { revision: '1' })])
    await commitAll(log)
    await eventually(async () => (await log.status()).posts === 0)
    await append(log, [brief('1', { revision: '1' })])
    expect(ids(await commitAll(log))).toEqual(['1'])
    await append(log, [briefGone('1'), brief('1', { revision: '1' })])
    expect((await commitAll(log)).map(({ change }) => change.op)).toEqual(['delete'])
    await eventually(async () => !(await holds('BRIEF-WORDS')))
  })

  test('many go in steps, and what went otherwise leaves nothing to count', async () => {
    await using log = await open()
    const many = Array.from({ length: 1_500 }, (_, nr) => brief(`m${nr}`))
    await append(log, many)
    await append(
      log,
      many.slice(0, 300).map(({ id }) => briefGone(id)),
    )
    await commitAll(log)
    await eventually(async () => (await log.status()).posts === 0 && !(await holds('BRIEF-WORDS')))
    const direct = new DatabaseSync(join(dir, 'log.db'))
    expect(direct.prepare('SELECT count(*) AS n FROM fleeting').get()).toEqual({ n: 0 })
    expect(direct.prepare('SELECT posts FROM kept').get()).toEqual({ posts: 0 })
    direct.close()
  })

  test('a restart between reading and leaving forgets none', async () => {
    {
      await using log = await open({ sweepMs: 3_600_000 })
      await append(log, [brief('1'), brief('2')])
      await commitAll(log)
    }
    expect(await holds('BRIEF-WORDS-1')).toBe(true)
    await using log = await open()
    await eventually(async () => !(await holds('BRIEF-WORDS')))
    expect((await log.status()).posts).toBe(0)
  })

  test('a log of an earlier version is opened, and goes on', async () => {
    {
      await using log = await open()
      await append(log, [post('old')])
    }
    const direct = new DatabaseSync(join(dir, 'log.db'))
    direct.exec('DROP TABLE fleeting; PRAGMA user_version = 1')
    direct.close()
    await using log = await open()
    await append(log, [brief('1')])
    const seen: string[] = []
    for await (const slice of log.read('analyze', never, { until: 2 })) {
      seen.push(...ids(slice.changes))
      await slice.commit()
    }
    expect(seen).toEqual(['old', '1'])
    await eventually(async () => !(await holds('BRIEF-WORDS')))
  })
})
