// What can go wrong between the log and its broker for good, and what must leave both: a wrong password, another key, a
// broker that is not there, a copy that is too old, posts that nobody may keep.
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKafkaLog } from '../../log/kafka.ts'
import { connectKafka } from '../../log/kafkaClient.ts'
import type { KafkaLogOptions } from '../../log/kafkaOptions.ts'
import type { Sent } from '../../log/sending.ts'
import { Settled } from '../../log/settled.ts'
import type { Log, PostChange } from '../../types.ts'
import { append, eventually, ids, never, post, readAll, scanned } from '../contract/changes.ts'
import { type Broker, filesUnder, isWithout, openBroker } from '../doubles/broker.ts'
import { freePort } from '../doubles/ports.ts'

const hashKey = Buffer.alloc(32, 7)
const idsOf = (posts: PostChange[]) => posts.map(({ id }) => id)
const brief = (id: string) => ({ ...post(id), source: 'brief' })

const asksForMetadata = 3

/** In front of a broker: cuts so many of the connections that ask what it has, in the middle of the question. */
async function openDoor(broker: string) {
  const [host, port] = broker.split(':')
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const socket of [near, far])
      socket.on('error', () => {}).on('close', () => [near, far].map((one) => one.destroy()))
    far.pipe(near)
    near.on('data', (asked: Buffer) => {
      if (door.cuts && asked.readInt16BE(4) === asksForMetadata) {
        door.cuts--
        near.resetAndDestroy()
      } else far.write(asked)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const door = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: 0,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
  return door
}

describe.skipIf(isWithout)('at the edges', () => {
  let broker: Broker
  let dir: string
  let logs = 0
  beforeAll(async () => {
    broker = await openBroker({ isSecure: true })
    dir = await mkdtemp(join(tmpdir(), 'undercurrent-edges-'))
  }, 180_000)
  afterAll(async () => {
    await broker[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  const fresh = (): KafkaLogOptions => ({
    ...{ brokers: [broker.address], prefix: `edge${++logs}`, partitions: 1, replication: 1, hashKey, eraseMs: 100 },
    ...{ dir: join(dir, String(logs)), retention: { hours: 48, bytes: 1e9 }, sweepMs: 20, checkpointMs: 20 },
  })

  test('TLS and a user with a password: the log works, and a wrong password is told', async () => {
    const { address, ca, user, password } = broker.secure!
    const sasl = { mechanism: 'scram-sha-512' as const, user, password }
    const options = { ...fresh(), brokers: [address], tls: { ca }, sasl }
    const log = await openKafkaLog(options)
    await append(log, [post('1')])
    expect(ids(await readAll(log))).toEqual(['1'])
    await log[Symbol.asyncDispose]()
    const wrong = openKafkaLog({ ...options, sasl: { ...sasl, password: 'guessed' } })
    await expect(wrong).rejects.toMatchObject({
      message: 'the Kafka broker refuses the user or the password',
      hint: expect.stringContaining('UNDERCURRENT_KAFKA_PASSWORD'),
    })
    await expect(openKafkaLog({ ...options, tls: true })).rejects.toMatchObject({
      hint: expect.stringContaining('log.kafka.tls'),
    })
  }, 60_000)

  test('no broker at the address: told within seconds, with what to do', async () => {
    const place = `127.0.0.1:${await freePort()}`
    const notes: string[] = []
    const opening = openKafkaLog({ ...fresh(), brokers: [place], note: (event) => notes.push(event) })
    await expect(opening).rejects.toMatchObject({
      message: `no Kafka broker answers at ${place}`,
      hint: expect.stringContaining('UNDERCURRENT_KAFKA_BROKERS'),
    })
    expect(notes).toEqual(['waiting for Kafka'])
  }, 60_000)

  test('a connection that is cut while a process begins, or takes its place in the group, is made again', async () => {
    const options = fresh()
    await using door = await openDoor(broker.address)
    door.cuts = 2
    await using log = await openKafkaLog({ ...options, brokers: [door.address] })
    expect(door.cuts).toBe(0)
    await append(log, [post('1')])
    door.cuts = 2
    const stop = new AbortController()
    for await (const slice of log.read('analyze', stop.signal)) {
      expect(ids(slice.changes)).toEqual(['1'])
      stop.abort()
    }
    expect(door.cuts).toBe(0)
  }, 60_000)

  test('another keys.json is refused: its hashes would find no post again', async () => {
    const options = fresh()
    await (await openKafkaLog(options))[Symbol.asyncDispose]()
    const other = openKafkaLog({ ...options, hashKey: Buffer.alloc(32, 8), dir: join(dir, 'other') })
    await expect(other).rejects.toMatchObject({ hint: expect.stringContaining('keys.json') })
    const same = await openKafkaLog({ ...options, dir: join(dir, 'same') })
    await same[Symbol.asyncDispose]()
  }, 30_000)

  test('of two keys that are told at once the first one counts, also once the topic was compacted', async () => {
    const topic = `${fresh().prefix}.settings`
    await using client = await connectKafka({ brokers: [broker.address] })
    await client.ensure([{ topic, partitions: 1, replication: 1, settings: {} }])
    const both = [7, 8].map((byte) => ({
      key: Buffer.alloc(32, byte),
      settled: new Settled(client, topic, async () => {}),
    }))
    // Neither has heard of the other.
    const agreeing = Promise.allSettled(both.map(({ key, settled }) => settled.agreeOnKey(key, never)))
    for (const { settled } of both) await client.follow([settled.following()])
    expect((await agreeing).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const told: (string | null)[] = []
    const take = async (_: number, records: Sent[]) => {
      told.push(...records.map(({ value }) => value))
    }
    await client.follow([{ topic, next: () => 0, take }])
    await eventually(async () => told.length === 3)
    expect(told[2]).toBe(told[0])
    expect(told[1]).not.toBe(told[0])
  }, 30_000)

  test('posts of a fleeting source leave every copy and the broker once they were read', async () => {
    const options = { ...fresh(), fleeting: { sources: ['brief'] } }
    const [log, other] = [await openKafkaLog(options), await openKafkaLog(options)]
    const words = 'nobody may keep these words'
    await append(log, [{ ...brief('1'), text: words }, post('2')])
    // Seen by nobody but a reader: a new topic has no history of them.
    await eventually(async () => idsOf(await scanned(other)).join() === '2')
    const stop = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const slice of log.read('analyze', stop.signal)) {
        seen.push(...ids(slice.changes))
        await slice.commit()
      }
    })()
    await eventually(async () => seen.length === 2)
    // An edit that comes later is read too, and goes too.
    await append(log, [{ ...brief('1'), text: `${words}, edited`, revision: '2' }])
    await eventually(async () => seen.length === 3)
    await eventually(async () => (await other.status()).posts === 1)
    const places = () =>
      [...filesUnder(options.dir), ...filesUnder(broker.folder)].filter((path) => !/index/.test(path))
    const contents = async () =>
      Buffer.concat(await Promise.all(places().map((path) => readFile(path).catch(() => Buffer.alloc(0)))))
    await eventually(async () => !(await contents()).includes(words), 20_000)
    expect(idsOf(await scanned(log))).toEqual(['2'])
    stop.abort()
    await reading
    await Promise.all([log, other].map((one: Log) => one[Symbol.asyncDispose]()))
  }, 60_000)

  test('they leave in one round, however many they are', async () => {
    const options = { ...fresh(), fleeting: { sources: ['brief'] }, eraseMs: 8_000 }
    await using log = await openKafkaLog(options)
    await append(
      log,
      Array.from({ length: 1_000 }, (_, n) => brief(`${n}`)),
    )
    const stop = new AbortController()
    let read = 0
    for await (const slice of log.read('analyze', stop.signal)) {
      await slice.commit()
      read += slice.changes.length
      if (read === 1_000) stop.abort()
    }
    await eventually(async () => (await log.status()).posts === 0, 14_000)
  }, 60_000)

  test('a copy that knows more than Kafka is refused: what is appended next would be lost to it', async () => {
    const options = fresh()
    const old = await openKafkaLog(options)
    await append(old, [post('1'), post('2')])
    await old[Symbol.asyncDispose]()
    await broker.drop(options.prefix)
    await expect(openKafkaLog(options)).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringContaining(`take ${join(options.dir, 'kafka-1')} away`),
    })
    await rm(join(options.dir, 'kafka-1'), { recursive: true })
    await using anew = await openKafkaLog(options)
    await append(anew, [post('3')])
    expect(ids(await readAll(anew))).toEqual(['3'])
  }, 60_000)

  test('another retention is set anew, and what an operator set beside it stays', async () => {
    const options = fresh()
    await (await openKafkaLog(options))[Symbol.asyncDispose]()
    const topic = `${options.prefix}.changes`
    await broker.settings(topic, { 'flush.messages': '7' })
    await (await openKafkaLog({ ...options, retention: { hours: 1, bytes: 1e9 } }))[Symbol.asyncDispose]()
    expect(await broker.settings(topic)).toMatchObject({ 'retention.ms': '3600000', 'flush.messages': '7' })
  }, 30_000)

  test('a copy older than all that Kafka keeps begins anew', async () => {
    const options = fresh()
    const old = await openKafkaLog(options)
    await append(old, [post('1')])
    await old[Symbol.asyncDispose]()
    await using client = await connectKafka(options)
    // Stands in for two days of absence: a retention that was configured later, and holds for what was there before.
    const retention = { hours: 100 / 3_600_000, bytes: 1e9 }
    const meanwhile = await openKafkaLog({ ...options, retention, dir: join(dir, 'meanwhile') })
    await eventually(async () => {
      await append(meanwhile, [post(`later ${Math.random()}`)])
      return (await client.ends(`${options.prefix}.changes`))[0]!.low > 1
    }, 20_000)
    await meanwhile[Symbol.asyncDispose]()
    const notes: string[] = []
    const again = await openKafkaLog({ ...options, note: (event) => notes.push(event) })
    expect(notes).toEqual(['the local copy of the log begins anew'])
    expect(idsOf(await scanned(again))).not.toContain('1')
    await append(again, [post('now')])
    expect(idsOf(await scanned(again))).toContain('now')
    await again[Symbol.asyncDispose]()
  }, 60_000)

  test('a copy that cannot be written ends the reading with its reason, in no silence', async () => {
    const { prefix } = fresh()
    await using client = await connectKafka({ brokers: [broker.address] })
    const topic = `${prefix}.changes`
    await client.ensure([{ topic, partitions: 1, replication: 1, settings: {} }])
    const { promise, resolve } = Promise.withResolvers<Error>()
    client.onFailure(resolve)
    await client.follow([{ topic, next: () => 0, take: () => Promise.reject(new Error('the disk is full')) }])
    await client.send([{ topic, partition: 0, key: 'a', value: 'b', at: Date.now() }])
    expect((await promise).message).toBe('the disk is full')
  }, 30_000)
})
