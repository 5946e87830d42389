// Answers about tables that are seldom written are kept until one of them is, and failures are not kept.
import { expect, it } from 'vitest'
import { gapsIn } from '../../store/coverage.ts'
import type { Sql } from '../../store/sql.ts'
import { watched } from '../../store/watch.ts'

function open() {
  const heard: string[] = []
  const fails = { insert: false }
  const told = {
    insert: async () => {
      if (fails.insert) throw new Error('no answer')
    },
    tell: async () => {},
    tendTell: async () => {},
  }
  const watcher = {
    wrote: (rows: object[]) => heard.push(`wrote ${rows.length}`),
    doubt: (rows: object[]) => heard.push(`doubt ${rows.length}`),
    clear: () => heard.push('clear'),
  }
  const sql = watched(told as unknown as Sql, [watcher as never])
  let asked = 0
  const ask = (table: string, key = '') => sql.seldom!(table, key, async () => ++asked)
  return { sql, ask, heard, fails }
}

it('kept by table and key, until that table is written', async () => {
  const { sql, ask } = open()
  expect([await ask('gaps'), await ask('gaps'), await ask('gaps', 'b'), await ask('labels')]).toEqual([1, 1, 2, 3])
  await sql.insert('gaps', [])
  await sql.insert('mentions', [{}])
  expect(await ask('gaps')).toBe(1)
  await sql.insert('gaps', [{}])
  expect([await ask('gaps'), await ask('labels')]).toEqual([4, 3])
  await sql.tell("ALTER TABLE undercurrent.labels DELETE WHERE topic = 'a'")
  expect([await ask('gaps'), await ask('labels')]).toEqual([4, 5])
  await sql.tendTell("ALTER TABLE undercurrent.mentions DELETE WHERE gone = 0 AND post IN ('a')")
  expect(await ask('gaps')).toBe(4)
  await sql.tendTell("ALTER TABLE undercurrent.articles DELETE WHERE topic = 'a'")
  expect(await ask('gaps')).toBe(6)
})

it('a write that failed may have arrived: its table is asked again', async () => {
  const { sql, ask, fails, heard } = open()
  await ask('gaps')
  fails.insert = true
  await expect(sql.insert('gaps', [{}])).rejects.toThrow('no answer')
  expect(await ask('gaps')).toBe(2)
  await expect(sql.insert('mentions', [{}, {}])).rejects.toThrow('no answer')
  expect(heard).toEqual(['doubt 2'])
})

it('who holds rows hears of each write of them, and of every other change', async () => {
  const { sql, heard } = open()
  await sql.insert('mentions', [{}, {}, {}])
  await sql.insert('gaps', [{}])
  await sql.tendTell("ALTER TABLE undercurrent.mentions DELETE WHERE gone = 0 AND post IN ('a')")
  await sql.tendTell("ALTER TABLE undercurrent.mentions DELETE WHERE topic = 'a'")
  expect(heard).toEqual(['wrote 3', 'clear'])
})

it('a question that fails is asked again', async () => {
  const { sql } = open()
  const failing = () => Promise.reject(new Error('away'))
  await expect(sql.seldom!('gaps', '', failing)).rejects.toThrow('away')
  expect(await sql.seldom!('gaps', '', async () => 'there')).toBe('there')
})

it('gaps that touch are told as one, and are held apart all the same', async () => {
  const gap = (from: number, to: number) => ({ source: 'bluesky', first: `${from}`, last: `${to}`, reason: 'offline' })
  const told = { askSmall: async () => [gap(10, 20), gap(20, 30)], ask: async () => [] }
  const sql = watched(told as unknown as Sql, [])
  const during = (from: number, to: number) => ({
    ...{ topic: { topic: 'tides', version: 1 }, model: 'm@1' },
    window: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
  })
  const late = await gapsIn(sql, during(25, 40))
  expect(late).toMatchObject([{ from: new Date(20).toISOString() }])
  expect(await gapsIn(sql, during(0, 40))).toMatchObject([
    { from: new Date(10).toISOString(), to: new Date(30).toISOString() },
  ])
  expect(await gapsIn(sql, during(15, 18))).toMatchObject([{ to: new Date(20).toISOString() }])
  expect(await gapsIn(sql, during(25, 40))).toEqual(late)
})
