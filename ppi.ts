// Prediction-powered inference: a share whose interval holds for this very topic however wrong the model is on it, from a
// few posts that people labelled and the model's probabilities for all. Angelopoulos, Duchi and Zrnic, PPI++
// (arXiv 2311.01453), for a mean, with authors as clusters. Pure; may assume that who chose the posts to be labelled drew
// them at random with the probabilities given and fixed their number beforehand.
// lambda x mean f + mean(y - lambda f) over the labelled. Where every post is as likely to be labelled, f's mean over all
// posts is PPI++'s mean over the others (its lambda is ours times the share of the others); where not, the others alone
// would be a biased sample. lambda is the one of least variance, 0..1: a useless model leaves the labels' own mean.
import type { Estimate } from './answers.ts'
import { clustered, leastAuthors } from './estimate.ts'

/** Fewer labels than this take the place of nothing. */
export const leastLabels = 50

export interface Audited {
  author: string
  /** The model's probability. */
  f: number
  /** How much the post counts in the view; 1 where absent. */
  weight?: number
  /** What a person said, 0..1; absent: not asked. */
  y?: number
  /** How likely this post was to be asked about; 1 where absent. Only ratios matter. */
  probability?: number
}

/** null below `leastLabels` labels or k authors behind them. */
export function predictionPowered(posts: Audited[]): Estimate | null {
  const found = poweredOf(posts)
  return found && { ...interval(found.share, found.squared, found.standing), labels: found.standing.labels }
}

export interface Powered {
  share: number
  /** The variance: squared influences, summed over authors. */
  squared: number
  /** The part of it that shrinks as 1 / labels: that of single labelled posts. */
  shrinking: number
  standing: Standing
}

/** What an estimate is made of, for settle.ts; null as above. */
export function poweredOf(posts: Audited[]): Powered | null {
  const asked = posts.filter(({ y }) => y !== undefined)
  if (asked.length < leastLabels || new Set(asked.map(({ author }) => author)).size < leastAuthors) return null
  const whole = meanOf(posts, ({ f }) => f, weightOf)
  const [y, f] = [meanOf(asked, ({ y }) => y!, inverse), meanOf(asked, ({ f }) => f, inverse)]
  const { label, model, effective } = influences(posts, { whole, y, f })
  const lambda = Math.min(1, Math.max(0, -dot(label, model) / dot(model, model) || 0))
  const share = y.mean + lambda * (whole.mean - f.mean)
  const influence = label.map((x, at) => x + lambda * model[at]!)
  const [squared, alone] = [dot(influence, influence), dot(label, label)]
  const left = alone > 0 ? squared / alone : 1
  const single = (post: Audited) => (inverse(post) / y.total) * (post.y! - y.mean - lambda * (post.f - f.mean))
  const shrinking = asked.reduce((sum, post) => sum + single(post) ** 2, 0)
  return { share, squared, shrinking, standing: { effective, labels: asked.length, left } }
}

interface Mean {
  mean: number
  /** Sum of the weights. */
  total: number
}

const weightOf = ({ weight = 1 }: Audited) => weight
/** Hajek's: a post that was unlikely to be asked about stands for many. */
const inverse = ({ weight = 1, probability = 1 }: Audited) => weight / probability

function meanOf(posts: Audited[], value: (post: Audited) => number, weight: (post: Audited) => number): Mean {
  let [sum, total] = [0, 0]
  for (const post of posts) {
    sum += weight(post) * value(post)
    total += weight(post)
  }
  return { mean: sum / total, total }
}

/**
 * How far each author moves the estimate: through the labels alone, and per unit of lambda through the probabilities.
 * Sums over an author's posts, asked about or not, so that what one account says twice counts as said by one.
 */
function influences(posts: Audited[], { whole, y, f }: { whole: Mean; y: Mean; f: Mean }) {
  const numbers = new Map<string, number>()
  for (const { author } of posts) if (!numbers.has(author)) numbers.set(author, numbers.size)
  const [label, model, weights] = [0, 1, 2].map(() => new Float64Array(numbers.size)) as [Sums, Sums, Sums]
  for (const post of posts) {
    const author = numbers.get(post.author)!
    model[author]! += (weightOf(post) / whole.total) * (post.f - whole.mean)
    if (post.y === undefined) continue
    const share = inverse(post) / y.total
    label[author]! += share * (post.y - y.mean)
    model[author]! -= share * (post.f - f.mean)
    weights[author]! += share
  }
  return { label, model, effective: 1 / dot(weights, weights) }
}
type Sums = Float64Array

function dot(a: Sums, b: Sums): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

/** However well the model fits the labels at hand, so much of the scatter may be left in posts that nobody labelled. */
const leastLeft = 0.25

export interface Standing {
  /** Effective number of labelled authors: (sum of weights)^2 / sum of squared weights. */
  effective: number
  labels: number
  /** What the model leaves of the labels' scatter. */
  left: number
}

/**
 * Wilson's interval at the sample size that would have this variance: near 0 and 1 it is lopsided, as it must be. One
 * post that nobody labelled, of either kind and as clustered as the others, stands in for what a sample without a single
 * such post cannot know; it counts by what the model leaves. Chosen by simulation: without it a share of .9 with 50
 * labels and a good model was covered in 92 %, with two at full weight in up to 99 %.
 */
export function interval(
  share: number,
  squared: number,
  { effective, labels, left }: Standing,
): { estimate: number; low: number; high: number } {
  const p = Math.min(1, Math.max(0, share))
  const unseen = ((1 - p) ** 2 + p ** 2) / 2 / (effective * labels)
  const { half } = clustered(squared + unseen * Math.max(leastLeft, left), effective, 2)
  // Wilson: |p - x| <= half sqrt(x (1 - x) / (p (1 - p))), the variance at the true share instead of the estimated one.
  const odds = (half * half) / Math.max(p * (1 - p), unseen * effective)
  const [center, spread] = [p + odds / 2, Math.sqrt(odds * p * (1 - p) + (odds * odds) / 4)]
  return { estimate: p, low: (center - spread) / (1 + odds), high: (center + spread) / (1 + odds) }
}
