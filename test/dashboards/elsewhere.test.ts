// Posts of X are counted, and no word of theirs stands on other people's pages: not in a box or a card, not in what was
// corrected, not in a feed and not in what a webhook is told. Our own pages and the API show them.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Perspective, ToldEdition } from '../../conclusions.ts'
import type { Box } from '../../dashboards/box.ts'
import { editionsElsewhere, elsewhere, notHere, passOn, withheldOf } from '../../dashboards/elsewhere.ts'
import { openSite, type Site } from '../doubles/site.ts'
import { claimOf, toldOf } from '../perspectives/told.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const quoteOf = (post: string, words: string) =>
  claimOf(`quote.${post}`, { kind: 'quote', estimate: null, quotes: [{ post, text: words }] })
const share = claimOf('sentiment.negative')
const editionOf = (number: number, told: Perspective, change: Partial<ToldEdition['change']> = {}): ToldEdition => ({
  ...{ number, at: '2026-05-01T12:00:00.000Z', told, withdrawn: 0 },
  change: { cause: ['the world'], added: [], removed: [], changed: [], moved: [], ...change },
})

describe('a paragraph elsewhere', () => {
  const quotes = ['One writes: “theirs”.', [quoteOf('x1', 'theirs')]] as [string, [typeof share]]
  const told = toldOf([['Half are negative.', [share]], quotes, ['One: “ours”.', [quoteOf('p1', 'ours')]]])

  test('is the very same where nothing of it is withheld', () => {
    expect(elsewhere(told, new Set())).toBe(told)
    expect(elsewhere(told, new Set(['x9']))).toBe(told)
  })

  test('has neither the sentence nor the claim that quotes, and a takeaway only where that does not', () => {
    const left = elsewhere(
      { ...told, takeaway: { text: 'Theirs.', claims: told.sentences[1]!.claims } },
      new Set(['x1']),
    )
    expect(left).toMatchObject({ text: 'Half are negative. One: “ours”.', takeaway: null, refusal: null })
    expect(JSON.stringify(left)).not.toContain('heirs')
    const short = { text: 'More are negative.', claims: [share.id] }
    expect(elsewhere({ ...told, takeaway: short }, new Set(['x1'])).takeaway).toEqual(short)
  })

  test('of nothing but such quotations says why it is empty', () => {
    const left = elsewhere(toldOf([quotes], { takeaway: { text: 'Much is said.', claims: [] } }), new Set(['x1']))
    expect(left).toMatchObject({ text: '', sentences: [], claims: [], takeaway: null })
    expect(left.refusal?.reason).toBe('nothing that may be shown here')
    const refused = toldOf([], { refusal: { reason: 'no posts', missing: '' } })
    expect(elsewhere(refused, new Set(['x1'])).refusal?.reason).toBe('no posts')
  })

  test.each([
    ['of X', [{ id: 'x1', source: 'x' }], true],
    ['of X, however it is written', [{ id: 'x1', source: 'X' }], true],
    ['of another source', [{ id: 'x1', source: 'bluesky' }], false],
    [
      'that is of two sources, one of them X',
      [
        { id: 'x1', source: 'bluesky' },
        { id: 'x1', source: 'x' },
      ],
      true,
    ],
    ['that is nowhere to be found', [], true],
  ])('withholds a post %s', async (_, found, isWithheld) => {
    const asked: string[][] = []
    const places = async (_: string, ids: string[]) => {
      asked.push(ids)
      return found
    }
    const posts = await withheldOf({ places }, 'talks', [toldOf([quotes]), toldOf([quotes])])
    expect([posts.has('x1'), asked]).toEqual([isWithheld, [['x1']]])
  })

  test('asks nothing where nobody is quoted', async () => {
    const places = () => Promise.reject(new Error('asked'))
    expect(await withheldOf({ places }, 'talks', [toldOf([['Half.', [share]]])])).toEqual(new Set())
  })
})

describe('a difference elsewhere', () => {
  const before = toldOf([
    ['One: “first of theirs”.', [quoteOf('x1', 'first of theirs')]],
    ['A third.', [share]],
  ])
  const after = toldOf([
    ['One: “second of theirs”.', [quoteOf('x2', 'second of theirs')]],
    ['Half.', [share]],
  ])
  const [old, now] = [before.sentences[0]!.text, after.sentences[0]!.text]
  const posts = new Set(['x1', 'x2'])
  const tell = (change: Partial<ToldEdition['change']>) =>
    editionsElsewhere([editionOf(2, after, change), editionOf(1, before)], posts)[0]!.change

  test('says that a sentence may not be shown, whichever edition it stood in', () => {
    expect(tell({ added: [now, 'Half.'], removed: [old, 'A third.'] })).toMatchObject({
      added: [notHere, 'Half.'],
      removed: [notHere, 'A third.'],
    })
    expect(tell({ changed: [{ before: old, after: 'Half.' }] })!.changed).toEqual([{ before: notHere, after: 'Half.' }])
  })

  test('leaves out what was shown neither before nor after', () => {
    expect(tell({ changed: [{ before: old, after: now }] })!.changed).toEqual([])
  })

  test('is found with the edition before the last that is asked for', async () => {
    const kept = [editionOf(2, after, { removed: [old] }), { ...editionOf(1, before), change: null }]
    const places = async (_: string, ids: string[]) => ids.map((id) => ({ id, source: 'x' }))
    const told = await passOn({ places }, async (_, limit) => kept.slice(0, limit))('talks', 1)
    expect(told).toHaveLength(1)
    expect(JSON.stringify(told)).not.toContain('theirs')
    expect(told[0]!.change!.removed).toEqual([notHere])
  })
})

describe('posts of X in the whole house', () => {
  let world: World
  let site: Site
  const soon = { timeout: 20_000, interval: 100 }
  const posts = debate(120)
  const kept = () => world.served.editions('talks', 50)
  /** All words of X that any edition quotes. */
  const words = async () => {
    const told = [
      ...(await kept()).map((one) => one.told),
      await world.read<Perspective>('/v1/topics/talks/perspective'),
    ]
    return [...new Set(told.flatMap(({ claims }) => claims.flatMap(({ quotes }) => quotes.map(({ text }) => text))))]
  }
  const remove = async (ids: string[]) => {
    const { length } = await kept()
    await world.write('POST', '/v1/posts?source=x', ndjson(ids.map((id) => ({ op: 'delete', id }))))
    await world.settled()
    await more(length)
  }
  const more = (than: number) => vi.waitFor(async () => expect((await kept()).length).toBeGreaterThan(than), soon)

  beforeAll(async () => {
    world = await openWorld()
    site = await openSite()
    await world.write('POST', '/v1/topics', { ...talks, public: true })
    await world.write('POST', '/v1/webhooks', { url: `${site.url}/hook`, topics: ['talks'] })
    await world.write('POST', '/v1/posts?source=x', ndjson(posts))
    await world.settled()
    await more(0)
    const [{ told }] = (await kept()) as [ToldEdition]
    await remove(told.claims.flatMap(({ quotes }) => quotes.map(({ post }) => post)))
  }, 60_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  test('are quoted by the API and on our own page, and the last correction is of such a quotation', async () => {
    expect((await words()).length).toBeGreaterThan(0)
    const [{ change }] = (await kept()) as [ToldEdition]
    const lines = JSON.stringify([change!.added, change!.changed])
    expect((await words()).some((text) => lines.includes(JSON.stringify(text).slice(1, -1)))).toBe(true)
    const page = await (await world.get('/evidence/talks')).text()
    expect(page).toContain('<article class="post"')
  })

  test('are in no form of a box, in no feed and in no card', async () => {
    const made = await world.write('POST', '/v1/stories', {
      ...{ url: 'https://news.example/a', headline: 'Talks', topic: 'talks', approve: true },
    })
    const { id } = (await made.json()) as { id: string }
    const address = encodeURIComponent(`${world.url}/embed/talks.html`)
    const quoted = await words()
    for (const path of [
      ...['json', 'html', 'html?part=fragment', 'svg', 'atom'].map((form) => `/embed/talks.${form}`),
      ...['json', 'html', 'html?part=fragment', 'svg'].map((form) => `/embed/stories/${id}.${form}`),
      ...[`/oembed?url=${address}`, `/oembed?format=xml&url=${address}`, '/v1/stories.atom'],
    ]) {
      const answer = await world.get(path)
      const told = (await answer.text()).replaceAll('&#39;', "'").replaceAll('&amp;', '&')
      expect([path, answer.status]).toEqual([path, 200])
      for (const text of quoted) expect(told, path).not.toContain(text)
    }
  })

  test('are counted in the box, and its correction counts the lines that it shows', async () => {
    const box = await world.read<Box>('/embed/talks.json')
    expect([box.sources, box.refusal]).toEqual([['X'], null])
    expect(box.posts).toBeGreaterThan(100)
    expect(box.text).toBe(box.sentences.map(({ text }) => text).join(' '))
    expect(box.updated).not.toBeNull()
    const { added, removed, changed, lines } = box.updated!
    expect(lines).toHaveLength(added + removed + changed)
    expect(lines.every(({ before, after }) => before !== after)).toBe(true)
  })

  test('are in no word that a webhook is told', async () => {
    const newest = (await kept())[0]!.number
    await expect.poll(() => site.asked.some(({ body }) => JSON.parse(body).data.edition === newest), soon).toBe(true)
    const quoted = await words()
    for (const { body } of site.asked)
      for (const text of quoted) expect(body).not.toContain(JSON.stringify(text).slice(1, -1))
    expect(JSON.parse(site.asked.at(-1)!.body).data.text).not.toBe('')
  })
})
