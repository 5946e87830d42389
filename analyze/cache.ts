// What was read before, by text: least recently used goes first, bounded in bytes. Pure but for its own memory.
// May assume that a value never changes: the same text under the same model always reads the same.

const entryBytes = 200 // a Map entry, two strings' headers, an array

export class Cache<Value> {
  readonly #entries = new Map<string, { value: Value; bytes: number }>()
  readonly #most: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key) // a Map iterates in order of insertion: put it last again
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: Value, valueBytes: number): void {
    this.#drop(key)
    const bytes = entryBytes + 2 * key.length + valueBytes
    if (bytes > this.#most) return
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#most) break
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}
