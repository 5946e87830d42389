// A set of folded terms that answers "is this range of a text one of them?" without making a string: open addressing
// over FNV-1a of UTF-16 units, a quarter full. Built once per change of topics. A hostile text cannot lengthen its
// chains, for only queries put terms in.

export interface Vocabulary {
  /** Number of the term in each slot, or -1. */
  slots: Int32Array
  mask: number
  hashes: Int32Array
  /** Where each term's units begin in `pool`; one more entry than terms. */
  offsets: Int32Array
  pool: Uint16Array
  /** The atom that each term stands for. */
  atoms: Int32Array
  /** 1 where some term has that many units. */
  lengths: Uint8Array
}

const hashSeed = 0x811c9dc5 | 0
const hashStep = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193)

const slotOf = (hash: number, mask: number): number => (hash ^ (hash >>> 15)) & mask

/** Atoms by term. */
export function buildVocabulary(terms: Map<string, number>): Vocabulary {
  const size = 2 ** Math.max(4, Math.ceil(Math.log2(terms.size * 4 + 1)))
  const texts = [...terms.keys()]
  const built: Vocabulary = {
    slots: new Int32Array(size).fill(-1),
    mask: size - 1,
    hashes: new Int32Array(texts.length),
    offsets: new Int32Array(texts.length + 1),
    pool: new Uint16Array(texts.reduce((sum, text) => sum + text.length, 0)),
    atoms: Int32Array.from(terms.values()),
    lengths: new Uint8Array(texts.reduce((longest, text) => Math.max(longest, text.length), 0) + 1),
  }
  let end = 0
  for (const [term, text] of texts.entries()) {
    let hash = hashSeed
    for (let i = 0; i < text.length; i++) {
      built.pool[end++] = text.charCodeAt(i)
      hash = hashStep(hash, text.charCodeAt(i))
    }
    built.offsets[term + 1] = end
    built.hashes[term] = hash
    built.lengths[text.length] = 1
    let slot = slotOf(hash, built.mask)
    while (built.slots[slot] !== -1) slot = (slot + 1) & built.mask
    built.slots[slot] = term
  }
  return built
}

/** A stretch of a text to look up, with its hash. One is reused for a whole post. */
export interface Stretch {
  units: Uint16Array
  start: number
  end: number
  hash: number
}

/** Extends an empty or begun stretch to `end`. */
export function stretchTo(stretch: Stretch, end: number): Stretch {
  for (let i = stretch.end; i < end; i++) stretch.hash = hashStep(stretch.hash, stretch.units[i]!)
  stretch.end = end
  return stretch
}

/** Begins an empty stretch. */
export function startAt(stretch: Stretch, start: number): Stretch {
  stretch.start = start
  stretch.end = start
  stretch.hash = hashSeed
  return stretch
}

/** The atom of the term that is exactly this stretch; -1 when none is. */
export function findTerm(within: Vocabulary, stretch: Stretch): number {
  const { slots, mask, hashes } = within
  for (let slot = slotOf(stretch.hash, mask); ; slot = (slot + 1) & mask) {
    const term = slots[slot]!
    if (term === -1) return -1
    if (hashes[term] === stretch.hash && isTerm(within, term, stretch)) return within.atoms[term]!
  }
}

function isTerm({ offsets, pool }: Vocabulary, term: number, { units, start, end }: Stretch): boolean {
  const from = offsets[term]!
  if (offsets[term + 1]! - from !== end - start) return false
  for (let i = start; i < end; i++) if (units[i] !== pool[from + i - start]) return false
  return true
}
