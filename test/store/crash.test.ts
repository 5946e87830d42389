// kill -9 in the middle of writing, again and again: what was said to be durable is there, and what was deleted is not.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { day, model, noError, seeded, topic } from './scores.ts'

const folder = mkdtempSync(join(tmpdir(), 'undercurrent-crash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the writer until it has finished `count` slices and kills it while it writes on. Returns the last it finished. */
async function writeAndKill(first: number, count: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = first - 1
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (last - first + 1 >= count && !child.killed) child.kill('SIGKILL')
  }
  return last
}

it('loses nothing it called durable, and brings nothing deleted back', { timeout: 120_000 }, async () => {
  const random = seeded(11)
  let done = -1
  for (let kill = 0; kill < 5; kill++) done = await writeAndKill(done + 1, 2 + Math.floor(random() * 4))
  const keys = openKeys(join(folder, 'keys.json'))
  await using store = await openStore({ path: join(folder, 'store'), keys, modelError: noError })
  const wanted = Array.from({ length: done + 1 }, (_, slice) => Array.from({ length: 20 }, (_, nr) => `${slice}-${nr}`))
  const live = await store.ask.live({ topic, model, window: day }, wanted.flat())
  expect(done).toBeGreaterThanOrEqual(9)
  expect([...live].sort()).toEqual(wanted.flatMap((ids) => ids.slice(1)).sort())
})
