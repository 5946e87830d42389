// Pages, feed and API of alerts that lost their numbers.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goneDetail } from '../../alerts/gone.ts'
import { wordsOf } from '../../alerts/words.ts'
import { alertOf, everything, fakeAlerts } from '../doubles/alerts.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const kinds = ['sentiment', 'theme', 'volume', 'level', 'campaign', 'polarisation', 'stance', 'emotion'] as const
const bare = kinds.map((kind) =>
  alertOf(`bare-${kind}`, { kind, state: 'closed', reason: 'back', shifts: [], detail: goneDetail }),
)
let world: World
beforeAll(async () => {
  const fake = fakeAlerts({ ...everything(), alerts: bare })
  world = await openWorld({ served: { alerts: { ...fake, wordsOf: (alert) => wordsOf(alert) } } })
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

const html = { headers: { accept: 'text/html' } }
test('are answered, and hold no odd word', async () => {
  const paths = ['/', '/topics/talks', '/alerts', '/v1/alerts', '/v1/alerts.atom']
  for (const { id } of bare) paths.push(`/alerts/${id}`, `/alerts/${id}/why`, `/v1/alerts/${id}`)
  for (const path of paths) {
    const answer = await world.get(path, html)
    const text = await answer.text()
    expect([path, answer.status]).toEqual([path, 200])
    expect([path, /undefined|NaN|\[object/.exec(text)?.[0] ?? null]).toEqual([path, null])
  }
})

test('say nothing of how sure it was: that is a number of posts that are gone', async () => {
  for (const { id } of bare) {
    const text = await (await world.get(`/alerts/${id}`, html)).text()
    expect([id, /chance alone makes/.exec(text)?.[0] ?? null]).toEqual([id, null])
  }
})
