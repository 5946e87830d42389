// What was not seen, on the page of a topic: stretches of the past with their reason, and sources that are in trouble right
// now, beside the paragraph; over HTTP on the whole house.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SourceStatus } from '../../types.ts'
import { fakeModel } from '../doubles/model.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const source = (name: string, state: SourceStatus['state'], detail: string): SourceStatus => {
  return { name, state, detail, latest: null, received: 1, drops: {}, gaps: 0 }
}
let world: World
const sources = [
  source('bluesky', 'live', 'Receiving.'),
  source('x', 'stalled', 'The daily limit of $10 is reached; <b>reading</b> goes on at 00:00 UTC.'),
  source('mastodon:social.example', 'failed', 'It refuses the token.'),
  source('feeds', 'stalled', 'Reading 0 feeds.'),
]
beforeAll(async () => {
  world = await openWorld({ sources })
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(60)))
  const from = Date.now() - 6 * 3_600_000
  const iso = (minutes: number) => new Date(from + minutes * 60_000).toISOString()
  const changes = Array.from({ length: 12 }, (_, nr) => {
    return { op: 'gap' as const, source: 'x', from: iso(nr * 10), to: iso(nr * 10 + 10), reason: 'spend' }
  })
  await world.served.log.append({ source: 'x', changes, cursor: null })
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

test('a limit of spending is one stretch with its reason, in the blind spots and where it is counted', async () => {
  const text = await (await world.get('/topics/talks')).text()
  const told = /X was not read from [^<]*: its limit of spending was reached\./g
  const [coverage] = /<section id="coverage"[\s\S]*?<\/section>/.exec(text)!
  expect([text.match(told)?.length, coverage.match(told)?.length]).toEqual([2, 1])
  expect(text).not.toMatch(/more gaps? in collection/)
})

test('what is not read right now stands beside the paragraph, by name and with what to do; articles are no posts', async () => {
  const text = await (await world.get('/topics/talks')).text()
  const [now] = /<p class="notice">Not read right now:[\s\S]*?<\/p>/.exec(text)!
  expect(now).toContain('<strong>X</strong> (The daily limit of $10 is reached; &lt;b&gt;reading')
  expect(now).toContain('<strong>Mastodon, social.example</strong> (It refuses the token.)')
  expect(now).not.toMatch(/Bluesky|News feeds/)
  sources.splice(1, 2)
  expect(await (await world.get('/topics/talks')).text()).not.toContain('Not read right now')
})

test('posts that only another model has read are told in both places and counted nowhere', async () => {
  expect(await (await world.get('/topics/talks')).text()).not.toContain('another model')
  Object.assign(world.served, { model: fakeModel('fake@2') })
  const text = await (await world.get('/topics/talks')).text()
  const [coverage] = /<section id="coverage"[\s\S]*?<\/section>/.exec(text)!
  expect(coverage).toMatch(
    /(\d+) of \1 posts were scored by another model alone \(fake@1\) and are in no number here\./,
  )
  const told = await world.read<{ posts: number; otherModels: object[] }>('/v1/topics/talks/coverage')
  expect(told).toMatchObject({ posts: 0, otherModels: [{ model: 'fake@1' }] })
})
