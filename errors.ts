// Errors that classify themselves: who must act, whether a retry can help, and what to do next.
// Nothing here is ever told apart by its message text.

/** Somebody's input is wrong; `hint` says what to do. `status` is the HTTP status it maps to. */
export class UserError extends Error {
  readonly status: number
  readonly hint: string
  constructor(message: string, hint: string, status = 400) {
    super(message)
    this.name = 'UserError'
    this.status = status
    this.hint = hint
  }
}

/** A topic query that does not parse. `column` counts UTF-16 units from 1. */
export class QueryError extends UserError {
  readonly column: number
  constructor(message: string, column: number, hint: string) {
    super(message, hint, 422)
    this.name = 'QueryError'
    this.column = column
  }
}

/** Too many ask at once; the same request may go through after `afterMs`. */
export class BusyError extends UserError {
  readonly afterMs: number
  constructor(message: string, hint: string, afterMs: number) {
    super(message, hint, 429)
    this.name = 'BusyError'
    this.afterMs = afterMs
  }
}

/** The world outside failed for now; the same call may go through later. `afterMs`: not sooner than that. */
export class TransientError extends Error {
  readonly afterMs: number
  constructor(message: string, options: { cause?: unknown; afterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.name = 'TransientError'
    this.afterMs = options.afterMs ?? 0
  }
}

/** What we wrote ourselves is not what we read. Must crash us. */
export class CorruptionError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'CorruptionError'
  }
}

/** True for the error an aborted signal throws in Node APIs. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || (error as { code?: string }).code === 'ABORT_ERR')
}

const classes = { UserError, QueryError, BusyError, TransientError, CorruptionError }

/** An error as it goes to another thread: what can be cloned of it. Of classes that are not ours, the name is left. */
export function packed(error: unknown): object {
  if (!(error instanceof Error)) return { name: 'Error', message: 'what was thrown is no error' }
  const plain = Object.entries(error).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  const { name, message, stack } = error
  return { ...Object.fromEntries(plain), name, message, stack }
}

/** The error again, of the class it had; it may go on to a third thread. */
export function unpacked(given: object): Error {
  const { prototype } = classes[(given as Error).name as keyof typeof classes] ?? Error
  const error = Object.create(prototype) as Error
  const hidden = new Set(['message', 'stack'])
  for (const [key, value] of Object.entries(given))
    Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: !hidden.has(key) })
  return error
}
