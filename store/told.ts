// What an engine's error means, by its code alone: whose mistake it is, and what to do. The engine quotes the statement it
// refused, and with it post text: to questions of ours its words go no further; who wrote a statement gets the first of them.
import { CorruptionError, TransientError, UserError } from '../errors.ts'

const narrow = 'Ask for a shorter window (from, to), for one source or language, or for larger steps.'
const tooLong = new Set(['159', '160']) // TIMEOUT_EXCEEDED, TOO_SLOW
const tooBig = new Set(['241', '307', '396']) // memory, rows, result size
const broken = new Set(['40', '117', '228', '246']) // checksum, incorrect data, sizes, corrupted data
const unreachable = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED ENOTFOUND EAI_AGAIN EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH'.split(' '),
)
// The engine's own troubles that pass: too much at once, a keeper or a replica away, a disk full, a stop on its way.
const passing = new Set(
  '198 202 203 209 210 225 236 242 243 252 279 285 286 289 319 341 369 394 439 473 517 529 733 745 749 999'.split(' '),
)
const refused = new Set(['192', '193', '194', '497', '516']) // names, passwords, rights

/** Where an error comes from. */
export interface Told {
  /** Over a network: what comes without a word of the engine is a proxy's, or a silence. */
  remote?: boolean
  /** Nobody is there to ask for less: the same may go through once the engine is less busy. */
  writing?: boolean
}

/** What an engine's error means to us, by its code alone. */
export function told(error: unknown, { remote = false, writing = false }: Told = {}): unknown {
  const code = codeOf(error)
  const limit = tooLong.has(code) || tooBig.has(code)
  if (writing && limit) return new TransientError(`the store is too busy to write (${code})`)
  if (tooLong.has(code)) return new UserError('the question took too long and was cut off', narrow, 422)
  if (tooBig.has(code)) return new UserError('the question needs more memory than it may have', narrow, 422)
  if (broken.has(code)) return new CorruptionError('the store holds bytes it did not write', { cause: error })
  if (refused.has(code)) return new UserError(`the store refuses who asks (${code})`, credentials, 503)
  if (passing.has(code)) return new TransientError(`the store cannot do it now (${code})`)
  if (unreachable.has(code)) return new TransientError('the store cannot be reached', { cause: error })
  if (remote && !/^\d+$/.test(code)) return new TransientError('no answer of the store came through')
  // The engine quotes the statement it refused, and with it post text: its words go no further.
  return new Error(`the store refused a statement: ${code} ${(error as { type?: unknown }).type ?? ''}`.trim())
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')
const credentials = 'UNDERCURRENT_STORE_USER and UNDERCURRENT_STORE_PASSWORD name who may read and write there.'

// Names, types, numbers of arguments, parsing, groups: what somebody who writes a statement can mend.
const mistakes = new Set(
  '6 8 20 27 35 36 38 41 42 43 44 46 47 48 50 53 62 63 69 70 130 179 184 190 207 215 386 403 407 636'.split(' '),
)

/** The same for who wrote the statement: the engine's first sentence is about it, the rest about our insides. */
export function toldShown(error: unknown, from: Told = {}): unknown {
  const code = codeOf(error)
  if (tooLong.has(code)) return new UserError('the statement took too long and was cut off', fewer, 422)
  if (code === '396') return new UserError('the answer is too large', `${fewer} Or choose fewer columns.`, 422)
  if (tooBig.has(code)) return new UserError('the statement needs more memory than it may have', fewer, 422)
  // A text that somebody had parsed is no sign of broken parts; checksums are.
  const isOurs = code === '40' || code === '246' || refused.has(code) || passing.has(code) || !/^\d+$/.test(code)
  if (isOurs) return told(error, from)
  const kind = (error as { type?: unknown }).type ?? 'an error'
  if (!mistakes.has(code)) return new UserError(`the store cannot answer this: ${kind} (${code})`, lookUp, 422)
  const [sentence = ''] = String((error as Error).message).split(
    /(?:[.:,]? (?:In scope|in scope|In query|while executing|While)\b|: while )/,
  )
  const plain = sentence.replaceAll(/undercurrent_shown\.|__table\d+\./g, '').slice(0, 300)
  return new UserError(`the store cannot answer this: ${plain.trim()}`, grouping.has(code) ? regroup : lookUp, 422)
}
const grouping = new Set(['179', '184', '215'])
const regroup = 'Give each result a name that is no column, and put every column without count, avg ... into GROUP BY.'
const lookUp = 'docs/sql.md has the columns, the functions and examples.'
const fewer = 'Ask about fewer posts: WHERE topic = ... AND at >= ..., or with a LIMIT inside.'
