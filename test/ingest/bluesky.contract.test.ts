// The Source contract on bluesky.ts, over the double: repeated frames, sockets cut mid-frame, edits, deletes, accounts.

import { blueskySource } from '../../ingest/bluesky.ts'
import { type SourceWorld, sourceContract } from '../contract/source.ts'
import { JetstreamDouble } from '../doubles/jetstream.ts'
import { truthOf } from '../doubles/truth.ts'

const hourMs = 3_600_000

async function world(): Promise<SourceWorld> {
  const double = await JetstreamDouble.start({
    seed: 3,
    accounts: 40,
    cutEvery: 150,
    repeatEvery: 20,
    accountShare: 0.02,
  })
  double.produce(800, (Date.now() - hourMs) * 1000, 4e6)
  return {
    source: () =>
      blueskySource({
        ...{ hosts: [double.url], rewindMs: 2 * hourMs, batchLimit: 25, batchMs: 5, bufferBytes: 64 * 1024 },
        ...{ stallMs: 5_000, backoff: { baseMs: 4, capMs: 20 } },
      }),
    truth: () => truthOf(double),
    spoil: () => {
      // A cut would repeat the junk from the cursor on, and it would be counted again.
      double.options.cutEvery = 0
      double.options.repeatEvery = 0
      double.junk = ['', '{}', '[1]', '{"$type":"message"}', '{"$type":"message","payload":{"$type":"x#commit"}}']
      return double.junk.length
    },
    flood: () => {
      double.options.cutEvery = 0
      double.spoil = (frame) => Buffer.concat([frame, Buffer.alloc(6_000, ' ')])
      double.options.compress = false
      double.produce(4_000, (Date.now() - 390_000) * 1000, 9e4)
      return { total: 4_800, pushed: () => double.sent }
    },
    [Symbol.asyncDispose]: () => double[Symbol.asyncDispose](),
  }
}

sourceContract('bluesky', world)
