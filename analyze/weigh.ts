// The terms of a story weighed against the kept posts: how rare each is there and how central to the story. What a post
// holds of them, all together, is the evidence that it is about the story; the posts with the most of it are its core. Pure.
import { longestCompared, nearCopies } from '../copies.ts'
import type { ProposedTerm } from '../given.ts'
import type { Look } from './look.ts'
import { withoutAccents } from './names.ts'
import type { StoryTerm, TermKind } from './terms.ts'

export interface Weighed {
  term: string
  from: ProposedTerm['from']
  /** mark: a word that the posts have put in. */
  kind: TermKind | 'mark'
  words: string[]
  /** Posts of the look that hold it, ascending. */
  posts: number[]
  centrality: number
  isInHeadline: boolean
  places: number
  isAlone: boolean
  tag: number
  /** Rarity in nats times centrality: what holding it says for a post. */
  weight: number
  /** The number of a mark in the look. */
  mark?: number
}

/** Where few posts are kept, a story may be half of them; then what is expected of a word tells how rare it is. */
const expectedPosts = (posts: number) => Math.min(20_000, 4e7 / (posts + 1))
const mostCore = 200
const [leastSpelled, mostSpelled, longestRead] = [5, 60, 1_500]
/** In different words. */
const longPost = 25

/** Share of posts that hold such a term, before any was seen. */
function expected({ kind, words: [word = ''] }: StoryTerm): number {
  if (kind === 'name') return 0.001
  if (kind === 'phrase') return 0.002
  if (kind === 'part') return 0.005
  return /^[a-z]+$/.test(word) ? 1 / (1 + word.length) ** 2 : 0.01
}

const kindFactor = { name: 1.2, phrase: 1.2, part: 1, word: 1 }

/** In nats: 7 is one post of a thousand. */
export function rarity({ posts: { length } }: Look, held: number, prior: number): number {
  const pseudo = expectedPosts(length)
  return -Math.log((held + pseudo * prior) / (length + pseudo))
}

export function weigh(look: Look, terms: StoryTerm[], holding: number[][]): Weighed[] {
  // Forms of one word are as rare as all of them together: an odd plural tells no more than the word.
  const families = new Map<string, number>()
  for (const [at, { family }] of terms.entries())
    families.set(family, (families.get(family) ?? 0) + holding[at]!.length)
  return terms
    .map((guess, at) => {
      const term = isMisread(look, guess, holding[at]!) ? { ...guess, kind: 'word' as const } : guess
      const centrality = Math.min(1.2, 0.8 * term.centrality ** 0.6) * kindFactor[term.kind]
      const rare = rarity(look, families.get(term.family)!, expected(term))
      const { from, kind, words, isInHeadline, places, isAlone, tag } = term
      const seen = { from, kind, words, isInHeadline, places, isAlone, tag, posts: holding[at]! }
      return { term: term.term, ...seen, centrality, weight: rare * centrality }
    })
    .sort((a, b) => b.weight - a.weight)
}

/** A headline begins every word that it begins with so; people write a name with its capital, and other words without. */
function isMisread({ posts }: Look, { kind, term }: StoryTerm, holding: number[]): boolean {
  if (kind !== 'name' || /[ ]|\p{Ll}\p{Lu}/u.test(term) || holding.length < leastSpelled) return false
  const read = holding.slice(0, mostSpelled)
  return (
    read.filter((post) => withoutAccents(posts[post]!.text.slice(0, longestRead)).includes(withoutAccents(term)))
      .length <
    read.length / 2
  )
}

/** Two terms of which one says what the other does: a name and its part, a word and its plural. */
export function overlap(one: Weighed, other: Weighed): boolean {
  return one.words.some((a) => other.words.some((b) => a === b || isWithin(a, b) || isWithin(b, a)))
}
const isWithin = (short: string, long: string) => short.length >= 4 && long.includes(short)

export interface Evidence {
  /** The weights of its terms, none counted twice. */
  sum: number
  /** Those terms, by index. */
  terms: number[]
}

/** What each post that holds a term holds of the story. Terms come heaviest first. */
export function evidence(terms: Weighed[]): Map<number, Evidence> {
  const found = new Map<number, Evidence>()
  const overlaps = terms.map((one) => terms.map((other) => overlap(one, other)))
  for (const [at, { posts, weight }] of terms.entries()) {
    for (const post of posts) {
      const held = found.get(post) ?? { sum: 0, terms: [] }
      found.set(post, held)
      if (held.terms.some((other) => overlaps[at]![other])) continue
      held.sum += weight
      held.terms.push(at)
    }
  }
  return found
}

/** A story is a small thing: what many posts hold, be it two words that often stand together, is no story yet. */
export const leastRarity = ({ posts }: Look): number => 0.5 * Math.log(posts.length + expectedPosts(posts.length))

/** Chance alone brings so much evidence together in one post of all. */
export const enough = ({ posts }: Look): number => 0.7 * Math.log(posts.length + expectedPosts(posts.length))

/** How far evidence is above what chance would bring together, as a share: .46 at the border. */
export const trust = (evidence: number, border: number): number => 0.92 / (1 + Math.exp(-(evidence - border) / 1.2))

/** A long post holds much of everything. */
export function evidenceOf({ words }: Look, held: Map<number, Evidence>, post: number): number {
  return (held.get(post)?.sum ?? 0) * Math.min(1, Math.sqrt(longPost / (words[post]!.length + 1)))
}

/** The posts with the most evidence, one for each author and each wording, near-copies being one. */
export function coreOf(look: Look, candidates: number[], held: Map<number, Evidence>): number[] {
  const ranked = candidates
    .map((post) => ({ post, sum: evidenceOf(look, held, post) }))
    .sort((a, b) => b.sum - a.sum || a.post - b.post)
    .slice(0, 3 * mostCore)
    .map(({ post }) => post)
  const copies = nearCopies(ranked.map((post) => look.posts[post]!.text.slice(0, longestCompared)))
  const [authors, texts] = [new Set<number>(), new Set<number>()]
  return ranked
    .filter((post, at) => {
      const [author, copy] = [look.authors[post]!, copies[at]!]
      if (authors.has(author) || texts.has(copy)) return false
      authors.add(author)
      texts.add(copy)
      return true
    })
    .slice(0, mostCore)
}
