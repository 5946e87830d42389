// Addresses as people write them, and dictionaries as hosts serve them.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { TransientError, UserError } from '../../errors.ts'
import { fetchDictionary, hostOf, subscribeUrl } from '../../ingest/host.ts'
import { dictionaries } from '../doubles/frames.ts'

const endpoint = '/xrpc/network.bsky.jetstream.subscribeEvents'

test.each([
  ['jetstream.example', 'wss://jetstream.example', 'https://jetstream.example'],
  ['wss://jetstream.example/', 'wss://jetstream.example', 'https://jetstream.example'],
  ['ws://127.0.0.1:6008', 'ws://127.0.0.1:6008', 'http://127.0.0.1:6008'],
  ['http://127.0.0.1:6008', 'ws://127.0.0.1:6008', 'http://127.0.0.1:6008'],
  [`wss://jetstream.example${endpoint}`, 'wss://jetstream.example', 'https://jetstream.example'],
  ['https://proxy.example/js/', 'wss://proxy.example/js', 'https://proxy.example/js'],
])('%s', (text, ws, http) => {
  expect(hostOf(text)).toMatchObject({ ws, http })
})

test.each(['', 'ftp://jetstream.example', 'wss://', 'wss://old.example/subscribe'])(
  '"%s" is told to be none',
  (text) => {
    expect(() => hostOf(text)).toThrow(UserError)
  },
)

test('the subscription asks for commits and accounts of two collections', () => {
  const url = new URL(subscribeUrl(hostOf('ws://h'), 42, { id: 9, bytes: Buffer.alloc(0) }))
  expect(url.pathname).toBe(endpoint)
  expect(url.searchParams.get('cursor')).toBe('42')
  expect(url.searchParams.get('zstdDictionary')).toBe('9')
  expect(url.searchParams.getAll('kinds')).toEqual(['commit', 'account'])
  expect(new URL(subscribeUrl(hostOf('ws://h'), 42, null)).searchParams.has('zstdDictionary')).toBe(false)
})

test('a dictionary, none, junk, trouble', async () => {
  const answers: [number, Buffer][] = [
    [200, dictionaries[0]!.bytes],
    [404, Buffer.from('{}')],
    [200, Buffer.from('not a dictionary')],
    [503, Buffer.alloc(0)],
  ]
  const server = createServer((_request, response) => {
    const [status, body] = answers.shift()!
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = hostOf(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const { signal } = new AbortController()
  expect(await fetchDictionary(host, signal)).toMatchObject({ id: dictionaries[0]!.id })
  expect(await fetchDictionary(host, signal)).toBeNull()
  expect(await fetchDictionary(host, signal)).toBeNull()
  await expect(fetchDictionary(host, signal)).rejects.toThrow(TransientError)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await expect(fetchDictionary(host, signal)).rejects.toThrow(TransientError)
})
