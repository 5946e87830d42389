// What an engine's error means, by its code alone: whose mistake it is, and what to do. The engine quotes the statement it
// refused, and with it post text: to questions of ours its words go no further; who wrote a statement gets the first of them.
import { CorruptionError, TransientError, UserError } from '../errors.ts'

const narrow = 'Ask for a shorter window (from, to), for one source or language, or for larger steps.'
const tooLong = new Set(['159', '160']) // TIMEOUT_EXCEEDED, TOO_SLOW
const tooBig = new Set(['241', '307', '396']) // memory, rows, result size
const broken = new Set(['40', '117', '228', '246']) // checksum, incorrect data, sizes, corrupted data
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'])

/** What an engine's error means to us, by its code alone. */
export function told(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code ?? '')
  if (tooLong.has(code)) return new UserError('the question took too long and was cut off', narrow, 422)
  if (tooBig.has(code)) return new UserError('the question needs more memory than it may have', narrow, 422)
  if (broken.has(code)) return new CorruptionError('the store holds bytes it did not write', { cause: error })
  if (unreachable.has(code)) return new TransientError('the store cannot be reached', { cause: error })
  // The engine quotes the statement it refused, and with it post text: its words go no further.
  return new Error(`the store refused a statement: ${code} ${(error as { type?: unknown }).type ?? ''}`.trim())
}

// Names, types, numbers of arguments, parsing, groups: what somebody who writes a statement can mend.
const mistakes = new Set(
  '6 8 20 27 35 36 38 41 42 43 44 46 47 48 50 53 62 63 69 70 130 179 184 190 207 215 386 403 407 636'.split(' '),
)

/** The same for who wrote the statement: the engine's first sentence is about it, the rest about our insides. */
export function toldShown(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code ?? '')
  if (tooLong.has(code)) return new UserError('the statement took too long and was cut off', fewer, 422)
  if (code === '396') return new UserError('the answer is too large', `${fewer} Or choose fewer columns.`, 422)
  if (tooBig.has(code)) return new UserError('the statement needs more memory than it may have', fewer, 422)
  // A text that somebody had parsed is no sign of broken parts; checksums are.
  const isOurs = unreachable.has(code) || code === '40' || code === '246' || !/^\d+$/.test(code)
  if (isOurs) return told(error)
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
