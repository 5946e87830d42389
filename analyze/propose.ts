// What to watch for a story: a query from its words, weighed against one look at the kept posts; what of our topics fits;
// and whether a paragraph could come of it (docs/stories.md). Any number of stories share one look. Makes no topic.
// Must never throw on a story's words, nor let one account or one copied text put a word into a query.
import { setImmediate as breathe } from 'node:timers/promises'
import { isCommon } from '../commonWords.ts'
import type { Proposal, ProposedTerm, StoryText } from '../given.ts'
import type { Log, Topic } from '../types.ts'
import { chooseClauses } from './choosing.ts'
import { type Choosing, type Clause, clausesOf, common } from './clauses.ts'
import { choose, fitsOf, parsed, type TopicPosts } from './fits.ts'
import { holders, holdersOfWords, type Look, lookAt } from './look.ts'
import { blend, type Test, testOf } from './marks.ts'
import { createMatcher } from './match.ts'
import { type PreviewOptions, previewOf } from './preview.ts'
import { parseQuery } from './query.ts'
import { queryOf } from './spell.ts'
import { readStory, type Story } from './story.ts'
import { subjectOf } from './subject.ts'
import { targetsOf } from './targets.ts'
import { coreOf, type Evidence, enough, evidence, evidenceOf, rarity, trust, type Weighed, weigh } from './weigh.ts'

export interface ProposeOptions extends PreviewOptions {
  signal: AbortSignal
  topics?: Topic[]
}

/** Fewer core posts have no words to learn from. */
const leastCore = 8
const mostMarks = 24
/** A word from the posts says less of a story than its own words do. */
const markFactor = 0.6
const leastMark = { ratio: 2, share: 0.04, rarity: 5 }
const lookedAt = 50
const nearShare = 0.5
const mostNear = 3_000

/** The proposal for each story, in order. An aborted signal ends it early, on what was seen so far. */
export async function proposeAll(log: Log, texts: StoryText[], options: ProposeOptions): Promise<Proposal[]> {
  const stories = texts.map(readStory)
  const look = await lookAt(log, options)
  const topics = parsed(options.topics ?? [])
  const queries = [
    ...stories.flatMap(({ terms }) => terms.map(({ query }) => query)),
    ...topics.map(({ query }) => query),
  ]
  const holding = await holders(look, queries, options.signal)
  const drafts: Draft[] = []
  let at = 0
  for (const story of stories) {
    drafts.push(draftOf(look, story, holding.slice(at, at + story.terms.length)))
    at += story.terms.length
    await breathe()
  }
  const found = await holders(
    look,
    drafts.map(({ query }) => parseQuery(query || nothing)),
    options.signal,
  )
  const ours = topics.map((topic, nr): TopicPosts => ({ ...topic, posts: holding[at + nr]! }))
  return drafts.map((draft, nr) => proposalOf({ look, draft, ours, options }, found[nr]!))
}

/** Stands for a query that is none, where every story must have one. */
const nothing = 'source:-'

interface Draft {
  story: Story
  query: string
  terms: Weighed[]
  clauses: Clause[]
  held: Map<number, Evidence>
  test: Test
}

/** Chooses twice: from the story's words alone, then with words that its posts have put in. */
export function draftOf(look: Look, story: Story, holding: number[][]): Draft {
  const own = weigh(look, story.terms, holding)
  const held = evidence(own)
  const isOwn = (word: string) => own.some(({ words }) => words.some((one) => isForm(one, word)))
  const subject = subjectOf({ look, terms: own, held })
  const first = chosenOf({ look, terms: own, held, subject })
  const found = new Set(first.flatMap(({ posts }) => posts))
  const core = coreOf(look, [...found], held)
  const near = nearOf(held, enough(look)).filter((post) => !found.has(post))
  const test = testOf(look, { core: core.length >= leastCore ? core : [], near, isOwn })
  const terms = [...own, ...markTerms(look, test, core.length)]
  const clauses = terms.length > own.length ? chosenOf({ look, terms, held, subject, found }) : first
  const texts = terms.map(({ term }) => term)
  const query = queryOf(texts, clauses)
  if (query && findsStory(query, story)) return { story, query, terms, clauses, held, test }
  const all = [...clauses, ...plainClauses(own, story)]
  return { story, query: queryOf(texts, all), terms, clauses: all, held, test }
}

const chosenOf = (choosing: Choosing) => needed(chooseClauses(choosing, clausesOf(choosing)))

/** Posts with hardly anything of the story: a spread of them. */
function nearOf(held: Map<number, Evidence>, border: number): number[] {
  const weak = [...held].flatMap(([post, { sum }]) => (sum < nearShare * border ? [post] : []))
  return spread(weak, mostNear)
}

/** A word and its other forms, roughly: none of them says more than the other. */
const isForm = (one: string, other: string) =>
  one === other || (Math.min(one.length, other.length) >= 4 && (one.startsWith(other) || other.startsWith(one)))

/** Words that mark the story in the posts, as terms. */
function markTerms(look: Look, { marks }: Test, core: number): Weighed[] {
  const chosen = marks
    .filter(
      ({ word, ratio, voices }) =>
        ratio >= leastMark.ratio &&
        voices >= leastMark.share * core &&
        isTerm(look.texts[word]!) &&
        rarity(look, look.counts[word]!, 0.002) >= leastMark.rarity,
    )
    .slice(0, mostMarks)
  const posts = holdersOfWords(
    look,
    chosen.map(({ word }) => word),
  )
  return chosen.map(({ word }) => {
    const held = posts.get(word)!
    const weight = markFactor * rarity(look, held.length, 0.002)
    return {
      term: look.texts[word]!,
      from: 'posts',
      kind: 'mark',
      words: [look.texts[word]!],
      posts: held,
      centrality: markFactor,
      places: 0,
      isInHeadline: false,
      isAlone: false,
      tag: -1,
      weight,
      mark: word,
    }
  })
}

const isTerm = (word: string) => !isCommon(word) && /\p{L}/u.test(word) && Array.from(word).length > 1

/** Without clauses whose every post another one has too, the last chosen first. */
function needed(clauses: Clause[]): Clause[] {
  let kept = clauses
  for (const clause of clauses.toReversed()) {
    const others = new Set(kept.flatMap((other) => (other === clause ? [] : other.posts)))
    if (!clause.isLead && clause.posts.every((post) => others.has(post)))
      kept = kept.filter((other) => other !== clause)
  }
  return kept
}

const matchable = (text: string) => ({ text, source: '', lang: null, author: null })
const findsStory = (query: string, { text }: Story) =>
  createMatcher([parseQuery(query)]).match(matchable(text)).length > 0

/** Where no post tells what is rare; scripts without capitals need fewer letters for a word. */
const isLongEnough = (word: string) => word.length > 3 || !/^[\p{Script=Latin}\p{N}_]+$/u.test(word)

/** Where the posts decide nothing: a name of the story and a word of it, or two words. */
function plainClauses(own: Weighed[], story: Story): Clause[] {
  const found = own.flatMap((_, at) => (findsStory(own[at]!.term, story) ? [at] : []))
  const names = found.filter((at) => own[at]!.kind === 'name').slice(0, 2)
  const words = found.filter((at) => own[at]!.kind === 'word' && isLongEnough(own[at]!.words[0]!)).slice(0, 4)
  const [left, right] = names.length > 0 ? [names, words] : [words.slice(0, 1), words.slice(1)]
  const pairs = left.flatMap((one) => right.map((other) => [one, other].sort((a, b) => a - b)))
  return (pairs.length > 0 ? pairs : left.map((one) => [one])).map((terms) => ({
    ...{ isLead: false, terms, share: 0 },
    posts: terms.map((term) => own[term]!.posts).reduce(common),
  }))
}

interface Asked {
  look: Look
  draft: Draft
  ours: TopicPosts[]
  options: ProposeOptions
}

function proposalOf({ look, draft, ours, options }: Asked, posts: number[]): Proposal {
  const { story, query } = draft
  const preview = query ? previewOf(look, posts, options) : null
  const fits = fitsOf(story.text, posts, ours)
  const scale = preview && preview.scanned > 0 ? preview.kept / preview.scanned : 1
  const authors = new Set(posts.map((post) => look.authors[post]!)).size
  const estimate = preview?.estimate ?? 0
  const found = {
    posts: estimate,
    authors: Math.min(estimate, Math.round(authors * scale)),
    share: shareAbout(look, draft, posts),
  }
  return {
    name: story.name,
    query,
    targets: targetsOf(story),
    terms: termsOf(look, draft, posts),
    preview,
    fits,
    choice: choose(query, found, fits),
  }
}

/** Share of some posts that seems to be about the story: by the story's own words in them, and by the test. */
function shareAbout(look: Look, { held, test }: Draft, posts: number[]): number {
  if (posts.length === 0) return 0
  const drawn = spread(posts, 10 * lookedAt)
  const border = enough(look)
  const own = drawn.reduce((sum, post) => sum + trust(evidenceOf(look, held, post), border), 0) / drawn.length
  const passed = drawn.filter((post) => test.passes(post)).length
  return blend(own, test, { passed, voices: drawn.length })
}

/** Evenly over all of them. */
function spread(posts: number[], most: number): number[] {
  if (posts.length <= most) return posts
  return Array.from({ length: most }, (_, at) => posts[Math.floor((at * posts.length) / most)]!)
}

/** Each term of the query with what it is good for. */
function termsOf(look: Look, draft: Draft, posts: number[]): ProposedTerm[] {
  const clausesOf = new Map<number, Clause[]>()
  for (const clause of draft.clauses) {
    for (const post of clause.posts) clausesOf.set(post, [...(clausesOf.get(post) ?? []), clause])
  }
  const used = [...new Set(draft.clauses.flatMap(({ terms }) => terms))]
  return used.map((at) => {
    const { term, from, posts: holding } = draft.terms[at]!
    const held = common(holding, posts)
    const adds = posts.filter((post) => clausesOf.get(post)?.every(({ terms }) => terms.includes(at))).length
    const looked = spread(held, lookedAt)
    const stray = Math.round(looked.length * (1 - shareAbout(look, draft, looked)))
    return { term, from, posts: held.length, adds, looked: looked.length, stray }
  })
}
