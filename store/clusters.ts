// The view "every copy-cluster equal": which copies of a window are one text told with small changes. Exact copies share
// their fingerprint; near-copies are found by their texts (copies.ts), here, and go into the questions as a renaming of
// fingerprints. Bounded: a window of more distinct texts than it reads has exact copies only (docs/store.md).
import type { Filter } from '../answers.ts'
import { nearCopiesApart } from '../apart.ts'
import { longestCompared } from '../copies.ts'
import { rowsOf } from './filter.ts'
import type { Sql } from './sql.ts'

/** Distinct texts that are compared at most. */
export const mostTexts = 20_000

/** Fingerprints that count as another one: `from[i]` as `to[i]`. */
export interface Renamed {
  from: string[]
  to: string[]
}

/** What counts as one text in this filter's view; null where fingerprints say it all. Other views ask nothing. */
export async function renamedIn(sql: Sql, filter: Filter, most = mostTexts): Promise<Renamed | null> {
  if (filter.view !== 'cluster') return null
  const { sql: where, params } = rowsOf(filter)
  // A source's terms may have taken the text away: then the fingerprint is all there is.
  const live = `FROM undercurrent.mentions FINAL WHERE ${where} AND copy != ''`
  const [counted] = await sql.ask<{ n: string }>(`SELECT uniqExact(copy) AS n ${live}`, params)
  if (Number(counted!.n) > most) return null
  const texts = await sql.ask<{ copy: string; words: string }>(
    `SELECT copy, substringUTF8(min(text), 1, ${longestCompared}) AS words ${live}
     GROUP BY copy HAVING words != ''`,
    params,
  )
  return renamed(texts)
}

/** Each cluster goes by the least of its fingerprints, so that equal windows ask equal questions. */
async function renamed(texts: { copy: string; words: string }[]): Promise<Renamed | null> {
  const numbers = await nearCopiesApart(texts.map(({ words }) => words))
  const least = new Map<number, string>()
  for (const [at, { copy }] of texts.entries()) {
    const before = least.get(numbers[at]!)
    if (before === undefined || copy < before) least.set(numbers[at]!, copy)
  }
  const moved = [...texts.keys()].filter((at) => least.get(numbers[at]!) !== texts[at]!.copy)
  if (!moved.length) return null
  return { from: moved.map((at) => texts[at]!.copy), to: moved.map((at) => least.get(numbers[at]!)!) }
}
