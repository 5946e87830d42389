// Sites that never end, over real sockets: silence, drips, headers and bodies without end, bombs, other protocols. Each
// call ends within its limits, under the right name, and leaves no connection behind.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DialReason } from '../refusals.ts'
import { failure, home, reasonOf } from './dialing.ts'
import { openSite, type Site } from './doubles/site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site[Symbol.asyncDispose]())

const soon = { timeout: 10_000 }

describe('a site that never ends', () => {
  const hostile = async (talk: (socket: Socket) => void) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
      talk(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const close = async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets, [Symbol.asyncDispose]: close }
  }
  /** Writes it again and again, as fast as it is read. */
  const forEver = (socket: Socket, chunk: string | Buffer, everyMs = 0) => {
    const write = () => {
      if (socket.destroyed) return
      const goOn = socket.write(chunk)
      if (everyMs) setTimeout(write, everyMs)
      else if (goOn) setImmediate(write)
      else socket.once('drain', write)
    }
    write()
  }
  const head = 'HTTP/1.1 200 OK\r\n'
  const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'a'.repeat(bytes)}\r\n`

  test.each<[string, DialReason, (socket: Socket) => void]>([
    ['says nothing', 'timeout', () => {}],
    [
      'drips its headers',
      'timeout',
      (socket) => {
        socket.write(`${head}a: `)
        forEver(socket, 'x', 20)
      },
    ],
    [
      'drips one header after the other',
      'timeout',
      (socket) => {
        socket.write(head)
        forEver(socket, 'a: b\r\n', 20)
      },
    ],
    [
      'sends headers without end',
      'malformed',
      (socket) => {
        socket.write(head)
        forEver(socket, `a: ${'b'.repeat(1_000)}\r\n`)
      },
    ],
    ['says "go on" for ever', 'timeout', (socket) => forEver(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n', 10)],
    [
      'drips its body',
      'timeout',
      (socket) => {
        socket.write(`${head}transfer-encoding: chunked\r\n\r\n`)
        forEver(socket, chunk(1), 20)
      },
    ],
    [
      'sends a body without end',
      'too_large',
      (socket) => {
        socket.write(`${head}transfer-encoding: chunked\r\n\r\n`)
        forEver(socket, chunk(60_000))
      },
    ],
    [
      'promises more than it may',
      'too_large',
      (socket) => {
        socket.write(`${head}content-length: 99999999999\r\n\r\n`)
        forEver(socket, Buffer.alloc(60_000))
      },
    ],
    ['ends too soon', 'unreachable', (socket) => void socket.end(`${head}content-length: 9\r\n\r\nabc`)],
    ['speaks something else', 'malformed', (socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    ['hangs up', 'unreachable', (socket) => void socket.destroy()],
    [
      'changes to another protocol',
      'malformed',
      (socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
      },
    ],
  ])('%s: %s', async (_, reason, talk) => {
    await using server = await hostile((socket) => {
      socket.resume()
      socket.once('data', () => talk(socket))
    })
    const error = await failure(
      home(server.url, { timeoutMs: reason === 'timeout' ? 300 : 20_000, mostBytes: 500_000 }),
    )
    expect([error.reason, error.status]).toEqual([reason, 502])
    await expect.poll(() => server.sockets.size, soon).toBe(0)
  })

  test('is not read at all where only its status is wanted', async () => {
    await using server = await hostile((socket) => {
      socket.write(`${head}transfer-encoding: chunked\r\n\r\n`)
      forEver(socket, chunk(60_000))
    })
    expect((await home(server.url, { mostBytes: 0 })).status).toBe(200)
    await expect.poll(() => server.sockets.size, soon).toBe(0)
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('hides behind %s: what it is once unpacked counts', async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(50_000_000))
    expect(bomb.length).toBeLessThan(60_000)
    site.answer((_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(bomb))
    expect(await reasonOf(home(site.url, { mostBytes: 500_000 }))).toBe('too_large')
  })

  test.each(['gzip', 'br', 'deflate', 'zip', 'gzip, gzip'])('says %s and is not', async (encoding) => {
    site.answer((_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end('plain words'))
    expect(await reasonOf(home(site.url))).toBe('malformed')
  })

  test('is left at once when we stop, with the reason of who stopped', async () => {
    await using server = await hostile(() => {})
    const stop = new AbortController()
    const call = home(server.url, { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('we stop')), 20)
    await expect(call).rejects.toThrow('we stop')
    await expect(home(server.url, { signal: stop.signal })).rejects.toThrow('we stop')
  })
})
