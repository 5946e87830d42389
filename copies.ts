// What counts as a copy of a text: exactly (`copyKey`, written with every score) and nearly (`nearCopies`, asked of the
// texts of a window: other hashtags or emoji, a name or a number changed, a sentence put behind).
// Pure, and bounded: a text longer than any post is judged by its beginning. Must never throw on text.
// It tells texts apart, never people: no author goes into it. A changed name makes no other text; a "not" does.
import { hash } from 'node:crypto'
import { leastAuthors } from './estimate.ts'
import { join, type Wording, wordingOf, wordsIn } from './wording.ts'

const longestText = 10_000
const link = /(?:https?:\/\/|www\.)\S+/giu
// Handles (Bluesky, X, Mastodon), but not the @ inside a mail address.
const handle = /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_]+(?:[.\-@][\p{L}\p{N}_]+)*/gu
// A mark on no letter (the one that colours an emoji) is no word either.
const notWords = /(?:[^\p{L}\p{N}\p{M}]+\p{M}*)+|^\p{M}+/gu
// "don't" and "dont" are one word to whoever retypes a text.
const apostrophes = /(?<=\p{L})['\u2018\u2019\u02bc](?=\p{L})/gu

/** The words of a text, lower case, one space between: no links, mentions, `#`, emoji or punctuation. */
export function foldCopy(text: string): string {
  return text
    .slice(0, longestText)
    .normalize('NFKC')
    .replace(link, ' ')
    .replace(handle, ' ')
    .toLowerCase()
    .replace(apostrophes, '')
    .replace(notWords, ' ')
    .trim()
}

/** The fingerprint that copies of one text share. A text without words (emoji, a bare link) is its own text. */
export function copyKey(text: string, folded = foldCopy(text)): string {
  return hash('sha256', folded === '' ? bare(text) : folded, 'hex').slice(0, 32)
}

const bare = (text: string) => `\0${text.slice(0, longestText).trim()}`

// ---------------------------------------------------------------- near-copies

/** Near-copies are judged by this much of a text, in UTF-16 units; who reads texts for it need not read more. */
export const longestCompared = 1_000
/** Below this many words what many people say alike is a phrase ("I agree with you"), and no campaign. */
const phraseWords = 5

/**
 * A cluster number for each text, the same for exact and near-copies; numbered by first appearance. Every text of a
 * cluster was compared with its most typical wording, never only with another variant: no chain of small changes joins
 * two messages. The grouping depends on which texts are there, not on their order or number.
 */
export function nearCopies(texts: readonly string[]): Int32Array {
  const wordings: Wording[] = []
  const known = new Map<string, number>()
  const own = Int32Array.from(texts, (whole) => {
    const text = whole.slice(0, longestCompared)
    const folded = foldCopy(text)
    const key = folded === '' ? bare(text) : folded
    const nr = known.get(key) ?? known.size
    if (nr === known.size) known.set(key, nr)
    // Of texts that differ in marks alone, one and always the same one says where its hashtags stand.
    const core = coreOf(text, folded)
    const before = wordings[nr]
    if (!before || core < before.core) wordings[nr] = wordingOf(core)
    return nr
  })
  const leaders = join(wordings)
  const numbers = new Map<number, number>()
  return own.map((nr) => {
    const leader = leaders[nr]!
    const number = numbers.get(leader) ?? numbers.size
    numbers.set(leader, number)
    return number
  })
}

/** So many posts, or such a share of those of a window, by k accounts. */
const leastPosts = 20
const leastShare = 0.02

/** Whether copies of one text are a campaign; `of`: posts of the window. */
export const isCampaign = ({ posts, authors, of }: { posts: number; authors: number; of: number }): boolean =>
  authors >= leastAuthors && (posts >= leastPosts || posts >= leastShare * of)

/** Whether a text is too short for its copies to be a campaign. */
export const isPhrase = (text: string): boolean => wordsIn(coreOf(text)).length < phraseWords

const outer = /^[^\p{L}\p{N}]*$|^[^\p{L}\p{N}#＃@]*[#＃@]|^\P{L}*(?:https?:\/\/|www\.)/iu

/** A text's words without the hashtags before and behind it, which copies vary; with them where it has no others. */
export function coreOf(text: string, folded = foldCopy(text)): string {
  if (!text.includes('#') && !text.includes('＃')) return folded
  const words = text.slice(0, longestText).split(/\s+/u)
  let from = 0
  let to = words.length
  while (to > 0 && outer.test(words[to - 1]!)) to--
  while (from < to && outer.test(words[from]!)) from++
  return (to < words.length || from > 0 ? foldCopy(words.slice(from, to).join(' ')) : folded) || folded
}
