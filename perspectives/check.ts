// The gate, one for every surface, failing closed: a sentence passes only when everything it says is a cited claim's.
// It trusts no writer, ours included, and never mends a sentence: what fails is dropped and counted.
import type { ScoredPost } from '../answers.ts'
import type { Claim, Ledger, Sentence } from '../conclusions.ts'
import { isCertain } from '../difference.ts'
import { allows, exceeds, languageName, quantifiers, sourceName } from './words.ts'

/** Why a sentence was dropped. A closed list; docs/metrics.md describes each. */
export const cutReasons = [
  'no_claim',
  'unknown_claim',
  'no_evidence',
  'dead_evidence',
  'one_voice',
  'inexact_quote',
  'wrong_number',
  'wrong_word',
  'wrong_direction',
  'unknown_name',
  'unknown_word',
] as const
export type CutReason = (typeof cutReasons)[number]

export interface Evidence {
  /** The posts of the window, by id. */
  posts: ReadonlyMap<string, Pick<ScoredPost, 'author' | 'text'>>
  /** Which of them are live, in this topic and window, now. */
  live: ReadonlySet<string>
}

/** null when the sentence may be published; else the first reason why not. */
export function check(sentence: Sentence, ledger: Ledger, evidence: Evidence): CutReason | null {
  if (!sentence.claims.length) return 'no_claim'
  const found = sentence.claims.map((id) => ledger.claims.find((claim) => claim.id === id))
  if (found.some((claim) => claim === undefined)) return 'unknown_claim'
  const claims = found as Claim[]
  return unsupported(claims, evidence) ?? overstated(sentence.text, claims, { ledger, evidence })
}

const single: Claim['kind'][] = ['quote', 'minority']

function unsupported(claims: Claim[], { posts, live }: Evidence): CutReason | null {
  if (claims.some(({ evidence }) => !evidence.length)) return 'no_evidence'
  if (claims.some((claim) => claim.evidence.some((id) => !live.has(id) || !posts.has(id)))) return 'dead_evidence'
  // A single voice is tagged as one; everything else needs two.
  const voices = ({ evidence }: Claim) => new Set(evidence.map((id) => posts.get(id)!.author)).size
  if (claims.some((claim) => voices(claim) < (single.includes(claim.kind) ? 1 : 2))) return 'one_voice'
  const isExact = ({ post, text }: Claim['quotes'][number]) => text !== '' && posts.get(post)?.text.includes(text)
  return claims.every(({ quotes }) => quotes.every(isExact)) ? null : 'inexact_quote'
}

function overstated(text: string, claims: Claim[], { ledger, evidence }: { ledger: Ledger; evidence: Evidence }) {
  const own = unquoted(text, claims, ledger)
  if (own === null) return 'inexact_quote'
  if (hidden.test(own)) return 'unknown_word'
  if (!numbersFit(own, claims)) return 'wrong_number'
  if (!wordsIn(own).every((word) => claims.some((claim) => allows(word, claim)))) return 'wrong_word'
  if (!directionsFit(own, claims)) return 'wrong_direction'
  return namesIn(own).every((name) => isKnown(name, claims, evidence)) ? null : 'unknown_name'
}

/** Control and format characters, and digits of other scripts: they would hide a word, or a number, from the checks below. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}]|(?![0-9])\p{N}/u

/** The writer's own words: the text without its quotations and the topic's name. null: a quotation is not exact. */
function unquoted(text: string, claims: Claim[], { topic, themes }: Ledger): string | null {
  const about = claims.map(({ measure, scope }) => `${measure} ${scope} `).join('')
  const exact = [
    ...claims.flatMap(({ quotes }) => quotes.map((quote) => quote.text)),
    // Of targets and themes only those that its claims are about.
    ...topic.targets.filter(({ id }) => about.includes(`stance.${id}.`)).map(({ text }) => text),
    ...themes
      .filter(({ id }) => about.includes(`theme.${id} `) || about.includes(`theme:${id} `))
      .map(({ phrase }) => phrase),
  ]
  const bare = exact
    .sort((a, b) => b.length - a.length)
    .reduce((rest, quote) => rest.replaceAll(`“${quote}”`, '“”'), text)
    .replaceAll('“”', '')
  if (/[“”]/.test(bare)) return null
  // A name may open the sentence, and then with a capital letter.
  const { name } = topic
  const names = [name, name.charAt(0).toUpperCase() + name.slice(1)].map(RegExp.escape)
  // Whole, or a topic called "5" would take it out of 55%.
  return bare.replace(new RegExp(`(?<![\\p{L}\\p{N}])(?:${names.join('|')})(?![\\p{L}\\p{N}])`, 'gu'), '')
}

/** A percentage is a share or its bound; another number is a count of posts or accounts, or points of a difference. */
function numbersFit(own: string, claims: Claim[]): boolean {
  const whole = (share: number | null | undefined) => (share == null ? [] : [String(Math.round(Math.abs(share) * 100))])
  const shares = new Set(claims.flatMap(({ estimate, low, high }) => [estimate, low, high].flatMap(whole)))
  const points = claims.flatMap(({ difference }) =>
    [difference?.estimate, difference?.low, difference?.high].flatMap(whole),
  )
  const others = new Set([...points, ...claims.flatMap(({ posts, authors }) => [String(posts), String(authors)])])
  const numbers = [...own.matchAll(/(\d[\d,]*(?:\.\d+)?)(\s?%|–\d+%|\s?per ?cent)?/g)]
  return numbers.every(([, digits, isShare]) => {
    const bare = digits!.replace(/[,.]+$/, '')
    // "5,8" is no 58.
    const number = /^\d{1,3}(?:,\d{3})+$/.test(bare) ? bare.replaceAll(',', '') : bare
    return shares.has(number) || (isShare ? points.includes(number) : others.has(number))
  })
}

function wordsIn(text: string): string[] {
  // "show most", "more often": only a quantifier of posts counts, which stands before "of" or "posts".
  return quantified.filter(({ pattern }) => pattern.test(text)).map(({ word }) => word)
}

const quantified = quantifiers.map(({ word }) => ({
  word,
  pattern: new RegExp(`(?<![\\p{L}-])${word} (?:are|of|posts)(?! all)`, 'iu'),
}))

const comparing = /\b(?:more|less|fewer|outnumbers?|outweighs?|leans?|prevails?|larger|first|rose|grew|fell|dropped)\b/i
const undecided = /\b(?:neither|no clear|cannot be told|too close|without a clear|no tone|not lean|nor)\b/i

/** "more", "leans", "rose": only with a certain difference of that direction, or with one share certainly above another. */
function directionsFit(own: string, claims: Claim[]): boolean {
  const differences = claims.flatMap(({ difference }) =>
    difference && isCertain(difference) ? [difference.estimate!] : [],
  )
  if (/\b(?:rose|grew)\b/i.test(own)) return differences.some((points) => points > 0)
  if (/\b(?:fell|dropped)\b/i.test(own)) return differences.some((points) => points < 0)
  if (!comparing.test(own) || undecided.test(own)) return true
  return differences.length > 0 || claims.some((one) => claims.some((other) => exceeds(one, other)))
}

/** Words with a capital inside a sentence: names, or what looks like one. */
function namesIn(own: string): string[] {
  return [...own.matchAll(/(?<![.:!?]\s|^)(?<=[^\p{L}])\p{Lu}\p{L}+/gu)].map(([name]) => name)
}

function isKnown(name: string, claims: Claim[], { posts }: Evidence): boolean {
  const scopes = claims.map(({ scope }) => scope.slice(scope.indexOf(':') + 1))
  if (scopes.some((scope) => sourceName(scope).includes(name) || languageName(scope).includes(name))) return true
  return claims.some(({ evidence }) => evidence.some((id) => posts.get(id)?.text.includes(name)))
}
