// A clock that stands still until a test moves it, and sleeps that end when it does.
import type { Sleep } from '../../retry.ts'

export interface Time {
  now: () => number
  sleep: Sleep
  /** Ends every sleep that is over by then. */
  advance(ms: number): void
}

export function openTime(startMs: number): Time {
  let nowMs = startMs
  const sleeping = new Set<{ untilMs: number; wake: () => void }>()
  const sleep: Sleep = (ms, signal) => {
    if (signal.aborted || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper = { untilMs: nowMs + ms, wake: () => {} }
      sleeper.wake = () => {
        sleeping.delete(sleeper)
        signal.removeEventListener('abort', sleeper.wake)
        resolve()
      }
      sleeping.add(sleeper)
      signal.addEventListener('abort', sleeper.wake, { once: true })
    })
  }
  return {
    now: () => nowMs,
    sleep,
    advance: (ms) => {
      nowMs += ms
      for (const sleeper of [...sleeping]) if (sleeper.untilMs <= nowMs) sleeper.wake()
    },
  }
}
