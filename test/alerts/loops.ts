// For tests of the loop: a log of its own for each, and the loop on it, whose topic's negative share moves from 30 % to 60 % an
// hour after the start, and stays. Registers what is done before and after each test of the file that imports it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Log } from '../../types.ts'
import { topicOf } from '../doubles/tallies.ts'
import { openLog } from './invented.ts'
import { type Looping, type LoopingOptions, openLooping, start } from './looping.ts'

export const hourMs = 3_600_000
export const talks = topicOf('talks')
export const bornMs = start - 3 * 86_400_000
export const moved = { share: (_: string, ms: number) => (ms >= start + hourMs ? 0.6 : 0.3), bornMs }

export let log: Log
export let looping: Looping | null = null
let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uc-loop-'))
  log = await openLog(folder)
})
afterEach(async () => {
  await looping?.stop()
  looping = null
  await log[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

export async function begin(more: Partial<LoopingOptions> = {}): Promise<Looping> {
  looping = await openLooping({ log, topics: [talks], world: moved, ...more })
  return looping
}
/** One that ended by itself, and cannot be stopped. */
export const letGo = () => {
  looping = null
}
export async function hours(count: number, until: () => boolean = () => false): Promise<void> {
  for (let step = 0; step < count * 6 && !until(); step++) await looping!.step()
}
