// The difference of one share between two windows or groups, with its 95 % interval, and its words. Pure.
// Sampling variances are added (the same authors on both sides make this wide rather than narrow), and the model's error
// of differences takes the place of twice its error of shares: most of a model's bias is the same on both sides.
import type { Estimate } from './answers.ts'
import type { ModelError } from './types.ts'

const z = 1.96
/** Half a point: an interval that would be written with a 0 in it excludes nothing for a reader. */
const least = 0.005

/** `after` minus `before` of one label, -1..1; null when either has no estimate. */
export function differenceOf(
  before: Estimate | undefined,
  after: Estimate | undefined,
  { label, error }: { label: string; error: ModelError },
): Estimate | null {
  if (before?.estimate == null || after?.estimate == null) return null
  const shareError = error.share[label] ?? 0
  const sampling = samplingVariance(before, shareError) + samplingVariance(after, shareError)
  const half = z * Math.sqrt(sampling + modelTerm([before, after], error, label) ** 2)
  const estimate = after.estimate - before.estimate
  return { estimate, low: estimate - half, high: estimate + half }
}

/**
 * What an interval holds beyond the model-error term, which one that rests on people's labels has not. The wider side is
 * taken: the other may be cut at 0 or 1.
 */
function samplingVariance({ estimate, low, high, labels }: Estimate, shareError: number): number {
  const half = Math.max(high! - estimate!, estimate! - low!) / z
  return Math.max(0, half ** 2 - (labels ? 0 : shareError ** 2))
}

/** Labels take the model's bias out of their side, so nothing of the other side's is left to cancel it. */
function modelTerm(sides: Estimate[], error: ModelError, label: string): number {
  const blind = sides.filter(({ labels }) => !labels).length
  return blind === 0 ? 0 : ((blind === 1 ? error.share : error.difference)[label] ?? 0)
}

/** True when the interval excludes "no change". */
export function isCertain({ low, high }: Estimate): boolean {
  return low !== null && high !== null && (low >= least || high <= -least)
}

/** "rose by 12 points (8–16)" or "fell by ...": for differences that are certain. */
export function changeInWords({ estimate, low, high }: Estimate): string {
  const points = (share: number | null) => Math.round(Math.abs(share ?? 0) * 100)
  const range = [points(low), points(high)].sort((a, b) => a - b).join('–')
  return `${(estimate ?? 0) > 0 ? 'rose' : 'fell'} by ${points(estimate)} points (${range})`
}
