// The import: real files in a real folder. NDJSON and CSV, plain and packed, cut, broken, resumed, grown.
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import { type FileReport, type FileSourceOptions, fileSource } from '../../ingest/file.ts'
import { standardInput } from '../../ingest/input.ts'
import type { Batch, Change, PostChange } from '../../types.ts'
import { sourceContract } from '../contract/source.ts'
import { seeded } from '../doubles/posts.ts'

const never = new AbortController().signal
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'undercurrent-import-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}

interface Run {
  batches: Batch[]
  changes: Change[]
  cursor: string | null
  report: FileReport
}
async function run(path: string, options: Partial<FileSourceOptions> = {}, cursor: string | null = null): Promise<Run> {
  const source = fileSource({ path, maxErrors: 1_000, ...options })
  const batches: Batch[] = []
  for await (const batch of source.read(cursor, never)) batches.push(batch)
  const last = batches.at(-1)?.cursor ?? null
  return { batches, changes: batches.flatMap(({ changes }) => changes), cursor: last, report: source.report() }
}
const ids = ({ changes }: Run) => changes.map((change) => ('id' in change ? change.id : change.op))
const line = (id: number | string, more: object = {}) =>
  `${JSON.stringify({ id: String(id), text: `words of ${id}`, ...more })}\n`
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => line(from + n)).join('')
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n))

describe('NDJSON', () => {
  test('every operation, in order, with the default source; blank lines, CRLF and a byte order mark do not matter', async () => {
    const more = [
      '{"op":"delete","id":"2"}',
      '',
      '{"op":"withdraw","author":"ann"}',
      '  ',
      '{"op":"restore","author":"ann"}',
    ]
    const path = await write(
      'a.ndjson',
      `\ufeff${line(1).trim()}\r\n${line(2, { source: 'forum' })}${more.join('\r\n')}`,
    )
    const found = await run(path)
    expect(ids(found)).toEqual(['1', '2', '2', 'withdraw', 'restore'])
    expect(found.changes[0]).toMatchObject({ source: 'import', text: 'words of 1' })
    expect(found.changes[1]).toMatchObject({ source: 'forum' })
    expect(found.report).toMatchObject({ accepted: 5, rejected: 0, percent: 100, lines: 7 })
    expect(found.batches[0]!.source).toBe('file:a.ndjson')
  })
  test('each line that is refused is named and counted, and nothing of it is told', async () => {
    const path = await write('a.ndjson', `${line(1)}{"id":5,"text":"x"}\nkingfisher\n${line(4)}${'[]\n'.repeat(50)}`)
    const source = fileSource({ path })
    for await (const _ of source.read(null, never));
    const { errors, rejected, accepted } = source.report()
    expect({ rejected, accepted, kept: errors.length }).toEqual({ rejected: 52, accepted: 2, kept: 20 })
    expect(errors.slice(0, 3).map((error) => [error.line, error.reason])).toEqual([
      [2, 'bad_id'],
      [3, 'malformed'],
      [5, 'malformed'],
    ])
    expect(JSON.stringify(errors)).not.toContain('kingfisher')
    expect(source.status()).toMatchObject({ state: 'finished', received: 2, drops: { bad_id: 1, malformed: 51 } })
  })
  test('a line without end costs no memory and one drop; the next line is read', async () => {
    const path = await write('a.ndjson', `${line(1)}${'x'.repeat(9_000_000)}\n${line(3)}`)
    const found = await run(path)
    expect(ids(found)).toEqual(['1', '3'])
    expect(found.report.errors).toMatchObject([{ line: 2, reason: 'malformed' }])
  })
  test('a packed file reads like a plain one; one that is cut says so after what was there', async () => {
    const packed = gzipSync(lines(0, 2_000))
    const whole = await run(await write('a.ndjson.gz', packed))
    expect(ids(whole)).toEqual(range(0, 2_000))
    expect(whole.report.percent).toBe(100)
    await expect(run(await write('b.ndjson.gz', packed.subarray(0, packed.length / 2)))).rejects.toThrow(UserError)
    await expect(run(await write('c.ndjson.gz', lines(0, 5)))).rejects.toThrow(UserError)
  })
  test('progress goes up to 100 percent, after each batch was taken', async () => {
    const path = await write('a.ndjson', lines(0, 5_000))
    const seen: number[] = []
    const found = await run(path, { onProgress: ({ percent }) => seen.push(percent!) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(100)
    expect(seen.length).toBeGreaterThan(5)
    expect(Math.max(...found.batches.map(({ changes }) => changes.length))).toBeLessThanOrEqual(500)
  })
  test('a file that is not there, or is a folder, says what to do', async () => {
    await expect(run(join(dir, 'none.ndjson'))).rejects.toThrow(UserError)
    await expect(run(dir)).rejects.toThrow(UserError)
  })
})

describe('resuming', () => {
  test('from every batch on, exactly the rest comes', async () => {
    for (const name of ['a.ndjson', 'a.ndjson.gz', 'a.csv']) {
      const rows = range(0, 3_000).map((id) => `${id},"two\nlines, ${id}"\r\n`)
      const text = name.endsWith('csv') ? `id,text\r\n${rows.join('')}` : lines(0, 3_000)
      const path = await write(name, name.endsWith('gz') ? gzipSync(text) : text)
      const { batches, changes } = await run(path)
      expect(changes).toHaveLength(3_000)
      let before = 0
      for (const batch of batches) {
        before += batch.changes.length
        expect(ids(await run(path, {}, batch.cursor))).toEqual(range(before, 3_000))
      }
    }
  })
  test('the same file again: nothing; with restart, or with other columns: everything', async () => {
    const path = await write('a.csv', 'id,text,Tweet\n1,one,uno\n2,two,dos\n')
    const { cursor } = await run(path)
    const again = await run(path, {}, cursor)
    expect(again.batches).toEqual([])
    expect(again.report).toMatchObject({ resumedAt: 3, lines: 3, percent: 100, accepted: 0 })
    expect(ids(await run(path, { restart: true }, cursor))).toEqual(['1', '2'])
    const mapped = await run(path, { map: { text: 'Tweet' } }, cursor)
    expect(mapped.changes.map((change) => (change as PostChange).text)).toEqual(['uno', 'dos'])
  })
  test('a file that grew: what is new, also where the last line was cut in the middle', async () => {
    const path = await write('a.ndjson', `${lines(0, 700)}{"id":"700","te`)
    const first = await run(path)
    expect(ids(first)).toEqual(range(0, 700))
    expect(first.report.errors).toMatchObject([{ line: 701, reason: 'malformed' }])
    await appendFile(path, `xt":"later"}\n${line(701)}`)
    const second = await run(path, {}, first.cursor)
    expect(ids(second)).toEqual(['700', '701'])
    expect(second.report.resumedAt).toBe(700)
  })
  test('a CSV file that grew in the middle of a row starts anew', async () => {
    const path = await write('a.csv', 'id,text\n1,one\n2,tw')
    const { cursor } = await run(path)
    await appendFile(path, 'o\n3,three\n')
    expect(ids(await run(path, {}, cursor))).toEqual(['1', '2', '3'])
  })
  test('another file under the same name starts anew', async () => {
    const path = await write('a.ndjson', lines(0, 600))
    const { cursor } = await run(path)
    await writeFile(path, lines(5, 700))
    expect(ids(await run(path, {}, cursor))).toEqual(range(5, 700))
    await writeFile(path, lines(0, 600))
    await utimes(path, 1, 1)
    expect((await run(path, {}, cursor)).changes).toHaveLength(600)
  })
})

describe('CSV', () => {
  test('columns by name in any case, quotes, newlines in cells, counts, empty cells; unknown columns are left out', async () => {
    const header = '\ufeffID, Text ,Author,At,LIKES,replyto,extra\r\n'
    const rows = ['7,"says ""hi"",\r\nand more",ann,2026-01-01 10:00:00+00:00,12.0,,x\r\n', '8,,,,,,\r\n']
    const found = await run(await write('a.csv', header + rows.join('')))
    expect(found.report.errors).toEqual([])
    expect(found.changes[0]).toMatchObject({
      ...{ id: '7', text: 'says "hi",\r\nand more', author: 'ann' },
      ...{ at: '2026-01-01T10:00:00.000Z', likes: 12, replyTo: null },
    })
    expect(found.changes[1]).toMatchObject({ id: '8', text: '', author: null, likes: null })
  })
  test.each([';', '\t', '|'])('the separator %j is found', async (separator) => {
    const text = [
      ['id', 'text'],
      ['1', 'a, b, c'],
    ]
      .map((row) => `${row.join(separator)}\n`)
      .join('')
    expect((await run(await write('a.tsv', text))).changes).toMatchObject([{ id: '1', text: 'a, b, c' }])
  })
  test('a mapping names columns; rows without an id column are numbered', async () => {
    const path = await write('t.csv', 'Tweet,Likes\n"1",5\nx,many\nz,0\n')
    const found = await run(path, { map: { Text: 'tweet' } })
    expect(found.changes).toMatchObject([{ id: 't.csv:1', text: '1', likes: 5 }, { id: 't.csv:3' }])
    expect(found.report.errors).toMatchObject([{ line: 3, reason: 'bad_field' }])
  })
  test.each<[string, string, Record<string, string>, RegExp]>([
    ['no text column', 'Tweet,id\n', {}, /no column "text"/],
    ['a mapping to a column that is not there', 'text,id\n', { author: 'who' }, /no column "who"/],
    ['a mapping of a field that no change has', 'text,id\n', { body: 'text' }, /"body"/],
  ])('%s: says what to do', async (_, text, map, message) => {
    await expect(run(await write('a.csv', text), { map })).rejects.toThrow(message)
  })
  test('a row with too few or too many fields, and a last one that is cut, are named by line', async () => {
    const found = await run(await write('a.csv', 'id,text\n1,"a\nb"\n2\n3,c,d\n5" tall,e\n6,"cut'))
    expect(ids(found)).toEqual(['1', '5" tall'])
    expect(found.report.errors.map((error) => [error.line, error.reason])).toEqual([
      [4, 'malformed'],
      [5, 'malformed'],
      [7, 'malformed'],
    ])
  })
  test('a quote that never closes is an error for a person, with the line, after what was before it', async () => {
    const path = await write('a.csv', `id,text\n${'1,fine\n'.repeat(3_000)}2,"open\n${'3,swallowed\n'.repeat(200_000)}`)
    const source = fileSource({ path })
    let taken = 0
    const reading = async () => {
      for await (const { changes } of source.read(null, never)) taken += changes.length
    }
    await expect(reading()).rejects.toMatchObject({ name: 'UserError', hint: expect.stringMatching(/line \d+/) })
    expect(taken).toBe(3_000)
  })
})

describe('standard input', () => {
  const from = (text: string, options: Partial<FileSourceOptions> = {}) => {
    const stream = Readable.from([...Buffer.from(text)].map((byte) => Buffer.from([byte])))
    return run('-', { ...options, open: async () => standardInput(stream) })
  }
  test('is read byte by byte if it comes so, without a cursor', async () => {
    const found = await from(`${line(1, { text: 'é🕊' })}${line(2).trim()}`)
    expect(ids(found)).toEqual(['1', '2'])
    expect(found.changes[0]).toMatchObject({ text: 'é🕊' })
    expect(found.batches.every(({ cursor }) => cursor === null)).toBe(true)
    expect(found.report.percent).toBe(100)
  })
  test('CSV needs an id column: there is no file to name rows after', async () => {
    expect(ids(await from('id,text\n1,a\n', { format: 'csv' }))).toEqual(['1'])
    await expect(from('text\na\n', { format: 'csv' })).rejects.toThrow(UserError)
  })
  test('an abort ends it, though nothing comes', async () => {
    const stop = new AbortController()
    const stream = new Readable({ read() {} })
    const source = fileSource({ path: '-', open: async () => standardInput(stream) })
    const next = source.read(null, stop.signal)[Symbol.asyncIterator]().next()
    stop.abort()
    expect((await next).done).toBe(true)
  })
})

test('memory stays flat: 60 MB through', async () => {
  const path = await write('a.ndjson', '')
  const block = range(0, 1_000)
    .map((id) => line(id, { text: 'x'.repeat(1_000) }))
    .join('')
  for (let n = 0; n < 60; n++) await appendFile(path, block)
  let [count, most] = [0, 0]
  const before = process.memoryUsage().rss
  for await (const { changes } of fileSource({ path }).read(null, never)) {
    count += changes.length
    most = Math.max(most, process.memoryUsage().rss - before)
  }
  expect(count).toBe(60_000)
  expect(most).toBeLessThan(120e6)
})

for (const name of ['changes.ndjson', 'changes.ndjson.gz', 'changes.csv']) {
  sourceContract(
    `the import of ${name}`,
    async () => {
      const random = seeded(5)
      const folder = await mkdtemp(join(tmpdir(), 'undercurrent-import-'))
      const path = join(folder, basename(name))
      const truth = new Map<string, string>()
      let text = name.endsWith('csv') ? 'op,id,text\n' : ''
      const put = (op: string, id: string, words: string) => {
        text += name.endsWith('csv') ? `${op},${id},"${words}"\n` : `${JSON.stringify({ op, id, text: words })}\n`
      }
      const gone = new Set<string>()
      for (let n = 0; n < 3_000; n++) {
        const id = String(Math.floor(random() * 2_000))
        const words = `words ${n}, more`
        if (gone.has(id)) continue // what was deleted does not come back: the log sees to that
        const op = truth.has(id) ? (n % 3 === 0 ? 'delete' : 'update') : 'create'
        put(op, id, words)
        if (op !== 'delete') truth.set(id, words)
        else if (truth.delete(id)) gone.add(id)
      }
      await writeFile(path, name.endsWith('gz') ? gzipSync(text) : text)
      return {
        source: () => fileSource({ path }),
        truth: () => truth,
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      }
    },
    { spoil: 'see "each line that is refused is named"', flood: 'a file waits by itself' },
  )
}
