// The questions about shares: summary, and one measure over time. A summary takes two passes: what is there (counts, and
// the labels that occur), then one vector of sums over authors for every label at once. Never reads text.

import type { Audited, Estimate, Filter, SeriesPoint, Share, Summary } from '../answers.ts'
import { UserError } from '../errors.ts'
import { estimate, type Sums, unknown } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'
import { audited } from './audit.ts'
import { renamedIn } from './clusters.ts'
import { gapsIn } from './coverage.ts'
import { perAuthor, rowsOf, weighted } from './filter.ts'
import { isoOf } from './rows.ts'
import type { Params, Sql } from './sql.ts'

interface Totals {
  posts: string
  people: string
  read: string
  voices: string
  skips: Summary['unscored']
  moods: string[]
  feelings: string[]
  stands: [string, string][]
}

export async function summary(sql: Sql, filter: Filter, modelError: ModelErrors): Promise<Summary> {
  const found = await modelled(sql, filter, modelError)
  return { ...found, ...withLabels(found, await audited(sql, filter)) }
}

/** As it would be had nobody labelled anything. */
export async function modelled(sql: Sql, filter: Filter, modelError: ModelErrors): Promise<Summary> {
  const { sql: where, params } = rowsOf(filter)
  const [totals] = await sql.ask<Totals>(
    `SELECT count() AS posts, uniqExact(author) AS people, countIf(skipped = '') AS read,
       uniqExactIf(author, skipped = '') AS voices,
       sumMapIf(map(toString(skipped), toUInt32(1)), skipped != '') AS skips,
       groupUniqArrayArray(mapKeys(sentiment)) AS moods, groupUniqArrayArray(mapKeys(emotion)) AS feelings,
       groupUniqArrayArray(arrayFlatten(arrayMap(
         (t, m) -> arrayMap(l -> (toString(t), toString(l)), mapKeys(m)), mapKeys(stance), mapValues(stance)))) AS stands
     FROM undercurrent.mentions FINAL WHERE ${where}`,
    params,
  )
  const { posts, people, read, voices, skips, moods, feelings, stands } = totals!
  const shares: Share[] = [
    ...moods.toSorted().map((label): Share => ({ kind: 'sentiment', target: null, label })),
    ...feelings.toSorted().map((label): Share => ({ kind: 'emotion', target: null, label })),
    ...stands.toSorted().map(([target, label]): Share => ({ kind: 'stance', target, label })),
  ]
  const counted = { posts: Number(posts), authors: Number(people), scored: Number(read) }
  const known = { scoredAuthors: Number(voices), unscored: numbers(skips) }
  const head = { window: filter.window, view: filter.view ?? 'post', ...counted, ...known, model: filter.model }
  const found: Audited = { sentiment: {}, emotion: {}, stance: {} }
  const estimates = await estimatesOf(sql, filter, { shares, modelError })
  for (const [index, { kind, target, label }] of shares.entries()) {
    if (kind !== 'stance') found[kind][label] = estimates[index]!
    else found.stance[target!] = { ...found.stance[target!], [label]: estimates[index]! }
  }
  return { ...head, ...found }
}

/** Where people's labels stand behind a share, they take the place of what the model alone would say of it. */
function withLabels(found: Audited, { sentiment, emotion, stance }: Audited): Audited {
  const targets = Object.entries(found.stance).map(([id, estimates]) => [id, { ...estimates, ...stance[id] }] as const)
  return {
    sentiment: { ...found.sentiment, ...sentiment },
    emotion: { ...found.emotion, ...emotion },
    stance: Object.fromEntries(targets),
  }
}

const numbers = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, Number(count)]))

/** The probability, and whether the row has one, as SQL; the names are bound under `name`. */
export function column({ kind, target, label }: Share, name: string): { y: string; has: string; params: Params } {
  const params: Params = { [`${name}l`]: label, ...(target === null ? {} : { [`${name}t`]: target }) }
  const from = target === null ? kind : `stance[{${name}t:String}]`
  return { y: `${from}[{${name}l:String}]`, has: `mapContains(${from}, {${name}l:String})`, params }
}

// One element per label written out: a lambda over a list of labels measured ten times slower.
async function estimatesOf(
  sql: Sql,
  filter: Filter,
  { shares, modelError }: { shares: Share[]; modelError: ModelErrors },
): Promise<Estimate[]> {
  if (!shares.length) return []
  const columns = shares.map((share, index) => column(share, `s${index}`))
  const rows = weighted(filter, { renamed: await renamedIn(sql, filter) })
  const one = perAuthor(filter, { a: 'x', b: 'v', noise: 'x' })
  const [sums] = await sql.ask<{
    n: string[]
    sa: number[]
    sb: number[]
    aa: number[]
    ab: number[]
    bb: number[]
    nn: number[]
    k: string
  }>(
    `SELECT sumForEach(arrayMap(v -> v > 0, b)) AS n, sumForEach(a) AS sa, sumForEach(b) AS sb,
       sumForEach(arrayMap(x -> x * x, a)) AS aa, sumForEach(arrayMap((x, v) -> x * v, a, b)) AS ab,
       sumForEach(arrayMap(v -> v * v, b)) AS bb, sumForEach(r) AS nn, sum(c) AS k
     FROM (
       SELECT arrayMap((x, v) -> ${one.a}, ya, yb) AS a, arrayMap(v -> ${one.b}, yb) AS b,
         arrayMap((x, v) -> ${one.noise}, yn, yb) AS r, c FROM (
         SELECT sumForEach([${columns.map(({ y }) => `${y} * w`).join(', ')}]) AS ya,
           sumForEach([${columns.map(({ has }) => `${has} * w`).join(', ')}]) AS yb,
           sumForEach([${columns.map(({ y }) => `w * w * ${y} * (1 - ${y})`).join(', ')}]) AS yn, sum(known) AS c
         FROM (${rows.sql}) WHERE skipped = '' GROUP BY author))`,
    Object.assign({ ...rows.params }, ...columns.map(({ params }) => params)),
  )
  return shares.map(({ kind, label }, i) => {
    if (!sums?.n.length || Number(sums.k) === 0) return unknown
    const { n, sa, sb, aa, ab, bb, nn } = sums
    const of: Sums = { authors: Number(n[i]), a: sa[i]!, b: sb[i]!, aa: aa[i]!, ab: ab[i]!, bb: bb[i]!, noise: nn[i]! }
    return estimate(of, modelError[kind].share[label] ?? 0)
  })
}

const mostSteps = 5_000

export interface SeriesQuestion {
  measure: string
  stepMs: number
  modelError: ModelErrors
}

/** Fixed steps aligned to the epoch, empty ones included. */
export async function series(sql: Sql, filter: Filter, question: SeriesQuestion): Promise<SeriesPoint[]> {
  const { measure, stepMs, modelError } = question
  const share = shareOf(measure)
  const steps = stepsOf(filter, stepMs)
  const { y, has, params } = column(share, 's')
  const step = `intDiv(toUnixTimestamp64Milli(at), ${stepMs}) - if(toUnixTimestamp64Milli(at) % ${stepMs} < 0, 1, 0)`
  const rows = weighted(filter, { step, renamed: await renamedIn(sql, filter) })
  const one = perAuthor(filter, { a: 'ya', b: 'yb', noise: 'yn' })
  const found = await sql.ask<
    Record<'nr' | 'posts' | 'people' | 'n' | 'sa' | 'sb' | 'aa' | 'ab' | 'bb' | 'nn' | 'k', string>
  >(
    `SELECT nr, sum(all) AS posts, count() AS people, countIf(b > 0) AS n, sum(a) AS sa, sum(b) AS sb,
       sum(a * a) AS aa, sum(a * b) AS ab, sum(b * b) AS bb, sum(r) AS nn, sum(c) AS k
     FROM (
       SELECT nr, all, c, ${one.a} AS a, ${one.b} AS b, ${one.noise} AS r FROM (
         SELECT ${step} AS nr, count() AS all, sumIf(known, skipped = '') AS c,
           sumIf(${y} * w, skipped = '') AS ya, sumIf(${has} * w, skipped = '') AS yb,
           sumIf(w * w * ${y} * (1 - ${y}), skipped = '') AS yn
         FROM (${rows.sql}) GROUP BY nr, author))
     GROUP BY nr`,
    { ...rows.params, ...params },
  )
  const byStep = new Map(found.map((row) => [Number(row.nr), row]))
  const gaps = await gapsIn(sql, filter)
  return steps.map((nr) => {
    const row = byStep.get(nr)
    const gap = gaps.some(({ from, to }) => Date.parse(from) < (nr + 1) * stepMs && Date.parse(to) > nr * stepMs)
    const at = isoOf(nr * stepMs)
    if (!row) return { at, posts: 0, authors: 0, gap, ...unknown }
    const [a = 0, b = 0, aa = 0, ab = 0, bb = 0, noise = 0] = [row.sa, row.sb, row.aa, row.ab, row.bb, row.nn].map(
      Number,
    )
    const of: Sums = { authors: Number(row.k) === 0 ? 0 : Number(row.n), a, b, aa, ab, bb, noise }
    const error = modelError[share.kind].share[share.label] ?? 0
    return { at, posts: Number(row.posts), authors: Number(row.people), gap, ...estimate(of, error) }
  })
}

/** The numbers of the steps that the window touches. */
function stepsOf({ window }: Filter, stepMs: number): number[] {
  if (!Number.isSafeInteger(stepMs) || stepMs < 1_000)
    throw new UserError('the step is too short', 'Give a step of at least one second, like 10m, 1h or 1d.')
  const first = Math.floor(Date.parse(window.from) / stepMs)
  const count = Math.ceil(Date.parse(window.to) / stepMs) - first
  if (count > mostSteps)
    throw new UserError(
      `${count} steps are too many`,
      `Ask for a shorter window or larger steps: at most ${mostSteps}.`,
    )
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index)
}

/** A measure's name taken apart. A target's id may hold dots, a label never does. */
function shareOf(measure: string): Share {
  const match = /^(sentiment|emotion)\.([^.]+)$|^stance\.(.+)\.([^.]+)$/s.exec(measure)
  if (!match)
    throw new UserError(
      `there is no measure "${measure.slice(0, 100)}"`,
      'Use sentiment.LABEL, emotion.LABEL or stance.TARGET.LABEL, like sentiment.negative.',
    )
  if (match[1]) return { kind: match[1] as 'sentiment' | 'emotion', target: null, label: match[2]! }
  return { kind: 'stance', target: match[3]!, label: match[4]! }
}
