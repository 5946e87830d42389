// The phrases that several people write: runs of one to three words as they stand in posts, each counted by authors.
// Pure, linear in the text whatever it holds. Text is hostile: a phrase is letters, digits, spaces, hyphens, apostrophes.
import { leastAuthors } from '../estimate.ts'
import { atOnce, inTurn, type Steps } from '../steps.ts'
import {
  auxiliaries,
  copulas,
  determiners,
  isBare,
  isVerb,
  isWide,
  possessives,
  prepositions,
  subjects,
} from './ordinary.ts'

export interface Phrase {
  /** Its words without case and plural, one space between: what its spellings share. */
  key: string
  words: string[]
  /** Posts that write it, by index, ascending. */
  rows: number[]
  authors: number
  /** How surely its last word is a noun, 0..1, by what stands around it in these posts. */
  noun: number
}

/** Names a subject on its own, as far as words can tell. */
interface Judges {
  noun: (word: string) => number
  isTopic: (word: string) => boolean
}

/** A word where it stands. */
export interface Unit {
  key: string
  /** As written. */
  text: string
  /** The space or hyphen between it and the unit before; '' where a run begins. */
  joint: string
  tag: boolean
}

const longestPhrase = 40
const outside = /https?:\S+|www\.\S+|@[\p{L}\p{N}_.:-]+|&#?\w+;/gu
const word = /(#?)([\p{L}\p{N}_]+(?:'[\p{L}\p{N}_]+)*)/gu
// The same for most texts, in a quarter of the time.
const plainWord = /(#?)(\w+(?:'\w+)*)/g
const camel = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+/gu

/** The words of a text. Links, mentions and everything between words break a run. `keys`: kept from text to text. */
export function unitsOf(text: string, keys = new Map<string, string>()): Unit[] {
  const straight = text.replaceAll('’', "'")
  const bare = /[@&]|https?:|www\./.test(straight) ? straight.replace(outside, ' . ') : straight
  const units: Unit[] = []
  let end = -1
  for (const found of bare.matchAll(/[^\0-\x7f]/.test(bare) ? word : plainWord)) {
    const [whole, tag, written] = found as unknown as [string, string, string]
    const gap = bare.slice(end, found.index)
    const joint = gap === ' ' || gap === '-' ? gap : ''
    const key = keys.get(whole) ?? (tag ? tagKey(written) : keyOf(owner(written)))
    keys.set(whole, key)
    units.push({ key, text: written, joint, tag: tag !== '' })
    end = found.index + whole.length
  }
  return units
}

/** Without the possessive. */
export const owner = (written: string): string => written.replace(/'s$/i, '')

/** "#PrisonerSwap" is "prisoner swap". */
const tagKey = (tag: string): string => (tag.match(camel) ?? [tag]).map(keyOf).join(' ')

const irregular = new Map([
  ['women', 'woman'],
  ['men', 'man'],
  ['children', 'child'],
  ['lives', 'life'],
])

/** Lower case, singular. "rights" stays, as "right" is another word. */
export function keyOf(written: string): string {
  const lower = written.toLowerCase()
  const odd = irregular.get(lower)
  if (odd) return odd
  if (lower.length < 4 || !/[a-z]s$/.test(lower) || /(?:ss|us|is)$/.test(lower) || isPlain(lower)) return lower
  const single =
    lower.endsWith('ies') && lower.length > 4 ? `${lower.slice(0, -3)}y` : lower.replace(/(?<=[cs]h|x|ss|zz)es$|s$/, '')
  return isPlain(single) ? lower : single
}

const isPlain = (lower: string) => isBare(lower) || isWide(lower)

/** Posts as the words in them. */
export interface Text {
  author: number
  units: Unit[]
}

/** That are looked at in one step. */
const fewTexts = 1_000

interface Counted {
  rows: number[]
  authors: number
  last: number
}

/** The phrases that at least k authors of these texts write and that may name a subject. `isTopic`: says nothing new here. */
export const phrasesOf = (texts: Text[], isTopic: (key: string) => boolean): Phrase[] =>
  atOnce(phrasesIn(texts, isTopic))

export function* phrasesIn(texts: Text[], isTopic: (key: string) => boolean): Steps<Phrase[]> {
  const order = texts.map((_, row) => row).sort((a, b) => texts[a]!.author - texts[b]!.author || a - b)
  const singles = yield* count(texts, order, ({ units }, add) => {
    for (const { key } of units) if (!key.includes(' ')) add(key)
  })
  const known = (key: string) => singles.has(key)
  const runs = yield* count(texts, order, ({ units }, add) => {
    for (const { key } of units) if (key.includes(' ')) add(key)
    for (let at = 1; at < units.length; at++) {
      const [first, second, third] = [units[at - 1]!, units[at]!, units[at + 1]]
      if (!second.joint || second.tag || !known(first.key) || !known(second.key) || isBare(first.key)) continue
      const two = `${first.key} ${second.key}`
      if (!isBare(second.key)) add(two)
      if (third?.joint && !third.tag && known(third.key) && !isBare(third.key)) add(`${two} ${third.key}`)
    }
  })
  const nouns = yield* nounsOf(texts, known)
  const all = new Map([...singles, ...runs])
  return [...all].flatMap(([key, { rows, authors }]) => {
    const words = key.split(' ')
    const noun = (one: string) => nouns.get(one) ?? untold
    const fits = key.length <= longestPhrase && words.length <= 3 && isSubject(words, { noun, isTopic })
    return fits ? [{ key, words, rows: rows.sort((a, b) => a - b), authors, noun: noun(words.at(-1)!) }] : []
  })
}

/** What at least k authors write. */
function* count(
  texts: Text[],
  order: number[],
  each: (text: Text, add: (key: string) => void) => void,
): Steps<Map<string, Counted>> {
  const counts = new Map<string, Counted>()
  yield* inTurn(order, fewTexts, (row) => {
    const text = texts[row]!
    each(text, (key) => {
      let one = counts.get(key)
      if (!one) {
        one = { rows: [], authors: 0, last: -1 }
        counts.set(key, one)
      }
      if (one.rows.at(-1) !== row) one.rows.push(row)
      if (one.last !== text.author) one.authors++
      one.last = text.author
    })
  })
  for (const [key, { authors }] of counts) if (authors < leastAuthors) counts.delete(key)
  return counts
}

const leastNoun = 0.55
const surelyNoun = 0.7
/** Of a word that nothing tells. */
const untold = 0.6
const inner = new Set(['of', 'to', 'and', 'for', 'in', 'the', 'a', 'on'])

/** Words that could stand after "they bring up": no verb, no judgement, nothing that the topic's own words say already. */
function isSubject(words: string[], { noun, isTopic }: Judges): boolean {
  const [first, last] = [words[0]!, words.at(-1)!]
  if (isBare(first) || isBare(last) || words.some((one, at) => at && isBare(one) && !inner.has(one))) return false
  if (noun(last) < leastNoun) return false
  // "attending a rally" and "love the rally" are no subjects, "housing costs" and "change of mind" are.
  if (first.endsWith('ing') && noun(first) < 0.65) return false
  if (isVerb(first) && (noun(first) < 0.45 || (words.length === 3 && articles.has(words[1]!)))) return false
  // "tanker ban", "school run": a deed in form, used as a thing.
  const isThing = words.length > 1 && isVerb(last) && noun(last) >= surelyNoun
  if ((isWide(last) && !isThing) || !/\p{L}{2}/u.test(last)) return false
  const own = words.filter((one) => !isTopic(one) && !isBare(one) && !isWide(one) && /\p{L}{2}/u.test(one))
  return own.length > 0 && (words.length > 1 || last.length > 2)
}

interface Tally {
  noun: number
  other: number
  seen: number
  tags: number
}
/** A word seen more often than this as a tag only marks posts ("#auspol"); 0 is no noun. */
const mostTags = 0.8

/** How surely each word is a noun: what stands before and after it tells nouns from verbs and adjectives. */
function* nounsOf(texts: Text[], known: (key: string) => boolean): Steps<Map<string, number>> {
  const tallies = new Map<string, Tally>()
  yield* inTurn(texts, fewTexts, ({ units }) => {
    for (const [at, { key, text, joint, tag }] of units.entries()) {
      if (!known(key) || isBare(key)) continue
      const tally = tallies.get(key) ?? { noun: 1, other: 0.7, seen: 0, tags: 0 }
      tallies.set(key, tally)
      const before = joint ? units[at - 1]!.key : ''
      const next = units[at + 1]
      const lead = before && !isBare(before) && units[at - 1]!.joint ? units[at - 2]!.key : ''
      weigh(tally, { lead, before, after: next?.joint ? next.key : '' })
      if (before && /^\p{Lu}/u.test(text)) tally.noun += 0.5
      tally.seen++
      if (tag) tally.tags++
    }
  })
  const surely = ({ noun, other, seen, tags }: Tally) => (tags > mostTags * seen ? 0 : noun / (noun + other))
  return new Map([...tallies].map(([key, tally]) => [key, surely(tally)]))
}

/** `lead`: the word before the one before, where that is no function word: "the fish market". */
function weigh(tally: Tally, { lead, before, after }: { lead: string; before: string; after: string }): void {
  const ends = after === '' || isBare(after)
  const takesObject = articles.has(after) || possessives.has(after)
  // "the swap", "of swaps", "their swap"; "the swap talks" says less: it may be an adjective.
  if (leads(before)) tally[ends ? 'noun' : 'other'] += ends ? 1 : 0.2
  else if (takesObject) tally.other++
  else if (leads(lead) && ends) tally.noun += 0.7
  if (subjects.has(before) || auxiliaries.has(before)) tally.other++
  if (copulas.has(before)) tally.other += 0.7
  if (copulas.has(after) || after === 'of') tally.noun += 0.7
}

const articles = new Set(['the', 'a', 'an'])
const leads = (word: string) => determiners.has(word) || possessives.has(word) || prepositions.has(word)
