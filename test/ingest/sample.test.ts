// The bundled sample as a source: the contract, its times, its counts, and that it can be taken away again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CorruptionError } from '../../errors.ts'
import { sampleAuthors, sampleSource } from '../../ingest/sample.ts'
import type { Change } from '../../types.ts'
import { createFold } from '../contract/fold.ts'
import { sourceContract } from '../contract/source.ts'

const now = Date.parse('2026-11-22T13:00:00.000Z')
let dir: string

const uri = (author: string, id: string) => `at://did:web:${author}.sample.invalid/app.bsky.feed.post/${id}`

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sample-'))
})
afterEach(() => rm(dir, { recursive: true }))

const write = (file: string, lines: object[]) =>
  writeFile(join(dir, file), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)

async function small(): Promise<void> {
  await write('b.ndjson', [
    { minute: 10, author: 'lena', id: 'b1', text: 'the boats stay in', lang: 'en', likes: 4, reposts: 1 },
    { minute: 2159, author: 'omar', id: 'b2', text: 'they sail at last', lang: 'en' },
  ])
  await write('a.ndjson', [
    { minute: 0, author: 'lena', id: 'a1', text: 'fog again', lang: 'en' },
    { minute: 10, author: 'omar', id: 'a2', text: 'no boats', replyTo: 'a1' },
    { minute: 20, op: 'delete', author: 'lena', id: 'a1' },
    { minute: 30, op: 'update', author: 'omar', id: 'a2', text: 'no boats today' },
    { minute: 40, author: 'iris', id: 'a3', text: 'leaving' },
    { minute: 50, op: 'withdraw', author: 'iris' },
  ])
}

async function changesOf(source = sampleSource({ dir, now: () => now }), cursor: string | null = null) {
  const changes: Change[] = []
  let last = cursor
  for await (const batch of source.read(cursor, new AbortController().signal)) {
    changes.push(...batch.changes)
    last = batch.cursor
  }
  return { changes, cursor: last, status: source.status() }
}

describe('what a line becomes', () => {
  test('files are one story by minute; the last minute is the first start', async () => {
    await small()
    const { changes, status } = await changesOf()
    const told = changes.map((change) => [change.op, 'id' in change ? change.id : 'author' in change && change.author])
    expect(told).toEqual([
      ['create', uri('lena', 'a1')],
      ['create', uri('omar', 'a2')],
      ['create', uri('lena', 'b1')],
      ['counts', uri('lena', 'b1')],
      ['delete', uri('lena', 'a1')],
      ['update', uri('omar', 'a2')],
      ['create', uri('iris', 'a3')],
      ['withdraw', 'did:web:iris.sample.invalid'],
      ['create', uri('omar', 'b2')],
    ])
    expect(changes.at(-1)).toMatchObject({
      at: '2026-11-22T13:00:00.000Z',
      source: 'sample',
      lang: 'en',
      quotable: true,
    })
    expect(changes[0]).toMatchObject({ at: '2026-11-21T01:01:00.000Z' })
    expect(changes[1]).toMatchObject({ replyTo: uri('lena', 'a1') })
    expect(status).toMatchObject({ name: 'sample', state: 'finished', received: 9, drops: {} })
  })

  test('the truth afterwards', async () => {
    await small()
    const fold = createFold()
    fold.apply((await changesOf()).changes)
    expect(Object.fromEntries(fold.live())).toEqual({
      [uri('omar', 'a2')]: 'no boats today',
      [uri('lena', 'b1')]: 'the boats stay in',
      [uri('omar', 'b2')]: 'they sail at last',
    })
    expect(fold.counts.get(uri('lena', 'b1'))).toBe('4 1')
  })

  test('a line that Jetstream could not have sent is dropped and counted', async () => {
    await write('a.ndjson', [
      { minute: 0, author: 'lena', id: 'no/slash', text: 'x' },
      { minute: 1, author: 'lena', id: 'a1', text: 'y' },
    ])
    const { changes, status } = await changesOf()
    expect(changes).toHaveLength(1)
    expect(status.drops).toEqual({ bad_id: 1 })
  })
})

describe('restarts', () => {
  test('a restart neither moves nor repeats it', async () => {
    await small()
    const { cursor } = await changesOf()
    const later = await changesOf(sampleSource({ dir, now: () => now + 86_400_000 }), cursor)
    expect(later.changes).toEqual([])
    expect(later.status.state).toBe('finished')
  })

  test('a start cut short goes on with the times of the first start', async () => {
    const lines = Array.from({ length: 700 }, (_, at) => ({
      minute: at,
      author: 'lena',
      id: `p${at}`,
      text: `boat ${at}`,
    }))
    await write('a.ndjson', lines)
    const first = sampleSource({ dir, now: () => now }).read(null, new AbortController().signal)
    const { value } = await first[Symbol.asyncIterator]().next()
    const rest = await changesOf(sampleSource({ dir, now: () => now + 86_400_000 }), value!.cursor)
    expect(value!.changes.length + rest.changes.length).toBe(700)
    expect(rest.changes.at(-1)).toMatchObject({ at: '2026-11-22T13:00:00.000Z' })
  })

  test('a cursor that is not ours crashes', () => {
    expect(() => sampleSource({ dir }).read('{}', new AbortController().signal)).toThrow(CorruptionError)
  })
})

test('withdrawing its authors removes the sample', async () => {
  await small()
  const fold = createFold()
  fold.apply((await changesOf()).changes)
  const authors = await sampleAuthors(dir)
  expect(authors.sort()).toEqual(['iris', 'lena', 'omar'].map((name) => `did:web:${name}.sample.invalid`))
  const at = new Date(now + 1000).toISOString()
  fold.apply(authors.map((author) => ({ op: 'withdraw', source: 'sample', author, at })))
  expect(fold.live().size).toBe(0)
})

test('every line of the real sample is usable', async () => {
  const { changes, status } = await changesOf(sampleSource({ now: () => now }))
  expect(status.drops).toEqual({})
  expect(status.state).toBe('finished')
  expect(changes.length).toBeGreaterThan(1_000)
  const creates = changes.filter(({ op }) => op === 'create').map((change) => (change as { id: string }).id)
  expect(new Set(creates).size).toBe(creates.length)
})

sourceContract(
  'sample',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sample-'))
    const lines: object[] = []
    for (let minute = 0; minute < 2160; minute++) {
      const author = `author-${minute % 7}`
      lines.push({ minute, author, id: `p${minute}`, text: `boat ${minute}` })
      if (minute % 10 === 9)
        lines.push({ minute, author: `author-${(minute - 9) % 7}`, id: `p${minute - 9}`, op: 'delete' })
    }
    lines.push({ minute: 2159, author: 'author-3', op: 'withdraw' })
    const text = (some: object[]) => some.map((line) => JSON.stringify(line)).join('\n')
    await writeFile(join(folder, 'a.ndjson'), text(lines.filter((_, at) => at % 2)))
    await writeFile(join(folder, 'b.ndjson'), text(lines.filter((_, at) => at % 2 === 0)))
    const make = () => sampleSource({ dir: folder, now: () => now })
    const gone = new Set(lines.flatMap((line) => ('op' in line && 'id' in line ? [line.id] : [])))
    const truth = new Map<string, string>()
    for (const { id, author, text } of lines as { id: string; author: string; text?: string }[])
      if (text && !gone.has(id) && author !== 'author-3') truth.set(uri(author, id), text)
    return { source: make, truth: () => truth, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
  },
  {
    spoil: '(skipped: the files are ours; a bad line is tested above)',
    flood: '(skipped: it is pulled, it cannot push)',
  },
)
