// The topic language (docs/queries.md): text to a small tree and back. A parsed query is anchored: at least one term
// that must be present decides it, so the matcher never has to look at a topic that shares no word with the post.
// Throws QueryError and nothing else, with the column of what is wrong and what to write instead.
import { QueryError } from '../errors.ts'
import { nameOf, type Word, wordsOf } from './words.ts'

export type Query =
  | { kind: 'and'; parts: Query[] }
  | { kind: 'or'; parts: Query[] }
  | { kind: 'not'; part: Query }
  | { kind: 'words'; words: Word[] }
  | { kind: 'tag' | 'mention'; name: string; prefix: boolean }
  | { kind: Field; value: string }
export type Field = 'from' | 'lang' | 'source'

export const maxQueryLength = 4000
export const maxTerms = 500
const maxDepth = 50

interface Token {
  kind: '(' | ')' | '-' | 'phrase' | 'term'
  text: string
  /** 0-based index into the query. */
  at: number
}

interface Parsing {
  tokens: Token[]
  next: number
  terms: number
  depth: number
  /** Where the first exclusion stands; -1: none. */
  negation: number
}

function fail(message: string, at: number, hint: string): never {
  throw new QueryError(message, at + 1, hint)
}

/** Full-width and typographic forms of what the language itself uses; one unit for one, so columns stay true. */
function plain(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[“”„‟«»]/g, '"')
    .replace(/(?<![^\s(])[–—−](?=[^\s)])/g, '-')
}

function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  const text = plain(query)
  for (let at = 0; at < text.length; ) {
    const char = text[at]!
    if (/\s/.test(char)) at++
    else if (char === '(' || char === ')') tokens.push({ kind: char, text: char, at: at++ })
    else if (char === '-' && /[^\s)]/.test(text[at + 1] ?? ' ')) tokens.push({ kind: '-', text: char, at: at++ })
    else if (char === '"') {
      const end = text.indexOf('"', at + 1)
      if (end < 0) fail('this quote is never closed', at, 'add a closing " after the phrase')
      tokens.push({ kind: 'phrase', text: query.slice(at + 1, end), at })
      at = end + 1
    } else {
      const end = at + text.slice(at).match(/^[^\s()"]+/)![0].length
      tokens.push({ kind: 'term', text: text.slice(at, end), at })
      at = end
    }
  }
  return tokens
}

const isWord = (token: Token | undefined, word: string): boolean => token?.kind === 'term' && token.text === word

/** Parses a topic query. */
export function parseQuery(text: string): Query {
  if (text.length > maxQueryLength) {
    fail(`the query is longer than ${maxQueryLength} characters`, maxQueryLength, 'split it into several topics')
  }
  const state: Parsing = { tokens: tokenize(text), next: 0, terms: 0, depth: 0, negation: -1 }
  if (state.tokens.length === 0) fail('the query is empty', 0, 'write at least one word, for example: ceasefire')
  const query = parseOr(state)
  const rest = state.tokens[state.next]
  if (rest) fail('this ) closes nothing', rest.at, 'remove it, or add the ( that it should close')
  if (!isAnchored(query, false)) {
    const hint = 'say what a post must contain and combine it: ceasefire -football'
    fail('this excludes posts without saying which to include', Math.max(0, state.negation), hint)
  }
  return query
}

function parseOr(state: Parsing): Query {
  const parts = [parseAnd(state)]
  while (isWord(state.tokens[state.next], 'OR')) {
    state.next++
    parts.push(parseAnd(state))
  }
  return join('or', parts)
}

function parseAnd(state: Parsing): Query {
  const parts = [parseUnary(state)]
  for (;;) {
    const token = state.tokens[state.next]
    if (!token || token.kind === ')' || isWord(token, 'OR')) return join('and', parts)
    if (isWord(token, 'AND')) state.next++
    parts.push(parseUnary(state))
  }
}

/** `a OR (b OR c)` is `a OR b OR c`. */
function join(kind: 'and' | 'or', parts: Query[]): Query {
  if (parts.length === 1) return parts[0]!
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) }
}

function parseUnary(state: Parsing): Query {
  let negated = false
  let token = state.tokens[state.next]
  while (token && (token.kind === '-' || isWord(token, 'NOT'))) {
    if (state.negation < 0) state.negation = token.at
    negated = !negated
    token = state.tokens[++state.next]
  }
  const query = parsePrimary(state, token)
  if (!negated) return query
  return query.kind === 'not' ? query.part : { kind: 'not', part: query }
}

function parsePrimary(state: Parsing, token: Token | undefined): Query {
  const before = state.tokens[state.next - 1]
  if (!token)
    return fail(`nothing follows ${before!.text}`, before!.at, `add a term after it, or remove ${before!.text}`)
  if (token.kind === ')') {
    if (before?.kind === '(') fail('these parentheses are empty', before.at, 'put a term between them, or remove them')
    return fail('a term is missing before this )', token.at, 'add one, or remove the operator or )')
  }
  state.next++
  if (token.kind === '(') return parseGroup(state, token)
  const joker = before?.kind !== '-' && (isWord(token, 'AND') || isWord(token, 'OR'))
  if (joker)
    fail(`${token.text} needs a term on both sides`, token.at, `add a term, or write "${token.text}" in quotes`)
  return parseTerm(state, token)
}

function parseGroup(state: Parsing, open: Token): Query {
  if (++state.depth > maxDepth) fail(`parentheses nest deeper than ${maxDepth}`, open.at, 'flatten the query')
  const query = parseOr(state)
  if (state.tokens[state.next]?.kind !== ')') fail('this ( is never closed', open.at, 'add a closing )')
  state.next++
  state.depth--
  return query
}

function parseTerm(state: Parsing, token: Token): Query {
  const operator = token.kind === 'term' ? token.text.match(/^(\p{L}+):(.*)$/su) : null
  const query = operator ? parseField(token, operator[1]!, operator[2]!) : parseText(token)
  state.terms += query.kind === 'words' ? query.words.length : 1
  if (state.terms > maxTerms)
    fail(`the query has more than ${maxTerms} words`, token.at, 'split it into several topics')
  return query
}

function parseField(token: Token, operator: string, raw: string): Query {
  const kind = operator.toLowerCase()
  const value = raw.toLowerCase()
  if (kind !== 'from' && kind !== 'lang' && kind !== 'source') {
    const hint = `the operators are from:, lang: and source:; to look for the text itself write "${token.text}"`
    return fail(`unknown operator ${operator}:`, token.at, hint)
  }
  if (value === '') fail(`${kind}: needs a value`, token.at, `write it without a space or quotes: ${examples[kind]}`)
  if (kind === 'lang' && !/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/.test(value)) {
    fail(`"${raw}" is no language code`, token.at, 'use a code such as lang:en, lang:uk or lang:pt-br')
  }
  return { kind, value: kind === 'from' ? value.replace(/^@(?=.)/, '') : value }
}

const examples: Record<Field, string> = { from: 'from:alice.example', lang: 'lang:en', source: 'source:bluesky' }

function parseText(token: Token): Query {
  if (token.kind === 'term' && token.text[0] === '#') return parseName(token, 'tag')
  if (token.kind === 'term' && token.text[0] === '@') return parseName(token, 'mention')
  const { words, misplaced } = wordsOf(token.text)
  if (misplaced) fail('a * may only end a word', token.at, 'write the beginning of the word and then *: sanction*')
  if (words.length === 0) {
    const hint = 'terms are made of letters, digits and _; join them with AND, OR and NOT, or a space'
    fail(`there is nothing to look for in ${token.text || 'this phrase'}`, token.at, hint)
  }
  return { kind: 'words', words }
}

const nameHints = {
  tag: 'a hashtag is one run of letters, digits and _: #peacetalks',
  mention: 'a mention is a name: @alice or @alice.example',
}

function parseName(token: Token, kind: 'tag' | 'mention'): Query {
  const named = nameOf(token.text.slice(1), kind)
  if (!named) fail(`${token.text} is no ${kind === 'tag' ? 'hashtag' : 'mention'}`, token.at, nameHints[kind])
  return { kind, ...named }
}

/** True when one of the query's terms has to be present for it to match. */
function isAnchored(query: Query, negated: boolean): boolean {
  if (query.kind === 'not') return isAnchored(query.part, !negated)
  if (query.kind !== 'and' && query.kind !== 'or') return !negated
  const anchored = (part: Query) => isAnchored(part, negated)
  return (query.kind === 'and') !== negated ? query.parts.some(anchored) : query.parts.every(anchored)
}

/** The query in its canonical spelling; parsing that gives the same tree. */
export function formatQuery(query: Query): string {
  switch (query.kind) {
    case 'or':
      return query.parts.map(formatQuery).join(' OR ')
    case 'and':
      return query.parts.map((part) => (part.kind === 'or' ? `(${formatQuery(part)})` : formatQuery(part))).join(' ')
    case 'not': {
      const inner = formatQuery(query.part)
      return query.part.kind === 'and' || query.part.kind === 'or' ? `-(${inner})` : `-${inner}`
    }
    case 'words': {
      const text = query.words.map((word) => `${word.glued ? '' : ' '}${word.text}${word.prefix ? '*' : ''}`).join('')
      return query.words.some((word, i) => i > 0 && !word.glued) ? `"${text.trim()}"` : text.trim()
    }
    case 'tag':
      return `#${query.name}${query.prefix ? '*' : ''}`
    case 'mention':
      return `@${query.name}${query.prefix ? '*' : ''}`
    default:
      return `${query.kind}:${query.value}`
  }
}
