// Draws of accounts, as if the world had been asked again: a bootstrap from a seed, so that the same posts give the same
// intervals. Pure.
import type { Steps } from '../steps.ts'

const atATime = 10

/** What was computed of each draw; draws of which nothing can be computed are left out. */
export function* drawsOf(
  { draws, seed }: { draws: number; seed: number },
  one: (random: () => number) => ArrayLike<number> | null | undefined,
): Steps<ArrayLike<number>[]> {
  const random = mulberry(seed)
  const drawn: ArrayLike<number>[] = []
  for (let nr = 0; nr < draws; nr++) {
    const parts = one(random)
    if (parts) drawn.push(parts)
    if (nr % atATime === atATime - 1) yield
  }
  return drawn
}

/** The standard deviation of one of their numbers. */
export function spread(drawn: ArrayLike<number>[], nr: number): number {
  const mean = drawn.reduce((sum, parts) => sum + parts[nr]!, 0) / drawn.length
  const squares = drawn.reduce((sum, parts) => sum + (parts[nr]! - mean) ** 2, 0)
  return drawn.length > 1 ? Math.sqrt(squares / (drawn.length - 1)) : 0
}

/** How often one of many is drawn when as many are drawn as there are. */
export function poisson(random: () => number): number {
  let [count, product] = [0, random()]
  const end = Math.exp(-1)
  while (product > end) {
    count++
    product *= random()
  }
  return count
}

/** Numbers in [0, 1) from a seed (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
