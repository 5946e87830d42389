// Kept paragraphs and single claims over a real socket: what they promise, what they say once a post is deleted, the
// section on the topic's page, the events, and who may read them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { News, ToldEdition } from '../../conclusions.ts'
import { causeWords, editionsOf } from '../../dashboards/editions.ts'
import { openNews, withNews } from '../../dashboards/events.ts'
import { listen } from '../../dashboards/server.ts'
import * as shapes from '../../dashboards/shapes.ts'
import * as toldShapes from '../../dashboards/toldShapes.ts'
import type { View } from '../../dashboards/view.ts'
import { quoteGone } from '../../perspectives/editions.ts'
import { claimOf, toldOf } from '../perspectives/told.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

type Editions = z.output<typeof toldShapes.Editions>
const soon = { timeout: 20_000, interval: 100 }

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', { ...talks, public: true })
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const perspective = async () => toldShapes.Perspective.parse(await world.read('/v1/topics/talks/perspective'))
const editions = async (query = ''): Promise<Editions['editions']> =>
  toldShapes.Editions.parse(await world.read(`/v1/topics/talks/perspective/editions${query}`)).editions
/** Resolves once the newest edition is the paragraph of now. */
const issued = async () => {
  const { manifest } = await perspective()
  await expect.poll(async () => (await editions())[0]?.manifest.hash, soon).toBe(manifest.hash)
}
const claimPath = (id: string) => `/v1/claims/${encodeURIComponent(id)}`

describe('editions', () => {
  test('the first paragraph is kept as it was issued, with its manifest', async () => {
    await issued()
    const told = await perspective()
    const [newest] = await editions()
    expect(newest).toMatchObject({ window: told.window, text: told.text, refusal: null, withdrawn: 0 })
    expect(newest!.sentences).toEqual(told.sentences)
    expect(newest!.manifest).toEqual(told.manifest)
    expect((await editions()).at(-1)).toMatchObject({ number: 1, change: null })
  })

  test('a deleted quotation makes the next one at once, and silences those before; the world was the cause', async () => {
    await issued()
    const before = await perspective()
    const known = (await editions()).length
    const quote = before.claims.flatMap(({ quotes }) => quotes)[0]!
    const bare = before.claims.find(({ quotes }) => quotes.some(({ post }) => post === quote.post))!
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: quote.post }]))
    await world.settled()
    await expect.poll(async () => (await editions()).length, soon).toBeGreaterThan(known)
    const [newest, silenced] = await editions()
    expect(newest!.change!.cause).toEqual(['the world'])
    expect(newest!.number).toBe(silenced!.number + 1)
    expect(silenced!.withdrawn).toBeGreaterThan(0)
    expect(silenced!.text).toContain(quoteGone)
    const all = JSON.stringify(await editions('?limit=200'))
    // Texts end with a number, and one may be the beginning of another.
    const told = new RegExp(`${quote.text.replace(/[^\w ]/g, '.')}(?!\\d)`)
    expect(all).not.toMatch(told)
    expect(bare.evidence).toContain(quote.post)
    const page = await (await world.get('/topics/talks')).text()
    expect(page).not.toMatch(told)
    const section = /data-later="([^"]*\/editions[^"]*)"/.exec(page)![1]!.replaceAll('&amp;', '&')
    const earlier = await (await world.get(section)).text()
    expect(earlier).not.toMatch(told)
    expect(earlier).toContain('What changed is the posts (new, edited or deleted ones).')
    expect(earlier).toMatch(/Edition \d+, .*withdrawn since/)
  })

  test.each([
    ['/v1/topics/none/perspective/editions', 404],
    ['/v1/topics/talks/perspective/editions?limit=0', 400],
    ['/v1/topics/talks/perspective/editions?limit=201', 400],
    ['/v1/topics/talks/perspective/editions?limit=1', 200],
  ])('GET %s: %i', async (path, status) => {
    expect((await world.get(path)).status).toBe(status)
  })

  test('go with their topic', async () => {
    await world.write('POST', '/v1/topics', { id: 'brief', query: 'honestly' })
    await world.settled()
    const kept = () => world.served.editions('brief', 9)
    await expect.poll(async () => (await kept()).length, soon).toBe(1)
    await world.write('DELETE', '/v1/topics/brief')
    await world.settled()
    expect(await kept()).toEqual([])
  })
})

describe('claims', () => {
  test('GET answers with a claim of the current paragraph, encoded or plain', async () => {
    const told = await perspective()
    const [claim] = told.claims
    for (const path of [claimPath(claim!.id), `/v1/claims/${claim!.id}`]) {
      const answer = toldShapes.OneClaim.parse(await world.read(path))
      expect(answer).toEqual({ topic: 'talks', window: told.window, claim })
    }
  })

  test('one that was told and is no longer supported is 410', async () => {
    await issued()
    const told = await perspective()
    const [claim] = told.claims
    // Too few voices are left for any estimate.
    const { posts } = shapes.Posts.parse(await world.read('/v1/topics/talks/posts?limit=200'))
    const gone = posts.slice(5).map(({ id }) => ({ op: 'delete', id }))
    await world.write('POST', '/v1/posts', ndjson(gone))
    await world.settled()
    const answer = await world.get(claimPath(claim!.id))
    expect(answer.status).toBe(410)
    expect(shapes.Problem.parse(await answer.json()).detail).toContain('/v1/topics/talks/perspective')
  })

  test.each(['talks@1:never:told', 'talks', 'nothing@1:prevalence:sentiment.negative', 'talks@1', '@1:x', 'a%2Fb@@'])(
    '%s is unknown: 404',
    async (id) => {
      const answer = await world.get(claimPath(id))
      expect(answer.status).toBe(404)
      shapes.Problem.parse(await answer.json())
    },
  )
})

describe('beyond loopback', () => {
  test('editions and claims of public topics are open, others are not', async () => {
    const [talk, secret] = [
      { ...talks, public: true, tags: [], version: 1, at: '', origin: 'user' as const },
      undefined,
    ]
    const topics = { ...world.served.topics, get: (id: string) => (id === 'talks' ? talk : secret), list: () => [talk] }
    const { signal } = new AbortController()
    const where = { host: '0.0.0.0', port: 0, hosts: [], key: 'k', signal }
    await using other = await listen({ ...world.served, topics }, where)
    const status = async (path: string) => (await fetch(other.url.replace('0.0.0.0', '127.0.0.1') + path)).status
    expect(await status('/v1/topics/talks/perspective/editions')).toBe(200)
    expect(await status(claimPath('talks@1:never'))).toBe(404)
    expect(await status('/v1/topics/hidden/perspective/editions')).toBe(401)
    expect(await status(claimPath('hidden@1:never'))).toBe(401)
    expect(await status('/v1/claims/%E0%A4%A')).toBe(401)
  })
})

describe('events', () => {
  const count = { topic: 'talks', version: 1, posts: 9, authors: 9, latest: '2026-01-01T00:00:00.000Z' }
  const news = (kind: News['kind'], topic = 'talks'): News => ({ topic, version: 1, kind })

  test('tell of an edition, once with the counts that moved', () => {
    const updated = { event: 'perspective.updated' as const, count }
    expect(withNews([], [news('updated')], [count])).toEqual([updated])
    expect(withNews([updated], [news('updated')], [count])).toEqual([updated])
    expect(withNews([updated], [], [count])).toEqual([updated])
  })

  test('a refusal is a withdrawal, also where counts moved; a topic that is gone stays so', () => {
    const withdrawn = { event: 'perspective.withdrawn' as const, count }
    expect(withNews([{ event: 'perspective.updated', count }], [news('withdrawn')], [count])).toEqual([withdrawn])
    expect(withNews([withdrawn], [news('updated')], [])).toEqual([withdrawn])
    expect(withNews([], [news('withdrawn', 'empty')], [count])).toMatchObject([
      { event: 'perspective.withdrawn', count: { topic: 'empty', posts: 0, latest: null } },
    ])
  })

  test('reach whoever listens, and nobody who stopped', () => {
    const { tell, listen } = openNews()
    const heard: News[] = []
    const deaf = listen((one) => heard.push(one))
    tell(news('updated'))
    deaf()
    tell(news('withdrawn'))
    expect(heard).toEqual([news('updated')])
  })
})

describe('the section', () => {
  const view = { topic: { targets: [] } } as unknown as View
  const edition = (more: Partial<ToldEdition>): ToldEdition => {
    const told = toldOf([['58% are <b>negative</b>.', [claimOf('sentiment.negative')]]])
    return { number: 3, at: '2026-01-02T00:00:00.000Z', told, withdrawn: 0, change: null, ...more }
  }
  const shown = async (more: Partial<ToldEdition>) => String(await editionsOf([edition(more)], view))

  test('tells what changed, and escapes what it tells', async () => {
    const moved = [{ kind: 'prevalence' as const, measure: 'sentiment.negative', scope: '', before: 0.34, after: 0.41 }]
    const changed = [{ before: '<i>old</i>', after: 'new' }]
    const html = await shown({ withdrawn: 2, change: { cause: [], added: ['A'], removed: [], changed, moved } })
    expect(html).toContain('1 sentence new, 1 sentence changed; 2 sentences withdrawn since')
    expect(html).toContain('Negative tone: 34% before, 41% then')
    expect(html).toContain('<del>&lt;i&gt;old&lt;/i&gt;</del> <ins>new</ins>')
    expect(html).toContain('58% are &lt;b&gt;negative&lt;/b&gt;.')
  })

  test('tells the first, a refusal, and that there is none', async () => {
    expect(await shown({})).toContain('the first that is kept')
    const refused = toldOf([], { refusal: { reason: 'no posts', missing: 'Try a longer window.' } })
    expect(await shown({ told: refused })).toContain('<strong>No paragraph: no posts.</strong> Try a longer window.')
    expect(String(await editionsOf([], view))).toContain('None is kept yet')
  })

  test.each([
    [[], 'Neither posts, query, model nor code changed; the wording did.'],
    [['the model'], 'What changed is the model that reads them.'],
    [
      ['the world', 'the query', 'our code'],
      'What changed are the posts (new, edited or deleted ones), the query or the targets of the topic and the version of undercurrent.',
    ],
  ] as const)('names the cause %j in plain words', (cause, words) => {
    expect(causeWords([...cause])).toBe(words)
  })
})
