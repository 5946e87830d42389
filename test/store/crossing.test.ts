// Writers that cross, and keys that rotate: an add and a delete told at the same moment, an account that leaves after its
// author key was replaced, a wish told under an older key, an erasure while posts come in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter } from '../../answers.ts'
import { armCrash, type CrashPoint } from '../../crash.ts'
import { sleep } from '../../retry.ts'
import { openKeys, rotateDays } from '../../store/keys.ts'
import { hideOverlooked } from '../../store/overlooked.ts'
import { openClient } from '../../store/sql.ts'
import { openStore } from '../../store/store.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, model, noError, postOf, scoreOf, seenOf, topic } from './scores.ts'

let opened: Opened & { folder: string }
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 50, inMemory: true })
})
afterAll(() => opened.close())
const filter: Filter = { topic, model, window: day }
const many = Array.from({ length: 40 }, (_, nr) => nr)

it('an add that crosses a delete, an edit or a withdrawal loses', { timeout: 120_000 }, async () => {
  const { store } = opened
  // Side by side the writers queue on one connection in lockstep; started one after the other, a little later each time,
  // the second writer meets the first at every point of its way.
  for (const nr of Array.from({ length: 120 }, (_, at) => at)) {
    const id = `crossed ${nr}`
    const left = { ...addition([]), seen: [seenOf(postOf({ id, op: 'update' }), 2)] }
    const adding = store.add(addition([scoreOf(id, { post: { author: `leaving ${nr}` } })]))
    await sleep((nr / 3) * 0.5, AbortSignal.timeout(1_000))
    if (nr % 3 === 0) await store.add(left)
    if (nr % 3 === 1) await store.forget([{ op: 'withdraw', source: 'file', author: `leaving ${nr}`, at: day.to }])
    if (nr % 3 === 2) await store.forget([{ op: 'delete', source: 'file', id, at: day.to, revision: null }])
    await adding
  }
  expect((await store.ask.posts(filter, { limit: 500 })).posts.map(({ id }) => id)).toEqual([])
})

const gone = (id: string) => ({ op: 'delete' as const, source: 'file', id, at: day.to, revision: null })
const shown = async () => (await opened.store.ask.posts(filter, { limit: 500 })).posts.map(({ id }) => id)
const endAt = (end: CrashPoint) =>
  armCrash((point) => {
    if (point === end) throw new Error(`ended at ${end}`)
  })

/** What is left where an add crosses a delete in another process and is killed: rows that live below a tombstone. */
async function overlooked(ids: string[]) {
  const rows = addition(ids.map((id) => scoreOf(id)))
  await opened.store.add(rows)
  endAt('forget.buried')
  await expect(opened.store.forget(ids.map(gone))).rejects.toThrow('ended at')
  armCrash(null)
  expect((await shown()).toSorted()).toEqual(ids)
  return rows
}

describe('an add that was killed before its second look', { timeout: 60_000 }, () => {
  it('loses when it is told again', async () => {
    const rows = await overlooked(['told 1', 'told 2'])
    expect(await opened.store.add(rows)).toEqual({ added: 0, dropped: { deleted: 2 } })
    expect(await shown()).toEqual([])
  })

  it('loses when the store opens again, and nothing else does', async () => {
    await overlooked(['opened 1', 'opened 2'])
    await opened.store.add(addition([scoreOf('kept', { revision: '5' })]))
    await opened.store.forget([{ ...gone('kept'), revision: '3' }])
    await opened.reopen()
    await expect.poll(shown, { timeout: 20_000 }).toEqual(['kept'])
    await opened.store.forget([gone('kept')])
  })

  it('loses however many tombstones are looked at in one go', async () => {
    await overlooked(['one', 'three', 'two'])
    await using sql = await openClient({ path: `${opened.folder}/store` })
    expect(await hideOverlooked(sql, AbortSignal.timeout(50_000), 3)).toBe(3)
    expect(await shown()).toEqual([])
  })
})

it('a delete is told as done only after the adds that were on their way', { timeout: 60_000 }, async () => {
  const { store } = opened
  const ends: string[] = []
  const many = Array.from({ length: 6_000 }, (_, nr) => scoreOf(`crowd ${nr}`))
  const adding = store.add(addition(many)).then(() => ends.push('add'))
  await store.forget([gone('nobody')]).then(() => ends.push('delete'))
  await adding
  expect(ends).toEqual(['add', 'delete'])
  await store.drop(topic.topic, null)
})

it('a delete looks again where an add failed that was on its way', { timeout: 60_000 }, async () => {
  const { store } = opened
  endAt('store.inserted')
  const failing = expect(store.add(addition([scoreOf('half')]))).rejects.toThrow('ended at')
  // Its own look comes first: the row is not there yet.
  await Promise.all([store.forget([gone('half')]), failing])
  armCrash(null)
  expect(await shown()).toEqual([])
})

it('a withdrawal and a wish find what older keys hashed', { timeout: 60_000 }, async () => {
  let now = Date.parse(day.to)
  await opened.store[Symbol.asyncDispose]()
  const place = { path: `${opened.folder}/store`, modelError: noError, now: () => now }
  const keys = openKeys(`${opened.folder}/keys.json`, () => now)
  const store = await openStore({ ...place, keys })
  const by = (id: string) => addition([scoreOf(id, { post: { author: 'the same' } })])
  await store.add(by('old key'))
  await store.note([{ op: 'display', source: 'file', author: 'the same', quotable: false, at: day.from }])
  now += rotateDays * 86_400_000
  await store.add(by('new key'))
  const { posts } = await store.ask.posts(filter, {})
  expect(posts.map(({ id, quotable }) => [id, quotable]).sort()).toEqual([
    ['new key', false],
    ['old key', false],
  ]) // prettier-ignore
  expect((await store.ask.summary(filter)).authors).toBe(2)
  await store.forget([{ op: 'withdraw', source: 'file', author: 'the same', at: day.to }])
  expect((await store.ask.posts(filter, {})).posts).toEqual([])
  await store[Symbol.asyncDispose]()
  await opened.reopen()
})

it('posts that come in while others are erased all stay', { timeout: 60_000 }, async () => {
  const { store } = opened
  for (const nr of many.slice(0, 20)) {
    await store.add(addition([scoreOf(`goes ${nr}`, { arrival: 100 }), scoreOf(`stays ${nr}`, { arrival: 101 })]))
    await store.forget([{ op: 'delete', source: 'file', id: `goes ${nr}`, at: day.to, revision: null }])
  }
  const { posts } = await store.ask.posts(filter, { limit: 500 })
  expect(posts.map(({ id }) => id).sort()).toEqual(
    many
      .slice(0, 20)
      .map((nr) => `stays ${nr}`)
      .sort(),
  )
})
