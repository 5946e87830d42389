// An invented data folder with every set in its own format, and a model that reads its posts: what each figure must be
// is then known by construction. Nobody wrote these posts.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Labels } from '../../analyze/labels.ts'
import type { Study } from '../../eval/figure.ts'
import { Reader } from '../../eval/reader.ts'
import { goLabels } from '../../eval/sets.ts'
import type { Mention, Model, ModelError, Score } from '../../types.ts'

export const ecLabels = 'anger anticipation disgust fear joy love optimism pessimism sadness surprise trust'.split(' ')
const emotions = [...ecLabels, ...goLabels.filter((label) => !ecLabels.includes(label) && label !== 'neutral')]
const feelings = ['bad', 'plain', 'good']

const rows = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at))

function tweetSet(put: Put, folder: string, of: (at: number) => [string, number]) {
  for (const split of ['val', 'test']) {
    const made = rows(60, of)
    put(`${folder}/${split}_text.txt`, made.map(([text]) => `${text}\n`).join(''))
    put(`${folder}/${split}_labels.txt`, made.map(([, label]) => `${label}\n`).join(''))
  }
}

type Put = (path: string, text: string, options?: { zip?: boolean }) => void
const side = (at: number) => ['no', 'about', 'yes'][at % 3]!
/** Speaks for, about or against something, and never of anything else. */
const post = (at: number, target: string) => `${side(at)} to ${target}, ${at}`
const letter = (at: number) => ['AGAINST', 'NONE', 'FAVOR'][at % 3]!

function stanceSets(put: Put) {
  const targets = { abortion: 'legalization of abortion', atheism: 'atheism', feminist: 'the feminist movement' }
  const more = { climate: 'climate change is a real concern', hillary: 'Hillary Clinton' }
  for (const [name, target] of Object.entries({ ...targets, ...more }))
    tweetSet(put, `tweeteval/stance/${name}`, (at) => [
      `${post(at, target)}, ${at % 6 === 2 ? 'good' : 'bad'}`,
      [1, 0, 2][at % 3]!,
    ])
  const two = 'Tweet,Target 1,Stance 1,Target 2,Stance 2,Test/Train/Dev\n'
  const swapped = (a: string, b: string) =>
    rows(40, (at) => {
      const [text, turn] = [`"${side(at)} to ${a}, and ""so"" on ${at}"`, at % 2 === 0]
      const cells = [a, letter(at), b, 'NONE']
      return `${text},${(turn ? cells : [...cells.slice(2), ...cells.slice(0, 2)]).join(',')},x\n`
    }).join('')
  for (const split of ['val', 'test']) put(`mtsd/raw_${split}_all_onecol.csv`, two + swapped('Trump', 'Cruz'))
  put('ruw/raw_val_Russia_Ukraine.csv', two + swapped('Russia', 'Ukraine'))
  for (const [name, target] of [
    ['trump', 'Donald Trump'],
    ['biden', 'Joe Biden'],
    ['bernie', 'Bernie Sanders'],
  ])
    put(
      `pstance/raw_val_${name}.csv`,
      `Tweet,Target,Stance\n${rows(30, (at) => `"${post((at % 2) * 2, target!)}",${target},${letter((at % 2) * 2)}\n`).join('')}`,
    )
  debateSets(put)
}

function debateSets(put: Put) {
  const motions = ['We should build trams', 'We should plant hedges', 'We should keep bees']
  const arguments_ = motions.flatMap((motion) =>
    rows(30, (at) => `a${at},"${post((at % 2) * 2, motion)}",${motion},${at % 2 === 0 ? -1 : 1}\n`),
  )
  for (const split of ['dev', 'test'])
    put(`argkp/arguments_${split}.csv`, `arg_id,argument,topic,stance\n${arguments_.join('')}`)
  const debate = (title: string) =>
    rows(27, (at) => `"This house believes that ${title}","${post(at, title)}",${letter(at)},x\r\n`).join('')
  const titles = rows(40, (at) => `rule ${at} is fair`)
  put('iam/stance.csv', `topic,text,stance,origin_split\r\n${titles.map(debate).join('')}`)
  put('ibmcs/claim_stance.csv', `topic,topic_target,text,stance,origin_split\r\n`)
}

/** Sixty topics of tweets and sixty of comments, of which names hold out some; three of ten tweets sound good, the rest bad. */
function openTopics(put: Put) {
  const titles = (kind: string) => rows(60, (at) => `${kind} ${at}`)
  const said = (title: string, at: number) => `${post(at, title)} ${at % 10 < 3 ? 'good' : 'bad'}`
  const tweeted = titles('tram line').flatMap((title) =>
    rows(30, (at) => [`#${title}`, [-2, 0, 1][at % 3]!, said(title, at)] as const),
  )
  const table = (cells: string[][]) => `${cells.map((row) => row.join('\t')).join('\n')}\n`
  const [ce, a] = [['id topic label text source_file'], ['id label text source_file']].map(([head]) => [
    head!.split(' '),
  ])
  tweeted.forEach(([topic, label, text], at) => {
    ce!.push([`${at}`, topic, `${label}`, text, 'x'])
    a!.push([`${at}`, text.endsWith('good') ? 'positive' : 'negative', text, 'x'])
  })
  put('semeval2017-task4/subtaskCE_train.tsv', table(ce!), { zip: true })
  put('semeval2017-task4/subtaskA_train.tsv', table(a!))
  const comments = titles('hedge').flatMap((title) =>
    rows(27, (at) => `n,${at},"${post(at, title)}",${title},${[0, 2, 1][at % 3]},0\n`),
  )
  put('vast/vast_train_90pct.csv', `new_id,arc_id,post,new_topic,label,type_idx\n${comments.join('')}`)
}

/** Half of the words of each post are one of twelve names: these become the topics of the share figures. */
export const names = 'Arden Birch Cedar Delta Ember Flint Grove Hazel Inlet Jetty Knoll Larch'.split(' ')

export function writeWorld(): string {
  const root = mkdtempSync(join(tmpdir(), 'undercurrent-eval-'))
  const put: Put = (path, text, { zip = false } = {}) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, zip ? `${path}.gz` : path), zip ? gzipSync(text) : text)
  }
  const four = ['anger', 'joy', 'optimism', 'sadness']
  tweetSet(put, 'tweeteval/emotion', (at) => [`so much ${four[at % 4]} ${at}`, at % 4])
  for (const task of ['irony', 'offensive', 'hate'])
    tweetSet(put, `tweeteval/${task}`, (at) => [`${at % 2 ? task : 'calm'} words ${at}`, at % 2])
  for (const language of ['arabic', 'french', 'german', 'hindi', 'italian', 'portuguese', 'spanish'])
    tweetSet(put, `umsab/${language}`, (at) => [`${language === 'french' ? feelings[at % 3] : 'mute'} ${at}`, at % 3])
  const sentiment = rows(12 * 50, (at) => ({
    name: names[at % 12]!,
    label: [0, 0, 0, 1, 1, 2, 2, 2, 2, 2][Math.floor(at / 12) % 10]!,
  }))
  for (const split of ['val', 'test']) {
    put(
      `tweeteval/sentiment/${split}_text.txt`,
      sentiment.map(({ name, label }, at) => `${feelings[label]} ${name} ${at}\n`).join(''),
      { zip: true },
    )
    put(`tweeteval/sentiment/${split}_labels.txt`, sentiment.map(({ label }) => `${label}\n`).join(''))
  }
  const marks = (at: number) => ecLabels.map((_, k) => (k === at % 11 ? 1 : 0))
  const ec = rows(55, (at) => `id-${at}\ttweet of ${ecLabels[at % 11]} ${at}\t${marks(at).join('\t')}\n`)
  for (const name of ['dev', 'test-gold'])
    put(`semeval2018-task1-ec/E-c-En-${name}.txt`, `ID\tTweet\t${ecLabels.join('\t')}\n${ec.join('')}`)
  const reddit = rows(56, (at) => `feeling ${goLabels[at % 28]} ${at}\t${at % 28}\tc${at}\n`).join('')
  for (const name of ['dev', 'test']) put(`goemotions/${name}.tsv`, reddit)
  stanceSets(put)
  openTopics(put)
  return root
}

const errorOf = (labels: string[], sd: number): ModelError => {
  const all = Object.fromEntries(labels.map((label) => [label, sd]))
  return { share: all, difference: all }
}
const sides = ['against', 'neither', 'favor']
const sentiments = ['negative', 'neutral', 'positive']

/** Says what a post says with .8; `blind` to the target it is asked about. */
export function tellingModel({ blind = false, sd = 0.02 } = {}): Model {
  const modelError = {
    sentiment: errorOf(sentiments, sd),
    emotion: errorOf(emotions, sd),
    stance: errorOf(sides, sd),
  }
  return {
    id: 'telling@1',
    labels: { sentiment: sentiments, emotion: emotions, stance: sides, languages: ['en'], modelError },
    score: async (mentions) => mentions.map((mention) => scoreOf(mention, blind)),
    [Symbol.asyncDispose]: async () => {},
  }
}

const sure = (labels: string[], at: number) =>
  Object.fromEntries(labels.map((label, k) => [label, k === at ? 0.8 : 0.2 / (labels.length - 1)]))

function scoreOf(mention: Mention, blind: boolean): Score {
  const { text, lang } = mention.post
  const says = (word: string) => (text.includes(word) ? 0.8 : 0.1)
  const given = { mention, model: 'telling@1', lang: lang ?? '', embedding: null, copy: '' }
  if (text === '')
    return {
      ...given,
      skipped: 'empty',
      sentiment: {},
      emotion: {},
      irony: null,
      offensive: null,
      hate: null,
      stance: {},
    }
  const spoken = feelings.findIndex((word) => text.includes(word))
  const read = ({ text: target }: { text: string }) => {
    const about = text.replace(/^\w+ to /, '').replace(/,.*/, '')
    const called = side(0) === text.split(' ')[0] ? 0 : text.startsWith('yes') ? 2 : 1
    if (blind || target === about) return called
    return target.toLowerCase().includes(about.toLowerCase()) ? 2 - called : 1
  }
  return {
    ...given,
    skipped: null,
    sentiment: sure(sentiments, spoken < 0 ? 1 : spoken),
    emotion: Object.fromEntries(emotions.map((label) => [label, says(label)])),
    irony: says('irony'),
    offensive: says('offensive'),
    hate: says('hate'),
    stance: Object.fromEntries(mention.targets.map((target) => [target.id, sure(sides, read(target))])),
  }
}

export function studyOf(root: string, model: Model): Study {
  const head = (kind: 'softmax' | 'sigmoid', labels: string[]) =>
    ({ kind, labels, scale: labels.map(() => 1), bias: labels.map(() => 0) }) as const
  const { sentiment, emotion, stance, languages, modelError } = model.labels
  const binary = {
    irony: head('sigmoid', ['irony']),
    offensive: head('sigmoid', ['offensive']),
    hate: head('sigmoid', ['hate']),
  }
  const heads = {
    sentiment: head('softmax', sentiment),
    emotion: head('sigmoid', emotion),
    stance: head('softmax', stance),
    ...binary,
  }
  const labels = { model: model.id, maxTokens: 128, languages, heads, modelError } as Labels
  const half = {
    sentiment: sentiment.map(() => 0.5),
    irony: [0.5],
    offensive: [0.5],
    hate: [0.5],
    emotion: emotion.map(() => 0.5),
  }
  return { root, split: 'test', reader: new Reader(model), labels, thresholds: half }
}
