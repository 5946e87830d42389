// The bytes of Jetstream v2 as its lexicon writes them down, apart from the code under test. The two dictionaries were
// trained with `zstd --train` on frames of our own invented posts; each carries its id in bytes 4 to 8.
import { readFileSync } from 'node:fs'
import { zstdCompressSync } from 'node:zlib'
import type { NetworkEvent } from './network.ts'

export const dictionaries = ['first', 'second'].map((name) => {
  const bytes = readFileSync(new URL(`./dictionary-${name}.zdict`, import.meta.url))
  return { id: bytes.readUInt32LE(4), bytes }
})

const nsid = 'network.bsky.jetstream.subscribeEvents'

export function frameOf(event: NetworkEvent): Buffer {
  const { kind, seq, did, timeUs, ...rest } = event
  const second = new Date(Math.floor(timeUs / 1000)).toISOString().slice(0, 19)
  const time = `${second}.${String(timeUs % 1_000_000).padStart(6, '0')}Z`
  const payload = { $type: `${nsid}#${kind}`, seq, did, time, witnessedAt: time, ...rest }
  return Buffer.from(JSON.stringify({ $type: 'message', payload }))
}

export function noticeOf(kind: 'info' | 'error', name: string): Buffer {
  const message = 'as told by the double'
  const info = { $type: 'message', payload: { $type: `${nsid}#info`, name, message } }
  return Buffer.from(JSON.stringify(kind === 'info' ? info : { $type: 'error', error: name, message }))
}

/** One zstd frame. */
export function packed(frame: Buffer, dictionary: number): Buffer {
  return zstdCompressSync(frame, { dictionary: dictionaries[dictionary]!.bytes })
}
