// Boxes as story pages ask for them, thousands of times a second: made once for each state of a topic's posts, for all its
// stories, and rendered once for each form. One that is in use is made anew in the background when something was analyzed,
// one after the other and with rests between, so that the machine is left to others; meanwhile the last one is told, for
// a few seconds. One that nobody asked for is made when asked.
import type { Perspective } from '../conclusions.ts'
import { sleep } from '../retry.ts'
import type { Topic } from '../types.ts'
import { pathOf } from './boxAt.ts'
import { boxOf, type Core, type Place } from './boxOf.ts'
import { etagOf } from './fresh.ts'
import type { Given } from './served.ts'

/** A box in one form (JSON, page, card ...), as it goes out. */
export interface Rendered {
  bytes: Uint8Array<ArrayBuffer>
  etag: string
}

/** What is kept of a topic. */
export interface Shelved {
  core: Core
  /** The same form of the same box is rendered once. */
  form(name: string, render: () => Promise<string | Uint8Array<ArrayBuffer>>): Promise<Rendered>
}

export interface Shelf {
  get(place: Place): Promise<Shelved>
  /** Topics whose boxes are in use and do not yet tell what was analyzed; 0: every box is of now. */
  behind(): Promise<number>
  /** Resolves once nothing is being made any more; after the signal aborted. */
  ended(): Promise<void>
}

interface Kept {
  topic: Topic
  /** Where its boxes were asked for. */
  paths: Set<string>
  last: { told: Perspective; core: Core } | undefined
  shelved: Shelved | undefined
  /** What had been analyzed when it was begun. */
  stamp: string
  /** Editions that were kept since: one that comes while the box is made may not be in it. */
  news: number
  madeMs: number
  askedMs: number
  making: Promise<Shelved> | undefined
}

export interface ShelfOptions {
  served: Given
  /** Ends what is being made. */
  signal: AbortSignal
  /** Boxes say something else than before, at these places. */
  changed?: (paths: string[]) => void
  /** Milliseconds. */
  now?: () => number
}

const mostKept = 1_000
const mostForms = 256
const mostPaths = 1_000
/** A look at what was analyzed serves everybody for so long. */
const stampMs = 200
/** The oldest box that is told while a new one is made; whoever asks for an older one waits. */
const graceMs = 20_000
/** Asked for so lately, a box is in use. */
const usedMs = 60_000

interface Making extends Required<ShelfOptions> {
  /** Topics to be made anew, the longest waiting first. */
  queue: Map<Kept, string>
  working: Promise<void> | undefined
}

export function openShelf({ served, signal, changed = () => {}, now = () => performance.now() }: ShelfOptions): Shelf {
  const kept = new Map<string, Kept>()
  const stampOf = openStamp(served, now)
  const making: Making = { served, signal, changed, now, queue: new Map(), working: undefined }
  // An edition is kept a moment after its paragraph was told: only then is there a correction to tell of.
  const deaf = served.listen(({ topic }) => {
    for (const one of kept.values()) if (one.topic.id === topic) Object.assign(one, { stamp: '', news: one.news + 1 })
  })
  signal.addEventListener('abort', deaf, { once: true })
  return {
    get: async (place) => {
      const stamp = await stampOf(stampMs)
      const one = find(kept, place)
      one.askedMs = now()
      const isTold = one.shelved && (one.stamp === stamp || now() - one.madeMs <= graceMs)
      if (!isTold) return begin(making, one, stamp)
      if (one.stamp !== stamp) enqueue(making, one, stamp)
      return one.shelved!
    },
    behind: async () => {
      const stamp = await stampOf(0)
      // One that was made a moment ago is told to who asks next, used or not.
      const isUsed = (one: Kept) => now() - one.askedMs < usedMs || now() - one.madeMs <= graceMs
      const isLate = (one: Kept) => one.shelved && one.stamp !== stamp && isUsed(one)
      const late = [...kept.values()].filter(isLate)
      for (const one of late) enqueue(making, one, stamp)
      return late.length
    },
    ended: async () => {
      await making.working
      await Promise.allSettled([...kept.values()].map((one) => one.making))
    },
  }
}

function begin(making: Making, one: Kept, stamp: string): Promise<Shelved> {
  one.making ??= make(making, one, stamp)
  return one.making
}

/** One after the other, and as long a rest after each as it took. */
function enqueue(making: Making, one: Kept, stamp: string): void {
  making.queue.set(one, stamp)
  making.working ??= work(making).finally(() => {
    making.working = undefined
  })
}

async function work(making: Making): Promise<void> {
  const { queue, served, signal } = making
  for (let [next] = queue; next && !signal.aborted; [next] = queue) {
    const begun = performance.now()
    queue.delete(next[0])
    try {
      await begin(making, ...next)
    } catch (error) {
      served.note('a box was not made, will be tried again', { error })
    }
    await sleep(performance.now() - begun, signal)
  }
}

async function make({ served, signal, changed, now }: Making, one: Kept, stamp: string): Promise<Shelved> {
  const { news } = one
  try {
    const made = await boxOf(served, one.topic, { signal, last: one.last, isNews: one.stamp === '' })
    const isSame = one.shelved && JSON.stringify(one.shelved.core) === JSON.stringify(made.core)
    const shelved = isSame ? one.shelved! : shelve(made.core)
    Object.assign(one, { last: made, shelved, stamp: one.news === news ? stamp : '', madeMs: now() })
    if (!isSame) changed([...one.paths])
    return shelved
  } finally {
    one.making = undefined
  }
}

/** The last is the one asked for latest; who was not asked for longest makes room. */
function find(kept: Map<string, Kept>, place: Place): Kept {
  const { topic } = place
  const key = JSON.stringify([topic.id, topic.version, topic.name])
  const fresh = { last: undefined, shelved: undefined, stamp: '', news: 0, madeMs: 0, askedMs: 0, making: undefined }
  const one: Kept = kept.get(key) ?? { topic, paths: new Set(), ...fresh }
  kept.delete(key)
  kept.set(key, one)
  if (one.paths.size < mostPaths) one.paths.add(pathOf(place))
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

function shelve(core: Core): Shelved {
  const forms = new Map<string, Promise<Rendered>>()
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
  return { core, form }
}
