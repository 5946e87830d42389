// Figures -> the printed table and docs/model/scorecard.{json,md}. Pure but for `writeCard`, which writes atomically.
// A missed floor is said in the table; nothing here may hide or round it away, and no text of the data comes near.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Figure, LabelFinding } from './figure.ts'
import type { Intervals } from './intervals.ts'

export interface Card {
  date: string
  command: string
  model: string
  sha256: string
  split: string
  asked: number
  declined: number
  figures: Figure[]
  byLabel: LabelFinding[]
  /** Which part of the evaluation says what. */
  notes: { part: string; said: string }[]
  /** Of the part `intervals`, which has files of its own. */
  intervals?: Intervals
}

export function verdict({ value, floor, goal, lower, note }: Figure): string {
  if (note) return note
  if (floor === undefined) return ''
  const reaches = (bar: number) => (lower ? value <= bar : value >= bar)
  if (!reaches(floor)) return 'MISSES THE FLOOR'
  return goal !== undefined && reaches(goal) ? 'reaches the goal' : 'holds the floor'
}

const three = (x: number) => (Number.isFinite(x) ? x.toFixed(3).replace(/^(-?)0\./, '$1.') : '-')
const bar = (x: number | undefined, lower = false) => (x === undefined ? '' : `${lower ? '<= ' : ''}${three(x)}`)

const heads = ['figure', 'value', '95 % interval', 'n', 'floor', 'goal', 'verdict', 'definition']
const cells = (one: Figure) => [
  one.name,
  three(one.value),
  `${three(one.low)} to ${three(one.high)}`,
  String(one.n),
  bar(one.floor, one.lower),
  bar(one.goal, one.lower),
  verdict(one),
  one.how,
]
const labelHeads = ['label', 'set', 'n', 'positives', 'threshold', 'F1', 'ECE', 'ECE before calibration']
const labelCells = (one: LabelFinding) => [
  one.label,
  one.set,
  ...[one.n, one.positives].map(String),
  ...[one.threshold, one.f1, one.ece, one.eceBefore].map(three),
]

/** Columns padded with blanks, for a terminal. */
export function aligned(rows: string[][]): string {
  const widths = rows[0]!.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, k) => cell.padEnd(widths[k]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function printed(card: Card): string {
  const parts = [aligned([heads, ...card.figures.map(cells)])]
  if (card.byLabel.length > 0) parts.push(aligned([labelHeads, ...card.byLabel.map(labelCells)]))
  return [...parts, [...card.notes.map(({ said }) => said), summary(card)].join('\n')].join('\n\n')
}

function summary({ figures, asked, declined }: Card): string {
  const missed = figures.filter((one) => verdict(one) === 'MISSES THE FLOOR').map(({ name }) => name)
  const bars = figures.filter(({ floor }) => floor !== undefined).length
  const said = missed.length === 0 ? 'all hold' : `${missed.length} missed: ${missed.join('; ')}`
  return `${figures.length} figures, ${bars} with a floor: ${said}. ${declined} of ${asked} texts were declined as empty.`
}

/** A Markdown table; the first row is its head. */
export function table(rows: string[][]): string {
  const [head, ...rest] = rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  return [head, `|${'---|'.repeat(rows[0]!.length)}`, ...rest].join('\n')
}

export function markdown(card: Card): string {
  return `# Scorecard of ${card.model}

Made by \`${card.command}\` on ${card.date.slice(0, 10)}, ${card.split} splits; sha256 of the ONNX file:
\`${card.sha256}\`. Every figure comes through the code of production (docs/evaluation.md); intervals are 95 % percentile
bootstrap intervals of 1,000 draws over the n posts (topics, for shares).

${summary(card)}

${table([heads, ...card.figures.map(cells)])}

${byLabel(card)}${notes(card)}`
}

const byLabel = (card: Card) =>
  card.byLabel.length === 0
    ? ''
    : `## Emotion, label by label

${table([labelHeads, ...card.byLabel.map(labelCells)])}

`
const notes = (card: Card) =>
  card.notes.length === 0
    ? ''
    : `## Not measured, and what to know

${card.notes.map(({ said }) => `- ${said}`).join('\n')}
`

/** The scorecard that a folder holds; null: none. */
export function readCard(folder: string): Card | null {
  const path = join(folder, 'scorecard.json')
  if (!existsSync(path)) return null
  const card = JSON.parse(readFileSync(path, 'utf8')) as Card
  // JSON knows no number that is none.
  const figures = card.figures.map((one) => ({ ...one, value: one.value ?? Number.NaN }))
  return { ...card, figures }
}

/**
 * Some parts measured anew, their figures in the place of those of the same name; one that a part no longer makes stays:
 * after a change of names measure the whole. Throws UserError where they are of another model.
 */
export function renewed(kept: Card, fresh: Card, parts: string[]): Card {
  if (kept.sha256 !== fresh.sha256 || kept.split !== fresh.split)
    throw new UserError('the folder holds the scorecard of another model, or of other splits', 'give another --out')
  const inPlace = <One>(old: One[], young: One[], key: (one: One) => string): One[] => {
    const anew = new Map(young.map((one) => [key(one), one]))
    const known = new Set(old.map(key))
    const all = old.map((one) => anew.get(key(one)) ?? one)
    // What is new goes after what it came after.
    for (const [at, one] of young.entries())
      if (!known.has(key(one))) all.splice(all.indexOf(young[at - 1]!) + 1 || all.length, 0, one)
    return all
  }
  return {
    ...kept,
    command: `${kept.command}; some anew by ${fresh.command} on ${fresh.date.slice(0, 10)}`,
    figures: inPlace(kept.figures, fresh.figures, ({ name }) => name),
    byLabel: inPlace(kept.byLabel, fresh.byLabel, ({ label, set }) => `${label} ${set}`),
    notes: [...kept.notes.filter(({ part }) => !parts.includes(part)), ...fresh.notes],
  }
}

/** Both files or neither is seen half written. */
export function writeCard(folder: string, card: Card, called = 'scorecard'): void {
  mkdirSync(folder, { recursive: true })
  const files = { [`${called}.json`]: `${JSON.stringify(card, null, 1)}\n`, [`${called}.md`]: markdown(card) }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.part`), text)
    renameSync(join(folder, `${name}.part`), join(folder, name))
  }
}
