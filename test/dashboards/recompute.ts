// A share with its interval from rows of an exported file, computed by plain loops that share nothing with ours: authors as
// clusters, scatter of labels, error of the model. Student's t comes from adding up its density.
import type { Estimate } from '../../answers.ts'

export interface Row {
  author: unknown
  /** The probability. */
  y: number
  /** What the post weighs. */
  w: number
}

const quantiles = new Map<number, number>()

/** The .975 quantile of Student's t. */
export function student(freedom: number): number {
  const known = quantiles.get(freedom)
  if (known) return known
  const density = (x: number) => (1 + (x * x) / freedom) ** (-(freedom + 1) / 2)
  const step = 1e-4
  let [whole, x] = [0, 0]
  for (let at = step / 2; at < 2_000; at += at < 20 ? step : 0.01) whole += density(at) * (at < 20 ? step : 0.01)
  for (let part = 0; part < 0.95 * whole; x += step) part += density(x + step / 2) * step
  quantiles.set(freedom, x)
  return x
}

interface Asked {
  /** In `author` every account counts the same, whatever its posts weigh. */
  view: 'post' | 'author' | 'engagement'
  modelError: number
}

export function recomputed(rows: Row[], { view, modelError }: Asked): Estimate {
  const authors = [...Map.groupBy(rows, ({ author }) => author).values()].map((own) => {
    let [a, b, noise] = [0, 0, 0]
    for (const { y, w } of own) {
      a += w * y
      b += w
      noise += w * w * y * (1 - y)
    }
    return view === 'author' ? { a: a / b, b: 1, noise: noise / (b * b) } : { a, b, noise }
  })
  const nothing = { estimate: null, low: null, high: null }
  if (authors.length < 10) return nothing
  let [a, b, bb, noise, squares] = [0, 0, 0, 0, 0]
  for (const one of authors) {
    a += one.a
    b += one.b
    bb += one.b * one.b
    noise += one.noise
  }
  const share = a / b
  for (const one of authors) squares += (one.a - share * one.b) ** 2
  const effective = (b * b) / bb
  const freedom = Math.max(0.25, effective - 1)
  const sampling = (student(Math.max(1, freedom)) ** 2 * (squares / (b * b)) * effective) / freedom
  const half = Math.sqrt(sampling + 1.959964 ** 2 * (noise / (b * b) + modelError ** 2))
  return { estimate: share, low: Math.max(0, share - half), high: Math.min(1, share + half) }
}
