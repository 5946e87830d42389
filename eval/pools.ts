// The pools on which intervals are proven: topics with people's labels that neither trained the model, nor calibrated it,
// nor fitted the model-error term they are checked with (docs/evaluation.md, "Intervals"). Keeps numbers, never text.
import { crc32 } from 'node:zlib'
import { oneHot, type Study } from './figure.ts'
import { byTarget, fold, heldTweets, type Kind, postSentiment, role, unseen } from './held.ts'
import { argkp, debates, ec, goemotions, type Pair, tweets } from './sets.ts'
import { type HeldOut, heldOut, keywordTopics, leastRows } from './topics.ts'

/** Fewer pools than this for a head, and two folds make more. */
export const leastPools = 30
const leastError = 0.02
/** It trained on every topic but some debates, and calibrated on half of those; later ones hold out by held.ts. */
const first = 'undercurrent-minilm@1'

export interface LabelledSet {
  name: string
  labels: string[]
  /** By row, then label. */
  p: number[][]
  truth: number[][]
  /** Topics that nothing was fitted on, by the terms that check them. */
  checks: { topics: number[][]; terms: number[] }[]
}

export interface Head {
  name: 'sentiment' | 'emotion' | 'stance'
  sets: LabelledSet[]
  /** Whether the shipped terms check, or those of the other fold. */
  folds: boolean
}

export async function headsOf(study: Study): Promise<Head[]> {
  return [
    head('sentiment', study, await sentimentSets(study)),
    head('emotion', study, await emotionSets(study)),
    head('stance', study, await stanceSets(study)),
  ]
}

/** A set with its topics, before it is decided what checks them. */
interface Found extends Omit<LabelledSet, 'checks'> {
  /** All topics that never trained, in order of the hash of their names. */
  topics: number[][]
  /** Those that fitted no shipped term. */
  checked: number[][]
}

function head(name: Head['name'], { reader }: Study, found: Found[]): Head {
  const shipped = reader.model.labels.modelError[name].share
  const folds = found.reduce((sum, { checked }) => sum + checked.length, 0) < leastPools
  const sets = found.map(({ topics, checked, ...set }) => ({
    ...set,
    checks: folds
      ? twoFolds(topics).map((fold) => ({ topics: fold.checked, terms: fittedTerms(set, fold.fitted) }))
      : [{ topics: checked, terms: set.labels.map((label) => shipped[label]!) }],
  }))
  return { name, sets, folds }
}

/** Every other topic fits and the rest checks, without any post that fitted; and the other way round. */
export function twoFolds(topics: number[][]): HeldOut[] {
  return [0, 1].map((first) => {
    const fitted = topics.filter((_, at) => at % 2 === first)
    const seen = new Set(fitted.flat())
    const rest = topics.filter((_, at) => at % 2 !== first).map((rows) => rows.filter((row) => !seen.has(row)))
    return { fitted, checked: rest.filter((rows) => rows.length >= leastRows) }
  })
}

/** As training/shares.py fits them: the spread of (mean probability - labelled share) less the noise of the labels. */
export function fittedTerms({ p, truth }: Pick<LabelledSet, 'p' | 'truth'>, topics: number[][]): number[] {
  return p[0]!.map((_, k) => {
    const squares = topics.map((rows) => {
      const gap = rows.reduce((sum, row) => sum + p[row]![k]! - truth[row]![k]!, 0) / rows.length
      const noise = rows.reduce((sum, row) => sum + p[row]![k]! * (1 - p[row]![k]!), 0) / rows.length ** 2
      return gap * gap - noise
    })
    const mean = squares.reduce((sum, x) => sum + x, 0) / Math.max(1, squares.length)
    return Math.sqrt(Math.max(mean, leastError ** 2))
  })
}

const byHash = (a: string, b: string) => crc32(a) - crc32(b)
const inOrder = (topics: Map<string, number[]>) => [...topics.keys()].sort(byHash).map((name) => topics.get(name)!)

async function sentimentSets({ root, split, reader }: Study): Promise<Found[]> {
  const { texts, labels } = tweets(root, 'sentiment', split)
  const names = reader.model.labels.sentiment
  const topics = keywordTopics(texts, { names: true })
  const ask = async (name: string, texts: string[], labels: number[]) => ({
    ...{ name, labels: names, truth: oneHot(labels, names.length) },
    p: (await reader.posts(`sentiment, ${name}`, texts)).map((answer) => answer.sentiment),
  })
  const keywords = await ask('TweetEval', texts, labels)
  const found = [{ ...keywords, topics: inOrder(topics), checked: heldOut(topics).checked }]
  if (reader.model.id === first) return found
  const known = postSentiment(root)
  const pairs = heldTweets(root).filter(({ text }) => known.has(fold(text)))
  const [tweeted, said] = [pairs.map(({ text }) => text), pairs.map(({ text }) => known.get(fold(text))!)]
  const named = inOrder(byTarget(pairs))
  return [...found, { ...(await ask('SemEval topics', tweeted, said)), topics: named, checked: named }]
}

async function emotionSets({ root, split, reader }: Study): Promise<Found[]> {
  const shown = reader.model.labels.emotion
  const [tweeted, reddit] = [ec(root, split), goemotions(root, split)]
  const own = reddit.names.filter((name) => !tweeted.names.includes(name))
  const sets = [
    { name: 'E-c', ...tweeted, labels: tweeted.names.filter((name) => shown.includes(name)) },
    { name: 'GoEmotions', ...reddit, labels: own.filter((name) => shown.includes(name)) },
  ]
  const found: Found[] = []
  for (const { name, texts, names, marks, labels } of sets) {
    const answers = await reader.posts(name, texts)
    const columns = labels.map((label) => shown.indexOf(label))
    const topics = keywordTopics(texts)
    found.push({
      ...{ name, labels, p: answers.map((answer) => columns.map((k) => answer.emotion[k]!)) },
      truth: marks.map((row) => labels.map((label) => row[names.indexOf(label)]!)),
      ...{ topics: inOrder(topics), checked: heldOut(topics).checked },
    })
  }
  return found
}

/** Targets that never trained; of what they were held out for depends which of them check. */
interface Targets {
  name: string
  pairs: Pair[]
  topics: Map<string, number[]>
  checks(target: string): boolean
}

async function stanceSets({ root, reader }: Study): Promise<Found[]> {
  const labels = reader.model.labels.stance
  const found: Found[] = []
  for (const { name, pairs, topics, checks } of targetsOf(root, reader.model.id)) {
    const answers = await reader.pairs(
      `stance, ${name}`,
      pairs.map(({ text, target }) => ({ text, targets: [target] })),
    )
    const truth = oneHot(
      pairs.map(({ label }) => label),
      labels.length,
    )
    const checked = inOrder(new Map([...topics].filter(([target]) => checks(target))))
    found.push({ name, labels, p: answers.map(({ stance }) => stance[0]!), truth, topics: inOrder(topics), checked })
  }
  return found
}

export function targetsOf(root: string, model: string): Targets[] {
  if (model === first) {
    const pairs = [...debates(root), ...argkp(root, 'dev'), ...argkp(root, 'test')]
    const topics = Map.groupBy(pairs.keys(), (row) => pairs[row]!.target)
    const open = (target: string, row: number) => row >= debates(root).length || crc32(`half ${target}`) % 2 !== 0
    const kept = [...topics].filter(([target, rows]) => rows.length >= leastRows && open(target, rows[0]!))
    return [{ name: 'debates', pairs, topics: new Map(kept), checks: () => false }]
  }
  return (Object.entries(unseen(root)) as [Kind, Pair[]][]).map(([name, all]) => {
    const pairs = all.filter(({ target }) => role(target) !== 'calibrate')
    return { name, pairs, topics: byTarget(pairs), checks: (target) => role(target) === 'check' }
  })
}
