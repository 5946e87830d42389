// Dumps of Reddit, as an import: invented lines of the shapes that the public dumps have, plain and packed with their long
// window, in one frame or several, whole and damaged.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../../errors.ts'
import { fileSource } from '../../ingest/file.ts'
import { redditLine } from '../../ingest/reddit.ts'
import type { Batch, Change, DropReason } from '../../types.ts'

const never = new AbortController().signal
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'undercurrent-reddit-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const comment = {
  ...{ id: 'k1a2b3', author: 'harbour_ann', body: 'the boats &amp; the quay', created_utc: 1767225600, score: 12 },
  ...{ link_id: 't3_1pzzzz', parent_id: 't1_k1a2b2', subreddit: 'harbour', subreddit_id: 't5_2x', edited: false },
}
const submission = {
  ...{ id: '1pzzzz', author: 'harbour_ben', title: 'Will the boats stay?', selftext: 'I *hope* so.', score: -3 },
  ...{ created_utc: '1767225500', subreddit: 'harbour', is_self: true, num_comments: 4, removed_by_category: null },
}
const lineOf = (value: object, more: object = {}) => JSON.stringify({ ...value, ...more })

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  return path
}
interface Run {
  changes: Change[]
  batches: Batch[]
  errors: { line: number; reason: DropReason }[]
  error: unknown
}
async function run(path: string, cursor: string | null = null): Promise<Run> {
  const source = fileSource({ path, maxErrors: 1_000 })
  const found: Run = { changes: [], batches: [], errors: [], error: null }
  try {
    for await (const batch of source.read(cursor, never)) {
      found.batches.push(batch)
      found.changes.push(...batch.changes)
    }
  } catch (error) {
    found.error = error
  }
  return { ...found, errors: source.report().errors }
}
const one = async (value: object, more: object = {}) => {
  const { changes, errors } = await run(await write('RC_2026-01', `${lineOf(value, more)}\n`))
  return changes[0] ?? errors[0]!.reason
}

describe('a line becomes a change', () => {
  test('a comment is a post that replies, a submission its title and text', async () => {
    expect(await one(comment)).toEqual({
      ...{ op: 'create', source: 'reddit', id: 't1_k1a2b3', author: 'harbour_ann', text: 'the boats & the quay' },
      ...{ at: '2026-01-01T00:00:00.000Z', lang: null, likes: 12, reposts: null, replyTo: 't1_k1a2b2' },
      ...{ revision: '1767225600', quotable: true },
    })
    expect(await one(submission)).toMatchObject({
      ...{ op: 'create', source: 'reddit', id: 't3_1pzzzz', text: 'Will the boats stay?\n\nI *hope* so.', likes: 0 },
      ...{ at: '2025-12-31T23:58:20.000Z', replyTo: null },
    })
    expect(await one(submission, { selftext: '', url: 'https://news.invalid' })).toMatchObject({
      text: 'Will the boats stay?',
    })
  })
  test.each<[string, object, object]>([
    ['the parent of an old dump is a number: then the submission', { parent_id: 77 }, { replyTo: 't3_1pzzzz' }],
    ['an edit is a later revision', { edited: 1767229200 }, { revision: '1767229200' }],
    ['an edit of before anybody noted when', { edited: true }, { revision: '1767225600' }],
    ['an account that is gone is counted and not shown', { author: '[deleted]' }, { author: null, quotable: false }],
    ['no score', { score: null }, { likes: null }],
    [
      'its author deleted it',
      { body: '[deleted]', author: '[deleted]' },
      { op: 'delete', id: 't1_k1a2b3', revision: null },
    ],
    ['a moderator removed it', { body: '[removed]' }, { op: 'delete', id: 't1_k1a2b3', revision: null }],
    [
      'Reddit removed it',
      { body: ' [ Removed by Reddit ] '.replaceAll('[ ', '[').replaceAll(' ]', ']') },
      { op: 'delete' },
    ],
  ])('%s', async (_, more, change) => {
    expect(await one(comment, more)).toMatchObject(change)
  })
  test.each<[string, object]>([
    ['its text is gone', { selftext: '[deleted]' }],
    ['its text was removed', { selftext: '[removed]' }],
    ['somebody took it down', { removed_by_category: 'moderator' }],
    ['its title is gone', { title: '[deleted by user]' }],
  ])('a submission is deleted where %s', async (_, more) => {
    expect(await one(submission, more)).toMatchObject({ op: 'delete', id: 't3_1pzzzz' })
  })
  test.each<[string, object, DropReason]>([
    ['no time', { created_utc: null }, 'bad_time'],
    ['a time that is none', { created_utc: 'noon' }, 'bad_time'],
    ['a time far ahead', { created_utc: 9767225600 }, 'bad_time'],
    ['an author that is too long', { author: 'a'.repeat(3_000) }, 'bad_author'],
    ['an id that is no id', { id: 'K/1' }, 'bad_text'],
  ])('%s is refused', async (_, more, reason) => {
    expect(await one(comment, more)).toBe(reason)
  })
  test('lines of ours are ours, whatever stands in them; broken ones are named by line; blank ones do not matter', async () => {
    const ours = JSON.stringify({ id: '7', text: 'see "created_utc" and "subreddit"', at: '2026-01-01T00:00:00Z' })
    const own = JSON.stringify({ ...comment, op: 'create', text: 'mine' })
    const named = JSON.stringify({ ...comment, source: 'forum', text: 'mine' })
    const lines = [lineOf(comment), ours, lineOf(comment).slice(0, -9), '', own, named, '[]', lineOf(submission)]
    const { changes, errors } = await run(await write('mixed.ndjson', lines.join('\n')))
    expect(
      changes.map((change) => 'source' in change && `${change.source} ${'id' in change ? change.id : ''}`),
    ).toEqual([...['reddit t1_k1a2b3', 'import 7', 'import k1a2b3', 'forum k1a2b3', 'reddit t3_1pzzzz']])
    expect(errors.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'malformed'],
      [7, 'malformed'],
    ])
  })
  test('no value of any field throws', () => {
    const keys = [...new Set([...Object.keys(comment), ...Object.keys(submission)])]
    const broken = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue())
    fc.assert(
      fc.property(fc.constantFrom(comment, submission), broken, (value, more) => {
        expect(() => redditLine(lineOf(value, more))).not.toThrow()
      }),
      { seed: 3, numRuns: 500 },
    )
  })
})

describe('a packed dump', () => {
  const lines = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, n) => `${lineOf(comment, { id: `k${from + n}`, body: `boat ${(from + n) * 7919} of the harbour` })}\n`,
    ).join('')
  /** A frame that asks for a window of 2 GiB, as the dumps do, made by hand: packing with such a window takes gigabytes. */
  const pack = (text: string) => {
    const bytes = Buffer.from(text)
    const starts = Array.from({ length: Math.ceil(bytes.length / 65_536) || 1 }, (_, at) => at * 65_536)
    const blocks = starts.flatMap((start) => {
      const raw = bytes.subarray(start, start + 65_536)
      const head = (raw.length << 3) | (start === starts.at(-1) ? 1 : 0)
      return [Buffer.from([head & 255, (head >> 8) & 255, head >> 16]), raw]
    })
    return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (31 - 10) << 3]), ...blocks])
  }
  const ids = ({ changes }: Run) => changes.map((change) => ('id' in change ? change.id : ''))
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `t1_k${from + n}`)

  test('that asks for such a window is none that is read without being told to', () => {
    expect(() => zstdDecompressSync(pack('boats'))).toThrow(/too much memory/)
  })
  test('with the window of the dumps, in one frame and in many, reads whole, and resumes from every batch', async () => {
    const ends = [0, 300, 300, 301, 302, 700, 1_999, 2_000]
    const frames = Buffer.concat(ends.slice(1).map((end, at) => pack(lines(ends[at]!, end))))
    for (const [name, bytes] of [
      ['RC_2026-01.zst', pack(lines(0, 2_000))],
      ['RC_2026-02.zst', frames],
    ] as const) {
      const path = await write(name, bytes)
      const whole = await run(path)
      expect(whole.error).toBeNull()
      expect(ids(whole)).toEqual(range(0, 2_000))
      let before = 0
      for (const batch of whole.batches) {
        before += batch.changes.length
        expect(ids(await run(path, batch.cursor))).toEqual(range(before, 2_000))
      }
    }
  })
  test('that is cut, or damaged behind its first frame: what could be read is taken, then an error says so', async () => {
    const text = lines(0, 8_000)
    const packed = zstdCompressSync(Buffer.from(text))
    const cut = await run(await write('cut.zst', packed.subarray(0, packed.length - 20)))
    expect(cut.error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('damaged'),
      hint: expect.stringContaining('fetch the file again'),
    })
    expect(cut.changes.length).toBeGreaterThan(7_000)
    expect(ids(cut)).toEqual(range(0, cut.changes.length))
    const damaged = await run(
      await write('damaged.zst', Buffer.concat([pack(lines(0, 900)), Buffer.from('no frame at all')])),
    )
    expect(damaged.error).toBeInstanceOf(UserError)
    expect(ids(damaged)).toEqual(range(0, 900))
    const plain = await run(await write('plain.zst', text))
    expect(plain.error).toBeInstanceOf(UserError)
    expect(plain.changes).toEqual([])
    const gz = gzipSync(text)
    const half = await run(await write('half.ndjson.gz', gz.subarray(0, gz.length - 20)))
    expect(half.error).toBeInstanceOf(UserError)
    expect(half.changes.length).toBeGreaterThan(7_000)
  })
  test('an abort ends it in the middle, without an error', async () => {
    const stop = new AbortController()
    const source = fileSource({ path: await write('long.zst', pack(lines(0, 20_000))) })
    let taken = 0
    for await (const { changes } of source.read(null, stop.signal)) {
      taken += changes.length
      stop.abort()
    }
    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan(20_000)
  })
  test('CSV may be packed like this, too, and nothing at all is no error', async () => {
    const csv = await run(await write('posts.csv.zst', pack('id,text\n1,boats\n')))
    expect(csv.changes).toMatchObject([{ id: '1', text: 'boats' }])
    expect((await run(await write('none.zst', pack('')))).error).toBeNull()
  })
})
