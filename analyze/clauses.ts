// Which posts a story's query may match: those with one term that is telling by itself, or with two that are telling
// together. A clause is such a term or pair, with how far its terms alone make it trusted; choosing.ts takes the good ones.
// Pure. The numbers here and there were set on headlines judged by hand: change one, and run `npm run eval -- stories`.
import type { Look } from './look.ts'
import type { Test } from './marks.ts'
import { isKin } from './terms.ts'
import { type Evidence, isLong, leastRarity, overlap, rarity, type Weighed } from './weigh.ts'

export interface Clause {
  /** The term that the story is most about. */
  isLead?: boolean
  /** A word, and no name, that stands alone and does not lead: the test may speak against it only. */
  isLone?: boolean
  /** One term or two, by index. */
  terms: number[]
  posts: number[]
  /** Share of its posts that is about the story, as far as its terms tell. */
  prior: number
}

/** Less evidence than this share of what chance brings together makes no clause, whatever the test says. */
const leastEvidence = 0.65
/** A word from the posts tells only where so much of what it brings is found by the story's own words. */
const leastWithin = 0.5
/** Of the leading term: what it needs to be one, and what it is worth then. */
const [leastLead, leastOfLead] = [0.55, 0.7]
/** A term keeps company where so much of its posts holds another one of this weight. */
const [leastCompany, leastWhole, leastWeight] = [0.35, 0.6, 4]
/** Of the posts of a pair without the leading term, this share must hold it. */
const leastLed = 0.25
/** Terms of pairs are this central: what stands in the summary alone is not. */
const leastCentral = 0.5
/** What a pair loses all of whose posts are long. */
const longLoss = 0.6
const leastPhrase = { posts: 5, share: 0.05 }
/** In log-odds: what a term loses that is seldom seen with others of the story. */
const aloneLoss = 2

export interface Choosing {
  look: Look
  terms: Weighed[]
  held: Map<number, Evidence>
  test: Test
  /** Posts of an earlier, narrower choice. */
  found?: Set<number>
}

/** How far the evidence of a clause is above what chance would bring together, as a share: .5 at the border. */
export const trust = (evidence: number, border: number): number => 0.92 / (1 + Math.exp(-(evidence - border) / 1.2))

export function clausesOf(choosing: Choosing): Clause[] {
  const { terms } = choosing
  const { singles, lead } = singlesOf(choosing)
  const leading = new Set(lead?.posts)
  const pairs = terms.flatMap((one, at) =>
    terms.slice(at + 1).flatMap((other, after): Clause[] => {
      if (!mayPair(one) || !mayPair(other) || overlap(one, other)) return []
      if (one.kind === 'mark' && other.kind === 'mark') return []
      const posts = common(one.posts, other.posts)
      const leads = lead ? [one, other].some((term) => overlap(term, terms[lead.terms[0]!]!)) : true
      if (!leads && posts.filter((post) => leading.has(post)).length < leastLed * posts.length) return []
      return clauseOf(choosing, [at, at + 1 + after], posts)
    }),
  )
  return [...singles, ...pairs]
}

/** What stands in the summary alone is no half of a story. */
const mayPair = ({ kind, centrality }: Weighed) => kind === 'mark' || centrality >= leastCentral

function clauseOf({ look, terms, found }: Choosing, at: number[], posts: number[]): Clause[] {
  if (posts.length === 0) return []
  const held = at.map((term) => terms[term]!)
  if (held.some(({ kind }) => kind === 'mark')) {
    const within = posts.filter((post) => found?.has(post)).length / (posts.length + 1)
    return within >= leastWithin ? [{ terms: at, posts, prior: within }] : []
  }
  const { rare, worth } = worthOf(look, held, posts)
  const border = leastRarity(look)
  if (rare < leastEvidence * border) return []
  // In a long post two words stand together by chance.
  const long = at.length > 1 ? posts.filter((post) => isLong(look, post)).length / posts.length : 0
  return [{ terms: at, posts, prior: trust(worth, border) * (1 - longLoss * long) }]
}

interface Single {
  term: Weighed
  clause: Clause
  /** Which share of its posts holds another term of the story, and which a name that this is a part of. */
  company: number
  whole: number
}

/**
 * One term leads and may stand alone by its worth. Another one, be it rare, is a place or a person that other stories have
 * too: it is trusted where its posts often hold more of this story.
 */
function singlesOf(choosing: Choosing): { singles: Clause[]; lead: Clause | undefined } {
  const { terms } = choosing
  const mayStand = ({ kind, isInHeadline }: Weighed) => kind === 'mark' || isInHeadline
  const singles = terms.flatMap((term, at): Single[] =>
    (mayStand(term) ? clauseOf(choosing, [at], term.posts) : []).map((clause) => ({
      ...{ term, clause, company: companyOf(choosing, at, false), whole: companyOf(choosing, at, true) },
    })),
  )
  const mass = (single: Single) => massOf(terms, single)
  const best = singles.reduce<Single | undefined>((a, b) => (mass(b) > (a ? mass(a) : 0) ? b : a), undefined)
  return {
    lead: best?.clause,
    singles: singles.map((single) =>
      single === best
        ? { ...single.clause, isLead: true, prior: Math.max(leastOfLead, single.clause.prior) }
        : { ...single.clause, isLone: isLone(single, best?.term), prior: priorOf(single, best?.term) },
    ),
  }
}

/** The surest with the most posts leads: a name before a word of it that many other posts have too. */
function massOf(terms: Weighed[], { term, clause: { prior, posts }, company }: Single): number {
  const mayLead = term.isRepeated && prior >= leastLead && !isInPhrase(terms, term)
  return mayLead ? prior ** 2 * posts.length * (company + 0.1) ** 2 : 0
}

function priorOf({ term, clause: { prior }, company, whole }: Single, lead: Weighed | undefined): number {
  const isOfLead = lead && overlap(term, lead) && whole >= leastWhole
  return term.kind === 'mark' || isOfLead || company >= leastCompany ? prior : shifted(prior, -aloneLoss)
}

/** A word that the story and its posts have in a phrase is less than the phrase: climate, in climate change. */
function isInPhrase(terms: Weighed[], { kind, words: [word = '', ...others], posts }: Weighed): boolean {
  const least = Math.max(leastPhrase.posts, kind === 'word' ? 0 : leastPhrase.share * posts.length)
  const says = (one: Weighed) => one.words.length > 1 && one.posts.length >= least
  return others.length === 0 && terms.some((one) => says(one) && one.words.some((part) => part.startsWith(word)))
}

/** A word alone may be of any story, and so may a part of a name where the whole is seldom said. */
function isLone({ term, whole }: Single, lead: Weighed | undefined): boolean {
  if (term.kind === 'word') return !lead || !isKin(term, lead)
  const isOfLead = term.kind !== 'mark' && lead !== undefined && term.words.length === 1 && overlap(term, lead)
  return (term.kind === 'part' || isOfLead) && whole < leastWhole
}

function companyOf({ terms, held }: Choosing, at: number, whole: boolean): number {
  const one = terms[at]!
  const others = terms.map((other, nr) => nr !== at && other.weight >= leastWeight && overlap(one, other) === whole)
  const has = (post: number) => held.get(post)?.terms.some((term) => others[term])
  return one.posts.filter(has).length / (one.posts.length + 1)
}

/** How rare the posts of a clause are, but no rarer than its terms make them; times how central these are to the story. */
function worthOf(look: Look, terms: Weighed[], posts: number[]): { rare: number; worth: number } {
  const sum = terms.reduce((sum, { weight, centrality }) => sum + weight / centrality, 0)
  const rare = Math.min(sum, rarity(look, posts.length, 0.0005))
  return { rare, worth: (rare * terms.reduce((sum, { centrality }) => sum + centrality, 0)) / terms.length }
}

/** What two ascending lists share. */
export function common(one: number[], other: number[]): number[] {
  const shared: number[] = []
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [a, b] = [one[i]!, other[j]!]
    if (a === b) shared.push(a)
    if (a <= b) i++
    if (b <= a) j++
  }
  return shared
}

/** A share moved by so much in log-odds. */
export const shifted = (share: number, by: number): number => 1 / (1 + Math.exp(-logit(share) - by))

export const logit = (share: number): number => Math.log((share + 0.01) / (1.01 - share))
