// Changes put into the very posts that came in, to see how soon a rule would have told of them: a tone's share moved by so
// many points from a moment on, at moments spread over the window. Pure but for breathing; changes nothing it was given.
import type { InjectedShift } from '../alarms.ts'
import { breathe } from '../steps.ts'
import { bornOf, type Past, type Trying, walkingOf } from './backtest.ts'
import { stepMs } from './held.ts'
import { newWalk, walk } from './walk.ts'

const dayMs = 86_400_000
/** Points by which shares are moved to see how soon it would be told, and how often each is tried. */
const injectedBy = [0.05, 0.1, 0.2]
const injections = 24
const injectedMs = 7 * dayMs

/** Moves the share of a tone by flipping voices of the very steps that came in, from days spread over the window on. */
export async function injectedInto(pasts: Past[], trying: Trying, signal: AbortSignal): Promise<InjectedShift[]> {
  const measure = 'sentiment.negative'
  const able = pasts.filter(({ measures }) => measures.some(({ id }) => id === measure))
  const found: InjectedShift[] = []
  for (const by of able.length ? injectedBy : []) {
    const delays: { early: number | null; confirmed: number | null }[] = []
    for (let nr = 0; nr < injections; nr++) {
      delays.push(injectOnce(able[nr % able.length]!, { by, part: (nr + 0.5) / injections, measure }, trying))
      await breathe()
      signal.throwIfAborted()
    }
    const of = (stage: 'early' | 'confirmed') => pointsOf(delays.map((delay) => delay[stage]))
    const told = delays.filter(({ early, confirmed }) => early !== null || confirmed !== null).length
    found.push({ measure, by, early: of('early'), confirmed: of('confirmed'), found: told, of: injections })
  }
  return found
}

interface Injecting {
  by: number
  /** Where in the window it begins, 0..1. */
  part: number
  measure: string
}

function injectOnce(past: Past, { by, part, measure }: Injecting, trying: Trying) {
  const { tallies } = past
  // Before anybody posted there is nothing to put it into.
  const fromMs = Math.max(trying.fromMs, bornOf(tallies))
  const there = trying.untilMs - fromMs
  const lasts = Math.max(Math.min(dayMs, there / 2), there - injectedMs)
  const beginMs = Math.floor((fromMs + part * lasts) / stepMs) * stepMs
  const first = (beginMs - Date.parse(tallies.from)) / stepMs
  const moved = tallies.sums[measure]!.map((sum, step) =>
    step < first ? sum : Math.min(tallies.scored[step]!, sum + by * tallies.scored[step]!),
  )
  const only = past.measures.filter(({ id }) => id === measure)
  const shifted = { ...past, measures: only, tallies: { ...tallies, sums: { ...tallies.sums, [measure]: moved } } }
  const untilMs = Math.min(trying.untilMs, beginMs + injectedMs)
  let early: number | null = null
  let confirmed: number | null = null
  for (const { turn, atMs } of walk(newWalk(beginMs), walkingOf(shifted, { ...trying, untilMs }))) {
    const hours = (atMs - beginMs) / 3_600_000
    if (turn.state === 'early' || turn.state === 'confirmed') early ??= hours
    if (turn.state !== 'confirmed') continue
    confirmed = hours
    break
  }
  return { early, confirmed }
}

/** null where less than half were told: there is no median to tell. */
function pointsOf(delays: (number | null)[]): { median: number; p90: number } | null {
  const sorted = delays.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const [median, p90] = [sorted[Math.floor(sorted.length / 2)]!, sorted[Math.floor(sorted.length * 0.9)]!]
  return Number.isFinite(median) ? { median, p90: Number.isFinite(p90) ? p90 : injectedMs / 3_600_000 } : null
}
