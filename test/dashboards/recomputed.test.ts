// Twenty views drawn by chance: every share on the page, its interval and its counts, against a script that has nothing but
// the exported file of that view. The other way of counting, each text once, rests on near-copies, which a file does not
// tell; test/perspectives/shares.test.ts holds that one.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Estimate, Summary } from '../../answers.ts'
import { labels } from '../doubles/model.ts'
import { seeded } from '../store/scores.ts'
import { type Row, recomputed } from './recompute.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const end = Date.parse('2026-03-04T12:00:00Z')
const hourMs = 3_600_000
let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  const written = (source: string, from: number) =>
    debate(260, { end: end - from * hourMs }).map((post, at) => ({
      ...{ ...post, id: `${source}-${post.id}`, author: `${source}-${Math.floor(at ** 0.75)}` },
      ...{ lang: at % 5 ? 'en' : 'de', likes: (at * 7) % 90, reposts: at % 3 },
    }))
  for (const [source, from] of [
    ['import', 0],
    ['file', 3],
  ] as const)
    await world.write('POST', `/v1/posts?source=${source}`, ndjson(written(source, from)))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const random = seeded(41)
const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
const views = Array.from({ length: 20 }, (_, nr) => {
  const hours = 2 + Math.floor(random() * 22)
  const to = end - Math.floor(random() * 6) * hourMs + 1
  const words: Record<string, string> = {
    from: new Date(to - hours * hourMs).toISOString(),
    to: new Date(to).toISOString(),
  }
  const view = pick(['post', 'author', 'engagement'] as const)
  if (random() < 0.4) words.source = pick(['import', 'file'])
  if (random() < 0.4) words.lang = pick(['en', 'de'])
  return { nr, view, words: String(new URLSearchParams({ ...words, view })) }
})

/** As a page writes it. */
const written = ({ estimate, low, high }: Estimate) =>
  estimate === null
    ? 'too few voices'
    : `${Math.round(estimate * 100)}% (${Math.round(low! * 100)}–${Math.round(high! * 100)}%)`

const measures = (told: Summary): [column: string, share: Estimate, error: number][] => {
  const { modelError } = labels
  const rows = (kind: 'sentiment' | 'emotion', of: Record<string, Estimate>) =>
    Object.entries(of).map(([label, share]): [string, Estimate, number] => [
      `${kind}_${label}`,
      share,
      modelError[kind].share[label] ?? 0,
    ])
  const stances = Object.entries(told.stance).flatMap(([target, of]) =>
    Object.entries(of).map(([label, share]): [string, Estimate, number] => [
      `stance_${target}_${label}`,
      share,
      modelError.stance.share[label] ?? 0,
    ]),
  )
  return [...rows('sentiment', told.sentiment), ...rows('emotion', told.emotion), ...stances]
}

test.each(views)('view $nr: $words', async ({ view, words }) => {
  const told = await world.read<Summary>(`/v1/topics/talks/summary?${words}`)
  const file = await (await world.get(`/v1/topics/talks/export?format=ndjson&${words}`)).text()
  const posts = file
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as Record<string, number | string | null>] : []))
  expect(posts).toHaveLength(told.posts)
  expect(new Set(posts.map(({ author }) => author)).size).toBe(told.authors)
  const page = await (await world.get(`/topics/talks?${words}`)).text()
  const shown = page.slice(page.indexOf('<section id="shares"'), page.indexOf('<section id="time"'))
  let compared = 0
  for (const [column, share, modelError] of measures(told)) {
    const rows = posts.flatMap((post): Row[] => {
      const engaged = 1 + Math.log(1 + Number(post.likes) + Number(post.reposts))
      return post[column] == null
        ? []
        : [{ author: post.author, y: Number(post[column]), w: view === 'engagement' ? engaged : 1 }]
    })
    const found = recomputed(rows, { view, modelError })
    for (const part of ['estimate', 'low', 'high'] as const)
      if (found[part] === null) expect(share[part], column).toBeNull()
      else expect(share[part], `${column} ${part}`).toBeCloseTo(found[part]!, 4)
    expect(shown, column).toContain(written(share))
    compared++
  }
  expect(compared).toBeGreaterThan(told.scored ? 6 : -1)
  expect(page).toContain(`<strong>${told.posts.toLocaleString('en-US')} post`)
})

test('the views differ, and some rest on too few voices', async () => {
  const told = await Promise.all(views.map(({ words }) => world.read<Summary>(`/v1/topics/talks/summary?${words}`)))
  expect(new Set(told.map((one) => JSON.stringify(one.sentiment))).size).toBeGreaterThan(15)
  expect(new Set(views.map(({ view }) => view)).size).toBe(3)
})
