// The question about many topics at once: each in equal steps that end at a time of its own, with posts, authors and the
// shares of a few labels. One statement for all of them, because every statement reads the keys of the whole table.
// May assume one version of each topic. Never reads text, and tells no share that rests on fewer than ten authors.
import type { Estimate, Pulse, PulseAsked, PulseQuestion, PulseStep } from '../answers.ts'
import { UserError } from '../errors.ts'
import { estimate, unknown } from '../estimate.ts'
import type { ModelErrors } from '../types.ts'
import { type Gap, gapsBetween } from './coverage.ts'
import { timeText } from './filter.ts'
import type { Params, Sql } from './sql.ts'

const mostSteps = 1_000

interface Asked extends Omit<PulseAsked, 'to'> {
  /** When its last step ends, in milliseconds. */
  end: number
}

export async function pulses(
  sql: Sql,
  { asked, question, modelError }: { asked: PulseAsked[]; question: PulseQuestion; modelError: ModelErrors },
): Promise<Pulse[]> {
  const { stepMs, steps } = question
  if (!(stepMs >= 1_000 && steps >= 1 && steps <= mostSteps && Number.isSafeInteger(stepMs)))
    throw new UserError('the steps are too short or too many', `Give steps of a second at least, ${mostSteps} at most.`)
  const ended = await withEnds(sql, asked)
  if (!ended.length) return []
  const rows = await sql.ask<StepRow>(statement(question, mostTargets(ended)), paramsOf(ended, question))
  const first = Math.min(...ended.map(({ end }) => end)) - steps * stepMs
  const gaps = await gapsBetween(sql, first, Math.max(...ended.map(({ end }) => end)))
  const byTopic = Map.groupBy(rows, ({ topic }) => topic)
  return ended.map((one) => {
    const own = new Map(byTopic.get(one.topic.topic)?.map((row) => [Number(row.step), row]))
    const stepsOf = Array.from({ length: steps }, (_, step) => stepOf({ one, question, modelError, gaps }, step, own))
    return { ...one.topic, to: new Date(one.end).toISOString(), steps: stepsOf }
  })
}

/** Where no end is given: just after the latest live post, whatever model read it. */
async function withEnds(sql: Sql, asked: PulseAsked[]): Promise<Asked[]> {
  const open = asked.filter(({ to }) => to === undefined)
  const latest = new Map<string, number>()
  if (open.length) {
    const rows = await sql.ask<{ topic: string; newest: string }>(
      `SELECT topic, toUnixTimestamp64Milli(max(at)) AS newest FROM undercurrent.mentions FINAL
       WHERE ${these} GROUP BY topic`,
      topicsOf(open),
    )
    for (const { topic, newest } of rows) latest.set(topic, Number(newest) + 1)
  }
  return asked.flatMap(({ to, ...one }) => {
    const end = to === undefined ? latest.get(one.topic.topic) : Date.parse(to)
    return end === undefined ? [] : [{ ...one, end }]
  })
}

const these = `(topic, topic_version) IN (
  SELECT arrayJoin(arrayZip({topics:Array(String)}, {versions:Array(UInt32)})))`

const mostTargets = (asked: Asked[]) => Math.max(...asked.map(({ targets }) => targets.length))

const topicsOf = (asked: Pick<PulseAsked, 'topic'>[]): Params => ({
  topics: asked.map(({ topic }) => topic.topic),
  versions: asked.map(({ topic }) => topic.version),
})

function paramsOf(asked: Asked[], { model, stepMs, steps, sentiment, stance }: PulseQuestion): Params {
  const ends = asked.map(({ end }) => end)
  const nth = (nr: number) => asked.map(({ targets }) => targets[nr] ?? '')
  return {
    ...topicsOf(asked),
    ...{ model, ends, from: timeText(Math.min(...ends) - steps * stepMs), to: timeText(Math.max(...ends)) },
    ...Object.fromEntries(Array.from({ length: mostTargets(asked) }, (_, nr) => [`target${nr}`, nth(nr)])),
    ...Object.fromEntries(sentiment.map((label, nr) => [`mood${nr}`, label])),
    ...Object.fromEntries(stance.map((label, nr) => [`side${nr}`, label])),
  }
}

/** The labels of a question as SQL: of which map, by which key. Bound by number, never by name. */
function columnsOf({ sentiment, stance }: PulseQuestion, targets: number): { y: string; has: string }[] {
  const column = (map: string, label: string) => ({ y: `${map}[${label}]`, has: `mapContains(${map}, ${label})` })
  // A row knows its topic, and a topic its n-th target: so a few columns do for the targets of any number of topics.
  const target = (nr: number) =>
    `stance[transform(toString(topic), {topics:Array(String)}, {target${nr}:Array(String)}, '')]`
  return [
    ...sentiment.map((_, nr) => column('sentiment', `{mood${nr}:String}`)),
    ...Array.from({ length: targets }, (_, nr) =>
      stance.map((__, side) => column(target(nr), `{side${side}:String}`)),
    ).flat(),
  ]
}

interface StepRow {
  topic: string
  step: string
  posts: string
  volume: string
  people: string
  n: string[]
  sums: number[][]
}

/** Sums over authors within each step, as in summary.ts; written out per label, which measured ten times faster. */
function statement(question: PulseQuestion, targets: number): string {
  const { stepMs, steps } = question
  const columns = columnsOf(question, targets)
  const end = 'transform(toString(topic), {topics:Array(String)}, {ends:Array(Int64)}, toInt64(0))'
  const inner = columns.map(
    ({ y, has }, nr) =>
      `, sum(w * ${y}) AS a${nr}, sumIf(w, ${has}) AS b${nr}, toFloat64(sum(w * w * ${y} * (1 - ${y}))) AS r${nr}`,
  )
  const voices = columns.map((_, nr) => `countIf(b${nr} > 0)`)
  const sums = columns.map(
    (_, nr) =>
      `[sum(a${nr}), sum(b${nr}), sum(a${nr} * a${nr}), sum(a${nr} * b${nr}), sum(b${nr} * b${nr}), sum(r${nr})]`,
  )
  return `SELECT topic, step, sum(c) AS posts, sum(s) AS volume, count() AS people, [${voices}]::Array(UInt64) AS n,
      [${sums}]::Array(Array(Float64)) AS sums
    FROM (
      SELECT topic, intDiv(age, ${stepMs}) AS step, author, count() AS c, sum(w) AS s ${inner.join('')}
      FROM (
        SELECT topic, author, sentiment, stance, 1 / inclusion AS w, ${end} - 1 - toUnixTimestamp64Milli(at) AS age
        FROM undercurrent.mentions FINAL
        WHERE model = {model:String} AND ${these}
          AND at >= {from:DateTime64(3)} AND at < {to:DateTime64(3)})
      WHERE age >= 0 AND age < ${stepMs * steps}
      GROUP BY topic, step, author)
    GROUP BY topic, step`
}

interface Telling {
  one: Asked
  question: PulseQuestion
  modelError: ModelErrors
  gaps: Gap[]
}

function stepOf(telling: Telling, step: number, rows: Map<number, StepRow>): PulseStep {
  const { one, question, gaps } = telling
  const to = one.end - step * question.stepMs
  const gap = gaps.some((lost) => Date.parse(lost.from) < to && Date.parse(lost.to) > to - question.stepMs)
  const row = rows.get(step)
  const [posts, volume, authors] = [row?.posts, row?.volume, row?.people].map((count) => Math.round(Number(count ?? 0)))
  return { posts: posts!, volume: volume!, authors: authors!, gap, shares: sharesOf(telling, row) }
}

function sharesOf({ one, question, modelError }: Telling, row: StepRow | undefined): Record<string, Estimate> {
  const told = (at: number, error: number): Estimate => {
    const [a = 0, b = 0, aa = 0, ab = 0, bb = 0, noise = 0] = row?.sums[at] ?? []
    return row ? estimate({ authors: Number(row.n[at]), a, b, aa, ab, bb, noise }, error) : unknown
  }
  const { sentiment, stance } = question
  const moods = sentiment.map((label, nr): [string, Estimate] => [
    `sentiment.${label}`,
    told(nr, modelError.sentiment.share[label] ?? 0),
  ])
  const sides = one.targets.flatMap((target, nr) =>
    stance.map((label, side): [string, Estimate] => {
      const at = sentiment.length + nr * stance.length + side
      return [`stance.${target}.${label}`, told(at, modelError.stance.share[label] ?? 0)]
    }),
  )
  return Object.fromEntries([...moods, ...sides])
}
