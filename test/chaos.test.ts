// The short chaos run: the whole product killed with SIGKILL at named points and at random, then compared with the
// network's ledger; and products broken on purpose, which the same comparison must find out.
// The long one is `npm run chaos -- --kills 250 --seed N`.
import { expect, test } from 'vitest'
import { chaos } from '../bench/chaos/play.ts'
import { type CrashPoint, crashPoints } from '../crash.ts'

// Erasure waits for a minute of company: its points are for the long run.
const soon = crashPoints.filter((point) => !point.startsWith('erase.') && !point.startsWith('edition.'))

test('a kill at each point: nothing is lost, doubled, brought back or wrong', async () => {
  const result = await chaos({ on: 'up', kills: soon.length, seed: 11, rate: 60, model: 'stand-in', points: soon })
  const { lost, doubled, resurrected, wrong, unfired } = result
  expect({ lost, doubled, resurrected, wrong, unfired }, JSON.stringify(result)).toEqual({
    ...{ lost: 0, doubled: 0, resurrected: 0, wrong: 0, unfired: [] },
  })
  expect(result.live).toBeGreaterThan(300)
}, 240_000)

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
