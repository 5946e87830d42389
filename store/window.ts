// The live rows of one topic version, model and stretch of time as arrays of numbers, so that a share over all of them is a
// loop of milliseconds. Holds neither text nor names: posts and authors are hashes. Knows nothing of SQL; windows.ts fills it.
import type { Share } from '../answers.ts'

/**
 * A row as it comes: times in ms, `version` as 32 bytes, the lowest first, `shape` names its list of labels, `values` are their
 * probabilities as float32 bytes.
 */
export interface Read {
  post: string
  author: string
  at: number
  received: number
  inclusion: number
  version: string
  source: string
  lang: string
  skipped: string
  copy: string
  shape: string
  values: Uint8Array
}

/** Rows with the same labels in the same order: one shape for most rows of a model, another for those it did not score. */
export interface Shape {
  /** null: not told yet. */
  shares: Share[] | null
  /** Of each row `width` probabilities, one row after the other. */
  values: Float32Array
  width: number
  used: number
}

/** Words as small numbers. */
export class Words {
  readonly #numbers = new Map<string, number>()
  readonly words: string[] = []
  numberOf(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    this.#numbers.set(word, this.words.length)
    return this.words.push(word) - 1
  }
  /** −1 for a word that no row has. */
  find(word: string): number {
    return this.#numbers.get(word) ?? -1
  }
}

const least = 1_024

export class WindowRows {
  /** Rows of the arrays, those that are gone included. */
  count = 0
  live = new Uint8Array(least)
  at = new Float64Array(least)
  received = new Float64Array(least)
  inclusion = new Float64Array(least)
  author = new Int32Array(least)
  source = new Int32Array(least)
  lang = new Int32Array(least)
  skipped = new Int32Array(least)
  copy = new Int32Array(least)
  /** Which shape a row has, and which of its rows it is. */
  shape = new Int32Array(least)
  slot = new Int32Array(least)
  readonly shapes: Shape[] = []
  readonly authors = new Words()
  readonly sources = new Words()
  readonly langs = new Words()
  readonly skips = new Words()
  readonly copies = new Words()
  /** Hashes and versions, by row. */
  readonly posts: string[] = []
  readonly #versions: string[] = []
  /** Of posts that are gone, since when: their highest version. */
  readonly #barred = new Map<string, string>()
  readonly #shapes = new Words()
  readonly #places = new Map<string, number>()

  /** Live rows. */
  get size(): number {
    return this.#places.size
  }

  /** What was written of a post, if it is the latest of it; null: that nothing of it is here. In whatever order it comes. */
  write(post: string, version: string, row: Read | null): void {
    const nr = this.#places.get(post)
    const known = nr === undefined ? this.#barred.get(post) : this.#versions[nr]
    if (known !== undefined && isBelow(version, known)) return
    this.remove(post)
    if (row) this.put(row)
    else this.#barred.set(post, version)
  }

  /** In the place of what there was of this post. */
  put(row: Read): void {
    this.remove(row.post)
    if (this.count === this.live.length) this.#grow()
    const nr = this.count++
    this.live[nr] = 1
    this.at[nr] = row.at
    this.received[nr] = row.received
    this.inclusion[nr] = row.inclusion
    this.author[nr] = this.authors.numberOf(row.author)
    this.source[nr] = this.sources.numberOf(row.source)
    this.lang[nr] = this.langs.numberOf(row.lang)
    this.skipped[nr] = this.skips.numberOf(row.skipped)
    this.copy[nr] = this.copies.numberOf(row.copy)
    this.posts[nr] = row.post
    this.#versions[nr] = row.version
    this.shape[nr] = this.#shapes.numberOf(row.shape)
    this.slot[nr] = this.#fill(this.shape[nr]!, row.values)
    this.#places.set(row.post, nr)
  }

  remove(post: string): void {
    this.#barred.delete(post)
    const nr = this.#places.get(post)
    if (nr === undefined) return
    this.live[nr] = 0
    this.#places.delete(post)
  }

  /** Whether the labels of a shape were told. */
  knows(shape: string): boolean {
    return this.shapes[this.#shapes.find(shape)]?.shares != null
  }

  /** Throws where the labels are not as many as the rows have probabilities. */
  name(shape: string, shares: Share[]): void {
    const one = this.shapes[this.#shapes.find(shape)]
    if (!one) return
    if (one.width !== shares.length) throw new Error('a row has more or fewer probabilities than labels')
    one.shares = shares
  }

  #fill(nr: number, bytes: Uint8Array): number {
    const width = bytes.length / 4
    this.shapes[nr] ??= { shares: null, values: new Float32Array(width * least), width, used: 0 }
    const shape = this.shapes[nr]
    if (width !== shape.width) throw new Error('rows with the same labels have not as many probabilities')
    const end = (shape.used + 1) * width
    if (end > shape.values.length) shape.values = grown(shape.values, Float32Array)
    new Uint8Array(shape.values.buffer).set(bytes, shape.used * width * 4)
    return shape.used++
  }

  #grow(): void {
    this.live = grown(this.live, Uint8Array)
    for (const name of ['at', 'received', 'inclusion'] as const) this[name] = grown(this[name], Float64Array)
    for (const name of ['author', 'source', 'lang', 'skipped', 'copy', 'shape', 'slot'] as const)
      this[name] = grown(this[name], Int32Array)
  }
}

/** Of versions as bytes, the lowest first. */
function isBelow(version: string, other: string): boolean {
  for (let at = version.length - 1; at >= 0; at--) {
    const difference = version.charCodeAt(at) - other.charCodeAt(at)
    if (difference) return difference < 0
  }
  return false
}

/** Twice as long, with the same beginning. */
function grown<Numbers extends Uint8Array | Float32Array | Float64Array | Int32Array>(
  of: Numbers,
  make: new (length: number) => Numbers,
): Numbers {
  const longer = new make(of.length * 2)
  longer.set(of)
  return longer
}

/** Rows in the RowBinary format of ClickHouse, in the order of the fields of `Read`; strings have their length before them. */
export function* readRows(bytes: Buffer): Generator<Read> {
  let at = 0
  const length = () => {
    // Unsigned LEB128.
    for (let [value, shift] = [0, 0]; ; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  const text = (): string => {
    const size = length()
    at += size
    return bytes.toString('utf8', at - size, at)
  }
  const raw = (size: number): string => {
    at += size
    return bytes.toString('latin1', at - size, at)
  }
  const number = (): number => {
    at += 8
    return bytes.readDoubleLE(at - 8)
  }
  while (at < bytes.length) {
    const row = {
      post: text(),
      author: raw(16),
      at: number(),
      received: number(),
      inclusion: number(),
      version: raw(32),
    }
    const names = { source: text(), lang: text(), skipped: text(), copy: text(), shape: raw(8) }
    const size = length() * 4
    at += size
    yield { ...row, ...names, values: bytes.subarray(at - size, at) }
  }
}
