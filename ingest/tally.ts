// What one source has seen so far, as its status tells it: counters, state, one sentence for a person. Every drop is
// counted here and in the metrics alike. Never keeps a post or an author.
import { dropped } from '../metrics.ts'
import type { Change, DropReason, SourceStatus } from '../types.ts'

export interface Tally {
  /** Counted for a person and for the metrics. */
  drop(reason: DropReason): void
  took(changes: Change[]): void
  say(state: SourceStatus['state'], detail: string): void
  status(): SourceStatus
}

export function createTally(name: string): Tally {
  const status: SourceStatus = {
    ...{ name, state: 'off', detail: 'Not started.', latest: null },
    ...{ received: 0, drops: {}, gaps: 0 },
  }
  return {
    drop(reason) {
      status.drops[reason] = (status.drops[reason] ?? 0) + 1
      dropped(name, reason)
    },
    took(changes) {
      for (const change of changes) {
        if (change.op === 'gap') status.gaps++
        else status.received++
        if ('at' in change) status.latest = change.at
      }
    },
    say(state, detail) {
      status.state = state
      status.detail = detail
    },
    status: () => ({ ...status, drops: { ...status.drops } }),
  }
}

/** A length of time for a person: "40 s", "3 min", "2 h 5 min". */
export function spanOf(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
}
