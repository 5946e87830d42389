// The bundled sample and posts of the labelled sets as one log of kept posts, so that a story has to be found among many
// others: SemEval-2017 (A, BD, CE), TweetEval stance, P-Stance, RUW, MTSD, VAST, GoEmotions and UMSAB. All mixed by a hash, each
// text once. Reads every split: nothing trains here. Must never print or keep a text beyond the temporary log.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import { openSqliteLog } from '../log/sqlite.ts'
import type { Log, PostChange } from '../types.ts'
import { languages } from './sets.ts'
import { csv, lines } from './table.ts'

export interface Kept {
  post: PostChange
  /** The topics that its sets name for it. */
  labels: string[]
}

interface Told {
  text: string
  labels: string[]
}

const sampleFolder = join(import.meta.dirname, '../ingest/sample')
const batchPosts = 2_000

/** What each set says; a set that is absent is named, loudly. */
export function keptPosts(root: string, note: (line: string) => void): Kept[] {
  const found = new Map<string, Kept>()
  for (const kept of samplePosts()) found.set(kept.post.text, kept)
  for (const [name, read] of Object.entries(sets)) {
    try {
      for (const { text, labels } of read(root)) {
        const known = found.get(text)
        if (known) known.labels = [...new Set([...known.labels, ...labels])]
        else if (text.trim()) found.set(text, { labels, post: setPost(text, name) })
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      note(`ABSENT: ${name} (${error.message}); the figures are not those of the whole`)
    }
  }
  const mixed = [...found.values()].sort((a, b) => (a.post.id < b.post.id ? -1 : 1))
  for (const [at, { post }] of mixed.entries()) post.at = new Date(Date.UTC(2026, 0, 1) + at * 1_000).toISOString()
  return mixed
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

function setPost(text: string, source: string): PostChange {
  const none = { lang: null, likes: null, reposts: null, replyTo: null, revision: null }
  return { op: 'create', source, id: hashOf(text), author: null, text, at: '', quotable: true, ...none }
}

function samplePosts(): Kept[] {
  const read = (file: string) =>
    readFileSync(join(sampleFolder, `${file}.ndjson`), 'utf8')
      .trim()
      .split('\n')
  return ['peace-talks', 'other-topics'].flatMap((file) =>
    read(file).flatMap((line): Kept[] => {
      const { text, author, lang = null } = JSON.parse(line) as { text?: string; author: string; lang?: string }
      return text ? [{ labels: [], post: { ...setPost(text, 'sample'), author, lang } }] : [] // some are deletes
    }),
  )
}

const tsv = (root: string, file: string) => lines(root, file).map((line) => line.replace(/\r$/, '').split('\t'))
const plain = (texts: string[]): Told[] => texts.map((text) => ({ text, labels: [] }))
const labelled = (rows: [string, string][]): Told[] => rows.map(([text, label]) => ({ text, labels: [label] }))
/** The sets' own escapes are no part of what was posted. */
const unescaped = (text: string) =>
  text.replace(/\\u([0-9a-fA-F]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))

function semeval(root: string, file: string): Told[] {
  const [, ...rows] = tsv(root, `semeval2017-task4/subtask${file}_train.tsv`)
  return rows.map(([, topic, , text]) => ({ text: unescaped(text ?? ''), labels: [topic!.replace(/^[@#]+/, '')] }))
}

function tweetStance(root: string): Told[] {
  return ['abortion', 'atheism', 'climate', 'feminist', 'hillary'].flatMap((name) =>
    ['train', 'val', 'test'].flatMap((split) => {
      const texts = lines(root, `tweeteval/stance/${name}/${split}_text.txt`)
      return texts.map((text) => ({ text, labels: [`stance:${name}`] }))
    }),
  )
}

const sets: Record<string, (root: string) => Told[]> = {
  'semeval-ce': (root) => semeval(root, 'CE'),
  'semeval-bd': (root) => semeval(root, 'BD'),
  'semeval-a': (root) =>
    plain(
      tsv(root, 'semeval2017-task4/subtaskA_train.tsv')
        .slice(1)
        .map((row) => unescaped(row[2] ?? '')),
    ),
  'tweeteval-stance': tweetStance,
  pstance: (root) =>
    ['bernie', 'biden', 'trump'].flatMap((who) =>
      ['train', 'val'].flatMap((split) =>
        labelled(csv(root, `pstance/raw_${split}_${who}.csv`).map((row) => [row.Tweet!, `stance:${row.Target}`])),
      ),
    ),
  ruw: (root) =>
    ['train', 'val'].flatMap((split) =>
      plain(csv(root, `ruw/raw_${split}_Russia_Ukraine.csv`).map((row) => row.Tweet!)),
    ),
  mtsd: (root) =>
    ['train', 'val', 'test'].flatMap((split) =>
      plain(csv(root, `mtsd/raw_${split}_all_onecol.csv`).map((row) => row.Tweet!)),
    ),
  vast: (root) => labelled(csv(root, 'vast/vast_train_90pct.csv').map((row) => [row.post!, `vast:${row.new_topic}`])),
  goemotions: (root) =>
    ['train', 'dev', 'test'].flatMap((split) => plain(tsv(root, `goemotions/${split}.tsv`).map((row) => row[0]!))),
  umsab: (root) =>
    languages.flatMap((name) =>
      ['train', 'val', 'test'].flatMap((split) => plain(lines(root, `umsab/${name}/${split}_text.txt`))),
    ),
}

/** A real log of all posts in a temporary folder, gone when it is closed. */
export async function openKept(kept: Kept[]): Promise<{ log: Log } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'undercurrent-stories-'))
  const retention = { hours: 48, bytes: 1e12 }
  const log = await openSqliteLog({ path: join(folder, 'log.sqlite'), retention, hashKey: Buffer.alloc(32, 1) })
  for (let at = 0; at < kept.length; at += batchPosts) {
    const changes = kept.slice(at, at + batchPosts).map(({ post }) => post)
    await log.append({ source: 'eval', changes, cursor: null })
  }
  return {
    log,
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}
