// What of a paragraph is worth keeping it again for. Pure: the outline of an edition against the paragraph of now.
// Numbers that only jitter are no news; a quotation that is gone is news at once.
import type { Perspective } from '../conclusions.ts'
import { keyOf } from './change.ts'

export interface Outline {
  text: string
  /** The words without their numbers. */
  words: string
  claims: string
  refusal: string | null
  /** Told shares by claim, in points. */
  points: Map<string, number>
  quotes: { post: string; text: string }[]
}

/** Why an edition is kept. A closed list: docs/metrics.md describes each. */
export const keepReasons = ['first', 'withdrawn', 'words', 'numbers', 'jitter'] as const
export type KeepReason = (typeof keepReasons)[number]

/** At least so long between two editions of a topic, by what differs; a busy topic would otherwise fill its shelf in minutes. */
export const pauseMs: Record<KeepReason, number> = {
  first: 0,
  withdrawn: 0,
  words: 60_000,
  numbers: 60_000,
  jitter: 600_000,
}

export function outlineOf({ text, claims, refusal }: Perspective): Outline {
  return {
    text,
    words: text.replace(/\d[\d,.–]*/g, '#'),
    claims: claims.map(keyOf).sort().join('\n'),
    refusal: refusal?.reason ?? null,
    points: new Map(
      claims.flatMap((claim) => (claim.estimate === null ? [] : [[keyOf(claim), Math.round(claim.estimate * 100)]])),
    ),
    quotes: claims.flatMap(({ quotes }) => quotes),
  }
}

/** What differs most; null: nothing that was told. `gone`: a quotation of `before` can no longer be shown. */
export function reasonToKeep(before: Outline | null, now: Outline, gone: boolean): KeepReason | null {
  if (!before) return 'first'
  if (gone || (before.refusal === null) !== (now.refusal === null)) return 'withdrawn'
  if (before.words !== now.words || before.claims !== now.claims || before.refusal !== now.refusal) return 'words'
  if ([...now.points].some(([key, points]) => before.points.get(key) !== points)) return 'numbers'
  return before.text === now.text ? null : 'jitter'
}
