// Clauses chosen one after the other by what they add, the leading term first. Counts voices, so that one account or one text
// adds one. Pure.
import type { Choosing, Clause } from './clauses.ts'
import { newTally } from './look.ts'

const [mostClauses, mostTerms] = [20, 14]
/** A clause that adds fewer voices than this, or this share of what is there, makes the query longer and not better. */
const leastAdded = { voices: 2, share: 0.05 }
/** Clauses that are trusted less are not chosen. */
const leastShare = 0.65

/** The clauses that add most, the best first, until none adds enough. */
export function chooseClauses({ look, terms }: Pick<Choosing, 'look' | 'terms'>, clauses: Clause[]): Clause[] {
  const tally = newTally(look)
  const covered = new Set<number>()
  const used = new Set<number>()
  const chosen: Clause[] = []
  const isFit = (clause: Clause) => new Set([...used, ...clause.terms]).size <= mostTerms
  let left = clauses.filter(({ share }) => share >= leastShare)
  while (chosen.length < mostClauses) {
    const floor = Math.max(leastAdded.voices, leastAdded.share * covered.size)
    const adding = left.map((clause) => ({ clause, voices: voicesOf(clause, tally, covered) }))
    const worth = ({ clause, voices }: (typeof adding)[number]) => {
      if (voices < floor || !isFit(clause)) return 0
      return clause.isLead ? Number.POSITIVE_INFINITY : gain(clause.terms, voices, terms)
    }
    const best = adding.reduce((a, b) => (worth(b) > worth(a) ? b : a), adding[0]!)
    if (!best || worth(best) === 0) break
    chosen.push(best.clause)
    for (const post of best.clause.posts) covered.add(post)
    for (const term of best.clause.terms) used.add(term)
    left = adding.filter(({ clause, voices }) => clause !== best.clause && voices > 0).map(({ clause }) => clause)
  }
  return chosen
}

/** The story's own words before those of the posts. */
const gain = (at: number[], voices: number, terms: Choosing['terms']) =>
  at.some((term) => terms[term]!.kind === 'mark') ? voices / 2 : voices

function voicesOf({ posts }: Clause, tally: ReturnType<typeof newTally>, covered: Set<number>): number {
  tally.begin()
  return posts.filter((post) => !covered.has(post) && tally.isNew(post)).length
}
