// What outlives every retention, as a compacted topic of one partition: topics and settings, cursors of sources, and how
// far readers have come that are no group. Every process follows it whole and holds it in memory.
import { createSecretKey } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { UserError } from '../errors.ts'
import type { Change, Logged, Position } from '../types.ts'
import { decode, encode } from './codec.ts'
import type { KafkaClient } from './kafkaClient.ts'
import type { Following, Sending, Sent } from './sending.ts'
import { keyedHash } from './tables.ts'

/** Told of each reader's place, in order; null: it was released. */
export type Hear = (reader: string, positions: Position[] | null) => Promise<void>
export type Word = Omit<Sending, 'topic' | 'partition' | 'at'>

export class Settled {
  readonly #kafka: KafkaClient
  readonly #topic: string
  readonly #words = new Map<string, string>()
  readonly #news = new EventEmitter().setMaxListeners(0)
  readonly #hear: Hear
  #next = 0

  constructor(kafka: KafkaClient, topic: string, hear: Hear) {
    this.#kafka = kafka
    this.#topic = topic
    this.#hear = hear
  }

  /** What of the topic is to be followed. */
  following(): Following {
    return { topic: this.#topic, next: () => this.#next, take: (_, records, next) => this.#take(records, next) }
  }

  /** Resolves once all the topic holds now is known, or on abort. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const [ends] = await this.#kafka.ends(this.#topic)
    await this.#reached(ends!.high, signal)
  }

  async #take(records: Sent[], next: number): Promise<void> {
    for (const { key, value } of records) {
      // Set anew at the end: the order of the map is the order in which things were said last.
      if (key === checkKey && this.#words.has(key)) continue
      this.#words.delete(key)
      if (value !== null) this.#words.set(key, value)
      if (key.startsWith('reader:'))
        await this.#hear(key.slice(7), value === null ? null : (JSON.parse(value) as Position[]))
    }
    this.#next = next
    this.#news.emit('news')
  }

  async #reached(next: number, signal: AbortSignal): Promise<void> {
    while (this.#next < next && !signal.aborted) await once(this.#news, 'news', { signal }).catch(() => {})
  }

  /** Resolves once these words are durable and known here. */
  async say(words: Word[], signal: AbortSignal): Promise<void> {
    if (!words.length) return
    const at = Date.now()
    const offsets = await this.#kafka.send(words.map((word) => ({ topic: this.#topic, partition: 0, at, ...word })))
    await this.#reached(Math.max(...offsets) + 1, signal)
  }

  /** What a change says that must outlive retention. */
  wordsOf(change: Change, { position, at }: { position: Position; at: number }): Word[] {
    const value = JSON.stringify([position, at, ...Object.values(encode(change))])
    if (change.op === 'setting') return [{ key: `setting:${change.key}`, value: change.value === null ? null : value }]
    if (change.op === 'topic') return [{ key: topicKey(change.topic.id, change.topic.version), value }]
    if (change.op !== 'topic.drop') return []
    const { id, version } = change
    if (version !== null) return [{ key: topicKey(id, version), value: null }]
    const ours = [...this.#words.keys()].filter((key) => key.startsWith(topicKey(id, '')))
    return ours.map((key) => ({ key, value: null }))
  }

  /** Every process must hash with the same key; the first one's counts. Throws UserError. */
  async agreeOnKey(hashKey: Buffer, signal: AbortSignal): Promise<void> {
    const ours = keyedHash(createSecretKey(hashKey), 'check').toString('hex')
    const isNew = !this.#words.has(checkKey)
    if (isNew) await this.say([{ key: checkKey, value: ours }], signal)
    const first = this.#words.get(checkKey)
    if (signal.aborted || first === ours) return
    // Two said theirs at once. Compaction will keep the last, and must not make that the one that counts.
    if (isNew) await this.say([{ key: checkKey, value: first! }], signal)
    const hint = 'give every process the same keys.json: without it the log cannot tell which posts were deleted'
    throw new UserError('the key of the log is not the one it was made with', hint)
  }

  settings(prefix?: string): Logged[] {
    const begin = prefix === undefined ? ['topic:', 'setting:'] : [`setting:${prefix}`]
    const found = [...this.#words].filter(([key]) => begin.some((one) => key.startsWith(one)))
    return found.map(([, value]) => {
      const [position, at, kind, time, fields, text] = JSON.parse(value) as [
        number,
        number,
        number,
        number,
        string,
        null,
      ]
      return {
        position,
        receivedAt: new Date(at).toISOString(),
        change: decode({ kind, at: time, fields, text }),
      }
    })
  }

  cursor(source: string): string | null {
    return this.#words.get(`cursor:${source}`) ?? null
  }
}

const checkKey = 'hash-key'
const topicKey = (id: string, version: number | '') => `topic:${JSON.stringify(id)}@${version}`
