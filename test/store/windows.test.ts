// Windows in memory: the whole contract of the store is kept where every window is one; they are as the table is after each
// write, and which are held.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TransientError } from '../../errors.ts'
import type { Sql } from '../../store/sql.ts'
import { watched } from '../../store/watch.ts'
import { HeldWindows } from '../../store/windows.ts'
import { type Opened, storeContract } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { answers, expected, historyOf, tell, worldOf } from './histories.ts'
import { Oracle } from './oracle.ts'
import { day, minute } from './scores.ts'

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
    const fails = { reading: false, writing: false }
    const sql = {
      askSmall: async () => [{ n: String(rows), inside: String(inside) }],
      ask: async () => [],
      askBytes: async (query: string) => {
        asked.push(query.includes('post IN') ? 'some' : 'all')
        if (fails.reading) throw new TransientError('away')
        return Buffer.alloc(0)
      },
      insert: async () => {
        if (fails.writing) throw new TransientError('no answer')
      },
      tendTell: async () => {},
    } as unknown as Sql
    const windows = new HeldWindows(sql, { note: (event) => noted.push(event) })
    const opened = { windows, sql: watched(sql, [windows]) }
    const write = (posts: string[], columns: object = {}) =>
      opened.sql.insert(
        'mentions',
        posts.map((post) => ({ ...place, post, ...row, ...columns })),
      )
    /** Nobody knows whether it arrived. */
    const lose = async (posts: string[]) => {
      fails.writing = true
      await expect(write(posts)).rejects.toThrow('no answer')
      fails.writing = false
    }
    return { ...opened, asked, write, lose, fails }
  }
  const hash = (nr: number) => `00000000-0000-0000-0000-${String(nr).padStart(12, '0')}`
  const row = {
    ...{ version: '4', gone: 0, author: hash(9), at: minute(5), received: minute(6), inclusion: 1, source: 'file' },
    ...{ lang: 'en', skipped: '', copy: '', sentiment: { negative: 0.75, positive: 0.25 }, emotion: {}, stance: {} },
  }

  it('those of large topics, once; what is written then is taken in as it comes', async () => {
    const { windows, asked, write } = table({ rows: 20_000 })
    const all = await Promise.all([windows.of(filter), windows.of(filter), windows.of(filter)])
    expect(all.every((one) => one !== null && one === all[0])).toBe(true)
    const size = async () => (await windows.of(filter))!.size
    await write([hash(1), hash(2), hash(3)])
    expect(await size()).toBe(3)
    await write([hash(1)], { version: '5', gone: 1 })
    // An older version that comes late, and a marker below the row that is here.
    await write([hash(1)])
    await write([hash(2)], { version: '3', gone: 1 })
    expect(await size()).toBe(2)
    await write([hash(2)], { version: '6', at: '2020-01-01T00:00:00.000Z' })
    expect(await size()).toBe(1)
    await write([hash(1)], { version: String(2n ** 200n) })
    expect(await size()).toBe(2)
    await write([hash(4)], { topic: 'another' })
    expect(await size()).toBe(2)
    expect(asked).toEqual(['all'])
  })

  it('what may or may not have been written is asked for before the next question', async () => {
    const { windows, asked, lose } = table({ rows: 20_000 })
    await windows.of(filter)
    await lose([hash(1), hash(2)])
    await Promise.all([windows.of(filter), windows.of(filter)])
    await windows.of(filter)
    expect(asked).toEqual(['all', 'some'])
  })

  it('what cannot be taken in ends the window, not the writing', async () => {
    const { windows, asked, write } = table({ rows: 20_000 })
    await windows.of(filter)
    noted.length = 0
    await write([hash(1)], { author: undefined })
    expect(noted.splice(0)).toEqual(['a window is no longer held in memory'])
    await windows.of(filter)
    expect(asked).toEqual(['all', 'all'])
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
    const { windows, sql, asked, lose } = table({ rows: 20_000 })
    await windows.of(filter)
    await lose(Array.from({ length: 5_001 }, (_, nr) => hash(nr)))
    await windows.of(filter)
    await sql.tendTell('ALTER TABLE undercurrent.mentions DELETE WHERE gone = 0 AND post IN (1)')
    await windows.of(filter)
    expect(asked).toEqual(['all', 'all'])
    await sql.tendTell("ALTER TABLE undercurrent.mentions DELETE WHERE topic = 'x'")
    await windows.of(filter)
    expect(asked).toEqual(['all', 'all', 'all'])
  })

  it('none where it cannot be read, which is noted; then again', async () => {
    const { windows, asked, lose, fails } = table({ rows: 20_000 })
    fails.reading = true
    expect(await Promise.all([windows.of(filter), windows.of(filter)])).toEqual([null, null])
    fails.reading = false
    expect(await windows.of(filter)).not.toBeNull()
    await lose([hash(1)])
    fails.reading = true
    expect(await windows.of(filter)).toBeNull()
    expect(noted).toEqual(Array(2).fill('a window is no longer held in memory'))
    expect(asked).toEqual(['all', 'all', 'some'])
  })
})
