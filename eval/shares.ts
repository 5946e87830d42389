// Share figures: how far a topic's mean calibrated probability lies from its labelled share, on topics held out.
// SemEval-2017's own topics (BD, CE) all trained stance, so none of them may check: see topics.ts for what does.

import type { ModelError } from '../types.ts'
import { type Figure, type Findings, figure, oneHot, type Study } from './figure.ts'
import { type Metric, mean, quantile } from './metrics.ts'
import { argkp, debates, ec, fittedCalibration, tweets } from './sets.ts'
import { blindGuess, type HeldOut, heldOut, keywordTopics, leastRows, type TopicError, topicError } from './topics.ts'

export async function shares(study: Study): Promise<Findings> {
  const parts = [await sentimentShares(study), await emotionShares(study), await stanceShares(study)]
  const notes = [
    'Shares are not checked on the BD and CE topics of SemEval-2017: every one of them trained the stance head. Sentiment and emotion are checked on keyword topics of the test split, those that did not fit the model-error term, without any post that did; stance on debate targets that neither trained, nor calibrated, nor fitted the term.',
  ]
  return { figures: parts.flat(), notes }
}

async function sentimentShares({ root, split, reader }: Study): Promise<Figure[]> {
  const { texts, labels } = tweets(root, 'sentiment', split)
  const p = (await reader.posts('sentiment', texts)).map((answer) => answer.sentiment)
  const names = reader.model.labels.sentiment
  const topics = heldOut(keywordTopics(texts, { names: true }))
  const floors = { mean: { floor: 0.07, goal: 0.05 }, p90: { floor: 0.13, goal: 0.1 } }
  const told = { name: 'sentiment', error: reader.model.labels.modelError.sentiment, names, texts, topics, ...floors }
  return shareFigures(told, p, oneHot(labels, names.length))
}

async function emotionShares({ root, split, reader }: Study): Promise<Figure[]> {
  const { texts, names, marks } = ec(root, split)
  const shown = reader.model.labels.emotion
  if (!names.every((name) => shown.includes(name))) return []
  const p = (await reader.posts('E-c', texts)).map((answer) =>
    names.map((name) => answer.emotion[shown.indexOf(name)]!),
  )
  const topics = heldOut(keywordTopics(texts))
  return shareFigures(
    { name: 'emotion (E-c)', error: reader.model.labels.modelError.emotion, names, texts, topics },
    p,
    marks,
  )
}

async function stanceShares({ root, reader }: Study): Promise<Figure[]> {
  const held = debates(root)
  const pairs = [...held, ...argkp(root, 'dev'), ...argkp(root, 'test')]
  const byTarget = Map.groupBy(pairs.keys(), (row) => pairs[row]!.target)
  const wide = new Map([...byTarget].filter(([, rows]) => rows.length >= leastRows))
  const calibrated = (row: number) => row < held.length && fittedCalibration(pairs[row]!.target)
  const { fitted, checked } = heldOut(wide)
  const topics = { fitted, checked: checked.filter(([row]) => !calibrated(row!)) }
  const asked = pairs.map(({ text, target }) => ({ text, targets: [target] }))
  const answers = await reader.pairs('stance shares', asked)
  const names = reader.model.labels.stance
  const texts = pairs.map(({ text }) => text)
  const truth = oneHot(
    pairs.map(({ label }) => label),
    names.length,
  )
  const told = { name: 'stance', error: reader.model.labels.modelError.stance, names, texts, topics }
  return shareFigures(
    told,
    answers.map(({ stance }) => stance[0]!),
    truth,
  )
}

interface Told {
  name: string
  error: ModelError
  names: string[]
  texts: string[]
  topics: HeldOut
  mean?: { floor: number; goal: number }
  p90?: { floor: number; goal: number }
}

function shareFigures(
  { name, error, names, texts, topics, ...bars }: Told,
  p: number[][],
  truth: number[][],
): Figure[] {
  const { fitted, checked } = topics
  if (checked.length === 0 || fitted.length < 2) return []
  const terms = { error: names.map((k) => error.share[k]!), errorOfDifference: names.map((k) => error.difference[k]!) }
  const asked = { p, truth, ...terms, lengths: texts.map(({ length }) => length) }
  const blind = names.map((_, k) => blindGuess(truth, fitted, k))
  const found = checked.map((rows) => names.map((_, k) => topicError(rows, asked, { k, blind: blind[k]! })))
  const posts = Math.round(mean(checked.map((rows) => rows.length)))
  const on = `over ${checked.length} held-out topics (${posts} posts each on average) and ${names.length} labels`
  const told = (title: string, how: string, metric: Metric, more: object = {}) =>
    figure({ name: `shares, ${name}: ${title}`, how: `${how} ${on}`, ...more }, found.length, metric)
  const pooled = (rows: ArrayLike<number>) => Array.from(rows).flatMap((row) => found[row]!)
  const average = (of: keyof TopicError) => (rows: ArrayLike<number>) =>
    mean(pooled(rows).map((one) => Number(one[of])))
  const p90: Metric = (rows) =>
    quantile(
      pooled(rows).map((one) => one.error),
      0.9,
    )
  const ratio: Metric = (rows) => average('score')(rows) / average('blindScore')(rows)
  const cover = { floor: 0.9 }
  return [
    told('mean error', '|mean probability - labelled share|, mean', average('error'), { ...bars.mean, lower: true }),
    told('p90 error', '|mean probability - labelled share|, 90th percentile', p90, { ...bars.p90, lower: true }),
    told(
      'covered by modelError alone',
      'labelled share within +-1.96 modelError (which leaves the noise of labels out)',
      average('alone'),
    ),
    told(
      'coverage as stated',
      'the same with the sampling and label noise that production adds,',
      average('stated'),
      cover,
    ),
    told(
      'coverage with label noise',
      'the same with the noise of the labels, sum p(1-p) / n^2, alone,',
      average('noisy'),
      cover,
    ),
    told(
      'differences as stated',
      'shorter less longer half, interval as production states it,',
      average('differenceStated'),
      cover,
    ),
    told(
      'differences with label noise',
      'the same with the noise of the labels alone,',
      average('differenceNoisy'),
      cover,
    ),
    told(
      'interval score',
      'stated interval by one that ignores the posts (mean and spread of the other topics),',
      ratio,
      { floor: 1, lower: true },
    ),
  ]
}
