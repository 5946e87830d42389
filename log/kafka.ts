// The log on Kafka: durable and shared by many processes. Every process that reads holds a local copy of it (lane.ts),
// which follows the broker; what is appended here is told once the copy has it. Partitioned by post, so that a post's changes
// keep their order; what is about an account or a topic goes to every partition. See docs/decisions/027-kafka-log.md.
import { dirname, join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { UserError } from '../errors.ts'
import { retry, sleep } from '../retry.ts'
import type { Batch, Log, Logged, LogStatus, Position, PostChange, ReadOptions, Slice } from '../types.ts'
import { Appends } from './appends.ts'
import { copyFolder, type Held } from './copyFolder.ts'
import { keepTidy } from './janitor.ts'
import { connectKafka, type KafkaClient } from './kafkaClient.ts'
import { toldInTime } from './kafkaErrors.ts'
import { type Completed, completed, type KafkaLogOptions } from './kafkaOptions.ts'
import { amongAll, Lane } from './lane.ts'
import { Readers } from './readers.ts'
import type { Ends, Sent } from './sending.ts'
import { Settled } from './settled.ts'
import { blocks } from './slices.ts'
import { topicsOf } from './topicShapes.ts'

const aheadMs = 3_000

/** Connects, makes the topics where they are absent, and brings the local copy up to date. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const all = completed(options)
  const kafka = await connectKafka(all)
  try {
    // Topics that are being made have no leader for a moment, and several processes may make them at once.
    await toldInTime(() => kafka.ensure(topicsOf(all)))
    const log = new KafkaLog(kafka, all)
    await log.open()
    return log
  } catch (error) {
    await kafka[Symbol.asyncDispose]()
    throw error
  }
}

class KafkaLog implements Log {
  readonly #kafka: KafkaClient
  readonly #options: Completed
  readonly #topic: string
  readonly #held: Held
  readonly #lanes: Lane[]
  readonly #settled: Settled
  readonly #readers: Readers
  readonly #appends: Appends
  readonly #stop = new AbortController()
  #tidying: Promise<void> = Promise.resolve()
  #failure: Error | null = null
  #isClosed = false

  constructor(kafka: KafkaClient, options: Completed) {
    const { prefix, partitions, hashKey, retention, now, sweepMs, checkpointMs, fleeting } = options
    this.#kafka = kafka
    this.#options = options
    this.#topic = `${prefix}.changes`
    this.#held = copyFolder(options.dir, JSON.stringify([options.brokers.toSorted()[0], prefix, partitions]))
    const share = { hours: retention.hours, bytes: retention.bytes / partitions }
    this.#lanes = Array.from({ length: partitions }, (_, nr) => {
      const path = join(this.#held.folder, `${nr}.db`)
      const isCounting = () => this.#readers.holds('analyze', nr)
      const kept = { retention: share, fleeting: fleeting?.sources ?? [] }
      return new Lane({ path, hashKey, ...kept, now, sweepMs, checkpointMs, isCounting })
    })
    this.#settled = new Settled(kafka, `${prefix}.settings`, (reader, places) => this.#readers.heard(reader, places))
    const shared = { kafka, lanes: this.#lanes, settled: this.#settled, topic: this.#topic, signal: this.#stop.signal }
    this.#readers = new Readers({ ...shared, prefix, groups: options.groups })
    this.#appends = new Appends({ ...shared, hashKey, now })
  }

  async open(): Promise<void> {
    const { signal } = this.#stop
    const changes = {
      topic: this.#topic,
      next: (partition: number) => this.#lanes[partition]!.next,
      take: (partition: number, records: Sent[], next: number) => this.#lanes[partition]!.take(records, next),
    }
    await this.#beginAnew()
    this.#kafka.onFailure((error) => {
      this.#failure = error
      this.#stop.abort()
    })
    await toldInTime(() => this.#kafka.follow([changes, this.#settled.following()]))
    await Promise.all([this.#caughtUp(), this.#settled.caughtUp(signal)])
    this.#mustGoOn()
    await this.#settled.agreeOnKey(this.#options.hashKey, signal)
    const reads = (nr: number) => this.#readers.holds('analyze', nr)
    const mirror = () => this.#readers.mirror()
    const tidying = { kafka: this.#kafka, lanes: this.#lanes, topic: this.#topic, reads, mirror }
    this.#tidying = keepTidy({ ...tidying, ...this.#options }, signal)
  }

  /**
   * A copy that is older than all that Kafka keeps may lack deletes that came and went meanwhile. One that knows more than
   * Kafka would take what is appended next for what it has: posts would be lost without a word.
   */
  async #beginAnew(): Promise<void> {
    const isAhead = (all: Ends[]) => all.some(({ high }, nr) => this.#lanes[nr]!.next > high)
    const ask = () => toldInTime(() => this.#kafka.ends(this.#topic))
    let ends = await ask()
    // A broker that has just become the leader may not know for a moment how far its partition was told.
    if (isAhead(ends)) await sleep(aheadMs, this.#stop.signal)
    if (isAhead(ends)) ends = await ask()
    if (isAhead(ends)) {
      const hint = `Kafka was set back, or is another one: take ${dirname(this.#held.folder)} away, it is made anew`
      throw new UserError('the local copy of the log knows more than Kafka does', hint)
    }
    for (const [nr, lane] of this.#lanes.entries()) {
      const { low } = ends[nr]!
      if (low <= lane.next) continue
      if (lane.next > 0) this.#options.note?.('the local copy of the log begins anew', { partition: nr, from: low })
      await lane.beginAt(low)
    }
  }

  /** Throws what ended the following of the broker, if anything did: nothing that is read from here on is true. */
  #mustGoOn(): void {
    if (this.#failure) throw this.#failure
  }

  async append(batch: Batch): Promise<Position> {
    this.#mustGoOn()
    if (this.#stop.signal.aborted) throw new Error('the log is closed')
    return this.#appends.append(batch)
  }

  async cursor(source: string): Promise<string | null> {
    return this.#settled.cursor(source)
  }

  async settings(prefix?: string): Promise<Logged[]> {
    this.#mustGoOn()
    return this.#settled.settings(prefix)
  }

  async *read(reader: string, signal: AbortSignal, { until, limit = 1_000 }: ReadOptions = {}): AsyncGenerator<Slice> {
    const either = AbortSignal.any([signal, this.#stop.signal])
    // Bounded: what lies behind the end of now is not waited for.
    if (until !== undefined) await this.#caughtUp()
    const ends = this.#lanes.map((lane, nr) =>
      until === undefined ? Number.MAX_SAFE_INTEGER : Math.min(this.#local(until, nr), lane.slices.head()),
    )
    const places = await this.#readers.begin(reader, either)
    while (places && !either.aborted) {
      let [moved, waiting] = [false, false]
      for (const nr of await places.lanes()) {
        if (either.aborted) return
        const after = places.at(nr)
        if (after >= ends[nr]!) continue
        waiting = true
        // Whoever reads it now repeats it: nothing more is scored in vain, nor written late.
        if (!places.isCurrent()) break
        const rows = this.#lanes[nr]!.slices.slice({ after, until: ends[nr]!, limit })
        places.moveOn(nr, rows.end)
        moved ||= rows.end > after
        const commit = () => places.commit(nr, rows.end)
        if (rows.changes.length) {
          yield { changes: rows.changes.map((one) => ({ ...one, position: this.#global(one.position, nr) })), commit }
        }
        // Only holes: nothing to do for the reader, who would else lag behind a head that is no longer there.
        else if (rows.end > after && places.committed(nr) === after) await commit()
      }
      if (!waiting && until !== undefined) return
      if (!moved) await this.#readers.news(either)
    }
    this.#mustGoOn()
  }

  leads(reader: string): boolean {
    return !this.#options.groups.includes(reader) || this.#readers.holds(reader, 0)
  }

  async release(reader: string): Promise<void> {
    await this.#readers.release(reader)
  }

  async *scan(signal: AbortSignal): AsyncGenerator<PostChange[]> {
    const walks = this.#lanes.map((lane) => ({ lane, walk: blocks(lane.slices.status()) }))
    for (let left = walks; left.length; ) {
      for (const one of left) {
        const { value: block, done } = one.walk.next()
        if (done) left = left.filter((other) => other !== one)
        for (let after = block?.after ?? 0; block && after < block.until; ) {
          if (signal.aborted || this.#stop.signal.aborted) return
          const { posts, end } = one.lane.slices.posts(after, block.until)
          if (posts.length) yield posts
          after = end
          await breathe()
        }
      }
    }
  }

  async status(): Promise<LogStatus> {
    await this.#caughtUp()
    const each = this.#lanes.map((lane) => lane.slices.status())
    const head = Math.max(...each.map((one, nr) => this.#global(one.head, nr)))
    const filled = each.flatMap(({ oldest, head: last }, nr) => (oldest <= last ? [this.#global(oldest, nr)] : []))
    const since = each.flatMap((one) => one.since ?? []).toSorted()[0] ?? null
    const places = await this.#readers.places()
    const readers = Object.entries(places).map(([name, committed]) => {
      // The first change that is not committed, over all partitions; behind the head when everything is.
      const unread = each.flatMap((one, nr) =>
        committed[nr]! < one.head ? [this.#global(committed[nr]! + 1, nr)] : [],
      )
      return [name, Math.min(head, ...unread.map((first) => first - 1))]
    })
    return {
      head,
      oldest: Math.min(...filled, head + 1),
      posts: each.reduce((sum, { posts }) => sum + posts, 0),
      bytes: each.reduce((sum, { bytes }) => sum + bytes, 0),
      since,
      partitions: this.#lanes.length,
      readers: Object.fromEntries(readers) as Record<string, Position>,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop.abort()
    await this.#appends.settled()
    await this.#tidying
    await this.#kafka[Symbol.asyncDispose]()
    for (const lane of this.#lanes) lane.close()
    this.#held[Symbol.dispose]()
  }

  /** Resolves once the local copy has all that the broker holds now. */
  async #caughtUp(): Promise<void> {
    const { signal } = this.#stop
    const ends = await retry(() => this.#kafka.ends(this.#topic), signal, { baseMs: 50, capMs: 1_000 })
    await Promise.all((ends ?? []).map(({ high, low }, nr) => high > low && this.#lanes[nr]!.reached(high, signal)))
  }

  /** A lane's position among all, and the last of a lane that is not beyond one among all. */
  #global(position: Position, nr: number): Position {
    return amongAll(position, { nr, lanes: this.#lanes.length })
  }
  #local(position: Position, nr: number): Position {
    return Math.max(0, Math.floor((position - nr - 1) / this.#lanes.length) + 1)
  }
}
