// Keeps one promise: the last record of each key in Kafka is what is kept. Posts of a withdrawn account, and what came late
// against a newer version, are told again: as nothing, or as what is live. Then compaction takes the words from the broker's
// files. Several processes may do this at once; a second look before each step makes that rare, and it is harmless.
import { randomUUID } from 'node:crypto'
import { TransientError } from '../errors.ts'
import { sleep } from '../retry.ts'
import type { KafkaClient } from './kafkaClient.ts'
import { type Lane, rollKey } from './lane.ts'

export interface Tidying {
  kafka: KafkaClient
  lanes: Lane[]
  topic: string
  eraseMs: number
  now: () => number
}

const atOnce = 500

export async function keepTidy(parts: Tidying, signal: AbortSignal): Promise<void> {
  const { lanes, eraseMs } = parts
  while (!signal.aborted) {
    await sleep((Math.min(eraseMs, 60_000) / 2) * (1 + Math.random()), signal)
    for (const [nr, lane] of lanes.entries()) {
      if (signal.aborted) return
      try {
        await tidy(lane, nr, { ...parts, signal })
      } catch (error) {
        // The broker is away: what is owed is still noted, and told the next time.
        if (!(error instanceof TransientError)) throw error
      }
    }
  }
}

async function tidy(lane: Lane, nr: number, { kafka, topic, now, signal }: Tidying & { signal: AbortSignal }) {
  const owed = lane.owed(atOnce)
  if (owed.length) {
    const offsets = await kafka.send(
      owed.map(({ key, value, at }) => ({ topic, partition: nr, key, value, at: value === null ? now() : at })),
    )
    await lane.reached(Math.max(...offsets) + 1, signal)
  }
  if (!lane.isStirred) return
  // Twice, one round apart: the first closes the segment with the words, the second the one with what replaced them.
  lane.isStirred = lane.rolls++ % 2 === 0
  await kafka.send([{ topic, partition: nr, key: `${rollKey}:${randomUUID()}`, value: null, at: now() }])
}
