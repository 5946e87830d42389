// All live posts of a filter as rows of plain columns: page by page, or as one Parquet file that the engine writes. Voices
// are numbered anew in each file, so that they can be told apart in it and nowhere else. No hash leaves.
import type { ExportColumn, ExportedPost, Filter, PostsQuery } from '../answers.ts'
import { UserError } from '../errors.ts'
import { rowsOf } from './filter.ts'
import { wantedOf } from './order.ts'
import { column } from './shares.ts'
import { shown } from './shown.ts'
import type { Params, Sql } from './sql.ts'

const rowsAtOnce = 5_000
const mostRows = 1_000_000
/** The engine holds a whole Parquet file before it hands it over. */
const mostInParquet = 200_000

export interface ExportQuestion {
  query: PostsQuery
  columns: ExportColumn[]
}

/** The rows of a filter, those of them that the query wants, and what both bind. */
interface Meant {
  rows: string
  wanted: string
  params: Params
}

function meantBy(filter: Filter, query: PostsQuery): Meant {
  const [rows, wanted] = [rowsOf(filter), wantedOf(query)]
  return { rows: rows.sql, wanted: wanted.sql, params: { ...rows.params, ...wanted.params } }
}

/** Pages in the order of the posts' hashes. What is deleted meanwhile is in no later page. */
export async function exported(
  sql: Sql,
  filter: Filter,
  { query, columns }: ExportQuestion,
): Promise<AsyncIterable<ExportedPost[]>> {
  const meant = meantBy(filter, query)
  const ends = await endsOf(sql, meant, mostRows)
  return pagesTo(ends, (between, bounds) => {
    const { text, params } = plainRows(meant, columns, { between, at: isoTime, author: 'p.author' })
    return sql.ask<ExportedPost>(`${text} ORDER BY p.post`, { ...params, ...bounds })
  })
}

/** The same as one file; its times are times and its numbers numbers, so that no reader has to guess. */
export async function parquet(
  sql: Sql,
  filter: Filter,
  { query, columns }: ExportQuestion,
): Promise<AsyncIterable<Uint8Array>> {
  const meant = meantBy(filter, query)
  await endsOf(sql, meant, mostInParquet)
  const author = 'toUInt32(dense_rank() OVER (ORDER BY p.author))'
  const { text, params } = plainRows(meant, columns, { between: '', at: 'p.at', author })
  return sql.askParquet(`${text} ORDER BY p.post`, params)
}

async function* pagesTo(
  ends: string[],
  ask: (between: string, bounds: Params) => Promise<ExportedPost[]>,
): AsyncIterable<ExportedPost[]> {
  const voices = new Map<unknown, number>()
  for (const [nr, last] of ends.entries()) {
    const after = nr === 0 ? '' : 'post > {after:UUID} AND '
    const page = await ask(`${after}post <= {last:UUID} AND `, nr === 0 ? { last } : { after: ends[nr - 1], last })
    for (const { author } of page) if (!voices.has(author)) voices.set(author, voices.size + 1)
    yield page.map((row) => ({ ...row, author: voices.get(row.author)! }))
  }
}

/** The last hash of each page. Throws UserError where there are more posts than one file may hold. */
async function endsOf(sql: Sql, { rows, wanted, params }: Meant, most: number): Promise<string[]> {
  const [found] = await sql.ask<{ ends: string[]; total: string }>(
    `SELECT groupArrayIf(post, nr % ${rowsAtOnce} = 0 OR nr = n) AS ends, max(nr) AS total FROM (
       SELECT post, row_number() OVER (ORDER BY post) AS nr, count() OVER () AS n
       FROM undercurrent.mentions FINAL WHERE ${rows} AND ${wanted} ORDER BY post)`,
    params,
  )
  const posts = Number(found?.total ?? 0)
  if (posts <= most) return found?.ends ?? []
  const hint = `One file holds up to ${most.toLocaleString('en-US')}: ask for a shorter window, one source or one language.`
  throw new UserError(`${posts.toLocaleString('en-US')} posts are too many for one file`, hint, 422)
}

const isoTime = `concat(replaceOne(toString(p.at), ' ', 'T'), 'Z')`

interface Shape {
  /** Bounds of a page, ending in AND, or ''. */
  between: string
  at: string
  author: string
}

/** One row a post; copies are counted among all rows of the filter. */
function plainRows({ rows, wanted, params }: Meant, columns: ExportColumn[], { between, at, author }: Shape) {
  const flat = columns.map((one, nr) => ({ name: safe(one.name), ...column(one, `c${nr}`) }))
  const text = `SELECT p.id AS id, toString(p.source) AS source, ${at} AS at, toString(p.lang) AS lang, p.told AS text,
      p.likes_now AS likes, p.reposts_now AS reposts, ifNull(c.n, 1) AS copies,
      nullIf(toString(p.skipped), '') AS skipped, toString(p.model) AS model, ${author} AS author,
      ${flat.map(({ name, y, has }) => `if(${has}, ${y}, NULL) AS \`${name}\`, `).join('')}
      p.irony AS irony, p.offensive AS offensive, p.hate AS hate, p.inclusion AS inclusion
    FROM (${shown(`${between}${rows} AND ${wanted}`)}) AS p
    LEFT JOIN (
      SELECT copy AS copied, toUInt32(uniqExact(post)) AS n FROM undercurrent.mentions FINAL
      WHERE ${rows} AND copy != '' GROUP BY copy
    ) AS c ON p.copy = c.copied`
  return { text, params: Object.assign({ ...params }, ...flat.map((one) => one.params)) as Params }
}

/** Names stand in the statement: letters of ours and ids of targets, which have no other signs. */
function safe(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name
  throw new Error('not the name of a column')
}
