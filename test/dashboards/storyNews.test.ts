// What is told of stories to those who listen and to feed readers, and what an editor is told of a box that readers cannot
// open: over HTTP on the whole house. Posts and headlines are invented.
import Parser from 'rss-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { movedStories, type StoryMoved } from '../../dashboards/events.ts'
import { hourMs, type Story } from '../../dashboards/story.ts'
import { lifetime } from '../../dashboards/storyPages.ts'
import type { StoryTold } from '../../dashboards/storyTold.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
let url: string
beforeAll(async () => {
  world = await openWorld({ binding: { host: '0.0.0.0' } })
  url = world.url.replace('0.0.0.0', '127.0.0.1')
  await write('POST', '/v1/topics', { ...talks, public: true })
  await write('POST', '/v1/topics', { ...talks, id: 'closed', name: 'Closed <b>talks</b>' })
})
afterAll(() => world[Symbol.asyncDispose]())

const authorization = `Bearer ${key}`
async function write<T>(method: string, path: string, body?: unknown): Promise<T> {
  const isText = typeof body === 'string'
  const headers = { authorization, 'content-type': isText ? 'application/x-ndjson' : 'application/json' }
  const answer = await fetch(url + path, { method, headers, body: isText ? body : JSON.stringify(body) })
  expect(answer.status, path).toBeLessThan(300)
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
}
const tell = (path: string, topic = 'talks', more: object = {}) =>
  write<StoryTold>('POST', '/v1/stories', {
    ...{ url: `https://news.example/${path}`, headline: `About ${path}`, topic, approve: true, ...more },
  })
const page = async (path: string) => (await fetch(url + path, { headers: { authorization } })).text()

/** Listening once it resolves; `heard`: every event until `isEnough`, then nothing more is read. */
async function events(stop: AbortController, isEnough: (told: [string, object][]) => boolean) {
  const { body } = await fetch(`${url}/v1/events`, { headers: { authorization }, signal: stop.signal })
  const told: [string, object][] = []
  const reading = (async () => {
    let text = ''
    for await (const part of body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + part).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/s.exec(block) ?? []
        if (event && data) told.push([event, JSON.parse(data) as object])
      }
      if (isEnough(told)) return told
    }
    throw new Error('the stream ended')
  })()
  // The stream says hello before anything happens.
  await expect.poll(() => told.length, { timeout: 5_000 }).toBeGreaterThan(0)
  return { heard: reading }
}

describe('events of a story', () => {
  test('are its editions, its approval and its end, and no movement of numbers', async () => {
    const { id } = await tell('first')
    const stop = new AbortController()
    const ofStories = (told: [string, object][]) =>
      told.flatMap(([event, one]) => (event === 'story.updated' ? [one as StoryMoved] : []))
    const until = async (act: () => Promise<unknown>, state: StoryMoved['state']) => {
      const { heard } = await events(stop, (told) => ofStories(told).some((one) => one.state === state))
      await act()
      return ofStories(await heard)
    }
    const posts = debate(40)
    const updated = await until(() => write('POST', '/v1/posts', ndjson(posts)), 'updated')
    expect(updated).toEqual([{ id, url: 'https://news.example/first', topic: 'talks', state: 'updated' }])
    const second = async () => void (await tell('second'))
    expect(await until(second, 'approved')).toMatchObject([{ url: 'https://news.example/second', state: 'approved' }])
    const end = () => write('DELETE', `/v1/stories/${id}`)
    expect(await until(end, 'ended')).toEqual([
      { id, url: 'https://news.example/first', topic: 'talks', state: 'ended' },
    ])
    const deleted = ndjson(posts.map((post) => ({ op: 'delete', id: post.id })))
    const gone = await until(() => write('POST', '/v1/posts', deleted), 'withdrawn')
    expect(gone.at(-1)).toMatchObject({ url: 'https://news.example/second', topic: 'talks', state: 'withdrawn' })
    stop.abort()
    await write('POST', '/v1/posts', ndjson(debate(40).map((post) => ({ ...post, id: `again-${post.id}` }))))
  }, 30_000)

  test('are one for each look: the last word on it', async () => {
    const story = { id: 'a', url: 'https://news.example/a', topic: 't' } as Story
    const of = async (topic: string) => (topic === 't' ? [story, { ...story, id: 'b' }] : [])
    const news = [
      { topic: 't', version: 1, kind: 'updated' },
      { topic: 't', version: 2, kind: 'withdrawn' },
      { topic: 'other', version: 1, kind: 'updated' },
    ] as const
    const told = await movedStories(news, [{ story, state: 'ended' }], of)
    expect(told.map(({ id, state }) => [id, state])).toEqual([
      ['a', 'ended'],
      ['b', 'withdrawn'],
    ])
    expect(await movedStories([], [], of)).toEqual([])
  })
})

describe('the feed of stories', () => {
  const read = async () => {
    const answer = await fetch(`${url}/v1/stories.atom`)
    expect(answer.status).toBe(200)
    return (await new Parser().parseString(await answer.text())).items
  }

  test('is open to everybody, and holds what is public alone', async () => {
    await tell('public')
    await tell('shut', 'closed')
    const links = (await read()).map(({ link }) => link)
    expect(links).toContain('https://news.example/public')
    expect(links).not.toContain('https://news.example/shut')
    expect((await fetch(`${url}/v1/stories`)).status).toBe(401)
  })

  test('never goes back in time: the newest edition, the story or its correction, whichever was last', async () => {
    const timeOf = async () => (await read()).find(({ link }) => link?.endsWith('/timed'))!.isoDate!
    const { receivedAt } = await tell('timed')
    const newest = async () => (await world.served.editions('talks', 1))[0]!.at
    expect(await timeOf()).toBe([receivedAt, await newest()].sort().at(-1))
    const { correctedAt } = await tell('timed', 'talks', { headline: 'Corrected' })
    expect(correctedAt! > receivedAt).toBe(true)
    expect(await timeOf()).toBe([correctedAt!, await newest()].sort().at(-1))
  })
})

describe('an editor', () => {
  test('is told that readers cannot open the box of a topic that is not public, and opens it', async () => {
    const { id, topic } = await tell('unread', 'closed')
    expect(topic).toMatchObject({ public: false })
    expect((await fetch(`${url}/embed/stories/${id}.json`)).status).toBe(401)
    const waiting = await tell('waiting', 'closed', { approve: false })
    for (const one of [id, waiting.id]) {
      const html = await page(`/stories/${one}`)
      expect(html).toContain('Readers elsewhere cannot open its box')
      expect(html).toContain('Closed &lt;b&gt;talks&lt;/b&gt;')
      expect(html).toContain(`action="/stories/${one}/open"`)
    }
    const open = (headers: object) =>
      fetch(`${url}/stories/${id}/open`, { method: 'POST', redirect: 'manual', headers: { ...headers } })
    expect((await open({})).status).toBe(401)
    expect((await open({ authorization })).headers.get('location')).toBe(`/stories/${id}`)
    expect((await fetch(`${url}/embed/stories/${id}.json`)).status).toBe(200)
    expect(world.served.topics.get('closed')).toMatchObject({ version: 1, name: 'Closed <b>talks</b>' })
    expect(await page(`/stories/${id}`)).not.toContain('Readers elsewhere')
  })

  test('sees a story whose topic was dropped, and forgets one that has ended', async () => {
    await write('POST', '/v1/topics', { ...talks, id: 'brief' })
    const { id } = await tell('brief', 'brief')
    await write('DELETE', '/v1/topics/brief')
    expect(await page(`/stories/${id}`)).toContain('Drop this story')
    await write('DELETE', `/v1/stories/${id}`)
    expect(await page(`/stories/${id}`)).toContain('Forget this story')
    expect(await page('/stories')).toContain('it ends by itself after 2 days')
  })

  test.each([
    [48 * hourMs, '2 days'],
    [36 * hourMs, '36 hours'],
    [24 * hourMs, '1 day'],
    [90 * 60_000, '90 minutes'],
    [90_000, '90 seconds'],
  ])('%i ms are %s', (ms, words) => {
    expect(lifetime(ms)).toBe(words)
  })
})
