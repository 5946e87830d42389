// Figures about a post alone: sentiment, emotion, irony, offensive, hate, on the benchmarks' own splits and metrics.
// Decisions are those that ship with the model: the largest calibrated probability, or its thresholds.
import {
  calibrationFigure,
  type Figure,
  type Findings,
  figure,
  type LabelFinding,
  oneHot,
  type Study,
} from './figure.ts'
import {
  argmax,
  chosen,
  column,
  ece,
  f1Of,
  jaccard,
  labelF1,
  type Metric,
  macroF1,
  macroRecall,
  multiMacroF1,
  multiMicroF1,
} from './metrics.ts'
import { uncalibrated } from './reader.ts'
import { research } from './research.ts'
import { ec, goemotions, type Marked, tweets } from './sets.ts'

export async function sentiment({ root, split, reader, labels, thresholds }: Study): Promise<Findings> {
  const { texts, labels: truth } = tweets(root, 'sentiment', split)
  const p = (await reader.posts('sentiment', texts)).map((answer) => answer.sentiment)
  const guess = p.map((row) => chosen(row, thresholds.sentiment))
  const by = new Set(thresholds.sentiment).size > 1 ? 'largest probability / shipped threshold' : 'largest probability'
  const how = `macro recall of negative, neutral, positive (official); ${by}`
  return {
    figures: [
      figure({ name: 'TweetEval sentiment', how, floor: 0.7, goal: 0.74 }, truth.length, macroRecall(3)(truth, guess)),
      calibrationFigure('TweetEval', { head: 'sentiment', labels }, { truth: oneHot(truth, 3), p }),
    ],
  }
}

const ecLabels = 'anger anticipation disgust fear joy love optimism pessimism sadness surprise trust'.split(' ')
const four = ['anger', 'joy', 'optimism', 'sadness']

export async function emotion({ root, split, reader }: Study): Promise<Findings> {
  const { texts, labels: truth } = tweets(root, 'emotion', split)
  const at = columnsOf(four, reader.model.labels.emotion)
  if (!at)
    return { figures: [], notes: [`TweetEval emotion is not measured: the model lacks one of ${four.join(', ')}`] }
  const answers = await reader.posts('emotion', texts)
  const guess = answers.map((answer) => argmax(at.map((k) => answer.emotion[k]!)))
  const how = 'macro-F1 of anger, joy, optimism, sadness (official); the largest of these four of the public labels'
  return {
    figures: [
      figure({ name: 'TweetEval emotion', how, floor: 0.78, goal: 0.82 }, truth.length, macroF1(4)(truth, guess)),
    ],
  }
}

interface Binary {
  head: 'irony' | 'offensive' | 'hate'
  how: string
  metric: (truth: ArrayLike<number>, guess: ArrayLike<number>) => Metric
  floor?: number
  goal?: number
}
export const irony = binary({
  head: 'irony',
  how: 'F1 of the class irony (official)',
  metric: f1Of([1], 2),
  floor: 0.64,
  goal: 0.72,
})
export const offensive = binary({
  head: 'offensive',
  how: 'macro-F1 of 2 classes (official)',
  metric: macroF1(2),
  floor: 0.79,
  goal: 0.82,
})
export const hate = binary({ head: 'hate', how: 'macro-F1 of 2 classes (official)', metric: macroF1(2) })

function binary({ head, how, metric, floor, goal }: Binary) {
  return async ({ root, split, reader, labels, thresholds }: Study): Promise<Findings> => {
    const { texts, labels: truth } = tweets(root, head, split)
    const p = (await reader.posts(head, texts)).map((answer) => answer[head])
    const guess = p.map((x) => (x >= thresholds[head][0]! ? 1 : 0))
    const named = { name: `TweetEval ${head}`, how: `${how}; shipped threshold`, floor, goal }
    const wide = { truth: truth.map((label) => [label]), p: p.map((x) => [x]) }
    return {
      figures: [
        figure(named, truth.length, metric(truth, guess)),
        calibrationFigure('TweetEval', { head, labels }, wide),
      ],
    }
  }
}

export async function emotions({ root, split, reader, ...rest }: Study): Promise<Findings> {
  const set = ec(root, split)
  const found = await marked({ root, split, reader, ...rest }, 'E-c', set)
  if (!found) return { figures: [], notes: ['E-c is not measured: the public list lacks one of its eleven labels'] }
  const { truth, guess, n } = found
  const how = (metric: string) => `${metric} over the 11 labels (official); shipped thresholds`
  const figures: Figure[] = [
    figure(
      { name: 'E-c Jaccard', how: how('mean of |both| / |either|'), floor: 0.58, goal: 0.62 },
      n,
      jaccard(truth, guess),
    ),
    figure({ name: 'E-c micro-F1', how: how('micro-F1') }, n, multiMicroF1(truth, guess)),
    figure({ name: 'E-c macro-F1', how: how('macro-F1') }, n, multiMacroF1(truth, guess)),
  ]
  return { figures: [...figures, found.calibration], byLabel: found.byLabel }
}

export async function reddit(study: Study): Promise<Findings> {
  const all = goemotions(study.root, study.split)
  const shown = study.reader.model.labels.emotion
  const held = all.names.map((_, k) => k).filter((k) => shown.includes(all.names[k]!))
  const set = { ...all, names: held.map((k) => all.names[k]!), marks: all.marks.map((row) => held.map((k) => row[k]!)) }
  const found = (await marked(study, 'GoEmotions', set))!
  const own = held.map((_, k) => k).filter((k) => !ecLabels.includes(set.names[k]!))
  const narrow = (rows: number[][]) => rows.map((row) => own.map((k) => row[k]!))
  const named = (count: number, what: string) => ({
    name: `GoEmotions macro-F1 (${count} labels)`,
    how: `macro-F1 over the ${count} ${what}`,
  })
  const listed = named(
    held.length,
    'of 28 labels in the public list; shipped thresholds, eight of them set on the tweets of E-c',
  )
  const its = named(own.length, 'labels that are not among the eleven of E-c, which are calibrated on tweets too')
  const official = await allLabels(study, all)
  return {
    figures: [
      ...official.figures,
      figure(listed, found.n, multiMacroF1(found.truth, found.guess)),
      figure(its, found.n, multiMacroF1(narrow(found.truth), narrow(found.guess))),
      found.calibration,
    ],
    byLabel: found.byLabel,
    notes: official.notes,
  }
}

/** The official figure, "neutral" among its labels: of the file's own GoEmotions output, which production does not show. */
async function allLabels({ folder }: Study, { names, texts, marks }: Marked): Promise<Findings> {
  const answers = folder ? await research(folder, 'goemotions', texts) : null
  const at = answers && columnsOf(names, answers.labels)
  if (!at)
    return { figures: [], notes: ['GoEmotions over its 28 labels is not measured: the model has no such output'] }
  const guess = answers.p.map((row) => at.map((k) => (row[k]! >= answers.thresholds[k]! ? 1 : 0)))
  const how = `macro-F1 over ${names.length} labels (official); the file's own GoEmotions output, which production does not show, with its thresholds`
  const one = { name: 'GoEmotions macro-F1', how, floor: 0.47, goal: 0.52 }
  return { figures: [figure(one, texts.length, multiMacroF1(marks, guess))], notes: [] }
}

/** Where these labels stand in the model's list; null when one does not. */
function columnsOf(names: string[], shown: string[]): number[] | null {
  const at = names.map((name) => shown.indexOf(name))
  return at.includes(-1) ? null : at
}

interface MarkedFindings {
  n: number
  truth: number[][]
  guess: number[][]
  byLabel: LabelFinding[]
  calibration: Figure
}

async function marked(
  { reader, labels, thresholds }: Study,
  name: string,
  set: Marked,
): Promise<MarkedFindings | null> {
  const at = columnsOf(set.names, reader.model.labels.emotion)
  if (!at) return null
  const p = (await reader.posts(name, set.texts)).map((answer) => at.map((k) => answer.emotion[k]!))
  const cuts = at.map((k) => thresholds.emotion[k]!)
  const guess = p.map((row) => row.map((x, k) => (x >= cuts[k]! ? 1 : 0)))
  const { kind, scale, bias } = labels.heads.emotion
  const part = { kind, labels: set.names, scale: at.map((k) => scale[k]!), bias: at.map((k) => bias[k]!) }
  const before = p.map((row) => uncalibrated(row, part))
  const rows = set.texts.map((_, row) => row)
  const f1 = labelF1(set.marks, guess, rows)
  const byLabel = set.names.map((label, k) => {
    const truth = column(set.marks, k)
    const error = (values: number[][]) => ece(truth, column(values, k))(rows)
    const positives = truth.reduce((a, b) => a + b, 0)
    return {
      label,
      set: name,
      n: rows.length,
      positives,
      threshold: cuts[k]!,
      f1: f1[k]!,
      ece: error(p),
      eceBefore: error(before),
    }
  })
  const partLabels = { ...labels, heads: { ...labels.heads, emotion: part } }
  const calibration = calibrationFigure(name, { head: 'emotion', labels: partLabels }, { truth: set.marks, p })
  return { n: rows.length, truth: set.marks, guess, byLabel, calibration }
}
