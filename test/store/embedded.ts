// A store in a temporary folder, as the pipeline opens it; closed stores can be opened again on the same files.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeys } from '../../store/keys.ts'
import { openStore, type StoreOptions } from '../../store/store.ts'
import type { Store } from '../../types.ts'
import type { Opened } from '../contract/store.ts'
import { day, noError } from './scores.ts'

export const now = () => Date.parse(day.to)

export async function openEmbedded(options: Partial<StoreOptions> = {}): Promise<Opened & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-store-'))
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
