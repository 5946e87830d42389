// Which of our topics covers a story, which is a broader one that holds it, or whether there are posts enough for a topic of
// its own. By the posts that the proposal and a topic share, and by whether the topic's query finds the story's own words.
// Pure. Must never say that a story is worth a topic when no paragraph could be written of it.
import { leastAuthors } from '../estimate.ts'
import type { Fit, Proposal } from '../given.ts'
import type { Topic } from '../types.ts'
import { createMatcher } from './match.ts'
import { parseQuery, type Query } from './query.ts'

/** Fewer matching posts carry no paragraph, for some are copies, in other languages, or about something else. */
export const leastPosts = 30
/** A topic that covers a story has most of its posts, and these are no small part of its own. */
const covering = { covers: 0.6, focus: 0.15 }
const mostFits = 5
/** Below this share of posts about the story a topic would be about something else. */
const leastShare = 0.5

/** What the proposal would match, counted in the look and scaled to all kept posts. */
export interface Found {
  posts: number
  authors: number
  /** Share that seems to be about the story; 0..1. */
  share: number
}

export interface TopicPosts {
  topic: Topic
  query: Query
  posts: number[]
}

/** Topics with some of the story's posts, or whose query finds its words; the best first. */
export function fitsOf(text: string, own: number[], topics: TopicPosts[]): Fit[] {
  const mine = new Set(own)
  return topics
    .map(({ topic, query, posts }) => {
      const shared = posts.filter((post) => mine.has(post)).length
      const covers = mine.size > 0 ? shared / mine.size : 0
      return {
        topic: topic.id,
        matches: finds(query, text),
        covers,
        focus: posts.length > 0 ? shared / posts.length : 0,
      }
    })
    .filter(({ matches, covers }) => matches || covers > 0)
    .sort((a, b) => worth(b) - worth(a))
    .slice(0, mostFits)
}

const worth = ({ matches, covers, focus }: Fit) => (matches ? 1 : 0) + covers + focus

/** Where a query asks for a source, a language or an author, the story is given it: only its words are in question. */
function finds(query: Query, text: string): boolean {
  const value = (kind: 'from' | 'lang' | 'source') => fieldIn(query, kind)
  const as = { text, source: value('source') ?? '', lang: value('lang'), author: value('from') }
  return createMatcher([query]).match(as).length > 0
}

function fieldIn(query: Query, kind: 'from' | 'lang' | 'source'): string | null {
  if (query.kind === kind) return query.value
  if (query.kind !== 'and' && query.kind !== 'or') return null // what is excluded is not asked for
  return query.parts.map((part) => fieldIn(part, kind)).find((value) => value !== null) ?? null
}

export function choose(query: string, found: Found, fits: Fit[]): Proposal['choice'] {
  const covered = fits.find(
    ({ matches, covers, focus }) => matches && covers >= covering.covers && focus >= covering.focus,
  )
  if (covered) return { kind: 'covered', topic: covered.topic }
  const isAbout = found.share >= leastShare
  if (query && found.posts >= leastPosts && found.authors >= leastAuthors && isAbout) return { kind: 'new' }
  // Of a handful of posts it is chance which of them a topic has: then its query finding the story's words must do.
  const isHandful = found.posts < leastAuthors
  const parent = fits.find(({ matches, covers }) => matches && (covers >= covering.covers || isHandful))
  if (parent) return { kind: 'parent', topic: parent.topic }
  return { kind: 'thin', ...lack(query, found) }
}

function lack(query: string, { posts, authors, share }: Found): { reason: string; missing: string } {
  const needs = `A paragraph needs about ${leastPosts} posts by at least ${leastAuthors} accounts.`
  if (!query)
    return { reason: 'no word to go by', missing: 'Add a summary or tags that name who or what the story is about.' }
  if (posts === 0)
    return { reason: 'no posts', missing: `No kept post matches. ${needs} Try again when people talk about it.` }
  if (posts < leastPosts || authors < leastAuthors) {
    const counts = `${posts} kept ${posts === 1 ? 'post' : 'posts'} by ${authors} ${authors === 1 ? 'account' : 'accounts'}`
    return { reason: 'too few posts', missing: `${counts} match. ${needs}` }
  }
  const percent = Math.round(100 * share)
  return {
    reason: 'mostly about something else',
    missing: `Only about ${percent}% of the ${posts} matching posts seem to be about the story. Name who or what it is about in the headline or the tags, or write the query by hand.`,
  }
}

/** For topics as they are kept: their queries were checked when they were made. */
export const parsed = (topics: Topic[]): { topic: Topic; query: Query }[] =>
  topics.map((topic) => ({ topic, query: parseQuery(topic.query) }))
