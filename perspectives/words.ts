// Which words an interval allows. This table is published in docs/wording.md (a test compares the two): a quantifier
// may be used only when its whole condition holds for the claim's interval, never for its estimate alone.
import type { Estimate } from '../answers.ts'

export interface Quantifier {
  word: string
  /** Both bounds, 0..1, inclusive: the interval must lie inside. */
  low: number
  high: number
}

/** In order: the first whose range holds the interval is the word. */
export const quantifiers: Quantifier[] = [
  { word: 'nearly all', low: 0.9, high: 1 },
  { word: 'a large majority', low: 0.7, high: 1 },
  { word: 'most', low: 0.501, high: 1 },
  { word: 'about half', low: 0.4, high: 0.6 },
  { word: 'many', low: 0.25, high: 1 },
  { word: 'some', low: 0.1, high: 0.5 },
  { word: 'few', low: 0, high: 0.15 },
]

/** The word for a share with this interval; null when no word of the table fits (the number alone must do). */
export function quantifierFor({ low, high }: Estimate): string | null {
  if (low === null || high === null) return null
  return quantifiers.find((one) => low >= one.low && high <= one.high)?.word ?? null
}

/** True when the table allows this word for this interval. */
export function allows(word: string, { low, high }: Estimate): boolean {
  const rule = quantifiers.find((one) => one.word === word)
  return rule !== undefined && low !== null && high !== null && low >= rule.low && high <= rule.high
}

/** True when the first share is certainly the larger one: the intervals do not touch. */
export function exceeds(a: Estimate, b: Estimate): boolean {
  return a.low !== null && b.high !== null && a.low > b.high
}

/** A share as a person writes it. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

/** "58% (52–64%)": the estimate with its 95 % interval. */
export function withInterval({ estimate, low, high }: Estimate): string {
  if (estimate === null || low === null || high === null) return 'an unknown share'
  return `${percent(estimate)} (${Math.round(low * 100)}–${percent(high)})`
}

/** Nouns for feelings, so that a label reads as English. Labels that are not here read as themselves. */
const feelings: Record<string, string> = {
  optimism: 'hope',
  pessimism: 'pessimism',
  annoyance: 'annoyance',
  approval: 'approval',
  disappointment: 'disappointment',
}
export const feeling = (label: string) => feelings[label] ?? label.replaceAll('_', ' ')

/** 'a, b and c' */
export function series(parts: string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** '1 post', '1,200 posts' */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`
}
