// Bluesky through Jetstream v2: connects, follows, reconnects, and says what it missed. Trouble of the network is
// retried here for ever, host after host; the consumer's pace is the socket's pace; a cursor is yielded only together
// with everything before it. Assumes one read at a time per source; never decides what a post means.
import { TransientError, UserError } from '../errors.ts'
import { type Note, silent } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { type BackoffOptions, backoffMs, sleep } from '../retry.ts'
import type { Batch, Change, Source } from '../types.ts'
import { type Dictionary, fetchDictionary, type Host, hostOf, subscribeUrl } from './host.ts'
import { decodeFrame, inflate, type Mark } from './jetstream.ts'
import { gapBefore, isOurs, type Place, placeOf, type Resume, resumeAt } from './place.ts'
import { type Connection, connect, Refused } from './socket.ts'
import { createTally, spanOf, type Tally } from './tally.ts'

export interface BlueskyOptions {
  hosts: string[]
  /** How far back the very first start reaches. */
  rewindMs: number
  now?: () => number
  note?: Note
  stallMs?: number
  bufferBytes?: number
  batchLimit?: number
  batchMs?: number
  /** How much earlier a resume by time starts: hosts witness an event at slightly different times. */
  marginMs?: number
  holeMs?: number
  backoff?: BackoffOptions
}

const name = 'bluesky'
const defaults = {
  ...{ now: Date.now, note: silent, stallMs: 90_000, bufferBytes: 4 * 1024 * 1024, batchLimit: 500, batchMs: 100 },
  ...{ marginMs: 60_000, holeMs: 600_000, backoff: {} as BackoffOptions },
}
type Settings = typeof defaults & { rewindMs: number; hosts: Host[]; tally: Tally }

export function blueskySource(options: BlueskyOptions): Source {
  if (options.hosts.length === 0) {
    throw new UserError(
      'no Jetstream host is configured',
      'List one under sources.bluesky.hosts, or set bluesky: false',
    )
  }
  const tally = createTally(name)
  const settings = { ...defaults, ...options, hosts: options.hosts.map(hostOf), tally }
  return {
    name,
    status: tally.status,
    read: (cursor, signal) => new Follower(settings, signal).follow(placeOf(cursor)),
  }
}

/** One connection's worth of following. */
interface Session {
  host: Host
  connection: Connection
  dictionary: Dictionary | null
  resume: Resume
  /** The host said that it starts later than we asked. */
  outdated: boolean
  /** A frame told its place: the start is judged. */
  started: boolean
  /** Why the host ends it, in its own word. */
  error: string | null
}

/** The host's seqs are not the ones of our cursor: resume by time instead. */
class Foreign extends Error {}

class Follower {
  readonly #settings: Settings
  readonly #signal: AbortSignal
  readonly #dictionaries = new Map<string, Dictionary | null>()
  #place: Place | null = null
  #byTime = false
  #hostIndex = 0
  #connections = 0
  /** Failed tries in a row, and how long the host asked us to stay away. */
  #attempt = 0
  #afterMs = 0

  constructor(settings: Settings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
  }

  async *follow(place: Place | null): AsyncGenerator<Batch> {
    const { hosts, tally } = this.#settings
    this.#place = place
    this.#hostIndex = Math.max(
      0,
      hosts.findIndex((host) => host.name === place?.host),
    )
    while (!this.#signal.aborted) {
      const host = hosts[this.#hostIndex % hosts.length]!
      let reason: string
      try {
        const session = await this.#open(host)
        await using connection = session.connection
        yield* this.#drain(session)
        reason = session.error ?? connection.ending ?? 'closed'
        if (!session.started || reason === 'stalled') this.#failed(0)
      } catch (error) {
        reason = this.#judge(error)
      }
      if (!this.#signal.aborted) await this.#pause(host, reason)
    }
    tally.say('off', 'Stopped.')
  }

  /** Connects, with the dictionary the host has now; a retired one is fetched anew, once. */
  async #open(host: Host): Promise<Session> {
    const { now, rewindMs, marginMs, tally } = this.#settings
    tally.say('connecting', `Connecting to ${host.name}.`)
    if (this.#connections++ > 0) metrics.reconnects.inc({ source: name })
    const options = { host: host.name, byTime: this.#byTime, now: now(), rewindMs, marginMs }
    const resume = resumeAt(this.#place, options)
    const session = { host, resume, outdated: false, started: false, error: null }
    try {
      return { ...session, ...(await this.#connect(host, resume.cursor)) }
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'UnknownZstdDictionary') throw error
      this.#dictionaries.delete(host.name)
      return { ...session, ...(await this.#connect(host, resume.cursor)) }
    }
  }

  async #connect(host: Host, cursor: number) {
    let dictionary = this.#dictionaries.get(host.name)
    if (dictionary === undefined) dictionary = await fetchDictionary(host, this.#signal)
    this.#dictionaries.set(host.name, dictionary)
    const { stallMs, bufferBytes } = this.#settings
    const options = { signal: this.#signal, stallMs, bufferBytes }
    return { dictionary, connection: await connect(subscribeUrl(host, cursor, dictionary), options) }
  }

  async *#drain(session: Session): AsyncGenerator<Batch> {
    const { batchLimit, batchMs, tally } = this.#settings
    while (!this.#signal.aborted && session.error === null) {
      const frames = await session.connection.take(batchLimit, batchMs)
      if (frames.length === 0 || this.#signal.aborted) return
      const before = this.#place
      const changes: Change[] = []
      for (const { bytes, binary } of frames) {
        const text = inflate(bytes, binary, session.dictionary?.bytes ?? null)
        changes.push(...this.#use(text, session))
        if (session.error !== null) break
      }
      tally.took(changes)
      this.#sayWhere(session.host)
      if (this.#place === before && changes.length === 0) continue
      yield { source: name, changes, cursor: this.#place && JSON.stringify(this.#place) }
    }
  }

  /** What one frame changes; our place moves past it. */
  #use(text: string | null, session: Session): Change[] {
    const { now, tally } = this.#settings
    const frame = decodeFrame(text, { source: name, now: now() })
    if (frame.kind === 'error') session.error = frame.name
    else if (frame.kind === 'info' && !session.started) {
      if (frame.name === 'FutureCursor') throw new Foreign()
      session.outdated ||= frame.name === 'OutdatedCursor'
    }
    if (frame.kind === 'error' || frame.kind === 'info') return []
    if (frame.kind === 'drop') tally.drop(frame.reason)
    const changes = frame.mark && !session.started ? this.#start(frame.mark, session) : []
    if (frame.mark) this.#place = { host: session.host.name, ...frame.mark }
    if (frame.kind === 'change') changes.push(frame.change)
    return changes
  }

  /** Judges the first place a session tells: is it what we asked for, and if not, what is missing? */
  #start(mark: Mark, session: Session): Change[] {
    const { holeMs, note } = this.#settings
    if (!isOurs(this.#place, mark, session.resume)) throw new Foreign()
    session.started = true
    this.#attempt = 0
    this.#byTime = false
    const gap = gapBefore(this.#place, mark, { ...session, holeMs })
    if (!gap) return []
    metrics.gaps.inc({ source: name })
    note('source.gap', { source: name, host: session.host.name, ...gap })
    return [{ ...gap, source: name }]
  }

  #sayWhere(host: Host): void {
    const { now, tally } = this.#settings
    const behindMs = this.#place ? now() - this.#place.timeUs / 1000 : 0
    if (behindMs < 60_000) tally.say('live', `Receiving posts from ${host.name} as they are written.`)
    else tally.say('catching up', `Receiving posts from ${host.name}, ${spanOf(behindMs)} behind and catching up.`)
  }

  /** A word for what went wrong in the world. Anything else is our own bug and is thrown on. */
  #judge(error: unknown): string {
    const foreign = error instanceof Foreign || (error instanceof Refused && error.code === 'CursorTooOld')
    if (!foreign && !(error instanceof TransientError)) throw error
    if (foreign && !this.#byTime) {
      this.#byTime = true
      return 'it has no such position, so we resume by time'
    }
    this.#failed(error instanceof TransientError ? error.afterMs : 0)
    return (error as Error).message
  }

  /** Twice in a row on one host: on to the next. */
  #failed(afterMs: number): void {
    this.#afterMs = afterMs
    if (++this.#attempt % 2 === 0) this.#hostIndex++
  }

  async #pause(host: Host, reason: string): Promise<void> {
    const { backoff, tally, hosts, note } = this.#settings
    const waitMs = Math.max(this.#afterMs, backoffMs(this.#attempt, backoff))
    this.#afterMs = 0
    const hopeless = this.#attempt >= 2 * hosts.length
    const advice = hopeless ? ' Check the network and sources.bluesky.hosts in the configuration.' : ''
    const state = hopeless ? 'failed' : reason === 'stalled' ? 'stalled' : 'connecting'
    tally.say(state, `${host.name}: ${reason}. Trying again in ${spanOf(waitMs)}.${advice}`)
    note('source.reconnect', { source: name, host: host.name, reason, attempt: this.#attempt, waitMs })
    await sleep(waitMs, this.#signal)
  }
}
