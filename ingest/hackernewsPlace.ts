// Where we stand in Hacker News' one line of ids, durable as {first, next, trail}: ids from `first` on are ours, those
// below `next` were read, those below `trail` were read again once they could change no more. And what was told of each
// lately, bounded: forgetting only means to say something once more.
import { CorruptionError } from '../errors.ts'
import type { Change } from '../types.ts'
import { source, type Told } from './hackernewsPost.ts'

export interface Place {
  first: number
  next: number
  trail: number
}

/** The cursor is our own writing: when it does not parse, something is badly wrong. */
export function placeOf(cursor: string | null): Place | null {
  if (cursor === null) return null
  try {
    const { first, next, trail } = JSON.parse(cursor)
    const isOurs = [first, next, trail].every((id) => Number.isSafeInteger(id) && id > 0)
    if (isOurs && first <= trail && trail <= next) return { first, next, trail }
  } catch {}
  throw new CorruptionError('the durable cursor of source hackernews does not parse')
}

interface Known {
  /** null: gone, absent, or never a post. */
  print: string | null
  likes: number | null
  /** When it was written, as far as we know, and when we looked last. */
  timeMs: number
  seenMs: number
}

export interface Look {
  /** Nobody can have been told of it before. */
  isFirst: boolean
  now: number
  /** When its neighbours were written: for what tells no time. */
  nearMs: number
}

/** What was told of ids before; the oldest is forgotten first. */
export class Memory {
  readonly #known = new Map<number, Known>()
  readonly #most: number
  constructor(most = 50_000) {
    this.#most = most
  }

  has(id: number): boolean {
    return this.#known.has(id)
  }

  /** Whether it was looked at when it was this old already. */
  isSettled(id: number, ageMs: number): boolean {
    const known = this.#known.get(id)
    return known !== undefined && known.seenMs - known.timeMs >= ageMs
  }

  /** Whether it is this old by now, or not known. */
  isDue(id: number, { ageMs, now }: { ageMs: number; now: number }): boolean {
    const known = this.#known.get(id)
    return known === undefined || now - known.timeMs >= ageMs
  }

  /** The changes between what we told of an id and what is so now. */
  compare(id: number, told: Told, { isFirst, now, nearMs }: Look): Change[] {
    const before = this.#known.get(id)
    const timeMs = ('timeMs' in told ? told.timeMs : null) ?? before?.timeMs ?? nearMs
    const isUnclear = told.kind === 'absent' || told.kind === 'drop'
    const seen = isUnclear && before ? before : { print: null, likes: null }
    const { print, likes } = told.kind === 'post' ? { print: told.print, likes: told.post.likes } : seen
    this.#keep(id, { print, likes, timeMs, seenMs: now })
    const at = new Date(now).toISOString()
    if (isUnclear) return []
    if (told.kind !== 'post') {
      // Nobody holds what was gone when we first saw it; a deletion would only keep it from coming back.
      const isHeld = before ? before.print !== null : !isFirst && told.kind === 'gone'
      return isHeld ? [{ op: 'delete', source, id: String(id), at, revision: null }] : []
    }
    if (before?.print !== print) return [{ ...told.post, op: isFirst || before?.print === null ? 'create' : 'update' }]
    if (likes === null || likes === before?.likes) return []
    return [{ op: 'counts', source, id: String(id), likes, reposts: 0, at }]
  }

  #keep(id: number, known: Known): void {
    this.#known.delete(id)
    this.#known.set(id, known)
    if (this.#known.size > this.#most) this.#known.delete(this.#known.keys().next().value!)
  }
}
