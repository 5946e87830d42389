// One place that is told things, one after the other: whoever waits longest has its turn, and a place that fails rests as
// a whole, with growing pauses. Knows nothing of what is told; what takes long is tryOne's. Used for sites and for channels
// of alerts.
import { CorruptionError } from './errors.ts'
import { type Bell, backoffMs, openBell, type Sleep } from './retry.ts'

export interface Turn {
  /** Not before then. */
  nextMs: number
  /** Of those that may, the one that waits longest is first. */
  sinceMs: number
}

export interface Place {
  /** Tries that failed since the last that did not. */
  failures: number
  nextMs: number
  bell: Bell
  stop: AbortController
}

export const openPlace = (sleep?: Sleep): Place => ({
  ...{ failures: 0, nextMs: 0, bell: openBell(sleep), stop: new AbortController() },
})

/** After that long of trying, a thing is given up. */
export const giveUpMs = 24 * 3_600_000
/** However long a place asks to be left alone. */
const longestWaitMs = 3_600_000
const pauses = { baseMs: 5_000, capMs: 900_000 }

export interface Resting {
  now: () => number
  random?: (() => number) | undefined
  /** The longest pause by itself; absent: a quarter of an hour. */
  capMs?: number | undefined
}

/** How long a thing rests that failed so many times before. */
export const pauseMs = (failures: number, { random, capMs = pauses.capMs }: Omit<Resting, 'now'> = {}): number =>
  backoffMs(failures, { baseMs: pauses.baseMs, capMs, ...(random ? { random } : {}) })

/** The place rests as a whole. */
export function rest(place: Place, resting: Resting, atLeastMs = 0): void {
  place.nextMs = resting.now() + Math.max(pauseMs(place.failures++, resting), Math.min(atLeastMs, longestWaitMs))
}

/** It took what it was told. Where it asks for time before the next, it gets it. */
export function revive(place: Place, nowMs: number, atLeastMs = 0): void {
  Object.assign(place, { failures: 0, nextMs: atLeastMs > 0 ? nowMs + Math.min(atLeastMs, longestWaitMs) : 0 })
}

export interface Taking<T extends Turn> extends Resting {
  waiting: () => Iterable<T>
  /** Tells it, or finds that there is nothing to tell: then it waits no more, or until later. */
  tryOne: (next: T, signal: AbortSignal) => Promise<void>
  /** Something in here failed; the place rests. */
  failed: (error: unknown) => void
}

/** Gives turns until the signal aborts. Rejects only where log or store are not what we wrote. */
export async function takeTurns<T extends Turn>(place: Place, taking: Taking<T>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = [...taking.waiting()].sort((a, b) => a.nextMs - b.nextMs || a.sinceMs - b.sinceMs)[0]
    const waitMs = next ? Math.max(next.nextMs, place.nextMs) - taking.now() : giveUpMs
    if (!next || waitMs > 0) {
      await place.bell.wait(waitMs, signal)
      continue
    }
    try {
      await taking.tryOne(next, signal)
    } catch (error) {
      if (error instanceof CorruptionError) throw error
      if (signal.aborted) return
      rest(place, taking)
      taking.failed(error)
    }
  }
}
