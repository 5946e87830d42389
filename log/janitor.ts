// Keeps one promise: the last record of each key in Kafka is what is kept. Posts of a withdrawn account, and what came late
// against a newer version, are told again: as nothing, or as what is live. Then compaction takes the words from the broker's
// files. Posts whose source lets nobody keep them are let go once they were read, by whoever reads their partition.
// Several processes may do this at once; a second look before each step makes that rare, and it is harmless.
import { randomUUID } from 'node:crypto'
import { TransientError } from '../errors.ts'
import { sleep } from '../retry.ts'
import { removeIdle } from './copyFolder.ts'
import type { KafkaClient } from './kafkaClient.ts'
import { type Lane, rollKey } from './lane.ts'

export interface Tidying {
  kafka: KafkaClient
  lanes: Lane[]
  topic: string
  /** Where the copies of this machine lie. */
  dir: string
  eraseMs: number
  now: () => number
  /** Whether this process is the one that reads this partition. */
  reads: (lane: number) => boolean
  /** Brings the places of readers in the copy up to date. */
  mirror: () => Promise<void>
}

const atOnce = 500
/** What the clocks of record and segment may round away. */
const marginMs = 10
/** A role that is started again within this finds its copy. */
const idleMs = 600_000

export async function keepTidy(parts: Tidying, signal: AbortSignal): Promise<void> {
  const { lanes, eraseMs } = parts
  while (!signal.aborted) {
    await sleep((Math.min(eraseMs, 60_000) / 2) * (1 + Math.random()), signal)
    await unlessAway(parts.mirror)
    removeIdle(parts.dir, Date.now() - Math.max(idleMs, eraseMs))
    for (const [nr, lane] of lanes.entries()) {
      if (signal.aborted) return
      await unlessAway(() => tidy(lane, nr, { ...parts, signal }))
    }
  }
}

async function unlessAway(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    // The broker is away: what is owed is still noted, and told the next time.
    if (!(error instanceof TransientError)) throw error
  }
}

async function tidy(lane: Lane, nr: number, parts: Tidying & { signal: AbortSignal }) {
  const { kafka, topic, now, signal, reads, eraseMs } = parts
  const say = async (records: { key: string; value: string | null; at: number }[]) => {
    if (!records.length) return
    const offsets = await kafka.send(records.map((record) => ({ topic, partition: nr, ...record })))
    await lane.reached(Math.max(...offsets) + 1, signal)
  }
  // All of it each time: a round is up to a minute long, and X alone tells thousands of posts in one.
  while (reads(nr) && !signal.aborted) {
    const read = await lane.read()
    if (!read) break
    await say(read.map((record) => ({ ...record, at: now() })))
  }
  for (let owed = lane.owed(atOnce); owed.length && !signal.aborted; ) {
    await say(owed.map(({ key, value, at }) => ({ key, value, at: value === null ? now() : at })))
    owed = owed.length < atOnce ? [] : lane.owed(atOnce)
  }
  // Only a record that comes `segment.ms` after the first one of a segment closes it; any earlier one would lie in it.
  const { stirredAt } = lane
  if (stirredAt === null || performance.now() - stirredAt < eraseMs + marginMs) return
  await kafka.send([{ topic, partition: nr, key: `${rollKey}:${randomUUID()}`, value: null, at: now() }])
  if (lane.stirredAt === stirredAt) lane.stirredAt = null
}
