// Posts near in meaning, grouped: spherical k-means on the encoder's embeddings, centred on the topic's mean, because all
// posts of a topic are near each other. Pure and deterministic: seeded by nothing but the order it is given.

/** Of the encoder's 384: a sketch of a sixth of them keeps angles to within what grouping needs, at a sixth of the cost. */
const kept = 64
const rounds = 4

/** Embeddings as unit vectors around their mean; null where there is none. */
export function centred(embeddings: (Int8Array | null)[]): (Float32Array | null)[] {
  const folded = embeddings.map((one) => one && fold(one))
  const mean = new Float32Array(kept)
  const present = folded.filter((one) => one !== null)
  for (const one of present) for (let i = 0; i < kept; i++) mean[i]! += one[i]! / present.length
  return folded.map((one) => {
    if (one) for (let i = 0; i < kept; i++) one[i]! -= mean[i]!
    return one && unit(one)
  })
}

/** A count sketch: each number joins one of 64 sums under a fixed sign. */
function fold(embedding: Int8Array): Float32Array {
  const sums = new Float32Array(kept)
  for (let i = 0; i < embedding.length; i++) {
    const mixed = Math.imul(i + 1, 0x9e3779b1)
    sums[i % kept]! += mixed & 0x10000 ? embedding[i]! : -embedding[i]!
  }
  return sums
}

/** The mean of embeddings, whole; null of none. */
export function meanOf(embeddings: (Int8Array | null)[]): Float32Array | null {
  const present = embeddings.filter((one) => one !== null)
  if (!present.length) return null
  const sum = new Float32Array(present[0]!.length)
  for (const one of present) for (let i = 0; i < sum.length; i++) sum[i]! += one[i] ?? 0
  return sum.map((x) => x / present.length)
}

/** In its place. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector))
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= length
  return vector
}

/** Four sums at a time: what the time of this file is spent on. */
export function dot(a: Float32Array, b: Float32Array): number {
  let p = 0
  let q = 0
  let r = 0
  let s = 0
  for (let i = 0; i < kept; i += 4) {
    p += a[i]! * b[i]!
    q += a[i + 1]! * b[i + 1]!
    r += a[i + 2]! * b[i + 2]!
    s += a[i + 3]! * b[i + 3]!
  }
  return p + q + r + s
}

/** The direction that some vectors share, not of unit length: the longer, the more they agree. */
export function centroid(vectors: Float32Array[]): Float32Array {
  const sum = new Float32Array(kept)
  for (const one of vectors) for (let i = 0; i < kept; i++) sum[i]! += one[i]!
  for (let i = 0; i < kept; i++) sum[i]! /= vectors.length || 1
  return sum
}

/** How near some vectors are to each other: their mean cosine, pairs of a vector with itself left out. */
export function agreement(vectors: Float32Array[]): number {
  const n = vectors.length
  if (n < 2) return 0
  const middle = centroid(vectors)
  return (dot(middle, middle) * n - 1) / (n - 1)
}

/** The group of each vector, 0..k-1. Ever the same for the same vectors in the same order. */
export function groups(vectors: Float32Array[], k: number): Int32Array {
  let centres = spread(vectors, k)
  const group = new Int32Array(vectors.length)
  for (let round = 0; round < rounds; round++) {
    let moved = 0
    for (let row = 0; row < vectors.length; row++) {
      const best = nearest(vectors[row]!, centres)
      if (group[row] !== best) moved++
      group[row] = best
    }
    if (!moved && round) break
    const sums = centres.map(() => new Float32Array(kept))
    for (const [row, vector] of vectors.entries()) {
      const sum = sums[group[row]!]!
      for (let i = 0; i < kept; i++) sum[i]! += vector[i]!
    }
    centres = sums.map(unit)
  }
  return group
}

function nearest(vector: Float32Array, centres: Float32Array[]): number {
  let best = 0
  let most = -2
  for (let at = 0; at < centres.length; at++) {
    const near = dot(vector, centres[at]!)
    if (near <= most) continue
    best = at
    most = near
  }
  return best
}

/** k-means++ with a generator of its own: the next centre is drawn in proportion to the squared distance. */
function spread(vectors: Float32Array[], k: number): Float32Array[] {
  let state = 0x2545f491 ^ vectors.length
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
  const centres = [vectors[Math.floor(draw() * vectors.length)]!]
  const far = new Float64Array(vectors.length).fill(2)
  while (centres.length < Math.min(k, vectors.length)) {
    const last = centres.at(-1)!
    let total = 0
    for (let row = 0; row < vectors.length; row++) {
      far[row] = Math.min(far[row]!, Math.max(0, 1 - dot(vectors[row]!, last)))
      total += far[row]!
    }
    let left = draw() * total
    const next = far.findIndex((distance) => {
      left -= distance
      return left <= 0 && distance > 0
    })
    if (next < 0) break
    centres.push(vectors[next]!)
  }
  return centres
}
