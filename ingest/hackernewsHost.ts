// Hacker News' HTTP API as far as we ask it: the newest id, one id, and the ids that changed lately. Asks at a polite pace
// and until an answer comes: trouble of the network or the platform is waited for here, and told in the status. Never
// throws on what is answered.
import { TransientError } from '../errors.ts'
import type { Note } from '../journal.ts'
import { type BackoffOptions, backoffMs, type Sleep } from '../retry.ts'
import { type Asked, ask, awayMs, createPace, type Pace } from './ask.ts'
import { source as name, type Told, toldOf } from './hackernewsPost.ts'
import { spanOf, type Tally } from './tally.ts'

export interface HostSettings {
  host: string
  now: () => number
  note: Note
  sleep: Sleep
  perSecond: number
  timeoutMs: number
  backoff: BackoffOptions
  tally: Tally
}

const mostTries = 3
export const mostUpdates = 1_000
const advice = 'Check the network and sources.hackernews.host in the configuration.'

export class HackerNews {
  readonly #settings: HostSettings
  readonly #signal: AbortSignal
  readonly #pace: Pace

  constructor(settings: HostSettings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
    this.#pace = createPace(settings)
  }

  /** What is said of an id. */
  async look(id: number): Promise<Told> {
    for (let tries = 0; tries < mostTries && !this.#signal.aborted; tries++) {
      const answer = await this.#ask(`item/${id}`)
      if (answer && answer.status !== 200) return { kind: 'absent' }
      if (answer && answer.body !== undefined) return toldOf(answer.body, id, this.#settings.now())
    }
    return { kind: 'drop', reason: 'malformed' }
  }

  /** The newest id. null: we stop. */
  async newest(): Promise<number | null> {
    const { sleep, backoff, tally } = this.#settings
    for (let tries = 0; !this.#signal.aborted; tries++) {
      const newest = (await this.#ask('maxitem'))?.body
      if (Number.isSafeInteger(newest) && (newest as number) > 0) return newest as number
      if (this.#signal.aborted) break
      tally.say('failed', `${this.#host} does not speak as Hacker News does. ${advice}`)
      await sleep(backoffMs(tries, backoff), this.#signal)
    }
    return null
  }

  /** Ids of ours that are said to have changed. */
  async updated({ first, next }: { first: number; next: number }): Promise<number[]> {
    const body = (await this.#ask('updates'))?.body
    if (this.#signal.aborted) return []
    const ids = typeof body === 'object' && body !== null && 'items' in body ? body.items : null
    if (!Array.isArray(ids)) {
      this.#settings.tally.drop('malformed')
      return []
    }
    return ids.filter((id) => Number.isSafeInteger(id) && id >= first && id < next).slice(0, mostUpdates)
  }

  get #host(): string {
    return new URL(this.#settings.host).host
  }

  /** Asks until an answer comes that is not the platform's own trouble. null: we stop. */
  async #ask(path: string): Promise<Asked | null> {
    const { host, timeoutMs, now, sleep, backoff } = this.#settings
    for (let attempt = 0; !this.#signal.aborted; attempt++) {
      await this.#pace.turn(this.#signal)
      if (this.#signal.aborted) break
      let [reason, afterMs] = ['', 0]
      try {
        const answer = await ask(`${host.replace(/\/+$/, '')}/v0/${path}.json`, { signal: this.#signal, timeoutMs })
        if (answer.status < 500 && ![408, 425, 429].includes(answer.status)) return answer
        ;[reason, afterMs] = [`answered ${answer.status}`, awayMs(answer.headers, now())]
      } catch (error) {
        if (!(error instanceof TransientError)) throw error
        reason = error.message
      }
      if (this.#signal.aborted) break
      const waitMs = Math.max(afterMs, backoffMs(attempt, backoff))
      this.#sayTrouble(reason, { attempt, waitMs })
      await sleep(waitMs, this.#signal)
    }
    return null
  }

  #sayTrouble(reason: string, { attempt, waitMs }: { attempt: number; waitMs: number }): void {
    const { tally, note } = this.#settings
    const isHopeless = attempt >= 4
    const text = `${this.#host} ${reason}. Trying again in ${spanOf(waitMs)}.${isHopeless ? ` ${advice}` : ''}`
    tally.say(isHopeless ? 'failed' : 'stalled', text)
    note('source.retry', { source: name, reason, attempt, waitMs })
  }
}
