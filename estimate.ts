// From sums over authors to a share with its interval. Pure.
// A share is a ratio of weighted totals, sum(w y) / sum(w). Posts of one author are not independent, so the variance is
// the linearised ("sandwich") variance of a ratio with authors as clusters: Cochran, Sampling Techniques (1977), ch. 6 and
// 11 (Taylor linearisation). The model's own error, measured on held-out topics, is added: it does not shrink with n.
import type { Estimate } from './answers.ts'

/** Below this many authors no estimate is told. */
export const leastAuthors = 10
const z = 1.959964

/**
 * Sums over authors of a = sum of w y and b = sum of w over the author's posts; `noise`: sum over posts of w^2 y (1 - y),
 * how far the labels that a person would give scatter about the probabilities. 0 where y is a plain fact.
 */
export interface Sums {
  authors: number
  a: number
  b: number
  aa: number
  ab: number
  bb: number
  noise: number
}

export const unknown: Estimate = { estimate: null, low: null, high: null }

/** The share with its 95 % interval; nulls where too few authors stand behind it. */
export function estimate({ authors, a, b, aa, ab, bb, noise }: Sums, modelError: number): Estimate {
  if (authors < leastAuthors || !(b > 0)) return unknown
  const share = a / b
  const residual = Math.max(0, aa - 2 * share * ab + share * share * bb)
  const variance = ((authors / (authors - 1)) * residual + noise) / (b * b)
  const half = z * Math.sqrt(variance + modelError * modelError)
  return { estimate: clip(share), low: clip(share - half), high: clip(share + half) }
}

const clip = (share: number) => Math.min(1, Math.max(0, share))
