// `npm run eval`: every figure of the model, through the very code of production, printed and kept as the scorecard.
//   npm run eval -- [--data FOLDER] [--model FOLDER] [--only NAME,...] [--split val] [--fp32 FILE] [--out FOLDER]
// The scorecard in docs/model is written by whole runs on the test splits only; anything else goes where --out says.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openEncoder } from '../analyze/encoder.ts'
import { readLabels, readObject } from '../analyze/labels.ts'
import { UserError } from '../errors.ts'
import { main as driftMain } from './drift.ts'
import type { Findings, Study } from './figure.ts'
import { leftOut } from './folds.ts'
import { int8 } from './int8.ts'
import { intervals, writeIntervals } from './intervals.ts'
import { otherLanguages } from './languages.ts'
import { emotion, emotions, hate, irony, offensive, reddit, sentiment } from './posts.ts'
import { modelHash, Reader, readThresholds } from './reader.ts'
import { type Card, printed, readCard, renewed, writeCard } from './scorecard.ts'
import { findData } from './sets.ts'
import { shares } from './shares.ts'
import { stance } from './stance.ts'
import { main as storiesMain } from './stories.ts'

const root = join(import.meta.dirname, '..')
const note = (line: string) => console.error(line)

export interface Asked {
  data: string
  model: string
  only: string[]
  split: 'val' | 'test'
  fp32?: string
  out?: string
  /** Some parts alone. */
  isPart?: boolean
}

const parts = {
  sentiment,
  emotion,
  ec: emotions,
  goemotions: reddit,
  irony,
  offensive,
  hate,
  stance,
  shares,
  languages: otherLanguages,
}
/** A whole run is all of these; the intervals and the folds (of a model of their own) have files of their own. */
export const wholeNames = [...Object.keys(parts), 'int8']
export const partNames = [...wholeNames, 'intervals', 'folds']

/** Throws UserError with what to do. */
export function readArguments(args: string[]): Asked {
  const text = { type: 'string' } as const
  const options = { data: text, model: text, only: text, split: text, fp32: text, out: text }
  const { values } = parseArgs({ args, options })
  const only = values.only?.split(',') ?? wholeNames
  const strange = only.filter((name) => !partNames.includes(name))
  if (strange.length > 0)
    throw new UserError(`no part is called ${strange.join(', ')}`, `--only takes of: ${partNames.join(', ')}`)
  const split = values.split ?? 'test'
  if (only.includes('folds') && (only.length > 1 || split !== 'test'))
    throw new UserError(
      'folds are asked of a model of their own, on the test splits',
      'give --only folds alone, with its --model',
    )
  if (split !== 'val' && split !== 'test')
    throw new UserError(`no split is called ${split}`, '--split takes val or test')
  const whole = split === 'test' && !values.only
  return {
    data: resolve(values.data ?? join(root, '../shared/data')),
    model: resolve(values.model ?? join(root, 'models/undercurrent-minilm')),
    only,
    split,
    isPart: values.only !== undefined,
    fp32: values.fp32,
    out:
      values.out ?? (whole || (split === 'test' && values.only === 'intervals') ? join(root, 'docs/model') : undefined),
  }
}

/** Measures a copy of the model folder: a long run must not end on other files than it began with. */
export async function evaluate(asked: Asked, command: string): Promise<Card> {
  await readLabels(asked.model) // says what is wrong with the folder
  const copy = mkdtempSync(join(tmpdir(), 'undercurrent-model-'))
  try {
    cpSync(asked.model, copy, { recursive: true })
    return await measure({ ...asked, model: copy }, command)
  } finally {
    rmSync(copy, { recursive: true })
  }
}

async function measure({ data, model: folder, only, split, fp32 }: Asked, command: string): Promise<Card> {
  const study = {
    root: findData(data),
    split,
    labels: await readLabels(folder),
    thresholds: await readThresholds(folder),
    folder,
  }
  const sha256 = modelHash(folder)
  await using model = await openEncoder({ folder })
  const reader = new Reader(model, note)
  const described = await readObject(join(folder, 'labels.json'))
  if (described.leftOut && !only.includes('folds'))
    throw new UserError('this model was trained without some targets, only to measure them', 'give --only folds')
  const all: Record<string, (study: Study) => Promise<Findings>> = {
    ...parts,
    int8: int8(folder, fp32, note),
    intervals: intervals(),
    folds: leftOut(),
  }
  const found: Findings[] = []
  for (const name of only) {
    note(`${name} ...`)
    found.push(await all[name]!({ ...study, reader }))
  }
  const fitted = 'These are the val splits, on which the calibration was fitted: they say nothing about new posts.'
  return {
    date: new Date().toISOString(),
    command,
    model: model.id,
    sha256,
    split,
    asked: reader.asked,
    declined: reader.declined,
    figures: found.flatMap(({ figures }) => figures),
    byLabel: found.flatMap(({ byLabel = [] }) => byLabel),
    intervals: found.find(({ intervals }) => intervals)?.intervals,
    notes: [
      ...(split === 'val' ? [{ part: 'split', said: fitted }] : []),
      ...found.flatMap(({ notes = [] }, at) => notes.map((said) => ({ part: only[at]!, said }))),
    ],
  }
}

export async function main(args: string[]): Promise<number> {
  try {
    if (args[0] === 'stories') return await storiesMain(args.slice(1), note)
    if (args[0] === 'drift') return driftMain(args.slice(1), note)
    const asked = readArguments(args)
    const card = await evaluate(asked, ['npm run eval --', ...args].join(' ').replace(/ --$/, ''))
    console.log(printed(card))
    const { intervals, ...scorecard } = card
    if (asked.out && intervals) writeIntervals(asked.out, card, intervals)
    if (asked.out && asked.only.some((name) => name !== 'intervals')) {
      const name = asked.only[0] === 'folds' ? 'folds' : 'scorecard'
      const kept = asked.isPart && name === 'scorecard' ? readCard(asked.out) : null
      writeCard(asked.out, kept ? renewed(kept, scorecard, asked.only) : scorecard, name)
    }
    note(
      asked.out
        ? `kept in ${asked.out}`
        : 'not kept: a scorecard has every figure of the test splits (--out FOLDER keeps it)',
    )
    return 0
  } catch (error) {
    const misread = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
    if (!(error instanceof UserError) && !misread) throw error
    note(`${(error as Error).message}${error instanceof UserError ? `; ${error.hint}` : ''}`)
    return 2
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
