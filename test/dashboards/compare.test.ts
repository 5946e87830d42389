// Comparing: the same differences an independent sum over the sides' summaries gives, nobody ahead where the interval
// holds zero, every way of comparing, and what is asked wrongly. Also the page, whose form is an address.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Estimate, Summary } from '../../answers.ts'
import type { Compared } from '../../dashboards/compare.ts'
import { differenceWords } from '../../dashboards/comparePage.ts'
import { Comparison } from '../../dashboards/toldShapes.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
const good = { id: 'good', name: 'Good talks', query: 'good', targets: [{ id: 'peace', text: 'A truce now' }] }
beforeAll(async () => {
  world = await openWorld()
  for (const topic of [
    talks,
    good,
    { id: 'foreign', name: 'Foreign', query: 'слово OR 12345' },
    { id: 'bare', name: 'Bare', query: 'talks', targets: [] },
  ])
    await world.write('POST', '/v1/topics', topic)
  const posts = debate(240)
  const bad = posts.map((post, nr) => ({
    ...post,
    id: `b${nr}`,
    author: `b${nr}`,
    source: 'mastodon',
    text: post.text.replace(/are [^,]+ this/, 'are a bad idea this'),
  }))
  // The log takes a language that was looked for and not found; the API takes only tags.
  const unsaid = { likes: null, reposts: null, replyTo: null, revision: null, quotable: true }
  const foreign = ['слово за словом', 'слово і діло', 'наше слово', '12345', '12345 6'].map((text, nr) => {
    const known = { id: `f${nr}`, author: `f${nr}`, text, at: posts[0]!.at!, lang: nr < 3 ? 'uk' : '' }
    return { op: 'create' as const, source: 'import', ...known, ...unsaid }
  })
  await world.served.log.append({ source: 'import', changes: foreign, cursor: null })
  await world.write('POST', '/v1/posts', ndjson([...posts, ...bad.slice(0, 90)]))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const compared = async (query: string): Promise<Compared> =>
  Comparison.parse(await world.read(`/v1/compare?${query}`)) as Compared
const rowOf = ({ measures }: Compared, measure: string) => measures.find((one) => one.measure === measure)!
const widest = ({ estimate, low, high }: Estimate) => Math.max(high! - estimate!, estimate! - low!) / 1.959964

describe('one topic within itself', () => {
  test('by platform: the difference is that of the summaries, with the model’s error of differences', async () => {
    const answer = await compared('topics=talks&by=source')
    expect(answer.sides.map(({ name, posts }) => [name, posts])).toEqual([
      ['Imported posts', 240],
      ['Mastodon', 90],
    ])
    const { modelError } = world.served.model.labels
    const sides = await Promise.all(
      ['import', 'mastodon'].map((source) => world.read<Summary>(`/v1/topics/talks/summary?source=${source}`)),
    )
    for (const label of ['negative', 'positive']) {
      const [a, b] = sides.map(({ sentiment }) => sentiment[label]!) as [Estimate, Estimate]
      const { share, difference } = modelError.sentiment
      const sampling = [a, b].map((one) => widest(one) ** 2 - share[label]! ** 2).reduce((sum, one) => sum + one)
      const half = 1.96 * Math.sqrt(sampling + difference[label]! ** 2)
      const [told] = rowOf(answer, `sentiment.${label}`).differences
      expect(told!.estimate).toBeCloseTo(b.estimate! - a.estimate!, 9)
      expect(told!.high! - told!.low!).toBeCloseTo(2 * half, 3)
    }
    expect(rowOf(answer, 'sentiment.negative').differences[0]!.verdict).toBe('more')
    expect(rowOf(answer, 'sentiment.positive').differences[0]!.verdict).toBe('fewer')
  })

  test('by camp: those for and those against, each a part of the posts', async () => {
    const answer = await compared('topics=talks&by=camp')
    expect(answer.sides.map(({ name }) => name)).toEqual(['for “a truce now”', 'against “a truce now”'])
    const listed = async (stance: string) =>
      (await world.read<{ posts: object[] }>(`/v1/topics/talks/posts?stance=truce.${stance}&limit=200`)).posts.length
    expect(answer.sides.map(({ posts }) => posts)).toEqual([await listed('favor'), await listed('against')])
    expect(rowOf(answer, 'stance.truce.favor').differences[0]!.verdict).toBe('fewer')
  })

  test('by period: this one and the one of equal length before', async () => {
    const end = new Date(Date.now()).toISOString()
    const middle = new Date(Date.now() - 10 * 3_600_000).toISOString()
    const answer = await compared(`topics=talks&by=window&source=import&from=${middle}&to=${end}`)
    expect(answer.sides.map(({ name }) => name)).toEqual(['the period before', 'this period'])
    expect(answer.sides[0]!.window.to).toBe(answer.sides[1]!.window.from)
    expect(answer.sides.every(({ posts }) => posts > 50)).toBe(true)
    // The last third of the posts is darker (world.ts).
    expect(rowOf(answer, 'sentiment.negative').differences[0]!.verdict).toBe('more')
  })

  test('by two periods of one’s own: in the order of time, whichever is asked for first', async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
    const [late, early] = [
      { from: ago(8), to: ago(0) },
      { from: ago(30), to: ago(9) },
    ]
    const asked = (one: typeof late, other: typeof late) =>
      compared(`topics=talks&by=window&from=${one.from}&to=${one.to}&otherFrom=${other.from}&otherTo=${other.to}`)
    const answer = await asked(late, early)
    expect(answer.sides.map(({ name, window }) => ({ name, window }))).toEqual([
      { name: 'the earlier period', window: early },
      { name: 'the later period', window: late },
    ])
    for (const [at, window] of [early, late].entries()) {
      const { posts, sentiment } = await world.read<Summary>(`/v1/topics/talks/summary?${new URLSearchParams(window)}`)
      expect(answer.sides[at]!.posts).toBe(posts)
      expect(rowOf(answer, 'sentiment.negative').shares[at]).toMatchObject(sentiment.negative!)
    }
    expect((await asked(early, late)).measures).toEqual(answer.measures)
  })
})

describe('topics', () => {
  test('are compared with the model’s whole error on both, stance where the words of a target are the same', async () => {
    const answer = await compared('topics=talks,good')
    expect(answer.sides.map(({ topic }) => topic)).toEqual(['talks', 'good'])
    expect(answer.measures.map(({ measure }) => measure)).toContain('stance.truce.favor')
    const { shares, differences } = rowOf(answer, 'sentiment.positive')
    const { share } = world.served.model.labels.modelError.sentiment
    const sampling = shares.map((one) => widest(one) ** 2 - share.positive! ** 2).reduce((sum, one) => sum + one)
    const half = 1.96 * Math.sqrt(sampling + 2 * share.positive! ** 2)
    expect(differences[0]!.high! - differences[0]!.low!).toBeCloseTo(2 * half, 3)
    const [first] = (await compared('topics=talks,bare')).measures.filter(({ measure }) => measure.startsWith('stance'))
    expect(first).toBeUndefined()
  })

  test('three of them give every pair once', async () => {
    const { differences } = rowOf(await compared('topics=talks,good,bare'), 'sentiment.negative')
    expect(differences.map(({ of }) => of)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ])
  })
})

test.each([
  ['topics=nobody', 404],
  ['topics=talks', 400],
  ['topics=talks,good&by=source', 400],
  ['topics=a,b,c,d,e', 400],
  ['topics=bare&by=camp', 400],
  ['topics=talks&by=camp&target=none', 400],
  ['topics=talks&by=mood', 400],
  ['topics=good&by=lang', 400],
  ['topics=talks&by=window&from=2026-01-01&to=2026-01-03&otherFrom=2026-01-02&otherTo=2026-01-04', 400],
  ['topics=talks&by=window&otherFrom=2026-01-02', 400],
  ['topics=talks&by=window&otherFrom=2026-01-02&otherTo=2026-01-01', 400],
  ['topics=talks&by=lang&otherFrom=2026-01-01&otherTo=2026-01-02', 400],
  ['by=topic', 400],
])('what cannot be compared says what to do: %s', async (query, status) => {
  const response = await world.get(`/v1/compare?${query}`)
  expect(response.status).toBe(status)
  expect(((await response.json()) as { detail: string }).detail.length).toBeGreaterThan(10)
})

describe('the page', () => {
  const textOf = async (path: string) =>
    (await (await world.get(path)).text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

  test('starts with a form, and every answer is an address of it', async () => {
    expect(await textOf('/compare')).toContain('Choose a topic')
    const text = await textOf('/compare?by=source&topics=talks&topics=&topics=&topics=')
    expect(text).toMatch(/What stands out Negative tone Imported posts \d+% \(\d+–\d+%\) Mastodon \d+%/)
    expect(text).toMatch(/\d+ points more \(\d+–\d+\)/)
    expect(text).toMatch(/too close to call \(−?\d+ to −?\d+ points\)/)
    expect(await textOf('/compare?by=topic&topics=talks&topics=good')).toContain('Good talks')
    expect(await textOf('/compare?by=camp&topics=bare')).toContain('no target that people could be for or against')
  })

  test('a form of two periods asks for just these, in UTC, and shows them again', async () => {
    const clock = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 16)
    const given = { from: clock(8), to: clock(0), otherFrom: clock(30), otherTo: clock(9) }
    const html = await (await world.get(`/compare?by=window&topics=talks&${new URLSearchParams(given)}`)).text()
    for (const [name, value] of Object.entries(given)) expect(html).toContain(`name="${name}" value="${value}"`)
    expect(html).toContain('The earlier period')
    expect(html).toMatch(new RegExp(`from=${given.otherFrom.replaceAll(':', '%3A')}%3A00.000Z`))
    const other = await textOf(`/compare?by=source&topics=talks&${new URLSearchParams({ ...given, from: clock(48) })}`)
    expect(other).toContain('Mastodon')
  })

  test.each([
    ['topics=talks&topics=good&by=topic', ['Peace talks', 'Good talks']],
    ['topics=talks&by=source', ['Imported posts', 'Mastodon']],
    ['topics=foreign&by=lang', ['Ukrainian', 'unknown language']],
    ['topics=talks&by=camp', ['for “a truce now”', 'against “a truce now”']],
    ['topics=talks&by=window', ['this period']],
  ])('leads from each side to its posts, as many in a file as the page says: %s', async (query, named) => {
    const page = (await (await world.get(`/compare?${query}`)).text()).replaceAll('&amp;', '&')
    const rows = page.slice(page.indexOf('<tbody>'), page.indexOf('</tbody>')).split('<tr>').slice(1)
    const told = rows.flatMap((row) => {
      const [, href] = /href="([^"]*format=ndjson[^"]*)" download/.exec(row) ?? []
      const [, name] = /aria-label="NDJSON: ([^"]*)"/.exec(row) ?? []
      const [, posts] = /<td>([\d,]+)<\/td>/.exec(row) ?? []
      return href ? [{ href, name, posts: Number(posts) }] : []
    })
    expect(told.map(({ name }) => name)).toEqual(named)
    for (const { href, posts } of told) {
      const file = await (await world.get(href)).text()
      expect([href, file.split('\n').filter(Boolean).length]).toEqual([href, posts])
      expect(posts).toBeGreaterThan(1)
    }
    const pages = [...page.matchAll(/<th scope="row"><a href="(\/topics\/[^"]+)"/g)].map(([, href]) => href!)
    for (const href of pages) expect([href, (await world.get(href)).status]).toEqual([href, 200])
  })

  test('says differences as their intervals allow', () => {
    const of: [number, number] = [0, 1]
    const told = (low: number, estimate: number, high: number, verdict: 'more' | 'fewer' | 'too close to call') =>
      differenceWords({ of, low, estimate, high, verdict })
    expect(told(0.05, 0.12, 0.19, 'more')).toBe('12 points more (5–19)')
    expect(told(-0.19, -0.12, -0.05, 'fewer')).toBe('12 points fewer (5–19)')
    expect(told(-0.03, 0.03, 0.09, 'too close to call')).toBe('too close to call (−3 to 9 points)')
    const none = { estimate: null, low: null, high: null }
    expect(differenceWords({ of, ...none, verdict: 'too few voices' })).toBe('too few voices to compare')
  })
})
