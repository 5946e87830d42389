// Sightings of names, words and tags in a story, made into terms that a query may have: every spelling that people use, each as
// central as the places where it stands. Pure; a term always parses, whatever letters it is made of.

import { isCommon } from '../commonWords.ts'
import type { ProposedTerm } from '../given.ts'
import { foldText } from './letters.ts'
import { wordsOf } from './names.ts'
import { isCountry } from './places.ts'
import { parseQuery, type Query } from './query.ts'

/** Longer ones are no words. */
const longestTerm = 60
const mostTerms = 40
export const leastStem = 5
const kinLetters = { word: 6, tag: 4 }
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
  isInHeadline: boolean
  /** In how many of headline, tags and summary it stands. */
  places: number
  /** The headline has it by itself, not in a longer name only. */
  isAlone: boolean
  /** Which of the tags has it, or is had by it, the first being 0; else -1. */
  tag: number
  /** Forms of one word are a family. */
  family: string
  /** Its folded words, by which terms overlap. */
  words: string[]
}

export type From = StoryTerm['from']
/** `as`: how it stands in the story, where the text is another spelling of that. */
export type Sighting = Pick<StoryTerm, 'kind' | 'from'> & { text: string; as?: string; isAlone?: boolean }

export type Fields = Record<From, string>

/** Folded, a space between words and at both ends. */
export function fieldsOf({
  title,
  body,
  labels,
}: {
  title: string
  body: string
  labels: { spaced: string }[]
}): Fields {
  const spaced = (text: string) =>
    ` ${foldText(
      wordsOf(text)
        .map(({ text }) => text)
        .join(' '),
    )} `
  return { headline: spaced(title), tag: labels.map(({ spaced: tag }) => spaced(tag)).join('|'), summary: spaced(body) }
}

type Found = Map<string, Omit<StoryTerm, 'places'> & { places: Set<From> }>

/** One term for each spelling, as central as the places where it, or for a name one of its words, stands. */
export function termsOf(sightings: Sighting[], fields: Fields): StoryTerm[] {
  const terms: Found = new Map()
  const tags = fields.tag.split('|')
  for (const sighting of sightings) add(terms, sighting, placesOf(sighting, fields))
  for (const [key, one] of terms) {
    for (const other of terms.values()) {
      if (isPlain(one) && isPlain(other) && isKin(one, other)) for (const place of other.places) one.places.add(place)
      if (isForm(one, other)) terms.delete(key)
    }
  }
  return [...terms.values()].map(({ places, ...term }) => {
    const isInHeadline = places.has('headline')
    const centrality = [...places].reduce((sum, place) => sum + centralityOf[place], 0)
    return { ...term, centrality, isInHeadline, places: places.size, tag: tagOf(term, tags) }
  })
}

function placesOf({ kind, from, text, as = text }: Sighting, fields: Fields): From[] {
  const parts = as.split(' ').filter((word) => !isCommon(word))
  const said =
    kind === 'name'
      ? parts
      : kind === 'phrase' && from === 'tag'
        ? parts.filter((word) => !isCountry(word.toLowerCase()))
        : []
  const stands = (place: From) => [as, ...said].some((words) => fields[place].includes(` ${foldText(words)} `))
  return (Object.keys(fields) as From[]).filter((place) => place === from || stands(place))
}

function tagOf({ words, kind }: Pick<StoryTerm, 'words' | 'kind'>, tags: string[]): number {
  const own = ` ${words.join(' ')}`
  return tags.findIndex((tag) => tag.includes(own) || (kind === 'name' && tag.trim() !== '' && `${own} `.includes(tag)))
}

function add(terms: Found, { kind, from, text, isAlone = false }: Sighting, places: From[]): void {
  const spellings = spellingsOf(text, kind)
  const family = foldText(spellings[0]!)
  for (const spelling of spellings) {
    const words = foldText(spelling.replaceAll('"', '').replace('*', '')).split(' ').filter(Boolean)
    const key = words.join(' ')
    if (key === '' || spelling.length > longestTerm) continue // invisible letters; a word without end
    const known = terms.get(key)
    if (!known && terms.size >= mostTerms) continue
    const unknown = { centrality: 0, isInHeadline: false, isAlone: false, tag: -1, places: new Set<From>() }
    const term = known ?? { term: spelling, query: parseQuery(spelling), kind, from, family, words, ...unknown }
    for (const place of places) term.places.add(place)
    term.isAlone ||= isAlone
    terms.set(key, term)
  }
}

/** Feminism and feminist: what is said by one is said by the other. */
export function isKin(one: Kin, other: Kin): boolean {
  const ofTag = one.from !== other.from && (one.from === 'tag' || other.from === 'tag')
  const letters = ofTag ? kinLetters.tag : kinLetters.word
  const [a = '', b = ''] = [one.words[0], other.words[0]]
  return (
    one.words.length === 1 &&
    other.words.length === 1 &&
    a.length >= letters &&
    b.length >= letters &&
    a.slice(0, letters) === b.slice(0, letters)
  )
}
type Kin = Pick<StoryTerm, 'words'> & { from: ProposedTerm['from'] }

const isPlain = ({ kind, words }: Pick<StoryTerm, 'kind' | 'words'>) =>
  words.length === 1 && (kind === 'word' || kind === 'name')

type Spelled = Pick<StoryTerm, 'kind' | 'words' | 'term'>
/** A whole word that a stem has too. */
const isForm = (one: Spelled, stem: Spelled) =>
  one !== stem &&
  [one, stem].every(({ kind }) => kind === 'word') &&
  stem.term.endsWith('*') &&
  one.words[0]!.startsWith(stem.words[0]!)

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
