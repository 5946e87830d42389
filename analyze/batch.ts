// How work is dealt to the workers, in loads of texts under a token budget, and how a load is cut into runs of the network:
// rows of like length, so that little is padded. Pure. A row's answer does not depend on its neighbours, up to the rounding of
// sums: the ranges of the int8 file are fixed, and padding is not seen (docs/decisions/030-one-row.md).

export interface LoadPlan {
  /** Estimated tokens in a load, at most (a single larger text is a load of its own). */
  budget?: number
  /** Below the budget, work is cut so that every worker gets some. */
  workers: number
}

/** About 100 ms of one core (bench/results/score.json): long enough to drown the hand-over, short enough to end together. */
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

/** Rows of 31 tokens alone 3.7 ms each, in runs of 128 tokens 2.9, of 256 or 512 2.8 (one thread, docs/model/runs.md). */
const mostInRun = 256
/** Tokens by which the shortest row of a run may be shorter than its longest. */
const mostPadded = 4

/** Runs of indexes into `lengths` (tokens of the rows), shortest rows first. Every index is in exactly one run. */
export function planRuns(lengths: readonly number[]): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  const runs: number[][] = []
  for (const index of order) {
    const run = runs.at(-1)
    const length = lengths[index]!
    const fits = run && (run.length + 1) * length <= mostInRun && length - lengths[run[0]!]! <= mostPadded
    if (fits) run.push(index)
    else runs.push([index])
  }
  return runs
}

/** Tokens of a text as English posts have them (4.2 characters each, and the two that frame it), never above `most`. */
export function estimateTokens(text: string, most: number): number {
  return Math.min(most, 2 + Math.ceil(text.length / 4.2))
}
