// What people said of the posts of a window, one question at a time: who said what last of which post. Labels count where
// their post is live and scored in the window and says what it said when it was labelled. Never reads text.
import type { Filter, Judged, LabelQuestion } from '../answers.ts'
import { type Fragment, ofPosts, rowsOf } from './filter.ts'
import type { Sql } from './sql.ts'

/** Labelled posts of these rows that are scored, each with the hash of its text. */
export const spoken = (rows: Fragment) =>
  `SELECT post, cityHash64(text) FROM undercurrent.mentions FINAL WHERE ${rows.sql} AND skipped = ''
     AND post IN (SELECT post FROM undercurrent.labels WHERE topic = {topic:String})`

/** The labels of one question, a row per post, labeller and sample. */
export function saidOf(filter: Filter, { measure, target }: LabelQuestion): Fragment {
  const rows = rowsOf(filter)
  const sql = `SELECT post, labeller, sample, said, probability, at FROM undercurrent.labels FINAL
    WHERE topic = {topic:String} AND measure = {measure:String} AND target = {target:String}
      AND wording = {wording:String} AND (post, words) IN (${spoken(rows)})`
  return { sql, params: { ...rows.params, measure, target: target?.id ?? '', wording: target?.text ?? '' } }
}

/** Of relevance the model says nothing. */
export const emptyMap = 'mapFilter((label, share) -> 0, sentiment)'

interface Row {
  post: string
  labeller: string
  last: string[]
  drawn: number
  isAudit: number
}

export async function judged(sql: Sql, filter: Filter, question: LabelQuestion): Promise<Judged[]> {
  const said = saidOf(filter, question)
  const rows = await sql.ask<Row>(
    `SELECT post, labeller, argMax(said, at) AS last, max(probability) AS drawn,
       countIf(sample = 'audit') > 0 AS isAudit
     FROM (${said.sql}) GROUP BY post, labeller ORDER BY post, labeller`,
    said.params,
  )
  if (!rows.length) return []
  const posts = await scoresOf(sql, filter, { question, hashes: [...new Set(rows.map(({ post }) => post))] })
  return [...Map.groupBy(rows, ({ post }) => post)].flatMap(([post, words]) => {
    const scored = posts.get(post)
    if (!scored) return []
    const audits = words.filter(({ isAudit }) => isAudit)
    const probability = audits.length ? Math.max(...audits.map(({ drawn }) => drawn)) : null
    return [{ ...scored, probability, said: words.map(({ labeller, last }) => ({ labeller, value: last[0] ?? '' })) }]
  })
}

async function scoresOf(
  sql: Sql,
  filter: Filter,
  { question, hashes }: { question: LabelQuestion; hashes: string[] },
): Promise<Map<string, Pick<Judged, 'author' | 'scores'>>> {
  const rows = rowsOf(filter)
  const { measure, target } = question
  const head = measure === 'stance' ? 'stance[{target:String}]' : measure === 'relevance' ? emptyMap : measure
  const found = await sql.ask<{ post: string } & Pick<Judged, 'author' | 'scores'>>(
    `SELECT post, author, ${head} AS scores ${ofPosts(rows.sql)}`,
    { ...rows.params, target: target?.id ?? '', hashes },
  )
  return new Map(found.map(({ post, author, scores }) => [post, { author, scores }]))
}
