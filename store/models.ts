// What several models say of the same posts: who else has read posts of a window, and what changed because another model
// read them. Every number is over live rows; a post is held against itself alone, so that no difference is of the world.
import type { Filter, TopicRef } from '../answers.ts'
import type { OtherModel, Remodelled, RemodelledQuestion } from '../sides.ts'
import { rowsOf, timeText } from './filter.ts'
import type { Params, Sql } from './sql.ts'

/** Posts of a filter that only other models have read, each counted for the one that read it last. Mostly there are none. */
export async function otherModels(sql: Sql, filter: Filter): Promise<OtherModel[]> {
  const { sql: own, params } = rowsOf(filter)
  const others = own.replace('model = {model:String}', 'model != {model:String}')
  // By the order of the table this reads nothing where one model has read everything.
  const [any] = await sql.askSmall<{ n: number }>(
    `SELECT 1 AS n FROM undercurrent.mentions WHERE ${others} AND gone = 0 LIMIT 1`,
    params,
  )
  if (!any) return []
  const rows = await sql.ask<{ who: string; n: string }>(
    `SELECT who, count() AS n FROM (
       SELECT post, argMax(toString(model), (received, model)) AS who FROM undercurrent.mentions FINAL
       WHERE ${others} AND post NOT IN (SELECT post FROM undercurrent.mentions FINAL WHERE ${own}) GROUP BY post)
     GROUP BY who ORDER BY n DESC, who`,
    params,
  )
  return rows.map(({ who, n }) => ({ model: who, posts: Number(n) }))
}

/** null where no other model has read posts of this topic version. */
export async function remodelled(
  sql: Sql,
  topic: TopicRef,
  { model, from }: RemodelledQuestion,
): Promise<Remodelled | null> {
  const since = timeText(from === '' ? Number.NEGATIVE_INFINITY : Date.parse(from))
  const params = { topic: topic.topic, topicVersion: topic.version, model, since }
  const [last] = await sql.ask<{ who: string }>(
    `SELECT toString(model) AS who FROM undercurrent.mentions FINAL WHERE ${place} AND model != {model:String}
     GROUP BY who ORDER BY max(received) DESC, who LIMIT 1`,
    params,
  )
  if (!last) return null
  const compared: Params = { ...params, former: last.who }
  const counted = await countOf(sql, compared)
  const shares = await sharesOf(sql, compared, counted.posts)
  return { ...topic, model, former: last.who, ...counted, ...shares }
}

const place = 'topic = {topic:String} AND topic_version = {topicVersion:UInt32} AND at >= {since:DateTime64(3)}'

async function countOf(sql: Sql, params: Params) {
  const [row] = await sql.ask<Record<'posts' | 'read' | 'bare' | 'absent', string>>(
    `SELECT countIf(was AND now) AS posts, countIf(was_read AND now_read) AS read,
       countIf(was AND NOT now AND wordless) AS bare, countIf(was AND NOT now AND NOT wordless) AS absent
     FROM (
       SELECT post, max(model = {former:String}) AS was, max(model = {model:String}) AS now,
         max(model = {former:String} AND skipped = '') AS was_read, max(model = {model:String} AND skipped = '') AS now_read,
         max(text = '' AND skipped = '') AS wordless
       FROM undercurrent.mentions FINAL WHERE ${place} AND model IN ({former:String}, {model:String}) GROUP BY post)`,
    params,
  )
  const { posts, read, bare, absent } = row!
  return { posts: Number(posts), scored: Number(read), left: { wordless: Number(bare), other: Number(absent) } }
}

interface ShareRow {
  name: string
  n: string
  weight: number
  before: number
  after: number
}

/** Posts held against themselves at once: bounded in memory, however much a topic has. */
const postsAtOnce = 100_000

async function sharesOf(sql: Sql, params: Params, posts: number): Promise<Pick<Remodelled, 'shares' | 'turned'>> {
  const parts = Math.max(1, Math.ceil(posts / postsAtOnce))
  const sums = new Map<string, { n: number; weight: number; before: number; after: number }>()
  for (let part = 0; part < parts; part++)
    for (const row of await sql.ask<ShareRow>(statement, { ...params, part, parts })) {
      const { n, weight, before, after } = sums.get(row.name) ?? { n: 0, weight: 0, before: 0, after: 0 }
      const [more, w, was, now] = [row.n, row.weight, row.before, row.after].map(Number) as [
        number,
        number,
        number,
        number,
      ]
      sums.set(row.name, { n: n + more, weight: weight + w, before: before + was, after: after + now })
    }
  const named = [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    shares: named
      .filter(([name]) => !name.startsWith(lead))
      .map(([measure, { n, weight, before, after }]) => ({
        ...{ measure, posts: n, before: before / weight, after: after / weight },
      })),
    turned: named
      .filter(([name]) => name.startsWith(lead))
      .map(([name, { n, after }]) => ({ measure: name.slice(lead.length), posts: Math.round(after), of: n })),
  }
}

/** No measure begins with it. */
const lead = '!'

const mapOf = (column: string) => `CAST(${column}, 'Map(String, Float32)') AS ${column}_of`
const read = (who: string) => `
  SELECT post AS one, inclusion AS seen, ${mapOf('sentiment')}, ${mapOf('emotion')},
    CAST(stance, 'Map(String, Map(String, Float32))') AS stance_of, irony AS irony_of, offensive AS offensive_of, hate AS hate_of
  FROM undercurrent.mentions FINAL
  WHERE ${place} AND model = {${who}:String} AND skipped = '' AND cityHash64(post) % {parts:UInt32} = {part:UInt32}`

/** (name, before, after) of every label that both maps have. */
const labelsOf = (name: string, was: string, now: string) =>
  `arrayMap(l -> (concat(${name}, '.', l), toFloat64(${was}[l]), toFloat64(${now}[l])), arrayIntersect(mapKeys(${was}), mapKeys(${now})))`
const topOf = (map: string) => `mapKeys(${map})[indexOf(mapValues(${map}), arrayMax(mapValues(${map})))]`
/** (!name, 0, 1) where another label leads. */
const turnedOf = (name: string, was: string, now: string) =>
  `arrayFilter(x -> notEmpty(mapKeys(${was})) AND notEmpty(mapKeys(${now})), [(concat('${lead}', ${name}), toFloat64(0), toFloat64(${topOf(was)} != ${topOf(now)}))])`
const alone = (name: string) =>
  `arrayFilter(x -> isNotNull(a.${name}_of) AND isNotNull(b.${name}_of), [('${name}', toFloat64(ifNull(a.${name}_of, 0)), toFloat64(ifNull(b.${name}_of, 0)))])`
const targets = (of: (name: string, was: string, now: string) => string) =>
  `arrayFlatten(arrayMap(t -> ${of("concat('stance.', t)", 'a.stance_of[t]', 'b.stance_of[t]')}, arrayIntersect(mapKeys(a.stance_of), mapKeys(b.stance_of))))`

/** Each post weighs as in a summary: by how many posts like it were not seen. */
const statement = `
  SELECT tupleElement(said, 1) AS name, count() AS n, sum(w) AS weight, sum(if(startsWith(name, '${lead}'), 1, w) * tupleElement(said, 2)) AS before,
    sum(if(startsWith(name, '${lead}'), 1, w) * tupleElement(said, 3)) AS after
  FROM (
    SELECT 1 / b.seen AS w, arrayJoin(arrayConcat(
      ${labelsOf("'sentiment'", 'a.sentiment_of', 'b.sentiment_of')}, ${labelsOf("'emotion'", 'a.emotion_of', 'b.emotion_of')},
      ${targets(labelsOf)}, ${turnedOf("'sentiment'", 'a.sentiment_of', 'b.sentiment_of')}, ${targets(turnedOf)},
      ${alone('irony')}, ${alone('offensive')}, ${alone('hate')})) AS said
    FROM (${read('former')}) AS a INNER JOIN (${read('model')}) AS b ON a.one = b.one)
  GROUP BY name`
