// What X's documentation says a rule of the filtered stream delivers: docs.x.com "Build a rule" and "Operators", the operator
// table of developer.x.com, and for entities X's own twitter-text. Written from those and not from our matcher, and always
// the stricter reading where they leave one open: what is not promised is not delivered. Throws on a rule that X refuses.

export interface XPost {
  id: string
  text: string
  /** The handle, without @. */
  author: string
  authorId?: string
  /** X's own tag; null: it has none. */
  lang: string | null
  /** The post that this one quotes: operators on content match it, too. */
  quoted?: XPost
  isRetweet?: boolean
}

/** A post as X reads it. */
export interface XSeen {
  post: XPost
  tokens: Set<string>
  tags: Set<string>
  mentions: Set<string>
  /** Lower case, for exact phrases. */
  text: string
  quoted: XSeen | null
}

export type XRuleTest = (post: XSeen) => boolean

export class RuleError extends Error {}
function refuse(why: string): never {
  throw new RuleError(why)
}

// ---- the post

/** An emoji is a token of its own, its variant and joined parts included. */
const emoji = /\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|\u20e3|\u200d\p{Extended_Pictographic})*/gu
const between = /[\p{P}\p{S}\p{Z}\p{Cc}]+/u
const hashtagLetters =
  '\\p{L}\\p{M}\\p{Nd}_\\u200c\\u200d\\ua67e\\u05be\\u05f3\\u05f4\\uff5e\\u301c\\u309b\\u309c\\u30a0\\u30fb\\u3003\\u0f0b\\u0f0c\\u00b7'
const hashtag = new RegExp(
  `(?<![\\p{L}\\p{M}\\p{Nd}_&])[#＃]([${hashtagLetters}]*[\\p{L}\\p{M}][${hashtagLetters}]*)(?![#＃${hashtagLetters}]|://)`,
  'gu',
)
const mention = /(?<![\w!#$%&*@＠])[@＠](\w{1,20})(?![@＠\w\u00c0-\u024f]|:\/\/)/gu
const link = /https?:\/\/\S+/g

export function readX(post: XPost): XSeen {
  const text = post.text.toLowerCase()
  const unlinked = text.replace(link, (whole) => ' '.repeat(whole.length))
  return {
    post,
    text,
    tokens: new Set(text.replace(emoji, ' ').split(between).filter(Boolean)),
    tags: new Set([...unlinked.matchAll(hashtag)].map(([, tag]) => tag!)),
    mentions: new Set([...unlinked.matchAll(mention)].map(([, name]) => name!)),
    quoted: post.quoted ? readX(post.quoted) : null,
  }
}

// ---- the rule

interface Parsing {
  tokens: string[]
  at: number
}
interface Parsed {
  test: XRuleTest
  /** Holds an operator that X takes alone, not negated, on every side of every OR. */
  isAlone: boolean
  /** Nothing but negations: "everything except". */
  isNegative: boolean
  sample: number | null
}

/** "Can build rules up to 1024 characters in length"; the count "includes the entire rule string". */
const mostCharacters = 1024
/** AND that must not be written, by the enterprise rules: it is refused or read as a keyword. */
const written = /\s*(-?"(?:[^"\\]|\\.)*"(?:~\d)?|[()]|-(?=\()|(?:[^\s()"]+:)?"[^"]*"|[^\s()"]+)/gy

export function compileX(rule: string): XRuleTest {
  if (rule.length > mostCharacters) refuse(`${rule.length} characters`)
  const parsing: Parsing = { tokens: tokenize(rule), at: 0 }
  const whole = parseOr(parsing)
  if (parsing.at < parsing.tokens.length) refuse(`unexpected ${parsing.tokens[parsing.at]}`)
  if (whole.isNegative) refuse('negations alone')
  if (!whole.isAlone) refuse('no standalone operator')
  const { test, sample } = whole
  // "first reduces the scope of the stream to the percentage you specified, then the rule is applied"
  return sample === null ? test : (post) => draw(post.post.id) < sample && test(post)
}

function tokenize(rule: string): string[] {
  const tokens: string[] = []
  written.lastIndex = 0
  let end = 0
  for (const found of rule.matchAll(written)) {
    if (found.index !== end) break
    tokens.push(found[1]!)
    end = found.index + found[0].length
  }
  if (rule.slice(end).trim() !== '') refuse(`cannot read ${rule.slice(end, end + 20)}`)
  return tokens.length > 0 ? tokens : refuse('empty')
}

function parseOr(parsing: Parsing): Parsed {
  const sides = [parseAnd(parsing)]
  while (parsing.tokens[parsing.at] === 'OR') {
    parsing.at++
    sides.push(parseAnd(parsing))
  }
  if (sides.length === 1) return sides[0]!
  // "applies to the entire rule and requires all OR'd terms to be grouped"
  if (sides.some(({ sample }) => sample !== null)) refuse('sample: within an OR')
  if (sides.some(({ isNegative }) => isNegative)) refuse('a negated OR')
  const tests = sides.map(({ test }) => test)
  const isAlone = sides.every((side) => side.isAlone)
  return { test: (post) => tests.some((test) => test(post)), isAlone, isNegative: false, sample: null }
}

function parseAnd(parsing: Parsing): Parsed {
  const parts: Parsed[] = []
  for (;;) {
    const token = parsing.tokens[parsing.at]
    if (token === undefined || token === ')' || token === 'OR') break
    parts.push(parseOne(parsing, token))
  }
  if (parts.length === 0) refuse('an operator is missing')
  const samples = parts.flatMap(({ sample }) => (sample === null ? [] : [sample]))
  if (samples.length > 1) refuse('sample: twice')
  const tests = parts.map(({ test }) => test)
  return {
    test: (post) => tests.every((test) => test(post)),
    isAlone: parts.some(({ isAlone }) => isAlone),
    isNegative: parts.every(({ isNegative }) => isNegative),
    sample: samples[0] ?? null,
  }
}

function parseOne(parsing: Parsing, token: string): Parsed {
  parsing.at++
  if (token === '(') {
    const inner = parseOr(parsing)
    if (parsing.tokens[parsing.at++] !== ')') refuse('a ( is never closed')
    if (inner.sample !== null) refuse('sample: within a group')
    return inner
  }
  if (token === '-') return refuse('a negated group')
  const isNegated = token.startsWith('-') && token.length > 1
  const { test, isAlone, sample } = operator(isNegated ? token.slice(1) : token)
  if (!isNegated) return { test, isAlone, isNegative: false, sample }
  if (sample !== null) refuse('sample: is never negated')
  return { test: (post) => !test(post), isAlone: false, isNegative: true, sample: null }
}

/** Of the filtered stream's list. */
const languages = new Set(
  'am ar hy eu bn bg ca hr cs da nl en et fi fr ka de el gu iw hi hu in it ja kn ko lv lt ml mr no fa pl pt ro ru sr zh-cn sk sl es sv ta te th zh-tw tr uk ur vi'.split(
    ' ',
  ),
)
type Operator = Pick<Parsed, 'test' | 'isAlone' | 'sample'>
const alone = (test: XRuleTest): Operator => ({ test, isAlone: true, sample: null })
const beside = (test: XRuleTest): Operator => ({ test, isAlone: false, sample: null })
/** "Operators match on both the Quote Tweet's content and the content from the original Post that was quoted." */
const content = (test: XRuleTest): Operator =>
  alone((post) => test(post) || (post.quoted !== null && test(post.quoted)))

function operator(token: string): Operator {
  const text = token.toLowerCase()
  if (token === 'AND') return refuse('an explicit AND')
  if (text.startsWith('"')) return content(phrase(text))
  const named = /^([a-z_]+):(.*)$/s.exec(text)
  if (named) return field(named[1]!, named[2]!)
  if (/^#[\p{L}\p{M}\p{N}\p{Cf}_]+$/u.test(text)) return content(({ tags }) => tags.has(text.slice(1)))
  if (/^@\w{1,20}$/.test(text)) return content(({ mentions }) => mentions.has(text.slice(1)))
  // "To match strings containing punctuation, symbol, or separator characters, you must wrap your keyword in double-quotes."
  if (between.test(text)) refuse(`punctuation in ${token}`)
  return content(({ tokens }) => tokens.has(text))
}

function phrase(text: string): XRuleTest {
  const exact = text.slice(1, -1)
  if (!text.endsWith('"') || exact.split(between).filter(Boolean).length === 0) refuse(`nothing in ${text}`)
  const isEdge = (char: string | undefined) => char === undefined || between.test(char)
  return (post) => {
    for (let at = post.text.indexOf(exact); at >= 0; at = post.text.indexOf(exact, at + 1)) {
      if (isEdge(post.text[at - 1]) && isEdge(post.text[at + exact.length])) return true
    }
    return false
  }
}

function field(name: string, value: string): Operator {
  switch (name) {
    case 'from':
      if (!/^\w{1,15}$|^\d{1,19}$/.test(value)) refuse(`from:${value}`)
      return alone(({ post }) => post.author.toLowerCase() === value || post.authorId === value)
    case 'lang':
      if (!languages.has(value)) refuse(`lang:${value}`)
      return beside(({ post }) => post.lang?.toLowerCase() === value)
    case 'is':
      if (value !== 'retweet') refuse(`is:${value}`)
      return beside(({ post }) => post.isRetweet === true)
    case 'sample':
      if (!/^(?:[1-9]\d?|100)$/.test(value)) refuse(`sample:${value}`)
      return { ...beside(() => true), sample: Number(value) }
    default:
      return refuse(`unknown operator ${name}:`)
  }
}

/** 0 to 99 by the post alone: "the sampling is deterministic". */
function draw(id: string): number {
  let hash = 0x811c9dc5
  for (const char of id) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return ((hash ^ (hash >>> 12)) >>> 0) % 100
}
