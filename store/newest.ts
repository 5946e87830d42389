// When the newest live post of a topic version was posted: read once, then followed as rows are written. It begins every page.
import type { TopicRef } from '../answers.ts'
import type { Place } from './rows.ts'
import type { Watcher } from './watch.ts'
import type { Written } from './windowWrite.ts'

/** Its time in ms, and which it is, by hash. null: there is none. */
export type Newest = { ms: number; post: string } | null

const keyOf = (topic: string, version: number) => JSON.stringify([topic, version])

export class NewestPosts implements Watcher {
  readonly #known = new Map<string, Newest>()
  /** Writes so far: what was asked before one may not know of it. */
  #writes = 0

  async of({ topic, version }: TopicRef, ask: () => Promise<Newest>): Promise<Newest> {
    const key = keyOf(topic, version)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const before = this.#writes
    const found = await ask()
    if (before === this.#writes) this.#known.set(key, found)
    return found
  }

  wrote(rows: Written[]): void {
    this.#writes++
    for (const row of rows) {
      const key = keyOf(row.topic, row.topic_version)
      const known = this.#known.get(key)
      if (known === undefined) continue
      const ms = row.gone ? Number.NEGATIVE_INFINITY : Date.parse(row.at!)
      if (!known || ms >= known.ms) {
        if (!row.gone) this.#known.set(key, { ms, post: row.post })
      } else if (known.post === row.post) this.#known.delete(key)
    }
  }

  doubt(rows: Place[]): void {
    this.#writes++
    for (const { topic, topic_version } of rows) this.#known.delete(keyOf(topic, topic_version))
  }

  clear(): void {
    this.#writes++
    this.#known.clear()
  }
}
