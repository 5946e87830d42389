// One connection over a real socket: pings that pile up while we are paused end nothing, and the last of them is answered.
import { afterEach, expect, test } from 'vitest'
import { connect } from '../../ingest/socket.ts'
import { until } from '../contract/source.ts'
import { JetstreamDouble } from '../doubles/jetstream.ts'

let double: JetstreamDouble
afterEach(() => double[Symbol.asyncDispose]())

test('however many pings wait in a paused socket, it goes on, and answers', async () => {
  double = await JetstreamDouble.start({ seed: 3, pingMs: 5, compress: false, slowLag: 1e9 })
  double.spoil = (frame) => Buffer.concat([frame, Buffer.alloc(9_000, ' ')])
  const count = 3_000
  double.produce(count, (Date.now() - 600_000) * 1_000, 1e5)
  const cursor = (Date.now() - 3_600_000) * 1_000
  const address = `${double.url}/xrpc/network.bsky.jetstream.subscribeEvents?cursor=${cursor}`
  const abort = new AbortController()
  const options = { signal: abort.signal, stallMs: 10_000, bufferBytes: 64 * 1_024 }
  await using connection = await connect(address, options)
  let taken = (await connection.take(10, 50)).length
  const [pings, sent] = [double.pings, double.sent]
  await until(() => double.pings > pings + 500)
  expect(connection.paused).toBe(true)
  while (taken < sent + 500) {
    const frames = await connection.take(500, 50)
    expect(connection.ending).toBeNull()
    taken += frames.length
  }
  expect(double.pongs).toBeGreaterThan(0)
})
