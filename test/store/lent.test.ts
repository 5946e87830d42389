// What another thread is told over a port is what the store tells here, embedded or over HTTP; a cut answer is no shorter one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TransientError } from '../../errors.ts'
import { rowsIn } from '../../store/connection.ts'
import { openKeys } from '../../store/keys.ts'
import { borrow } from '../../store/lent.ts'
import { type OpenStore, openStore } from '../../store/store.ts'
import { startFront } from '../doubles/clickhouseFront.ts'
import { addition, day, model, noError, scoreOf, topic } from './scores.ts'

const filter = { topic, model, window: day }

async function compare(place: { path: string } | { url: string }, folder: string): Promise<void> {
  const keys = openKeys(join(folder, 'keys.json'))
  const store: OpenStore = await openStore({ ...place, keys, modelError: noError })
  const embedding = Float32Array.from({ length: 384 }, (_, at) => Math.sin(at) / 14)
  const scores = Array.from({ length: 25 }, (_, nr) =>
    scoreOf(`p${nr}`, {
      post: { author: `a${nr % 7}`, text: `“words” \n ${nr % 10} 🌊` },
      copy: `c${nr % 10}`,
      embedding,
    }),
  )
  await store.add(addition(scores))
  const { lent } = store
  // As a port would: nothing but what can be cloned goes through.
  const ask = borrow({
    question: async (name, args) => structuredClone(await lent.question(name, structuredClone(args))),
    rows: async (query, params) => structuredClone(await lent.rows(query, structuredClone(params))),
  })
  const ids = scores.map(({ mention }) => mention.post.id)
  expect(await ask.sample(filter, 1_000)).toEqual(await store.ask.sample(filter, 1_000))
  expect(await ask.sample(filter, 5)).toEqual(await store.ask.sample(filter, 5))
  expect(await ask.sample({ ...filter, model: 'none@1' }, 5)).toEqual([])
  expect(await ask.live(filter, ids)).toEqual(await store.ask.live(filter, ids))
  for (const name of ['summary', 'audited', 'gaps', 'otherModels', 'coverage'] as const)
    expect(await ask[name](filter), name).toEqual(await store.ask[name](filter))
  await store[Symbol.asyncDispose]()
}

it('of the embedded store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-lent-'))
  await compare({ path: join(folder, 'store') }, folder)
  rmSync(folder, { recursive: true, force: true })
})

it('of a server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-lent-'))
  const front = await startFront({ path: join(folder, 'server') })
  await compare({ url: front.url }, folder)
  await front[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

it('rows that were cut off are an error that passes', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(rowsIn({ bytes: bytes('{"a":1}\n{"a":2}\n'), isWhole: false })).toEqual([{ a: 1 }, { a: 2 }])
  expect(rowsIn({ bytes: bytes('{"data":[{"a":1}]}'), isWhole: true })).toEqual([{ a: 1 }])
  expect(() => rowsIn({ bytes: bytes('{"data":[{"a":1}'), isWhole: true })).toThrow(TransientError)
})
