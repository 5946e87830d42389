// Boxes over HTTP: every form tells the same, in four languages; who may read them from where; what caches are told; a
// deleted post leaves them, and the box says what changed; what is served while a box is made anew.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Box } from '../../dashboards/box.ts'
import { listen } from '../../dashboards/server.ts'
import { openShelf } from '../../dashboards/shelf.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
let quoted: string[]
const posts = debate(120)
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/topics', { ...talks, id: 'inner', name: 'Inner talks' })
  await world.write('POST', '/v1/posts', ndjson(posts))
  await world.settled()
  const told = await world.read<{ claims: { quotes: { post: string }[] }[] }>('/v1/topics/talks/perspective')
  quoted = told.claims.flatMap(({ quotes }) => quotes.map(({ post }) => post))
})
afterAll(() => world[Symbol.asyncDispose]())

type Told = Box & { html: string }
const box = () => world.read<Told>('/embed/talks.json')

describe('a box', () => {
  test('tells the paragraph, what it rests on and where it can be checked, in every form', async () => {
    const [told, page, fragment] = await Promise.all([
      box(),
      world.get('/embed/talks.html').then((answer) => answer.text()),
      world.get('/embed/talks.html?part=fragment').then((answer) => answer.text()),
    ])
    const perspective = await world.read<{ text: string; sentences: object[] }>('/v1/topics/talks/perspective')
    expect(told.text).toBe(perspective.text)
    expect(told.posts).toBe(120)
    expect(told.note).toContain('not a poll')
    expect(fragment).toBe(told.html)
    expect(page).toContain(fragment)
    expect(fragment.match(/<details class="sentence"/g)).toHaveLength(perspective.sentences.length)
    expect(fragment).toContain(`href="${world.url}/evidence/talks"`)
    expect(fragment).not.toMatch(/<script|style=|<link/)
  })

  test('tells of every claim what it rests on and what would make it fail', async () => {
    const { claims, sentences } = await box()
    expect([...new Set(claims.map(({ id }) => id))].sort()).toEqual(
      [...new Set(sentences.flatMap((one) => one.claims))].sort(),
    )
    for (const { text, posts, authors, fails } of claims) {
      expect(text.length).toBeGreaterThan(10)
      expect(posts).toBeGreaterThan(0)
      expect(authors).toBeGreaterThan(0)
      expect(fails).toMatch(/no longer hold|is gone as soon as/)
    }
  })

  test.each([
    ['fr', 'sondage'],
    ['de', 'Umfrage'],
    ['es', 'encuesta'],
    ['nl', 'not a poll'],
  ])('speaks %s around the English text', async (lang, word) => {
    const { html, text } = await world.read<Told>(`/embed/talks.json?lang=${lang}`)
    expect(html).toContain(word)
    expect(text).toBe((await box()).text)
  })

  test.each(['/embed/talks.exe', '/embed/talks', '/embed/stories/0123456789abcdef.json', '/evidence/none'])(
    'is not at %s',
    async (path) => {
      const answer = await world.get(path)
      expect(answer.status).toBe(404)
    },
  )

  test.each([
    ['/embed/none.json', 'withdrawn'],
    ['/embed/stories/0123456789abcdef.json?lang=de', 'zurückgezogen'],
  ])('where it is gone, %s says so in its place, to any origin', async (path, word) => {
    const answer = await world.get(path)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(((await answer.json()) as { html: string }).html).toContain(word)
    const page = await world.get(path.replace('.json', '.html'))
    expect([page.status, (await page.text()).includes(word)]).toEqual([404, true])
  })
})

describe('who may read', () => {
  test('other origins what is public, and nothing else', async () => {
    const open = await world.get('/embed/talks.json')
    expect(open.headers.get('access-control-allow-origin')).toBe('*')
    expect(open.headers.get('cache-control')).toBe('public, max-age=5, stale-while-revalidate=5')
    const inner = await world.get('/embed/inner.json')
    expect([inner.status, inner.headers.get('access-control-allow-origin')]).toEqual([200, null])
    expect(inner.headers.get('cache-control')).toBe('private, no-cache')
  })

  test('everybody the looks and the script, from anywhere', async () => {
    for (const name of ['embed.css', 'embed.js']) {
      const answer = await world.get(`/${name}`)
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    }
    expect((await (await world.get('/embed.js')).arrayBuffer()).byteLength).toBeLessThanOrEqual(6_000)
  })

  test('without a key only boxes and evidence of public topics, where we are bound beyond loopback', async () => {
    const where = { host: '0.0.0.0', port: 0, hosts: [], key, signal: new AbortController().signal }
    await using beyond = await listen({ ...world.served }, where)
    const get = (path: string, init?: RequestInit) => fetch(beyond.url.replace('0.0.0.0', '127.0.0.1') + path, init)
    const at = async (path: string) => (await get(path)).status
    const answer = await world.write('POST', '/v1/stories', {
      url: 'https://news.example/a',
      headline: 'Talks',
      topic: 'talks',
      approve: true,
    })
    const { id } = (await answer.json()) as { id: string }
    for (const path of [
      '/embed/talks.json',
      '/embed/talks.html',
      '/evidence/talks',
      '/method',
      '/embed.js',
      '/embed.css',
    ])
      expect([path, await at(path)]).toEqual([path, 200])
    for (const path of [`/embed/stories/${id}.json`, `/evidence/stories/${id}`])
      expect([path, await at(path)]).toEqual([path, 200])
    for (const path of [
      '/embed/inner.json',
      '/evidence/inner',
      '/v1/stories',
      '/stories',
      '/topics/talks',
      '/embed/stories/0000.json',
    ])
      expect([path, await at(path)]).toEqual([path, 401])
    expect((await get('/embed/inner.json', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
  })
})

describe('a correction', () => {
  test('a quoted post that is deleted leaves every form, and the box says what changed', async () => {
    const texts = quoted.map((id) => posts.find((post) => post.id === id)!.text)
    expect(texts.length).toBeGreaterThan(0)
    const editions = async () =>
      (await world.read<{ editions: object[] }>('/v1/topics/talks/perspective/editions')).editions
    await expect.poll(async () => (await editions()).length, { timeout: 20_000 }).toBeGreaterThan(0)
    const before = await box()
    const etag = (await world.get('/embed/talks.json')).headers.get('etag')!
    expect(texts.some((text) => before.html.includes(text.slice(0, 40)))).toBe(true)
    await world.write('POST', '/v1/posts', ndjson(quoted.map((id) => ({ op: 'delete', id }))))
    await world.settled()
    const again = await world.get('/embed/talks.json', { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(200)
    for (const path of [
      '/embed/talks.json',
      '/embed/talks.html',
      '/embed/talks.html?part=fragment',
      '/evidence/talks',
    ]) {
      const told = await (await world.get(path)).text()
      // "number 3" is no part of "number 33".
      for (const text of texts) expect(told).not.toMatch(new RegExp(`${text}(?!\\d)`))
    }
    // The edition that tells of it is kept a moment later.
    await expect.poll(async () => (await box()).updated?.lines.length ?? 0, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await box()).html).toMatch(/class="updated"[\s\S]*<summary>Updated \d\d:\d\d UTC/)
  }, 60_000)
})

describe('the shelf', () => {
  const place = () => ({ topic: world.served.topics.get('talks')!, story: null })

  test('makes a box once for all who ask, and again only when something was analyzed', async () => {
    let [asked, stamp] = [0, 'a']
    const perspective: typeof world.served.perspective = (...words) => {
      asked++
      return world.served.perspective(...words)
    }
    let now = 0
    const { signal } = new AbortController()
    const served = { ...world.served, perspective, stamp: async () => stamp }
    const shelf = openShelf({ served, signal, now: () => now })
    const [first, second] = await Promise.all([shelf.get(place()), shelf.get(place())])
    expect([asked, first === second]).toEqual([1, true])
    now += 60_000
    await shelf.get(place())
    expect([asked, await shelf.behind()]).toEqual([1, 0])
    stamp = 'b'
    now += 1_000
    // The last one goes out at once while the new one is made.
    await shelf.get(place())
    await expect.poll(() => asked).toBe(2)
    stamp = 'c'
    now += 90_000
    // Too old to be told: whoever asks waits.
    await shelf.get(place())
    expect(asked).toBe(3)
  })

  test('tells how many boxes in use are behind, and makes them anew', async () => {
    let stamp = 'a'
    const { signal } = new AbortController()
    const shelf = openShelf({ served: { ...world.served, stamp: async () => stamp }, signal, now: () => 1_000_000 })
    await shelf.get(place())
    stamp = 'b'
    expect(await shelf.behind()).toBe(1)
    await expect.poll(() => shelf.behind()).toBe(0)
  })

  test('an edition that is kept while a box is made is in the next one', async () => {
    let tell: Parameters<typeof world.served.listen>[0] = () => {}
    let [asked, now] = [0, 0]
    const listen: typeof world.served.listen = (listener) => {
      tell = listener
      return () => {}
    }
    const editions: typeof world.served.editions = async (...words) => {
      asked++
      if (asked === 1) tell({ topic: 'talks', version: 1, kind: 'updated' })
      return world.served.editions(...words)
    }
    const served = { ...world.served, listen, editions, stamp: async () => 'a' }
    const shelf = openShelf({ served, signal: new AbortController().signal, now: () => now })
    await shelf.get(place())
    now += 10_000
    await shelf.get(place())
    await expect.poll(() => asked).toBe(2)
    await expect.poll(() => shelf.behind()).toBe(0)
    now += 10_000
    await shelf.get(place())
    expect(asked).toBe(2)
  })

  test('renders a form once, and a failure is not kept', async () => {
    const shelf = openShelf({ served: world.served, signal: new AbortController().signal })
    const shelved = await shelf.get(place())
    let rendered = 0
    const render = async () => {
      rendered++
      if (rendered === 1) throw new Error('no')
      return 'text'
    }
    await expect(shelved.form('card', render)).rejects.toThrow('no')
    const [one, other] = await Promise.all([shelved.form('card', render), shelved.form('card', render)])
    expect([rendered, one === other, new TextDecoder().decode(one.bytes)]).toEqual([2, true, 'text'])
  })
})

describe('the pages behind a box', () => {
  test('tell every sentence with its claims, what would make it fail, and live posts, and lead nowhere closed', async () => {
    const html = await (await world.get('/evidence/talks')).text()
    const { sentences } = await box()
    expect(html.match(/<section class="told"/g)).toHaveLength(sentences.length)
    expect(html).toContain('What would make it fail')
    expect(html.match(/<article class="post"/g)!.length).toBeGreaterThan(3)
    expect(html).not.toMatch(/href="\/(?:topics|posts|v1|new|compare)/)
    expect(html).toContain('id="s1"')
  })

  test('tell how it is made, with the table of words', async () => {
    const html = await (await world.get('/method')).text()
    expect(html).toMatch(/a large majority<\/th><td>70%<\/td><td>100%/)
    expect(html).toContain(world.served.model.id)
  })
})
