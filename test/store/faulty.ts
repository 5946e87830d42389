// A store on the HTTP front, for tests that have things go wrong on the way: short time limits, and `bravely`, which repeats
// what may go through later as the analyzer does, without its pauses.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../answers.ts'
import { retry } from '../../retry.ts'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { type Front, startFront } from '../doubles/clickhouseFront.ts'
import { now } from './embedded.ts'
import { noError } from './scores.ts'

/** Well above what a statement takes here, even when others use the machine. */
export const timeoutMs = 1_500

export interface Faulty extends AsyncDisposable {
  folder: string
  front: Front
  store: Store
  /** As another process would open the same server. */
  open(tries?: number): Promise<Store>
}

export async function openFaulty({ eraseAfterMs = 60_000 } = {}): Promise<Faulty> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'undercurrent-faulty-'))
  const front = await startFront({ path: join(folder, 'server') })
  const keys = openKeys(join(folder, 'keys.json'), now)
  const limits = { timeoutMs, patientMs: timeoutMs, eraseAfterMs }
  const open = (tries = 1) => openStore({ url: front.url, ...limits, keys, modelError: noError, now, tries })
  // The tables are made without a limit: on a busy machine that takes longer than any statement of a test.
  await (await openStore({ url: front.url, keys, modelError: noError, now }))[Symbol.asyncDispose]()
  const store = await open()
  return {
    ...{ folder, front, store, open },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await front[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const never = new AbortController().signal

/** Anything but a TransientError comes through. */
export const bravely = async <T>(work: () => Promise<T>): Promise<T> =>
  (await retry(() => work().then((done) => ({ done })), never, { baseMs: 1, capMs: 20 }))!.done
