// Waiting: an abortable sleep, tasks side by side, and exponential back-off with full jitter
// (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015). Never throws on abort.
import { TransientError } from './errors.ts'

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/** Resolves after `ms` or as soon as the signal aborts; leaves no timer and no listener behind. */
export const sleep: Sleep = (ms, signal) => {
  if (signal.aborted || ms <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Sleeps until its time or until somebody rings; a ring before the sleep is not lost. */
export interface Bell {
  ring(): void
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function openBell(rest: Sleep = sleep): Bell {
  let rung = new AbortController()
  return {
    ring: () => rung.abort(),
    wait: async (ms, signal) => {
      await rest(ms, AbortSignal.any([signal, rung.signal]))
      if (rung.signal.aborted) rung = new AbortController()
    },
  }
}

/** How long a `Retry-After` header asks us to stay away: seconds, or a date. 0 where it says nothing we understand. */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  const text = header?.trim() ?? ''
  const ms = /^\d{1,9}(\.\d{1,9})?$/.test(text)
    ? Number(text) * 1_000
    : /^[A-Z]/.test(text)
      ? Date.parse(text) - nowMs
      : 0
  return Math.max(ms || 0, 0)
}

export interface BackoffOptions {
  baseMs?: number
  capMs?: number
  random?: () => number
}

/** Delay before try `attempt` (0, 1, ...): uniform in [base / 2, base) doubled per attempt up to the cap. */
export function backoffMs(
  attempt: number,
  { baseMs = 500, capMs = 60_000, random = Math.random }: BackoffOptions = {},
): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
  return Math.round(ceiling * (0.5 + random() / 2))
}

/** Runs `work` until it succeeds, retrying only TransientErrors. Returns undefined when aborted. */
export async function retry<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  options: BackoffOptions & { sleep?: Sleep; attempts?: number } = {},
): Promise<T | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await work()
    } catch (error) {
      const last = attempt + 1 >= (options.attempts ?? Number.POSITIVE_INFINITY)
      if (!(error instanceof TransientError) || last) throw error
      await (options.sleep ?? sleep)(Math.max(error.afterMs, backoffMs(attempt, options)), signal)
    }
  }
  return undefined
}

/** What the work resolves with, or undefined as soon as the signal aborts: then nobody waits for the work any more. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const stop = () => resolve(undefined)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Runs tasks side by side until all have ended. The first that fails aborts the others, and is told once they stopped. */
export async function together(signal: AbortSignal, tasks: ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const failures: unknown[] = []
  const run = async (task: (signal: AbortSignal) => Promise<void>) => {
    try {
      await task(either)
    } catch (error) {
      failures.push(error)
      stop.abort()
    }
  }
  await Promise.all(tasks.map(run))
  if (failures.length) throw failures[0]
}
