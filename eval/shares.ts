// Share figures: how far a topic's mean calibrated probability lies from its labelled share, on topics held out.
// SemEval-2017's own topics (BD, CE) all trained stance, so none of them may check: see topics.ts for what does.

import type { ModelError } from '../types.ts'
import { type Figure, type Findings, figure, oneHot, type Study } from './figure.ts'
import { mean, quantile } from './metrics.ts'
import { argkp, debates, ec, fittedCalibration, tweets } from './sets.ts'
import { heldOut, keywordTopics, leastRows, type TopicError, topicError } from './topics.ts'

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
  const topics = heldOut(wide).filter(([row]) => !calibrated(row!))
  const rows = topics.flat()
  const asked = rows.map((row) => ({ text: pairs[row]!.text, targets: [pairs[row]!.target] }))
  const answers = await reader.pairs('stance shares', asked)
  const place = new Map(rows.map((row, at) => [row, at]))
  const names = reader.model.labels.stance
  const told = {
    name: 'stance',
    error: reader.model.labels.modelError.stance,
    names,
    texts: asked.map(({ text }) => text),
  }
  const placed = topics.map((topic) => topic.map((row) => place.get(row)!))
  const truth = oneHot(
    rows.map((row) => pairs[row]!.label),
    names.length,
  )
  return shareFigures(
    { ...told, topics: placed },
    answers.map(({ stance }) => stance[0]!),
    truth,
  )
}

interface Told {
  name: string
  error: ModelError
  names: string[]
  texts: string[]
  /** Rows of each topic. */
  topics: number[][]
  mean?: { floor: number; goal: number }
  p90?: { floor: number; goal: number }
}

function shareFigures(
  { name, error, names, texts, topics, ...floors }: Told,
  p: number[][],
  truth: number[][],
): Figure[] {
  if (topics.length === 0) return []
  const lengths = texts.map(({ length }) => length)
  const terms = { error: names.map((k) => error.share[k]!), errorOfDifference: names.map((k) => error.difference[k]!) }
  const found = topics.map((rows) => topicError(rows, { p, truth, ...terms }, lengths))
  const posts = Math.round(mean(topics.map((rows) => rows.length)))
  const on = `over ${topics.length} held-out topics (${posts} posts each on average) and ${names.length} labels`
  const pooled =
    (of: (topic: TopicError) => ArrayLike<number>, sum = mean) =>
    (rows: ArrayLike<number>) =>
      sum(Array.from(rows).flatMap((row) => Array.from(of(found[row]!))))
  const told = (title: string, how: string, metric: (rows: ArrayLike<number>) => number, more: object) =>
    figure({ name: `shares, ${name}: ${title}`, how: `${how} ${on}`, ...more }, found.length, metric)
  const [share, cover] = [(topic: TopicError) => topic.share, { floor: 0.9 }]
  const hits = (key: 'covered' | 'statedCovered' | 'differenceCovered') => pooled((topic) => topic[key].map(Number))
  return [
    told('mean error', '|mean probability - labelled share|, mean', pooled(share), { ...floors.mean, lower: true }),
    told(
      'p90 error',
      '|mean probability - labelled share|, 90th percentile',
      pooled(share, (x) => quantile(x, 0.9)),
      { ...floors.p90, lower: true },
    ),
    told('coverage', 'labelled share within +-1.96 modelError of the mean probability,', hits('covered'), cover),
    told(
      'coverage as stated',
      'the same with the sampling variance that production adds,',
      hits('statedCovered'),
      cover,
    ),
    told(
      'coverage, differences',
      'shorter less longer half of a topic, within +-1.96 of its own term,',
      hits('differenceCovered'),
      cover,
    ),
  ]
}
