// A story's own words as terms that a query may be made of: names (runs of capitals), words, words that stand together, and
// tags, each with where it was found. Pure, and knows no post: how rare a term is, the look at the kept posts says.
// Everything in a story is hostile: cut before it is read, and no character of it but letters, digits and _ reaches a query.

import { isCommon } from '../commonWords.ts'
import type { StoryText } from '../given.ts'
import {
  isNumber,
  isStop,
  isTitleCase,
  longestName,
  namesIn,
  type StoryWord,
  titleNames,
  unique,
  wordsOf,
} from './names.ts'
import { type From, fieldsOf, leastStem, type Sighting, type StoryTerm, termsOf } from './terms.ts'

const longest = { headline: 300, summary: 1_500, tag: 60 }
const mostTags = 20

export interface Story {
  headline: string
  /** The headline, cut between two words. */
  name: string
  /** All of it, as one text that a query may match. */
  text: string
  terms: StoryTerm[]
  /** Names and tags as they are written, in order. */
  names: string[]
  tags: string[]
}

export function readStory({ headline, summary, tags }: StoryText): Story {
  const title = clean(headline, longest.headline)
  const body = clean(summary, longest.summary)
  const labels = tags.slice(0, mostTags).map((tag) => splitTag(clean(tag, longest.tag)))
  const words = { headline: wordsOf(title), summary: wordsOf(body) }
  const inBody = namesIn(words.summary)
  const inHead = isTitleCase(words.headline) ? titleNames(words.headline, inBody) : namesIn(words.headline)
  const inTags = labels.flatMap(({ spaced, joined }) =>
    (joined.includes(' ') ? isNamed(spaced) : isSubject(spaced, title, body)) ? [spaced] : [],
  )
  // A tag tells where a name begins behind a title: Amateur Ada Quell.
  const shorter = (name: string) => inTags.find((tag) => tag.includes(' ') && name.endsWith(` ${tag}`)) ?? name
  const inTitle = unique(inHead.map(shorter))
  const names = unique([...inTitle, ...inTags, ...inBody])
  const sightings: Sighting[] = [
    ...seen('headline', words.headline, { names: inTitle, known: names }),
    ...labels.flatMap((label) => tagSightings(label, names)),
    ...seen('summary', words.summary, { names: inBody, known: names }),
  ]
  const text = [title, ...labels.flatMap(({ spaced, joined }) => [spaced, joined]), body].join('\n')
  return {
    headline: title,
    name: nameOf(title),
    text,
    terms: termsOf(sightings, fieldsOf({ title, body, labels })),
    names,
    tags: labels.map(({ spaced }) => spaced),
  }
}

/** Without links, marks of direction and what is no character; cut before anything looks at it. */
function clean(text: string, most: number): string {
  const plain = text
    .slice(0, 4 * most)
    .normalize('NFC')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\p{Cc}]/gu, ' ')
    .replace(/https?:\/\/\S+/giu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return Array.from(plain).slice(0, most).join('')
}

/** "#PrimeDay" and "prime_day" are read as "Prime Day", and looked for as they stand too. */
function splitTag(tag: string): { spaced: string; joined: string } {
  const joined = tag.replace(/^[#＃]+/, '')
  if (joined.includes(' ')) return { spaced: joined, joined }
  const spaced = joined
    .replace(/_+/g, ' ')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
  return { spaced, joined }
}

/** Scripts without capitals need fewer letters for a word. */
const isLongEnough = (text: string) => Array.from(text).length >= (/\p{Script=Latin}/u.test(text) ? 3 : 2)
const isContent = (word: StoryWord) => !isStop(word) && isLongEnough(word.text) && !isNumber(word.text)

/** A tag of one word that the headline has, and that the story never writes without its capital. */
function isSubject(tag: string, title: string, body: string): boolean {
  const [word, ...others] = wordsOf(tag)
  if (!word?.isCapital || others.length > 0 || isStop(word)) return false
  const stem = word.text.toLowerCase().slice(0, Math.max(leastStem - 1, word.text.length - 2))
  const texts = wordsOf(`${title}. ${body}`).map(({ text }) => text)
  return wordsOf(title).some(({ text }) => text === word.text) && !texts.some((text) => text.startsWith(stem))
}

/** A tag of several words with a capital each. */
const isNamed = (tag: string) => {
  const words = wordsOf(tag)
  const isCapital = (word: StoryWord) => word.isCapital || isNumber(word.text)
  return words.length > 1 && words.length <= longestName && words.every(isCapital) && !words.every(isStop)
}

function seen(from: From, words: StoryWord[], { names, known }: { names: string[]; known: string[] }): Sighting[] {
  const named = new Set(known.flatMap((name) => name.toLowerCase().split(' ')))
  const whole = new Set(known.map((name) => name.toLowerCase()))
  const found = new Set(names.flatMap((name) => name.toLowerCase().split(' ')))
  const plain = words.flatMap((word): Sighting[] => {
    const lower = word.text.toLowerCase()
    if (!isContent(word) || found.has(lower)) return []
    // A name that stands alone here, or first in its sentence, and is known from elsewhere.
    const kind = whole.has(lower) ? 'name' : named.has(lower) ? 'part' : 'word'
    return [{ kind, from, text: word.text, isAlone: from === 'headline' }]
  })
  const pairs = words.flatMap((word, at) => {
    const next = words[at + 1]
    return from !== 'summary' && next?.follows && isContent(word) && isContent(next)
      ? [`${word.text} ${next.text}`]
      : []
  })
  return [
    ...names.flatMap((text) => nameSightings(from, text)),
    ...plain,
    ...pairs.map((text) => ({ kind: 'phrase', from, text }) as const),
  ]
}

/** A name, its words, and as a hashtag has it. */
function nameSightings(from: From, text: string): Sighting[] {
  const words = text.split(' ')
  const parts = words.length > 1 ? words.filter((word) => word.length > 2 && !isNumber(word) && !isCommon(word)) : []
  const joined = words.length > 1 ? [words.join('')] : []
  return [
    { kind: 'name', from, text, isAlone: from === 'headline' },
    ...joined.map((one) => ({ kind: 'name', from, text: one, as: text }) as const),
    ...parts.map((text) => ({ kind: 'part', from, text }) as const),
  ]
}

function tagSightings({ spaced, joined }: { spaced: string; joined: string }, names: string[]): Sighting[] {
  const words = wordsOf(spaced)
  if (words.length > longestName || words.every(isStop)) return []
  const text = words.map(({ text }) => text).join(' ')
  if (names.some((name) => name.toLowerCase() === text.toLowerCase())) return nameSightings('tag', text)
  const named = new Set(names.flatMap((name) => name.toLowerCase().split(' ')))
  const kindOf = (text: string) => (named.has(text.toLowerCase()) ? 'part' : 'word')
  const plain = words.filter(isContent).map(({ text }): Sighting => ({ kind: kindOf(text), from: 'tag', text }))
  if (words.length === 1) return plain
  const whole = [text, wordsOf(joined).length === 1 ? joined : words.map(({ text }) => text).join('')]
  return [...whole.map((one) => ({ kind: 'phrase', from: 'tag', text: one, as: text }) as const), ...plain]
}

/** The headline itself, cut between two words. */
function nameOf(text: string): string {
  if (text.length <= 80) return text
  return `${text
    .slice(0, 80)
    .replace(/\s+\S*$/u, '')
    .replace(/[\ud800-\udbff]$/, '')} …`
}
