// The labelled sets as the evaluation reads them (formats, licences: the data folder's SOURCES.md).
// The twin of training/data.py: same splits, same targets, same choice of what never trains. Reads files, judges nothing.
// Posts are of real people: nothing here or behind it may print, keep or write their text.
import { existsSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { UserError } from '../errors.ts'
import { csv, lines, type Row } from './table.ts'

export type Split = 'val' | 'test'
/** Labels are class numbers. */
export interface Labelled {
  texts: string[]
  labels: number[]
}
/** Marks are 0/1 by label name. */
export interface Marked {
  texts: string[]
  names: string[]
  marks: number[][]
}
/** A post, a target, and 0 against, 1 neither, 2 favor. */
export interface Pair {
  target: string
  text: string
  label: number
}

export const goLabels = `admiration amusement anger annoyance approval caring confusion curiosity desire disappointment
  disapproval disgust embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization
  relief remorse sadness surprise neutral`.split(/\s+/)
export const languages = ['arabic', 'french', 'german', 'hindi', 'italian', 'portuguese', 'spanish'] as const

const letters: Record<string, number> = { AGAINST: 0, NONE: 1, FAVOR: 2, '-1': 0, '0': 1, '1': 2 }
const tweetTargets: Record<string, string> = {
  abortion: 'legalization of abortion',
  atheism: 'atheism',
  climate: 'climate change is a real concern',
  feminist: 'the feminist movement',
  hillary: 'Hillary Clinton',
}

/** Throws UserError when the folder is not there. */
export function findData(folder: string): string {
  if (existsSync(folder)) return folder
  throw new UserError(
    `there is no folder ${folder}`,
    'the labelled sets are not part of this repository: say where yours are with --data (training/README.md has the layout)',
  )
}

export type TweetTask = 'emotion' | 'sentiment' | 'irony' | 'offensive' | 'hate'
export const tweets = (root: string, task: TweetTask, split: Split) => labelled(root, `tweeteval/${task}`, split)
export const umsab = (root: string, name: string, split: Split) => labelled(root, `umsab/${name}`, split)

function labelled(root: string, folder: string, split: Split): Labelled {
  const texts = lines(root, `${folder}/${split}_text.txt`)
  const labels = lines(root, `${folder}/${split}_labels.txt`).map(Number)
  if (texts.length === labels.length) return { texts, labels }
  throw new UserError(`${folder}: ${texts.length} texts but ${labels.length} labels (${split})`, 'fetch the set again')
}

export function ec(root: string, split: Split): Marked {
  const file = { val: 'dev', test: 'test-gold' }[split]
  const [head, ...rows] = lines(root, `semeval2018-task1-ec/E-c-En-${file}.txt`).map((line) =>
    line.trimEnd().split('\t'),
  )
  return {
    texts: rows.map((row) => row[1]!),
    names: head!.slice(2),
    marks: rows.map((row) => row.slice(2).map(Number)),
  }
}

export function goemotions(root: string, split: Split): Marked {
  const rows = lines(root, `goemotions/${{ val: 'dev', test: 'test' }[split]}.tsv`).map((line) => line.split('\t'))
  const marks = rows.map(([, ids]) => {
    const chosen = new Set(ids!.split(',').map(Number))
    return goLabels.map((_, id) => (chosen.has(id) ? 1 : 0))
  })
  return { texts: rows.map((row) => row[0]!), names: goLabels, marks }
}

export function tweetStance(root: string, split: Split): Pair[] {
  const code = [1, 0, 2] // TweetEval: 0 none, 1 against, 2 favor
  return Object.entries(tweetTargets).flatMap(([name, target]) => {
    const { texts, labels } = labelled(root, `tweeteval/stance/${name}`, split)
    return texts.map((text, at) => ({ target, text, label: code[labels[at]!]! }))
  })
}

export function pstance(root: string): Pair[] {
  return ['trump', 'biden', 'bernie'].flatMap((name) =>
    csv(root, `pstance/raw_val_${name}.csv`).map((row) => pair(row.Target!, row.Tweet!, row.Stance!)),
  )
}

export const ruw = (root: string) => twoTargets(csv(root, 'ruw/raw_val_Russia_Ukraine.csv'))
export const mtsd = (root: string, split: Split) => twoTargets(csv(root, `mtsd/raw_${split}_all_onecol.csv`))

/** One pair per target; a tweet that appears twice with its targets swapped counts once. */
function twoTargets(rows: Row[]): Pair[] {
  const pairs = rows.flatMap((row) =>
    [1, 2].map((n) => pair(row[`Target ${n}`]!.trim(), row.Tweet!, row[`Stance ${n}`]!)),
  )
  return [...new Map(pairs.map((one) => [JSON.stringify(one), one])).values()]
}

export function argkp(root: string, split: 'dev' | 'test'): Pair[] {
  return csv(root, `argkp/arguments_${split}.csv`).map((row) => pair(row.topic!, row.argument!, row.stance!))
}

/** Debate posts on topics that no training stage saw: a quarter of IAM's, half of IBM's (which has no "neither"). */
export function debates(root: string, only?: 'iam' | 'ibmcs'): Pair[] {
  const sets = [
    { name: 'iam', file: 'iam/stance.csv', share: 25 },
    { name: 'ibmcs', file: 'ibmcs/claim_stance.csv', share: 50 },
  ] as const
  return sets
    .filter(({ name }) => !only || name === only)
    .flatMap(({ file, share }) =>
      csv(root, file)
        .filter(({ topic }) => crc32(topic!) % 100 < share)
        .map((row) => pair(statement(row.topic!), row.text!, row.stance!)),
    )
}

function pair(target: string, text: string, letter: string): Pair {
  const label = letters[letter]
  if (label === undefined) throw new UserError('a stance set has a label that is none of ours', 'fetch the set again')
  return { target, text, label }
}

/** Debate titles and questions, as the statement they put up. */
export function statement(title: string): string {
  const topic = title
    .trim()
    .replace(/[?.]+$/, '')
    .trim()
    .replace(/^This house believes (that )?/, '')
    .replace(/^This house would /, 'we should ')
    .replace(/^This house supports /, 'we should support ')
  const passive = /^Should (.+?) (be|remain) (.+)/.exec(topic)
  if (passive && !topic.startsWith('Should we')) return `${passive[1]} should ${passive[2]} ${passive[3]}`
  const question = /^(Should|Will|Can|Do) we (.*)/.exec(topic)
  if (question) return `we ${question[1]!.toLowerCase()} ${question[2]}`.replace('we do ', 'we ')
  return topic
}
