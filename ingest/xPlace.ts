// Where we stand on X, durable as the cursor string {id, at}: the newest post read, and the time up to which everything
// was read. X has no cursor of its own; what lies behind this place is looked up by time, a margin earlier, since posts
// arrive nearly in order and not exactly (X: within 6 to 7 seconds at the 99th percentile). Pure.
import { CorruptionError } from '../errors.ts'

export interface Place {
  id: string | null
  /** Unix milliseconds, X's time. */
  at: number
}

/** The cursor is our own writing: when it does not parse, something is badly wrong. */
export function placeOf(cursor: string | null): Place | null {
  if (cursor === null) return null
  try {
    const { id, at } = JSON.parse(cursor)
    if ((id === null || /^\d{1,19}$/.test(id)) && Number.isSafeInteger(at)) return { id, at }
  } catch {}
  throw new CorruptionError('the durable cursor of source x does not parse')
}

/** The place behind a post, never later than X's own time. */
export function behind(place: Place, post: { id: string; at: string }, latest: number): Place {
  const isNewer = place.id === null || BigInt(post.id) > BigInt(place.id)
  return { id: isNewer ? post.id : place.id, at: Math.max(place.at, Math.min(Date.parse(post.at), Math.floor(latest))) }
}

/** The last so many of what was seen. */
export interface Recent {
  /** true: it was there already. */
  add(key: string): boolean
}

export function createRecent(most: number): Recent {
  const keys = new Set<string>()
  return {
    add(key) {
      if (keys.has(key)) return true
      keys.add(key)
      for (const oldest of keys) {
        if (keys.size <= most) break
        keys.delete(oldest)
      }
      return false
    },
  }
}
