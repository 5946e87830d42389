// A rule tried on the past that is kept: what it would have told, how much of that one expects though nothing changed, and
// how soon it would have told of changes that are put into the very posts that came in. Reads the store once; keeps nothing
// and tells nobody. May take as long as a minute and lets others run meanwhile.
import type { Alert, Backtest, Rule } from '../alarms.ts'
import type { Questions, Window } from '../answers.ts'
import { UserError } from '../errors.ts'
import { coversTopic } from '../ruled.ts'
import type { Tallies } from '../sides.ts'
import { breathe } from '../steps.ts'
import type { ModelLabels, Topic } from '../types.ts'
import { crowdOf } from './crowd.ts'
import { baselineMs, stepMs } from './held.ts'
import { injectedInto } from './injected.ts'
import { levelled } from './levels.ts'
import { crowded, errorsOf, openStands, watchedBy } from './look.ts'
import { type Measure, sharesIn } from './measures.ts'
import type { Pool } from './pool.ts'
import { alertOf } from './record.ts'
import { beyond, thresholdsOf } from './verdict.ts'
import { newWalk, type Walked, type Walking, walk } from './walk.ts'

export interface Backtesting {
  ask: Pick<Questions, 'tallies' | 'summary'>
  model: { id: string; labels: ModelLabels }
  topics: () => Topic[]
  pool: Pool
  now?: () => number
}

export interface Past {
  topic: Topic
  tallies: Tallies
  measures: Measure[]
}

export interface Trying extends Backtesting {
  rule: Rule
  fromMs: number
  untilMs: number
  topicCount: number
}

const dayMs = 86_400_000
const usualMs = 14 * dayMs
const mostMs = 92 * dayMs
const mostTopics = 50
/** Columns of the chart. */
const chartColumns = 240

const iso = (ms: number) => new Date(ms).toISOString()

export async function backtest(
  parts: Backtesting,
  asked: { rule: Rule; window: Window | null },
  signal: AbortSignal,
): Promise<Backtest> {
  const { rule } = asked
  const { fromMs, untilMs } = spanOf(asked.window, (parts.now ?? Date.now)())
  const covered = parts.topics().filter((topic) => coversTopic(rule, topic))
  const trying: Trying = { ...parts, rule, fromMs, untilMs, topicCount: 0 }
  const pasts: Past[] = []
  for (const topic of covered.slice(0, mostTopics)) {
    signal.throwIfAborted()
    const past = await pastOf(trying, topic)
    if (past.tallies.voices.some((count) => count > 0)) pasts.push(past)
  }
  trying.topicCount = countOf(pasts.length, covered.length)
  // Of the time before anybody posted there is nothing to tell.
  trying.fromMs = Math.max(fromMs, Math.min(untilMs - stepMs, ...pasts.map(({ tallies }) => bornOf(tallies))))
  const alerts: Alert[] = []
  let messages = 0
  const chart: Backtest['chart'] = []
  for (const past of pasts) {
    const told = await (rule.level ? levelsIn(past, trying) : shiftsIn(past, trying))
    alerts.push(...told.alerts)
    messages += told.messages
    if (!rule.level) chart.push(await chartOf(past, trying))
    signal.throwIfAborted()
  }
  return {
    ...{ rule, window: { from: iso(trying.fromMs), to: iso(untilMs) } },
    topics: pasts.map(({ topic, tallies }) => ({ topic: topic.id, name: topic.name, ...lived(tallies) })),
    alerts: alerts.sort((a, b) => a.openedAt.localeCompare(b.openedAt)),
    ...{ messages, expectedFalse: expectedIn(rule, pasts, trying), chart },
    injected: rule.level ? [] : await injectedInto(pasts, trying, signal),
  }
}

/** A budget is shared by all that the rule covers, tried or not. */
const countOf = (found: number, covered: number): number =>
  Math.round((found * covered) / Math.max(1, Math.min(mostTopics, covered)))

function spanOf(window: Window | null, nowMs: number): { fromMs: number; untilMs: number } {
  const untilMs = Math.floor(Math.min(nowMs, window ? Date.parse(window.to) : nowMs) / stepMs) * stepMs
  const fromMs = Math.floor((window ? Date.parse(window.from) : untilMs - usualMs) / stepMs) * stepMs
  if (Number.isNaN(fromMs) || Number.isNaN(untilMs) || fromMs >= untilMs)
    throw new UserError('the window is empty: from is not before to', 'Give from < to, both ISO 8601.')
  if (untilMs - fromMs > mostMs) throw new UserError('the window is too long', 'Give 92 days at most.')
  return { fromMs, untilMs }
}

/** The days of the window, and before them what they are held against. */
async function pastOf({ ask, model, rule, fromMs, untilMs }: Trying, topic: Topic): Promise<Past> {
  const window = { from: iso(fromMs - baselineMs), to: iso(untilMs) }
  const shares = sharesIn(model.labels, topic.targets)
  const question = { model: model.id, window, stepMs, measures: shares, phrases: [] }
  const tallies = await ask.tallies({ topic: topic.id, version: topic.version }, question)
  return { topic, tallies, measures: watchedBy(rule, topic, { labels: model.labels, phrases: [] }) }
}

function lived({ voices }: Tallies): { voices: number; days: number } {
  const first = voices.findIndex((count) => count > 0)
  const days = ((voices.length - Math.max(0, first)) * stepMs) / dayMs
  return { voices: voices.reduce((sum, count) => sum + count, 0), days: Math.round(days * 10) / 10 }
}

export const walkingOf = ({ measures, tallies }: Past, { rule, topicCount, untilMs, pool, model }: Trying) => ({
  ...{ tallies, measures, rule, thresholds: thresholdsOf(rule, topicCount), untilMs, baselineMs },
  ...{ priorOf: pool, errorOf: errorsOf(model.labels) },
})

/** A walk in days, between which others have their turn: in pieces it tells the same. */
async function* strides(fromMs: number, walking: Walking): AsyncGenerator<Walked> {
  const state = newWalk(fromMs)
  while (state.atMs + stepMs <= walking.untilMs) {
    yield* walk(state, { ...walking, untilMs: Math.min(walking.untilMs, state.atMs + dayMs) })
    await breathe()
  }
}

interface Told {
  alerts: Alert[]
  messages: number
}

async function shiftsIn(past: Past, trying: Trying): Promise<Told> {
  const { rule, topicCount, model, fromMs, untilMs } = trying
  const recording = {
    rule,
    topic: past.topic,
    model: model.id,
    topics: topicCount,
    nowMs: untilMs,
    stepMs,
    phraseOf: () => null,
  }
  const stands = openStands(crowdOf(trying.ask))
  const alerts: Alert[] = []
  let messages = 0
  let open: Alert | null = null
  for await (const walked of strides(fromMs, walkingOf(past, trying))) {
    const alert = alertOf(walked, open, recording)
    if (!(await stands(alert, open))) {
      walked.refuse()
      continue
    }
    messages++
    if (open) alerts[alerts.length - 1] = alert
    else alerts.push(alert)
    open = alert.state === 'early' || alert.state === 'confirmed' ? alert : null
  }
  return { alerts, messages }
}

async function levelsIn({ topic, tallies }: Past, { ask, rule, model, fromMs, untilMs }: Trying): Promise<Told> {
  const crowd = crowdOf(ask)
  const alerts: Alert[] = []
  let messages = 0
  for (let atMs = fromMs + stepMs; atMs <= untilMs; atMs += stepMs) {
    if (atMs % dayMs === 0) await breathe()
    const looking = { model, untilMs: atMs, nowMs: atMs }
    for (const turned of await crowded(levelled({ topic, tallies }, { rule, own: alerts, looking }), alerts, crowd)) {
      messages++
      const at = alerts.findIndex(({ id }) => id === turned.id)
      if (at < 0) alerts.push(turned)
      else alerts[at] = turned
    }
  }
  return { alerts, messages }
}

/** What the budget allows in so long, as far as topics were there; rules of the plain kind have none. */
function expectedIn({ budget }: Rule, pasts: Past[], { fromMs, untilMs }: Trying): number {
  if (!budget || !pasts.some(({ measures }) => measures.length)) return 0
  const there = pasts.map(({ tallies }) => untilMs - Math.max(fromMs, bornOf(tallies)))
  const ms = there.reduce((sum, one) => sum + one, 0) / pasts.length
  return (budget.messages * ms) / budget.perMs
}

/** When its first voice spoke. */
export const bornOf = ({ voices, from }: Tallies): number =>
  Date.parse(from) +
  Math.max(
    0,
    voices.findIndex((count) => count > 0),
  ) *
    stepMs

async function chartOf(past: Past, trying: Trying): Promise<Backtest['chart'][number]> {
  const { fromMs, untilMs } = trying
  const every = Math.max(1, Math.ceil((untilMs - fromMs) / stepMs / chartColumns))
  const { early, confirm } = thresholdsOf(trying.rule, trying.topicCount)
  const strength: (number | null)[] = []
  let most: number | null = null
  let count = 0
  const watching = {
    ...walkingOf(past, trying),
    read: (readings: Parameters<typeof beyond>[0][] | null) => {
      const here = readings ? Math.max(0, ...readings.map((one) => beyond(one, 0))) : null
      if (here !== null) most = Math.max(most ?? 0, here)
      if (++count % every) return
      strength.push(most)
      most = null
    },
  }
  for await (const _ of strides(fromMs, watching));
  return {
    topic: past.topic.id,
    stepMs: every * stepMs,
    from: iso(fromMs),
    strength,
    early: Math.min(early, confirm),
    confirm,
  }
}
