// What errors of the engine and of the way to it come to: whose they are, by code alone, and never the engine's own words.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CorruptionError, TransientError, UserError } from '../../errors.ts'
import { openClient } from '../../store/sql.ts'
import { told, toldShown } from '../../store/told.ts'
import { startFront } from '../doubles/clickhouseFront.ts'

const engine = (code: string) => Object.assign(new Error("the words of a post: 'secret'"), { code, type: 'SOME_TYPE' })

describe('by code', () => {
  it.each(['202', '209', '225', '242', '243', '252', '319', '394', '745', '999'])('%s passes by itself', (code) => {
    for (const error of [told(engine(code)), told(engine(code), { writing: true }), toldShown(engine(code))])
      expect(error).toBeInstanceOf(TransientError)
  })

  it.each(['159', '160', '241', '307', '396'])('%s is for a person to narrow, and for a writer to repeat', (code) => {
    expect(told(engine(code))).toMatchObject({ name: 'UserError', status: 422 })
    expect(told(engine(code), { writing: true })).toBeInstanceOf(TransientError)
  })

  it.each(['ECONNRESET', 'ECONNREFUSED', 'EAI_AGAIN', 'EPIPE'])('%s is an unreachable store', (code) => {
    expect(told(Object.assign(new Error('read'), { code }))).toBeInstanceOf(TransientError)
    expect(toldShown(Object.assign(new Error('read'), { code }))).toBeInstanceOf(TransientError)
  })

  it('no code at all is the way to a server, or a mistake of ours', () => {
    expect(told(new Error('<html>'), { remote: true })).toBeInstanceOf(TransientError)
    expect(toldShown(new Error('<html>'), { remote: true })).toBeInstanceOf(TransientError)
    expect(told(new Error('closed'))).not.toBeInstanceOf(TransientError)
  })

  it('rights and broken parts are for a person', () => {
    expect(told(engine('516'), { remote: true, writing: true })).toBeInstanceOf(UserError)
    expect(told(engine('246'))).toBeInstanceOf(CorruptionError)
    expect(told(engine('62'), { remote: true, writing: true })).not.toBeInstanceOf(TransientError)
  })

  it('no word of the engine goes further, nor in a cause', () => {
    for (const code of ['62', '252', '241', '516', '47'])
      for (const more of [{}, { writing: true }, { remote: true }]) {
        const { message, cause } = told(engine(code), more) as Error
        expect(`${message} ${cause}`).not.toContain('secret')
      }
  })
})

describe('over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-told-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('a wrong password is told with what to set; a server that is away, as what passes', async () => {
    const front = await startFront({ path: join(folder, 'server'), password: 'right' })
    await using sql = await openClient({ url: front.url, password: 'right' })
    await using wrong = await openClient({ url: front.url, password: 'wrong' })
    expect(await sql.look('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await expect(wrong.look('SELECT 1')).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringContaining('UNDERCURRENT_STORE_PASSWORD'),
    })
    await front[Symbol.asyncDispose]()
    await expect(sql.look('SELECT 1')).rejects.toBeInstanceOf(TransientError)
    await expect(sql.ask('SELECT {x:String}', { x: 'y' })).rejects.toBeInstanceOf(TransientError)
    await using again = await startFront({
      path: join(folder, 'server'),
      password: 'right',
      port: Number(new URL(front.url).port),
    })
    expect(again.url).toBe(front.url)
    expect(await sql.ask('SELECT {x:String} AS x', { x: 'y' })).toEqual([{ x: 'y' }])
  })

  it('more values than an address takes go in the statement', async () => {
    await using front = await startFront({ path: join(folder, 'server') })
    await using sql = await openClient({ url: front.url })
    const list = Array.from({ length: 30_000 }, (_, nr) => `00000000-0000-0000-0000-${String(nr).padStart(12, '0')}`)
    const [row] = await sql.ask<{ n: string }>('SELECT toString(length({list:Array(UUID)})) AS n', { list })
    expect(row).toEqual({ n: '30000' })
    const text = "x') OR 1 -- {x:String} \\ ".repeat(9_000)
    expect(await sql.ask('SELECT {x:String} AS x', { x: text })).toEqual([{ x: text }])
  })
})
