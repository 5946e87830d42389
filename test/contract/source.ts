// The contract of a Source (types.ts), run on every implementation. `open` makes a world with a known truth and fresh
// instances over it, as after a restart; a skip names its reason. A consumer that crashes anywhere, starts again from its
// durable cursor and reads on must end at the truth.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, Source } from '../../types.ts'
import { seeded } from '../doubles/posts.ts'
import { createFold, type Fold } from './fold.ts'

export interface SourceWorld extends AsyncDisposable {
  /** A new instance over the same world. */
  source(): Source
  /** id → text of everything live. */
  truth(): Map<string, string>
  /** Puts things in that cannot be used; returns how many. Absent where the suite is told to skip. */
  spoil?(): number
  /** Makes far more than a buffer holds; `pushed` counts what the world could hand over, of `total`. */
  flood?(): { total: number; pushed(): number }
}

export interface Skips {
  spoil?: string
  flood?: string
}

const batchesIn = 400

/** Reads until the fold is at the truth, the source ends, or `stop` says so. */
export async function readOn(world: SourceWorld, fold: Fold, cursor: string | null, most = Number.POSITIVE_INFINITY) {
  const abort = new AbortController()
  const taken: Batch[] = []
  const atTruth = () => same(fold.live(), world.truth())
  if (cursor !== null && atTruth()) return taken
  for await (const batch of world.source().read(cursor, abort.signal)) {
    if (taken.length === most) break
    taken.push(batch)
    fold.apply(batch.changes)
    if (atTruth()) break
  }
  abort.abort()
  return taken
}

function same(a: Map<string, string>, b: Map<string, string>): boolean {
  return a.size === b.size && [...a].every(([id, text]) => b.get(id) === text)
}

export async function until(check: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await check())) {
    if (performance.now() > end) throw new Error('what was waited for never came')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export function sourceContract(name: string, open: () => Promise<SourceWorld>, skips: Skips = {}): void {
  describe(`${name} keeps the contract of a source`, () => {
    let world: SourceWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world[Symbol.asyncDispose]())

    test('a consumer that never stops ends at the truth', async () => {
      const fold = createFold()
      const batches = await readOn(world, fold, null)
      expect(batches.length).toBeGreaterThan(1)
      expect(batches.every((batch) => batch.source === world.source().name)).toBe(true)
      expect(fold.live()).toEqual(world.truth())
    })

    test('a cursor is never ahead of its changes: whoever resumes from any of them loses nothing', async () => {
      const batches = await readOn(world, createFold(), null, batchesIn)
      const random = seeded(7)
      for (let round = 0; round < 6; round++) {
        const at = Math.floor(random() * batches.length)
        const fold = createFold()
        for (const batch of batches.slice(0, at + 1)) fold.apply(batch.changes)
        await readOn(world, fold, batches[at]!.cursor)
        expect(fold.live(), `resumed behind batch ${at} of ${batches.length}`).toEqual(world.truth())
      }
    })

    test('crashes between a batch and its durability lose nothing', async () => {
      const random = seeded(11)
      const fold = createFold()
      let cursor: string | null = null
      for (let crash = 0; crash < 15 && !same(fold.live(), world.truth()); crash++) {
        // The last batch is read and never made durable.
        let left = Math.floor(random() * 4)
        for await (const batch of world.source().read(cursor, new AbortController().signal)) {
          if (left-- === 0) break
          fold.apply(batch.changes)
          cursor = batch.cursor
          if (same(fold.live(), world.truth())) break
        }
      }
      await readOn(world, fold, cursor)
      expect(fold.live()).toEqual(world.truth())
    })

    test('repeats are harmless', async () => {
      const fold = createFold()
      const batches = await readOn(world, fold, null)
      for (const batch of batches) fold.apply(batch.changes)
      expect(fold.live()).toEqual(world.truth())
    })

    test('an abort returns promptly, without an error, also while waiting for the world', async () => {
      const abort = new AbortController()
      const reading = world.source().read(null, abort.signal)[Symbol.asyncIterator]()
      const fold = createFold()
      for (let step = await reading.next(); !step.done; step = await reading.next()) {
        fold.apply(step.value.changes)
        if (same(fold.live(), world.truth())) break
      }
      const waiting = reading.next()
      const start = performance.now()
      abort.abort()
      let result = await waiting
      while (!result.done) result = await reading.next()
      expect(performance.now() - start).toBeLessThan(1_000)
    })

    test('an abort before the start yields nothing', async () => {
      const batches = []
      for await (const batch of world.source().read(null, AbortSignal.abort())) batches.push(batch)
      expect(batches).toEqual([])
    })

    test.skipIf(skips.spoil)(`what cannot be used is dropped and counted ${skips.spoil ?? ''}`, async () => {
      const spoiled = world.spoil!()
      const source = world.source()
      const fold = createFold()
      await readOn({ ...world, source: () => source, truth: () => world.truth() }, fold, null)
      const drops = Object.values(source.status().drops).reduce((sum, count) => sum + count, 0)
      expect(drops).toBe(spoiled)
      expect(source.status().received).toBeGreaterThan(0)
      expect(fold.live()).toEqual(world.truth())
    })

    test.skipIf(skips.flood)(`a slow consumer makes the world wait ${skips.flood ?? ''}`, async () => {
      const { total, pushed } = world.flood!()
      const abort = new AbortController()
      const fold = createFold()
      const reading = world.source().read(null, abort.signal)[Symbol.asyncIterator]()
      fold.apply((await reading.next()).value!.changes)
      let before = -1
      let still = 0
      await until(() => {
        still = pushed() === before ? still + 1 : 0
        before = pushed()
        return still > 40
      })
      expect(pushed()).toBeLessThan(total)
      while (!same(fold.live(), world.truth())) fold.apply((await reading.next()).value!.changes)
      abort.abort()
      await reading.return?.()
      expect(fold.live()).toEqual(world.truth())
    })
  })
}
