// Answers become paragraphs: gathers the facts, writes the ledger, has it narrated, and lets only what the gate passes
// out. Refuses when the evidence is thin. Reads the store through its questions and nothing else.
import { createHash } from 'node:crypto'
import type { Coverage, Filter, PostsQuery, Questions, StoredPost, Summary, Window } from '../answers.ts'
import type { Ledger, Narrate, Perspective, Refusal, Sentence } from '../conclusions.ts'
import { metrics } from '../metrics.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { blindSpots } from './blindspots.ts'
import { check } from './check.ts'
import { ledger, measuresOf, splitMeasure, untoldTargets } from './ledger.ts'
import { narrate as builtIn } from './narrate.ts'
import { counted } from './words.ts'

/** No estimate rests on fewer authors than this; no paragraph on fewer scored posts than that. */
export const minAuthors = 10
export const minPosts = 20
/** Posts looked through for each measure: the most typical ones are often too rude to be quoted. */
const candidates = 60
const dayMs = 86_400_000

export interface Sources {
  ask: Questions
  model: string
  modelError: ModelErrors
  languages: string[]
  /** Version of this code, for the manifest. */
  code: string
  narrate?: Narrate
}

/** The default window: the 24 h that end with the topic's latest post (that post included). null: no post yet. */
export async function defaultWindow(ask: Questions, topic: Topic): Promise<Window | null> {
  const counts = await ask.counts()
  const latest = counts.find((one) => one.topic === topic.id && one.version === topic.version)?.latest
  if (!latest) return null
  const to = Date.parse(latest) + 1
  return { from: new Date(to - dayMs).toISOString(), to: new Date(to).toISOString() }
}

/** Perspectives, kept until `stamp` (the analyzed position of the log) moves: the same question costs once. */
export function openPerspectives(sources: Sources, stamp: () => Promise<number>) {
  let kept = new Map<string, Promise<Perspective>>()
  let at = -1
  // One reader who leaves must not cut off the others; every question to the store ends by itself.
  const { signal } = new AbortController()
  return async (topic: Topic, window: Window): Promise<Perspective> => {
    const now = await stamp()
    if (now !== at) kept = new Map()
    at = now
    const key = `${topic.id}@${topic.version} ${window.from} ${window.to}`
    const known = kept.get(key) ?? perspective(topic, window, { sources, signal })
    if (kept.size < 1_000) kept.set(key, known)
    // A failure is not kept: the next reader tries again.
    known.catch(() => kept.delete(key))
    return known
  }
}

/** The perspective of a topic in a window. Never throws on thin evidence: it refuses, saying what is missing. */
export async function perspective(
  topic: Topic,
  window: Window,
  { sources, signal }: { sources: Sources; signal: AbortSignal },
): Promise<Perspective> {
  const { ask, model } = sources
  const filter: Filter = { topic: { topic: topic.id, version: topic.version }, model, window }
  const [now, coverage] = await Promise.all([ask.summary(filter), ask.coverage(filter)])
  const thin = refusalOf(now)
  const book: Ledger = thin
    ? { topic, window, claims: [], themes: [], campaigns: [] }
    : await gather({ topic, filter, now, sources })
  const sentences = thin ? [] : await gate(await (sources.narrate ?? builtIn)(book, signal), book, { ask, filter })
  const refusal = thin ?? (sentences.length < 2 ? noEvidence : null)
  metrics.perspectives.inc({ outcome: refusal ? 'refused' : 'written' })
  const told = refusal ? [] : sentences
  const cited = new Set(told.flatMap(({ claims }) => claims))
  const claims = book.claims.filter(({ id }) => cited.has(id))
  return {
    topic: topic.id,
    window,
    text: told.map(({ text }) => text).join(' '),
    refusal,
    sentences: told,
    claims,
    takeaway: null,
    made: [],
    disagreements: [],
    blindSpots: blindSpots(coverage, sources.languages, thin ? [] : untoldTargets(now, topic)),
    manifest: {
      topicVersion: topic.version,
      model,
      code: sources.code,
      posts: now.posts,
      hash: hashOf(claims, coverage),
    },
  }
}

const noEvidence: Refusal = {
  reason: 'not enough evidence',
  missing: 'The posts of this window support no two sentences that can be checked. Try a longer window.',
}

function refusalOf({ posts, scoredAuthors: authors, scored, unscored }: Summary): Refusal | null {
  if (posts === 0)
    return { reason: 'no posts', missing: 'No post about this topic in this window. Try a longer window.' }
  if (scored === 0) {
    const why = unscored.language ? 'All its posts are in languages the model does not read.' : 'None could be scored.'
    return { reason: 'no readable posts', missing: why }
  }
  if (authors >= minAuthors && scored >= minPosts) return null
  const [fewAuthors, fewPosts] = [minAuthors - authors, minPosts - scored]
  const lack = [
    ...(fewAuthors > 0 ? [counted(fewAuthors, 'more account')] : []),
    ...(fewPosts > 0 ? [counted(fewPosts, 'more readable post')] : []),
  ]
  const verb = lack.length === 1 && Math.max(fewAuthors, fewPosts) === 1 ? 'is' : 'are'
  return {
    reason: 'too few voices',
    missing: `At least ${lack.join(' and ')} ${verb} needed: a longer window may have them.`,
  }
}

async function gather(given: { topic: Topic; filter: Filter; now: Summary; sources: Sources }): Promise<Ledger> {
  const { topic, filter, now, sources } = given
  const middle = new Date((Date.parse(filter.window.from) + Date.parse(filter.window.to)) / 2).toISOString()
  const half = (window: Window) => sources.ask.summary({ ...filter, window })
  const halves = await Promise.all([
    half({ from: filter.window.from, to: middle }),
    half({ from: middle, to: filter.window.to }),
  ])
  const evidence: Record<string, StoredPost[]> = {}
  for (const measure of measuresOf(now)) {
    const query: PostsQuery = { ...queryOf(measure), sort: 'typical', limit: candidates }
    evidence[measure] = distinct((await sources.ask.posts(filter, query)).posts)
  }
  return ledger({ topic, window: filter.window, now, halves, modelError: sources.modelError, evidence })
}

function queryOf(measure: string): PostsQuery {
  const [kind, first, second] = splitMeasure(measure)
  return kind === 'stance' ? { stance: `${first}.${second}` } : { [kind as 'sentiment' | 'emotion']: first }
}

/** Copies of one text are one piece of evidence. */
function distinct(posts: StoredPost[]): StoredPost[] {
  return posts.filter((post, index) => posts.findIndex((other) => other.text === post.text) === index)
}

async function gate(
  sentences: Sentence[],
  book: Ledger,
  { ask, filter }: { ask: Questions; filter: Filter },
): Promise<Sentence[]> {
  const live = await ask.live(filter, [...new Set(book.claims.flatMap(({ evidence }) => evidence))])
  return sentences.filter((sentence) => {
    const reason = check(sentence, book, live)
    if (reason) metrics.sentencesCut.inc({ reason })
    return reason === null
  })
}

function hashOf(claims: Ledger['claims'], { posts, authors }: Coverage): string {
  return createHash('sha256')
    .update(JSON.stringify([claims, posts, authors]))
    .digest('hex')
    .slice(0, 16)
}
