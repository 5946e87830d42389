// A chat endpoint as a user configures it: a real process asks it, with the key of the environment, and tells its text;
// with --offline it asks nobody.
import { afterEach, expect, test } from 'vitest'
import type { Perspective } from '../../conclusions.ts'
import { chatEndpoint, honest, says } from '../doubles/chat.ts'
import { ordinary } from '../doubles/hostile.ts'
import { type Home, newHome } from '../process.ts'

let home: Home | null = null
afterEach(() => home?.[Symbol.dispose]())

test('is asked for a paragraph, and not when offline', async () => {
  await using endpoint = await chatEndpoint(says(honest))
  const narrator = { url: `${endpoint.url}/`, model: 'small-7b' }
  const key = 'a key to write with'
  const topics = [{ id: 'talks', name: 'Peace talks', query: 'talks' }]
  home = newHome({ narrator, topics }, { UNDERCURRENT_NARRATOR_KEY: 'for the endpoint', UNDERCURRENT_API_KEY: key })
  const up = await home.up()
  const posts = ordinary(120, { from: '2026-05-01T06:00:00.000Z' })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' }
  const body = posts.map((post) => JSON.stringify(post)).join('\n')
  expect((await fetch(`${up.url}/v1/posts`, { method: 'POST', headers, body })).status).toBe(202)
  await up.settled()
  const told = await up.get<Perspective>('/v1/topics/talks/perspective')
  expect(told.refusal).toBeNull()
  expect(told.manifest.writer).toBe('small-7b')
  expect(endpoint.received.length).toBe(1)
  expect(endpoint.received[0]).toMatchObject({ path: '/v1/chat/completions' })
  expect(endpoint.received[0]!.headers.authorization).toBe('Bearer for the endpoint')
  const page = async () => (await fetch(`${up.url}/topics/talks`)).text()
  // Where a minute went by, the built-in writer's text stands until the endpoint has answered again.
  await expect.poll(page, { timeout: 20_000, interval: 500 }).toContain('Phrased by small-7b, checked by rules,')
  await up.end('SIGTERM')

  const again = await home.up('--offline')
  const ours = await again.get<Perspective>('/v1/topics/talks/perspective')
  expect(ours.refusal).toBeNull()
  expect(ours.manifest.writer).toBe('built-in')
  expect(endpoint.received.length).toBe(1)
  await again.end('SIGTERM')
}, 120_000)
