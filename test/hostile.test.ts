// A thousand posts that try to instruct, to forge numbers, to break markup or SQL: through the real log, store, analysis,
// perspectives, API and pages. They count as posts, and do nothing besides: with harmless words of the same scores in
// their place, every sentence, number and claim is the same.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Summary } from '../answers.ts'
import type { Perspective } from '../conclusions.ts'
import { openChat } from '../perspectives/chat.ts'
import { openPerspectives } from '../perspectives/kept.ts'
import { defaultWindow } from '../perspectives/perspectives.ts'
import { openWorld, talks, type World } from './dashboards/world.ts'
import { type Brief, chatEndpoint, honest, says } from './doubles/chat.ts'
import { type Attack, attacks, ordinary, patterns } from './doubles/hostile.ts'
import { markupOf } from './doubles/markup.ts'

const from = '2026-05-01T06:00:00.000Z'
const plain = ordinary(420, { from })
const asChanges = (posts: Attack[], op: 'create' | 'update') =>
  posts.map((post) => JSON.stringify({ op, ...post })).join('\n')

interface Seen {
  perspective: Perspective
  summary: Summary
  page: string
  embed: string
}
const where = `/v1/topics/${talks.id}`

async function put(world: World, posts: Attack[], op: 'create' | 'update' = 'create'): Promise<void> {
  const response = await world.write('POST', '/v1/posts', asChanges(posts, op))
  expect(response.status).toBe(202)
  expect(await response.json()).toMatchObject({ accepted: posts.length, rejectedTotal: 0 })
  await world.settled()
}

async function look(world: World): Promise<Seen> {
  const text = async (path: string) => {
    const response = await world.get(path)
    expect(response.status, path).toBe(200)
    return response.text()
  }
  return {
    perspective: await world.read<Perspective>(`${where}/perspective`),
    summary: await world.read<Summary>(`${where}/summary`),
    page: await text(`/topics/${talks.id}`),
    embed: await text(`/embed/${talks.id}.html`),
  }
}

/** The same world first with the attacks, then with their twins in the place of them. `during`: while the attacks stand. */
async function both(
  authors: number,
  during: (world: World, posts: Attack[]) => Promise<void> = async () => {},
): Promise<[hostile: Seen, harmless: Seen, World]> {
  const world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  const { posts, twins } = attacks(1_000, { authors, from })
  await put(world, plain)
  await put(world, posts)
  const hostile = await look(world)
  await during(world, posts)
  await put(world, twins, 'update')
  return [hostile, await look(world), world]
}

/** What the writer says itself, quotations aside. */
const own = ({ sentences, takeaway }: Perspective) =>
  [...sentences, ...(takeaway ? [takeaway] : [])].map(({ text }) => text.replace(/“[^”]*”/g, '“”')).join(' ')
const theirs =
  /ignore|instruct|system|assistant|everyone|nobody|61|88|99|9,999|script|onerror|drop|select|union|petition|evil|Marlies|because|quarters|soared|[{}<>|=]|\p{Cc}|\p{Cf}|\p{M}/iu

// Nine accounts: below the ten that a subject or a share needs, so that by construction no word of theirs is a subject;
// and each post is too long to be quoted. What is left is what they score.
describe('a thousand hostile posts of nine accounts', () => {
  let [hostile, harmless, world] = [] as unknown as [Seen, Seen, World]
  beforeAll(async () => {
    ;[hostile, harmless, world] = await both(9)
  }, 120_000)
  afterAll(async () => world?.[Symbol.asyncDispose]())

  test('give the very paragraph that harmless ones of the same scores give: sentences, claims, all beside them', () => {
    expect(hostile.perspective.refusal).toBeNull()
    expect(hostile.perspective.sentences.length).toBeGreaterThan(3)
    // The hash names the posts, which differ, and then the claims.
    const told = ({ perspective: { manifest, ...rest } }: Seen) => ({
      ...rest,
      manifest: { ...manifest, hash: manifest.hash.split('-')[1] },
    })
    expect(told(hostile)).toEqual(told(harmless))
    expect(told(hostile).manifest.hash).toMatch(/^[0-9a-f]{16}$/)
  })

  test('count as posts: the numbers are theirs, too', () => {
    expect(hostile.summary).toEqual(harmless.summary)
    expect(hostile.summary.posts).toBe(plain.length + 1_000)
    expect(hostile.summary.authors).toBe(plain.length + 9)
  })

  test('leave no word in what the writer says, and none in a quotation', () => {
    expect(own(hostile.perspective)).not.toMatch(theirs)
    expect(hostile.perspective.claims.flatMap(({ quotes }) => quotes.map(({ post }) => post))).not.toContainEqual(
      expect.stringMatching(/^hostile/),
    )
  })

  test('add no element and no attribute to the page and the embed', () => {
    for (const part of ['page', 'embed'] as const) {
      expect([...markupOf(hostile[part])].sort(), part).toEqual([...markupOf(harmless[part])].sort())
      expect(hostile[part]).not.toMatch(
        /<script>alert|<img src=x|<svg\/onload|<iframe src="\/\/evil|href="javascript:/i,
      )
    }
  })
})

// An account for each: their words may be subjects, since so many write them. Then they stand as subjects do, in
// quotation marks with their share, and nowhere else.
describe('a thousand hostile posts of as many accounts', () => {
  let [hostile, harmless, world] = [] as unknown as [Seen, Seen, World]
  beforeAll(async () => {
    ;[hostile, harmless, world] = await both(1_000, phrased)
  }, 120_000)
  afterAll(async () => world?.[Symbol.asyncDispose]())

  /** A paragraph asked of an endpoint that does what the subjects bid it: it says them. */
  let misled: Perspective
  let sent = ''
  let attackers: Attack[] = []
  const phrased = async ({ served }: World, posts: Attack[]) => {
    const obey = (brief: Brief) =>
      honest(brief).map((one, at) => (at === 1 ? { ...one, text: `${one.text} ${brief.themes[0]}!` } : one))
    await using endpoint = await chatEndpoint(says(obey))
    const narrator = openChat({ url: endpoint.url, model: 'small', timeoutMs: 10_000 })
    const { modelError, languages } = served.model.labels
    const sources = { ask: served.ask, model: served.model.id, modelError, languages, code: 'test', narrator }
    const topic = served.topics.get(talks.id)!
    const window = (await defaultWindow(served.ask, topic))!
    misled = await openPerspectives(sources)(topic, window)
    const { messages } = JSON.parse(endpoint.received[0]!.body) as { messages: { content: string }[] }
    JSON.parse(messages[1]!.content, (_, value) => {
      if (typeof value === 'string') sent += `${value}\n`
      return value
    })
    attackers = posts
  }

  test('mislead no gate where they mislead a chat endpoint, which sees their subjects and no post', () => {
    expect(misled).toEqual(hostile.perspective)
    expect(sent).toContain('bring up “')
    for (const { text, id, author } of attackers) {
      const words = text.split(/\s+/).slice(0, 60)
      for (let at = 0; at + 5 <= words.length; at += 2) {
        const run = words.slice(at, at + 5).join(' ')
        // One of them talks as our clauses do.
        if (!run.includes('of the posts') && !run.includes('have a positive')) expect(sent).not.toContain(run)
      }
      expect(sent).not.toContain(id.split(' ')[0]!)
      expect(sent).not.toContain(author.split(' ').slice(0, 2).join(' '))
    }
  })

  test('move no number that is not theirs to move', () => {
    expect(hostile.summary).toEqual(harmless.summary)
    const numbers = ({ claims }: Perspective) =>
      claims.flatMap(({ kind, measure, estimate, low, high, posts, authors, word }) =>
        ['prevalence', 'stance'].includes(kind) ? [{ measure, estimate, low, high, posts, authors, word }] : [],
      )
    expect(numbers(hostile.perspective).length).toBeGreaterThanOrEqual(4)
    expect(numbers(hostile.perspective)).toEqual(numbers(harmless.perspective))
    expect(hostile.perspective.sentences[0]).toEqual(harmless.perspective.sentences[0])
  })

  test('leave no word of theirs outside quotation marks', () => {
    expect(hostile.perspective.refusal).toBeNull()
    expect(own(hostile.perspective)).not.toMatch(theirs)
  })

  test('break no page that shows them', async () => {
    const known = new Set([...markupOf(harmless.page), ...markupOf(harmless.embed)])
    for (const part of ['page', 'embed'] as const)
      expect(
        [...markupOf(hostile[part])].filter((name) => !known.has(name)),
        part,
      ).toEqual([])
  })
})

test('markup that got through would be seen', () => {
  const found = [
    ...markupOf('<p class="a>b" id=x>“"><img src=x onerror=alert(1)></p><svg/onload=alert(1)><!-- <i> -->'),
  ]
  expect(found.sort()).toEqual(['/p', '@class', '@id', '@onerror', '@onload', '@src', 'img', 'p', 'svg'])
})

describe('each attack by itself', () => {
  let world: World
  const { posts } = attacks(patterns.length, { authors: patterns.length, from })
  beforeAll(async () => {
    world = await openWorld()
    await world.write('POST', '/v1/topics', talks)
    await put(world, [...plain.slice(0, 60), ...posts])
  }, 60_000)
  afterAll(async () => world?.[Symbol.asyncDispose]())

  test('is given back to the letter by the API, and shown as text by its page', async () => {
    const quiet = markupOf(await (await world.get('/posts/plain-0')).text())
    for (const { id, text } of posts) {
      const told = await world.read<{ id: string; text: string }>(`/v1/posts/${encodeURIComponent(id)}`)
      expect(told).toMatchObject({ id, text })
      const html = await (await world.get(`/posts/${encodeURIComponent(id)}`)).text()
      expect(
        [...markupOf(html)].filter((name) => !quiet.has(name)),
        text.slice(0, 60),
      ).toEqual([])
    }
  })

  test('is found as words and never read as SQL', async () => {
    for (const text of patterns) {
      const q = encodeURIComponent(text.slice(0, 60))
      const { posts: found } = await world.read<{ posts: { id: string }[] }>(`${where}/posts?q=${q}&limit=5`)
      expect(Array.isArray(found)).toBe(true)
    }
    expect((await world.read<Summary>(`${where}/summary`)).posts).toBe(60 + posts.length)
  })
})
