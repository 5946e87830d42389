// X's own time, as an interval that certainly holds it: the Date header of its latest answer, and what has passed since on
// clocks that nobody sets. The local time of day plays no part once X has answered, so setting it changes nothing.
// Money is counted in X's days: whoever must not be wrong takes both ends.
import { uptime } from 'node:os'

export interface XClock {
  /** X answered at least once. */
  readonly isKnown: boolean
  /** To be taken just before a request, and handed to `heard` with its answer. */
  mark(): Mark
  /** The Date header of an answer to the request made at `sent`. One that is no date is left aside. */
  heard(date: string | undefined, sent: Mark): void
  /** X's time lies in here; before its first answer both are the local time. Unix milliseconds. */
  span(): { low: number; high: number }
}

export type Mark = readonly number[]

export interface XClockOptions {
  /** The local time of day, for before X's first answer. */
  now?: () => number
  /** Milliseconds on clocks that only go forward. The second of them runs on while the machine sleeps. */
  steady?: (() => number)[]
}

/** A header tells whole seconds; a steady clock may be this wrong, and reads in steps. */
const secondMs = 1_000
const drift = 1e-4
const stepMs = 20

export function openXClock({
  now = Date.now,
  steady = [() => performance.now(), () => uptime() * 1_000],
}: XClockOptions = {}): XClock {
  const mark = () => steady.map((read) => read())
  let base: { dateMs: number; sent: Mark; received: Mark } | null = null
  const since = (start: Mark) => mark().map((ms, at) => Math.max(0, ms - start[at]!))
  return {
    get isKnown() {
      return base !== null
    },
    mark,
    heard(date, sent) {
      const dateMs = Date.parse(date ?? '')
      if (!Number.isNaN(dateMs)) base = { dateMs, sent, received: mark() }
    },
    span() {
      if (!base) return { low: now(), high: now() }
      const least = Math.min(...since(base.received)) * (1 - drift) - stepMs
      const most = Math.max(...since(base.sent)) * (1 + drift) + stepMs
      return { low: base.dateMs + Math.max(0, least), high: base.dateMs + secondMs + most }
    },
  }
}
