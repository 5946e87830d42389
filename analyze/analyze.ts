// Changes become scores: log.read -> match -> score -> store -> commit. Commits last: a crash above repeats the slice
// instead of losing it, and everything the store is told is idempotent. Never interprets text beyond matching it.

import type { Store, TopicRef } from '../answers.ts'
import type { ArticleSeen } from '../articles.ts'
import { crash } from '../crash.ts'
import { metrics } from '../metrics.ts'
import { retry, type Sleep, sleep as sleepFor, together, unlessAborted } from '../retry.ts'
import type { Log, Logged, Mention, Model, Topic } from '../types.ts'
import { type HistoryState, histories } from './history.ts'
import { createMatcher, type Matcher } from './match.ts'
import { parseQuery } from './query.ts'
import { seenOf, type Told, tell } from './told.ts'
import type { TopicRegistry } from './topics.ts'

export interface Analysis {
  log: Log
  model: Model
  store: Store
  topics: TopicRegistry
  history: HistoryState
  note: (event: string, fields: object) => void
  now?: () => number
  sleep?: Sleep
}

/** The topics that are matched now, compiled once for all of them. */
export interface Matching {
  topics: Topic[]
  scope: TopicRef[]
  matcher: Matcher
}

/** Runs until the signal aborts: follows the log, and gives new topics and a new model their history. */
export function analyze(parts: Analysis, signal: AbortSignal): Promise<void> {
  return together(signal, [(either) => follow(parts, either), (either) => histories(parts, either)])
}

const sliceSize = 500
/** After a slice that took t, rest for 2 t: a small one costs the store almost as much as a large one, and readers wait. */
const restTimes = 2
const mostRestMs = 500

async function follow(parts: Analysis, signal: AbortSignal): Promise<void> {
  const { sleep = sleepFor } = parts
  let matching: Matching | null = null
  const stop = parts.topics.onChange(() => {
    matching = null
  })
  try {
    const { partitions } = await parts.log.status()
    for await (const slice of parts.log.read('analyze', signal, { limit: sliceSize })) {
      const start = performance.now()
      const told = tell(slice.changes)
      for (const change of told.topics) parts.topics.apply(change)
      matching ??= compile(parts.topics.list())
      parts.history.taken = slice.changes.at(-1)!.position
      if (!(await digest({ told, matching, signal }, parts))) return
      if (!(await dropTopics(told, parts, signal))) return
      crash('analyze.stored')
      await slice.commit()
      crash('analyze.committed')
      visible(told, slice.changes, parts.now ?? Date.now)
      // A full one has others behind it. Each partition has slices of its own, and all of them wait for each other.
      const restMs = Math.min(restTimes * (performance.now() - start), mostRestMs) / partitions
      if (slice.changes.length < sliceSize) await sleep(restMs, signal)
    }
  } finally {
    stop()
  }
}

export interface Digestion {
  told: Told
  matching: Matching
  signal: AbortSignal
  /** When its rows count as received; absent: now. */
  received?: string
}

/** Brings one folded slice into the store for the given topics. Idempotent. False when aborted: then it may be half in. */
export async function digest(
  { told, matching, signal, received }: Digestion,
  { model, store }: Pick<Analysis, 'model' | 'store'>,
): Promise<boolean> {
  const mentions = mentionsOf(told, matching)
  metrics.matched.inc(mentions.length)
  const articles = articlesOf(told, matching)
  const scores = await timed('score', () => unlessAborted(model.score(mentions), signal))
  if (!scores) return false
  crash('analyze.scored')
  const keep = async () => {
    if (told.erasures.length) await store.forget(told.erasures)
    if (told.posts.length)
      await store.add({ scores, seen: seenOf(told), scope: matching.scope, ...(received && { received }) })
    if (told.notes.length) await store.note(told.notes)
    if (articles.length) await store.addArticles(articles)
    return true
  }
  return (await timed('store', () => retry(keep, signal))) ?? false
}

/** Only when no history still writes: it looks whether its topic is there, but before its slice, not after. */
async function dropTopics({ topics }: Told, { store, history }: Analysis, signal: AbortSignal): Promise<boolean> {
  const drops = topics.filter((change) => change.op === 'topic.drop')
  if (drops.length) await history.writing
  for (const { id, version } of drops) {
    crash('drop.begun')
    if (!(await retry(() => store.drop(id, version).then(() => true), signal))) return false
    crash('drop.done')
  }
  return true
}

export function compile(topics: Topic[]): Matching {
  const scope = topics.map((topic) => ({ topic: topic.id, version: topic.version }))
  return { topics, scope, matcher: createMatcher(topics.map((topic) => parseQuery(topic.query))) }
}

/** The posts of a slice that match, once per topic they are about. */
export function mentionsOf(told: Told, { topics, matcher }: Matching): Mention[] {
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

/** Articles with the topics that their headline and summary match. One that matches none is told, too: it may have before. */
export function articlesOf(told: Told, { scope, matcher }: Matching): ArticleSeen[] {
  return told.articles.map((one) => {
    const { source, headline, summary } = one.article
    // Who wrote it, and in which language, no feed says reliably.
    const found = headline ? matcher.match({ source, text: `${headline}\n${summary}`, author: null, lang: null }) : []
    return { ...one, topics: found.map((index) => scope[index]!) }
  })
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
