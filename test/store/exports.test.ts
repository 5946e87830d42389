// Files of more than one page: every post once, voices numbered through all pages, and what a page may not do to others.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ExportedPost, Filter } from '../../answers.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, scoreOf, topic } from './scores.ts'

const filter: Filter = { topic, model, window: day }
const columns = [
  { name: 'sentiment_negative', kind: 'sentiment', target: null, label: 'negative' },
  { name: 'stance_t1_favor', kind: 'stance', target: 't1', label: 'favor' },
] as const
const count = 12_345

let opened: Awaited<ReturnType<typeof openEmbedded>>
beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true })
  const scores = Array.from({ length: count }, (_, nr) =>
    scoreOf(`post ${nr}`, {
      post: { author: `author ${nr % 100}`, at: minute(nr % 1_440) },
      copy: `copy ${nr % 5_000}`,
    }),
  )
  await opened.store.add(addition(scores))
})
afterAll(() => opened.close())

it('comes in pages of bounded length that hold every post once', async () => {
  const pages: ExportedPost[][] = []
  for await (const page of await opened.store.ask.exported(filter, {}, [...columns])) pages.push(page)
  expect(pages.map(({ length }) => length)).toEqual([5_000, 5_000, 2_345])
  const rows = pages.flat()
  expect(new Set(rows.map(({ id }) => id)).size).toBe(count)
  expect(new Set(rows.map(({ author }) => author))).toEqual(new Set(Array.from({ length: 100 }, (_, nr) => nr + 1)))
  // The same voice has the same number on every page; copies are counted across pages.
  const numbers = Map.groupBy(rows, ({ id }) => Number(String(id).slice(5)) % 100)
  for (const own of numbers.values()) expect(new Set(own.map(({ author }) => author)).size).toBe(1)
  expect(rows.find(({ id }) => id === 'post 1')).toMatchObject({
    copies: 3,
    sentiment_negative: 0.2,
    stance_t1_favor: 0.7,
  })
  expect(rows.find(({ id }) => id === 'post 4999')).toMatchObject({ copies: 2 })
})

it('ends where its reader stops', async () => {
  for await (const page of await opened.store.ask.exported(filter, {}, [])) {
    expect(page).toHaveLength(5_000)
    break
  }
  expect((await opened.store.ask.summary(filter)).posts).toBe(count)
})

it('is one file as Parquet', async () => {
  const parts: Uint8Array[] = []
  for await (const part of await opened.store.ask.parquet(filter, { sentiment: 'neutral' }, [...columns]))
    parts.push(part)
  const bytes = Buffer.concat(parts)
  expect([bytes.subarray(0, 4), bytes.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1'])
})

it('takes no name of a column that could leave its quotes', async () => {
  const evil = [{ ...columns[0], name: 'a`, author AS `b' }]
  const read = async () => {
    for await (const _ of await opened.store.ask.exported(filter, {}, evil)) throw new Error('a page came')
  }
  await expect(read()).rejects.toThrow('not the name of a column')
  await expect(opened.store.ask.parquet(filter, {}, evil)).rejects.toThrow('not the name of a column')
})
