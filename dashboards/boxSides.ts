// What a story page shows beside the paragraph of a box: who is for and who is against each target, and what moved since
// the window before, as one number to put stories in order by. Numbers with their intervals, and no word about them:
// where the sides cannot be told apart, the box's blind spots say so.
import type { Filter, Questions } from '../answers.ts'
import type { Claim } from '../conclusions.ts'
import { isCertain } from '../difference.ts'
import { unknown } from '../estimate.ts'
import type { Topic } from '../types.ts'
import type { BoxCamp, BoxMovement } from './box.ts'
import { claimText } from './paragraph.ts'

/** Both sides of every target of the topic, told or not. */
export async function campsOf(ask: Questions, filter: Filter, { targets }: Topic): Promise<BoxCamp[]> {
  if (!targets.length) return []
  const { stance } = await ask.summary({ ...filter, targets }, ['stance'])
  return targets.map(({ id, text }) => {
    const { favor = unknown, against = unknown } = stance[id] ?? {}
    return { target: id, text, favor, against }
  })
}

/** The change that lies farthest from none, its interval taken into account; null where none is certain. */
export function movedOf(claims: Claim[]): BoxMovement | null {
  const moved = claims.flatMap((claim) => {
    const { kind, measure, difference } = claim
    if (kind !== 'change' || !difference || !isCertain(difference)) return []
    const { estimate, low, high } = difference
    const least = Math.max(low!, -high!)
    return [{ measure, text: claimText(claim), difference: { estimate, low, high }, least }]
  })
  return moved.toSorted((a, b) => b.least - a.least)[0] ?? null
}
