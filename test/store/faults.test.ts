// The store on a server that fails: answers that are none, silences, cut connections, halves. What is written is there
// once, whatever was repeated; what is asked fails as something that passes, and passes.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../answers.ts'
import { TransientError } from '../../errors.ts'
import { sleep } from '../../retry.ts'
import { fresh, many } from '../contract/storeQuestions.ts'
import { type FaultKind, faultKinds } from '../doubles/clickhouseFaults.ts'
import { laterMs } from '../doubles/clickhouseFront.ts'
import { bravely, type Faulty, openFaulty } from './faulty.ts'
import { answers, expected, historyOf, tell, worldOf } from './histories.ts'
import { Oracle } from './oracle.ts'
import { day, minute } from './scores.ts'

let faulty: Faulty
let store: Store
beforeAll(async () => {
  faulty = await openFaulty()
  store = faulty.store
})
afterEach(async () => {
  await faulty.front.faults({})
})
afterAll(() => faulty[Symbol.asyncDispose]())

const firedSince = async (before: Partial<Record<FaultKind, number>>) => {
  const { fired } = await faulty.front.counts()
  return Object.fromEntries(faultKinds.map((kind) => [kind, (fired[kind] ?? 0) - (before[kind] ?? 0)]))
}

describe('one fault', () => {
  const cutting = faultKinds.filter((kind) => !['half', 'stalled', 'failedMidway'].includes(kind))

  it.each(cutting)('%s: a write is told to come again, and is there once', async (kind) => {
    const { score, filter, add } = fresh()
    const slice = add(many(3).map((nr) => score(`p${nr}`, { arrival: nr + 1 })))
    await faulty.front.faults({ next: [kind], match: '^INSERT INTO undercurrent.mentions' })
    await expect(store.add(slice)).rejects.toBeInstanceOf(TransientError)
    await store.add(slice)
    expect((await store.ask.summary(filter)).posts).toBe(3)
  })

  it('a write that is carried out after another process told of the delete brings nothing back', async () => {
    const { source, score, filter, add } = fresh()
    const slice = add([score('gone', { arrival: 1 }), score('stays', { arrival: 2 })])
    await using other = await faulty.open()
    await faulty.front.faults({ next: ['hungLater'], match: '^INSERT INTO undercurrent.mentions' })
    await expect(store.add(slice)).rejects.toBeInstanceOf(TransientError)
    await other.forget([{ op: 'delete', source, id: 'gone', at: minute(1), revision: null }])
    // Refused now, and its row is not there yet.
    await store.add(slice)
    await sleep(3 * laterMs, new AbortController().signal)
    expect((await store.ask.posts(filter, {})).posts.map(({ id }) => id)).toEqual(['stays'])
  })

  it.each(faultKinds)('%s: a question, a file and a statement fail as what passes, and pass', async (kind) => {
    const { score, filter, add } = fresh()
    await store.add(add(many(30).map((nr) => score(`p${nr}`, { arrival: nr + 1 }))))
    const statement = `SELECT id FROM posts WHERE topic = '${filter.topic.topic}'`
    const file = async () => {
      const parts: Uint8Array[] = []
      for await (const part of await store.ask.parquet(filter, {}, [])) parts.push(part)
      return Buffer.concat(parts).toString('latin1').slice(-4)
    }
    const asks = [() => store.ask.posts(filter, {}), file, () => store.ask.sql(statement)]
    for (const [nr, ask] of asks.entries()) {
      await faulty.front.faults({ next: [kind], match: ['FORMAT JSON$', 'FORMAT Parquet', 'FORMAT JSONCompact'][nr]! })
      const error = await ask().then(
        () => null,
        (error: unknown) => error,
      )
      expect(error, `${nr}`).toBeInstanceOf(TransientError)
      await expect(ask()).resolves.toBeDefined()
    }
    expect(await file()).toBe('PAR1')
  })
})

describe('hundreds of faults', () => {
  it('histories are told as the oracle tells them', { timeout: 120_000 }, async () => {
    const before = (await faulty.front.counts()).fired
    await faulty.front.faults({ share: 0.1, seed: 7 })
    const seeds = many(24).map((nr) => 5_000 + nr)
    const worlds = seeds.map(worldOf)
    for (let start = 0; start < worlds.length; start += 6)
      await Promise.all(worlds.slice(start, start + 6).map((world) => tellBravely(world)))
    await faulty.front.faults({})
    const fired = await firedSince(before)
    for (const seed of seeds) {
      const world = worldOf(seed)
      const oracle = new Oracle()
      for (const step of historyOf(world)) await tell(oracle, step)
      expect(await answers(store, world), `seed ${seed}`).toEqual(expected(oracle, world))
    }
    console.log(`faults that fired: ${JSON.stringify(fired)}`)
    for (const [kind, count] of Object.entries(fired)) expect(count, kind).toBeGreaterThan(0)
    expect(Object.values(fired).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(100)
  })

  it('whatever the analyzer writes is there as without a fault', { timeout: 120_000 }, async () => {
    const before = (await faulty.front.counts()).fired
    const usual = await lived((work) => work())
    expect(await lived((work) => work())).toEqual(usual)
    // A drop that is carried out after the topic was filled again takes the new rows along (docs/store.md).
    const kinds = faultKinds.filter((kind) => kind !== 'hungLater')
    await faulty.front.faults({ share: 0.08, seed: 11, kinds })
    const lives = await Promise.all(many(10).map(() => lived(bravely)))
    await faulty.front.faults({})
    for (const life of lives) expect(life).toEqual(usual)
    const fired = await firedSince(before)
    console.log(`faults that fired: ${JSON.stringify(fired)}`)
    expect(Object.values(fired).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50)
  })
})

async function tellBravely(world: ReturnType<typeof worldOf>): Promise<void> {
  for (const step of historyOf(world)) await bravely(() => tell(store, step))
}

/** Every kind of write on posts and topics of its own, each told by `way`, and the answers after it, without their names. */
async function lived(way: typeof bravely): Promise<unknown> {
  const { topic, source, score, filter, add } = fresh()
  const other = { topic: `${topic.topic} too`, version: 1 }
  const id = (nr: number) => `${source} p${nr}`
  const one = (nr: number, more = {}) =>
    score(id(nr), { arrival: nr + 1, post: { at: minute(nr), author: nr > 9 ? 'mallow' : `a${nr}`, ...more } })
  const slice = add(
    many(12).flatMap((nr) => [one(nr), { ...one(nr), mention: { ...one(nr).mention, topic: other.topic } }]),
    { scope: [topic, other] },
  )
  await way(() => store.add(slice))
  const edit = score(id(1), { arrival: 40, post: { op: 'update', text: 'other words', at: minute(1), author: 'a1' } })
  await way(() => store.add(add([edit])))
  await way(() => store.note(notesOn({ source, topic: topic.topic, id })))
  await way(() => store.addArticles(articlesOn([topic, other])))
  const gone = { op: 'delete', source, id: id(6), at: minute(50), revision: null } as const
  await way(() => store.forget([gone, { op: 'withdraw', source, author: 'mallow', at: minute(51) }]))
  await way(() => store.drop(other.topic, null))
  const again = { ...one(2), mention: { ...one(2).mention, topic: other.topic } }
  await way(() => store.add(add([again], { scope: [other] })))
  const told = await bravely(() => answersAbout(filter, other, id))
  return JSON.parse(JSON.stringify(told).replaceAll(topic.topic, 'topic').replaceAll(source, 'source'))
}

interface Named {
  source: string
  topic: string
  id(nr: number): string
}

const notesOn = ({ source, topic, id }: Named): Parameters<Store['note']>[0] => [
  { op: 'counts', source, id: id(3), likes: 7, reposts: 8, at: minute(30) },
  { op: 'gap', source, from: minute(100), to: minute(110), reason: 'fault' },
  { op: 'display', source, author: 'a5', quotable: false, at: minute(31) },
  {
    ...({ op: 'label', source, id: id(4), topic, target: null, measure: 'sentiment', values: ['positive'] } as const),
    ...({ labeller: 'ann', sample: 'audit', probability: 0.5, at: minute(32) } as const),
  },
]

function articlesOn(topics: { topic: string; version: number }[]): Parameters<Store['addArticles']>[0] {
  const article = { op: 'article', source: 'feeds', site: 'news.example', summary: '', at: minute(10) } as const
  const address = `https://news.example/${topics[0]!.topic}/`
  return many(3).map((nr) => ({
    article: { ...article, id: `${address}${nr % 2}`, headline: `about ${nr}` },
    ...{ arrival: nr + 1, receivedAt: minute(11), topics },
  }))
}

async function answersAbout(filter: ReturnType<typeof fresh>['filter'], other: typeof filter.topic, id: Named['id']) {
  const { ask } = store
  const { posts } = await ask.posts(filter, { limit: 100 })
  return {
    posts: posts.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    summary: await ask.summary(filter),
    other: (await ask.posts({ ...filter, topic: other }, {})).posts,
    gone: await ask.post(id(6)),
    gaps: (await ask.gaps(filter)).filter(({ source }) => id(0).startsWith(`${source} `)),
    articles: (await ask.articles({ topic: filter.topic, window: day })).newest.map(({ headline }) => headline).sort(),
    judged: (await ask.judged(filter, { measure: 'sentiment', target: null })).map(({ said }) => said),
  }
}
