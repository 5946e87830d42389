// What the intervals of shares are worth: coverage over pools, prediction-powered coverage over audits, and the page that
// says so (docs/evaluation.md, "Intervals"). Never text of a post; a missed bar is said, never rounded away.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Audit, auditsOf, classesOf, leastDraws } from './audits.ts'
import type { Figure, Findings, Study } from './figure.ts'
import { type Head, headsOf, leastPools } from './pools.ts'
import { type Coverage, coverageOf } from './samples.ts'
import { table } from './scorecard.ts'

const leastCovered = 0.9
const leastAudited = 0.92
const mostAudited = 0.98
const enough = 0.2

export interface Intervals {
  coverage: Coverage[]
  audits: Audit[]
  notes: string[]
}

export function intervals(draws = leastDraws) {
  return async (study: Study): Promise<Findings> => {
    const heads = await headsOf(study)
    const coverage = heads.flatMap(coverageOf)
    const audits = classesOf(heads).flatMap((one) => auditsOf(one, draws))
    const notes = [...heads.map(told), ...verdicts(audits)]
    return { figures: coverage.flatMap(figuresOf), notes, intervals: { coverage, audits, notes } }
  }
}

function told({ name, sets, folds }: Head): string {
  const pools = sets.flatMap(({ checks }) => checks.flatMap(({ topics }) => topics)).length
  const how = folds
    ? 'fewer than 30 fitted no shipped term: checked in two folds, each by a term fitted on the other'
    : 'checked by the shipped terms, which none of them fitted'
  return `${name}: ${pools} pools${pools < leastPools ? `, FEWER THAN ${leastPools}` : ''}; ${how}.`
}

function figuresOf({ what, n, pools, posts, covered, score, half, refused }: Coverage): Figure[] {
  const whole = what.includes(',') ? {} : { floor: leastCovered }
  const better = what.includes(',') ? {} : { floor: 1 }
  const on = `${pools} pools, samples of ${posts.toFixed(0)} posts on average, half an interval ${half.toFixed(3)}${refused ? `, ${refused} refused` : ''}`
  return [
    {
      name: `intervals, ${what}: coverage, n = ${n}`,
      how: `labelled share of the pool held; ${on}`,
      ...whole,
      ...covered,
    },
    {
      ...{
        name: `intervals, ${what}: interval score, n = ${n}`,
        how: 'by that of an interval that ignores the posts',
        lower: true,
      },
      ...{ ...better, ...score },
    },
  ]
}

/** What is asked of the audits, in sentences. */
export function verdicts(audits: Audit[]): string[] {
  if (!audits.length) return ['No class has posts of both kinds: nothing was audited.']
  const said = ({ what, share, labels }: Audit) => `${what} at ${share} with ${labels} labels`
  const off = audits.filter(({ covered }) => covered < leastAudited || covered > mostAudited)
  const explained = audits.filter((one) => one.explained >= enough)
  const wide = explained.filter(({ width }) => width >= 1)
  const range = (of: (one: Audit) => number, over: Audit[]) => {
    const values = over.map(of)
    return `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`
  }
  return [
    `Prediction-powered: covered in ${range(({ covered }) => covered, audits)} over ${audits.length} cells of ${audits[0]!.draws} draws; ${off.length ? `OUTSIDE ${leastAudited} to ${mostAudited}: ${off.map(said).join('; ')}` : `all within ${leastAudited} to ${mostAudited}`}.`,
    explained.length
      ? `Where the model explains a fifth of the variance or more (${explained.length} cells) the width is ${range(({ width }) => width, explained)} of that from labels alone; ${wide.length ? `NOT NARROWER: ${wide.map(said).join('; ')}` : 'narrower in every one'}.`
      : 'Nowhere does the model explain a fifth of the variance.',
  ]
}

export interface Made {
  date: string
  command: string
  model: string
  sha256: string
}

export function page({ date, command, model, sha256 }: Made, { coverage, audits, notes }: Intervals): string {
  const [three, percent] = [(x: number) => x.toFixed(3), (x: number) => x.toFixed(2)]
  const covered = coverage.map(({ what, n, pools, posts, covered, half, score, refused }) => [
    ...[what, String(n), String(pools), posts.toFixed(0), three(covered.value)],
    ...[`${three(covered.low)} to ${three(covered.high)}`, three(half), three(score.value)],
    ...[`${three(score.low)} to ${three(score.high)}`, String(refused)],
  ])
  const powered = audits.map(({ what, share, labels, draws, covered, coveredAlone, explained, width }) => [
    ...[what, String(share), String(labels), String(draws), three(covered), three(coveredAlone)],
    ...[percent(explained), percent(width)],
  ])
  return `# What the intervals are worth: ${model}

Made by \`${command}\` on ${date.slice(0, 10)}; sha256 of the ONNX file: \`${sha256}\`. Protocol: docs/evaluation.md,
"Intervals". Bars: coverage .90 or more, interval score below 1, for each head; audits within .92 to .98.

${notes.map((note) => `- ${note}`).join('\n')}

## Shares with the model-error term

${table([['what', 'n', 'pools', 'posts', 'covered', '95 % interval', 'half width', 'score by blind', '95 % interval', 'refused'], ...covered])}

## Shares with audit labels

Width is relative to the same interval from the labels alone.

${table([['class', 'share', 'labels', 'draws', 'covered', 'labels alone', 'explained', 'width'], ...powered])}
`
}

/** Both files or neither is seen half written. */
export function writeIntervals(folder: string, made: Made, found: Intervals): void {
  mkdirSync(folder, { recursive: true })
  const { date, command, model, sha256 } = made
  const files = {
    'intervals.json': `${JSON.stringify({ date, command, model, sha256, ...found }, null, 1)}\n`,
    'intervals.md': page(made, found),
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.part`), text)
    renameSync(join(folder, `${name}.part`), join(folder, name))
  }
}
