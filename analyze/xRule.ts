// A topic's query as a rule of X's filtered stream. What the rule delivers, by X's documentation, holds every post of X that
// our matcher matches; what is too much is filtered here afterwards. So a rule may be wider than the query and never
// narrower, and what it cannot be made from is refused with the operator that X lacks.
//
// No negation of the query enters a rule: X matches the operators of the stream on a quoted post as well as on the quote
// ("Quote Tweet matching"), and so would exclude a quote for a word that only the quoted post has. -is:retweet is safe
// ("looks only for true Retweets", "original, Quote Tweets and replies" stay) and every rule ends with it: a retweet is no
// post of its own, and each would be paid for.
//
// sample:N, by X's documentation ("Returns a random percent sample"; N whole, 1 to 100): it "first reduces the scope of the
// stream to the percentage", "then the rule/filter is applied to that sampled subset"; each post "will have a 10% chance of
// being in the sample" at sample:10; it "applies to the entire rule and requires all OR'd terms to be grouped"; it cannot be
// negated and needs a standalone operator beside it. The enterprise documentation of the same operator adds that "the
// sampling is deterministic": realtime and historical pulls give the same sample. So a post is in or out by itself, whatever
// rule asks. Not documented: that the posts at sample:10 are among those at sample:20, and how the draw is made. Two rules
// with one N therefore share their draws, and a post that two rules match has a probability of max(N), not of 1-(1-N)(1-N).
import { parseQuery, type Query } from './query.ts'
import { type Spellings, spellingsOf } from './spellings.ts'
import { allOf, always, anyOf, type Lack, none, open, type Part, standsAlone, textOf, within } from './xParts.ts'
import { type Leaf, partOf } from './xTerms.ts'

export type XRule =
  | { value: string }
  /** X cannot be asked: one sentence for a person. */
  | { refused: string }
  /** No post of X can match, so there is nothing to ask for. */
  | { never: string }

export interface XRuleOptions {
  /** Percent of posts, whole, 1 to 100; absent: all. */
  sample?: number
  /** How kept posts write the query's words (wordsIn), beside how the query does. */
  spellings?: Spellings
}

/** Characters in a rule. */
export const maxRuleLength = 1024
const originals = ' -is:retweet'
/** So much is kept free that a rule can be sampled later. */
const tail = `()${originals} sample:100`

/**
 * The rule for a query as its writer wrote it: a parsed query no longer tells how its words are spelt. Throws QueryError
 * where it does not parse.
 */
export function xRuleOf(text: string, { sample, spellings: kept }: XRuleOptions = {}): XRule {
  if (sample !== undefined && !(Number.isInteger(sample) && sample >= 1 && sample <= 100))
    throw new RangeError(`sample is ${sample}, and must be a whole percent from 1 to 100`)
  const query = parseQuery(text)
  const spellings = spellingsFor(query, text, kept)
  const part = compile(query, spellings, false)
  if (part.kind === 'none') return { never: 'no post of X can match this query' }
  if (part.kind === 'open') return refused(part.lacks ?? everything)
  if (!standsAlone(part)) return refused(lackOf(query, spellings) ?? languageOnly)
  const fits = within(part, maxRuleLength - tail.length)
  // Without the rarer spellings it may be narrow enough.
  if (!fits) return kept?.size ? xRuleOf(text, { sample }) : refused(tooLong)
  const value = fits.kind === 'any' ? `(${textOf(fits)})` : textOf(fits)
  return { value: `${value}${originals}${sample === undefined ? '' : ` sample:${sample}`}` }
}

const refused = ({ says, change }: { says: string; change: string }): XRule => ({
  refused: `${says}, so posts of X are not read for this topic: ${change}`,
})
const everything = {
  says: 'this query asks for every post of X, which X does not allow',
  change: 'add a word, a hashtag or a name',
}
const languageOnly = {
  says: 'X reads lang: only beside a word, a hashtag, a name or from:',
  change: 'add one with AND',
}
const tooLong = {
  says: `X reads at most ${maxRuleLength} characters of a rule, and this query needs more`,
  change: 'split it into several topics, or add with AND a few words that all of its posts have',
}
const negation = open(
  'X does not allow to ask only for what a post must not contain',
  'add a word that it must contain',
)

/** At least the posts that match; negated: at least those that do not. */
function compile(query: Query, spellings: Spellings, isNegated: boolean): Part {
  if (query.kind === 'not') return compile(query.part, spellings, !isNegated)
  if (query.kind !== 'and' && query.kind !== 'or') {
    const part = partOf(query, spellings)
    if (!isNegated) return part
    return part.kind === 'none' ? always : part === always ? none : negation
  }
  const parts = query.parts.map((part) => compile(part, spellings, isNegated))
  // Another lack is the better thing to say.
  parts.sort((a, b) => Number(a === negation) - Number(b === negation))
  return (query.kind === 'and') !== isNegated ? allOf(parts) : anyOf(parts)
}

const leavesOf = (query: Query): Leaf[] =>
  query.kind === 'not'
    ? leavesOf(query.part)
    : query.kind === 'and' || query.kind === 'or'
      ? query.parts.flatMap(leavesOf)
      : [query]

/** What X lacks for the first term it cannot look for. */
function lackOf(query: Query, spellings: Spellings): Lack | null {
  const parts = leavesOf(query).map((leaf) => partOf(leaf, spellings))
  return parts.flatMap((part) => (part.kind === 'open' && part.lacks ? [part.lacks] : []))[0] ?? null
}

/** The folded words of a query that X can be asked for: whose spellings are wanted. */
export function wordsIn(query: Query): Set<string> {
  return new Set(
    leavesOf(query).flatMap((leaf) => {
      if (leaf.kind === 'words') return leaf.words.filter(({ prefix }) => !prefix).map(({ text }) => text)
      if (leaf.kind === 'tag') return [leaf.name]
      return leaf.kind === 'mention' ? leaf.name.split(/[.@-]/) : []
    }),
  )
}

function spellingsFor(query: Query, text: string, kept?: Spellings): Spellings {
  const own = spellingsOf(wordsIn(query), [text])
  for (const [word, spelt] of kept ?? []) own.set(word, [...new Set([...(own.get(word) ?? []), ...spelt])])
  return own
}
