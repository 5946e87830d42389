// The front speaks as a ClickHouse server does, to the official client and to plain requests.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Connection, connect } from '../../store/connection.ts'
import { type Front, startFront } from './clickhouseFront.ts'

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-front-'))
let front: Front
let connection: Connection
beforeAll(async () => {
  front = await startFront({ path: join(folder, 'server') })
  connection = await connect({ url: front.url })
})
afterAll(async () => {
  await connection.client.close()
  await front[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const rows = async (query: string, more: object = {}) =>
  (await connection.client.query({ query, format: 'JSONEachRow', ...more })).json()
const ask = async (query: string, init?: RequestInit) => {
  const response = await fetch(`${front.url}/?${query}`, init)
  const code = response.headers.get('x-clickhouse-exception-code')
  return { status: response.status, code, text: await response.text() }
}

it('answers a ping, a statement in the address and one in the body', async () => {
  expect(await connection.client.ping()).toEqual({ success: true })
  expect(await ask('query=SELECT+1')).toEqual({ status: 200, code: null, text: '1\n' })
  expect(await ask('', { method: 'POST', body: 'SELECT 1 AS one FORMAT JSONEachRow' })).toMatchObject({
    text: '{"one":1}\n',
  })
})

it('takes rows behind the statement, in the body alone too', async () => {
  const { client } = connection
  await client.command({ query: 'CREATE TABLE t (a UInt8, b String) ENGINE = MergeTree ORDER BY a' })
  await client.insert({ table: 't', values: [{ a: 1, b: "{a:String} '\\\n" }], format: 'JSONEachRow' })
  await client.command({ query: 'INSERT INTO t FORMAT JSONEachRow\n{"a":2,"b":"ÿ"}' })
  expect(await rows('SELECT * FROM t ORDER BY a')).toEqual([
    { a: 1, b: "{a:String} '\\\n" },
    { a: 2, b: 'ÿ' },
  ])
})

it('binds parameters, whatever they hold', async () => {
  const hostile = ["x') OR 1 --", '{l:Array(String)}', 'a\tb\nc\rd\0e\\N', "['a','b']", '😀$&']
  for (const x of hostile)
    expect(await rows('SELECT {x:String} AS x, {l:Array(String)} AS l', { query_params: { x, l: [x, ''] } })).toEqual([
      { x, l: [x, ''] },
    ])
})

it('forgets the settings and the database of a statement with it', async () => {
  const threads = "SELECT getSetting('max_threads') AS n, currentDatabase() AS d"
  const [usual] = (await rows(threads)) as { n: number; d: string }[]
  const set = { clickhouse_settings: { max_threads: 7, readonly: '1', wait_end_of_query: 1 } }
  expect(await rows(threads, set)).toMatchObject([{ n: 7, d: 'default' }])
  expect(await ask(`database=system&query=${encodeURIComponent(threads)}`)).toMatchObject({
    text: `${usual!.n}\tsystem\n`,
  })
  expect(await rows(threads)).toEqual([usual])
  await connection.client.command({ query: 'CREATE TABLE after (a UInt8) ENGINE = Memory' })
})

it('tells exceptions by code, refuses writes where it may only read, and goes on', async () => {
  const refused = await ask('', { method: 'POST', body: 'SELECT nothing' })
  expect(refused).toMatchObject({ status: 500, code: '47' })
  expect(refused.text).toMatch(/^Code: 47\. DB::Exception: .*\(UNKNOWN_IDENTIFIER\)/s)
  await expect(rows('SELECT nothing')).rejects.toMatchObject({ code: '47', type: 'UNKNOWN_IDENTIFIER' })
  expect((await ask('query=CREATE+TABLE+x+(a+UInt8)+ENGINE=Memory')).code).toBe('164')
  expect((await ask('readonly=1', { method: 'POST', body: 'CREATE TABLE x (a UInt8) ENGINE = Memory' })).code).toBe(
    '164',
  )
  expect((await ask('no_such_setting=1&query=SELECT+1')).code).toBe('115')
  expect((await ask('query=SELECT+1')).text).toBe('1\n')
})

it('answers many at once, each with its own', async () => {
  const numbers = Array.from({ length: 30 }, (_, nr) => nr)
  expect(await Promise.all(numbers.map((nr) => rows(`SELECT ${nr} AS nr`)))).toEqual(numbers.map((nr) => [{ nr }]))
})

it('counts each fault that fired, once it has', async () => {
  await front.faults({ next: ['refused503', 'busy', 'cut', 'cutDone', 'cutAnswer', 'half', 'failedMidway'] })
  expect(await ask('query=SELECT+1')).toMatchObject({ status: 503, code: null })
  expect(await ask('query=SELECT+1')).toMatchObject({ status: 500, code: '202' })
  for (let nr = 0; nr < 3; nr++) await expect(ask('query=SELECT+11111')).rejects.toThrow()
  expect(await ask('query=SELECT+11111')).toEqual({ status: 200, code: null, text: '111' })
  await expect(ask('query=SELECT+11111')).rejects.toThrow()
  expect((await ask('query=SELECT+1')).text).toBe('1\n')
  const once = { refused503: 1, busy: 1, cut: 1, cutDone: 1, cutAnswer: 1, half: 1, failedMidway: 1 }
  expect((await front.counts()).fired).toEqual(once)
})
