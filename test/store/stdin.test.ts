// What waits on a process's standard input is nobody's rows: the engine in the process must not take it for an INSERT's.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { day, model, noError, topic } from './scores.ts'

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-stdin-'))
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the writer with these bytes on a pipe, before it has opened anything, until it has finished two slices. */
async function writeBeside(bytes: string, first: number, ends = false): Promise<number[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), folder, String(first)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {}) // the writer closes its end
  children.add(child)
  child.stdin.write(bytes)
  if (ends) child.stdin.end()
  let errors = ''
  child.stderr.on('data', (part) => (errors += part))
  const done: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    done.push(Number(line))
    if (done.length >= 2 && !child.killed) child.kill('SIGKILL')
  }
  expect(errors).toBe('')
  return done
}

it('opens and writes while lines wait on a pipe, and takes none of them', { timeout: 60_000 }, async () => {
  const waiting = `${JSON.stringify({ source: 'from a pipe', post: 'no post', version: 'none' })}\n`.repeat(100)
  const first = await writeBeside(waiting, 0)
  expect(first.slice(0, 2)).toEqual([0, 1])
  const next = first.at(-1)! + 1
  expect((await writeBeside(waiting, next, true)).slice(0, 2)).toEqual([next, next + 1])
  const keys = openKeys(join(folder, 'keys.json'))
  await using store = await openStore({ path: join(folder, 'store'), keys, modelError: noError })
  const { posts } = await store.ask.summary({ topic, model, window: day })
  expect(posts).toBeGreaterThanOrEqual(4 * 19)
})
