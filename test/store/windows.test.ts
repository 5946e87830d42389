// Windows in memory: the whole contract of the store is kept where every window is one; they are as the table is after each
// write, and which are held.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TransientError } from '../../errors.ts'
import type { Sql } from '../../store/sql.ts'
import { openWindows } from '../../store/windows.ts'
import { type Opened, storeContract } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { answers, expected, historyOf, tell, worldOf } from './histories.ts'
import { Oracle } from './oracle.ts'
import { day } from './scores.ts'

storeContract('chDB, every window in memory', () => openEmbedded({ eraseAfterMs: 200, windowRows: 0 }))

describe('windows in memory', () => {
  let opened: Opened
  beforeAll(async () => {
    opened = await openEmbedded({ eraseAfterMs: 50, inMemory: true, windowRows: 0 })
  })
  afterAll(() => opened.close())

  it('tell histories as the oracle does after each of their steps', { timeout: 120_000 }, async () => {
    for (let seed = 2_001; seed <= 2_008; seed++) {
      const world = worldOf(seed)
      const oracle = new Oracle()
      for (const [nr, step] of historyOf(world).entries()) {
        await tell(oracle, step)
        await tell(opened.store, step)
        expect(await answers(opened.store, world), `seed ${seed}, step ${nr}`).toEqual(expected(oracle, world))
      }
    }
  })
})

describe('which windows are held', () => {
  const place = { topic: 'tides', topic_version: 1, model: 'tiny@1' }
  const filter = { topic: { topic: 'tides', version: 1 }, model: 'tiny@1', window: day }
  const noted: string[] = []

  /** A table that holds `rows` posts by its count, and none by its bytes; says what it was asked. */
  function table({ rows, inside = rows }: { rows: number; inside?: number }) {
    const asked: string[] = []
    let fails = false
    const sql = {
      askSmall: async () => [{ n: String(rows), inside: String(inside) }],
      ask: async () => [],
      askBytes: async (query: string) => {
        asked.push(query.includes('post IN') ? 'some' : 'all')
        if (fails) throw new TransientError('away')
        return Buffer.alloc(0)
      },
      insert: async () => {},
      tendTell: async () => {},
    } as unknown as Sql
    const opened = openWindows(sql, { note: (event) => noted.push(event) })
    const write = (posts: string[]) =>
      opened.sql.insert(
        'mentions',
        posts.map((post) => ({ ...place, post })),
      )
    return { ...opened, asked, write, fail: (is: boolean) => (fails = is) }
  }
  const hash = (nr: number) => `00000000-0000-0000-0000-${String(nr).padStart(12, '0')}`

  it('those of large topics, once; then only what was written since', async () => {
    const { windows, asked, write } = table({ rows: 20_000 })
    const all = await Promise.all([windows.of(filter), windows.of(filter), windows.of(filter)])
    expect(all.every((one) => one !== null && one === all[0])).toBe(true)
    await write([hash(1), hash(2)])
    await Promise.all([windows.of(filter), windows.of(filter)])
    await windows.of(filter)
    expect(asked).toEqual(['all', 'some'])
  })

  it('not those of small topics, nor such as are too large, nor empty ones', async () => {
    for (const one of [table({ rows: 19_999 }), table({ rows: 900_000, inside: 300_000 })]) {
      expect(await one.windows.of(filter)).toBeNull()
      expect(one.asked).toEqual([])
    }
    const { windows } = table({ rows: 20_000 })
    expect(await windows.of({ ...filter, window: { from: day.to, to: day.from } })).toBeNull()
  })

  it('a part of one that is held, and the next moment of it, need no other', async () => {
    const { windows, asked } = table({ rows: 20_000 })
    await windows.of(filter)
    const later = new Date(Date.parse(day.to) + 60_000).toISOString()
    await windows.of({ ...filter, window: { from: day.from, to: later } })
    await windows.of({ ...filter, window: { from: new Date(Date.parse(day.from) + 60_000).toISOString(), to: day.to } })
    expect(asked).toEqual(['all'])
    await windows.of({ ...filter, model: 'other@1' })
    await windows.of({ ...filter, topic: { topic: 'tides', version: 2 } })
    expect(asked).toEqual(['all', 'all', 'all'])
  })

  it('all anew where very much was written, or a topic was dropped', async () => {
    const { windows, sql, asked, write } = table({ rows: 20_000 })
    await windows.of(filter)
    await write(Array.from({ length: 5_001 }, (_, nr) => hash(nr)))
    await windows.of(filter)
    await sql.tendTell('ALTER TABLE undercurrent.mentions DELETE WHERE gone = 0 AND post IN (1)')
    await windows.of(filter)
    expect(asked).toEqual(['all', 'all'])
    await sql.tendTell("ALTER TABLE undercurrent.mentions DELETE WHERE topic = 'x'")
    await windows.of(filter)
    expect(asked).toEqual(['all', 'all', 'all'])
  })

  it('none where it cannot be read, which is noted; then again', async () => {
    const { windows, asked, write, fail } = table({ rows: 20_000 })
    fail(true)
    expect(await Promise.all([windows.of(filter), windows.of(filter)])).toEqual([null, null])
    fail(false)
    expect(await windows.of(filter)).not.toBeNull()
    await write([hash(1)])
    fail(true)
    expect(await windows.of(filter)).toBeNull()
    expect(noted).toEqual(Array(2).fill('a window is no longer held in memory'))
    expect(asked).toEqual(['all', 'all', 'some'])
  })
})
