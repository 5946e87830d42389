// Invented crowds: scored posts of a window from a seed, with authors, copies, themes, languages and sources, as the store
// would hand them out; and the questions of a store that holds nothing else. No word of a real person.
import { createHash } from 'node:crypto'
import type { Estimate, Filter, Questions, ScoredPost, Summary, Window } from '../../answers.ts'
import { seenIn } from '../../perspectives/seen.ts'
import { sharesIn, tableOf } from '../../perspectives/shares.ts'
import type { ModelErrors, Topic } from '../../types.ts'
import { seeded } from '../store/scores.ts'

export const window: Window = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' }
export const before: Window = { from: '2025-12-31T00:00:00.000Z', to: window.from }

export const modelError: ModelErrors = {
  sentiment: {
    share: { negative: 0.04, neutral: 0.05, positive: 0.04 },
    difference: { negative: 0.02, neutral: 0.02, positive: 0.02 },
  },
  emotion: {
    share: { anger: 0.03, joy: 0.03, optimism: 0.03 },
    difference: { anger: 0.02, joy: 0.02, optimism: 0.02 },
  },
  stance: { share: { favor: 0.05, against: 0.05, neither: 0.05 }, difference: { favor: 0.03, against: 0.03 } },
}

export const topic: Topic = {
  id: 'buses',
  name: 'fare-free buses',
  query: 'bus OR buses',
  targets: [{ id: 'free', text: 'free buses for everyone' }],
  public: false,
  tags: [],
  version: 1,
  at: before.from,
  origin: 'user',
}

export interface Crowd {
  seed?: number
  posts?: number
  authors?: number
  /** Mean probabilities of the whole. */
  negative?: number
  favor?: number
  /** Share of posts that bring each phrase up, and what that adds to p(negative). */
  themes?: { phrase: string; share: number; darker?: number }[]
  /** Posts of the window before, with this mean of p(negative). */
  earlier?: { posts: number; negative: number }
  /** The last of several differs from the others by this much in p(negative). */
  sources?: string[]
  apart?: number
  lang?: string
  /** Near-copies of one text, each by an account of its own. */
  copies?: number
}

export const usual = {
  seed: 1,
  posts: 300,
  authors: 170,
  negative: 0.45,
  favor: 0.4,
  themes: [
    { phrase: 'tram tunnel', share: 0.22, darker: 0.35 },
    { phrase: 'ticket machines', share: 0.14 },
    { phrase: 'cargo bikes', share: 0.1, darker: -0.3 },
  ],
} satisfies Crowd

const openings =
  'Our street|My neighbour|The depot|Nobody in town|Half the office|The whole estate|A driver I know|Every pensioner here|The market square|Grandma Ilse|The new council|A friend of mine'.split(
    '|',
  )
const verbs =
  'keeps talking of|has had enough of|waits for news of|would pay for|laughs about|argues over|depends on|forgot about|dreams of|complains of|is glad of|still wonders at'.split(
    '|',
  )
const objects =
  'rainy shelters|late evenings|the hill road|wet umbrellas|the long queue|a seat by the window|morning crowds|the bell at noon|a quiet ride|muddy boots|the ferry stop|winter timetables'.split(
    '|',
  )
const closings =
  'and that will not change soon|as far as I can see|whatever the posters say|at least on weekdays|since the summer fair|before the shops open|when the wind turns|and the dog agrees|after the second shift|for better or worse'.split(
    '|',
  )

/** Scored posts, those of the window before included. */
export function crowd(given: Crowd = usual): ScoredPost[] {
  const { seed = 1, posts = 300, authors = 170, earlier, copies = 0 } = given
  const random = seeded(seed)
  const each = (count: number, span: Window, name: string) =>
    Array.from({ length: count }, (_, nr) => one({ ...given, authors }, { random, span, id: `${name}${nr}` }))
  const copied = Array.from({ length: copies }, (_, nr) => ({
    ...one(given, { random, span: window, id: `copy${nr}` }),
    text: `Sign the paper for the ring road today, neighbours, and bring a pen ${'!'.repeat(nr % 4)}`,
    author: `copyist ${nr}`,
  }))
  const old = earlier
    ? each(earlier.posts, before, 'old').map((post) => darkened(post, earlier.negative - (given.negative ?? 0.4)))
    : []
  return [...old, ...each(posts, window, 'post'), ...copied]
}

interface Making {
  random: () => number
  span: Window
  id: string
}

function one(
  { authors = 170, negative = 0.4, favor = 0.3, themes = [], sources = ['bluesky'], apart = 0, lang = 'en' }: Crowd,
  { random, span, id }: Making,
): ScoredPost {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  const theme = themes.find(({ share }) => random() < share)
  const object = theme ? `the ${theme.phrase}` : pick(objects)
  const source = pick(sources)
  const text = `${pick(openings)} ${pick(verbs)} ${object} ${pick(closings)} (${id})`
  const lean = clamp(negative + (theme?.darker ?? 0) + (source === sources.at(-1) ? apart : 0) + (random() - 0.5) * 0.5)
  const side = clamp(favor + (random() - 0.5) * 0.5)
  // A few accounts post much of it.
  const author = `author ${Math.floor(random() ** 1.6 * authors)}`
  const ms = Date.parse(span.from) + Math.floor(random() * (Date.parse(span.to) - Date.parse(span.from)))
  return {
    ...{ id, source, topic: topic.id, at: new Date(ms).toISOString(), text, lang, model: 'test@1' },
    ...{ likes: null, reposts: null, quotable: true, skipped: lang === 'en' ? null : 'language', copies: 1 },
    ...{ author, copy: text, inclusion: 1, embedding: embeddingOf(theme?.phrase ?? object, random) },
    ...(lang === 'en' ? scored(lean, side) : unscored),
  }
}

const clamp = (p: number) => Math.min(0.98, Math.max(0.02, p))
const unscored = { sentiment: {}, emotion: {}, stance: {}, irony: null, offensive: null, hate: null }
function scored(lean: number, side: number) {
  const positive = (1 - lean) * (lean < 0.2 ? 0.9 : 0.4)
  return {
    sentiment: { negative: lean, neutral: 1 - lean - positive, positive },
    emotion: { anger: lean * 0.6, joy: positive * 0.7, optimism: side * 0.3 },
    stance: { free: { favor: side, against: (1 - side) * 0.6, neither: (1 - side) * 0.4 } },
    ...{ irony: 0.1, offensive: 0.05, hate: 0.02 },
  }
}

function darkened(post: ScoredPost, by: number): ScoredPost {
  return post.skipped ? post : { ...post, ...scored(clamp(post.sentiment.negative! + by), post.stance.free!.favor!) }
}

/** Posts on one thing lie near each other. */
function embeddingOf(thing: string, random: () => number): Int8Array {
  const axis = seeded([...thing].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7))
  const raw = Array.from({ length: 32 }, () => axis() - 0.5 + (random() - 0.5) * 0.6)
  const norm = Math.hypot(...raw)
  return Int8Array.from(raw, (x) => Math.round((x / norm) * 127))
}

/** A store that holds these posts of the topic and nothing else. */
export function storeOf(held: ScoredPost[], more: Partial<Questions> = {}) {
  const asked: string[] = []
  const dead = new Set<string>()
  const within = ({ window: { from, to } }: Filter) => held.filter(({ at }) => at >= from && at < to)
  const noted =
    <Given extends unknown[], Answer>(name: string, answer: (...given: Given) => Answer) =>
    async (...given: Given) => {
      asked.push(name)
      return answer(...given)
    }
  const latest = () =>
    held.map(({ at }) => at).reduce<string | null>((most, at) => (most && most > at ? most : at), null)
  const ask: Questions = {
    sql: noted('sql', () => ({ columns: [], rows: [], cut: false, limit: 0, elapsedMs: 0 })),
    articles: noted('articles', () => ({ articles: 0, sites: 0, newest: [], next: null })),
    tallies: noted('tallies', (ref, { window, stepMs }) => ({
      ...{
        ...ref,
        from: window.from,
        stepMs,
        accounts: [],
        voices: [],
        scored: [],
        collected: [],
        sums: {},
        squares: {},
      },
    })),
    counts: noted('counts', () => [
      { topic: topic.id, version: topic.version, posts: held.length, authors: 1, latest: latest() },
    ]),
    latest: noted('latest', latest),
    summary: noted('summary', (filter) => summaryOf(within(filter), filter)),
    coverage: noted('coverage', (filter) => seenIn(within(filter), [])),
    otherModels: noted('otherModels', () => []),
    remodelled: noted('remodelled', () => null),
    sample: noted('sample', (filter, limit) => within(filter).slice(0, limit)),
    live: noted('live', (filter, ids) => {
      const ours = new Set(within(filter).map(({ id }) => id))
      return new Set(ids.filter((id) => ours.has(id) && !dead.has(id)))
    }),
    audited: noted('audited', () => ({ sentiment: {}, emotion: {}, stance: {} })),
    found: noted('found', (filter, ids) => within(filter).filter(({ id }) => ids.includes(id) && !dead.has(id))),
    // Everything told of the posts is in it.
    fingerprint: noted('fingerprint', (filter) => ({
      print: createHash('sha256')
        .update(JSON.stringify([within(filter), [...dead]]))
        .digest('hex')
        .slice(0, 16),
      labels: 1,
      gaps: 1,
    })),
    editions: noted('editions', () => []),
    draw: noted('draw', () => ({}) as never),
    modelled: noted('modelled', (filter) => summaryOf(within(filter), filter)),
    doubtful: noted('doubtful', () => ({ labelled: 0, posts: [] })),
    judged: noted('judged', () => []),
    outlook: noted('outlook', () => null),
    sides: noted('sides', () => ({ accounts: 0, looked: 0, said: [] })),
    retold: noted('retold', () => ({ accounts: [] })),
    places: noted('places', () => []),
    exported: noted('exported', () => (async function* () {})()),
    parquet: noted('parquet', () => (async function* () {})()),
    posts: noted('posts', () => ({ posts: [], next: null })),
    post: noted('post', () => null),
    series: noted('series', () => []),
    pulses: noted('pulses', () => []),
    prints: noted('prints', () => []),
    gaps: noted('gaps', () => []),
    ...more,
  }
  return { ask, asked, dead, held }
}

function summaryOf(posts: ScoredPost[], { window, view = 'post', model }: Filter): Summary {
  const shares = sharesIn(tableOf(posts, modelError))
  const of = (kind: string): Record<string, Estimate> =>
    Object.fromEntries(
      [...shares].flatMap(([measure, share]) =>
        measure.startsWith(`${kind}.`) ? [[measure.slice(kind.length + 1), share]] : [],
      ),
    )
  const scored = posts.filter(({ skipped }) => skipped === null)
  const people = (some: ScoredPost[]) => new Set(some.map(({ author }) => author)).size
  const counted = { posts: posts.length, authors: people(posts), scored: scored.length, scoredAuthors: people(scored) }
  return {
    window,
    view,
    model,
    ...counted,
    unscored: {},
    sentiment: of('sentiment'),
    emotion: of('emotion'),
    stance: { free: of('stance.free') },
  }
}
