// Hacker News through its Firebase JSON API: every id is read once as it appears, again when /v0/updates names it, and
// once more when it can be edited no longer (two hours; `trail`). Nothing is ever missed for good: Hacker News keeps
// everything, so an absence is caught up with, at a polite pace, and is no gap. A deletion is final here.
import { type Note, silent } from '../journal.ts'
import { type BackoffOptions, sleep as realSleep, type Sleep } from '../retry.ts'
import type { Batch, Change, Source } from '../types.ts'
import { HackerNews, mostUpdates } from './hackernewsHost.ts'
import { Memory, type Place, placeOf } from './hackernewsPlace.ts'
import { source as name, type Told } from './hackernewsPost.ts'
import { createTally, type Tally } from './tally.ts'

export interface HackerNewsOptions {
  host?: string
  /** How far back the very first start reaches. */
  rewindMs: number
  now?: () => number
  note?: Note
  sleep?: Sleep
  perSecond?: number
  /** Requests at a time. */
  abreast?: number
  batchLimit?: number
  /** Between two looks for what is new, and for what changed. */
  pollMs?: number
  updatesMs?: number
  /** Age at which a post is looked at once more: past the two hours in which it can be edited or deleted. */
  settleMs?: number
  timeoutMs?: number
  backoff?: BackoffOptions
}

const minuteMs = 60_000
const defaults = {
  ...{ host: 'https://hacker-news.firebaseio.com', now: Date.now, note: silent, sleep: realSleep },
  ...{ perSecond: 20, abreast: 8, batchLimit: 100, pollMs: 5_000, updatesMs: 30_000, settleMs: 135 * minuteMs },
  ...{ timeoutMs: 15_000, backoff: {} as BackoffOptions },
}
type Settings = typeof defaults & { rewindMs: number; tally: Tally }

/** A user may hide new comments for some minutes before others see them. */
const mostAbsentLooks = 24

export function hackerNewsSource(options: HackerNewsOptions): Source {
  const tally = createTally(name)
  const settings = { ...defaults, ...options, tally }
  return {
    name,
    status: tally.status,
    read: (cursor, signal) => new Follower(settings, signal).follow(placeOf(cursor)),
  }
}

class Follower {
  readonly #settings: Settings
  readonly #signal: AbortSignal
  readonly #host: HackerNews
  readonly #memory = new Memory()
  /** Ids below `next` that were not there yet, with the looks they had. */
  readonly #absent = new Map<number, number>()
  #updatesAtMs = 0

  constructor(settings: Settings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
    this.#host = new HackerNews(settings, signal)
  }

  async *follow(from: Place | null): AsyncGenerator<Batch> {
    const { tally, pollMs, sleep } = this.#settings
    let place = from ?? (await this.#begin())
    while (place && !this.#signal.aborted) {
      const newest = await this.#host.newest()
      const step = newest && (await this.#step(place, newest))
      if (!step || this.#signal.aborted) break
      const isMoved = JSON.stringify(step.place) !== JSON.stringify(place)
      place = step.place
      tally.took(step.changes)
      this.#sayWhere(newest - place.next + 1)
      if (isMoved || step.changes.length) yield { source: name, changes: step.changes, cursor: JSON.stringify(place) }
      if (place.next > newest) await sleep(pollMs, this.#signal)
    }
    tally.say('off', 'Stopped.')
  }

  /** The first id of the time that the very first start reaches back to. */
  async #begin(): Promise<Place | null> {
    const { now, rewindMs, tally } = this.#settings
    if (this.#signal.aborted) return null
    tally.say('connecting', 'Looking for where to begin.')
    const newest = await this.#host.newest()
    if (newest === null) return null
    const sinceMs = now() - rewindMs
    let [low, high] = [newest, newest + 1]
    for (let step = 1_024; low > 1 && !(await this.#isBefore(low, sinceMs)); step *= 2)
      [low, high] = [Math.max(1, low - step), low]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (await this.#isBefore(middle, sinceMs)) low = middle + 1
      else high = middle
    }
    return this.#signal.aborted ? null : { first: low, next: low, trail: low }
  }

  /** Whether an id, or the first above it that tells its time, was written before. */
  async #isBefore(id: number, sinceMs: number): Promise<boolean> {
    for (let at = id; at < id + 10 && !this.#signal.aborted; at++) {
      const told = await this.#host.look(at)
      if ('timeMs' in told && told.timeMs !== null) return told.timeMs < sinceMs
    }
    return false
  }

  /** Some of what is new, what is said to have changed, what was absent, and what can change no more. */
  async #step(before: Place, newest: number): Promise<{ changes: Change[]; place: Place } | null> {
    const { batchLimit, now, updatesMs } = this.#settings
    const place = { ...before }
    const changes: Change[] = []
    // A lagging answer may name a newest id below what we read.
    const until = Math.max(place.next, Math.min(place.next + batchLimit, newest + 1))
    changes.push(...(await this.#take(range(place.next, until), true)))
    place.next = until
    if (now() >= this.#updatesAtMs) {
      this.#updatesAtMs = now() + updatesMs
      const changed = await this.#host.updated(place)
      changes.push(...(await this.#take([...new Set([...changed, ...this.#absent.keys()])], false)))
    }
    changes.push(...(await this.#settle(place)))
    return this.#signal.aborted ? null : { changes, place }
  }

  /** Looks once more at what can change no more, and moves `trail` behind it. */
  async #settle(place: Place): Promise<Change[]> {
    const { batchLimit, settleMs: ageMs, now } = this.#settings
    const settle = () => {
      while (place.trail < place.next && this.#memory.isSettled(place.trail, ageMs)) place.trail++
    }
    settle()
    const ids: number[] = []
    for (let id = place.trail; id < place.next && ids.length < batchLimit; id++) {
      if (!this.#memory.isDue(id, { ageMs, now: now() })) break
      ids.push(id)
    }
    const changes = await this.#take(ids, false)
    settle()
    return changes
  }

  /** Looks at ids and tells what changed. On an abort the answer is not whole, and nobody may use it. */
  async #take(ids: number[], isFirst: boolean): Promise<Change[]> {
    const { abreast, now, tally } = this.#settings
    const all: Told[] = []
    let at = 0
    const work = async () => {
      while (at < ids.length && !this.#signal.aborted) {
        const mine = at++
        all[mine] = await this.#host.look(ids[mine]!)
      }
    }
    await Promise.all(Array.from({ length: Math.min(abreast, ids.length) }, work))
    if (this.#signal.aborted) return []
    let nearMs = now()
    return all.flatMap((told, index) => {
      const id = ids[index]!
      if (isFirst && 'timeMs' in told) nearMs = told.timeMs ?? nearMs
      if (told.kind === 'drop' && !this.#memory.has(id)) tally.drop(told.reason)
      this.#remember(id, told)
      return this.#memory.compare(id, told, { isFirst, now: now(), nearMs })
    })
  }

  #remember(id: number, told: Told): void {
    const looks = (this.#absent.get(id) ?? 0) + 1
    if (told.kind === 'absent' && looks < mostAbsentLooks && this.#absent.size < mostUpdates)
      this.#absent.set(id, looks)
    else this.#absent.delete(id)
  }

  #sayWhere(behind: number): void {
    const { tally, batchLimit } = this.#settings
    if (behind <= batchLimit) tally.say('live', 'Receiving stories and comments as they are written.')
    else tally.say('catching up', `${behind.toLocaleString('en-US')} stories and comments behind, and catching up.`)
  }
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)
