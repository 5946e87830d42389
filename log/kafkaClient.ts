// Kafka as the log needs it: topics made, changes sent, partitions followed, a place in a group held. The only file that
// knows kafkajs. It repeats what a broker that is away or restarting refuses, for ever or until it is closed; what it does
// throw is a TransientError, or what a person must mend.
import { randomUUID } from 'node:crypto'
import type { Admin, Consumer, ConsumerConfig, ConsumerRunConfig, Kafka, KafkaConfig, Producer } from 'kafkajs'
import { TransientError, UserError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { mended, told } from './kafkaErrors.ts'
import { openSockets, type Sockets } from './kafkaSockets.ts'
import { withoutNegativeTimers } from './kafkaTimers.ts'
import { ensureTopics } from './kafkaTopics.ts'
import {
  type Ends,
  type Following,
  type KafkaPlace,
  type Place,
  portionsOf,
  type Sending,
  type TopicShape,
} from './sending.ts'

/** In a row, without a place in the group between them. */
const mostCrashes = 20
const patience = { retries: 60, initialRetryTime: 50, maxRetryTime: 1_000 }

export class KafkaClient implements AsyncDisposable {
  readonly #kafka: Kafka
  readonly #sockets: Sockets
  readonly #admin: Admin
  readonly #consumers = new Set<Consumer>()
  #producer: Promise<Producer> | null = null
  #fail: (error: Error) => void = () => {}

  constructor(kafka: Kafka, sockets: Sockets) {
    this.#kafka = kafka
    this.#sockets = sockets
    this.#admin = kafka.admin()
  }

  async connect(): Promise<void> {
    await told(() => this.#admin.connect())
  }

  /** Called once what is followed is followed no longer, for a reason that no repetition mends. */
  onFailure(listener: (error: Error) => void): void {
    this.#fail = listener
  }

  /** Makes the topics that are absent, and gives the others these settings. Throws UserError on another number of partitions. */
  async ensure(shapes: TopicShape[]): Promise<void> {
    await ensureTopics(this.#admin, shapes)
    for (const { topic, partitions } of shapes) {
      const found = (await this.ends(topic)).length
      if (found === partitions) continue
      const hint = `set log.kafka.partitions to ${found}: the positions of a log depend on it, so it never changes`
      throw new UserError(`the topic ${topic} has ${found} partitions, not ${partitions}`, hint)
    }
  }

  /** Where each partition begins and ends. */
  async ends(topic: string): Promise<Ends[]> {
    const found = await told(() => this.#admin.fetchTopicOffsets(topic))
    const sorted = found.toSorted((a, b) => a.partition - b.partition)
    return sorted.map(({ low, high }) => ({ low: Number(low), high: Number(high) }))
  }

  /** The offset that the members of a group have committed, by partition; null where none was. */
  async committed(groupId: string, topic: string, partitions: number): Promise<(number | null)[]> {
    const [found] = await told(() => this.#admin.fetchOffsets({ groupId, topics: [topic] }))
    const offsets: (number | null)[] = Array.from({ length: partitions }, () => null)
    for (const { partition, offset } of found?.partitions ?? [])
      if (Number(offset) >= 0) offsets[partition] = Number(offset)
    return offsets
  }

  /** Resolves once every replica in sync has them. Returns the offset of each. May repeat what it sent when it throws. */
  async send(sendings: Sending[]): Promise<number[]> {
    const offsets: number[] = []
    this.#producer ??= this.#produce()
    try {
      const producer = await this.#producer
      for (const portion of portionsOf(sendings)) {
        const messages = portion.map(({ partition, key, value, at }) => ({
          ...{ partition, key, value },
          timestamp: String(at),
        }))
        const first = new Map<number, number>()
        for (const { partition, baseOffset } of await producer.send({ topic: portion[0]!.topic, acks: -1, messages }))
          first.set(partition, Number(baseOffset))
        for (const { partition } of portion) {
          offsets.push(first.get(partition)!)
          first.set(partition, offsets.at(-1)! + 1)
        }
      }
      return offsets
    } catch (cause) {
      // Its numbering is in doubt now: the next send begins with a new one.
      const old = this.#producer
      this.#producer = null
      void old?.then((producer) => producer.disconnect()).catch(() => {})
      throw new TransientError('the log’s broker does not take what it is sent', { cause })
    }
  }

  /** Follows every partition of these topics on its own, for ever, until closed. */
  async follow(followings: Following[]): Promise<void> {
    const by = new Map(followings.map((one) => [one.topic, one]))
    const consumer = this.#consumer({ groupId: `${followings[0]!.topic}.copy.${randomUUID()}` })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const { topic, next } of followings)
        for (const partition of payload.memberAssignment[topic] ?? [])
          consumer.seek({ topic, partition, offset: String(next(partition)) })
    })
    await this.#run(consumer, [...by.keys()], {
      autoCommit: false,
      eachBatch: async ({ batch, isRunning, isStale }) => {
        if (!isRunning() || isStale()) return
        const { next, take } = by.get(batch.topic)!
        const from = next(batch.partition)
        const records = batch.messages.map(({ offset, key, value, timestamp }) => ({
          ...{ offset: Number(offset), key: key?.toString() ?? '', value: value?.toString() ?? null },
          at: Number(timestamp),
        }))
        const wanted = records.filter(({ offset }) => offset >= from)
        await take(batch.partition, wanted, Number(batch.lastOffset()) + 1).catch((error: Error) => {
          // A full disk, a damaged file: kafkajs would repeat it in silence.
          this.#fail(error)
          throw error
        })
      },
    })
  }

  /** Takes a place in a group. Nothing is fetched by it: what is read, is read from the local copy. */
  async join(groupId: string, topic: string): Promise<Place> {
    const consumer = this.#consumer({ groupId, sessionTimeout: 6_000, heartbeatInterval: 1_000 })
    let [generation, partitions] = [0, [] as number[]]
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      partitions = (payload.memberAssignment[topic] ?? []).toSorted((a, b) => a - b)
      generation++
      if (partitions.length) consumer.pause([{ topic, partitions }])
    })
    for (const away of [consumer.events.REBALANCING, consumer.events.CRASH] as const)
      consumer.on(away, () => {
        partitions = []
        generation++
      })
    await this.#run(consumer, [topic], { autoCommit: false, eachBatch: async () => {} })
    return {
      generation: () => generation,
      partitions: () => partitions,
      commit: async (partition, offset, read) => {
        if (read !== generation) return
        try {
          await consumer.commitOffsets([{ topic, partition, offset: String(offset) }])
        } catch (cause) {
          if (read !== generation) return
          throw new TransientError('the log’s broker does not take what was read', { cause })
        }
      },
      close: () => this.#end(consumer),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => this.#end(consumer)))
    const producer = await this.#producer?.catch(() => null)
    await producer?.disconnect().catch(() => {})
    await this.#admin.disconnect().catch(() => {})
    this.#sockets.end()
  }

  async #produce(): Promise<Producer> {
    const producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    return producer
  }

  #consumer(config: ConsumerConfig): Consumer {
    const options = { maxWaitTimeInMs: 100, allowAutoTopicCreation: false, retry: patience }
    const consumer = this.#kafka.consumer({ ...options, ...config })
    this.#consumers.add(consumer)
    return consumer
  }

  /** What kafkajs gives up begins anew, as a member that the broker has forgotten: unless a person must mend it. */
  async #run(consumer: Consumer, topics: string[], config: ConsumerRunConfig): Promise<void> {
    let crashes = 0
    consumer.on(consumer.events.GROUP_JOIN, () => {
      crashes = 0
    })
    consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
      if (restart || !this.#consumers.has(consumer)) return
      const isHopeless = ++crashes > mostCrashes
      const reason =
        mended(error) ?? (isHopeless && new Error('the log no longer follows its broker', { cause: error }))
      if (reason) this.#fail(reason)
      else setTimeout(() => this.#consumers.has(consumer) && consumer.run(config).catch(this.#fail), crashes * 200)
    })
    try {
      await told(() => consumer.subscribe({ topics, fromBeginning: true }))
    } catch (error) {
      await this.#end(consumer)
      throw error
    }
    await consumer.run(config)
  }

  async #end(consumer: Consumer): Promise<void> {
    this.#consumers.delete(consumer)
    await consumer.disconnect().catch(() => {})
  }
}

/** Connects. Throws UserError where no broker answers within some seconds. */
export async function connectKafka({ note = silent, ...place }: KafkaPlace & { note?: Note }): Promise<KafkaClient> {
  const { default: kafkajs } = await import('kafkajs')
  await withoutNegativeTimers()
  const make = (retry: typeof patience) => {
    const sockets = openSockets()
    const quiet = { logLevel: kafkajs.logLevel.NOTHING, socketFactory: sockets.make }
    return new KafkaClient(new kafkajs.Kafka({ ...configOf(place), ...quiet, retry }), sockets)
  }
  const client = make(patience)
  const { brokers } = place
  const waiting = setTimeout(() => note('waiting for Kafka', { brokers }), 2_000)
  try {
    // A person who wrote a wrong address waits some seconds, not a minute.
    await using first = make({ ...patience, retries: 12 })
    await first.connect()
    await client.connect()
    return client
  } catch (cause) {
    if (!(cause instanceof TransientError)) throw cause
    const hint = 'Start it, or mend log.kafka.brokers (UNDERCURRENT_KAFKA_BROKERS), log.kafka.tls and log.kafka.sasl.'
    throw new UserError(`no Kafka broker answers at ${brokers.join(', ')}`, hint, 503)
  } finally {
    clearTimeout(waiting)
  }
}

function configOf({ brokers, tls, sasl }: KafkaPlace): KafkaConfig {
  const security = sasl && { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password }
  const config = { clientId: 'undercurrent', brokers, ssl: typeof tls === 'object' ? { ca: [tls.ca] } : (tls ?? false) }
  return { ...config, ...(security ? { sasl: security } : {}) } as KafkaConfig
}
