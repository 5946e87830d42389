// Leave-target-out: stance toward targets whose sets everybody trains on, asked of models that saw none of them.
// `training/run.py --leave-out` makes them: FOLDER saw no fold's targets, FOLDER/folds/NAME, trained on from it, those of the other
// folds. The folds' names are those of training/held.py. Files of their own: other models' figures.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openEncoder } from '../analyze/encoder.ts'
import { readObject } from '../analyze/labels.ts'
import { UserError } from '../errors.ts'
import type { Model } from '../types.ts'
import { type Figure, type Findings, figure, type Study } from './figure.ts'
import { argmax, macroF1 } from './metrics.ts'
import { modelHash, Reader } from './reader.ts'
import { type Pair, ruw, tweetStance } from './sets.ts'
import { aimOfSides, sidesTold, toldOf } from './stance.ts'

interface Fold {
  name: string
  read: (study: Study) => Pair[]
}

const tweetsAbout = (targets: RegExp) => (study: Study) =>
  tweetStance(study.root, study.split).filter(({ target }) => targets.test(target))

export const folds: Fold[] = [
  { name: 'Russia and Ukraine', read: ({ root }) => ruw(root) },
  { name: 'abortion and feminism', read: tweetsAbout(/abortion|feminist/i) },
  { name: 'atheism and climate', read: tweetsAbout(/atheism|climate/i) },
]

/** The folder of the model that left out this fold alone. */
export const folderOf = (folder: string, name: string): string =>
  join(folder, 'folds', name.toLowerCase().replaceAll(' ', '-'))

const openModel = (folder: string): Promise<Model> => openEncoder({ folder })

/** Throws UserError where the model trained on what is asked. A fold without a model of its own is a note. */
export const leftOut =
  (open = openModel) =>
  async (study: Study): Promise<Findings> => {
    const { folder = '' } = study
    await mustHaveLeft(folder, folds)
    const figures: Figure[] = []
    const notes: string[] = []
    for (const fold of folds) figures.push(...(await measure(study, fold, 'all left out')))
    for (const fold of folds) {
      const own = folderOf(folder, fold.name)
      if (!existsSync(own)) {
        notes.push(`${fold.name} left out alone was not measured: there is no model of its own.`)
        continue
      }
      await mustHaveLeft(own, [fold])
      await using model = await open(own)
      figures.push(...(await measure({ ...study, reader: new Reader(model) }, fold, 'left out alone')))
      notes.push(`${fold.name} left out alone: ${model.id}, sha256 of its ONNX file ${modelHash(own)}.`)
    }
    return { figures, notes }
  }

async function mustHaveLeft(folder: string, some: Fold[]): Promise<void> {
  const described: Record<string, unknown> = folder ? await readObject(join(folder, 'labels.json')) : {}
  const left = Array.isArray(described.leftOut) ? described.leftOut : []
  const seen = some.filter(({ name }) => !left.includes(name)).map(({ name }) => name)
  if (seen.length > 0)
    throw new UserError(
      `the model asked about ${some.map(({ name }) => name).join('; ')} trained on ${seen.join('; ')}`,
      'train them with training/run.py --leave-out and name OUT/left-out with --model',
    )
}

async function measure(study: Study, { name, read }: Fold, how: string): Promise<Figure[]> {
  const pairs = read(study)
  const asked = pairs.map(({ text, target }) => ({ text, targets: [target] }))
  const told = toldOf(pairs, await study.reader.pairs(`${how}: ${name}`, asked))
  const f1 = { how: 'macro-F1 of 3 classes, targets pooled; no such target trained', floor: 0.45, goal: 0.6 }
  const right = macroF1(3)(told.truth, told.own.map(argmax))
  return [
    figure({ name: `${how}: ${name}`, ...f1 }, pairs.length, right),
    ...sidesTold(`${how}: ${name}`, told, aimOfSides),
  ]
}
