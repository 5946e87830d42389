// How commands find each other on a data folder, and the key: real files, a real socket, leftovers of dead processes.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Config, readConfig } from '../config.ts'
import { announce, apiKey, askRunning, running } from '../daemon.ts'
import { UserError } from '../errors.ts'

let folder: string
let config: Config
let server: Server | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undercurrent-daemon-'))
  config = readConfig({ data: join(folder, 'data') }, {})
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = null
  rmSync(folder, { recursive: true, force: true })
})

/** Something that answers on a port with this JSON; remembers the Authorization it was sent. */
async function answering(body: object, status = 200): Promise<{ url: string; sent: () => string | undefined }> {
  let sent: string | undefined
  server = createServer((request, response) => {
    sent = request.headers.authorization
    response.writeHead(status).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent }
}

describe('the key', () => {
  test('a data folder in which nothing can be kept is told by its name, not by a stack', () => {
    const file = join(folder, 'a file')
    writeFileSync(file, '')
    for (const dataDir of [file, join(file, 'below')]) {
      expect(() => apiKey({ ...config, dataDir })).toThrow(UserError)
      expect(() => apiKey({ ...config, dataDir })).toThrow(`nothing can be kept in ${dataDir}`)
    }
  })

  test('is made once, in a folder that need not exist, for its owner alone', () => {
    const first = apiKey(config)
    expect(first).toEqual({ key: expect.stringMatching(/^uc_[\w-]{32}$/), isNew: true })
    expect(apiKey(config)).toEqual({ key: first.key, isNew: false })
    expect(statSync(join(config.dataDir, 'api-key')).mode & 0o777).toBe(0o600)
  })

  test('comes from the environment first, and is then not kept', () => {
    const given = readConfig({ data: config.dataDir }, { UNDERCURRENT_API_KEY: 'from outside' })
    expect(apiKey(given)).toEqual({ key: 'from outside', isNew: false })
    expect(() => statSync(join(config.dataDir, 'api-key'))).toThrow()
  })

  test('a key file left empty by a crash is made anew', () => {
    apiKey(config)
    writeFileSync(join(config.dataDir, 'api-key'), '\n')
    expect(apiKey(config).isNew).toBe(true)
  })
})

describe('who runs on this data folder', () => {
  test('nobody, where nobody ever ran', async () => {
    expect(await running(config)).toBeNull()
  })

  test('the one that announced itself, until it takes that back', async () => {
    apiKey(config)
    const { url } = await answering({ ok: true, pid: process.pid })
    const quiet = announce(config, url)
    expect(await running(config)).toBe(url)
    quiet()
    expect(await running(config)).toBeNull()
    quiet() // twice is no error
  })

  test('not another process that got the port of a killed one', async () => {
    apiKey(config)
    const { url } = await answering({ ok: true, pid: process.pid + 1 })
    announce(config, url)
    expect(await running(config)).toBeNull()
  })

  test.for(['', '{"url":"http://127', 'null', '[]', '{"url":"no address"}', '{"url":"http://127.0.0.1:1","pid":1}'])(
    'not what a torn or old file says: %s',
    async (left) => {
      apiKey(config)
      writeFileSync(join(config.dataDir, 'daemon.json'), left)
      expect(await running(config)).toBeNull()
      expect(readFileSync(join(config.dataDir, 'daemon.json'), 'utf8')).toBe(left)
    },
  )
})

describe('asking the one that runs', () => {
  test('brings the key along', async () => {
    const { url, sent } = await answering({ lag: 0 })
    expect(await askRunning(config, `${url}/v1/status`)).toEqual({ lag: 0 })
    expect(sent()).toBe(`Bearer ${apiKey(config).key}`)
  })

  test('says so when it is refused', async () => {
    const { url } = await answering({}, 401)
    await expect(askRunning(config, `${url}/v1/status`)).rejects.toThrow(UserError)
  })
})
