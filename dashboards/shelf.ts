// Boxes as story pages ask for them, thousands of times a second: made once for each state of the posts, rendered once
// for each form. One that is asked for is made anew in the background when something was analyzed, at the pace the
// machine allows; meanwhile the last one is told, for less than a minute. One that nobody asked for is made when asked.
import { createHash } from 'node:crypto'
import type { Perspective } from '../conclusions.ts'
import { boxOf, type Core, type Place } from './boxOf.ts'
import { etagOf } from './fresh.ts'
import type { Given } from './served.ts'

/** A box in one form (JSON, page, card ...), as it goes out. */
export interface Rendered {
  bytes: Uint8Array<ArrayBuffer>
  etag: string
}

/** A box as it is kept. `hash` names what it says, whoever asks and where. */
export interface Shelved {
  core: Core
  hash: string
  /** The same form of the same box is rendered once. */
  form(name: string, render: () => Promise<string | Uint8Array<ArrayBuffer>>): Promise<Rendered>
}

export interface Shelf {
  get(place: Place): Promise<Shelved>
  /** Boxes in use that do not yet tell what was analyzed; 0: every box is of now. */
  behind(): Promise<number>
}

interface Kept {
  place: Place
  last: { told: Perspective; core: Core } | undefined
  shelved: Shelved | undefined
  /** What had been analyzed when it was begun. */
  stamp: string
  /** Editions that were kept since: one that comes while the box is made may not be in it. */
  news: number
  madeMs: number
  askedMs: number
  /** Not made anew before: a busy topic must leave the machine to others. */
  restUntilMs: number
  making: Promise<Shelved> | undefined
}

export interface ShelfOptions {
  served: Given
  /** Ends what is being made. */
  signal: AbortSignal
  /** A box says something else than before. */
  changed?: () => void
  /** Milliseconds. */
  now?: () => number
}

const mostKept = 1_000
const mostForms = 64
/** A look at what was analyzed serves everybody for so long. */
const stampMs = 200
/** The oldest box that is told while a new one is made; whoever asks for an older one waits. */
const graceMs = 20_000
/** Asked for so lately, a box is in use. */
const usedMs = 60_000
const restTimes = 3

type Making = Required<ShelfOptions>

export function openShelf({ served, signal, changed = () => {}, now = () => performance.now() }: ShelfOptions): Shelf {
  const kept = new Map<string, Kept>()
  const stampOf = openStamp(served, now)
  const making = { served, signal, changed, now }
  // An edition is kept a moment after its paragraph was told: only then is there a correction to tell of.
  const deaf = served.listen(({ topic }) => {
    for (const one of kept.values())
      if (one.place.topic.id === topic) Object.assign(one, { stamp: '', news: one.news + 1 })
  })
  signal.addEventListener('abort', deaf, { once: true })
  return {
    get: async (place) => {
      const stamp = await stampOf(stampMs)
      const one = find(kept, place)
      one.askedMs = now()
      const isTold = one.shelved && (one.stamp === stamp || now() - one.madeMs <= graceMs)
      if (!isTold) return begin(making, one, stamp)
      if (one.stamp !== stamp) beginQuietly(making, one, stamp)
      return one.shelved!
    },
    behind: async () => {
      const stamp = await stampOf(0)
      const isLate = (one: Kept) => one.shelved && one.stamp !== stamp && now() - one.askedMs < usedMs
      const late = [...kept.values()].filter(isLate)
      for (const one of late) beginQuietly(making, one, stamp)
      return late.length
    },
  }
}

function begin(making: Making, one: Kept, stamp: string): Promise<Shelved> {
  one.making ??= make(making, one, stamp)
  return one.making
}

function beginQuietly(making: Making, one: Kept, stamp: string): void {
  const { served, now } = making
  if (now() < one.restUntilMs) return
  begin(making, one, stamp).catch((error: unknown) => {
    served.note('a box was not made, will be tried again', { error })
  })
}

async function make({ served, signal, changed, now }: Making, one: Kept, stamp: string): Promise<Shelved> {
  const [begun, { news }] = [now(), one]
  try {
    const made = await boxOf(served, one.place, { signal, last: one.last })
    const text = JSON.stringify(made.core)
    const isSame = one.shelved && JSON.stringify(one.shelved.core) === text
    const shelved = isSame ? one.shelved! : shelve(made.core, text)
    Object.assign(one, { last: made, shelved, stamp: one.news === news ? stamp : '', madeMs: now() })
    if (!isSame) changed()
    return shelved
  } finally {
    one.making = undefined
    one.restUntilMs = now() + restTimes * (now() - begun)
  }
}

/** The last is the one asked for latest; who was not asked for longest makes room. */
function find(kept: Map<string, Kept>, place: Place): Kept {
  const { id, version, name } = place.topic
  const key = JSON.stringify([id, version, name, place.story])
  const fresh = { last: undefined, shelved: undefined, stamp: '', news: 0, madeMs: 0, askedMs: 0, restUntilMs: 0 }
  const one: Kept = kept.get(key) ?? { place, ...fresh, making: undefined }
  kept.delete(key)
  kept.set(key, one)
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
  return one
}

/** What was analyzed, in one word that moves with it; looked at anew when the last look is older than asked for. */
function openStamp({ stamp }: Given, now: () => number): (oldestMs: number) => Promise<string> {
  let look: { at: number; stamp: Promise<string> } | undefined
  return (oldestMs) => {
    if (!look || now() - look.at >= oldestMs) look = { at: now(), stamp: stamp() }
    return look.stamp
  }
}

function shelve(core: Core, text: string): Shelved {
  const forms = new Map<string, Promise<Rendered>>()
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  const rendered = async (render: () => Promise<string | Uint8Array<ArrayBuffer>>): Promise<Rendered> => {
    const made = await render()
    const bytes = typeof made === 'string' ? new TextEncoder().encode(made) : made
    return { bytes, etag: etagOf(bytes) }
  }
  const form: Shelved['form'] = (name, render) => {
    const known = forms.get(name)
    if (known) return known
    const one = rendered(render)
    forms.set(name, one)
    one.catch(() => forms.delete(name))
    if (forms.size > mostForms) forms.delete(forms.keys().next().value!)
    return one
  }
  return { core, hash, form }
}
