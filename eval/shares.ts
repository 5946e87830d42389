// Share figures: how far a topic's mean calibrated probability lies from its labelled share, on topics held out.
// Which topics those are: topics.ts (keywords), held.ts (topics that never trained), docs/evaluation.md.

import type { ModelError } from '../types.ts'
import { type Figure, type Findings, figure, oneHot, type Study } from './figure.ts'
import { byTarget, fold, heldTweets, type Kind, postSentiment, role, unseen } from './held.ts'
import { type Metric, mean, quantile } from './metrics.ts'
import { ec, goemotions, type Pair, tweets } from './sets.ts'
import { blindGuess, type HeldOut, heldOut, keywordTopics, type TopicError, topicError } from './topics.ts'

export async function shares(study: Study): Promise<Findings> {
  const parts = [await sentimentShares(study), await namedShares(study), await emotionShares(study)]
  const notes = [
    'Shares: sentiment and emotion are checked on keyword topics of the test split that did not fit the model-error term, without any post that did, sentiment also on the SemEval-2017 topics that never trained; stance on held-out targets that neither trained, nor calibrated, nor fitted the term.',
  ]
  return { figures: [...parts.flat(), ...(await stanceShares(study))], notes }
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

/** The eleven of E-c on its tweets, and the labels only GoEmotions has on its posts. */
async function emotionShares({ root, split, reader }: Study): Promise<Figure[]> {
  const tweeted = ec(root, split)
  const reddit = goemotions(root, split)
  const own = reddit.names.filter((name) => !tweeted.names.includes(name) && name !== 'neutral')
  const shown = reader.model.labels.emotion
  const sets = [
    { set: 'E-c', ...tweeted },
    {
      set: 'GoEmotions',
      texts: reddit.texts,
      names: own,
      marks: reddit.marks.map((row) => own.map((name) => row[reddit.names.indexOf(name)]!)),
    },
  ]
  const figures: Figure[] = []
  for (const { set, texts, names, marks } of sets.filter(({ names }) => names.every((name) => shown.includes(name)))) {
    const answers = await reader.posts(set, texts)
    const p = answers.map((answer) => names.map((name) => answer.emotion[shown.indexOf(name)]!))
    const told = { name: `emotion (${set})`, error: reader.model.labels.modelError.emotion, names, texts }
    figures.push(...shareFigures({ ...told, topics: heldOut(keywordTopics(texts)) }, p, marks))
  }
  return figures
}

/** Sentiment over the held-out topics that people collected by; all of them check, keyword topics fitted. */
async function namedShares({ root, reader }: Study): Promise<Figure[]> {
  const known = postSentiment(root)
  const pairs = heldTweets(root).filter(({ text }) => known.has(fold(text)))
  const names = reader.model.labels.sentiment
  const texts = pairs.map(({ text }) => text)
  const truth = oneHot(
    texts.map((text) => known.get(fold(text))!),
    names.length,
  )
  const p = (await reader.posts('sentiment of held-out topics', texts)).map((answer) => answer.sentiment)
  const checked = [...byTarget(pairs).values()]
  const floors = { mean: { floor: 0.07, goal: 0.05 }, p90: { floor: 0.13, goal: 0.1 } }
  const error = reader.model.labels.modelError.sentiment
  return shareFigures(
    { name: 'sentiment (SemEval topics)', error, names, texts, topics: { fitted: checked, checked }, ...floors },
    p,
    truth,
  )
}

async function stanceShares({ root, reader }: Study): Promise<Figure[]> {
  const kinds = Object.entries(unseen(root)) as [Kind, Pair[]][]
  const pairs = kinds.flatMap(([kind, rows]) =>
    rows.filter(({ target }) => role(target) !== 'calibrate').map((pair) => ({ ...pair, kind })),
  )
  const answers = await reader.pairs(
    'stance shares',
    pairs.map(({ text, target }) => ({ text, targets: [target] })),
  )
  const names = reader.model.labels.stance
  const texts = pairs.map(({ text }) => text)
  const truth = oneHot(
    pairs.map(({ label }) => label),
    names.length,
  )
  const p = answers.map(({ stance }) => stance[0]!)
  const byKind = kinds.map(([kind]) => ({ kind, topics: topicsOf(pairs, kind) }))
  const fitted = byKind.flatMap(({ topics }) => topics.fitted)
  const all = byKind.flatMap(({ topics }) => topics.checked)
  const told = [
    { name: 'stance', checked: all },
    ...byKind.map(({ kind, topics }) => ({ name: `stance (${kind})`, checked: topics.checked })),
  ]
  const error = reader.model.labels.modelError.stance
  return told.flatMap(({ name, checked }) =>
    shareFigures({ name, error, names, texts, topics: { fitted, checked } }, p, truth),
  )
}

/** Rows of the targets of one kind, by what the target is for; those that calibrate are in neither list. */
function topicsOf(pairs: (Pair & { kind: Kind })[], kind: Kind): HeldOut {
  const rows = pairs.flatMap((pair, row) => (pair.kind === kind ? [row] : []))
  const topics = [...byTarget(rows.map((row) => pairs[row]!))]
  const of = (part: string) =>
    topics.filter(([target]) => role(target) === part).map(([, at]) => at.map((one) => rows[one]!))
  return { fitted: of('fit'), checked: of('check') }
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
