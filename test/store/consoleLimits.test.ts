// What the console must not do: show what was deleted or hidden or who wrote it, cost more than it may, leave a trace in the
// next answer, or keep writes and questions waiting. All on the real embedded store.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Filter } from '../../answers.ts'
import { BusyError, UserError } from '../../errors.ts'
import { openClient, type Sql } from '../../store/sql.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, day, minute, model, postOf, scoreOf, seenOf, topic } from './scores.ts'

let opened: Opened & { folder: string }
const sql = (statement: string, limits = {}, signal?: AbortSignal) => opened.store.ask.sql(statement, limits, signal)
const column = async (statement: string) => (await sql(statement)).rows.map(([value]) => value)
const filter: Filter = { topic, model, window: { from: day.from, to: day.to } }

beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true, eraseAfterMs: 100 })
  const many = Array.from({ length: 400 }, (_, nr) =>
    scoreOf(`many ${nr}`, { topic: { topic: 'many', version: 1 }, post: { at: minute(nr) } }),
  )
  await opened.store.add({ ...addition(many), scope: [{ topic: 'many', version: 1 }] })
})
afterAll(() => opened.close())

/** A statement that would take a day: 400 to the power of five rows, none of which fits. */
const endless = `SELECT count() FROM posts AS a CROSS JOIN posts AS b CROSS JOIN posts AS c CROSS JOIN posts AS d
  CROSS JOIN posts AS e WHERE sipHash64(a.id, b.id, c.id, d.id, e.id) = 1`

describe('nobody sees', () => {
  const tides = "FROM posts WHERE topic = 'tides' ORDER BY id"

  it('a post that was deleted, edited away, or whose account left', async () => {
    const { store } = opened
    await store.add(addition(['stays', 'goes', 'leaves', 'moves'].map((id) => scoreOf(id))))
    expect(await column(`SELECT id ${tides}`)).toEqual(['goes', 'leaves', 'moves', 'stays'])
    await store.forget([{ op: 'delete', source: 'file', id: 'goes', at: day.to, revision: null }])
    expect(await column(`SELECT id ${tides}`)).toEqual(['leaves', 'moves', 'stays'])
    await store.forget([{ op: 'withdraw', source: 'file', author: 'author of leaves', at: day.to }])
    expect(await column(`SELECT id ${tides}`)).toEqual(['moves', 'stays'])
    await store.add({ ...addition([]), seen: [seenOf(postOf({ id: 'moves', op: 'update' }), 2)] })
    expect(await column(`SELECT id ${tides}`)).toEqual(['stays'])
    expect(await column("SELECT posts FROM topics WHERE topic = 'tides'")).toEqual([1])
    await store.add(addition([scoreOf('goes')]))
    expect(await column(`SELECT id ${tides}`)).toEqual(['stays'])
  })

  it('an older version of a post that was edited', async () => {
    const edit = { op: 'update', text: 'its second words' } as const
    await opened.store.add(addition([scoreOf('edited', { post: { text: 'its first words' }, arrival: 5 })]))
    await opened.store.add(addition([scoreOf('edited', { post: edit, arrival: 6 })]))
    expect(await column("SELECT text FROM posts WHERE id = 'edited'")).toEqual(['its second words'])
    expect(await column("SELECT count() FROM posts WHERE text LIKE '%first words%'")).toEqual([0])
  })

  it('words that ask not to be shown, be it with the post or later, and those of sources that lend ids alone', async () => {
    const { store } = opened
    await store.add(
      addition([
        scoreOf('hidden', { post: { quotable: false, text: 'secret one' } }),
        scoreOf('wishes', { post: { author: 'shy', text: 'secret two' } }),
        scoreOf('lent', { post: { source: 'x', text: 'secret three' } }),
      ]),
    )
    expect(await column("SELECT id FROM posts WHERE text LIKE 'secret%'")).toEqual(['wishes'])
    await store.note([{ op: 'display', source: 'file', author: 'shy', quotable: false, at: day.to }])
    expect(await column("SELECT id FROM posts WHERE text LIKE 'secret%'")).toEqual([])
    expect(await column("SELECT text FROM posts WHERE id IN ('hidden', 'wishes', 'lent')")).toEqual(['', '', ''])
    const told = String(await failure(sql("SELECT toUInt8(concat('(', text, ')')) FROM posts WHERE id = 'hidden'")))
    expect(told).not.toContain('secret')
  })

  it('the account in a name of Bluesky or of the fediverse', async () => {
    const id = 'at://did:plc:invented/app.bsky.feed.post/3kabc'
    await opened.store.add(addition([scoreOf(id, { post: { source: 'bluesky' } })]))
    expect(await column("SELECT id FROM posts WHERE source = 'bluesky'")).toEqual(['at://…/app.bsky.feed.post/3kabc'])
    expect(await column("SELECT count() FROM posts WHERE id LIKE '%did:plc%'")).toEqual([0])
    const ids = ['https://host.example/@somebody/1', 'http://host.example/users/somebody/statuses/2']
    await opened.store.add(addition(ids.map((id) => scoreOf(id, { post: { source: 'far' } }))))
    expect(await column("SELECT id FROM posts WHERE source = 'far' ORDER BY id DESC")).toEqual([
      'https://host.example/@…/1',
      'http://host.example/users/…/statuses/2',
    ])
  })

  it('a post twice because its topic has versions; the topics are all listed', async () => {
    const ref = (version: number) => ({ topic: 'versions', version })
    for (const version of [1, 2])
      await opened.store.add({ ...addition([scoreOf('both', { topic: ref(version) })]), scope: [ref(version)] })
    expect((await sql("SELECT id, version FROM posts WHERE topic = 'versions'")).rows).toEqual([['both', 2]])
    expect(await column("SELECT version FROM topics WHERE topic = 'versions' ORDER BY version")).toEqual([1, 2])
    await opened.store.drop('versions', 2)
    expect((await sql("SELECT id, version FROM posts WHERE topic = 'versions'")).rows).toEqual([['both', 1]])
  })
})

const failure = (asked: Promise<unknown>): Promise<UserError> =>
  asked.then(
    (answer) => Promise.reject(new Error(`answered ${JSON.stringify(answer).slice(0, 200)}`)),
    (error) => error,
  )

describe('limits', () => {
  it.each([
    ['time', endless, { seconds: 1 }, /too long/],
    ['time, in a subquery', `WITH (${endless}) AS n SELECT n`, { seconds: 1 }, /too long/],
    ['time, in a list', `SELECT 1 FROM posts WHERE 1 IN (${endless})`, { seconds: 1 }, /too long/],
    [
      'memory',
      'SELECT a.id, b.id, c.id FROM posts a CROSS JOIN posts b CROSS JOIN posts c GROUP BY 1, 2, 3',
      { bytes: 1e8 },
      /memory/,
    ],
    [
      'memory, in one value',
      'SELECT arrayStringConcat(groupArray(concat(a.text, b.text, c.text))) FROM posts a CROSS JOIN posts b CROSS JOIN posts c',
      { bytes: 1e8 },
      /memory/,
    ],
    ['the answer', 'SELECT concat(a.text, toString(range(1000))) FROM posts a CROSS JOIN posts b', {}, /too large/],
    [
      'the answer, one value in all rows',
      'WITH (SELECT arrayStringConcat(groupArray(text)) FROM posts) AS t SELECT t FROM posts a CROSS JOIN posts b',
      {},
      /too large|memory/,
    ],
    [
      'the answer, a value of functions alone',
      `WITH 'ab' AS a, ${doubled(15)} SELECT a15 FROM posts`,
      { bytes: 2e8 },
      /too large|memory/,
    ],
    ['arrays that grow', 'SELECT length(range(100000000))', {}, /range|memory/],
  ])('%s', async (_, statement, limits, told) => {
    const error = await failure(sql(statement, limits))
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ status: 422, message: expect.stringMatching(told) })
    expect(error.hint.length).toBeGreaterThan(10)
  })

  it('rows: cut, and it says so; exactly as many are not cut', async () => {
    expect(await sql('SELECT id FROM posts', { rows: 3 })).toMatchObject({ cut: true, limit: 3, rows: { length: 3 } })
    expect(await sql("SELECT id FROM posts WHERE topic = 'many'", { rows: 400 })).toMatchObject({ cut: false })
    const both = "SELECT id FROM posts WHERE topic = 'many' UNION ALL SELECT id FROM posts WHERE topic = 'many'"
    expect(await sql(both, { rows: 500 })).toMatchObject({ cut: true, rows: { length: 500 } })
    const all = await sql('SELECT a.id FROM posts a CROSS JOIN posts b')
    expect(all).toMatchObject({ cut: true, limit: 10_000, rows: { length: 10_000 } })
  })

  it('a mistake is told by what was written, not by our insides', async () => {
    const error = await failure(sql('SELECT topic, count() FROM posts'))
    expect(error).toMatchObject({ status: 422, message: expect.stringMatching(/'posts.topic' is not under aggregate/) })
    expect(`${error.message} ${error.hint}`).not.toMatch(/undercurrent|__table|mentions|materialize|FORMAT/)
  })
})

/** a1 is a twice, a2 is a1 twice ... */
function doubled(times: number): string {
  const name = (nr: number) => (nr ? `a${nr}` : 'a')
  return Array.from({ length: times }, (_, nr) => `concat(${name(nr)}, ${name(nr)}) AS ${name(nr + 1)}`).join(', ')
}

describe('an answer', () => {
  it('has nothing of a failed one before it', async () => {
    for (const broken of [
      "SELECT if(id LIKE '%399', toUInt8(id), 7) FROM posts",
      endless,
      'SELECT nothing FROM posts',
    ]) {
      await failure(sql(broken, { seconds: 1 }))
      expect(await sql("SELECT 'one' AS a")).toMatchObject({
        columns: [{ name: 'a', type: 'String' }],
        rows: [['one']],
      })
    }
  })
})

describe('behind the gate', () => {
  let client: Sql
  beforeAll(async () => {
    client = await openClient({ path: `${opened.folder}/store` })
  })
  afterAll(() => client[Symbol.asyncDispose]())

  it.each([
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:1/a.csv')",
    "SELECT * FROM remote('127.0.0.1:1', 'system', 'one')",
    "SELECT * FROM executable('id', 'LineAsString', 'x String')",
    "INSERT INTO undercurrent.sources (source) SELECT 'told'",
    'CREATE TABLE undercurrent_shown.t (x UInt8) ENGINE = Memory',
    'DROP TABLE undercurrent.sources',
    'ALTER TABLE undercurrent.sources DELETE WHERE 1',
    'SELECT 1 SETTINGS max_threads = 64',
    'SELECT 1 SETTINGS readonly = 0',
    'SET readonly = 0',
    'SELECT count() FROM mentions',
  ])('the engine itself refuses %s', async (statement) => {
    await expect(client.askShown(statement, { settings: { max_threads: 1 }, parse: JSON.parse })).rejects.toThrow()
    expect(await client.look("SELECT source FROM undercurrent.sources WHERE source = 'told'")).toEqual([])
  })
})

describe('one at a time', () => {
  it('two may wait, the next is sent away, who gives up leaves the queue, and then all goes on', async () => {
    const stop = new AbortController()
    const first = failure(sql(endless, { seconds: 1 }))
    const second = sql("SELECT 'second' AS a")
    const third = failure(sql("SELECT 'third' AS a", {}, stop.signal))
    const busy = await failure(sql('SELECT 1'))
    expect(busy).toBeInstanceOf(BusyError)
    expect(busy).toMatchObject({ status: 429, afterMs: 5_000 })
    stop.abort(new Error('gave up'))
    expect(await third).toMatchObject({ message: 'gave up' })
    const fourth = sql("SELECT 'fourth' AS a")
    expect((await first).message).toMatch(/too long/)
    expect([(await second).rows, (await fourth).rows]).toEqual([[['second']], [['fourth']]])
    await expect(sql('SELECT 1', {}, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect((await sql('SELECT 1 AS a')).rows).toEqual([[1]])
  })

  it('what the gate refuses waits for nobody', async () => {
    const first = failure(sql(endless, { seconds: 1 }))
    expect(await failure(sql('SELECT * FROM system.one'))).toMatchObject({ status: 422 })
    await first
  })
})

describe('nobody waits for the console', () => {
  it.each([
    ['a long statement', endless],
    ['one that is long before it begins', `WITH (${endless}) AS n SELECT n FROM posts`],
    ['one with a long list', `SELECT 1 FROM posts WHERE 1 IN (${endless})`],
  ])('writes, deletes and questions go on during %s', { timeout: 30_000 }, async (_, statement) => {
    let ended = false
    const long = failure(sql(statement, { seconds: 4 })).finally(() => {
      ended = true
    })
    const waits: number[] = []
    const clocked = async (step: () => Promise<unknown>) => {
      const start = performance.now()
      await step()
      waits.push(performance.now() - start)
    }
    // What queued behind the statement would be done when it ends, and not once before.
    let rounds = 0
    for (; rounds < 5 && !ended; rounds++) {
      const id = `meanwhile ${rounds}`
      await clocked(() => opened.store.add(addition([scoreOf(id)])))
      await clocked(() => opened.store.ask.summary(filter))
      await clocked(() => opened.store.ask.posts(filter, { limit: 5 }))
      await clocked(() => opened.store.forget([{ op: 'delete', source: 'file', id, at: day.to, revision: null }]))
      if (ended) break
    }
    expect(rounds).toBeGreaterThanOrEqual(1)
    expect(Math.max(...waits)).toBeLessThan(3_000)
    expect((await long).message).toMatch(/too long/)
  })
})
