// Appends to Kafka, one group after the other: what the local copy would not keep is dropped and counted here and takes no
// offset; the rest is sent, then what must outlive retention, and the source's cursor last. Each append is refused whole or
// sent whole; after a crash between two of these steps the source repeats them, which is harmless.
import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto'
import { metrics } from '../metrics.ts'
import type { Batch, Change, Position } from '../types.ts'
import { rankOf } from '../versions.ts'
import type { KafkaClient } from './kafkaClient.ts'
import { amongAll, countDrops, keyOf, type Lane, written } from './lane.ts'
import type { Sending } from './sending.ts'
import type { Settled, Word } from './settled.ts'
import { keyedHash, rankBytes } from './tables.ts'

export interface Appending {
  kafka: KafkaClient
  lanes: Lane[]
  settled: Settled
  topic: string
  signal: AbortSignal
  hashKey: Buffer
  now: () => number
}

interface Asked {
  batch: Batch
  resolve: (position: Position) => void
  reject: (error: unknown) => void
}

/** A change on its way to one partition. */
interface Bound {
  asked: number
  change: Change
  lane: number
}

/** At most this many changes share a sending. */
const groupChanges = 2_000

export class Appends {
  readonly #parts: Appending
  readonly #key: KeyObject
  #queue: Asked[] = []
  #working: Promise<void> | null = null

  constructor(parts: Appending) {
    this.#parts = parts
    this.#key = createSecretKey(parts.hashKey)
  }

  append(batch: Batch): Promise<Position> {
    for (const change of batch.changes) check(change)
    const { promise, resolve, reject } = Promise.withResolvers<Position>()
    this.#queue.push({ batch, resolve, reject })
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
    return promise
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    await null // whoever appends in the same turn joins the first group
    while (this.#queue.length) {
      const group = this.#take()
      try {
        const positions = await this.#send(group)
        for (const [nr, { resolve }] of group.entries()) resolve(positions[nr]!)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
  }

  #take(): Asked[] {
    let [count, changes] = [0, 0]
    while (count < this.#queue.length && (count === 0 || changes < groupChanges))
      changes += this.#queue[count++]!.batch.changes.length
    return this.#queue.splice(0, count)
  }

  async #send(group: Asked[]): Promise<Position[]> {
    const { kafka, lanes, settled, topic, signal, now } = this.#parts
    const at = now()
    const kept = this.#kept(group, at)
    const sendings = kept.map(({ change, lane }): Sending => {
      return { topic, partition: lane, key: keyOf(change, this.#key, randomUUID()), value: written(change), at }
    })
    const offsets = sendings.length ? await kafka.send(sendings) : []
    await Promise.all(kept.map(({ lane }, nr) => lanes[lane]!.reached(offsets[nr]! + 1, signal)))
    const among = (position: Position, nr: number) => amongAll(position, { nr, lanes: lanes.length })
    const positionOf = (nr: number) => among(offsets[nr]! + 1, kept[nr]!.lane)
    const head = Math.max(...lanes.map((lane, nr) => among(lane.slices.head(), nr)))
    const words: Word[] = []
    const positions = group.map(() => 0)
    for (const [nr, { change, asked }] of kept.entries()) {
      const isFirst = kept[nr - 1]?.change !== change
      if (isFirst) words.push(...settled.wordsOf(change, { position: positionOf(nr), at }))
      positions[asked] = Math.max(positions[asked]!, positionOf(nr))
    }
    for (const { batch } of group)
      if (batch.cursor !== null) words.push({ key: `cursor:${batch.source}`, value: batch.cursor })
    await settled.say(words, signal)
    metrics.appended.inc(kept.length)
    return positions.map((position) => position || head)
  }

  /** What a reader would be given of them; the rest is counted. */
  #kept(group: Asked[], at: number): Bound[] {
    const { lanes } = this.#parts
    const bound = group.flatMap(({ batch }, asked) =>
      batch.changes.flatMap((change) => this.#lanesOf(change).map((lane): Bound => ({ asked, change, lane }))),
    )
    const isKept = new Set<Bound>()
    for (const [nr, lane] of lanes.entries()) {
      const ours = bound.filter((one) => one.lane === nr)
      if (!ours.length) continue
      const changes = ours.map(({ change }) => change)
      for (const [place, outcome] of lane.tried(changes, at).entries()) {
        if (outcome.isKept) isKept.add(ours[place]!)
        countDrops(group[ours[place]!.asked]!.batch.source, outcome.drops)
      }
    }
    return bound.filter((one) => isKept.has(one))
  }

  /** A post's changes go where the post is; what is about an account or a topic goes everywhere. */
  #lanesOf(change: Change): number[] {
    const { lanes } = this.#parts
    const everywhere = ['withdraw', 'restore', 'display', 'topic', 'topic.drop']
    if (everywhere.includes(change.op)) return lanes.map((_, nr) => nr)
    const name = 'id' in change ? change.id : 'key' in change ? change.key : ''
    const source = 'source' in change ? change.source : ''
    return [keyedHash(this.#key, 'post', source, name).readUInt32BE() % lanes.length]
  }
}

/** Throws RangeError on what can never be kept, before anything is sent. */
function check(change: Change): void {
  written(change)
  if (change.op === 'create' || change.op === 'update') rankBytes(rankOf({ revision: change.revision, arrival: 0 }))
}
