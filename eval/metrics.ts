// The benchmarks' official metrics, calibration error and bootstrap intervals. Pure; the twin of training/metrics.py, but for AUC within groups.
// A metric is a function of row numbers, so that the bootstrap can draw rows again without copying anything.
// An F1 without a single case, true or guessed, is 0, as in the benchmarks' own scripts.

/** The figure over these rows (a bootstrap draw repeats some). */
export type Metric = (rows: ArrayLike<number>) => number

export interface Interval {
  value: number
  low: number
  high: number
  n: number
}

export const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length

/** Linear between order statistics, as numpy does it. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort()
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

/** The first of the largest values. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let at = 1; at < values.length; at++) if (values[at]! > values[best]!) best = at
  return best
}

/** Of exclusive classes the one with the largest p / threshold: with each class's frequency as its threshold, the choice of the best macro recall. */
export const chosen = (p: ArrayLike<number>, thresholds: readonly number[]): number =>
  argmax(thresholds.map((cut, k) => p[k]! / cut))

/** F1 of each class. */
function classF1(
  truth: ArrayLike<number>,
  guess: ArrayLike<number>,
  size: number,
): (rows: ArrayLike<number>) => number[] {
  return (rows) => {
    const hits = new Float64Array(size)
    const either = new Float64Array(size)
    for (let at = 0; at < rows.length; at++) {
      const [t, g] = [truth[rows[at]!]!, guess[rows[at]!]!]
      either[t]!++
      either[g]!++
      if (t === g) hits[t]!++
    }
    return Array.from(hits, (hit, c) => (2 * hit) / Math.max(either[c]!, 1))
  }
}

/** Mean F1 over some of `size` classes: all (macro-F1), against and favor (stance), class 1 alone (irony). */
export function f1Of(classes: number[], size: number) {
  return (truth: ArrayLike<number>, guess: ArrayLike<number>): Metric => {
    const each = classF1(truth, guess, size)
    return (rows) => {
      const f1 = each(rows)
      return mean(classes.map((c) => f1[c]!))
    }
  }
}

export const macroF1 = (size: number) => f1Of([...Array(size).keys()], size)

/** Mean over the classes that occur of the share of their rows that were found. */
export function macroRecall(size: number) {
  return (truth: ArrayLike<number>, guess: ArrayLike<number>): Metric =>
    (rows) => {
      const found = new Float64Array(size)
      const all = new Float64Array(size)
      for (let at = 0; at < rows.length; at++) {
        const t = truth[rows[at]!]!
        all[t]!++
        if (guess[rows[at]!] === t) found[t]!++
      }
      return mean(Array.from(found, (hit, c) => hit / all[c]!).filter((_, c) => all[c]! > 0))
    }
}

/** Truth and guess as rows of 0/1. */
type Marks = readonly (readonly number[])[]

/** Hits and marks (true plus guessed) of each label over these rows. */
function countMarks(truth: Marks, guess: Marks, rows: ArrayLike<number>): { hits: Float64Array; marks: Float64Array } {
  const labels = truth[0]!.length
  const counts = { hits: new Float64Array(labels), marks: new Float64Array(labels) }
  for (let at = 0; at < rows.length; at++) {
    const [t, g] = [truth[rows[at]!]!, guess[rows[at]!]!]
    for (let k = 0; k < labels; k++) {
      counts.marks[k]! += t[k]! + g[k]!
      if (t[k] && g[k]) counts.hits[k]!++
    }
  }
  return counts
}

export function labelF1(truth: Marks, guess: Marks, rows: ArrayLike<number>): number[] {
  const { hits, marks } = countMarks(truth, guess, rows)
  return Array.from(hits, (hit, k) => (2 * hit) / Math.max(marks[k]!, 1))
}

export const multiMacroF1 =
  (truth: Marks, guess: Marks): Metric =>
  (rows) =>
    mean(labelF1(truth, guess, rows))

export const multiMicroF1 =
  (truth: Marks, guess: Marks): Metric =>
  (rows) => {
    const { hits, marks } = countMarks(truth, guess, rows)
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
    return (2 * sum(hits)) / Math.max(sum(marks), 1)
  }

/** Mean over posts of |both| / |either|; 1 where both are empty. */
export function jaccard(truth: Marks, guess: Marks): Metric {
  const each = truth.map((t, row) => {
    const both = t.filter((mark, k) => mark && guess[row]![k]).length
    const either = t.filter((mark, k) => mark || guess[row]![k]).length
    return either === 0 ? 1 : both / either
  })
  return meanOf(each)
}

export function meanOf(values: ArrayLike<number>): Metric {
  return (rows) => {
    let sum = 0
    for (let at = 0; at < rows.length; at++) sum += values[rows[at]!]!
    return sum / rows.length
  }
}

/** Chance that a row of truth 1 has a higher score than one of truth 0 of the same group; ties count half. */
export function auc(truth: ArrayLike<number>, score: ArrayLike<number>, groups: ArrayLike<unknown> = []): Metric {
  const ids = new Map([...new Set(Array.from(groups))].map((name, id) => [name, id]))
  const groupOf = Array.from(score, (_, row) => ids.get(groups[row]) ?? 0)
  const order = Array.from(score, (_, row) => row).sort((a, b) => groupOf[a]! - groupOf[b]! || score[a]! - score[b]!)
  const place = new Int32Array(order.length) // equal scores share a place
  order.forEach((row, at) => {
    const before = order[at - 1]
    const isTie = before !== undefined && groupOf[before] === groupOf[row] && score[before] === score[row]
    place[row] = isTie ? place[before]! : at
  })
  return (rows) => {
    const counts = [new Float64Array(order.length), new Float64Array(order.length)] as const
    for (let at = 0; at < rows.length; at++) counts[truth[rows[at]!] ? 1 : 0][place[rows[at]!]!]!++
    let [below, ones, won, pairs] = [0, 0, 0, 0]
    for (let at = 0; at < order.length; at++) {
      won += counts[1][at]! * (below + counts[0][at]! / 2)
      below += counts[0][at]!
      ones += counts[1][at]!
      if (at + 1 < order.length && groupOf[order[at + 1]!] === groupOf[order[at]!]) continue
      pairs += ones * below
      ones = below = 0
    }
    return won / pairs
  }
}

/** Expected calibration error of one label's probability over bins of equal mass; the larger bins come first. */
export function ece(truth: ArrayLike<number>, probability: ArrayLike<number>, bins = 15): Metric {
  const order = Array.from(probability, (_, row) => row).sort((a, b) => probability[a]! - probability[b]!)
  return (rows) => {
    const times = new Int32Array(order.length)
    for (let at = 0; at < rows.length; at++) times[rows[at]!]!++
    const [size, larger] = [Math.floor(rows.length / bins), rows.length % bins]
    let [error, gap, bin, left] = [0, 0, 0, size + (larger > 0 ? 1 : 0)]
    for (const row of order) {
      for (let time = times[row]!; time > 0; time--) {
        gap += truth[row]! - probability[row]!
        if (--left > 0) continue
        error += Math.abs(gap)
        gap = 0
        left = size + (++bin < larger ? 1 : 0)
      }
    }
    return error / rows.length
  }
}

/** Mean over labels of their calibration errors; truth and probability by row, then label. */
export function meanEce(truth: Marks, probability: readonly (readonly number[])[]): Metric {
  const each = truth[0]!.map((_, k) => ece(column(truth, k), column(probability, k)))
  return (rows) => mean(each.map((metric) => metric(rows)))
}

export const column = (values: readonly (readonly number[])[], k: number) => Float64Array.from(values, (row) => row[k]!)

/** Mulberry32: small, seeded, the same everywhere. Numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Bootstrap {
  times?: number
  /** Draws are moved so that their mean is the figure: an ECE of a draw is larger by its thinner bins alone. */
  centred?: boolean
}

/** The figure over n rows with its 95 % percentile bootstrap interval; draws without a value (one class only) are left out. */
export function interval(n: number, metric: Metric, { times = 1_000, centred = false }: Bootstrap = {}): Interval {
  const draw = random(n)
  const value = metric(Int32Array.from({ length: n }, (_, row) => row))
  const drawn = new Int32Array(n)
  const values: number[] = []
  for (let time = 0; time < times; time++) {
    for (let at = 0; at < n; at++) drawn[at] = Math.floor(draw() * n)
    const one = metric(drawn)
    if (Number.isFinite(one)) values.push(one)
  }
  if (values.length === 0) return { value, low: Number.NaN, high: Number.NaN, n }
  const off = centred ? mean(values) - value : 0
  return { value, low: quantile(values, 0.025) - off, high: quantile(values, 0.975) - off, n }
}
