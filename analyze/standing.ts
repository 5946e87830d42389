// Whether one word of a name says as much as the whole: Obama, Zayn. Told by the posts that hold the word: in how many it stands in
// the name, in how many with another name beside it (Michelle Obama), small as a word of everyday, or by itself. Pure; reads a
// bounded number of posts. Must never let a name that many others have stand for one of them.
import { isCommon } from '../commonWords.ts'
import type { Look } from './look.ts'
import { withoutAccents } from './names.ts'

export interface Standing {
  /** Of the posts with the word, the share that says the name, and the share that seems to mean it. */
  said: number
  meant: number
  /** Of the posts that say more than the word, the share that says the name. */
  known: number
  /** More posts have the word by itself than in the name. */
  isUsual: boolean
  /** Most posts write it small. */
  isSmall: boolean
}

interface Asked {
  word: string
  isLast: boolean
  /** Posts with the word, and with the name in any spelling. */
  posts: number[]
  whole: Set<number>
}

const [mostRead, longestRead] = [300, 1_500]
const isNamelike = (word: string) => /^\p{Lu}\p{Ll}/u.test(word) && !isCommon(word)

export function standingOf({ posts }: Look, { word, isLast, posts: holding, whole }: Asked): Standing {
  const step = Math.max(1, Math.ceil(holding.length / mostRead))
  const read = holding.filter((_, at) => at % step === 0)
  const counts = { whole: 0, other: 0, small: 0, alone: 0 }
  const pattern = patternOf(word, isLast)
  for (const post of read) counts[whole.has(post) ? 'whole' : kindOf(posts[post]!.text, pattern)]++
  const ours = whole.size / step + 1
  const known = ours / (ours + counts.other)
  return {
    said: counts.whole / Math.max(1, read.length),
    meant: (counts.whole + known * counts.alone) / Math.max(1, read.length),
    known,
    isUsual: counts.alone > counts.whole,
    isSmall: counts.small > read.length / 2,
  }
}

/** The word, and what stands beside it where only a space or a hyphen lies between. */
function patternOf(word: string, isLast: boolean): RegExp {
  // Bounded and only where a word begins: a post that is one long word takes no longer than another.
  const [begin, end] = ['(?<![\\p{L}\\p{N}_])', '(?![\\p{L}\\p{N}_])']
  const beside = `${begin}([\\p{L}\\p{N}_]{1,40})`
  const own = `${begin}(?<own>${word})${end}`
  return new RegExp(isLast ? `(?:${beside}[ -])?${own}` : `${own}(?:[ -]${beside})?`, 'iu')
}

/** How a text outside the name has the word, where it has it first. */
function kindOf(text: string, pattern: RegExp): 'other' | 'small' | 'alone' {
  const found = pattern.exec(withoutAccents(text.slice(0, longestRead)))
  const own = found?.groups?.own
  if (!found || !own) return 'alone'
  if (/^\p{Ll}/u.test(own)) return 'small'
  const beside = found.slice(1).find((part) => part !== own)
  return beside && isNamelike(beside) ? 'other' : 'alone'
}
