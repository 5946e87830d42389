// What the log on Kafka is opened with. Pure.
import { type Note, silent } from '../journal.ts'
import type { Retention } from './retention.ts'
import type { KafkaPlace } from './sending.ts'

export interface KafkaLogOptions extends KafkaPlace {
  /** What the names of our topics begin with. */
  prefix: string
  /** Never changes once the topics are made: positions depend on it. */
  partitions: number
  /** Copies of each partition on different brokers. */
  replication: number
  /** Where the local copy is kept. */
  dir: string
  hashKey: Buffer
  retention: Retention
  /** Sources whose posts go once `analyze` has read them; absent: none. */
  fleeting?: { sources: string[] }
  note?: Note
  /** Readers that several processes share, each reading some partitions. */
  groups?: string[]
  /** What was erased leaves the broker's files about this long afterwards. */
  eraseMs?: number
  now?: () => number
  sweepMs?: number
  checkpointMs?: number
}

export type Completed = KafkaLogOptions & typeof defaults & { note: Note }
const defaults = { groups: ['analyze'], eraseMs: 3_600_000, now: Date.now, sweepMs: 1_000, checkpointMs: 2_000 }

export const completed = (options: KafkaLogOptions): Completed => ({ ...defaults, note: silent, ...options })
