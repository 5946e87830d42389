// The short chaos run: the whole product killed with SIGKILL at named points, then compared with the network's ledger; and
// products broken on purpose, which the same comparison must find out. On Kafka: chaosKafka.test.ts; the long ones: docs/chaos.md.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { chaos } from '../bench/chaos/play.ts'
import { type CrashPoint, crashPoints } from '../crash.ts'
import { nothing, verdictOf } from './doubles/verdict.ts'

// Erasure waits for a minute of company: its points are for the long run.
const soon = crashPoints.filter((point) => !point.startsWith('erase.') && !point.startsWith('edition.'))

test('twenty kills on SQLite, at each point: nothing is lost, doubled, brought back or wrong', async () => {
  const result = await chaos({ on: 'up', kills: 20, seed: 11, rate: 60, model: 'stand-in', points: soon })
  expect(verdictOf(result), JSON.stringify(result)).toEqual(nothing)
  expect(result.live).toBeGreaterThan(300)
}, 240_000)

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
    const result = await chaos({ on: 'up', kills: 6, seed: 5, rate: 150, model: 'stand-in', points, broken: name })
    expect(result.unfired).toEqual([])
    expect(seen(result), JSON.stringify(result)).toBeGreaterThan(0)
    expect(result.isClean).toBe(false)
  },
  120_000,
)
