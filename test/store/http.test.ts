// The store contract on a ClickHouse server, where one is given. The server is yours: the database `undercurrent` on it
// is written to.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { secret } from '../../config.ts'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { storeContract } from '../contract/store.ts'
import { now } from './embedded.ts'
import { noError } from './scores.ts'

const url = secret('UNDERCURRENT_TEST_CLICKHOUSE_URL')
if (url) storeContract('a ClickHouse server', openServer)
else
  describe.skip('the store contract: a ClickHouse server (set UNDERCURRENT_TEST_CLICKHOUSE_URL to run it)', () =>
    it('needs a server'))

async function openServer() {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-http-'))
  const keys = openKeys(join(folder, 'keys.json'), now)
  const open = () => openStore({ url: url!, keys, modelError: noError, now, eraseAfterMs: 200 })
  let store = await open()
  return {
    store,
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
