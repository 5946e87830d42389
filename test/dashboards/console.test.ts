// The console over a real socket: the route with its errors, the page with and without a statement, the file, who may ask,
// and that docs/sql.md tells the columns, limits and examples as they are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Table } from '../../answers.ts'
import { shownViews } from '../../columns.ts'
import * as shapes from '../../dashboards/shapes.ts'
import { examplesFor } from '../../dashboards/sqlExamples.ts'
import { usualLimits } from '../../store/console.ts'
import { mostLetters } from '../../store/tokens.ts'
import { debate, ndjson, openWorld, talks, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.write('POST', '/v1/topics', talks)
  await world.write('POST', '/v1/posts', ndjson(debate(150)))
  await world.write(
    'POST',
    '/v1/posts',
    ndjson([{ id: 'odd', author: 'odd', text: '=talks() <b>"bold", "& more"</b>', lang: 'en' }]),
  )
  await world.settled()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

/** Without a key, as anybody on this machine. */
const post = (sql: unknown, headers: Record<string, string> = {}) =>
  world.get('/v1/sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ sql }),
  })
const table = async (sql: string): Promise<Table> => {
  const response = await post(sql)
  const body = await response.json()
  expect([response.status, body]).toEqual([200, expect.anything()])
  return shapes.Table.parse(body)
}
const page = async (statement: string, status = 200): Promise<string> => {
  const response = await world.get(`/sql?${new URLSearchParams({ q: statement })}`, {
    headers: { accept: 'text/html' },
  })
  expect(response.status).toBe(status)
  return response.text()
}

describe('POST /v1/sql', () => {
  test('answers as a table, the same number as the topic has', async () => {
    const { topics } = await world.read<{ topics: { posts: number }[] }>('/v1/topics')
    expect(await table('SELECT topic, count() AS n FROM posts GROUP BY topic')).toMatchObject({
      columns: [
        { name: 'topic', type: 'String' },
        { name: 'n', type: 'UInt64' },
      ], // prettier-ignore
      rows: [['talks', topics[0]!.posts]],
      cut: false,
      limit: usualLimits.rows,
    })
  })

  test.each([
    ['SELECT * FROM system.tables', 422, /system/],
    ["SELECT * FROM file('/etc/passwd')", 422, /file/],
    ['DROP TABLE posts', 422, /DROP/],
    ['SELECT nothing FROM posts', 422, /nothing/],
    ['SELECT topic, count() FROM posts', 422, /aggregate/],
    ['', 400, /sql/],
    [7, 400, /sql/],
    [undefined, 400, /sql/],
    ['x'.repeat(mostLetters + 1), 400, /sql/],
  ])('%s is a problem that says what to do', async (sql, status, told) => {
    const response = await post(sql)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = shapes.Problem.parse(await response.json())
    expect(problem.title).toMatch(told)
    expect(problem.detail.length).toBeGreaterThan(10)
  })

  test('says at which letter the gate stopped', async () => {
    expect(await (await post('SELECT 1 FORMAT CSV')).json()).toMatchObject({ status: 422, column: 10 })
  })

  test('sends away who comes when two wait already, and says for how long', async () => {
    const long = `SELECT count() FROM posts AS a CROSS JOIN posts AS b CROSS JOIN posts AS c CROSS JOIN posts AS d
      CROSS JOIN posts AS e CROSS JOIN posts AS f WHERE sipHash64(a.id, b.id, c.id, d.id, e.id, f.id) = 1`
    const gone = new AbortController()
    const first = post(long)
    const others = Array.from({ length: 3 }, () =>
      world.get('/v1/sql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql: long }),
        signal: gone.signal,
      }),
    )
    const answered = await Promise.race(others)
    expect(answered.status).toBe(429)
    expect(answered.headers.get('retry-after')).toBe('5')
    expect(shapes.Problem.parse(await answered.json()).detail).toMatch(/one at a time/)
    const busy = await world.get('/sql?q=SELECT+1', { headers: { accept: 'text/html' } })
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await busy.text()).toContain('Others are asking the console now')
    gone.abort()
    await Promise.allSettled(others)
    expect(shapes.Problem.parse(await (await first).json()).title).toMatch(/too long/)
    expect((await table('SELECT 1 AS a')).rows).toEqual([[1]])
  }, 30_000)

  test('a deleted post leaves its answers', async () => {
    const there = "SELECT count() FROM posts WHERE id = 'post-20'"
    expect((await table(there)).rows).toEqual([[1]])
    await world.write('POST', '/v1/posts', ndjson([{ op: 'delete', id: 'post-20' }]))
    await world.settled()
    expect((await table(there)).rows).toEqual([[0]])
  })

  test('needs no key on loopback, but no other site may send it; other methods are refused', async () => {
    expect((await post('SELECT 1', { origin: 'http://elsewhere.example' })).status).toBe(401)
    expect((await post('SELECT 1', { origin: world.url })).status).toBe(200)
    const wrong = await world.write('PUT', '/v1/sql', { sql: 'SELECT 1' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('is in the OpenAPI document', async () => {
    const { paths } = await world.read<{ paths: Record<string, object> }>('/openapi.json')
    expect(paths['/v1/sql']).toHaveProperty('post')
  })
})

describe('the page', () => {
  test('opens with an example to run, every column and six examples, and is in the navigation', async () => {
    const text = await (await world.get('/sql')).text()
    expect(text).toContain('<a href="/sql" aria-current="page">SQL</a>')
    expect(text).toMatch(/<textarea id="q"[^>]*>SELECT topic, count\(\) AS n/)
    expect(text).not.toContain('id="answer"')
    for (const { name, meaning } of Object.values(shownViews).flat()) {
      expect(text).toContain(`<code>${name}</code>`)
      expect(text).toContain(meaning.split("'")[0]!)
    }
    expect(text.match(/href="\/sql\?q=/g)).toHaveLength(6)
    expect(text).not.toContain('<script>')
  })

  test('shows the answer with its count, its time and its file', async () => {
    const text = await page(
      "SELECT lang, count() AS n, NULL AS none, 0.123456789 AS p, map('b', 0.123456789, 'c', 1) AS m FROM posts GROUP BY lang",
    )
    expect(text).toMatch(/1 row\. It took [\d,]+ ms/)
    expect(text).toContain('<th scope="col" title="UInt64">n</th>')
    expect(text).toContain('<td class="number">0.123457</td>')
    expect(text).toContain('<span class="quiet">NULL</span>')
    expect(text).toContain('{&quot;b&quot;:0.123457, &quot;c&quot;:1}')
    expect(text).toContain('<a href="/sql.csv?q=SELECT+lang')
    expect(text).toContain('GROUP BY lang</textarea>')
  })

  test('a post is text, never markup, and so is a statement', async () => {
    const text = await page('SELECT text AS "<i>" FROM posts WHERE id = \'odd\'')
    expect(text).toContain('&lt;b&gt;&quot;bold&quot;')
    expect(text).toContain('&lt;i&gt;</th>')
    expect(text).not.toMatch(/<b>|<i>/)
    expect(await page("SELECT '</textarea><b>'")).not.toContain('<b>')
  })

  test('says what is cut, and how many rows of many are here', async () => {
    const many = await page('SELECT a.id FROM posts AS a CROSS JOIN posts AS b')
    expect(many).toContain('Cut after 10,000 rows: there are more, the first 500 of them here.')
    expect(many.match(/<tr><td/g)).toHaveLength(500)
    expect(await page('SELECT id FROM posts WHERE 0')).toContain('0 rows')
  })

  test('a refusal is a page of its own that keeps the statement', async () => {
    const text = await page('SELECT 1 SETTINGS readonly = 0', 422)
    expect(text).toContain('SETTINGS is not allowed here.')
    expect(text).toContain('At letter 10.')
    expect(text).toContain('>SELECT 1 SETTINGS readonly = 0</textarea>')
  })
})

describe('the file', () => {
  const csv = async (statement: string) => world.get(`/sql.csv?${new URLSearchParams({ q: statement })}`)

  test('is CSV; no text in it is a formula, and maps are JSON', async () => {
    const response = await csv(
      "SELECT text AS words, 0.5 AS half, NULL AS none, map('a', 1) AS m FROM posts WHERE id = 'odd'",
    )
    expect(response.headers.get('content-type')).toContain('text/csv')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(await response.text()).toBe(
      'words,half,none,m\r\n"\'=talks() <b>""bold"", ""& more""</b>",0.5,,"{""a"":1}"\r\n',
    )
  })

  test('a refused statement is a problem, no file', async () => {
    const response = await csv('SHOW TABLES')
    expect([response.status, response.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect((await world.get('/sql.csv')).status).toBe(422)
  })
})

describe('what is told of it is so', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/sql.md'), 'utf8')

  test('docs/sql.md has every column with its type and meaning', () => {
    for (const columns of Object.values(shownViews))
      for (const { name, type, meaning } of columns) expect(docs).toContain(`| \`${name}\` | ${type} | ${meaning} |`)
    expect(docs.match(/^\| `/gm)).toHaveLength(Object.values(shownViews).flat().length)
  })

  test('and the limits', () => {
    const { seconds, bytes, rows } = usualLimits
    for (const told of [
      `${seconds} seconds`,
      `${bytes / 1e9} GB`,
      `${rows.toLocaleString('en-US')} rows`,
      `${mostLetters.toLocaleString('en-US')} letters`,
    ])
      expect(docs).toContain(`| ${told}`)
  })

  const blocks = [...docs.matchAll(/```sql\n(.*?)```/gs)].map(([, statement]) => statement!)
  test.each(blocks)('the example of docs/sql.md is answered: %s', async (statement) => {
    expect((await table(statement.replace('2026-11-22T', '2020-11-22T'))).rows.length).toBeGreaterThan(0)
  })

  test.each(examplesFor([talks]))('the example of the page is answered: $name', async ({ name, statement }) => {
    const { rows } = await table(statement)
    if (!/again and again/.test(name)) expect(rows.length).toBeGreaterThan(0)
  })

  test('with no topic at all, the examples are still statements', async () => {
    for (const { statement } of examplesFor([])) expect((await table(statement)).columns.length).toBeGreaterThan(1)
  })
})
