// How far each reader of the log on Kafka has come. A group's readers share the partitions and commit to the broker's
// group; every other reader has all of them and its place in the settings topic. Both are mirrored in the local copy, whose
// retention waits for the slowest.
import { retry } from '../retry.ts'
import type { Position } from '../types.ts'
import type { KafkaClient } from './kafkaClient.ts'
import type { Lane } from './lane.ts'
import type { Place } from './sending.ts'
import type { Settled } from './settled.ts'

export interface Reading {
  kafka: KafkaClient
  lanes: Lane[]
  settled: Settled
  topic: string
  prefix: string
  groups: string[]
  signal: AbortSignal
}

/** A reader's places while it reads. */
export interface Places {
  /** The partitions it reads now. */
  lanes(): Promise<number[]>
  /** False once those may have changed hands. */
  isCurrent(): boolean
  at(lane: number): Position
  committed(lane: number): Position
  moveOn(lane: number, to: Position): void
  commit(lane: number, to: Position): Promise<void>
}

const patient = { baseMs: 50, capMs: 1_000 }

export class Readers {
  readonly #parts: Reading
  readonly #names = new Set<string>()
  readonly #members = new Map<string, Place>()

  constructor(parts: Reading) {
    this.#parts = parts
  }

  holds(group: string, lane: number): boolean {
    return this.#members.get(group)?.partitions().includes(lane) ?? false
  }

  /** A word about a reader from the settings topic. */
  async heard(reader: string, places: Position[] | null): Promise<void> {
    if (places) this.#names.add(reader)
    else this.#names.delete(reader)
    await Promise.all(this.#parts.lanes.map((lane, nr) => lane.commit(reader, places?.[nr] ?? null)))
  }

  /**
   * Retention in a copy waits for the readers noted there. Of partitions that others read, the places are as the broker has
   * them now, and a reader that was released while this copy was shut is none: deletes would stay for it for ever.
   */
  async mirror(): Promise<void> {
    const { kafka, lanes, topic, prefix, groups } = this.#parts
    for (const group of groups) {
      const offsets = await kafka.committed(`${prefix}.${group}`, topic, lanes.length)
      for (const [nr, lane] of lanes.entries()) if (!this.holds(group, nr)) await lane.commit(group, offsets[nr]!)
    }
    for (const lane of lanes)
      for (const name of Object.keys(lane.slices.status().readers))
        if (!groups.includes(name) && !this.#names.has(name)) await lane.commit(name, null)
  }

  /** Null where the signal aborted before it could begin. */
  async begin(reader: string, signal: AbortSignal): Promise<Places | null> {
    return this.#parts.groups.includes(reader) ? this.#beginGroup(reader, signal) : this.#beginAlone(reader, signal)
  }

  async #beginAlone(reader: string, signal: AbortSignal): Promise<Places> {
    const { lanes, settled } = this.#parts
    const say = async (places: Position[]) => {
      await retry(
        () => settled.say([{ key: `reader:${reader}`, value: JSON.stringify(places) }], signal),
        signal,
        patient,
      )
    }
    const committed = lanes.map((lane) => lane.position(reader) ?? lane.slices.oldest() - 1)
    if (!this.#names.has(reader)) await say(committed)
    const at = [...committed]
    return {
      lanes: async () => lanes.map((_, nr) => nr),
      isCurrent: () => true,
      at: (lane) => at[lane]!,
      committed: (lane) => committed[lane]!,
      moveOn: (lane, to) => {
        at[lane] = to
      },
      commit: async (lane, to) => {
        committed[lane] = Math.max(committed[lane]!, to)
        await say(committed)
      },
    }
  }

  async #beginGroup(reader: string, signal: AbortSignal): Promise<Places | null> {
    const { kafka, lanes, topic, prefix } = this.#parts
    const groupId = `${prefix}.${reader}`
    // A broker that has only just come back may cut the new connection.
    const place = this.#members.get(reader) ?? (await retry(() => kafka.join(groupId, topic), signal, patient))
    if (!place) return null
    this.#members.set(reader, place)
    let [generation, at, committed] = [-1, [] as Position[], [] as Position[]]
    return {
      lanes: async () => {
        if (generation !== place.generation()) {
          const given = place.generation()
          const places = await retry(() => this.#groupPlaces(groupId), signal, patient)
          if (!places) return []
          generation = given
          committed = places
          at = [...places]
          await Promise.all(lanes.map((lane, nr) => lane.commit(reader, places[nr]!)))
        }
        return place.partitions()
      },
      isCurrent: () => generation === place.generation(),
      at: (lane) => at[lane]!,
      committed: (lane) => committed[lane]!,
      moveOn: (lane, to) => {
        at[lane] = to
      },
      commit: async (lane, to) => {
        const read = generation
        await retry(() => place.commit(lane, to, read), signal, patient)
        if (read !== place.generation()) return
        committed[lane] = Math.max(committed[lane]!, to)
        await lanes[lane]!.commit(reader, committed[lane]!)
      },
    }
  }

  /** A new reader begins before the oldest change kept; one that is ahead of a broker that lost its tail, at its end. */
  async #groupPlaces(groupId: string): Promise<Position[]> {
    const { kafka, lanes, topic } = this.#parts
    const offsets = await kafka.committed(groupId, topic, lanes.length)
    return lanes.map((lane, nr) => Math.min(offsets[nr] ?? Math.max(0, lane.slices.oldest() - 1), lane.next))
  }

  /** The committed places of every reader, by lane. */
  async places(): Promise<Record<string, Position[]>> {
    const { kafka, lanes, topic, prefix, groups, signal } = this.#parts
    const found: Record<string, Position[]> = {}
    for (const name of this.#names) found[name] = lanes.map((lane) => lane.position(name) ?? 0)
    for (const name of groups) {
      const ask = () => kafka.committed(`${prefix}.${name}`, topic, lanes.length)
      const offsets = await retry(ask, signal, patient)
      if (offsets?.some((offset) => offset !== null)) found[name] = offsets.map((offset) => offset ?? 0)
    }
    return found
  }

  async release(reader: string): Promise<void> {
    const { settled, signal } = this.#parts
    await this.#members.get(reader)?.close()
    this.#members.delete(reader)
    if (this.#names.has(reader)) await settled.say([{ key: `reader:${reader}`, value: null }], signal)
  }

  /** Resolves when there may be more to read: at news of a lane, soon where a group may be moving, or on abort. */
  async news(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const either = AbortSignal.any([signal, stop.signal, ...(this.#members.size ? [AbortSignal.timeout(250)] : [])])
    await Promise.race(this.#parts.lanes.map((lane) => lane.moved(either)))
    stop.abort()
  }
}
