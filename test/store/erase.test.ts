// Erased text must leave the disk, not only the answers: searched for in every file, unpacked.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Opened } from '../contract/store.ts'
import { filesWith } from './bytes.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, model, postOf, scoreOf, seenOf, topic } from './scores.ts'

let opened: Opened & { folder: string }
beforeAll(async () => {
  opened = await openEmbedded({ eraseAfterMs: 100 })
})
afterAll(() => opened.close())

const filter = { topic, model, window: day }
const crowd = (name: string, count: number) =>
  Array.from({ length: count }, (_, nr) => scoreOf(`${name} ${nr}`, { arrival: nr + 1 }))
const soon = { timeout: 60_000, interval: 500 }

it('finds text that is there, in blocks of either method', async () => {
  await opened.store.add(addition(crowd('control', 300)))
  expect(filesWith(opened.folder, 'invented text of control 299').length).toBeGreaterThan(0)
})

it('a deleted text leaves the disk within a minute, and its neighbours stay', { timeout: 90_000 }, async () => {
  const text = 'the quokka confided something it now regrets'
  const { store, folder } = opened
  await store.add(
    addition([...crowd('near', 200), scoreOf('quokka', { arrival: 900, post: { text, author: 'quokka author' } })]),
  )
  await store.add(addition([scoreOf('quokka', { arrival: 901, model: 'other@1', post: { text } })]))
  expect(filesWith(folder, text).length).toBeGreaterThan(0)
  const before = (await store.ask.summary(filter)).posts
  await store.forget([{ op: 'delete', source: 'file', id: 'quokka', at: day.from, revision: null }])
  expect((await store.ask.summary(filter)).posts).toBe(before - 1)
  await expect.poll(() => filesWith(folder, text), soon).toEqual([])
  expect(filesWith(folder, 'quokka author')).toEqual([])
  expect((await store.ask.summary(filter)).posts).toBe(before - 1)
})

it('so does the text of a withdrawn account, and of a version that left its topic', { timeout: 90_000 }, async () => {
  const { store, folder } = opened
  const by = (id: string) => scoreOf(id, { post: { text: `numbat words ${id}`, author: 'numbat' } })
  const left = scoreOf('left', { arrival: 3, post: { text: 'bilby words before the edit' } })
  await store.add(addition([by('n1'), by('n2'), left]))
  await store.forget([{ op: 'withdraw', source: 'file', author: 'numbat', at: day.from }])
  await store.add({ ...addition([]), seen: [seenOf(postOf({ id: 'left', op: 'update' }), 4)] })
  await expect.poll(() => filesWith(folder, 'numbat words'), soon).toEqual([])
  await expect.poll(() => filesWith(folder, 'bilby words'), soon).toEqual([])
})

it('an erasure that was cut short goes on at the next start', { timeout: 90_000 }, async () => {
  const { folder } = opened
  const text = 'the potoroo was asleep when the power failed'
  await opened.store.add(addition([scoreOf('potoroo', { arrival: 5, post: { text } })]))
  // Closed before the sweep is due: what it would have erased is only known from the table.
  await opened.store.forget([{ op: 'delete', source: 'file', id: 'potoroo', at: day.from, revision: null }])
  const store = await opened.reopen()
  expect(await store.ask.post('potoroo')).toBe('gone')
  await expect.poll(() => filesWith(folder, text), soon).toEqual([])
})

it('keeps no id, author or text of anyone in tombstones, accounts or counts', async () => {
  const { store, folder } = opened
  await store.note([{ op: 'counts', source: 'file', id: 'wombat-id', likes: 1, reposts: 1, at: day.from }])
  await store.note([{ op: 'display', source: 'file', author: 'wombat-author', quotable: false, at: day.from }])
  await store.forget([{ op: 'delete', source: 'file', id: 'wombat-id', at: day.from, revision: null }])
  await store.forget([{ op: 'withdraw', source: 'file', author: 'wombat-author', at: day.from }])
  expect(filesWith(folder, 'wombat')).toEqual([])
})
