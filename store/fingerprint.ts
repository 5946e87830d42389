// Whether an answer may have moved, in one cheap question: sums of hashes over everything that answers about a filter
// rest on. The posts come in by their keys and versions alone, so that the same posts found by another query or read by
// another model have the same fingerprint: what then differs between two paragraphs was not the world.
import { createHash } from 'node:crypto'
import type { Filter, Fingerprint } from '../answers.ts'
import { rowsOf } from './filter.ts'
import type { Params, Sql } from './sql.ts'

export async function fingerprint(sql: Sql, filter: Filter): Promise<Fingerprint> {
  const { sql: where, params } = rowsOf(filter)
  // Not FINAL where it only says which rows of another table matter: a few too many do no harm, and it is half the time.
  const those = (column: string) => `SELECT ${column} FROM undercurrent.mentions WHERE ${where}`
  const own = filter.source === undefined ? '' : 'AND source = {source:String}'
  const parts = {
    mentions: ['post, version', where],
    counts: ['post, likes, reposts', `post IN (${those('post')})`],
    accounts: ['account, at, wish', `kind = 'display' AND account IN (${those('author')})`],
    labels: [
      'measure, target, wording, post, labeller, sample, words, said, probability, at',
      'topic = {topic:String}',
    ],
    gaps: ['source, since, until, reason', `since < {to:DateTime64(3)} AND until > {from:DateTime64(3)} ${own}`],
  }
  const selects = Object.entries(parts).map(
    ([table, [columns, which]]) => `SELECT '${table}' AS part, toString(count()) AS n,
       toString(sum(cityHash64(${columns}))) AS city, toString(sum(sipHash64(${columns}))) AS sip
     FROM undercurrent.${table} FINAL WHERE ${which}`,
  )
  const found = await sql.askSmall<Part>(selects.join(' UNION ALL '), params satisfies Params)
  const count = (of: string) => Number(found.find(({ part }) => part === of)?.n ?? 0)
  return { print: digest(found), labels: count('labels'), gaps: count('gaps') }
}

interface Part {
  part: string
  n: string
  city: string
  sip: string
}

/** The parts of a union come in any order. */
function digest(parts: Part[]): string {
  const told = parts.map(({ part, n, city, sip }) => `${part} ${n} ${city} ${sip}`).sort()
  return createHash('sha256').update(told.join('\n')).digest('hex').slice(0, 16)
}
