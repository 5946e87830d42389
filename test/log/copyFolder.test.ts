// Copies of the log that lie about: one that somebody holds stays, one that was left a while ago goes, with all its words.
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyFolder, removeIdle } from '../../log/copyFolder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'undercurrent-copies-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A copy that was last written an hour ago. */
function aged() {
  const held = copyFolder(dir, 'of a test')
  const file = join(held.folder, '0.db')
  writeFileSync(file, 'words')
  const before = Date.now() / 1_000 - 3_600
  for (const path of [file, held.folder]) utimesSync(path, before, before)
  return { held, file }
}

test('a copy that nobody follows goes once it is old; one that is held, or was left just now, stays', () => {
  const [kept, left] = [aged(), aged()]
  left.held[Symbol.dispose]()
  removeIdle(dir, Date.now() - 7_200_000)
  expect(existsSync(left.file)).toBe(true)
  removeIdle(dir, Date.now() - 600_000)
  expect([existsSync(kept.file), existsSync(left.file)]).toEqual([true, false])
  // Its place is free for the next.
  using next = copyFolder(dir, 'of a test')
  expect(next.folder).toBe(left.held.folder)
  kept.held[Symbol.dispose]()
})

test('a copy of something else is taken away when its place is taken', () => {
  const { held, file } = aged()
  held[Symbol.dispose]()
  using again = copyFolder(dir, 'of another')
  expect([again.folder, existsSync(file)]).toEqual([held.folder, false])
})
