// What goes to Kafka and what comes back, in our terms; the client's own types stay in kafkaClient.ts. Pure.

export interface KafkaPlace {
  /** host:port */
  brokers: string[]
  /** TLS: true, or the authorities to trust, as PEM. */
  tls?: boolean | { ca: string }
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; user: string; password: string }
}

export interface TopicShape {
  topic: string
  partitions: number
  replication: number
  settings: Record<string, string>
}

export interface Sending {
  topic: string
  partition: number
  key: string
  value: string | null
  /** Epoch milliseconds. */
  at: number
}

export interface Sent {
  offset: number
  key: string
  value: string | null
  at: number
}

export interface Following {
  topic: string
  /** The next offset wanted of a partition. */
  next(partition: number): number
  /** `next`: the offset behind this portion, where the following one begins. */
  take(partition: number, records: Sent[], next: number): Promise<void>
}

/** A place in a consumer group: partitions are shared among those who hold one. */
export interface Place {
  /** Grows whenever the partitions may have changed hands. */
  generation(): number
  partitions(): number[]
  /**
   * Does nothing in another generation than this was read in: who holds the partition now repeats it, and may have come
   * further. The broker would not see that: it knows members, not what they hold.
   */
  commit(partition: number, offset: number, read: number): Promise<void>
  close(): Promise<void>
}

export interface Ends {
  low: number
  high: number
}

/** Of one request; each may take three bytes. */
const portionChars = 1_000_000
/** In order, each of one topic and small enough for one request. */
export function* portionsOf(sendings: Sending[]): Generator<Sending[]> {
  let [portion, chars] = [[] as Sending[], 0]
  for (const one of sendings) {
    const size = one.key.length + (one.value?.length ?? 0) + 100
    if (portion.length && (chars + size > portionChars || portion[0]!.topic !== one.topic)) {
      yield portion
      portion = []
      chars = 0
    }
    portion.push(one)
    chars += size
  }
  if (portion.length) yield portion
}
