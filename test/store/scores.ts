// Invented posts and scores for the store's tests, made from a seed: same seed, same scores.
import type { Addition, Seen, TopicRef } from '../../answers.ts'
import type { ModelErrors, PostChange, Score } from '../../types.ts'

export const noError: ModelErrors = {
  sentiment: { share: {}, difference: {} },
  emotion: { share: {}, difference: {} },
  stance: { share: {}, difference: {} },
}

export const model = 'tiny@1'
export const topic: TopicRef = { topic: 'tides', version: 1 }
export const day = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' }
export const minute = (nr: number) => new Date(Date.parse(day.from) + nr * 60_000).toISOString()

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface ScoreOptions extends Partial<Omit<Score, 'mention' | 'lang'>> {
  post?: Partial<PostChange>
  arrival?: number
  revision?: string | null
  topic?: TopicRef
  lang?: string
}

export function postOf(post: Partial<PostChange> & { id: string }): PostChange {
  return {
    op: 'create',
    source: 'file',
    author: `author of ${post.id}`,
    text: `invented text of ${post.id}`,
    at: minute(0),
    lang: 'en',
    likes: null,
    reposts: null,
    replyTo: null,
    revision: null,
    quotable: true,
    ...post,
  }
}

export function scoreOf(id: string, options: ScoreOptions = {}): Score {
  const { post, arrival = 1, revision = null, topic: ref = topic, lang = 'en', ...rest } = options
  return {
    mention: {
      topic: ref.topic,
      topicVersion: ref.version,
      targets: [{ id: 't1', text: 'a tide table' }],
      post: postOf({ id, revision, ...post }),
      version: { revision, arrival },
    },
    model,
    lang,
    skipped: null,
    sentiment: { negative: 0.2, neutral: 0.5, positive: 0.3 },
    emotion: { joy: 0.6, fear: 0.1 },
    irony: 0.1,
    offensive: 0.2,
    hate: 0.3,
    stance: { t1: { against: 0.1, neither: 0.2, favor: 0.7 } },
    embedding: null,
    copy: `copy of ${id}`,
    ...rest,
  }
}

export const skippedScore = (id: string, options: ScoreOptions = {}) =>
  scoreOf(id, {
    skipped: 'language',
    sentiment: {},
    emotion: {},
    stance: {},
    irony: null,
    offensive: null,
    hate: null,
    ...options,
  })

/** An addition that tells of exactly the posts it scores, as the analyze loop does. */
export function addition(scores: Score[], more: { seen?: Seen[]; scope?: TopicRef[] } = {}): Addition {
  const seen = scores.map(({ mention }) => seenOf(mention.post, mention.version.arrival))
  return { scores, seen: [...seen, ...(more.seen ?? [])], scope: more.scope ?? [topic] }
}

export const seenOf = (post: Pick<PostChange, 'source' | 'id' | 'op' | 'revision'>, arrival: number): Seen => ({
  source: post.source,
  id: post.id,
  op: post.op,
  version: { revision: post.revision, arrival },
})
