// Who or what a story is about: the term that leads its query, with its other spellings. A whole name of several words leads
// before a frequent word that many other stories have too. Pure; a guess from the story and from which posts hold what, shown to
// a person. Must never let a country stand for a story.
import type { Look } from './look.ts'
import { isCountry } from './places.ts'
import { isKin } from './terms.ts'
import { type Evidence, leastRarity, overlap, trust, type Weighed } from './weigh.ts'

export interface Subject {
  lead: number
  /** It may stand alone; else only in pairs. */
  isSole: boolean
  /** The lead, its other spellings and, where it stands alone, the last part of its name if that is seldom said of another. */
  same: Set<number>
  /** Words of names and phrases that the lead is a word of as well. */
  beside: Set<number>
}

/** In posts of the look: what fewer hold leads nowhere. A word needs more, for it is said of many things. */
const leastPosts = { word: 20, other: 5 }
/** A term that is trusted less does not stand alone. */
const leastTrust = 0.65
/** Terms lighter than this share of what chance brings together are no company. */
const leastWeight = 0.6
/** Of the posts of a term, the share with more of the story: for a word to stand alone where it leads, and for whatever else. */
export const leastCompany = { lead: 0.15, other: 0.75 }
/** The last part of a name stands alone where so much of its posts hold the whole. */
const leastWhole = 0.9
/** A frequent term before a rare one, by a little: its posts to this power. */
const breadth = 0.14
/** What one word is against several; what is said once, or stands in pairs only, against what is repeated, or stands alone. */
const [ofOneWord, ofOnce, ofPair] = [0.85, 0.6, 0.7]

interface Known {
  look: Look
  terms: Weighed[]
  held: Map<number, Evidence>
}

export function subjectOf(known: Known, company: number[]): Subject | undefined {
  const { terms } = known
  const ranks = terms.map((_, at) => rankOf(known, at, company[at]!))
  const most = Math.max(0, ...ranks)
  if (most === 0) return undefined
  const lead = ranks.indexOf(most)
  const name = terms[lead]!
  const isSole = mayStand(known, lead, company[lead]!)
  const indices = [...terms.keys()].filter((at) => terms[at]!.kind !== 'mark')
  const spelled = indices.filter((at) => isSame(terms[at]!, name))
  const posts = new Set(spelled.flatMap((at) => terms[at]!.posts))
  const isMeant = (at: number) => {
    const { words, posts: own } = terms[at]!
    const isLast = isSole && words.length === 1 && words[0] === name.words.at(-1)
    return isLast && own.filter((post) => posts.has(post)).length >= leastWhole * own.length
  }
  const same = new Set([...spelled, ...indices.filter(isMeant)])
  return { lead, isSole, same, beside: new Set(indices.filter((at) => isBeside(terms, terms[at]!, name))) }
}

/** The heaviest: what the headline says, repeated, whole; a tag of several words where the headline has nothing such. */
function rankOf(known: Known, at: number, company: number): number {
  const { kind, words, posts, from, weight, isInHeadline, isRepeated } = known.terms[at]!
  const mayLead = isInHeadline || (from === 'tag' && words.length > 1)
  if (kind === 'mark' || !mayLead || posts.length < leastPosts[kind === 'word' ? 'word' : 'other']) return 0
  const said = (isRepeated ? 1 : ofOnce) * (mayStand(known, at, company) ? 1 : ofPair)
  return weight * (words.length > 1 ? 1 : ofOneWord) * said * posts.length ** breadth
}

function mayStand({ look, terms }: Known, at: number, company: number): boolean {
  const { kind, words, weight, isRepeated } = terms[at]!
  if (isCountry(words.join(' '))) return false
  const isSure = words.length > 1 || (kind === 'name' && isRepeated) || company >= leastCompany.lead
  return company >= leastCompany.other || (isSure && trust(weight, leastRarity(look)) >= leastTrust)
}

/** Another spelling: in one word as hashtags have it, or another form of a word. */
function isSame(one: Weighed, other: Weighed): boolean {
  if (one === other || (one.kind !== 'part' && isKin(one, other))) return true
  const [short, long] = [one, other].map(({ words }) => words.join('')).sort((a, b) => a.length - b.length) as [
    string,
    string,
  ]
  const isPart = [one, other].some(({ words }) => words.length > 1 && words.includes(short))
  return one.words.length !== other.words.length && !isPart && long.startsWith(short) && long.length - short.length < 2
}

/** Phone, where mobile leads and a tag is “mobile phones”. */
const isBeside = (terms: Weighed[], one: Weighed, other: Weighed) =>
  one.words.length === 1 &&
  terms.some(
    ({ words }) =>
      words.length > 1 && [one, other].every((part) => words.some((word) => word.startsWith(part.words[0]!))),
  )

/** Which share of the posts of each term holds another term of the story that tells something. */
export function companyOf({ look, terms, held }: Known): number[] {
  const least = leastWeight * leastRarity(look)
  return terms.map((one, at) => {
    const others = terms.map((other, nr) => nr !== at && other.weight >= least && !overlap(one, other))
    const has = (post: number) => held.get(post)?.terms.some((term) => others[term])
    return one.posts.filter(has).length / (one.posts.length + 2) // of few posts little is known
  })
}
