// Changes become scores: log.read -> match -> score -> store -> commit. Commits last: a crash above repeats the slice
// instead of losing it, and everything the store is told is idempotent. Never interprets text beyond matching it.
import { metrics } from '../metrics.ts'
import type { Log, Logged, Mention, Model, Store, Topic, TopicRef } from '../types.ts'
import { seenOf, type Told, tell } from './told.ts'
import { type HistoryState, histories } from './history.ts'
import { createMatcher, type Matcher } from './match.ts'
import { parseQuery } from './query.ts'
import type { TopicRegistry } from './topics.ts'

export interface Analysis {
  log: Log
  model: Model
  store: Store
  topics: TopicRegistry
  history: HistoryState
  note: (event: string, fields: object) => void
  now?: () => number
}

/** The topics that are matched now, compiled once for all of them. */
export interface Matching {
  topics: Topic[]
  scope: TopicRef[]
  matcher: Matcher
}

/** Runs until the signal aborts: follows the log, and gives new topics and a new model their history. */
export async function analyze(parts: Analysis, signal: AbortSignal): Promise<void> {
  await Promise.all([follow(parts, signal), histories(parts, signal)])
}

async function follow(parts: Analysis, signal: AbortSignal): Promise<void> {
  let matching: Matching | null = null
  const stop = parts.topics.onChange(() => {
    matching = null
  })
  try {
    for await (const slice of parts.log.read('analyze', signal, { limit: 500 })) {
      const told = tell(slice.changes)
      for (const change of told.topics) parts.topics.apply(change)
      matching ??= compile(parts.topics.list())
      await digest(told, matching, parts)
      for (const change of told.topics)
        if (change.op === 'topic.drop') await parts.store.drop(change.id, change.version)
      await slice.commit()
      visible(told, slice.changes, parts.now ?? Date.now)
    }
  } finally {
    stop()
  }
}

/** Brings one folded slice into the store for the given topics. Idempotent. */
export async function digest(told: Told, matching: Matching, { model, store }: Analysis): Promise<void> {
  const mentions = mentionsOf(told, matching)
  metrics.matched.inc(mentions.length)
  const scores = await timed('score', () => model.score(mentions))
  await timed('store', async () => {
    if (told.erasures.length) await store.forget(told.erasures)
    if (told.posts.length) await store.add({ scores, seen: seenOf(told), scope: matching.scope })
    if (told.notes.length) await store.note(told.notes)
  })
}

export function compile(topics: Topic[]): Matching {
  const scope = topics.map((topic) => ({ topic: topic.id, version: topic.version }))
  return { topics, scope, matcher: createMatcher(topics.map((topic) => parseQuery(topic.query))) }
}

function mentionsOf(told: Told, { topics, matcher }: Matching): Mention[] {
  const done = metrics.sliceSeconds.startTimer({ stage: 'match' })
  const mentions: Mention[] = []
  for (const { post, version } of told.posts) {
    for (const index of matcher.match(post)) {
      const topic = topics[index]!
      mentions.push({ topic: topic.id, topicVersion: topic.version, targets: topic.targets, post, version })
    }
  }
  done()
  return mentions
}

async function timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
  const done = metrics.sliceSeconds.startTimer({ stage })
  const result = await work()
  done()
  return result
}

function visible(told: Told, changes: Logged[], now: () => number): void {
  const oldest = changes[0]
  if (oldest && told.posts.length) metrics.visibleSeconds.observe((now() - Date.parse(oldest.receivedAt)) / 1000)
}
