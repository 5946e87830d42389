// One stream of an instance, followed for ever: what was missed is paged from the timeline, oldest first; then the stream
// is opened, the posts told last are looked at again (edits and deletions are not kept for us), and events are read as
// they come. Where streaming is not allowed the timeline is polled instead. Yields only what its taker waits for.
import { TransientError } from '../errors.ts'
import type { Note } from '../journal.ts'
import { metrics } from '../metrics.ts'
import { backoffMs } from '../retry.ts'
import type { GapChange, SourceStatus } from '../types.ts'
import { type Instance, type InstanceSettings, type Plan, Refused } from './mastodonHost.ts'
import { before, compareIds, idAt, isTimed, markOf, newerOf, type Place } from './mastodonPlace.ts'
import { idOf, source, type Teller } from './mastodonPost.ts'
import { type Portion, Taker } from './mastodonTake.ts'
import { readEvents } from './sse.ts'
import { spanOf } from './tally.ts'

export interface StreamSettings extends InstanceSettings {
  teller: Teller
  rewindMs: number
  pollMs: number
  /** Polls from one look back to the next, and until streaming is tried again. */
  lookEvery: number
  streamEvery: number
  stallMs: number
  /** Pages read in a row before what is left is called a gap. */
  mostPages: number
  refusedMs: number
  note: Note
}

/** With the place behind it: when it is taken, the stream itself may be further. */
export type Marked = Portion & { key: string; mark: string }

export interface Seat {
  plan: Plan
  place: Place
  say: (state: SourceStatus['state'], detail: string) => void
  signal: AbortSignal
}

/** Pages and single statuses asked for in one look back. */
const mostBack = 50
const mostLooks = 40

export class Stream {
  readonly #settings: StreamSettings
  readonly #instance: Instance
  readonly #seat: Seat
  readonly #taker: Taker
  #attempt = 0
  #afterMs = 0

  constructor(settings: StreamSettings, instance: Instance, seat: Seat) {
    this.#settings = settings
    this.#instance = instance
    this.#seat = seat
    this.#taker = new Taker(seat.place, settings)
  }

  async *follow(): AsyncGenerator<Marked> {
    const { plan, place } = this.#seat
    for await (const portion of this.#run()) yield { ...portion, key: plan.key, mark: markOf(place) }
  }

  async *#run(): AsyncGenerator<Portion> {
    const { signal, plan, say } = this.#seat
    while (!signal.aborted) {
      let reason: string
      try {
        say('catching up', `Reading ${plan.label}.`)
        yield* this.#lookBack()
        yield* this.#catchUp()
        reason = yield* this.#attend()
      } catch (error) {
        if (signal.aborted) break
        if (!(error instanceof TransientError || error instanceof Refused)) throw error
        reason = error.message
        this.#afterMs = error instanceof Refused ? this.#settings.refusedMs : error.afterMs
        if (error instanceof Refused) say('failed', refusalOf(error, plan))
      }
      if (!signal.aborted) await this.#pause(reason)
    }
  }

  async *#attend(): AsyncGenerator<Portion, string> {
    const { say, plan, signal } = this.#seat
    const body = await this.#instance.open(plan)
    if (!body) return yield* this.#poll()
    const events = readEvents(body, this.#settings)
    try {
      yield* this.#lookBack()
      yield* this.#catchUp()
      say('live', `Receiving ${plan.label} as they are written.`)
      while (!signal.aborted) {
        const step = await events.next()
        if (step.done) return step.value
        this.#attempt = 0
        yield this.#taker.events(step.value)
      }
      return 'closed'
    } finally {
      // Whoever never began to read it has to let go of it himself.
      await events.return('closed')
      await body.cancel().catch(() => {})
    }
  }

  async *#poll(): AsyncGenerator<Portion, string> {
    const { pollMs, lookEvery, streamEvery, sleep } = this.#settings
    const { say, plan, signal } = this.#seat
    const why = this.#settings.token ? 'it does not stream to us' : 'streaming needs an access token (token_env)'
    for (let poll = 1; poll <= streamEvery && !signal.aborted; poll++) {
      if (poll % lookEvery === 0) yield* this.#lookBack()
      yield* this.#catchUp()
      say('live', `Reading ${plan.label} every ${spanOf(pollMs)}: ${why}.`)
      await sleep(pollMs, signal)
    }
    return 'closed'
  }

  /** From the newest id we saw to the end of the timeline; at the very first start from the time we rewind to. */
  async *#catchUp(): AsyncGenerator<Portion> {
    const { place, plan } = this.#seat
    if (place.newest === null) {
      const { now, rewindMs } = this.#settings
      const newest = await this.#instance.page(plan, null)
      const ids = idsOf(newest ?? [])
      if (ids.length === 0) return
      if (!ids.every((id) => isTimed(id, now()))) return yield this.#taker.page(newest!)
      place.newest = idAt(now() - rewindMs)
      place.first = place.newest
    }
    yield* this.#pages(place.newest)
  }

  /** Pages behind an id, oldest first. */
  async *#pages(from: string): AsyncGenerator<Portion> {
    const { mostPages } = this.#settings
    let after: string | null = from
    for (let page = 0; after !== null && page < mostPages; page++) {
      const statuses = await this.#instance.page(this.#seat.plan, after)
      if (!statuses) return
      yield this.#taker.page(statuses)
      after = this.#behind(statuses, after)
    }
    if (after !== null) yield await this.#skip(after)
  }

  /** Where the next page begins; null: this was the last. */
  #behind(statuses: unknown[], after: string): string | null {
    const newest = idsOf(statuses).reduce<string>(newerOf, after)
    return newest === after || statuses.length < this.#settings.pageSize / 2 ? null : newest
  }

  /** More was missed than we page: what is left is a gap, up to the newest page. */
  async #skip(after: string): Promise<Portion> {
    const { now, origin, note } = this.#settings
    const { plan, place } = this.#seat
    const statuses = (await this.#instance.page(plan, null)) ?? []
    const portion = this.#taker.page(statuses)
    const times = portion.changes.flatMap((change) => (change.op === 'create' ? [change.at] : []))
    const to = times.sort()[0] ?? new Date(now()).toISOString()
    const afterMs = isTimed(after, now()) ? Number(BigInt(after) >> 16n) : Date.parse(to)
    const from = new Date(Math.min(afterMs, Date.parse(to))).toISOString()
    const reason = `away for longer than is read back from ${new URL(origin).host}`
    const gap: GapChange = { op: 'gap', source, from, to, reason }
    place.told = new Map([...place.told].slice(-1))
    note('source.gap', { source: new URL(origin).host, stream: plan.key, from, to })
    return { ...portion, changes: [gap, ...portion.changes] }
  }

  /**
   * The posts told last: edits are told, and those that are gone are deleted. All at once: what is told meanwhile would
   * push them out of the place, and a crash then would forget them.
   */
  async *#lookBack(): AsyncGenerator<Portion> {
    const { place, signal, plan } = this.#seat
    const told = [...place.told.keys()].sort(compareIds)
    const [oldest, newest] = [told.at(0), told.at(-1)]
    if (oldest === undefined || newest === undefined) return
    let after: string | null = before(oldest)
    const found: unknown[] = []
    for (let page = 0; after !== null && page < mostBack && compareIds(after, newest) < 0; page++) {
      const statuses = await this.#instance.page(plan, after)
      if (!statuses) return
      found.unshift(...statuses)
      after = this.#behind(statuses, after)
    }
    const seen = new Set(idsOf(found))
    const end = after !== null && compareIds(after, newest) < 0 ? after : newest
    const missing = told.filter((id) => !seen.has(id) && compareIds(id, end) <= 0)
    const gone: string[] = []
    for (const id of missing.slice(-mostLooks)) if (!signal.aborted && (await this.#instance.isGone(id))) gone.push(id)
    if (signal.aborted) return
    const { changes, drops } = this.#taker.page(found)
    yield { changes: [...changes, ...gone.map((id) => this.#taker.gone(id))], drops }
  }

  async #pause(reason: string): Promise<void> {
    const { backoff, sleep, note, origin, refusedMs } = this.#settings
    const { say, plan, signal } = this.#seat
    const waitMs = Math.max(this.#afterMs, backoffMs(this.#attempt, backoff))
    const isHopeless = ++this.#attempt > 5
    const text = `${new URL(origin).host}, ${plan.label}: ${reason}. Trying again in ${spanOf(waitMs)}.`
    if (this.#afterMs !== refusedMs) say(isHopeless ? 'failed' : reason === 'stalled' ? 'stalled' : 'connecting', text)
    note('source.reconnect', { source: new URL(origin).host, stream: plan.key, reason, attempt: this.#attempt, waitMs })
    metrics.reconnects.inc({ source: `mastodon:${new URL(origin).host}` })
    this.#afterMs = 0
    await sleep(waitMs, signal)
  }
}

function refusalOf({ status }: Refused, { label }: Plan): string {
  const hint = 'Name an access token (scope read:statuses) under token_env'
  if (status === 401 || status === 403 || status === 422)
    return `It shows its ${label} only to those with a token (${status}). ${hint}.`
  return `It answered ${status} where its ${label} should be. Check host in sources.mastodon.instances.`
}

const idsOf = (statuses: unknown[]): string[] =>
  statuses.map((status) => idOf((status as { id?: unknown } | null)?.id)).filter((id) => id !== null)
