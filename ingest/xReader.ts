// The reader of X: connects, follows, reconnects, looks up what a cut hid, and stops where the money ends. Rules are made
// ours before each connection and whenever topics change. Trouble of the network and of X is retried here for ever, as X
// publishes it. Must never connect without a reservation, nor wait for a consumer while the socket is open unread.
import { CorruptionError, TransientError } from '../errors.ts'
import { metrics } from '../metrics.ts'
import { openBell } from '../retry.ts'
import type { Batch } from '../types.ts'
import type { Meter, Refusal } from './spend.ts'
import { spanOf, type Tally } from './tally.ts'
import { type Backoff, createBackoff, troubleOf } from './xBackoff.ts'
import { type XApi, XRefused, XUnreachable } from './xClient.ts'
import type { XClock } from './xClock.ts'
import { XConnection } from './xConnection.ts'
import { Lookup } from './xLookup.ts'
import type { Settings } from './xOptions.ts'
import { source as name } from './xPost.ts'
import type { RuleKeeper } from './xRules.ts'
import { adviceOn, liveOf, moneyOf, reachedOf } from './xSays.ts'
import type { Standing } from './xStanding.ts'

const tickMs = 2_000
const heldMs = 60_000
const mostFailures = 5

export interface Parts {
  settings: Settings
  tally: Tally
  signal: AbortSignal
  clock: XClock
  meter: Meter
  api: XApi
  rules: RuleKeeper
  standing: Standing
}

export class Reader {
  readonly #parts: Parts
  readonly #backoff: Backoff
  readonly #bell
  readonly #lookup: Lookup
  #rulesAt = 0
  /** X has trouble with our rules while its stream goes on: a series of its own, and what the status says of it. */
  readonly #rulesBackoff: Backoff
  #rulesNotBefore = 0
  #rulesTrouble: string[] = []
  #connection: XConnection | null = null
  #connections = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#backoff = createBackoff(parts.settings.pauses)
    this.#rulesBackoff = createBackoff(parts.settings.pauses)
    this.#bell = openBell(parts.settings.sleep)
    this.#lookup = new Lookup(parts)
  }

  rulesChanged(): void {
    // From the first of several changes on: one who changes a topic every second must not keep the others waiting.
    const due = Math.max(performance.now() + this.#parts.settings.debounceMs, this.#rulesNotBefore)
    this.#rulesAt = Math.min(this.#rulesAt, due)
    this.#bell.ring()
    this.#connection?.wake()
  }

  async *read(): AsyncGenerator<Batch> {
    const { signal, meter, tally, standing } = this.#parts
    tally.say('connecting', 'Connecting to X.')
    while (!signal.aborted) {
      try {
        if (!(await this.#reconcile())) {
          await this.#idle()
          continue
        }
        // Before anything is read: what comes from here on is not lost by a crash, it is looked up.
        if (standing.place === null) {
          standing.quiet()
          yield standing.batch([])
        }
        const refusal = await meter.ready()
        if (refusal) yield* this.#closed(refusal)
        else yield* this.#session()
      } catch (error) {
        if (error instanceof XUnreachable && error.isUnsure) meter.lost()
        if (signal.aborted) return
        await this.#judge(error)
      }
    }
  }

  /** Makes X's rules ours; false: there is nothing to read. */
  async #reconcile(): Promise<boolean> {
    const { rules, settings } = this.#parts
    this.#rulesAt = Number.POSITIVE_INFINITY
    const { active, isWaiting } = await rules.reconcile(settings.rules(), performance.now())
    this.#rulesAt = Math.min(this.#rulesAt, performance.now() + (isWaiting ? settings.lingerMs : settings.checkMs))
    this.#rulesBackoff.forgive()
    this.#rulesTrouble = []
    return active > 0
  }

  async #idle(): Promise<void> {
    const { tally, signal, rules, standing } = this.#parts
    const told = rules.problems()
    tally.say(told.length ? 'failed' : 'off', ['No topic is read on X.', ...told].join(' '))
    while (!signal.aborted && performance.now() < this.#rulesAt)
      await this.#bell.wait(Math.min(this.#rulesAt - performance.now(), 2 ** 30), signal)
    // Nothing was asked for meanwhile, so nothing was missed.
    this.#lookup.forget()
    if (standing.place) standing.quiet()
  }

  async *#session(): AsyncGenerator<Batch> {
    const { api, meter, signal, settings, standing } = this.#parts
    if (this.#connections++ > 0) metrics.reconnects.inc({ source: name })
    const { stallMs, inFlight: mostPosts } = settings
    const options = { signal, stallMs, mostPosts, received: () => meter.received() }
    const connection = new XConnection(await api.stream(), options)
    const since = performance.now()
    this.#connection = connection
    standing.word = null
    try {
      const gap = this.#lookup.begin()
      if (gap) yield standing.batch([gap])
      yield* this.#drain(connection)
    } finally {
      connection.end('stopped')
      this.#connection = null
      if (connection.isUnsure) meter.lost()
    }
    if (signal.aborted) return
    if (performance.now() - since > heldMs) this.#backoff.forgive()
    const reason = standing.word ?? connection.ending!
    await this.#pause({ reason, trouble: connection.ending === 'slow' ? 'http' : 'network' })
  }

  async *#drain(connection: XConnection): AsyncGenerator<Batch> {
    const { signal, settings, standing } = this.#parts
    const { batchLimit: limit, batchMs: waitMs } = settings
    this.#say()
    while (!signal.aborted) {
      const next = Math.min(this.#rulesAt, standing.heartbeatAt, this.#lookup.dueAt)
      const idleMs = Math.min(tickMs, Math.max(1, next - performance.now()))
      const lines = await connection.take({ limit, waitMs, idleMs })
      if (signal.aborted) return
      const changes = standing.lines(lines)
      // Nothing waits to be read, and X is there: whatever it sent is read.
      if (lines.length === 0 && connection.ending === null) standing.quiet()
      if (changes.length || performance.now() >= standing.heartbeatAt) yield standing.batch(changes)
      if (connection.ending === null) yield* this.#duties(connection)
      else if (lines.length === 0) return
      this.#say()
    }
  }

  /** What is due between two batches. The stream goes on meanwhile. */
  async *#duties(connection: XConnection): AsyncGenerator<Batch> {
    const { meter, settings } = this.#parts
    if (await meter.tick()) return connection.end('spent')
    if (performance.now() >= this.#rulesAt) await this.#renew(connection)
    if (performance.now() < this.#lookup.dueAt) return
    try {
      yield* this.#lookup.step()
    } catch (error) {
      if (!(error instanceof TransientError)) throw error
      settings.note('x.failed', { reason: error.message })
      this.#lookup.failed(error.afterMs)
    }
  }

  /** The rules once more, beside the open stream, which trouble with them does not end. */
  async #renew(connection: XConnection): Promise<void> {
    const { settings } = this.#parts
    try {
      if (!(await this.#reconcile())) connection.end('stopped')
    } catch (error) {
      if (!(error instanceof TransientError)) throw error
      const waitMs = Math.max(settings.pauses.httpMs, this.#rulesBackoff.after(troubleOf(error), error.afterMs))
      settings.note('x.failed', { reason: error.message, waitMs })
      this.#rulesNotBefore = this.#rulesAt = performance.now() + waitMs
      const reason = `${error.message}. Trying again in ${spanOf(waitMs)}.`
      this.#rulesTrouble = [`Rules could not be compared, so changed topics are not read yet: ${reason}`]
    }
  }

  /** Nothing more may be spent: says so, and tells the stretch that is not read while it grows. */
  async *#closed(refusal: Refusal): AsyncGenerator<Batch> {
    const { clock, signal, settings, tally, standing } = this.#parts
    const unread = this.#lookup.giveUp('spend')
    if (unread) yield standing.batch([unread])
    while (!signal.aborted) {
      const { low } = clock.span()
      tally.say('stalled', `${reachedOf(settings, refusal)} ${this.#money()}`)
      const gap = standing.gap(standing.place!.at, Math.min(low, refusal.until), 'spend')
      if (gap) yield standing.batch([gap])
      if (low >= refusal.until) return
      await settings.sleep(Math.min(settings.stretchMs, Math.max(50, refusal.until - low)), signal)
    }
  }

  #money(): string {
    return moneyOf(this.#parts.settings, this.#parts.meter.spent())
  }

  #say(): void {
    const { tally, rules, settings } = this.#parts
    const what = liveOf(settings.rules().length, this.#lookup.isOpen)
    tally.say(
      this.#lookup.isOpen ? 'catching up' : 'live',
      [what, this.#money(), ...this.#rulesTrouble, ...rules.problems()].join(' '),
    )
  }

  /** A word for what went wrong in the world. Anything else is our own bug and is thrown on. */
  async #judge(error: unknown): Promise<void> {
    if (error instanceof CorruptionError || !(error instanceof TransientError)) throw error
    const advice = error instanceof XRefused ? adviceOn(error.status) : ''
    await this.#pause({ reason: error.message, trouble: troubleOf(error), advice, leastMs: error.afterMs })
  }

  async #pause({ reason, trouble, advice = '', leastMs = 0 }: Pause): Promise<void> {
    const { settings, signal, tally } = this.#parts
    const waitMs = this.#backoff.after(trouble, leastMs)
    const { attempts: attempt } = this.#backoff
    const state = advice || attempt > mostFailures ? 'failed' : reason === 'stalled' ? 'stalled' : 'connecting'
    tally.say(state, `X: ${reason}. Trying again in ${spanOf(waitMs)}.${advice} ${this.#money()}`)
    settings.note('source.reconnect', { source: name, reason, attempt, waitMs })
    await settings.sleep(waitMs, signal)
  }
}

interface Pause {
  reason: string
  trouble: ReturnType<typeof troubleOf>
  advice?: string
  leastMs?: number
}
