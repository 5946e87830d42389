// Hacker News' HTTP API as far as we ask it: the newest id, one id, and the ids that changed lately. Asks at a polite pace
// and until an answer comes: trouble of the network or the platform is waited for here, and told in the status. Never
// throws on what is answered.
import type { Note } from '../journal.ts'
import { type BackoffOptions, backoffMs, type Sleep } from '../retry.ts'
import { type Asked, type Asker, createAsker, type Trouble } from './ask.ts'
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
  readonly #asker: Asker

  constructor(settings: HostSettings, signal: AbortSignal) {
    this.#settings = settings
    this.#signal = signal
    this.#asker = createAsker({ ...settings, onTrouble: (trouble) => this.#sayTrouble(trouble) })
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

  #ask(path: string): Promise<Asked | null> {
    return this.#asker(`${this.#settings.host.replace(/\/+$/, '')}/v0/${path}.json`, { signal: this.#signal })
  }

  #sayTrouble({ reason, attempt, waitMs }: Trouble): void {
    const { tally, note } = this.#settings
    const isHopeless = attempt >= 4
    const text = `${this.#host} ${reason}. Trying again in ${spanOf(waitMs)}.${isHopeless ? ` ${advice}` : ''}`
    tally.say(isHopeless ? 'failed' : 'stalled', text)
    note('source.retry', { source: name, reason, attempt, waitMs })
  }
}
