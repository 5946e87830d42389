// Clauses chosen one after the other by what they add, as long as most of what they add seems to be about the story: by their
// terms, and by the test of the posts' other words. Counts voices, so that one account or one text adds one. Pure.
import { type Choosing, type Clause, logit, shifted, trust } from './clauses.ts'
import { newTally } from './look.ts'
import { type Seen, shareOf, type Test } from './marks.ts'
import { leastRarity } from './weigh.ts'

export interface Chosen extends Clause {
  /** Share of what it added that seems to be about the story. */
  share: number
}

const [mostClauses, mostTerms] = [20, 14]
/** A clause that adds fewer voices than this, or this share of what is there, makes the query longer and not better. */
const leastAdded = { voices: 2, share: 0.02 }
/** Clauses that add less than this of posts about the story are not chosen. */
const leastShare = 0.65
/** The terms speak with the weight of so many posts. */
const priorVoices = 8
/** So many posts say what share passes the test by chance. */
const leastLone = 30
/** In log-odds: the most that the test may give. */
const mostGain = 1.2

/** The clauses that add most, the best first, until none adds enough. */
export function chooseClauses(choosing: Choosing, clauses: Clause[]): Chosen[] {
  const tally = newTally(choosing.look)
  const covered = new Set<number>()
  const used = new Set<number>()
  const chosen: Chosen[] = []
  const lone = lonePasses(choosing)
  let left = clauses
  while (chosen.length < mostClauses && left.length > 0) {
    const floor = Math.max(leastAdded.voices, leastAdded.share * covered.size)
    const judged = left.map((clause) => ({ clause, ...judge(choosing, clause, { tally, covered, lone }) }))
    const best = judged
      .filter(({ clause, share, voices }) => share >= leastShare && voices >= floor && fits(used, clause))
      .reduce<(typeof judged)[number] | undefined>((a, b) => (a && gain(a) >= gain(b) ? a : b), undefined)
    if (!best) break
    chosen.push({ ...best.clause, share: best.share })
    for (const post of best.clause.posts) covered.add(post)
    for (const term of best.clause.terms) used.add(term)
    left = judged.filter(({ clause, voices }) => clause !== best.clause && voices > 0).map(({ clause }) => clause)
  }
  return chosen
}

/** The leading term first; else better a few of which we are sure than many. */
const gain = ({ clause, voices, share }: { clause: Clause; voices: number; share: number }) =>
  clause.isLead ? Number.POSITIVE_INFINITY : Math.sqrt(voices) * (share - 0.85 * leastShare)
const fits = (used: Set<number>, { terms }: Clause) =>
  used.size + terms.filter((term) => !used.has(term)).length <= mostTerms

interface Judging {
  tally: ReturnType<typeof newTally>
  covered: Set<number>
  lone: number[]
}

/** How many voices a clause would add, and which share of them seems to be about the story. */
function judge({ test, terms }: Choosing, clause: Clause, { tally, covered, lone }: Judging) {
  const except = clause.terms.map((term) => terms[term]!.mark).find((mark) => mark !== undefined)
  let [voices, passed] = [0, 0]
  tally.begin()
  for (const post of clause.posts) {
    if (covered.has(post) || !tally.isNew(post)) continue
    voices++
    if (test.passes(post, except)) passed++
  }
  const chance = clause.terms.length > 1 ? Math.max(...clause.terms.map((term) => lone[term] ?? 0)) : 0
  const share = blend(clause.prior, test, { passed, voices, chance })
  return { voices, share: clause.isLone ? Math.min(clause.prior, share) : share }
}

/**
 * For terms that are too common to stand alone: which share of the posts that hold nothing else of the story passes the
 * test. Those are about something wider, and the test must find more than that to speak for a pair.
 */
function lonePasses({ look, terms, held, test }: Choosing): number[] {
  return terms.map(({ posts, weight }) => {
    if (trust(weight, leastRarity(look)) >= 0.5) return 0
    const lone = posts.filter((post) => (held.get(post)?.terms.length ?? 0) < 2)
    return lone.length < leastLone ? 0 : lone.filter((post) => test.passes(post)).length / lone.length
  })
}

/**
 * The share that the terms tell, corrected by the test as far as it has power and posts to judge by. It may take away
 * more than it gives: other words can show that posts are about a wider subject, and never that they are about this story.
 */
export function blend(prior: number, test: Test, seen: Seen): number {
  const { share, power } = shareOf(test, seen)
  const heard = seen.voices * power
  const weight = heard / (heard + priorVoices)
  return shifted(prior, weight * Math.min(mostGain, Math.max(-3, logit(share))))
}
