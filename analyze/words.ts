// Where words, hashtags and mentions begin and end in a folded text. The query parser and the matcher share it, so a
// term always means the same on both sides. Pure, linear, allocates only to grow.
import { denseUnit, type Folded, fold, joinUnit, newFolded, separator } from './letters.ts'

const hash = 35
const star = 42
const at = 64
const ampersand = 38
const colon = 58
const slash = 47
const space = 32

/** Ranges of words in units, and where a `#` or `@` may open a name; only the first `count` and `names` count. */
export interface Words {
  starts: Int32Array
  ends: Int32Array
  /** 1: nothing stands between this word and the one before it (scripts without spaces, mixed runs). */
  glued: Uint8Array
  count: number
  sigils: Int32Array
  names: number
}

export const newWords = (): Words => ({
  starts: new Int32Array(256),
  ends: new Int32Array(256),
  glued: new Uint8Array(256),
  count: 0,
  sigils: new Int32Array(64),
  names: 0,
})

export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}

function grow(words: Words): Words {
  words.starts = grown(words.starts)
  words.ends = grown(words.ends)
  const glued = new Uint8Array(words.glued.length * 2)
  glued.set(words.glued)
  words.glued = glued
  return words
}

/**
 * Splits a folded text. A word is a run of letters, digits and `_`; each letter of a script without spaces is a word
 * by itself. `#` and `@` open a name, but not in a link.
 */
export function splitWords(folded: Folded, words: Words): Words {
  const { units, kinds, length } = folded
  let { starts, ends, glued } = words
  let count = 0
  words.names = 0
  let inLink = false
  for (let i = 0; i < length; ) {
    const kind = kinds[i]!
    if (kind === separator) {
      const unit = units[i]!
      if (unit === space) inLink = false
      else if (unit === colon) inLink ||= units[i + 1] === slash && units[i + 2] === slash && i + 2 < length
      else if ((unit === hash || unit === at) && !inLink) addSigil(words, folded, i)
      i++
      continue
    }
    if (count === starts.length) ({ starts, ends, glued } = grow(words))
    starts[count] = i
    glued[count] = i > 0 && kinds[i - 1] !== separator ? 1 : 0
    i++
    if (kind === denseUnit) while (i < length && kinds[i] === joinUnit) i++
    else while (i < length && (kinds[i]! & 1) === 1) i++ // a word or a join unit
    ends[count++] = i
  }
  words.count = count
  return words
}

/** A name opens at the start or after a separator, and not in `&#39;`. */
function addSigil(words: Words, { units, kinds }: Folded, at: number): void {
  if (at > 0 && (kinds[at - 1] !== separator || units[at - 1] === ampersand)) return
  if (words.names === words.sigils.length) words.sigils = grown(words.sigils)
  words.sigils[words.names++] = at
}

/** End of the run of word units from `from`; `from` itself when there is none. */
export function runEnd({ kinds, length }: Folded, from: number): number {
  let end = from
  while (end < length && kinds[end] !== separator) end++
  return end
}

/** End of a mentioned name (alice, alice.bsky.social, alice@example.org): runs joined by single `.`, `-` or `@`. */
export function nameEnd(folded: Folded, from: number): number {
  const { units, kinds, length } = folded
  let end = runEnd(folded, from)
  while (end > from && end + 1 < length && kinds[end + 1] !== separator && isJoint(units[end]!)) {
    end = runEnd(folded, end + 1)
  }
  return end
}

const isJoint = (unit: number): boolean => unit === 46 || unit === 45 || unit === at

/** End of the first label of a name: `alice` of alice.bsky.social. A hyphen is part of a label. */
export function labelEnd({ units }: Folded, from: number, end: number): number {
  for (let i = from; i < end; i++) if (units[i] === 46 || units[i] === at) return i
  return end
}

/** One word of a query term. `text` is folded. */
export interface Word {
  text: string
  prefix: boolean
  /** Must follow the word before it with nothing between. */
  glued: boolean
}

/** The words of a query term; `misplaced`: it holds a `*` that does not end a word. */
export function wordsOf(text: string): { words: Word[]; misplaced: boolean } {
  const folded = fold(text, newFolded())
  const { starts, ends, glued, count } = splitWords(folded, newWords())
  const { units, kinds, length } = folded
  const words: Word[] = []
  let stars = 0
  for (let i = 0; i < length; i++) if (units[i] === star) stars++
  for (let i = 0; i < count; i++) {
    const end = ends[i]!
    const prefix = end < length && units[end] === star
    if (prefix && (end + 1 >= length || kinds[end + 1] === separator)) stars--
    // In a script without spaces a word matches anywhere in a run: the star says nothing more.
    const open = prefix && kinds[starts[i]!] !== denseUnit
    words.push({
      text: String.fromCharCode(...units.subarray(starts[i]!, end)),
      prefix: open,
      glued: glued[i] === 1,
    })
  }
  return { words, misplaced: stars > 0 }
}

/** The name of a `#tag` or `@mention` term, without its sigil; undefined when it is none. */
export function nameOf(text: string, kind: 'tag' | 'mention'): { name: string; prefix: boolean } | undefined {
  const folded = fold(text, newFolded())
  const prefix = folded.length > 0 && folded.units[folded.length - 1] === star
  if (prefix) folded.length--
  const end = kind === 'tag' ? runEnd(folded, 0) : nameEnd(folded, 0)
  if (end === 0 || end < folded.length) return undefined
  return { name: String.fromCharCode(...folded.units.subarray(0, end)), prefix }
}
