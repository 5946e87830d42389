// The names a statement gives by itself: with AS, right behind a value or table, in front of a lambda's arrow, and as
// subqueries before the first SELECT. Pure. No name may be that of a database, and no subquery's that of a view: who reads the
// statement would take one for the other.
import { shownViews } from '../columns.ts'
import { QueryError } from '../errors.ts'
import { keywords } from './allowed.ts'
import type { Token } from './tokens.ts'

export interface Defined {
  /** Of columns, tables, windows and lambda arguments. */
  names: Set<string>
  /** Of subqueries: WITH name AS (SELECT ...). They stand where a view may stand. */
  ctes: Set<string>
}

/** No name may be one of these: with a point behind it, it would lead out of the views. */
const databases = new Set([
  'system',
  'information_schema',
  'undercurrent',
  'undercurrent_shown',
  'default',
  '_temporary_and_external_tables',
])

/** Keywords that people also give as names: toStartOfHour(at) AS hour. */
const units = new Set('SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR'.split(' '))
const soft = new Set([...units, 'DATE', 'TIMESTAMP', 'FIRST', 'LAST'])

const isNaming = ({ kind }: Token) => kind === 'word' || kind === 'name'

export const sameWord = (token: Token | undefined, text: string): boolean =>
  (token?.kind === 'word' || token?.kind === 'sign') && token.text.toUpperCase() === text

export function definedIn(tokens: Token[]): Defined {
  const names = new Set<string>()
  const ctes = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    const isName = isNaming(token)
    if (isName && databases.has(token.text.toLowerCase()))
      throw new QueryError(`"${token.text}" is not read here`, token.column, 'The views are posts and topics.')
    if (isName && (sameWord(tokens[at - 1], 'AS') || isBehindValue(tokens, at))) names.add(token.text)
    if (isName && sameWord(tokens[at + 1], 'AS') && sameWord(tokens[at + 2], '(')) {
      const isQuery = sameWord(tokens[at + 3], 'SELECT') || sameWord(tokens[at + 3], 'WITH')
      names.add(token.text)
      if (isQuery) addQuery(ctes, token)
    }
    if (sameWord(token, '->')) for (const { text } of argumentsBefore(tokens, at)) names.add(text)
  }
  return { names, ctes }
}

function addQuery(ctes: Set<string>, { text, column }: Token): void {
  if (Object.hasOwn(shownViews, text.toLowerCase()))
    throw new QueryError(`"${text}" is the name of a view`, column, 'Give another name.')
  ctes.add(text)
}

/** Whether a name stands right behind a value or a table, and so names it. */
function isBehindValue(tokens: Token[], at: number): boolean {
  const before = tokens[at - 1]
  if (!before || isKeyword(tokens, at, null)) return false
  if (before.kind === 'sign') return before.text === ')' || before.text === ']'
  if (before.kind !== 'word') return true
  return !isKeyword(tokens, at - 1, null) || sameWord(before, 'END') || sameWord(before, 'NULL')
}

function argumentsBefore(tokens: Token[], arrow: number): Token[] {
  const before = tokens[arrow - 1]
  if (before && isNaming(before)) return [before]
  const start = tokens.findLastIndex((token, at) => at < arrow && sameWord(token, '('))
  return tokens.slice(start + 1, arrow - 1).filter(isNaming)
}

/** Whether a token is a keyword where it stands. `names`: those given by the statement; null: not known yet. */
export function isKeyword(tokens: Token[], at: number, names: Set<string> | null): boolean {
  const { kind, text } = tokens[at]!
  const word = text.toUpperCase()
  if (kind !== 'word' || !keywords.has(word)) return false
  if (!soft.has(word) || (names && !names.has(text))) return true
  if (units.has(word)) return sameWord(tokens[at - 2], 'INTERVAL')
  if (word === 'DATE' || word === 'TIMESTAMP') return tokens[at + 1]?.kind === 'text'
  return sameWord(tokens[at - 1], 'NULLS')
}
