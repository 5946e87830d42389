// The gate, one for every surface, failing closed: a sentence passes only when everything it says is a cited claim's.
// It trusts no writer, ours included, and never mends a sentence: what fails is dropped and counted.
import type { Claim, Ledger, Sentence } from '../conclusions.ts'
import { allows, quantifiers } from './words.ts'

/** Why a sentence was dropped. A closed list; docs/metrics.md describes each. */
export const cutReasons = [
  'no_claim',
  'unknown_claim',
  'no_evidence',
  'dead_evidence',
  'inexact_quote',
  'wrong_number',
  'wrong_word',
] as const
export type CutReason = (typeof cutReasons)[number]

/** null when the sentence may be published; else the first reason why not. `live` holds the ids of live evidence. */
export function check(sentence: Sentence, ledger: Ledger, live: ReadonlySet<string>): CutReason | null {
  if (!sentence.claims.length) return 'no_claim'
  const claims = sentence.claims.map((id) => ledger.claims.find((claim) => claim.id === id))
  if (claims.some((claim) => claim === undefined)) return 'unknown_claim'
  return checkAgainst(sentence.text, claims as Claim[], { ledger, live })
}

function checkAgainst(
  text: string,
  claims: Claim[],
  { ledger, live }: { ledger: Ledger; live: ReadonlySet<string> },
): CutReason | null {
  // A single voice is tagged as one (kind quote); everything else needs two posts.
  if (claims.some(({ kind, evidence }) => evidence.length < (kind === 'quote' ? 1 : 2))) return 'no_evidence'
  if (claims.some(({ evidence }) => evidence.some((id) => !live.has(id)))) return 'dead_evidence'
  const own = unquoted(text, claims, ledger)
  if (own === null) return 'inexact_quote'
  if (!numbersIn(own).every((number) => numbersOf(claims).has(number))) return 'wrong_number'
  if (!wordsIn(own).every((word) => claims.some((claim) => allows(word, claim)))) return 'wrong_word'
  return null
}

/** The writer's own words: the text without its quotations and the topic's name. null: a quotation is not exact. */
function unquoted(text: string, claims: Claim[], { topic }: Ledger): string | null {
  const exact = [
    ...claims.flatMap(({ quotes }) => quotes.map((quote) => quote.text)),
    ...topic.targets.map((t) => t.text),
  ]
  const bare = exact
    .sort((a, b) => b.length - a.length)
    .reduce((rest, quote) => rest.replaceAll(`“${quote}”`, ''), text)
  return /[“”]/.test(bare) ? null : bare.replaceAll(topic.name, '')
}

function numbersIn(text: string): string[] {
  return [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([number]) => number.replaceAll(',', '').replace(/\.$/, ''))
}

/** Every number that these claims allow, as it is written. */
function numbersOf(claims: Claim[]): Set<string> {
  const shares = claims.flatMap(({ estimate, low, high, difference }) => [
    ...[estimate, low, high],
    ...[difference?.estimate, difference?.low, difference?.high].map((share) =>
      share == null ? share : Math.abs(share),
    ),
  ])
  const known = shares.filter((share): share is number => share != null).map((share) => Math.round(share * 100))
  return new Set([...known, ...claims.flatMap(({ posts, authors }) => [posts, authors])].map(String))
}

function wordsIn(text: string): string[] {
  // "show most", "more often": only a quantifier of posts counts, which stands before "are", "of" or a noun.
  return quantifiers
    .map(({ word }) => word)
    .filter((word) => new RegExp(`(?:^|, )${word} (?:are|of|posts)`, 'i').test(text))
}
