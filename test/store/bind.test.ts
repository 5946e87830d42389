// Values written into a statement for the embedded engine: whatever they hold, the engine reads them back as they were.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bound, literal } from '../../store/bind.ts'
import { openClient, type Sql } from '../../store/sql.ts'

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-bind-'))
let sql: Sql
beforeAll(async () => {
  sql = await openClient({ path: join(folder, 'store') })
})
afterAll(async () => {
  await sql[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const hostile = [
  "x') OR 1 --",
  "\\') UNION ALL SELECT 1 --",
  '{x:String}',
  '$& $1 $`',
  'a\tb\nc\rd\0e\bf\fg',
  '\\N',
  "['a','b']",
  '\u2028\u202e😀é',
  '',
  'ÿþ'.repeat(5_000),
]

it('leaves no byte of a value in the statement', () => {
  for (const text of hostile.filter((one) => one.length > 1)) {
    const statement = bound('SELECT {x:String}, {l:Array(String)}', { x: text, l: [text] })
    expect(statement).toMatch(/^SELECT unhex\('[0-9a-f]*'\), CAST\(unhex\('[0-9a-f]*'\), 'Array\(String\)'\)$/)
  }
})

it('brings back any text, alone and in a list', async () => {
  for (const text of hostile)
    expect(await sql.ask('SELECT {x:String} AS x, {l:Array(String)} AS l', { x: text, l: [text, '', text] })).toEqual([
      { x: text, l: [text, '', text] },
    ])
  expect(await sql.ask('SELECT {l:Array(String)} AS l', { l: [] })).toEqual([{ l: [] }])
})

it('brings back numbers, times and hashes as the types the statement names', async () => {
  const uuid = '0192e4a7-5b1c-7d3e-8f90-123456789abc'
  const params = { big: '18446744073709551615', at: '2026-11-28 10:00:00.123', uuid, list: [uuid] }
  const [row] = await sql.ask<Record<string, unknown>>(
    `SELECT toString({big:UInt64}) AS big, {at:DateTime64(3)} AS at, {uuid:UUID} AS uuid,
       toUUID('${uuid}') IN {list:Array(UUID)} AS has, toTypeName({big:UInt64}) AS type, {few:Array(UInt32)} AS few`,
    { ...params, few: [1, 2] },
  )
  expect(row).toMatchObject({ big: params.big, at: params.at, uuid, type: 'UInt64', few: [1, 2] })
  expect(Number(row!.has)).toBe(1)
  await expect(sql.ask('SELECT {x:UInt32} AS x', { x: '1 OR 1' })).rejects.toThrow('refused')
})

it('takes tens of thousands of hashes at once', async () => {
  const list = Array.from({ length: 30_000 }, (_, nr) => `00000000-0000-0000-0000-${String(nr).padStart(12, '0')}`)
  const [row] = await sql.ask<{ n: string }>('SELECT toString(length({list:Array(UUID)})) AS n', { list })
  expect(row).toEqual({ n: '30000' })
})

it('throws where a value is missing', () => {
  expect(() => bound('SELECT {x:String}')).toThrow('no value for {x:String}')
  expect(literal("'")).toBe("unhex('27')")
})

it('lets a short question answer while a long one runs', async () => {
  const long = 'SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = {x:UInt64}'
  let over = false
  await using slow = await openClient({ path: join(folder, 'store') }, { askSeconds: 1 })
  const cut = expect(slow.later.ask(long, { x: 1 }).finally(() => (over = true))).rejects.toThrow('too long')
  expect(await sql.ask('SELECT {x:String} AS x', { x: 'short' })).toEqual([{ x: 'short' }])
  expect(over).toBe(false)
  await cut
})
