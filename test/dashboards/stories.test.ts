// From an address and a headline to a box, over HTTP on the whole house: proposals, approval, what covers, what is too
// thin, batches, mistakes, endings, and the pages an editor uses. Posts and headlines are invented.
import Parser from 'rss-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStories } from '../../dashboards/stories.ts'
import { canonical, type Story, storyIdOf } from '../../dashboards/story.ts'
import type { StoryTold } from '../../dashboards/storyTold.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

const ferry = Array.from({ length: 60 }, (_, nr) => ({
  id: `ferry-${nr}`,
  author: `rider-${nr}`,
  at: new Date(Date.now() - nr * 600_000).toISOString(),
  lang: 'en',
  text: `The Port Ellery ferry strike is ${nr % 3 ? 'a bad idea' : 'a good step'} for the night shifts, number ${nr}`,
}))
const strike = {
  url: 'https://news.example/ferry-strike?utm_source=feed#top',
  headline: 'Ferry workers strike over night shifts in Port Ellery',
}
const talked = { url: 'https://news.example/talks', headline: 'Envoys say the peace talks go on', topic: 'talks' }

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/posts', ndjson([...debate(90), ...ferry]))
  await world.settled()
})
afterAll(() => world[Symbol.asyncDispose]())

const post = async (body: unknown) => {
  const answer = await world.write('POST', '/v1/stories', body)
  return { status: answer.status, told: (await answer.json()) as StoryTold & { preview: { text: string } | null } }
}
const form = (path: string, words: Record<string, string>) =>
  world.get(path, {
    method: 'POST',
    body: new URLSearchParams(words),
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
  })

describe('a story', () => {
  test('is proposed with its preview, and one approval makes a box of it', async () => {
    const { status, told } = await post(strike)
    expect([status, told.state, told.embed]).toEqual([202, 'suggested', null])
    expect(told.proposal?.query).toMatch(/ferry|Ellery/i)
    expect(told.matched).toBeGreaterThan(30)
    expect(told.preview?.text).toMatch(/\d+%/)
    expect((await world.get(`/embed/stories/${told.id}.json`)).status).toBe(404)
    const approved = await world.write('POST', `/v1/stories/${told.id}/approve`, {})
    const { embed, topic } = (await approved.json()) as StoryTold
    expect(topic).toMatchObject({ public: true })
    expect(embed!.json).toBe(`${world.url}/embed/stories/${told.id}.json`)
    const box = (await (await fetch(embed!.json)).json()) as {
      text: string
      posts: number
      story: object
      html: string
    }
    expect(box.story).toEqual({ id: told.id, url: strike.url, headline: strike.headline })
    expect(box.posts).toBeGreaterThan(30)
    expect(box.html).toContain(strike.headline)
    expect(box.text).toBe(told.preview!.text)
  })

  test('is the same whatever campaign led to it, and is found by its address', async () => {
    expect(canonical(strike.url)).toBe('https://news.example/ferry-strike')
    const again = await post({ ...strike, url: 'https://news.example/ferry-strike?fbclid=1' })
    expect([again.status, again.told.state]).toEqual([201, 'approved'])
    const url = encodeURIComponent('https://news.example/ferry-strike?utm_medium=x')
    const found = await world.read<{ text: string; story: StoryTold }>(`/v1/stories/perspective?url=${url}`)
    expect(found.story.id).toBe(storyIdOf(strike.url))
    expect(found.text).toMatch(/\d+%/)
    expect((await world.get('/v1/stories/perspective?url=https://other.example/')).status).toBe(404)
  })

  test('with a topic of its own naming is approved at once where that is asked', async () => {
    const { status, told } = await post({ ...talked, approve: true })
    expect([status, told.state, told.topic?.id]).toEqual([201, 'approved', 'talks'])
    expect(told.proposal).toBeNull()
  })

  test('about which nobody posts is refused with the reason, and another query may be given', async () => {
    const { status, told } = await post({
      url: 'https://news.example/cod',
      headline: 'Zander quotas halved in Lake Umbar',
    })
    expect([status, told.state, told.embed]).toEqual([200, 'refused', null])
    expect(told.refusal?.missing).toMatch(/\d/)
    const refused = await world.write('POST', `/v1/stories/${told.id}/approve`, { query: '((' })
    expect(refused.status).toBe(422)
    const own = await world.write('POST', `/v1/stories/${told.id}/approve`, { query: 'ferry', targets: ['the strike'] })
    const { state, topic } = (await own.json()) as StoryTold
    expect(state).toBe('approved')
    expect(world.served.topics.get(topic!.id)).toMatchObject({ query: 'ferry', public: true, origin: 'story' })
  })

  test.each([
    [{ url: 'javascript:alert(1)', headline: 'x' }, 'http or https'],
    [{ url: 'https://a:b@news.example/', headline: 'x' }, 'http or https'],
    [{ url: 'https://news.example/', headline: '  ' }, 'headline'],
    [{ url: 'https://news.example/', headline: 'x', at: 'yesterday' }, 'at'],
    [{ url: 'https://news.example/', headline: 'x', tags: Array(31).fill('t') }, 'tags'],
    [{ headline: 'x' }, 'url'],
    [[], 'the request'],
  ])('%j is refused with what is wrong', async (body, what) => {
    const answer = await world.write('POST', '/v1/stories', body)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { title: string }).title).toContain(what)
  })

  test('of a topic that is not there is a clear mistake', async () => {
    const answer = await world.write('POST', '/v1/stories', { ...talked, url: 'https://x.example/', topic: 'none' })
    expect([answer.status, ((await answer.json()) as { title: string }).title]).toEqual([
      404,
      'there is no topic "none"',
    ])
  })

  test('needs the right to write', async () => {
    expect((await world.get('/v1/stories', { method: 'POST', body: '{}' })).status).toBe(401)
  })
})

describe('many at once', () => {
  test('are answered in order, a mistake in its place', async () => {
    const many = [
      { url: 'https://news.example/a', headline: 'The peace talks', topic: 'talks', approve: true },
      { url: 'https://news.example/b', headline: 'Nothing', topic: 'none' },
      { url: 'ftp://news.example/b', headline: 'No address of the web' },
      null,
      { url: 'https://news.example/c', headline: 'Port Ellery ferry strike goes on for a night' },
    ]
    const answer = await world.write('POST', '/v1/stories', many)
    const { stories } = (await answer.json()) as { stories: (StoryTold | { url: string; error: { status: number } })[] }
    expect(stories.map((one) => ('error' in one ? one.error.status : one.state))).toEqual([
      'approved',
      404,
      400,
      400,
      'suggested',
    ])
    expect((await world.write('POST', '/v1/stories', Array(101).fill(many[0]))).status).toBe(400)
  })

  test('are listed, the newest first, dropped, and forgotten', async () => {
    const list = async () => (await world.read<{ stories: StoryTold[] }>('/v1/stories')).stories
    const [newest] = await list()
    expect(newest!.url).toBe('https://news.example/c')
    expect((await world.write('DELETE', `/v1/stories/${newest!.id}`)).status).toBe(204)
    expect(await list()).toContainEqual(expect.objectContaining({ id: newest!.id, state: 'ended', embed: null }))
    // Its topic covers another story, which is still there.
    expect(world.served.topics.get(newest!.topic!.id)).toMatchObject({ origin: 'story' })
    expect((await world.write('DELETE', `/v1/stories/${newest!.id}`)).status).toBe(204)
    expect((await list()).map(({ id }) => id)).not.toContain(newest!.id)
    expect((await world.write('DELETE', `/v1/stories/${newest!.id}`)).status).toBe(404)
  })
})

describe('the end of a story', () => {
  test('is told in its place, and its own topic ends with the last that uses it', async () => {
    let now = Date.now()
    const { signal } = new AbortController()
    const { log, topics } = world.served
    const stories = openStories({ log, topics, now: () => now }, 3_600_000)
    const words = { url: 'https://news.example/end', headline: 'Port Ellery ferry strike ends', summary: '', tags: [] }
    await stories.take([{ ...words, at: null, topic: null }], { approve: false, signal })
    const own = await stories.approve(storyIdOf(words.url), { query: 'ferry night', targets: [] })
    const { id, topic } = own as { id: string; topic: string }
    expect(topics.get(topic)).toBeDefined()
    now += 3_599_000
    await stories.sweep(signal)
    expect(await stories.get(id)).toMatchObject({ state: 'approved' })
    now += 2_000
    await stories.sweep(signal)
    expect(await stories.get(id)).toMatchObject({ state: 'ended' })
    expect(topics.get(topic)).toBeUndefined()
    const fresh = openStories({ log, topics, now: () => now })
    expect(await fresh.get(id)).toMatchObject({ state: 'ended' })
    now += 8 * 24 * 3_600_000
    await fresh.sweep(signal)
    expect(await fresh.get(id)).toBeUndefined()
    expect(topics.get('talks')).toBeDefined()
  })
})

describe('a story that is out before anybody posts about it', () => {
  test('is looked for again, approved as asked once something is said, and forgotten after a day', async () => {
    let now = Date.now()
    const { signal } = new AbortController()
    const { log, topics } = world.served
    const stories = openStories({ log, topics, now: () => now })
    const words = { summary: '', tags: [], at: null, topic: null }
    const given = ['Zander quotas halved in Lake Umbar', 'Glass museum reopens in Tolvik'].map((headline, nr) => ({
      ...{ ...words, headline, url: `https://news.example/early-${nr}` },
    }))
    const [early, never] = (await stories.take(given, { approve: true, signal })) as Story[]
    expect([early!.state, never!.state]).toEqual(['refused', 'refused'])
    const posts = Array.from({ length: 60 }, (_, nr) => ({
      ...{ id: `zander-${nr}`, author: `angler-${nr}`, lang: 'en' },
      text: `Zander quotas in Lake Umbar halved ${nr % 3 ? 'is a bad idea' : 'is a good step'}, number ${nr}`,
    }))
    await world.write('POST', '/v1/posts', ndjson(posts))
    await world.settled()
    await stories.sweep(signal)
    expect(await stories.get(early!.id)).toMatchObject({ state: 'refused' })
    now += 31 * 60_000
    await stories.sweep(signal)
    expect(await stories.get(early!.id)).toMatchObject({ state: 'approved' })
    expect(await stories.get(never!.id)).toMatchObject({ state: 'refused', expires: never!.expires })
    now += 24 * 3_600_000
    await stories.sweep(signal)
    expect(await stories.get(never!.id)).toBeUndefined()
    expect(await stories.get(early!.id)).toMatchObject({ state: 'approved' })
  })
})

describe('our own feeds', () => {
  const read = async (path: string) => new Parser().parseString(await (await world.get(path)).text())

  test('tell approved stories with what their boxes say, to an ordinary reader', async () => {
    await world.write('POST', '/v1/stories', { ...talked, url: 'https://news.example/<b>"&', approve: true })
    const { items } = await read('/v1/stories.atom')
    const one = items.find(({ link }) => link!.includes('%3Cb%3E'))!
    expect(one.title).toBe(talked.headline)
    expect(one.link).toBe('https://news.example/%3Cb%3E%22&')
    expect(one.summary).toMatch(/\d+%/)
    expect(one.content).toContain('<article class="undercurrent"')
    expect(items.length).toBeGreaterThan(1)
  })

  test('tell the editions of a topic', async () => {
    await expect
      .poll(async () => (await read('/embed/talks.atom')).items.length, { timeout: 20_000 })
      .toBeGreaterThan(0)
    const { items, title } = await read('/embed/talks.atom')
    expect(title).toBe('What people say about Peace talks')
    expect(items[0]).toMatchObject({ link: `${world.url}/evidence/talks#corrections` })
    expect((await world.get('/embed/talks.atom')).headers.get('content-type')).toContain('application/atom+xml')
  })
})

describe('an editor without script', () => {
  test('posts a story, judges it, approves it with one click and finds the code of its box', async () => {
    const first = await form('/stories', {
      url: 'https://news.example/page',
      headline: strike.headline,
      tags: 'ferry, strike',
    })
    const place = first.headers.get('location')!
    expect([first.status, place]).toEqual([303, `/stories/${storyIdOf('https://news.example/page')}`])
    const judged = await (await world.get(place)).text()
    expect(judged).toContain('What its box would say')
    expect(judged).toContain('Approve')
    expect((await form(`${place}/approve`, {})).headers.get('location')).toBe(place)
    const approved = await (await world.get(place)).text()
    expect(approved).toContain('undercurrent-perspective story=')
    expect(approved).toContain('&lt;undercurrent-perspective')
    expect(await (await world.get('/stories')).text()).toContain('on its page')
    expect(await (await world.get('/')).text()).not.toContain(`>${strike.headline}<`)
    expect((await form(`${place}/drop`, {})).headers.get('location')).toBe('/stories')
  })

  test.each([
    [{ url: 'nonsense', headline: 'x' }, 'is no address of the web'],
    [{ url: 'https://news.example/', headline: '' }, 'needs its headline'],
  ])('%j is answered on the form, which keeps what was typed', async (words, told) => {
    const answer = await form('/stories', { ...words, summary: 'kept words' })
    const html = await answer.text()
    expect(answer.status).toBe(400)
    expect(html).toContain(told)
    expect(html).toContain('kept words')
  })

  test('hostile words are shown as text', async () => {
    const evil = '"><script>alert(1)</script><b onmouseover=x>'
    const first = await form('/stories', {
      url: `https://news.example/?q=${evil}`,
      headline: evil,
      summary: evil,
      tags: evil,
    })
    const html = await (await world.get(first.headers.get('location')!)).text()
    expect(html).not.toMatch(/<script>alert|<b on/)
    expect(await (await world.get('/stories')).text()).not.toMatch(/<script>alert|<b on/)
  })
})
