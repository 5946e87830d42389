// The store contract over HTTP: on a front of ours that speaks as a ClickHouse server does, and on a real server where one
// is given. That one is yours: the database `undercurrent` on it is written to.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { secret } from '../../config.ts'
import { openKeys } from '../../store/keys.ts'
import { openStore } from '../../store/store.ts'
import { storeContract } from '../contract/store.ts'
import { startFront } from '../doubles/clickhouseFront.ts'
import { now } from './embedded.ts'
import { noError } from './scores.ts'

storeContract('a ClickHouse server, by our side of HTTP', async () => {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'undercurrent-front-'))
  const front = await startFront({ path: join(folder, 'server') })
  const opened = await openServer(front.url)
  const close = async () => {
    await opened.close()
    await front[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...opened, close }
})

const url = secret('UNDERCURRENT_TEST_CLICKHOUSE_URL')
if (url) storeContract('a ClickHouse server', () => openServer(url))
else
  describe.skip('the store contract: a ClickHouse server (set UNDERCURRENT_TEST_CLICKHOUSE_URL to run it)', () =>
    it('needs a server'))

async function openServer(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-http-'))
  const keys = openKeys(join(folder, 'keys.json'), now)
  const open = () => openStore({ url, keys, modelError: noError, now, eraseAfterMs: 200 })
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
