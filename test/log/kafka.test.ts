// The Kafka log on a real broker: the contract of every log, with one partition and with four, and what only a log of
// several processes and a broker can get wrong.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKafkaLog } from '../../log/kafka.ts'
import { connectKafka } from '../../log/kafkaClient.ts'
import type { KafkaLogOptions } from '../../log/kafkaOptions.ts'
import { retry } from '../../retry.ts'
import type { Log, Slice } from '../../types.ts'
import { account, append, eventually, gone, ids, post, readAll, scanned } from '../contract/changes.ts'
import { type LogFixture, logContract } from '../contract/log.ts'
import { logOracle } from '../contract/logOracle.ts'
import { type Broker, filesUnder, isWithout, openBroker } from '../doubles/broker.ts'

const hashKey = Buffer.alloc(32, 7)

describe.skipIf(isWithout)('on a broker', () => {
  let broker: Broker
  let logs = 0
  const warned: string[] = []
  const hear = ({ name }: Error) => void warned.push(name)
  beforeAll(async () => {
    process.on('warning', hear)
    broker = await openBroker()
  }, 180_000)
  afterAll(async () => {
    await broker[Symbol.asyncDispose]()
    process.off('warning', hear)
    expect(warned).not.toContain('TimeoutNegativeWarning')
  })

  async function makeFixture(): Promise<LogFixture> {
    const dir = await mkdtemp(join(tmpdir(), 'undercurrent-kafka-'))
    const prefix = `log${++logs}`
    const open = (options: Partial<KafkaLogOptions>) =>
      openKafkaLog({
        ...{ brokers: [broker.address], prefix, partitions: 1, replication: 1, dir, hashKey, eraseMs: 100 },
        ...{ retention: { hours: 48, bytes: 1e9 }, sweepMs: 20, checkpointMs: 20 },
        ...options,
      })
    return {
      open: ({ now, hours = 48, bytes = 1e9 } = {}) => open({ retention: { hours, bytes }, ...(now ? { now } : {}) }),
      bytes: async () => {
        const read = async () => {
          const places = filesUnder(broker.folder).filter((path) => path.includes(`/${prefix}.`))
          const files = [...filesUnder(dir), ...places].map((path) => readFile(path).catch(() => Buffer.alloc(0)))
          return Buffer.concat(await Promise.all(files))
        }
        // The broker closes and compacts segments in its own time: what counts is what stays when it rests.
        for (let [before, rests] = [Buffer.alloc(0), 0]; ; ) {
          const found = await read()
          rests = found.equals(before) ? rests + 1 : 0
          if (rests === 3) return found
          before = found
          await pause(150)
        }
      },
      remove: async () => {
        await broker.drop(prefix)
        await rm(dir, { recursive: true, force: true })
      },
    }
  }

  test('four partitions, two readers of a group: one joins, one leaves, and nothing is lost', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'undercurrent-kafka-'))
    const share = { brokers: [broker.address], prefix: `log${++logs}`, partitions: 4, replication: 1, dir, hashKey }
    const open = () => openKafkaLog({ ...share, retention: { hours: 48, bytes: 1e9 } })
    const [one, two] = [await open(), await open()]
    const found = new Map<string, number>()
    const follow = async (log: Log, signal: AbortSignal) => {
      for await (const slice of log.read('analyze', signal, { limit: 20 })) {
        await slice.commit()
        for (const { change } of slice.changes)
          if ('id' in change) found.set(change.id, (found.get(change.id) ?? 0) + 1)
      }
    }
    const [stopOne, stopTwo] = [new AbortController(), new AbortController()]
    const fill = (from: number) =>
      append(
        one,
        Array.from({ length: 300 }, (_, n) => post(String(from + n))),
      )
    await fill(0)
    const first = follow(one, stopOne.signal)
    await eventually(async () => found.size === 300)
    const second = follow(two, stopTwo.signal)
    await fill(300)
    await eventually(async () => one.leads('analyze') !== two.leads('analyze') && found.size === 600)
    stopOne.abort()
    await first
    await one.release('analyze')
    await append(
      two,
      Array.from({ length: 300 }, (_, n) => post(String(600 + n))),
    )
    await eventually(async () => found.size === 900 && two.leads('analyze'))
    await eventually(async () => {
      const { head, readers } = await two.status()
      return readers.analyze === head
    })
    stopTwo.abort()
    await second
    expect((await two.status()).partitions).toBe(4)
    expect(new Set((await scanned(two)).map(({ id }) => id)).size).toBe(900)
    // What is about an account reaches every partition, and every copy.
    await append(two, [account('withdraw', 'author of 5', 3)])
    await eventually(async () => (await scanned(one)).length === 899)
    await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()])
    await rm(dir, { recursive: true, force: true })
  }, 60_000)

  test('a copy keeps deletes until the group has read them, also where another process is in it, and no longer', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'undercurrent-kafka-'))
    let now = Date.now()
    const share = { brokers: [broker.address], prefix: `log${++logs}`, partitions: 1, replication: 1, dir, hashKey }
    const brisk = { now: () => now, eraseMs: 100, sweepMs: 20, checkpointMs: 20 }
    const open = () => openKafkaLog({ ...share, ...brisk, retention: { hours: 48, bytes: 1e9 } })
    const [first, second] = [await open(), await open()]
    await append(first, [post('1')])
    await readAll(first, 'analyze')
    await append(first, [gone('1'), gone('2')])
    await first[Symbol.asyncDispose]()
    // Its copy has another owner now, who is no member of the group.
    const heir = await open()
    const { oldest } = await heir.status()
    now += 49 * 3_600_000
    await append(heir, [post('3')])
    await pause(300) // many sweeps
    expect((await heir.status()).oldest).toBe(oldest)
    await readAll(second, 'analyze')
    await eventually(async () => {
      const { oldest, head } = await heir.status()
      return oldest === head
    })
    await Promise.all([heir, second].map((log) => log[Symbol.asyncDispose]()))
    await rm(dir, { recursive: true, force: true })
  }, 60_000)

  test('whoever wakes after its partitions went to another commits nothing there, and sets nothing back', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'undercurrent-kafka-'))
    const share = { brokers: [broker.address], prefix: `log${++logs}`, partitions: 4, replication: 1, dir, hashKey }
    const open = () => openKafkaLog({ ...share, retention: { hours: 48, bytes: 1e9 } })
    const [late, other] = [await open(), await open()]
    await append(
      late,
      Array.from({ length: 40 }, (_, n) => post(String(n))),
    )
    const stop = new AbortController()
    const partitionOf = (slice: Slice) => (slice.changes[0]!.position - 1) % 4
    const reading = late.read('analyze', stop.signal, { limit: 1 })[Symbol.asyncIterator]()
    const held: Slice[] = []
    while (held.length < 4) held.push((await reading.next()).value as Slice)
    expect(new Set(held.map(partitionOf)).size).toBe(4)
    // The other takes a part over and reads it to its end, while the first is busy with what it was given.
    const taken = new Set<number>()
    const follow = (async () => {
      for await (const slice of other.read('analyze', stop.signal)) {
        await slice.commit()
        taken.add(partitionOf(slice))
      }
    })()
    await eventually(async () => taken.size === 2)
    await using client = await connectKafka(share)
    const committed = async () => client.committed(`${share.prefix}.analyze`, `${share.prefix}.changes`, 4)
    const before = await committed()
    for (const slice of held) await slice.commit()
    expect(await committed()).toEqual(before)
    // It goes on with what is its own now, from the beginning.
    const next = (await reading.next()).value as Slice
    expect(taken).not.toContain(partitionOf(next))
    stop.abort()
    await follow
    await Promise.all([late, other].map((log) => log[Symbol.asyncDispose]()))
    await rm(dir, { recursive: true, force: true })
  }, 60_000)

  test('a broker killed between appends and reads: nothing is lost, doubled or out of order', async () => {
    const fixture = await makeFixture()
    await using log = await fixture.open()
    const signal = new AbortController().signal
    let done = 0
    const writing = (async () => {
      for (; done < 60; done++)
        await retry(() => append(log, [post(`${done}`, { revision: '1' })], `${done}`), signal, {
          baseMs: 50,
          capMs: 500,
        })
    })()
    for (const moment of [15, 35]) {
      await eventually(async () => done >= moment)
      await broker.kill('SIGKILL')
      await broker.start()
    }
    await writing
    const found = ids(await readAll(log))
    expect(found).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`))
    expect(await log.cursor('test')).toBe('59')
    await fixture.remove()
  }, 120_000)

  test('another number of partitions is refused, with what to do', async () => {
    const fixture = await makeFixture()
    await (await fixture.open())[Symbol.asyncDispose]()
    const share = { brokers: [broker.address], prefix: `log${logs}`, replication: 1, hashKey, dir: tmpdir() }
    const asked = openKafkaLog({ ...share, partitions: 3, retention: { hours: 1, bytes: 1e9 } })
    await expect(asked).rejects.toMatchObject({ name: 'UserError', hint: expect.stringContaining('partitions to 1') })
    await fixture.remove()
  })

  logContract('Kafka', makeFixture)
  logOracle('Kafka', makeFixture)
})
