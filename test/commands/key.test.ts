// `undercurrent key` on one data folder: the key of all, and others that are made, listed and revoked beside a running
// process, which obeys at once. Called as the CLI calls it; the processes themselves are tested in test/cli.test.ts.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { key as command } from '../../commands/key.ts'
import { type Config, readConfig } from '../../config.ts'
import { apiKey } from '../../daemon.ts'
import { openKeyring } from '../../dashboards/keys.ts'
import { UserError } from '../../errors.ts'
import { openLog } from '../../pipeline.ts'

let folder: string
let config: Config
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-key-'))
  config = readConfig({ data: folder }, {})
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Words {
  scope?: string[]
  expires?: string
  json?: boolean
}

/** What it prints. */
async function printed(words: string[], more: Words = {}): Promise<string> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(await command(config, { flags: {}, words, json: false, ...more })).toBe(0)
  const text = print.mock.calls.map(([line]) => line).join('\n')
  print.mockRestore()
  return text
}

describe('undercurrent key', () => {
  test('alone prints the key of all', async () => {
    expect(await printed([])).toBe(apiKey(config).key)
    expect(JSON.parse(await printed([], { json: true }))).toEqual({ key: apiKey(config).key })
  })

  test('makes, lists and revokes; a running process obeys at once', async () => {
    await using log = await openLog(config)
    const ring = openKeyring({ log, master: 'master', now: Date.now, note: () => {} })
    expect(await printed(['list'])).toBe('No other keys: undercurrent key make NAME --scope read')
    const expires = new Date(Date.now() + 86_400_000).toISOString()
    const made = await printed(['make', 'nightly', 'import'], { scope: ['write', 'read'], expires })
    expect(made).toMatch(/^uc_[\w-]{43}$/)
    const { keys } = JSON.parse(await printed(['list'], { json: true })) as { keys: { id: string }[] }
    expect(keys).toMatchObject([{ name: 'nightly import', scopes: ['read', 'write'], expires, used: null }])
    const { id } = keys[0]!
    expect(await printed(['list'])).toBe(`${id}  read write  nightly import, until ${expires.slice(0, 16)}; never used`)
    expect(await ring.callerOf(made)).toEqual({ id, scopes: ['read', 'write'] })
    expect(await printed(['list'])).toMatch(/; last used 20\d\d-\d\d-\d\dT\d\d:\d\d$/)
    expect(await printed(['revoke', id])).toBe(`revoked ${id}`)
    expect(await ring.callerOf(made)).toBe('unknown')
    expect(JSON.parse(await printed(['list'], { json: true }))).toEqual({ keys: [] })
  })

  test('what it made is in no file', async () => {
    const made = JSON.parse(await printed(['make', 'secret'], { scope: ['admin'], json: true })) as { key: string }
    const files = readdirSync(folder)
    expect(files).toEqual(expect.arrayContaining(['log.db', 'keys.json']))
    for (const file of files) expect(readFileSync(join(folder, file)).includes(made.key.slice(3)), file).toBe(false)
  })

  test.for([
    [['make'], { scope: ['read'] }, 'a key needs a name'],
    [['make', 'x'], {}, 'a key needs a scope'],
    [['make', 'x'], { scope: ['read', 'root'] }, 'there is no scope "root"'],
    [['make', 'x'], { scope: ['read'], expires: '2001-01-01' }, 'is no time to come'],
    [['make', 'x'], { scope: ['read'], expires: 'soon' }, 'is no time to come'],
    [['revoke', 'nothing'], {}, 'there is no key "nothing"'],
    [['revoke'], {}, 'there is no key ""'],
    [['show'], {}, 'key cannot "show"'],
  ] as const)('what is wrong is named: %j %j', async ([words, more, message]) => {
    const failure = command(config, { flags: {}, words: [...words], json: false, ...(more as Words) })
    await expect(failure).rejects.toThrow(UserError)
    await expect(failure).rejects.toThrow(message)
  })
})
