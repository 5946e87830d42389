// Which wordings of a window are near-copies: the words as numbers, which of them turn a message, and MinHash to find
// what is worth comparing. Pure and deterministic; bounded on any text, also on texts made to look alike.
// Precision first: two clusters where one was meant cost a campaign some of its size, opposite messages in one cluster
// cost the truth.
import { turningWords } from './turning.ts'

/** Shorter texts have exact copies only: in so few words each one carries the message. */
const leastWords = 8
/** A text is judged by its first words. */
const mostWords = 128
/** Words of the longer text that need not stand in the other: none in 9, one in 10, two in 13, five in 24, eight in 32. */
const strayWords = (length: number) => Math.max(0, Math.floor((length - 7) / 3))

// MinHash (Broder 1997) over pairs of words, in bands (Leskovec et al., Mining of Massive Datasets, ch. 3): two texts that
// share half of their pairs meet with .93, those that share a twentieth with .003.
const bands = 20
const rows = 3
const signs = bands * rows
/** Signs that two texts must share to be compared word by word; how many texts a band shows; how many are compared. */
const leastSigns = 10
const mostSeen = 64
const mostCompared = 4

export interface Wording {
  core: string
  /** Hashes of its words, and of its pairs of words; no pairs: too short for near-copies. */
  words: Int32Array
  pairs: Int32Array
  /** Where a "not", "against", "stop" stands. */
  turning: number[]
}

/** `core`: folded words with single spaces between (foldCopy). */
export function wordingOf(core: string): Wording {
  const words = wordsIn(core)
  const turning: number[] = []
  if (words.length < leastWords) return { core, words, pairs: words.subarray(0, 0), turning }
  const pairs = new Int32Array(words.length - 1)
  for (let at = 0; at < words.length; at++) {
    if (turns.has(words[at]!)) turning.push(at)
    if (at > 0) pairs[at - 1] = mix(Math.imul(words[at - 1]!, 0x9e3779b1) ^ words[at]!)
  }
  return { core, words, pairs, turning }
}

const scratch = new Int32Array(mostWords)

/** FNV-1a over UTF-16 units by word. Where a script writes no spaces, every sign is a word. */
export function wordsIn(core: string): Int32Array {
  let count = 0
  let word = seed
  for (let at = 0; at <= core.length && count < mostWords; at++) {
    const unit = at < core.length ? core.charCodeAt(at) : space
    const alone = unit >= 0x0e00 && isUnspaced(unit)
    if ((unit === space || alone) && word !== seed) {
      scratch[count++] = mix(word)
      word = seed
    }
    if (alone && count < mostWords) scratch[count++] = mix(Math.imul(seed ^ unit, prime))
    else if (unit !== space) word = Math.imul(word ^ unit, prime)
  }
  return scratch.slice(0, count)
}
const prime = 0x01000193
const seed = 0x811c9dc5 | 0
const space = 32

/** Thai, Lao, Myanmar, Khmer, kana and Han (as UTF-16 units, so rare Han signs are two). */
const isUnspaced = (unit: number) =>
  unit <= 0x0eff ||
  (unit >= 0x1000 && unit <= 0x109f) ||
  (unit >= 0x1780 && unit <= 0x17ff) ||
  (unit >= 0x3040 && unit <= 0x30ff) ||
  (unit >= 0x3400 && unit <= 0x9fff) ||
  (unit >= 0xd840 && unit <= 0xdfff)

/** MurmurHash3's finish: every bit depends on every bit. */
function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const turns = new Set(turningWords.map((word) => wordsIn(word)[0]!))

/** For each wording the index of the one that leads its cluster. Expects no words twice, unless their texts differ. */
export function join(wordings: readonly Wording[]): Int32Array {
  const leaders = Int32Array.from(wordings.keys())
  const long = leaders.filter((nr) => wordings[nr]!.pairs.length > 0)
  const found = new Leaders(wordings, long.length)
  for (const nr of byTypicality(wordings, long)) leaders[nr] = found.leaderOf(nr)
  return leaders
}

/** Those whose pairs of words are shared most widely first: what all variants have in common leads them. */
function byTypicality(wordings: readonly Wording[], long: Int32Array): Int32Array {
  const mask = sizeFor(long.length * 32) - 1
  // Counted without telling collisions apart: they can only change who leads.
  const counts = new Int32Array(mask + 1)
  for (const nr of long) for (const pair of wordings[nr]!.pairs) counts[pair & mask]!++
  const shared = new Float64Array(wordings.length)
  for (const nr of long) {
    const { pairs } = wordings[nr]!
    let sum = 0
    for (const pair of pairs) sum += counts[pair & mask]!
    shared[nr] = sum / pairs.length
  }
  const core = (nr: number) => wordings[nr]!.core
  return long.toSorted((a, b) => shared[b]! - shared[a]! || (core(a) < core(b) ? -1 : 1))
}

const sizeFor = (count: number) => 2 ** Math.min(20, Math.ceil(Math.log2(Math.max(2, count))))

/** Multipliers (odd) and offsets of the hash functions. */
const factors = Int32Array.from({ length: signs }, (_, nr) => mix(nr * 2 + 1) | 1)
const offsets = Int32Array.from({ length: signs }, (_, nr) => mix(nr + 0x51ed270b))

function signatureOf(pairs: Int32Array): Int32Array {
  const signature = new Int32Array(signs)
  for (let nr = 0; nr < signs; nr++) {
    const factor = factors[nr]!
    const offset = offsets[nr]!
    let least = 2 ** 31 - 1
    for (let at = 0; at < pairs.length; at++) {
      const value = (Math.imul(pairs[at]!, factor) + offset) | 0
      if (value < least) least = value
    }
    signature[nr] = least
  }
  return signature
}

/** The leaders so far, in chains by the bands of their signatures, newest first; in flat arrays, because they are many. */
class Leaders {
  readonly #wordings: readonly Wording[]
  readonly #most: number
  readonly #mask: number
  readonly #heads: Int32Array
  readonly #next: Int32Array
  readonly #signatures: Int32Array[] = []
  readonly #nrs: number[] = []
  /** By leader: the last wording that looked at it. */
  readonly #seenBy: Int32Array

  constructor(wordings: readonly Wording[], most: number) {
    this.#wordings = wordings
    this.#most = most
    this.#mask = sizeFor(most * 2) - 1
    this.#heads = new Int32Array(bands * (this.#mask + 1)).fill(-1)
    this.#next = new Int32Array(bands * most)
    this.#seenBy = new Int32Array(most).fill(-1)
  }

  /** The leader that a wording is a near-copy of; the wording itself, from now on a leader, where there is none. */
  leaderOf(nr: number): number {
    const wording = this.#wordings[nr]!
    const signature = signatureOf(wording.pairs)
    const slots = slotsOf(signature, this.#mask)
    for (const place of this.#likely(nr, { signature, slots })) {
      const leader = this.#nrs[place]!
      if (isNear(this.#wordings[leader]!, wording)) return leader
    }
    const place = this.#nrs.push(nr) - 1
    this.#signatures.push(signature)
    for (const [band, slot] of slots.entries()) {
      this.#next[band * this.#most + place] = this.#heads[slot]!
      this.#heads[slot] = place
    }
    return nr
  }

  /** The leaders whose signatures agree most. */
  #likely(nr: number, { signature, slots }: { signature: Int32Array; slots: Int32Array }): number[] {
    const likely: [agreement: number, place: number][] = []
    for (const [band, slot] of slots.entries()) {
      let place = this.#heads[slot]!
      for (let seen = 0; place >= 0 && seen < mostSeen; seen++) {
        if (this.#seenBy[place] !== nr) {
          const agreement = agreementOf(signature, this.#signatures[place]!)
          if (agreement >= leastSigns) likely.push([agreement, place])
        }
        this.#seenBy[place] = nr
        place = this.#next[band * this.#most + place]!
      }
    }
    likely.sort(([a, x], [b, y]) => b - a || x - y)
    return likely.slice(0, mostCompared).map(([, place]) => place)
  }
}

/** Where each band of a signature begins its chain. */
function slotsOf(signature: Int32Array, mask: number): Int32Array {
  const slots = new Int32Array(bands)
  for (let band = 0; band < bands; band++) {
    let key = band
    for (let row = band * rows; row < (band + 1) * rows; row++)
      key = Math.imul(key ^ signature[row]!, 0x9e3779b1) ^ (key >>> 15)
    slots[band] = band * (mask + 1) + (mix(key) & mask)
  }
  return slots
}

function agreementOf(a: Int32Array, b: Int32Array): number {
  let agreement = 0
  for (let nr = 0; nr < signs; nr++) if (a[nr] === b[nr]) agreement++
  return agreement
}

/** The same words in the same order, but for a few; and each "not" at its place, but for as many words as differ. */
function isNear(a: Wording, b: Wording): boolean {
  const length = Math.max(a.words.length, b.words.length)
  if (a.turning.length !== b.turning.length) return false
  if (Math.abs(a.words.length - b.words.length) > strayWords(length)) return false
  const common = commonWords(a.words, b.words)
  if (length - common > strayWords(length)) return false
  const stray = a.words.length + b.words.length - 2 * common
  return a.turning.every((at, nr) => Math.abs(at - b.turning[nr]!) <= stray)
}

/** The length of the longest common subsequence. */
function commonWords(a: Int32Array, b: Int32Array): number {
  let row = new Int32Array(b.length + 1)
  let before = new Int32Array(b.length + 1)
  for (const word of a) {
    ;[row, before] = [before, row]
    for (let at = 0; at < b.length; at++)
      row[at + 1] = word === b[at] ? before[at]! + 1 : Math.max(row[at]!, before[at + 1]!)
  }
  return row[b.length]!
}
