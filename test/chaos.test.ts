// A short run of the kill test: the whole product against the Jetstream double, killed with SIGKILL at seeded moments.
// The long one is `npm run chaos -- --kills 50 --seed N`.
import { expect, test } from 'vitest'
import { stream } from '../bench/stream.ts'

test('five kills: nothing is lost, doubled or brought back, and every text is the last one', async () => {
  const seed = 11
  console.log(`chaos seed ${seed}`)
  const result = await stream({ rate: 60, minutes: 0.6, seed, kills: 5 })
  const { lost, doubled, resurrected, wrongText } = result
  expect({ lost, doubled, resurrected, wrongText }, JSON.stringify(result)).toEqual({
    ...{ lost: 0, doubled: 0, resurrected: 0, wrongText: 0 },
  })
  expect(result.isClean).toBe(true)
  expect(result.matchedLive).toBeGreaterThan(50)
}, 180_000)
