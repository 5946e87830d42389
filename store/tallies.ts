// Voices of a topic in equal steps, for alerts: how many spoke, and what they say in all. Voices, not posts: what an account
// says ten times in a day, or ten accounts say in the same words, is one. May assume one topic version and one model.
// Never lets a text or an author out.
import type { Filter, TopicRef } from '../answers.ts'
import { UserError } from '../errors.ts'
import { standsForSql } from '../inclusion.ts'
import type { Tallies, TallyQuestion } from '../sides.ts'
import { renamedIn } from './clusters.ts'
import { gapsBetween } from './coverage.ts'
import { rowsOf } from './filter.ts'
import type { Params, Sql } from './sql.ts'

const dayMs = 86_400_000
/** An account is a voice once in so long: it may change its mind within a day, and hardly within the hour. */
const voiceMs = 3_600_000
const mostSteps = 20_000
/** Distinct texts among which near-copies are looked for; beyond, only exact copies are one voice. */
const mostTexts = 5_000

interface Row {
  step: string
  voices: string
  scored: string
  sums: number[]
  squares: number[]
}

export async function tallies(sql: Sql, topic: TopicRef, question: TallyQuestion): Promise<Tallies> {
  const { window, stepMs, measures, phrases, model } = question
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
  const steps = Math.ceil((to - from) / stepMs)
  if (!(Number.isSafeInteger(stepMs) && stepMs >= 60_000 && steps <= mostSteps))
    throw new UserError('the steps are too short or too many', `Give steps of a minute at least, ${mostSteps} at most.`)
  // A day before, so that the first voice of a day that began there is known.
  const wider = { from: new Date(from - dayMs).toISOString(), to: window.to }
  const filter: Filter = { topic, model, window: wider, view: 'cluster' }
  const renamed = await renamedIn(sql, filter, mostTexts)
  const { sql: where, params } = rowsOf(filter)
  const said = saidOf(measures, phrases)
  const text = renamed ? 'transform(copy, {nearFrom:Array(String)}, {nearTo:Array(String)}, copy)' : 'copy'
  const rows = await sql.ask<Row>(statement({ where, said: said.columns, text, from, stepMs }), {
    ...params,
    ...said.params,
    ...(renamed ? { nearFrom: renamed.from, nearTo: renamed.to } : {}),
  })
  const speaking = await sql.ask<{ step: string; accounts: string }>(accountsStatement({ where, text, from, stepMs }), {
    ...params,
    ...(renamed ? { nearFrom: renamed.from, nearTo: renamed.to } : {}),
  })
  const accounts = new Array<number>(steps).fill(0)
  for (const row of speaking) accounts[Number(row.step)] = Number(row.accounts)
  const present = await sql.ask<{ source: string }>(
    `SELECT DISTINCT source FROM undercurrent.mentions FINAL WHERE ${where} ORDER BY source`,
    params,
  )
  const sources = present.map(({ source }) => source)
  const gaps = (await gapsBetween(sql, from, to)).filter(({ source }) => sources.includes(source))
  const names = [...measures, ...phrases.map(({ id }) => id)]
  const filled = fill(rows, names, steps)
  const collected = filled.voices.map((_, step) => {
    const begin = from + step * stepMs
    const isLost = gaps.some((gap) => Date.parse(gap.from) < begin + stepMs && Date.parse(gap.to) > begin)
    return isLost ? 0 : 1
  })
  return { ...topic, from: window.from, stepMs, sources, collected, accounts, ...filled }
}

interface Said {
  columns: string[]
  params: Params
}

/** What a voice says of each measure, 0..1, as SQL. */
function saidOf(measures: string[], phrases: TallyQuestion['phrases']): Said {
  const params: Params = {}
  const bind = (name: string, value: string) => {
    params[name] = value
    return `{${name}:String}`
  }
  const ofMeasure = (measure: string, nr: number): string => {
    if (measure === 'polarisation') return "if(mapContains(sentiment, 'neutral'), 1 - sentiment['neutral'], 0)"
    const kind = measure.slice(0, measure.indexOf('.'))
    const label = measure.slice(measure.lastIndexOf('.') + 1)
    if (kind === 'sentiment' || kind === 'emotion') return `${kind}[${bind(`label${nr}`, label)}]`
    const target = measure.slice('stance.'.length, -label.length - 1)
    return `stance[${bind(`target${nr}`, target)}][${bind(`label${nr}`, label)}]`
  }
  const ofPhrase = ({ forms }: TallyQuestion['phrases'][number], nr: number) =>
    `match(lowerUTF8(text), ${bind(`phrase${nr}`, wholeWords(forms))})`
  return { columns: [...measures.map(ofMeasure), ...phrases.map(ofPhrase)].map((y) => `toFloat32(${y})`), params }
}

/** As in the query language: a run of letters, digits and _. */
const wholeWords = (forms: string[]): string => {
  const quoted = forms.map((form) =>
    form
      .toLowerCase()
      .replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
      .replace(/\s+/g, '[^\\p{L}\\p{N}_]+'),
  )
  return `(^|[^\\p{L}\\p{N}_])(${quoted.join('|')})($|[^\\p{L}\\p{N}_])`
}

interface Parts {
  where: string
  said: string[]
  text: string
  from: number
  stepMs: number
}

/** Days and hours begin at another moment for each account and text: else all would speak anew at midnight. */
const lapOf = (key: string, lapMs: number) => `intDiv(ms + cityHash64(${key}) % ${lapMs}, ${lapMs})`
const dayOf = (key: string) => lapOf(key, dayMs)

/** How many the one of a group stands for, where a source is read in part. */
const stands = standsForSql('count()', 'sum(w)')

function statement({ where, said, text, from, stepMs }: Parts): string {
  const rows = `SELECT author, post, 1 / inclusion AS w, toUnixTimestamp64Milli(at) AS ms, skipped = '' AS ok, if(copy = '', toString(post), ${text}) AS words,
      [${said}]::Array(Float32) AS ys
    FROM undercurrent.mentions FINAL WHERE ${where}`
  const ofAccounts = `SELECT min(ms) AS first, argMin((words, ok, ys), (ms, post)) AS told, ${stands} AS w FROM (${rows})
    GROUP BY author, ${lapOf('author', voiceMs)}`
  const ofTexts = `SELECT min(first) AS begun, argMin((told.2, told.3), (first, told.1)) AS said, ${stands} AS w
    FROM (SELECT first, told, w, first AS ms FROM (${ofAccounts})) GROUP BY told.1, ${dayOf('told.1')}`
  const step = `intDiv(begun - ${from}, ${stepMs})`
  // By as many voices as would tell as much were all equal (Kish 1965): (sum of w)^2 / sum of w^2.
  const effective = (isOne: string) => `ifNotFinite(pow(sumIf(w, ${isOne}), 2) / sumIf(w * w, ${isOne}), 0)`
  const mean = 'ifNotFinite(sumIf(w, said.1 = 1) / sumIf(w * w, said.1 = 1), 0)'
  const summed = (y: string) => `arrayMap(s -> s * ${mean}, sumForEachIf(arrayMap(y -> w * ${y}, said.2), said.1 = 1))`
  return `SELECT ${step} AS step, ${effective('1')} AS voices, ${effective('said.1 = 1')} AS scored,
      ${summed('y')} AS sums, ${summed('y * y')} AS squares
    FROM (${ofTexts}) WHERE begun >= ${from} GROUP BY step`
}

/** Accounts that post, each once an hour; of a copied text the first one of its day alone. */
function accountsStatement({ where, text, from, stepMs }: Omit<Parts, 'said'>): string {
  const rows = `SELECT author, post, 1 / inclusion AS w, toUnixTimestamp64Milli(at) AS ms, if(copy = '', toString(post), ${text}) AS words
    FROM undercurrent.mentions FINAL WHERE ${where}`
  const firsts = `SELECT argMin((author, ms), (ms, post)) AS one, ${stands} AS w FROM (${rows}) GROUP BY words, ${dayOf('words')}`
  const hours = `SELECT min(ms) AS begun, ${stands} AS w FROM (SELECT one.1 AS author, one.2 AS ms, w FROM (${firsts}))
    GROUP BY author, ${lapOf('author', 3_600_000)}`
  return `SELECT intDiv(begun - ${from}, ${stepMs}) AS step, round(sum(w)) AS accounts FROM (${hours})
    WHERE begun >= ${from} GROUP BY step`
}

function fill(rows: Row[], names: string[], steps: number): Pick<Tallies, 'voices' | 'scored' | 'sums' | 'squares'> {
  const zeros = () => new Array<number>(steps).fill(0)
  const [voices, scored] = [zeros(), zeros()]
  const [sums, squares] = [names.map(zeros), names.map(zeros)]
  for (const row of rows) {
    const step = Number(row.step)
    voices[step] = Number(row.voices)
    scored[step] = Number(row.scored)
    for (const nr of names.keys()) {
      sums[nr]![step] = Number(row.sums[nr] ?? 0)
      squares[nr]![step] = Number(row.squares[nr] ?? 0)
    }
  }
  const named = (all: number[][]) => Object.fromEntries(names.map((name, nr) => [name, all[nr]!]))
  return { voices, scored, sums: named(sums), squares: named(squares) }
}
