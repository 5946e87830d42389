// The client and what stands on it: questions are cut off and never hold up writes, errors say who must act, migrations
// run forward once, other keys are refused.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CorruptionError, UserError } from '../../errors.ts'
import { openKeys } from '../../store/keys.ts'
import { migrate, shippedMigrations, statementsOf } from '../../store/migrate.ts'
import { literal, openClient, type Sql, uuids } from '../../store/sql.ts'
import { openStore } from '../../store/store.ts'
import { noError } from './scores.ts'

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-sql-'))
const path = join(folder, 'store')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the client', () => {
  let sql: Sql
  beforeAll(async () => {
    sql = await openClient({ path }, { askSeconds: 1 })
    await migrate(sql)
  })
  afterAll(() => sql[Symbol.asyncDispose]())

  it('cuts a long question off with advice, and writes do not wait for it', async () => {
    const start = performance.now()
    const long = sql.ask('SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = {x:UInt64}', {
      x: 1,
    })
    const refused = expect(long).rejects.toThrow(UserError)
    await sql.insert('sources', [{ source: 'while a question runs' }])
    const rows = await sql.look("SELECT source FROM undercurrent.sources WHERE source = 'while a question runs'")
    const wrote = performance.now() - start
    await refused
    expect(rows).toHaveLength(1)
    expect(wrote).toBeLessThan(performance.now() - start)
    await expect(long).rejects.toMatchObject({ status: 422, hint: expect.stringMatching(/shorter window/) })
  })

  it('asks again after a question was cut off', async () => {
    expect(await sql.ask('SELECT {x:String} AS x', { x: 'fine' })).toEqual([{ x: 'fine' }])
  })

  it('binds any text unharmed', async () => {
    const text = 'a\tb\nc\\d\'e"f`g{x:String}\u0000\u2028\ud83d\ude00 \\N \\t %'
    expect(await sql.ask('SELECT {x:String} AS x, {l:Array(String)} AS l', { x: text, l: [text, ''] })).toEqual([
      { x: text, l: [text, ''] },
    ])
    expect(await sql.look(`SELECT ${literal(text)} AS x`)).toEqual([{ x: text }])
  })

  it('embeds only what it made itself', () => {
    expect(() => uuids(["x') OR 1 --"])).toThrow('not a list of hashes')
    expect(() => uuids([])).toThrow('not a list of hashes')
  })

  it('refuses a second process on the folder by name', async () => {
    expect(await sql.look('SELECT 1 AS one')).toEqual([{ one: 1 }])
    const { spawnSync } = await import('node:child_process')
    const script = `import { openClient } from './store/sql.ts'
      try { await openClient({ path: ${JSON.stringify(path)} }) } catch (error) { console.log(error.name, error.hint) }
      process.exit(0)`
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(ran.stdout).toContain('UserError Talk to the running undercurrent')
  })
})

describe('migrations', () => {
  it('splits statements and drops comments', () => {
    expect(statementsOf('-- one; two\nCREATE a;\n\nCREATE b -- c\n(x);\n')).toEqual(['CREATE a', 'CREATE b \n(x)'])
    const versions = shippedMigrations().map(({ version }) => version)
    expect(versions).toEqual(versions.map((_, at) => at + 1))
  })

  it('run once, in order, again after a cut, and never backward', async () => {
    await using sql = await openClient({ path })
    expect(await migrate(sql)).toEqual([])
    const shipped = shippedMigrations()
    const more = [
      ...shipped,
      {
        version: 902,
        name: '902_one.sql',
        statements: ['CREATE TABLE IF NOT EXISTS undercurrent.two (x UInt8) ENGINE = Memory'],
      },
      {
        version: 903,
        name: '903_bad.sql',
        statements: ['CREATE TABLE undercurrent.three (x Nonsense) ENGINE = Memory'],
      },
    ]
    await expect(migrate(sql, more)).rejects.toThrow()
    expect(await migrate(sql, more.slice(0, -1))).toEqual([])
    await expect(migrate(sql)).rejects.toThrow(UserError)
    await sql.tell('ALTER TABLE undercurrent.migrations DELETE WHERE version > 900 SETTINGS mutations_sync = 1')
  })
})

describe('opening', () => {
  it('refuses keys that are not the store’s own', async () => {
    const own = openKeys(join(folder, 'keys.json'))
    await (await openStore({ path, keys: own, modelError: noError }))[Symbol.asyncDispose]()
    const other = openKeys(join(folder, 'other.json'))
    await expect(openStore({ path, keys: other, modelError: noError })).rejects.toThrow(CorruptionError)
    await (await openStore({ path, keys: own, modelError: noError }))[Symbol.asyncDispose]()
  })

  it('says that a server cannot be reached, and what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const keys = openKeys(join(folder, 'keys.json'))
    const opening = openStore({ url: `http://127.0.0.1:${port}`, tries: 1, keys, modelError: noError })
    await expect(opening).rejects.toMatchObject({ name: 'UserError', hint: expect.stringContaining('store.url') })
  })
})
