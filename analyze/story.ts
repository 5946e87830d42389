// A story's own words as terms that a query may be made of: names (runs of capitals), words, words that stand together, and
// tags, each with where it was found. Pure, and knows no post: how rare a term is, the look at the kept posts says.
// Everything in a story is hostile: cut before it is read, and no character of it but letters, digits and _ reaches a query.
import type { ProposedTerm, StoryText } from '../given.ts'
import { isCommon } from './commonWords.ts'
import { foldText } from './letters.ts'
import { parseQuery, type Query } from './query.ts'

const longest = { headline: 300, summary: 1_500, tag: 60 }
const mostTags = 20
const mostTerms = 40
const longestName = 4
const leastStem = 5
/** How central a term is by where it stands; a term that stands in several places has the sum. */
const centralityOf = { headline: 1, tag: 0.7, summary: 0.4 }

/** part: a word of a name. phrase: words that stand together. */
export type TermKind = 'name' | 'part' | 'phrase' | 'word'

export interface StoryTerm {
  /** As it stands in a query. */
  term: string
  query: Query
  kind: TermKind
  from: Exclude<ProposedTerm['from'], 'posts'>
  centrality: number
  /** Forms of one word are a family. */
  family: string
  /** Its folded words, by which terms overlap. */
  words: string[]
}

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

export interface StoryWord {
  text: string
  isCapital: boolean
  /** Nothing but space and a hyphen lies between it and the word before. */
  follows: boolean
  /** Begins a sentence, and so would have a capital anyway. */
  isFirst: boolean
}

type From = StoryTerm['from']
/** `as`: how it stands in the story, where the text is another spelling of that. */
type Sighting = Pick<StoryTerm, 'kind' | 'from'> & { text: string; as?: string }

export function readStory({ headline, summary, tags }: StoryText): Story {
  const title = clean(headline, longest.headline)
  const body = clean(summary, longest.summary)
  const labels = tags.slice(0, mostTags).map((tag) => splitTag(clean(tag, longest.tag)))
  const words = { headline: wordsOf(title), summary: wordsOf(body) }
  const inBody = namesIn(words.summary)
  const inTitle = isTitleCase(words.headline) ? titleNames(words.headline, inBody) : namesIn(words.headline)
  const inTags = labels.flatMap(({ spaced }) => (isNamed(spaced) ? [spaced] : []))
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
  const spaced = joined
    .replace(/_+/g, ' ')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
  return { spaced, joined }
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
    const base = { isCapital: /^\p{Lu}/u.test(word), follows: /^[ -]$/.test(between), isFirst }
    return piecesOf(word).map((piece, at) => ({ ...base, text: piece, follows: at === 0 && base.follows }))
  })
}

function piecesOf(word: string): string[] {
  if (!dense.test(word)) return [word]
  return [...segmenter.segment(word)]
    .filter(({ isWordLike, segment }) => isWordLike && Array.from(segment).length > 1)
    .map(({ segment }) => segment)
}

const isStop = ({ text }: StoryWord) => isCommon(text) || (/^\p{Script=Latin}$/u.test(text) && text.length < 2)
const isShouted = (text: string) => text.length > 1 && text === text.toUpperCase() && /\p{Lu}/u.test(text)
const isNumber = (text: string) => /^\p{N}+$/u.test(text)

/** Where every word has a capital they tell nothing. */
function isTitleCase(words: StoryWord[]): boolean {
  const long = words.filter(({ text }) => text.length >= 4 && /\p{L}/u.test(text))
  return long.length > 2 && long.filter(({ isCapital }) => isCapital).length > 0.85 * long.length
}

/** Words that are nothing but capitals, unless all are; and what the summary shows to be a name. */
function titleNames(words: StoryWord[], known: string[]): string[] {
  const telling = words.filter((word) => !isStop(word) && /\p{L}/u.test(word.text))
  const shouted = telling.filter(({ text }) => isShouted(text)).map(({ text }) => text)
  const joined = ` ${words.map(({ text }) => text.toLowerCase()).join(' ')} `
  const shown = known.filter((name) => joined.includes(` ${name.toLowerCase()} `))
  return unique([...shown, ...(shouted.length > telling.length / 2 ? [] : shouted)])
}

/** Runs of capitals. A number ends one: Windows 10. */
function namesIn(words: StoryWord[]): string[] {
  const runs: StoryWord[][] = []
  for (const [at, word] of words.entries()) {
    const run = runs.at(-1)
    // A capital within a sentence makes a name of common words too: Prime Day, New York, Serie A.
    const isName = word.isCapital && (!isStop(word) || (!word.isFirst && word.text.length > 1))
    const isNumbered = /^(?:\p{N}{1,2}|[A-HJ-Z])$/u.test(word.text)
    if (run?.length && word.follows && run.length < longestName && (isName || isNumbered)) run.push(word)
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

function unique(texts: string[]): string[] {
  const known = new Map<string, string>()
  for (const text of texts) if (!known.has(text.toLowerCase())) known.set(text.toLowerCase(), text)
  return [...known.values()]
}

/** Scripts without capitals need fewer letters for a word. */
const isLongEnough = (text: string) => Array.from(text).length >= (/\p{Script=Latin}/u.test(text) ? 3 : 2)
const isContent = (word: StoryWord) => !isStop(word) && isLongEnough(word.text) && !isNumber(word.text)

/** A tag of several words with a capital each. */
const isNamed = (tag: string) => {
  const words = wordsOf(tag)
  return words.length > 1 && words.length <= longestName && words.every((word) => word.isCapital || isNumber(word.text))
}

function seen(from: From, words: StoryWord[], { names, known }: { names: string[]; known: string[] }): Sighting[] {
  const named = new Set(known.flatMap((name) => name.toLowerCase().split(' ')))
  const found = new Set(names.flatMap((name) => name.toLowerCase().split(' ')))
  const plain = words.flatMap((word): Sighting[] => {
    const lower = word.text.toLowerCase()
    if (!isContent(word) || found.has(lower)) return []
    // A name that stands alone here, or first in its sentence, and is known from elsewhere.
    return [{ kind: named.has(lower) ? 'part' : 'word', from, text: word.text }]
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
    { kind: 'name', from, text },
    ...joined.map((one) => ({ kind: 'name', from, text: one, as: text }) as const),
    ...parts.map((text) => ({ kind: 'part', from, text }) as const),
  ]
}

function tagSightings({ spaced, joined }: { spaced: string; joined: string }, names: string[]): Sighting[] {
  const words = wordsOf(spaced)
  if (words.length === 0 || words.length > longestName) return []
  const text = words.map(({ text }) => text).join(' ')
  if (names.some((name) => name.toLowerCase() === text.toLowerCase())) return nameSightings('tag', text)
  const named = new Set(names.flatMap((name) => name.toLowerCase().split(' ')))
  const kindOf = (text: string) => (named.has(text.toLowerCase()) ? 'part' : 'word')
  const plain = words.filter(isContent).map(({ text }): Sighting => ({ kind: kindOf(text), from: 'tag', text }))
  if (words.length === 1) return plain
  const whole = [text, wordsOf(joined).length === 1 ? joined : words.map(({ text }) => text).join('')]
  return [...whole.map((one) => ({ kind: 'phrase', from: 'tag', text: one, as: text }) as const), ...plain]
}

type Fields = Record<From, string>

/** Folded, a space between words and at both ends. */
function fieldsOf({ title, body, labels }: { title: string; body: string; labels: { spaced: string }[] }): Fields {
  const spaced = (text: string) =>
    ` ${foldText(
      wordsOf(text)
        .map(({ text }) => text)
        .join(' '),
    )} `
  return { headline: spaced(title), tag: labels.map(({ spaced: tag }) => spaced(tag)).join('|'), summary: spaced(body) }
}

/** One term for each spelling, as central as the places where it stands. */
function termsOf(sightings: Sighting[], fields: Fields): StoryTerm[] {
  const terms = new Map<string, StoryTerm & { places: Set<From> }>()
  for (const { kind, from, text, as = text } of sightings) {
    const spellings = spellingsOf(text, kind)
    const family = foldText(spellings[0]!)
    const stands = ` ${foldText(as)} `
    const places = (Object.keys(fields) as From[]).filter((place) => place === from || fields[place].includes(stands))
    for (const spelling of spellings) {
      const words = foldText(spelling.replaceAll('"', '').replace('*', '')).split(' ').filter(Boolean)
      const key = words.join(' ')
      if (key === '' || spelling.length > longest.tag) continue // invisible letters; a word without end
      const known = terms.get(key)
      if (!known && terms.size >= mostTerms) continue
      const query = known?.query ?? parseQuery(spelling)
      const term = known ?? { term: spelling, query, kind, from, family, centrality: 0, words, places: new Set<From>() }
      for (const place of places) term.places.add(place)
      terms.set(key, term)
    }
  }
  const sum = (places: Set<From>) => [...places].reduce((sum, place) => sum + centralityOf[place], 0)
  return [...terms.values()].map(({ places, ...term }) => ({ ...term, centrality: sum(places) }))
}

function spellingsOf(text: string, kind: TermKind): string[] {
  if (kind === 'name' || kind === 'part') return [quoted(plainOperator(text))]
  const words = text.toLowerCase().split(' ')
  const last = words.at(-1)!
  const before = words.slice(0, -1)
  return (kind === 'phrase' ? formsOf(last).slice(0, 1) : formsOf(last)).map((form) =>
    quoted([...before, form].join(' ')),
  )
}

const quoted = (term: string) => (term.includes(' ') ? `"${term}"` : term)
/** AND, OR and NOT in capitals are operators, and no name. */
const plainOperator = (name: string) => (['AND', 'OR', 'NOT'].includes(name) ? name.toLowerCase() : name)

/** A word without the usual endings of English, so that it matches its other forms; what is short has both numbers. */
function formsOf(word: string): string[] {
  if (!/^[a-z]+$/.test(word)) return [word]
  for (const ending of ['ations?', 'ings?', 'ments?', 'ies', 'es', 'ed', 's', 'y', 'e']) {
    const bare = word.replace(new RegExp(`${ending}$`), '')
    if (bare.length >= leastStem && bare.length < word.length) return [`${bare}*`]
  }
  if (/[^s]s$/.test(word) && word.length > 3) return [word, word.slice(0, -1)]
  return word.length > 2 && !/(?:s|x|y|ch|sh|ed|er|ing)$/.test(word) ? [word, `${word}s`] : [word]
}

/** The headline itself, cut between two words. */
function nameOf(text: string): string {
  if (text.length <= 80) return text
  return `${text
    .slice(0, 80)
    .replace(/\s+\S*$/u, '')
    .replace(/[\ud800-\udbff]$/, '')} …`
}
