// The page for labelling by hand, over a real socket with plain forms: from a name to the last post, with skipping, undoing,
// two labellers, and what the labels did to the shares. No script anywhere.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
const window = { from: '2000-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' }
const hostile = '<img src=x onerror=alert(1)> {x:String} '
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.write('POST', '/v1/topics', { id: 'storms', name: 'Storms <b>', query: 'storm', targets: ['rain'] })
  const odd = Array.from({ length: 12 }, (_, nr) => ({ id: `a\n"'/${nr}?&ü`, text: `a storm ${hostile}${nr}` }))
  await world.write('POST', '/v1/posts', ndjson(odd))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const page = async (path: string) => {
  const response = await world.get(path, { headers: { accept: 'text/html' } })
  expect(response.status, path).toBe(200)
  return response.text()
}
const plain = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
const hidden = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [
      name!,
      plain(value!),
    ]),
  )
const textOf = (html: string) => plain(/<article class="post asked".*?<p class="text"[^>]*>(.*?)<\/p>/s.exec(html)![1]!)
const progress = (html: string) => /<\/progress> (\S+) of (\S+)/.exec(html)!.slice(1).map(Number)
const words = (html: string) =>
  plain(html.replace(/<[^>]+>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
const address = (more: Record<string, string>, topic = 'talks') =>
  `/topics/${topic}/labels?${new URLSearchParams({ labeller: 'ann', question: 'sentiment', ...window, size: '50', ...more })}`

/** Presses a button of the page; the page after it. */
async function press(html: string, button: Record<string, string>, topic = 'talks') {
  const headers = { authorization: `Bearer ${key}`, accept: 'text/html' }
  const body = new URLSearchParams({ ...hidden(html), ...button })
  const response = await world.get(`/topics/${topic}/labels`, { method: 'POST', headers, body })
  expect(response.status, await response.clone().text()).toBe(303)
  const to = response.headers.get('location')!
  expect(to.endsWith('#post')).toBe(true)
  return { to, html: await page(to.replace('#post', '')) }
}

describe('beginning', () => {
  test('the topic page leads to it with its window, and the page asks for a name and says why all is fixed', async () => {
    const topic = await page('/topics/talks')
    const [, href] = /href="(\/topics\/talks\/labels[^"]*)"/.exec(topic)!
    const html = await page(plain(href!))
    expect(words(html)).toContain('Window and number are fixed before you begin')
    expect(html).toMatch(/<option value="stance.truce" selected>For or against “a truce now”/)
    expect(html).toMatch(/name="size" min="50" max="1000" value="100"/)
    expect(words(html)).toContain('Nobody has labelled a post of this window on this yet.')
    expect(html).not.toContain('<article')
  })

  test('a name alone freezes the usual window into the address', async () => {
    const response = await world.get('/topics/talks/labels?labeller=ann')
    expect(response.status).toBe(302)
    const to = new URL(response.headers.get('location')!, world.url)
    const { window: usual } = await world.read<{ window: typeof window }>('/v1/topics/talks/summary')
    expect(Object.fromEntries(to.searchParams)).toEqual({
      ...{ labeller: 'ann', question: 'stance.truce', size: '100' },
      ...usual,
    })
  })

  test.each([
    ['/topics/none/labels', 404],
    [address({ question: 'irony' }), 400],
    [address({ question: 'stance.war' }), 400],
    [address({ size: '0' }), 400],
    [address({ size: 'many' }), 400],
    [address({ labeller: 'a'.repeat(65) }), 400],
    [address({ labeller: 'a\u0000b' }), 400],
    [address({ from: 'then' }), 400],
  ])('%s: %i, and a page that says what to do', async (path, status) => {
    const response = await world.get(path, { headers: { accept: 'text/html' } })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain('<h1>')
  })
})

describe('one post at a time', () => {
  test('shows the words and the answers with their keys, and nothing of what the model thinks', async () => {
    const html = await page(address({}))
    expect(words(html)).toContain('What is the tone of this post?')
    const buttons = [
      ...html.matchAll(/<button class="answer (\w+)" name="value" value="\w+" aria-keyshortcuts="(\d)">/g),
    ]
    expect(buttons.map(([, value, at]) => [value, at])).toEqual([
      ['negative', '1'],
      ['neutral', '2'],
      ['positive', '3'],
    ])
    expect(progress(html)).toEqual([0, 60])
    expect(textOf(html)).toContain('talks')
    expect(html).not.toMatch(/class="scores"|href="\/posts\/|fake@1/)
    expect(words(html)).not.toMatch(/\d%| likes?\b/)
    expect(await page(address({ keys: 'off' }))).not.toContain('aria-keyshortcuts')
  })

  test('stance and relevance are asked in their own words', async () => {
    expect(words(await page(address({ question: 'stance.truce' })))).toContain(
      'Is this post for or against “a truce now”?',
    )
    const html = await page(address({ question: 'relevance' }))
    expect(words(html)).toContain('Is this post about “Peace talks”?')
    expect(html).toMatch(/value="yes" aria-keyshortcuts="1".*value="no" aria-keyshortcuts="2"/s)
  })

  test('an answer brings the next post at once, also before the store knows of it', async () => {
    const first = await page(address({ labeller: 'quick' }))
    const { html, to } = await press(first, { value: 'neutral' })
    expect(progress(html)).toEqual([1, 60])
    expect(textOf(html)).not.toBe(textOf(first))
    await world.settled()
    const settled = await page(to.replace('#post', ''))
    expect(progress(settled)).toEqual([1, 60])
    expect(textOf(settled)).toBe(textOf(html))
  })

  test('skipped ones come again when nothing else is left, and the page says why they matter', async () => {
    const skipped: string[] = []
    let html = await page(address({ labeller: 'skip', size: '4' }))
    expect(progress(html)).toEqual([0, 4])
    for (let nr = 0; nr < 4; nr++) {
      skipped.push(textOf(html))
      expect(html).not.toContain('These are the posts you skipped')
      html = (await press(html, { act: 'skip' })).html
    }
    expect(new Set(skipped).size).toBe(4)
    expect(textOf(html)).toBe(skipped[0])
    expect(words(html)).toContain('would make this a sample of easy posts')
    html = (await press(html, { act: 'skip' })).html
    expect(textOf(html)).toBe(skipped[1])
    for (let nr = 0; nr < 4; nr++) html = (await press(html, { value: 'neutral' })).html
    expect(words(html)).toContain('All 4 are labelled.')
  })

  test('undo shows the last post again, and the new answer takes the place of the old one', async () => {
    const first = await page(address({ labeller: 'oops', size: '9' }))
    expect(first).not.toContain('value="undo"')
    const second = (await press(first, { value: 'neutral' })).html
    const again = (await press(second, { act: 'undo' })).html
    expect(textOf(again)).toBe(textOf(first))
    expect(words(again)).toContain('Your new answer takes the place of the old one.')
    expect(again).not.toContain('value="skip"')
    expect(again).toContain('Leave it as it is')
    const next = (await press(again, { value: 'positive' })).html
    expect(textOf(next)).toBe(textOf(second))
    await world.settled()
    expect(words(await page(address({ labeller: 'oops', size: '9', show: 'results' })))).toMatch(/oops: 1 post\b/)
    const filter = { topic: { topic: 'talks', version: 1 }, model: 'fake@1', window }
    const said = (await world.served.ask.judged(filter, { measure: 'sentiment', target: null })).flatMap(
      (one) => one.said,
    )
    expect(said.filter(({ labeller }) => labeller === 'oops')).toEqual([{ labeller: 'oops', value: 'positive' }])
  })

  test('a post that is deleted while it is read makes way for the next', async () => {
    await world.write('POST', '/v1/posts', ndjson([{ id: 'brief', text: 'brief storm', at: '2001-01-01T00:00:00Z' }]))
    await world.settled()
    const to = { labeller: 'late', from: '2001-01-01T00:00:00.000Z', to: '2001-01-02T00:00:00.000Z' }
    const html = await page(address(to, 'storms'))
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'brief' }]))
    await world.settled()
    const { html: next } = await press(html, { value: 'neutral' }, 'storms')
    expect(words(next)).toContain('This window has no scored posts to label.')
  })

  test('ids and texts of any kind come through a form as they are, and a wrong value is refused', async () => {
    let html = await page(address({ labeller: 'odd <i>"', size: '12', question: 'stance.rain' }, 'storms'))
    expect(html).not.toContain('<img')
    expect(html).not.toContain('<i>')
    for (let nr = 0; nr < 12; nr++) {
      expect(textOf(html)).toContain(hostile)
      html = (await press(html, { value: 'neither' }, 'storms')).html
    }
    expect(words(html)).toContain('All 12 are labelled.')
    await world.settled()
    const { draw, posts } = await world.read<{ draw: { of: number }; posts: unknown[] }>(
      `/v1/labels/next?${new URLSearchParams({ topic: 'storms', measure: 'stance', target: 'rain', ...window, labeller: 'odd <i>"' })}`,
    )
    expect([draw.of, posts.length]).toEqual([12, 0])
    const headers = { authorization: `Bearer ${key}`, accept: 'text/html' }
    for (const [place, value] of [
      ['import/a', 'joy'],
      ['%E0%A4%A/b', 'neutral'],
    ]) {
      const body = new URLSearchParams({ labeller: 'x', question: 'sentiment', ...window, post: place!, value: value! })
      expect((await world.get('/topics/storms/labels', { method: 'POST', headers, body })).status).toBe(400)
    }
    const body = new URLSearchParams({ labeller: 'x' })
    expect((await world.get('/topics/storms/labels', { method: 'POST', body })).status).toBe(401)
  })
})

describe('from the first post to what it did', { timeout: 180_000 }, () => {
  /** People read late posts as negative and no other. */
  const answer = (text: string) => (Number(/number (\d+)/.exec(text)![1]) >= 100 ? 'negative' : 'positive')

  test('drawn posts and now and then a chosen one, which nothing tells apart; only the drawn ones are audit labels', async () => {
    let html = await page(address({ size: '60', labeller: 'bea' }))
    for (let nr = 0; nr < 48; nr++) html = (await press(html, { value: answer(textOf(html)) })).html
    await world.settled()
    const half = words(await page(address({ size: '60', labeller: 'bea', show: 'results' })))
    expect(half).toMatch(/bea: 48 posts/)
    expect(half).toMatch(/\d+ more labels? of posts drawn by chance, and they count/)
    expect(half).toMatch(/negative \d+% \(\d+–\d+%\) not yet –/)
    while (!html.includes('All 72 are labelled.')) html = (await press(html, { value: answer(textOf(html)) })).html
    await world.settled()
    const filter = { topic: { topic: 'talks', version: 1 }, model: 'fake@1', window }
    const judged = await world.served.ask.judged(filter, { measure: 'sentiment', target: null })
    const bea = judged.filter(({ said }) => said.some(({ labeller }) => labeller === 'bea'))
    expect(bea.filter(({ probability }) => probability === null)).toHaveLength(12)
    expect(bea.filter(({ probability }) => probability !== null)).toHaveLength(60)
    expect(bea.find(({ probability }) => probability)!.probability).toBeCloseTo(60 / 150)
  })

  test('the table says what moved, how much narrower it became, and what is settled', async () => {
    const text = words(await page(address({ size: '60', labeller: 'bea', show: 'results' })))
    expect(text).toMatch(/negative \d+% \(\d+–\d+%\) \d+% \(\d+–\d+%\) (stayed at|moved from) /)
    expect(text).toMatch(/6\d audit labels stand behind the second column/)
    expect(text).toMatch(
      /It is settled: (most are positive|fewer than half are positive)|more labels would tell whether|this window cannot settle it/,
    )
    expect(text).toMatch(/Its likeliest answer is people’s on \d+% \(\d+–\d+%\) of 5\d posts; macro-F1 is \d\.\d\d/)
    const { sentiment } = await world.read<{ sentiment: { negative: { estimate: number } } }>(
      `/v1/topics/talks/summary?${new URLSearchParams(window)}`,
    )
    expect(text).toContain(`${Math.round(sentiment.negative.estimate * 100)}%`)
  })

  test('a second labeller gets the same posts, and their agreement is told from 20 on', async () => {
    expect(words(await page(address({ size: '60', labeller: 'bea', show: 'results' })))).toMatch(
      /too few to say\. It takes 20/,
    )
    let html = await page(address({ size: '60', labeller: 'cy' }))
    for (let nr = 0; nr < 24; nr++) html = (await press(html, { value: answer(textOf(html)) })).html
    await world.settled()
    const text = words(await page(address({ size: '60', labeller: 'cy', show: 'results' })))
    expect(text).toMatch(/Of 2\d posts labelled by two or more, they agree on \d+%/)
    expect(text).toMatch(/Krippendorff’s alpha is \d\.\d\d/)
  })

  test('relevance has its share by people alone', async () => {
    let html = await page(address({ size: '60', labeller: 'bea', question: 'relevance' }))
    while (!html.includes('All 72 are labelled.')) html = (await press(html, { value: 'yes' })).html
    await world.settled()
    const text = words(await page(address({ size: '60', labeller: 'bea', question: 'relevance', show: 'results' })))
    expect(text).toMatch(/100% \(\d+–100%\) of the posts are about the topic, by 60 labels and no model/)
  })
})
