// `npm run bench -- alerts [WEEKS] [YEARS] [grown|6|24] [OTHER]`: how often alerts are told in worlds where nothing changes, against the budget that the
// rule states, and how soon a change is told, against the quickest test there is at the same rate of false alarms.
// Protocol, fixed before the run:
// - Worlds: bench/alertWorlds.ts, six regimes, 50 posts an hour, 18 measures a topic; seeds of their own, none of which was
//   used while thresholds were set (OTHER, a number added to each seed, is for setting them). What topics teach of one another is learnt of 24 other topics of the same regime.
// - False messages: every message a rule "budget 1 per week" over one topic sends (early, confirmed, withdrawn, closed),
//   over WEEKS weeks (100), so 100 are expected. Young topics: 6 and 24 hours old when they are first looked at, looked at
//   for two days, "2 per week" for each topic, as many topics as make 100 expected.
// - Beside it on the same negative share, each hour: "the last hour against the 12 hours before, 3 sigma", and a fixed band
//   about the long mean that is passed as often on flat data as our rule tells early.
// - Delay: 30 % -> 40 % negative at 50 posts an hour in the flat world, a rule on that share alone. The optimal test is the
//   CUSUM that knows both shares (Moustakides 1986), at the rate of alarms that ours was measured to have.
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Rule } from '../alarms.ts'
import { type Measure, measuresOf } from '../alerts/measures.ts'
import { learnFrom, type Pool } from '../alerts/pool.ts'
import { thresholdsOf } from '../alerts/verdict.ts'
import { newWalk, walk } from '../alerts/walk.ts'
import type { Tallies } from '../sides.ts'
import { bandAlarms, delayOfBand, delayOfCusum, sigmaAlarms } from './alertRivals.ts'
import { emotions, epochMs, type Regime, regimes, stepMs, tallies, target } from './alertWorlds.ts'
import { seeded } from './posts.ts'

const dayMs = 86_400_000
const day = dayMs / stepMs
const baselineMs = 14 * dayMs
const rate = 50
/** Under one rule. */
const topics = 1
const noError = () => ({ share: 0, difference: 0 })

const seedOf = (seed: number): number => seed + (workerData?.other ?? 0)

type Some = Pick<Rule, 'early' | 'forMs' | 'cooldownMs' | 'budget'>
const usual: Some = { early: true, forMs: 0, cooldownMs: 6 * 3_600_000, budget: { messages: 1, perMs: 7 * dayMs } }

const twice = { messages: 2, perMs: 7 * dayMs }

const all: Measure[] = measuresOf({
  ...{ labels: { emotion: emotions }, targets: [{ id: target, text: '' }], phrases: [] },
  covers: (_, kind) => kind !== 'theme',
})
const negativeOnly = measuresOf({
  ...{ labels: { emotion: [] }, targets: [], phrases: [] },
  covers: (id) => id === 'sentiment.negative',
}).map((measure) => ({ ...measure, part: 1 }))

export interface Counted {
  early: number
  confirmed: number
  withdrawn: number
  closed: number
  messages: number
}

const poolOf = (regime: Regime, measures: Measure[]): Promise<Pool> => {
  const taught = Array.from({ length: 24 }, (_, nr) => ({
    measures,
    tallies: tallies({ regime, steps: 28 * day, rate, seed: seedOf(6_500_000 + nr) }),
  }))
  return learnFrom(taught, { errorOf: noError, baselineMs })
}

interface Watching {
  rule: Some
  topics: number
  measures: Measure[]
  pool: Pool
}

/** Walks over a world from a step on, and counts what is told. */
function count(world: Tallies, from: number, { rule, topics, measures, pool }: Watching): Counted {
  const told = { early: 0, confirmed: 0, withdrawn: 0, closed: 0, messages: 0 }
  const untilMs = epochMs + world.voices.length * stepMs
  const walking = { tallies: world, measures, rule, thresholds: thresholdsOf(rule, topics), untilMs, baselineMs }
  for (const { turn } of walk(newWalk(epochMs + from * stepMs), { ...walking, priorOf: pool, errorOf: noError })) {
    told[turn.state]++
    told.messages++
  }
  return told
}

const sum = (some: Counted[]): Counted =>
  some.reduce((a, b) => ({
    ...{ early: a.early + b.early, confirmed: a.confirmed + b.confirmed, withdrawn: a.withdrawn + b.withdrawn },
    ...{ closed: a.closed + b.closed, messages: a.messages + b.messages },
  }))

interface Told extends Counted {
  expected: number
  ratio: number
  topicYears: number
  /** Alarms a topic-year of the rivals, on the negative share alone; null for young topics. */
  sigma: number | null
  band: number | null
}

interface Task {
  regime: Regime
  /** Hours; null: grown. */
  age: number | null
  weeks: number
  /** Standard errors of the hourly band. */
  width: number
}

async function falseMessages({ regime, age, weeks, width }: Task): Promise<Told> {
  const pool = await poolOf(regime, all)
  if (age !== null) return young({ regime, age, weeks, pool })
  const worlds = Array.from({ length: topics }, (_, nr) =>
    tallies({ regime, steps: (weeks * 7 + 14) * day, rate, seed: seedOf(6_900_000 + nr) }),
  )
  const told = sum(worlds.map((world) => count(world, 14 * day, { rule: usual, topics, measures: all, pool })))
  const years = (topics * weeks * 7) / 365.25
  const rivals = {
    sigma: mean(worlds.map(sigmaAlarms)) * topics,
    band: mean(worlds.map((world) => bandAlarms(world, width))) * topics,
  }
  const perYear = { sigma: rivals.sigma / years, band: rivals.band / years }
  return { ...told, expected: weeks, ratio: told.messages / weeks, topicYears: years, ...perYear }
}

const mean = (some: number[]) => some.reduce((total, one) => total + one, 0) / some.length

/** Each topic begins at another hour of the week. */
function young({ regime, age, weeks, pool }: { regime: Regime; age: number; weeks: number; pool: Pool }): Told {
  const many = Math.round((weeks * 7) / 2 / 2)
  const told = Array.from({ length: many }, (_, nr) => {
    const begin = (nr * 37) % (7 * day)
    const born = Math.round(age * 6)
    const world = tallies({ regime, steps: begin + born + 2 * day, rate, seed: seedOf(7_200_000 + nr) })
    const since = { ...world, collected: world.collected.map((part, step) => (step < begin ? 0 : part)) }
    return count(since, begin + born, { rule: { ...usual, budget: twice }, topics: 1, measures: all, pool })
  })
  const expected = (many * 2 * 2) / 7
  const counted = sum(told)
  const years = (many * 2) / 365.25
  return { ...counted, expected, ratio: counted.messages / expected, topicYears: years, sigma: null, band: null }
}

interface Delay {
  stage: 'early' | 'confirmed'
  age: string
  /** Alarms a topic-year on no change, as measured, and over how many topic-years. */
  falsePerYear: number
  topicYears: number
  /** Mean hours. */
  ours: number
  cusum: number
  band: number
  ratio: number
  missed: number
}

/** How soon 30 % -> 40 % is told, by a rule on that share alone. */
async function delays({ stage, age }: { stage: Delay['stage']; age: number | null }, years: number): Promise<Delay> {
  const pool = await poolOf('flat', negativeOnly)
  // An alarm about once a year.
  const budget = { messages: stage === 'early' ? 2.5 : 2, perMs: (365 * dayMs) / 1 }
  const rule: Some = { ...usual, early: stage === 'early', budget }
  const watching = { rule, topics: 1, measures: negativeOnly, pool }
  const alarms = Array.from({ length: years }, (_, nr) => {
    const world = tallies({
      regime: 'flat',
      steps: (365 + 14) * day,
      rate,
      seed: seedOf(8_000_000 + nr),
      only: 'sentiment.negative',
    })
    const { early, confirmed } = count(world, 14 * day, watching)
    return stage === 'early' ? early : confirmed
  })
  const falsePerYear = alarms.reduce((total, one) => total + one, 0) / years
  const found = Array.from({ length: 250 }, (_, nr) => {
    const old = age === null ? 14 * day : Math.round(age * 6)
    const at = old + (age === null ? Math.floor(seeded(nr)() * day) : 0)
    const world = tallies({
      ...{ regime: 'flat', steps: at + 7 * day, rate },
      seed: seedOf(9_000_000 + nr),
      inject: { at, by: 0.1 },
      only: 'sentiment.negative',
    })
    return firstAlarm(world, at, watching)
  })
  const told = found.filter((hours) => hours !== null)
  const ours = mean(told)
  const cusum = delayOfCusum({ falsePerYear, rate, before: 0.3, after: 0.4 })
  const band = delayOfBand({ falsePerYear, rate, before: 0.3, after: 0.4 })
  const name = age === null ? 'grown' : `${age} h`
  return {
    stage,
    age: name,
    falsePerYear,
    topicYears: years,
    ours,
    cusum,
    band,
    ratio: ours / cusum,
    missed: found.length - told.length,
  }
}

/** Hours from the change to the first alarm of the stage; null: none within a week. */
function firstAlarm(world: Tallies, at: number, { rule, topics, measures, pool }: Watching): number | null {
  const untilMs = epochMs + world.voices.length * stepMs
  const walking = { tallies: world, measures, rule, thresholds: thresholdsOf(rule, topics), untilMs, baselineMs }
  for (const { turn, atMs } of walk(newWalk(epochMs + at * stepMs), { ...walking, priorOf: pool, errorOf: noError }))
    if (turn.state === 'early' || turn.state === 'confirmed') return (atMs - epochMs - at * stepMs) / 3_600_000
  return null
}

type Job = { kind: 'false'; task: Task } | { kind: 'delay'; stage: Delay['stage']; age: number | null; years: number }

const work = (job: Job): Promise<Told | Delay> =>
  job.kind === 'false' ? falseMessages(job.task) : delays(job, job.years)

if (!isMainThread && workerData?.bench === 'alerts')
  parentPort!.on('message', async (job: Job) => parentPort!.postMessage(await work(job)))

/** As many at once as there are cores; in order. */
async function workAll(jobs: Job[], other: number): Promise<(Told | Delay)[]> {
  const answers: (Told | Delay)[] = []
  const queue = [...jobs.entries()]
  let done = 0
  const run = async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { bench: 'alerts', other } })
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [nr, job] = next
      worker.postMessage(job)
      answers[nr] = (await once(worker, 'message'))[0]
      console.error(`${++done} of ${jobs.length}: ${JSON.stringify({ ...job, ...answers[nr] })}`)
    }
    await worker.terminate()
  }
  await Promise.all([run(), run()])
  return answers
}

/** `years` 0: no delays. `only`: grown, or the age in hours. */
export async function run([weeksText = '100', yearsText = '60', only = 'all', other = '0']: string[]): Promise<object> {
  const weeks = Number(weeksText)
  const isAsked = (age: number | null) => only === 'all' || only === String(age ?? 'grown')
  const stages = ['early', 'confirmed'] as const
  const delayJobs: Job[] = stages.map((stage) => ({ kind: 'delay', stage, age: null, years: Number(yearsText) }))
  const youngJobs: Job[] = [6, 24].map((age) => ({ kind: 'delay', stage: 'early', age, years: Number(yearsText) }))
  const falseJobs = [null, 6, 24]
    .filter(isAsked)
    .flatMap((age) => regimes.map((regime): Job => ({ kind: 'false', task: { regime, age, weeks, width: 3.9 } })))
  const early = yearsText === '0' ? [] : [...delayJobs, ...youngJobs]
  const jobs = [...early, ...falseJobs]
  const answers = await workAll(jobs, Number(other))
  const found = answers.slice(0, early.length) as Delay[]
  const told = answers.slice(early.length) as Told[]
  const rows = falseJobs.map((job, nr) => ({ ...(job as { task: Task }).task, ...told[nr]! }))
  table(rows, found)
  return { weeks, other: Number(other), rate, falseMessages: rows, delays: found }
}

function table(rows: (Task & Told)[], found: Delay[]): void {
  const one = (value: number | null) => (value === null ? '-' : value.toFixed(1))
  console.log('age    regime   messages expected ratio   3 sigma/topic-year  hourly band/topic-year')
  for (const { age, regime, messages, expected, ratio, sigma, band } of rows)
    console.log(
      `${(age === null ? 'grown' : `${age} h`).padEnd(6)} ${regime.padEnd(8)} ${String(messages).padStart(8)} ${expected.toFixed(0).padStart(8)} ${ratio.toFixed(2).padStart(5)} ${one(sigma).padStart(19)} ${one(band).padStart(23)}`,
    )
  console.log('\n30 % -> 40 % at 50 posts/h: mean hours at the same rate of false alarms')
  console.log('age    stage      alarms/topic-year  ours  CUSUM  hourly band  ours/CUSUM  not within a week')
  for (const { age, stage, falsePerYear, ours, cusum, band, ratio, missed } of found)
    console.log(
      `${age.padEnd(6)} ${stage.padEnd(10)} ${falsePerYear.toFixed(2).padStart(17)} ${one(ours).padStart(5)} ${one(cusum).padStart(6)} ${one(band).padStart(12)} ${ratio.toFixed(2).padStart(11)} ${String(missed).padStart(18)}`,
    )
}
