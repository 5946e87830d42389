// A store in a temporary folder, as the pipeline opens it; closed stores can be opened again on the same files.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../answers.ts'
import { openKeys } from '../../store/keys.ts'
import { openStore, type StoreOptions } from '../../store/store.ts'
import type { Opened } from '../contract/store.ts'
import { day, noError } from './scores.ts'

export const now = () => Date.parse(day.to)

/** `inMemory`: on a file system in memory where there is one, for tests that write much and cut no power. */
export async function openEmbedded({
  inMemory = false,
  ...options
}: Partial<StoreOptions> & { inMemory?: boolean } = {}): Promise<Opened & { folder: string }> {
  const folder = mkdtempSync(join(inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'undercurrent-store-'))
  const open = () =>
    openStore({
      path: join(folder, 'store'),
      keys: openKeys(join(folder, 'keys.json'), now),
      modelError: noError,
      now,
      ...options,
    } as StoreOptions)
  let store: Store = await open()
  return {
    folder,
    get store() {
      return store
    },
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      store = await open()
      return store
    },
    close: async () => {
      await store[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
