// The pages as a client without script gets them: what they say, that nothing hostile is markup, links that are views,
// forms, errors as pages, assets with an ETag, and embeds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

const evil = `"><script>alert('x')</script>&<b onmouseover=alert(1)>`
const browser = { accept: 'text/html,application/xhtml+xml' }

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/topics', {
    id: 'evil',
    name: evil,
    query: `"${evil.slice(2, 8)}" OR zzz`,
    targets: [evil],
  })
  await world.write('POST', '/v1/topics', { id: 'quiet', name: 'Nobody talks', query: 'neverusedword' })
  const posts = [...debate(150), { id: 'hostile', text: `zzz ${evil}`, author: evil }]
  const bluesky = {
    id: 'at://did:plc:invented/app.bsky.feed.post/3kabc',
    source: 'bluesky',
    author: 'did:plc:invented',
  }
  const forged = { id: 'at://did:plc:a/app.bsky.feed.post/x"onclick="y', source: 'bluesky', text: 'zzz forged' }
  await world.write('POST', '/v1/posts', ndjson([...posts, { ...bluesky, text: 'zzz here' }, forged]))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const page = async (path: string, status = 200): Promise<string> => {
  const response = await world.get(path, { headers: browser })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toContain('text/html')
  return response.text()
}
const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

describe('the first page', () => {
  test('tells topics with their numbers, their first sentence and what moves', async () => {
    const text = textOf(await page('/'))
    expect(text).toContain('150 posts by 150 authors')
    expect(text).toMatch(/(tone|“a truce now”) \d+% \(\d+–\d+%\)/i)
    expect(text).toContain('Volume: no whole day before to compare with.')
    expect(text).toContain('Top movers first: what a card tells')
    expect(text).toContain('Sources')
    expect(text).toContain('Read on')
    expect(text).toMatch(/Peace talks .* Read on/)
  })

  test('says honestly why a topic has no posts', async () => {
    expect(textOf(await page('/'))).toContain('Nobody talks No posts yet: Bluesky is off.')
  })

  test('refuses where voices are few instead of telling a number', async () => {
    expect(textOf(await page('/'))).toMatch(/No paragraph: too few voices/)
  })
})

describe('a topic', () => {
  test('has its paragraph, shares, courses, posts, coverage, versions', async () => {
    const html = await page('/topics/talks')
    for (const id of ['perspective', 'shares', 'time', 'posts', 'coverage', 'change'])
      expect(html).toContain(`id="${id}"`)
    const text = textOf(html)
    expect(text).toContain('Blind spots')
    expect(text).toMatch(/On “a truce now” over time against \d+% \(\d+–\d+%\) neither/)
    expect(html.match(/<article class="post">/g)!.length).toBeGreaterThan(20)
    expect(html).toContain('<title id="tone-t">Tone of the posts</title>')
    expect(html.match(/<tr><th scope="row"><a href="[^"]+">\d+ \w+ 20\d\d, \d\d:00/g)!.length).toBeGreaterThanOrEqual(8)
  })

  test.each([
    ['?hours=6', /against/],
    ['?hours=all', /150 posts/],
    ['?version=1', /150 posts/],
    ['?stance=truce.against&sort=typical', /I am against it/],
    ['?q=nothing+has+this', /No post in this window fits these filters/],
    ['?from=2001-01-01&to=2001-01-02', /No paragraph: no posts/],
    ['?sentiment=&stance=&emotion=&q=', /150 posts/],
  ])('every view is an address: %s', async (query, said) => {
    expect(textOf(await page(`/topics/talks${query}`))).toMatch(said)
  })

  test('pages through all posts by links', async () => {
    const seen = new Set<string>()
    let next: string | undefined = '/topics/talks?hours=all'
    for (let turn = 0; next && turn < 20; turn++) {
      const html: string = await page(next)
      const list = html.slice(html.indexOf('id="posts"'), html.indexOf('id="coverage"'))
      for (const [, id] of list.matchAll(/class="meta"><a href="\/posts\/([^"]+)"/g)) seen.add(id!)
      next = /rel="next" href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen.size).toBe(150)
  })

  test('evidence of every claim is linked and lives', async () => {
    const html = await page('/topics/talks')
    const evidence = html.slice(html.indexOf('class="evidence"'), html.indexOf('id="shares"'))
    const links = [...new Set([...evidence.matchAll(/href="(\/posts\/[^"]+)"/g)].map(([, href]) => href!))]
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) await page(link)
  })
})

describe('hostile words', () => {
  test.each([
    '/',
    '/topics/evil',
    '/topics/evil?q=%22%3E%3Cscript%3E',
    '/topics/evil/edit',
    '/topics/evil/versions',
    `/new?query=${encodeURIComponent(evil)}&name=${encodeURIComponent(evil)}&targets=${encodeURIComponent(evil)}`,
    '/posts/hostile',
    '/embed/evil.html',
  ])('%s shows them as text', async (path) => {
    const html = await page(path)
    expect(html).not.toMatch(/<script>|<b onmouseover|onclick="y/)
    expect(html.match(/<script[^>]*>/g)).toEqual([
      `<script type="module" src="/${path.startsWith('/embed') ? 'embed' : 'page'}.js">`,
    ])
    expect(html.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]* (style|on\w+)=/)
  })

  test('only a real Bluesky id becomes a link to its source', async () => {
    const html = await page('/topics/evil')
    expect(html).toContain('href="https://bsky.app/profile/did:plc:invented/post/3kabc"')
    expect(html.match(/https:\/\/bsky\.app/g)).toHaveLength(1)
  })

  test('a post whose author asks not to be shown is counted, not told', async () => {
    await world.served.log.append({
      source: 'bluesky',
      cursor: null,
      changes: [
        {
          op: 'create',
          source: 'bluesky',
          id: 'shy',
          author: 'shy',
          text: 'zzz secret words',
          at: new Date().toISOString(),
          lang: 'en',
          likes: null,
          reposts: null,
          replyTo: null,
          revision: null,
          quotable: false,
        },
      ],
    })
    await world.settled()
    const html = await page('/topics/evil')
    expect(html).not.toContain('secret words')
    expect(textOf(html)).toContain('asks not to be shown')
    expect(await (await world.get('/v1/posts/shy')).json()).toMatchObject({ quotable: false, text: '' })
    expect(JSON.stringify(await world.read('/v1/topics/evil/posts'))).not.toContain('secret words')
  })
})

describe('forms', () => {
  const post = (path: string, words: Record<string, string>, headers: Record<string, string> = {}) =>
    world.get(path, {
      method: 'POST',
      body: new URLSearchParams(words),
      headers: { authorization: `Bearer ${key}`, ...headers },
    })

  test('a name becomes a free id; the answer leads to the page', async () => {
    const first = await post('/topics', { name: 'Ünïted Nations: talks!', query: 'un' })
    expect([first.status, first.headers.get('location')]).toEqual([303, '/topics/united-nations-talks'])
    const second = await post('/topics', { name: 'United Nations talks', query: 'un' })
    expect(second.headers.get('location')).toBe('/topics/united-nations-talks-2')
    const cyrillic = await post('/topics', { name: 'Переговори', query: 'un' })
    expect(cyrillic.headers.get('location')).toBe('/topics/topic')
  })

  test('a mistake keeps what was typed and points at the column', async () => {
    const answer = await post('/topics', { name: 'My topic', query: 'one AND\n(two OR', targets: 'x' })
    expect(answer.status).toBe(422)
    const html = await answer.text()
    expect(html).toContain('value="My topic"')
    expect(html).toMatch(/<pre>\(two OR\n +\^<\/pre>/)
  })

  test('what is missing or too much is said', async () => {
    expect(await (await post('/topics', { name: ' ', query: 'a' })).text()).toContain('The topic has no name')
    const five = await post('/topics', { name: 'n', query: 'a', targets: '1\n2\n3\n4\n5' })
    expect(await five.text()).toContain('more than four targets')
  })

  test('an edit keeps the ids of targets whose words stay', async () => {
    await post('/topics', {
      id: 'talks',
      name: 'Peace talks',
      query: 'talks OR talk',
      targets: 'a truce now\nelections',
    })
    expect(world.served.topics.get('talks')).toMatchObject({
      version: 2,
      targets: [
        { id: 'truce', text: 'a truce now' },
        { id: 'elections', text: 'elections' },
      ],
    })
    await world.settled()
    expect(textOf(await page('/topics/talks'))).toContain('version 1 version 2')
  })

  test('dropping and removing the sample lead back', async () => {
    expect((await post('/topics/quiet/drop', {})).headers.get('location')).toBe('/')
    expect(world.served.topics.get('quiet')).toBeUndefined()
    expect((await post('/topics/quiet/drop', {})).status).toBe(404)
    expect((await post('/sample/remove', {})).status).toBe(303)
  })
})

describe('errors, assets, embeds', () => {
  test('a browser gets errors as pages, a tool as problem+json', async () => {
    expect(textOf(await page('/topics/none', 404))).toContain('There is no topic &quot;none&quot;')
    expect(textOf(await page('/nowhere', 404))).toContain('All topics')
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'post-3' }]))
    await world.settled()
    expect(textOf(await page('/posts/post-3', 410))).toContain('This post was deleted')
    const tool = await world.get('/topics/none')
    expect(tool.headers.get('content-type')).toBe('application/problem+json')
    const api = await world.get('/v1/topics/none/summary', { headers: browser })
    expect(api.headers.get('content-type')).toBe('application/problem+json')
  })

  test.each(['/page.css', '/page.js', '/icon.svg'])('%s is sent once per version', async (path) => {
    const first = await world.get(path)
    expect(first.status).toBe(200)
    const etag = first.headers.get('etag')!
    expect((await first.text()).length).toBeGreaterThan(100)
    const again = await world.get(path, { headers: { 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test('the embed stands without script: paragraph, counts, period, no poll, the way to the evidence', async () => {
    const html = await page('/embed/talks.html')
    const text = textOf(html)
    expect(text).toMatch(/\d+ posts by \d+ accounts , .* – .* UTC \. Source: .*Imported posts/)
    expect(text).toContain('this is not a poll')
    expect(html).toContain(`href="${world.url}/evidence/talks"`)
    const json = await world.read<{ text: string; posts: number; note: string }>('/embed/talks.json')
    expect(html).toContain(json.text.slice(0, 30))
    expect(json.posts).toBeGreaterThan(100)
    const { headers } = await world.get('/embed/talks.html')
    expect(headers.get('content-security-policy')).toContain('frame-ancestors *')
  })

  test.each(['/embed/none.html', '/embed/talks.exe', '/embed/talks'])('%s is no embed', async (path) => {
    expect((await world.get(path)).status).toBe(404)
  })

  test('the status page explains what was dropped', async () => {
    const text = textOf(await page('/status'))
    expect(text).toContain('Every answer reflects every accepted change.')
    expect(text).toContain('Bluesky : off')
  })

  test('no page may be framed or run what is not ours', async () => {
    const { headers } = await world.get('/', { headers: browser })
    const policy = headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })
})

describe('ways that lead on', () => {
  test('nothing leads to a comparison that has only one side', async () => {
    const alone = await page('/topics/talks/parts')
    expect(textOf(alone)).toContain('All posts come from one platform.')
    expect(alone).not.toContain('by=source')
    expect(textOf(alone)).toContain('Compare with the period before or those for with those against .')
    const several = await page('/topics/evil/parts')
    expect(several).toContain('by=source')
    expect(textOf(several)).toContain('Compare all measures , also with the period before')
    const asked = await page('/compare?topics=talks&by=source')
    expect(textOf(asked)).toContain('There are no two platforms to compare.')
  })

  test('languages that the model does not read are no side, and the place for them says so', async () => {
    await world.write('POST', '/v1/topics', { id: 'tongues', name: 'Tongues', query: 'polyglotword' })
    const posts = debate(24, { word: 'polyglotword' }).map((post, nr) => ({
      ...{ ...post, id: `tongue-${nr}`, lang: nr % 2 ? 'de' : 'en' },
    }))
    await world.write('POST', '/v1/posts', ndjson(posts))
    await world.settled()
    const alone = await page('/topics/tongues/parts')
    expect(textOf(alone)).toContain('By language The model read posts in one language alone')
    expect(alone).not.toMatch(/by=(lang|source)/)
  })

  test('a form that was refused is one link away, where it was ours', async () => {
    const form = new FormData()
    form.set('file', new Blob(['body,who\nwords,a\n']), 'posts.csv')
    const sent = (referer: string) =>
      world.get('/begin/file', {
        method: 'POST',
        body: form,
        headers: { ...browser, referer, authorization: `Bearer ${key}` },
      })
    const answer = await sent(`${world.url}/begin?a=%22`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('<a href="/begin?a=%22">Back to the form</a>')
    for (const elsewhere of ['https://elsewhere.example/begin', 'nonsense'])
      expect(await (await sent(elsewhere)).text()).not.toContain('Back to the form')
  })

  test('a query that does not parse has the focus', async () => {
    expect(await page('/new?name=x&query=(talks')).toMatch(/<textarea[^>]*name="query"[^>]* autofocus>/)
    expect(await page('/new?name=x&query=talks')).not.toContain('autofocus')
  })
})
