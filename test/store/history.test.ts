// Seeded histories of adds, edits, deletes, withdrawals and returns, told to the store with repeats and restarts as a log
// that is read again after crashes tells them, and once, in order, to an oracle in memory. The answers must agree.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { answers, expected, historyOf, tell, worldOf } from './histories.ts'
import { Oracle } from './oracle.ts'
import { seeded } from './scores.ts'

const histories = 200
const restartEvery = 20
// Told side by side: their posts and topics are their own, so they only share the engine.
const atOnce = 10

let opened: Opened
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 2_000, inMemory: true })
})
afterAll(() => opened.close())

it(`tells ${histories} seeded histories as the oracle does, whatever repeats`, { timeout: 300_000 }, async () => {
  for (let first = 1; first <= histories; first += atOnce) {
    const seeds = Array.from({ length: atOnce }, (_, nr) => first + nr)
    if (first % restartEvery === 1) await opened.reopen()
    await Promise.all(seeds.map((seed) => tellHistory(seed)))
  }
})

it('tells a history as the oracle does when the store is closed and opened within it', {
  timeout: 120_000,
}, async () => {
  for (let seed = 1_001; seed <= 1_010; seed++) await tellHistory(seed, Math.floor(seeded(seed)() * 6))
})

async function tellHistory(seed: number, restartAt = -1): Promise<void> {
  const world = worldOf(seed)
  const steps = historyOf(world)
  const oracle = new Oracle()
  for (const step of steps) await tell(oracle, step)
  for (const [nr, step] of steps.entries()) {
    await tell(opened.store, step)
    if (nr === restartAt) await opened.reopen()
    // What a reader had not committed comes again, all of it up to here.
    const from = world.random() < 0.25 ? Math.floor(world.random() * (nr + 1)) : nr + 1
    for (const again of steps.slice(from, nr + 1)) await tell(opened.store, again)
  }
  expect(await answers(opened.store, world), `seed ${seed}`).toEqual(expected(oracle, world))
}
