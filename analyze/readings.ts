// What the network reads of texts, each read once: what was read before comes from the cache, what is new is
// dealt to the workers. May assume normalised texts and targets. What could not be read is absent from the answer.
import { metrics } from '../metrics.ts'
import { estimateTokens, planLoads } from './batch.ts'
import { Cache } from './cache.ts'
import type { Pool } from './pool.ts'
import { longestTarget } from './tokens.ts'
import type { Task } from './worker.ts'

export interface Wanted {
  text: string
  targets: string[]
}

/** Raw outputs: a text's own, or those of a text towards a target (stanceKey). */
export type Found = Map<string, Float32Array[]>

export const stanceKey = (text: string, target: string) => `${text}\0${target}`

interface ReadingsOptions {
  pool: Pool
  maxTokens: number
  cacheBytes?: number
}

const arrayBytes = 100
const defaultCacheBytes = 64 * 1024 ** 2

export class Readings {
  readonly #pool: Pool
  readonly #maxTokens: number
  readonly #cache: Cache<Float32Array[]>

  constructor({ pool, maxTokens, cacheBytes = defaultCacheBytes }: ReadingsOptions) {
    this.#pool = pool
    this.#maxTokens = maxTokens
    this.#cache = new Cache(cacheBytes)
  }

  async read(wanted: Wanted[]): Promise<Found> {
    const found: Found = new Map()
    const tasks = this.#tasks(wanted, found)
    const most = this.#maxTokens
    const sizes = tasks.map(({ text, targets }) =>
      targets.reduce((sum, target) => sum + estimateTokens(target, longestTarget), estimateTokens(text, most)),
    )
    const loads = planLoads(sizes, { workers: this.#pool.threads })
    await Promise.all(
      loads.map((load) =>
        this.#readLoad(
          load.map((index) => tasks[index]!),
          found,
        ),
      ),
    )
    return found
  }

  /** What the workers must do; what the cache knows goes to `found` at once. */
  #tasks(wanted: Wanted[], found: Found): Task[] {
    const tasks = new Map<string, Task>()
    const asked = new Set<string>()
    const isNew = (key: string): boolean => {
      if (asked.has(key)) return false
      asked.add(key)
      const known = this.#cache.get(key)
      if (known) found.set(key, known)
      return !known
    }
    let hits = 0
    for (const { text, targets } of wanted) {
      const task = tasks.get(text) ?? { text, post: false, targets: [] }
      if (isNew(text)) task.post = true
      else hits++
      for (const target of targets) if (isNew(stanceKey(text, target))) task.targets.push(target)
      if (task.post || task.targets.length > 0) tasks.set(text, task)
    }
    metrics.cacheHits.inc(hits)
    return [...tasks.values()]
  }

  async #readLoad(tasks: Task[], found: Found): Promise<void> {
    const readings = await this.#pool.read(tasks)
    const keep = (key: string, outputs: Float32Array[]) => {
      const bytes = outputs.reduce((sum, { byteLength }) => sum + arrayBytes + byteLength, 0)
      found.set(key, outputs)
      this.#cache.set(key, outputs, bytes)
    }
    tasks.forEach(({ text, post, targets }, index) => {
      const reading = readings[index]
      if (reading && post) keep(text, reading.post)
      targets.forEach((target, at) => {
        if (reading) keep(stanceKey(text, target), [reading.stance[at]!])
      })
    })
  }
}
