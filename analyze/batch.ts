// How work is dealt to the workers: loads of texts under a token budget. Pure.
// A load is a unit of hand-over, not of arithmetic: inside it every text goes through the network alone, at its own
// length. Dynamic int8 takes one scale per tensor, so a text scored among others would get other numbers each time,
// and on a CPU core a batch gains only a tenth (docs/decisions/006-batches-of-one.md). Padding waste is therefore zero.

export interface LoadPlan {
  /** Estimated tokens in a load, at most (a single larger text is a load of its own). */
  budget?: number
  /** Below the budget, work is cut so that every worker gets some. */
  workers: number
}

/** About 70 ms of one core: long enough to drown the hand-over, short enough to end together. */
const defaultBudget = 1_024
const leastBudget = 64

/** Loads of indexes into `sizes` (estimated tokens), longest texts first. Every index is in exactly one load. */
export function planLoads(sizes: readonly number[], { budget = defaultBudget, workers }: LoadPlan): number[][] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const most = Math.min(budget, Math.max(leastBudget, Math.ceil(total / workers)))
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  const loads: number[][] = []
  let load: number[] = []
  let filled = 0
  for (const index of order) {
    if (load.length > 0 && filled + sizes[index]! > most) {
      loads.push(load)
      load = []
      filled = 0
    }
    load.push(index)
    filled += sizes[index]!
  }
  if (load.length > 0) loads.push(load)
  return loads
}

/** Tokens of a text as English posts have them (4.2 characters each, and the two that frame it), never above `most`. */
export function estimateTokens(text: string, most: number): number {
  return Math.min(most, 2 + Math.ceil(text.length / 4.2))
}
