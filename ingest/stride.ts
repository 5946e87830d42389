// How many posts are reserved at once: a step; where that does not last, twice as many, up to eight steps; and half as many
// again where it lasts. So that a fast stream does not wait for the disk, and a slow one leaves little in doubt. Pure.

/** Where a reservation lasts no longer than this, the next is larger. */
const briefMs = 4_000
const mostSteps = 8

export interface Stride {
  readonly posts: number
  /** A reservation is due. */
  next(nowMs: number): void
}

export function createStride(step: number): Stride {
  let [posts, lastMs] = [step, Number.NEGATIVE_INFINITY]
  return {
    get posts() {
      return posts
    },
    next(nowMs) {
      const isBrief = nowMs - lastMs < briefMs
      posts = isBrief ? Math.min(2 * posts, mostSteps * step) : Math.max(step, Math.ceil(posts / 2))
      lastMs = nowMs
    },
  }
}
