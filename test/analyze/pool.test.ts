import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Pool, type PoolOptions } from '../../analyze/pool.ts'
import type { Graph, Task } from '../../analyze/worker.ts'
import { modelFolder } from './model.ts'

const tiny = join(import.meta.dirname, '../fixtures/tiny-classifier')
const graphs = [{ folder: tiny, maxTokens: 64, outputs: ['logits'] }]
const dying = new URL('./dying-worker.ts', import.meta.url)
const taskOf = (text: string): Task => ({ text, post: true, targets: [] })

let folder: string
let notes: { event: string; fields: object }[]
let options: PoolOptions
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pool-'))
  notes = []
  options = { graphs, threads: 2, code: dying, note: (event, fields) => notes.push({ event, fields }) }
})
afterEach(() => rm(folder, { recursive: true }))

test('reads tasks in order', async () => {
  await using pool = await Pool.open({ graphs, threads: 2 })
  const readings = await pool.read(['good', 'bad', 'very good day'].map(taskOf))
  expect(readings.map((reading) => [...reading!.post[0]!])).toEqual([
    [-2, 0, 2],
    [2, 0, -2],
    [-2, -0.5, 2],
  ])
})

test('many loads at once share the workers, each gets its own answer', async () => {
  await using pool = await Pool.open({ graphs, threads: 2 })
  const loads = Array.from({ length: 40 }, (_, n) =>
    Array.from({ length: (n % 3) + 1 }, () => taskOf('good '.repeat(n % 7))),
  )
  const answers = await Promise.all(loads.map((load) => pool.read(load)))
  answers.forEach((answer, n) => {
    expect(answer.map((reading) => reading!.post[0]![2])).toEqual(loads[n]!.map(() => 2 * (n % 7)))
  })
})

describe('a worker that dies', () => {
  test('is replaced, and its work is repeated', async () => {
    await using pool = await Pool.open(options)
    const readings = await pool.read([taskOf('good'), taskOf(`once ${join(folder, 'mark')}`), taskOf('bad')])
    expect(readings.map((reading) => reading?.post[0]?.[2])).toEqual([2, 0, -2])
    expect(notes).toEqual([{ event: 'model worker replaced', fields: { why: 'Error' } }])
  })

  test('takes only the text along that kills', async () => {
    await using pool = await Pool.open(options)
    const readings = await pool.read(['good', 'kill', 'bad'].map(taskOf))
    expect(readings.map((reading) => reading?.post[0]?.[2] ?? null)).toEqual([2, null, -2])
    expect(notes).toHaveLength(2) // with the others, and once more alone; never a third time
    expect(await pool.read([taskOf('good')])).toHaveLength(1)
  })

  test('again and again, while others work: nothing is lost, it ends', async () => {
    await using pool = await Pool.open(options)
    const loads = Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? ['kill', 'good'] : ['bad', 'good']).map(taskOf))
    const answers = await Promise.all(loads.map((load) => pool.read(load)))
    answers.forEach((answer, n) => {
      expect(answer.map((reading) => reading?.post[0]?.[2] ?? null)).toEqual([n % 3 === 0 ? null : -2, 2])
    })
  })

  test('leaves no text in what is noted', async () => {
    await using pool = await Pool.open(options)
    await pool.read([taskOf(`once ${join(folder, 'secret')}`)])
    expect(notes).toHaveLength(1)
    expect(JSON.stringify(notes)).not.toContain('secret')
  })
})

describe('closing', () => {
  test('ends what waits and what runs, with an AbortError', async () => {
    const pool = await Pool.open({ graphs, threads: 1 })
    const reads = Array.from({ length: 5 }, () => pool.read(new Array(500).fill(taskOf('very good day '.repeat(10)))))
    const outcomes = Promise.allSettled(reads)
    await pool[Symbol.asyncDispose]()
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } })
    }
    await expect(pool.read([taskOf('good')])).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('closes twice without harm', async () => {
    const pool = await Pool.open({ graphs, threads: 1 })
    await pool[Symbol.asyncDispose]()
    await pool[Symbol.asyncDispose]()
  })
})

describe('a model that cannot be opened', () => {
  test('no network', async () => {
    const nowhere = [{ folder: join(folder, 'nowhere'), maxTokens: 64, outputs: ['logits'] }]
    await expect(Pool.open({ graphs: nowhere, threads: 2 })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^the model cannot be opened: /),
    })
  })

  test('a network of a layout before ours', async () => {
    const older: Graph[] = [{ ...graphs[0]!, targets: true }]
    await expect(Pool.open({ graphs: older, threads: 1 })).rejects.toThrow(
      /takes no position_ids: its layout is older than undercurrent-minilm@4; leave out model\.folder/,
    )
  })

  test('one that counts positions as ours does, in the place of another', async () => {
    const foreign: Graph[] = [{ folder: modelFolder, maxTokens: 128, outputs: ['sentiment'] }]
    await expect(Pool.open({ graphs: foreign, threads: 1 })).rejects.toThrow(/takes position_ids, which makes differ/)
  })

  test('an output it does not have', async () => {
    const other = [{ ...graphs[0]!, outputs: ['logits', 'stance'] }]
    await expect(Pool.open({ graphs: other, threads: 1 })).rejects.toThrow(
      /the network has no output stance \(it has logits\)/,
    )
  })
})

test('a text that the network refuses is null; what was read with it and the worker live', async () => {
  // More tokens than the network has positions.
  const own: Graph[] = [{ folder: modelFolder, maxTokens: 512, outputs: ['sentiment'], targets: true }]
  await using pool = await Pool.open({ ...options, graphs: own, code: undefined })
  const tasks = ['good', 'bad '.repeat(400), 'bad'].map((text) => ({ text, post: true, targets: ['it'] }))
  const readings = await pool.read(tasks)
  expect(readings.map((reading) => reading && [reading.post.length, reading.stance.length])).toEqual([
    [1, 1],
    null,
    [1, 1],
  ])
  expect(notes).toEqual([])
})
