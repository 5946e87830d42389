// Sockets that their owner forgot end with the client, and tell so as an error.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { openSockets } from '../../log/kafkaSockets.ts'

test('what is still open ends; what ended before is left alone', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets = openSockets()
  const open = async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const socket = sockets.make({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: resolve })
    await promise
    return socket
  }
  const [ended, forgotten] = [await open(), await open()]
  ended.destroy()
  await once(ended, 'close')
  const failure = once(forgotten, 'error')
  sockets.end()
  expect(((await failure) as [Error])[0].message).toBe('the log is closed')
  await once(forgotten, 'close')
  server.close()
  await once(server, 'close')
})
