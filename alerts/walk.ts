// A topic under a rule, step after step: the same walk for what happens now, for what happened while we were away, and for
// a past that is tried out. Pure: it goes over tallies from where it was to where it is told, and tells each turn. May
// assume that tallies begin well before the state's time; never tells a turn twice. In one go or in pieces it tells the same.
import type { Rule } from '../alarms.ts'
import type { Tallies } from '../sides.ts'
import type { Measure } from './measures.ts'
import { type Open, type Reading, type Thresholds, type Turn, turnOf } from './verdict.ts'
import { type Learnt, type Told, type Watch, type Watching, watch } from './watch.ts'

/** What is open, and since when what it was held against goes: what is left of it is measured by the same. */
export interface Opened extends Open {
  fromMs: number
}

export interface WalkState {
  /** Up to where it went. */
  atMs: number
  open: Opened | null
  /** What earlier alerts told of. */
  told: Told[]
  /** No change is looked for that begins before, and none is told before `quietMs`. */
  floorMs: number
  quietMs: number
  /** Up to where the past was read when what is ordinary was learnt last; null: it has to be learnt anew. */
  learntMs: number | null
  learnt: Learnt
}

export const newWalk = (atMs: number): WalkState => ({
  ...{ atMs, open: null, told: [], floorMs: 0, quietMs: 0, learntMs: null, learnt: new Map() },
})

export interface Walking extends Pick<Watching, 'priorOf' | 'errorOf' | 'baselineMs'> {
  tallies: Tallies
  measures: Measure[]
  rule: Pick<Rule, 'early' | 'forMs' | 'cooldownMs'>
  thresholds: Thresholds
  /** Exclusive: the steps before it are whole. */
  untilMs: number
  /** Is given what the measures read at each step, null where nothing was collected; then no turn is looked for. */
  read?: (readings: Reading[] | null) => void
}

/** A turn, and what the topic looked like then: steps are those of `seen`. */
export interface Walked {
  turn: Turn
  atMs: number
  step: number
  seen: Seen
  /** The turn is not taken: the walk goes on as if it had not been due. */
  refuse: () => void
}

/** What is ordinary is learnt anew so often. */
const learnMs = 24 * 3_600_000
/** Of the last so long the share is taken that tells whether a change is still there, with so many voices at least. */
const leftMs = 6 * 3_600_000
const leastLeft = 20
/** A change is over when less than half of it is surely left: it is looked at every ten minutes, and chance would end it. */
const sure = 1

/** Goes to `untilMs`, telling each turn; the state is then where it stopped. A turn is told before the next is looked for. */
export function* walk(state: WalkState, walking: Walking): Generator<Walked> {
  const { tallies, untilMs } = walking
  const { stepMs } = tallies
  const fromMs = Date.parse(tallies.from)
  let seen: Seen | null = null
  for (; state.atMs + stepMs <= untilMs; state.atMs += stepMs) {
    const nr = (state.atMs - fromMs) / stepMs
    if (nr < 0 || tallies.collected[nr] === 0) {
      walking.read?.(null)
      continue
    }
    if (state.learntMs === null || state.atMs - state.learntMs >= learnMs) {
      state.learntMs = state.atMs
      state.learnt.clear()
      seen = null
    }
    seen ??= look(state, state.learntMs, walking)
    const atMs = state.atMs + stepMs
    const step = (atMs - seen.fromMs) / stepMs
    if (walking.read) {
      walking.read(seen.readingsAt(step))
      continue
    }
    const turn = stepOnce(state, { walking, seen, step })
    if (!turn) continue
    let isTaken = true
    yield { turn, atMs, step, seen, refuse: () => (isTaken = false) }
    if (!isTaken) continue
    settle(state, { turn, atMs, seen, walking })
    if (!state.open) state.learntMs = null
  }
}

export interface Seen extends Watch {
  fromMs: number
  /** When that begins which a reading was held against; not before the first post. */
  heldFrom(step: number): number
}

/** Learns from the past of a topic up to some time, and makes the day after ready. */
function look({ told, floorMs, learnt }: WalkState, learntMs: number, walking: Walking): Seen {
  const { tallies: all, measures, priorOf, errorOf, baselineMs } = walking
  const { stepMs } = all
  const nr = Math.max(0, Math.round((learntMs - Date.parse(all.from)) / stepMs))
  const first = Math.max(0, nr - Math.round(baselineMs / stepMs))
  const tallies = cut(all, first, nr + Math.ceil(learnMs / stepMs) + 1)
  const seen = watch({ tallies, measures, priorOf, errorOf, baselineMs, told, floorMs, learnt }, nr - first)
  const fromMs = Date.parse(tallies.from)
  const born = tallies.accounts.findIndex((count) => count > 0)
  const heldFrom = (step: number) => fromMs + Math.max(0, born, step) * stepMs
  return { ...seen, fromMs, heldFrom }
}

export function cut(tallies: Tallies, first: number, last: number): Tallies {
  const { from, stepMs, accounts, voices, scored, collected, sums, squares } = tallies
  const named = (all: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(all).map(([measure, values]) => [measure, values.slice(first, last)]))
  const part = (all: number[]) => all.slice(first, last)
  return {
    ...tallies,
    from: new Date(Date.parse(from) + first * stepMs).toISOString(),
    ...{ accounts: part(accounts), voices: part(voices), scored: part(scored), collected: part(collected) },
    ...{ sums: named(sums), squares: named(squares) },
  }
}

interface Stepping {
  walking: Walking
  seen: Seen
  step: number
}

function stepOnce({ open, quietMs }: WalkState, { walking, seen, step }: Stepping): Turn | null {
  const { tallies, rule, thresholds } = walking
  const msOf = (at: number) => seen.fromMs + at * tallies.stepMs
  if (!open && msOf(step) < quietMs) return null
  const leftOf = ({ lead, beganMs, by }: Open) => {
    const from = Math.max(0, Math.round((open!.fromMs - seen.fromMs) / tallies.stepMs))
    const until = Math.round((beganMs - seen.fromMs) / tallies.stepMs)
    const began = Math.max(until, step - Math.round(leftMs / tallies.stepMs))
    const change = seen.changeOf(lead, { at: step, began, from, until })
    return change && change.voices.after >= leastLeft ? change.by + Math.sign(by) * sure * change.chance : null
  }
  const readings = open?.state === 'confirmed' ? [] : seen.readingsAt(step)
  return turnOf(open, readings, { rule, thresholds, nowMs: msOf(step), leftOf, msOf })
}

interface Settling {
  turn: Turn
  atMs: number
  seen: Seen
  walking: Walking
}

/** An end begins anew: what an alert told of is held against nothing again, and what came to stay is what is usual. */
function settle(state: WalkState, { turn, atMs, seen, walking }: Settling): void {
  const { state: to, open, reason, readings } = turn
  const isStill = to === 'early' || to === 'confirmed'
  state.open = isStill ? { ...open, fromMs: seen.heldFrom(readings[0]!.from) } : null
  if (state.open) return
  state.floorMs = atMs
  state.quietMs = atMs + walking.rule.cooldownMs
  if (to !== 'closed') return
  state.told.push(reason === 'usual' ? { fromMs: 0, toMs: open.beganMs } : { fromMs: open.beganMs, toMs: atMs })
}
