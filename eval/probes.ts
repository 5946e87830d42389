// Probes of whether stance reads its target: other targets, negated ones, and ones the post does not speak about.
// The phrases are those of training/probes.py, written by us; training never used them. Draws are seeded.
import type { Pair } from './sets.ts'

const againstThing = [
  '{x} should be rejected',
  'the campaign against {x}',
  'an end to {x}',
  'it would be wrong to back {x}',
  'people should turn away from {x}',
  '{x} is harmful',
  'no more {x}',
]
const againstStatement = [
  'it would be wrong if {x}',
  'the claim that {x} is nonsense',
  'those who say that {x} are mistaken',
  'I deny that {x}',
  'the opposite of this: {x}',
]
const unrelated = [
  'school lunches',
  'the space station',
  'dog parks',
  'winter tyres',
  'a new opera house',
  'tuna fishing quotas',
  'electric scooters',
  'daylight saving time',
  'chess in schools',
  'beekeeping',
  'the metric system',
  'organ donation',
  'noise barriers',
  'bottle deposits',
  'night trains',
  'public libraries',
  'leap seconds',
  'plastic straws should be banned',
  'we should build more cycle lanes',
  'zoos should be closed',
  'we should tax sugar',
  'boxing should be banned',
  'we should switch to a four day week',
  'homework should be abolished',
  'we should subsidise rail freight',
  'tattoos should be allowed at work',
]
const verb = /\b(should|must|is|are|would|will|can|has|have|was|were|believe|believes|do|does)\b/

export const isStatement = (target: string) => target.split(/\s+/).length > 2 && verb.test(target)

/** A target that says the opposite. */
export function negated(target: string, draw: () => number): string {
  const x = target.slice(0, 1).toLowerCase() + target.slice(1)
  return choose(isStatement(target) ? againstStatement : againstThing, draw).replace('{x}', () => x)
}

/** For each pair another target of the set; null where the set has only one. */
export function deranged(pairs: Pair[], draw: () => number): (string | null)[] {
  const targets = [...new Set(pairs.map(({ target }) => target))].sort()
  if (targets.length < 2) return pairs.map(() => null)
  return pairs.map(({ target }) =>
    choose(
      targets.filter((other) => other !== target),
      draw,
    ),
  )
}

/** A target whose last word the post does not contain, not even in part. */
export function unmentioned(text: string, draw: () => number): string {
  const lower = text.toLowerCase()
  const far = unrelated.filter((target) => !lower.includes(target.split(' ').at(-1)!.slice(0, 5)))
  return choose(far, draw)
}

export function choose<T>(from: readonly T[], draw: () => number): T {
  return from[Math.floor(draw() * from.length)]!
}
