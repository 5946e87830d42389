// Statements put together by chance from what analysts and attackers write. What passes the gate goes to the real engine: no
// answer and no error may hold what is hidden, nothing but a question may fail, and nothing is written.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { UserError } from '../../errors.ts'
import { pass } from '../../store/gate.ts'
import { openClient, type Sql } from '../../store/sql.ts'
import type { Opened } from '../contract/store.ts'
import { openEmbedded } from './embedded.ts'
import { addition, scoreOf } from './scores.ts'

let opened: Opened & { folder: string }
let client: Sql
let hashes: string[]
beforeAll(async () => {
  opened = await openEmbedded({ inMemory: true })
  await opened.store.add(
    addition([
      ...Array.from({ length: 12 }, (_, nr) => scoreOf(`shown ${nr}`)),
      scoreOf('hidden', { post: { quotable: false, text: 'canary in a text' } }),
    ]),
  )
  client = await openClient({ path: `${opened.folder}/store` })
  await client.tell('CREATE TABLE default.canaries (x String) ENGINE = Memory')
  await client.tell("INSERT INTO default.canaries SELECT 'canary in a table'")
  const rows = await client.look<{ author: string; post: string }>('SELECT author, post FROM undercurrent.mentions')
  hashes = rows.flatMap(({ author, post }) => [author, post])
  expect(hashes).toHaveLength(26)
})
afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await opened.close()
})

const tables = [
  'posts',
  'posts AS p',
  'topics',
  't',
  'canaries',
  'default.canaries',
  'undercurrent.mentions',
  'system.tables',
]
const calls = [
  'file',
  'numbers',
  'view',
  'remote',
  'merge',
  'count',
  'any',
  'max',
  'toString',
  'in',
  'groupArray',
  'length',
]
const values = [
  ...['*', 'id', 'text', 'author', 'post', 'p.text', 'p.author', 't.x', 'x', 'posts', 'canaries', '1', "'a'", 'NULL'],
  ...[
    "'canaries'",
    '`author`',
    '"author"',
    'sentiment',
    "sentiment['negative']",
    'likes',
    'at',
    'default',
    '(1, 2)',
    '[1]',
  ],
]
const signs = [
  '+',
  '=',
  'AND',
  'IN',
  'NOT IN',
  'LIKE',
  ',',
  '.',
  '->',
  '::',
  'AS',
  '||',
  ';',
  '--',
  '/*',
  '*/',
  '(',
  ')',
  ' ',
]
const heads = [
  '',
  'WITH t AS (SELECT 1 AS x)',
  'WITH (SELECT any(text) FROM posts) AS x',
  'WITH canaries AS (SELECT 1 AS x)',
]
const tails = [
  '',
  'WHERE 1',
  'GROUP BY 1',
  'ORDER BY 1',
  'LIMIT 3',
  'FORMAT CSV',
  'SETTINGS readonly = 0',
  "INTO OUTFILE '/tmp/x'",
  'FINAL',
]

const one = (from: string[]) => fc.constantFrom(...from)
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    one(values),
    fc.tuple(tie('value'), one(signs), tie('value')).map((parts) => parts.join(' ')),
    fc.tuple(one(calls), tie('value')).map(([call, inner]) => `${call}(${inner})`),
    fc.tuple(one(tables), tie('value')).map(([table, inner]) => `(SELECT ${inner} FROM ${table})`),
    fc
      .tuple(tie('value'), one(['x', 'author', 'canaries', 'posts', 't']))
      .map(([inner, name]) => `${inner} AS ${name}`),
  ),
})).value
const statement = fc
  .tuple(
    one(heads),
    value,
    one(tables),
    one(tails),
    one(['', '', '', 'UNION ALL SELECT * FROM', 'JOIN', ', ', 'CROSS JOIN']),
    one(tables),
  )
  .map(
    ([head, asked, table, tail, more, other]) =>
      `${head} SELECT ${asked} FROM ${table} ${more && `${more} ${other}`} ${tail}`,
  )

it('no statement of chance sees what is hidden', { timeout: 120_000 }, async () => {
  let [passed, answered] = [0, 0]
  const check = async (text: string) => {
    let written: string
    try {
      written = pass(text)
    } catch (error) {
      expect(error).toBeInstanceOf(UserError)
      return
    }
    passed++
    expect(pass(written)).toBe(written)
    const told = await opened.store.ask.sql(text, { seconds: 2 }).then(
      (table) => {
        answered++
        return JSON.stringify(table)
      },
      (error) => {
        expect(error, text).toBeInstanceOf(UserError)
        return `${error.message} ${error.hint}`
      },
    )
    for (const hidden of ['canary', ...hashes]) expect(told.includes(hidden), `${text}\n${told}`).toBe(false)
  }
  await fc.assert(fc.asyncProperty(statement, check), {
    numRuns: 6_000,
    seed: 20261128,
  })
  expect(passed).toBeGreaterThan(200)
  expect(answered).toBeGreaterThan(50)
  const after = await client.look<{ n: string }>('SELECT count() AS n FROM undercurrent.mentions FINAL')
  expect(Number(after[0]!.n)).toBe(13)
})
