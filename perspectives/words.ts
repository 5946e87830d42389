// Which words an interval allows. This table is published in docs/wording.md (a test compares the two): a quantifier
// may be used only when its whole condition holds for the claim's interval, never for its estimate alone.
import type { Estimate } from '../answers.ts'

export interface Quantifier {
  word: string
  /** Both bounds, 0..1, inclusive: the interval must lie inside. */
  low: number
  high: number
}

/** In order: the first whose range holds the interval is the word. Each goes before "of the posts". */
export const quantifiers: Quantifier[] = [
  { word: 'nearly all', low: 0.9, high: 1 },
  { word: 'a large majority', low: 0.7, high: 1 },
  { word: 'most', low: 0.501, high: 1 },
  { word: 'about half', low: 0.42, high: 0.58 },
  { word: 'about a third', low: 0.27, high: 0.41 },
  { word: 'about a quarter', low: 0.19, high: 0.32 },
  { word: 'about one in five', low: 0.15, high: 0.26 },
  { word: 'about one in seven', low: 0.11, high: 0.19 },
  { word: 'about one in ten', low: 0.07, high: 0.14 },
  { word: 'about one in twenty', low: 0.03, high: 0.08 },
  { word: 'many', low: 0.25, high: 1 },
  { word: 'some', low: 0.1, high: 0.5 },
  { word: 'few', low: 0, high: 0.15 },
  { word: 'a minority', low: 0, high: 0.499 },
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
  anticipation: 'expectation',
  realization: 'sudden insight',
  caring: 'care',
  nervousness: 'nervousness',
  desire: 'longing',
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

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Names of sources, as prose tells them. */
const sources: Record<string, string> = {
  bluesky: 'Bluesky',
  x: 'X',
  mastodon: 'Mastodon',
  hackernews: 'Hacker News',
  reddit: 'Reddit',
  feeds: 'news feeds',
  sample: 'the bundled sample',
  import: 'imported files',
}
/** Its name may be anybody's: an import calls its source as it likes. */
export const sourceName = (source: string) => (Object.hasOwn(sources, source) ? sources[source]! : source)

const languages = new Intl.DisplayNames(['en'], { type: 'language' })
export function languageName(tag: string): string {
  try {
    return languages.of(tag) ?? tag
  } catch {
    return tag
  }
}

/** What came before a window of this length, as people say it. */
export function periodBefore({ from, to }: { from: string; to: string }): string {
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / 3_600_000)
  return (
    ({ 1: 'the hour before', 24: 'the day before', 168: 'the week before' } as Record<number, string>)[hours] ??
    'the period before'
  )
}
