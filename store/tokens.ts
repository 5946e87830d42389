// A statement cut into words, names, texts, numbers and signs, as the engine would cut it; comments are gone. Pure.
// Whatever two readers might read differently (other quotes, odd escapes, control characters) is refused, not guessed.
import { QueryError } from '../errors.ts'

export interface Token {
  /** word: as written; name: what stood in "" or ``; text: with its quotes. */
  kind: 'word' | 'name' | 'text' | 'number' | 'sign'
  text: string
  /** From 1, in UTF-16 units. */
  column: number
}

export const mostLetters = 10_000

const patterns: [Token['kind'] | 'gap', RegExp][] = [
  ['gap', /[ \t\r\n]+|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\//y],
  ['text', /'(?:[^'\\]|''|\\[\\'nrt%_dwsbDWSB.+*?()[\]{}|^$/-])*'/y],
  ['name', /"[^"\\`\r\n]{1,64}"|`[^"\\`\r\n]{1,64}`/y],
  ['number', /(?:0x[0-9a-fA-F]+|(?:\d+(?:\.\d+)?|(?<![\w)\]"`'])\.\d+)(?:[eE][+-]?\d+)?)(?!\w)/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['sign', /->|::|\|\||==|!=|<>|<=|>=|\/(?!\*)|[-+*%(),.<>=[\];]/y],
]

/** Throws a QueryError at what cannot be read. */
export function tokensOf(statement: string): Token[] {
  if (statement.length > mostLetters)
    throw new QueryError(`the statement is longer than ${mostLetters} letters`, mostLetters, 'Ask for less at once.')
  const tokens: Token[] = []
  let at = 0
  while (at < statement.length) {
    const [kind, text] = next(statement, at)
    if (kind !== 'gap') tokens.push({ kind, text: kind === 'name' ? text.slice(1, -1).trim() : text, column: at + 1 })
    at += text.length
  }
  return tokens
}

function next(statement: string, at: number): [Token['kind'] | 'gap', string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const text = pattern.exec(statement)?.[0]
    if (text === undefined) continue
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
    if (kind !== 'gap' && /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) break
    return [kind, text]
  }
  throw unreadable(statement, at)
}

const hints: [RegExp, string, string][] = [
  [
    /^'/,
    'a text that does not end here, or holds an unusual escape',
    "Write texts as 'so'; double a quote inside: ''.",
  ],
  [/^["`]/, 'a name in quotes that does not end, or is longer than 64 letters', 'Names in quotes are "so".'],
  [/^\/\*/, 'a comment that does not end', 'End it with */ or use -- to the end of the line.'],
  [/^[{}?]/, 'parameters and braces are not known here', "Write values as they are, and a map as map('a', 1)."],
  [/^[^\0-\x7f]/, 'a letter or quote that is not ASCII', "Outside of texts only ASCII: ' and not a curly quote."],
]

function unreadable(statement: string, at: number): QueryError {
  const rest = statement.slice(at)
  const [, told = `"${rest.charAt(0)}" is not read here`, hint = 'Leave it out.'] =
    hints.find(([pattern]) => pattern.test(rest)) ?? []
  return new QueryError(told, at + 1, hint)
}
