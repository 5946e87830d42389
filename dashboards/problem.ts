// Errors of the API as RFC 9457 problem+json that say what to do, and the headers that every answer carries.
// A person's mistake is told; what went wrong inside never is.
import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'
import { BusyError, CorruptionError, isAbort, QueryError, TransientError, UserError } from '../errors.ts'

export const problemType = 'application/problem+json'

/** A problem+json answer. `hint` says what to do next. */
export function problem(status: number, title: string, hint: string): Response {
  return answer({ type: 'about:blank', title, status, detail: hint })
}

/** "tags: Too big", of a request that has not the shape it should. Of several shapes the one that got furthest is told. */
export function mistakeOf({ issues }: z.ZodError): string {
  const inside = (
    issue: z.core.$ZodIssue,
    path: PropertyKey[] = issue.path,
  ): { path: PropertyKey[]; message: string }[] => {
    // A union that was given words of its own says what is wrong.
    if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return [{ path, message: issue.message }]
    return issue.errors.flat().flatMap((one) => inside(one, [...path, ...one.path]))
  }
  const [first] = issues.flatMap((issue) => inside(issue)).sort((a, b) => b.path.length - a.path.length)
  return `${first?.path.join('.') || 'the request'}: ${first?.message}`
}

function answer(body: { type: string; title: string; status: number; detail: string; column?: number }): Response {
  return new Response(JSON.stringify(body), { status: body.status, headers: { 'content-type': problemType } })
}

/** What an exception becomes: a person's mistake is told, everything else is ours and hides its inside. */
export function problemOf(
  error: unknown,
  note: (event: string, fields: object) => void,
  crash: (error: Error) => void = crashSoon,
): Response {
  if (error instanceof QueryError) {
    const { status, message: title, hint: detail, column } = error
    return answer({ type: 'about:blank', title, status, detail, column })
  }
  if (error instanceof BusyError) return busy(error)
  if (error instanceof UserError) return problem(error.status, error.message, error.hint)
  if (error instanceof HTTPException) {
    const hint = /JSON/i.test(error.message) ? 'Send one JSON object.' : 'See /openapi.json for the shapes.'
    return problem(error.status, error.message.toLowerCase(), hint)
  }
  // Whoever asked has gone: nobody reads this, and nothing is wrong.
  if (isAbort(error)) return problem(503, 'the request was given up', 'Ask again.')
  note('request failed', { error })
  // What we wrote ourselves is not what we read: no answer after this one could be trusted.
  if (error instanceof CorruptionError) crash(error)
  if (error instanceof TransientError) return problem(503, 'this cannot be answered now', 'Try again in a few seconds.')
  return problem(500, 'this answer failed', 'It is our fault and is in the log of this process; try again later.')
}

function busy({ status, message, hint, afterMs }: BusyError): Response {
  const response = problem(status, message, hint)
  response.headers.set('retry-after', String(Math.ceil(afterMs / 1_000)))
  return response
}

/** Ends the process once this answer had its chance to leave. */
function crashSoon(error: Error): void {
  setTimeout(() => {
    throw error
  }, 50)
}

/** Headers every answer carries: no script but ours, no third party, no sniffing, no framing but of embeds. */
export const headers: MiddlewareHandler = async (c, next) => {
  await next()
  const embed = c.req.path.startsWith('/embed/')
  const rules = c.res.headers.get('content-security-policy')
  c.header(
    'content-security-policy',
    rules ??
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ${embed ? '*' : "'none'"}`,
  )
  // Nothing but that it may not be read: an open page has to learn of it.
  if (embed && c.res.status >= 400) c.header('access-control-allow-origin', '*')
  c.header('x-content-type-options', 'nosniff')
  c.header('referrer-policy', 'same-origin')
}
