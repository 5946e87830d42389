// Which posts a story's query may match: those that hold its subject in any spelling, and those with a word that is hardly
// said without the story; where the subject is too common a word, those that hold it with something else. A clause is a term or two,
// with how far its terms make it trusted; choosing.ts takes what adds most. Pure. The numbers here, in subject.ts and in weigh.ts
// were set on headlines judged by hand: change one, and run `npm run eval -- stories`.
import type { Look } from './look.ts'
import { companyOf, leastCompany, type Subject } from './subject.ts'
import { type Evidence, leastRarity, overlap, rarity, trust, type Weighed } from './weigh.ts'

export interface Clause {
  /** The term that the story is most about. */
  isLead: boolean
  /** One term or two, by index. */
  terms: number[]
  posts: number[]
  /** Share of its posts that is about the story, as far as its terms tell. */
  share: number
}

/** Less evidence than this share of what chance brings together makes no clause. */
const leastEvidence = 0.65
/** A word from the posts tells only where so much of what it brings is found by the story's own words; alone, or in a pair. */
const leastWithin = { alone: 0.7, paired: 0.5 }
/** What a subject that stands alone is worth at least. */
const leastOfSubject = 0.7
/** What stands in the summary alone is half of a pair only where its posts often hold more of the story. */
const [leastCentral, leastKept] = [0.5, 0.35]
/** Two terms are a pair where they stand together so much more often than by chance. */
const leastBond = 0.3

export interface Choosing {
  look: Look
  terms: Weighed[]
  held: Map<number, Evidence>
  subject: Subject | undefined
  /** Posts of an earlier, narrower choice. */
  found?: Set<number>
}

export function clausesOf(choosing: Choosing): Clause[] {
  const { subject } = choosing
  return subject?.isSole ? singlesOf(choosing, subject) : pairsOf(choosing, subject)
}

/** The subject in any spelling, and besides what the headline or the posts have and hardly anybody says without the story. */
function singlesOf(choosing: Choosing, { lead, same }: Subject): Clause[] {
  const company = companyOf(choosing)
  return choosing.terms.flatMap((term, at) => {
    const isOfStory = term.isInHeadline && company[at]! >= leastCompany.other
    if (!same.has(at) && !isOfStory && term.kind !== 'mark') return []
    const least = same.has(at) ? leastOfSubject : company[at]!
    const clauses = clauseOf(choosing, [at], term.posts)
    return clauses.map((clause) => ({ ...clause, isLead: at === lead, share: Math.max(least, clause.share) }))
  })
}

/** Two terms of which one is the subject, or any two where nothing leads. */
function pairsOf(choosing: Choosing, subject: Subject | undefined): Clause[] {
  const { look, terms } = choosing
  const company = companyOf(choosing)
  const isHalf = ({ kind, centrality }: Weighed, at: number) =>
    kind === 'mark' || centrality >= leastCentral || company[at]! >= leastKept
  const halves = [...terms.keys()].filter((at) => isHalf(terms[at]!, at))
  const isOfSubject = (at: number) => !subject || subject.same.has(at)
  return halves.flatMap((one, nr) =>
    halves.slice(nr + 1).flatMap((other): Clause[] => {
      const pair = [terms[one]!, terms[other]!] as const
      if (!isOfSubject(one) && !isOfSubject(other)) return []
      if (overlap(...pair) || pair.every(({ kind }) => kind === 'mark')) return []
      const posts = common(pair[0].posts, pair[1].posts)
      return bond(look, pair, posts) < leastBond ? [] : clauseOf(choosing, [one, other], posts)
    }),
  )
}

/** How much more often than by chance two terms stand together: 0 by chance, 1 only so (normalised pointwise mutual information). */
function bond({ posts: { length } }: Look, [one, other]: readonly [Weighed, Weighed], posts: number[]): number {
  if (posts.length === 0 || posts.length === length) return posts.length
  const together = posts.length / length
  const byChance = (one.posts.length / length) * (other.posts.length / length)
  return Math.log(together / byChance) / -Math.log(together)
}

function clauseOf({ look, terms, found }: Choosing, at: number[], posts: number[]): Clause[] {
  if (posts.length === 0) return []
  const held = at.map((term) => terms[term]!)
  const clause = { isLead: false, terms: at, posts }
  if (held.some(({ kind }) => kind === 'mark')) {
    const share = posts.filter((post) => found?.has(post)).length / (posts.length + 1)
    return share >= leastWithin[at.length > 1 ? 'paired' : 'alone'] ? [{ ...clause, share }] : []
  }
  const { rare, worth } = worthOf(look, held, posts)
  const border = leastRarity(look)
  return rare < leastEvidence * border ? [] : [{ ...clause, share: trust(worth, border) }]
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
