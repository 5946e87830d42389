// Files of posts: the same rows in three formats, the numbers of the page computed from them by a script that shares
// nothing with ours, words that are no formulas, and nothing in them that may not leave.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Estimate, Summary } from '../../answers.ts'
import { cell } from '../../dashboards/exports.ts'
import { openClient } from '../../store/sql.ts'
import { labels } from '../doubles/model.ts'
import { recomputed } from './recompute.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

const count = 420
const end = Date.parse('2026-03-04T12:00:00Z')
const span = 'from=2026-03-03T00:00:00Z&to=2026-03-05T00:00:00Z'
const where = `/v1/topics/${talks.id}`
const hostile = [
  '=1+1 talks',
  '+talks',
  '-talks',
  '@talks "quoted", with\r\nlines',
  '\ttalks',
  '\rtalks',
  "'talks",
  'talks,"a"',
]
const shy = { id: 'shy', author: 'shy-author', text: 'a secret about talks, so bad', at: '2026-03-04T01:00:00Z' }

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  // Few who write much, many who write little: clusters matter.
  const posts = debate(count, { end }).map((post, at) => ({ ...post, author: `author-${Math.floor(at ** 0.7)}` }))
  const odd = hostile.map((text, at) => ({
    id: `odd-${at}`,
    author: 'odd',
    text,
    at: `2026-03-04T02:00:0${at}Z`,
    lang: 'en',
  }))
  const foreign = { id: 'foreign', text: 'talks перемовини', lang: 'uk', at: '2026-03-04T03:00:00Z' }
  const copies = ['one', 'two'].map((id) => ({ id, author: id, text: 'Talks are good', at: '2026-03-04T04:00:00Z' }))
  await world.write('POST', '/v1/posts', ndjson([...posts, ...odd, ...copies, foreign, shy]))
  await world.write('POST', '/v1/posts?source=x', ndjson([{ ...shy, id: 'x-1', author: 'somebody on x', lang: 'en' }]))
  const asked = { op: 'display', source: 'import', author: shy.author, quotable: false, at: shy.at } as const
  await world.served.log.append({ source: 'import', changes: [asked], cursor: null })
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

type Row = Record<string, string>

/** RFC 4180, by its grammar. */
function readCsv(text: string): Row[] {
  const lines = [...text.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g)].map(
    ([, line]) =>
      [...line!.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!,
      ),
  )
  const [names, ...rows] = lines
  return rows.map((row) => Object.fromEntries(names!.map((name, at) => [name, row[at]!])))
}

const textOf = async (words: string) => {
  const answer = await world.get(`${where}/export?${span}&${words}`)
  expect(answer.status).toBe(200)
  return answer.text()
}
const csv = async (words = '') => readCsv(await textOf(`format=csv&${words}`))
const lines = async (words = '') =>
  (await textOf(`format=ndjson&${words}`))
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []))

/** A share with its interval from rows of a file, every post the same. */
const shareOf = (rows: { author: unknown; y: number }[], modelError: number): Estimate =>
  recomputed(
    rows.map((row) => ({ ...row, w: 1 })),
    { view: 'post', modelError },
  )

describe('an independent script finds the numbers of the page', () => {
  const errors = labels.modelError
  const asked = [
    ['sentiment_negative', (told: Summary) => told.sentiment.negative, errors.sentiment.share.negative],
    ['emotion_joy', (told: Summary) => told.emotion.joy, errors.emotion.share.joy],
    ['stance_truce_favor', (told: Summary) => told.stance.truce!.favor, errors.stance.share.favor],
    ['stance_truce_neither', (told: Summary) => told.stance.truce!.neither, errors.stance.share.neither ?? 0],
  ] as const

  test.each(asked)('%s from CSV and from NDJSON', async (name, from, error) => {
    const told = await world.read<Summary>(`${where}/summary?${span}`)
    const plain = (await csv()).flatMap((row) =>
      row[name] === '' ? [] : [{ author: row.author, y: Number(row[name]) }],
    )
    const objects = (await lines()).flatMap((row) =>
      row[name] === null ? [] : [{ author: row.author, y: Number(row[name]) }],
    )
    expect(plain).toHaveLength(told.scored)
    const found = shareOf(plain, error!)
    expect(shareOf(objects, error!)).toEqual(found)
    for (const part of ['estimate', 'low', 'high'] as const) expect(found[part]).toBeCloseTo(from(told)![part]!, 5)
    expect(new Set(plain.map(({ author }) => author)).size).toBe(told.scoredAuthors)
  })

  test('of a part of the window as well', async () => {
    const told = await world.read<Summary>(`${where}/summary?${span}&source=import&lang=en`)
    const rows = (await csv('source=import&lang=en')).map((row) => ({
      author: row.author,
      y: Number(row.sentiment_positive),
    }))
    expect(rows).toHaveLength(told.posts)
    expect(shareOf(rows, 0.01).low).toBeCloseTo(told.sentiment.positive!.low!, 5)
  })
})

describe('a file', () => {
  test('holds all live posts once, in every format the same', async () => {
    const told = await world.read<Summary>(`${where}/summary?${span}`)
    const [plain, objects] = [await csv(), await lines()]
    expect(plain).toHaveLength(told.posts)
    expect(new Set(plain.map(({ id }) => id)).size).toBe(told.posts)
    const asCsv = objects.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainOf(value)])),
    )
    expect(plain).toEqual(asCsv)
    expect(plain.find(({ id }) => id === 'one')).toMatchObject({
      copies: '2',
      lang: 'en',
      skipped: '',
      model: 'fake@1',
      likes: '',
    })
    expect(plain.find(({ id }) => id === 'foreign')).toMatchObject({
      skipped: 'language',
      sentiment_negative: '',
      irony: '',
      stance_truce_favor: '',
    })
    expect(plain.find(({ id }) => id === 'post-6')).toMatchObject({
      likes: '6',
      source: 'import',
      at: expect.stringMatching(/^2026-03-03T\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
  })
  const plainOf = (value: unknown) =>
    value === null ? '' : typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)

  test('is read as Parquet by another program, with times and numbers as such', async () => {
    const answer = await world.get(`${where}/export?${span}&format=parquet`)
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="talks_2026-03-03T0000_2026-03-05T0000.parquet"',
    )
    const path = join(world.folder, 'posts.parquet')
    writeFileSync(path, new Uint8Array(await answer.arrayBuffer()))
    await using sql = await openClient({ path: join(world.folder, 'store') })
    const rows = await sql.look<Record<string, unknown>>(
      `SELECT * REPLACE (toUnixTimestamp64Milli(at) AS at) FROM file('${path}', Parquet) ORDER BY id`,
    )
    const objects = (await lines()).toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
    const voices = new Map(rows.map((row, at) => [row.author, objects[at]!.author]))
    expect(rows.map((row) => ({ ...row, author: 0, at: new Date(Number(row.at)).toISOString() }))).toEqual(
      objects.map((row) => ({ ...row, author: 0 })),
    )
    // Other numbers, the same voices.
    expect(rows.map(({ author }) => voices.get(author))).toEqual(objects.map(({ author }) => author))
    const [kinds] = await sql.look(
      `SELECT toTypeName(at) AS a, toTypeName(likes) AS l FROM file('${path}', Parquet) LIMIT 1`,
    )
    expect(kinds).toMatchObject({ a: expect.stringContaining('DateTime64(3'), l: expect.stringContaining('UInt32') })
  })

  test('keeps to the filters of the list of posts', async () => {
    const ids = async (words: string) => (await csv(words)).map(({ id }) => id).toSorted()
    const listed = async (words: string) =>
      (await world.read<{ posts: { id: string }[] }>(`${where}/posts?${span}&limit=200&${words}`)).posts
        .map(({ id }) => id)
        .toSorted()
    for (const words of [
      'stance=truce.against&sentiment=negative',
      'emotion=anger&sentiment=positive',
      'q=number%2014',
      'lang=uk',
      'source=x',
    ])
      expect([words, await ids(words)]).toEqual([words, await listed(words)])
    expect(await csv('q=nobody-says-this')).toEqual([])
    expect(await textOf('format=csv&q=nobody-says-this')).toMatch(/^id,source,at,.*,hate,inclusion\r\n$/)
    expect(await lines('q=nobody-says-this')).toEqual([])
  })

  test('tells no text that may not be told, no name and no hash', async () => {
    for (const text of [await textOf('format=csv'), await textOf('format=ndjson')]) {
      expect(text).not.toContain('secret')
      expect(text).not.toMatch(/author-\d|shy-author|somebody on x/)
      expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
    }
    const rows = await csv()
    for (const id of ['shy', 'x-1'])
      expect(rows.find((row) => row.id === id)).toMatchObject({
        text: '',
        sentiment_negative: expect.stringMatching(/^0/),
      })
    expect(rows.every(({ author }) => /^\d{1,3}$/.test(author!))).toBe(true)
  })

  test('gives a spreadsheet no formula, and other programs the words as they were', async () => {
    const rows = new Map((await csv()).map((row) => [row.id, row.text!]))
    const said = new Map((await lines()).map((row) => [row.id, row.text]))
    for (const [at, text] of hostile.entries()) {
      expect(rows.get(`odd-${at}`)).toBe(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
      expect(said.get(`odd-${at}`)).toBe(text)
    }
    expect(['=1', '+1', '-1', '@a', '\t', '\r', 'a=1', ''].map(cell)).toEqual([
      '"\'=1"',
      '"\'+1"',
      '"\'-1"',
      '"\'@a"',
      '"\'\t"',
      '"\'\r"',
      'a=1',
      '',
    ])
  })

  test('loses a deleted post', async () => {
    expect((await csv()).map(({ id }) => id)).toContain('post-7')
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'post-7' }]))
    await world.settled()
    expect((await csv()).map(({ id }) => id)).not.toContain('post-7')
  })

  test('is offered where the posts are, for the window and filters on the page', async () => {
    const page = await (await world.get(`/topics/${talks.id}?${span}&sentiment=negative`)).text()
    const [, href] = /href="([^"]*format=parquet[^"]*)" download/.exec(page)!
    expect(href).toContain('sentiment=negative')
    const answer = await world.get(href!.replaceAll('&amp;', '&'))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/vnd.apache.parquet'])
  })

  test.each(['', 'lang=uk', 'source=x', 'view=author&lang=en'])(
    'from the page’s links has as many posts as the page says: %s',
    async (words) => {
      const page = await (await world.get(`/topics/${talks.id}?${span}&${words}`)).text()
      const said = Number(/<strong>([\d,]+) posts?<\/strong>/.exec(page)![1]!.replace(',', ''))
      const [, href] = /href="([^"]*format=csv[^"]*)" download/.exec(page)!
      const rows = readCsv(await (await world.get(href!.replaceAll('&amp;', '&'))).text())
      expect(rows).toHaveLength(said)
      expect(said).toBeGreaterThan(0)
    },
  )

  test('from the page’s links keeps to what the list of posts was narrowed to', async () => {
    const words = 'sentiment=negative&stance=truce.against&q=number'
    const page = await (await world.get(`/topics/${talks.id}?${span}&${words}`)).text()
    const [, href] = /href="([^"]*format=ndjson[^"]*)" download/.exec(page)!
    const file = await (await world.get(href!.replaceAll('&amp;', '&'))).text()
    const { posts } = await world.read<{ posts: object[] }>(`${where}/posts?${span}&limit=200&${words}`)
    expect(file.split('\n').filter(Boolean)).toHaveLength(posts.length)
    expect(posts.length).toBeGreaterThan(3)
  })

  test.each([
    ['format=xls', 400],
    ['format=csv&version=9', 404],
    ['format=csv&from=yesterday', 400],
  ])('with %s is refused: %i', async (words, status) => {
    expect((await world.get(`${where}/export?${words}`)).status).toBe(status)
  })
})
