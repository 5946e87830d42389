// The questions of answers.ts, each timed. Thin on purpose: summary.ts, coverage.ts and posts.ts hold the answers.
// Every answer is over rows deduplicated by key and version, asked of the table or of a window in memory that is as current.

import type { Filter, Questions } from '../answers.ts'
import { metrics } from '../metrics.ts'
import type { ModelErrors } from '../types.ts'
import { articles } from './articles.ts'
import { audited } from './audit.ts'
import { openConsole } from './console.ts'
import { counts, coverage, gapsIn, latest } from './coverage.ts'
import { doubtful } from './doubtful.ts'
import { draw } from './draw.ts'
import { editions } from './editions.ts'
import { exported, parquet } from './exports.ts'
import { fingerprint } from './fingerprint.ts'
import { judged } from './judged.ts'
import type { Keys } from './keys.ts'
import { otherModels, remodelled } from './models.ts'
import { found, live } from './named.ts'
import type { NewestPosts } from './newest.ts'
import { outlook } from './outlook.ts'
import { places, post, posts } from './posts.ts'
import { prints } from './prints.ts'
import { pulses } from './pulses.ts'
import { sample } from './sample.ts'
import { retold, sides } from './sides.ts'
import type { Sql } from './sql.ts'
import { modelled, series, summary } from './summary.ts'
import { tallies } from './tallies.ts'
import type { Windows } from './windows.ts'

export interface Asking {
  sql: Sql
  keys: Keys
  modelError: ModelErrors
  now: () => number
  /** The model that is used now. */
  model: string
  /** Large windows in memory; null: none. */
  windows: Windows | null
  /** null: it is asked each time. */
  newest: NewestPosts | null
}

export function questions({ sql, keys, modelError, now, model, windows, newest }: Asking): Questions {
  const heldOf = async (filter: Filter) => (isHeld(filter) && windows ? windows.of(filter) : null)
  const ask = openConsole(sql)
  return {
    counts: () => timed('counts', () => counts(sql)),
    latest: (topic) => timed('latest', () => latest(sql, topic, newest)),
    summary: (filter, kinds) =>
      timed('summary', async () => summary(sql, filter, { modelError, kinds, held: await heldOf(filter) })),
    series: (filter, measure, stepMs) =>
      timed('series', async () => series(sql, filter, { measure, stepMs, modelError, held: await heldOf(filter) })),
    gaps: (filter) => timed('gaps', () => gapsIn(sql, filter)),
    otherModels: (filter) => timed('otherModels', () => otherModels(sql, filter)),
    remodelled: (topic, question) => timed('remodelled', () => remodelled(sql, topic, question)),
    articles: (asked) => timed('articles', () => articles(sql, asked)),
    audited: (filter) => timed('audited', () => audited(sql, filter)),
    draw: (filter, question) => timed('draw', () => draw(sql, keys, { filter, question })),
    modelled: (filter) =>
      timed('modelled', async () => modelled(sql, filter, { modelError, held: await heldOf(filter) })),
    doubtful: (filter, question, limit) => timed('doubtful', () => doubtful(sql, keys, { filter, question, limit })),
    judged: (filter, question) => timed('judged', () => judged(sql, filter, question)),
    outlook: (filter, question, sides) => timed('outlook', () => outlook(sql, filter, { question, sides })),
    places: (topic, ids) => timed('places', () => places(sql, keys, { topic, ids })),
    sample: (filter, limit) => timed('sample', () => sample(sql, filter, limit)),
    sides: (filter, question) => timed('sides', () => sides(sql, filter, question)),
    retold: (filter, question) => timed('retold', () => retold(sql, filter, question)),
    exported: (filter, query, columns) => timed('exported', () => exported(sql, filter, { query, columns })),
    parquet: (filter, query, columns) => timed('parquet', () => parquet(sql, filter, { query, columns })),
    posts: (filter, query) => timed('posts', async () => posts(sql, filter, { query, held: await heldOf(filter) })),
    post: (id) => timed('post', () => post(sql, keys, { id, model })),
    coverage: (filter) => timed('coverage', async () => coverage(sql, filter, await heldOf(filter))),
    pulses: (asked, question) => timed('pulses', () => pulses(sql, { asked, question, modelError })),
    tallies: (topic, question) => timed('tallies', () => tallies(sql, topic, question)),
    prints: (model) => timed('prints', () => prints(sql, model)),
    live: (filter, ids) => timed('live', () => live(sql, keys, { filter, ids })),
    found: (filter, ids) => timed('found', () => found(sql, keys, { filter, ids })),
    fingerprint: (filter) => timed('fingerprint', () => fingerprint(sql, filter)),
    editions: (topic, limit) => timed('editions', () => editions({ sql, now }, topic, limit)),
    sql: (statement, limits, signal) => timed('sql', () => ask(statement, limits, signal)),
  }
}

/** A window in memory knows neither copies nor likes. */
const isHeld = ({ view = 'post' }: Filter) => view === 'post' || view === 'author'

/** Answers and notes how long it took, also when it failed. */
export async function timed<Answer>(question: string, answer: () => Promise<Answer>): Promise<Answer> {
  const done = metrics.queries.startTimer({ question })
  try {
    return await answer()
  } finally {
    done()
  }
}
