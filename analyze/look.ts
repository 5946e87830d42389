// One look at the kept posts, from which any number of stories are proposed: a fair sample of posts with the words of each
// by number. Reads the log in its evenly spread blocks within a time budget, and lets others run in between. Bounded in
// posts, in characters and in words, whatever the posts hold; kept by nobody, so that what is deleted is soon forgotten.
import { setImmediate as breathe } from 'node:timers/promises'
import type { Log, PostChange } from '../types.ts'
import { denseUnit, type Folded, fold, newFolded } from './letters.ts'
import { createMatcher } from './match.ts'
import type { Query } from './query.ts'
import { newWords, splitWords, type Words } from './words.ts'

export interface Look {
  posts: PostChange[]
  /** Words of each post by number, each once. In scripts without spaces: each two letters that touch. */
  words: Int32Array[]
  /** The words by number, folded, and how many posts hold each. */
  texts: string[]
  counts: number[]
  /** Posts of one author, or of one wording, have the same number. A post without author has one of its own. */
  authors: Int32Array
  wordings: Int32Array
  /** Live posts in the log. */
  kept: number
}

export interface LookOptions {
  signal: AbortSignal
  budgetMs?: number
  now?: () => number
}

const mostPosts = 100_000
const mostCharacters = 24_000_000
const mostWords = 400_000
/** A post says what it is about in its beginning; nobody's word list may fill ours. */
const longestPost = 1_500
const wordsOfPost = 150
const longestWord = 40

interface Looking {
  look: Omit<Look, 'authors' | 'wordings'> & { authors: number[]; wordings: number[] }
  numbers: Map<string, number>
  accounts: Map<string, number>
  wordings: Map<number, number>
  folded: Folded
  split: Words
  characters: number
}

/** An aborted signal ends it early with what was seen so far. */
export async function lookAt(log: Log, { signal, budgetMs = 1500, now = () => performance.now() }: LookOptions) {
  const { posts } = await log.status()
  const looking: Looking = {
    look: { posts: [], words: [], texts: [], counts: [], authors: [], wordings: [], kept: 0 },
    numbers: new Map(),
    accounts: new Map(),
    wordings: new Map(),
    folded: newFolded(),
    split: newWords(),
    characters: 0,
  }
  const until = now() + budgetMs
  for await (const block of log.scan(signal)) {
    for (const post of block) take(looking, post)
    const isFull = looking.look.posts.length >= mostPosts || looking.characters >= mostCharacters
    if (isFull || now() >= until || signal.aborted) break
    await breathe()
  }
  const { look } = looking
  const numbered = { authors: Int32Array.from(look.authors), wordings: Int32Array.from(look.wordings) }
  return { ...look, ...numbered, kept: Math.max(posts, look.posts.length) } satisfies Look
}

function take(looking: Looking, post: PostChange): void {
  const { look, accounts } = looking
  const { numbers, wording } = read(looking, post.text.slice(0, longestPost))
  look.posts.push(post)
  look.words.push(numbers)
  look.authors.push(numberOf(accounts, post.author === null ? `\0${accounts.size}` : `${post.source} ${post.author}`))
  look.wordings.push(numberOf(looking.wordings, wording))
  looking.characters += post.text.length
}

function numberOf<Key>(known: Map<Key, number>, key: Key): number {
  const number = known.get(key) ?? known.size
  if (number === known.size) known.set(key, number)
  return number
}

/** The words of a text, and a number that texts share which differ in punctuation, case or links alone. */
function read({ look, numbers, folded, split }: Looking, text: string): { numbers: Int32Array; wording: number } {
  splitWords(fold(withoutLinks(text), folded), split)
  const whole = String.fromCharCode(...folded.units.subarray(0, Math.min(folded.length, 4_000)))
  const found = new Set<number>()
  let wording = 0
  for (let at = 0; at < split.count && found.size < wordsOfPost; at++) {
    const word = wordAt({ folded, split }, at, whole)
    if (word === '') continue
    for (let i = 0; i < word.length; i++) wording = (Math.imul(wording, 31) + word.charCodeAt(i)) | 0
    const number = numbers.get(word) ?? (numbers.size < mostWords ? numbers.size : -1)
    if (number < 0) continue
    if (number === numbers.size) {
      numbers.set(word, number)
      look.texts.push(word)
      look.counts.push(0)
    }
    if (!found.has(number)) look.counts[number]!++
    found.add(number)
  }
  return { numbers: Int32Array.from(found), wording }
}

const withoutLinks = (text: string) => (text.includes('://') ? text.replace(/https?:\/\/\S+/gi, ' ') : text)

function wordAt({ folded, split }: Pick<Looking, 'folded' | 'split'>, at: number, whole: string): string {
  const [start, end] = [split.starts[at]!, split.ends[at]!]
  if (end > whole.length || end - start > longestWord) return ''
  if (folded.kinds[start] !== denseUnit) return whole.slice(start, end)
  const isPair = at > 0 && split.glued[at] === 1 && folded.kinds[split.starts[at - 1]!] === denseUnit
  return isPair ? whole.slice(split.starts[at - 1]!, end) : ''
}

/** For each query the posts it matches, by their index, ascending. */
export async function holders({ posts }: Look, queries: Query[], signal: AbortSignal): Promise<number[][]> {
  const found: number[][] = queries.map(() => [])
  if (queries.length === 0) return found
  const matcher = createMatcher(queries)
  for (const [at, post] of posts.entries()) {
    for (const query of matcher.match(post)) found[query]!.push(at)
    if (at % 5_000 > 0) continue
    if (signal.aborted) break
    await breathe()
  }
  return found
}

/** The posts that hold each of some words. */
export function holdersOfWords({ words }: Look, wanted: number[]): Map<number, number[]> {
  const found = new Map(wanted.map((word) => [word, [] as number[]]))
  for (const [at, numbers] of words.entries()) {
    for (const number of numbers) found.get(number)?.push(at)
  }
  return found
}

/** Counts voices: posts of authors and in wordings that were not counted yet. */
export function newTally({ authors, wordings }: Pick<Look, 'authors' | 'wordings'>) {
  const heard = new Int32Array(endOf(authors))
  const read = new Int32Array(endOf(wordings))
  let turn = 0
  return {
    begin: () => {
      turn++
    },
    /** True once for each author and for each wording since the beginning. */
    isNew: (post: number): boolean => {
      const [author, wording] = [authors[post]!, wordings[post]!]
      if (heard[author] === turn || read[wording] === turn) return false
      heard[author] = turn
      read[wording] = turn
      return true
    },
  }
}

/** One more than the largest number, without spreading an array of any length. */
function endOf(numbers: Int32Array): number {
  let end = 0
  for (const number of numbers) end = Math.max(end, number + 1)
  return end
}
