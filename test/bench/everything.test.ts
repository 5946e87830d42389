// All sources at once, for a minute or two: the doubles of every platform speak their bytes to one pipeline, each is broken
// in turn, and at the end every post is counted or lies in a gap that is told, of the source that was broken and no other.
import { expect, test } from 'vitest'
import { everything } from '../../bench/everything.ts'

test('every source broken in turn: nothing lost, nothing too much, and no gap but where one must be', async () => {
  const ran = await everything({ phaseSeconds: 4, rate: 250 })
  const none = { bluesky: 0, x: 0, mastodon: 0, hackernews: 0, feeds: 0 }
  expect(ran.lost, JSON.stringify(ran.phases)).toEqual(none)
  expect(ran.surplus).toEqual(none)
  expect(ran.strayGaps).toEqual([])
  for (const [name, count] of Object.entries(ran.counted)) expect(count, name).toBeGreaterThan(0)
  // What Bluesky forgot while it was down is in no number, and said.
  expect(ran.inGaps).toEqual({ ...none, bluesky: expect.any(Number) })
  expect(ran.inGaps.bluesky).toBeGreaterThan(0)
  expect(ran.gaps).toMatchObject([{ source: 'bluesky', reason: 'away for longer than the host keeps' }])
  const broken = ran.phases.filter(({ broken }) => broken !== null)
  expect(broken.map(({ broken }) => broken)).toEqual([
    'bluesky down',
    'bluesky down, and what it kept is gone',
    'x down',
    'mastodon down',
    'hacker news down',
    'feed down',
  ])
  for (const { broken: name, said } of broken.slice(0, 3)) expect(said, name!).toMatch(/^(?:failed|connecting|stalled)/)
}, 330_000)
