// How people write the words of a query. Here a word is folded (letters.ts) and has one spelling; whoever matches letter by
// letter, as X does, has to be given each. Spellings are read from texts: the query's own first, then kept posts. Pure.
import { foldText } from './letters.ts'

/** By folded word: its spellings in lower case, the most frequent first. */
export type Spellings = ReadonlyMap<string, readonly string[]>

const mostSpellings = 6
/** Letters with what may stand among them unseen: joiners, soft hyphens. */
const runs = /[\p{L}\p{N}_][\p{L}\p{N}\p{M}\p{Cf}_]*/gu

/** The spellings that texts have of some folded words; rarer ones than the first few are left out. */
export function spellingsOf(words: ReadonlySet<string>, texts: Iterable<string>): Map<string, string[]> {
  const counts = new Map<string, Map<string, number>>()
  const folds = new Map<string, string>()
  const foldOf = (run: string) => {
    const folded = folds.get(run) ?? foldText(run)
    if (folds.size < 100_000) folds.set(run, folded)
    return folded
  }
  for (const text of texts) {
    for (const [run] of text.matchAll(runs)) {
      const word = foldOf(run)
      if (!words.has(word)) continue
      const spelt = counts.get(word) ?? new Map<string, number>()
      counts.set(word, spelt)
      const spelling = run.toLowerCase()
      spelt.set(spelling, (spelt.get(spelling) ?? 0) + 1)
    }
  }
  const frequent = (spelt: Map<string, number>) =>
    [...spelt]
      .sort(([, a], [, b]) => b - a)
      .slice(0, mostSpellings)
      .map(([spelling]) => spelling)
  return new Map([...counts].map(([word, spelt]) => [word, frequent(spelt)]))
}
