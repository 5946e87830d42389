// A log of invented posts to propose from: a story about ferries in Oakmere, one about a singer, and everyday talk around
// both. Deterministic; nobody wrote these posts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { proposeAll } from '../../analyze/propose.ts'
import type { Proposal, StoryText } from '../../given.ts'
import { openSqliteLog } from '../../log/sqlite.ts'
import type { Log, PostChange, Topic } from '../../types.ts'

export function post(id: string, text: string, more: Partial<PostChange> = {}): PostChange {
  return {
    ...{ op: 'create', source: 'test', id, author: `author-${id}`, text, at: '2026-03-01T10:00:00.000Z', lang: null },
    ...{ likes: null, reposts: null, replyTo: null, revision: null, quotable: true, ...more },
  }
}

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!

const ferry = [
  'The ferry strike',
  'This ferry walkout',
  'Ferry crews on strike',
  'No ferries again',
  'Ferry timetable gone',
]
const where = ['in Oakmere', 'at Oakmere harbour', 'across Oakmere', '#Oakmere']
const feeling = [
  'is fair, pay the deckhands',
  'ruins my week',
  'again, gangway empty',
  'and the deckhands are right',
  'why, the gangway is shut',
]
const daily = [
  'my cat slept on the keyboard',
  'soup for dinner',
  'rain all afternoon',
  'lost a sock on the train',
  'that film was slow',
  'new shoes pinch',
]
const tails = [
  'again',
  'honestly',
  'as ever',
  'and I laughed',
  'no idea',
  'so there',
  'what a life',
  'typical',
  'in the kitchen',
  'before lunch',
  'near the market',
]

/** Distinct in wording and author; `count` of the story among ten times as many others. */
export function ferryPosts(count = 60): PostChange[] {
  const about = Array.from({ length: count }, (_, at) =>
    post(
      `f${at}`,
      `${pick(ferry, at)} ${pick(where, at + Math.floor(at / 5))} ${pick(feeling, Math.floor(at / 4))}, ${pick(tails, at)} ${at}`,
    ),
  )
  return [...about, ...everyday(count * 10)]
}

export const everyday = (count: number): PostChange[] =>
  Array.from({ length: count }, (_, at) =>
    post(`d${at}`, `${pick(daily, at)} ${pick(tails, Math.floor(at / 6))} ${pick(daily, Math.floor(at / 66))} ${at}`),
  )

export const ferryStory: StoryText = {
  headline: 'Ferry workers in Oakmere strike over night shifts',
  summary: 'The harbour is quiet as ferry crews walk out. The strike in Oakmere may last a week.',
  tags: ['Ferry strike', 'Oakmere'],
}

export async function withLog<T>(posts: PostChange[], use: (log: Log) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'proposing-'))
  const retention = { hours: 48, bytes: 1e9 }
  const log = await openSqliteLog({ path: join(folder, 'log.sqlite'), retention, hashKey: Buffer.alloc(32, 1) })
  try {
    await log.append({ source: 'test', changes: posts, cursor: null })
    return await use(log)
  } finally {
    await log[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  }
}

export const propose = (posts: PostChange[], stories: StoryText[], topics: Topic[] = []): Promise<Proposal[]> =>
  withLog(posts, (log) =>
    proposeAll(log, stories, { topics, signal: new AbortController().signal, budgetMs: 60_000, salt: 's' }),
  )

export const topic = (id: string, query: string): Topic => ({
  ...{
    id,
    name: id,
    query,
    targets: [],
    public: false,
    tags: [],
    version: 1,
    at: '2026-03-01T00:00:00.000Z',
    origin: 'user',
  },
})
