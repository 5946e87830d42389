// How people write the words of a query. Here a word is folded (letters.ts) and has one spelling; whoever matches letter by
// letter, as X does, has to be given each. Spellings are read from texts: the query's own first, then kept posts. Pure.
import { foldText } from './letters.ts'

/** By folded word: its spellings in lower case, the most frequent first. */
export type Spellings = ReadonlyMap<string, readonly string[]>

const mostSpellings = 6
/** Letters with what may stand among them unseen: joiners, soft hyphens. */
const runs = /[\p{L}\p{N}_][\p{L}\p{N}\p{M}\p{Cf}_]*/gu

/** More of what is unseen than letters could need is there to be in the way. */
const mostOfWord = 3

export interface SpellingCount {
  add(texts: Iterable<string>): void
  /** The spellings that those texts have; rarer ones than the first few are left out. */
  found(): Map<string, string[]>
}

/** Counts how some folded words are spelt. Keeps no text. */
export function countSpellings(words: ReadonlySet<string>): SpellingCount {
  const counts = new Map<string, Map<string, number>>()
  const folds = new Map<string, string>()
  const longest = mostOfWord * [...words].reduce((most, { length }) => Math.max(most, length), 0)
  const foldOf = (run: string) => {
    const folded = folds.get(run) ?? foldText(run)
    if (folds.size < 100_000) folds.set(run, folded)
    return folded
  }
  const take = (run: string) => {
    const word = foldOf(run)
    if (!words.has(word) || run.length > mostOfWord * word.length) return
    const spelt = counts.get(word) ?? new Map<string, number>()
    counts.set(word, spelt)
    const spelling = run.toLowerCase()
    spelt.set(spelling, (spelt.get(spelling) ?? 0) + 1)
  }
  return {
    add(texts) {
      for (const text of texts) for (const [run] of text.matchAll(runs)) if (run.length <= longest) take(run)
    },
    found: () => new Map([...counts].map(([word, spelt]) => [word, frequent(spelt)])),
  }
}

const frequent = (spelt: Map<string, number>) =>
  [...spelt]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostSpellings)
    .map(([spelling]) => spelling)

export function spellingsOf(words: ReadonlySet<string>, texts: Iterable<string>): Map<string, string[]> {
  const count = countSpellings(words)
  count.add(texts)
  return count.found()
}
