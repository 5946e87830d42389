// Which topics a post is about: one pass over its text for all topics together. Fold, split, look each word up
// (scan.ts), and evaluate only the queries that a present word guards (program.ts). Linear in the text, whatever it
// holds. Not re-entrant: a matcher reuses its buffers between posts.
import { compileQueries, matches, type Phrase } from './program.ts'
import type { Query } from './query.ts'
import { type Matchable, newScan, type Scan, scanPost } from './scan.ts'

export interface Matcher {
  /** Indices, ascending, of the queries that match. */
  match(post: Matchable): readonly number[]
}

const none: readonly number[] = []

/** Compiles the queries into one matcher. */
export function createMatcher(queries: Query[]): Matcher {
  const scan = newScan(compileQueries(queries))
  return { match: (post) => match(scan, post) }
}

function match(scan: Scan, post: Matchable): readonly number[] {
  scanPost(scan, post)
  let found: number[] | undefined
  for (let i = 0; i < scan.asking; i++) {
    const topic = scan.candidates[i]!
    if (!evaluate(scan, scan.program.entries[topic]!)) continue
    found ??= []
    found.push(topic)
  }
  return found ? found.sort((a, b) => a - b) : none
}

function evaluate(scan: Scan, entry: number): boolean {
  const { tests } = scan.program
  let at = entry
  while (at >= 0) at = tests[at * 3 + (isTrue(scan, tests[at * 3]!) ? 1 : 2)]!
  return at === matches
}

function isTrue(scan: Scan, atom: number): boolean {
  if (scan.holds[atom] === scan.now) return true
  const phrase = scan.program.phrases[atom]
  if (!phrase || scan.tried[atom] === scan.now) return false
  scan.tried[atom] = scan.now
  if (!occurs(scan, phrase)) return false
  scan.holds[atom] = scan.now
  return true
}

/** True when the phrase's words stand in a row somewhere. Starts from the word with the fewest places. */
function occurs(scan: Scan, phrase: Phrase): boolean {
  let rarest = 0
  for (let i = 0; i < phrase.atoms.length; i++) {
    const atom = phrase.atoms[i]!
    if (scan.holds[atom] !== scan.now) return false
    if (scan.count[atom]! < scan.count[phrase.atoms[rarest]!]!) rarest = i
  }
  for (let at = scan.last[phrase.atoms[rarest]!]!; at >= 0; at = scan.previous[at]!) {
    if (standsAt(scan, phrase, scan.wordAt[at]! - rarest)) return true
  }
  return false
}

function standsAt(scan: Scan, phrase: Phrase, first: number): boolean {
  const { words, atomAt } = scan
  if (first < 0 || first + phrase.atoms.length > words.count) return false
  for (let i = 0; i < phrase.atoms.length; i++) {
    const word = first + i
    if (phrase.glued[i] && words.glued[word] === 0) return false
    const prefix = phrase.prefixes[i]
    if (prefix === undefined ? atomAt[word] !== phrase.atoms[i] : !begins(scan, word, prefix)) return false
  }
  return true
}

function begins({ words, folded: { units } }: Scan, word: number, prefix: string): boolean {
  const start = words.starts[word]!
  if (words.ends[word]! - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (units[start + i] !== prefix.charCodeAt(i)) return false
  return true
}
