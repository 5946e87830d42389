// The first lock of the console: a statement passes as one SELECT about the shown views, or is refused with what to do.
// What the engine gets is written anew from the parts that were understood: keywords and functions of our lists, and every
// other name in backquotes, so that no word can mean more to the engine than it did here. Pure.
import { shownViews } from '../columns.ts'
import { QueryError } from '../errors.ts'
import { functionOf, refusedWords, types } from './allowed.ts'
import { type Defined, definedIn, isKeyword, sameWord } from './naming.ts'
import { refusedCall, refusedWord, unknownName, unknownTable } from './refusals.ts'
import { type Token, tokensOf } from './tokens.ts'

/** What a pair of brackets holds, and the clause that was read last between them. */
interface Frame {
  kind: 'group' | 'call' | 'cast' | 'type'
  clause: 'other' | 'tables' | 'array'
}

interface Reading extends Defined {
  tokens: Token[]
  at: number
  frames: Frame[]
  /** Whether something stands before that a new name could be given to. */
  operand: boolean
  /** What has to come now, if anything has; end: nothing that changes the asterisk before it. */
  due: 'table' | 'type' | 'alias' | 'end' | null
  out: string[]
}

const deepest = 40
const columns = new Set(Object.values(shownViews).flatMap((view) => view.map(({ name }) => name)))
const starts = new Set(['SELECT', 'WITH'])

/** The statement as the engine may have it. Throws a QueryError that says what is refused and what to do. */
export function pass(statement: string): string {
  const tokens = tokensOf(statement)
  while (tokens.at(-1)?.text === ';') tokens.pop()
  const [first] = tokens
  if (!first) throw new QueryError('there is no statement', 1, 'Write a SELECT, like SELECT count() FROM posts.')
  if (first.kind !== 'word' || !starts.has(first.text.toUpperCase()))
    throw new QueryError(`a statement begins with SELECT or WITH, not with "${first.text}"`, first.column, readOnly)
  const more = tokens.find(({ kind, text }) => kind === 'sign' && text === ';')
  if (more) throw new QueryError('more than one statement', more.column, 'Send one statement; a ; may only end it.')
  const frames: Frame[] = [{ kind: 'group', clause: 'other' }]
  const reading: Reading = { ...definedIn(tokens), tokens, at: 0, frames, operand: false, due: null, out: [] }
  for (; reading.at < tokens.length; reading.at++) take(reading, tokens[reading.at]!)
  if (frames.length > 1) throw new QueryError('a bracket is not closed', tokens.at(-1)!.column, 'Close it with ) or ].')
  if (reading.due === 'table') throw unknownTable(tokens.at(-1)!)
  return reading.out.join(' ')
}

const readOnly = 'The console only reads: one SELECT about posts or topics.'

function take(reading: Reading, token: Token): void {
  if (token.kind === 'sign') takeSign(reading, token)
  else if (reading.due === 'table') takeTable(reading, token)
  else if (reading.due === 'type') takeType(reading, token)
  else if (token.kind === 'word' || token.kind === 'name') takeWord(reading, token)
  else put(reading, token.kind === 'text' ? timed(token.text) : token.text, true)
}

/** Answers write times as ISO 8601; compared with a time, the engine's index reads only its own way. */
const timed = (text: string) =>
  text.replace(
    /^'(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.0+|(\.\d{1,3}))?Z'$/,
    (_, day, time, part = '') => `'${day} ${time}${part}'`,
  )

function put(reading: Reading, text: string, operand: boolean): void {
  reading.out.push(text)
  reading.operand = operand
  reading.due = null
}

const quoted = (name: string) => `\`${name}\``
const after = ({ tokens, at }: Reading, steps = 1): Token | undefined => tokens[at + steps]
const isOpening = (token?: Token) => token?.kind === 'sign' && token.text === '('

// ---------------------------------------------------------------- words

function takeWord(reading: Reading, token: Token): void {
  const opens = isOpening(after(reading))
  const call = opens && token.kind === 'word' ? functionOf(token.text) : undefined
  const key = isKeyword(reading.tokens, reading.at, reading.names)
  if (reading.due === 'alias') takeAlias(reading, token)
  else if (reading.due === 'end' && (call !== undefined || !key)) throw refusedWord(token)
  else if (call !== undefined && !(key && reading.operand)) put(reading, call, false)
  else if (key) takeKeyword(reading, token)
  else if (isRefused(token)) throw refusedWord(token)
  else if (opens) throw refusedCall(token)
  else if (reading.operand) takeAlias(reading, token)
  else takeName(reading, token)
}

const isRefused = ({ kind, text }: Token) => kind === 'word' && refusedWords.has(text.toUpperCase())

/** A new name: after AS, or right behind what it names, where it gets its AS here. */
function takeAlias(reading: Reading, token: Token): void {
  if (isOpening(after(reading))) throw refusedCall(token)
  if (isRefused(token)) throw refusedWord(token)
  if (reading.due !== 'alias') reading.out.push('AS')
  put(reading, quoted(token.text), false)
}

/** A column, or a name of the statement's own; with a point, a column of a view or of such a name. */
function takeName(reading: Reading, token: Token): void {
  const { names, ctes } = reading
  const isTable = Object.hasOwn(shownViews, token.text) || ctes.has(token.text)
  const pointed = sameWord(after(reading), '.')
  if (!columns.has(token.text) && !names.has(token.text) && !(isTable && pointed)) throw unknownName(token)
  put(reading, quoted(token.text), true)
}

function takeTable(reading: Reading, token: Token): void {
  const isName = token.kind === 'word' || token.kind === 'name'
  const isShown = Object.hasOwn(shownViews, token.text) || reading.ctes.has(token.text)
  const next = after(reading)
  if (!isName || !isShown || isOpening(next) || sameWord(next, '.')) throw unknownTable(token)
  put(reading, quoted(token.text), true)
}

function takeType(reading: Reading, token: Token): void {
  const isArgument = token.kind === 'number' || token.kind === 'text'
  const inside = reading.frames.at(-1)!.kind === 'type'
  if (!(inside && isArgument) && !(token.kind === 'word' && types.has(token.text)))
    throw new QueryError(`"${token.text}" is no type known here`, token.column, `Types are ${[...types].join(', ')}.`)
  put(reading, token.text, true)
}

// ---------------------------------------------------------------- keywords

const others = new Set('SELECT WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET UNION INTERSECT WINDOW WITH'.split(' '))
const values = new Set(['NULL', 'TRUE', 'FALSE', 'END'])

function takeKeyword(reading: Reading, token: Token): void {
  const word = token.text.toUpperCase()
  const frame = reading.frames.at(-1)!
  const before = reading.operand
  if (others.has(word)) frame.clause = 'other'
  put(reading, word, values.has(word))
  if (word === 'FROM' || word === 'JOIN') takeTables(reading, frame, word)
  if (word === 'ON') frame.clause = 'tables'
  if (word === 'IN') takeIn(reading, token, before)
  if (word === 'USING' && !isOpening(after(reading)))
    throw new QueryError('USING without brackets', token.column, 'Write USING (topic).')
  if (word === 'CAST' && !isOpening(after(reading))) throw unknownName(token)
  if (word === 'AS' && frame.kind === 'cast') reading.due = 'type'
  else if (word === 'AS' && !isOpening(after(reading))) reading.due = 'alias'
}

/** ARRAY JOIN is about values; every other JOIN, and every FROM, about a table. */
function takeTables(reading: Reading, frame: Frame, word: string): void {
  const isArray = word === 'JOIN' && sameWord(after(reading, -1), 'ARRAY')
  frame.clause = isArray ? 'array' : 'tables'
  if (!isArray) reading.due = 'table'
}

/** What follows is a list, an array, or a table; the engine would take any name for a table. */
function takeIn(reading: Reading, token: Token, before: boolean): void {
  const denied = sameWord(after(reading, -1), 'NOT') && reading.at > 1
  if (!before && !denied)
    throw new QueryError('IN has nothing before it', token.column, 'Write a value, then IN, then a list in brackets.')
  const next = after(reading)
  const isList = next?.kind === 'sign' && (next.text === '(' || next.text === '[')
  const isCall = next?.kind === 'word' && isOpening(after(reading, 2)) && functionOf(next.text) !== undefined
  if (!isList && !isCall) reading.due = 'table'
}

// ---------------------------------------------------------------- signs

function takeSign(reading: Reading, token: Token): void {
  const { text, column } = token
  if (text === ';') throw new QueryError('more than one statement', column, 'Send one statement; a ; may only end it.')
  if (text === '(' || text === '[') open(reading, token)
  else if (text === ')' || text === ']') close(reading, token)
  else if (reading.due === 'table' || reading.due === 'alias') throw unknownTable(token)
  else if (text === '.') takePoint(reading, token)
  else if (text === ',') takeComma(reading, token)
  else {
    const isAsterisk = text === '*' && !reading.operand
    put(reading, text, false)
    if (text === '::') reading.due = 'type'
    else if (isAsterisk) reading.due = 'end'
  }
}

function takeComma(reading: Reading, { text, column }: Token): void {
  const { kind, clause } = reading.frames.at(-1)!
  if (clause === 'tables')
    throw new QueryError('a comma between tables', column, 'Join tables with JOIN ... ON or CROSS JOIN.')
  if (kind === 'cast') throw new QueryError('a comma in CAST', column, 'Write CAST(x AS Float64).')
  put(reading, text, false)
  if (kind === 'type') reading.due = 'type'
}

function open(reading: Reading, token: Token): void {
  const { frames, due } = reading
  const next = after(reading)
  const begins = next?.kind === 'word' && starts.has(next.text.toUpperCase())
  if (due === 'type') throw new QueryError('a type is missing here', token.column, 'Write one, like Float64.')
  if (due === 'table' && (token.text === '[' || !(begins || isOpening(next)))) throw unknownTable(token)
  if (frames.length > deepest) throw new QueryError('too many brackets in each other', token.column, 'Ask in steps.')
  const before = after(reading, -1)
  const isType = token.text === '(' && before?.kind === 'word' && types.has(before.text) && reading.operand
  const kind = sameWord(before, 'CAST') && token.text === '(' ? 'cast' : isType ? 'type' : 'group'
  frames.push({ kind, clause: 'other' })
  put(reading, token.text, false)
  if (isType) reading.due = 'type'
  else if (due === 'table' && !begins) reading.due = 'table'
}

function close(reading: Reading, token: Token): void {
  if ((reading.due !== null && reading.due !== 'end') || reading.frames.length === 1)
    throw new QueryError(`"${token.text}" closes too early`, token.column, 'Look at the brackets before it.')
  reading.frames.pop()
  put(reading, token.text, true)
}

/** p.text, p.*, t.1: one point, behind a name or a value. Three names in a row would reach another database. */
function takePoint(reading: Reading, token: Token): void {
  const next = after(reading)
  const isNamed = next?.kind === 'word' || next?.kind === 'name'
  const chained = sameWord(after(reading, -2), '.') || after(reading, -1)?.kind === 'sign'
  if (!reading.operand || !next || (isNamed && chained) || !(isNamed || next.kind === 'number' || next.text === '*'))
    throw new QueryError('a point that leads nowhere', token.column, 'Write posts.text, or text alone.')
  if (isNamed && !columns.has(next.text) && !reading.names.has(next.text)) throw unknownName(next)
  if (isNamed && isOpening(after(reading, 2))) throw refusedCall(next)
  reading.out.push(`${reading.out.pop()}.${isNamed ? quoted(next.text) : next.text}`)
  reading.at++
  reading.operand = next.text !== '*'
  if (next.text === '*') reading.due = 'end'
}
