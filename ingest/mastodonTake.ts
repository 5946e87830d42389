// What an instance tells, page by page and event by event, becomes changes, and the place in its stream moves behind it.
// Tells each version of a post once, as far as the place remembers. Knows nothing of requests and waiting.
import type { Change, DeleteChange, DropReason } from '../types.ts'
import { compareIds, newerOf, type Place, remember } from './mastodonPlace.ts'
import { idOf, nameOf, source, type Teller, toldOf } from './mastodonPost.ts'
import type { ServerEvent } from './sse.ts'

/** What one stream brings. */
export interface Portion {
  changes: Change[]
  drops: DropReason[]
}

interface Taking {
  isEdit: boolean
  /** The newest id before. */
  before: string | null
}

/** Told of accounts and instances, not of posts. */
const passed =
  /^(notification|filters_changed|conversation|announcement(\.\w+)?|encrypted_message|notifications_merged)$/

export class Taker {
  readonly #place: Place
  readonly #teller: Teller
  readonly #now: () => number

  constructor(place: Place, { teller, now }: { teller: Teller; now: () => number }) {
    this.#place = place
    this.#teller = teller
    this.#now = now
  }

  /** What some events change. */
  events(events: (ServerEvent | null)[]): Portion {
    const portion: Portion = { changes: [], drops: [] }
    for (const told of events) {
      if (told === null) portion.drops.push('malformed')
      else if (told.event === 'delete') this.#delete(told.data.trim(), portion)
      else if (told.event === 'update' || told.event === 'status.update') {
        this.#take(jsonOf(told.data), portion, { isEdit: told.event !== 'update', before: null })
      } else if (!passed.test(told.event)) portion.drops.push('unknown_kind')
    }
    return portion
  }

  /** An instance never gives an id twice: this is final. */
  gone(id: string): DeleteChange {
    this.#place.told.delete(id)
    return this.#deletion(id, null)
  }

  #deletion(id: string, revision: string | null): DeleteChange {
    return { op: 'delete', source, id: nameOf(this.#teller, id), at: new Date(this.#now()).toISOString(), revision }
  }

  #delete(text: string, { changes, drops }: Portion): void {
    const id = idOf(text)
    if (id === null) drops.push('bad_id')
    else changes.push(this.gone(id))
  }

  /** Pages come newest first. What is not newer than all before was seen, and is not counted as dropped again. */
  page(statuses: unknown[]): Portion {
    const portion: Portion = { changes: [], drops: [] }
    const before = this.#place.newest
    for (const status of statuses.toReversed()) this.#take(status, portion, { isEdit: false, before })
    return portion
  }

  #take(status: unknown, { changes, drops }: Portion, { isEdit, before }: Taking): void {
    const place = this.#place
    const told = toldOf(status, this.#teller, this.#now())
    const isNew = told.id === null || before === null || compareIds(told.id, before) > 0
    if (told.id !== null && isEdit && place.first !== null && compareIds(told.id, place.first) < 0) return
    if (told.id !== null && !isEdit) place.newest = newerOf(place.newest, told.id)
    if (told.kind === 'drop' && isNew) drops.push(told.reason)
    if (told.kind === 'unwilling') {
      // Somebody who asked for it since: what we may hold of this post goes.
      const isHeld = isEdit || place.told.delete(told.id)
      if (isHeld) changes.push(this.#deletion(told.id, told.revision))
      else if (isNew) drops.push('unwilling')
    }
    if (told.kind !== 'post') return
    const known = place.told.get(told.id)
    const isSame = known === told.revision || (known === null && !told.isEdited)
    remember(place, told.id, told.revision)
    if (!isSame) changes.push(told.post)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
