// The short chaos run on Kafka: a process for each role, a real broker, and a store behind HTTP that is in trouble.
import { expect, test } from 'vitest'
import { chaos } from '../bench/chaos/play.ts'
import { crashPoints } from '../crash.ts'
import { isWithout } from './doubles/broker.ts'
import { nothing, verdictOf } from './doubles/verdict.ts'

// What waits for company is for the long run.
const soon = crashPoints.filter((point) => !point.startsWith('erase.') && !point.startsWith('edition.'))

test.skipIf(isWithout)(
  'twenty kills of roles on Kafka, with a broker that dies, a store in trouble and analyzers that come and go: the same',
  async () => {
    const faults = { broker: 1, rebalance: 2, store: 1, 'store killed': 1 }
    const patienceMs = 30_000
    const result = await chaos({
      on: 'kafka',
      kills: 20,
      seed: 12,
      rate: 40,
      model: 'stand-in',
      points: soon,
      faults,
      patienceMs,
    })
    expect(verdictOf(result), JSON.stringify(result)).toEqual(nothing)
    expect(result.fired).toMatchObject({ ...faults, 'killed: ingest': expect.any(Number) })
    expect(result.live).toBeGreaterThan(300)
  },
  900_000,
)
