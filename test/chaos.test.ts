// The short chaos runs: the whole product killed with SIGKILL at named points, as one process and as roles on Kafka, then
// compared with the network's ledger; and products broken on purpose, which the same comparison must find out.
// The long ones are in docs/chaos.md.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type ChaosResult, chaos } from '../bench/chaos/play.ts'
import { type CrashPoint, crashPoints } from '../crash.ts'
import { isWithout } from './doubles/broker.ts'

// Erasure waits for a minute of company: its points are for the long run.
const soon = crashPoints.filter((point) => !point.startsWith('erase.') && !point.startsWith('edition.'))

const nothing = { lost: 0, doubled: 0, resurrected: 0, wrong: 0, unfired: [] as string[] }
const worst = ({ lost, doubled, resurrected, wrong, unfired }: ChaosResult) => {
  return { lost, doubled, resurrected, wrong, unfired }
}

test('twenty kills on SQLite, at each point: nothing is lost, doubled, brought back or wrong', async () => {
  const result = await chaos({ on: 'up', kills: 20, seed: 11, rate: 60, model: 'stand-in', points: soon })
  expect(worst(result), JSON.stringify(result)).toEqual(nothing)
  expect(result.live).toBeGreaterThan(300)
}, 240_000)

test.skipIf(isWithout)(
  'twenty kills of roles on Kafka, with a broker that dies, a store in trouble and analyzers that come and go: the same',
  async () => {
    const faults = { broker: 1, rebalance: 2, store: 1, 'store killed': 1 }
    const result = await chaos({ on: 'kafka', kills: 20, seed: 12, rate: 40, model: 'stand-in', points: soon, faults })
    expect(worst(result), JSON.stringify(result)).toEqual(nothing)
    expect(result.fired).toMatchObject({ ...faults, 'killed: ingest': expect.any(Number) })
    expect(result.live).toBeGreaterThan(300)
  },
  600_000,
)

test('the command takes --on and --log, and refuses a stage that there is not', () => {
  const run = (...flags: string[]) => spawnSync(process.execPath, ['bench/chaos.ts', ...flags], { encoding: 'utf8' })
  for (const flag of ['--on', '--log'])
    expect(run(flag, 'paper')).toMatchObject({ status: 2, stderr: expect.stringContaining('no stage "paper"') })
})

const broken: [string, CrashPoint[], (found: Awaited<ReturnType<typeof chaos>>) => number][] = [
  ['commit-first', ['analyze.scored'], ({ lost }) => lost],
  ['forget-nothing', ['analyze.stored'], ({ resurrected }) => resurrected],
]

test.each(broken)(
  'a product broken on purpose is found out: %s',
  async (name, points, seen) => {
    const result = await chaos({ on: 'up', kills: 3, seed: 5, rate: 60, model: 'stand-in', points, broken: name })
    expect(result.unfired).toEqual([])
    expect(seen(result), JSON.stringify(result)).toBeGreaterThan(0)
    expect(result.isClean).toBe(false)
  },
  120_000,
)
