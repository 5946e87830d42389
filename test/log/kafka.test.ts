// The Kafka log on a real broker: the contract of every log, with one partition and with four, and what only a log of
// several processes and a broker can get wrong.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe } from 'vitest'
import { type KafkaLogOptions, openKafkaLog } from '../../log/kafka.ts'
import { type LogFixture, logContract } from '../contract/log.ts'
import { logOracle } from '../contract/logOracle.ts'
import { type Broker, filesUnder, isWithout, openBroker } from '../doubles/broker.ts'

const hashKey = Buffer.alloc(32, 7)

describe.skipIf(isWithout)('on a broker', () => {
  let broker: Broker
  let logs = 0
  beforeAll(async () => {
    broker = await openBroker()
  }, 180_000)
  afterAll(() => broker[Symbol.asyncDispose]())

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
      remove: () => rm(dir, { recursive: true, force: true }),
    }
  }

  logContract('Kafka', makeFixture)
  logOracle('Kafka', makeFixture)
})
