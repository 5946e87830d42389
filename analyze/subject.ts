// Who or what a story is about: the term that leads its query, with its other spellings. By what the story does with it (a whole
// name, said again in tags and summary, an early tag) and by how many accounts post it. Pure; a guess, shown to a person. Must
// never let a country stand for a story. `points` were fitted on headlines judged by hand (docs/stories.md says how).
import { type Look, newTally } from './look.ts'
import { isCountry } from './places.ts'
import { standingOf } from './standing.ts'
import { isKin } from './terms.ts'
import { type Evidence, leastRarity, overlap, rarity, trust, type Weighed } from './weigh.ts'

export interface Subject {
  lead: number
  /** It may stand alone; else only in pairs. */
  isSole: boolean
  /** The lead, its other spellings, and the words of its name that say as much. */
  same: Set<number>
}

/** In voices: what fewer say leads nowhere. A word needs more, for it is said of many things: as many as a paragraph needs. */
const leastVoices = { word: 30, other: 5 }
/** A term that is trusted less does not stand alone. */
const leastTrust = 0.65
/** Terms lighter than this share of what chance brings together are no company. */
const leastWeight = 0.6
/** Of a term's posts, the share with more of the story, for a word that leads to stand alone; and for whatever else. */
export const leastCompany = { lead: 0.15, other: 0.75 }
/** Of the posts with the last word of a name, the share that says the name; with a word that is said oftener, the share that means it. */
const [leastSaid, leastMeant] = [0.9, 0.8]
/** Of the names that have a word which the headline has alone, the share that is this one. */
const leastKnown = 0.5
/**
 * What each speaks for, in nats of voices: several words; each place that says again what the headline says; the first tag
 * (the second is worth half, the third a third); and what speaks against: that it may stand in pairs only.
 */
const points = { several: 1.8, place: 1.7, tag: 2, pair: -2.3 }
/** More voices only tell that a thing is wide. */
const mostVoices = 100

interface Known {
  look: Look
  terms: Weighed[]
  held: Map<number, Evidence>
}

interface Knowing extends Known {
  company: number[]
  tally: ReturnType<typeof newTally>
}

interface Candidate extends Subject {
  rank: number
}

export function subjectOf(known: Known): Subject | undefined {
  const knowing = { ...known, company: companyOf(known), tally: newTally(known.look) }
  const candidates = [...known.terms.keys()].flatMap((at) => candidateOf(knowing, at))
  return candidates.reduce((a, b) => (b.rank > a.rank ? b : a), candidates[0]!)
}

/** What the headline says, or a tag of several words; of a longer name in the headline only the whole. */
function candidateOf(known: Knowing, lead: number): Candidate[] {
  const { terms, tally } = known
  const { kind, words, from, isInHeadline, isAlone } = terms[lead]!
  const mayLead = kind === 'part' ? isAlone : isInHeadline || (from === 'tag' && words.length > 1)
  if (kind === 'mark' || !mayLead) return []
  const same = spellingsOf(known, lead)
  const posts = [...new Set([...same].flatMap((at) => terms[at]!.posts))]
  tally.begin()
  const voices = posts.filter((post) => tally.isNew(post)).length
  if (voices < leastVoices[kind === 'word' ? 'word' : 'other']) return []
  const isSole = mayStand(known, lead, posts.length)
  const said = saidOf(
    terms[lead]!,
    [...same].map((at) => terms[at]!),
  )
  return [{ lead, same, isSole, rank: Math.log(Math.min(voices, mostVoices)) + said + (isSole ? 0 : points.pair) }]
}

/** What the story itself tells, in points. */
function saidOf({ words }: Weighed, same: Weighed[]): number {
  // A tag written as one word (#SummerSlam) is cut in several, and is none where the headline has it in one.
  const isOne = same.some(({ words: [word], isAlone }) => isAlone && word === words.join(''))
  const places = Math.max(...same.map(({ places, isInHeadline }) => (isInHeadline ? places - 1 : 0)))
  const tag = Math.min(...same.map(({ tag }) => (tag < 0 ? Number.POSITIVE_INFINITY : tag)))
  return (words.length > 1 && !isOne ? points.several : 0) + points.place * places + points.tag / (1 + tag)
}

/** Its other spellings, and the words of a name that say as much as the whole. */
function spellingsOf({ look, terms }: Known, lead: number): Set<number> {
  const name = terms[lead]!
  const own = [...terms.keys()].filter((at) => terms[at]!.kind !== 'mark')
  const spelled = own.filter((at) => isSame(terms[at]!, name))
  if (name.kind !== 'name' || name.words.length === 1) return new Set(spelled)
  const whole = new Set(spelled.flatMap((at) => terms[at]!.posts))
  const standing = (isLast: boolean): number[] => {
    const word = name.words.at(isLast ? -1 : 0)!
    const at = own.find((at) => terms[at]!.words.length === 1 && terms[at]!.words[0] === word)
    if (at === undefined || terms[at]!.kind === 'word') return []
    const { posts, isAlone } = terms[at]!
    const { said, meant, known, isUsual, isSmall } = standingOf(look, { word, isLast, posts, whole })
    const isKnown = isAlone && known >= leastKnown && !isSmall
    const isMeant = isUsual && meant >= leastMeant && posts.length >= leastVoices.word
    return isKnown || isMeant || (isLast && said >= leastSaid) ? [at] : []
  }
  return new Set([...spelled, ...standing(true), ...standing(false)])
}

function mayStand({ look, terms, company: companies }: Knowing, lead: number, posts: number): boolean {
  const company = companies[lead]!
  const { kind, words, weight, centrality, isInHeadline, places } = terms[lead]!
  if (isCountry(words.join(' '))) return false
  if (company >= leastCompany.other) return true
  const isSure = words.length > 1 || (kind === 'name' && isInHeadline && places > 1) || company >= leastCompany.lead
  const border = leastRarity(look)
  return isSure && trust(weight, border) >= leastTrust && rarity(look, posts, 0.001) * centrality >= border
}

/** Another spelling: in one word as hashtags have it, or another form of a word. */
function isSame(one: Weighed, other: Weighed): boolean {
  const isPlain = ({ kind }: Weighed) => kind === 'word' || kind === 'name'
  if (one === other || (isPlain(one) && isPlain(other) && isKin(one, other))) return true
  const [short, long] = [one, other].map(({ words }) => words.join('')).sort((a, b) => a.length - b.length) as [
    string,
    string,
  ]
  const isPart = [one, other].some(({ words }) => words.length > 1 && words.includes(short))
  return one.words.length !== other.words.length && !isPart && long.startsWith(short) && long.length - short.length < 2
}

/** Which share of the posts of each term holds another term of the story that tells something. */
export function companyOf({ look, terms, held }: Known): number[] {
  const least = leastWeight * leastRarity(look)
  return terms.map((one, at) => {
    // Its own name is no company: who says Quent says Marisol.
    const names = terms.filter(({ kind, words }) => kind === 'name' && one.words.some((word) => words.includes(word)))
    const isOwn = (other: Weighed) => overlap(one, other) || names.some((name) => overlap(name, other))
    const others = terms.map((other, nr) => nr !== at && other.weight >= least && !isOwn(other))
    const has = (post: number) => held.get(post)?.terms.some((term) => others[term])
    return one.posts.filter(has).length / (one.posts.length + 2) // of few posts little is known
  })
}
