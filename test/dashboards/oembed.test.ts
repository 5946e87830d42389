// oEmbed as the specification has it, over real sockets: read by an outside consumer that knows nothing of us, held to
// sizes, formats and refusals; and the cards that it, and pages, point at.
import { extract } from '@extractus/oembed-extractor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressedBy, cardAddress, discoveryLinks, namesOf } from '../../dashboards/oembed.ts'
import { listen } from '../../dashboards/server.ts'
import { hostile, ordinary, story as storyBox } from './boxes.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

interface Answer {
  version: string
  type: string
  title: string
  html: string
  width: number
  height: number
  cache_age: number
  provider_name: string
  provider_url: string
  thumbnail_url?: string
  thumbnail_width?: number
  thumbnail_height?: number
}

const name = 'Peace <b>talks</b> & "more"'
let world: World
let story = ''
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, name, public: true })
  await world.write('POST', '/v1/topics', { ...talks, id: 'inner', name: 'Inner', query: 'inner' })
  await world.write('POST', '/v1/posts', ndjson(debate(90)))
  await world.settled()
  const told = {
    url: 'https://news.example/talks',
    headline: 'Envoys say the talks go on',
    topic: 'talks',
    approve: true,
  }
  story = ((await (await world.write('POST', '/v1/stories', told)).json()) as { id: string }).id
})
afterAll(() => world[Symbol.asyncDispose]())

const at = (url: string, more: Record<string, string> = {}) => `/oembed?${new URLSearchParams({ url, ...more })}`
const ask = (path: string, more?: Record<string, string>) => world.read<Answer>(at(world.url + path, more))

describe('an address', () => {
  const hosts = ['talk.example']
  it.each([
    ['https://talk.example/embed/night-bus.html', 'topic', 'night-bus'],
    ['http://talk.example:8080/embed/night-bus.html?lang=fr#x', 'topic', 'night-bus'],
    ['https://TALK.example/topics/night-bus', 'topic', 'night-bus'],
    ['https://talk.example/topics/night-bus/', 'topic', 'night-bus'],
    ['https://talk.example/evidence/night-bus', 'topic', 'night-bus'],
    ['https://talk.example/embed/cafe', 'topic', 'cafe'],
    ['https://talk.example/embed/stories/0a1b.html', 'story', '0a1b'],
    ['https://talk.example/stories/0a1b', 'story', '0a1b'],
    ['https://talk.example/evidence/stories/0a1b', 'story', '0a1b'],
    ['https://talk.example/topics/caf%C3%A9', 'topic', 'café'],
  ])('%s is a %s', (address, kind, id) => {
    expect(addressedBy(address, hosts)).toEqual({ kind, id })
  })

  it.each([
    'https://other.example/embed/night-bus.html',
    'https://talk.example.evil.example/topics/x',
    'https://evil.example/?https://talk.example/topics/x',
    'https://talk.example@evil.example/topics/x',
    'ftp://talk.example/topics/x',
    'javascript:alert(1)//talk.example/topics/x',
    '/topics/x',
    'talk.example/topics/x',
    'https://talk.example/',
    'https://talk.example/topics',
    'https://talk.example/topics/x/campaigns',
    'https://talk.example/topics/%ff',
    'https://talk.example/stories/not-hex',
    'https://talk.example/v1/topics/x',
    `https://talk.example/topics/${'x'.repeat(3_000)}`,
    'https://[::1',
    '',
  ])('%s is none of ours', (address) => {
    expect(addressedBy(address, hosts)).toBeNull()
  })

  it('may be under any name that is ours; the names of loopback are one', () => {
    expect(namesOf('http://localhost:1/x', ['a.example'])).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', 'a.example']),
    )
    expect(namesOf('https://a.example/x', [])).toEqual(['a.example'])
  })
})

describe('an outside consumer', () => {
  it.each([['/embed/talks.html'], ['/embed/talks.html?lang=de']])('finds %s by the page alone', async (path) => {
    const found = (await extract(world.url + path)) as unknown as Answer & { method: string }
    expect(found).toMatchObject({
      method: 'auto-discovery',
      version: '1.0',
      type: 'rich',
      title: name,
      provider_name: 'undercurrent',
    })
    const src = /src="([^"]+)"/.exec(found.html)![1]!.replaceAll('&amp;', '&')
    expect(src).toBe(world.url + path)
    const page = await fetch(src)
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining('frame-ancestors *'),
    ])
    const card = await fetch(found.thumbnail_url!)
    expect([card.status, card.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  it('finds a story, and passes its sizes on', async () => {
    const params = { maxwidth: 400, maxheight: 300 } as never
    const found = (await extract(`${world.url}/embed/stories/${story}.html`, params)) as unknown as Answer
    expect(found).toMatchObject({ title: 'Envoys say the talks go on', width: 400, height: 300, thumbnail_width: 300 })
    expect(found.html).toContain(`${world.url}/embed/stories/${story}.html`)
  })
})

describe('the answer', () => {
  it('has what a rich answer must have, and no author', async () => {
    const told = await ask('/topics/talks')
    expect(told).toEqual({
      version: '1.0',
      type: 'rich',
      title: name,
      provider_name: 'undercurrent',
      provider_url: world.url,
      cache_age: 3_600,
      width: 640,
      height: 432,
      html: expect.any(String),
      thumbnail_url: `${world.url}/embed/talks.png`,
      thumbnail_width: 1_200,
      thumbnail_height: 630,
    })
  })

  it('is a frame whose title is text, without style or script of its own', async () => {
    const { html, width, height } = await ask('/embed/talks.html')
    expect(html).toMatch(/^<iframe [^<>]*><\/iframe>$/)
    expect(html).toContain('title="Social media perspectives: Peace &lt;b&gt;talks&lt;/b&gt; &amp; &quot;more&quot;"')
    expect(html).toContain(`width="${width}" height="${height}" loading="lazy"`)
    expect(html).toContain('sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"')
    expect(html).not.toMatch(/style|on\w+=|allow-top|allow-forms/)
  })

  it.each([
    [{}, 640, 432, 1_200],
    [{ maxwidth: '1000' }, 640, 432, 600],
    [{ maxwidth: '320' }, 320, 576, 300],
    [{ maxwidth: '500', maxheight: '200' }, 500, 200, 300],
    [{ maxwidth: '1', maxheight: '1' }, 260, 180, undefined],
    [{ maxwidth: '0', maxheight: '-5' }, 640, 432, 1_200],
    [{ maxwidth: '12abc', maxheight: '1e3' }, 640, 432, 1_200],
    [{ maxwidth: '99999999999999999999' }, 640, 432, 1_200],
  ])('within %o is %i x %i', async (more, width, height, card) => {
    const told = await ask('/topics/talks', more as unknown as Record<string, string>)
    expect([told.width, told.height, told.thumbnail_width]).toEqual([width, height, card])
    expect('thumbnail_url' in told).toBe(card !== undefined)
  })

  it('goes on in the language of the address, or in the one asked for', async () => {
    expect((await ask('/topics/talks?lang=fr')).html).toContain('/embed/talks.html?lang=fr"')
    expect((await ask('/topics/talks?lang=fr', { lang: 'es' })).html).toContain('?lang=es"')
    const { html } = await ask('/topics/talks?lang="><script>&theme=x', { lang: 'xx"' })
    expect(html).toContain(`src="${world.url}/embed/talks.html"`)
  })

  it('is XML where asked, with the same in it', async () => {
    const [json, answer] = [
      await ask('/topics/talks'),
      await world.get(at(`${world.url}/topics/talks`, { format: 'xml' })),
    ]
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    const text = await answer.text()
    expect(text).toMatch(/^<\?xml version="1.0" encoding="utf-8" standalone="yes"\?>\n<oembed>.*<\/oembed>$/s)
    const plain = (part: string) =>
      part
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&')
    const told = Object.fromEntries(
      [...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, tag, value]) => [tag, plain(value!)]),
    )
    expect(told).toEqual(Object.fromEntries(Object.entries(json).map(([tag, value]) => [tag, String(value)])))
  })

  it.each([
    ['https://other.example/embed/talks.html', {}, 404],
    ['https://talk.example/embed/talks.html', {}, 404],
    ['/embed/unknown.html', {}, 404],
    ['/embed/stories/00ff.html', {}, 404],
    ['/status', {}, 404],
    ['/topics/talks', { format: 'yaml' }, 501],
    ['', {}, 400],
  ] as const)('%s %o: %i, and says what to do', async (path, more, status) => {
    const answer = await world.get(at(path.startsWith('/') ? world.url + path : path, more))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(((await answer.json()) as { detail: string }).detail).toMatch(/^(?:Give|Ask|GET|POST) /)
  })

  it('may be asked for by other origins where the topic is public, and by nobody where it is not', async () => {
    const origin = async (path: string) =>
      (await world.get(at(world.url + path))).headers.get('access-control-allow-origin')
    expect(await origin('/topics/talks')).toBe('*')
    expect(await origin('/topics/inner')).toBeNull()
  })
})

describe('beyond loopback', () => {
  it('tells of public topics only, whatever is tried; a key opens the rest', async () => {
    const where = { host: '0.0.0.0', port: 0, hosts: ['talk.example'], key, signal: new AbortController().signal }
    await using beyond = await listen({ ...world.served }, where)
    const url = beyond.url.replace('0.0.0.0', '127.0.0.1')
    const status = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).status
    expect(await status(at(`${url}/topics/talks`))).toBe(200)
    expect(await status(at('https://talk.example/topics/talks'))).toBe(200)
    expect(await status(at(`${url}/embed/stories/${story}.html`))).toBe(200)
    expect(await status(at('https://other.example/topics/talks'))).toBe(404)
    const inner = at(`${url}/topics/inner`)
    const twice = `/oembed?url=${encodeURIComponent(`${url}/topics/talks`)}&url=${encodeURIComponent(`${url}/topics/inner`)}`
    const turned = `/oembed?url=${encodeURIComponent(`${url}/topics/inner`)}&url=${encodeURIComponent(`${url}/topics/talks`)}`
    for (const path of [
      inner,
      inner.replace('/oembed', '/%6fembed'),
      at('https://talk.example/embed/inner.html'),
      at(`${url}/topics/%69nner`),
      at(`${url}/topics/none`),
    ])
      expect([path, await status(path)]).toEqual([path, 401])
    // What the guard let pass is what is told, whichever of two addresses that is.
    for (const path of [twice, turned]) {
      const answer = await fetch(url + path)
      expect(answer.status === 401 || ((await answer.json()) as Answer).title === name).toBe(true)
    }
    expect(await status(inner, { headers: { authorization: `Bearer ${key}` } })).toBe(200)
    expect(await status('/embed/inner.png')).toBe(401)
    expect(await status('/embed/talks.png')).toBe(200)
  })
})

describe('a card over HTTP', () => {
  it('is an SVG that may wear its own style and nothing else', async () => {
    const answer = await world.get('/embed/talks.svg')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8'])
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors \*$/,
    )
    const svg = await answer.text()
    expect(svg).toContain('Peace &lt;b&gt;talks&lt;/b&gt; &amp; &quot;more&quot;')
    const { text } = await world.read<{ text: string }>('/embed/talks.json')
    expect(svg).toContain(
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    )
  })

  it('is the same for who has it, and another in another language, theme and size', async () => {
    const first = await world.get('/embed/talks.png')
    const etag = first.headers.get('etag')!
    expect((await world.get('/embed/talks.png', { headers: { 'if-none-match': etag } })).status).toBe(304)
    const tags = await Promise.all(
      ['?lang=de', '?theme=dark', '?width=600', '?width=1e9&theme=pink'].map(async (query) =>
        (await world.get(`/embed/talks.png${query}`)).headers.get('etag'),
      ),
    )
    expect(new Set([etag, ...tags]).size).toBe(4)
    expect(tags.at(-1)).toBe(etag)
    expect((await world.get(`/embed/stories/${story}.png`)).status).toBe(200)
    expect(await (await world.get('/embed/talks.svg?width=400&lang=es')).text()).toContain('lang="es"')
  })

  it('of a topic without posts says why there is nothing to say', async () => {
    expect(await (await world.get('/embed/inner.svg')).text()).toContain('No paragraph: no posts.')
  })
})

describe('a page tells of itself', () => {
  it('with its oEmbed in both formats, and its card', async () => {
    const head = String(await discoveryLinks(storyBox, 'fr'))
    const page = encodeURIComponent('https://talk.example/embed/stories/s1.html?lang=fr')
    expect(head).toContain(
      `type="application/json+oembed" href="https://talk.example/oembed?url=${page}&amp;format=json"`,
    )
    expect(head).toContain(`type="text/xml+oembed" href="https://talk.example/oembed?url=${page}&amp;format=xml"`)
    expect(head).toContain(`property="og:title" content="${storyBox.story!.headline}"`)
    expect(head).toMatch(
      /property="og:image" content="https:\/\/talk\.example\/embed\/stories\/s1\.png\?lang=fr&amp;v=\w+"/,
    )
    expect(head).toContain('name="twitter:card" content="summary_large_image"')
    expect(head).toContain('ce n’est pas un sondage')
  })

  it('the address of its card moves with what it says', () => {
    expect(cardAddress(ordinary.page, {})).toBe('https://talk.example/embed/night-bus.png')
    expect(cardAddress(ordinary.page, { width: 300, version: 'a' })).toBe(
      'https://talk.example/embed/night-bus.png?width=300&v=a',
    )
  })

  it('with nothing that ends an attribute', async () => {
    const head = String(await discoveryLinks(hostile))
    expect(head.replaceAll(/<(?:link|meta)(?: [a-z:]+="[^"<>]*")+>/g, '').trim()).toBe('')
  })
})
