// The words of a headline, a summary or a tag, and which of them are names: runs of capitals, in whatever language writes
// them. Where every word has a capital they tell nothing. Pure, knows no post; a guess, which the kept posts then judge.
import { isCommon } from '../commonWords.ts'

/** In words. */
export const longestName = 4

export interface StoryWord {
  text: string
  isCapital: boolean
  /** Nothing but space and a hyphen lies between it and the word before. */
  follows: boolean
  /** Begins a sentence, and so would have a capital anyway. */
  isFirst: boolean
}

// Scripts that write no spaces are cut into words by the dictionary of the runtime.
const dense = /[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]{2,}/u
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

export function wordsOf(text: string): StoryWord[] {
  // An apostrophe parts words in a query, and what stands behind one says little: "Anna's" is looked for as "Anna".
  const found = text.matchAll(/([\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*)(?:['’]\p{L}{1,2}(?![\p{L}\p{N}_]))?/gu)
  let end = 0
  return [...found].flatMap(({ 1: word = '', index }) => {
    const between = text.slice(end, index)
    const isFirst = end === 0 || /[.!?:“"«]/u.test(between)
    end = index + word.length
    const base = { isCapital: /^\p{Ll}?\p{Lu}/u.test(word), follows: /^[ -]$/.test(between), isFirst }
    return piecesOf(word).map((piece, at) => ({ ...base, text: piece, follows: at === 0 && base.follows }))
  })
}

function piecesOf(word: string): string[] {
  if (!dense.test(word)) return [word]
  return [...segmenter.segment(word)]
    .filter(({ isWordLike, segment }) => isWordLike && Array.from(segment).length > 1)
    .map(({ segment }) => segment)
}

export const isStop = ({ text }: StoryWord) => isCommon(text) || (/^\p{Script=Latin}$/u.test(text) && text.length < 2)
const isShouted = (text: string) => text.length > 1 && text === text.toUpperCase() && /\p{Lu}/u.test(text)
/** As many write a name whose letters have them. */
export const withoutAccents = (text: string) => text.normalize('NFD').replace(/\p{Mn}/gu, '')
export const isNumber = (text: string) => /^\p{N}+$/u.test(text)

/** Where every word has a capital they tell nothing. */
export function isTitleCase(words: StoryWord[]): boolean {
  const long = words.filter(({ text }) => text.length >= 4 && /\p{L}/u.test(text))
  return long.length > 2 && long.filter(({ isCapital }) => isCapital).length > 0.85 * long.length
}

/** Words that are nothing but capitals, unless all are; and what the summary shows to be a name. */
export function titleNames(words: StoryWord[], known: string[]): string[] {
  const telling = words.filter((word) => !isStop(word) && /\p{L}/u.test(word.text))
  const shouted = telling.filter(({ text }) => isShouted(text)).map(({ text }) => text)
  const joined = ` ${words.map(({ text }) => text.toLowerCase()).join(' ')} `
  const shown = known.filter((name) => joined.includes(` ${name.toLowerCase()} `))
  return unique([...shown, ...(shouted.length > telling.length / 2 ? [] : shouted)])
}

/** Runs of capitals. A number ends one: Windows 10. */
export function namesIn(words: StoryWord[]): string[] {
  const runs: StoryWord[][] = []
  for (const [at, word] of words.entries()) {
    const run = runs.at(-1)
    // A capital within a sentence makes a name of common words too: Prime Day, New York, Serie A.
    const isName = word.isCapital && (!isStop(word) || (!word.isFirst && word.text.length > 1))
    // T-Mobile, X Factor; but A and I are words.
    const isLetter = word.isCapital && /^[B-HJ-Z]$/.test(word.text) && goesOn(words[at + 1])
    const isNumbered = /^(?:\p{N}{1,2}|[A-HJ-Z])$/u.test(word.text)
    if (run?.length && word.follows && run.length < longestName && (isName || isNumbered)) run.push(word)
    else if (isLetter) runs.push([word])
    else if (!isName) runs.push([])
    // The first word has its capital anyway: alone it is a name only where it is shouted.
    else if (!word.isFirst || isShouted(word.text) || goesOn(words[at + 1])) runs.push([word])
    else runs.push([])
  }
  return unique(
    runs.filter((run) => run.some((word) => !isStop(word))).map((run) => run.map(({ text }) => text).join(' ')),
  )
}

const goesOn = (next: StoryWord | undefined) =>
  Boolean(next?.follows && (next.isCapital || (isNumber(next.text) && next.text.length < 3)))

export function unique(texts: string[]): string[] {
  const known = new Map<string, string>()
  for (const text of texts) if (!known.has(text.toLowerCase())) known.set(text.toLowerCase(), text)
  return [...known.values()]
}
