// Claims as ready clauses, lower case and without an end: what a chat endpoint may put together, and all that it may
// put together. A share never stands apart from what it is a share of, so no order of clauses can say a false thing. Pure.
import type { Claim, Ledger } from '../conclusions.ts'
import { points } from './comparisons.ts'
import { find, labelOf, sideOf } from './say.ts'
import { counted, exceeds, withInterval } from './words.ts'

/** What may be told of some claims, in one of several wordings. */
export interface Clause {
  /** 'c3' for a claim, 'p1' for two sides set against each other. */
  id: string
  claims: Claim[]
  forms: string[]
  /** Verbatim words of a post, which no endpoint sees. */
  quote?: string
}

/** Every clause of a ledger, in the order of its claims. */
export function clausesOf(ledger: Ledger): Clause[] {
  const alone = ledger.claims.map((claim, index): Clause => {
    const quote = claim.quotes[0]?.text
    const forms = formsOf(ledger, claim).map(uncapital)
    return { id: `c${index + 1}`, claims: [claim], forms, ...(quote === undefined ? {} : { quote }) }
  })
  return [...pairs(ledger).map((pair, index) => ({ ...pair, id: `p${index + 1}` })), ...alone]
}

/** As inside a sentence. */
export const uncapital = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

function formsOf(ledger: Ledger, claim: Claim): string[] {
  const what = uncapital(claim.says)
  const share = withInterval(claim)
  if (claim.kind === 'prevalence') return toneForms(ledger, claim)
  if (claim.kind === 'theme') {
    const theme = what.slice(what.indexOf('“'))
    return [`${theme} comes up in ${share} of the posts`, `${share} of the posts bring up ${theme}`]
  }
  if (claim.kind === 'emotion')
    return [`${what} make up ${share} of the posts`, `${share} of the posts ${what.slice('posts that '.length)}`]
  if (claim.kind === 'stance')
    return [`${what} make up ${share} of the posts`, `${share} of the posts are ${what.slice('posts '.length)}`]
  if (claim.kind === 'campaign')
    return [
      `${counted(claim.authors, 'account')} posted one text in near-copies, ${counted(claim.posts, 'post')} in all`,
    ]
  if (claim.kind === 'common') return [`both sides have a subject in common: ${what}`]
  if (claim.kind === 'quote' || claim.kind === 'minority') {
    const quote = `“${claim.quotes[0]?.text}”`
    return [`${what} reads: ${quote}`, `in the words of ${what}: ${quote}`]
  }
  return differing(claim, { what, share })
}

/** A change, a feeling around a theme, or one part of the posts against the others. */
function differing(claim: Claim, { what, share }: { what: string; share: string }): string[] {
  const { difference, kind, scope } = claim
  if (difference?.estimate == null) return []
  const [apart, isUp] = [points(difference), difference.estimate > 0]
  if (kind === 'change') return [`${what}, ${isUp ? 'rose' : 'fell'} by ${apart} to ${share}`]
  const others = scope.startsWith('theme:')
    ? 'than where it does not'
    : scope.startsWith('side:')
      ? 'than on the other side'
      : 'than in the other posts'
  return [`${what}: ${share}, which is ${apart} ${isUp ? 'more' : 'less'} ${others}`]
}

function toneForms({ topic }: Ledger, claim: Claim): string[] {
  const [share, label] = [withInterval(claim), labelOf(claim)]
  return [
    `${share} of the posts have a ${label} tone`,
    `a ${label} tone marks ${share} of the posts`,
    `in ${wholeOf(topic, claim)}, ${share} have a ${label} tone`,
    ...(claim.word ? [`${claim.word} of the posts about ${topic.name} have a ${label} tone, ${share}`] : []),
  ]
}

const wholeOf = ({ name }: Ledger['topic'], { posts, authors }: Claim) =>
  `${counted(posts, 'post')} by ${counted(authors, 'account')} about ${name}`

/** The two tones, and the two sides of a target, set against each other: who leads, or that nobody clearly does. */
function pairs(ledger: Ledger): Omit<Clause, 'id'>[] {
  const tones = [find(ledger, 'prevalence', 'sentiment.negative'), find(ledger, 'prevalence', 'sentiment.positive')]
  const name = (claim: Claim) => `posts with a ${labelOf(claim)} tone`
  const sides = ledger.topic.targets.map(({ id }) => [
    find(ledger, 'stance', `stance.${id}.favor`),
    find(ledger, 'stance', `stance.${id}.against`),
  ])
  return [
    // It may open the text, and then with what all of it rests on.
    ...pair(tones, name).map(({ claims, forms }) => ({
      claims,
      forms: [...forms.map((form) => `in ${wholeOf(ledger.topic, claims[0]!)}, ${form}`), ...forms],
    })),
    ...sides.flatMap((both) => pair(both, ({ measure }) => `posts ${sideOf(ledger, measure)}`)),
  ]
}

function pair([one, other]: (Claim | undefined)[], name: (claim: Claim) => string): Omit<Clause, 'id'>[] {
  if (!one || !other) return []
  const [more, less] = exceeds(other, one) ? [other, one] : [one, other]
  const shares = `${withInterval(more)} to ${withInterval(less)}`
  const form = exceeds(more, less)
    ? `${name(more)} outnumber ${name(less)}, ${shares}`
    : `it is too close to call between ${name(more)} and ${name(less)}, ${shares}`
  return [{ claims: [more, less], forms: [form] }]
}
