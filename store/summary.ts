// The questions about shares: summary, and one measure over time. A summary takes two passes: what is there (counts, and
// the labels that occur), then the sums over authors of all of them at once (shares.ts). Never reads text.

import type { Audited, Estimate, Filter, SeriesPoint, Share, Summary } from '../answers.ts'
import { UserError } from '../errors.ts'
import { estimate, type Sums, unknown } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'
import { audited } from './audit.ts'
import { renamedIn } from './clusters.ts'
import { gapsIn } from './coverage.ts'
import { perAuthor, rowsOf, weighted } from './filter.ts'
import { isoOf } from './rows.ts'
import { type Block, blocksOf, column, estimatesOf } from './shares.ts'
import type { Sql } from './sql.ts'
import type { WindowRows } from './window.ts'
import { stepsOf as heldSteps, type Step } from './windowSteps.ts'
import { totalsOf, type Totals as WindowTotals } from './windowSums.ts'

type Kind = Share['kind']
const everyKind: Kind[] = ['sentiment', 'emotion', 'stance']

interface Totals {
  posts: string
  people: string
  read: string
  voices: string
  skips: Summary['unscored']
  /** Of the probabilities with which its posts were seen. */
  least: number
  moods: string[][]
  feelings: string[][]
  stands: [string, string[]][]
}

export interface SummaryQuestion {
  modelError: ModelErrors
  /** Only these shares; the others stay empty, and cost nothing. */
  kinds?: Kind[] | undefined
  /** The window in memory; null or absent: the table is asked. */
  held?: WindowRows | null
}

export async function summary(sql: Sql, filter: Filter, question: SummaryQuestion): Promise<Summary> {
  const { kinds } = question
  const found = await modelled(sql, filter, question)
  const labelled = await audited(sql, filter)
  for (const kind of everyKind) if (kinds && !kinds.includes(kind)) labelled[kind] = {}
  return { ...found, ...withLabels(found, labelled) }
}

/** As it would be had nobody labelled anything. */
export async function modelled(sql: Sql, filter: Filter, question: SummaryQuestion): Promise<Summary> {
  const { modelError, kinds = everyKind, held } = question
  const { shares, ...counted } = held
    ? estimated(totalsOf(held, filter, kinds), modelError)
    : await asked(sql, filter, { modelError, kinds })
  const found: Audited = { sentiment: {}, emotion: {}, stance: {} }
  for (const [{ kind, target, label }, estimate] of shares) {
    if (kind !== 'stance') found[kind][label] = estimate
    else found.stance[target!] = { ...found.stance[target!], [label]: estimate }
  }
  return { window: filter.window, view: filter.view ?? 'post', model: filter.model, ...counted, ...found }
}

type Counted = Pick<Summary, 'posts' | 'authors' | 'scored' | 'scoredAuthors' | 'unscored'>
type Estimated = Counted & { shares: [Share, Estimate][] }

function estimated({ shares, ...counted }: WindowTotals, modelError: ModelErrors): Estimated {
  const errorOf = ({ kind, label }: Share) => modelError[kind].share[label] ?? 0
  const told = shares.map(([share, sums]): [Share, Estimate] => [
    share,
    sums ? estimate(sums, errorOf(share)) : unknown,
  ])
  return { ...counted, shares: told }
}

async function asked(
  sql: Sql,
  filter: Filter,
  { modelError, kinds }: { modelError: ModelErrors; kinds: Kind[] },
): Promise<Estimated> {
  const { sql: where, params } = rowsOf(filter)
  const [totals] = await sql.ask<Totals>(
    `SELECT count() AS posts, uniqExact(author) AS people, countIf(skipped = '') AS read,
       uniqExactIf(author, skipped = '') AS voices,
       sumMapIf(map(toString(skipped), toUInt32(1)), skipped != '') AS skips, min(inclusion) AS least, ${kinds.map(labelsOf).join(', ')}
     FROM undercurrent.mentions FINAL WHERE ${where}`,
    params,
  )
  const { posts, people, read, voices, skips, least } = totals!
  const counted = { posts: Number(posts), authors: Number(people), scored: Number(read) }
  const known = { scoredAuthors: Number(voices), unscored: numbers(skips) }
  const told = { blocks: inBlocks(totals!), modelError, isSampled: counted.posts > 0 && least < 1 }
  return { ...counted, ...known, shares: await estimatesOf(sql, filter, told) }
}

/** Every list of labels that rows have, as SQL. */
const labelsOf = (kind: Kind): string =>
  ({
    sentiment: 'groupUniqArrayIf(sentiment.keys, notEmpty(sentiment.keys)) AS moods',
    emotion: 'groupUniqArrayIf(emotion.keys, notEmpty(emotion.keys)) AS feelings',
    stance: 'groupUniqArrayArray(arrayMap((t, m) -> (t, mapKeys(m)), stance.keys, stance.values)) AS stands',
  })[kind]

function inBlocks({ moods = [], feelings = [], stands = [] }: Partial<Totals>): Block[] {
  const targets = Map.groupBy(
    stands.filter(([, labels]) => labels.length),
    ([target]) => target,
  )
  return [
    ...blocksOf({ kind: 'sentiment', target: null }, moods, 'mood'),
    ...blocksOf({ kind: 'emotion', target: null }, feelings, 'feeling'),
    ...[...targets].flatMap(([target, lists], nr) =>
      blocksOf(
        { kind: 'stance', target },
        lists.map(([, labels]) => labels),
        `stance${nr}`,
      ),
    ),
  ]
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

const mostSteps = 5_000

export interface SeriesQuestion {
  measure: string
  stepMs: number
  modelError: ModelErrors
  held?: WindowRows | null
}

/** Fixed steps aligned to the epoch, empty ones included. */
export async function series(sql: Sql, filter: Filter, question: SeriesQuestion): Promise<SeriesPoint[]> {
  const { measure, stepMs, modelError, held } = question
  const share = shareOf(measure)
  const steps = stepsOf(filter, stepMs)
  const found = held ? heldSteps(held, filter, { share, stepMs }) : await askedSteps(sql, filter, { share, stepMs })
  const gaps = await gapsIn(sql, filter)
  return steps.map((nr) => {
    const { posts, volume, authors, sums } = found.get(nr) ?? { posts: 0, volume: 0, authors: 0, sums: null }
    const gap = gaps.some(({ from, to }) => Date.parse(from) < (nr + 1) * stepMs && Date.parse(to) > nr * stepMs)
    const told = sums ? estimate(sums, modelError[share.kind].share[share.label] ?? 0) : unknown
    return { at: isoOf(nr * stepMs), posts, volume: Math.round(volume), authors, ...told, gap }
  })
}

async function askedSteps(
  sql: Sql,
  filter: Filter,
  { share, stepMs }: { share: Share; stepMs: number },
): Promise<Map<number, Step>> {
  const { y, has, params } = column(share, 's')
  const step = `intDiv(toUnixTimestamp64Milli(at), ${stepMs}) - if(toUnixTimestamp64Milli(at) % ${stepMs} < 0, 1, 0)`
  const rows = weighted(filter, { step, renamed: await renamedIn(sql, filter) })
  const one = perAuthor(filter, { a: 'ya', b: 'yb', noise: 'yn', seen: 'n', posts: 's' })
  const found = await sql.ask<StepRow>(
    `SELECT nr, sum(all) AS posts, sum(stand) AS volume, count() AS people, countIf(b > 0) AS n, sum(a) AS sa, sum(b) AS sb,
       sum(a * a) AS aa, sum(a * b) AS ab, sum(b * b) AS bb, sum(r) AS nn, sum(c) AS k
     FROM (
       SELECT nr, all, stand, c, ${one.a} AS a, ${one.b} AS b, ${one.noise} AS r FROM (
         SELECT ${step} AS nr, count() AS all, sum(1 / inclusion) AS stand, countIf(skipped = '') AS n,
           sumIf(1 / inclusion, skipped = '') AS s, sumIf(known, skipped = '') AS c,
           sumIf(${y} * w, skipped = '') AS ya, sumIf(${has} * w, skipped = '') AS yb,
           sumIf(w * w * ${y} * (1 - ${y}), skipped = '') AS yn
         FROM (${rows.sql}) GROUP BY nr, author))
     GROUP BY nr`,
    { ...rows.params, ...params },
  )
  return new Map(found.map((row) => [Number(row.nr), stepOf(row)]))
}

type StepRow = Record<
  'nr' | 'posts' | 'volume' | 'people' | 'n' | 'sa' | 'sb' | 'aa' | 'ab' | 'bb' | 'nn' | 'k',
  string
>

function stepOf(row: StepRow): Step {
  const [posts, volume, people, n, k] = [row.posts, row.volume, row.people, row.n, row.k].map(Number)
  const [a, b, aa, ab, bb, noise] = [row.sa, row.sb, row.aa, row.ab, row.bb, row.nn].map(Number)
  const sums: Sums = { authors: n!, a: a!, b: b!, aa: aa!, ab: ab!, bb: bb!, noise: noise! }
  return { posts: posts!, volume: volume!, authors: people!, sums: k === 0 ? null : sums }
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
