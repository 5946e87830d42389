// The topics that no training stage saw, nor any post about them, and what each is for. The twin of training/held.py; both
// follow docs/evaluation.md, "Held-out topics". Chosen by name alone, before any training. Prints and keeps no text.
import { crc32 } from 'node:zlib'
import { debates, type Pair } from './sets.ts'
import { csv, lines } from './table.ts'

export type Role = 'calibrate' | 'fit' | 'check'
export type Kind = 'tweets' | 'comments' | 'debates'
const share = 25
export const leastPosts = 25
/** A topic with one of these words is a training target of another set, or close to one. */
const trained = new Set(
  'trump hillary clinton biden sanders bernie cruz russia ukraine abortion atheism climate feminist'.split(' '),
)

/** Lower case, letters and digits only, single spaces. */
export const fold = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9 ]/g, '')
    .split(' ')
    .filter(Boolean)
    .join(' ')

/** Whether a topic of tweets or comments is held out (debates have their own rule: sets.ts). */
export function isHeld(topic: string): boolean {
  const name = fold(topic)
  return !name.split(' ').some((word) => trained.has(word)) && crc32(`held ${name}`) % 100 < share
}

/** `calibrate` fits stance's calibration, `fit` the model-error terms, `check` nothing. */
export function role(target: string): Role {
  const bucket = crc32(`purpose ${fold(target)}`) % 20
  return bucket < 5 ? 'calibrate' : bucket < 12 ? 'fit' : 'check'
}

/** Sentiment toward a topic, in tweets of SemEval-2017 CE: five points taken as against, neither, favor. */
export function heldTweets(root: string): Pair[] {
  const [, ...rows] = lines(root, 'semeval2017-task4/subtaskCE_train.tsv').map((line) =>
    line.replace(/\r$/, '').split('\t'),
  )
  return rows
    .map(([, topic, label, text]) => ({
      target: topic!.replace(/^[@#]+/, ''),
      text: text!,
      label: Math.sign(Number(label)) + 1,
    }))
    .filter(({ target }) => isHeld(target))
}

/** Comments of VAST on its larger topics. */
export function heldComments(root: string): Pair[] {
  const rows = csv(root, 'vast/vast_train_90pct.csv')
  const pairs = rows.map((row) => ({ target: row.new_topic!, text: row.post!, label: [0, 2, 1][Number(row.label)]! }))
  const sizes = Map.groupBy(pairs, ({ target }) => fold(target))
  return pairs.filter(({ target }) => sizes.get(fold(target))!.length >= leastPosts && isHeld(target))
}

/** Held-out targets of sets with three labels. */
export const unseen = (root: string): Record<Kind, Pair[]> => ({
  tweets: heldTweets(root),
  comments: heldComments(root),
  debates: debates(root, 'iam'),
})

/** Rows by folded target, only targets with enough posts. */
export function byTarget(pairs: Pair[]): Map<string, number[]> {
  const topics = Map.groupBy(pairs.keys(), (row) => fold(pairs[row]!.target))
  return new Map([...topics].filter(([, rows]) => rows.length >= leastPosts))
}

/** At most so many pairs of each target, spread over its rows. */
export function fewEach(pairs: Pair[], most: number): Pair[] {
  return [...Map.groupBy(pairs, ({ target }) => target).values()].flatMap((rows) => {
    const count = Math.min(most, rows.length)
    return Array.from({ length: count }, (_, at) => rows[Math.floor((at * rows.length) / count)]!)
  })
}

/** Sentiment of the tweets labelled for SemEval-2017 A, by folded text. */
export function postSentiment(root: string): Map<string, number> {
  const [, ...rows] = lines(root, 'semeval2017-task4/subtaskA_train.tsv').map((line) => line.split('\t'))
  return new Map(rows.map(([, label, text]) => [fold(text!), ['negative', 'neutral', 'positive'].indexOf(label!)]))
}
