// What audit labels make of a window's shares: prediction-powered estimates, valid for this very window however wrong
// the model is on it. Without labels it costs one short query. Labels count where their post is live and scored in the
// window, says what it said when it was labelled, and where they were drawn from all of the window (reach.ts).
import type { Audited, Estimate, Filter, LabelQuestion } from '../answers.ts'
import { standsForSql } from '../inclusion.ts'
import { type Audited as Labelled, leastLabels, predictionPowered } from '../ppi.ts'
import { rowsOf } from './filter.ts'
import { spoken } from './judged.ts'
import { coversWindow } from './reach.ts'
import type { Sql } from './sql.ts'

/** Beyond these the model's mean is known well enough from a random part: the posts with the least hashes. */
const mostRead = 10_000

const heads = ['sentiment', 'emotion', 'stance'] as const
type Head = (typeof heads)[number]

interface Question {
  head: Head
  target: string
}

/** What people said of one post, and with which probability it was drawn. */
interface Audit {
  said: string[][]
  probability: number
}

export async function audited(sql: Sql, filter: Filter): Promise<Audited> {
  const found: Audited = { sentiment: {}, emotion: {}, stance: {} }
  if (isUnaudited(filter)) return found
  if (!(await isLabelled(sql, filter))) return found
  const asked = [...(await auditsOf(sql, filter))].filter(([, audits]) => audits.size >= leastLabels)
  if (!asked.length) return found
  const wanted = new Set(asked.map(([key]) => (JSON.parse(key) as Question).head))
  const rows = await readRows(sql, filter, wanted)
  for (const [key, audits] of asked) {
    const question = JSON.parse(key) as Question
    const estimates = estimatesOf(rows, { question, audits })
    if (question.head !== 'stance') found[question.head] = estimates
    else if (Object.keys(estimates).length) found.stance[question.target] = estimates
  }
  return found
}

/** Labels weigh posts and authors; how copies and likes weigh, they do not know. */
const isUnaudited = ({ view }: Filter) => view === 'cluster' || view === 'engagement'

const inTopic = `topic = {topic:String} AND sample = 'audit' AND measure != 'relevance'`

async function isLabelled(sql: Sql, { topic }: Filter): Promise<boolean> {
  const ask = async () => {
    const rows = await sql.ask(
      `SELECT measure FROM undercurrent.labels WHERE ${inTopic} GROUP BY measure, target
       HAVING uniqExact(post) >= ${leastLabels} LIMIT 1`,
      { topic: topic.topic },
    )
    return rows.length > 0
  }
  return sql.seldom ? sql.seldom('labels', topic.topic, ask) : ask()
}

interface Told {
  measure: Head
  target: string
  wording: string
  post: string
  last: string[]
  drawn: number
}

/** By question (as JSON) and post. Of each labeller's words about a post the latest count. */
async function auditsOf(sql: Sql, filter: Filter): Promise<Map<string, Map<string, Audit>>> {
  const rows = rowsOf(filter)
  const told = await sql.ask<Told>(
    `SELECT measure, target, wording, post, argMax(said, at) AS last, maxIf(probability, sample = 'audit') AS drawn
     FROM (
       SELECT measure, target, wording, post, labeller, sample, said, probability, at FROM undercurrent.labels FINAL
       WHERE topic = {topic:String} AND (post, words) IN (${spoken(rows)}))
     GROUP BY measure, target, wording, post, labeller
     HAVING countIf(sample = 'audit') > 0 AND measure != 'relevance'`,
    rows.params,
  )
  const questions = new Map<string, Map<string, Audit>>()
  for (const { measure: head, target, wording, post, last, drawn } of told) {
    const meant = filter.targets?.find(({ id }) => id === target)
    if (head === 'stance' && filter.targets && meant?.text !== wording) continue
    const key = JSON.stringify({ head, target } satisfies Question)
    const audits = questions.get(key) ?? new Map<string, Audit>()
    questions.set(key, audits)
    const audit = audits.get(post)
    audits.set(post, { said: [...(audit?.said ?? []), last], probability: Math.max(audit?.probability ?? 0, drawn) })
  }
  return questions
}

export interface Row {
  post: string
  author: string
  ms: number
  weight: number
  sentiment?: Record<string, number>
  emotion?: Record<string, number>
  stance?: Record<string, Record<string, number>>
}

interface Rows {
  rows: Row[]
  /** Scored posts of the window, read or not. */
  of: number
}

/** The labelled posts, and as many others as are worth reading. */
async function readRows(sql: Sql, filter: Filter, wanted: Set<Head>): Promise<Rows> {
  const { sql: where, params } = rowsOf(filter)
  const [seen, stand] = ['count() OVER (PARTITION BY author)', 'sum(1 / inclusion) OVER (PARTITION BY author)']
  const weight = filter.view === 'author' ? `${standsForSql(seen, stand)} / inclusion / ${stand}` : '1 / inclusion'
  const rows = await sql.ask<Omit<Row, 'ms'> & { ms: string; total: string }>(
    `SELECT post, author, toUnixTimestamp64Milli(at) AS ms, ${weight} AS weight, ${[...wanted].join(', ')},
       count() OVER () AS total
     FROM undercurrent.mentions FINAL WHERE ${where} AND skipped = ''
     ORDER BY post IN (SELECT post FROM undercurrent.labels WHERE ${inTopic}) DESC, post LIMIT ${mostRead}`,
    params,
  )
  return { rows: rows.map((row) => ({ ...row, ms: Number(row.ms) })), of: Number(rows[0]?.total ?? 0) }
}

interface Asked {
  question: Question
  audits: Map<string, Audit>
}

/** What stands behind the shares of one question. */
export interface Reading {
  /** Scored posts of the window, read or not. */
  of: number
  labels: string[]
  /** In the same order for every label. */
  posts: (label: string) => Labelled[]
}

/** null where the labels cannot stand behind this window. */
function readingOf({ rows, of }: Rows, { question, audits }: Asked): Reading | null {
  const scores = (row: Row) => (question.head === 'stance' ? row.stance?.[question.target] : row[question.head])
  const read = rows.filter((row) => scores(row) !== undefined)
  const labelled = read.filter(({ post }) => audits.has(post))
  if (labelled.length < leastLabels) return null
  if (!coversWindow(read, { of, drawn: (post) => audits.get(post)?.probability })) return null
  const labels = [...new Set(read.flatMap((row) => Object.keys(scores(row)!)))].sort()
  const posts = (label: string) =>
    read.map((row) => ({
      author: row.author,
      f: scores(row)![label] ?? 0,
      weight: row.weight,
      ...heard(audits.get(row.post), label),
    }))
  return { of, labels, posts }
}

/** By label; empty where the labels cannot stand behind this window. */
function estimatesOf(rows: Rows, asked: Asked): Record<string, Estimate> {
  const reading = readingOf(rows, asked)
  const estimates: Record<string, Estimate> = {}
  for (const label of reading?.labels ?? []) {
    const estimate = predictionPowered(reading!.posts(label))
    if (estimate) estimates[label] = estimate
  }
  return estimates
}

/** What stands behind the shares of one question; null where audit labels do not, or not enough of them. */
export async function auditedRows(
  sql: Sql,
  filter: Filter,
  { measure, target }: LabelQuestion,
): Promise<Reading | null> {
  if (measure === 'relevance' || isUnaudited(filter) || !(await isLabelled(sql, filter))) return null
  const question: Question = { head: measure, target: target?.id ?? '' }
  const audits = (await auditsOf(sql, filter)).get(JSON.stringify(question))
  if (!audits || audits.size < leastLabels) return null
  return readingOf(await readRows(sql, filter, new Set([measure])), { question, audits })
}

/** The mean of several labellers' words about one post. */
function heard(audit: Audit | undefined, label: string): { y?: number; probability?: number } {
  if (!audit) return {}
  const yes = audit.said.filter((said) => said.includes(label)).length
  return { y: yes / audit.said.length, probability: audit.probability }
}
