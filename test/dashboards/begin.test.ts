// Ways to begin, as a client without script gets them: the empty start page, a template and a headline that lead to the
// filled form with its preview, a file with refused lines; and a start page that never waits longer than a reader does.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Perspective } from '../../conclusions.ts'
import type { Given } from '../../dashboards/served.ts'
import { debate, key, ndjson, openWorld, talks, type World } from './world.ts'

const authorization = `Bearer ${key}`
const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
const pageOf = async (world: World, path: string) => {
  const response = await world.get(path)
  expect(response.status).toBe(200)
  return response.text()
}

describe('where nothing is watched yet', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
  })

  test.each(['/', '/begin'])('%s offers six templates, a headline and a file', async (path) => {
    const html = await pageOf(world, path)
    expect(html.match(/<li><a href="\/new\?name=/g)).toHaveLength(6)
    expect(html).toContain('action="/begin/headline"')
    expect(html).toMatch(/<input id="file" name="file" type="file" required/)
    expect(html.includes('Nothing is watched yet')).toBe(path === '/')
  })

  test('a template leads to the form, filled in, with its preview', async () => {
    const [, href] = /<li><a href="(\/new\?name=Electric[^"]+)"/.exec(await pageOf(world, '/begin'))!
    const html = await pageOf(world, href!.replaceAll('&amp;', '&'))
    expect(html).toContain('value="Electric cars"')
    expect(html).toContain('ending the sale of petrol cars</textarea>')
    expect(textOf(html)).toContain('Would match 0 of')
  })

  test('a headline leads to the form with a proposal; one without a word leaves the query to the reader', async () => {
    const to = async (headline: string) => {
      const answer = await world.get(`/begin/headline?${new URLSearchParams({ headline })}`)
      expect(answer.status).toBe(303)
      return answer.headers.get('location')!
    }
    const html = await pageOf(world, await to('Floods cut off "three" <villages> along the River Tamble'))
    expect(html).toContain('&quot;River Tamble&quot; (villag* OR flood*)</textarea>')
    expect(html).toContain('value="Floods cut off &quot;three&quot; &lt;villages&gt; along the River Tamble"')
    expect(new URL(await to('Of the and to'), world.url).searchParams.get('query')).toBeNull()
    expect(await to('')).toBe('/new?')
  })

  describe('a file', () => {
    const send = async (file: Blob | null, headers: Record<string, string> = { authorization }) => {
      const form = new FormData()
      if (file) form.set('file', file, 'posts.ndjson')
      return world.get('/begin/file', { method: 'POST', body: form, headers })
    }

    test('is taken in, and every refused line is counted and shown', async () => {
      const lines = [
        { id: 'f1', text: 'talks in a file', author: 'a' },
        { id: 'f2', text: 'more talks', author: 'b' },
        { id: 'f3' },
      ]
      const answer = await send(new Blob([`${ndjson(lines)}\n\nno json <b>\n`]))
      expect(answer.status).toBe(200)
      const html = await answer.text()
      const text = textOf(html)
      expect(text).toContain('2 lines taken in')
      expect(text).toContain('2 lines refused')
      expect(text).toMatch(/bad_text 1 no text, or one longer/)
      expect(text).toMatch(/malformed 1 could not be read/)
      expect(text).toMatch(/Line 3: .* Line 5: Not JSON/)
      expect(html).not.toContain('no json <b>')
      expect(text).toContain('belong to no topic yet')
      await world.settled()
      expect(textOf(await pageOf(world, '/new?query=talks'))).toContain('Would match 2 of 2 kept posts')
    })

    const sendAs = async (name: string, file: string, words: Record<string, string> = {}) => {
      const form = new FormData()
      form.set('file', new Blob([file]), name)
      for (const [key, value] of Object.entries(words)) form.set(key, value)
      return world.get('/begin/file', { method: 'POST', body: form, headers: { authorization } })
    }

    test('of CSV needs no id, and its columns may have other names', async () => {
      const plain = await sendAs(
        'posts.csv',
        'text,author,at\n"tariffs, again",a,2026-11-22T13:00:00Z\ntariffs for good,b,yesterday\n',
      )
      const text = textOf(await plain.text())
      expect(text).toContain('1 line taken in')
      expect(text).toMatch(/Line 3: /)
      const named = await sendAs('posts.tsv', 'Beitrag\tWer\ntariffs are up\tc\n', {
        column_text: 'Beitrag',
        column_author: ' Wer ',
      })
      expect(textOf(await named.text())).toContain('1 line taken in')
      await world.settled()
      expect(textOf(await pageOf(world, '/new?query=tariffs'))).toContain('Would match 2 of 4 kept posts')
    })

    test('of CSV without a column of words says which columns there are, and where to name one', async () => {
      const answer = await sendAs('posts.csv', 'body,who\nwords,a\n')
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({
        title: expect.stringContaining('no column "text"'),
        detail: expect.stringContaining('it has: body, who'),
      })
      const wrong = await sendAs('posts.csv', 'body,who\nwords,a\n', { column_text: 'bdy' })
      expect(await wrong.json()).toMatchObject({ title: expect.stringContaining('no column "bdy"') })
    })

    test('that is damaged further on: what came before is taken in, and the page says where it ended', async () => {
      const rows = Array.from({ length: 600 }, (_, nr) => `harbour ${nr},a`).join('\n')
      const answer = await sendAs('posts.csv', `text,author\n${rows}\n"${'x'.repeat(2 ** 20 + 1)}\n`)
      const text = textOf(await answer.text())
      expect(text).toContain('600 lines taken in')
      expect(text).toMatch(/longer than 1 MiB; nothing behind it was read/)
    })

    test('of a Reddit dump is read as one; a packed one is refused with what to do', async () => {
      const dumped = {
        id: 'c1',
        body: 'orchards at last',
        link_id: 't3_x',
        subreddit: 's',
        created_utc: 1_795_000_000,
        author: 'a',
      }
      expect(textOf(await (await sendAs('RC.ndjson', JSON.stringify(dumped))).text())).toContain('1 line taken in')
      const packed = await sendAs('RC.ndjson.zst', 'x')
      expect(packed.status).toBe(400)
      expect(textOf(await packed.text())).toContain('Unpack it first')
    })

    test('that is none, is empty, too large or comes without the key is refused', async () => {
      expect((await send(null)).status).toBe(400)
      expect((await send(new Blob([]))).status).toBe(400)
      expect((await send(new Blob(['{"id":"x","text":"y"}']), {})).status).toBe(401)
      const large = await send(new Blob([Buffer.alloc(33e6, 'x')]))
      expect(large.status).toBe(413)
      expect(await large.text()).toContain('undercurrent import')
      const bare = await world.get('/begin/file', { method: 'POST', body: 'no form', headers: { authorization } })
      expect(bare.status).toBe(400)
      const nothing = textOf(await (await send(new Blob(['[]']))).text())
      expect(nothing).toContain('Nothing was taken in')
      expect(nothing).toContain('Try another file')
    })
  })
})

describe('a start page with topics', () => {
  let world: World
  let first: Given
  beforeAll(async () => {
    world = await openWorld()
    first = { ...world.served, ask: { ...world.served.ask } }
    await world.write('POST', '/v1/topics', talks)
    await world.write('POST', '/v1/posts', ndjson(debate(60)))
    await world.settled()
  })
  afterEach(() => {
    const { ask } = world.served
    Object.assign(world.served, first, { ask: Object.assign(ask, first.ask) })
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
  })

  test('follows every post and delete, asks the dear question only when something moved', async () => {
    const { ask } = world.served
    let asked = 0
    ask.pulses = (...given) => {
      asked++
      return first.ask.pulses(...given)
    }
    expect(textOf(await pageOf(world, '/'))).toContain('60 posts by 60 authors')
    const once = asked
    expect(once).toBeGreaterThan(0)
    await pageOf(world, '/')
    expect(asked).toBe(once)
    const gone = ['post-1', 'post-2'].map((id) => ({ op: 'delete', id }))
    await world.write('POST', '/v1/posts', ndjson(gone))
    await world.settled()
    expect(textOf(await pageOf(world, '/'))).toContain('58 posts by 58 authors')
    expect(asked).toBe(2 * once)
  })

  test('shows a card without its words while they are being written', async () => {
    Object.assign(world.served, { perspective: () => new Promise<Perspective>(() => {}), patienceMs: 1_000 })
    const text = textOf(await pageOf(world, '/'))
    expect(text).toContain('58 posts by 58 authors')
    expect(text).not.toContain('Read on')
  })

  test('names its topics while they are being counted, and where to wait for the numbers', async () => {
    const { ask } = world.served
    let go = () => {}
    const slow = new Promise<void>((resolve) => {
      go = resolve
    })
    world.served.patienceMs = 1
    ask.prints = async (model) => {
      await slow
      return first.ask.prints(model)
    }
    const html = await pageOf(world, '/')
    expect(html).toContain('<div id="topics" data-later="/?wait=1">')
    expect(textOf(html)).toContain('The numbers are being counted. Show them Peace talks')
    expect(html).not.toContain('class="card"')
    const waiting = pageOf(world, '/?wait=1')
    go()
    expect(textOf(await waiting)).toContain('58 posts by 58 authors')
  })

  test('a share that people’s labels stand behind reads as on the page of its topic', async () => {
    const { ask } = world.served
    const audited = { estimate: 0.9, low: 0.85, high: 0.95, labels: 60 }
    const asked: string[] = []
    ask.prints = async (model) => (await first.ask.prints(model)).map((one) => ({ ...one, print: 'other', labels: 60 }))
    ask.audited = async ({ topic, window }) => {
      asked.push(`${topic.topic} ${Date.parse(window.to) - Date.parse(window.from)}`)
      return { sentiment: { negative: audited }, emotion: {}, stance: {} }
    }
    expect(textOf(await pageOf(world, '/'))).toContain('Negative tone 90% (85–95%)')
    // The last day and the one before; what lies further back is the model's alone.
    expect(asked).toEqual(['talks 86400000', 'talks 86400000'])
    ask.prints = first.ask.prints
    expect(textOf(await pageOf(world, '/'))).not.toContain('90% (85–95%)')
  })

  test('visits share what is asked: one turn under way, one after it, whoever comes', async () => {
    const { ask } = world.served
    let [arrived, turns, atOnce, most] = [0, 0, 0, 0]
    const allThere = Promise.withResolvers<void>()
    world.served.status = () => {
      if (++arrived === 6) allThere.resolve()
      return first.status()
    }
    ask.prints = async (model) => {
      turns++
      most = Math.max(most, ++atOnce)
      await allThere.promise
      const told = await first.ask.prints(model)
      atOnce--
      return told
    }
    const visits = Array.from({ length: 6 }, () => pageOf(world, '/?wait=1'))
    for (const html of await Promise.all(visits)) expect(html).toContain('class="card"')
    expect([turns, most]).toEqual([2, 1])
  })

  test('a failed question is not kept', async () => {
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'post-3' }]))
    await world.settled()
    world.served.ask.pulses = async () => {
      throw new Error('the store is away')
    }
    expect((await world.get('/')).status).toBe(500)
    world.served.ask.pulses = first.ask.pulses
    expect(textOf(await pageOf(world, '/'))).toContain('57 posts by 57 authors')
  })

  test('leads to more ways to begin, and puts what moved first', async () => {
    await world.write('POST', '/v1/topics', { id: 'loud', name: 'Loud', query: 'noise' })
    // Ten days of little noise, and then much of it; the talks have no day before.
    const end = Date.now() - 60_000
    const days = Array.from({ length: 10 }, (_, day) =>
      debate(day ? 12 : 70, { word: 'noise', hours: 22, end: end - day * 86_400_000 - 1_800_000 }).map((post) => ({
        ...{ ...post, id: `${post.id}-noise-${day}` },
      })),
    )
    await world.write(
      'POST',
      '/v1/posts',
      ndjson([...days.flat(), { id: 'last', text: 'noise', at: new Date(end).toISOString() }]),
    )
    await world.settled()
    const html = await pageOf(world, '/')
    expect(html).toContain('<a href="/begin">More ways to begin</a>')
    expect([...html.matchAll(/<article class="card"><h2><a href="\/topics\/(\w+)"/g)].map(([, id]) => id)).toEqual([
      'loud',
      'talks',
    ])
    expect(textOf(html)).toContain(
      '5.9 times the posts of the day before (71 against 12); a move this large: on none of 7',
    )
  })
})
