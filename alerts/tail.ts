// How often strengths are passed where nothing changed: by theory exp(strength) hours apart, in truth oftener where posts
// come in floods or accounts move together. Learnt from the peaks of all topics' past, by kind of measure: how many there
// are above a low level, and how fast they thin out above it (an exponential tail, as for every excess over a high level of
// such statistics; Pickands 1975, with shape 0). Pure.

/** Above this level, in nats: about one peak in two days. */
export const level = 4

export interface Tail {
  /** Peaks above the level, an hour. */
  perHour: number
  /** How fast they thin out, a nat: 1 by theory. */
  theta: number
}

/** By theory: what strengths are before their past is known. */
export const byTheory: Tail = { perHour: Math.exp(-level), theta: 1 }

/** What the past of some measures showed. */
export interface Peaks {
  hours: number
  /** Peaks above the level, and by how much they passed it in all, each up to `most`. */
  count: number
  excess: number
  /** Peaks beyond `most`: probably true changes. They are peaks, and tell nothing of how fast peaks thin out. */
  beyond: number
}

export const noPeaks = (): Peaks => ({ hours: 0, count: 0, excess: 0, beyond: 0 })

const most = 6
/** More is not taken for true. */
const thinnest = 1.1
/** What theory says weighs as much as so many peaks. */
const priorPeaks = 20
/** A peak ends when the strength fell so far below the level. */
const fall = 1

/** Counts the peaks of strengths, step by step. */
export function openPeaks(stepMs: number): { take: (log: number) => void; end: () => Peaks } {
  const peaks = noPeaks()
  let top: number | null = null
  const close = () => {
    if (top === null) return
    peaks.count++
    if (top - level > most) peaks.beyond++
    peaks.excess += Math.min(most, top - level)
    top = null
  }
  return {
    take: (log) => {
      peaks.hours += stepMs / 3_600_000
      if (top !== null && log < level - fall) close()
      else if (log > level || top !== null) top = Math.max(top ?? level, log)
    },
    end: () => {
      close()
      return peaks
    },
  }
}

export function tailOf(all: Peaks[]): Tail {
  const sum = (of: (peaks: Peaks) => number) => all.reduce((total, peaks) => total + of(peaks), 0)
  const count = sum((peaks) => peaks.count)
  return {
    perHour: (count + priorPeaks) / (sum(({ hours }) => hours) + priorPeaks / byTheory.perHour),
    theta: Math.min(
      thinnest,
      (count - sum(({ beyond }) => beyond) + priorPeaks) / (sum(({ excess }) => excess) + priorPeaks),
    ),
  }
}

/** Of young topics: what grown ones show is rarer than theory says may be so because more is known of them. */
export const noKinder = ({ perHour, theta }: Tail): Tail => ({
  perHour: Math.max(perHour, byTheory.perHour),
  theta: Math.min(theta, byTheory.theta),
})

/** A strength whose exp is the hours between two like it, as far as the past of topics tells. */
export const calibrated = (log: number, { perHour, theta }: Tail): number =>
  log < level ? log : -Math.log(perHour) + theta * (log - level)
