// What a cut hid, between two connections: when it is looked up, and what becomes of the cursor and of the money that may
// have been under way. X's search needs half a minute to know a post, so it is asked once the new connection is that old;
// until then the cursor stays before the cut. Pages come between batches of the stream, which goes on meanwhile.
import type { Batch, GapChange } from '../types.ts'
import type { Meter } from './spend.ts'
import type { XApi } from './xClient.ts'
import type { XClock } from './xClock.ts'
import type { Settings } from './xOptions.ts'
import { createRecovery, type Recovery } from './xRecovery.ts'
import type { Standing } from './xStanding.ts'

export interface LookupParts {
  settings: Pick<Settings, 'recoverMs' | 'marginMs' | 'settleMs' | 'rules' | 'pauses'>
  clock: XClock
  meter: Meter
  api: XApi
  standing: Standing
}

const mostFailures = 5

export class Lookup {
  readonly #parts: LookupParts
  #recovery: Recovery | null = null
  #dueAt = Number.POSITIVE_INFINITY
  #failures = 0
  #found = 0
  #isFresh: boolean

  constructor(parts: LookupParts) {
    this.#parts = parts
    this.#isFresh = parts.standing.place === null
  }

  get isOpen(): boolean {
    return this.#recovery !== null
  }

  /** When the next page is due; never while nothing is open. */
  get dueAt(): number {
    return this.#recovery ? this.#dueAt : Number.POSITIVE_INFINITY
  }

  /** A connection was made. What lies between our place and it is looked up soon, or is a gap. */
  begin(): GapChange | null {
    const { clock, settings, api, meter, standing } = this.#parts
    const isFresh = this.#isFresh
    this.#isFresh = false
    this.#recovery = null
    if (isFresh) {
      this.forget()
      return null
    }
    const { low, high } = clock.span()
    const from = standing.hold().at
    if (low - from > settings.recoverMs) {
      this.forget()
      return standing.gap(from, low, 'away for longer than is looked up')
    }
    const { marginMs, settleMs } = settings
    const values = settings.rules().map(({ value }) => value)
    this.#recovery = createRecovery({ api, meter, values, stretch: { from, to: high }, marginMs })
    this.#dueAt = performance.now() + settleMs
    this.#failures = this.#found = 0
    return null
  }

  /** The next page. Rejects where X fails; then `failed` says when to ask again. */
  async *step(): AsyncGenerator<Batch> {
    const { meter, standing } = this.#parts
    const posts = this.#failures > mostFailures ? null : await this.#recovery!.next()
    if (posts) {
      this.#failures = 0
      this.#found += posts.length
      const changes = standing.found(posts)
      if (changes.length) yield standing.batch(changes)
      return
    }
    if (!this.#recovery!.missing()) meter.settle(this.#found)
    const gap = this.giveUp('could not be looked up')
    yield standing.batch(gap ? [gap] : [])
  }

  /** X failed, and wants to be left alone for at least so long. */
  failed(leastMs: number): void {
    const waitMs = Math.max(leastMs, this.#parts.settings.pauses.httpMs * 2 ** this.#failures++)
    this.#dueAt = Math.max(this.#dueAt, performance.now() + waitMs)
  }

  /** What was not looked up will not be. */
  giveUp(reason: string): GapChange | null {
    const missing = this.#recovery?.missing()
    this.forget()
    return missing ? this.#parts.standing.gap(missing.from, missing.to, reason) : null
  }

  /** Nothing is looked up: the cursor moves on, and what may have been under way is spent. */
  forget(): void {
    this.#recovery = null
    this.#parts.standing.release()
    this.#parts.meter.settle(Number.POSITIVE_INFINITY)
  }
}
