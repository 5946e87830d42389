// The questions about why something changed: what each account said in two windows, and how two versions of a topic, or two
// models, read one window. Each is one statement. Accounts leave as numbers in an order of chance; bounded however much a
// topic or an account says.
import type { Filter } from '../answers.ts'
import { UserError } from '../errors.ts'
import type { Retold, RetoldAccount, RetoldQuestion, Said, Sides, SidesQuestion } from '../sides.ts'
import { rowsOf, timeText } from './filter.ts'
import { isoOf } from './rows.ts'
import type { Params, Sql } from './sql.ts'

const usualAccounts = 4_000
const mostSaid = 10_000
/** Of one account and side: a hundred accounts are looked at, however much they say. */
const mostOfOne = 100
/** As much of a text as near-copies are judged by. */
const textRead = 1_000

interface SaidRow {
  nr: string
  later: number
  step: string
  place: string
  text_key: string
  words: string
  n: string
  volume: string
  b: string
  a: number
  r: number
  early: string
  late: string
  accounts: string
}

export async function sides(sql: Sql, filter: Omit<Filter, 'window'>, question: SidesQuestion): Promise<Sides> {
  const { before, after, stepMs } = question
  if (!(Number.isSafeInteger(stepMs) && stepMs >= 1_000))
    throw new UserError('the step is too short', 'Give a step of at least one second.')
  const [first, last] = before.from <= after.from ? [before, after] : [after, before]
  if (Date.parse(first.to) > Date.parse(last.from))
    throw new UserError('the two windows overlap', 'Let one begin when or after the other ends.')
  const where = rowsOf({ ...filter, window: { from: first.from, to: last.to } })
  const most = Math.max(1, Math.min(usualAccounts, Math.trunc(question.most ?? usualAccounts)))
  const { y, has, params } = columnOf(question.share)
  const rows = await sql.ask<SaidRow>(statement({ rows: where.sql, y, has, most, stepMs }), {
    ...where.params,
    ...params,
    ...edgesOf(question),
  })
  return told(rows)
}

const edgesOf = ({ before, after }: SidesQuestion): Params => ({
  ...{ beforeFrom: timeText(Date.parse(before.from)), beforeTo: timeText(Date.parse(before.to)) },
  ...{ afterFrom: timeText(Date.parse(after.from)), afterTo: timeText(Date.parse(after.to)) },
})

/** Several labels of one map as one number, and whether a row has them. Bound by number, never by name. */
function columnOf(share: SidesQuestion['share']): { y: string; has: string; params: Params } {
  if (share === null) return { y: '0', has: '0', params: {} }
  const map = share.target === null ? share.kind : 'stance[{sideTarget:String}]'
  const params: Params = share.target === null ? {} : { sideTarget: share.target }
  const parts = share.labels.map((label, nr) => {
    params[`sideLabel${nr}`] = label
    return `${map}[{sideLabel${nr}:String}]`
  })
  return { y: `least(1, ${parts.join(' + ')})`, has: `notEmpty(mapKeys(${map}))`, params }
}

interface Asked {
  rows: string
  y: string
  has: string
  most: number
  stepMs: number
}

/**
 * Authors are keyed hashes: the first ones are a fair sample of them. Their number comes with every row, of the whole window.
 * Texts are read of those alone.
 */
function statement({ rows, y, has, most, stepMs }: Asked): string {
  const isLater = 'at >= {afterFrom:DateTime64(3)} AND at < {afterTo:DateTime64(3)}'
  const isEarlier = 'at >= {beforeFrom:DateTime64(3)} AND at < {beforeTo:DateTime64(3)}'
  const live = `undercurrent.mentions FINAL WHERE ${rows} AND (${isLater} OR ${isEarlier})`
  const begin = `if(${isLater}, {afterFrom:DateTime64(3)}, {beforeFrom:DateTime64(3)})`
  return `SELECT *, (SELECT uniqExact(author) FROM ${live}) AS accounts FROM (
    SELECT nr, later, step, place, text_key, any(words) AS words, count() AS n, sum(1 / inclusion) AS volume, countIf(known) AS b, sumIf(p, known) AS a,
      sumIf(p * (1 - p), known) AS r, toUnixTimestamp64Milli(min(at)) AS early, toUnixTimestamp64Milli(max(at)) AS late
    FROM (
      SELECT dense_rank() OVER (ORDER BY author) AS nr, ${isLater} AS later, source AS place, at, inclusion,
        intDiv(toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(${begin}), ${stepMs}) AS step,
        if(copy = '', toString(post), copy) AS text_key, substringUTF8(text, 1, ${textRead}) AS words,
        skipped = '' AND ${has} AS known, toFloat64(${y}) AS p
      FROM ${live} AND author IN (SELECT author FROM ${live} GROUP BY author ORDER BY author LIMIT ${most}))
    GROUP BY nr, later, step, place, text_key
    ORDER BY nr, later, text_key, step LIMIT ${mostOfOne} BY nr, later LIMIT ${mostSaid + 1})`
}

/** Where not all came, the last account came in part. */
function told(rows: SaidRow[]): Sides {
  const cut = rows.length > mostSaid ? rows.at(-1)!.nr : null
  const said = rows.filter(({ nr }) => nr !== cut).map(saidOf)
  const looked = said.length ? said.at(-1)!.account + 1 : 0
  return { accounts: Number(rows[0]?.accounts ?? 0), looked, said }
}

const saidOf = (row: SaidRow): Said => ({
  account: Number(row.nr) - 1,
  isAfter: Boolean(row.later),
  step: Number(row.step),
  source: row.place,
  copy: row.text_key,
  text: row.words,
  posts: Number(row.n),
  volume: Number(row.volume),
  scored: Number(row.b),
  sum: Number(row.a),
  noise: Number(row.r),
  first: isoOf(row.early),
  last: isoOf(row.late),
})

/** Posts by their keys: how the same ones read there and here, and what only one has. */
export async function retold(sql: Sql, filter: Filter, { former, share }: RetoldQuestion): Promise<Retold> {
  const now = rowsOf(filter)
  const { y, has, params } = columnOf(share)
  const then = now.sql
    .replace('{topic:String}', '{formerTopic:String}')
    .replace('{topicVersion:UInt32}', '{formerVersion:UInt32}')
    .replace('{model:String}', '{formerModel:String}')
  const read = (where: string, isNow: number) =>
    `SELECT post, author, ${isNow} AS here, toFloat64(${y}) AS p FROM undercurrent.mentions FINAL
     WHERE ${where} AND skipped = '' AND ${has}`
  const rows = await sql.ask<Record<string, string | number>>(
    `SELECT countIf(n = 2) AS both, countIf(n = 1 AND x = 0) AS former, countIf(n = 1 AND x = 1) AS now,
       sumIf(a, n = 2) AS both_former, sumIf(b, n = 2) AS both_now, sumIf(a, n = 1) AS sum_former, sumIf(b, n = 1) AS sum_now
     FROM (
       SELECT post, any(author) AS who, uniqExact(here) AS n, max(here) AS x, sumIf(p, here = 0) AS a, sumIf(p, here = 1) AS b
       FROM (${read(then, 0)} UNION ALL ${read(now.sql, 1)}) GROUP BY post)
     GROUP BY who ORDER BY who LIMIT ${mostSaid}`,
    {
      ...now.params,
      ...params,
      ...{ formerTopic: former.topic.topic, formerVersion: former.topic.version, formerModel: former.model },
    },
  )
  return { accounts: rows.map(accountOf) }
}

function accountOf(row: Record<string, string | number>): RetoldAccount {
  const [both, former, now] = [row.both, row.former, row.now].map(Number) as [number, number, number]
  const [bothFormer, bothNow, sumFormer, sumNow] = [row.both_former, row.both_now, row.sum_former, row.sum_now].map(
    Number,
  ) as [number, number, number, number]
  return { posts: { both, former, now }, sums: { bothFormer, bothNow, former: sumFormer, now: sumNow } }
}
