// Answers become paragraphs: gathers the facts, writes the ledger, has it narrated, and lets only what the gate passes
// out. Refuses when the evidence is thin. Reads the store through its questions and nothing else.
import { createHash } from 'node:crypto'
import type { Coverage, Filter, Fingerprint, Questions, ScoredPost, Window } from '../answers.ts'
import type { Grounds, Ledger, Narrate, Perspective } from '../conclusions.ts'
import type { ReadSince } from '../given.ts'
import { metrics } from '../metrics.ts'
import { breathe, breathing } from '../steps.ts'
import type { ModelErrors, Topic } from '../types.ts'
import { blindSpots } from './blindspots.ts'
import type { Narrator } from './chat.ts'
import { check } from './check.ts'
import { type Cited, citedPosts } from './editions.ts'
import { gather } from './facts.ts'
import { ledgerIn, untoldTargets } from './ledger.ts'
import { disagreements, made } from './made.ts'
import { takeaway } from './narrate.ts'
import { leastSentences, noEvidence, refusalOf } from './refusal.ts'
import { seenIn } from './seen.ts'
import { type Gate, ownName, write } from './write.ts'

const dayMs = 86_400_000

export interface Sources {
  ask: Grounds
  model: string
  modelError: ModelErrors
  languages: string[]
  /** Version of this code, for the manifest. */
  code: string
  /** Sources that are read by topic; absent: none. */
  readSince?: (topic: Topic) => ReadSince[]
  /** In the place of the built-in writer. */
  narrate?: Narrate
  /** A chat endpoint that is asked first. */
  narrator?: Narrator
}

/** The default window: the 24 h that end with the topic's latest post (that post included). null: no post yet. */
export async function defaultWindow(ask: Questions, topic: Topic): Promise<Window | null> {
  const latest = await ask.latest({ topic: topic.id, version: topic.version })
  if (!latest) return null
  const to = Date.parse(latest) + 1
  return { from: new Date(to - dayMs).toISOString(), to: new Date(to).toISOString() }
}

export interface Writing {
  sources: Sources
  signal: AbortSignal
  print?: Fingerprint
}

/** A paragraph, and the posts it cites as they read when it was written: whoever keeps it need not ask for them again. */
export interface Written {
  told: Perspective
  cited: Cited[]
}

/** The perspective of a topic in a window. Never throws on thin evidence: it refuses, saying what is missing. */
export const perspective = async (topic: Topic, window: Window, writing: Writing): Promise<Perspective> =>
  (await written(topic, window, writing)).told

export async function written(topic: Topic, window: Window, { sources, signal, print }: Writing): Promise<Written> {
  const { ask, model, modelError: error } = sources
  const filter: Filter = { topic: { topic: topic.id, version: topic.version }, model, window, targets: topic.targets }
  const { posts, facts, whole } = await gather({ ask, topic, filter, error, labelled: print?.labels !== 0 })
  const coverage = whole
    ? seenIn(posts, print?.gaps === 0 ? [] : await ask.gaps(filter), await ask.otherModels(filter))
    : await ask.coverage(filter)
  await breathe()
  const thin = refusalOf(facts, coverage)
  const book: Ledger = thin
    ? { topic, window, claims: [], themes: [], campaigns: [], before: '' }
    : await breathing(ledgerIn(facts))
  const gate = await openGate(book, posts, { ask, filter })
  const { sentences, cut, writer } = await write(book, { ...sources, gate, signal })
  const refusal = thin ?? (sentences.length < leastSentences ? noEvidence : null)
  metrics.perspectives.inc({ outcome: refusal ? 'refused' : 'written' })
  const told = refusal ? [] : sentences
  const summed = refusal ? null : takeaway(book)
  const short = summed && gate(summed) === null ? summed : null
  const cited = new Set([...told, ...(short ? [short] : [])].flatMap(({ claims }) => claims))
  const claims = book.claims.filter(({ id }) => cited.has(id))
  const beside = refusal
    ? nothingBeside
    : { made: made({ facts, claims, coverage, writer }), disagreements: disagreements(facts) }
  const untold = thin ? [] : untoldTargets(facts.shares, topic)
  const perspective = {
    topic: topic.id,
    window,
    text: told.map(({ text }) => text).join(' '),
    ...{ refusal, sentences: told, claims, takeaway: short, ...beside },
    blindSpots: blindSpots({
      ...{ coverage, languages: sources.languages, untold, cut },
      ...{ readSince: sources.readSince?.(topic) ?? [], from: window.from },
    }),
    manifest: manifestOf({ topic, sources, coverage, claims, writer: refusal ? ownName : writer }),
  }
  return { told: perspective, cited: citedPosts(perspective, posts) }
}

const nothingBeside = { made: [], disagreements: [] }

/** The gate over what is live now: asked once, after everything was read. */
async function openGate(
  book: Ledger,
  posts: ScoredPost[],
  { ask, filter }: { ask: Grounds; filter: Filter },
): Promise<Gate> {
  const ids = [...new Set(book.claims.flatMap(({ evidence }) => evidence))]
  const evidence = { posts: new Map(posts.map((post) => [post.id, post])), live: await ask.live(filter, ids) }
  return (sentence) => check(sentence, book, evidence)
}

interface Made {
  topic: Topic
  sources: Sources
  coverage: Coverage
  claims: Ledger['claims']
  writer: string
}

function manifestOf({ topic, sources, coverage: { posts, authors }, claims, writer }: Made): Perspective['manifest'] {
  const hash = createHash('sha256')
    .update(JSON.stringify([claims, posts, authors]))
    .digest('hex')
    .slice(0, 16)
  return { topicVersion: topic.version, model: sources.model, code: sources.code, writer, posts, hash }
}
