// Leave-target-out: stance toward targets whose sets everybody trains on, asked of a model that saw none of them.
// `training/run.py --leave-out` makes that model; one training leaves out all three folds at once, which is harder than
// leaving out each alone. The targets' names are those of training/held.py. Files of their own: another model's figures.
import { join } from 'node:path'
import { readObject } from '../analyze/labels.ts'
import { UserError } from '../errors.ts'
import { type Figure, type Findings, figure, type Study } from './figure.ts'
import { argmax, auc, macroF1 } from './metrics.ts'
import { type Pair, ruw, tweetStance } from './sets.ts'

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

/** Throws UserError where the model trained on these targets. */
export async function leftOut(study: Study): Promise<Findings> {
  const described = study.folder ? await readObject(join(study.folder, 'labels.json')) : {}
  const left = Array.isArray(described.leftOut) ? described.leftOut : []
  const seen = folds.filter(({ name }) => !left.includes(name)).map(({ name }) => name)
  if (seen.length > 0)
    throw new UserError(
      `the model trained on ${seen.join('; ')}`,
      'train one with training/run.py --leave-out and name its folder with --model',
    )
  const figures: Figure[] = []
  for (const fold of folds) figures.push(...(await measure(study, fold)))
  return { figures }
}

export async function measure(study: Study, { name, read }: Fold): Promise<Figure[]> {
  const pairs = read(study)
  const asked = pairs.map(({ text, target }) => ({ text, targets: [target] }))
  const p = (await study.reader.pairs(name, asked)).map(({ stance: [one] }) => one!)
  const truth = pairs.map(({ label }) => label)
  const sided = truth.flatMap((label, row) => (label === 1 ? [] : [row]))
  const favors = sided.map((row) => (truth[row] === 2 ? 1 : 0))
  const leaning = sided.map((row) => p[row]![2]! / (p[row]![0]! + p[row]![2]!))
  const f1 = { how: 'macro-F1 of 3 classes, targets pooled; no such target trained', floor: 0.45, goal: 0.6 }
  const told = { how: 'favor told from against, p(favor) / (p(favor) + p(against)), opinionated posts' }
  return [
    figure({ name: `left out: ${name}`, ...f1 }, truth.length, macroF1(3)(truth, p.map(argmax))),
    figure({ name: `left out: ${name}: AUC`, ...told, floor: 0.7, goal: 0.8 }, sided.length, auc(favors, leaning)),
  ]
}
