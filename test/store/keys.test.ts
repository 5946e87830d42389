// The key file: made once, kept private, rotated, never silently remade.

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { hold } from '../../held.ts'
import { openKeys, rotateDays } from '../../store/keys.ts'

const start = Date.parse('2026-01-01T00:00:00.000Z')
const dayMs = 86_400_000
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-keys-'))
  path = join(folder, 'keys.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('makes one private file and loads the same keys from it', () => {
  const one = openKeys(path)
  const two = openKeys(path)
  expect(two.tombstone).toEqual(one.tombstone)
  expect(one.tombstone).toHaveLength(32)
  expect(two.author('s', 'a')).toBe(one.author('s', 'a'))
  expect(two.fingerprint()).toBe(one.fingerprint())
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['keys.json'])
})

it('hashes are uuids that differ by kind, source, name and file', () => {
  const keys = openKeys(path)
  const other = openKeys(join(folder, 'other.json'))
  const hashes = [
    keys.post('s', 'a'),
    keys.account('s', 'a'),
    keys.author('s', 'a'),
    keys.post('sa', ''),
    keys.post('', 'sa'),
    keys.post('s', 'b'),
    keys.post('t', 'a'),
    keys.post('s', '\0'),
    keys.post('s\0', ''),
    keys.fingerprint(),
    other.post('s', 'a'),
    other.author('s', 'a'),
    other.fingerprint(),
  ] // prettier-ignore
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

it('are HMAC-SHA-256 over kind, source and name, each with its length', () => {
  const keys = openKeys(path)
  const mac = createHmac('sha256', keys.tombstone).update('post\x001\0s\x002\0\u00e9').digest('hex')
  expect(keys.post('s', '\u00e9').replaceAll('-', '')).toBe(mac.slice(0, 32))
})

it('rotates the author key, holds the old ones, and never touches the tombstone key', () => {
  let now = start
  const keys = openKeys(path, () => now)
  const [first, post, account] = [keys.author('s', 'a'), keys.post('s', 'p'), keys.account('s', 'a')]
  now += rotateDays * dayMs - 1
  keys.turn()
  expect(keys.author('s', 'a')).toBe(first)
  now += 1
  keys.turn()
  const second = keys.author('s', 'a')
  expect(second).not.toBe(first)
  expect(keys.authors('s', 'a')).toEqual([first, second])
  expect([keys.post('s', 'p'), keys.account('s', 'a')]).toEqual([post, account])
  expect(keys.draw('first')).not.toBe(keys.draw('second'))
  expect(keys.draw('first')).toBe(openKeys(path, () => now).draw('first'))
  expect(keys.turns).toEqual([new Date(start).toISOString(), new Date(now).toISOString()])
  expect(openKeys(path, () => now).authors('s', 'a')).toEqual([first, second])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

it.each(['', '{', '{}', '{"tombstone":"00","authors":[]}', 'null'])('refuses a file that holds %j', (text) => {
  writeFileSync(path, text)
  expect(() => openKeys(path)).toThrow(CorruptionError)
  expect(readFileSync(path, 'utf8')).toBe(text)
})

it('refuses a file whose keys were shortened', () => {
  openKeys(path)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/[0-9a-f]{2}"/, '"'))
  expect(() => openKeys(path)).toThrow(CorruptionError)
})

it('passes on that the file cannot be read', () => {
  chmodSync(folder, 0o700)
  expect(() => openKeys(join(folder, 'missing', 'keys.json'))).toThrow(/ENOENT/)
})

it('turned by eight processes at once there is one new key, and each sees it for withdrawals', async () => {
  const keys = openKeys(path, () => start)
  const [first] = keys.authors('s', 'a')
  const turners = Array.from({ length: 8 }, () =>
    spawn(process.execPath, [join(import.meta.dirname, 'turner.ts'), path, String(start + rotateDays * dayMs)]),
  )
  await Promise.all(turners.map(({ stdout }) => once(stdout, 'data')))
  const told = turners.map(({ stdout }) => once(stdout, 'data') as Promise<[Buffer]>)
  for (const { stdin } of turners) stdin.write('turn\n')
  const seen = (await Promise.all(told)).map(([line]) => JSON.parse(String(line)) as string[])
  for (const { stdin } of turners) stdin.end()
  expect(new Set(seen.map((hashes) => hashes.join())).size).toBe(1)
  expect(seen[0]).toHaveLength(2)
  expect(seen[0]![0]).toBe(first)
  expect(keys.authors('s', 'a')).toEqual(seen[0])
  expect(keys.turns).toHaveLength(2)
})

it('a process killed while it turns leaves nothing to unlock', async () => {
  openKeys(path, () => start)
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'turner.ts'), path, 'hold'])
  await once(holder.stdout, 'data')
  expect(hold(`${path}.lock`)).toBeNull()
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const keys = openKeys(path, () => start + rotateDays * dayMs)
  keys.turn()
  expect(keys.turns).toHaveLength(2)
})

it('refuses to go on with keys that were exchanged under it', () => {
  const keys = openKeys(path)
  const other = openKeys(join(folder, 'other.json'))
  renameSync(join(folder, 'other.json'), path)
  expect(() => keys.authors('s', 'a')).toThrow(CorruptionError)
  expect(other.tombstone).not.toEqual(keys.tombstone)
})
