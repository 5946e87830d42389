// Acceptance: a fifth of the posts is deleted, every quoted one among them. All paragraphs are reissued, and no word or id
// of what was deleted is left in API, page, kept editions, or any byte on disk, compressed parts unpacked.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as toldShapes from '../../dashboards/toldShapes.ts'
import { filesWith } from '../store/bytes.ts'
import { debate, type Invented, ndjson, openWorld, type World } from './world.ts'

const ids = ['buses', 'tides', 'ovens']
/** Nobody else's: digits would be found inside others. */
const letters = (nr: number) => [...String(nr).padStart(4, '0')].map((digit) => 'bdfghklmnp'[Number(digit)]).join('')

function posts(word: string): Invented[] {
  return debate(120, { word }).map((post, nr) => ({
    ...post,
    id: `id:${word}:${letters(nr)}`,
    author: `account-${word}-${nr}`,
    text: String(post.text).replace(/number \d+/, `says ${word}${letters(nr)}${word}`),
  }))
}
const all = ids.flatMap(posts)

let world: World
beforeAll(async () => {
  world = await openWorld({ eraseAfterMs: 100 })
  const topics = ids.map((id) => ({ id, name: `The ${id}`, query: id, targets: [{ id: 'more', text: `more ${id}` }] }))
  for (const topic of topics) await world.write('POST', '/v1/topics', topic)
  await world.write('POST', '/v1/posts', ndjson(all))
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

const told = async (id: string) => toldShapes.Perspective.parse(await world.read(`/v1/topics/${id}/perspective`))
const kept = async (id: string) =>
  toldShapes.Editions.parse(await world.read(`/v1/topics/${id}/perspective/editions?limit=200`)).editions
const isIssued = async (id: string) => (await kept(id))[0]?.manifest.hash === (await told(id)).manifest.hash
const within = { timeout: 60_000, interval: 250 }

/** Everything about the topics that anybody may read. */
async function everything(): Promise<string> {
  const paths = ids.flatMap((id) => [
    ...['perspective', 'perspective/editions?limit=200', 'posts?limit=200'].map((path) => `/v1/topics/${id}/${path}`),
    ...[`/topics/${id}?hours=all`, `/topics/${id}?sort=typical`, `/embed/${id}.html`, `/embed/${id}.json`],
  ])
  const bodies = ['/', ...paths].map(async (path) => (await world.get(path)).text())
  return (await Promise.all(bodies)).join('\n')
}

test('leaves no trace, within a minute', { timeout: 180_000 }, async () => {
  for (const id of ids) await expect.poll(() => isIssued(id), within).toBe(true)
  const quoted = new Set<string>()
  for (const id of ids) {
    const quotes = [...(await told(id)).claims].flatMap((claim) => claim.quotes.map(({ post }) => post))
    expect(quotes.length).toBeGreaterThan(0)
    for (const post of quotes) quoted.add(post)
  }
  const others = all.filter(({ id }, nr) => !quoted.has(id) && nr % 5 === 0)
  const gone = all.filter(
    ({ id }) => quoted.has(id) || others.slice(0, all.length / 5 - quoted.size).some((o) => o.id === id),
  )
  expect(gone).toHaveLength(all.length / 5)
  const words = gone.map(({ text }) => /says (\w+)/.exec(text)![1]!)
  const traces = [...words, ...gone.map(({ id }) => id)]
  const before = await everything()
  expect(traces.filter((trace) => before.includes(trace)).length).toBeGreaterThan(quoted.size)
  // The search finds what is there: the text of a quoted post, in the store and in the log.
  const planted = filesWith(world.folder, gone.find(({ id }) => quoted.has(id))!.text)
  expect(planted.some((path) => path.includes('/store/'))).toBe(true)
  expect(planted.some((path) => /log\.db/.test(path))).toBe(true)

  const start = performance.now()
  await world.write('POST', '/v1/posts', ndjson(gone.map(({ id }) => ({ op: 'delete', id }))))
  await world.settled()
  const after = await everything()
  expect(traces.filter((trace) => after.includes(trace))).toEqual([])
  for (const id of ids) await expect.poll(() => isIssued(id), within).toBe(true)
  await expect.poll(() => filesWith(world.folder, words), within).toEqual([])
  // The log keeps the deletes themselves, which name what they delete, until retention takes them.
  await expect.poll(() => filesWith(join(world.folder, 'store'), traces), within).toEqual([])
  expect(performance.now() - start).toBeLessThan(60_000)

  const last = await everything()
  expect(traces.filter((trace) => last.includes(trace))).toEqual([])
  for (const id of ids) {
    const { refusal, claims } = await told(id)
    expect(refusal).toBeNull()
    const evidence = claims.flatMap((claim) => claim.evidence)
    expect(evidence.filter((post) => gone.some((one) => one.id === post))).toEqual([])
    const [newest, ...earlier] = await kept(id)
    expect(newest!.withdrawn).toBe(0)
    expect(earlier.some(({ withdrawn }) => withdrawn > 0)).toBe(true)
  }
  // What stays can still be found: the search did not go blind.
  const stays = all.find(({ id }) => !gone.some((one) => one.id === id))!
  expect(filesWith(world.folder, stays.text).length).toBeGreaterThan(0)
})
